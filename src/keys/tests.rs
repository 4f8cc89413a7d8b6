//! What the types of this room show, their bounds, and keys that others derived.

use super::descriptor::{Descriptor, DescriptorError};
use super::identity::{Identity, IdentityError, PublicIdentity};
use super::*;
use crate::clock::{UnixTime, Window};
use crate::hex::Hex;

fn secret(first: u8) -> Secret {
    let bytes: Vec<u8> = (first..first + 32).collect();
    Secret::from_secret_bytes(&bytes).unwrap()
}

fn window() -> Window {
    let at = |secs| UnixTime::from_secs(secs).unwrap();
    Window::new(at(10), at(20)).unwrap()
}

#[test]
fn every_key_differs_by_linkage_epoch_and_use() {
    let secret = Secret::generate().unwrap();
    let (a, b) = (LinkageId([1; 16]), LinkageId([2; 16]));
    let base = LinkageKeys::derive(&secret, a, 1);
    assert_eq!(
        base.token_key(),
        LinkageKeys::derive(&secret, a, 1).token_key()
    );
    assert_ne!(
        base.token_key(),
        LinkageKeys::derive(&secret, b, 1).token_key()
    );
    assert_ne!(
        base.token_key(),
        LinkageKeys::derive(&secret, a, 2).token_key()
    );
    assert_ne!(
        base.token_key().secret_bytes(),
        &*base.closed_key_secret("x")
    );
    assert_ne!(base.closed_key_secret("x"), base.closed_key_secret("y"));
    assert_ne!(
        base.check_value()[..],
        base.token_key().secret_bytes()[..16]
    );
}

/// Computed with Python's `hmac`: HKDF-SHA-256 of the bytes 1 to 32, linkage 16 times 9, epoch 7.
#[test]
fn keys_of_a_linkage_are_those_that_the_format_says() {
    let (secret, id) = (secret(1), LinkageId([9; 16]));
    let keys = LinkageKeys::derive(&secret, id, 7);
    assert_eq!((keys.id(), keys.epoch()), (id, 7));
    let shown = [
        Hex(keys.token_key().secret_bytes()).to_string(),
        Hex(&*keys.closed_key_secret("adopted")).to_string(),
        Hex(&keys.check_value()).to_string(),
        Hex(&*keys.note_key_secret()).to_string(),
        Hex(local_pad_key(&secret, id, 7).secret_bytes()).to_string(),
    ];
    assert_eq!(
        shown,
        [
            "6d4dd4315eba244b8561d1ef7a546c45cd54aee9c3b5978de9f0f2df53a05546",
            "d5bceb47482db1994b13a4dd30063f73b96380b1ab27a59de93130237109ed8c",
            "41b6fd73b9f779be1c737b2cc9804810",
            "70dcbb47a8bb60e4b4075a1478e3fe18aa5adf930b16726600b395c9ae45932c",
            "7aded9b9e306d613fd3f8a5d46aa19876691f147de30b17b3e8ec79381af6565",
        ]
    );
}

#[test]
fn secrets_and_ids_are_drawn_anew_and_equal_themselves_only() {
    let [a, b] = [0, 1].map(|_| Secret::generate().unwrap());
    assert!(a == a && a != b);
    assert_eq!(secret(1), secret(1));
    assert_ne!(secret(1), secret(2));
    let [a, b] = [0, 1].map(|_| LinkageId::generate().unwrap());
    assert!(a != b && a != LinkageId([0; 16]));
    let degenerate = Secret::from_secret_bytes(&[7; 32]);
    assert_eq!(degenerate, Err(KeyError::Degenerate));
    let mut one_differs = [7; 32];
    one_differs[31] = 8;
    assert!(Secret::from_secret_bytes(&one_differs).is_ok());
}

/// 200 of 256 bits in Crockford's base 32, worked with Python's integers.
#[test]
fn a_fingerprint_has_the_words_that_the_format_says() {
    let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37 + 11).to_le_bytes()[0]);
    let print = Fingerprint(bytes);
    let words = "1CR5-AYMZ-RKMG-WCTR-FPHC-FV0H-6SDR-19EA-XWA3-JQM3";
    assert_eq!(print.to_string(), words);
    assert_eq!(KeyId(bytes).to_string(), words);
    // Small letters, O for 0, I and L for 1; groups as the eye likes them.
    let spoken = words.replace('1', "l").replace('0', "o").to_lowercase();
    for text in [words, &spoken, &words.replace('-', "")] {
        let read: Fingerprint = text.parse().unwrap();
        assert!(print.is_named_by(&read) && KeyId(bytes).is_named_by(&read));
        assert_eq!(read.0[..25], bytes[..25]);
    }
    let other: Fingerprint = words.replace("QM3", "QM4").parse().unwrap();
    assert!(!print.is_named_by(&other) && !KeyId(bytes).is_named_by(&other));
    for bad in [
        "",
        &words[1..],
        &format!("{words}0"),
        &words.replace('Y', "U"),
    ] {
        assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
    }
}

#[test]
fn names_have_1_to_200_bytes() {
    let members: Vec<PublicIdentity> = ["A", "B"]
        .map(|n| Identity::generate(n).unwrap().public().clone())
        .into();
    let maker = Identity::generate("A").unwrap();
    for (length, fits) in [(0, false), (1, true), (200, true), (201, false)] {
        let name = "n".repeat(length);
        assert_eq!(Root::generate(&name).is_ok(), fits, "root of {length}");
        let keys = RoleKeys::generate(Role::Open, &name, window());
        assert_eq!(keys.is_ok(), fits, "key of {length}");
        let identity = Identity::generate(&name);
        assert_eq!(identity.is_ok(), fits, "identity of {length}");
        if let Err(e) = identity {
            assert!(matches!(e, IdentityError::Name));
        }
        let linkage = Descriptor::make(&name, 1, ("k", [0; 32]), &maker, &members);
        assert_eq!(linkage.is_ok(), fits, "linkage of {length}");
        if let Err(e) = linkage {
            assert!(matches!(e, DescriptorError::Name));
        }
    }
}

#[test]
fn every_type_says_what_it_is_and_shows_no_secret() {
    let root = Root::generate("West").unwrap();
    let keys = RoleKeys::generate(Role::Gate, "gate 1", window()).unwrap();
    let identity = Identity::generate("East").unwrap();
    let [root_print, print] = [root.public().fingerprint(), identity.public().fingerprint()];
    let id = keys.key_id();
    let request = format!("KeyRequest {{ id: {id}, role: Gate, name: \"gate 1\", .. }}");
    let public_root = format!("PublicRoot {{ name: \"West\", fingerprint: {root_print}, .. }}");
    let public = format!("PublicIdentity {{ name: \"East\", fingerprint: {print} }}");
    let derived = LinkageKeys::derive(&secret(1), LinkageId([0; 16]), 3);
    let maker = Identity::generate("M").unwrap();
    let members = [maker.public().clone(), identity.public().clone()];
    let linkage = Descriptor::make("x", 3, ("set", [5; 32]), &maker, &members).unwrap();
    let store = keys.to_keystore(b"phrase").unwrap();
    let shown = [
        (format!("{:?}", secret(1)), "Secret(..)".to_owned()),
        (format!("{:?}", keys.request()), request.clone()),
        (
            format!("{keys:?}"),
            format!("RoleKeys {{ request: {request}, .. }}"),
        ),
        (
            format!("{:?}", keys.public()),
            "PublicKeys { .. }".to_owned(),
        ),
        (format!("{:?}", root.public()), public_root.clone()),
        (
            format!("{root:?}"),
            format!("Root {{ public: {public_root}, .. }}"),
        ),
        (format!("{:?}", identity.public()), public.clone()),
        (
            format!("{identity:?}"),
            format!("Identity {{ public: {public}, .. }}"),
        ),
        (
            format!("{store:?}"),
            format!("Keystore {{ holder: Key({request}), .. }}"),
        ),
        (
            format!("{derived:?}"),
            format!("LinkageKeys {{ id: {:?}, epoch: 3, .. }}", derived.id()),
        ),
        (
            format!("{linkage:?}"),
            "Descriptor { name: \"x\", epoch: 3, .. }".to_owned(),
        ),
        (format!("{id:?} {print:?}"), format!("{id} {print}")),
    ];
    for (found, wanted) in shown {
        assert_eq!(found, wanted);
    }
    assert_eq!(linkage.key_set(), "set");
    assert_eq!((linkage.key_set_digest(), linkage.epoch()), ([5; 32], 3));
    assert_eq!((linkage.name(), linkage.maker()), ("x", maker.public()));
    assert!(linkage.members().eq(&members));
    let opened = linkage.open(&identity, &maker.public().fingerprint());
    let opened = opened.unwrap();
    assert_eq!(opened.keys().check_value(), linkage.key_check());
    assert_eq!(opened.keys().id(), linkage.id());
}

#[test]
fn a_holder_says_its_kind_and_hands_out_its_public_part() {
    let root = Root::generate("West").unwrap();
    let keys = RoleKeys::generate(Role::Gate, "gate 1", window()).unwrap();
    let identity = Identity::generate("East").unwrap();
    let holders = [
        (
            Holder::Root(root.public().clone()),
            "a root",
            root.public().to_text(),
        ),
        (
            Holder::Key(keys.request().clone()),
            "a gate key",
            keys.request().to_text(),
        ),
        (
            Holder::Identity(identity.public().clone()),
            "an identity",
            identity.public().to_text(),
        ),
    ];
    for (holder, kind, text) in holders {
        assert_eq!((holder.kind(), holder.to_text()), (kind, text));
    }
    assert_eq!(
        (root.public().name(), identity.public().name()),
        ("West", "East")
    );
    let record = root.certify(keys.request());
    assert_eq!(record.name(), "gate 1");
    let mut known = Directory::new([root.public().clone()]);
    let print = root.public().fingerprint();
    assert_eq!(known.root(&print), Some(root.public()));
    assert_eq!(known.root(&Fingerprint([0; 32])), None);
    known.add(&record.to_text()).unwrap();
    assert_eq!(known.record(record.id()), Some(&record));
    assert_eq!(known.record(KeyId([0; 32])), None);
}
