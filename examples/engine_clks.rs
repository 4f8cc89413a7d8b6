//! All pairs of two files of CLKs whose Dice coefficient reaches a threshold, on one thread, with the time that finding
//! them took: `cargo run --release -p billetbook --example engine_clks -- LEFT.json RIGHT.json 0.8 PAIRS`.
//!
//! Prints kernel, pairs and processor seconds; writes the numbers of the rows of every pair. `scripts/bench_anonlink.py`
//! sets the same files before anonlink.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool takes the time and prints it"
)]

use billetbook::clk::Clks;
use billetbook::engine::{Options, Pair, join};
use std::error::Error;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [left, right, threshold, pairs] = arguments.as_slice() else {
        return Err("give two files of CLKs, a threshold and where to write the pairs".into());
    };
    let rows = |path: &String| -> Result<_, Box<dyn Error>> {
        Ok(Clks::from_json(&std::fs::read(path)?, path)?.rows()?)
    };
    let (left, right) = (rows(left)?, rows(right)?);
    let mut options = Options::new(threshold.parse()?);
    options.threads = NonZeroUsize::new(1);
    let mut found: Vec<Pair> = Vec::new();
    let (clock, before) = (Instant::now(), spent());
    let stats = join(&left, &right, &options, &mut found)?;
    let seconds = match (before, spent()) {
        (Some(before), Some(after)) => after - before,
        _ => clock.elapsed().as_secs_f64(),
    };
    let mut text = String::new();
    for pair in &found {
        writeln!(text, "{} {}", pair.left, pair.right)?;
    }
    std::fs::write(pairs, text)?;
    println!("{} {} {seconds}", stats.kernel, stats.pairs);
    Ok(())
}

/// Processor time of all threads, where the system tells it (Linux).
fn spent() -> Option<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let times = tasks.map(|task| -> Option<f64> {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
    });
    times.sum()
}
