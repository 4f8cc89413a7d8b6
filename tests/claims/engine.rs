//! The comparison of bit rows: what it finds, what it refuses, what it shows.

use billetbook::engine::{Error, Kernel, Method, Options, Pair, Rows, Sink, join};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

/// Rows of 1024 bits, a third of them copies of the one before but for a few bits.
fn rows(n: usize, seed: u64) -> Rows {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut made: Vec<[u64; 16]> = vec![rng.random()];
    while made.len() < n {
        let mut row: [u64; 16] = rng.random();
        if made.len().is_multiple_of(3) {
            row = made[made.len() - 1];
            row[rng.random_range(0..16)] ^= rng.random::<u64>() & rng.random::<u64>();
        }
        made.push(row);
    }
    Rows::from_words(1024, made.concat()).unwrap()
}

fn naive(left: &Rows, right: &Rows) -> Vec<(u32, u32)> {
    let ones = |row: &[u64]| row.iter().map(|w| w.count_ones()).sum::<u32>();
    let mut out = Vec::new();
    for l in 0..left.len() {
        for r in 0..right.len() {
            let both = left
                .row(l)
                .iter()
                .zip(right.row(r))
                .map(|(a, b)| (a & b).count_ones());
            if 20 * both.sum::<u32>() >= 9 * (ones(left.row(l)) + ones(right.row(r))) {
                out.push((u32::try_from(l).unwrap(), u32::try_from(r).unwrap()));
            }
        }
    }
    out
}

#[test]
fn eng_1_no_pair_that_reaches_the_threshold_is_missed_and_no_other_is_found() {
    let (left, right) = (rows(300, 1), rows(600, 1));
    let want = naive(&left, &right);
    assert!(want.len() > 300, "control: copies are pairs");
    for kernel in [Kernel::Scalar, Kernel::Avx2, Kernel::Avx512, Kernel::Auto] {
        for method in [Method::Auto, Method::Count, Method::Full] {
            let mut options = Options::new("0.9".parse().unwrap());
            (options.kernel, options.method) = (kernel, method);
            let mut found: Vec<Pair> = Vec::new();
            match join(&left, &right, &options, &mut found) {
                Err(Error::NoKernel { kernel }) => {
                    println!("skipped: this processor lacks {kernel}")
                }
                done => {
                    done.unwrap();
                    let mut found: Vec<_> = found.iter().map(|p| (p.left, p.right)).collect();
                    found.sort_unstable();
                    assert_eq!(found, want, "{kernel:?} {method:?}");
                }
            }
        }
    }
}

#[test]
fn eng_2_rows_that_are_all_alike_are_refused_before_they_fill_the_memory() {
    struct Most(usize, u64);
    impl Sink for Most {
        fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()> {
            self.0 = self.0.max(pairs.len());
            self.1 += pairs.len() as u64;
            ControlFlow::Continue(())
        }
    }
    let alike = |n: usize| Rows::from_words(64, vec![0xff; n]).unwrap();
    let mut options = Options::new("0.8".parse().unwrap());
    options.max_pairs = 250_000;
    let run = |n: usize| {
        let (rows, mut sink) = (alike(n), Most(0, 0));
        let done = join(&rows, &rows, &options, &mut sink);
        (done.map(|stats| stats.pairs), sink)
    };
    assert_eq!(run(500).0, Ok(250_000), "control: as many as allowed");
    for n in [501, 200_000] {
        let (refused, sink) = run(n);
        assert_eq!(refused, Err(Error::TooManyPairs { most: 250_000 }));
        // Never more at a time than a step of a tile finds.
        assert!(sink.0 <= (1 << 16) + 256 * 512 && sink.1 <= 250_000);
    }
}
