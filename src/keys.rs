//! Keys: of a linkage, one secret shared by its members and what is derived from it; of an agency, its root and the
//! keys of roles that the root stands for. Secrets rest in keystores under a passphrase.
//!
//! An agency's keys, from its offline root to what its programs and its partners hold. Each `String` is a file:
//!
//! ```
//! use billetbook::clock::{UnixTime, Window};
//! use billetbook::keys::{Directory, KeyProvider, KeyRequest, Keystore, PublicRoot, Role, RoleKeys, Root};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now: UnixTime = "2026-11-25".parse()?;
//! let window = Window::new(now, "2028-11-25".parse()?)?;
//!
//! // On a machine that stays offline: the root. Its public part is handed out, its fingerprint told by telephone.
//! let root = Root::generate("Weston Children's Services")?;
//! let root_keystore: String = root.to_keystore(b"the root's passphrase")?.to_text();
//! let root_file: String = root.public().to_text();
//!
//! // Where the key will serve: a key under a passphrase, and a request that is carried to the root.
//! let key = RoleKeys::generate(Role::Issue, "case system", window)?;
//! let keystore: String = key.to_keystore(b"a passphrase")?.to_text();
//! let request: String = key.request().to_text();
//!
//! // At the root: is it the key whose id its holder reads out? Then a key record says that the root stands for it.
//! let root = Keystore::from_text(&root_keystore)?.open_root(b"the root's passphrase")?;
//! let request = KeyRequest::from_text(&request)?;
//! assert_eq!(request.id().to_string(), key.key_id().to_string());
//! let record: String = root.certify(&request).to_text();
//!
//! // Whoever accepts this root: what it stands for, and what it takes back.
//! let accepted = PublicRoot::from_text(&root_file)?;
//! assert_eq!(accepted.fingerprint(), root.public().fingerprint());
//! let mut known = Directory::new([accepted]);
//! let id = known.add(&record)?;
//! assert!(known.keys_at(id, Role::Issue, now).is_ok());
//! known.add_compromise(&root.compromised(id, now).to_text())?;
//! assert!(known.keys_at(id, Role::Issue, now).is_err());
//!
//! // The next day, the key from its file.
//! let key = Keystore::from_text(&keystore)?.open_role(b"a passphrase")?;
//! assert_eq!(key.key_id(), id);
//! # Ok(())
//! # }
//! ```
//!
//! What a thief gains: with the linkage secret, every token of that linkage can be guessed from a list of
//! likely people (a dictionary); nothing of any other linkage, nor of another epoch of the same one. With the
//! local pad key, an agency's pads can be told from its tokens; no name can be guessed. What the thief of a
//! keystore, a root or a key record gains, their own types say.

pub(crate) mod armour;
mod compromise;
pub mod descriptor;
mod directory;
mod fingerprint;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod holder;
pub mod identity;
mod keyring;
mod keystore;
pub(crate) mod label;
mod pair;
mod provider;
mod record;
mod request;
mod role;
mod root;
mod signed;

pub use armour::NotArmour;
pub use compromise::{Compromise, Compromised};
pub use directory::Directory;
pub use fingerprint::Fingerprint;
pub use holder::Holder;
pub use keyring::{Keyring, MOST_KEYS};
pub use keystore::{Keystore, KeystoreError};
pub use pair::PublicKeys;
pub use provider::{KeyProvider, ProviderError, RoleKeys};
pub use record::{KeyId, KeyRecord, KeyRefused, RecordError};
pub use request::KeyRequest;
pub use role::Role;
pub use root::{PublicRoot, Root};
pub use signed::RootSigned;

use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 secret bytes: boxed, wiped when dropped, compared in constant time, never shown.
///
/// It is lent and moved, never cloned or serialised:
///
/// ```
/// # use billetbook::keys::Secret;
/// fn pass(secret: Secret) -> Secret { secret }
/// fn lend(secret: &Secret) -> &[u8] { secret.secret_bytes() }
/// ```
/// ```compile_fail,E0599
/// # use billetbook::keys::Secret;
/// fn pass(secret: Secret) -> Secret { secret.clone() }
/// ```
/// ```compile_fail,E0277
/// # use billetbook::keys::Secret;
/// fn lend(secret: &Secret) -> impl serde::Serialize { secret }
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret(Box<[u8; 32]>);

impl Secret {
    /// A fresh secret from the operating system.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn generate() -> Result<Secret, KeyError> {
        let mut bytes = Box::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|_| KeyError::NoRandomness)?;
        Ok(Secret(bytes))
    }

    /// A secret from its bytes: exactly 32 of them, and not all equal.
    ///
    /// # Errors
    /// Refuses any other length (no passphrase is a key), and bytes that are all equal.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Secret, KeyError> {
        if bytes.len() != 32 {
            return Err(KeyError::Length { found: bytes.len() });
        }
        if bytes.iter().all(|b| *b == bytes[0]) {
            return Err(KeyError::Degenerate);
        }
        // Copied straight into the box: no array on the stack.
        let mut boxed = Box::new([0; 32]);
        boxed.copy_from_slice(bytes);
        Ok(Secret(boxed))
    }

    /// The bytes.
    pub fn secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.0.ct_eq(other.0.as_ref()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not 32 bytes.
    #[error(
        "a secret has 32 bytes, this one {found}; no shorter key and no passphrase is accepted"
    )]
    Length {
        /// Bytes found.
        found: usize,
    },
    /// All bytes equal.
    #[error("all bytes of the secret are equal; it was not made by a random generator")]
    Degenerate,
    /// No randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
    /// A signature or sealed bytes that do not hold under a key: no more is told.
    #[error("the signature or the sealed bytes do not hold under this key")]
    Refused,
}

/// A linkage: 16 random bytes, no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkageId(pub [u8; 16]);

impl LinkageId {
    /// A fresh id.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn generate() -> Result<LinkageId, KeyError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
        Ok(LinkageId(bytes))
    }
}

/// The keys of one linkage and epoch, derived by HKDF-SHA-256 (RFC 5869) from its secret.
pub struct LinkageKeys {
    id: LinkageId,
    epoch: u32,
    root: Hkdf<Sha256>,
    token: Secret,
}

impl fmt::Debug for LinkageKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkageKeys")
            .field("id", &self.id)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl LinkageKeys {
    /// Derives the keys.
    pub fn derive(secret: &Secret, id: LinkageId, epoch: u32) -> LinkageKeys {
        let root = Hkdf::<Sha256>::new(None, secret.secret_bytes());
        let token = Secret(Box::new(*expand(&root, label::TOKEN_KEY, id, epoch, b"")));
        LinkageKeys {
            id,
            epoch,
            root,
            token,
        }
    }

    /// The linkage.
    pub fn id(&self) -> LinkageId {
        self.id
    }

    /// Its epoch.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The key of ordinary tokens.
    pub fn token_key(&self) -> &Secret {
        &self.token
    }

    /// The key of a closed identity's tokens: its tokens equal none of another identity.
    pub fn closed_key_secret(&self, identity_epoch: &str) -> Zeroizing<[u8; 32]> {
        expand(
            &self.root,
            label::CLOSED_KEY,
            self.id,
            self.epoch,
            identity_epoch.as_bytes(),
        )
    }

    /// Sixteen bytes that travel with token files, so that files under different keys are refused.
    pub fn check_value(&self) -> [u8; 16] {
        let full = expand(&self.root, label::KEY_CHECK, self.id, self.epoch, b"");
        let mut out = [0; 16];
        out.copy_from_slice(&full[..16]);
        out
    }
}

impl LinkageKeys {
    /// The key of the notes that members leave for each other.
    pub fn note_key_secret(&self) -> Zeroizing<[u8; 32]> {
        expand(&self.root, label::NOTE_KEY, self.id, self.epoch, b"")
    }

    /// The key of CLKs: of the identity in use, or of a closed one, whose bits are those of no other.
    pub fn clk_key_secret(&self, closed: Option<&str>) -> Zeroizing<[u8; 32]> {
        let (label, word) = match closed {
            None => (label::CLK_KEY, ""),
            Some(word) => (label::CLK_CLOSED_KEY, word),
        };
        expand(&self.root, label, self.id, self.epoch, word.as_bytes())
    }

    /// The key from which it follows what bits of a CLK are added up to each diffused bit.
    pub fn diffusion_key_secret(&self) -> Zeroizing<[u8; 32]> {
        expand(&self.root, label::DIFFUSION_KEY, self.id, self.epoch, b"")
    }
}

/// An agency's own pad key for a linkage, from a secret that never leaves home.
pub fn local_pad_key(own: &Secret, id: LinkageId, epoch: u32) -> Secret {
    let root = Hkdf::<Sha256>::new(None, own.secret_bytes());
    Secret(Box::new(*expand(
        &root,
        label::LOCAL_PAD_KEY,
        id,
        epoch,
        b"",
    )))
}

fn expand(
    root: &Hkdf<Sha256>,
    label: &[u8],
    id: LinkageId,
    epoch: u32,
    more: &[u8],
) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let length = u32::try_from(more.len()).unwrap_or(u32::MAX).to_be_bytes();
    let info = [label, &id.0, &epoch.to_be_bytes(), &length, more];
    match root.expand_multi_info(&info, out.as_mut()) {
        Ok(()) => out,
        Err(_) => unreachable!("32 bytes are within HKDF's limit"),
    }
}

#[cfg(test)]
mod tests;
