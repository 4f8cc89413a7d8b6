use super::{Pair, short};

/// The best pairs of one left row so far.
#[derive(Clone, Default)]
pub(super) struct Best {
    pairs: Vec<Pair>,
    /// The least similar of the best so many, where there are so many.
    last: Option<Pair>,
}

impl Best {
    /// Whether a pair may be among the best with so many common bits, of two rows with `ones` set bits together.
    pub(super) fn least(&self, ones: u32) -> u16 {
        self.last.map_or(0, |last| {
            short((u32::from(last.overlap) * ones).div_ceil(last.ones()))
        })
    }

    pub(super) fn push(&mut self, pair: Pair, k: usize) {
        if self.last.is_some_and(|last| order(&pair, &last).is_gt()) {
            return;
        }
        self.pairs.push(pair);
        if self.pairs.len() >= 2 * k {
            self.cut(k);
        }
    }

    fn cut(&mut self, k: usize) {
        if self.pairs.len() >= k {
            self.pairs.select_nth_unstable_by(k - 1, order);
            self.pairs.truncate(k);
            self.last = self.pairs.last().copied();
        }
    }

    /// The best `k`, the most similar first.
    pub(super) fn finish(mut self, k: usize) -> Vec<Pair> {
        self.cut(k);
        self.pairs.sort_unstable_by(order);
        self.pairs
    }
}

/// The more similar first, then the lower number on the right.
fn order(a: &Pair, b: &Pair) -> std::cmp::Ordering {
    a.by_dice(b).then(a.right.cmp(&b.right))
}
