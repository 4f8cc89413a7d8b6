//! Attacks as tests: what the token files give away to someone who holds every record in clear but not the
//! key. Each with a control that must fall, or the test has no power. Small n here; full n by
//! `cargo run --release -p billetbook --example privacy_measures`.

use crate::measure::{self, Graph, correlation, single_fields};
use crate::support::{Parties, children, records, without_identifiers};
use billetbook::record::Record;
use billetbook_synth::{self as synth, ErrorModel};

const N: u32 = 1_500;

fn population() -> Vec<Vec<Record>> {
    records(&children(N, 9_101, without_identifiers()))
}

fn tokens(p: &Parties, member: usize, file: &[Record]) -> Vec<Vec<[u8; 16]>> {
    p.tokens(member, file)
        .into_iter()
        .filter(|r| !r.is_empty())
        .collect()
}

#[test]
fn b2_no_token_is_shared_by_five_records() {
    let files = population();
    let p = Parties::new();
    let shared = measure::shared_by(&tokens(&p, 0, &files[0]), 5);
    assert!(shared <= 0.001, "{shared}");
    assert!(
        measure::shared_by(&single_fields(&files[0]), 5) > 0.5,
        "control: single fields"
    );
}

#[test]
fn b3_one_file_re_identifies_nobody() {
    let files = population();
    let p = Parties::new();
    let (unique, expected) = Graph::new(&[tokens(&p, 0, &files[0])]).re_identified();
    assert!(unique <= 0.001 && expected <= 0.005, "{unique} {expected}");
    let (unique, _) = Graph::new(&[single_fields(&files[0])]).re_identified();
    assert!(unique >= 0.8, "control: {unique}");
}

#[test]
fn b3_one_file_of_one_birthday_re_identifies_nobody() {
    let files = records(&synth::cohort(800, 9_102));
    let p = Parties::new();
    let (unique, expected) = Graph::new(&[tokens(&p, 0, &files[0])]).re_identified();
    assert!(unique <= 0.01 && expected <= 0.03, "{unique} {expected}");
    let (unique, _) = Graph::new(&[single_fields(&files[0])]).re_identified();
    assert!(unique >= 0.5, "control: {unique}");
}

#[test]
fn b3b_both_files_joined_are_bounded() {
    let files = population();
    let p = Parties::new();
    let joined = [tokens(&p, 0, &files[0]), tokens(&p, 1, &files[1])];
    let (_, expected) = Graph::new(&joined).re_identified();
    assert!(expected <= 0.15, "{expected}");
    let single = [single_fields(&files[0]), single_fields(&files[1])];
    assert!(Graph::new(&single).re_identified().1 >= 0.75, "control");
}

#[test]
fn b7_agreement_of_linked_pairs_tells_no_length_of_a_name() {
    let files = records(&children(
        N,
        9_103,
        ErrorModel {
            double_entry: 0.0,
            ..ErrorModel::clean()
        },
    ));
    let p = Parties::new();
    let (a, b) = (p.tokens(0, &files[0]), p.tokens(1, &files[1]));
    let b: std::collections::HashMap<&str, &Vec<[u8; 16]>> = files[1]
        .iter()
        .zip(&b)
        .filter_map(|(r, t)| Some((r.nhs_number.valid()?.as_str(), t)))
        .collect();
    let (mut agree, mut length) = (Vec::new(), Vec::new());
    for (r, mine) in files[0].iter().zip(&a) {
        let (Some(nhs), Some(name)) = (r.nhs_number.valid(), r.given_name.valid()) else {
            continue;
        };
        let Some(theirs) = b
            .get(nhs.as_str())
            .filter(|t| !t.is_empty() && !mine.is_empty())
        else {
            continue;
        };
        agree.push(
            mine.iter()
                .zip(theirs.iter())
                .filter(|(x, y)| x == y)
                .count() as f64,
        );
        length.push(name.folded().len() as f64);
    }
    assert!(agree.len() > 500);
    let r = correlation(&agree, &length).abs();
    assert!(r <= 0.12, "{r}");
    // Control: one token for each letter left out, as many as the name is long.
    assert!(correlation(&length.iter().map(|n| n + 1.0).collect::<Vec<_>>(), &length) > 0.95);
}

#[test]
fn b8_two_linkages_share_no_token() {
    let files = population();
    let (p, q) = (Parties::new(), Parties::new());
    let set = |p: &Parties| -> std::collections::HashSet<[u8; 16]> {
        p.tokens(0, &files[0]).concat().into_iter().collect()
    };
    assert_eq!(set(&p).intersection(&set(&q)).count(), 0);
    assert!(!set(&p).is_disjoint(&set(&p)), "control: the same key");
}

#[test]
fn b10_children_are_found_without_any_identifier() {
    let made = children(5_000, 9_104, without_identifiers());
    let (matches, right, truth) =
        crate::support::score(&made, &crate::support::link(&records(&made)));
    let (precision, recall) = (right as f64 / matches as f64, right as f64 / truth as f64);
    assert!(precision >= 0.999 && recall >= 0.95, "{precision} {recall}");
}

#[test]
fn b11_no_group_is_left_behind() {
    let made = children(8_000, 9_105, ErrorModel::default());
    let linkage = crate::support::link(&records(&made));
    let found: std::collections::HashSet<_> = linkage
        .links
        .iter()
        .filter(|l| l.decision == billetbook::linkage::Decision::Match)
        .map(|l| l.left.row)
        .collect();
    let there: std::collections::HashSet<u32> =
        made.agencies[1].iter().map(|r| r.cluster).collect();
    let mut by: std::collections::BTreeMap<&str, (f64, f64)> = Default::default();
    for (i, row) in (0u32..)
        .zip(&made.agencies[0])
        .filter(|(_, r)| there.contains(&r.cluster))
    {
        let group = by.entry(&row.values[20]).or_default();
        group.0 += 1.0;
        group.1 += f64::from(u8::from(found.contains(&i)));
    }
    let all: f64 = by.values().map(|g| g.1).sum::<f64>() / by.values().map(|g| g.0).sum::<f64>();
    for (group, (n, m)) in by.iter().filter(|g| g.1.0 >= 100.0) {
        assert!(m / n >= all - 0.03, "{group}: {} against {all}", m / n);
    }
    assert!(by.len() >= 5, "control: there are groups");
}

#[test]
fn b12_rows_that_will_match_look_like_rows_that_will_not() {
    let made = children(N, 9_106, ErrorModel::default());
    let files = records(&made);
    let p = Parties::new();
    let there: std::collections::HashSet<u32> =
        made.agencies[1].iter().map(|r| r.cluster).collect();
    let (file, walk) = p.file(0, &files[0]);
    let mut ones = [(0.0, 0.0); 2];
    for (row, members) in walk.records.iter().enumerate() {
        let known = usize::from(there.contains(&made.agencies[0][members[0] as usize].cluster));
        for t in file.table.row(row) {
            ones[known].0 += t
                .as_bytes()
                .iter()
                .map(|b| f64::from(b.count_ones()))
                .sum::<f64>();
            ones[known].1 += 128.0;
        }
    }
    for (ones, bits) in ones {
        assert!(
            (ones / bits - 0.5).abs() < 5.0 * 0.5 / f64::sqrt(bits),
            "{} of {bits}",
            ones / bits
        );
    }
    // Control: a measure that sees the real tokens of a record tells them apart.
    let real = |r: &Record| f64::from(u8::from(r.nhs_number.valid().is_some()));
    assert!(files[0].iter().map(real).sum::<f64>() > 0.0);
}
