//! Halves of a slot's key, and the shares of a half. A thief of one half, or of fewer shares than the threshold,
//! learns nothing of the slot.

use super::entropy::{Entropy, NoRandomness, Os};
use super::{OpenError, SlotCount};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 secret bytes, boxed and wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Bytes32(Box<[u8; 32]>);

impl Bytes32 {
    pub(super) fn zero() -> Bytes32 {
        Bytes32(Box::new([0; 32]))
    }

    pub(super) fn fresh(entropy: &mut dyn Entropy) -> Result<Bytes32, NoRandomness> {
        let mut out = Bytes32::zero();
        entropy.fill(out.0.as_mut())?;
        Ok(out)
    }

    pub(super) fn copy(bytes: &[u8; 32]) -> Bytes32 {
        Bytes32(Box::new(*bytes))
    }

    pub(super) fn as_array(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The grant half of one slot's key: what a grant carries to its recipient.
pub struct GrantHalf {
    pub(super) slot: u8,
    pub(super) bytes: Bytes32,
}

/// The gate half of one slot's key, joined from shares. Made by
/// [`VerifiedEnvelope::gate_half`](super::VerifiedEnvelope::gate_half) only.
pub struct GateHalf {
    pub(super) slot: u8,
    pub(super) bytes: Bytes32,
}

/// One gate's share of one slot's gate half: made only where its hash stands in a deposit that the author signed or,
/// where shares were dealt anew, in what its gate signed when it had added them up.
pub struct Share {
    pub(super) envelope: [u8; 32],
    /// How often the shares were dealt anew before; 0 for the author's own.
    pub(super) epoch: u32,
    pub(super) gate: u8,
    pub(super) slot: u8,
    pub(super) bytes: Bytes32,
}

impl Share {
    /// The gate's number, from 1.
    pub fn gate(&self) -> u8 {
        self.gate
    }

    /// The slot.
    pub fn slot(&self) -> u8 {
        self.slot
    }

    /// The 32 bytes that a gate releases.
    pub fn secret_bytes(&self) -> &[u8; 32] {
        self.bytes.as_array()
    }
}

/// Grant halves by slot: all of an envelope's for its owner; for a recipient those granted, the others being
/// random.
pub struct GrantHalves(pub(super) Vec<GrantHalf>);

impl GrantHalves {
    /// The half of a slot.
    pub fn half(&self, slot: u8) -> Option<&GrantHalf> {
        self.0.get(usize::from(slot))
    }

    /// The half of a slot, to be used once.
    pub fn into_half(mut self, slot: u8) -> Option<GrantHalf> {
        let at = self.0.iter().position(|h| h.slot == slot)?;
        Some(self.0.swap_remove(at))
    }

    /// Halves for a grant's capsule: those of `slots`, and fresh random bytes for every other slot, so that a
    /// capsule's length and form do not tell how many were granted.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn only(&self, slots: &[u8]) -> Result<GrantHalves, OpenError> {
        let half = |h: &GrantHalf| {
            let bytes = match slots.contains(&h.slot) {
                true => Bytes32::copy(h.bytes.as_array()),
                false => Bytes32::fresh(&mut Os).map_err(|_| OpenError::NoRandomness)?,
            };
            Ok(GrantHalf {
                slot: h.slot,
                bytes,
            })
        };
        Ok(GrantHalves(
            self.0.iter().map(half).collect::<Result<_, OpenError>>()?,
        ))
    }

    /// 32 bytes a slot, in slot order.
    pub fn secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.0.len() * 32));
        self.0
            .iter()
            .for_each(|h| out.extend_from_slice(h.bytes.as_array()));
        out
    }

    /// Halves from such bytes.
    ///
    /// # Errors
    /// Where they are not 32 for each of so many slots.
    pub fn from_secret_bytes(bytes: &[u8], slots: SlotCount) -> Result<GrantHalves, OpenError> {
        match bytes.as_chunks::<32>() {
            (halves, []) if halves.len() == slots.get() => Ok(GrantHalves(
                (0..)
                    .zip(halves)
                    .map(|(slot, b)| GrantHalf {
                        slot,
                        bytes: Bytes32::copy(b),
                    })
                    .collect(),
            )),
            _ => Err(OpenError::Refused),
        }
    }
}

/// Redacted `Debug` for what is secret.
macro_rules! redacted {
    ($($name:ident)*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )* };
}
redacted!(GrantHalf GateHalf Share GrantHalves);
