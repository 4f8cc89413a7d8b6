//! Which entries of the log are about which envelope: gone through once, kept on the shelf, made again from the log
//! wherever it is lost.

use super::Book;
use crate::audit::{Entry, Kind, Opening, Reading, Store};
use crate::envelope::EnvelopeId;
use crate::exchange::error::ExchangeError;
use crate::exchange::shelf::Place;
use crate::gate::GateStore;
use crate::grant::{
    AccessRequest, EntryRef, Erased, Erasure, Grant, Hold, Redeal, Refusal, Revocation,
};
use std::collections::HashMap;

/// Entries gone through in one transaction.
const STRIDE: u64 = 1_024;

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// What these entries of one kind say, as far as they are not erased.
    pub(super) fn said<'b>(
        &'b self,
        places: &'b [Place],
        kind: Kind,
    ) -> impl Iterator<Item = Result<Opening, ExchangeError>> + 'b {
        let places = places.iter().filter(move |place| place.kind == kind);
        places.filter_map(|place| match self.log.reading(place.index, &self.opening) {
            Ok(Reading::Open(opening)) => Some(Ok(opening)),
            Ok(_) => None,
            Err(e) => Some(Err(e.into())),
        })
    }

    /// Goes through what was logged since the last time.
    pub(super) fn catch_up(&mut self) -> Result<(), ExchangeError> {
        self.log.refresh()?;
        // What is signed is never dropped by a repair; what is not may be.
        let size = self.log.signed()?.unverified().size.min(self.log.size());
        let mut from = self.shelf.read_to()?;
        while from < size {
            let to = size.min(from + STRIDE);
            let mut found = Vec::new();
            // Of entries in this stretch, which are not on the shelf yet.
            let mut here = HashMap::new();
            for index in from..to {
                let entry = EntryRef(self.log.leaf(index)?.commitment().0);
                let Reading::Open(opening) = self.log.reading(index, &self.opening)? else {
                    continue;
                };
                let kind = opening.entry().kind();
                let envelope = self.about(opening.entry(), &here)?;
                if let Some(id) = envelope {
                    here.insert(entry, id);
                }
                found.push((envelope, Place { index, kind, entry }));
            }
            self.shelf.read(to, &found)?;
            from = to;
        }
        Ok(())
    }

    /// The envelope that an entry is about.
    fn about(
        &self,
        entry: &Entry,
        here: &HashMap<EntryRef, EnvelopeId>,
    ) -> Result<Option<EnvelopeId>, ExchangeError> {
        let bytes = entry.bytes();
        Ok(match entry.kind() {
            Kind::Grant => Grant::decode(bytes).ok().map(|g| g.terms().envelope),
            Kind::Request | Kind::BreakGlass => {
                AccessRequest::decode(bytes).ok().map(|r| r.envelope())
            }
            Kind::Refusal | Kind::Withheld => Refusal::decode(bytes).ok().map(|r| r.envelope()),
            Kind::Revocation => match Revocation::decode(bytes) {
                Ok(r) => self.of(r.grant(), here)?,
                Err(_) => None,
            },
            Kind::Erasure => match Erasure::decode(bytes).map(|e| e.erased()) {
                Ok(Erased::Shares(id)) => Some(id),
                Ok(Erased::Opening(entry)) => self.of(entry, here)?,
                Err(_) => None,
            },
            Kind::NotifyHold => Hold::decode(bytes).ok().map(|h| h.envelope()),
            Kind::Redeal => Redeal::decode(bytes).ok().map(|r| r.envelope()),
            _ => None,
        })
    }

    /// The envelope that an earlier entry is about.
    fn of(
        &self,
        entry: EntryRef,
        here: &HashMap<EntryRef, EnvelopeId>,
    ) -> Result<Option<EnvelopeId>, ExchangeError> {
        match here.get(&entry) {
            Some(id) => Ok(Some(*id)),
            None => self.shelf.envelope_of(entry),
        }
    }

    /// Where an entry stands in the log.
    pub(super) fn place(&mut self, entry: EntryRef) -> Result<u64, ExchangeError> {
        self.catch_up()?;
        let found = self.shelf.place(entry)?;
        found.ok_or(ExchangeError::Missing("such entry in its log"))
    }
}
