//! SECURITY.md's table and this binary's tests are one list: a claim without its test, a test without its
//! claim, a renamed or an ignored one is red.

use std::collections::BTreeSet;
use std::process::Command;

fn listed(extra: &[&str]) -> BTreeSet<String> {
    let out = Command::new(std::env::current_exe().unwrap())
        .arg("--list")
        .args(extra)
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines()
        .filter_map(|l| l.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

/// Rows `| ID | claim | claims::module::test |`, several tests parted by blanks.
fn claimed() -> Vec<(String, Vec<String>)> {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/SECURITY.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line
                .strip_prefix('|')?
                .strip_suffix('|')?
                .split('|')
                .map(str::trim)
                .collect();
            let [id, _, proof] = cells[..] else {
                return None;
            };
            let tests = proof.split_whitespace().map(|t| {
                t.trim_matches('`')
                    .strip_prefix("claims::")
                    .map(str::to_owned)
            });
            Some((id.to_owned(), tests.collect::<Option<Vec<_>>>()?))
        })
        .collect()
}

#[test]
fn every_claim_has_its_test_and_every_test_its_claim() {
    let tests: BTreeSet<String> = listed(&[])
        .into_iter()
        .filter(|t| !t.starts_with("catalogue::"))
        .collect();
    let claims = claimed();
    assert!(claims.len() > 20, "the table was not found");
    let ids: BTreeSet<&String> = claims.iter().map(|c| &c.0).collect();
    assert_eq!(ids.len(), claims.len(), "an id stands twice");
    let cited: BTreeSet<String> = claims.iter().flat_map(|c| c.1.clone()).collect();
    let without_test: Vec<_> = cited.difference(&tests).collect();
    let without_claim: Vec<_> = tests.difference(&cited).collect();
    assert!(
        without_test.is_empty() && without_claim.is_empty(),
        "no such test: {without_test:?}; no claim: {without_claim:?}"
    );
    assert!(
        listed(&["--ignored"]).is_empty(),
        "a claim's test is ignored"
    );
}
