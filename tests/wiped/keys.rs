//! Keys of roles, roots and their keystores.

use super::{alone, always, freed, grown, known, nothing_of, secret};
use billetbook::keys::hazmat::role_keys_from_secrets;
use billetbook::keys::{KeyProvider, Keystore, Role, RoleKeys, Root};

#[test]
fn keys_that_are_made_kept_opened_and_used_leave_nothing() {
    let _one = alone();
    let phrase = b"made-up phrase";
    let wrapped = known(77);
    let freed = freed(|| {
        let keys =
            role_keys_from_secrets(Role::Gate, "gate 1", always(), secret(1), secret(2)).unwrap();
        let store = keys.to_keystore(phrase).unwrap();
        let keys = Keystore::from_text(&store.to_text())
            .unwrap()
            .open_role(phrase)
            .unwrap();
        keys.sign(b"label\0", b"message").unwrap();
        let sealed = keys
            .public()
            .wrap(b"info", secret(77).secret_bytes())
            .unwrap();
        let opened = keys.unwrap(b"info", &sealed).unwrap();
        assert!(opened.as_slice() == secret(77).secret_bytes());
        (keys, store, sealed, opened)
    });
    assert!(
        freed.len() > 64 << 20,
        "Argon2's memory is among what was freed"
    );
    nothing_of("keys", &freed, &grown(&known(1), &known(2)));
    nothing_of("keys", &freed, &[wrapped]);
}

#[test]
fn a_root_that_certifies_and_a_fresh_key_leave_nothing() {
    let _one = alone();
    let phrase = b"made-up phrase";
    let mut texts = Vec::new();
    let freed = freed(|| {
        let root = Root::generate("West").unwrap();
        let keys = RoleKeys::generate(Role::Issue, "desk", always()).unwrap();
        root.certify(keys.request());
        texts.push(root.to_keystore(phrase).unwrap().to_text());
        texts.push(keys.to_keystore(phrase).unwrap().to_text());
        (root, keys)
    });
    for text in texts {
        let (key, secrets) = break_open(&text, phrase);
        nothing_of("key of the keystore", &freed, &[key]);
        nothing_of("fresh keys", &freed, &secrets);
        let sealing = secrets.last().unwrap();
        nothing_of("grown keys", &freed, &grown(&secrets[0], sealing));
    }
}

/// A second reader of keystores, from docs/format.md: the key, and the secrets under it.
pub(crate) fn break_open(text: &str, phrase: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    let (label, bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    assert_eq!(label, "BILLETBOOK KEYSTORE");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let params = argon2::Params::new(number(8), number(12), number(16), Some(32)).unwrap();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = [0; 32];
    argon
        .hash_password_into(phrase, &bytes[20..36], &mut key)
        .unwrap();
    let (aad, msg) = bytes.split_at(64 + number(60) as usize);
    let nonce: [u8; 24] = bytes[36..60].try_into().unwrap();
    let plain = chacha20poly1305::XChaCha20Poly1305::new(&key.into())
        .decrypt(&nonce.into(), Payload { msg, aad })
        .unwrap();
    (key.to_vec(), plain.chunks(32).map(<[u8]>::to_vec).collect())
}
