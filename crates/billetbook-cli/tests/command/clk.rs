//! `clk hash` and `clk match`: what clkhash and anonlink make, and what is refused.

use super::*;
use serde_json::{Value, json};

fn vectors(name: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn value(at: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(at.join(name)).unwrap()).unwrap()
}

#[test]
fn a_schema_and_a_secret_make_the_clks_that_clkhash_made() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let vectors = vectors("clkhash.json");
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(&vectors["columns"]).chain(vectors["rows"].as_array().unwrap()) {
        let fields = row.as_array().unwrap().iter();
        csv.write_record(fields.map(|f| f.as_str().unwrap()))
            .unwrap();
    }
    put(at, "pii.csv", csv.into_inner().unwrap());
    put(
        at,
        "secret",
        format!("{}\n", vectors["secret"].as_str().unwrap()),
    );
    let variant = &vectors["variants"][2];
    put(at, "schema.json", variant["schema"].to_string());
    let hash = |more: &[&str]| {
        let args = [
            "clk",
            "hash",
            "pii.csv",
            "--schema",
            "schema.json",
            "--secret-file",
            "secret",
        ];
        run(at, &[&args, more].concat())
    };
    let out = hash(&["--out", "clks.json"]);
    assert!(out.status.success(), "{}", spoken(&out));
    assert_eq!(value(at, "clks.json")["clks"], variant["clks"]);
    let twice = hash(&["--out", "clks.json"]);
    assert_eq!(twice.status.code(), Some(2), "an output that exists stays");

    // One fault at a time: named, nothing written, no value told.
    let refused = |file: &str, from: &str, to: &str, code: i32, says: &str| {
        let text = std::fs::read_to_string(at.join(file)).unwrap();
        assert!(text.contains(from), "{from}");
        put(at, file, text.replacen(from, to, 1));
        let out = hash(&["--out", "no.json"]);
        assert_eq!(out.status.code(), Some(code), "{from}: {}", spoken(&out));
        assert!(spoken(&out).contains(says), "{}", spoken(&out));
        assert!(!at.join("no.json").exists());
        assert!(!spoken(&out).contains("Zebedee"));
        put(at, file, text);
    };
    refused(
        "pii.csv",
        "29/02/2016",
        "Zebedee",
        3,
        "pii.csv, row 3, column \"born\": not a date",
    );
    refused("pii.csv", "height", "size", 3, "row 1, column 5");
    refused("pii.csv", "1,Zoë", "1,1,Zoë", 3, "row 2: 9 fields");
    refused(
        "schema.json",
        "\"clkConfig\":{",
        "\"clkConfig\":{\"xorFolds\":1,",
        2,
        "\"xor_folds\"",
    );
    refused(
        "schema.json",
        "\"version\":3",
        "\"version\":9",
        2,
        "1, 2 or 3",
    );
    refused(
        "secret",
        "made-up secret of tests",
        "",
        2,
        "secret is empty",
    );
}

#[test]
fn pairs_and_groups_are_those_of_anonlink() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let vectors = vectors("anonlink.json");
    for (i, file) in vectors["files"].as_array().unwrap().iter().enumerate() {
        put(at, &format!("{i}.json"), file.to_string());
    }
    let threshold = vectors["threshold"].as_str().unwrap();
    let files = ["clk", "match", "0.json", "1.json", "2.json", "--threshold"];
    let outputs = [
        "--groups",
        "g.json",
        "--scores",
        "s.json",
        "--candidates",
        "c.bin",
    ];
    let out = run(at, &[&files[..], &[threshold], &outputs[..]].concat());
    assert!(out.status.success(), "{}", spoken(&out));
    assert_eq!(value(at, "g.json")["groups"], vectors["groups"]);
    let mut scores = value(at, "s.json")["similarity_scores"]
        .as_array()
        .unwrap()
        .clone();
    let score = |p: &Value| p[2].as_f64().unwrap();
    assert!(scores.windows(2).all(|w| score(&w[0]) >= score(&w[1])));
    let key = |p: &Value| [0, 1].map(|i| [0, 1].map(|j| p[i][j].as_u64().unwrap()));
    scores.sort_by_key(key);
    let mut want = vectors["pairs"].as_array().unwrap().clone();
    want.sort_by_key(key);
    assert_eq!(scores.len(), want.len());
    for (found, want) in scores.iter().zip(&want) {
        assert_eq!(key(found), key(want));
        assert!((score(found) - score(want)).abs() < 1e-12);
    }
    // The same pairs as the library serialises them.
    let bytes = std::fs::read(at.join("c.bin")).unwrap();
    assert_eq!(bytes[..4], [1, 8, 2, 4]);
    assert_eq!(bytes.len(), 4 + 20 * scores.len());
}

#[test]
fn what_cannot_be_compared_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(
        at,
        "a.json",
        json!({"clks": ["AQIDBAUGBwg=", "/////////wA="]}).to_string(),
    );
    put(at, "b.json", json!({"clks": ["AQIDBAUGBwg="]}).to_string());
    put(
        at,
        "longer.json",
        json!({"clks": ["AQIDBAUGBwgJCQ=="]}).to_string(),
    );
    put(
        at,
        "cut.json",
        "{\"clks\": [\"AQIDBAUGBwg=\", \"AQIDBAUGB\"]}",
    );
    put(at, "empty.json", "{\"clks\": []}");
    put(at, "other.json", "{\"names\": [\"Zebedee\"]}");
    let run = |args: &[&str]| {
        let out = run(at, &[&["clk", "match", "a.json"], args].concat());
        let left: Vec<_> = std::fs::read_dir(at).unwrap().collect();
        assert!(!spoken(&out).contains("Zebedee"));
        (out, left.len())
    };
    let good = ["b.json", "--threshold", "0.9", "--groups", "g.json"];
    for (place, with, code, says) in [
        (
            0,
            "longer.json",
            3,
            "a.json: CLKs of 64 bits, longer.json: of 80;",
        ),
        (
            0,
            "cut.json",
            3,
            "cut.json, CLK 2: not base64, or cut short",
        ),
        (0, "empty.json", 3, "empty.json: no CLK in it"),
        (0, "other.json", 3, "other.json, line 1"),
        (0, "none.json", 3, "none.json"),
        (2, "0", 2, "the threshold is 0 or less"),
        (2, "1.1", 2, "the threshold is above 1"),
        (2, "NaN", 2, "the threshold is not a number"),
        (2, "-0.5", 2, "the threshold is 0 or less"),
    ] {
        let mut args = good;
        args[place] = with;
        let (out, files) = run(&args);
        assert_eq!(out.status.code(), Some(code), "{with}: {}", spoken(&out));
        assert!(spoken(&out).contains(says), "{}", spoken(&out));
        assert_eq!(files, 6, "{with} left something behind");
    }
    let (out, _) = run(&[&good[..], &["--max-pairs", "0"]].concat());
    assert_eq!(out.status.code(), Some(3), "{}", spoken(&out));
    assert!(
        spoken(&out).contains("more than 0 pairs"),
        "{}",
        spoken(&out)
    );
    let (out, _) = run(&good[..3]);
    assert_eq!(out.status.code(), Some(2), "an output must be named");
    let (out, files) = run(&good);
    assert!(out.status.success(), "control: {}", spoken(&out));
    assert_eq!(files, 7);
    assert_eq!(value(at, "g.json"), json!({"groups": [[[0, 0], [1, 0]]]}));
}

#[test]
fn the_rest_is_offered_by_similarity_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let head = "id,given_name,family_name,date_of_birth,postcode,sex\n";
    put(
        at,
        "a.csv",
        format!("{head}1,Bartholomew,Featherstonehaugh,2012-03-04,LB1 0AA,M\n"),
    );
    put(
        at,
        "b.csv",
        format!("{head}9,Bartolomew,Fetherstonehaugh,2012-03-14,LB1 0AB,M\n"),
    );
    let link = |more: &[&str]| run(at, &[&["link", "a.csv", "b.csv", "--out"], more].concat());
    let read = |name: &str| std::fs::read_to_string(at.join(name)).unwrap();
    assert!(link(&["plain"]).status.success());
    assert_eq!(read("plain/links.csv").lines().count(), 1);
    let out = link(&["more", "--residue"]);
    assert!(out.status.success(), "{}", spoken(&out));
    assert!(spoken(&out).contains("1 of the possible were found by similarity alone"));
    let links = read("more/links.csv");
    assert!(
        links.contains(",possible,") && links.contains("found by similarity alone"),
        "{links}"
    );
    assert!(read("more/report.html").contains("Found by similarity alone"));
    assert_eq!(value(at, "more/summary.json")["settings"]["residue"], true);
    assert!(!read("plain/report.html").contains("Found by similarity alone"));
    let out = link(&["no", "--residue", "--profile", "local"]);
    assert_eq!(out.status.code(), Some(2), "{}", spoken(&out));
}
