//! An agency's root: an Ed25519 key that stays offline and only signs key records and compromises.
//!
//! A thief of the root, with its passphrase, can make keys in the agency's name; he opens nothing that was sealed
//! before. Partners trust a root by its fingerprint, which they have from the agency by telephone.

use super::armour::{armour, unarmour};
use super::keystore::{Holder, Keystore, KeystoreError};
use super::pair::{SigningKey, read_signing, verify};
use super::record::{KeyId, KeyRecord, KeyRequest, LONGEST_NAME, RecordError, named};
use super::{Fingerprint, Secret, label};
use crate::clock::UnixTime;
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use std::fmt;

const COMPROMISE_MAGIC: &[u8; 8] = b"BLBcmp\0\x01";
const ROOT_ARMOUR: &str = "BILLETBOOK ROOT";
const COMPROMISE_ARMOUR: &str = "BILLETBOOK COMPROMISE";

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
            .map_err(|_| RecordError::Altered)?;
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
        let root = self.public.fingerprint();
        let sign = |label, message: &[u8]| self.key.sign(label, message);
        KeyRecord::make(request.clone(), root, sign)
    }

    /// The root under a passphrase.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn to_keystore(&self, passphrase: &[u8]) -> Result<Keystore, KeystoreError> {
        let holder = Holder::Root(self.public.clone());
        Keystore::seal(holder, [self.key.seed()], passphrase)
    }

    /// Says that a key may be in other hands since a time: what it signed later does not count.
    pub fn compromised(&self, key: KeyId, since: UnixTime) -> Compromise {
        let mut out = Compromise {
            key,
            since,
            root: self.public.fingerprint(),
            signature: [0; 64],
        };
        out.signature = self.key.sign(label::COMPROMISE, &out.signed_part());
        out
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// A root's word that a key may be in other hands. Only made by a root, or read against one: it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compromise {
    key: KeyId,
    since: UnixTime,
    root: Fingerprint,
    signature: [u8; 64],
}

impl Compromise {
    /// The key.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Since when.
    pub fn since(&self) -> UnixTime {
        self.since
    }

    /// The root that says so.
    pub fn root(&self) -> Fingerprint {
        self.root
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(COMPROMISE_MAGIC);
        w.fixed(&self.key.0);
        w.u64(self.since.as_secs());
        w.fixed(&self.root.0);
        w.finish()
    }

    /// All bytes, the root's signature last.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes as a statement of this root.
    ///
    /// # Errors
    /// Where they are of another format or root, or were altered anywhere.
    pub fn decode(bytes: &[u8], root: &PublicRoot) -> Result<Compromise, RecordError> {
        let mut r = Reader::new(bytes, COMPROMISE_MAGIC, "compromise statement")?;
        let key = KeyId(r.fixed()?);
        let at = r.at();
        let since = UnixTime::from_secs(r.u64()?).map_err(|_| WireError::Value { at })?;
        let found = Fingerprint(r.fixed()?);
        let (signed, signature) = (r.at(), r.fixed()?);
        r.finish()?;
        if found != root.fingerprint() {
            return Err(RecordError::OtherRoot { found });
        }
        verify(
            root.signing(),
            label::COMPROMISE,
            &bytes[..signed],
            &signature,
        )
        .map_err(|_| RecordError::Altered)?;
        Ok(Compromise {
            key,
            since,
            root: found,
            signature,
        })
    }

    /// The statement as text that can be mailed.
    pub fn to_text(&self) -> String {
        armour(COMPROMISE_ARMOUR, &self.encode())
    }

    /// Reads such text as a statement of this root.
    ///
    /// # Errors
    /// Where it is another kind of file, of another root, or was altered anywhere.
    pub fn from_text(text: &str, root: &PublicRoot) -> Result<Compromise, RecordError> {
        let bytes = unarmour(COMPROMISE_ARMOUR, "compromise statement", text)?;
        Compromise::decode(&bytes, root)
    }
}
