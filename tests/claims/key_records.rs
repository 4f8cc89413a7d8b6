use billetbook::clock::{UnixTime, Window};
use billetbook::keys::{
    Compromise, Directory, KeyProvider, KeyRecord, KeyRefused, KeyRequest, Keystore, KeystoreError,
    ProviderError, PublicRoot, RecordError, Role, RoleKeys, Root,
};

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(secs).unwrap()
}

fn window() -> Window {
    Window::new(at(1_000), at(2_000)).unwrap()
}

/// Every byte with one bit turned, every truncation, one byte more, a newer version.
fn altered(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let flips = (0..bytes.len()).map(move |i| {
        let mut out = bytes.to_vec();
        out[i] ^= 1 << (i % 8);
        out
    });
    let cuts = (0..bytes.len()).map(move |n| bytes[..n].to_vec());
    let mut newer = bytes.to_vec();
    newer[7] = 2;
    let more = [bytes, &[0]].concat();
    flips.chain(cuts).chain([newer, more])
}

#[test]
fn key_7_a_key_record_counts_only_unaltered_and_under_the_root_that_made_it() {
    let [root, other] = ["West", "West"].map(|n| Root::generate(n).unwrap());
    let keys = RoleKeys::generate(Role::Gate, "gate 1", window()).unwrap();
    let record = root.certify(keys.request());
    let bytes = record.encode();
    assert_eq!(
        KeyRecord::decode(&bytes, root.public()).unwrap(),
        record,
        "control"
    );
    assert_eq!(
        (record.id(), record.role(), record.window()),
        (keys.key_id(), Role::Gate, window()),
        "control: certifying changes nothing that the key says"
    );
    assert!(matches!(
        KeyRecord::decode(&bytes, other.public()),
        Err(RecordError::OtherRoot { .. })
    ));
    for bytes in altered(&bytes) {
        assert!(KeyRecord::decode(&bytes, root.public()).is_err());
    }
    let word = root.compromised(keys.key_id(), at(1_500));
    let bytes = word.encode();
    assert_eq!(
        Compromise::decode(&bytes, root.public()).unwrap(),
        word,
        "control"
    );
    assert!(Compromise::decode(&bytes, other.public()).is_err());
    for bytes in altered(&bytes) {
        assert!(Compromise::decode(&bytes, root.public()).is_err());
    }
}

#[test]
fn key_8_no_key_is_had_for_another_role_or_outside_its_window() {
    let root = Root::generate("West").unwrap();
    let keys = RoleKeys::generate(Role::Gate, "gate 1", window()).unwrap();
    let record = root.certify(keys.request());
    for &role in Role::ALL {
        for (time, inside) in [(999, false), (1_000, true), (1_999, true), (2_000, false)] {
            match record.keys_at(role, at(time)) {
                Ok(public) => {
                    assert!(role == Role::Gate && inside, "control");
                    assert_eq!(public, keys.public());
                }
                Err(KeyRefused::Role { found, wanted, .. }) => {
                    assert_eq!((found, wanted), (Role::Gate, role));
                    assert_ne!(role, Role::Gate);
                }
                Err(e) => {
                    assert!(matches!(e, KeyRefused::Window { .. }));
                    assert!(role == Role::Gate && !inside);
                }
            }
        }
    }
}

#[test]
fn key_9_a_request_needs_the_secret_key_that_it_names() {
    let [mine, other] = [1, 2].map(|_| RoleKeys::generate(Role::Issue, "desk", window()).unwrap());
    let request = |signer: &RoleKeys| {
        KeyRequest::make(
            Role::Issue,
            "desk",
            mine.public().clone(),
            window(),
            |label, message| signer.sign(label, message),
        )
    };
    assert_eq!(&request(&mine).unwrap(), mine.request(), "control");
    assert!(matches!(request(&other), Err(RecordError::Possession)));
    let text = mine.request().to_text();
    assert!(KeyRequest::from_text(&text).is_ok(), "control");
    assert!(
        PublicRoot::from_text(&text).is_err(),
        "another kind of file"
    );
}

#[test]
fn key_10_after_a_compromise_a_key_counts_only_for_what_was_logged_before() {
    let [root, other] = ["West", "East"].map(|n| Root::generate(n).unwrap());
    let keys = RoleKeys::generate(Role::Issue, "desk", window()).unwrap();
    let id = keys.key_id();
    let mut directory = Directory::new([root.public().clone(), other.public().clone()]);
    let record = root.certify(keys.request());
    directory.add(&record.to_text()).unwrap();
    assert!(
        directory.keys_at(id, Role::Issue, at(1_999)).is_ok(),
        "control"
    );
    // Another agency's root has no word about this key.
    let forged = other.compromised(id, at(1_000)).to_text();
    assert!(directory.add_compromise(&forged).is_err());
    assert!(directory.keys_at(id, Role::Issue, at(1_999)).is_ok());
    for since in [1_500, 1_600] {
        let word = root.compromised(id, at(since));
        directory.add_compromise(&word.to_text()).unwrap();
    }
    assert!(directory.keys_at(id, Role::Issue, at(1_499)).is_ok());
    assert!(matches!(
        directory.keys_at(id, Role::Issue, at(1_500)),
        Err(KeyRefused::Compromised { since, .. }) if since == at(1_500)
    ));
    // A word that came before the record counts as much; one of a root that does not stand for the key never does.
    let mut early = Directory::new([root.public().clone(), other.public().clone()]);
    for word in [
        &root.compromised(id, at(1_700)),
        &other.compromised(id, at(1_000)),
    ] {
        early.add_compromise(&word.to_text()).unwrap();
    }
    assert_eq!(
        early.said_of(id),
        Some(at(1_000)),
        "for the key's own holder"
    );
    assert_eq!(early.compromised_since(id), None);
    early.add(&record.to_text()).unwrap();
    assert_eq!(early.compromised_since(id), Some(at(1_700)));
    assert!(early.keys_at(id, Role::Issue, at(1_699)).is_ok());
    assert!(early.keys_at(id, Role::Issue, at(1_700)).is_err());
    early
        .add_compromise(&root.compromised(id, at(1_600)).to_text())
        .unwrap();
    assert_eq!(early.compromised_since(id), Some(at(1_600)));
    // Adding the record once more heals nothing, and a stranger's record is not taken.
    directory.add(&record.to_text()).unwrap();
    assert!(directory.keys_at(id, Role::Issue, at(1_500)).is_err());
    let stranger = Root::generate("West").unwrap();
    let text = stranger.certify(keys.request()).to_text();
    assert!(matches!(
        directory.add(&text),
        Err(RecordError::OtherRoot { .. })
    ));
}

#[test]
fn key_11_a_rotated_key_leaves_no_gap_and_the_old_one_still_opens() {
    let root = Root::generate("West").unwrap();
    let mut directory = Directory::new([root.public().clone()]);
    let old = RoleKeys::generate(Role::Open, "desk", window()).unwrap();
    let later = Window::new(at(1_800), at(3_000)).unwrap();
    let new = RoleKeys::generate(Role::Open, "desk", later).unwrap();
    for keys in [&old, &new] {
        let record = root.certify(keys.request());
        directory.add(&record.to_text()).unwrap();
    }
    let current = |time| -> Vec<_> {
        let found = directory.current(root.public().fingerprint(), Role::Open, at(time));
        found.iter().map(|r| r.id()).collect()
    };
    assert_eq!(current(999), []);
    assert_eq!(current(1_500), [old.key_id()]);
    assert_eq!(current(1_900), [new.key_id(), old.key_id()]);
    assert_eq!(current(2_500), [new.key_id()]);
    let sealed = directory
        .keys_at(old.key_id(), Role::Open, at(1_900))
        .unwrap()
        .wrap(b"info", b"section keys")
        .unwrap();
    assert_eq!(&**old.unwrap(b"info", &sealed).unwrap(), b"section keys");
    assert!(new.unwrap(b"info", &sealed).is_err());
}

#[test]
fn key_12_a_key_tells_nothing_but_that_it_refused() {
    let keys = RoleKeys::generate(Role::Gate, "gate 1", window()).unwrap();
    let sealed = keys.public().wrap(b"info", b"secret").unwrap();
    assert!(keys.unwrap(b"info", &sealed).is_ok(), "control");
    let mut flip = |i: usize| {
        let mut out = sealed.clone();
        out[i] ^= 1;
        out
    };
    // In the ML-KEM part, the X25519 part, the ciphertext and the tag; cut; longer; empty; other info.
    let mut bad: Vec<Vec<u8>> = [0, 1_100, 1_121, sealed.len() - 1].map(&mut flip).into();
    bad.extend([
        sealed[..sealed.len() - 1].to_vec(),
        [&sealed[..], b"x"].concat(),
    ]);
    bad.extend([sealed[..1_000].to_vec(), Vec::new()]);
    let told =
        |r: Result<_, ProviderError>| r.map(|_: zeroize::Zeroizing<Vec<u8>>| ()).unwrap_err();
    let all: Vec<ProviderError> = bad
        .iter()
        .map(|b| told(keys.unwrap(b"info", b)))
        .chain([told(keys.unwrap(b"infp", &sealed))])
        .collect();
    assert!(all.len() > 8 && all.iter().all(|e| matches!(e, ProviderError::Refused)));
}

#[test]
fn key_13_a_keystore_altered_anywhere_cut_longer_or_newer_opens_nothing() {
    let root = Root::generate("West").unwrap();
    let text = root.to_keystore(b"made-up phrase").unwrap().to_text();
    let open = |text: &str| Keystore::from_text(text)?.open_root(b"made-up phrase");
    assert!(open(&text).is_ok(), "control");
    let (label, bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    let again = |bytes: &[u8]| {
        pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, bytes).unwrap()
    };
    assert!(open(&again(&bytes)).is_ok(), "control");
    // Argon2 costs a fifth of a second: what parsing does not refuse is tried at every thirteenth byte.
    let (mut parsed, mut locked) = (0, 0);
    for (i, bad) in altered(&bytes).enumerate() {
        if Keystore::from_text(&again(&bad)).is_err() {
            continue;
        }
        parsed += 1;
        // An altered price would be paid: bytes 8 to 19.
        if i % 13 == 0 && !(8..20).contains(&i) {
            assert!(
                matches!(open(&again(&bad)), Err(KeystoreError::Locked)),
                "{i}"
            );
            locked += 1;
        }
    }
    assert!(parsed > 80 && locked > 5, "{parsed} {locked}");
}
