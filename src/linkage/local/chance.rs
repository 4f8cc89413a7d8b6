//! How often records agree by chance: where values are equal from how common they are, elsewhere on a sample of
//! pairs inside the files.

use super::compare::{FIELDS, LEVELS, Levels, ORDER, SAME, compare};
use super::frequency::{COUNTED, Frequencies};
use super::model::{Table, chance_prior};
use super::rows::Rows;
use crate::linkage::parallel::each_of;

/// Pairs drawn from each file, where it has as many.
const SAMPLE: u64 = 100_000;
/// What the stated prior counts for, in pairs.
const PRIOR: f64 = 50.0;

/// Levels of pairs inside the files.
pub(crate) struct Chance {
    /// Pairs by field and level, the sample scaled to all pairs.
    agreeing: Table,
    /// All pairs inside files.
    pub(crate) pairs: f64,
}

impl Chance {
    pub(crate) fn draw(rows: &Rows<'_>, files: usize) -> Chance {
        let mut chance = Chance {
            agreeing: [[0.0; LEVELS]; FIELDS],
            pairs: 0.0,
        };
        for file in 0..files {
            let range = rows.file(file);
            let n = f64::from(range.end - range.start);
            let all = n * (n - 1.0) / 2.0;
            let drawn = draw(rows, range);
            for levels in &drawn {
                for (f, level) in levels.0.iter().enumerate() {
                    chance.agreeing[f][usize::from(*level)] += all / drawn.len() as f64;
                }
            }
            chance.pairs += all.max(0.0);
        }
        chance
    }

    /// Shares of levels among pairs that are not one child: what was drawn, less `same`, the pairs inside files
    /// that are one child; equal values by how common they are.
    pub(crate) fn table(&self, frequencies: &Frequencies, same: &Table) -> Table {
        let prior = chance_prior();
        let mut out = [[0.0; LEVELS]; FIELDS];
        for f in 0..FIELDS {
            let left: Vec<f64> = (0..LEVELS)
                .map(|l| (self.agreeing[f][l] - same[f][l]).max(self.agreeing[f][l] * 1e-3))
                .collect();
            let known: f64 = left[1..].iter().sum::<f64>() + PRIOR;
            for l in 1..LEVELS {
                out[f][l] = (left[l] + PRIOR * prior[f][l]) / known;
            }
            if let Some(&(_, level, _)) = COUNTED.iter().find(|c| c.0 == f)
                && let Some(equal) = frequencies.coincidence(f)
            {
                let level = usize::from(level);
                out[f][level] = (equal * known + PRIOR * prior[f][level]) / (known + PRIOR);
            }
        }
        out[ORDER][usize::from(SAME)] = frequencies.exchanged();
        out
    }

    /// The share of pairs in which each field is known.
    pub(crate) fn known(&self) -> [f64; FIELDS] {
        std::array::from_fn(|f| {
            let known: f64 = self.agreeing[f][1..].iter().sum();
            known / (known + self.agreeing[f][0]).max(1.0)
        })
    }
}

/// Levels of pairs drawn from a file: all of them where they are few.
fn draw(rows: &Rows<'_>, range: std::ops::Range<u32>) -> Vec<Levels> {
    let n = u64::from(range.end - range.start);
    let all = n * n.saturating_sub(1) / 2;
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    if all <= SAMPLE {
        pairs.extend(
            range
                .clone()
                .flat_map(|i| (i + 1..range.end).map(move |j| (i, j))),
        );
    } else {
        // Always the same pairs: linking the same files gives the same links.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut below = |n: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            u32::try_from(state % n).unwrap_or(0)
        };
        let size = range.end - range.start;
        for _ in 0..SAMPLE {
            let i = below(n);
            let j = (i + 1 + below(n - 1)) % size;
            pairs.push((range.start + i, range.start + j));
        }
    }
    each_of(pairs, |(i, j)| {
        compare(rows, &rows.rows[i as usize], &rows.rows[j as usize])
    })
}
