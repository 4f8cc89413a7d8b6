//! An agency's identity: Ed25519 for signing, X-Wing for sealing to it, and a root of its own secrets.
//!
//! A thief of the public file learns the agency's name. A thief of the keystore learns nothing without the
//! passphrase; with it he can sign as the agency and open what is sealed to it.

use super::armour::{NotArmour, armour, unarmour};
pub use super::fingerprint::Fingerprint;
use super::holder::Holder;
use super::keystore::{Keystore, KeystoreError};
use super::pair::{PublicKeys, SecretKeys};
use super::{KeyError, Secret, label};
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

const PUBLIC_ARMOUR: &str = "BILLETBOOK IDENTITY";
const LONGEST_NAME: usize = 200;

/// Why an identity or keystore was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Not the armoured text of this kind of file.
    #[error(transparent)]
    Armour(#[from] NotArmour),
    /// Not the text form of a fingerprint.
    #[error("not a fingerprint")]
    Fingerprint,
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The identity's own signature does not hold.
    #[error("the identity was altered: its signature does not hold")]
    Altered,
    /// A signature by an identity does not hold.
    #[error("the signature does not hold")]
    Signature,
    /// Sealed bytes do not open.
    #[error("what is sealed does not open with this identity")]
    Sealed,
    /// Empty or too long a name.
    #[error("an identity's name has 1 to {LONGEST_NAME} bytes")]
    Name,
    /// No randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What others know an agency by. Checked: its signature holds.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicIdentity {
    name: String,
    keys: PublicKeys,
    signature: [u8; 64],
}

impl fmt::Debug for PublicIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicIdentity")
            .field("name", &self.name)
            .field("fingerprint", &self.fingerprint())
            .finish()
    }
}

impl PublicIdentity {
    pub(super) const MAGIC: &[u8; 8] = b"BLBpub\0\x01";

    /// The agency's name, as it gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 over all that the identity says.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        hash.update(label::FINGERPRINT);
        hash.update(self.signed_part());
        Fingerprint(hash.finalize().into())
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(Self::MAGIC);
        w.bytes(self.name.as_bytes());
        self.keys.write(&mut w);
        w.finish()
    }

    /// All bytes, signature last.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads and checks the bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<PublicIdentity, IdentityError> {
        let mut r = Reader::new(bytes, Self::MAGIC, "public identity")?;
        let name = r.text(LONGEST_NAME)?;
        let keys = PublicKeys::read(&mut r)?;
        let signature = r.fixed()?;
        r.finish()?;
        let out = PublicIdentity {
            name,
            keys,
            signature,
        };
        out.verify(label::IDENTITY, &out.signed_part(), &out.signature)
            .map_err(|_| IdentityError::Altered)?;
        Ok(out)
    }

    /// The identity as text that can be mailed.
    pub fn to_text(&self) -> String {
        armour(PUBLIC_ARMOUR, &self.encode())
    }

    /// Reads such text.
    ///
    /// # Errors
    /// Where it is another kind of file, or was altered anywhere.
    pub fn from_text(text: &str) -> Result<PublicIdentity, IdentityError> {
        Self::decode(&unarmour(PUBLIC_ARMOUR, "public identity", text)?)
    }

    /// Checks a signature by this identity over `label` and `message`.
    ///
    /// # Errors
    /// Where it does not hold.
    pub(crate) fn verify(
        &self,
        label: &'static [u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), IdentityError> {
        let signature = signature.try_into().map_err(|_| IdentityError::Signature)?;
        self.keys
            .verify(label, message, signature)
            .map_err(|_| IdentityError::Signature)
    }

    /// Seals bytes to this identity.
    pub(crate) fn seal(&self, info: &[u8], message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        Ok(self.keys.wrap(info, message)?)
    }
}

/// An agency's secret identity. Never cloned; wiped when dropped; lives on disk only in a keystore.
pub struct Identity {
    public: PublicIdentity,
    keys: SecretKeys,
    own: Secret,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// A fresh identity.
    ///
    /// # Errors
    /// Where the name is empty or too long, or there is no randomness.
    pub fn generate(name: &str) -> Result<Identity, IdentityError> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(IdentityError::Name);
        }
        Self::from_secrets(name, SecretKeys::generate()?, Secret::generate()?)
    }

    pub(super) fn from_secrets(
        name: &str,
        keys: SecretKeys,
        own: Secret,
    ) -> Result<Identity, IdentityError> {
        let mut public = PublicIdentity {
            name: name.to_owned(),
            keys: keys.public()?,
            signature: [0; 64],
        };
        public.signature = keys.sign(label::IDENTITY, &public.signed_part());
        Ok(Identity { public, keys, own })
    }

    /// What others may know.
    pub fn public(&self) -> &PublicIdentity {
        &self.public
    }

    /// The root of secrets that never leave this agency.
    pub(crate) fn own_secret(&self) -> &Secret {
        &self.own
    }

    pub(crate) fn sign(&self, label: &'static [u8], message: &[u8]) -> [u8; 64] {
        self.keys.sign(label, message)
    }

    /// Opens what was sealed to this identity.
    pub(crate) fn open(
        &self,
        info: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        self.keys
            .unwrap(info, sealed)
            .map_err(|_| IdentityError::Sealed)
    }

    /// The identity under a passphrase.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn to_keystore(&self, passphrase: &[u8]) -> Result<Keystore, KeystoreError> {
        let [signing, sealing] = self.keys.seeds();
        let holder = Holder::Identity(self.public.clone());
        Keystore::seal(holder, &[signing, sealing, &self.own], passphrase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_identity_altered_anywhere_is_refused() {
        let identity = Identity::generate("A").unwrap();
        let bytes = identity.public().encode();
        assert!(PublicIdentity::decode(&bytes).is_ok());
        for i in (0..bytes.len()).step_by(7) {
            let mut altered = bytes.clone();
            altered[i] ^= 1;
            assert!(PublicIdentity::decode(&altered).is_err(), "byte {i}");
        }
        assert_eq!(
            &PublicIdentity::from_text(&identity.public().to_text()).unwrap(),
            identity.public()
        );
    }

    #[test]
    fn what_is_sealed_opens_for_its_recipient_only() {
        let (a, b) = (
            Identity::generate("A").unwrap(),
            Identity::generate("B").unwrap(),
        );
        let sealed = a.public().seal(b"info", b"secret").unwrap();
        assert_eq!(&**a.open(b"info", &sealed).unwrap(), b"secret");
        assert!(a.open(b"other", &sealed).is_err());
        assert!(b.open(b"info", &sealed).is_err());
    }
}
