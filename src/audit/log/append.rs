//! Appending and erasing.

use super::{Log, LogError, Reading, TRIES};
use crate::audit::entry::{Entry, Kind, Opening, OpeningKey};
use crate::audit::storage::{Batch, Record, RequestId, Row, Store, StoreError, Stored};
use crate::audit::tile::HEIGHT;
use std::collections::HashMap;

/// The most entries of one batch.
pub const MOST_DRAFTS: usize = 10_000;

/// An entry to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The request's own number.
    pub request: RequestId,
    /// What is logged.
    pub entry: Entry,
    /// Facts that hold from this entry on.
    pub rows: Vec<Row>,
}

/// An entry in its place. Durable; acknowledged once [`Log::publish`] has signed a tree that holds it.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its number, from 0.
    pub index: u64,
    /// Its opening.
    pub opening: Opening,
    /// False where the same request had logged it before.
    pub fresh: bool,
}

impl<S: Store> Log<S> {
    /// Appends entries, all or none, in one transaction; they are on disk when this returns. A request that was
    /// logged before gets the place it has.
    ///
    /// # Errors
    /// [`LogError::RolledBack`], [`LogError::RequestReused`]; where the store cannot be written.
    pub fn append(
        &mut self,
        key: &OpeningKey,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Placed>, LogError> {
        self.write(key, drafts, &[])
    }

    /// Erases an opening, by an entry that says so, in one transaction: the entry and its blinding bytes are
    /// gone from every file of the store when this returns. Leaf, tree and proofs stay.
    ///
    /// # Errors
    /// Those of [`Log::append`]; [`StoreError::Locked`] while another process reads the erased bytes: call it
    /// again then.
    pub fn erase(
        &mut self,
        key: &OpeningKey,
        index: u64,
        draft: Draft,
    ) -> Result<Placed, LogError> {
        if draft.entry.kind() != Kind::Erasure {
            return Err(LogError::NotAnErasure);
        }
        if index >= self.size() {
            return Err(LogError::Outside("that entry"));
        }
        let mut placed = self.write(key, vec![draft], &[index])?;
        self.store.scrub()?;
        placed.pop().ok_or(LogError::Outside("that entry"))
    }

    fn write(
        &mut self,
        key: &OpeningKey,
        drafts: Vec<Draft>,
        erase: &[u64],
    ) -> Result<Vec<Placed>, LogError> {
        if drafts.len() > MOST_DRAFTS {
            let found = drafts.len();
            return Err(LogError::TooMany { found });
        }
        let failed = |error| LogError::Opening {
            index: u64::MAX,
            error,
        };
        let mut prepared = Vec::with_capacity(drafts.len());
        for Draft {
            request,
            entry,
            rows,
        } in drafts
        {
            let opening = Opening::new(entry).map_err(failed)?;
            let sealed = key.seal(&opening).map_err(failed)?;
            prepared.push((request, opening, sealed, rows));
        }
        for _ in 0..TRIES {
            self.sound()?;
            let (batch, placed) = self.batch(key, &prepared, erase)?;
            if batch.records.is_empty() {
                return Ok(placed);
            }
            match self.store.append(&batch) {
                Ok(()) => {
                    self.head = batch.head;
                    return Ok(placed);
                }
                Err(StoreError::Moved) => self.refresh()?,
                Err(e) => return Err(e.into()),
            }
        }
        Err(StoreError::Locked.into())
    }

    fn batch(
        &self,
        key: &OpeningKey,
        prepared: &[(RequestId, Opening, Vec<u8>, Vec<Row>)],
        erase: &[u64],
    ) -> Result<(Batch, Vec<Placed>), LogError> {
        let mut batch = Batch {
            from: self.head.clone(),
            records: Vec::with_capacity(prepared.len()),
            hashes: Vec::new(),
            head: self.head.clone(),
            rows: Vec::new(),
            erase: erase.to_vec(),
        };
        let mut placed: Vec<Placed> = Vec::with_capacity(prepared.len());
        let mut here: HashMap<RequestId, usize> = HashMap::new();
        for (request, opening, sealed, rows) in prepared {
            let before = match here.get(request) {
                Some(at) => Some((placed[*at].index, placed[*at].opening.clone())),
                None => self.logged(key, request)?,
            };
            here.entry(*request).or_insert(placed.len());
            if let Some((index, before)) = before {
                if before.entry() != opening.entry() {
                    return Err(LogError::RequestReused);
                }
                placed.push(Placed {
                    index,
                    opening: before,
                    fresh: false,
                });
                continue;
            }
            let leaf = opening.leaf();
            placed.push(Placed {
                index: batch.head.size(),
                opening: opening.clone(),
                fresh: true,
            });
            batch.head.push(leaf.hash(), |level, index, hash| {
                if level % HEIGHT == 0 {
                    batch.hashes.push((level / HEIGHT, index, hash));
                }
            });
            batch.records.push(Record {
                leaf,
                opening: Stored::Sealed {
                    request: *request,
                    bytes: sealed.clone(),
                },
            });
            batch.rows.extend(rows.iter().cloned());
        }
        Ok((batch, placed))
    }

    /// The entry that this request has logged already.
    fn logged(
        &self,
        key: &OpeningKey,
        request: &RequestId,
    ) -> Result<Option<(u64, Opening)>, LogError> {
        let Some(index) = self.store.find(request)? else {
            return Ok(None);
        };
        match self.reading(index, key)? {
            Reading::Open(opening) => Ok(Some((index, opening))),
            Reading::Erased | Reading::Lost => Err(LogError::RequestReused),
        }
    }
}
