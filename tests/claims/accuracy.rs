//! What the score says, held against the truth. Small n here; full n by
//! `cargo run --release -p billetbook --example privacy_measures`.

use crate::support::{
    children, link, link_with, records, rows, score, tenths, without_identifiers,
};
use billetbook::linkage::{Decision, Held, Link, LinkOptions, RowRef};
use billetbook::record::Record;
use billetbook_synth::{ErrorModel, near_twins};
use std::collections::HashSet;

const HEAD: &str = "id,given_name,middle_names,family_name,date_of_birth,postcode,nhs_number\n";

const ALL_PAIRS: LinkOptions = LinkOptions {
    within: false,
    all_pairs: true,
    allow_weak: false,
    residue: false,
};

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
    let poor = ErrorModel {
        postcode_missing: 0.2,
        given_typo: 0.04,
        family_typo: 0.05,
        birth_typo: 0.04,
        moved: 0.2,
        ..without_identifiers()
    };
    for errors in [without_identifiers(), ErrorModel::default(), poor] {
        let mut sums = [[0.0; 3]; 10];
        for seed in 9_021..9_027 {
            let made = children(6_000, seed, errors.clone());
            let files: Vec<Vec<Record>> = records(&made);
            let found = tenths(&made, &link_with(&files, &ALL_PAIRS).links);
            for (sum, t) in sums.iter_mut().flatten().zip(found.iter().flatten()) {
                *sum += t;
            }
        }
        assert_eq!(miscalibrated(&sums, 0.05), [], "{sums:?}");
        let flattered = sums.map(|t| [t[0], t[1], (t[2] * 1.2).min(t[0] * 0.88)]);
        assert_ne!(miscalibrated(&flattered, 0.05), [], "control");
    }
}

/// Twins amid other children: matches of a twin with the other one, pairs of them that the score would link and the
/// rule holds back, and recall of the other children.
fn among_children(n: u32, ordinary: u32, seed: u64) -> (usize, usize, f64) {
    let traps = near_twins(n, ordinary, seed);
    let linkage = link(&records(&traps.made));
    let twins: HashSet<(u32, u32)> = traps.twins.iter().copied().collect();
    let cluster = |r: RowRef| traps.made.agencies[usize::from(r.file)][r.row as usize].cluster;
    let of_twins = |l: &&Link| twins.contains(&(cluster(l.left), cluster(l.right)));
    let found: Vec<&Link> = linkage.links.iter().filter(of_twins).collect();
    let linked = found.iter().filter(|l| l.decision == Decision::Match);
    let held = |l: &&&Link| l.probability >= 0.95 && l.held == Some(Held::NearName);
    let (_, right, truth) = score(&traps.made, &linkage);
    (
        linked.count(),
        found.iter().filter(held).count(),
        right as f64 / truth as f64,
    )
}

#[test]
fn lnk_20_twins_with_near_equal_names_amid_other_children_are_only_ever_possible() {
    let (mut linked, mut held) = (0, 0);
    for seed in 9_031..9_033 {
        let (matches, by_rule, recall) = among_children(1_000, 9_000, seed);
        assert!(
            recall > 0.96,
            "control: the other children are found: {recall}"
        );
        (linked, held) = (linked + matches, held + by_rule);
    }
    assert!(linked <= 1, "{linked} of some 1,950 twins");
    assert!(
        held >= 100,
        "control: the score alone would link them: {held}"
    );
}

#[test]
fn lnk_21_names_alike_are_one_child_only_beside_a_middle_name_or_an_identifier() {
    let child = |given: &str, middle: &str, nhs: &str| {
        format!("1,{given},{middle},Smithers,2012-03-04,LB1 0AA,{nhs}")
    };
    let decided = |a: &str, b: &str, middles: [&str; 2], nhs: &str| {
        alone(&child(a, middles[0], nhs), &child(b, middles[1], nhs))
    };
    for (a, b) in [
        ("Rosie", "Rose"),
        ("Jimmy", "Jamie"),
        ("Mohamed", "Muhammad"),
        ("Liam", "William"),
        ("Katherine", "Kathxrine"),
        ("Imogen", "Iomgen"),
    ] {
        for middles in [["", ""], ["Grace", ""], ["Grace", "Hope"], ["Kaur", "Kaur"]] {
            assert_ne!(
                decided(a, b, middles, ""),
                Decision::Match,
                "{a} {b} {middles:?}"
            );
        }
        let same = decided(a, b, ["Grace", "Grace"], "");
        assert_eq!(same, Decision::Match, "control: {a} {b}");
        let known = decided(a, b, ["", ""], "9990000018");
        assert_eq!(known, Decision::Match, "control: {a} {b}");
    }
    // Names that are alike in part, each borne as a name, need both.
    let number = "9990000018";
    let both = decided("Nia", "Mia", ["Grace", "Grace"], number);
    assert_eq!(both, Decision::Match, "an identifier and a middle name");
    for (middles, nhs) in [
        (["Grace", "Grace"], ""),
        (["", ""], number),
        (["Grace", "Hope"], number),
        (["Kaur", "Kaur"], number),
    ] {
        let one = decided("Nia", "Mia", middles, nhs);
        assert_ne!(one, Decision::Match, "Nia Mia {middles:?} {nhs}");
    }
    assert_eq!(
        decided("Thomas", "Tom", ["", ""], ""),
        Decision::Match,
        "a short form"
    );
    let others = records(&children(1_500, 9_033, without_identifiers()));
    let nameless = |middles: [&str; 2]| {
        let rows = [child("", middles[0], ""), child("Annabel", middles[1], "")];
        let mut files = others.clone();
        for (file, row) in files.iter_mut().zip(rows) {
            file.insert(0, crate::support::rows(&format!("{HEAD}{row}\n")).remove(0));
        }
        let linkage = link(&files);
        let first = |l: &&Link| l.left.row == 0 && l.right.row == 0;
        linkage.links.iter().find(first).map(|l| l.decision)
    };
    let grace = nameless(["Grace", "Grace"]);
    assert_eq!(grace, Some(Decision::Match), "the middle name tells");
    for middles in [["Grace", ""], ["Grace", "Hope"], ["Kaur", "Kaur"]] {
        assert_ne!(nameless(middles), Some(Decision::Match), "{middles:?}");
    }
}
