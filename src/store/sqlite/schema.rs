//! How a database is opened, and what its errors mean.

use crate::audit::StoreError;
use rusqlite::{Connection, ErrorCode};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long to wait for another process's transaction.
const PATIENCE: Duration = Duration::from_secs(5);

/// A kind of database: its mark, its version, and its tables.
pub(super) struct Schema {
    application: i64,
    version: i64,
    tables: &'static str,
}

pub(super) const LOG: Schema = Schema {
    application: 0x424c_424c,
    version: 1,
    tables: "
        CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, peaks BLOB NOT NULL) STRICT;
        CREATE TABLE leaf (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
        CREATE TABLE hash (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
            PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;
        CREATE TABLE opening (idx INTEGER PRIMARY KEY, state INTEGER NOT NULL, request BLOB UNIQUE, sealed BLOB) STRICT;
        CREATE TABLE fact (space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID;
        INSERT INTO head (one, size, peaks) VALUES (1, 0, x'');
    ",
};

pub(super) const WITNESS: Schema = Schema {
    application: 0x424c_4257,
    version: 1,
    tables: "
        CREATE TABLE seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) STRICT, WITHOUT ROWID;
    ",
};

pub(super) const GATE: Schema = Schema {
    application: 0x424c_4247,
    version: 1,
    tables: FACTS,
};

pub(super) const SHELF: Schema = Schema {
    application: 0x424c_4253,
    version: 1,
    tables: FACTS,
};

const FACTS: &str = "
    CREATE TABLE fact (space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID;
";

/// Opens a database of this kind, or makes an empty one.
pub(super) fn open_database(path: &Path, schema: &Schema) -> Result<Connection, StoreError> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(32);
    // Erased bytes are overwritten with zeros; a commit has reached the disk when it returns.
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    if pragma(&db, "user_version")? == 0 {
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            transaction.execute_batch(schema.tables)?;
            transaction.pragma_update(None, "application_id", schema.application)?;
            transaction.pragma_update(None, "user_version", schema.version)?;
        }
        transaction.commit()?;
    }
    if pragma(&db, "application_id")? != schema.application {
        return Err(StoreError::Damaged {
            what: "the database is not one of this kind",
        });
    }
    match pragma(&db, "user_version")? {
        found if found == schema.version => Ok(db),
        found => Err(StoreError::Newer {
            found,
            known: schema.version,
        }),
    }
}

fn pragma(db: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, name, |row| row.get(0))?)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        let what = "the database";
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked,
                ErrorCode::DiskFull => StoreError::Full,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                    StoreError::Damaged { what }
                }
                ErrorCode::CannotOpen => StoreError::Io(io::ErrorKind::NotFound.into()),
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                    StoreError::Io(io::ErrorKind::PermissionDenied.into())
                }
                _ => StoreError::Database(Box::new(error)),
            },
            // A column of another type or length, or a row that is not there, is damage: the tables are strict.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::QueryReturnedNoRows => StoreError::Damaged { what },
            _ => StoreError::Database(Box::new(error)),
        }
    }
}
