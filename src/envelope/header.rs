//! What stands before the sections: who sealed, under which policy, for which gates, and the length and hash of
//! every slot.

use super::chunked::{plain_len, sealed_len};
use super::padding::{LONGEST, SHORTEST};
use super::{EnvelopeId, MOST_GATES, SlotCount};
use crate::keys::{KeyId, label};
use crate::limits::{byte, index};
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};

const MAGIC: &[u8; 8] = b"BLBenv\0\x01";

/// A header that keeps the format's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: EnvelopeId,
    pub(super) author: KeyId,
    pub(super) policy: [u8; 32],
    pub(super) threshold: u8,
    pub(super) gates: Vec<KeyId>,
    pub(super) slots: Vec<Slot>,
    pub(super) manifest: u8,
}

/// A sealed slot's length in bytes, and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) length: usize,
    pub(super) hash: [u8; 32],
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.id.0);
        w.fixed(&self.author.0);
        w.fixed(&self.policy);
        w.u8(self.threshold);
        w.u8(byte(self.gates.len()));
        for gate in &self.gates {
            w.fixed(&gate.0);
        }
        w.u8(byte(self.slots.len()));
        for slot in &self.slots {
            w.u32(index(slot.length));
            w.fixed(&slot.hash);
        }
        w.u8(self.manifest);
        w.finish()
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Header, WireError> {
        let id = EnvelopeId(r.fixed()?);
        let author = KeyId(r.fixed()?);
        let policy = r.fixed()?;
        let at = r.at();
        let threshold = r.u8()?;
        let count = r.count_u8(MOST_GATES)?;
        if !quorum(usize::from(threshold), count) {
            return Err(WireError::Value { at });
        }
        let mut gates = Vec::with_capacity(count);
        for _ in 0..count {
            let at = r.at();
            let gate = KeyId(r.fixed()?);
            if gates.contains(&gate) {
                return Err(WireError::Value { at });
            }
            gates.push(gate);
        }
        let count = r.code(Reader::u8, SlotCount::from_code)?;
        let mut slots = Vec::with_capacity(count.get());
        for _ in 0..count.get() {
            let at = r.at();
            let length = r.count(sealed_len(LONGEST))?;
            if plain_len(length).is_none_or(|n| n < SHORTEST) {
                return Err(WireError::Value { at });
            }
            slots.push(Slot {
                length,
                hash: r.fixed()?,
            });
        }
        let at = r.at();
        let manifest = r.u8()?;
        match slots.get(usize::from(manifest)) {
            Some(slot) if slot.length == sealed_len(SHORTEST) => Ok(Header {
                id,
                author,
                policy,
                threshold,
                gates,
                slots,
                manifest,
            }),
            _ => Err(WireError::Value { at }),
        }
    }

    pub(super) fn reader(bytes: &[u8]) -> Result<Reader<'_>, WireError> {
        Reader::new(bytes, MAGIC, "envelope")
    }

    /// What a slot's key and its chunks are bound to, besides their labels.
    pub(super) fn binding(&self, slot: u8) -> [u8; 81] {
        let mut out = [slot; 81];
        out[..16].copy_from_slice(&self.id.0);
        out[16..48].copy_from_slice(&self.author.0);
        out[48..80].copy_from_slice(&self.policy);
        out
    }

    /// Slot numbers.
    pub(super) fn slot_count(&self) -> SlotCount {
        match self.slots.len() {
            8 => SlotCount::Eight,
            _ => SlotCount::Sixteen,
        }
    }
}

/// SHA-256 of an encoded header: what is signed, and what owner packets and deposits are bound to.
pub(super) fn header_hash(encoded: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(label::ENVELOPE_HEADER);
    hash.update(encoded);
    hash.finalize().into()
}

/// SHA-256 of a sealed slot.
pub(super) fn slot_hash(sealed: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(label::SLOT_HASH);
    hash.update(sealed);
    hash.finalize().into()
}

/// True where any two quorums share a gate.
pub(super) fn quorum(threshold: usize, gates: usize) -> bool {
    (1..=MOST_GATES).contains(&gates) && threshold <= gates && 2 * threshold > gates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(gates: u8, slots: usize) -> Header {
        let slot = Slot {
            length: sealed_len(SHORTEST),
            hash: [5; 32],
        };
        Header {
            id: EnvelopeId([1; 16]),
            author: KeyId([2; 32]),
            policy: [3; 32],
            threshold: gates / 2 + 1,
            gates: (0..gates).map(|g| KeyId([g; 32])).collect(),
            slots: vec![slot; slots],
            manifest: 7,
        }
    }

    fn read(header: &Header) -> Result<Header, WireError> {
        let bytes = header.encode();
        let mut r = Header::reader(&bytes)?;
        let out = Header::read(&mut r)?;
        r.finish()?;
        Ok(out)
    }

    #[test]
    fn headers_at_the_limits_are_read_as_written() {
        for h in [header(1, 8), header(3, 8), header(7, 16)] {
            assert_eq!(read(&h), Ok(h));
        }
        let mut h = header(3, 8);
        h.slots[0].length = sealed_len(LONGEST);
        assert_eq!(read(&h), Ok(h));
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        let change: [fn(&mut Header); 9] = [
            |h| h.threshold = 1,
            |h| h.threshold = 4,
            |h| h.gates.clear(),
            |h| h.gates[1] = h.gates[0],
            |h| h.slots.truncate(7),
            |h| h.manifest = 8,
            |h| h.slots[7].length += 1,
            |h| h.slots[0].length = sealed_len(LONGEST) + 1,
            |h| h.slots[0].length = sealed_len(SHORTEST) - 1,
        ];
        for (i, change) in change.iter().enumerate() {
            let mut h = header(3, 8);
            assert!(read(&h).is_ok(), "control");
            change(&mut h);
            assert!(read(&h).is_err(), "change {i}");
        }
        assert!(matches!(
            read(&header(8, 8)),
            Err(WireError::TooMany {
                found: 8,
                most: 7,
                ..
            })
        ));
    }
}
