//! What a book keeps beside its log, in a SQLite database.

use super::gate::SqliteGate;
use super::schema::SHELF;
use crate::audit::{Row, StoreError};
use crate::gate::GateStore;
use std::path::Path;

const DATABASE: &str = "shelf.sqlite";

/// The folder of what a book keeps beside its log: facts as a gate's are, under another mark.
#[derive(Debug)]
pub struct SqliteShelf(SqliteGate);

impl SqliteShelf {
    /// Opens what a book keeps in a folder, or begins it.
    ///
    /// # Errors
    /// Where it cannot be read or written, is damaged, locked, or of a newer version.
    pub fn create(folder: &Path) -> Result<SqliteShelf, StoreError> {
        Ok(SqliteShelf(SqliteGate::at(folder, DATABASE, &SHELF)?))
    }
}

impl GateStore for SqliteShelf {
    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.row(space, key)
    }

    fn rows(&self, space: u8, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        self.0.rows(space, prefix)
    }

    fn last(&self, space: u8, prefix: &[u8]) -> Result<Option<Row>, StoreError> {
        self.0.last(space, prefix)
    }

    fn put(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        self.0.put(rows)
    }

    fn replace(&mut self, space: u8, key: &[u8], by: &Row) -> Result<(), StoreError> {
        self.0.replace(space, key, by)
    }
}
