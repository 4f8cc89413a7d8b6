//! What single bits and weights of encoded records give away: which q-gram sets which bit (Kuzu, Kantarcioglu,
//! Durham and Malin 2011; Niedermeyer, Steinmetzer, Kroll and Schnell 2014; Christen, Ranbaduge, Vatsalan and Schnell
//! 2019 look for it), lengths of names, missing fields; and who is nearest under a key that is known.

use crate::encode::{Rows, bigrams};
use crate::measure::correlation;
use billetbook::record::Record;
use std::collections::BTreeMap;

/// B6: for every bigram of names held by at least one record in two hundred, the correlation with the bit that
/// goes best with it; the median over bigrams.
pub(crate) fn bigram_correlation(records: &[Record], rows: &Rows) -> f64 {
    let n = records.len();
    let mut holders: BTreeMap<(u8, String), Vec<usize>> = BTreeMap::new();
    for (i, record) in records.iter().enumerate() {
        for token in bigrams(record) {
            holders.entry(token).or_default().push(i);
        }
    }
    holders.retain(|_, h| h.len() * 200 >= n && h.len() * 2 <= n);
    let ones: Vec<f64> = (0..rows.bits)
        .map(|bit| (0..n).filter(|i| rows.bit(*i, bit)).count() as f64)
        .collect();
    let mut best: Vec<f64> = holders
        .values()
        .map(|held| {
            let mut both = vec![0u32; rows.bits];
            for i in held {
                for (w, word) in rows.rows[*i].iter().enumerate() {
                    let mut left = *word;
                    while left != 0 {
                        both[w * 64 + left.trailing_zeros() as usize] += 1;
                        left &= left - 1;
                    }
                }
            }
            let (n, h) = (n as f64, held.len() as f64);
            let of_bit = |(both, ones): (&u32, &f64)| {
                let spread = (h * (n - h) * ones * (n - ones)).sqrt();
                let apart = (n * f64::from(*both) - h * ones).abs();
                if spread == 0.0 { 0.0 } else { apart / spread }
            };
            both.iter().zip(&ones).map(of_bit).fold(0.0, f64::max)
        })
        .collect();
    best.sort_unstable_by(f64::total_cmp);
    best[best.len() / 2]
}

/// B7: the correlation of bits set with the letters of given and family name.
pub(crate) fn length_leak(records: &[Record], rows: &Rows) -> f64 {
    let letters = |r: &Record| {
        let names = [&r.given_name, &r.family_name];
        let count = names
            .iter()
            .filter_map(|n| n.valid())
            .map(|n| n.folded().chars().count());
        count.sum::<usize>() as f64
    };
    correlation(
        &rows.weights(),
        &records.iter().map(letters).collect::<Vec<_>>(),
    )
}

/// B7: the correlation of bits set with whether the postcode is missing, without its sign.
pub(crate) fn missing_leak(records: &[Record], rows: &Rows) -> f64 {
    let missing = |r: &Record| f64::from(u8::from(r.postcode.valid().is_none()));
    correlation(
        &rows.weights(),
        &records.iter().map(missing).collect::<Vec<_>>(),
    )
    .abs()
}

/// The row of `to` that is nearest to each row of `from`, and their Dice similarity.
pub(crate) fn nearest(from: &Rows, to: &Rows) -> Vec<(usize, f64)> {
    let (own, others) = (from.weights(), to.weights());
    let dice = |i: usize, j: usize| {
        let pair = from.rows[i].iter().zip(&to.rows[j]);
        let both: u32 = pair.map(|(a, b)| (a & b).count_ones()).sum();
        2.0 * f64::from(both) / (own[i] + others[j]).max(1.0)
    };
    (0..from.rows.len())
        .map(|i| {
            let all = (0..to.rows.len()).map(|j| (j, dice(i, j)));
            all.fold((usize::MAX, -1.0), |b, x| if x.1 > b.1 { x } else { b })
        })
        .collect()
}
