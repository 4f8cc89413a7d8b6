//! An agency's root: an Ed25519 key that stays offline and only signs key records and compromises.
//!
//! A thief of the root, with its passphrase, can make keys in the agency's name; he opens nothing that was sealed
//! before. Partners trust a root by its fingerprint, which they have from the agency by telephone.

use super::armour::{armour, unarmour};
use super::compromise::{Compromise, Compromised};
use super::holder::Holder;
use super::keystore::{Keystore, KeystoreError};
use super::pair::{SigningKey, read_signing, verify};
use super::record::{KeyId, KeyRecord, LONGEST_NAME, RecordError, named};
use super::signed::{RootSigned, Statement};
use super::{Fingerprint, KeyRequest, Secret, label};
use crate::clock::UnixTime;
use crate::wire::{Reader, Writer};
use sha2::{Digest, Sha256};
use std::fmt;

const ROOT_ARMOUR: &str = "BILLETBOOK ROOT";

/// What others know a root by. Checked: its own signature holds.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicRoot {
    name: String,
    signing: [u8; 32],
    signature: [u8; 64],
}

impl PublicRoot {
    pub(super) const MAGIC: &[u8; 8] = b"BLBrot\0\x01";

    /// The agency's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 over all that the root says.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        hash.update(label::ROOT_ID);
        hash.update(self.signed_part());
        Fingerprint(hash.finalize().into())
    }

    pub(super) fn signing(&self) -> &[u8; 32] {
        &self.signing
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(Self::MAGIC);
        w.text(&self.name);
        w.fixed(&self.signing);
        w.finish()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<PublicRoot, RecordError> {
        let mut r = Reader::new(bytes, Self::MAGIC, "root")?;
        let name = r.text(LONGEST_NAME)?;
        named(&name)?;
        let (signing, signed) = (read_signing(&mut r)?, r.at());
        let signature = r.fixed()?;
        r.finish()?;
        verify(&signing, label::ROOT, &bytes[..signed], &signature)
            .map_err(|_| RecordError::Altered { what: "root" })?;
        Ok(PublicRoot {
            name,
            signing,
            signature,
        })
    }

    /// The root as text that can be mailed.
    pub fn to_text(&self) -> String {
        armour(ROOT_ARMOUR, &self.encode())
    }

    /// Reads such text. Whose root it is, its fingerprint tells.
    ///
    /// # Errors
    /// Where it is another kind of file, or was altered anywhere.
    pub fn from_text(text: &str) -> Result<PublicRoot, RecordError> {
        let bytes = unarmour(ROOT_ARMOUR, "root", text)?;
        PublicRoot::decode(&bytes)
    }
}

impl fmt::Debug for PublicRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicRoot")
            .field("name", &self.name)
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

/// An agency's root key. Never cloned; wiped when dropped; on disk only in a keystore, best kept offline.
pub struct Root {
    public: PublicRoot,
    key: SigningKey,
}

impl Root {
    /// A fresh root. `name` is the agency's, 1 to 200 bytes.
    ///
    /// # Errors
    /// Where the name is empty or too long, or there is no randomness.
    pub fn generate(name: &str) -> Result<Root, RecordError> {
        Root::from_seed(name, Secret::generate()?)
    }

    pub(super) fn from_seed(name: &str, seed: Secret) -> Result<Root, RecordError> {
        named(name)?;
        let key = SigningKey::new(seed);
        let mut public = PublicRoot {
            name: name.to_owned(),
            signing: key.public(),
            signature: [0; 64],
        };
        public.signature = key.sign(label::ROOT, &public.signed_part());
        Ok(Root { public, key })
    }

    /// What others may know.
    pub fn public(&self) -> &PublicRoot {
        &self.public
    }

    /// Stands for a key: whoever trusts this root will use it for its role while its window holds.
    pub fn certify(&self, request: &KeyRequest) -> KeyRecord {
        self.sign(request.clone())
    }

    /// Says that a key may be in other hands since a time: what it signed later does not count.
    pub fn compromised(&self, key: KeyId, since: UnixTime) -> Compromise {
        self.sign(Compromised { key, since })
    }

    fn sign<S: Statement>(&self, statement: S) -> RootSigned<S> {
        let root = self.public.fingerprint();
        RootSigned::make(statement, root, |label, m| self.key.sign(label, m))
    }

    /// The root under a passphrase.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn to_keystore(&self, passphrase: &[u8]) -> Result<Keystore, KeystoreError> {
        let holder = Holder::Root(self.public.clone());
        Keystore::seal(holder, &[self.key.seed()], passphrase)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
