//! The solvers against their definitions.

use crate::naive::{found, rows, sorted};
use billetbook::engine::solve::{greedy, optimal};
use billetbook::engine::{Error, Options, Pair};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Pairs of distinct rows, many of them equally similar.
fn pairs(n: usize, rows: u32, seed: u64) -> Vec<Pair> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for _ in 0..n {
        let (left, right) = (rng.random_range(0..rows), rng.random_range(0..rows));
        if seen.insert((left, right)) {
            let ones = rng.random_range(4..8);
            out.push(Pair {
                left,
                right,
                overlap: rng.random_range(1..=ones),
                left_ones: ones,
                right_ones: ones,
            });
        }
    }
    out
}

fn shuffled(pairs: &[Pair], seed: u64) -> Vec<Pair> {
    let mut out = pairs.to_vec();
    out.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    out
}

fn more_similar(a: &Pair, b: &Pair) -> std::cmp::Ordering {
    let ones = |p: &Pair| u32::from(p.left_ones) + u32::from(p.right_ones);
    (u32::from(b.overlap) * ones(a)).cmp(&(u32::from(a.overlap) * ones(b)))
}

fn naive_greedy(pairs: &[Pair]) -> Vec<Pair> {
    let mut all = pairs.to_vec();
    all.sort_by(|a, b| more_similar(a, b).then((a.left, a.right).cmp(&(b.left, b.right))));
    let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
    all.retain(|p| {
        let free = !left.contains(&p.left) && !right.contains(&p.right);
        if free {
            left.insert(p.left);
            right.insert(p.right);
        }
        free
    });
    all
}

/// The greatest total there is, by trying everything.
fn best_total(pairs: &[Pair], left: &mut BTreeSet<u32>, right: &mut BTreeSet<u32>) -> f64 {
    let Some((first, rest)) = pairs.split_first() else {
        return 0.0;
    };
    let without = best_total(rest, left, right);
    if left.contains(&first.left) || right.contains(&first.right) {
        return without;
    }
    left.insert(first.left);
    right.insert(first.right);
    let with = first.dice() + best_total(rest, left, right);
    left.remove(&first.left);
    right.remove(&first.right);
    with.max(without)
}

fn is_one_to_one(pairs: &[Pair]) -> bool {
    let left: BTreeSet<u32> = pairs.iter().map(|p| p.left).collect();
    let right: BTreeSet<u32> = pairs.iter().map(|p| p.right).collect();
    left.len() == pairs.len() && right.len() == pairs.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn greedy_is_the_definitions(n in 0usize..900, rows in 1u32..120, seed: u64) {
        let pairs = pairs(n, rows, seed);
        let want = naive_greedy(&pairs);
        assert_eq!(greedy(&pairs), want);
        assert_eq!(greedy(&shuffled(&pairs, seed)), want);
    }

    #[test]
    fn optimal_has_the_greatest_total(n in 0usize..13, rows in 1u32..6, seed: u64) {
        let pairs = pairs(n, rows, seed);
        let got = optimal(&pairs).unwrap();
        assert!(is_one_to_one(&got) && got.iter().all(|p| pairs.contains(p)));
        let total: f64 = got.iter().map(Pair::dice).sum();
        let want = best_total(&pairs, &mut BTreeSet::new(), &mut BTreeSet::new());
        assert!((total - want).abs() < 1e-6, "{total} {want}");
        assert_eq!(optimal(&shuffled(&pairs, seed)).unwrap(), got);
    }
}

#[test]
fn optimal_is_better_than_greedy_where_greed_is_wrong() {
    let pair = |left, right, overlap| Pair {
        left,
        right,
        overlap,
        left_ones: 100,
        right_ones: 100,
    };
    let pairs = [pair(0, 0, 90), pair(0, 1, 88), pair(1, 0, 87)];
    assert_eq!(greedy(&pairs), pairs[..1]);
    assert_eq!(optimal(&pairs).unwrap(), pairs[1..]);
}

#[test]
fn rows_that_hang_together_are_limited() {
    let star = |n| -> Vec<Pair> {
        (0..n)
            .map(|right| Pair {
                left: 0,
                right,
                overlap: 5,
                left_ones: 6,
                right_ones: 6,
            })
            .collect()
    };
    assert_eq!(optimal(&star(1000)).unwrap().len(), 1);
    let refused = Error::Entangled {
        rows: 1001,
        most: 1000,
    };
    assert_eq!(optimal(&star(1001)), Err(refused));
}

#[test]
fn of_real_pairs_both_solvers_make_one_to_one() {
    let (left, right) = (rows(300, 256, 0.3, 1), rows(300, 256, 0.3, 1));
    let all = found(&left, Some(&right), &Options::new("0.6".parse().unwrap()));
    let (quick, best) = (greedy(&all), optimal(&all).unwrap());
    assert!(is_one_to_one(&quick) && is_one_to_one(&best));
    // The sets are equal, so every row has itself.
    assert_eq!(best.len(), 300);
    assert_eq!(sorted(quick).len(), 300);
}
