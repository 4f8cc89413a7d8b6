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
fn unknown_keys_and_words_are_errors_that_name_the_line() {
    for (old, new, says) in [
        ("version = 3", "version = 3\nversoin = 4", "versoin"),
        (
            "mode = \"existence\"",
            "mode = \"all\"",
            "existence, content",
        ),
        (
            "nation = \"england\"",
            "nation = \"france\"",
            "england, wales",
        ),
        (
            "purposes = [\"safeguarding\"]",
            "purposes = [\"interest\"]",
            "child_protection",
        ),
        (
            "bases = [\"vital_interests\"]",
            "bases = [\"contract\"]",
            "legal_obligation:LAW",
        ),
        ("kind = \"school\"", "kind = \"schol\"", "local_authority"),
        (
            "retention = \"not_kept\"",
            "retention = \"forever\"",
            "looked_after",
        ),
        (
            "valid_from = 2026-01-01",
            "valid_from = \"soon\"",
            "valid_from",
        ),
        ("confirm_hours = 24", "", "confirm_hours"),
        (
            "policy = \"westshire-safeguarding\"",
            "policy = \"\"",
            "not a name",
        ),
    ] {
        let error = refused(&with(old, new));
        assert!(error.contains(says), "{new}: {error}");
        if !new.is_empty() {
            let line = line_of(old) + usize::from(new.contains('\n'));
            assert!(error.contains(&format!("line {line}")), "{new}: {error}");
        }
    }
    assert!(Policy::parse(EXAMPLE).is_ok(), "control");
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line_and_what_to_do() {
    let rule = |id: &str| line_of(&format!("id = \"{id}\""));
    let cases: Vec<(String, usize, &str)> = vec![
        (with("version = 3", "version = 0"), 1, "version must be"),
        (
            with("confirm_hours = 24", "confirm_hours = 0"),
            1,
            "confirm_hours must be",
        ),
        (
            with("confirm_hours = 24", "confirm_hours = 745"),
            1,
            "confirm_hours must be",
        ),
        (
            with("valid_until = 2027-01-01", "valid_until = 2026-01-01"),
            1,
            "after valid_from",
        ),
        (
            with("roles = [\"designated_lead\"]", "roles = []"),
            line_of("[organisations.oakfield]"),
            "no roles",
        ),
        (
            with("name = \"Oakfield School\"", "name = \"\""),
            line_of("[organisations.oakfield]"),
            "1 to 200 bytes",
        ),
        (
            with(
                "title = \"Speech and language therapy\"",
                "title = \"a\\nb\"",
            ),
            line_of("[sections.speech_therapy]"),
            "control",
        ),
        (
            with("[sections.speech_therapy]", "[sections.health]"),
            0,
            "",
        ),
        (
            with("to = [\"harbour\"]", "to = [\"haven\"]"),
            rule("harbour-early-help"),
            "[organisations.haven]",
        ),
        (
            with(
                "roles = [\"family_worker\"]\nsections",
                "roles = [\"uncle\"]\nsections",
            ),
            rule("harbour-early-help"),
            "uncle",
        ),
        (
            with(
                "sections = [\"personal\", \"education\"]",
                "sections = [\"dentist\"]",
            ),
            rule("harbour-early-help"),
            "[sections.dentist]",
        ),
        (
            with("sections = [\"personal\", \"education\"]", "sections = []"),
            rule("harbour-early-help"),
            "sections is empty",
        ),
        (
            with(
                "sections = [\"personal\", \"education\"]",
                "sections = [\"health\"]",
            ),
            rule("harbour-early-help"),
            "article_9",
        ),
        (
            with(
                "sections = [\"personal\", \"education\"]",
                "sections = [\"crime_justice\"]",
            ),
            rule("harbour-early-help"),
            "article_10",
        ),
        (
            with("bases = [\"consent\"]", "bases = []"),
            rule("harbour-early-help"),
            "bases is empty",
        ),
        (
            with("bases = [\"consent\"]\n", ""),
            rule("harbour-early-help"),
            "needs bases",
        ),
        (
            with("from = [\"westshire\"]\n", ""),
            rule("harbour-early-help"),
            "needs from",
        ),
        (
            with("longest_days = 60", "longest_days = 0"),
            rule("harbour-early-help"),
            "longest_days must",
        ),
        (
            with("longest_days = 60", "longest_days = 367"),
            rule("harbour-early-help"),
            "longest_days must",
        ),
        (
            with("valid_until = 2026-10-01", "valid_until = 2027-01-02"),
            rule("harbour-early-help"),
            "outside the policy",
        ),
        (
            with("effect = \"allow\"\n", ""),
            rule("harbour-early-help"),
            "effect = ",
        ),
        (
            with("effect = \"allow\"\n", "effect = \"default\"\n"),
            rule("harbour-early-help"),
            "effect = ",
        ),
        (
            with(
                "id = \"section-47\"",
                "id = \"section-47\"\neffect = \"allow\"",
            ),
            rule("section-47"),
            "[[exception]]",
        ),
        (
            with("id = \"section-47\"", "id = \"who-is-involved\""),
            rule("section-47"),
            "twice",
        ),
        (
            with("nation = \"england\"", "nation = \"scotland\""),
            rule("harbour-early-help"),
            "",
        ),
        (
            with(
                "id = \"no-police-content-to-schools\"",
                "id = \"no-police-content-to-schools\"\nretention = \"health\"",
            ),
            rule("no-police-content-to-schools"),
            "takes no retention",
        ),
    ];
    for (i, (text, line, says)) in cases.into_iter().enumerate() {
        if line == 0 {
            // The law's mark on a built-in section may be repeated.
            assert!(
                Policy::parse(&text).is_err(),
                "rules still name the section that is gone"
            );
            continue;
        }
        let error = refused(&text);
        assert!(error.contains(says), "case {i}: {error}");
        if !says.is_empty() {
            assert!(
                error.contains(&format!("line {line}:")),
                "case {i}: {error}"
            );
        }
    }
    let scottish = refused(&with("nation = \"england\"", "nation = \"scotland\""));
    assert!(scottish.contains("does not run in scotland"), "{scottish}");
    let mild = format!(
        "{EXAMPLE}\n[sections.health]\ntitle = \"Health\"\nspecial_category = false\ncriminal_offence = false\n"
    );
    assert!(refused(&mild).contains("always holds data of special categories"));
    let mild = mild.replace("[sections.health]", "[sections.crime_justice]");
    assert!(refused(&mild).contains("always holds data on criminal offences"));
    let stricter = mild
        .replace("[sections.crime_justice]", "[sections.education]")
        .replace("offence = false\n", "offence = true\n");
    assert!(refused(&stricter).contains("article_10"));
}

#[test]
fn counts_are_bounded_at_the_limit() {
    let long = |n: usize| format!("{EXAMPLE}{}", " ".repeat(n - EXAMPLE.len()));
    assert!(Policy::parse(&long(LONGEST_POLICY)).is_ok());
    assert!(matches!(
        Policy::parse(&long(LONGEST_POLICY + 1)),
        Err(PolicyError::TooLong { .. })
    ));
    let policy = Policy::parse(EXAMPLE).unwrap();
    let rules = |n: usize| {
        let mut p = policy.clone();
        let rule = p.rules.values().next().unwrap().clone();
        p.rules = (0..n)
            .map(|i| (format!("r{i}").parse().unwrap(), rule.clone()))
            .collect();
        p.check()
    };
    assert!(rules(MOST_RULES).is_ok() && rules(MOST_RULES + 1).is_err());
    let organisations = |n: usize| {
        let mut p = policy.clone();
        let o = p.organisations.values().next().unwrap().clone();
        for i in p.organisations.len()..n {
            p.organisations
                .insert(format!("o{i}").parse().unwrap(), o.clone());
        }
        p.check()
    };
    assert!(organisations(MOST_ORGANISATIONS).is_ok());
    assert!(organisations(MOST_ORGANISATIONS + 1).is_err());
    let sections = |n: usize| {
        let mut p = policy.clone();
        let terms = p.sections.values().next().unwrap().clone();
        for i in p.sections.len()..n {
            p.sections
                .insert(format!("s{i}").parse().unwrap(), terms.clone());
        }
        p.check()
    };
    assert!(sections(MOST_SECTIONS).is_ok() && sections(MOST_SECTIONS + 1).is_err());
    let roles = |n: usize| {
        let mut p = policy.clone();
        let o = p.organisations.values_mut().next().unwrap();
        o.roles = (0..n).map(|i| format!("r{i}").parse().unwrap()).collect();
        p.rules.clear();
        p.check()
    };
    assert!(roles(MOST_IN_LIST).is_ok() && roles(MOST_IN_LIST + 1).is_err());
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
