//! The command as its users run it: files in, files out, exit codes, messages.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod clk;
mod local;
mod parties;
#[path = "../support/command.rs"]
mod support;

use std::path::Path;
use support::{put, run, spoken};

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
        assert!(out.status.success(), "{text}");
        for word in [
            "precision",
            "twins kept apart",
            "sealed",
            "granted",
            "opened      health",
            "refused",
            "revoked     ended",
            "verified    5 entries",
            "history     complete",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
    assert!(
        folder
            .path()
            .join("billetbook-demo-2/linked/report.html")
            .exists()
    );
}
