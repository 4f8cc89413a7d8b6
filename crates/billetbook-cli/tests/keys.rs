//! Keys on the command line: from an offline root to a rotated key.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "support/command.rs"]
mod support;

use std::path::Path;
use support::{put, run, spoken};

fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    let out = run(folder, &[&["--json"], args].concat());
    assert!(out.status.success(), "{args:?}: {out:?}");
    serde_json::from_slice(&out.stdout).unwrap()
}

fn refused(folder: &Path, args: &[&str], code: i32, says: &str) {
    let before = std::fs::read_dir(folder).unwrap().count();
    let out = run(folder, args);
    let text = spoken(&out);
    assert_eq!(out.status.code(), Some(code), "{args:?}: {text}");
    assert!(text.contains(says), "{args:?}: {text}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), before);
}

/// A folder with a root, its passphrase in `root.pw`, and `pw` for all other keys.
fn agency() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "pw", "made-up phrase\n");
    put(folder.path(), "root.pw", "made-up root phrase\n");
    let made = json(
        folder.path(),
        &[
            "keygen",
            "--role",
            "root",
            "--name",
            "West",
            "--out",
            "west",
            "--passphrase-file",
            "root.pw",
        ],
    );
    assert_eq!(made["root"], "west.root");
    folder
}

const ROOT: [&str; 4] = [
    "--root",
    "west.keystore",
    "--root-passphrase-file",
    "root.pw",
];

fn keygen<'a>(role: &'a str, stem: &'a str) -> Vec<&'a str> {
    let mut args = vec!["keygen", "--role", role, "--name", stem, "--out", stem];
    args.extend([
        "--passphrase-file",
        "pw",
        "--from",
        "2026-01-01",
        "--until",
        "2030-01-01",
    ]);
    args
}

#[test]
fn every_role_is_made_certified_shown_and_exported() {
    let folder = agency();
    let f = folder.path();
    for role in ["issue", "open", "gate", "log", "witness", "break-glass"] {
        let made = json(f, &[keygen(role, role), ROOT.to_vec()].concat());
        let key = format!("{role}.key");
        let shown = json(f, &["keys", "show", &key, "--root", "west.root"]);
        assert_eq!(shown["role"], role);
        assert_eq!(shown["key_id"], made["key_id"]);
        assert_eq!(
            shown["window"],
            "2026-01-01T00:00:00Z to 2030-01-01T00:00:00Z"
        );
        let store = format!("{role}.keystore");
        assert_eq!(json(f, &["keys", "show", &store])["key_id"], made["key_id"]);
        refused(f, &["keys", "show", &key], 2, "--root");
    }
    json(
        f,
        &["keys", "export", "gate.keystore", "--out", "again.request"],
    );
    let shown = json(f, &["keys", "show", "again.request"]);
    assert_eq!(
        shown["key_id"],
        json(f, &["keys", "show", "gate.keystore"])["key_id"]
    );
}

#[test]
fn a_request_is_carried_to_the_root_and_back() {
    let folder = agency();
    let f = folder.path();
    let made = json(f, &keygen("gate", "g"));
    let id = made["key_id"].as_str().unwrap();
    let certify = |id, out| {
        let args = ["keys", "certify", "g.request", "--id", id, "--out", out];
        [&args[..], &ROOT[..]].concat()
    };
    json(f, &certify(id, "g.key"));
    assert_eq!(
        json(f, &["keys", "show", "g.key", "--root", "west.root"])["key_id"],
        id
    );
    let other = json(f, &keygen("gate", "h"))["key_id"]
        .as_str()
        .unwrap()
        .to_owned();
    refused(
        f,
        &certify(&other, "i.key"),
        3,
        "not of the one that --id names",
    );
    refused(f, &certify("abc", "i.key"), 2, "ten groups");
    // Another agency's root does not stand for it.
    json(
        f,
        &[
            "keygen",
            "--role",
            "root",
            "--name",
            "East",
            "--out",
            "east",
            "--passphrase-file",
            "pw",
        ],
    );
    refused(
        f,
        &["keys", "show", "g.key", "--root", "east.root"],
        3,
        "another root",
    );
    let give_up = [
        "keys",
        "compromise",
        "g.key",
        "--since",
        "2026-06-01",
        "--out",
        "g.compromise",
    ];
    json(f, &[&give_up[..], &ROOT[..]].concat());
    let shown = json(f, &["keys", "show", "g.compromise", "--root", "west.root"]);
    assert_eq!(
        (shown["key_id"].as_str(), shown["since"].as_str()),
        (Some(id), Some("2026-06-01T00:00:00Z"))
    );
}

#[test]
fn a_successor_has_the_role_and_name_and_leaves_no_gap() {
    let folder = agency();
    let f = folder.path();
    let old = json(f, &keygen("open", "desk"));
    let rotate = |from, out| {
        let args = [
            "keys",
            "rotate",
            "desk.keystore",
            "--from",
            from,
            "--out",
            out,
            "--passphrase-file",
            "pw",
        ];
        [&args[..], &ROOT[..]].concat()
    };
    let new = json(f, &rotate("2029-06-01", "desk2"));
    assert_ne!(old["key_id"], new["key_id"]);
    let shown = json(f, &["keys", "show", "desk2.key", "--root", "west.root"]);
    assert_eq!(
        (shown["role"].as_str(), shown["name"].as_str()),
        (Some("open"), Some("desk"))
    );
    refused(
        f,
        &rotate("2030-01-02", "desk3"),
        2,
        "the old key ends at 2030-01-01",
    );
    refused(
        f,
        &[
            "keys",
            "rotate",
            "west.keystore",
            "--out",
            "x",
            "--passphrase-file",
            "pw",
        ],
        2,
        "does not rotate",
    );
}

#[test]
fn wrong_passphrases_and_files_of_other_kinds_are_refused_and_nothing_is_written() {
    let folder = agency();
    let f = folder.path();
    let wrong = ["--root", "west.keystore", "--root-passphrase-file", "pw"];
    refused(
        f,
        &[keygen("gate", "g"), wrong.to_vec()].concat(),
        3,
        "wrong passphrase, or the file was altered",
    );
    let other = ["--root", "west.root", "--root-passphrase-file", "pw"];
    refused(
        f,
        &[keygen("gate", "g"), other.to_vec()].concat(),
        3,
        "no keystore file",
    );
    let empty = [
        "keygen",
        "--role",
        "gate",
        "--name",
        "g",
        "--out",
        "g",
        "--passphrase-file",
        "pw",
    ];
    let window = |from, until| [&empty[..], &["--from", from, "--until", until]].concat();
    refused(
        f,
        &window("2027-01-01", "2026-01-01"),
        2,
        "must end after it begins",
    );
    refused(f, &window("soon", "2026-01-01"), 2, "not a time");
    refused(f, &["keys", "show", "pw"], 3, "no identity, root");
    let identity = [
        "keygen",
        "--name",
        "x",
        "--out",
        "x",
        "--passphrase-file",
        "pw",
    ];
    refused(f, &[&identity[..], &ROOT[..]].concat(), 2, "--role issue");
}
