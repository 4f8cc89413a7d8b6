//! What gates released of an envelope, as each signs it, and whether their lists miss none.

use super::error::OpenKeyError;
use super::wire::verify;
use crate::envelope::{EnvelopeId, MOST_GATES};
use crate::grant::EntryRef;
use crate::keys::{Directory, KeyId, KeyProvider, ProviderError, label};
use crate::wire::{Reader, WireError, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBlst\0\x01";
/// Lines of one list.
pub(super) const MOST_LINES: usize = 1 << 20;

/// One release: the request's entry, and its number in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseLine {
    /// The entry's number in the log.
    pub index: u64,
    /// The entry.
    pub entry: EntryRef,
}

impl ReleaseLine {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        [&self.index.to_be_bytes()[..], &self.entry.0].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<ReleaseLine> {
        let (index, entry) = bytes.split_first_chunk::<8>()?;
        Some(ReleaseLine {
            index: u64::from_be_bytes(*index),
            entry: EntryRef(entry.try_into().ok()?),
        })
    }
}

/// All that one gate has released of one envelope, in the order in which it did, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseList {
    gate: KeyId,
    envelope: EnvelopeId,
    lines: Vec<ReleaseLine>,
    signature: [u8; 64],
}

impl ReleaseList {
    pub(super) fn sign(
        envelope: EnvelopeId,
        lines: Vec<ReleaseLine>,
        gate: &dyn KeyProvider,
    ) -> Result<ReleaseList, ProviderError> {
        let mut out = ReleaseList {
            gate: gate.key_id(),
            envelope,
            lines,
            signature: [0; 64],
        };
        out.signature = gate.sign(label::RELEASE_LIST, &out.signed_part())?;
        Ok(out)
    }

    /// The gate's key.
    pub fn gate(&self) -> KeyId {
        self.gate
    }

    /// The envelope.
    pub fn envelope(&self) -> EnvelopeId {
        self.envelope
    }

    /// What it lists; nothing of it is believed before [`Releases::join`].
    pub fn lines(&self) -> &[ReleaseLine] {
        &self.lines
    }

    /// Checks the gate's signature.
    pub(super) fn verify(&self, keys: &Directory) -> Result<(), OpenKeyError> {
        verify(
            keys,
            self.gate,
            label::RELEASE_LIST,
            &self.signed_part(),
            &self.signature,
        )
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.gate.0);
        w.fixed(&self.envelope.0);
        w.u32(crate::limits::index(self.lines.len()));
        self.lines.iter().for_each(|l| w.fixed(&l.to_bytes()));
        w.finish()
    }

    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<ReleaseList, WireError> {
        let mut r = Reader::new(bytes, MAGIC, "list of releases")?;
        let (gate, envelope) = (KeyId(r.fixed()?), EnvelopeId(r.fixed()?));
        let count = r.count(MOST_LINES)?;
        let mut lines = Vec::new();
        for _ in 0..count {
            let index = r.u64()?;
            lines.push(ReleaseLine {
                index,
                entry: EntryRef(r.fixed()?),
            });
        }
        let signature = r.fixed()?;
        r.finish()?;
        Ok(ReleaseList {
            gate,
            envelope,
            lines,
            signature,
        })
    }
}

/// Whether a history misses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Every release took part of a gate whose list is here.
    Complete,
    /// It may miss releases.
    NotProven {
        /// Gates whose list is here.
        lists: usize,
        /// How many are needed: one more than can be left out of a quorum.
        needed: usize,
    },
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Completeness::Complete => f.write_str("complete: no opening is missing"),
            Completeness::NotProven { lists, needed } => {
                write!(
                    f,
                    "not proven complete: {lists} of the {needed} lists needed are here"
                )
            }
        }
    }
}

/// The releases of an envelope, by their number in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releases {
    /// The entries.
    pub lines: Vec<ReleaseLine>,
    /// Whether none is missing.
    pub completeness: Completeness,
}

impl Releases {
    /// Joins lists of an envelope's gates. `gates` are those of the verified envelope, `threshold` as many as a release
    /// takes: any one release is in the lists of that many gates, so the lists of all gates but `threshold - 1` miss
    /// none.
    ///
    /// # Errors
    /// Where a list is of another envelope or of a gate that is not this envelope's, or its signature does not hold.
    pub fn join(
        (envelope, gates, threshold): (EnvelopeId, &[KeyId], usize),
        lists: &[ReleaseList],
        keys: &Directory,
    ) -> Result<Releases, OpenKeyError> {
        let mut lines = BTreeMap::new();
        let mut heard = BTreeSet::new();
        for list in lists {
            if list.envelope != envelope || !gates.contains(&list.gate) {
                return Err(OpenKeyError::OtherRequest);
            }
            list.verify(keys)?;
            heard.insert(list.gate);
            lines.extend(list.lines.iter().map(|l| ((l.index, l.entry), *l)));
        }
        let needed = (gates.len() + 1)
            .saturating_sub(threshold)
            .clamp(1, MOST_GATES);
        let completeness = match heard.len() {
            lists if lists < needed => Completeness::NotProven { lists, needed },
            _ => Completeness::Complete,
        };
        Ok(Releases {
            lines: lines.into_values().collect(),
            completeness,
        })
    }
}
