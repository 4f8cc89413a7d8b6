//! What a book seals for itself: whose record an envelope is, and what was written down as a reason.
//!
//! A thief of the book's folder sees commitments and tags; with its keystore and passphrase he reads both.

use super::error::ExchangeError;
use crate::keys::{KeyError, Secret, label};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const NONCE: usize = 24;
const BLIND: usize = 32;

/// Keys for what the book keeps sealed, grown from the key of its log's openings.
#[derive(Debug)]
pub(super) struct Private {
    sealing: Secret,
    tagging: Secret,
}

/// A written reason: what is signed of it, and what is kept.
pub(super) struct Written {
    /// HMAC-SHA-256(blind, label `written` | text), blind being 32 random bytes: tells nothing of the text.
    pub(super) commitment: [u8; 32],
    /// Blind and text, sealed.
    pub(super) sealed: Vec<u8>,
}

impl Private {
    pub(super) fn grow(opening: &Secret) -> Result<Private, KeyError> {
        let root = Hkdf::<Sha256>::new(None, opening.secret_bytes());
        let key = |use_: &[u8]| {
            let mut out = Zeroizing::new([0; 32]);
            let grown = root.expand_multi_info(&[label::BOOK_KEY, use_], out.as_mut());
            grown.map_err(|_| KeyError::Refused)?;
            Secret::from_secret_bytes(out.as_ref())
        };
        Ok(Private {
            sealing: key(b"seal")?,
            tagging: key(b"tag")?,
        })
    }

    /// What a reference to a child is filed under: nobody without the key can tell whose it is.
    pub(super) fn tag(&self, subject: &str) -> [u8; 32] {
        mac(self.tagging.secret_bytes(), subject.as_bytes())
    }

    pub(super) fn seal(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, ExchangeError> {
        let mut out = vec![0; NONCE];
        getrandom::fill(&mut out).map_err(|_| KeyError::NoRandomness)?;
        let payload = Payload {
            msg: plain,
            aad: bound,
        };
        let sealed = self.cipher().encrypt(&nonce(&out), payload);
        out.extend(sealed.map_err(|_| ExchangeError::Damaged)?);
        Ok(out)
    }

    pub(super) fn open(
        &self,
        bound: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        let (head, body) = sealed
            .split_at_checked(NONCE)
            .ok_or(ExchangeError::Damaged)?;
        let payload = Payload {
            msg: body,
            aad: bound,
        };
        let plain = self.cipher().decrypt(&nonce(head), payload);
        plain
            .map(Zeroizing::new)
            .map_err(|_| ExchangeError::Damaged)
    }

    /// Commits to a text and seals it.
    pub(super) fn write(&self, text: &str) -> Result<Written, ExchangeError> {
        let mut plain = Zeroizing::new(vec![0; BLIND]);
        getrandom::fill(&mut plain).map_err(|_| KeyError::NoRandomness)?;
        let commitment = mac(&plain, text.as_bytes());
        // Of its full size at once: a buffer that grows leaves copies behind.
        let plain = Zeroizing::new([&plain[..], text.as_bytes()].concat());
        Ok(Written {
            commitment,
            sealed: self.seal(&commitment, &plain)?,
        })
    }

    /// The text of a commitment.
    pub(super) fn read(
        &self,
        commitment: &[u8; 32],
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, ExchangeError> {
        let plain = self.open(commitment, sealed)?;
        let (blind, text) = plain
            .split_at_checked(BLIND)
            .ok_or(ExchangeError::Damaged)?;
        let text = std::str::from_utf8(text).map_err(|_| ExchangeError::Damaged)?;
        match mac(blind, text.as_bytes()) == *commitment {
            true => Ok(Zeroizing::new(text.to_owned())),
            false => Err(ExchangeError::Damaged),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.sealing.secret_bytes().into())
    }
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(label::WRITTEN);
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn nonce(bytes: &[u8]) -> XNonce {
    let mut out = [0; NONCE];
    out.copy_from_slice(&bytes[..NONCE]);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(byte: u8) -> Private {
        let bytes: Vec<u8> = (0..32).map(|i| i ^ byte).collect();
        Private::grow(&Secret::from_secret_bytes(&bytes).unwrap()).unwrap()
    }

    #[test]
    fn a_reason_is_read_back_under_its_commitment_only() {
        let p = private(1);
        let (a, b) = (p.write("why").unwrap(), p.write("why").unwrap());
        assert_ne!(a.commitment, b.commitment, "blinded each time");
        assert_eq!(&**p.read(&a.commitment, &a.sealed).unwrap(), "why");
        assert!(p.read(&b.commitment, &a.sealed).is_err());
        assert!(private(2).read(&a.commitment, &a.sealed).is_err());
        for i in 0..a.sealed.len() {
            let mut altered = a.sealed.clone();
            altered[i] ^= 1;
            assert!(p.read(&a.commitment, &altered).is_err(), "{i}");
            assert!(p.read(&a.commitment, &a.sealed[..i]).is_err(), "{i}");
        }
    }

    #[test]
    fn tags_are_the_book_s_own() {
        let (a, b) = (private(1), private(2));
        assert_eq!(a.tag("0017"), a.tag("0017"));
        assert_ne!(a.tag("0017"), b.tag("0017"));
        assert_ne!(a.tag("0017"), a.tag("0018"));
        assert!(a.sealing != a.tagging);
    }
}
