//! That gates have a revocation.

use super::error::OpenKeyError;
use super::wire::verify;
use crate::grant::{EntryRef, Revocation};
use crate::keys::{Directory, KeyId, KeyProvider, ProviderError, label};
use crate::wire::{Reader, WireError, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBack\0\x01";

/// Requests under one grant: each has a use of its own.
const MOST_RELEASED: usize = u16::MAX as usize;

/// A gate's word that it has a revocation and releases nothing more under that grant, and for which requests it had
/// before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    gate: KeyId,
    revocation: [u8; 16],
    grant: EntryRef,
    released: Vec<EntryRef>,
    signature: [u8; 64],
}

impl Acknowledgement {
    pub(super) fn sign(
        revocation: &Revocation,
        released: Vec<EntryRef>,
        gate: &dyn KeyProvider,
    ) -> Result<Acknowledgement, ProviderError> {
        let mut out = Acknowledgement {
            gate: gate.key_id(),
            revocation: revocation.id(),
            grant: revocation.grant(),
            released,
            signature: [0; 64],
        };
        out.signature = gate.sign(label::ACKNOWLEDGEMENT, &out.signed_part())?;
        Ok(out)
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.gate.0);
        w.fixed(&self.revocation);
        w.fixed(&self.grant.0);
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
        let (gate, revocation, grant) = (KeyId(r.fixed()?), r.fixed()?, EntryRef(r.fixed()?));
        let mut released = Vec::new();
        for _ in 0..r.count(MOST_RELEASED)? {
            released.push(EntryRef(r.fixed()?));
        }
        let signature = r.fixed()?;
        r.finish()?;
        Ok(Acknowledgement {
            gate,
            revocation,
            grant,
            released,
            signature,
        })
    }
}

/// How far a revocation has come. It cannot take back what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Gates that have acknowledged it.
    pub acked: usize,
    /// How many must have: then the others are too few to release anything by themselves.
    pub needed: usize,
    /// Requests for which gates had released before they acknowledged, too few to open, and for which the gates that
    /// have not acknowledged would be enough.
    pub pending: usize,
}

impl Revoked {
    /// Counts the acknowledgements of an envelope's gates, of which `threshold` release.
    ///
    /// # Errors
    /// Where one is of another revocation or gate, or its signature does not hold.
    pub fn count(
        revocation: &Revocation,
        (gates, threshold): (&[KeyId], usize),
        acknowledgements: &[Acknowledgement],
        keys: &Directory,
    ) -> Result<Revoked, OpenKeyError> {
        let mut heard = BTreeMap::new();
        for a in acknowledgements {
            let own = (a.revocation, a.grant) == (revocation.id(), revocation.grant());
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
        Ok(Revoked {
            acked: heard.len(),
            needed: (gates.len() + 1).saturating_sub(threshold).max(1),
            pending: shares.values().filter(half_released).count(),
        })
    }

    /// True where nothing can be opened any more under the grant that was not open before.
    pub fn is_final(&self) -> bool {
        self.acked >= self.needed && self.pending == 0
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Revoked {
            acked,
            needed,
            pending,
        } = self;
        match self.is_final() {
            true => f.write_str("revoked: nothing more is released under it"),
            false if acked < needed => {
                write!(f, "revoked at {acked} of the {needed} gates needed")
            }
            false => write!(
                f,
                "revoked at {acked} gates; {pending} requests that were under way can still be opened until the \
                 others have it"
            ),
        }
    }
}
