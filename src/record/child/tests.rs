mod refused;

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A record with something in every built-in section, a named one, a shielded address and a document.
pub(super) fn full() -> Value {
    json!({
        "format": "billetbook-child/1",
        "identifier": { "state": "present", "nhs_number": "999 000 0018" },
        "whereabouts_hidden": true,
        "personal": {
            "given_name": "Ann", "family_name": "Maddox", "birth_date": "2014-02-03",
            "related_people": [{ "name": "Bo Maddox", "relationship": "brother", "parental_responsibility": false }]
        },
        "childrens_services": {
            "key_worker": { "name": "A. Worker", "telephone": "01632 960001" },
            "plans": [{ "kind": "child protection", "start": "2026-01-05" }]
        },
        "education": { "attendance": [{ "year": "2025/26", "possible": 190, "attended": 151 }] },
        "health": { "not_brought": [{ "date": "2026-02-11", "kind": "audiology" }] },
        "crime_justice": { "missing_episodes": [{ "start": "2026-03-01", "end": "2026-03-02" }] },
        "other": { "speech_therapy": { "sessions": 12, "notes": ["steady"] } },
        "shielded": [
            { "field": "/personal/address",
              "value": { "lines": ["12 Oak Road"], "town": "Larchester", "postcode": "LB1 0AA" },
              "sections": ["childrens_services", "crime_justice"] },
            { "field": "/education/setting",
              "value": { "name": "Oakfield School", "reference": "999123" },
              "sections": ["childrens_services"] }
        ],
        "attachments": [
            { "section": "health", "name": "letter.txt", "media_type": "text/plain", "content": "RGVhciBjb2xsZWFndWU=" }
        ]
    })
}

fn read(value: &Value) -> Result<ChildRecord, ChildError> {
    ChildRecord::from_json(value.to_string().as_bytes())
}

fn changed(pointer: &str, to: Value) -> Result<ChildRecord, ChildError> {
    let mut v = full();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    v.pointer_mut(parent).unwrap()[name] = to;
    read(&v)
}

#[test]
fn a_record_survives_json_and_its_sections() {
    let record = read(&full()).unwrap();
    let again = ChildRecord::from_json(record.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(again, record);
    let sections = record.to_sections().unwrap();
    assert_eq!(sections.len(), 6);
    let bytes = || sections.values().map(|s| s.as_slice());
    let mut by_field = record.clone();
    by_field.shielded.sort_by(|a, b| a.field.cmp(&b.field));
    assert_eq!(ChildRecord::from_sections(bytes()).unwrap(), by_field);
    // What was not opened is not there, and nothing tells that it was.
    let health = ChildRecord::from_sections([sections[&Section::Health].as_slice()]).unwrap();
    assert_eq!(health.section_names(), [Section::Health].into());
    assert_eq!(health.attachments, record.attachments);
    let crime = &sections[&Section::CrimeJustice];
    let opened = ChildRecord::from_sections([crime.as_slice()]).unwrap();
    assert_eq!(opened.shielded[0].sections, [Section::CrimeJustice].into());
    assert!(!String::from_utf8_lossy(crime).contains("childrens_services"));
    let twice = ChildRecord::from_sections([crime.as_slice(), crime.as_slice()]);
    assert_eq!(twice, Err(ChildError::Mixed));
    let other = changed("/identifier", json!({ "state": "unknown" })).unwrap();
    let other = other.to_sections().unwrap();
    let mixed = [crime.as_slice(), other[&Section::Health].as_slice()];
    assert_eq!(ChildRecord::from_sections(mixed), Err(ChildError::Mixed));
    assert_eq!(ChildRecord::from_sections([]), Err(ChildError::NoSection));
}

/// Found by fuzzing: a number of many digits was another each time a record was written and read.
#[test]
fn a_long_number_behind_a_shield_stays_what_it_is() {
    let digits =
        "199999959999999999999999999999999999999999999999999999999999999999999999999999999990";
    let text = full().to_string().replace("\"999123\"", digits);
    assert!(text.contains(digits));
    let record = ChildRecord::from_json(text.as_bytes()).unwrap();
    let again = record.to_json().unwrap();
    assert_eq!(ChildRecord::from_json(again.as_bytes()), Ok(record));
}

#[test]
fn section_bytes_are_read_whole_or_refused() {
    let sections = read(&full()).unwrap().to_sections().unwrap();
    let bytes = sections[&Section::Health].to_vec();
    for n in 0..bytes.len() {
        assert!(
            ChildRecord::from_sections([&bytes[..n]]).is_err(),
            "cut at {n}"
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(ChildRecord::from_sections([longer.as_slice()]).is_err());
    let mut newer = bytes.clone();
    newer[7] = 2;
    assert!(matches!(
        ChildRecord::from_sections([newer.as_slice()]),
        Err(ChildError::Wire(crate::wire::WireError::Magic { .. }))
    ));
    assert!(
        ChildRecord::from_sections([bytes.as_slice()]).is_ok(),
        "control"
    );
}

#[test]
fn a_copy_of_a_shielded_value_is_found_wherever_it_stands() {
    let leak = |section: Section, at: &str| {
        Err(ChildError::Leak {
            index: 0,
            section,
            at: at.to_owned(),
        })
    };
    let cases: Vec<(&str, Value, Result<(), ChildError>)> = vec![
        (
            "/health/conditions",
            json!(["lives at lb10aa now"]),
            leak(Section::Health, ", in conditions"),
        ),
        (
            "/personal/known_as",
            json!("12, oak road"),
            leak(Section::Personal, ", in known_as"),
        ),
        (
            "/other/speech_therapy",
            json!({ "visits": { "LB1 0AA": 1 } }),
            leak("speech_therapy".parse().unwrap(), ""),
        ),
        (
            "/attachments/0/name",
            json!("LB1-0AA.txt"),
            leak(Section::Health, ", in an attachment"),
        ),
        (
            "/attachments/0/content",
            json!("QXQgTEIxIDBBQS4="),
            leak(Section::Health, ", in an attachment"),
        ),
        // In a section that may hold it, it may stand twice; a town alone means many children.
        ("/crime_justice/markers", json!(["12 Oak Road"]), Ok(())),
        ("/health/conditions", json!(["seen in Larchester"]), Ok(())),
    ];
    for (at, to, want) in cases {
        assert_eq!(changed(at, to.clone()).map(|_| ()), want, "{at} {to}");
    }
    // Digits alone, as numbers.
    let reference = changed("/other/speech_therapy", json!({ "school": 999_123 }));
    assert!(matches!(reference, Err(ChildError::Leak { index: 1, .. })));
    // Not looked into: what is no text.
    let mut v = full();
    v["attachments"][0]["content"] = json!("QXQgTEIxIDBBQS4=");
    v["attachments"][0]["media_type"] = json!("image/png");
    assert!(read(&v).is_ok());
}

#[test]
fn a_field_is_moved_behind_its_shield() {
    let mut v = full();
    v["whereabouts_hidden"] = json!(false);
    v["shielded"] = json!([]);
    v["personal"]["address"] = json!({ "postcode": "LB1 0AA" });
    let mut record = read(&v).unwrap();
    let field = |f: &str| f.parse::<ShieldedField>().unwrap();
    let to = || [Section::ChildrensServices].into();
    record.shield(field("/personal/address"), to()).unwrap();
    assert!(record.personal.as_ref().unwrap().address.is_none());
    let sections = record.to_sections().unwrap();
    let shows = |s: Section| String::from_utf8_lossy(&sections[&s]).contains("LB1 0AA");
    assert!(shows(Section::ChildrensServices) && !shows(Section::Personal));
    let again = record.shield(field("/personal/address"), to());
    assert_eq!(again, Err(ChildError::NoSuchField));
    // Nothing is moved where a copy would stay behind.
    v["health"]["conditions"] = json!(["near LB1 0AA"]);
    let mut record = read(&v).unwrap();
    let before = record.clone();
    assert!(matches!(
        record.shield(field("/personal/address"), to()),
        Err(ChildError::Leak { .. })
    ));
    assert_eq!(record, before);
    for bad in [
        "",
        "/",
        "personal/address",
        "/personal",
        "/personal//x",
        "/personal/0",
        "/a/b/c/d/e/f/g/h/i",
    ] {
        assert!(bad.parse::<ShieldedField>().is_err(), "{bad}");
    }
}

#[test]
fn errors_say_where_and_show_no_value() {
    const C: &str = "Zyxquorv";
    let text = full().to_string();
    let with = |old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    };
    let cases = [
        (
            with("\"2014-02-03\"", &format!("\"{C}\"")),
            "personal.birth_date: not a day",
        ),
        (
            with("\"2014-02-03\"", &format!("{{\"{C}\":1}}")),
            "personal.birth_date: a value of the wrong type",
        ),
        (
            with("\"given_name\"", &format!("\"{C}\"")),
            "personal: a field that the schema does not know",
        ),
        (
            with("\"state\":\"present\"", &format!("\"state\":\"{C}\"")),
            "identifier.state: a word that the schema does not know",
        ),
        (with("billetbook-child/1", C), "format: a word"),
        (
            with("\"speech_therapy\"", &format!("\"{C}\"")),
            "other: not a section's name",
        ),
        (
            with("\"speech_therapy\"", "\"health\""),
            "other: a built-in section",
        ),
        (
            with("\"sessions\":12", &format!("\"{C}\":1,\"{C}\":2")),
            "a name stands twice",
        ),
        (
            with("\"RGVhciBjb2xsZWFndWU=\"", &format!("\"{C}!\"")),
            "attachments[0].content: not base 64",
        ),
        (
            with("\"/personal/address\"", &format!("\"{C}\"")),
            "shielded[0].field: not a field",
        ),
        (
            with("\"151\"".trim_matches('"'), &format!("\"{C}\"")),
            "education.attendance[0].attended: a value of the wrong type",
        ),
        (with("\"format\"", &format!("\"{C}\"")), "a field"),
        (format!("{{\"{C}"), "ends too early"),
        (format!("{{\"format\" {C}"), "not JSON"),
        (format!("{text} {C}"), "not JSON"),
    ];
    for (i, (bad, says)) in cases.into_iter().enumerate() {
        let error = ChildRecord::from_json(bad.as_bytes()).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(says), "case {i}: {shown}");
        assert!(
            shown.contains("line 1, column") && !shown.contains(C),
            "case {i}: {shown}"
        );
    }
}

/// docs/child-record.schema.json is what the types say. To write it anew: BILLETBOOK_WRITE_SCHEMA=1 cargo test.
#[test]
fn the_published_schema_is_that_of_the_types() {
    let schema = schemars::schema_for!(ChildRecord);
    let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    if std::env::var_os("BILLETBOOK_WRITE_SCHEMA").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/child-record.schema.json");
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, SCHEMA);
}

proptest! {
    /// A record with one value changed anywhere: what is read is written and read again as the same.
    #[test]
    fn what_is_read_survives(at: prop::sample::Index, to in prop_oneof![
        Just(json!(null)), Just(json!(7)), Just(json!("text")), Just(json!([])), Just(json!({})), Just(json!(true)),
        Just(json!(["health"])), Just(json!("2012-01-05"))
    ]) {
        let mut v = full();
        let paths = pointers(&v, String::new());
        *v.pointer_mut(at.get::<String>(&paths)).unwrap() = to;
        if let Ok(record) = read(&v) {
            let json = record.to_json().unwrap();
            prop_assert_eq!(ChildRecord::from_json(json.as_bytes()).unwrap(), record);
        }
    }
}

fn pointers(v: &Value, here: String) -> Vec<String> {
    let mut out = match v {
        Value::Object(map) => map
            .iter()
            .flat_map(|(k, v)| pointers(v, format!("{here}/{k}")))
            .collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(i, v)| pointers(v, format!("{here}/{i}")))
                .collect()
        }
        _ => Vec::new(),
    };
    out.push(here);
    out
}
