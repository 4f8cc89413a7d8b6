//! Envelopes on the command line: sealed, inspected, opened by their owner, wrapped to a new key; and refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "support/command.rs"]
mod support;

use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use support::{put, spoken};

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

#[test]
fn what_cannot_be_opened_is_refused_and_nothing_is_written() {
    let folder = agency();
    let f = folder.path();
    done(f, SEAL);
    let open = OPEN.replace("--out opened", "--out no");
    done(f, &OPEN.replace("--out opened", "--out control"));
    keygen(f, "other", &certified("issue"));
    keygen(f, "g4", &certified("gate"));
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
            "next.keystore: holds an open key, and a gate key is wanted here",
        ),
        (
            "g3.keystore",
            "g4.keystore",
            3,
            "g4.keystore: the billet holds no deposit for this gate",
        ),
        ("owner.keystore", "next.keystore", 3, "does not open"),
        (
            "owner.keystore",
            "g2.keystore",
            3,
            "g2.keystore: holds a gate key, and an open key is wanted here",
        ),
        ("owner.keystore", "author.key", 3, "author.key"),
        (
            "author.key",
            "owner.key",
            3,
            "owner.key: holds an open key, and an issue key is wanted here",
        ),
        (
            "author.key",
            "other.key",
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
        "g1.key: holds a gate key, and an open key is wanted here",
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
    keygen(
        f,
        "past",
        &format!(
            "{} --from 2020-01-01 --until 2021-01-01",
            certified("issue")
        ),
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
        (
            "owner.key",
            "g1.key",
            3,
            "g1.key: holds a gate key, and an open",
        ),
        (
            "author.keystore",
            "owner.keystore",
            3,
            "owner.keystore: holds an open key, and an issue",
        ),
        (
            "author.keystore",
            "west.keystore",
            3,
            "west.keystore: holds a root, and an issue",
        ),
        ("author.keystore", "past.keystore", 3, "past.keystore: key "),
        (
            "g2.key",
            "owner.key",
            3,
            "owner.key: holds an open key, and a gate",
        ),
        ("g2.key", "old.key", 3, "old.key: key "),
        ("g2.key", "past.key", 3, "past.key: holds an issue key"),
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

/// A root's word that a key may be in other hands, in the file `NAME.word`.
fn compromised(folder: &Path, root: &str, name: &str, since: &str) {
    done(
        folder,
        &format!(
            "keys compromise {name}.key --root {root}.keystore --root-passphrase-file pw --since {since} --out {name}.word"
        ),
    );
}

#[test]
fn a_key_that_its_root_says_is_compromised_is_refused_from_its_time_on() {
    let folder = agency();
    let f = folder.path();
    keygen(f, "east", "--role root");
    keygen(f, "theirs", &certified("gate").replace("west", "east"));
    compromised(f, "east", "theirs", "2026-06-01");
    for name in ["author", "owner", "next", "g1"] {
        compromised(f, "west", name, "2026-06-01");
    }
    let since = "compromised since 2026-06-01T00:00:00Z";
    let word = |command: &str, file: &str| format!("{command} --compromised {file}");
    let to = |command: &str, out: &str| command.replace("-o child.billet", &format!("-o {out}"));

    for name in ["author", "owner", "g1"] {
        refused(f, &word(SEAL, &format!("{name}.word")), 3, since);
    }
    // Of a time to come, or about a key that has no part in this.
    keygen(f, "late", &certified("gate"));
    compromised(f, "west", "late", "2090-01-01");
    let late = SEAL.replace("g1.key", "late.key");
    done(f, &to(&word(&late, "late.word"), "late.billet"));
    done(f, &word(SEAL, "next.word"));
    let again = to(SEAL, "no.billet");

    let author = "author.key: key ";
    for command in [OPEN, REWRAP] {
        refused(f, &word(command, "author.word"), 3, author);
        refused(f, &word(command, "author.word"), 3, since);
    }
    refused(f, &word(REWRAP, "next.word"), 3, "next.key: key ");
    // What was sealed to a key that was stolen since is wrapped to a new one, and is read.
    done(f, &word(REWRAP, "owner.word"));
    done(f, &word(OPEN, "owner.word"));

    // A word of another's root, altered, or no such file.
    refused(f, &word(&again, "theirs.word"), 3, "theirs.word");
    refused(f, &word(&again, "g1.key"), 3, "no compromise statement");
    let text = std::fs::read_to_string(f.join("g1.word")).unwrap();
    let line = text.lines().nth(1).unwrap();
    let turned: String = line.chars().rev().collect();
    put(f, "turned.word", text.replace(line, &turned));
    refused(f, &word(&again, "turned.word"), 3, "turned.word");
    refused(f, &word(&again, "gone.word"), 3, "gone.word");
}

/// What is longer than its kind can be is refused by its length: at once where it has one, and from a device that
/// never ends as soon as it has given too much.
#[test]
#[cfg(target_os = "linux")]
fn files_longer_than_their_kind_can_be_are_refused_unread() {
    let folder = agency();
    let f = folder.path();
    done(f, SEAL);
    let hole = |name: &str, bytes: u64| {
        let file = std::fs::File::create(f.join(name)).unwrap();
        file.set_len(bytes).unwrap();
    };
    hole("vast", 1 << 40);
    let says = |most: &str| format!("longer than {most} bytes, the most that ");
    let open = OPEN.replace("--out opened", "--out no");
    let seal = SEAL.replace("-o child.billet", "-o no.billet");
    for endless in ["vast", "/dev/zero"] {
        for (command, file, most) in [
            ("policy check FILE", "FILE", "1048576"),
            ("keys show FILE", "FILE", "65536"),
            ("linkage show FILE", "FILE", "4194304"),
            (&seal, "author.keystore", "65536"),
            (&seal, "west.root", "65536"),
            (&seal, "g2.key", "65536"),
            (&seal, "pw", "65536"),
            (&seal, "policy.toml", "1048576"),
            (&open, "owner.keystore", "65536"),
        ] {
            refused(f, &command.replacen(file, endless, 1), 3, &says(most));
        }
    }
    // Billets and records are large; the length that their file states is enough.
    for (command, file) in [
        ("inspect child.billet", "child.billet"),
        (&open, "child.billet"),
        (&seal, "child.json"),
        ("record check FILE", "FILE"),
    ] {
        refused(f, &command.replacen(file, "vast", 1), 3, "longer than ");
    }
    // A pipe states no length, and is read to its end.
    let phrase = SEAL.replace("--passphrase-file pw", "--passphrase-file /dev/stdin");
    let words: Vec<&str> = phrase.split_whitespace().collect();
    std::fs::remove_file(f.join("child.billet")).unwrap();
    let mut child = support::command(f, &words)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"made-up phrase\n").unwrap();
    drop(input);
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", spoken(&out));
}

/// Each line of the issue's list of bad input, with the word by which a user knows what is wrong.
#[test]
fn a_key_record_or_keystore_of_another_role_form_or_version_is_refused() {
    use billetbook::keys::PublicRoot;
    let folder = agency();
    let f = folder.path();
    let text = std::fs::read_to_string(f.join("west.root")).unwrap();
    assert!(PublicRoot::from_text(&text).is_ok(), "control");
    let key = |name: &str| std::fs::read_to_string(f.join(name)).unwrap();
    let altered = |text: &str, at: usize, byte: u8| {
        let (label, mut bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
        bytes[at] = byte;
        pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, &bytes).unwrap()
    };
    let resized = |text: &str, change: fn(&mut Vec<u8>)| {
        let (label, mut bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
        change(&mut bytes);
        pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, &bytes).unwrap()
    };
    // A key record: magic [8] | length u32 | the request: magic [8] | role u8 | name text.
    let record = key("g2.key");
    let store = key("author.keystore");
    for (name, bad, says) in [
        (
            "g2.key",
            altered(&record, 0, b'X'),
            "no key record of a version",
        ),
        (
            "g2.key",
            altered(&record, 7, 2),
            "no key record of a version",
        ),
        (
            "g2.key",
            altered(&record, 19, 2),
            "no key request of a version",
        ),
        (
            "g2.key",
            altered(&record, 20, 9),
            "a value at byte 8 is not allowed there",
        ),
        ("g2.key", altered(&record, 20, 2), "was altered"),
        ("g2.key", altered(&record, 8, 1), "the most is 4096"),
        ("g2.key", altered(&record, 21, 1), "the most is 200"),
        (
            "g2.key",
            resized(&record, |b| b.truncate(600)),
            "the data end at byte",
        ),
        (
            "g2.key",
            resized(&record, |b| b.push(0)),
            "1 bytes are left over",
        ),
        (
            "g2.key",
            record.replace("KEY RECORD", "KEY REQUEST"),
            "this is no key record file",
        ),
        (
            "g2.key",
            record.replacen('\n', " \n", 1),
            "this is no key record file",
        ),
        (
            "author.keystore",
            altered(&store, 7, 2),
            "no keystore of a version",
        ),
        (
            "author.keystore",
            altered(&store, 8, 0xff),
            "a value at byte 8 is not allowed there",
        ),
        (
            "author.keystore",
            altered(&store, 60, 0xff),
            "the most is 4096",
        ),
        (
            "author.keystore",
            resized(&store, |b| b.truncate(70)),
            "the data end at byte",
        ),
        (
            "author.keystore",
            resized(&store, |b| b.push(0)),
            "left over",
        ),
        (
            "author.keystore",
            resized(&store, |b| b[40] ^= 1),
            "wrong passphrase, or the file was altered",
        ),
    ] {
        put(f, "bad", &bad);
        let command = SEAL.replacen(name, "bad", 1);
        refused(f, &command, 3, says);
    }
    done(f, SEAL);
}
