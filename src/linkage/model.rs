//! The score: a mixture of four classes of pairs - one child, co-births, siblings, chance - over what is seen
//! of a pair, fitted by EM without labels. Chance is not fitted: its rates are counted inside the files.

use super::level::{DIFFERS, FIELDS, GIVEN, LEVELS, Levels, MIDDLE, Space};
use super::priors::{PRIOR_MATCHES, priors};
use std::ops::Range;

pub(crate) const CLASSES: usize = 4;
/// The first class; the others are co-births, siblings and chance.
const MATCH: usize = 0;
const CO_BIRTH: usize = 1;
const SIBLING: usize = 2;
const CHANCE: usize = 3;
/// Pairs of co-births in a file, to each record: one birth in sixty-odd is of twins.
const CO_BIRTHS: f64 = 0.011;
/// How far the pairs of co-births in a file may be from that, as a share of them.
const SPREAD_INSIDE: f64 = 0.5;
/// How far household pairs across files may be from what those inside them let expect. What is seen cannot tell a
/// co-birth from a child whose given name is wrong, so that expectation decides.
const SPREAD_ACROSS: f64 = 0.03;
/// True where the files have fewer probable pairs of their own than the priors weigh, so that these decide.
pub(crate) fn priors_decide(candidates: u64, match_share: f64) -> bool {
    candidates as f64 * match_share < PRIOR_MATCHES
}

/// Per field, the probability of every level; of the middle name, from [`BESIDE_ANOTHER`] on, where given names differ.
pub(crate) type Table = [[f64; LEVELS]; FIELDS];
/// One child whose given names differ seldom shows one middle name: it was written into the given name, or left out.
const BESIDE_ANOTHER: usize = 2;

/// Where in its field's row the probability of a state's level stands.
fn place(field: usize, state: &Levels) -> usize {
    let level = usize::from(state.0[field]);
    if field == MIDDLE && state.0[GIVEN] == DIFFERS {
        level + BESIDE_ANOTHER
    } else {
        level
    }
}

/// The parts of a field's row that sum to one.
fn parts(field: usize) -> impl Iterator<Item = Range<usize>> {
    let cut = if field == MIDDLE { BESIDE_ANOTHER } else { 0 };
    [0..cut, cut..LEVELS]
        .into_iter()
        .filter(|part| !part.is_empty())
}

/// Pairs of one kind, by cell: across files, or inside files (where true pairs are duplicates).
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) by_cell: Vec<f64>,
    /// All pairs, candidates or not.
    pub(crate) pairs: f64,
    /// Of the pairs inside files, those with a token that no third child of the file holds; else as `by_cell`.
    pub(crate) alone: Vec<f64>,
    /// Rows of the smaller and of the larger file, where each file withholds what two of its children share.
    pub(crate) unique_rows: Option<[f64; 2]>,
}

impl Counts {
    /// By class, the share of pairs that still meet. Where files withhold what two of their children share, one child
    /// meets the other only if itself it does not stand beside it with the same tokens: it does with probability
    /// `holds` where it is found. `thirds`: the share of chance pairs with whom no third child shares.
    fn meeting(&self, matches: f64, holds: f64, thirds: f64) -> [f64; CLASSES] {
        let Some(rows) = self.unique_rows else {
            return [1.0; CLASSES];
        };
        let one = |rows: f64| 1.0 - (matches / rows.max(1.0)).min(1.0) * holds;
        let apart: f64 = rows.map(one).iter().product();
        [1.0, apart, apart, apart * thirds]
    }
}

/// What was fitted.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// Probability of one child, by cell, as if every pair met: that a child who meets another is likely absent
    /// from the other file is weighed among its rivals, and must not count twice.
    pub(crate) probability: Vec<f64>,
    pub(crate) match_share: f64,
    pub(crate) rounds: u32,
}

/// Fits the model to pairs across files (`target`) with the pairs inside files as decoys, or to the pairs
/// inside one file alone. `chance`: how often any two records of a file agree.
pub(crate) fn fit(
    space: &Space,
    target: &Counts,
    decoys: Option<&Counts>,
    chance: &Table,
) -> Model {
    let (prior, weight) = priors();
    let mut levels_used = [[false; LEVELS]; FIELDS];
    for s in &space.states {
        for (f, used) in levels_used.iter_mut().enumerate() {
            used[place(f, s)] = true;
        }
    }
    let mut chance = *chance;
    chance[MIDDLE].copy_within(..BESIDE_ANOTHER, BESIDE_ANOTHER);
    let mut tables = [prior[0], prior[1], prior[2], chance];
    for table in &mut tables {
        restrict(table, &levels_used);
    }
    let prior = [tables[0], tables[1], tables[2]];
    let any_two = tables[CHANCE];
    let sets: Vec<&Counts> = std::iter::once(target).chain(decoys).collect();
    let candidates: f64 = target.by_cell.iter().sum();
    let mut sizes: Vec<[f64; CLASSES]> = sets
        .iter()
        .map(|s| {
            let n: f64 = s.by_cell.iter().sum();
            [n * 0.5, n * 0.05 + 0.05, n * 0.05 + 0.05, s.pairs]
        })
        .collect();
    if let [_, second] = &mut sizes[..] {
        second[MATCH] *= 0.02;
    }
    let thirds = thirds(space, decoys);
    let mut rounds = 0;
    for round in 0..200 {
        rounds = round + 1;
        let by_state: Vec<[f64; CLASSES]> = space
            .states
            .iter()
            .map(|s| std::array::from_fn(|c| product(&tables[c], *s)))
            .collect();
        let by_cell = pool(space, &by_state);
        let holds: Vec<f64> = space.holds(&tables[MATCH]).collect();
        let mut sums = [[[0.0f64; LEVELS]; FIELDS]; 3];
        let mut change = 0.0f64;
        let (mut seen, mut reached) = ([0.0; CLASSES], [1.0; CLASSES]);
        for (set, size) in sets.iter().zip(&mut sizes) {
            let met: Vec<[f64; CLASSES]> = (holds.iter().zip(&thirds))
                .map(|(h, thirds)| set.meeting(size[MATCH], *h, *thirds))
                .collect();
            let meets = |v: usize, c: usize| met[v][c];
            let mut ratio = vec![[0.0; CLASSES]; space.cells.len()];
            let mut next = [0.0; CLASSES];
            for (v, count) in set.by_cell.iter().enumerate() {
                let weight = |c: usize| size[c] * meets(v, c);
                let total: f64 = (0..CLASSES).map(|c| weight(c) * by_cell[v][c]).sum();
                if *count > 0.0 && total > 0.0 {
                    for c in 0..CLASSES {
                        ratio[v][c] = count * weight(c) / total;
                        next[c] += ratio[v][c] * by_cell[v][c];
                    }
                }
            }
            for (state, (seen, p)) in space.states.iter().zip(space.seen.iter().zip(&by_state)) {
                for c in 0..3 {
                    let n = match seen {
                        Some(v) => (ratio[*v][c] + size[c] * (1.0 - meets(*v, c))) * p[c],
                        None => size[c] * p[c],
                    };
                    for (f, sums) in sums[c].iter_mut().enumerate() {
                        sums[place(f, state)] += n;
                    }
                }
            }
            for c in 0..3 {
                let reach = (0..met.len()).map(|v| by_cell[v][c] * meets(v, c));
                let reach: f64 = reach.sum::<f64>().clamp(1e-9, 1.0);
                if c != MATCH && set.unique_rows.is_some() {
                    // Sized below, beside what the files show of their own.
                    (seen[c], reached[c]) = (next[c], reach);
                    continue;
                }
                let n = next[c] + size[c] * (1.0 - reach);
                change = change.max((n - size[c]).abs() / (1.0 + n));
                size[c] = n.max(1e-9);
            }
        }
        if let ([own, inside], [target, decoys]) = (&mut sizes[..], &sets[..]) {
            let scale = target.pairs / decoys.pairs.max(1.0);
            for c in [CO_BIRTH, SIBLING] {
                let expected = inside[c] * scale * reached[c];
                let n = anchored(seen[c], expected, SPREAD_ACROSS) / reached[c];
                change = change.max((n - own[c]).abs() / (1.0 + n));
                own[c] = n.max(1e-9);
            }
        }
        if decoys.is_none() {
            let records = (2.0 * target.pairs).sqrt();
            sizes[0][CO_BIRTH] = anchored(sizes[0][CO_BIRTH], records * CO_BIRTHS, SPREAD_INSIDE);
            let share = sizes[0][MATCH] / target.pairs.max(1.0);
            tables[CHANCE] = without_matches(&any_two, &tables[MATCH], share);
        }
        for c in 0..3 {
            for f in 0..FIELDS {
                for part in parts(f) {
                    let total: f64 = sums[c][f][part.clone()].iter().sum::<f64>() + weight[c];
                    for level in part {
                        tables[c][f][level] =
                            (sums[c][f][level] + weight[c] * prior[c][f][level]) / total;
                    }
                }
            }
        }
        if round > 20 && change < 1e-4 {
            break;
        }
    }
    let by_state: Vec<[f64; CLASSES]> = space
        .states
        .iter()
        .map(|s| std::array::from_fn(|c| product(&tables[c], *s)))
        .collect();
    let by_cell = pool(space, &by_state);
    let factor = shrunk(decoys, sizes.get(1), &by_cell);
    let size = sizes[0];
    let met: Vec<[f64; CLASSES]> = (space.holds(&tables[MATCH]).zip(&thirds))
        .map(|(h, thirds)| target.meeting(size[MATCH], h, *thirds))
        .collect();
    let lifted = lifted(decoys.map(|_| target), &size, &by_cell, &factor, &met);
    let share = |v: usize, met: [f64; CLASSES]| {
        let p = &by_cell[v];
        let same = size[MATCH] * p[MATCH] * lifted[v];
        let other: f64 = (1..CLASSES).map(|c| size[c] * p[c] * met[c]).sum();
        if same > 0.0 {
            same / (same + other * factor[v])
        } else {
            0.0
        }
    };
    let matches: f64 = (target.by_cell.iter().zip(&met).enumerate())
        .map(|(v, (n, met))| n * share(v, *met))
        .sum();
    // Rivals weigh that one child is absent; that no third one stands by, nobody weighs but here.
    let thirds = thirds.iter().map(|t| {
        if target.unique_rows.is_some() {
            [1.0, 1.0, 1.0, *t]
        } else {
            [1.0; CLASSES]
        }
    });
    let probability: Vec<f64> = (thirds.enumerate())
        .map(|(v, thirds)| share(v, thirds))
        .collect();
    Model {
        probability,
        match_share: if candidates > 0.0 {
            matches / candidates
        } else {
            0.0
        },
        rounds,
    }
}

/// By cell, the share of chance pairs across two files whose token no third child of either file shares: inside one
/// file it is counted, and across files there are two files of third children.
fn thirds(space: &Space, decoys: Option<&Counts>) -> Vec<f64> {
    const TRUST: f64 = 10.0;
    let Some(decoys) = decoys else {
        return vec![1.0; space.cells.len()];
    };
    let counts = decoys.by_cell.iter().zip(&decoys.alone);
    counts
        .map(|(all, alone)| ((alone + TRUST) / (all + TRUST)).powi(2))
        .collect()
}

/// How much more often than modelled a cell is seen between records of one file that are not one child.
fn shrunk(
    decoys: Option<&Counts>,
    size: Option<&[f64; CLASSES]>,
    by_cell: &[[f64; CLASSES]],
) -> Vec<f64> {
    const TRUST: f64 = 2.0;
    let (Some(decoys), Some(size)) = (decoys, size) else {
        return vec![1.0; by_cell.len()];
    };
    decoys
        .by_cell
        .iter()
        .zip(by_cell)
        .map(|(count, p)| {
            let other: f64 = (1..CLASSES).map(|c| size[c] * p[c]).sum();
            let same = size[MATCH] * p[MATCH];
            let seen = if other + same > 0.0 {
                count * other / (other + same)
            } else {
                *count
            };
            (seen + TRUST) / (other + TRUST)
        })
        .collect()
}

/// How much more often than modelled one child's pairs are seen in a cell across files, where else chance is seen: one
/// record's errors come together. What else of a household is seen is not known so well that the rest could be told.
fn lifted(
    target: Option<&Counts>,
    size: &[f64; CLASSES],
    by_cell: &[[f64; CLASSES]],
    factor: &[f64],
    met: &[[f64; CLASSES]],
) -> Vec<f64> {
    const TRUST: f64 = 10.0;
    const MOST: f64 = 2.0;
    let Some(target) = target else {
        return vec![1.0; by_cell.len()];
    };
    let lift = |v: usize| {
        let seen = |c: usize| size[c] * by_cell[v][c] * met[v][c] * factor[v];
        let same = size[MATCH] * by_cell[v][MATCH];
        let (household, chance) = (seen(CO_BIRTH) + seen(SIBLING), seen(CHANCE));
        if household > chance {
            return 1.0;
        }
        let left = (target.by_cell[v] - household - chance).max(0.0);
        ((left + TRUST) / (same + TRUST)).clamp(1.0 / MOST, MOST)
    };
    (0..by_cell.len()).map(lift).collect()
}

/// The most likely size of a class that shows `n` pairs where as many as `expected` were to be expected, give or
/// take `spread` of them.
fn anchored(n: f64, expected: f64, spread: f64) -> f64 {
    const LEAST: f64 = 0.01;
    let (precision, centre) = (spread.powi(-2), expected.max(LEAST).ln());
    let mut log = n.max(LEAST).ln();
    for _ in 0..20 {
        let slope = log.exp() + precision;
        log += (n - log.exp() - (log - centre) * precision) / slope;
    }
    log.exp()
}

/// Chance agreement of two people, where a share of the pairs that `any_two` was counted on is one person's.
fn without_matches(any_two: &Table, same: &Table, share: f64) -> Table {
    const LEAST: f64 = 0.05;
    std::array::from_fn(|f| {
        let mut row: [f64; LEVELS] = std::array::from_fn(|level| {
            let all = any_two[f][level];
            (all - share * same[f][level]).max(all * LEAST)
        });
        for part in parts(f) {
            let total: f64 = row[part.clone()].iter().sum();
            row[part].iter_mut().for_each(|p| *p /= total);
        }
        row
    })
}

fn product(table: &Table, s: Levels) -> f64 {
    let rows = table.iter().enumerate();
    rows.map(|(f, row)| row[place(f, &s)]).product()
}

fn pool(space: &Space, by_state: &[[f64; CLASSES]]) -> Vec<[f64; CLASSES]> {
    let mut out = vec![[0.0; CLASSES]; space.cells.len()];
    for (seen, p) in space.seen.iter().zip(by_state) {
        if let Some(v) = seen {
            for c in 0..CLASSES {
                out[*v][c] += p[c];
            }
        }
    }
    out
}

/// Folds levels that the key set cannot see into the next lower one it can, and makes each row sum to one.
fn restrict(table: &mut Table, used: &[[bool; LEVELS]; FIELDS]) {
    for (f, (row, used)) in table.iter_mut().zip(used).enumerate() {
        for part in parts(f) {
            for level in part.clone().skip(1).rev() {
                if !used[level] {
                    let mut below = (part.start..level).rev();
                    let below = below.find(|l| used[*l]).unwrap_or(part.start);
                    row[below] += row[level];
                    row[level] = 0.0;
                }
            }
            let total: f64 = row[part.clone()].iter().sum();
            if total > 0.0 {
                row[part].iter_mut().for_each(|p| *p /= total);
            } else {
                row[part.start] = 1.0;
            }
        }
    }
}
