//! What each key of a shipped set costs and gains, by leaving it out, as a table for docs/privacy-evaluation.md:
//! `cargo run --release -p billetbook --example key_costs` (`-- people` for the set for people anywhere).

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

use billetbook::linkage::{Decision, LinkOptions, link_tokens};
use billetbook::record::Record;
use billetbook::token::{KeySet, Strength};
use billetbook_synth::{ErrorModel, Synthetic};
use measure::Graph;
use support::{Parties, children, records, score, without_identifiers};

/// Recall of `match`, and of `match` and `possible` together.
fn recall(made: &Synthetic, files: &[Vec<Record>], set: &KeySet) -> [f64; 2] {
    let slices: Vec<&[Record]> = files.iter().map(Vec::as_slice).collect();
    let mut linkage = link_tokens(&slices, set, &LinkOptions::default()).unwrap();
    let (_, right, truth) = score(made, &linkage);
    linkage
        .links
        .iter_mut()
        .for_each(|l| l.decision = Decision::Match);
    let (_, all, _) = score(made, &linkage);
    [right, all].map(|n| n as f64 / truth as f64)
}

/// Share of records that an attacker who holds both files in clear expects to tell (B3b).
fn leak(files: &[Vec<Record>], set: &KeySet) -> f64 {
    let p = Parties::with(set.clone());
    let joined = [0, 1].map(|i| {
        let rows = p.tokens(i, &files[i]);
        rows.into_iter().filter(|r| !r.is_empty()).collect()
    });
    Graph::new(&joined).re_identified().1
}

fn main() {
    let people = std::env::args().nth(1).is_some_and(|a| a == "people");
    let set = if people {
        KeySet::people()
    } else {
        KeySet::uk_children()
    }
    .unwrap();
    let made = if people {
        vec![billetbook_synth::adults(5_000, 1, true, 9_306)]
    } else {
        vec![
            children(6_250, 9_301, without_identifiers()),
            children(6_250, 9_307, ErrorModel::default()),
        ]
    };
    let files: Vec<Vec<Vec<Record>>> = made.iter().map(records).collect();
    let cohort = records(&billetbook_synth::cohort(1_650, 9_302));
    let measured = |set: &KeySet| -> Vec<f64> {
        let found = made.iter().zip(&files);
        let mut out: Vec<f64> = found.flat_map(|(m, f)| recall(m, f, set)).collect();
        out.extend([leak(&files[0], set), leak(&cohort, set)]);
        out
    };
    let names = ["match", "match and possible"];
    let populations = if people {
        &["adults"][..]
    } else {
        &["no identifier", "NHS number on three quarters"]
    };
    print!("| left out | tokens |");
    for what in populations {
        names.iter().for_each(|n| print!(" {what}: {n} |"));
    }
    println!(" B3b | B3b, one birthday |");
    println!("|---|---|{}", "---|".repeat(populations.len() * 2 + 2));
    let whole = measured(&set);
    print!("| nothing | {} |", set.tokens_per_record());
    whole.iter().for_each(|x| print!(" {x:.4} |"));
    println!();
    for (i, key) in set.keys().iter().enumerate() {
        let mut keys = set.keys().to_vec();
        keys.remove(i);
        let without = measured(&KeySet::new("left-out", keys));
        let confirms = if key.strength() == Strength::Confirms {
            ", confirms"
        } else {
            ""
        };
        print!("| `{}`{confirms} | {} |", key.id(), key.slots());
        for (x, all) in without.iter().zip(&whole) {
            print!(" {:+.4} |", x - all);
        }
        println!();
    }
}
