use super::*;

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
            with("valid_until = 2126-01-01", "valid_until = 2026-01-01"),
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
            with("valid_until = 2026-10-01", "valid_until = 2126-01-02"),
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
