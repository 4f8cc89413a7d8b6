//! Profile `local`: what compares records in clear keeps the same rules as what compares tokens.

use crate::support::{children, records, rows, score, without_identifiers};
use billetbook::linkage::{
    Agreement, ClusterFlag, Decision, Held, Link, LinkOptions, Linkage, RowRef, link_local,
};
use billetbook::record::Record;
use billetbook_synth::{self as synth, Synthetic};

const HEAD: &str = "id,given_name,middle_names,family_name,date_of_birth,postcode,sex,nhs_number,identity_epoch,shielded\n";
const ALL: LinkOptions = LinkOptions {
    within: false,
    all_pairs: true,
    allow_weak: false,
    residue: false,
};

fn link_with(files: &[Vec<Record>], options: &LinkOptions) -> Linkage {
    let files: Vec<&[Record]> = files.iter().map(Vec::as_slice).collect();
    link_local(&files, options).unwrap()
}

pub(crate) fn link(files: &[Vec<Record>]) -> Linkage {
    link_with(files, &LinkOptions::default())
}

fn matches(l: &Linkage) -> usize {
    l.links
        .iter()
        .filter(|x| x.decision == Decision::Match)
        .count()
}

/// Two files of made-up children, with a row of the test's own at the head of each.
pub(crate) fn beside(left: &str, right: &str) -> Linkage {
    let mut files = records(&children(400, 9_401, Default::default()));
    for (file, row) in files.iter_mut().zip([left, right]) {
        file.splice(0..0, rows(&format!("{HEAD}{row}")));
    }
    link(&files)
}

pub(crate) fn first(l: &Linkage) -> Option<&Link> {
    let at = |file| RowRef { file, row: 0 };
    l.links.iter().find(|l| (l.left, l.right) == (at(0), at(1)))
}

#[test]
fn loc_1_the_wrong_twin_or_sibling_is_never_a_match() {
    for (what, made) in [
        ("twins", synth::twin_trap(2_000, 9_411)),
        ("siblings", synth::sibling_trap(2_000, 9_412)),
    ] {
        let linkage = link(&records(&made));
        let found = matches(&linkage);
        assert!(found <= 2, "{found} of 2,000 {what}");
        assert!(
            linkage.fit.match_share < 0.05,
            "a file of only {what} taught the model that they match: {}",
            linkage.fit.match_share
        );
    }
    let made = children(1_500, 9_413, without_identifiers());
    assert!(
        matches(&link(&records(&made))) > 850,
        "control: children in both files are found"
    );
}

#[test]
fn loc_3_files_with_few_or_no_children_in_common_invent_no_matches() {
    for seed in [9_421, 9_422] {
        assert!(matches(&link(&records(&synth::disjoint(1_000, seed)))) <= 1);
        let made = synth::few_common(1_000, 10, seed + 10);
        let (found, right, truth) = score(&made, &link(&records(&made)));
        assert_eq!(truth, 10);
        assert!(
            right * 10 >= found * 9 && right >= 8,
            "{right} right of {found}"
        );
    }
}

#[test]
fn loc_4_identities_that_must_not_be_joined_are_never_compared() {
    let child = |id: u32, epoch: &str| {
        format!("{id},Annabel,,Smithers,2012-03-04,LB1 0AA,F,9990000018,{epoch},\n")
    };
    let pairs = |epoch: &str| {
        let one = rows(&format!("{HEAD}{}", child(1, "")));
        let other = rows(&format!("{HEAD}{}", child(1, epoch)));
        link_with(&[one, other], &ALL).links.len()
    };
    assert_eq!(pairs("before"), 0);
    assert_eq!(pairs(""), 1, "control");

    let both = rows(&format!("{HEAD}{}{}", child(7, ""), child(7, "before")));
    let third = [child(1, ""), child(2, "before")].map(|r| rows(&format!("{HEAD}{r}")));
    let [current, closed] = third;
    let linkage = link(&[both, current, closed]);
    assert_ne!(
        linkage.rows[0][0].cluster, linkage.rows[0][1].cluster,
        "an identity and a closed one, each known elsewhere"
    );
}

#[test]
fn loc_5_probing_with_every_postcode_says_nothing_of_a_shielded_child() {
    for n in [40, 1_000] {
        probe(n);
    }
}

fn probe(n: usize) {
    let codes: Vec<String> = (0..n)
        .map(|i| {
            let letter = char::from(b"ABDEFGHJLN"[i % 10]);
            format!("LB{} {}A{letter}", i / 100 + 1, i / 10 % 10)
        })
        .collect();
    let head = "id,given_name,family_name,date_of_birth,postcode,previous_postcodes,locality,address_line,sex,shielded\n";
    let probes: String = codes
        .iter()
        .enumerate()
        .map(|(i, c)| {
            format!(
                "{i},Annabel,Smithers,2012-03-04,{c},,Town {},{} High Street,F,\n",
                i % 50,
                i
            )
        })
        .collect();
    let probe = rows(&format!("{head}{probes}"));
    let seen = |shield: &str, at: usize| {
        let (code, old) = (&codes[at], &codes[at + 1]);
        let target = rows(&format!(
            "{head}1,Annabel,Smithers,2012-03-04,{code},{old},Town {},{at} High Street,F,{shield}\n",
            at % 50
        ));
        let l = link_with(&[target, probe.clone()], &ALL);
        let links: Vec<_> = l
            .links
            .iter()
            .map(|x| {
                (
                    x.left,
                    x.right,
                    x.probability.to_bits(),
                    x.decision,
                    x.evidence,
                )
            })
            .collect();
        (links, l.rows, l.fit.candidates)
    };
    let here = seen("yes", 17);
    assert_eq!(
        here,
        seen("yes", n - 9),
        "nothing depends on where the child lives"
    );
    assert!(n > 40 || here.0.len() == n, "few probes do meet the child");
    for link in &here.0 {
        assert_eq!(link.4.place, Agreement::Unknown);
        assert_eq!(link.4.address, Agreement::Unknown);
        let words = link.4.words();
        assert!(
            !words.contains("postcode") && !words.contains("address") && !words.contains("sex")
        );
    }
    assert_ne!(
        seen("", 17).0,
        seen("", n - 9).0,
        "control: unshielded, the probe finds the address"
    );
}

#[test]
fn loc_6_numbers_that_differ_or_stand_on_two_children_hold_a_pair_back() {
    let child =
        |given: &str, nhs: &str| format!("1,{given},,Smithers,2012-03-04,LB1 0AA,F,{nhs},,\n");
    let (one, two) = ("9998765404", "9998765412");
    let of = |l: &Linkage| first(l).map(|x| (x.decision, x.held));
    let l = beside(&child("Annabel", one), &child("Annabel", one));
    assert_eq!(of(&l), Some((Decision::Match, None)), "control");
    let l = beside(&child("Annabel", one), &child("Annabel", two));
    assert_eq!(
        of(&l),
        Some((Decision::Possible, Some(Held::IdentifierConflict)))
    );
    let l = beside(&child("Ella", one), &child("Zara", one));
    assert_ne!(
        of(&l).map(|x| x.0),
        Some(Decision::Match),
        "a twin's number on the wrong record"
    );
    let l = beside(&child("", one), &child("Zara", one));
    assert_eq!(
        of(&l).map(|x| x.0),
        Some(Decision::Match),
        "an identifier and the birth date, and nothing against it"
    );
}

#[test]
fn loc_7_a_shield_reaches_every_member_of_the_cluster() {
    let child =
        |shield: &str| format!("1,Annabel,,Smithers,2012-03-04,LB1 0AA,F,9990000018,,{shield}\n");
    let flags = |shield: &str| {
        let l = beside(&child(shield), &child(""));
        assert_eq!(l.rows[0][0].cluster, l.rows[1][0].cluster);
        l.clusters[l.rows[1][0].cluster as usize].flags.clone()
    };
    assert!(flags("yes").contains(&ClusterFlag::Shielded));
    assert!(!flags("").contains(&ClusterFlag::Shielded), "control");
}

/// Children with nothing else to know them by: most is in doubt.
fn names_birth_date_and_sex(n: u32, seed: u64) -> Synthetic {
    const OTHERS: [&str; 6] = [
        "middle_names",
        "previous_family_name",
        "known_as",
        "postcode",
        "previous_postcodes",
        "expected_date_of_birth",
    ];
    let mut made = children(n, seed, without_identifiers());
    for row in made.agencies.iter_mut().flatten() {
        for (value, column) in row.values.iter_mut().zip(synth::COLUMNS) {
            if OTHERS.contains(&column) {
                value.clear();
            }
        }
    }
    made
}

#[test]
fn loc_8_probabilities_are_calibrated() {
    let mut tenths = [(0u32, 0u32, 0.0f64); 10];
    for (seed, n, bare) in [
        (9_431, 6_000, false),
        (9_432, 6_000, false),
        (9_433, 30_000, true),
        (9_434, 60_000, true),
    ] {
        let made = if bare {
            names_birth_date_and_sex(n, seed)
        } else {
            children(n, seed, without_identifiers())
        };
        let cluster = |r: RowRef| made.agencies[usize::from(r.file)][r.row as usize].cluster;
        for l in link_with(&records(&made), &ALL).links {
            let at = (0..10)
                .rev()
                .find(|t| l.probability >= f64::from(*t) / 10.0)
                .unwrap_or(0);
            let tenth = &mut tenths[at as usize];
            tenth.0 += 1;
            tenth.1 += u32::from(cluster(l.left) == cluster(l.right));
            tenth.2 += l.probability;
        }
    }
    let mut tested = 0;
    for (n, right, sum) in tenths.into_iter().filter(|t| t.0 >= 100) {
        let (share, mean) = (f64::from(right) / f64::from(n), sum / f64::from(n));
        assert!(
            (share - mean).abs() <= 0.05,
            "{share} true where {mean} was said, {n} pairs: {tenths:?}"
        );
        tested += 1;
    }
    assert!(tested >= 3, "control: there are pairs to test: {tenths:?}");
}

#[test]
fn loc_9_children_are_found_without_an_nhs_number() {
    let errors = synth::ErrorModel {
        nhs_present: 0.0,
        ..Default::default()
    };
    let made = children(5_000, 9_441, errors);
    let linkage = link(&records(&made));
    let (found, right, truth) = score(&made, &linkage);
    let (precision, recall) = (right as f64 / found as f64, right as f64 / truth as f64);
    assert!(precision >= 0.999 && recall >= 0.98, "{precision} {recall}");
    let cluster = |r: RowRef| made.agencies[usize::from(r.file)][r.row as usize].cluster;
    let shown = linkage
        .links
        .iter()
        .filter(|l| cluster(l.left) == cluster(l.right))
        .count();
    assert!(shown as f64 / truth as f64 >= 0.997, "{shown} of {truth}");
}

#[test]
fn loc_10_double_entries_are_found_in_one_file() {
    let made = synth::adults(300, 3, false, 9_451);
    let file = records(&made).remove(0);
    let l = link(&[file]);
    let cluster = |r: RowRef| made.agencies[0][r.row as usize].cluster;
    let right = l
        .links
        .iter()
        .filter(|x| cluster(x.left) == cluster(x.right))
        .count();
    let mut held = std::collections::HashMap::new();
    for row in &made.agencies[0] {
        *held.entry(row.cluster).or_insert(0usize) += 1;
    }
    let truth: usize = held.values().map(|n| n * (n - 1) / 2).sum();
    assert!(
        right * 100 >= l.links.len() * 99,
        "{right} of {}",
        l.links.len()
    );
    assert!(right * 100 >= truth * 97, "{right} of {truth}");
}

#[test]
fn loc_11_names_birth_date_and_sex_are_enough_for_most() {
    let made = names_birth_date_and_sex(12_000, 9_461);
    let linkage = link(&records(&made));
    let cluster = |r: RowRef| made.agencies[usize::from(r.file)][r.row as usize].cluster;
    let right = linkage
        .links
        .iter()
        .filter(|l| cluster(l.left) == cluster(l.right))
        .count() as f64;
    let (_, _, truth) = score(&made, &linkage);
    let (precision, recall) = (right / linkage.links.len() as f64, right / truth as f64);
    let f1 = 2.0 * precision * recall / (precision + recall);
    assert!(f1 >= 0.994, "{precision} {recall}");
}
