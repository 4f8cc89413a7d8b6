//! What is logged, and the 34 bytes that the log shows of it.
//!
//! A leaf is a commitment under 32 random bytes of its own. Who has the tree, and no opening, learns how many
//! entries there are and nothing else. Who has an opening can check it against its leaf. Once the opening is
//! erased, the entry guessed right word for word is not confirmed by anything that is left.

use crate::coded::coded;
use crate::keys::{KeyError, Secret, label};
use crate::wire::{Reader, WireError};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// The longest entry, in bytes.
pub const LONGEST_ENTRY: usize = 64 * 1024;

const OPENING_MAGIC: &[u8; 8] = b"BLBopn\0\x01";
const NONCE: usize = 24;
const BLIND: usize = 32;

/// A leaf of the log: version 1 in 16 bits, and a commitment. All kinds of entries look alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leaf([u8; Leaf::SIZE]);

impl Leaf {
    /// Bytes of a leaf.
    pub const SIZE: usize = 34;

    /// Reads a leaf; `None` where it is not 34 bytes of version 1.
    pub fn from_bytes(bytes: &[u8]) -> Option<Leaf> {
        let bytes: [u8; Leaf::SIZE] = bytes.try_into().ok()?;
        (bytes[..2] == [0, 1]).then_some(Leaf(bytes))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; Leaf::SIZE] {
        &self.0
    }

    /// What the tree holds of it.
    pub fn hash(&self) -> super::Hash {
        super::Hash::of_leaf(&self.0)
    }

    /// The commitment C. An entry that refers to an earlier one names this, never a hash of its text.
    pub fn commitment(&self) -> Commitment {
        let mut out = [0; 32];
        out.copy_from_slice(&self.0[2..]);
        Commitment(out)
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Leaf({:?})", self.commitment())
    }
}

/// A blinded commitment to an entry; tells nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment(pub [u8; 32]);

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::hex::Hex(&self.0), f)
    }
}

coded! {
    /// What an entry is about.
    #[non_exhaustive]
    pub enum Kind: u16, "kinds of entries" {
        Grant = 1, "grant", "a grant of access";
        Request = 2, "request", "a request to open under a grant";
        Refusal = 3, "refusal", "a request refused";
        Withheld = 4, "withheld", "considered, and decided not to share";
        Revocation = 5, "revocation", "a grant revoked";
        Erasure = 6, "erasure", "an opening of the log, or an envelope's shares, erased";
        KeyRecord = 7, "key-record", "a key record";
        Compromise = 8, "compromise", "a key declared compromised";
        BreakGlass = 9, "break-glass", "access in an emergency";
        NotifyHold = 10, "notify-hold", "a notification held back, or its hold ended";
        Redeal = 11, "redeal", "shares dealt anew among other gates";
    }
}

/// An entry: its kind and its bytes, in the encoding that the kind's own room defines. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    kind: Kind,
    bytes: Zeroizing<Vec<u8>>,
}

impl Entry {
    /// An entry.
    ///
    /// # Errors
    /// Where it is longer than [`LONGEST_ENTRY`].
    pub fn new(kind: Kind, bytes: Vec<u8>) -> Result<Entry, OpeningError> {
        let bytes = Zeroizing::new(bytes);
        match bytes.len() {
            0..=LONGEST_ENTRY => Ok(Entry { kind, bytes }),
            found => Err(OpeningError::Long { found }),
        }
    }

    /// What it is about.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it says.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry(..)")
    }
}

/// Why an opening was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// Longer than an entry may be.
    #[error("an entry of {found} bytes; the most is {LONGEST_ENTRY}")]
    Long {
        /// Bytes found.
        found: usize,
    },
    /// Not the opening of this leaf.
    #[error("the opening is not that of this leaf")]
    OtherLeaf,
    /// Sealed bytes that do not open: another key, or altered.
    #[error("the sealed opening does not open with this key")]
    Sealed,
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// No randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// An entry with the 32 random bytes that blind its leaf. Erasing it takes both away.
#[derive(Clone)]
pub struct Opening {
    entry: Entry,
    // On the heap: an array would leave a copy wherever the opening was moved from.
    blind: Zeroizing<Box<[u8]>>,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(..)")
    }
}

impl Opening {
    /// Blinds an entry with fresh random bytes.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn new(entry: Entry) -> Result<Opening, OpeningError> {
        let mut blind = Zeroizing::new(vec![0; BLIND].into_boxed_slice());
        getrandom::fill(&mut blind).map_err(|_| KeyError::NoRandomness)?;
        Ok(Opening { entry, blind })
    }

    /// The entry.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The leaf: 1 in 16 bits | HMAC-SHA-256(blind, label `leaf` | kind u16 | length u32 | bytes).
    pub fn leaf(&self) -> Leaf {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.blind) else {
            unreachable!("HMAC takes keys of any length");
        };
        mac.update(label::LEAF);
        mac.update(&self.entry.kind.code().to_be_bytes());
        mac.update(&crate::limits::index(self.entry.bytes.len()).to_be_bytes());
        mac.update(&self.entry.bytes);
        let mut out = [0; Leaf::SIZE];
        out[1] = 1;
        out[2..].copy_from_slice(&mac.finalize().into_bytes());
        Leaf(out)
    }

    /// True where this opens `leaf`.
    pub fn opens(&self, leaf: &Leaf) -> bool {
        self.leaf().0.ct_eq(&leaf.0).into()
    }

    /// The opening as bytes, for those entitled to the entry.
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let length = crate::limits::index(self.entry.bytes.len()).to_be_bytes();
        let parts: [&[u8]; 5] = [
            OPENING_MAGIC,
            &self.blind,
            &self.entry.kind.code().to_be_bytes(),
            &length,
            &self.entry.bytes,
        ];
        // One allocation of its full size, so that no copy is left behind.
        Zeroizing::new(parts.concat())
    }

    /// Reads such bytes and checks them against the leaf.
    ///
    /// # Errors
    /// Where they are not of the format, or open another leaf.
    pub fn from_secret_bytes(bytes: &[u8], leaf: &Leaf) -> Result<Opening, OpeningError> {
        let opening = Opening::unproven(bytes)?;
        if opening.opens(leaf) {
            Ok(opening)
        } else {
            Err(OpeningError::OtherLeaf)
        }
    }

    /// Reads such bytes. That their leaf stands in a log is still to be proven.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn unproven(bytes: &[u8]) -> Result<Opening, OpeningError> {
        let mut r = Reader::new(bytes, OPENING_MAGIC, "opening of a log entry")?;
        let blind = Zeroizing::new(Box::from(r.take(BLIND)?));
        let kind = r.code(Reader::u16, Kind::from_code)?;
        let entry = Entry::new(kind, r.bytes(LONGEST_ENTRY)?.to_vec())?;
        r.finish()?;
        Ok(Opening { entry, blind })
    }
}

/// The key under which openings rest beside the log. Its thief reads every entry whose sealed opening he also
/// has; he can alter none without its leaf telling.
#[derive(Debug)]
pub struct OpeningKey(Secret);

impl OpeningKey {
    /// From a secret of the log's keeper.
    pub fn new(secret: Secret) -> OpeningKey {
        OpeningKey(secret)
    }

    /// A fresh key.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn generate() -> Result<OpeningKey, KeyError> {
        Secret::generate().map(OpeningKey)
    }

    /// The key, for the keystore that keeps it.
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// A random nonce, and XChaCha20-Poly1305 of the opening bound to its leaf.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn seal(&self, opening: &Opening) -> Result<Vec<u8>, OpeningError> {
        let mut out = vec![0; NONCE];
        getrandom::fill(&mut out).map_err(|_| KeyError::NoRandomness)?;
        let payload = Payload {
            msg: &opening.to_secret_bytes(),
            aad: &[label::OPENING, opening.leaf().as_bytes()].concat(),
        };
        let sealed = self.cipher().encrypt(&nonce(&out), payload);
        out.extend(sealed.map_err(|_| OpeningError::Sealed)?);
        Ok(out)
    }

    /// Opens what [`OpeningKey::seal`] sealed for this leaf.
    ///
    /// # Errors
    /// Where the key is another, the bytes were altered, or they belong to another leaf.
    pub fn open(&self, leaf: &Leaf, sealed: &[u8]) -> Result<Opening, OpeningError> {
        let (head, body) = sealed.split_at_checked(NONCE).ok_or(OpeningError::Sealed)?;
        let payload = Payload {
            msg: body,
            aad: &[label::OPENING, leaf.as_bytes()].concat(),
        };
        let plain = self.cipher().decrypt(&nonce(head), payload);
        let plain = Zeroizing::new(plain.map_err(|_| OpeningError::Sealed)?);
        Opening::from_secret_bytes(&plain, leaf)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.secret_bytes().into())
    }
}

fn nonce(bytes: &[u8]) -> XNonce {
    let mut out = [0; NONCE];
    out.copy_from_slice(bytes);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(text: &str) -> Opening {
        Opening::new(Entry::new(Kind::Request, text.into()).unwrap()).unwrap()
    }

    #[test]
    fn equal_entries_have_leaves_that_share_nothing() {
        let (a, b) = (opening("x"), opening("x"));
        assert_eq!(a.entry(), b.entry());
        assert!(a.opens(&a.leaf()) && !a.opens(&b.leaf()));
        assert_eq!(a.leaf().as_bytes()[..2], b.leaf().as_bytes()[..2]);
        assert_ne!(a.leaf().commitment(), b.leaf().commitment());
    }

    #[test]
    fn an_opening_is_read_as_written_and_opens_its_leaf_only() {
        let a = opening("text");
        let bytes = a.to_secret_bytes();
        let again = Opening::from_secret_bytes(&bytes, &a.leaf()).unwrap();
        assert_eq!(again.to_secret_bytes(), bytes);
        for i in 0..bytes.len() {
            let mut altered = bytes.to_vec();
            altered[i] ^= 1;
            assert!(
                Opening::from_secret_bytes(&altered, &a.leaf()).is_err(),
                "{i}"
            );
        }
        assert_eq!(
            Opening::from_secret_bytes(&bytes, &opening("text").leaf()).err(),
            Some(OpeningError::OtherLeaf)
        );
    }

    #[test]
    fn a_sealed_opening_opens_with_its_key_at_its_leaf_only() {
        let (key, a, b) = (OpeningKey::generate().unwrap(), opening("a"), opening("a"));
        let sealed = key.seal(&a).unwrap();
        assert_eq!(key.open(&a.leaf(), &sealed).unwrap().entry(), a.entry());
        assert!(key.open(&b.leaf(), &sealed).is_err());
        assert!(
            OpeningKey::generate()
                .unwrap()
                .open(&a.leaf(), &sealed)
                .is_err()
        );
        assert_ne!(key.seal(&a).unwrap(), sealed, "a fresh nonce each time");
        for n in [0, NONCE - 1, NONCE, sealed.len() - 1] {
            assert!(key.open(&a.leaf(), &sealed[..n]).is_err());
        }
    }

    #[test]
    fn entries_are_bounded_and_kinds_keep_their_numbers() {
        assert!(Entry::new(Kind::Grant, vec![0; LONGEST_ENTRY]).is_ok());
        assert!(Entry::new(Kind::Grant, vec![0; LONGEST_ENTRY + 1]).is_err());
        let numbers: Vec<u16> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
        assert_eq!(Kind::NotifyHold.code(), 10);
    }
}
