//! That gates have a revocation, or have erased or handed over an envelope's shares.

use super::error::OpenKeyError;
use super::wire::verify;
use crate::grant::{EntryRef, Erasure, Redeal, Revocation};
use crate::keys::{Directory, KeyId, KeyProvider, ProviderError, label};
use crate::wire::{Reader, WireError, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBack\0\x01";

/// Requests of one envelope, as in a list of releases.
const MOST_RELEASED: usize = 1 << 20;

/// What is acknowledged: a revocation's number and the grant's entry, or the number of an erasure, or of a redeal's second
/// step, and its own entry.
pub(super) type Statement = ([u8; 16], EntryRef);

/// A gate's word that it has a revocation, an erasure or the end of a redeal and releases nothing more under that grant, or
/// of that envelope's shares that it had; and for which requests it had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    gate: KeyId,
    statement: Statement,
    released: Vec<EntryRef>,
    signature: [u8; 64],
}

impl Acknowledgement {
    pub(super) fn sign(
        statement: Statement,
        released: Vec<EntryRef>,
        gate: &dyn KeyProvider,
    ) -> Result<Acknowledgement, ProviderError> {
        let mut out = Acknowledgement {
            gate: gate.key_id(),
            statement,
            released,
            signature: [0; 64],
        };
        out.signature = gate.sign(label::ACKNOWLEDGEMENT, &out.signed_part())?;
        Ok(out)
    }

    /// The gate's key.
    pub fn gate(&self) -> KeyId {
        self.gate
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.gate.0);
        w.fixed(&self.statement.0);
        w.fixed(&self.statement.1.0);
        w.u32(crate::limits::index(self.released.len()));
        self.released.iter().for_each(|e| w.fixed(&e.0));
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
    pub fn decode(bytes: &[u8]) -> Result<Acknowledgement, WireError> {
        let mut r = Reader::new(bytes, MAGIC, "acknowledgement")?;
        let gate = KeyId(r.fixed()?);
        let statement = (r.fixed()?, EntryRef(r.fixed()?));
        let mut released = Vec::new();
        for _ in 0..r.count(MOST_RELEASED)? {
            released.push(EntryRef(r.fixed()?));
        }
        let signature = r.fixed()?;
        r.finish()?;
        Ok(Acknowledgement {
            gate,
            statement,
            released,
            signature,
        })
    }
}

/// How far a revocation or an erasure has come. It cannot take back what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Gates that have acknowledged it.
    pub acked: usize,
    /// How many must have: then the others are too few to release anything by themselves.
    pub needed: usize,
    /// Requests for which gates had released before they acknowledged, too few to open, and for which the gates that
    /// have not acknowledged would be enough.
    pub pending: usize,
}

impl Ended {
    /// How far a revocation has come at an envelope's gates, of which `threshold` release.
    ///
    /// # Errors
    /// Where an acknowledgement is of something else or of another gate, or its signature does not hold.
    pub fn by_revocation(
        revocation: &Revocation,
        gates: (&[KeyId], usize),
        acknowledgements: &[Acknowledgement],
        keys: &Directory,
    ) -> Result<Ended, OpenKeyError> {
        let statement = (revocation.id(), revocation.grant());
        Ended::count(statement, gates, acknowledgements, keys)
    }

    /// How far the erasure of an envelope's shares has come, whose entry this is.
    ///
    /// # Errors
    /// As [`Ended::by_revocation`].
    pub fn by_erasure(
        (erasure, entry): (&Erasure, EntryRef),
        gates: (&[KeyId], usize),
        acknowledgements: &[Acknowledgement],
        keys: &Directory,
    ) -> Result<Ended, OpenKeyError> {
        Ended::count((erasure.id(), entry), gates, acknowledgements, keys)
    }

    /// How many gates have deleted their shares because they were dealt anew, by the second step of a redeal, whose entry
    /// this is.
    ///
    /// # Errors
    /// As [`Ended::by_revocation`].
    pub fn by_redeal(
        (done, entry): (&Redeal, EntryRef),
        gates: (&[KeyId], usize),
        acknowledgements: &[Acknowledgement],
        keys: &Directory,
    ) -> Result<Ended, OpenKeyError> {
        Ended::count((done.id(), entry), gates, acknowledgements, keys)
    }

    fn count(
        statement: Statement,
        (gates, threshold): (&[KeyId], usize),
        acknowledgements: &[Acknowledgement],
        keys: &Directory,
    ) -> Result<Ended, OpenKeyError> {
        let mut heard = BTreeMap::new();
        for a in acknowledgements {
            let own = a.statement == statement;
            if !own || !gates.contains(&a.gate) {
                return Err(OpenKeyError::OtherRequest);
            }
            let signed = a.signed_part();
            verify(keys, a.gate, label::ACKNOWLEDGEMENT, &signed, &a.signature)?;
            let released: &mut BTreeSet<_> = heard.entry(a.gate).or_default();
            released.extend(&a.released);
        }
        let mut shares: BTreeMap<&EntryRef, usize> = BTreeMap::new();
        for entry in heard.values().flatten() {
            *shares.entry(entry).or_default() += 1;
        }
        let left = gates.len().saturating_sub(heard.len());
        let half_released = |n: &&usize| **n < threshold && **n + left >= threshold;
        Ok(Ended {
            acked: heard.len(),
            needed: (gates.len() + 1).saturating_sub(threshold).max(1),
            pending: shares.values().filter(half_released).count(),
        })
    }

    /// True where nothing can be opened any more that was not open before.
    pub fn is_final(&self) -> bool {
        self.acked >= self.needed && self.pending == 0
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ended {
            acked,
            needed,
            pending,
        } = self;
        match self.is_final() {
            true => f.write_str("ended: nothing more is released"),
            false if acked < needed => {
                write!(f, "ended at {acked} of the {needed} gates needed")
            }
            false => write!(
                f,
                "ended at {acked} gates; {pending} requests that were under way can still be opened until the \
                 others have it"
            ),
        }
    }
}
