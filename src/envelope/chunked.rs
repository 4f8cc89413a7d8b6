//! Chunked encryption as C2SP specifies it (c2sp.org/chunked-encryption): a fresh key, base nonce and commitment
//! for each message from HKDF-Expand, then chunks of 16 KiB under an AEAD, the last one always shorter.
//!
//! `salt[24] | commitment[32] | chunks`. The commitment is compared before anything is decrypted, so no ciphertext
//! opens under two keys. Nothing is given out before the last chunk has been authenticated.

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit, Nonce, Tag};
use ring::hkdf::{HKDF_SHA512, KeyType, Prk};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(super) const SALT: usize = 24;
const COMMITMENT: usize = 32;
const CHUNK: usize = 16 * 1024;
const TAG: usize = 16;
const NONCE: usize = 12;
const LONGEST_KEY: usize = 32;
const HEAD: usize = SALT + COMMITMENT;
const PREFIX: &[u8] = b"c2sp.org/chunked-encryption@v1+";

/// An AEAD with a name of IANA's registry, which is part of the key derivation. Nonces of 12 and tags of 16 bytes.
pub(super) trait NamedAead: AeadInOut + KeyInit {
    const NAME: &'static str;
}

impl NamedAead for ChaCha20Poly1305 {
    const NAME: &'static str = "AEAD_CHACHA20_POLY1305";
}

/// It does not open: no more is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// Bytes of a sealed message of `plain` bytes.
pub(super) const fn sealed_len(plain: usize) -> usize {
    HEAD + plain + TAG * (plain / CHUNK + 1)
}

/// Bytes of the message in `sealed` bytes, where a message can have that length.
pub(super) const fn plain_len(sealed: usize) -> Option<usize> {
    let Some(body) = sealed.checked_sub(HEAD) else {
        return None;
    };
    match (body % (CHUNK + TAG)).checked_sub(TAG) {
        Some(last) => Some(body / (CHUNK + TAG) * CHUNK + last),
        None => None,
    }
}

/// Seals a message. A salt serves one message under one key.
pub(super) fn seal<A: NamedAead>(
    key: &[u8],
    salt: &[u8; SALT],
    context: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, Refused> {
    let keys = Keys::<A>::derive(key, salt, context)?;
    let mut out = vec![0; sealed_len(plain.len())];
    let (head, body) = out.split_at_mut(HEAD);
    head[..SALT].copy_from_slice(salt);
    head[SALT..].copy_from_slice(&keys.commitment);
    for (i, to) in body.chunks_mut(CHUNK + TAG).enumerate() {
        let from = &plain[i * CHUNK..plain.len().min((i + 1) * CHUNK)];
        let (to, tag) = to.split_at_mut(from.len());
        let buffer = InOutBuf::new(from, to).map_err(|_| Refused)?;
        let made = keys
            .aead
            .encrypt_inout_detached(&keys.nonce(i), b"", buffer);
        tag.copy_from_slice(&made.map_err(|_| Refused)?);
    }
    Ok(out)
}

/// Opens a message, whole or not at all.
pub(super) fn open<A: NamedAead>(
    key: &[u8],
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let length = plain_len(sealed.len()).ok_or(Refused)?;
    let (head, body) = sealed.split_at(HEAD);
    let (salt, commitment) = head.split_at(SALT);
    let keys = Keys::<A>::derive(key, salt, context)?;
    if !bool::from(keys.commitment.ct_eq(commitment)) {
        return Err(Refused);
    }
    let mut out = Zeroizing::new(vec![0; length]);
    for (i, from) in body.chunks(CHUNK + TAG).enumerate() {
        let (from, tag) = from.split_at_checked(from.len() - TAG).ok_or(Refused)?;
        let to = &mut out[i * CHUNK..i * CHUNK + from.len()];
        let buffer = InOutBuf::new(from, to).map_err(|_| Refused)?;
        let tag = Tag::<A>::try_from(tag).map_err(|_| Refused)?;
        keys.aead
            .decrypt_inout_detached(&keys.nonce(i), b"", buffer, &tag)
            .map_err(|_| Refused)?;
    }
    Ok(out)
}

struct Keys<A: NamedAead> {
    aead: A,
    base_nonce: [u8; NONCE],
    commitment: [u8; COMMITMENT],
}

impl<A: NamedAead> Keys<A> {
    /// HKDF-Expand with SHA-512. `ring`'s, because `hkdf`'s refuses a pseudorandom key shorter than the hash.
    fn derive(key: &[u8], salt: &[u8], context: &[u8]) -> Result<Keys<A>, Refused> {
        if key.len() != A::key_size() || key.len() > LONGEST_KEY {
            return Err(Refused);
        }
        let info = [PREFIX, A::NAME.as_bytes(), b"\0", salt, context];
        let mut all = Zeroizing::new([0; LONGEST_KEY + NONCE + COMMITMENT]);
        let all = &mut all[..key.len() + NONCE + COMMITMENT];
        Prk::new_less_safe(HKDF_SHA512, key)
            .expand(&info, Bytes(all.len()))
            .and_then(|okm| okm.fill(all))
            .map_err(|_| Refused)?;
        let (key, rest) = all.split_at(key.len());
        let mut out = Keys {
            aead: A::new_from_slice(key).map_err(|_| Refused)?,
            base_nonce: [0; NONCE],
            commitment: [0; COMMITMENT],
        };
        out.base_nonce.copy_from_slice(&rest[..NONCE]);
        out.commitment.copy_from_slice(&rest[NONCE..]);
        Ok(out)
    }

    fn nonce(&self, chunk: usize) -> Nonce<A> {
        let mut out = Nonce::<A>::default();
        out.copy_from_slice(&self.base_nonce);
        for (to, byte) in out.iter_mut().rev().zip(chunk.to_le_bytes()) {
            *to ^= byte;
        }
        out
    }
}

/// How many bytes HKDF is to give.
pub(super) struct Bytes(pub(super) usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests;
