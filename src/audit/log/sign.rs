//! Signing what is on disk, and comparing it with what others have seen.

use super::{Log, LogError, TRIES};
use crate::audit::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::audit::frontier::Frontier;
use crate::audit::hash::Hash;
use crate::audit::note::NoteSigner;
use crate::audit::path::root_at;
use crate::audit::storage::{Store, StoreError};

impl<S: Store> Log<S> {
    /// Signs the tree as it is on disk, and keeps the checkpoint before its signature leaves. A size is never
    /// signed with two roots; the same tree gives the same checkpoint, with the cosignatures kept so far.
    ///
    /// # Errors
    /// [`LogError::RolledBack`]; where the key is another's or does not sign, or the store cannot be written.
    pub fn publish<K: NoteSigner + ?Sized>(
        &mut self,
        signer: &K,
    ) -> Result<SignedCheckpoint, LogError> {
        if *signer.verifier() != self.key {
            let found = signer.verifier().name().to_owned();
            return Err(LogError::OtherKey { found });
        }
        for _ in 0..TRIES {
            self.refresh()?;
            let last = self.confirm()?;
            self.sound()?;
            if last.unverified().size == self.size() {
                return Ok(last);
            }
            let signed = sign(signer, &self.head)?;
            match self.store.keep_signed(&signed) {
                Ok(()) => return Ok(signed),
                Err(StoreError::Moved) => continue,
                Err(e) => return Err(e.into()),
            }
        }
        Err(StoreError::Locked.into())
    }

    /// Keeps the cosignatures of the last checkpoint.
    ///
    /// # Errors
    /// [`StoreError::Moved`] where a later one was signed meanwhile.
    pub fn keep_cosigned(&mut self, cosigned: &SignedCheckpoint) -> Result<(), LogError> {
        self.sound()?;
        cosigned.check_log(&self.key)?;
        Ok(self.store.keep_signed(cosigned)?)
    }

    /// Compares the log with a tree that a witness, a gate or a copy has seen of it, and notes where it does
    /// not hold it.
    ///
    /// # Errors
    /// [`LogError::RolledBack`] where it is larger, or another.
    pub fn compare(&mut self, size: u64, root: Option<Hash>) -> Result<(), LogError> {
        self.sound()?;
        self.refresh()?;
        if size > self.size() {
            return self.rolled_back(size);
        }
        match root {
            Some(root) if root_at(&mut self.nodes(), size)? != root => self.rolled_back(size),
            _ => Ok(()),
        }
    }
}

pub(super) fn sign<K: NoteSigner + ?Sized>(
    signer: &K,
    head: &Frontier,
) -> Result<SignedCheckpoint, LogError> {
    let checkpoint = Checkpoint {
        origin: signer.verifier().name().to_owned(),
        size: head.size(),
        root: head.root(),
    };
    Ok(SignedCheckpoint::sign(checkpoint, signer)?)
}
