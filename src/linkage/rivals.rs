//! A child of one file is at most one child of another: the probability of a pair beside its rivals.

use super::{RowRef, ScoredPair};
use crate::limits::index;
use rustc_hash::{FxHashMap, FxHashSet};

/// Pairs less probable than this are nobody's rivals.
const RIVAL: f64 = 1e-4;
/// The share of children who are not in the other file is never assumed to be less.
const ABSENT: f64 = 0.1;
/// Children assumed to be absent, beside those counted.
const ASSUMED: f64 = 20.0;
/// The most that is said of a child's second partner.
const SECOND: f64 = 0.94;
/// The share of absent children settles within so many rounds.
const ROUNDS: usize = 3;

/// A child (file, number in the file) who is looked for in another file.
type Seeker = (u16, u32, u16);

/// Two seekers who may be one child.
struct Edge {
    seekers: [u32; 2],
    odds: f64,
}

/// The probability of every pair, its rivals considered; pairs inside a file have none. `groups[file][row]`: rows
/// of one file with the same number are double entries of one child, no rivals of each other.
///
/// A pair competes with every other pair of either child, as far as that rival's own partner is not better matched
/// elsewhere, and with the child being absent from the other file. How many children are absent is read off the
/// pairs: the odds of a pair count over all pairs of records, and where a child has no other partner they grow by
/// one over the share of absent children. (One round of messages of sum-product on a matching: Huang and Jebara,
/// "Approximating the permanent with belief propagation", 2009.)
///
/// `second_entries`: the share of children whom the other file holds twice without finding it out. A pair whose child has
/// a better partner is one child by these odds, times its own; it stays below what makes a match.
pub(crate) fn compete(scored: &[ScoredPair], groups: &[Vec<u32>], second_entries: f64) -> Vec<f64> {
    let group = |r: RowRef| groups[usize::from(r.file)][r.row as usize];
    let mut seekers: Vec<Seeker> = Vec::new();
    let mut edges: Vec<Edge> = Vec::new();
    let mut numbers: FxHashMap<Seeker, u32> = FxHashMap::default();
    let mut known: FxHashMap<[u32; 2], u32> = FxHashMap::default();
    let edge_of: Vec<Option<u32>> = scored
        .iter()
        .map(|p| {
            if p.left.file == p.right.file || p.probability < RIVAL {
                return None;
            }
            let pair = [(p.left, p.right), (p.right, p.left)].map(|(a, b)| {
                let seeker = (a.file, group(a), b.file);
                *numbers.entry(seeker).or_insert_with(|| {
                    seekers.push(seeker);
                    index(seekers.len() - 1)
                })
            });
            let edge = *known.entry(pair).or_insert_with(|| {
                edges.push(Edge {
                    seekers: pair,
                    odds: 0.0,
                });
                index(edges.len() - 1)
            });
            let best = &mut edges[edge as usize].odds;
            *best = best.max(odds(p.probability));
            Some(edge)
        })
        .collect();
    drop((numbers, known));
    let children: Vec<f64> = groups
        .iter()
        .map(|g| g.iter().collect::<FxHashSet<_>>().len() as f64)
        .collect();
    let mut absent = vec![1.0; seekers.len()];
    let mut against = Vec::new();
    for _ in 0..ROUNDS {
        against = rivals(&edges, &absent);
        absent = absentees(&seekers, &edges, &against, &children);
    }
    scored
        .iter()
        .zip(edge_of)
        .map(|(p, edge)| match edge {
            Some(edge) => {
                let own = odds(p.probability);
                let best = own / (own + against[edge as usize]);
                let second = own * second_entries / (1.0 + own * second_entries);
                rounded(best.max(second.min(SECOND)))
            }
            None => p.probability,
        })
        .collect()
}

/// The order of the rows must not show, and sums in another order differ in their last bits.
fn rounded(p: f64) -> f64 {
    const STEPS: f64 = (1u64 << 30) as f64;
    (p * STEPS).round() / STEPS
}

fn odds(p: f64) -> f64 {
    p / (1.0 - p).max(1e-7)
}

/// The weight of all that speaks against each edge: either child absent, or matched elsewhere.
fn rivals(edges: &[Edge], absent: &[f64]) -> Vec<f64> {
    let mut sums = absent.to_vec();
    for e in edges {
        e.seekers.iter().for_each(|s| sums[*s as usize] += e.odds);
    }
    // What an edge weighs for one of its seekers: less, the better the other one is matched without it.
    let message = |e: &Edge, to: usize| {
        let other = e.seekers[1 - to] as usize;
        e.odds / (sums[other] - e.odds).max(absent[other])
    };
    let mut weights = absent.to_vec();
    for e in edges {
        for to in 0..2 {
            weights[e.seekers[to] as usize] += message(e, to);
        }
    }
    edges
        .iter()
        .map(|e| {
            let [left, right] = [0, 1].map(|to| {
                let seeker = e.seekers[to] as usize;
                (weights[seeker] - message(e, to)).max(absent[seeker])
            });
            left * right
        })
        .collect()
}

/// For every seeker the share of his file's children who are not in the other file.
fn absentees(seekers: &[Seeker], edges: &[Edge], against: &[f64], children: &[f64]) -> Vec<f64> {
    let mut found: FxHashMap<(u16, u16), f64> = FxHashMap::default();
    for (e, against) in edges.iter().zip(against) {
        let share = e.odds / (e.odds + against);
        for seeker in e.seekers {
            let (file, _, other) = seekers[seeker as usize];
            *found.entry((file, other)).or_default() += share;
        }
    }
    seekers
        .iter()
        .map(|(file, _, other)| {
            let found = found.get(&(*file, *other)).copied().unwrap_or(0.0);
            (1.0 - found / (children[usize::from(*file)] + ASSUMED)).max(ABSENT)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::Evidence;

    fn pair(left: u32, right: u32, probability: f64) -> ScoredPair {
        ScoredPair {
            left: RowRef { file: 0, row: left },
            right: RowRef {
                file: 1,
                row: right,
            },
            probability,
            evidence: Evidence::default(),
        }
    }

    fn own_groups(sizes: [u32; 2]) -> Vec<Vec<u32>> {
        sizes.iter().map(|n| (0..*n).collect()).collect()
    }

    #[test]
    fn a_pair_alone_between_large_files_keeps_its_probability() {
        let p = compete(&[pair(0, 0, 0.7)], &own_groups([10_000, 10_000]), 0.0);
        assert!((p[0] - 0.7).abs() < 1e-3, "{p:?}");
    }

    #[test]
    fn equal_rivals_share_and_a_rival_that_is_matched_elsewhere_is_none() {
        let groups = own_groups([10_000, 10_000]);
        let p = compete(&[pair(0, 0, 0.999_99), pair(0, 1, 0.999_99)], &groups, 0.0);
        assert!((p[0] - 0.5).abs() < 1e-3 && (p[1] - 0.5).abs() < 1e-3);
        let p = compete(
            &[pair(0, 0, 0.99), pair(0, 1, 0.99), pair(1, 1, 0.999_999)],
            &groups,
            0.0,
        );
        assert!(p[0] > 0.98 && p[1] < 0.01 && p[2] > 0.99, "{p:?}");
    }

    #[test]
    fn double_entries_are_no_rivals() {
        let mut groups = own_groups([10_000, 10_000]);
        groups[1][1] = 0;
        let p = compete(&[pair(0, 0, 0.99), pair(0, 1, 0.98)], &groups, 0.0);
        assert!(p[0] > 0.98 && p[1] > 0.97, "{p:?}");
    }

    #[test]
    fn where_most_children_are_in_both_files_a_pair_without_rivals_is_likelier() {
        let sure = (0..900).map(|i| pair(i, i, 0.999_99));
        let scored: Vec<ScoredPair> = sure.chain([pair(950, 950, 0.5)]).collect();
        let p = compete(&scored, &own_groups([1_000, 1_000]), 0.0);
        assert!(p[900] > 0.95, "{}", p[900]);
        let p = compete(&scored[890..], &own_groups([1_000, 1_000]), 0.0);
        assert!(p[10] < 0.55, "control: few in common: {}", p[10]);
    }
}
