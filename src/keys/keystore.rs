//! Keystores: secrets on disk, under a passphrase.
//!
//! A thief of a keystore learns whose it is and every public key in it, and may guess passphrases at the price of
//! Argon2id each. With the passphrase he is the holder.

use super::armour::{NotArmour, armour, unarmour};
use super::holder::Holder;
use super::identity::{Identity, IdentityError};
use super::keyring::Keyring;
use super::pair::{SecretKeys, wiping_the_stack};
use super::provider::{KeyProvider, RoleKeys};
use super::record::RecordError;
use super::root::Root;
use super::{KeyError, Secret};
use crate::wire::{Reader, WireError, Writer};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBkey\0\x01";
const ARMOUR: &str = "BILLETBOOK KEYSTORE";
/// Above a keyring of 16 keys.
const LONGEST_HOLDER: usize = 32 * 1024;
const SECRET: usize = 32;
const TAG: usize = 16;

/// Argon2id's price, bounded on reading before any memory is taken: 1 GiB, 16 passes, 4 lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// RFC 9106, second recommended option, with one lane.
const COST: Cost = Cost {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 1,
};

/// Why a keystore was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// Not the armoured text of a keystore.
    #[error(transparent)]
    Armour(#[from] NotArmour),
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The public part of an identity was refused.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The public part of a root or key was refused.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Wrong passphrase, or altered: which of them is not told.
    #[error("the keystore does not open: wrong passphrase, or the file was altered")]
    Locked,
    /// Another kind of keystore.
    #[error("a keystore of {found}, not of {wanted}")]
    Holder {
        /// What it holds.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// No randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A keystore that is still locked.
#[derive(Clone, PartialEq, Eq)]
pub struct Keystore {
    cost: Cost,
    salt: [u8; 16],
    nonce: [u8; 24],
    holder: Holder,
    sealed: Vec<u8>,
}

impl Keystore {
    /// Reads a keystore without opening it.
    ///
    /// # Errors
    /// Where it is another kind of file, its price is out of bounds, or its public part was altered.
    pub fn from_text(text: &str) -> Result<Keystore, KeystoreError> {
        Keystore::decode(&unarmour(ARMOUR, "keystore", text)?)
    }

    /// The keystore as text.
    pub fn to_text(&self) -> String {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.sealed);
        armour(ARMOUR, &bytes)
    }

    /// Whose it says it is. Its own signature holds; that the secrets fit is known once it is opened.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Opens a role's key.
    ///
    /// # Errors
    /// Where it holds something else, the passphrase is wrong or the file was altered.
    pub fn open_role(&self, passphrase: &[u8]) -> Result<RoleKeys, KeystoreError> {
        let Holder::Key(stated) = &self.holder else {
            return Err(self.other("a key of a role"));
        };
        let [signing, sealing] = self.open(passphrase)?;
        let secret = SecretKeys::new(signing, sealing);
        let keys = RoleKeys::from_secrets(stated.role(), stated.name(), stated.window(), secret)?;
        self.fits(keys.request() == stated).map(|()| keys)
    }

    /// Opens a root.
    ///
    /// # Errors
    /// As [`Keystore::open_role`].
    pub fn open_root(&self, passphrase: &[u8]) -> Result<Root, KeystoreError> {
        let Holder::Root(stated) = &self.holder else {
            return Err(self.other("a root"));
        };
        let [seed] = self.open(passphrase)?;
        let root = Root::from_seed(stated.name(), seed)?;
        self.fits(root.public() == stated).map(|()| root)
    }

    /// Opens an identity.
    ///
    /// # Errors
    /// As [`Keystore::open_role`].
    pub fn open_identity(&self, passphrase: &[u8]) -> Result<Identity, KeystoreError> {
        let Holder::Identity(stated) = &self.holder else {
            return Err(self.other("an identity"));
        };
        let [signing, sealing, own] = self.open(passphrase)?;
        let keys = SecretKeys::new(signing, sealing);
        let identity = Identity::from_secrets(stated.name(), keys, own)?;
        self.fits(identity.public() == stated).map(|()| identity)
    }

    /// Opens a book's keys.
    ///
    /// # Errors
    /// As [`Keystore::open_role`].
    pub fn open_ring(&self, passphrase: &[u8]) -> Result<Keyring, KeystoreError> {
        let Holder::Ring(stated) = &self.holder else {
            return Err(self.other("a book's keys"));
        };
        let ring = Keyring::from_secrets(stated, self.open_all(passphrase)?)?;
        let fits = ring.keys().iter().map(RoleKeys::request).eq(stated);
        self.fits(fits).map(|()| ring)
    }

    pub(super) fn seal(
        holder: Holder,
        secrets: &[&Secret],
        passphrase: &[u8],
    ) -> Result<Keystore, KeystoreError> {
        let mut out = Keystore {
            cost: COST,
            salt: [0; 16],
            nonce: [0; 24],
            holder,
            sealed: Vec::new(),
        };
        getrandom::fill(&mut out.salt).map_err(|_| KeyError::NoRandomness)?;
        getrandom::fill(&mut out.nonce).map_err(|_| KeyError::NoRandomness)?;
        // Of its full size at once: a buffer that grows leaves copies behind.
        let mut plain = Zeroizing::new(Vec::with_capacity(secrets.len() * SECRET));
        for secret in secrets {
            plain.extend_from_slice(secret.secret_bytes());
        }
        let head = out.head();
        let payload = Payload {
            msg: &plain,
            aad: &head,
        };
        out.sealed = wiping_the_stack(|| {
            let sealed = out
                .cipher(passphrase)?
                .encrypt(&XNonce::from(out.nonce), payload);
            sealed.map_err(|_| KeystoreError::Locked)
        })?;
        Ok(out)
    }

    fn open<const N: usize>(&self, passphrase: &[u8]) -> Result<[Secret; N], KeystoreError> {
        let secrets = self.open_all(passphrase)?;
        secrets.try_into().map_err(|_| KeystoreError::Locked)
    }

    fn open_all(&self, passphrase: &[u8]) -> Result<Vec<Secret>, KeystoreError> {
        let head = self.head();
        let payload = Payload {
            msg: &self.sealed,
            aad: &head,
        };
        let plain = wiping_the_stack(|| {
            let plain = self
                .cipher(passphrase)?
                .decrypt(&XNonce::from(self.nonce), payload);
            plain.map(Zeroizing::new).map_err(|_| KeystoreError::Locked)
        })?;
        let secrets: Result<Vec<Secret>, KeyError> = plain
            .chunks(SECRET)
            .map(Secret::from_secret_bytes)
            .collect();
        Ok(secrets?)
    }

    fn cipher(&self, passphrase: &[u8]) -> Result<XChaCha20Poly1305, KeystoreError> {
        let mut key = Zeroizing::new([0; SECRET]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.cost.params()?)
            .hash_password_into(passphrase, &self.salt, key.as_mut())
            .map_err(|_| KeystoreError::Locked)?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }

    /// All before the sealed part: its associated data.
    fn head(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.u32(self.cost.memory_kib);
        w.u32(self.cost.passes);
        w.u32(self.cost.lanes);
        w.fixed(&self.salt);
        w.fixed(&self.nonce);
        w.bytes(&self.holder.encode());
        w.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Keystore, KeystoreError> {
        let mut r = Reader::new(bytes, MAGIC, "keystore")?;
        let at = r.at();
        let cost = Cost {
            memory_kib: r.u32()?,
            passes: r.u32()?,
            lanes: r.u32()?,
        };
        if cost.memory_kib > 1 << 20 || cost.passes > 16 || cost.lanes > 4 {
            return Err(WireError::Value { at }.into());
        }
        cost.params().map_err(|_| WireError::Value { at })?;
        let (salt, nonce) = (r.fixed()?, r.fixed()?);
        let holder = Holder::decode(r.bytes(LONGEST_HOLDER)?)?;
        let sealed = r.take(holder.secrets() * SECRET + TAG)?.to_vec();
        r.finish()?;
        Ok(Keystore {
            cost,
            salt,
            nonce,
            holder,
            sealed,
        })
    }

    fn other(&self, wanted: &'static str) -> KeystoreError {
        KeystoreError::Holder {
            found: self.holder.kind(),
            wanted,
        }
    }

    fn fits(&self, fits: bool) -> Result<(), KeystoreError> {
        if fits {
            Ok(())
        } else {
            Err(KeystoreError::Locked)
        }
    }
}

impl Cost {
    fn params(self) -> Result<Params, KeystoreError> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(SECRET))
            .map_err(|_| KeystoreError::Locked)
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore")
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{UnixTime, Window};
    use crate::keys::Role;

    const PHRASE: &[u8] = b"made-up phrase";

    fn at(secs: u64) -> UnixTime {
        UnixTime::from_secs(secs).unwrap()
    }

    #[test]
    fn every_kind_of_key_goes_into_its_keystore_and_out_again() {
        let identity = Identity::generate("West").unwrap();
        let root = Root::generate("West").unwrap();
        let keys =
            RoleKeys::generate(Role::Gate, "gate 1", Window::new(at(5), at(9)).unwrap()).unwrap();
        let read = |store: Keystore| {
            let again = Keystore::from_text(&store.to_text()).unwrap();
            assert_eq!(again, store);
            again
        };
        let store = read(identity.to_keystore(PHRASE).unwrap());
        let opened = store.open_identity(PHRASE).unwrap();
        assert_eq!(opened.public(), identity.public());
        assert_eq!(opened.own_secret(), identity.own_secret());
        assert!(matches!(
            store.open_root(PHRASE),
            Err(KeystoreError::Holder { .. })
        ));
        let store = read(root.to_keystore(PHRASE).unwrap());
        assert_eq!(store.open_root(PHRASE).unwrap().public(), root.public());
        let store = read(keys.to_keystore(PHRASE).unwrap());
        assert_eq!(store.open_role(PHRASE).unwrap().request(), keys.request());
        assert!(matches!(
            store.open_role(b"other"),
            Err(KeystoreError::Locked)
        ));
    }

    #[test]
    fn the_price_of_a_passphrase_is_bounded_before_it_is_paid() {
        let store = Root::generate("West").unwrap().to_keystore(PHRASE).unwrap();
        let bytes = [store.head(), store.sealed.clone()].concat();
        let priced = |memory: u32, passes: u32, lanes: u32| {
            let mut out = bytes.clone();
            for (at, value) in [(8, memory), (12, passes), (16, lanes)] {
                out[at..at + 4].copy_from_slice(&value.to_be_bytes());
            }
            Keystore::decode(&out).is_ok()
        };
        assert!(priced(64 * 1024, 3, 1) && priced(1 << 20, 16, 4), "control");
        for (memory, passes, lanes) in [
            ((1 << 20) + 1, 3, 1),
            (64 * 1024, 17, 1),
            (64 * 1024, 3, 5),
            // Below what Argon2 takes.
            (7, 3, 1),
            (64 * 1024, 0, 1),
            (64 * 1024, 3, 0),
        ] {
            assert!(!priced(memory, passes, lanes), "{memory} {passes} {lanes}");
        }
    }

    /// Whoever knows a passphrase can seal other secrets behind a holder's public part.
    #[test]
    fn secrets_that_are_not_the_holders_are_refused_as_a_wrong_passphrase_is() {
        let (a, b, c) = (Secret::generate(), Secret::generate(), Secret::generate());
        let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
        let root = Holder::Root(Root::generate("West").unwrap().public().clone());
        let opened = Keystore::seal(root, &[&a], PHRASE)
            .unwrap()
            .open_root(PHRASE);
        assert!(matches!(opened, Err(KeystoreError::Locked)));
        let window = Window::new(at(5), at(9)).unwrap();
        let keys = RoleKeys::generate(Role::Gate, "gate 1", window).unwrap();
        let keys = Holder::Key(keys.request().clone());
        let opened = Keystore::seal(keys, &[&a, &b], PHRASE)
            .unwrap()
            .open_role(PHRASE);
        assert!(matches!(opened, Err(KeystoreError::Locked)));
        let identity = Holder::Identity(Identity::generate("West").unwrap().public().clone());
        let opened = Keystore::seal(identity, &[&a, &b, &c], PHRASE).unwrap();
        let opened = opened.open_identity(PHRASE);
        assert!(matches!(opened, Err(KeystoreError::Locked)));
    }

    #[test]
    fn the_price_is_bounded_before_any_memory_is_taken() {
        let store = Root::generate("West").unwrap().to_keystore(PHRASE).unwrap();
        let with = |memory_kib, passes, lanes| {
            let mut store = store.clone();
            store.cost = Cost {
                memory_kib,
                passes,
                lanes,
            };
            Keystore::from_text(&store.to_text()).is_ok()
        };
        assert!(with(1 << 20, 16, 4) && with(8, 1, 1));
        for (m, t, p) in [
            (1 << 20 | 1, 1, 1),
            (8, 17, 1),
            (40, 1, 5),
            (7, 1, 1),
            (8, 0, 1),
            (8, 1, 0),
        ] {
            assert!(!with(m, t, p), "{m} {t} {p}");
        }
    }
}
