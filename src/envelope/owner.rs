//! The owner packet: every grant half, wrapped to the owner. It is detached from the envelope, so that a rotation
//! wraps it anew and touches nothing else. A thief of the packet and of the owner's key lacks every gate half.

use super::entropy::Entropy;
use super::half::GrantHalves;
use super::{EnvelopeError, EnvelopeId, OpenError, SlotCount};
use crate::keys::{KeyError, KeyProvider, KeyRefused, PublicKeys, Role, label};
use crate::limits::byte;
use crate::wire::{Reader, Writer};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBown\0\x01";

/// Grant halves of an envelope, wrapped to its owner (HPKE, X-Wing). Whose packet it is, it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerPacket {
    pub(super) id: EnvelopeId,
    pub(super) header_hash: [u8; 32],
    pub(super) slots: SlotCount,
    sealed: Vec<u8>,
}

impl OwnerPacket {
    pub(super) fn wrap(
        (id, header_hash, slots): (EnvelopeId, [u8; 32], SlotCount),
        halves: &GrantHalves,
        owner: &PublicKeys,
        entropy: &mut dyn Entropy,
    ) -> Result<OwnerPacket, KeyError> {
        let mut out = OwnerPacket {
            id,
            header_hash,
            slots,
            sealed: Vec::new(),
        };
        out.sealed = wrap(owner, &out.info(), &halves.secret_bytes(), entropy)?;
        Ok(out)
    }

    pub(super) fn unwrap(&self, owner: &dyn KeyProvider) -> Result<GrantHalves, OpenError> {
        role_is(owner, Role::Open)?;
        let halves = owner.unwrap(&self.info(), &self.sealed)?;
        GrantHalves::from_secret_bytes(&halves, self.slots)
    }

    fn head(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.id.0);
        w.fixed(&self.header_hash);
        w.u8(byte(self.slots.get()));
        w.finish()
    }

    fn info(&self) -> Vec<u8> {
        [label::OWNER_PACKET, &self.head()].concat()
    }

    /// The envelope that it opens.
    pub fn envelope(&self) -> EnvelopeId {
        self.id
    }

    /// The packet's bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        [self.head(), self.sealed.clone()].concat()
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<OwnerPacket, EnvelopeError> {
        let mut r = Reader::new(bytes, MAGIC, "owner packet")?;
        let id = EnvelopeId(r.fixed()?);
        let header_hash = r.fixed()?;
        let slots = r.code(Reader::u8, SlotCount::from_code)?;
        let sealed = r.take(wrapped_len(slots))?.to_vec();
        r.finish()?;
        Ok(OwnerPacket {
            id,
            header_hash,
            slots,
            sealed,
        })
    }
}

/// Bytes of 32 for each slot, wrapped.
pub(super) fn wrapped_len(slots: SlotCount) -> usize {
    PublicKeys::WRAP_OVERHEAD + 32 * slots.get()
}

/// Wraps with randomness of this source.
pub(super) fn wrap(
    to: &PublicKeys,
    info: &[u8],
    secret: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, KeyError> {
    let mut randomness = Zeroizing::new([0; PublicKeys::RANDOMNESS]);
    entropy
        .fill(randomness.as_mut())
        .map_err(|_| KeyError::NoRandomness)?;
    to.wrap_from(&randomness, info, secret)
}

/// A key serves its role only, whatever it could open.
pub(super) fn role_is(key: &dyn KeyProvider, wanted: Role) -> Result<(), KeyRefused> {
    match key.request().role() {
        found if found == wanted => Ok(()),
        found => Err(KeyRefused::Role {
            id: key.key_id(),
            found,
            wanted,
        }),
    }
}
