//! The privacy measures at full n, as a table for docs/privacy-evaluation.md:
//! `cargo run --release -p billetbook --example privacy_measures`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring tool speaks and fails by panicking"
)]

#[path = "../tests/claims/support.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

#[path = "../tests/attacks/measure.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod measure;

use billetbook::linkage::{Decision, LinkOptions, RowRef};
use billetbook::record::Record;
use billetbook::token::KeySet;
use billetbook_synth::ErrorModel;
use measure::{Graph, shared_by, single_fields};
use std::collections::HashSet;
use support::{Parties, children, link, link_with, records, score, tenths, without_identifiers};

fn main() {
    println!("| measure | population | result | control |\n|---|---|---|---|");
    let population = records(&children(6_250, 9_301, without_identifiers()));
    let cohort = records(&billetbook_synth::cohort(1_650, 9_302));
    let adults = records(&billetbook_synth::adults(5_000, 1, true, 9_306));
    let (uk, people) = (KeySet::uk_children().unwrap(), KeySet::people().unwrap());
    for (set, what, files) in [
        (&uk, "5,000 children of all ages", &population),
        (&uk, "1,650 children of one birthday", &cohort),
        (&people, "5,000 adults, `people/1`", &adults),
        (
            &people,
            "1,650 children of one birthday, `people/1`",
            &cohort,
        ),
    ] {
        let p = Parties::with(set.clone());
        let tokens = |member: usize, file: &[Record]| -> Vec<Vec<[u8; 16]>> {
            p.tokens(member, file)
                .into_iter()
                .filter(|r| !r.is_empty())
                .collect()
        };
        let (a, b) = (tokens(0, &files[0]), tokens(1, &files[1]));
        let single = [single_fields(&files[0]), single_fields(&files[1])];
        let percent =
            |x: (f64, f64)| format!("unique {:.2} %, expected {:.2} %", x.0 * 100.0, x.1 * 100.0);
        println!(
            "| B2 shared by 5 | {what} | {:.2} % | {:.1} % |",
            shared_by(&a, 5) * 100.0,
            shared_by(&single[0], 5) * 100.0
        );
        let control = Graph::new(&single[..1]).re_identified();
        println!(
            "| B3 one file | {what} | {} | {} |",
            percent(Graph::new(std::slice::from_ref(&a)).re_identified()),
            percent(control)
        );
        let control = Graph::new(&single).re_identified();
        println!(
            "| B3b both files | {what} | {} | {} |",
            percent(Graph::new(&[a, b]).re_identified()),
            percent(control)
        );
    }
    for (what, made) in [
        (
            "B9 wrong twin only",
            billetbook_synth::twin_trap(5_000, 9_303),
        ),
        (
            "B9 wrong sibling only",
            billetbook_synth::sibling_trap(5_000, 9_304),
        ),
    ] {
        let linked = link(&records(&made))
            .links
            .iter()
            .filter(|l| l.decision == Decision::Match)
            .count();
        println!("| {what} | 5,000 pairs | {linked} linked | - |");
    }
    let traps = billetbook_synth::near_twins(6_000, 60_000, 9_308);
    let twins: HashSet<(u32, u32)> = traps.twins.iter().copied().collect();
    let cluster = |r: RowRef| traps.made.agencies[usize::from(r.file)][r.row as usize].cluster;
    let linkage = link(&records(&traps.made));
    let of_twins = |d: Decision| {
        let links = linkage.links.iter().filter(|l| l.decision == d);
        links
            .filter(|l| twins.contains(&(cluster(l.left), cluster(l.right))))
            .count()
    };
    println!(
        "| B9 near-equal twins amid 60,000 children | {} pairs | {} linked, {} possible | - |",
        twins.len(),
        of_twins(Decision::Match),
        of_twins(Decision::Possible)
    );
    for (what, errors) in [
        ("B10 without identifiers", without_identifiers()),
        ("B10 NHS number on three quarters", Default::default()),
        (
            "B10 names, birth date and sex alone",
            ErrorModel {
                postcode_missing: 1.0,
                ..without_identifiers()
            },
        ),
    ] {
        let made = children(25_000, 9_305, errors);
        let all_pairs = LinkOptions {
            all_pairs: true,
            ..LinkOptions::default()
        };
        let linkage = link_with(&records(&made), &all_pairs);
        for (i, t) in tenths(&made, &linkage.links).iter().enumerate() {
            if t[0] >= 100.0 {
                println!(
                    "| {what}, p from .{i} | {:.0} pairs | mean p {:.3}, true {:.3} | - |",
                    t[0],
                    t[2] / t[0],
                    t[1] / t[0]
                );
            }
        }
        let (matches, right, truth) = score(&made, &linkage);
        println!(
            "| {what} | {} and {} records | precision {:.5}, recall {:.4} | - |",
            made.agencies[0].len(),
            made.agencies[1].len(),
            right as f64 / matches as f64,
            right as f64 / truth as f64
        );
    }
}
