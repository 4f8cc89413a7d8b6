//! Profile `local`: what counts as a given name's witness, and what does not.

use crate::local::{beside, first, link};
use crate::support::{records, score};
use billetbook::linkage::{Decision, Held, RowRef};
use billetbook_synth as synth;
use std::collections::HashSet;

#[test]
fn loc_2_names_that_twins_may_bear_are_no_evidence_without_a_middle_name_or_an_identifier() {
    let decide = |a: &str, b: &str, nhs: &str| {
        let row = |names: &str| format!("1,{names},Zwickmühl,2012-03-04,LB1 0AA,F,{nhs},,\n");
        let l = beside(&row(a), &row(b));
        first(&l).map_or(Decision::None, |l| l.decision)
    };
    for (a, b) in [
        ("Annabel,", "Annabel,"),
        ("Liz,", "Elizabeth,"),
        ("Elizabeth Rose,", "Elizabeth,Rose"),
    ] {
        assert_eq!(decide(a, b, ""), Decision::Match, "control: {a} {b}");
    }
    // Alike, and the middle name or an identifier says who it is.
    for (a, b) in [
        ("Annabel,Philippa", "Annabzel,Philippa"),
        ("Ella,Philippa", "Elxa,Philippa"),
        ("Rose,Philippa", "Rosie,Philippa"),
        ("A,Philippa", "Annabel,Philippa"),
        (",Philippa", "Annabel,Philippa"),
    ] {
        assert_eq!(decide(a, b, ""), Decision::Match, "{a} {b}");
        let other = b.replace("Philippa", "Georgia");
        let alone = b.replace("Philippa", "");
        for b in [other, alone] {
            assert_ne!(decide(a, &b, ""), Decision::Match, "control: {a} {b}");
            let by_number = decide(a, &b, "9998765404");
            assert_eq!(by_number, Decision::Match, "the NHS number: {a} {b}");
        }
    }
    let in_given_column = ("Elizabeth Philippa,", "Elizabteh,Philippa");
    assert_eq!(
        decide(in_given_column.0, in_given_column.1, ""),
        Decision::Match
    );
    for (a, b) in [
        ("Elizabeth Philippa,", "Elizabteh,Georgia"),
        ("Ella,", "Bella,"),
        ("Mia,", "Mya,"),
        ("Jimmy,", "Jamie,"),
        ("Ella,Rose", "Bella,Rose"),
        ("A,", "Annabel,"),
        ("Ella,Rose", "Elxa,May"),
        ("Anne Marie,", "Anne Louise,"),
        ("Anne Marie,", "Anne,Louise"),
        ("Ella Rose,", "Bella,Rose"),
        ("Simrat,Kaur", "Simran,Kaur"),
        ("Rosie,Kaur", "Rose,Kaur"),
    ] {
        assert_ne!(decide(a, b, ""), Decision::Match, "{a} {b}");
    }
}

#[test]
fn loc_2_a_middle_name_that_siblings_share_is_no_evidence() {
    // Families in whose households every child has the father's name beside its own.
    let decide = |shared: bool| {
        let given = ["Zara", "Hugo", "Nina"];
        let households: String = (0..30)
            .flat_map(|i| given.map(|g| (i, g)))
            .map(|(i, g)| {
                let middle = if shared || g == "Zara" {
                    "Yusufali"
                } else {
                    ""
                };
                let born = format!("20{:02}-{:02}-11", g.len() + i % 9, i % 12 + 1);
                format!(
                    "{i}{g},{g},{middle},Family{i},{born},LB{} {}AA,,,,\n",
                    i % 7 + 1,
                    i % 9
                )
            })
            .collect();
        let row = |given: &str| format!("1,{given},Yusufali,Zwickmühl,2012-03-04,LB1 0AA,F,,,\n");
        let households = households.replace("Family", "Zo");
        let l = beside(&format!("{}{households}", row("Ella")), &row("Elxa"));
        first(&l).map_or(Decision::None, |l| l.decision)
    };
    assert_ne!(decide(true), Decision::Match);
    assert_eq!(
        decide(false),
        Decision::Match,
        "control: one child of each household bears it"
    );
}

#[test]
fn loc_12_twins_with_near_equal_names_amid_other_children_are_only_ever_possible() {
    let (mut linked, mut held) = (0, 0);
    for seed in [9_471, 9_472] {
        let traps = synth::near_twins(900, 9_000, seed);
        let linkage = link(&records(&traps.made));
        let cluster = |r: RowRef| traps.made.agencies[usize::from(r.file)][r.row as usize].cluster;
        let twins: HashSet<(u32, u32)> = traps.twins.iter().copied().collect();
        for l in &linkage.links {
            if twins.contains(&(cluster(l.left), cluster(l.right))) {
                linked += usize::from(l.decision == Decision::Match);
                held += usize::from(l.probability >= 0.95 && l.held == Some(Held::NearName));
            }
        }
        let (_, right, truth) = score(&traps.made, &linkage);
        assert!(
            right * 100 >= truth * 96,
            "control: {right} of {truth} others are found"
        );
    }
    assert!(linked <= 1, "{linked} of 1,800 twins");
    assert!(
        held >= 20,
        "control: the score alone would link them: {held}"
    );
}
