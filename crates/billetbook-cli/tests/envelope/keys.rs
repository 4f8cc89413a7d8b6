//! Keys that are compromised, and files that are longer than their kind or damaged.

use super::*;

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

/// Each line of the list of bad input, with the word by which a user knows what is wrong.
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
            "the most is 32768",
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
