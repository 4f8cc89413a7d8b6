use billetbook::record::Section;
use billetbook::record::child::{ChildError, ChildRecord};
use serde_json::{Value, json};

const CANARY: &str = "9 Zyxquorv Lane";

/// A record in a number of sections whose address may stand in `scope` alone.
fn record(scope: &[&str]) -> Value {
    json!({
        "format": "billetbook-child/1",
        "identifier": { "state": "present", "nhs_number": "9990000018" },
        "whereabouts_hidden": true,
        "personal": { "given_name": "Zyxann", "family_name": "Zyxsmith", "birth_date": "2014-02-03", "upn": "H801200001001" },
        "childrens_services": { "key_worker": { "name": "Zyxworker" }, "ethnicity": "Zyxeth" },
        "education": { "exclusions": [{ "kind": "Zyxkind", "start": "2025-01-07" }] },
        "health": { "conditions": ["Zyxcondition"] },
        "crime_justice": { "markers": ["Zyxmarker"] },
        "other": { "speech_therapy": { "note": "Zyxnote" } },
        "shielded": [{
            "field": "/personal/address",
            "value": { "lines": [CANARY], "town": "Larchester", "postcode": "QX7 7XQ" },
            "sections": scope
        }],
        "attachments": [{ "section": "health", "name": "Zyxfile.txt", "media_type": "text/plain", "content": "Wnl4ZG9j" }]
    })
}

fn read(value: &Value) -> Result<ChildRecord, ChildError> {
    ChildRecord::from_json(value.to_string().as_bytes())
}

#[test]
fn chd_1_a_shielded_field_stands_in_no_section_that_it_does_not_name() {
    let names = [
        "personal",
        "childrens_services",
        "education",
        "health",
        "crime_justice",
        "speech_therapy",
    ];
    for mask in 1u32..64 {
        let scope: Vec<&str> = (0..6)
            .filter(|i| mask >> i & 1 == 1)
            .map(|i| names[i])
            .collect();
        let sections = read(&record(&scope)).unwrap().to_sections().unwrap();
        assert_eq!(sections.len(), 6);
        for (section, bytes) in &sections {
            let text = String::from_utf8_lossy(bytes);
            let shows =
                text.contains(CANARY) || text.contains("QX7 7XQ") || text.contains("Larchester");
            assert_eq!(
                shows,
                scope.contains(&section.as_str()),
                "{section} with scope {scope:?}"
            );
            // Nor does a section say which others hold it.
            let others = names.iter().filter(|n| **n != section.as_str());
            for other in others.filter(|n| **n != "personal") {
                assert!(
                    !text.contains(&format!("\"{other}\"")),
                    "{section} names {other}"
                );
            }
        }
    }
}

#[test]
fn chd_2_a_copy_of_a_shielded_value_elsewhere_is_refused() {
    assert!(read(&record(&["childrens_services"])).is_ok(), "control");
    for (at, to) in [
        ("/personal/known_as", json!(CANARY)),
        (
            "/health/conditions",
            json!([format!("seen at {}", CANARY.to_lowercase())]),
        ),
        ("/crime_justice/markers", json!(["go to QX77XQ first"])),
        (
            "/other/speech_therapy",
            json!({ "deep": [{ "er": "qx7-7xq" }] }),
        ),
        ("/attachments/0/content", json!("UVg3IDdYUQ==")),
        ("/attachments/0/name", json!("QX7 7XQ.txt")),
    ] {
        let mut v = record(&["childrens_services"]);
        let (parent, name) = at.rsplit_once('/').unwrap();
        v.pointer_mut(parent).unwrap()[name] = to;
        let error = read(&v).unwrap_err();
        assert!(
            matches!(error, ChildError::Leak { index: 0, .. }),
            "{at}: {error:?}"
        );
        let shown = format!("{error} {error:?}").to_lowercase();
        assert!(!shown.contains("zyx") && !shown.contains("qx7"), "{shown}");
    }
}

#[test]
fn chd_3_where_whereabouts_are_hidden_no_field_in_the_open_tells_them() {
    for (section, field) in [
        ("personal", "address"),
        ("personal", "household"),
        ("childrens_services", "placement"),
        ("education", "setting"),
        ("education", "designated_lead"),
        ("health", "general_practice"),
        ("health", "mental_health_service"),
        ("health", "nurse"),
    ] {
        let mut v = record(&["childrens_services"]);
        v[section][field] = if field == "household" {
            json!(["Zyxbo"])
        } else {
            json!({})
        };
        assert!(
            matches!(read(&v), Err(ChildError::Whereabouts { .. })),
            "{section}/{field}"
        );
        v["whereabouts_hidden"] = json!(false);
        assert!(
            read(&v).is_ok(),
            "control: {section}/{field} may stand where they are not hidden"
        );
    }
}

#[test]
fn chd_4_neither_debug_nor_an_error_shows_a_value_of_a_record() {
    let v = record(&["childrens_services"]);
    let parsed = read(&v).unwrap();
    let hidden = [
        "zyx",
        "2014-02-03",
        "9990000018",
        "h801200001001",
        "qx7",
        "larchester",
    ];
    let check = |shown: String| {
        let shown = shown.to_lowercase();
        for word in hidden {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
    };
    check(format!("{parsed:?}"));
    let text = v.to_string();
    assert!(
        hidden.iter().all(|h| text.to_lowercase().contains(h)),
        "control"
    );
    // Every value in turn of a wrong kind, every name in turn unknown, and the text cut everywhere.
    let mut errors = 0;
    for quoted in text
        .split('"')
        .skip(1)
        .step_by(2)
        .collect::<std::collections::BTreeSet<_>>()
    {
        for other in ["[\"Zyxquorv\"]".to_owned(), "\"Zyxquorv\"".to_owned()] {
            let bad = text.replace(&format!("\"{quoted}\""), &other);
            if let Err(e) = ChildRecord::from_json(bad.as_bytes()) {
                errors += 1;
                check(format!("{e} {e:?}"));
            }
        }
    }
    for n in 0..text.len() {
        if let Err(e) = text
            .get(..n)
            .map_or(Ok(parsed.clone()), |t| ChildRecord::from_json(t.as_bytes()))
        {
            errors += 1;
            check(format!("{e} {e:?}"));
        }
    }
    assert!(errors > text.len(), "{errors}");
}

#[test]
fn chd_5_what_erases_carries_nothing() {
    let purge = json!({
        "format": "billetbook-child/1", "purge": true, "identifier": { "state": "unknown" },
        "health": {}, "crime_justice": {}, "other": { "speech_therapy": {} }
    });
    let record = read(&purge).unwrap();
    let sections = record.to_sections().unwrap();
    let back = ChildRecord::from_sections(sections.values().map(|s| s.as_slice())).unwrap();
    assert!(back.purge);
    assert_eq!(
        back.section_names(),
        [
            Section::Health,
            Section::CrimeJustice,
            "speech_therapy".parse().unwrap()
        ]
        .into()
    );
    for (at, to) in [
        ("/health", json!({ "conditions": ["x"] })),
        ("/other/speech_therapy", json!({ "x": 1 })),
        (
            "/shielded",
            json!([{ "field": "/health/x", "value": 1, "sections": ["health"] }]),
        ),
        (
            "/attachments",
            json!([{ "section": "health", "name": "a", "media_type": "a/b", "content": "" }]),
        ),
    ] {
        let mut v = purge.clone();
        let (parent, name) = at.rsplit_once('/').unwrap();
        v.pointer_mut(parent).unwrap()[name] = to;
        assert_eq!(read(&v), Err(ChildError::PurgeWithContent), "{at}");
    }
}
