//! The definition of the answer, and that the engine gives it.

use billetbook::engine::{Error, Kernel, Method, Options, Pair, Rows, Threshold, join, self_join};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::num::{NonZeroU32, NonZeroUsize};

/// Rows with about `fill` of their bits set, a fifth of them copies of earlier ones with a few bits changed.
pub(crate) fn rows(n: usize, bits: usize, fill: f64, seed: u64) -> Rows {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut made: Vec<Vec<u64>> = Vec::new();
    for i in 0..n {
        let mut row = vec![0u64; bits / 64];
        if i > 0 && rng.random_bool(0.2) {
            row.clone_from(&made[rng.random_range(0..i)]);
            for _ in 0..rng.random_range(0..bits / 16) {
                let bit = rng.random_range(0..bits);
                row[bit / 64] ^= 1 << (bit % 64);
            }
        } else {
            for bit in (0..bits).filter(|_| rng.random_bool(fill)) {
                row[bit / 64] |= 1 << (bit % 64);
            }
        }
        made.push(row);
    }
    Rows::from_words(bits, made.concat()).unwrap()
}

/// Dice as the definition has it, in exact numbers.
pub(crate) fn naive(left: &Rows, right: &Rows, same: bool, t: (u32, u32)) -> Vec<Pair> {
    let ones = |row: &[u64]| row.iter().map(|w| w.count_ones()).sum::<u32>();
    let mut out = Vec::new();
    for l in 0..left.len() {
        for r in if same { l + 1 } else { 0 }..right.len() {
            let both = left
                .row(l)
                .iter()
                .zip(right.row(r))
                .map(|(a, b)| (a & b).count_ones());
            let (o, a, b) = (both.sum::<u32>(), ones(left.row(l)), ones(right.row(r)));
            if a + b > 0 && 2 * u64::from(o) * u64::from(t.1) >= u64::from(t.0) * u64::from(a + b) {
                out.push(Pair {
                    left: l as u32,
                    right: r as u32,
                    overlap: o as u16,
                    left_ones: a as u16,
                    right_ones: b as u16,
                });
            }
        }
    }
    out
}

/// In the order of the definition.
pub(crate) fn sorted(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_by_key(|p| (p.left, p.right));
    pairs
}

/// Kernels that this processor has; the others are named.
pub(crate) fn kernels() -> Vec<Kernel> {
    let one = Rows::from_words(64, vec![1]).unwrap();
    let has = |kernel: &Kernel| {
        let mut options = Options::new(Threshold::ratio(1, 1).unwrap());
        options.kernel = *kernel;
        let mut found: Vec<Pair> = Vec::new();
        match join(&one, &one, &options, &mut found) {
            Err(Error::NoKernel { kernel }) => {
                eprintln!("skipped: this processor lacks {kernel}");
                false
            }
            done => done.is_ok_and(|stats| stats.pairs == 1),
        }
    };
    let all = [Kernel::Scalar, Kernel::Avx2, Kernel::Avx512];
    all.into_iter().filter(has).collect()
}

pub(crate) fn found(left: &Rows, right: Option<&Rows>, options: &Options<'_>) -> Vec<Pair> {
    let mut found = Vec::new();
    let stats = match right {
        Some(right) => join(left, right, options, &mut found),
        None => self_join(left, options, &mut found),
    };
    assert_eq!(stats.unwrap().pairs, found.len() as u64);
    found
}

/// The best `k` of every left row, as the definition has it. In one set from either row.
pub(crate) fn naive_top(pairs: &[Pair], same: bool, k: usize) -> Vec<Pair> {
    let mut all = pairs.to_vec();
    if same {
        all.extend(pairs.iter().map(|p| Pair {
            left: p.right,
            right: p.left,
            left_ones: p.right_ones,
            right_ones: p.left_ones,
            ..*p
        }));
    }
    let ones = |p: &Pair| u64::from(p.left_ones) + u64::from(p.right_ones);
    all.sort_by(|a, b| {
        let dice = |x: &Pair, y: &Pair| u64::from(x.overlap) * ones(y);
        let similar = dice(b, a).cmp(&dice(a, b));
        a.left
            .cmp(&b.left)
            .then(similar)
            .then(a.right.cmp(&b.right))
    });
    let best = all.chunk_by(|a, b| a.left == b.left);
    best.flat_map(|row| row.iter().take(k).copied()).collect()
}

/// By left row, those of a row as they came.
fn by_left(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_by_key(|p| p.left);
    pairs
}

/// Every kernel, join and self-join, all pairs and the best: the definition's, in one order.
fn check(left: &Rows, right: &Rows, thresholds: &[(u32, u32)], top: &[usize]) -> usize {
    let mut seen = 0;
    for t in thresholds {
        for same in [false, true] {
            let other = (!same).then_some(right);
            let want = naive(left, other.unwrap_or(left), same, *t);
            seen += want.len();
            let mut orders: Vec<Vec<Pair>> = Vec::new();
            for kernel in kernels() {
                let mut options = Options::new(Threshold::ratio(t.0, t.1).unwrap());
                options.kernel = kernel;
                for method in [Method::Count, Method::Full, Method::Auto] {
                    options.method = method;
                    let got = found(left, other, &options);
                    let what = format!("{kernel:?} {method:?} {t:?} same {same}");
                    assert_eq!(sorted(got.clone()), want, "{what}");
                    orders.push(got);
                }
                for k in top {
                    options.top_k = NonZeroU32::new(*k as u32);
                    let got = found(left, other, &options);
                    let best = naive_top(&want, same, *k);
                    assert_eq!(by_left(got), best, "{kernel:?} {t:?} same {same} top {k}");
                }
            }
            assert!(orders.iter().all(|o| *o == orders[0]), "an order differs");
        }
    }
    seen
}

/// From the lowest threshold that the engine was asked for to the highest.
const THRESHOLDS: [(u32, u32); 8] = [
    (3, 10),
    (1, 2),
    (2, 3),
    (7, 10),
    (4, 5),
    (9, 10),
    (19, 20),
    (1, 1),
];

#[test]
fn designs_and_ragged_numbers() {
    // Fills of the designs that are in use, and numbers of rows around a block and a tile.
    for (fill, n, m) in [
        (0.41, 130, 1030),
        (0.32, 64, 511),
        (0.19, 1025, 100),
        (0.48, 7, 700),
    ] {
        let (left, right) = (rows(n, 1024, fill, 1), rows(m, 1024, fill, 2));
        assert!(check(&left, &right, &THRESHOLDS, &[1, 3]) > 0);
    }
}

#[test]
fn every_length() {
    for words in [1, 2, 3, 5, 8, 15, 17, 31, 33, 64] {
        let bits = words * 64;
        let (left, right) = (rows(90, bits, 0.35, 3), rows(130, bits, 0.35, 4));
        let few = [(1, 100), (1, 2), (4, 5), (1, 1)];
        assert!(check(&left, &right, &few, &[2]) > 0);
    }
}

#[test]
fn empty_and_constant_rows() {
    let mut words = vec![0u64; 16 * 40];
    words.resize(16 * 80, !0);
    words.resize(16 * 120, 0xff);
    let left = Rows::from_words(1024, words).unwrap();
    let right = rows(600, 1024, 0.5, 5);
    assert!(check(&left, &right, &THRESHOLDS, &[1, 50]) > 0);
    assert!(check(&right, &left, &THRESHOLDS, &[1, 50]) > 0);
    // No rows on one side, or on both.
    let none = Rows::new(1024).unwrap();
    assert_eq!(check(&none, &right, &THRESHOLDS, &[1]), 0);
    assert!(check(&right, &none, &THRESHOLDS, &[1]) > 0);
    assert_eq!(check(&none, &none, &THRESHOLDS, &[1]), 0);
}

#[test]
fn numbers_of_bits_that_vary_widely() {
    // Tiles and blocks whose rows differ in everything, so that lengths decide as much as bits.
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut words = Vec::new();
    for _ in 0..400 {
        let fill = rng.random_range(0.0..1.0);
        words.extend_from_slice(rows(1, 256, fill, rng.random()).row(0));
    }
    let all = Rows::from_words(256, words).unwrap();
    assert!(check(&all, &all, &THRESHOLDS, &[1, 7]) > 0);
}

#[test]
fn threads_change_nothing() {
    let (left, right) = (rows(3000, 512, 0.3, 7), rows(2500, 512, 0.3, 8));
    let mut options = Options::new("0.38".parse().unwrap());
    for k in [None, NonZeroU32::new(2)] {
        options.top_k = k;
        let all = [1, 2, 7].map(|threads| {
            options.threads = NonZeroUsize::new(threads);
            found(&left, Some(&right), &options)
        });
        assert!(!all[0].is_empty());
        assert!(all.iter().all(|pairs| *pairs == all[0]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn arbitrary_sets(
        words in 1usize..20,
        (n, m) in (0usize..80, 0usize..150),
        (fill, seed) in (0.02f64..0.98, any::<u64>()),
        den in 1u32..1000,
        num in 1u32..1000,
        k in 1usize..9,
    ) {
        let (left, right) = (rows(n, words * 64, fill, seed), rows(m, words * 64, fill, !seed));
        check(&left, &right, &[(num.min(den), den)], &[k]);
    }
}
