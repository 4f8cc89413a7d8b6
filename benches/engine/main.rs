//! The engine beside a loop over all pairs, in the same run and on one thread:
//! `cargo bench -p billetbook --bench engine` (`-- small` for a tenth of the rows, `-- memory`
//! for the peak of memory of a million by a million).
//!
//! Answers are compared before anything is timed. Times are processor time of the thread; on a machine whose cores share
//! their execution units with busy neighbours vector code slows down more than the loop does, so the rate of the
//! instruction that the engine is made of is printed too.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench fails by panicking, takes the time and prints it"
)]

mod bounds;
mod data;
mod memory;
#[path = "../timing/mod.rs"]
mod timing;

use billetbook::engine::solve::greedy;
use billetbook::engine::{Error, Kernel, Method, Options, Pair, Rows, Sink, join};
use data::{BITS, CLKHASH, DENSE, Design, LOW, sides};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::Instant;
use timing::{median, seconds};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, joined, folder] = arguments.as_slice()
        && joined == "joined"
    {
        return memory::joined(folder.as_ref());
    }
    let has = |word: &str| arguments.iter().any(|a| a == word);
    // As a test it runs once, on little, to see that its answers hold.
    let (n, rounds) = match (has("--bench"), has("small")) {
        (false, _) => (1_500, 1),
        (true, true) => (10_000, 5),
        (true, false) => (100_000, 5),
    };
    if has("memory") {
        return memory::memory(1_000_000);
    }
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    one.unwrap().install(|| {
        answers();
        bounds::print();
        println!(
            "\n{n} x {n} rows of {BITS} bits, one thread, medians of {rounds}; naive: u64 popcount"
        );
        println!("design   t     kernel method  M pairs/s   naive   x naive   found");
        for (design, t) in [
            (DENSE, ".8"),
            (DENSE, ".85"),
            (DENSE, ".9"),
            (LOW, ".8"),
            (LOW, ".9"),
            (CLKHASH, ".8"),
            (CLKHASH, ".9"),
        ] {
            let (left, right) = sides(design, n, n);
            measure(
                design,
                t,
                (&left, &right),
                Kernel::Auto,
                Method::Auto,
                rounds,
            );
        }
        let (left, right) = sides(DENSE, n / 5, n / 5);
        for (t, kernel, method) in [
            (".8", Kernel::Auto, Method::Full),
            (".8", Kernel::Avx2, Method::Auto),
            (".9", Kernel::Avx2, Method::Auto),
            (".8", Kernel::Scalar, Method::Auto),
            (".9", Kernel::Scalar, Method::Auto),
        ] {
            measure(DENSE, t, (&left, &right), kernel, method, rounds);
        }
        growth(n, rounds);
        solver(n, rounds);
    });
    threads(n, rounds);
    if !has("--bench") {
        memory::memory(n);
    }
}

/// Pairs are counted, not kept.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()> {
        self.0 += pairs.len() as u64;
        ControlFlow::Continue(())
    }
}

fn options(t: &str, kernel: Kernel, method: Method) -> Options<'static> {
    let mut options = Options::new(t.parse().unwrap());
    (options.kernel, options.method) = (kernel, method);
    options
}

/// Every kernel and method finds what the loop over all pairs finds.
fn answers() {
    for design in [DENSE, LOW, CLKHASH] {
        let (left, right) = sides(design, 1_500, 1_500);
        for t in [".7", ".8", ".9"] {
            let (num, den) = (t[1..].parse().unwrap(), 10);
            let want = bounds::naive(each(&left), each(&right), num, den);
            assert!(want > 0);
            for kernel in [Kernel::Scalar, Kernel::Avx2, Kernel::Avx512] {
                for method in [Method::Auto, Method::Count, Method::Full] {
                    let mut sink = Count::default();
                    match join(&left, &right, &options(t, kernel, method), &mut sink) {
                        Err(Error::NoKernel { kernel }) => println!("skipped: no {kernel} here"),
                        done => assert_eq!((done.unwrap().pairs, sink.0), (want, want)),
                    }
                }
            }
        }
    }
}

fn each(rows: &Rows) -> &[[u64; BITS / 64]] {
    rows.words().as_chunks().0
}

/// Seconds for a pair of rows of the loop over all pairs, on as many as take a tenth of a second.
fn naive_seconds(left: &Rows, right: &Rows) -> f64 {
    let (a, b) = (each(left), each(right));
    let (a, b) = (&a[..a.len().min(1_500)], &b[..b.len().min(15_000)]);
    seconds(|| bounds::naive(a, b, 8, 10)) / (a.len() * b.len()) as f64
}

fn measure(
    design: Design,
    t: &str,
    (left, right): (&Rows, &Rows),
    kernel: Kernel,
    method: Method,
    rounds: usize,
) {
    let options = options(t, kernel, method);
    let all = (left.len() * right.len()) as f64;
    let (mut runs, mut found, mut name) = (Vec::new(), 0, "");
    for _ in 0..rounds {
        // The loop before and after each run: a shared machine drifts.
        let before = naive_seconds(left, right);
        let mut sink = Count::default();
        let mut refused = false;
        let time = seconds(|| match join(left, right, &options, &mut sink) {
            Ok(stats) => name = stats.kernel,
            Err(Error::NoKernel { .. }) => refused = true,
            Err(e) => unreachable!("{e}"),
        });
        if refused {
            println!("skipped: this processor lacks {kernel:?}");
            return;
        }
        assert!(found == 0 || found == sink.0);
        found = sink.0;
        let naive = (before + naive_seconds(left, right)) / 2.0;
        runs.push((time / all, naive));
    }
    println!(
        "{:<8} {t:<5} {name:<6} {:<6} {:>10.0} {:>7.0} {:>9.1} {found:>7}",
        design.name,
        format!("{method:?}").to_lowercase(),
        1e-6 / median(runs.iter().map(|r| r.0)),
        1e-6 / median(runs.iter().map(|r| r.1)),
        median(runs.iter().map(|r| r.1 / r.0)),
    );
}

/// Time for a pair with fewer and with more rows on the left, beside as many as on the right.
fn growth(n: usize, rounds: usize) {
    let (left, right) = sides(DENSE, 3 * n, n);
    let rate = |rows: usize| {
        let words = left.words()[..rows * BITS / 64].to_vec();
        let left = Rows::from_words(BITS, words).unwrap();
        let options = options(".8", Kernel::Auto, Method::Auto);
        let run = || {
            join(&left, &right, &options, &mut Count::default())
                .unwrap()
                .pairs
        };
        seconds(run) / (rows * n) as f64
    };
    let few = median((0..rounds).map(|_| rate(n / 10) / rate(n)));
    let many = median((0..rounds).map(|_| rate(3 * n) / rate(n)));
    println!(
        "\ntime for a pair, {} / {n} rows on the left: {few:.2}; {} / {n}: {many:.2}",
        n / 10,
        3 * n
    );
}

fn solver(n: usize, rounds: usize) {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let pairs: Vec<Pair> = (0..n * 50)
        .map(|_| {
            let (left_ones, right_ones) = (rng.random_range(300..500), rng.random_range(300..500));
            Pair {
                left: rng.random_range(0..n as u32),
                right: rng.random_range(0..n as u32),
                overlap: rng.random_range(250..300),
                left_ones,
                right_ones,
            }
        })
        .collect();
    let taken = greedy(&pairs);
    assert!(taken.len() > n / 2 && taken.windows(2).all(|w| w[0].dice() >= w[1].dice()));
    let rate = median((0..rounds).map(|_| pairs.len() as f64 / seconds(|| greedy(&pairs))));
    println!(
        "greedy, {} pairs: {:.1} M pairs/s, {} taken",
        pairs.len(),
        rate / 1e6,
        taken.len()
    );
}

fn threads(n: usize, rounds: usize) {
    let (left, right) = sides(DENSE, n, n);
    let wall = |threads: usize| {
        let mut options = options(".8", Kernel::Auto, Method::Auto);
        options.threads = NonZeroUsize::new(threads);
        let clock = Instant::now();
        black_box(join(&left, &right, &options, &mut Count::default()).unwrap());
        clock.elapsed().as_secs_f64()
    };
    let ratio = median((0..rounds).map(|_| wall(1) / wall(2)));
    println!("two threads / one, time that passed: {ratio:.2}");
}
