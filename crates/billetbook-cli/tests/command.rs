//! The command as its users run it: files in, files out, exit codes, messages.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CANARY: &str = "Zyxquorv";
const GOOD: &str = "id,given_name,family_name,date_of_birth,postcode\n1,Ann,Smith,2012-03-04,LB1 0AA\n2,Bob,Marsh,2013-05-06,LB2 0AA\n";

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_billetbook"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn spoken(out: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    )
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What stands in a folder besides the inputs.
fn left_over(folder: &Path, inputs: &[&str]) -> Vec<String> {
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|n| !inputs.contains(&n.as_str())).collect()
}

/// Content of the bad file, what the message must say, exit code.
fn bad_inputs() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>, i32)> {
    let c = CANARY;
    vec![
        ("empty", Vec::new(), vec!["bad.csv", "empty"], 3),
        (
            "header only",
            b"id,given_name\n".to_vec(),
            vec!["bad.csv", "empty"],
            3,
        ),
        (
            "ragged",
            format!("id,given_name\n1,{c}\n2,{c},extra\n").into_bytes(),
            vec!["bad.csv", "row 3", "3 fields", "2"],
            3,
        ),
        (
            "nul",
            format!("id,given_name\n1,{c}\0\n").into_bytes(),
            vec!["bad.csv", "row 2", "given_name", "NUL"],
            3,
        ),
        (
            "windows-1252",
            [b"id,given_name\n1,".as_slice(), c.as_bytes(), b"\xE9\n"].concat(),
            vec!["bad.csv", "row 2", "given_name", "UTF-8"],
            3,
        ),
        (
            "utf-16",
            b"\xFF\xFEi\0d\0".to_vec(),
            vec!["bad.csv", "UTF-16"],
            3,
        ),
        (
            "duplicate id",
            format!("id,given_name\n{c},Ann\n7,Bob\n{c},Cat\n").into_bytes(),
            vec!["bad.csv", "rows 2 and 4", "\"id\""],
            3,
        ),
        (
            "no id in a row",
            format!("id,given_name\n1,Ann\n,{c}\n").into_bytes(),
            vec!["bad.csv", "row 3", "\"id\""],
            3,
        ),
        (
            "two headers alike",
            b"id,given_name,given_name\n1,a,b\n".to_vec(),
            vec!["bad.csv", "given_name"],
            3,
        ),
        (
            "ambiguous",
            b"id,surname,lastname\n1,a,b\n".to_vec(),
            vec!["bad.csv", "surname", "lastname", "--map"],
            2,
        ),
        (
            "nothing to read",
            format!("id,colour\n1,{c}\n").into_bytes(),
            vec!["bad.csv", "--map"],
            3,
        ),
        (
            "ten megabytes in a field",
            [
                b"id,given_name\n1,\"".as_slice(),
                &vec![b'x'; 10 << 20],
                b"\"\n",
            ]
            .concat(),
            vec!["bad.csv", "row 2", "given_name", "10485760"],
            3,
        ),
        (
            "xml cut short",
            format!("<Message><Children><Child><LAchildID>{c}").into_bytes(),
            vec!["bad.csv"],
            3,
        ),
    ]
}

#[test]
fn bad_input_is_named_with_file_row_and_column_and_nothing_is_written() {
    for (what, bytes, says, code) in bad_inputs() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "good.csv", GOOD.as_bytes());
        put(folder.path(), "bad.csv", &bytes);
        let out = run(
            folder.path(),
            &["link", "good.csv", "bad.csv", "--out", "linked"],
        );
        let text = spoken(&out);
        assert_eq!(out.status.code(), Some(code), "{what}: {text}");
        for word in says {
            assert!(text.contains(word), "{what}: no {word:?} in {text}");
        }
        assert!(!text.contains(CANARY), "{what}: {text}");
        assert!(
            left_over(folder.path(), &["good.csv", "bad.csv"]).is_empty(),
            "{what}"
        );
    }
}

#[test]
fn wrong_usage_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "a.csv", GOOD.as_bytes());
    put(at, "b.csv", GOOD.as_bytes());
    put(at, "schema.toml", b"idd = \"x\"\n");
    std::fs::create_dir(at.join("there")).unwrap();
    let cases: &[(&[&str], &str, i32)] = &[
        (
            &["link", "a.csv", "missing.csv", "--out", "o"],
            "missing.csv",
            3,
        ),
        (&["link", "a.csv", "there", "--out", "o"], "folder", 3),
        (
            &["link", "a.csv", "b.csv", "--out", "there"],
            "already exists",
            2,
        ),
        (&["link", "a.csv", "a.csv", "--out", "o"], "twice", 2),
        (
            &["link", "a.csv", "b.csv", "--out", "o", "--id", "nosuch"],
            "nosuch",
            2,
        ),
        (
            &[
                "link",
                "a.csv",
                "b.csv",
                "--out",
                "o",
                "--map",
                "family_name",
            ],
            "COLUMN=FIELD",
            2,
        ),
        (
            &[
                "link",
                "a.csv",
                "b.csv",
                "--out",
                "o",
                "--map",
                "family_name=name",
            ],
            "no field is called 'name'",
            2,
        ),
        (
            &["link", "a.csv", "b.csv", "--out", "o", "--group", "nosuch"],
            "nosuch",
            2,
        ),
        (
            &[
                "link",
                "a.csv",
                "b.csv",
                "--out",
                "o",
                "--schema",
                "schema.toml",
            ],
            "idd",
            2,
        ),
        (&["link", "a.csv"], "--out", 2),
    ];
    for (args, says, code) in cases {
        let out = run(at, args);
        let text = spoken(&out);
        assert_eq!(out.status.code(), Some(*code), "{args:?}: {text}");
        assert!(text.contains(says), "{args:?}: {text}");
    }
    assert!(left_over(at, &["a.csv", "b.csv", "schema.toml", "there"]).is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let mount = folder.path().join("small");
    std::fs::create_dir(&mount).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&mount)
        .output();
    if !mounted.is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: no right to mount a small disk");
        return;
    }
    let rows: String = (0..3000)
        .map(|i| format!("{i},Ann{i},Smith,2012-03-04,LB1 0AA\n"))
        .collect();
    let text = format!("id,given_name,family_name,date_of_birth,postcode\n{rows}");
    put(folder.path(), "a.csv", text.as_bytes());
    put(folder.path(), "b.csv", GOOD.as_bytes());
    let out = run(
        folder.path(),
        &["link", "a.csv", "b.csv", "--out", "small/linked"],
    );
    let left = left_over(&mount, &[]);
    let _ = Command::new("umount").arg(&mount).output();
    assert_eq!(out.status.code(), Some(3), "{}", spoken(&out));
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn two_files_become_links_clusters_rows_a_summary_and_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(
        run(
            at,
            &[
                "synth",
                "--children",
                "1500",
                "--seed",
                "9201",
                "--out",
                "kids"
            ]
        )
        .status
        .success()
    );
    let files = ["kids/agency-1.csv", "kids/agency-2.csv"];
    let out = run(
        at,
        &[
            "link",
            files[0],
            files[1],
            "--out",
            "linked",
            "--group",
            "name_origin",
        ],
    );
    assert!(out.status.success(), "{}", spoken(&out));
    let read = |name: &str| std::fs::read_to_string(at.join("linked").join(name)).unwrap();
    assert!(
        read("links.csv")
            .starts_with("left_file,left_id,right_file,right_id,probability,decision,evidence\n")
    );
    assert!(read("clusters.csv").starts_with("cluster,file,id,flags\n"));
    for (i, file) in files.iter().enumerate() {
        let before = std::fs::read_to_string(at.join(file)).unwrap();
        let after = read(&format!("0{}-agency-{}.csv", i + 1, i + 1));
        assert_eq!(before.lines().count(), after.lines().count());
        let mut lines = before.lines().zip(after.lines());
        assert!(
            lines
                .next()
                .unwrap()
                .1
                .ends_with(",billet_status,billet_reason,billet_cluster")
        );
        for (old, new) in lines {
            assert!(new.starts_with(old), "values are as they were");
        }
    }
    let summary: serde_json::Value = serde_json::from_str(&read("summary.json")).unwrap();
    assert_eq!(summary["settings"]["profile"], "tokens");
    let report = read("report.html");
    assert!(
        report.contains("Match rate by name_origin")
            && !report.contains("http:")
            && !report.contains("https:")
            && !report.contains("src="),
        "one page, no network"
    );
    // No id and no name of a child stands in the report or the summary.
    for line in std::fs::read_to_string(at.join(files[0]))
        .unwrap()
        .lines()
        .skip(1)
        .take(200)
    {
        let id = line.split(',').next().unwrap();
        assert!(!report.contains(id) && !read("summary.json").contains(id));
    }
}

#[test]
fn the_parties_journey_gives_each_member_its_own_links() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "pw", b"made-up phrase\n");
    let ok = |args: &[&str]| {
        let out = run(at, args);
        assert!(out.status.success(), "{args:?}: {}", spoken(&out));
        String::from_utf8(out.stdout).unwrap()
    };
    ok(&[
        "synth",
        "--children",
        "900",
        "--seed",
        "9202",
        "--out",
        "kids",
    ]);
    for agency in ["west", "east"] {
        ok(&[
            "keygen",
            "--name",
            agency,
            "--out",
            agency,
            "--passphrase-file",
            "pw",
        ]);
    }
    ok(&[
        "linkage",
        "new",
        "--name",
        "x",
        "--members",
        "west.identity",
        "east.identity",
        "--keystore",
        "west.keystore",
        "--out",
        "x.linkage",
        "--passphrase-file",
        "pw",
    ]);
    let shown: serde_json::Value =
        serde_json::from_str(&ok(&["--json", "linkage", "show", "x.linkage"])).unwrap();
    let maker = shown["maker"]["fingerprint"].as_str().unwrap().to_owned();
    let member = shown["members"][1]["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    for (i, agency) in ["west", "east"].into_iter().enumerate() {
        let (store, opened) = (format!("{agency}.keystore"), format!("{agency}.opened"));
        let refused = run(
            at,
            &[
                "linkage",
                "open",
                "x.linkage",
                "--from",
                &member,
                "--keystore",
                &store,
                "--out",
                "no",
                "--passphrase-file",
                "pw",
            ],
        );
        assert_eq!(
            refused.status.code(),
            Some(3),
            "a maker that was not accepted is refused"
        );
        ok(&[
            "linkage",
            "open",
            "x.linkage",
            "--from",
            &maker,
            "--keystore",
            &store,
            "--out",
            &opened,
            "--passphrase-file",
            "pw",
        ]);
        let file = format!("kids/agency-{}.csv", i + 1);
        let (tokens, walk) = (format!("{agency}.tokens"), format!("{agency}.crosswalk"));
        ok(&[
            "tokenise",
            &file,
            "--linkage",
            &opened,
            "--keystore",
            &store,
            "--out",
            &tokens,
            "--crosswalk",
            &walk,
            "--passphrase-file",
            "pw",
        ]);
    }
    ok(&[
        "match",
        "west.tokens",
        "east.tokens",
        "--linkage",
        "x.linkage",
        "--out",
        "results",
    ]);
    let twice = run(
        at,
        &[
            "match",
            "west.tokens",
            "west.tokens",
            "--linkage",
            "x.linkage",
            "--out",
            "no",
        ],
    );
    assert_eq!(twice.status.code(), Some(3));
    ok(&[
        "resolve",
        "kids/agency-1.csv",
        "--result",
        "results/01.result",
        "--crosswalk",
        "west.crosswalk",
        "--linkage",
        "west.opened",
        "--keystore",
        "west.keystore",
        "--out",
        "home",
        "--passphrase-file",
        "pw",
    ]);
    let wrong = run(
        at,
        &[
            "resolve",
            "kids/agency-1.csv",
            "--result",
            "results/02.result",
            "--crosswalk",
            "west.crosswalk",
            "--linkage",
            "west.opened",
            "--keystore",
            "west.keystore",
            "--out",
            "no",
            "--passphrase-file",
            "pw",
        ],
    );
    assert_eq!(
        wrong.status.code(),
        Some(3),
        "another member's result is refused"
    );
    let links = std::fs::read_to_string(at.join("home/links.csv")).unwrap();
    assert!(
        links.lines().count() > 300 && links.contains(",match,") && !links.contains("A2-"),
        "no id of the other agency"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for secret in ["west.keystore", "west.crosswalk", "west.opened"] {
            assert_eq!(
                at.join(secret).metadata().unwrap().permissions().mode() & 0o077,
                0,
                "{secret}"
            );
        }
    }
}

#[test]
fn a_file_is_validated_and_double_entries_are_found_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = "id,given_name,family_name,date_of_birth,nhs_number\n1,Ann,Smith,2012-03-04,9990000018\n2,Ann,Smith,2012-03-04,9990000018\n3,Baby,Marsh,01/01/1900,9999999999\n";
    put(at, "a.csv", text.as_bytes());
    let out = run(at, &["--json", "validate", "a.csv"]);
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["duplicate_identifiers"][0]["field"], "nhs_number");
    assert_eq!(report["too_little_to_link"], 1);
    assert!(run(at, &["link", "a.csv", "--out", "one"]).status.success());
    let links = std::fs::read_to_string(at.join("one/links.csv")).unwrap();
    assert_eq!(links.lines().count(), 2, "{links}");
}

#[test]
fn the_demo_runs_twice_and_tells_its_story() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let out = run(folder.path(), &["demo", "--children", "1200"]);
        let text = spoken(&out);
        assert!(
            out.status.success() && text.contains("precision") && text.contains("twins kept apart"),
            "{text}"
        );
    }
    assert!(
        folder
            .path()
            .join("billetbook-demo-2/linked/report.html")
            .exists()
    );
}
