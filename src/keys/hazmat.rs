//! For test vectors and peers only: keys from given seeds, wrapping from given randomness. A seed or randomness
//! that serves twice, or that anyone can guess, gives away what it protects.

use super::identity::{Identity, IdentityError};
use super::pair::SecretKeys;
use super::{KeyError, PublicKeys, RecordError, Role, RoleKeys, Root, Secret};
use crate::clock::Window;

/// A key from its Ed25519 seed and its X-Wing decapsulation key.
///
/// # Errors
/// As [`RoleKeys::generate`].
pub fn role_keys_from_secrets(
    role: Role,
    name: &str,
    window: Window,
    signing: Secret,
    sealing: Secret,
) -> Result<RoleKeys, RecordError> {
    RoleKeys::from_secrets(role, name, window, SecretKeys::new(signing, sealing))
}

/// An identity from its Ed25519 seed, its X-Wing decapsulation key and the root of its own secrets.
///
/// # Errors
/// As [`Identity::generate`].
pub fn identity_from_secrets(
    name: &str,
    signing: Secret,
    sealing: Secret,
    own: Secret,
) -> Result<Identity, IdentityError> {
    Identity::from_secrets(name, SecretKeys::new(signing, sealing), own)
}

/// A root from its Ed25519 seed.
///
/// # Errors
/// As [`Root::generate`].
pub fn root_from_secret(name: &str, seed: Secret) -> Result<Root, RecordError> {
    Root::from_seed(name, seed)
}

/// [`PublicKeys::wrap`] from given randomness: of an X-Wing encapsulation, 64 bytes.
///
/// # Errors
/// None for keys that were read: [`PublicKeys::from_bytes`] has checked them.
pub fn wrap_from(
    keys: &PublicKeys,
    randomness: &[u8; PublicKeys::RANDOMNESS],
    info: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, KeyError> {
    keys.wrap_from(randomness, info, secret)
}
