//! Bad input, wrong usage, full disks and interruptions: a message that says where and what to do, the right
//! exit code (2 usage, 3 data), no personal value, and nothing half-written.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod disk;
#[path = "../support/command.rs"]
mod support;

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use support::{command, put, run, spoken};

const CANARY: &str = "Zyxquorv";
const GOOD: &str = "id,given_name,family_name,date_of_birth,postcode\n1,Ann,Smith,2012-03-04,LB1 0AA\n2,Bob,Marsh,2013-05-06,LB2 0AA\n";

/// What stands in a folder besides the inputs.
fn left_over(folder: &Path, inputs: &[&str]) -> Vec<String> {
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|n| !inputs.contains(&n.as_str())).collect()
}

struct Bad {
    what: &'static str,
    bytes: Vec<u8>,
    says: &'static [&'static str],
    code: i32,
}

fn bad(
    what: &'static str,
    bytes: impl Into<Vec<u8>>,
    says: &'static [&'static str],
    code: i32,
) -> Bad {
    Bad {
        what,
        bytes: bytes.into(),
        says,
        code,
    }
}

fn bad_files() -> Vec<Bad> {
    let c = CANARY;
    let long = format!("id,given_name\n1,\"{}\"\n", "x".repeat(10 << 20));
    let latin = [b"id,given_name\n1,".as_slice(), c.as_bytes(), b"\xE9\n"].concat();
    let utf16: Vec<u8> = format!("\u{feff}id,given_name\r\n1,{c}\r\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let utf16_be: Vec<u8> = format!("\u{feff}id,given_name\r\n1,{c}\r\n")
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    vec![
        bad("empty", "", &["bad.csv", "empty", "header row"], 3),
        bad("header only", "id,given_name\n", &["bad.csv", "empty"], 3),
        bad(
            "one field too many",
            format!("id,given_name\n1,{c}\n2,{c},extra\n"),
            &["bad.csv", "row 3", "3 fields", "2", "separator or quote"],
            3,
        ),
        bad(
            "one field too few",
            format!("id,given_name,postcode\n1,{c},LB1 0AA\n2,{c}\n"),
            &["bad.csv", "row 3", "2 fields", "3"],
            3,
        ),
        bad(
            "a quote that is not closed",
            format!("id,given_name\n1,\"{c}\n2,Bob\n"),
            &["bad.csv", "row 2"],
            3,
        ),
        bad(
            "nul",
            format!("id,given_name\n1,{c}\0\n"),
            &["bad.csv", "row 2", "\"given_name\"", "NUL"],
            3,
        ),
        bad(
            "windows-1252",
            latin,
            &["bad.csv", "row 2", "\"given_name\"", "CSV UTF-8"],
            3,
        ),
        bad("utf-16", utf16, &["bad.csv", "UTF-16", "CSV UTF-8"], 3),
        bad("utf-16, big end first", utf16_be, &["bad.csv", "UTF-16"], 3),
        bad(
            "duplicate id",
            format!("id,given_name\n{c},Ann\n7,Bob\n{c},Cat\n"),
            &["bad.csv", "rows 2 and 4", "\"id\"", "--id"],
            3,
        ),
        bad(
            "no id in a row",
            format!("id,given_name\n1,Ann\n,{c}\n"),
            &["bad.csv", "row 3", "\"id\""],
            3,
        ),
        bad(
            "two headers alike",
            "id,given_name,given_name\n1,a,b\n",
            &["bad.csv", "\"given_name\"", "rename"],
            3,
        ),
        bad(
            "two columns of one meaning",
            "id,surname,lastname\n1,a,b\n",
            &["bad.csv", "surname", "lastname", "--map"],
            2,
        ),
        bad(
            "nothing to read",
            format!("id,colour\n1,{c}\n"),
            &["bad.csv", "--map COLUMN=FIELD"],
            3,
        ),
        bad(
            "ten megabytes in a field",
            long,
            &["bad.csv", "row 2", "\"given_name\"", "10485760"],
            3,
        ),
        bad(
            "xml cut short",
            format!("<Message><Children><Child><LAchildID>{c}"),
            &["bad.csv"],
            3,
        ),
        bad(
            "other xml",
            format!("<OSASCALL><CHILD><UPN>{c}</UPN></CHILD></OSASCALL>"),
            &["bad.csv", "<Child>", "CSV"],
            3,
        ),
    ]
}

#[test]
fn a_bad_file_is_named_with_row_and_column_and_nothing_is_written() {
    for case in bad_files() {
        let (folder, what) = (tempfile::tempdir().unwrap(), case.what);
        put(folder.path(), "good.csv", GOOD.as_bytes());
        put(folder.path(), "bad.csv", &case.bytes);
        for json in [false, true] {
            let mut args = vec!["link", "good.csv", "bad.csv", "--out", "linked"];
            if json {
                args.insert(0, "--json");
            }
            let out = run(folder.path(), &args);
            let text = spoken(&out);
            assert_eq!(out.status.code(), Some(case.code), "{what}: {text}");
            let plain = text.replace("\\\"", "\"");
            for word in case.says {
                assert!(plain.contains(word), "{what}: no {word:?} in {text}");
            }
            assert!(!text.contains(CANARY), "{what}: {text}");
            if json {
                let error: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(error["kind"], if case.code == 2 { "usage" } else { "data" });
            }
        }
        let left = left_over(folder.path(), &["good.csv", "bad.csv"]);
        assert!(left.is_empty(), "{what}: {left:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "good.csv", GOOD.as_bytes());
    put(folder.path(), "bad.csv", GOOD.as_bytes());
    let control = run(
        folder.path(),
        &["link", "good.csv", "bad.csv", "--out", "linked"],
    );
    assert!(control.status.success(), "{}", spoken(&control));
}

#[test]
fn wrong_usage_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "a.csv", GOOD.as_bytes());
    put(at, "b.csv", GOOD.as_bytes());
    put(
        at,
        "other.csv",
        GOOD.replace("given_name", "Vorname").as_bytes(),
    );
    put(at, "schema.toml", b"idd = \"x\"\n");
    put(at, "field.toml", b"[columns]\n\"Vorname\" = \"first\"\n");
    std::fs::create_dir(at.join("there")).unwrap();
    let inputs = [
        "a.csv",
        "b.csv",
        "other.csv",
        "schema.toml",
        "field.toml",
        "there",
    ];
    let link = |more: &[&'static str]| [&["link", "a.csv", "b.csv", "--out", "o"], more].concat();
    let cases: Vec<(Vec<&str>, &[&str], i32)> = vec![
        (
            vec!["link", "a.csv", "missing.csv", "--out", "o"],
            &["missing.csv"],
            3,
        ),
        (
            vec!["link", "a.csv", "there", "--out", "o"],
            &["there", "folder"],
            3,
        ),
        (
            vec!["link", "a.csv", "b.csv", "--out", "there"],
            &["there", "already exists"],
            2,
        ),
        (
            vec!["link", "a.csv", "a.csv", "--out", "o"],
            &["a.csv", "twice"],
            2,
        ),
        (vec!["link", "a.csv"], &["--out"], 2),
        (vec!["link", "--out", "o"], &["FILE"], 2),
        (link(&["--id", "nosuch"]), &["a.csv", "nosuch", "id, "], 2),
        (link(&["--map", "family_name"]), &["COLUMN=FIELD"], 2),
        (
            link(&["--map", "family_name=name"]),
            &["no field is called 'name'", "family_name"],
            2,
        ),
        (
            link(&["--map", "nosuch=sex"]),
            &["a.csv", "nosuch", "the columns are: id, "],
            2,
        ),
        (link(&["--group", "nosuch"]), &["nosuch"], 2),
        (
            link(&["--map", "postcode=postcode", "--group", "postcode"]),
            &["a.csv", "\"postcode\"", "never matched on"],
            2,
        ),
        (
            link(&["--map", "postcode=sex", "--map", "postcode=upn"]),
            &["\"postcode\"", "two uses"],
            2,
        ),
        (
            link(&["--map", "postcode=upn", "--map", "family_name=upn"]),
            &["postcode", "family_name", "upn"],
            2,
        ),
        (
            link(&["--schema", "schema.toml"]),
            &["schema.toml", "idd", "line 1"],
            2,
        ),
        (
            link(&["--schema", "field.toml"]),
            &["field.toml", "Vorname", "given_name"],
            2,
        ),
        (link(&["--schema", "missing.toml"]), &["missing.toml"], 3),
        (link(&["--profile", "magic"]), &["magic", "tokens"], 2),
        (link(&["--keys", "magic"]), &["magic", "uk-children"], 2),
        (
            vec!["validate", "other.csv", "--map", "given_name=given_name"],
            &["other.csv", "given_name", "Vorname"],
            2,
        ),
    ];
    for (args, says, code) in cases {
        let out = run(at, &args);
        let text = spoken(&out);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {text}");
        for word in says {
            assert!(text.contains(word), "{args:?}: no {word:?} in {text}");
        }
        let left = left_over(at, &inputs);
        assert!(left.is_empty(), "{args:?}: {left:?}");
    }
}

#[test]
fn files_that_head_a_field_differently_share_their_options() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(
        at,
        "a.csv",
        GOOD.replace("id,given_name", "ref,Vorname").as_bytes(),
    );
    put(
        at,
        "b.csv",
        "id,given_name,family_name,date_of_birth,postcode,ward\n1,Ann,Smith,2012-03-04,LB1 0AA,x\n"
            .as_bytes(),
    );
    let out = run(
        at,
        &[
            "link",
            "a.csv",
            "b.csv",
            "--map",
            "Vorname=given_name",
            "--id",
            "ref",
            "--group",
            "ward",
            "--all-pairs",
            "--out",
            "o",
        ],
    );
    assert!(out.status.success(), "{}", spoken(&out));
    let links = std::fs::read_to_string(at.join("o/links.csv")).unwrap();
    assert!(links.contains("given name same"), "{links}");
    // The other file's word for the field is of no use to this one.
    put(at, "c.csv", GOOD.replace("given_name", "Prenom").as_bytes());
    let out = run(
        at,
        &[
            "link",
            "a.csv",
            "c.csv",
            "--map",
            "Vorname=given_name",
            "--out",
            "p",
        ],
    );
    assert_eq!(out.status.code(), Some(2));
    assert!(
        spoken(&out).contains("c.csv: there is no column \"Vorname\""),
        "{}",
        spoken(&out)
    );
}
