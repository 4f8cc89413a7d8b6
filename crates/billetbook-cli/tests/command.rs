//! The command as its users run it: files in, files out, exit codes, messages.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

/// One member writes Parquet, the other text.
fn tokens_of(agency: &str) -> String {
    let ending = if agency == "west" { "tokens" } else { "csv" };
    format!("{agency}.{ending}")
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
        let (tokens, walk) = (tokens_of(agency), format!("{agency}.crosswalk"));
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
        "east.csv",
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
    // The same children in another order, and another file of as many records.
    let kids = std::fs::read_to_string(at.join("kids/agency-1.csv")).unwrap();
    let mut lines: Vec<&str> = kids.lines().collect();
    lines.swap(1, 2);
    put(at, "other.csv", lines.join("\n").as_bytes());
    let other = run(
        at,
        &[
            "resolve",
            "other.csv",
            "--result",
            "results/01.result",
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
    assert_eq!(other.status.code(), Some(3));
    assert!(
        spoken(&other).contains("other.csv: not the file that was tokenised"),
        "{}",
        spoken(&other)
    );
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
    same_outputs_as_link(&at.join("home"));
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

/// The member has what `link` gives: one row a record, and one name for a cluster wherever it stands.
fn same_outputs_as_link(folder: &Path) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&read("summary.json")).unwrap();
    assert_eq!(summary["settings"]["linkage"], "x, epoch 1");
    assert!(summary["files"][0]["match_rate"].as_f64().unwrap() > 0.5);
    assert!(read("report.html").contains("One member's own records"));
    let clusters = read("clusters.csv");
    let of_id: std::collections::HashMap<&str, &str> = clusters
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|f| (f[2], f[0]))
        .collect();
    let rows = read("01-agency-1.csv");
    assert_eq!(of_id.len(), rows.lines().count() - 1);
    let mut not_tokenised = std::collections::HashSet::new();
    for line in rows.lines().skip(1) {
        let cluster = line.rsplit(',').next().unwrap();
        assert_eq!(of_id[line.split(',').next().unwrap()], cluster);
        if line.contains(",not_tokenised,") {
            assert!(
                not_tokenised.insert(cluster.to_owned()),
                "a cluster of its own"
            );
        }
    }
}

/// Nothing from one to nine is shown, and nothing of it follows from the total.
fn cannot_subtract(what: &str, total: u64, cells: &[&serde_json::Value]) {
    let shown: Vec<u64> = cells.iter().filter_map(|c| c.as_u64()).collect();
    assert!(
        shown.iter().all(|n| !(1..10).contains(n)),
        "{what}: {shown:?}"
    );
    let hidden = cells.len() - shown.len();
    let left = total - shown.iter().sum::<u64>();
    assert!(
        hidden == 0 || (hidden > 1 && left >= 10),
        "{what}: {hidden} hidden, {left} left"
    );
}

#[test]
fn b12_no_small_count_stands_in_a_summary_nor_follows_from_others() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mut hidden = 0;
    for (children, seed) in [("300", "9205"), ("1500", "9206"), ("2500", "9207")] {
        let (kids, out) = (format!("kids{seed}"), format!("linked{seed}"));
        let files = [1, 2].map(|i| format!("{kids}/agency-{i}.csv"));
        let made = [
            "synth",
            "--children",
            children,
            "--seed",
            seed,
            "--out",
            &kids,
        ];
        assert!(run(at, &made).status.success());
        let link = ["--json", "link", &files[0], &files[1], "--out", &out];
        let groups = [
            "--group",
            "situation",
            "--group",
            "ethnic_group",
            "--group",
            "shielded",
        ];
        let said = run(at, &[&link[..], &groups].concat());
        assert!(said.status.success(), "{}", spoken(&said));
        let s: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        for (i, file) in s["files"].as_array().unwrap().iter().enumerate() {
            let (records, status) = (file["records"].as_u64().unwrap(), &file["status"]);
            // `many` is counted in `matched`.
            let names = ["matched", "possible", "unmatched", "not_tokenised"];
            cannot_subtract("status", records, &names.map(|n| &status[n]));
            let many = &status["many"];
            assert!(many.as_u64().is_none_or(|n| !(1..10).contains(&n)));
            let path = at
                .join(&out)
                .join(format!("0{}-agency-{}.csv", i + 1, i + 1));
            let rows = std::fs::read_to_string(path).unwrap();
            let matched = rows.matches(",matched,").count() + rows.matches(",many,").count();
            let matched = matched as u64;
            for table in s["groups"].as_array().unwrap() {
                if table["file"] != file["file"] {
                    continue;
                }
                let groups = table["rows"].as_array().unwrap();
                let column = |name: &str| groups.iter().map(|r| &r[name]).collect::<Vec<_>>();
                cannot_subtract("group records", records, &column("records"));
                cannot_subtract("group matched", matched, &column("matched"));
                let left: Vec<serde_json::Value> = groups
                    .iter()
                    .map(|r| match (r["records"].as_u64(), r["matched"].as_u64()) {
                        (Some(n), Some(m)) => (n - m).into(),
                        _ => serde_json::Value::Null,
                    })
                    .collect();
                let left: Vec<&serde_json::Value> = left.iter().collect();
                cannot_subtract("group not matched", records - matched, &left);
                hidden += left.iter().filter(|c| c.is_null()).count();
            }
            for field in s["quality"][i]["fields"].as_array().unwrap() {
                let names = ["valid", "malformed", "placeholder", "missing"];
                cannot_subtract("quality", records, &names.map(|n| &field[n]));
            }
        }
        for list in ["held_back", "clusters", "steps", "probabilities"] {
            for row in s[list].as_array().unwrap() {
                for (name, count) in row.as_object().unwrap() {
                    let counted = !["records", "from", "to"].contains(&name.as_str());
                    if let (true, Some(n)) = (counted, count.as_u64()) {
                        assert!(n % 10 == 0, "{list}: {n} {name} are not in tens");
                    }
                }
            }
        }
    }
    assert!(hidden > 5, "control: there was something to hide");
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
