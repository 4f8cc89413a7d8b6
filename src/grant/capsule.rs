//! The capsule: the grant halves of the granted slots, wrapped to the recipient, with random bytes for all others, so
//! that its length and form do not tell how many there are. A grant of existence holds random bytes only.

use super::GrantError;
use super::signed::Head;
use crate::consent::Mode;
use crate::envelope::{GrantHalves, SlotCount};
use crate::keys::{KeyError, KeyProvider, PublicKeys, label};
use sha2::{Digest, Sha256};

/// Bytes of a capsule.
pub(super) fn length(slots: SlotCount) -> usize {
    PublicKeys::WRAP_OVERHEAD + 32 * slots.get()
}

pub(super) fn wrap(
    head: &Head,
    halves: &GrantHalves,
    recipient: &PublicKeys,
) -> Result<Vec<u8>, GrantError> {
    let granted: Vec<u8> = match head.terms.mode {
        Mode::Existence => Vec::new(),
        Mode::Content => head.terms.slots.iter().collect(),
    };
    let halves = halves.only(&granted)?;
    let wrapped = recipient.wrap(&info(head), &halves.secret_bytes());
    wrapped.map_err(|e| match e {
        KeyError::NoRandomness => GrantError::NoRandomness,
        _ => GrantError::Refused,
    })
}

pub(super) fn unwrap(
    head: &Head,
    capsule: &[u8],
    recipient: &dyn KeyProvider,
) -> Result<GrantHalves, GrantError> {
    if head.terms.mode == Mode::Existence {
        return Err(GrantError::Existence);
    }
    let bytes = recipient.unwrap(&info(head), capsule)?;
    Ok(GrantHalves::from_secret_bytes(
        &bytes,
        head.terms.slots.count(),
    )?)
}

/// All that the grant says in clear is bound in: a capsule is of no other grant.
fn info(head: &Head) -> Vec<u8> {
    [label::GRANT_CAPSULE, &Sha256::digest(head.encode())[..]].concat()
}
