//! What the encodings are worth: F1 of linking by them, what tokens reach, wrong twins, and the pairs that tokens
//! leave.

use crate::bits::nearest;
use crate::encode::{Encoding, Rows};
use crate::measure::Graph;
use crate::support::{Parties, children, link, records, score, without_identifiers};
use crate::{Measured, Population, SEEDS, Size, mean, percent};
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

/// Tokens beside them: F1 of what is a match, and what colour refinement tells of one file.
pub(crate) fn tokens(all: &[Population; 3], measured: &mut Vec<Measured>) -> String {
    let party = Parties::new();
    let told = |file: &[Record]| {
        let rows: Vec<Vec<[u8; 16]>> = party
            .tokens(0, file)
            .into_iter()
            .filter(|r| !r.is_empty())
            .collect();
        Graph::new(&[rows]).re_identified().1
    };
    let f1 = mean(all.each_ref().map(|p| {
        let (matches, right, truth) = score(&p.linked.made, &link(&p.linked.records));
        2.0 * right as f64 / (matches + truth) as f64
    }));
    let told = [0, 1].map(|i: usize| mean(all.each_ref().map(|p| told(&p.graph[i]))));
    measured.push(Measured {
        name: "tokens".to_owned(),
        seeded: [[told[0]; 2], [told[1]; 2]],
        seedless: Some(told),
        f1,
    });
    format!(
        "\nTokens (`uk-children/1`) of the same files: matches with F1 {f1:.4}; of one file colour refinement names {} \\| {} \
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
    let all = SEEDS.map(|seed| {
        let traps = [
            billetbook_synth::twin_trap(size.graph, seed + 5),
            billetbook_synth::sibling_trap(size.graph, seed + 6),
        ];
        (Files::new(size.graph, seed + 4), traps.map(|t| records(&t)))
    });
    let mut out = format!(
        "\nB9: {} children whose twin (or sibling) alone stands in the other file, linked at the encoding's threshold for \
         the best F1. B1: rows of one file named by who holds the key and the other file in clear. Means of three.\n\n\
         | encoding | threshold | wrong twins linked | wrong siblings linked | B1 |\n|---|---|---|---|---|\n",
        size.graph
    );
    for (name, design, _) in encodings {
        let runs = all.each_ref().map(|(files, traps)| {
            let (threshold, _, _, recall) = files.best(design);
            let [twins, siblings] = traps.each_ref().map(|t| {
                let rows = [0, 1].map(|i: usize| design.sent(&t[i], 1));
                linked(&rows[0], &rows[1], threshold)
            });
            [threshold, twins, siblings, recall]
        });
        let [threshold, shares @ ..] =
            [0, 1, 2, 3].map(|i: usize| mean(runs.each_ref().map(|r| r[i])));
        let [twins, siblings, recall] = shares.map(percent);
        writeln!(
            out,
            "| {name} | {threshold:.3} | {twins} | {siblings} | {recall} |"
        )
        .unwrap();
    }
    out
}

/// What tokens leave of two files: of each record its child and itself, and how many children stand in both.
pub(crate) struct Left {
    pub(crate) rows: [Vec<(u32, Record)>; 2],
    pub(crate) pairs: usize,
}

impl Left {
    pub(crate) fn new(size: &Size, seed: u64) -> Left {
        let files = Files::new(size.bits * 2, seed);
        let linkage = link(&files.records);
        let known: HashSet<(u16, u32)> = linkage
            .links
            .iter()
            .filter(|l| matches!(l.decision, Decision::Match | Decision::Possible))
            .flat_map(|l| [(l.left.file, l.left.row), (l.right.file, l.right.row)])
            .collect();
        let rows = [0u16, 1].map(|f| {
            let all = (0u32..).zip(&files.records[usize::from(f)]);
            let child = |i: u32| files.made.agencies[usize::from(f)][i as usize].cluster;
            all.filter(|(i, _)| !known.contains(&(f, *i)))
                .map(|(i, r)| (child(i), r.clone()))
                .collect::<Vec<_>>()
        });
        let there: HashSet<u32> = rows[1].iter().map(|r| r.0).collect();
        Left {
            pairs: rows[0].iter().filter(|r| there.contains(&r.0)).count(),
            rows,
        }
    }

    fn sent(&self, design: &Encoding) -> [Rows; 2] {
        self.rows.each_ref().map(|side| {
            let side: Vec<Record> = side.iter().map(|r| r.1.clone()).collect();
            design.sent(&side, 1)
        })
    }

    fn same(&self, i: usize, j: usize) -> bool {
        self.rows[0][i].0 == self.rows[1][j].0
    }

    /// Pairs that `link --residue` would offer by this encoding, and how many of them are one child: each other's best, and
    /// more alike than one of a thousand comparisons of so many unrelated rows shows once.
    pub(crate) fn offered(&self, design: &Encoding) -> (usize, usize) {
        let rows = self.sent(design);
        let (there, back) = (nearest(&rows[0], &rows[1]), nearest(&rows[1], &rows[0]));
        let compared = rows[0].rows.len() as f64 * rows[1].rows.len() as f64;
        let least = 0.5 + quantile(1e-3 / compared) * (0.375 / rows[0].bits as f64).sqrt();
        let offers = there.iter().enumerate().filter(|(i, (j, dice))| {
            *dice >= least && back.get(*j).is_some_and(|(best, _)| best == i)
        });
        offers.fold((0, 0), |(n, right), (i, (j, _))| {
            (n + 1, right + usize::from(self.same(i, *j)))
        })
    }
}

/// What a standard normal variable exceeds with this chance, a small one.
fn quantile(chance: f64) -> f64 {
    let mut z = 3.0_f64;
    for _ in 0..9 {
        z = (-2.0 * (chance * z * std::f64::consts::TAU.sqrt()).ln()).sqrt();
    }
    z
}

/// The true pairs that tokens say nothing of, and how many of them the nearest rows are.
pub(crate) fn residue(size: &Size, encodings: &[(String, Encoding, bool)]) -> String {
    let all = SEEDS.map(|seed| Left::new(size, seed + 7));
    let pairs: usize = all.iter().map(|l| l.pairs).sum();
    let rows = all.iter().map(|l| l.rows[0].len() + l.rows[1].len());
    let mut out = format!(
        "\nResidue: of two files of some {} children without identifiers tokens leave some {} records each, in three populations \
         {pairs} true pairs. Means of three.\n\n| encoding | found at best F1 | precision there |\n|---|---|---|\n",
        size.bits * 2,
        rows.sum::<usize>() / 6,
    );
    for (name, design, _) in encodings {
        let runs = all.each_ref().map(|left| {
            let rows = left.sent(design);
            let truth = |i: usize, j: usize| left.same(i, j);
            let (_, _, precision, recall) = best_f1(&rows[0], &rows[1], &truth, left.pairs);
            [recall, precision]
        });
        let [recall, precision] =
            [0, 1].map(|i: usize| percent(mean(runs.each_ref().map(|r| r[i]))));
        writeln!(out, "| {name} | {recall} | {precision} |").unwrap();
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
