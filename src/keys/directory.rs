//! The keys that a program trusts: roots that its operators accepted, and what these roots say.

use super::compromise::Compromise;
use super::record::{KeyId, KeyRecord, KeyRefused, RecordError};
use super::root::PublicRoot;
use super::{Fingerprint, PublicKeys, Role};
use crate::clock::UnixTime;
use std::collections::BTreeMap;

/// Accepted roots, their key records and compromise statements. Whoever can write it can make any key count.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    roots: BTreeMap<Fingerprint, PublicRoot>,
    records: BTreeMap<KeyId, KeyRecord>,
    compromised: BTreeMap<KeyId, UnixTime>,
    /// Words about keys whose record is not here yet.
    early: BTreeMap<(KeyId, Fingerprint), UnixTime>,
}

impl Directory {
    /// Trusts these roots. Their fingerprints come from the agencies, not from the files.
    pub fn new(roots: impl IntoIterator<Item = PublicRoot>) -> Directory {
        Directory {
            roots: roots.into_iter().map(|r| (r.fingerprint(), r)).collect(),
            ..Directory::default()
        }
    }

    /// The root of that fingerprint, where it is trusted.
    pub fn root(&self, root: &Fingerprint) -> Option<&PublicRoot> {
        self.roots.get(root)
    }

    /// Adds a key record.
    ///
    /// # Errors
    /// Where it was altered, or no trusted root stands for it.
    pub fn add(&mut self, text: &str) -> Result<KeyId, RecordError> {
        let record = self.by_any(|root| KeyRecord::from_text(text, root))?;
        Ok(self.keep(record))
    }

    /// Adds a key record from its bytes.
    ///
    /// # Errors
    /// As [`Directory::add`].
    pub fn add_bytes(&mut self, bytes: &[u8]) -> Result<KeyId, RecordError> {
        let record = self.by_any(|root| KeyRecord::decode(bytes, root))?;
        Ok(self.keep(record))
    }

    fn keep(&mut self, record: KeyRecord) -> KeyId {
        let (id, root) = (record.id(), record.root());
        self.records.insert(id, record);
        if let Some(since) = self.early.get(&(id, root)).copied() {
            self.count(id, since);
        }
        id
    }

    /// Adds a compromise statement, before or after the record of its key. Of several about one key the earliest
    /// counts, and only those of the root that stands for the key.
    ///
    /// # Errors
    /// Where it was altered, no trusted root made it, or its key is of another root.
    pub fn add_compromise(&mut self, text: &str) -> Result<KeyId, RecordError> {
        let word = self.by_any(|root| Compromise::from_text(text, root))?;
        let (id, found) = (word.key(), word.root());
        match self.records.get(&id).map(KeyRecord::root) {
            Some(root) if root == found => self.count(id, word.since()),
            Some(_) => {
                let what = "compromise statement";
                return Err(RecordError::OtherRoot { what, found });
            }
            None => {
                let since = self.early.entry((id, found)).or_insert(word.since());
                *since = (*since).min(word.since());
            }
        }
        Ok(id)
    }

    fn count(&mut self, id: KeyId, since: UnixTime) {
        let earliest = self.compromised.entry(id).or_insert(since);
        *earliest = (*earliest).min(since);
    }

    /// The public keys of `id`, for a role, at a time: now, or when a witnessed log saw what they signed.
    ///
    /// # Errors
    /// Where the key is not known, has another role, its window does not hold that time, or it was compromised
    /// by then.
    pub fn keys_at(&self, id: KeyId, role: Role, at: UnixTime) -> Result<&PublicKeys, KeyRefused> {
        let record = self.records.get(&id).ok_or(KeyRefused::Unknown(id))?;
        match self.compromised.get(&id) {
            Some(since) if *since <= at => Err(KeyRefused::Compromised { id, since: *since }),
            _ => record.keys_at(role, at),
        }
    }

    /// Since when any trusted root says that `id` is compromised, whether or not its record is here: for whoever
    /// holds the secret key, and asks before using it.
    pub fn said_of(&self, id: KeyId) -> Option<UnixTime> {
        let early = self.early.iter().filter(|((key, _), _)| *key == id);
        let early = early.map(|(_, since)| *since);
        early.chain(self.compromised_since(id)).min()
    }

    /// Since when `id` counts as compromised, where a statement says so.
    pub fn compromised_since(&self, id: KeyId) -> Option<UnixTime> {
        self.compromised.get(&id).copied()
    }

    /// The record of `id`.
    pub fn record(&self, id: KeyId) -> Option<&KeyRecord> {
        self.records.get(&id)
    }

    /// The keys of a root for a role that may be used at a time, the one that lasts longest first: after a
    /// rotation the old key and the new one overlap.
    pub fn current(&self, root: Fingerprint, role: Role, at: UnixTime) -> Vec<&KeyRecord> {
        let mut out: Vec<&KeyRecord> = self
            .records
            .values()
            .filter(|r| r.root() == root && self.keys_at(r.id(), role, at).is_ok())
            .collect();
        out.sort_by_key(|r| (std::cmp::Reverse(r.window().until()), r.id()));
        out
    }

    fn by_any<T>(
        &self,
        read: impl Fn(&PublicRoot) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        let mut refused = RecordError::NoRoot;
        for root in self.roots.values() {
            match read(root) {
                Err(other @ RecordError::OtherRoot { .. }) => refused = other,
                done => return done,
            }
        }
        Err(refused)
    }
}
