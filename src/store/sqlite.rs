//! A log in one SQLite database, and its last signed checkpoint in a file beside it.
//!
//! Each append is one transaction, synced before it returns (write-ahead log, `synchronous=FULL`). SQLite drops
//! a damaged end of its write-ahead log without a word; the file beside it is why that does not pass here.

mod gate;
mod schema;
mod shelf;
mod signed;
mod witness;

pub use gate::SqliteGate;
pub use shelf::SqliteShelf;
pub use witness::SqliteWitness;

use crate::audit::{
    Batch, Frontier, Hash, Leaf, RequestId, SignedCheckpoint, Store, StoreError, Stored,
};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use schema::{LOG, open_database};
use signed::SignedFile;
use std::path::{Path, PathBuf};

const DATABASE: &str = "log.sqlite";
const SEALED: i64 = 0;
const ERASED: i64 = 1;
const LOST: i64 = 2;

/// A log's folder.
#[derive(Debug)]
pub struct SqliteStore {
    db: Connection,
    signed: SignedFile,
}

impl SqliteStore {
    /// Opens the store in a folder, or makes an empty one there.
    ///
    /// # Errors
    /// Where it cannot be read or written, is damaged, locked, or of a newer version.
    pub fn create(folder: &Path) -> Result<SqliteStore, StoreError> {
        std::fs::create_dir_all(folder)?;
        SqliteStore::at(folder)
    }

    /// Opens the store in a folder.
    ///
    /// Where the database is gone and a signed checkpoint is left, an empty one takes its place: the log then
    /// opens as rolled back, and can be repaired.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none; where it cannot be read or written, is damaged, locked, or
    /// of a newer version.
    pub fn open(folder: &Path) -> Result<SqliteStore, StoreError> {
        let signed = SignedFile::new(folder);
        if !database(folder).exists() && signed.read()?.is_none() {
            return Err(StoreError::Missing);
        }
        SqliteStore::at(folder)
    }

    fn at(folder: &Path) -> Result<SqliteStore, StoreError> {
        Ok(SqliteStore {
            db: open_database(&database(folder), &LOG)?,
            signed: SignedFile::new(folder),
        })
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

impl Store for SqliteStore {
    fn head(&self) -> Result<Frontier, StoreError> {
        head(&self.db)
    }

    fn leaves(&self, first: u64, count: u64) -> Result<Vec<Leaf>, StoreError> {
        let sql = "SELECT idx, leaf FROM leaf WHERE idx >= ?1 AND idx < ?2 ORDER BY idx";
        let mut query = self.db.prepare_cached(sql)?;
        let mut rows = query.query([int(first)?, int(first.saturating_add(count))?])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let (at, leaf): (i64, &[u8]) = (
                row.get(0)?,
                row.get_ref(1)?.as_blob().map_err(damaged_leaf)?,
            );
            if u64::try_from(at) != Ok(first + out.len() as u64) {
                break;
            }
            out.push(Leaf::from_bytes(leaf).ok_or(StoreError::Damaged { what: "leaves" })?);
        }
        Ok(out)
    }

    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        let sql = "SELECT hash FROM hash WHERE level = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx";
        let mut query = self.db.prepare_cached(sql)?;
        let range = (level, int(first)?, int(first.saturating_add(count))?);
        let rows = query.query_map(range, |row| row.get(0).map(Hash))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn find(&self, request: &RequestId) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT idx FROM opening WHERE request = ?1";
        let mut query = self.db.prepare_cached(sql)?;
        let found: Option<i64> = query.query_row([request.0], |row| row.get(0)).optional()?;
        Ok(found.and_then(|at| u64::try_from(at).ok()))
    }

    fn opening(&self, index: u64) -> Result<Stored, StoreError> {
        let damaged = StoreError::Damaged { what: "openings" };
        let sql = "SELECT state, request, sealed FROM opening WHERE idx = ?1";
        let mut query = self.db.prepare_cached(sql)?;
        type Parts = (i64, Option<[u8; 16]>, Option<Vec<u8>>);
        let parts: Option<Parts> = query
            .query_row([int(index)?], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        match parts {
            Some((SEALED, Some(request), Some(bytes))) => Ok(Stored::Sealed {
                request: RequestId(request),
                bytes,
            }),
            Some((ERASED, None, None)) => Ok(Stored::Erased),
            Some((LOST, None, None)) => Ok(Stored::Lost),
            _ => Err(damaged),
        }
    }

    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        fact(&self.db, space, key)
    }

    fn append(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let transaction = begin(&mut self.db)?;
        if head(&transaction)? != batch.from {
            return Err(StoreError::Moved);
        }
        write(&transaction, batch)?;
        Ok(transaction.commit()?)
    }

    fn replace_tail(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let transaction = begin(&mut self.db)?;
        let keep = int(batch.from.size())?;
        transaction.execute("DELETE FROM leaf WHERE idx >= ?1", [keep])?;
        transaction.execute("DELETE FROM opening WHERE idx >= ?1", [keep])?;
        transaction.execute("DELETE FROM hash", [])?;
        write(&transaction, batch)?;
        Ok(transaction.commit()?)
    }

    fn scrub(&mut self) -> Result<(), StoreError> {
        empty_log(&self.db)
    }

    fn signed(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.signed.read()
    }

    fn keep_signed(&mut self, signed: &SignedCheckpoint) -> Result<(), StoreError> {
        // The database's write lock is the file's too.
        let lock = begin(&mut self.db)?;
        super::may_follow(&head(&lock)?, self.signed.read()?.as_ref(), signed)?;
        self.signed.write(signed)?;
        Ok(lock.rollback()?)
    }
}

fn head(db: &Connection) -> Result<Frontier, StoreError> {
    let sql = "SELECT size, peaks FROM head WHERE one = 1";
    let mut query = db.prepare_cached(sql)?;
    let (size, peaks): (i64, Vec<u8>) =
        query.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let parts = (u64::try_from(size), peaks.as_chunks::<32>());
    match parts {
        (Ok(size), (peaks, [])) => {
            Frontier::from_parts(size, peaks.iter().map(|p| Hash(*p)).collect())
        }
        _ => None,
    }
    .ok_or(StoreError::Damaged {
        what: "head of the log",
    })
}

fn fact(db: &Connection, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT value FROM fact WHERE space = ?1 AND key = ?2";
    let mut query = db.prepare_cached(sql)?;
    Ok(query
        .query_row(params![space, key], |row| row.get(0))
        .optional()?)
}

/// Moves what is in the write-ahead log into the database and cuts the log to nothing: what was deleted is then
/// overwritten in the one and gone from the other.
fn empty_log(db: &Connection) -> Result<(), StoreError> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = db.query_row(sql, [], |row| row.get(0))?;
    match busy {
        0 => Ok(()),
        _ => Err(StoreError::Locked),
    }
}

fn begin(db: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(db.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn write(db: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let mut leaf = db.prepare_cached("INSERT INTO leaf (idx, leaf) VALUES (?1, ?2)")?;
    let sql = "INSERT INTO opening (idx, state, request, sealed) VALUES (?1, ?2, ?3, ?4)";
    let mut opening = db.prepare_cached(sql)?;
    for (index, record) in (batch.from.size()..).zip(&batch.records) {
        let index = int(index)?;
        leaf.execute(params![index, record.leaf.as_bytes()])?;
        match &record.opening {
            Stored::Sealed { request, bytes } => {
                opening.execute(params![index, SEALED, request.0, bytes])?
            }
            Stored::Erased => {
                opening.execute(params![index, ERASED, None::<&[u8]>, None::<&[u8]>])?
            }
            Stored::Lost => opening.execute(params![index, LOST, None::<&[u8]>, None::<&[u8]>])?,
        };
    }
    let sql = "INSERT INTO hash (level, idx, hash) VALUES (?1, ?2, ?3)";
    let mut hash = db.prepare_cached(sql)?;
    for (level, index, value) in &batch.hashes {
        hash.execute(params![level, int(*index)?, value.0])?;
    }
    for row in &batch.rows {
        match fact(db, row.space, &row.key)? {
            None => {
                let sql = "INSERT INTO fact (space, key, value) VALUES (?1, ?2, ?3)";
                db.prepare_cached(sql)?
                    .execute(params![row.space, row.key, row.value])?;
            }
            Some(value) if value == row.value => {}
            Some(_) => return Err(StoreError::Taken),
        }
    }
    for index in &batch.erase {
        let sql = "UPDATE opening SET state = ?2, request = NULL, sealed = NULL WHERE idx = ?1";
        db.prepare_cached(sql)?.execute([int(*index)?, ERASED])?;
    }
    let peaks: Vec<u8> = batch.head.peaks().iter().flat_map(|p| p.0).collect();
    let sql = "UPDATE head SET size = ?1, peaks = ?2 WHERE one = 1";
    db.prepare_cached(sql)?
        .execute(params![int(batch.head.size())?, peaks])?;
    Ok(())
}

/// SQLite counts in 63 bits, as does every tree here.
fn int(n: u64) -> Result<i64, StoreError> {
    Ok(i64::try_from(n).unwrap_or(i64::MAX))
}

fn damaged_leaf(_: rusqlite::types::FromSqlError) -> StoreError {
    StoreError::Damaged { what: "leaves" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Entry, Kind, Opening, OpeningKey, Record};

    fn grow(store: &mut SqliteStore, n: u8) -> Result<(), StoreError> {
        let from = store.head()?;
        let mut head = from.clone();
        let key = OpeningKey::generate().unwrap();
        let record = |i| {
            let entry = Entry::new(Kind::Grant, vec![i; 1_000]).unwrap();
            let opening = Opening::new(entry).unwrap();
            head.push(opening.leaf().hash(), |_, _, _| ());
            Record {
                leaf: opening.leaf(),
                opening: Stored::Sealed {
                    request: RequestId::generate().unwrap(),
                    bytes: key.seal(&opening).unwrap(),
                },
            }
        };
        let records = (0..n).map(record).collect();
        store.append(&Batch {
            from,
            records,
            hashes: Vec::new(),
            head,
            rows: Vec::new(),
            erase: Vec::new(),
        })
    }

    #[test]
    fn a_disk_that_fills_is_named_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::create(folder.path()).unwrap();
        grow(&mut store, 2).unwrap();
        let pages: i64 = store
            .db
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        let most = |store: &SqliteStore, pages: i64| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            store.db.query_row(&sql, [], |_| Ok(())).unwrap();
        };
        most(&store, pages + 1);
        assert!(matches!(grow(&mut store, 100), Err(StoreError::Full)));
        assert_eq!(store.head().unwrap().size(), 2);
        assert_eq!(store.leaves(0, 9).unwrap().len(), 2);
        most(&store, 1 << 20);
        grow(&mut store, 100).unwrap();
        assert_eq!(store.leaves(0, 1_000).unwrap().len(), 102);
    }
}
