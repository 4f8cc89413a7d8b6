//! Envelopes on the command line: sealed, inspected, opened by their owner, wrapped to a new key; and refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

const CANARY: &str = "Zyxquorv";
const POLICY: &str = include_str!("../../../tests/vectors/policy-v1.toml");
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
    Command::new(env!("CARGO_BIN_EXE_billetbook"))
        .args(command.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
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
    let text = [out.stdout, out.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(out.status.code(), Some(code), "{command}: {text}");
    assert!(text.contains(says), "{command}: {text}");
    assert!(!text.to_lowercase().contains("zyx"), "{text}");
    assert_eq!(files(), before, "{command} left something");
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), bytes).unwrap();
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

#[test]
fn what_cannot_be_opened_is_refused_and_nothing_is_written() {
    let folder = agency();
    let f = folder.path();
    done(f, SEAL);
    let open = OPEN.replace("--out opened", "--out no");
    done(f, &OPEN.replace("--out opened", "--out control"));
    put(f, "other.pw", "another phrase\n");
    put(f, "two.pw", "made-up phrase\n\nmade-up phrase\n");
    for (from, to, code, says) in [
        ("--as-owner", "", 2, "--as-owner"),
        ("--gate g1.keystore --gate g3.keystore", "", 2, "--gate"),
        ("--gate g3.keystore", "", 3, "2 are needed"),
        ("g3.keystore", "g1.keystore", 3, "gate 1 is given twice"),
        (
            "g3.keystore",
            "next.keystore",
            3,
            "no deposit for this gate",
        ),
        ("owner.keystore", "next.keystore", 3, "does not open"),
        (
            "owner.keystore",
            "g2.keystore",
            3,
            "for the role gate, not open",
        ),
        ("owner.keystore", "author.key", 3, "author.key"),
        (
            "author.key",
            "owner.key",
            3,
            "give that author's key record",
        ),
        ("--file pw", "--file other.pw", 3, "wrong passphrase"),
        ("--file pw", "--file two.pw", 2, "passphrase is empty"),
        (
            "--out no",
            "--section education --out no",
            3,
            "holds no section education",
        ),
        ("--out no", "--section Education! --out no", 2, "--section"),
        ("--out no", "--out control", 2, "already exists"),
        ("child.billet", "gone.billet", 3, "gone.billet"),
        ("child.billet", "west.root", 3, "no billet of a version"),
    ] {
        let from = from.replace("--file", "--passphrase-file");
        assert!(open.contains(&from), "{from}");
        let to = to.replace("--file", "--passphrase-file");
        refused(f, &open.replacen(&from, &to, 1), code, says);
    }

    // The file: cut, too long, of another kind, newer, counting too many, altered.
    let good = std::fs::read(f.join("child.billet")).unwrap();
    let header = 8 + 4;
    let with = |at: usize, bytes: &[u8]| {
        let mut out = good.clone();
        out[at..at + bytes.len()].copy_from_slice(bytes);
        out
    };
    let formed = [
        ("empty", vec![], "no billet of a version"),
        (
            "cut",
            good[..good.len() / 2].to_vec(),
            "the data end at byte",
        ),
        ("long", [&good[..], &[0]].concat(), "left over"),
        ("other kind", with(3, b"env"), "no billet of a version"),
        ("newer", with(7, &[2]), "no billet of a version"),
        (
            "newer envelope",
            with(header + 7, &[2]),
            "no envelope of a version",
        ),
        ("eight gates", with(header + 89, &[8]), "the most is 7"),
        ("nine slots", with(header + 90 + 96, &[9]), "byte"),
        ("an envelope of 4 GiB", with(8, &[255; 4]), "the most is"),
    ];
    for (what, bytes, says) in formed {
        put(f, "bad.billet", &bytes);
        for command in [OPEN, REWRAP, "inspect child.billet"] {
            let command = command.replace("child.billet", "bad.billet");
            println!("{what}");
            refused(f, &command, 3, says);
        }
    }
    put(
        f,
        "bad.billet",
        with(good.len() / 2, &[good[good.len() / 2] ^ 1]),
    );
    done(f, "inspect bad.billet");
    refused(f, &open.replace("child.billet", "bad.billet"), 3, "altered");
    refused(
        f,
        &REWRAP.replace("--to-owner next.key", "--to-owner g1.key"),
        3,
        "for the role gate, not open",
    );
}

#[test]
fn what_cannot_be_sealed_is_refused_and_nothing_is_written() {
    let folder = agency();
    let f = folder.path();
    done(f, SEAL);
    refused(f, SEAL, 2, "already exists");
    keygen(
        f,
        "old",
        &format!("{} --from 2020-01-01 --until 2021-01-01", certified("gate")),
    );
    keygen(f, "east", "--role root");
    let east = certified("gate").replace("west", "east");
    keygen(f, "theirs", &east);
    let key = std::fs::read_to_string(f.join("g1.key")).unwrap();
    let line = key.lines().nth(1).unwrap();
    let turned: String = line.chars().rev().collect();
    put(f, "turned.key", key.replace(line, &turned));
    put(f, "other.pw", "another phrase\n");
    put(f, "broken.toml", "policy = 3\n");
    put(
        f,
        "past.toml",
        POLICY.replace("valid_until = 2027-01-01", "valid_until = 2026-02-01"),
    );
    let policy = std::fs::read_to_string(f.join("policy.toml")).unwrap();
    let denials = policy
        .replace("[[default]]", "[[exception]]\neffect = \"deny\"")
        .replace("bases = [\"public_task:ca1989_s47\"]\n", "")
        .replace("article_9 = [\"safeguarding_of_children\"]\n", "")
        .replace("retention = \"child_protection\"\n", "");
    put(f, "denials.toml", denials);
    put(f, "broken.json", format!("{{\"{CANARY}\": 1}}"));
    put(
        f,
        "more.json",
        RECORD.replace(
            "\"health\": {",
            "\"other\": { \"drawings\": {} }, \"health\": {",
        ),
    );
    for (from, to, code, says) in [
        ("owner.key", "g1.key", 3, "for the role gate, not open"),
        (
            "author.keystore",
            "owner.keystore",
            3,
            "for the role open, not issue",
        ),
        ("author.keystore", "west.keystore", 3, "west.keystore"),
        ("g2.key", "owner.key", 3, "for the role open, not gate"),
        ("g2.key", "old.key", 3, "is valid from 2020-01-01"),
        ("g2.key", "theirs.key", 3, "of another root"),
        ("g2.key", "turned.key", 3, "turned.key"),
        ("g2.key", "g1.key", 2, "given twice"),
        ("--gate g1.key --gate g2.key --gate g3.key", "", 2, "--gate"),
        ("-o child", "--threshold 1 -o child", 2, "more than half"),
        ("-o child", "--threshold 4 -o child", 2, "more than half"),
        ("-o child", "--slots 9 -o child", 2, "write 8 or 16"),
        (
            "-o child",
            "--at-least 99000000 -o child",
            3,
            "longer than any slot",
        ),
        ("west.root", "policy.toml", 3, "policy.toml"),
        (
            "--passphrase-file pw",
            "--passphrase-file other.pw",
            3,
            "wrong passphrase",
        ),
        ("policy.toml", "broken.toml", 2, "broken.toml"),
        ("policy.toml", "past.toml", 3, "the policy is in force"),
        ("policy.toml", "denials.toml", 3, "permits nothing"),
        ("child.json", "broken.json", 3, "broken.json"),
        (
            "child.json",
            "more.json",
            3,
            "does not know the section drawings",
        ),
        ("child.json", "gone.json", 3, "gone.json"),
    ] {
        assert!(SEAL.contains(from), "{from}");
        let command = SEAL
            .replacen(from, to, 1)
            .replace("-o child.billet", "-o no.billet");
        refused(f, &command, code, says);
    }
}
