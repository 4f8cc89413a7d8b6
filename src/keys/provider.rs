//! Who holds a key: this program, or a device or service behind [`KeyProvider`].

use super::holder::Holder;
use super::keystore::{Keystore, KeystoreError};
use super::pair::SecretKeys;
use super::record::{KeyId, RecordError};
use super::request::KeyRequest;
use super::{KeyError, PublicKeys, Role, Secret};
use crate::clock::Window;
use std::fmt;
use zeroize::Zeroizing;

/// A key that can be used and not seen: a keystore's, or one inside an HSM or a key service. All use of secret
/// keys goes through here, so that a device need only sign bytes (Ed25519) and open HPKE.
pub trait KeyProvider {
    /// What the key says of itself: role, name, public keys, window.
    fn request(&self) -> &KeyRequest;

    /// The key's id.
    fn key_id(&self) -> KeyId {
        self.request().id()
    }

    /// Ed25519 over `label` (NUL-terminated) and `message`, one after the other.
    ///
    /// # Errors
    /// Where the key cannot be reached.
    fn sign(&self, label: &'static [u8], message: &[u8]) -> Result<[u8; 64], ProviderError>;

    /// Opens what [`PublicKeys::wrap`] wrapped under the same `info`.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where it does not open, whatever the reason; where the key cannot be reached.
    fn unwrap(&self, info: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProviderError>;
}

/// Why a key did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// It does not open, or is not signed: no more is told.
    #[error("the key refused")]
    Refused,
    /// The device or service did not answer.
    #[error("the key cannot be reached: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<KeyError> for ProviderError {
    fn from(e: KeyError) -> ProviderError {
        match e {
            KeyError::NoRandomness => ProviderError::Unavailable(e.into()),
            _ => ProviderError::Refused,
        }
    }
}

/// A key of one role, held by this program. Never cloned; wiped when dropped; on disk only in a keystore.
pub struct RoleKeys {
    request: KeyRequest,
    secret: SecretKeys,
}

impl RoleKeys {
    /// A fresh key. `name` is what its agency calls it, 1 to 200 bytes.
    ///
    /// # Errors
    /// Where the name is empty or too long, or there is no randomness.
    pub fn generate(role: Role, name: &str, window: Window) -> Result<RoleKeys, RecordError> {
        RoleKeys::from_secrets(role, name, window, SecretKeys::generate()?)
    }

    pub(super) fn from_secrets(
        role: Role,
        name: &str,
        window: Window,
        secret: SecretKeys,
    ) -> Result<RoleKeys, RecordError> {
        let request = KeyRequest::make(role, name, secret.public()?, window, |label, message| {
            Ok(secret.sign(label, message))
        })?;
        Ok(RoleKeys { request, secret })
    }

    /// The key under a passphrase.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn to_keystore(&self, passphrase: &[u8]) -> Result<Keystore, KeystoreError> {
        let holder = Holder::Key(self.request.clone());
        Keystore::seal(holder, &self.seeds(), passphrase)
    }

    pub(super) fn seeds(&self) -> [&Secret; 2] {
        self.secret.seeds()
    }

    /// What others may know.
    pub fn public(&self) -> &PublicKeys {
        self.request.keys()
    }
}

impl KeyProvider for RoleKeys {
    fn request(&self) -> &KeyRequest {
        &self.request
    }

    fn sign(&self, label: &'static [u8], message: &[u8]) -> Result<[u8; 64], ProviderError> {
        Ok(self.secret.sign(label, message))
    }

    fn unwrap(&self, info: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
        Ok(self.secret.unwrap(info, sealed)?)
    }
}

impl fmt::Debug for RoleKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleKeys")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
