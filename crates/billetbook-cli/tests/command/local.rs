//! `link --profile local`: two files, three, one, with headings of their own.

use super::*;
use std::collections::{HashMap, HashSet};
use std::process::Output;

fn synth(at: &Path, children: &str, seed: &str, agencies: &str) {
    let out = run(
        at,
        &[
            "synth",
            "--children",
            children,
            "--seed",
            seed,
            "--agencies",
            agencies,
            "--out",
            "kids",
        ],
    );
    assert!(out.status.success(), "{}", spoken(&out));
}

/// Links with `--profile local`, and what was said.
fn link(at: &Path, files: &[&str], more: &[&str], out: &str) -> Output {
    let args = [&["link", "--profile", "local", "--out", out], files, more].concat();
    run(at, &args)
}

fn linked(at: &Path, files: &[&str], more: &[&str], out: &str) {
    let done = link(at, files, more, out);
    assert!(done.status.success(), "{}", spoken(&done));
}

type Row = HashMap<String, String>;

fn table(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

fn summary(at: &Path, out: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(at.join(out).join("summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The child of every id.
fn truth(at: &Path) -> HashMap<String, String> {
    let rows = table(&at.join("kids/truth.csv"));
    rows.into_iter()
        .map(|r| (r["id"].clone(), r["cluster"].clone()))
        .collect()
}

const TWO: [&str; 2] = ["kids/agency-1.csv", "kids/agency-2.csv"];

#[test]
fn two_files_are_compared_in_clear_and_reported_by_group() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    synth(at, "1500", "9211", "2");
    linked(at, &TWO, &["--group", "name_origin"], "linked");
    let child = truth(at);
    let links = table(&at.join("linked/links.csv"));
    let matches: Vec<&Row> = links.iter().filter(|l| l["decision"] == "match").collect();
    assert!(matches.len() > 800, "{}", matches.len());
    let wrong = |l: &&&Row| child[&l["left_id"]] != child[&l["right_id"]];
    assert!(matches.iter().filter(wrong).count() <= 1);
    assert!(links.iter().all(|l| l["left_file"] != l["right_file"]));
    let s = summary(at, "linked");
    assert_eq!(s["settings"]["profile"], "local");
    assert_eq!(s["settings"]["tokens_per_record"], 0);
    assert_eq!(s["groups"][0]["column"], "name_origin");
    let report = std::fs::read_to_string(at.join("linked/report.html")).unwrap();
    assert!(report.contains("Match rate by name_origin") && report.contains("in clear"));
    let again = link(at, &TWO, &["--group", "name_origin"], "linked");
    assert_eq!(again.status.code(), Some(2), "the folder exists");
}

#[test]
fn all_pairs_and_pairs_inside_the_files_are_written_where_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    synth(at, "1500", "9212", "2");
    linked(at, &TWO, &[], "plain");
    linked(at, &TWO, &["--all-pairs"], "all");
    linked(at, &TWO, &["--within"], "within");
    let of = |out: &str| table(&at.join(out).join("links.csv"));
    let (plain, all, within) = (of("plain"), of("all"), of("within"));
    assert!(plain.iter().all(|l| l["decision"] != "none"));
    assert!(all.len() > plain.len() && all.iter().any(|l| l["decision"] == "none"));
    let inside = |l: &&Row| l["left_file"] == l["right_file"];
    assert_eq!(plain.iter().filter(inside).count(), 0);
    let doubles: Vec<&Row> = within.iter().filter(inside).collect();
    let child = truth(at);
    let right = |l: &&&Row| child[&l["left_id"]] == child[&l["right_id"]];
    let matched: Vec<&&Row> = doubles
        .iter()
        .filter(|l| l["decision"] == "match")
        .collect();
    assert!(!matched.is_empty(), "double entries are found");
    assert!(matched.iter().all(right), "{matched:?}");
    let pairs = |links: &[Row]| -> HashSet<(String, String)> {
        let across = links.iter().filter(|l| !inside(l));
        let id = |l: &Row| (l["left_id"].clone(), l["right_id"].clone());
        across.map(id).collect()
    };
    assert_eq!(pairs(&plain), pairs(&within), "the rest is as without");
}

#[test]
fn one_file_is_searched_for_double_entries() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let errors = "double_entry = 0.1\n";
    put(at, "errors.toml", errors.as_bytes());
    let made = [
        "synth",
        "--children",
        "1200",
        "--seed",
        "9213",
        "--errors",
        "errors.toml",
        "--out",
        "kids",
    ];
    assert!(run(at, &made).status.success());
    linked(at, &TWO[..1], &[], "one");
    let child = truth(at);
    let mut held: HashMap<&String, usize> = HashMap::new();
    for row in table(&at.join(TWO[0])) {
        let (_, child) = child.get_key_value(&row["id"]).unwrap();
        *held.entry(child).or_default() += 1;
    }
    let true_pairs: usize = held.values().map(|n| n * (n - 1) / 2).sum();
    let links = table(&at.join("one/links.csv"));
    let right = links
        .iter()
        .filter(|l| child[&l["left_id"]] == child[&l["right_id"]]);
    let right = right.count();
    assert!(right * 100 >= true_pairs * 97, "{right} of {true_pairs}");
    assert!(
        right * 100 >= links.len() * 97,
        "{right} right of {}",
        links.len()
    );
}

#[test]
fn three_files_are_linked_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    synth(at, "1200", "9214", "3");
    let files = [TWO[0], TWO[1], "kids/agency-3.csv"];
    linked(at, &files, &[], "three");
    let links = table(&at.join("three/links.csv"));
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let between = |l: &&Row| l["left_file"] == files[a] && l["right_file"] == files[b];
        assert!(links.iter().filter(between).count() > 600, "{a} and {b}");
    }
    let child = truth(at);
    let mut clusters: HashMap<String, Vec<String>> = HashMap::new();
    for row in table(&at.join("three/clusters.csv")) {
        clusters
            .entry(row["cluster"].clone())
            .or_default()
            .push(row["id"].clone());
    }
    let of_three = clusters.values().filter(|c| c.len() == 3);
    let (mut right, mut all) = (0, 0);
    for ids in of_three {
        all += 1;
        right += usize::from(ids.iter().all(|id| child[id] == child[&ids[0]]));
    }
    assert!(all > 400 && right * 200 >= all * 199, "{right} of {all}");
}

#[test]
fn files_with_headings_of_their_own_are_mapped_or_described() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let children = [
        "Annabel,Smithers,2012-03-04",
        "Barnaby,Okafor,2011-10-30",
        "Celeste,Nowak,2013-07-19",
    ];
    let rows = |more: &str| -> String {
        let lines = (1..)
            .zip(children)
            .map(|(i, c)| format!("{i},{c},{more}\n"));
        lines.collect()
    };
    let west = format!("Ref,Vorname,Nachname,Geburtstag,Passnummer\n{}", rows("7"));
    let east = format!("Key,Prénom,Nom,Né le,Secteur\n{}", rows("north"));
    put(at, "west.csv", west.as_bytes());
    put(at, "east.csv", east.as_bytes());
    let files = ["west.csv", "east.csv"];
    let maps = [
        "Vorname=given_name",
        "Prénom=given_name",
        "Nachname=family_name",
        "Nom=family_name",
        "Geburtstag=date_of_birth",
        "Né le=date_of_birth",
    ];
    let mapping: Vec<&str> = maps.iter().flat_map(|m| ["--map", *m]).collect();
    let one_side = [
        &mapping[..],
        &["--map", "Secteur=locality", "--group", "Passnummer"],
    ]
    .concat();
    linked(at, &files, &one_side, "mapped");
    assert_eq!(table(&at.join("mapped/links.csv")).len(), 3);
    // A name that one file lacks is an error that names file and column, not a file without names.
    let without = link(at, &files, &["--map", "Vorname=given_name"], "no");
    assert_eq!(without.status.code(), Some(2));
    assert!(spoken(&without).contains("east.csv") && spoken(&without).contains("Vorname"));
    let schema = "id = \"Ref\"\n[columns]\nVorname = \"given_name\"\nNachname = \"family_name\"\nGeburtstag = \"date_of_birth\"\n";
    put(at, "west.toml", schema.as_bytes());
    put(at, "west-2.csv", west.as_bytes());
    linked(
        at,
        &["west.csv", "west-2.csv"],
        &["--schema", "west.toml"],
        "schema",
    );
    let links = table(&at.join("schema/links.csv"));
    assert_eq!(links.len(), 3);
    assert!(links.iter().all(|l| l["left_id"] == l["right_id"]));
    // Unread names are said, with what to do.
    let said = link(
        at,
        &["west.csv", "west-2.csv"],
        &["--map", "Passnummer=upn"],
        "unread",
    );
    let said = spoken(&said);
    assert!(
        said.contains("no column was read as given_name") && said.contains("Vorname"),
        "{said}"
    );
    let said = spoken(&run(
        at,
        &["validate", "west.csv", "--map", "Passnummer=upn"],
    ));
    assert!(said.contains("--map \"COLUMN=given_name\""), "{said}");
}
