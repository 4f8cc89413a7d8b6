//! What a log asks of its store.

use super::checkpoint::SignedCheckpoint;
use super::entry::Leaf;
use super::frontier::Frontier;
use super::hash::Hash;
use crate::keys::KeyError;
use std::error::Error;
use std::fmt;
use thiserror::Error;

/// Keeps a log. What a call has returned from is on disk, or the call has failed.
pub trait Store {
    /// Size and complete subtrees of what is stored.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn head(&self) -> Result<Frontier, StoreError>;

    /// Leaves `first..first + count`, fewer where the log ends before.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn leaves(&self, first: u64, count: u64) -> Result<Vec<Leaf>, StoreError>;

    /// Roots of complete subtrees of 256^`level` leaves, from the `first`-th on; `level` from 1.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, StoreError>;

    /// Where the entry of this request stands.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn find(&self, request: &RequestId) -> Result<Option<u64>, StoreError>;

    /// What is kept of the opening of leaf `index`.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn opening(&self, index: u64) -> Result<Stored, StoreError>;

    /// The value of a row, `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Writes a batch whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Moved`] where the log is not at [`Batch::from`], [`StoreError::Taken`] where a row has
    /// another value; where it cannot be written.
    fn append(&mut self, batch: &Batch) -> Result<(), StoreError>;

    /// Drops every leaf that [`Batch::from`] does not hold and every hash, and writes the batch in their place;
    /// whole or not at all. Only for [`super::Log::repair`].
    ///
    /// # Errors
    /// Where it cannot be written.
    fn replace_tail(&mut self, batch: &Batch) -> Result<(), StoreError>;

    /// Sees to it that nothing erased is left in any file of the store.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process reads.
    fn scrub(&mut self) -> Result<(), StoreError>;

    /// The last checkpoint whose signature may have left.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn signed(&self) -> Result<Option<SignedCheckpoint>, StoreError>;

    /// Keeps a checkpoint, apart from the leaves, before its signature leaves.
    ///
    /// # Errors
    /// [`StoreError::Moved`] where a later one, or another of the same size, is kept already, or the log is
    /// shorter; where it cannot be written.
    fn keep_signed(&mut self, signed: &SignedCheckpoint) -> Result<(), StoreError>;
}

/// The number that a request names itself by: 16 random bytes, so that asking twice logs once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub [u8; 16]);

impl RequestId {
    /// A fresh number.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn generate() -> Result<RequestId, KeyError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
        Ok(RequestId(bytes))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::hex::Hex(&self.0), f)
    }
}

/// What is kept of an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Sealed under the log's [`super::OpeningKey`].
    Sealed {
        /// The request that was logged.
        request: RequestId,
        /// What [`super::OpeningKey::seal`] gave.
        bytes: Vec<u8>,
    },
    /// Erased, as an entry of the log says.
    Erased,
    /// Lost: the leaf came back from a copy of the tree, which holds no openings.
    Lost,
}

/// A fact kept beside the log in the transaction that logs it, such as a revocation. Set once, for ever.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Which kind of fact.
    pub space: u8,
    /// What it is about; no personal data.
    pub key: Vec<u8>,
    /// The fact; no personal data.
    pub value: Vec<u8>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({}, ..)", self.space)
    }
}

/// One leaf to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The leaf.
    pub leaf: Leaf,
    /// Its opening.
    pub opening: Stored,
}

/// What one transaction writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The tree before.
    pub from: Frontier,
    /// New leaves.
    pub records: Vec<Record>,
    /// Complete subtrees of 256^level leaves that they complete: level from 1, number, root.
    pub hashes: Vec<(u8, u64, Hash)>,
    /// The tree after.
    pub head: Frontier,
    /// Facts.
    pub rows: Vec<Row>,
    /// Leaves whose openings are erased.
    pub erase: Vec<u64>,
}

/// What a store could not do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is none.
    #[error("there is no log here; create it first")]
    Missing,
    /// Another process writes, or reads where none may.
    #[error("the log's store is locked by another process; try again when it has ended")]
    Locked,
    /// The disk is full.
    #[error("the disk is full; nothing was written")]
    Full,
    /// Written by a newer version of this program.
    #[error("the store has version {found}, this program knows {known}; use the newer program")]
    Newer {
        /// Version found.
        found: i64,
        /// Version known.
        known: i64,
    },
    /// It is not a store, or parts of it cannot be read any more.
    #[error("the store is damaged: {what}; repair it from a copy")]
    Damaged {
        /// Which part.
        what: &'static str,
    },
    /// The log has grown, or a later checkpoint was signed, since it was last read.
    #[error("the log has moved on since it was read")]
    Moved,
    /// A row that has another value.
    #[error("a fact that is set already was to be set otherwise")]
    Taken,
    /// Reading or writing failed.
    #[error("the store cannot be read or written")]
    Io(#[from] std::io::Error),
    /// The database failed.
    #[error("the store's database failed")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}
