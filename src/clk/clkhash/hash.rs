//! From a token to the bits it sets.

use blake2::Blake2bMac;
use blake2::digest::{KeyInit, consts::U64};
use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use zeroize::Zeroizing;

/// The hash of one feature, with its keys. What a thief gains: the dictionary of the feature's tokens.
#[derive(Clone)]
pub(super) enum TokenHash {
    /// Keyed BLAKE2b (RFC 7693), 32 little-endian numbers of 16 bits a digest, the digest's number as salt.
    Blake(Zeroizing<Vec<u8>>),
    /// `h1 + i * h2` of HMAC-SHA-1 and HMAC-MD5 (Schnell, Bachteler, Reiher 2011): broken hashes, kept only to make
    /// what clkhash made.
    Double {
        sha1: Box<Hmac<Sha1>>,
        md5: Box<Hmac<Md5>>,
        /// A second hash of zero would set one bit only: hash again, with a counter behind the token.
        prevent_singularity: bool,
    },
}

impl TokenHash {
    pub(super) fn blake(key: &[u8]) -> TokenHash {
        TokenHash::Blake(Zeroizing::new(key.to_vec()))
    }

    /// `None` where a key is refused; HMAC takes any.
    pub(super) fn double(sha1: &[u8], md5: &[u8], prevent_singularity: bool) -> Option<TokenHash> {
        Some(TokenHash::Double {
            sha1: Box::new(KeyInit::new_from_slice(sha1).ok()?),
            md5: Box::new(KeyInit::new_from_slice(md5).ok()?),
            prevent_singularity,
        })
    }

    /// Gives `k` bit numbers below `l` to `set`; some may be equal.
    pub(super) fn bits(&self, token: &[u8], k: usize, l: usize, mut set: impl FnMut(usize)) {
        match self {
            TokenHash::Blake(key) => {
                for from in (0..k).step_by(32) {
                    let salt = (from / 32).to_string();
                    let mac = Blake2bMac::<U64>::new_with_salt_and_personal(
                        Some(key),
                        salt.as_bytes(),
                        &[],
                    );
                    let Ok(mut mac) = mac else {
                        unreachable!(
                            "keys of 1 to 64 bytes, a salt of at most 16: the schema was checked"
                        )
                    };
                    mac.update(token);
                    let digest = mac.finalize().into_bytes();
                    let numbers = digest.as_chunks::<2>().0.iter();
                    let numbers = numbers.map(|b| usize::from(u16::from_le_bytes(*b)));
                    numbers.take(k - from).for_each(|n| set(n % l));
                }
            }
            TokenHash::Double {
                sha1,
                md5,
                prevent_singularity,
            } => {
                let first = tag(sha1.as_ref(), token, None, l);
                let mut step = tag(md5.as_ref(), token, None, l);
                let mut counter = 0;
                while *prevent_singularity && step == 0 {
                    step = tag(md5.as_ref(), token, char::from_u32(counter), l);
                    counter += 1;
                }
                let mut at = first;
                for _ in 0..k {
                    set(at);
                    at += step;
                    if at >= l {
                        at -= l;
                    }
                }
            }
        }
    }
}

/// HMAC of the token (and a character behind it) as a big-endian number, modulo `l`.
fn tag<M: Mac + Clone>(mac: &M, token: &[u8], behind: Option<char>, l: usize) -> usize {
    let mut mac = mac.clone();
    mac.update(token);
    if let Some(c) = behind {
        mac.update(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    let bytes = mac.finalize().into_bytes();
    bytes
        .iter()
        .fold(0, |v, b| ((v << 8) | usize::from(*b)) % l)
}
