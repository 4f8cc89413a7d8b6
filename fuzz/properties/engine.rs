//! The engine beside its definition, with every kernel and either method, and the solvers beside theirs.

use billetbook::engine::solve::greedy;
use billetbook::engine::{Error, Kernel, Method, Options, Pair, Rows, Threshold, join, self_join};
use std::collections::BTreeSet;
use std::num::NonZeroU32;

/// Sets, threshold and options are made of the bytes; whatever they are, the answer is the definition's.
pub fn engine(data: &[u8]) {
    let Some((head, rest)) = data.split_first_chunk::<8>() else {
        return;
    };
    let width = usize::from(head[0] % 20) + 1;
    let den = u32::from(u16::from_le_bytes([head[1], head[2]])).max(1);
    let num = u32::from(u16::from_le_bytes([head[3], head[4]]));
    let Ok(threshold) = Threshold::ratio(num, den) else {
        assert!(num == 0 || num > den);
        return;
    };
    let made = rows(width, &rest[..rest.len().min(40_000)]);
    let at = made.len() * usize::from(head[5]) / 255;
    let side = |rows: &[Vec<u64>]| {
        Rows::from_words(width * 64, rows.concat()).unwrap_or_else(|e| unreachable!("{e}"))
    };
    let (left, right) = (side(&made[..at]), side(&made[at..]));
    let mut options = Options::new(threshold);
    let top_k = NonZeroU32::new(u32::from(head[6] % 5));
    for same in [false, true] {
        let want = naive(&left, if same { &left } else { &right }, same, (num, den));
        for kernel in [Kernel::Scalar, Kernel::Avx2, Kernel::Avx512] {
            for method in [Method::Auto, Method::Count, Method::Full] {
                (options.kernel, options.method, options.top_k) = (kernel, method, None);
                let run = |options: &Options<'_>| {
                    let mut found: Vec<Pair> = Vec::new();
                    let done = match same {
                        false => join(&left, &right, options, &mut found),
                        true => self_join(&left, options, &mut found),
                    };
                    match done {
                        Ok(_) => Some(found),
                        Err(Error::NoKernel { .. }) => None,
                        Err(e) => unreachable!("{e}"),
                    }
                };
                let Some(mut found) = run(&options) else {
                    continue;
                };
                found.sort_by_key(|p| (p.left, p.right));
                assert!(found == want, "{kernel:?} {method:?} {threshold:?} {same}");
                options.top_k = top_k;
                if let (Some(k), Some(found)) = (top_k, run(&options)) {
                    top_is_best(&found, &want, same, k.get());
                }
            }
        }
        one_to_one(&want);
    }
}

/// Rows of the bytes, eight a word; a row whose first byte is odd repeats an earlier one but for a bit.
fn rows(width: usize, bytes: &[u8]) -> Vec<Vec<u64>> {
    let (words, _) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|w| u64::from_le_bytes(*w)).collect();
    let mut made: Vec<Vec<u64>> = Vec::new();
    let mut at = 0;
    while at < words.len() && made.len() < 700 {
        let word = words[at];
        if word & 1 == 1 && !made.is_empty() {
            let bytes = word.to_le_bytes().map(usize::from);
            let mut row = made[(bytes[0] / 2 + bytes[1] * 128) % made.len()].clone();
            row[bytes[4] % width] ^= 1 << (bytes[6] % 64);
            made.push(row);
            at += 1;
        } else {
            let Some(row) = words.get(at..at + width) else {
                break;
            };
            made.push(row.to_vec());
            at += width;
        }
    }
    made
}

fn naive(left: &Rows, right: &Rows, same: bool, (num, den): (u32, u32)) -> Vec<Pair> {
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
            if a + b > 0 && 2 * u64::from(o) * u64::from(den) >= u64::from(num) * u64::from(a + b) {
                let short = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
                let index = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                out.push(Pair {
                    left: index(l),
                    right: index(r),
                    overlap: short(o),
                    left_ones: short(a),
                    right_ones: short(b),
                });
            }
        }
    }
    out
}

/// Every pair is one of all pairs, no row has more than `k`, and none that is left out is more similar than one that is
/// not, or as similar with a lower number.
fn top_is_best(found: &[Pair], all: &[Pair], same: bool, k: u32) {
    let mut all = all.to_vec();
    if same {
        all.extend(all.clone().iter().map(|p| Pair {
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
    let rows = all.chunk_by(|a, b| a.left == b.left);
    let best: Vec<Pair> = rows
        .flat_map(|row| row.iter().take(k as usize).copied())
        .collect();
    let mut found = found.to_vec();
    found.sort_by_key(|p| p.left);
    assert!(found == best);
}

/// No row is in two pairs, and every pair left out shares a row with one that is at least as similar.
fn one_to_one(pairs: &[Pair]) {
    let taken = greedy(pairs);
    let left: BTreeSet<u32> = taken.iter().map(|p| p.left).collect();
    let right: BTreeSet<u32> = taken.iter().map(|p| p.right).collect();
    assert!(left.len() == taken.len() && right.len() == taken.len());
    for pair in pairs {
        let stands = |t: &&Pair| t.left == pair.left || t.right == pair.right;
        assert!(taken.iter().filter(stands).any(|t| t.dice() >= pair.dice()));
    }
}
