//! Candidates: pairs of rows that share a token, key by key. Tokens are uniform, so that their top bits spread
//! entries over parts that fit the first-level cache, and the next bits sort each part without comparing.

use super::parallel::each_of;

/// A token's first eight bytes (uniform, so equal in no two tokens of any real file) and the number of what
/// holds it: a row, or a row and a slot.
pub(crate) type Entry = (u64, u32);

/// Entries of a part, about.
const PART: usize = 1 << 12;
/// Most bits by which entries, or pairs, are parted.
const MOST_BITS: u32 = 12;

/// Pairs of rows with the set of keys they agree on.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// `left << 32 | right`, left < right, sorted.
    pub(crate) pairs: Vec<u64>,
    /// Bit `k` set where the pair agrees on key `k`.
    pub(crate) masks: Vec<u64>,
}

impl Candidates {
    /// Gathers the pairs of every key and keeps those that a key in `links` made.
    pub(crate) fn of(per_key: Vec<Vec<u64>>, links: u64) -> Candidates {
        let total: usize = per_key.iter().map(Vec::len).sum();
        let last = per_key.iter().flatten().max().copied().unwrap_or(0);
        let bits = part_bits(total);
        let shift = (64 - last.leading_zeros()).saturating_sub(bits);
        let part = |pair: u64| usize::try_from(pair >> shift).unwrap_or(0);
        let mut starts = vec![0usize; (1 << bits) + 1];
        for pair in per_key.iter().flatten() {
            starts[part(*pair) + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut all = vec![(0u64, 0u64); total];
        let mut next = starts.clone();
        for (k, pairs) in per_key.into_iter().enumerate() {
            for pair in pairs {
                let at = &mut next[part(pair)];
                all[*at] = (pair, 1 << k);
                *at += 1;
            }
        }
        let merged = each_of(split(&mut all, &starts), |part| {
            part.sort_unstable_by_key(|e| e.0);
            let (mut pairs, mut masks) = (Vec::new(), Vec::new());
            for same in part.chunk_by(|a, b| a.0 == b.0) {
                let mask = same.iter().fold(0, |mask, e| mask | e.1);
                if mask & links != 0 {
                    pairs.push(same[0].0);
                    masks.push(mask);
                }
            }
            (pairs, masks)
        });
        let mut out = Candidates::default();
        for (pairs, masks) in merged {
            out.pairs.extend(pairs);
            out.masks.extend(masks);
        }
        out
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (u32, u32, u64)> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the two halves of the pair"
        )]
        self.pairs
            .iter()
            .zip(&self.masks)
            .map(|(p, m)| ((p >> 32) as u32, *p as u32, *m))
    }
}

/// A worker's buffers, kept from key to key.
#[derive(Default)]
pub(crate) struct Join {
    list: Vec<Entry>,
    parted: Vec<Entry>,
    scratch: Scratch,
}

#[derive(Default)]
struct Scratch {
    starts: Vec<u32>,
    sorted: Vec<Entry>,
}

impl Join {
    /// Of the entries that `fill` adds, those whose token another one shares, token by token.
    pub(crate) fn shared(&mut self, fill: impl FnOnce(&mut Vec<Entry>)) -> Vec<Entry> {
        let Join {
            list,
            parted,
            scratch,
        } = self;
        list.clear();
        fill(list);
        let bits = part_bits(list.len());
        let mut out = Vec::new();
        if bits == 0 {
            sort_part(list, 0, scratch, &mut out);
            return out;
        }
        let shift = 64 - bits;
        let part = |e: &Entry| usize::try_from(e.0 >> shift).unwrap_or(0);
        let mut starts = vec![0usize; (1 << bits) + 1];
        for e in list.iter() {
            starts[part(e) + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        parted.resize(list.len(), (0, 0));
        let mut next = starts.clone();
        for e in list.iter() {
            let at = &mut next[part(e)];
            parted[*at] = *e;
            *at += 1;
        }
        for part in split(parted, &starts) {
            sort_part(part, bits, scratch, &mut out);
        }
        out
    }
}

/// Appends the entries of a part whose token is shared. Buckets by the bits after the first `used`: an entry
/// alone in its bucket shares its token with none.
fn sort_part(part: &mut [Entry], used: u32, scratch: &mut Scratch, out: &mut Vec<Entry>) {
    let bits = (part.len() * 2)
        .next_power_of_two()
        .trailing_zeros()
        .min(16);
    let bucket = |e: &Entry| usize::try_from(e.0 << used >> (64 - bits)).unwrap_or(0);
    let Scratch { starts, sorted } = scratch;
    starts.clear();
    starts.resize((1 << bits) + 1, 0);
    for e in part.iter() {
        starts[bucket(e)] += 1;
    }
    let mut at = 0;
    for start in starts.iter_mut() {
        at += *start;
        *start = at;
    }
    sorted.clear();
    sorted.resize(part.len(), (0, 0));
    for e in part.iter() {
        let start = &mut starts[bucket(e)];
        *start -= 1;
        sorted[*start as usize] = *e;
    }
    for w in starts.windows(2) {
        let bucket = &mut sorted[w[0] as usize..w[1] as usize];
        if bucket.len() < 2 {
            continue;
        }
        if bucket.iter().any(|e| e.0 != bucket[0].0) {
            bucket.sort_unstable_by_key(|e| e.0);
        }
        for run in bucket.chunk_by(|a, b| a.0 == b.0) {
            if run.len() > 1 {
                out.extend_from_slice(run);
            }
        }
    }
}

/// The pairs of rows among [shared](Join::shared) entries: `row` gives an entry's row, `keep` says whether a pair is
/// wanted. A token held by more than `cap` entries is skipped.
pub(crate) fn pairs(
    shared: &[Entry],
    cap: usize,
    row: impl Fn(u32) -> u32,
    keep: impl Fn(u32, u32) -> bool,
) -> Vec<u64> {
    let mut hits = Vec::new();
    for run in shared
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|r| r.len() <= cap)
    {
        for (i, first) in run.iter().enumerate() {
            for second in &run[i + 1..] {
                let (a, b) = (row(first.1), row(second.1));
                let (a, b) = (a.min(b), a.max(b));
                if a != b && keep(a, b) {
                    hits.push(u64::from(a) << 32 | u64::from(b));
                }
            }
        }
    }
    hits
}

/// Bits that part so many entries into parts of about [`PART`].
fn part_bits(n: usize) -> u32 {
    (n / PART)
        .next_power_of_two()
        .trailing_zeros()
        .min(MOST_BITS)
}

fn split<'a, T>(mut list: &'a mut [T], starts: &[usize]) -> Vec<&'a mut [T]> {
    let mut parts = Vec::with_capacity(starts.len());
    for w in starts.windows(2) {
        let (part, rest) = list.split_at_mut(w[1] - w[0]);
        parts.push(part);
        list = rest;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A token for a small number, uniform as tokens are.
    fn token(n: u64) -> u64 {
        (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn naive(keys: &[Vec<Entry>], links: u64, cap: usize) -> Vec<(u64, u64)> {
        let mut found = BTreeMap::new();
        for (k, list) in keys.iter().enumerate() {
            let mut rows: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
            for e in list {
                rows.entry(e.0).or_default().push(e.1);
            }
            for rows in rows.values().filter(|r| r.len() <= cap) {
                for a in rows {
                    for b in rows.iter().filter(|b| *b > a) {
                        let pair = u64::from(*a) << 32 | u64::from(*b);
                        *found.entry(pair).or_insert(0) |= 1u64 << k;
                    }
                }
            }
        }
        found.into_iter().filter(|(_, m)| m & links != 0).collect()
    }

    fn check(keys: &[Vec<Entry>], links: u64, cap: usize) {
        let mut join = Join::default();
        let per_key = keys.iter().map(|list| {
            let shared = join.shared(|out| out.extend_from_slice(list));
            pairs(&shared, cap, |row| row, |_, _| true)
        });
        let got = Candidates::of(per_key.collect(), links);
        let got: Vec<(u64, u64)> = got.pairs.into_iter().zip(got.masks).collect();
        assert_eq!(got, naive(keys, links, cap));
    }

    proptest! {
        #[test]
        fn the_join_equals_the_naive_one(
            keys in proptest::collection::vec(proptest::collection::vec((0u64..40, 0u32..60), 0..80), 1..5),
            spread: bool, links in 0u64..32, cap in 1usize..6,
        ) {
            let keys: Vec<Vec<Entry>> = keys
                .into_iter()
                .map(|list| list.into_iter().map(|(n, row)| (if spread { token(n) } else { n }, row)).collect())
                .collect();
            check(&keys, links, cap);
        }
    }

    #[test]
    fn large_lists_are_parted_and_joined_alike() {
        for (rows, distinct) in [(30_000u32, 20_000), (70_000, 65_000), (40_000, 9)] {
            let list: Vec<Entry> = (0..rows)
                .map(|row| (token(u64::from(row) * 7919 % distinct), row))
                .collect();
            check(&[list.clone(), list[..rows as usize / 2].to_vec()], 0b10, 9);
        }
    }
}
