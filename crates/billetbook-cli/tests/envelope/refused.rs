//! What cannot be opened or sealed: refused by its name, and nothing is written.

use super::*;

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
        ("--as-owner", "", 2, "--book"),
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
