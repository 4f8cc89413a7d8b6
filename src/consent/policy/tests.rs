mod refused;

use super::*;
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../../examples/policy.toml");

fn refused(text: &str) -> String {
    Policy::parse(text).unwrap_err().to_string()
}

/// The example with one piece of text for another.
fn with(old: &str, new: &str) -> String {
    assert!(EXAMPLE.contains(old), "{old}");
    EXAMPLE.replacen(old, new, 1)
}

/// The line on which a text stands in the example.
fn line_of(text: &str) -> usize {
    1 + EXAMPLE.lines().position(|l| l.contains(text)).unwrap()
}

#[test]
fn one_policy_has_one_digest_whatever_the_order_of_its_file() {
    let policy = Policy::parse(EXAMPLE).unwrap();
    // Blocks between blank lines, the other way round; the head of the file stays at the top.
    let mut blocks: Vec<&str> = EXAMPLE.split("\n\n").collect();
    let head = blocks.remove(0);
    let head2 = blocks.remove(0);
    blocks.reverse();
    let turned = format!("{head}\n\n{head2}\n\n{}", blocks.join("\n\n\n"));
    assert_ne!(turned, EXAMPLE);
    assert_eq!(Policy::parse(&turned).unwrap().digest(), policy.digest());
    let lists = with(
        "roles = [\"social_worker\", \"duty_desk\", \"early_help\"]",
        "roles   = [ \"early_help\",\n\"duty_desk\", \"social_worker\" ]",
    );
    assert_eq!(Policy::parse(&lists).unwrap().digest(), policy.digest());
    for (old, new) in [
        ("version = 3", "version = 4"),
        ("longest_days = 60", "longest_days = 61"),
        (
            "assessment_version = \"1.4\"",
            "assessment_version = \"1.5\"",
        ),
        ("kind = \"charity\"", "kind = \"provider\""),
        ("special_category = true", "special_category = true "),
    ] {
        let other = Policy::parse(&with(old, new)).unwrap();
        let same = new.trim() == old;
        assert_eq!(other.digest() == policy.digest(), same, "{new}");
    }
}

#[test]
fn compiled_bytes_have_one_form() {
    let policy = Policy::parse(EXAMPLE).unwrap();
    let bytes = policy.to_bytes();
    assert_eq!(Policy::from_bytes(&bytes), Ok(policy.clone()));
    for n in 0..bytes.len() {
        assert!(Policy::from_bytes(&bytes[..n]).is_err(), "cut at {n}");
    }
    assert!(Policy::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    let mut newer = bytes.clone();
    newer[7] = 2;
    let two = Policy::from_bytes(&newer).unwrap();
    assert!(two.two_issuers() && !policy.two_issuers());
    assert_ne!(two.digest(), policy.digest());
    assert_eq!(two.to_bytes(), newer);
    newer[7] = 3;
    assert!(matches!(
        Policy::from_bytes(&newer),
        Err(crate::wire::WireError::Magic { .. })
    ));
    // Two organisations out of order are no second way to write the same.
    let (a, b) = (b"harbour".as_slice(), b"oakfield".as_slice());
    let at = |what: &[u8]| bytes.windows(what.len()).position(|w| w == what).unwrap();
    let mut turned = bytes.clone();
    turned[at(a)] = b'z';
    assert!(at(a) < at(b) && Policy::from_bytes(&turned).is_err());
    // A denial that carries what means nothing to it is no second way either.
    let mut odd = policy;
    let denial = odd.rules.values_mut().find(|r| r.effect == Effect::Deny);
    denial.unwrap().identifier = true;
    assert!(Policy::from_bytes(&odd.to_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_byte_changed_is_refused_or_another_policy(at: prop::sample::Index, to: u8) {
        let policy = Policy::parse(EXAMPLE).unwrap();
        let mut bytes = policy.to_bytes();
        let i = at.index(bytes.len());
        let changed = bytes[i] != to;
        bytes[i] = to;
        if let Ok(other) = Policy::from_bytes(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
            prop_assert_eq!(other.digest() != policy.digest(), changed);
        }
    }
}

#[test]
fn a_policy_says_in_words_what_it_allows() {
    let policy = Policy::parse(EXAMPLE).unwrap();
    let said = |id: &str| {
        let all = policy.sentences();
        all.into_iter()
            .find(|s| s.rule.as_str() == id)
            .unwrap()
            .text
    };
    let help = said("harbour-early-help");
    for part in [
        "Harbour, a charity for families (family_worker)",
        "the content of Education or Personal details",
        "from Westshire Council",
        "early help",
        "consent",
        "60 days",
        "without a consistent identifier",
        "2026-10-01",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    let denial = said("no-police-content-to-schools");
    for part in [
        "no content of Crime and justice",
        "from anyone",
        "any school",
    ] {
        assert!(denial.contains(part), "{part}: {denial}");
    }
    assert_eq!(policy.sentences().len(), policy.rules().len());
}

#[test]
fn what_deserves_a_second_look_is_noted_and_nothing_else() {
    let notes = |text: &str| Policy::parse(text).unwrap().notes();
    assert_eq!(notes(EXAMPLE), []);
    let rule = |id: &str| id.parse::<RuleId>().unwrap();
    assert_eq!(
        notes(&with(
            "purposes = [\"early_help\"]",
            "purposes = [\"early_help\", \"section_47_enquiry\"]"
        )),
        [Note::ConsentForProtection(rule("harbour-early-help"))]
    );
    assert_eq!(
        notes(&with(
            "bases = [\"consent\"]",
            "bases = [\"consent\", \"vital_interests\"]"
        )),
        [Note::ConsentAmongOthers(rule("harbour-early-help"))]
    );
    assert_eq!(
        notes(&with(
            "bases = [\"consent\"]",
            "bases = [\"legitimate_interests\"]"
        )),
        [Note::PublicAuthority(rule("harbour-early-help"))]
    );
    assert_eq!(
        notes(&with(
            "from = [\"westshire\"]\nto = [\"harbour\"]",
            "from = [\"westshire\"]\nto = [\"oakfield\"]"
        )),
        [Note::NeverReceives("harbour".parse().unwrap())]
    );
    assert_eq!(
        notes(&with(
            "\"crime_justice\", \"speech_therapy\"]",
            "\"crime_justice\"]"
        )),
        [Note::NeverShared("speech_therapy".parse().unwrap())]
    );
    let silenced = format!(
        "{EXAMPLE}\n[[exception]]\nid = \"not-harbour\"\neffect = \"deny\"\nto = [\"harbour\"]\nfrom = [\"westshire\"]\n"
    );
    assert_eq!(
        notes(&silenced),
        [Note::AlwaysDenied {
            rule: rule("harbour-early-help"),
            by: rule("not-harbour"),
        }]
    );
    let head = EXAMPLE.split("[[default]]").next().unwrap();
    assert!(notes(head).contains(&Note::PermitsNothing));
    assert!(!Policy::parse(head).unwrap().permits_anything());
}
