//! What a gate signs, and how it is checked.

use super::error::OpenKeyError;
use crate::keys::{Directory, KeyId, KeyRecord, KeyRefused, Role};

/// The public record of a gate's key.
pub(super) fn gate(keys: &Directory, id: KeyId) -> Result<&KeyRecord, KeyRefused> {
    keys.record(id).ok_or(KeyRefused::Unknown(id))
}

/// Checks a gate's signature over `message`.
pub(super) fn verify(
    keys: &Directory,
    id: KeyId,
    label: &'static [u8],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), OpenKeyError> {
    let public = gate(keys, id)?.keys_of(Role::Gate)?;
    let holds = public.verify(label, message, signature);
    holds.map_err(|_| OpenKeyError::Signature { key: id })
}
