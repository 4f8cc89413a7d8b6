//! Statements that two roles of one agency sign: who keeps the records (`issue`), and who answers for data protection
//! (`open`).

use super::chain::verify_statement;
use super::issue::signs_with;
use super::{ChainError, GrantError};
use crate::clock::UnixTime;
use crate::keys::{Directory, Fingerprint, KeyId, KeyProvider, Role};

const ROLES: [Role; 2] = [Role::Issue, Role::Open];

/// The ids of both keys, where each has its role and its window holds `now`.
pub(super) fn of(keys: [&dyn KeyProvider; 2], now: UnixTime) -> Result<[KeyId; 2], GrantError> {
    let [keeper, officer] = keys;
    Ok([
        signs_with(keeper, ROLES[0], now)?,
        signs_with(officer, ROLES[1], now)?,
    ])
}

pub(super) fn sign(
    keys: [&dyn KeyProvider; 2],
    label: &'static [u8],
    message: &[u8],
) -> Result<[[u8; 64]; 2], GrantError> {
    let [keeper, officer] = keys;
    Ok([keeper.sign(label, message)?, officer.sign(label, message)?])
}

/// Checks both signatures and gives the agency's root. `logged` is when witnesses had seen the entry.
pub(super) fn verify(
    keys: &Directory,
    (label, message): (&'static [u8], &[u8]),
    (by, signatures): (&[KeyId; 2], &[[u8; 64]; 2]),
    (made, logged): (UnixTime, UnixTime),
) -> Result<Fingerprint, ChainError> {
    let mut roots = Vec::with_capacity(2);
    for ((id, role), signature) in by.iter().zip(ROLES).zip(signatures) {
        let times = (made, logged);
        let root = verify_statement(keys, (*id, role), (label, message), signature, times)?;
        roots.push(root);
    }
    match roots[..] {
        [a, b] if a == b => Ok(a),
        _ => Err(ChainError::Issuer { index: 0 }),
    }
}
