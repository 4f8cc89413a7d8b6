//! The definition of the answer, and that the engine gives it.

use billetbook::engine::{Options, Pair, Rows, Threshold, join, self_join};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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

#[test]
fn pairs_are_the_definitions() {
    let mut seen = 0;
    for (bits, fill) in [(64, 0.3), (256, 0.1), (1024, 0.41)] {
        let (left, right) = (rows(90, bits, fill, 1), rows(130, bits, fill, 2));
        for t in [(3, 10), (4, 5), (1, 1)] {
            let options = Options::new(Threshold::ratio(t.0, t.1).unwrap());
            let mut found = Vec::new();
            join(&left, &right, &options, &mut found).unwrap();
            assert_eq!(sorted(found), naive(&left, &right, false, t));
            let mut found = Vec::new();
            self_join(&left, &options, &mut found).unwrap();
            seen += found.len();
            assert_eq!(sorted(found), naive(&left, &left, true, t));
        }
    }
    assert!(seen > 0);
}
