//! The audit log: append-only, witnessed, and without a word of personal data in its tree.
//!
//! The tree is that of RFC 6962 over [`Leaf`]s, each a commitment under random bytes of its own. What it
//! commits to, the [`Opening`], lies beside the tree and can be erased; every other proof stays as it was.
//! Files are those of C2SP: tlog-tiles, tlog-checkpoint, tlog-cosignature, tlog-policy, tlog-proof.
//!
//! [`Log`] appends to a [`Store`] and signs what is on disk, never a second tree of the same size.
//! [`Witness`] cosigns what extends the tree it has seen. [`Policy`] says whom to believe, [`LogProof`] carries
//! the proof of one entry along, and [`Export`] is a copy of the whole tree that anyone can check offline.
//!
//! A thief of the tree, its exports and its signatures learns how many entries there are, and when they were
//! signed. A thief of the store learns which requests belong to which leaf by their random numbers; entries
//! only with the [`OpeningKey`] too.

mod checkpoint;
mod entry;
mod export;
mod frontier;
mod hash;
mod log;
mod note;
mod note_key;
mod path;
mod policy;
mod proof;
mod storage;
#[cfg(test)]
mod testing;
pub mod tile;
mod tiles;
mod witness;

pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use entry::{Commitment, Entry, Kind, LONGEST_ENTRY, Leaf, Opening, OpeningError, OpeningKey};
pub use export::{Export, ExportError};
pub use frontier::Frontier;
pub use hash::Hash;
pub use log::{Draft, Log, LogError, MOST_DRAFTS, Placed, Reading, Repaired, Standing, Verified};
pub use note::{
    LONGEST_NOTE, MOST_SIGNATURES, NoteError, NoteSignature, NoteSigner, SignatureType, SignedNote,
    VerifierKey,
};
pub use note_key::NoteKey;
pub use path::{
    LONGEST_PATH, Nodes, PathError, check_consistency, check_inclusion, prove_consistency,
    prove_inclusion, root_at,
};
pub use policy::{Freshness, MOST_PARTIES, Policy, PolicyError, Witnessed};
pub use proof::{Included, LogProof, ProofError};
pub use storage::{Batch, Record, RequestId, Row, Store, StoreError, Stored};
pub use witness::{AddCheckpoint, Seen, Witness, WitnessError, WitnessStore};
