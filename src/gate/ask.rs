//! What a gate is handed.

use super::error::Denial;
use crate::audit::{Hash, Included, Kind, LogProof, Opening, OpeningError, Policy};
use crate::grant::EntryRef;
use crate::wire::{Reader, WireError, Writer};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBask\0\x01";
const LONGEST_OPENING: usize = 8 * 1024;
const LONGEST_PROOF: usize = 80 * 1024;

/// An entry of the log, opened, with its proof. Neither is believed before it was checked.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The entry.
    pub opening: Opening,
    /// That it stands in the log.
    pub proof: LogProof,
}

impl Evidence {
    /// Where it stands, as others refer to it.
    pub fn entry(&self) -> EntryRef {
        EntryRef(self.opening.leaf().commitment().0)
    }

    /// That it is of this kind, and stands in a tree that the policy believes.
    pub(super) fn check(
        &self,
        kinds: &[Kind],
        policy: &Policy,
        freshness: Option<crate::audit::Freshness>,
    ) -> Result<Included, Denial> {
        if !kinds.contains(&self.opening.entry().kind()) {
            return Err(Denial::OtherKind);
        }
        Ok(self.proof.verify(&self.opening.leaf(), policy, freshness)?)
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.bytes(&self.opening.to_secret_bytes());
        w.text(&self.proof.to_string());
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Evidence, Denial> {
        let opening = Opening::unproven(r.bytes(LONGEST_OPENING)?)?;
        let proof = r.text(LONGEST_PROOF)?.parse()?;
        Ok(Evidence { opening, proof })
    }
}

/// A request to a gate: the logged request, the logged grants that it rests on, and that the log extends what the gate
/// has seen of it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The request.
    pub request: Evidence,
    /// The grants, the envelope's own agency's first.
    pub grants: Vec<Evidence>,
    /// The size of the tree that the gate has seen, from [`super::Gate::seen`]; 0 for none.
    pub seen: u64,
    /// The consistency proof from there to the tree of the request's proof.
    pub consistency: Vec<Hash>,
}

impl Ask {
    /// Its bytes (docs/format.md). They hold what only the gate and those entitled to the entries may read.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut w = Writer::new(MAGIC);
        self.request.write(&mut w);
        w.u8(crate::limits::byte(self.grants.len()));
        self.grants.iter().for_each(|g| g.write(&mut w));
        w.u64(self.seen);
        w.u8(crate::limits::byte(self.consistency.len()));
        self.consistency.iter().for_each(|h| w.fixed(&h.0));
        Zeroizing::new(w.finish())
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Ask, Denial> {
        let mut r = Reader::new(bytes, MAGIC, "request to a gate")?;
        let request = Evidence::read(&mut r)?;
        let count = r.count_u8(crate::grant::MOST_LINKS)?;
        let grants = (0..count).map(|_| Evidence::read(&mut r));
        let grants = grants.collect::<Result<_, _>>()?;
        let seen = r.u64()?;
        let count = r.count_u8(2 * crate::audit::LONGEST_PATH)?;
        let hashes = (0..count).map(|_| r.fixed().map(Hash));
        let consistency = hashes.collect::<Result<_, WireError>>()?;
        r.finish()?;
        Ok(Ask {
            request,
            grants,
            seen,
            consistency,
        })
    }
}

impl From<OpeningError> for Denial {
    fn from(e: OpeningError) -> Denial {
        match e {
            OpeningError::Wire(e) => Denial::Wire(e),
            _ => Denial::OtherKind,
        }
    }
}
