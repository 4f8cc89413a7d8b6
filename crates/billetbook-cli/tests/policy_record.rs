//! `policy check` and `record check|schema` as their users run them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "support/command.rs"]
mod support;

use std::process::Output;
use support::{put, run, spoken};

const CANARY: &str = "Zyxquorv";
const POLICY: &str = include_str!("../../../examples/policy.toml");
const RECORD: &str = r#"{
  "format": "billetbook-child/1",
  "identifier": { "state": "present", "nhs_number": "9990000018" },
  "whereabouts_hidden": true,
  "personal": { "given_name": "Zyxquorv", "birth_date": "2014-02-03" },
  "health": { "conditions": ["Zyxquorv"] },
  "shielded": [{ "field": "/personal/address", "value": { "lines": ["9 Zyxquorv Road"] }, "sections": ["childrens_services"] }],
  "attachments": [{ "section": "health", "name": "a.pdf", "media_type": "application/pdf", "content": "AAEC" }]
}"#;

fn out(o: &Output) -> String {
    String::from_utf8_lossy(&o.stdout).into_owned()
}

#[test]
fn a_policy_is_told_in_words_with_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "p.toml", POLICY);
    let o = run(folder.path(), &["policy", "check", "p.toml"]);
    assert_eq!(o.status.code(), Some(0), "{}", spoken(&o));
    let policy = billetbook::consent::Policy::parse(POLICY).unwrap();
    let digest = billetbook::hex::Hex(&policy.digest()).to_string();
    for part in [
        digest.as_str(),
        "westshire-safeguarding version 3",
        "DPIA-2026-031",
        "harbour-early-help",
        "consent",
    ] {
        assert!(out(&o).contains(part), "{part}: {}", out(&o));
    }
    assert!(!out(&o).contains("Look again"));
    let o = run(folder.path(), &["policy", "check", "p.toml", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(json["digest"], digest.as_str());
    assert_eq!(json["rules"].as_array().unwrap().len(), 6);
    assert_eq!(json["notes"], serde_json::json!([]));
    let doubtful = POLICY.replace(
        "purposes = [\"early_help\"]",
        "purposes = [\"child_protection\"]",
    );
    put(folder.path(), "d.toml", doubtful);
    let o = run(folder.path(), &["policy", "check", "d.toml"]);
    assert!(
        o.status.success() && out(&o).contains("asking misleads"),
        "{}",
        out(&o)
    );
}

#[test]
fn a_policy_that_cannot_be_meant_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = |text: &str| {
        format!(
            "line {}",
            1 + POLICY.lines().position(|l| l.contains(text)).unwrap()
        )
    };
    for (old, new, says) in [
        (
            "mode = \"existence\"",
            "mood = \"existence\"",
            vec!["mood", &line("mode = \"existence\"")],
        ),
        (
            "to = [\"harbour\"]",
            "to = [\"haven\"]",
            vec!["haven", &line("id = \"harbour-early-help\"")],
        ),
        (POLICY, "", vec!["policy"]),
    ] {
        put(folder.path(), "p.toml", POLICY.replacen(old, new, 1));
        let o = run(folder.path(), &["policy", "check", "p.toml"]);
        assert_eq!(o.status.code(), Some(2), "{}", spoken(&o));
        for part in says.into_iter().chain(["p.toml"]) {
            assert!(spoken(&o).contains(part), "{part}: {}", spoken(&o));
        }
        assert!(out(&o).is_empty());
    }
}

#[test]
fn a_record_is_checked_and_nothing_of_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "r.json", RECORD);
    let o = run(folder.path(), &["record", "check", "r.json"]);
    assert_eq!(o.status.code(), Some(0), "{}", spoken(&o));
    for part in [
        "childrens_services",
        "1 shielded fields",
        "health",
        "1 attachments",
        "whereabouts are hidden",
    ] {
        assert!(out(&o).contains(part), "{part}: {}", out(&o));
    }
    assert!(!out(&o).contains(CANARY) && !out(&o).contains("999000"));
    let o = run(folder.path(), &["record", "check", "r.json", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(json["sections"].as_array().unwrap().len(), 3);
    assert_eq!(json["identifier"], "present");
    for (old, new, says) in [
        ("\"2014-02-03\"", "\"Zyxquorv\"", "line 5, column"),
        (
            "[\"Zyxquorv\"]",
            "[\"9 zyxquorv road\"]",
            "section health, in conditions",
        ),
        ("9990000018", "9990000019", "not a valid NHS number"),
        (
            "\"health\": {",
            "\"health\": { \"nurse\": {}, ",
            "/health/nurse",
        ),
        (RECORD, "", "ends too early"),
    ] {
        put(folder.path(), "r.json", RECORD.replacen(old, new, 1));
        let o = run(folder.path(), &["record", "check", "r.json"]);
        assert_eq!(o.status.code(), Some(3), "{old}: {}", spoken(&o));
        assert!(
            spoken(&o).contains("r.json") && spoken(&o).contains(says),
            "{says}: {}",
            spoken(&o)
        );
        assert!(!spoken(&o).to_lowercase().contains("zyx"), "{}", spoken(&o));
    }
}

#[test]
fn the_schema_that_is_printed_is_the_one_published() {
    let folder = tempfile::tempdir().unwrap();
    let o = run(folder.path(), &["record", "schema"]);
    assert_eq!(
        out(&o),
        include_str!("../../../docs/child-record.schema.json")
    );
}
