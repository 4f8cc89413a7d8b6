//! Envelopes on the command line: sealed, inspected, opened by their owner, wrapped to a new key.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_billetbook"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn done(folder: &Path, args: &[&str]) -> serde_json::Value {
    let out = run(folder, &[&["--json"], args].concat());
    assert!(out.status.success(), "{args:?}: {out:?}");
    serde_json::from_slice(&out.stdout).unwrap()
}

fn refused(folder: &Path, args: &[&str], code: i32, says: &str) {
    let before = std::fs::read_dir(folder).unwrap().count();
    let out = run(folder, args);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(code), "{args:?}: {text}");
    assert!(text.contains(says), "{args:?}: {text}");
    assert!(!text.contains("Wren"), "{text}");
    assert_eq!(
        std::fs::read_dir(folder).unwrap().count(),
        before,
        "{args:?} left something"
    );
}

const RECORD: &str = r#"{
  "format": "billetbook-child/1",
  "identifier": { "state": "unknown" },
  "personal": { "given_name": "Wren", "birth_date": "2015-04-02" },
  "health": { "conditions": ["asthma"] }
}"#;

/// A folder with a root, keys of each role, three gates, a policy and a made-up child.
fn agency() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    std::fs::write(f.join("pw"), "made-up phrase\n").unwrap();
    std::fs::write(f.join("child.json"), RECORD).unwrap();
    let policy = include_str!("../../../tests/samples/policy.toml");
    // In force whenever the test runs.
    std::fs::write(
        f.join("policy.toml"),
        policy.replace("valid_until = 2027-01-01", "valid_until = 2099-01-01"),
    )
    .unwrap();
    let keygen = |role, stem, more: &[&str]| {
        let args = [
            "keygen",
            "--role",
            role,
            "--name",
            stem,
            "--out",
            stem,
            "--passphrase-file",
            "pw",
        ];
        done(f, &[&args, more].concat());
    };
    keygen("root", "west", &[]);
    let root = ["--root", "west.keystore", "--root-passphrase-file", "pw"];
    for (role, stem) in [
        ("issue", "author"),
        ("open", "owner"),
        ("open", "next"),
        ("gate", "g1"),
        ("gate", "g2"),
        ("gate", "g3"),
    ] {
        keygen(role, stem, &root);
    }
    folder
}

const SEAL: [&str; 20] = [
    "seal",
    "child.json",
    "--policy",
    "policy.toml",
    "--author",
    "author.keystore",
    "--to-owner",
    "owner.key",
    "--gate",
    "g1.key",
    "--gate",
    "g2.key",
    "--gate",
    "g3.key",
    "--root",
    "west.root",
    "--passphrase-file",
    "pw",
    "-o",
    "child.billet",
];

fn with(args: &[&'static str], from: &str, to: &'static str) -> Vec<&'static str> {
    args.iter()
        .map(|a| if *a == from { to } else { a })
        .collect()
}

#[test]
fn a_record_is_sealed_inspected_opened_and_wrapped_anew() {
    let folder = agency();
    let f = folder.path();
    let sealed = done(f, &SEAL);
    assert_eq!(
        (&sealed["threshold"], &sealed["gates"]),
        (&2.into(), &3.into())
    );
    assert!(
        sealed["once_gates_enforce"]
            .as_str()
            .unwrap()
            .starts_with("colocated")
    );

    let seen = done(f, &["inspect", "child.billet"]);
    assert_eq!(seen["envelope"], sealed["envelope"]);
    assert_eq!(
        (seen["slots"].as_array().unwrap().len(), &seen["deposits"]),
        (8, &3.into())
    );
    let said = String::from_utf8(run(f, &["inspect", "child.billet"]).stdout).unwrap();
    assert!(
        said.contains("opens     with 2 of 3 gates") && !said.contains("personal"),
        "{said}"
    );

    let open = |keystore: &'static str, billet: &'static str, out: &'static str| {
        [
            "open",
            "--as-owner",
            "--keystore",
            keystore,
            "--gate",
            "g1.keystore",
            "--gate",
            "g3.keystore",
            "--author",
            "author.key",
            "--root",
            "west.root",
            "--passphrase-file",
            "pw",
            billet,
            "--out",
            out,
        ]
    };
    let opened = done(f, &open("owner.keystore", "child.billet", "opened"));
    assert!(
        opened["assurance"]
            .as_str()
            .unwrap()
            .starts_with("advisory")
    );
    let read = |out: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(f.join(out).join("record.json")).unwrap()).unwrap()
    };
    assert_eq!(
        read("opened"),
        serde_json::from_str::<serde_json::Value>(RECORD).unwrap()
    );
    let one = [
        &open("owner.keystore", "child.billet", "one")[..],
        &["--section", "health"],
    ]
    .concat();
    assert_eq!(done(f, &one)["sections"], serde_json::json!(["health"]));
    assert_eq!(
        (&read("one")["health"], &read("one")["personal"]),
        (&read("opened")["health"], &serde_json::Value::Null)
    );

    done(
        f,
        &[
            "rewrap",
            "child.billet",
            "--keystore",
            "owner.keystore",
            "--to-owner",
            "next.key",
            "--author",
            "author.key",
            "--root",
            "west.root",
            "--passphrase-file",
            "pw",
            "-o",
            "next.billet",
        ],
    );
    done(f, &open("next.keystore", "next.billet", "again"));

    // Refusals, each of which leaves nothing.
    refused(
        f,
        &open("next.keystore", "child.billet", "no"),
        3,
        "does not open",
    );
    let gone = [&one[..], &["--section", "education"]].concat();
    refused(
        f,
        &with(&gone, "one", "no"),
        3,
        "holds no section education",
    );
    let alone: Vec<&str> = open("owner.keystore", "child.billet", "no")
        .into_iter()
        .enumerate()
        .filter(|(i, _)| *i != 6 && *i != 7)
        .map(|(_, a)| a)
        .collect();
    refused(f, &alone, 3, "2 are needed");
    let twice = with(
        &open("owner.keystore", "child.billet", "no"),
        "g3.keystore",
        "g1.keystore",
    );
    refused(f, &twice, 3, "given twice");
    let mut bytes = std::fs::read(f.join("child.billet")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(f.join("altered.billet"), &bytes).unwrap();
    refused(
        f,
        &open("owner.keystore", "altered.billet", "no"),
        3,
        "altered",
    );
    std::fs::write(f.join("cut.billet"), &bytes[..middle]).unwrap();
    refused(f, &["inspect", "cut.billet"], 3, "the data end at byte");
    bytes[7] = 2;
    std::fs::write(f.join("newer.billet"), &bytes).unwrap();
    refused(
        f,
        &["inspect", "newer.billet"],
        3,
        "not a billet of a version",
    );
    std::fs::write(f.join("other.pw"), "another phrase\n").unwrap();
    refused(
        f,
        &with(
            &open("owner.keystore", "child.billet", "no"),
            "pw",
            "other.pw",
        ),
        3,
        "wrong passphrase",
    );
}

#[test]
fn what_cannot_be_sealed_is_refused_and_nothing_is_written() {
    let folder = agency();
    let f = folder.path();
    done(f, &SEAL);
    refused(f, &SEAL, 2, "already exists");
    let seal = with(&SEAL, "child.billet", "no.billet");
    refused(
        f,
        &with(&seal, "owner.key", "g1.key"),
        3,
        "for the role gate, not open",
    );
    refused(
        f,
        &with(&seal, "author.keystore", "owner.keystore"),
        3,
        "for the role open, not issue",
    );
    refused(f, &with(&seal, "g2.key", "g1.key"), 2, "given twice");
    refused(
        f,
        &[&seal[..], &["--threshold", "1"]].concat(),
        2,
        "more than half",
    );
    refused(
        f,
        &with(&seal, "west.root", "policy.toml"),
        3,
        "not a root file",
    );
    std::fs::write(f.join("bad.toml"), "policy = 3\n").unwrap();
    refused(f, &with(&seal, "policy.toml", "bad.toml"), 2, "bad.toml");
    std::fs::write(f.join("bad.json"), "{\"Wren\": 1}").unwrap();
    refused(f, &with(&seal, "child.json", "bad.json"), 3, "bad.json");
    let no_gate = [
        "seal",
        "child.json",
        "--policy",
        "policy.toml",
        "--author",
        "author.keystore",
        "--to-owner",
        "owner.key",
        "--root",
        "west.root",
        "--passphrase-file",
        "pw",
        "-o",
        "no.billet",
    ];
    refused(f, &no_gate, 2, "--gate");
}
