//! SHA-256 of RFC 6962: leaves and nodes are hashed apart, so that no leaf can pass for a node.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use std::fmt;

/// A node of the tree: SHA-256, shown in base64 as C2SP files write it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The root of the tree without leaves: the hash of nothing (RFC 6962, section 2.1).
    pub fn of_empty_tree() -> Hash {
        Hash(Sha256::digest(b"").into())
    }

    /// The hash of a leaf: SHA-256(0x00 | data).
    pub fn of_leaf(data: &[u8]) -> Hash {
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(data);
        Hash(hash.finalize().into())
    }

    /// The hash of an inner node: SHA-256(0x01 | left | right).
    pub fn of_node(left: Hash, right: Hash) -> Hash {
        let mut block = [1; 65];
        block[1..33].copy_from_slice(&left.0);
        block[33..].copy_from_slice(&right.0);
        Hash(Sha256::digest(block).into())
    }

    /// Reads the base64 form; one text for each hash.
    pub fn from_base64(text: &str) -> Option<Hash> {
        let mut out = [0; 32];
        match Base64::decode(text, &mut out) {
            Ok(bytes) if bytes.len() == 32 && Base64::encode_string(bytes) == text => {
                Some(Hash(out))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn a_hash_is_read_as_shown_and_in_no_other_form() {
        let hash = Hash::of_leaf(b"x");
        let text = hash.to_string();
        assert_eq!(Hash::from_base64(&text), Some(hash));
        assert_eq!(Hash::from_base64(text.trim_end_matches('=')), None);
        assert_eq!(Hash::from_base64(&format!("{text}\n")), None);
        assert_eq!(Hash::from_base64("AAAA"), None);
        // The last character carries two bits that must be zero.
        let mut loose = text.into_bytes();
        loose[42] += 1;
        assert_eq!(
            Hash::from_base64(std::str::from_utf8(&loose).unwrap()),
            None
        );
    }
}
