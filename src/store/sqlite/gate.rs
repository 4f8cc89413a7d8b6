//! What a gate keeps, in a SQLite database.

use super::begin;
use super::schema::{GATE, Schema, open_database};
use crate::audit::{Row, StoreError};
use crate::gate::GateStore;
use rusqlite::{Connection, Transaction, params};
use std::path::Path;

const DATABASE: &str = "gate.sqlite";

/// A gate's folder.
#[derive(Debug)]
pub struct SqliteGate(Connection);

impl SqliteGate {
    /// Opens what a gate keeps in a folder, or begins it.
    ///
    /// # Errors
    /// Where it cannot be read or written, is damaged, locked, or of a newer version.
    pub fn create(folder: &Path) -> Result<SqliteGate, StoreError> {
        SqliteGate::at(folder, DATABASE, &GATE)
    }

    pub(super) fn at(
        folder: &Path,
        database: &str,
        schema: &Schema,
    ) -> Result<SqliteGate, StoreError> {
        std::fs::create_dir_all(folder)?;
        Ok(SqliteGate(open_database(&folder.join(database), schema)?))
    }

    fn select(&self, order: &str, space: u8, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        let sql = format!(
            "SELECT key, value FROM fact WHERE space = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3) ORDER BY {order}"
        );
        let mut query = self.0.prepare_cached(&sql)?;
        let rows = query.query_map(params![space, prefix, after(prefix)], |row| {
            Ok(Row {
                space,
                key: row.get(0)?,
                value: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The first key after all that begin so; `None` where there is none.
fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let end = prefix.iter().rposition(|b| *b != u8::MAX)?;
    let mut out = prefix[..=end].to_vec();
    out[end] += 1;
    Some(out)
}

impl GateStore for SqliteGate {
    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        super::fact(&self.0, space, key)
    }

    fn rows(&self, space: u8, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        self.select("key", space, prefix)
    }

    fn last(&self, space: u8, prefix: &[u8]) -> Result<Option<Row>, StoreError> {
        Ok(self.select("key DESC LIMIT 1", space, prefix)?.pop())
    }

    fn put(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        let transaction = begin(&mut self.0)?;
        put(&transaction, rows)?;
        Ok(transaction.commit()?)
    }

    fn replace(&mut self, space: u8, key: &[u8], by: &Row) -> Result<(), StoreError> {
        let transaction = begin(&mut self.0)?;
        put(&transaction, std::slice::from_ref(by))?;
        let sql = "DELETE FROM fact WHERE space = ?1 AND key = ?2";
        transaction.execute(sql, params![space, key])?;
        transaction.commit()?;
        super::empty_log(&self.0)
    }
}

fn put(transaction: &Transaction<'_>, rows: &[Row]) -> Result<(), StoreError> {
    for Row { space, key, value } in rows {
        let sql = "INSERT INTO fact (space, key, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        let set = transaction.execute(sql, params![space, key, value])?;
        if set == 0 && super::fact(transaction, *space, key)?.as_ref() != Some(value) {
            return Err(StoreError::Taken);
        }
    }
    Ok(())
}
