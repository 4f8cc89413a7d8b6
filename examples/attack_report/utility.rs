//! What the encodings are worth: F1 of linking by them, what tokens reach, wrong twins, and the pairs that tokens
//! leave.

use crate::bits::nearest;
use crate::encode::{Encoding, Rows};
use crate::measure::Graph;
use crate::support::{Parties, children, link, records, score, without_identifiers};
use crate::{Measured, Size, percent};
use billetbook::linkage::Decision;
use billetbook::record::Record;
use billetbook_synth::Synthetic;
use std::collections::HashSet;
use std::fmt::Write;

/// Two agencies' files and the truth about them.
pub(crate) struct Files {
    made: Synthetic,
    records: Vec<Vec<Record>>,
}

impl Files {
    pub(crate) fn new(children_each: u32, seed: u64) -> Files {
        let made = children(
            children_each + children_each / 4,
            seed,
            without_identifiers(),
        );
        Files {
            records: records(&made),
            made,
        }
    }

    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.records[0].len(), self.records[1].len())
    }

    /// Threshold, F1, precision and recall of linking by an encoding.
    pub(crate) fn best(&self, design: &Encoding) -> (f64, f64, f64, f64) {
        let rows = [0, 1].map(|i: usize| design.sent(&self.records[i], 1));
        let child = |a: usize, i: usize| self.made.agencies[a][i].cluster;
        let there: HashSet<u32> = self.made.agencies[1].iter().map(|r| r.cluster).collect();
        let mine = self.made.agencies[0].iter();
        let pairs = mine.map(|r| r.cluster).collect::<HashSet<_>>();
        let pairs = pairs.intersection(&there).count();
        best_f1(
            &rows[0],
            &rows[1],
            &|i, j| child(0, i) == child(1, j),
            pairs,
        )
    }
}

/// Tokens beside them: F1 of what is a match, and what colour refinement tells of one file and of both.
pub(crate) fn tokens(f1: &Files, files: &[Vec<Record>; 2], all: &mut Vec<Measured>) -> String {
    let (matches, right, truth) = score(&f1.made, &link(&f1.records));
    let f = 2.0 * right as f64 / (matches + truth) as f64;
    let party = Parties::new();
    let told = |file: &[Record]| {
        let rows: Vec<Vec<[u8; 16]>> = party
            .tokens(0, file)
            .into_iter()
            .filter(|r| !r.is_empty())
            .collect();
        Graph::new(&[rows]).re_identified().1
    };
    let told = [0, 1].map(|i: usize| told(&files[i]));
    all.push(Measured {
        name: "tokens".to_owned(),
        seeded: [[told[0]; 2], [told[1]; 2]],
        seedless: Some(told),
        f1: f,
    });
    format!(
        "\nTokens (`uk-children/1`) of the same files: matches with F1 {f:.4}; of one file colour refinement names {} \\| {} \
         (expected share; B3), which is a guess among its rows.\n",
        percent(told[0]),
        percent(told[1])
    )
}

/// Rows whose nearest row reaches the threshold.
fn linked(from: &Rows, to: &Rows, threshold: f64) -> f64 {
    let near = nearest(from, to);
    near.iter().filter(|n| n.1 >= threshold).count() as f64 / near.len() as f64
}

/// B9 and B1: wrong twins and siblings that similarity alone links; rows named by who holds the key.
pub(crate) fn traps(size: &Size, encodings: &[(String, Encoding, bool)]) -> String {
    let files = Files::new(size.graph, 9_405);
    let traps = [
        billetbook_synth::twin_trap(size.graph, 9_406),
        billetbook_synth::sibling_trap(size.graph, 9_407),
    ];
    let traps = traps.map(|t| records(&t));
    let mut out = format!(
        "\nB9: {} children whose twin (or sibling) alone stands in the other file, linked at the encoding's threshold for \
         the best F1. B1: rows of one file named by who holds the key and the other file in clear.\n\n\
         | encoding | threshold | wrong twins linked | wrong siblings linked | B1 |\n|---|---|---|---|---|\n",
        size.graph
    );
    for (name, design, _) in encodings {
        let (threshold, _, _, recall) = files.best(design);
        let shares = traps.each_ref().map(|t| {
            let rows = [0, 1].map(|i: usize| design.sent(&t[i], 1));
            linked(&rows[0], &rows[1], threshold)
        });
        writeln!(
            out,
            "| {name} | {threshold:.3} | {} | {} | {} |",
            percent(shares[0]),
            percent(shares[1]),
            percent(recall)
        )
        .unwrap();
    }
    out
}

/// The true pairs that tokens say nothing of, and how many of them the nearest rows are.
pub(crate) fn residue(size: &Size, encodings: &[(String, Encoding, bool)]) -> String {
    let files = Files::new(size.bits * 2, 9_408);
    let linkage = link(&files.records);
    let known: HashSet<(u16, u32)> = linkage
        .links
        .iter()
        .filter(|l| matches!(l.decision, Decision::Match | Decision::Possible))
        .flat_map(|l| [(l.left.file, l.left.row), (l.right.file, l.right.row)])
        .collect();
    let left = [0u16, 1].map(|f| {
        let rows = 0u32..;
        let all = rows.zip(&files.records[usize::from(f)]);
        all.filter(|(i, _)| !known.contains(&(f, *i)))
            .map(|(i, r)| {
                (
                    files.made.agencies[usize::from(f)][i as usize].cluster,
                    r.clone(),
                )
            })
            .collect::<Vec<_>>()
    });
    let there: HashSet<u32> = left[1].iter().map(|r| r.0).collect();
    let pairs = left[0].iter().filter(|r| there.contains(&r.0)).count();
    let mut out = format!(
        "\nResidue: of two files of {} and {} children without identifiers, tokens leave {} and {} records, among them {pairs} \
         true pairs.\n\n| encoding | found at best F1 | precision there |\n|---|---|---|\n",
        files.records[0].len(),
        files.records[1].len(),
        left[0].len(),
        left[1].len()
    );
    for (name, design, _) in encodings {
        let rows = left.each_ref().map(|side| {
            let side: Vec<Record> = side.iter().map(|r| r.1.clone()).collect();
            design.sent(&side, 1)
        });
        let truth = |i: usize, j: usize| left[0][i].0 == left[1][j].0;
        let (_, _, precision, recall) = best_f1(&rows[0], &rows[1], &truth, pairs);
        writeln!(
            out,
            "| {name} | {} | {} |",
            percent(recall),
            percent(precision)
        )
        .unwrap();
    }
    out
}

/// The threshold of Dice at which links of the nearest rows, one to one, reach their greatest F1; F1 and precision
/// and recall there. `truth` tells whether two rows are one child, `pairs` how many true pairs there are.
fn best_f1(
    from: &Rows,
    to: &Rows,
    truth: &dyn Fn(usize, usize) -> bool,
    pairs: usize,
) -> (f64, f64, f64, f64) {
    let mut links: Vec<(f64, usize, usize)> = nearest(from, to)
        .into_iter()
        .enumerate()
        .map(|(i, (j, dice))| (dice, i, j))
        .collect();
    links.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken = vec![false; to.rows.len()];
    let (mut linked, mut right) = (0.0, 0.0);
    let mut best = (1.0, 0.0, 0.0, 0.0);
    for (dice, i, j) in links {
        if std::mem::replace(&mut taken[j], true) {
            continue;
        }
        linked += 1.0;
        right += f64::from(u8::from(truth(i, j)));
        let f1 = 2.0 * right / (linked + pairs as f64);
        if f1 > best.1 {
            best = (dice, f1, right / linked, right / pairs as f64);
        }
    }
    best
}
