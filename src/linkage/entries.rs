//! Entries of one child in one file: whether two groups of entries are of one child is one question, and every pair
//! between them is an answer to it.

use super::{RowRef, ScoredPair};
use crate::limits::index;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Groups whose pairs say less than this on average stay apart.
const APART: f64 = 0.5;
/// What a pair that is no candidate weighs in a mean, as one that says nothing for it: two people's records seldom meet,
/// but neither do all damaged records of one. Chosen on Febrl 1 and 2 among 0, .1, .25, .5 and 1.
const NO_CANDIDATE: f64 = 0.1;
/// Steps of a mean in the queue, where equal means go by the order of rows.
const STEPS: f64 = (1u64 << 40) as f64;

/// The probability of every pair inside one file, beside what the other pairs say: the mean over the pairs
/// between the two groups of entries, those that are no candidates weighing little. Groups grow from the surest pair on
/// (average linkage: Sokal and Michener, "A statistical method for evaluating systematic relationships", 1958), so
/// that a pair of two rows without other entries keeps its probability.
pub(crate) fn among_entries(scored: &[ScoredPair]) -> Vec<f64> {
    let mut numbers: FxHashMap<RowRef, u32> = FxHashMap::default();
    let mut number = |row: RowRef| {
        let next = index(numbers.len());
        *numbers.entry(row).or_insert(next)
    };
    let ends: Vec<[u32; 2]> = scored
        .iter()
        .map(|p| [number(p.left), number(p.right)])
        .collect();
    let mut groups = Groups::new(numbers.len());
    for (pair, [a, b]) in scored.iter().zip(&ends) {
        groups.add(*a, *b, [pair.probability, 1.0]);
    }
    groups.join();
    ends.iter()
        .zip(scored)
        .map(|([a, b], pair)| groups.mean_at(*a, *b).unwrap_or(pair.probability))
        .collect()
}

/// Rows joined to groups, and what the pairs between any two groups say.
struct Groups {
    /// Sum of probabilities, and candidates, towards each neighbour, by group; empty once joined to another.
    sums: Vec<FxHashMap<u32, [f64; 2]>>,
    size: Vec<f64>,
    /// The group that a row or group was joined to, and the mean at which it was.
    into: Vec<Option<(u32, f64)>>,
}

impl Groups {
    fn new(rows: usize) -> Groups {
        Groups {
            sums: vec![FxHashMap::default(); rows],
            size: vec![1.0; rows],
            into: vec![None; rows],
        }
    }

    fn add(&mut self, a: u32, b: u32, [p, n]: [f64; 2]) {
        for (x, y) in [(a, b), (b, a)] {
            let sums = self.sums[x as usize].entry(y).or_default();
            *sums = [sums[0] + p, sums[1] + n];
        }
    }

    fn mean(&self, a: u32, b: u32) -> Option<f64> {
        let [sum, candidates] = self.sums[a as usize].get(&b)?;
        let others = self.size[a as usize] * self.size[b as usize] - candidates;
        Some(sum / (candidates + others * NO_CANDIDATE))
    }

    fn join(&mut self) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a mean of probabilities, in steps"
        )]
        let entry =
            |mean: f64, a: u32, b: u32| ((mean * STEPS) as u64, Reverse((a.min(b), a.max(b))));
        let mut queue = BinaryHeap::new();
        for (a, sums) in (0u32..).zip(&self.sums) {
            for b in sums.keys().filter(|b| **b > a) {
                let mean = self.mean(a, *b).filter(|m| *m >= APART);
                queue.extend(mean.map(|m| entry(m, a, *b)));
            }
        }
        while let Some(next) = queue.pop() {
            let Reverse((a, b)) = next.1;
            // What was queued before either group grew is no longer so.
            let Some(mean) = self.mean(a, b).filter(|m| entry(*m, a, b) == next) else {
                continue;
            };
            let (small, large) = if self.sums[a as usize].len() < self.sums[b as usize].len() {
                (a, b)
            } else {
                (b, a)
            };
            self.into[small as usize] = Some((large, mean));
            self.size[large as usize] += self.size[small as usize];
            for (other, sums) in std::mem::take(&mut self.sums[small as usize]) {
                self.sums[other as usize].remove(&small);
                if other != large {
                    self.add(large, other, sums);
                }
            }
            for other in self.sums[large as usize].keys() {
                let mean = self.mean(large, *other).filter(|m| *m >= APART);
                queue.extend(mean.map(|m| entry(m, large, *other)));
            }
        }
    }

    /// The mean at which two rows came into one group, or that between their groups; none where nothing was joined.
    fn mean_at(&self, a: u32, b: u32) -> Option<f64> {
        let up = |mut row: u32| {
            let mut path = vec![(row, f64::INFINITY)];
            while let Some((next, mean)) = self.into[row as usize] {
                path.push((next, mean));
                row = next;
            }
            path
        };
        let (left, right) = (up(a), up(b));
        let (Some(top), Some(other)) = (left.last(), right.last()) else {
            return None;
        };
        if top.0 != other.0 {
            return self.mean(top.0, other.0);
        }
        // Means fall on the way up: the last step before the paths meet is the one that joined the two.
        let meet = left
            .iter()
            .position(|(g, _)| right.iter().any(|(h, _)| g == h))?;
        let group = left[meet].0;
        let step = |path: &[(u32, f64)]| {
            path.iter()
                .find(|(g, _)| *g == group)
                .map_or(f64::INFINITY, |s| s.1)
        };
        Some(step(&left).min(step(&right)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::Evidence;

    fn pair(left: u32, right: u32, probability: f64) -> ScoredPair {
        ScoredPair {
            left: RowRef { file: 0, row: left },
            right: RowRef {
                file: 0,
                row: right,
            },
            probability,
            evidence: Evidence::default(),
        }
    }

    fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        let apart = a.iter().zip(b).any(|(x, y)| (x - y).abs() > 1e-9);
        assert!(!apart, "{a:?} {b:?}");
    }

    #[test]
    fn a_pair_without_other_entries_keeps_its_probability() {
        let pairs = [pair(0, 1, 0.7), pair(2, 3, 0.2), pair(4, 5, 0.99)];
        close(&among_entries(&pairs), &[0.7, 0.2, 0.99]);
    }

    #[test]
    fn a_third_entry_that_is_surely_both_lifts_a_doubtful_pair() {
        let pairs = [pair(0, 1, 0.99), pair(0, 2, 0.3), pair(1, 2, 0.96)];
        let mean = f64::midpoint(0.3, 0.96);
        close(&among_entries(&pairs), &[0.99, mean, mean]);
    }

    #[test]
    fn one_likely_pair_between_groups_that_are_otherwise_unlike_counts_for_little() {
        let mut pairs = Vec::new();
        for first in [0, 3] {
            pairs.push(pair(first, first + 1, 0.999));
            pairs.push(pair(first, first + 2, 0.999));
            pairs.push(pair(first + 1, first + 2, 0.999));
        }
        pairs.push(pair(0, 3, 0.8));
        let found = among_entries(&pairs);
        close(&found[..6], &[0.999; 6]);
        close(&found[6..], &[0.8 / 1.8]);
    }
}
