//! The journey of two members and a matching side.

use super::*;

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
