//! What the score says, held against the truth. Small n here; full n by
//! `cargo run --release -p billetbook --example privacy_measures`.

use crate::support::{children, link, link_with, records, rows, tenths, without_identifiers};
use billetbook::linkage::{Decision, LinkOptions};
use billetbook::record::Record;
use billetbook_synth::ErrorModel;

const HEAD: &str = "id,given_name,middle_names,family_name,date_of_birth,postcode,nhs_number\n";

/// The decision on two children of whom nothing else is known: files of one row.
fn alone(a: &str, b: &str) -> Decision {
    let file = |row: &str| rows(&format!("{HEAD}{row}\n"));
    let linkage = link(&[file(a), file(b)]);
    linkage.links.first().map_or(Decision::None, |l| l.decision)
}

#[test]
fn lnk_17_two_children_who_share_the_first_part_of_a_name_of_two_parts_are_no_match() {
    let child = |given: &str, middle: &str, nhs: &str| {
        format!("1,{given},{middle},Smithers,2012-03-04,LB1 0AA,{nhs}")
    };
    for (a, b) in [
        ("Anne-Marie", "Anne-Louise"),
        ("Mohammed Ali", "Mohammed Amin"),
        ("Annabel Rose", "Annabel May"),
    ] {
        for nhs in ["", "9990000018"] {
            let decision = alone(&child(a, "", nhs), &child(b, "", nhs));
            assert_ne!(decision, Decision::Match, "{a} {b} {nhs}");
        }
    }
    for (a, b) in [
        (("Anne-Marie", ""), ("Anne-Marie", "")),
        (("Anne Marie", ""), ("Anne", "Marie")),
    ] {
        let (a, b) = (child(a.0, a.1, ""), child(b.0, b.1, ""));
        assert_eq!(alone(&a, &b), Decision::Match, "control");
    }
}

#[test]
fn lnk_18_files_of_one_or_two_rows_are_scored_as_rows_of_large_ones_are() {
    let child = |given: &str, family: &str, birth: &str, code: &str| {
        format!("1,{given},,{family},{birth},{code},")
    };
    let thomas = child("Thomas", "Smithers", "2012-03-04", "LB1 0AA");
    for (what, other) in [
        ("the same", thomas.clone()),
        (
            "a nickname",
            child("Tom", "Smithers", "2012-03-04", "LB1 0AA"),
        ),
        (
            "moved",
            child("Thomas", "Smithers", "2012-03-04", "LB7 0AA"),
        ),
        (
            "a family name of old",
            child("Thomas", "Marsh", "2012-03-04", "LB1 0AA"),
        ),
    ] {
        assert_eq!(alone(&thomas, &other), Decision::Match, "{what}");
    }
    for (what, other) in [
        (
            "a sibling",
            child("Oliver", "Smithers", "2014-05-06", "LB1 0AA"),
        ),
        (
            "a twin",
            child("Oliver", "Smithers", "2012-03-04", "LB1 0AA"),
        ),
        ("a stranger", child("Zara", "Khan", "2009-07-30", "LB7 0AA")),
    ] {
        assert_ne!(alone(&thomas, &other), Decision::Match, "control: {what}");
    }
    let one = "Thomas,,Smithers,2012-03-04,LB1 0AA,";
    let linkage = link(&[rows(&format!("{HEAD}1,{one}\n2,{one}\n"))]);
    assert_eq!(linkage.links[0].decision, Decision::Match, "held twice");
}

/// The tenths of at least 100 pairs whose share of true pairs is off by more than so much.
fn miscalibrated(tenths: &[[f64; 3]; 10], by: f64) -> Vec<(usize, [f64; 3])> {
    let wrong = |t: &[f64; 3]| t[0] >= 100.0 && ((t[1] - t[2]) / t[0]).abs() > by;
    let all = tenths.iter().copied().enumerate();
    all.filter(|(_, t)| wrong(t)).collect()
}

#[test]
fn lnk_19_a_probability_is_the_share_of_pairs_that_are_true() {
    let all_pairs = LinkOptions {
        all_pairs: true,
        ..LinkOptions::default()
    };
    for errors in [without_identifiers(), ErrorModel::default()] {
        let mut sums = [[0.0; 3]; 10];
        for seed in 9_021..9_027 {
            let made = children(6_000, seed, errors.clone());
            let files: Vec<Vec<Record>> = records(&made);
            let found = tenths(&made, &link_with(&files, &all_pairs).links);
            for (sum, t) in sums.iter_mut().flatten().zip(found.iter().flatten()) {
                *sum += t;
            }
        }
        assert_eq!(miscalibrated(&sums, 0.05), [], "{sums:?}");
        let flattered = sums.map(|t| [t[0], t[1], (t[2] * 1.2).min(t[0] * 0.88)]);
        assert_ne!(miscalibrated(&flattered, 0.05), [], "control");
    }
}
