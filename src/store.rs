//! Where logs, witnesses and gates keep what they know: SQLite, and memory with faults to order for tests.
//!
//! A thief of a log's folder learns how many entries there are, the random numbers of requests and the facts
//! beside the log; entries only with the log's [`OpeningKey`](crate::audit::OpeningKey) too.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use memory::{Cut, MemoryDisk, MemoryGate, MemoryStore, Snapshot};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteGate, SqliteShelf, SqliteStore, SqliteWitness};

use crate::audit::{Frontier, SignedCheckpoint, StoreError};

/// Whether a checkpoint may be kept: the log holds it, and no later one, nor another of its size, is kept.
fn may_follow(
    head: &Frontier,
    kept: Option<&SignedCheckpoint>,
    new: &SignedCheckpoint,
) -> Result<(), StoreError> {
    let new = new.unverified();
    let kept = kept.map(SignedCheckpoint::unverified);
    let later = kept.is_some_and(|k| k.size > new.size || (k.size == new.size && k != new));
    match later || new.size > head.size() {
        true => Err(StoreError::Moved),
        false => Ok(()),
    }
}
