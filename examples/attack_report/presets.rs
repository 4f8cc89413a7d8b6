//! What the number of inputs for CLKs that travel is chosen by: graph matching and what the residue finds, of three
//! populations.

use crate::encode::Encoding;
use crate::graph::Case;
use crate::utility::Left;
use crate::{Size, cohort, file, mean, percent};
use std::fmt::Write;

const SEEDS: [u64; 3] = [9_411, 9_421, 9_431];

/// The encodings that were thought of, and whether they would travel.
fn candidates() -> Vec<(String, Encoding, bool)> {
    let weights = [
        ("residue", Encoding::residue(), [24, 28]),
        ("usual", Encoding::plain(), [20, 24]),
    ];
    let mut out = Vec::new();
    for (name, design, travel) in weights {
        for inputs in [10].into_iter().chain(travel) {
            let named = format!("{name}, t = {inputs}, 2048 bits");
            out.push((named, design.diffused(inputs, 2048), inputs != 10));
        }
    }
    out
}

pub(crate) fn table(size: &Size) -> String {
    let left = SEEDS.map(|seed| Left::new(size, seed));
    let pairs: usize = left.iter().map(|l| l.pairs).sum();
    let mut out = format!(
        "Three populations, B4 and B5 as mean and greatest of three; the residue's offers by its own threshold, of {pairs} true \
         pairs that tokens leave in all three. With ten inputs nothing travels.\n\n\
         | encoding | B4, all ages | B4, one birthday | B5 half known, all ages | B5, one birthday | offered | of them true |\n\
         |---|---|---|---|---|---|---|\n"
    );
    for (name, design, travels) in candidates() {
        let attacks = if travels {
            attacked(size, &design)
        } else {
            "- | - | - | -".to_owned()
        };
        let offers = left.each_ref().map(|l| l.offered(&design));
        let offered: usize = offers.iter().map(|o| o.0).sum();
        let right: usize = offers.iter().map(|o| o.1).sum();
        let line = format!("| {name} | {attacks} | {offered} | {right} |");
        println!("{line}");
        writeln!(out, "{line}").unwrap();
    }
    out
}

/// Mean and greatest share named, over the seeds, of both attacks in both populations.
fn attacked(size: &Size, design: &Encoding) -> String {
    let runs = SEEDS.map(|seed| {
        let files = [file(size.graph, seed), cohort(size.graph, seed + 1)];
        let cases = files.map(|records| {
            let half = records.len() / 2;
            let case = Case::new(design, &records, seed);
            [case.seedless().best(), case.seeded(half).best()]
        });
        [cases[0][0], cases[1][0], cases[0][1], cases[1][1]]
    });
    let column = |c: usize| {
        let mean = mean(runs.each_ref().map(|r| r[c]));
        let most = runs.iter().map(|r| r[c]).fold(0.0, f64::max);
        format!("{}, {}", percent(mean), percent(most))
    };
    [0, 1, 2, 3].map(column).join(" | ")
}
