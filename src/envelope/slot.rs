//! One slot: its key from two halves, its plaintext, sealed and opened.

use super::MOST_CONTENT;
use super::chunked::{self, Bytes, Refused, SALT};
use super::header::Header;
use crate::keys::label;
use crate::record::LONGEST_SECTION_NAME;
use crate::wire::{Reader, WireError};
use chacha20poly1305::ChaCha20Poly1305;
use ring::hkdf::{HKDF_SHA512, Salt};
use zeroize::Zeroizing;

/// Bytes of a slot's plaintext before its padding.
pub(super) const fn unpadded_len(name: &str, content: usize) -> usize {
    4 + name.len() + 4 + content
}

/// A section's name and content, padded with zeros to `length`; both are empty in the manifest's name and in a
/// slot that holds nothing.
pub(super) fn plaintext(name: &str, content: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    for field in [name.as_bytes(), content] {
        out.extend_from_slice(&crate::limits::index(field.len()).to_be_bytes());
        out.extend_from_slice(field);
    }
    out.resize(length, 0);
    out
}

/// A plaintext's name and content; what follows them is zeros.
pub(super) fn parts(plain: &[u8]) -> Result<(&str, &[u8]), Refused> {
    let read = || -> Result<_, WireError> {
        let mut r = Reader::bare(plain);
        let name = r.bytes(LONGEST_SECTION_NAME)?;
        let content = r.bytes(MOST_CONTENT)?;
        Ok((name, content, r.at()))
    };
    let (name, content, end) = read().map_err(|_| Refused)?;
    match std::str::from_utf8(name) {
        Ok(name) if plain[end..].iter().all(|b| *b == 0) => Ok((name, content)),
        _ => Err(Refused),
    }
}

/// Seals a slot's plaintext under its key.
pub(super) fn seal(
    header: &Header,
    slot: u8,
    halves: (&[u8; 32], &[u8; 32]),
    salt: &[u8; SALT],
    plain: &[u8],
) -> Result<Vec<u8>, Refused> {
    let key = key(header, slot, halves)?;
    chunked::seal::<ChaCha20Poly1305>(key.as_ref(), salt, &context(header, slot), plain)
}

/// Opens a sealed slot.
pub(super) fn open(
    header: &Header,
    slot: u8,
    halves: (&[u8; 32], &[u8; 32]),
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let key = key(header, slot, halves)?;
    chunked::open::<ChaCha20Poly1305>(key.as_ref(), &context(header, slot), sealed)
}

/// HKDF-SHA-512 of both halves: the grant half is the input, the gate half the salt.
fn key(
    header: &Header,
    slot: u8,
    (grant, gate): (&[u8; 32], &[u8; 32]),
) -> Result<Zeroizing<[u8; 32]>, Refused> {
    let mut out = Zeroizing::new([0; 32]);
    let binding = header.binding(slot);
    let info = [label::SLOT_KEY, &binding];
    Salt::new(HKDF_SHA512, gate)
        .extract(grant)
        .expand(&info, Bytes(out.len()))
        .and_then(|okm| okm.fill(out.as_mut()))
        .map_err(|_| Refused)?;
    Ok(out)
}

fn context(header: &Header, slot: u8) -> Vec<u8> {
    [label::SLOT_CONTEXT, &header.binding(slot)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plaintext_gives_its_parts_back(name in "[a-z_]{0,40}", content in proptest::collection::vec(any::<u8>(), 0..300), more in 0usize..50) {
            let length = unpadded_len(&name, content.len()) + more;
            let plain = plaintext(&name, &content, length);
            prop_assert_eq!(plain.len(), length);
            prop_assert_eq!(parts(&plain), Ok((name.as_str(), content.as_slice())));
        }
    }

    #[test]
    fn padding_other_than_zeros_and_lengths_beyond_the_end_are_refused() {
        let plain = plaintext("health", b"content", 64);
        assert!(parts(&plain).is_ok(), "control");
        for (at, value) in [(63, 1), (0, 1), (3, 41), (10, 1), (13, 60), (4, 0xff)] {
            let mut altered = plain.to_vec();
            altered[at] = value;
            assert_eq!(parts(&altered), Err(Refused), "byte {at}");
        }
    }
}
