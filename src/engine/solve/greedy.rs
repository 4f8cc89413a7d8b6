use super::rank;
use crate::engine::Pair;

/// Pairs of a part, about: what is sorted at once stays in the first-level cache.
const PART: usize = 256;
/// Most bits of the rank by which pairs are parted.
const MOST_BITS: u32 = 16;

/// One-to-one, the most similar first: a pair is taken unless one of its rows is in a pair taken before. In the order in
/// which they are taken. For sets that are different: in one set a row has two roles and is in one pair of each.
pub fn greedy(pairs: &[Pair]) -> Vec<Pair> {
    let (mut left, mut right) = (Taken::default(), Taken::default());
    let mut out = Vec::new();
    for (_, l, r, at) in sorted(pairs) {
        if !left.has(l) && !right.has(r) {
            left.take(l);
            right.take(r);
            out.push(pairs[at as usize]);
        }
    }
    out
}

/// A pair's rank, turned so that the most similar comes first, its rows, and its place.
type Entry = (u32, u32, u32, u32);

/// Pairs in the order in which they are to be looked at, parted by rank and each part sorted.
fn sorted(pairs: &[Pair]) -> Vec<Entry> {
    let entry = |(at, pair): (u32, &Pair)| ((1 << 27) - rank(pair), pair.left, pair.right, at);
    let last = pairs.iter().map(|p| (1 << 27) - rank(p)).max().unwrap_or(0);
    let bits = (pairs.len() / PART).max(1).ilog2().min(MOST_BITS);
    let shift = (32 - last.leading_zeros()).saturating_sub(bits);
    let mut ends = vec![0usize; (1 << bits) + 2];
    for pair in pairs {
        ends[(((1 << 27) - rank(pair)) >> shift) as usize + 2] += 1;
    }
    for i in 1..ends.len() {
        ends[i] += ends[i - 1];
    }
    let mut out = vec![(0, 0, 0, 0); pairs.len()];
    for entry in (0..).zip(pairs).map(entry) {
        let place = &mut ends[(entry.0 >> shift) as usize + 1];
        out[*place] = entry;
        *place += 1;
    }
    for part in ends.windows(2) {
        out[part[0]..part[1]].sort_unstable();
    }
    out
}

/// Rows that are in a pair.
#[derive(Default)]
struct Taken(Vec<u64>);

impl Taken {
    fn has(&self, row: u32) -> bool {
        let word = self.0.get(row as usize / 64);
        word.is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    fn take(&mut self, row: u32) {
        let at = row as usize / 64;
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= 1 << (row % 64);
    }
}
