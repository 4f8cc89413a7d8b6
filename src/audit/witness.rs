//! Witnesses (C2SP tlog-witness): each remembers the latest tree of a log and cosigns only what extends it.
//!
//! A thief of a witness's state learns the sizes and roots of logs. A thief of its key can cosign a forked
//! log; he needs as many as a policy's quorum.

use super::checkpoint::{Checkpoint, SignedCheckpoint, cosign};
use super::hash::Hash;
use super::note::{NoteError, NoteSignature, NoteSigner, VerifierKey};
use super::path::{LONGEST_PATH, PathError, check_consistency};
use super::storage::StoreError;
use crate::clock::UnixTime;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A tree that was seen: its size and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// Keeps what a witness has seen.
pub trait WitnessStore {
    /// The latest tree cosigned for this log, `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn latest(&self, origin: &str) -> Result<Option<Seen>, StoreError>;

    /// Sets it, durably, if it still is `from`; false where another was faster.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn advance(&mut self, origin: &str, from: Option<Seen>, to: Seen) -> Result<bool, StoreError>;
}

/// Why a witness did not cosign.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// A request that is not one.
    #[error("not an add-checkpoint request: {0}")]
    Form(&'static str),
    /// A log it does not know.
    #[error("this witness does not know the log {origin}")]
    UnknownLog {
        /// The log's name.
        origin: String,
    },
    /// The log's signature does not hold, or the own key does not sign.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The proof starts elsewhere than at the latest tree seen. The log asks again with a proof from there.
    #[error("this witness has seen the log at size {seen}; prove from there")]
    Conflict {
        /// The size last cosigned; 0 for none.
        seen: u64,
    },
    /// A proof from a larger tree to a smaller one.
    #[error(
        "the old size is larger than the checkpoint's: the log was rolled back or the request is wrong"
    )]
    Smaller,
    /// The checkpoint does not extend the latest tree: the log forked or was rolled back.
    #[error("the checkpoint does not extend the tree seen before: {0}")]
    Inconsistent(#[from] PathError),
    /// The state cannot be read or written; nothing was cosigned.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A log's request to be cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size that the proof starts from.
    pub old: u64,
    /// Consistency proof from `old` to the checkpoint.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// A witness of certain logs: a state machine without sockets.
#[derive(Debug)]
pub struct Witness<S> {
    logs: Vec<VerifierKey>,
    store: S,
}

impl<S: WitnessStore> Witness<S> {
    /// A witness of these logs.
    pub fn new(logs: Vec<VerifierKey>, store: S) -> Witness<S> {
        Witness { logs, store }
    }

    /// The latest tree cosigned for a log.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub fn latest(&self, origin: &str) -> Result<Option<Seen>, StoreError> {
        self.store.latest(origin)
    }

    /// Checks that the checkpoint extends what was seen, without changing anything.
    ///
    /// # Errors
    /// Where it does not, or the request is not for this witness.
    pub fn check(
        &self,
        request: &AddCheckpoint,
    ) -> Result<(Checkpoint, Option<Seen>), WitnessError> {
        let origin = &request.checkpoint.unverified().origin;
        let key = self.logs.iter().find(|k| k.name() == origin);
        let key = key.ok_or_else(|| WitnessError::UnknownLog {
            origin: origin.clone(),
        })?;
        let new = request.checkpoint.check_log(key)?.clone();
        if request.old > new.size {
            return Err(WitnessError::Smaller);
        }
        let seen = self.store.latest(origin)?;
        let Seen { size, root } = seen.unwrap_or(Seen {
            size: 0,
            root: Hash::of_empty_tree(),
        });
        if request.old != size {
            return Err(WitnessError::Conflict { seen: size });
        }
        check_consistency(size, root, new.size, new.root, &request.proof)?;
        Ok((new, seen))
    }

    /// Cosigns a checkpoint that extends what was seen. The new state is on disk before the signature is made.
    ///
    /// # Errors
    /// Where it is not cosigned, and why.
    pub fn add_checkpoint<K: NoteSigner + ?Sized>(
        &mut self,
        request: &AddCheckpoint,
        now: UnixTime,
        signer: &K,
    ) -> Result<NoteSignature, WitnessError> {
        let (new, seen) = self.check(request)?;
        let to = Seen {
            size: new.size,
            root: new.root,
        };
        if !self.store.advance(&new.origin, seen, to)? {
            let seen = self.store.latest(&new.origin)?;
            return Err(WitnessError::Conflict {
                seen: seen.map_or(0, |s| s.size),
            });
        }
        Ok(cosign(&new, now, signer)?)
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|h| writeln!(f, "{h}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for AddCheckpoint {
    type Err = WitnessError;

    fn from_str(text: &str) -> Result<AddCheckpoint, WitnessError> {
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(WitnessError::Form("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|l| l.strip_prefix("old "));
        let old = old
            .and_then(|o| o.parse().ok())
            .ok_or(WitnessError::Form("no line says which size is old"))?;
        let proof = lines.map(Hash::from_base64).take(LONGEST_PATH);
        let request = AddCheckpoint {
            old,
            proof: proof
                .collect::<Option<_>>()
                .ok_or(WitnessError::Form("a line of the proof is no hash"))?,
            checkpoint: checkpoint.parse()?,
        };
        if request.to_string() != text {
            return Err(WitnessError::Form(
                "it is longer or written otherwise than one",
            ));
        }
        Ok(request)
    }
}
