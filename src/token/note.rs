//! Notes that members leave for each other on every row: the matching side carries them unread.

use super::RowId;
use crate::keys::{LinkageKeys, label};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit};
use sha2::{Digest, Sha256};

/// Bytes of a sealed note: one of flags, sixteen of authentication tag.
pub const NOTE_LEN: usize = 17;

/// Bit 0: a record of the row is shielded.
pub(crate) const SHIELDED: u8 = 1;

fn cipher(keys: &LinkageKeys) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new((&*keys.note_key_secret()).into())
}

/// Twelve bytes that follow from a row's name, and from which it does not follow.
pub(crate) fn nonce(row: &RowId) -> [u8; 12] {
    let mut hash = Sha256::new();
    hash.update(label::NOTE_NONCE);
    hash.update(row.0);
    let mut out = [0; 12];
    out.copy_from_slice(&hash.finalize()[..12]);
    out
}

/// Seals a row's flags. The nonce comes from the row's fresh random name, so none is used twice.
pub(crate) fn seal(keys: &LinkageKeys, row: &RowId, flags: u8) -> [u8; NOTE_LEN] {
    let mut out = [0; NOTE_LEN];
    // One byte always seals to seventeen.
    if let Ok(sealed) = cipher(keys).encrypt(&nonce(row).into(), [flags].as_slice()) {
        out.copy_from_slice(&sealed);
    }
    out
}

/// The flags of a note; `None` where it was altered or is of another linkage.
pub(crate) fn open(keys: &LinkageKeys, nonce: [u8; 12], note: &[u8; NOTE_LEN]) -> Option<u8> {
    cipher(keys)
        .decrypt(&nonce.into(), note.as_slice())
        .ok()?
        .first()
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{LinkageId, Secret};

    #[test]
    fn a_note_opens_for_members_and_tells_others_nothing() {
        let [a, b] = [1, 2]
            .map(|n| LinkageKeys::derive(&Secret::generate().unwrap(), LinkageId([n; 16]), 1));
        let row = RowId([7; 16]);
        let (yes, no) = (seal(&a, &row, SHIELDED), seal(&a, &RowId([8; 16]), 0));
        assert_eq!(open(&a, nonce(&row), &yes), Some(SHIELDED));
        assert_eq!(open(&b, nonce(&row), &yes), None);
        assert_eq!(
            open(&a, nonce(&row), &no),
            None,
            "a note moved to another row does not open"
        );
        assert_eq!(yes.len(), no.len());
    }
}
