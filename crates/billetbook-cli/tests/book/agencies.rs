//! A school and a council on the command line.

use crate::support::{put, run, spoken};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

pub(crate) const POLICY: &str = include_str!("../../../../examples/policy.toml");
pub(crate) const CANARY: &str = "Zyxquorv";
pub(crate) const RECORD: &str = r#"{
  "format": "billetbook-child/1",
  "identifier": { "state": "unknown" },
  "personal": { "given_name": "Zyxquorv", "birth_date": "2015-04-02" },
  "health": { "conditions": ["asthma of Zyxquorv"] }
}"#;
pub(crate) const ASK: &str = "request --book west.book --of oakfield --about R-0017 --section health \
    --purpose section_47_enquiry --basis public_task:ca1989_s47 --role social_worker \
    --article-9 safeguarding_of_children --passphrase-file pw";
pub(crate) const GRANT: &str =
    "grant 1.request --book oak.book --subject 0017 --why why --passphrase-file pw -o 1.grant";

/// What a history tells of, one word each.
pub(crate) fn kinds(told: &Value) -> Vec<&str> {
    let items = told["items"].as_array().unwrap().iter();
    items.map(|i| i["what"].as_str().unwrap()).collect()
}

pub(crate) fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}

pub(crate) fn done(folder: &Path, command: &str) -> Value {
    let out = run(folder, &words(&format!("--json {command}")));
    assert!(out.status.success(), "{command}: {out:?}");
    serde_json::from_slice(&out.stdout).unwrap_or_default()
}

/// Refused with a code and a word, nothing written, nothing of the child said.
pub(crate) fn refused(folder: &Path, command: &str, code: i32, says: &str) {
    let files = || std::fs::read_dir(folder).unwrap().count();
    let before = files();
    let out = run(folder, &words(command));
    let text = spoken(&out);
    assert_eq!(out.status.code(), Some(code), "{command}: {text}");
    assert!(text.contains(says), "{command}: {text}");
    assert!(!text.contains(CANARY), "{text}");
    assert_eq!(files(), before, "{command} left something");
}

/// A school and a council that know each other; the school's book holds a child's record.
pub(crate) fn agencies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    put(f, "pw", "made-up phrase\n");
    put(f, "child.json", RECORD);
    put(f, "why", "The visit of tomorrow.\n");
    // In force whenever the test runs.
    put(
        f,
        "policy.toml",
        POLICY.replace("valid_until = 2026-10-01", "valid_until = 2099-01-01"),
    );
    for (stem, name, organisation) in [
        ("oak", "Oakfield", "oakfield"),
        ("west", "Westshire", "westshire"),
    ] {
        let made = done(
            f,
            &format!(
                "book init {stem}.book --name {name} --organisation {organisation} --policy policy.toml --passphrase-file pw"
            ),
        );
        assert!(made["assurance"].as_str().unwrap().starts_with("colocated"));
        assert_eq!(made["witnesses_outside"], 0);
        put(
            f,
            &format!("{stem}.print"),
            made["fingerprint"].as_str().unwrap(),
        );
    }
    accept(f, "oak", "west");
    accept(f, "west", "oak");
    done(
        f,
        "book add child.json --subject 0017 --book oak.book --passphrase-file pw",
    );
    folder
}

pub(crate) fn print(folder: &Path, stem: &str) -> String {
    std::fs::read_to_string(folder.join(format!("{stem}.print"))).unwrap()
}

/// A hospital that the school and the council know, and that knows them.
pub(crate) fn hospital(f: &Path) {
    let made = "book init nhs.book --name NHS --organisation westshire-nhs --policy policy.toml --passphrase-file pw";
    let made = done(f, made);
    put(f, "nhs.print", made["fingerprint"].as_str().unwrap());
    for (whose, by) in [
        ("nhs", "oak"),
        ("nhs", "west"),
        ("oak", "nhs"),
        ("west", "nhs"),
    ] {
        accept(f, whose, by);
    }
}

pub(crate) fn accept(folder: &Path, whose: &str, by: &str) {
    let from = print(folder, whose);
    done(
        folder,
        &format!(
            "book accept {whose}.book/card --from {from} --book {by}.book --passphrase-file pw"
        ),
    );
}

/// The command with which the council reaches the school's book.
pub(crate) fn through() -> String {
    let exe = env!("CARGO_BIN_EXE_billetbook");
    format!("'{exe}' book answer --book oak.book --passphrase-file pw")
}

pub(crate) fn open(folder: &Path, out: &str) -> Output {
    let through = through();
    let mut args = words("--json open 1.grant --book west.book --passphrase-file pw");
    args.extend(["--through", &through, "--out", out]);
    run(folder, &args)
}
