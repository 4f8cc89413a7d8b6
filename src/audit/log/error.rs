//! What a log could not do.

use super::append::MOST_DRAFTS;
use crate::audit::entry::OpeningError;
use crate::audit::export::ExportError;
use crate::audit::note::NoteError;
use crate::audit::storage::StoreError;
use thiserror::Error;

/// Why the log did not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// What was signed is not what is stored. Nothing is written or signed until the log is repaired.
    #[error(
        "the log was rolled back: {stored} entries are stored, and a tree of {signed} was signed that they \
         do not make; it is read-only until it is repaired from a copy"
    )]
    RolledBack {
        /// Entries stored.
        stored: u64,
        /// Size of the tree that was signed or seen elsewhere.
        signed: u64,
    },
    /// A part of the tree is gone or altered.
    #[error("the log is damaged at hash {index} of level {level}; repair it from a copy")]
    Damaged {
        /// Level above the leaves.
        level: u8,
        /// Number within the level.
        index: u64,
    },
    /// A log that exists already.
    #[error("there is a log already; its first checkpoint is signed")]
    Exists,
    /// No checkpoint was ever signed.
    #[error("the log was never created whole; create it again")]
    Unsigned,
    /// A key other than the log's.
    #[error("the key {found} is not the key of this log")]
    OtherKey {
        /// The other key's name.
        found: String,
    },
    /// A request's number with another entry than the first time.
    #[error("the request's number was used for another entry")]
    RequestReused,
    /// More entries than one batch takes.
    #[error("{found} entries in one batch; the most is {MOST_DRAFTS}")]
    TooMany {
        /// Entries found.
        found: usize,
    },
    /// An erasure that is not logged as one.
    #[error("an opening is erased by an entry of the kind erasure only")]
    NotAnErasure,
    /// A leaf, or a tree, that the log does not hold.
    #[error("the log does not hold {0}")]
    Outside(&'static str),
    /// An opening that does not open its leaf.
    #[error("the opening of entry {index} is not usable: {error}")]
    Opening {
        /// The entry's number.
        index: u64,
        /// Why.
        error: OpeningError,
    },
    /// A signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A copy.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
