//! What a witness has seen, in a SQLite database.

use super::schema::{WITNESS, open_database};
use super::{begin, int};
use crate::audit::{Hash, Seen, StoreError, WitnessStore};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

const DATABASE: &str = "witness.sqlite";

/// A witness's folder.
#[derive(Debug)]
pub struct SqliteWitness(Connection);

impl SqliteWitness {
    /// Opens what a witness keeps in a folder, or begins it.
    ///
    /// # Errors
    /// Where it cannot be read or written, is damaged, locked, or of a newer version.
    pub fn create(folder: &Path) -> Result<SqliteWitness, StoreError> {
        std::fs::create_dir_all(folder)?;
        Ok(SqliteWitness(open_database(
            &folder.join(DATABASE),
            &WITNESS,
        )?))
    }
}

impl WitnessStore for SqliteWitness {
    fn latest(&self, origin: &str) -> Result<Option<Seen>, StoreError> {
        latest(&self.0, origin)
    }

    fn advance(&mut self, origin: &str, from: Option<Seen>, to: Seen) -> Result<bool, StoreError> {
        let transaction = begin(&mut self.0)?;
        if latest(&transaction, origin)? != from {
            return Ok(false);
        }
        let sql = "INSERT INTO seen (origin, size, root) VALUES (?1, ?2, ?3)
                   ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root";
        transaction.execute(sql, params![origin, int(to.size)?, to.root.0])?;
        transaction.commit()?;
        Ok(true)
    }
}

fn latest(db: &Connection, origin: &str) -> Result<Option<Seen>, StoreError> {
    let sql = "SELECT size, root FROM seen WHERE origin = ?1";
    let found: Option<(i64, [u8; 32])> = db
        .query_row(sql, [origin], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let damaged = StoreError::Damaged {
        what: "what the witness has seen",
    };
    match found {
        None => Ok(None),
        Some((size, root)) => match u64::try_from(size) {
            Ok(size) => Ok(Some(Seen {
                size,
                root: Hash(root),
            })),
            Err(_) => Err(damaged),
        },
    }
}
