use billetbook::clock::{UnixTime, Window};
use billetbook::keys::{
    Compromise, KeyProvider, KeyRecord, KeyRefused, KeyRequest, PublicRoot, RecordError, Role,
    RoleKeys, Root,
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
    let record = root.certify(keys.request()).unwrap();
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
    let word = root.compromised(keys.key_id(), at(1_500)).unwrap();
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
    let record = root.certify(keys.request()).unwrap();
    for role in Role::ALL {
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
