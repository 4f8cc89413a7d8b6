//! Envelopes on the command line: sealed, inspected, opened by their owner, wrapped to a new key; and refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod keys;
mod refused;
#[path = "../support/command.rs"]
mod support;

use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use support::{put, spoken};

const CANARY: &str = "Zyxquorv";
const POLICY: &str = include_str!("../../../../tests/vectors/policy-v1.toml");
const RECORD: &str = r#"{
  "format": "billetbook-child/1",
  "identifier": { "state": "unknown" },
  "personal": { "given_name": "Zyxquorv", "birth_date": "2015-04-02" },
  "health": { "conditions": ["asthma of Zyxquorv"] },
  "attachments": [{ "section": "health", "name": "a.pdf", "media_type": "application/pdf", "content": "AAEC" }]
}"#;

const SEAL: &str = "seal child.json --policy policy.toml --author author.keystore --to-owner owner.key \
    --gate g1.key --gate g2.key --gate g3.key --root west.root --passphrase-file pw -o child.billet";
const OPEN: &str = "open child.billet --as-owner --keystore owner.keystore --gate g1.keystore \
    --gate g3.keystore --author author.key --root west.root --passphrase-file pw --out opened";
const REWRAP: &str = "rewrap child.billet --keystore owner.keystore --to-owner next.key --author author.key \
    --root west.root --passphrase-file pw -o next.billet";

fn run(folder: &Path, command: &str) -> Output {
    let words: Vec<&str> = command.split_whitespace().collect();
    support::run(folder, &words)
}

fn done(folder: &Path, command: &str) -> Value {
    let out = run(folder, &format!("--json {command}"));
    assert!(out.status.success(), "{command}: {out:?}");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Refused with a code and a word, nothing written, nothing of the child said.
fn refused(folder: &Path, command: &str, code: i32, says: &str) {
    let files = || std::fs::read_dir(folder).unwrap().count();
    let before = files();
    let out = run(folder, command);
    let text = spoken(&out);
    assert_eq!(out.status.code(), Some(code), "{command}: {text}");
    assert!(text.contains(says), "{command}: {text}");
    assert!(!text.to_lowercase().contains("zyx"), "{text}");
    assert_eq!(files(), before, "{command} left something");
}

fn opened(folder: &Path, out: &str) -> Value {
    let text = std::fs::read(folder.join(out).join("record.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// A folder with a root, keys of each role, three gates, a policy and a made-up child.
fn agency() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    put(f, "pw", "made-up phrase\n");
    put(f, "child.json", RECORD);
    // In force whenever the test runs.
    let policy = POLICY.replace("valid_until = 2027-01-01", "valid_until = 2099-01-01");
    put(f, "policy.toml", policy);
    keygen(f, "west", "--role root");
    for (role, stem) in [
        ("issue", "author"),
        ("open", "owner"),
        ("open", "next"),
        ("gate", "g1"),
        ("gate", "g2"),
        ("gate", "g3"),
    ] {
        keygen(f, stem, &certified(role));
    }
    folder
}

fn certified(role: &str) -> String {
    format!("--role {role} --root west.keystore --root-passphrase-file pw")
}

fn keygen(folder: &Path, stem: &str, how: &str) {
    done(
        folder,
        &format!("keygen --name {stem} --out {stem} --passphrase-file pw {how}"),
    );
}

#[test]
fn a_record_is_sealed_inspected_opened_and_wrapped_anew() {
    let folder = agency();
    let f = folder.path();
    let sealed = done(f, SEAL);
    assert_eq!(sealed["sections"], json!(["health", "personal"]));
    assert_eq!(
        (&sealed["threshold"], &sealed["gates"]),
        (&2.into(), &3.into())
    );
    let assurance = sealed["once_gates_enforce"].as_str().unwrap();
    assert!(assurance.starts_with("colocated"));

    let seen = done(f, "inspect child.billet");
    assert_eq!(seen["envelope"], sealed["envelope"]);
    assert_eq!(seen["slots"].as_array().unwrap().len(), 8);
    assert_eq!(seen["deposits"], 3);
    let said = String::from_utf8(run(f, "inspect child.billet").stdout).unwrap();
    assert!(said.contains("opens     with 2 of 3 gates"), "{said}");
    assert!(!said.contains("personal"), "{said}");

    let all = done(f, OPEN);
    assert!(all["assurance"].as_str().unwrap().starts_with("advisory"));
    let record: Value = serde_json::from_str(RECORD).unwrap();
    assert_eq!(opened(f, "opened"), record);
    let one = OPEN.replace("--out opened", "--section health --out one");
    assert_eq!(done(f, &one)["sections"], json!(["health"]));
    assert_eq!(opened(f, "one")["health"], record["health"]);
    assert_eq!(opened(f, "one")["personal"], Value::Null);

    done(f, REWRAP);
    let rewrapped = OPEN.replace("child.billet", "next.billet");
    let by_next = rewrapped.replace("owner.keystore", "next.keystore");
    done(f, &by_next.replace("--out opened", "--out again"));
    refused(
        f,
        &rewrapped.replace("--out opened", "--out no"),
        3,
        "does not open",
    );

    // Sizes say as little as they are told to: one class for all, sixteen slots.
    let wide = SEAL.replace(
        "-o child.billet",
        "--at-least 9000 --slots 16 -o wide.billet",
    );
    done(f, &wide);
    let slots = done(f, "inspect wide.billet")["slots"].clone();
    let sizes: Vec<u64> = slots
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s.as_u64().unwrap())
        .collect();
    assert_eq!(sizes.len(), 16);
    assert_eq!(
        sizes.iter().filter(|s| **s > 16 << 10).count(),
        15,
        "all but the manifest: {sizes:?}"
    );
}
