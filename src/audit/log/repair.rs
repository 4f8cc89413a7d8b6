//! Repair from a copy of the tree.

use super::read::STRIDE;
use super::{Log, LogError};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::entry::OpeningKey;
use crate::audit::export::Export;
use crate::audit::frontier::Frontier;
use crate::audit::note::VerifierKey;
use crate::audit::storage::{Batch, Record, Store, Stored};
use crate::audit::tile::HEIGHT;

/// What a repair did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// Leaves of the store that were as in the copy, from the first on.
    pub kept: u64,
    /// Leaves written from the copy.
    pub written: u64,
    /// Those of them whose openings are lost; agencies that hold one can give it back.
    pub lost: u64,
    /// Leaves of the store that were in no tree signed, and are dropped.
    pub dropped: u64,
}

impl<S: Store> Log<S> {
    /// Writes into a store what it lacks of a copy that extends every tree this log has signed. Openings stay
    /// where they open their leaf. Facts beside the log do not come back: who revoked must say so again.
    ///
    /// # Errors
    /// Where the copy is older than what was signed, or of another log; where it or the store cannot be read
    /// or written. Nothing has changed then.
    pub fn repair(
        mut store: S,
        key: VerifierKey,
        openings: &OpeningKey,
        copy: &Export,
    ) -> Result<(Log<S>, Repaired), LogError> {
        let outside = LogError::Outside("what this log has signed, or is a copy of another log");
        let target = copy.checkpoint().check_log(&key)?.clone();
        let signed = store.signed()?;
        let floor: Option<&Checkpoint> = match &signed {
            Some(signed) => Some(signed.check_log(&key)?),
            None => None,
        };
        if floor.is_some_and(|f| f.size > target.size) {
            return Err(outside);
        }
        let stored = store.head().map_or(0, |h| h.size());
        let mut tree = Frontier::empty();
        let mut kept: Option<Frontier> = None;
        let mut batch = Batch {
            from: Frontier::empty(),
            records: Vec::new(),
            hashes: Vec::new(),
            head: Frontier::empty(),
            rows: Vec::new(),
            erase: Vec::new(),
        };
        while tree.size() < target.size {
            let first = tree.size();
            let leaves = copy.leaves(first, STRIDE)?;
            let here = store.leaves(first, STRIDE).unwrap_or_default();
            for (i, leaf) in leaves.into_iter().enumerate() {
                let index = tree.size();
                if kept.is_none() && here.get(i) != Some(&leaf) {
                    kept = Some(tree.clone());
                }
                if kept.is_some() {
                    let opening = match store.opening(index) {
                        Ok(Stored::Sealed { request, bytes })
                            if openings.open(&leaf, &bytes).is_ok() =>
                        {
                            Stored::Sealed { request, bytes }
                        }
                        Ok(Stored::Erased) => Stored::Erased,
                        _ => Stored::Lost,
                    };
                    batch.records.push(Record { leaf, opening });
                }
                tree.push(leaf.hash(), |level, index, hash| {
                    if level % HEIGHT == 0 {
                        batch.hashes.push((level / HEIGHT, index, hash));
                    }
                });
                if floor.is_some_and(|f| f.size == tree.size() && f.root != tree.root()) {
                    return Err(outside);
                }
            }
        }
        if tree.root() != target.root {
            return Err(outside);
        }
        batch.from = kept.unwrap_or_else(|| tree.clone());
        batch.head = tree;
        let lost = batch.records.iter().filter(|r| r.opening == Stored::Lost);
        let repaired = Repaired {
            kept: batch.from.size(),
            written: batch.records.len() as u64,
            lost: lost.count() as u64,
            dropped: stored.saturating_sub(target.size),
        };
        store.replace_tail(&batch)?;
        if floor.is_none_or(|f| f.size < target.size) {
            store.keep_signed(copy.checkpoint())?;
        }
        let log = Log::open(store, key)?;
        log.sound()?;
        Ok((log, repaired))
    }
}
