//! Candidates: pairs of rows that share a token, by sorted runs, key by key.

/// A row that holds a token: the token's first eight bytes (uniform, so equal in no two tokens of any
/// real file) and the row's number over all files.
pub(crate) type Entry = (u64, u32);

/// Pairs of rows with the set of keys they agree on.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// `left << 32 | right`, left < right, sorted.
    pub(crate) pairs: Vec<u64>,
    /// Bit `k` set where the pair agrees on key `k`.
    pub(crate) masks: Vec<u64>,
}

impl Candidates {
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

/// Joins the entries of every key. `entries(k)` gives them unsorted; `keep(left, right)` says whether a pair
/// is wanted; `links` is the mask of keys that make candidates. A token held by more than `cap` rows is skipped.
pub(crate) fn join(
    keys: usize,
    links: u64,
    cap: usize,
    entries: impl Fn(usize) -> Vec<Entry> + Sync,
    keep: impl Fn(u32, u32) -> bool + Sync,
) -> Candidates {
    let one = |k: usize| {
        let mut list = entries(k);
        group(&mut list);
        let mut hits = Vec::new();
        let mut at = 0;
        while at < list.len() {
            let end = at + list[at..].iter().take_while(|e| e.0 == list[at].0).count();
            if end - at <= cap {
                for i in at..end {
                    for j in i + 1..end {
                        let (a, b) = (list[i].1.min(list[j].1), list[i].1.max(list[j].1));
                        if a != b && keep(a, b) {
                            hits.push(u64::from(a) << 32 | u64::from(b));
                        }
                    }
                }
            }
            at = end;
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    };
    #[cfg(feature = "parallel")]
    let per_key: Vec<Vec<u64>> = {
        use rayon::prelude::*;
        (0..keys).into_par_iter().map(one).collect()
    };
    #[cfg(not(feature = "parallel"))]
    let per_key: Vec<Vec<u64>> = (0..keys).map(one).collect();
    merge(per_key, links)
}

/// Merges the sorted pair lists of all keys and keeps pairs that a linking key made.
fn merge(per_key: Vec<Vec<u64>>, links: u64) -> Candidates {
    let mut all: Vec<(u64, u64)> = Vec::new();
    for (k, hits) in per_key.into_iter().enumerate() {
        all = union(all, hits, 1 << k);
    }
    all.retain(|(_, mask)| mask & links != 0);
    let (pairs, masks) = all.into_iter().unzip();
    Candidates { pairs, masks }
}

fn union(old: Vec<(u64, u64)>, new: Vec<u64>, bit: u64) -> Vec<(u64, u64)> {
    if new.is_empty() {
        return old;
    }
    let mut out = Vec::with_capacity(old.len() + new.len() / 4);
    let mut old = old.into_iter().peekable();
    for pair in new {
        while let Some(entry) = old.next_if(|e| e.0 < pair) {
            out.push(entry);
        }
        match old.next_if(|e| e.0 == pair) {
            Some((pair, mask)) => out.push((pair, mask | bit)),
            None => out.push((pair, bit)),
        }
    }
    out.extend(old);
    out
}

/// Sorts entries by token and drops, in a first cheap pass, most of those whose token nobody else holds.
pub(crate) fn group(list: &mut Vec<Entry>) {
    drop_singles(list);
    radix_sort(list);
}

/// Two bitmaps by the token's low bits: seen, and seen again. An entry that is dropped is alone for certain;
/// about one in sixteen of the lonely ones stays by accident.
fn drop_singles(list: &mut Vec<Entry>) {
    let bits = (list.len() * 16).next_power_of_two().max(64);
    let at = |e: &Entry| usize::try_from(e.0 & (bits as u64 - 1)).unwrap_or(0);
    let (mut seen, mut again) = (vec![0u64; bits / 64], vec![0u64; bits / 64]);
    for e in list.iter() {
        let (word, bit) = (at(e) / 64, 1u64 << (at(e) % 64));
        again[word] |= seen[word] & bit;
        seen[word] |= bit;
    }
    list.retain(|e| again[at(e) / 64] >> (at(e) % 64) & 1 == 1);
}

/// One pass over the top bits into buckets, then a comparison sort in each: tokens are uniform.
fn radix_sort(list: &mut Vec<Entry>) {
    if list.len() < 1 << 14 {
        list.sort_unstable();
        return;
    }
    let bits = (list.len() / 2048)
        .next_power_of_two()
        .trailing_zeros()
        .min(14);
    let shift = 64 - bits;
    let bucket = |e: &Entry| usize::try_from(e.0 >> shift).unwrap_or(0);
    let mut starts = vec![0usize; (1 << bits) + 1];
    for e in list.iter() {
        starts[bucket(e) + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut out = vec![(0, 0); list.len()];
    let mut next = starts.clone();
    for e in list.iter() {
        let bucket = bucket(e);
        out[next[bucket]] = *e;
        next[bucket] += 1;
    }
    for w in starts.windows(2) {
        out[w[0]..w[1]].sort_unstable();
    }
    *list = out;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(keys: &[Vec<Entry>], links: u64, cap: usize) -> Vec<(u64, u64)> {
        let mut found = std::collections::BTreeMap::new();
        for (k, list) in keys.iter().enumerate() {
            for a in list {
                for b in list {
                    let shared = list.iter().filter(|e| e.0 == a.0).count();
                    if a.1 < b.1 && a.0 == b.0 && shared <= cap {
                        *found
                            .entry(u64::from(a.1) << 32 | u64::from(b.1))
                            .or_insert(0) |= 1u64 << k;
                    }
                }
            }
        }
        found.into_iter().filter(|(_, m)| m & links != 0).collect()
    }

    proptest! {
        #[test]
        fn the_join_equals_the_naive_one(
            keys in proptest::collection::vec(proptest::collection::vec((0u64..40, 0u32..60), 0..80), 1..5),
            links in 0u64..32, cap in 1usize..6,
        ) {
            let got = join(keys.len(), links, cap, |k| keys[k].clone(), |_, _| true);
            let got: Vec<(u64, u64)> = got.pairs.into_iter().zip(got.masks).collect();
            prop_assert_eq!(got, naive(&keys, links, cap));
        }
    }

    #[test]
    fn the_bucket_sort_sorts() {
        let mut x = 1u64;
        let mut list: Vec<Entry> = (0..50_000)
            .map(|i| {
                x = x
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (x, i)
            })
            .collect();
        let mut want = list.clone();
        want.sort_unstable();
        radix_sort(&mut list);
        assert_eq!(list, want);
    }
}
