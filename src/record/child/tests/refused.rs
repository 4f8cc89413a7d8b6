use super::*;

#[test]
fn each_rule_of_a_record_refuses_by_itself() {
    let cases: Vec<(&str, Value, ChildError)> = vec![
        (
            "/identifier/nhs_number",
            json!("9990000019"),
            ChildError::NhsNumber,
        ),
        ("/purge", json!(true), ChildError::PurgeWithContent),
        (
            "/shielded/0/sections",
            json!([]),
            ChildError::ShieldWithoutSection { index: 0 },
        ),
        (
            "/shielded/1/field",
            json!("/personal/address"),
            ChildError::ShieldTwice { index: 1 },
        ),
        (
            "/attachments/0/name",
            json!("../letter.txt"),
            ChildError::FileName { index: 0 },
        ),
        (
            "/attachments/0/name",
            json!(".letter"),
            ChildError::FileName { index: 0 },
        ),
        (
            "/attachments/0/name",
            json!("a\u{7}b"),
            ChildError::FileName { index: 0 },
        ),
        (
            "/attachments/0/name",
            json!(""),
            ChildError::FileName { index: 0 },
        ),
        (
            "/attachments/0/media_type",
            json!("text"),
            ChildError::MediaType { index: 0 },
        ),
        (
            "/attachments/0/media_type",
            json!("text/pl ain"),
            ChildError::MediaType { index: 0 },
        ),
        (
            "/personal/address",
            json!({ "postcode": "LB2 0AA" }),
            ChildError::Whereabouts {
                field: "/personal/address",
            },
        ),
        (
            "/personal/household",
            json!(["Bo"]),
            ChildError::Whereabouts {
                field: "/personal/household",
            },
        ),
        (
            "/childrens_services/placement",
            json!({}),
            ChildError::Whereabouts {
                field: "/childrens_services/placement",
            },
        ),
        (
            "/education/setting",
            json!({}),
            ChildError::Whereabouts {
                field: "/education/setting",
            },
        ),
        (
            "/education/designated_lead",
            json!({}),
            ChildError::Whereabouts {
                field: "/education/designated_lead",
            },
        ),
        (
            "/health/general_practice",
            json!({}),
            ChildError::Whereabouts {
                field: "/health/general_practice",
            },
        ),
        (
            "/health/mental_health_service",
            json!({}),
            ChildError::Whereabouts {
                field: "/health/mental_health_service",
            },
        ),
        (
            "/health/nurse",
            json!({}),
            ChildError::Whereabouts {
                field: "/health/nurse",
            },
        ),
    ];
    for (at, to, want) in cases {
        assert_eq!(changed(at, to), Err(want), "{at}");
    }
    assert!(read(&full()).is_ok(), "control");
    let mut open = full();
    open["whereabouts_hidden"] = json!(false);
    open["health"]["nurse"] = json!({ "name": "N. Urse" });
    assert!(
        read(&open).is_ok(),
        "where they are not hidden, the fields may stand"
    );
}

#[test]
fn what_erases_names_sections_and_carries_nothing() {
    let purge = json!({
        "format": "billetbook-child/1", "purge": true,
        "identifier": { "state": "unknown" }, "health": {}, "other": { "speech_therapy": {} }
    });
    let record = read(&purge).unwrap();
    let sections = record.to_sections().unwrap();
    assert_eq!(sections.len(), 2);
    let back = ChildRecord::from_sections(sections.values().map(|s| s.as_slice())).unwrap();
    assert!(back.purge && back == record);
    for (at, to) in [
        ("/health", json!({ "conditions": ["x"] })),
        ("/other/speech_therapy", json!({ "x": 1 })),
    ] {
        let mut v = purge.clone();
        *v.pointer_mut(at).unwrap() = to;
        assert_eq!(read(&v), Err(ChildError::PurgeWithContent));
    }
}

#[test]
fn counts_are_bounded_at_the_limit() {
    let mut v = json!({ "format": "billetbook-child/1", "identifier": { "state": "unknown" } });
    assert_eq!(read(&v), Err(ChildError::NoSection));
    let sections = |n: usize| {
        (0..n)
            .map(|i| (format!("s{i}"), json!({})))
            .collect::<serde_json::Map<_, _>>()
    };
    v["other"] = sections(MOST_SECTIONS).into();
    assert!(read(&v).is_ok());
    v["other"] = sections(MOST_SECTIONS + 1).into();
    assert!(matches!(
        read(&v),
        Err(ChildError::TooMany {
            what: "sections",
            ..
        })
    ));
    v["other"] = json!({ "s": {} });
    let shields = |n: usize| {
        let shield = |i| json!({ "field": format!("/s/f{i}"), "value": 1, "sections": ["s"] });
        (0..n).map(shield).collect::<Vec<_>>()
    };
    v["shielded"] = shields(MOST_SHIELDED).into();
    assert!(read(&v).is_ok());
    v["shielded"] = shields(MOST_SHIELDED + 1).into();
    assert!(matches!(
        read(&v),
        Err(ChildError::TooMany {
            what: "shielded fields",
            ..
        })
    ));
    v["shielded"] = json!([]);
    let attached = |n: usize| {
        let one = json!({ "section": "s", "name": "a", "media_type": "a/b", "content": "" });
        vec![one; n]
    };
    v["attachments"] = attached(MOST_ATTACHMENTS).into();
    assert!(read(&v).is_ok());
    v["attachments"] = attached(MOST_ATTACHMENTS + 1).into();
    assert!(matches!(
        read(&v),
        Err(ChildError::TooMany {
            what: "attachments of a section",
            ..
        })
    ));
    // A section of just the most bytes, and one more.
    let mut record = ChildRecord::new(ConsistentIdentifier::Unknown {});
    record.attachments.push(Attachment {
        section: Section::Health,
        name: "scan".into(),
        media_type: "image/png".to_owned(),
        content: vec![].into(),
    });
    let overhead = record.to_sections().unwrap()[&Section::Health].len();
    record.attachments[0].content = vec![7; MOST_SECTION_BYTES - overhead].into();
    let bytes = record.to_sections().unwrap();
    assert_eq!(bytes[&Section::Health].len(), MOST_SECTION_BYTES);
    let back = ChildRecord::from_sections([bytes[&Section::Health].as_slice()]);
    assert!(back.unwrap() == record);
    record.attachments[0].content = vec![7; MOST_SECTION_BYTES - overhead + 1].into();
    assert!(matches!(
        record.to_sections(),
        Err(ChildError::SectionTooLarge { .. })
    ));
}
