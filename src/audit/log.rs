//! The log: appends to a store, signs what is on disk, proves what it holds.

mod append;
mod error;
mod read;
mod repair;
mod sign;

pub use append::{Draft, MOST_DRAFTS, Placed};
pub use error::LogError;
pub use read::{Reading, Verified};
pub use repair::Repaired;

use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::frontier::Frontier;
use super::hash::Hash;
use super::note::{NoteSigner, VerifierKey};
use super::path::root_at;
use super::storage::{Store, StoreError};
use super::tiles::{LogNodes, Tiles};
use sign::sign;

/// How often an append or a signature gives way to other processes before it gives up.
const TRIES: usize = 100;

/// Whether the store still holds what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Sound,
    /// It does not: reading goes on, writing and signing do not.
    RolledBack {
        /// Entries stored.
        stored: u64,
        /// Size of the tree that was signed or seen elsewhere.
        signed: u64,
    },
}

/// An append-only log in a store.
#[derive(Debug)]
pub struct Log<S> {
    store: S,
    key: VerifierKey,
    head: Frontier,
    standing: Standing,
    tiles: Tiles,
}

impl<S: Store> Log<S> {
    /// A new log: signs the tree without leaves. Its name is the signer's.
    ///
    /// # Errors
    /// [`LogError::Exists`] where the store holds one.
    pub fn create<K: NoteSigner + ?Sized>(mut store: S, signer: &K) -> Result<Log<S>, LogError> {
        let head = store.head()?;
        if head.size() > 0 || store.signed()?.is_some() {
            return Err(LogError::Exists);
        }
        store.keep_signed(&sign(signer, &head)?)?;
        Log::open(store, signer.verifier().clone())
    }

    /// Opens a log. Where the store does not hold what was signed, it opens read-only: see
    /// [`Log::standing`].
    ///
    /// # Errors
    /// Where it cannot be read, is damaged, or is another's.
    pub fn open(store: S, key: VerifierKey) -> Result<Log<S>, LogError> {
        let mut log = Log {
            head: store.head()?,
            store,
            key,
            standing: Standing::Sound,
            tiles: Tiles::default(),
        };
        log.confirm()?;
        let (size, root) = (log.size(), log.root());
        if log.standing == Standing::Sound && root_at(&mut log.nodes(), size)? != root {
            return Err(StoreError::Damaged {
                what: "head of the log",
            }
            .into());
        }
        Ok(log)
    }

    /// Whether the store holds what was signed.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The key that signs this log.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Number of entries, as last read.
    pub fn size(&self) -> u64 {
        self.head.size()
    }

    /// Root over them.
    pub fn root(&self) -> Hash {
        self.head.root()
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The last checkpoint signed.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn signed(&self) -> Result<SignedCheckpoint, LogError> {
        self.store.signed()?.ok_or(LogError::Unsigned)
    }

    /// Reads what other processes have appended.
    ///
    /// # Errors
    /// Where it cannot be read, or the log was rolled back meanwhile.
    pub fn refresh(&mut self) -> Result<(), LogError> {
        let head = self.store.head()?;
        if head == self.head {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.head, head);
        if self.size() > before.size() {
            // One set of nodes that makes both roots: the new tree extends the old one.
            let (size, root) = (self.size(), self.root());
            let mut nodes = self.nodes();
            if root_at(&mut nodes, before.size())? == before.root()
                && root_at(&mut nodes, size)? == root
            {
                return Ok(());
            }
        }
        self.tiles.clear();
        self.rolled_back(before.size())
    }

    /// Notes whether the store holds what was signed; gives what was.
    fn confirm(&mut self) -> Result<SignedCheckpoint, LogError> {
        let signed = self.signed()?;
        let Checkpoint { size, root, .. } = *signed.check_log(&self.key)?;
        if size > self.size() || root_at(&mut self.nodes(), size)? != root {
            self.standing = Standing::RolledBack {
                stored: self.size(),
                signed: size,
            };
        }
        Ok(signed)
    }

    pub(super) fn sound(&self) -> Result<(), LogError> {
        match self.standing {
            Standing::Sound => Ok(()),
            Standing::RolledBack { stored, signed } => Err(LogError::RolledBack { stored, signed }),
        }
    }

    fn rolled_back(&mut self, signed: u64) -> Result<(), LogError> {
        let stored = self.size();
        self.standing = Standing::RolledBack { stored, signed };
        self.sound()
    }

    pub(super) fn nodes(&mut self) -> LogNodes<'_, S> {
        LogNodes {
            size: self.head.size(),
            store: &self.store,
            tiles: &mut self.tiles,
        }
    }
}
