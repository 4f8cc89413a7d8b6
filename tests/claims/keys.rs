use crate::support::{Parties, rows};
use billetbook::keys::descriptor::{Descriptor, DescriptorError};
use billetbook::keys::identity::{Identity, PublicIdentity};
use billetbook::keys::{KeyError, Keystore, KeystoreError, LinkageId, LinkageKeys, Secret};

#[test]
fn key_1_no_short_key_and_no_passphrase_is_a_key() {
    let random: Vec<u8> = (0..64u8).map(|i| i.wrapping_mul(37) ^ 11).collect();
    for n in 0..=64 {
        let made = Secret::from_secret_bytes(&random[..n]);
        if n == 32 {
            assert!(made.is_ok(), "control: 32 bytes are a key");
        } else {
            assert_eq!(made, Err(KeyError::Length { found: n }));
        }
    }
    assert_eq!(
        Secret::from_secret_bytes(&[0; 32]),
        Err(KeyError::Degenerate)
    );
}

#[test]
fn key_2_no_secret_is_shown() {
    let bytes: Vec<u8> = (0..32u8).map(|i| i.wrapping_mul(7) ^ 130).collect();
    let secret = Secret::from_secret_bytes(&bytes).unwrap();
    let keys = LinkageKeys::derive(&secret, LinkageId([1; 16]), 1);
    let parties = Parties::new();
    let file = parties
        .file(
            0,
            &rows("given_name,family_name,date_of_birth\nAnn,Smith,2012-03-04\n"),
        )
        .0;
    let shown = format!(
        "{secret:?} {keys:?} {:?} {:?} {:?}",
        parties.members[0], parties.open[0], file.table.tokens
    );
    let hidden = [
        &bytes[..],
        keys.token_key().secret_bytes(),
        file.table.tokens[0].as_bytes(),
    ];
    for secret in hidden {
        let decimal = format!("{}, {}, {}", secret[0], secret[1], secret[2]);
        let hex = billetbook::hex::Hex(&secret[..4]).to_string();
        assert!(
            !shown.contains(&decimal) && !shown.contains(&hex),
            "{shown}"
        );
    }
    assert!(
        format!("{bytes:?}").contains(&format!("{}, {}, {}", bytes[0], bytes[1], bytes[2])),
        "control"
    );
}

#[test]
fn key_3_only_members_who_know_the_maker_open_a_linkage() {
    let p = Parties::new();
    let maker = p.members[0].public().fingerprint();
    assert!(p.descriptor.open(&p.members[1], &maker).is_ok(), "control");
    let stranger = Identity::generate("Stranger").unwrap();
    assert!(matches!(
        p.descriptor.open(&stranger, &maker),
        Err(DescriptorError::NotAMember)
    ));
    let other = p.members[1].public().fingerprint();
    assert!(matches!(
        p.descriptor.open(&p.members[1], &other),
        Err(DescriptorError::Maker { .. })
    ));
    let accepted = p.descriptor.accept(&p.members[1], &maker).unwrap();
    assert!(
        Descriptor::accepted(&accepted, &p.members[1]).is_ok(),
        "control"
    );
    assert!(matches!(
        Descriptor::accepted(&accepted, &p.members[0]),
        Err(DescriptorError::NotAccepted)
    ));
}

#[test]
fn key_4_altered_identities_and_linkages_are_refused() {
    let p = Parties::new();
    for (text, read) in [
        (
            p.members[0].public().to_text(),
            (|t| PublicIdentity::from_text(t).is_ok()) as fn(&str) -> bool,
        ),
        (p.descriptor.to_text(), |t| Descriptor::from_text(t).is_ok()),
    ] {
        assert!(read(&text), "control");
        let lines: Vec<&str> = text.lines().collect();
        for i in (1..lines.len() - 1).step_by(3) {
            let mut altered: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            let first = if altered[i].starts_with('A') {
                "B"
            } else {
                "A"
            };
            altered[i].replace_range(..1, first);
            assert!(!read(&(altered.join("\n") + "\n")), "line {i}");
        }
    }
}

#[test]
fn key_5_a_keystore_opens_with_its_passphrase_only_and_a_thief_cannot_tell_why_not() {
    let identity = Identity::generate("West").unwrap();
    let store = identity.to_keystore(b"made-up phrase").unwrap().to_text();
    let open = |text: &str, phrase: &[u8]| Keystore::from_text(text)?.open_identity(phrase);
    assert!(open(&store, b"made-up phrase").is_ok(), "control");
    assert!(matches!(
        open(&store, b"another phrase"),
        Err(KeystoreError::Locked)
    ));
    // In the sealed part: the last line but one.
    let lines: Vec<&str> = store.lines().collect();
    let at = lines.len() - 2;
    let mut altered: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
    let first = if altered[at].starts_with('A') {
        "B"
    } else {
        "A"
    };
    altered[at].replace_range(..1, first);
    let altered = altered.join("\n") + "\n";
    assert!(matches!(
        open(&altered, b"made-up phrase"),
        Err(KeystoreError::Locked)
    ));
}

#[test]
fn key_6_the_same_child_shares_no_token_between_two_linkages() {
    let child =
        rows("given_name,family_name,date_of_birth,nhs_number\nAnn,Smith,2012-03-04,9990000018\n");
    let (a, b) = (Parties::new(), Parties::new());
    let (one, other) = (a.tokens(0, &child), b.tokens(0, &child));
    assert!(!one[0].iter().any(|t| other[0].contains(t)));
    assert!(
        one[0].iter().any(|t| a.tokens(1, &child)[0].contains(t)),
        "control: one linkage, two members"
    );
}
