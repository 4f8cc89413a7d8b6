//! Times of one thread.

use std::hint::black_box;
use std::time::Instant;

/// Processor time of this thread where the system tells it (Linux), which a busy machine does not lengthen;
/// else the time that passed.
pub(crate) fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let spent = || -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
    };
    let (clock, before) = (Instant::now(), spent());
    black_box(work());
    match (before, spent()) {
        (Some(before), Some(after)) => after - before,
        _ => clock.elapsed().as_secs_f64(),
    }
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
