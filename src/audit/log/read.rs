//! Proofs and openings, and the check of the whole log.

use super::{Log, LogError};
use crate::audit::checkpoint::SignedCheckpoint;
use crate::audit::entry::{Leaf, Opening, OpeningKey};
use crate::audit::frontier::Frontier;
use crate::audit::hash::Hash;
use crate::audit::path::{Nodes, check_inclusion, prove_consistency, prove_inclusion};
use crate::audit::proof::LogProof;
use crate::audit::storage::{Store, StoreError, Stored};
use crate::audit::tile::HEIGHT;
use crate::audit::witness::AddCheckpoint;

/// Leaves read at a time when the whole log is.
pub(super) const STRIDE: u64 = 4_096;

/// What is left of an entry.
#[derive(Clone, Debug)]
pub enum Reading {
    /// All of it, checked against its leaf.
    Open(Opening),
    /// Erased; an entry of the kind erasure says why.
    Erased,
    /// Lost with the disk; the leaf came back from a copy.
    Lost,
}

/// What a full check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Openings that are there; each opens its leaf.
    pub open: u64,
    /// Openings erased.
    pub erased: u64,
    /// Openings lost.
    pub lost: u64,
}

impl<S: Store> Log<S> {
    /// Proves that entry `index` stands in a checkpoint's tree.
    ///
    /// # Errors
    /// Where the log does not hold that tree or entry, or cannot be read.
    pub fn prove(
        &mut self,
        index: u64,
        checkpoint: &SignedCheckpoint,
    ) -> Result<LogProof, LogError> {
        let (size, root) = self.held(checkpoint)?;
        let outside = LogError::Outside("that entry or that tree");
        if index >= size {
            return Err(outside);
        }
        // The leaf's hash from its tile, which leads to the root as much as what is read with it.
        let leaf = self.nodes().node(0, index)?;
        let path = prove_inclusion(&mut self.nodes(), index, size)?;
        check_inclusion(leaf, index, size, root, &path).map_err(|_| outside)?;
        Ok(LogProof {
            index,
            path,
            checkpoint: checkpoint.clone(),
        })
    }

    /// A request to a witness that has seen the log's first `old` entries.
    ///
    /// # Errors
    /// Where the log does not hold these trees.
    pub fn add_checkpoint(
        &mut self,
        old: u64,
        checkpoint: &SignedCheckpoint,
    ) -> Result<AddCheckpoint, LogError> {
        let (size, _) = self.held(checkpoint)?;
        if old > size {
            return Err(LogError::Outside("a tree as large as was seen"));
        }
        Ok(AddCheckpoint {
            old,
            proof: prove_consistency(&mut self.nodes(), old, size)?,
            checkpoint: checkpoint.clone(),
        })
    }

    /// A leaf.
    ///
    /// # Errors
    /// Where there is none of that number.
    pub fn leaf(&self, index: u64) -> Result<Leaf, LogError> {
        let leaves = self.store.leaves(index, 1)?;
        leaves
            .first()
            .copied()
            .ok_or(LogError::Outside("that entry"))
    }

    /// The opening of an entry, checked against its leaf.
    ///
    /// # Errors
    /// Where there is no such entry, or its opening does not open with this key.
    pub fn reading(&self, index: u64, key: &OpeningKey) -> Result<Reading, LogError> {
        let leaf = self.leaf(index)?;
        Ok(match self.store.opening(index)? {
            Stored::Erased => Reading::Erased,
            Stored::Lost => Reading::Lost,
            Stored::Sealed { bytes, .. } => {
                let opened = key.open(&leaf, &bytes);
                Reading::Open(opened.map_err(|error| LogError::Opening { index, error })?)
            }
        })
    }

    /// Reads every leaf, hash and opening and checks them all: the tree against its head and the last signed
    /// checkpoint, each opening against its leaf.
    ///
    /// # Errors
    /// [`LogError::RolledBack`] or the first damage found.
    pub fn verify(&mut self, key: &OpeningKey) -> Result<Verified, LogError> {
        self.tiles.clear();
        self.refresh()?;
        self.confirm()?;
        self.sound()?;
        let mut found = Verified {
            size: self.size(),
            root: self.root(),
            open: 0,
            erased: 0,
            lost: 0,
        };
        let mut tree = Frontier::empty();
        while tree.size() < found.size {
            let first = tree.size();
            let leaves = self.store.leaves(first, STRIDE.min(found.size - first))?;
            if leaves.is_empty() {
                return Err(LogError::Damaged {
                    level: 0,
                    index: first,
                });
            }
            for leaf in leaves {
                let mut made = Vec::new();
                let index = tree.size();
                tree.push(leaf.hash(), |level, index, hash| {
                    if level % HEIGHT == 0 {
                        made.push((level, index, hash));
                    }
                });
                for (level, index, hash) in made {
                    if self.store.hashes(level / HEIGHT, index, 1)? != [hash] {
                        return Err(LogError::Damaged { level, index });
                    }
                }
                match self.store.opening(index)? {
                    Stored::Erased => found.erased += 1,
                    Stored::Lost => found.lost += 1,
                    Stored::Sealed { bytes, .. } => {
                        let opened = key.open(&leaf, &bytes);
                        opened.map_err(|error| LogError::Opening { index, error })?;
                        found.open += 1;
                    }
                }
            }
        }
        match tree == self.head {
            true => Ok(found),
            false => Err(StoreError::Damaged { what: "leaves" }.into()),
        }
    }

    /// A checkpoint's size and root, where they are this log's.
    pub(in crate::audit) fn held(
        &self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(u64, Hash), LogError> {
        let c = checkpoint.unverified();
        match c.origin == self.key.name() && c.size <= self.size() {
            true => Ok((c.size, c.root)),
            false => Err(LogError::Outside("that tree")),
        }
    }
}
