use super::{Error, Kernel, Options, Pair, Progress, Rows, Sink, Stats};
use crate::limits::index;
use std::ops::ControlFlow;

/// Every pair of a row on the left and a row on the right whose Dice coefficient reaches the threshold, by the number
/// of the left row, then of the right; with `top_k` the best of each left row, the most similar first.
///
/// # Errors
/// Lengths that differ, a kernel that the processor lacks, more pairs than allowed, or that sink or progress broke off.
/// What the sink took before an error is part of the answer only.
pub fn join(
    left: &Rows,
    right: &Rows,
    options: &Options<'_>,
    sink: &mut impl Sink,
) -> Result<Stats, Error> {
    if left.bits() != right.bits() {
        return Err(Error::Lengths {
            left: left.bits(),
            right: right.bits(),
        });
    }
    run(left, right, false, options, sink)
}

/// As [`join`], for the pairs within one set: each once, the lower number on the left. With `top_k` every row has its
/// own best, so that a pair may come twice, once from either row.
///
/// # Errors
/// As [`join`].
pub fn self_join(rows: &Rows, options: &Options<'_>, sink: &mut impl Sink) -> Result<Stats, Error> {
    run(rows, rows, true, options, sink)
}

fn run(
    left: &Rows,
    right: &Rows,
    same: bool,
    options: &Options<'_>,
    sink: &mut impl Sink,
) -> Result<Stats, Error> {
    let kernel = match options.kernel {
        Kernel::Auto | Kernel::Scalar => "scalar",
        Kernel::Avx2 => return Err(Error::NoKernel { kernel: "avx2" }),
        Kernel::Avx512 => return Err(Error::NoKernel { kernel: "avx512" }),
    };
    let ones = |row: &[u64]| row.iter().map(|w| w.count_ones()).sum::<u32>();
    let right_ones: Vec<u32> = (0..right.len()).map(|r| ones(right.row(r))).collect();
    let mut stats = Stats {
        kernel,
        ..Stats::default()
    };
    let (n, m) = (left.len() as u64, right.len() as u64);
    let total = match (same, options.top_k) {
        (false, _) => n * m,
        (true, None) => n * n.saturating_sub(1) / 2,
        (true, Some(_)) => n * n.saturating_sub(1),
    };
    let mut found = Vec::new();
    for l in 0..left.len() {
        let row = left.row(l);
        let row_ones = ones(row);
        let first = if same && options.top_k.is_none() {
            l + 1
        } else {
            0
        };
        found.clear();
        for r in (first..right.len()).filter(|r| !same || *r != l) {
            stats.compared += 1;
            let overlap: u32 = row
                .iter()
                .zip(right.row(r))
                .map(|(a, b)| (a & b).count_ones())
                .sum();
            if overlap >= options.threshold.need(row_ones + right_ones[r]) {
                found.push(Pair {
                    left: index(l),
                    right: index(r),
                    overlap: short(overlap),
                    left_ones: short(row_ones),
                    right_ones: short(right_ones[r]),
                });
            }
        }
        if let Some(k) = options.top_k {
            found.sort_by(|a, b| a.by_dice(b).then(a.right.cmp(&b.right)));
            found.truncate(usize::try_from(k.get()).unwrap_or(usize::MAX));
        }
        if stats.pairs + found.len() as u64 > options.max_pairs {
            let most = options.max_pairs;
            return Err(Error::TooManyPairs { most });
        }
        let mut flow = ControlFlow::Continue(());
        if !found.is_empty() {
            stats.pairs += found.len() as u64;
            flow = sink.chunk(&found);
        }
        if let (ControlFlow::Continue(()), Some(progress)) = (flow, options.progress) {
            flow = progress(Progress {
                compared: stats.compared,
                total,
                pairs: stats.pairs,
            });
        }
        if flow.is_break() {
            let pairs = stats.pairs;
            return Err(Error::Stopped { pairs });
        }
    }
    Ok(stats)
}

/// A count of bits, at most [`MOST_BITS`](crate::limits::MOST_BITS).
fn short(n: u32) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
