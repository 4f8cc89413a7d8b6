use super::kernel::{BLOCK, Engine};
use super::side::Side;
use super::sliced::{Rarity, Sliced};
use super::top::Best;
use super::{Method, Pair, Threshold, short};
use crate::limits::{MOST_BITS, index};

/// What all tiles share.
pub(super) struct Shared<'a> {
    pub(super) engine: Engine,
    pub(super) left: &'a Side<'a>,
    pub(super) right: &'a Side<'a>,
    pub(super) rarity: &'a Rarity,
    pub(super) sliced: &'a Sliced,
    pub(super) need: Need,
    /// The two sides are one.
    pub(super) same: bool,
    pub(super) top_k: Option<usize>,
    pub(super) method: Method,
}

/// Least common bits by the set bits of both rows together.
pub(super) struct Need(Vec<u16>);

impl Need {
    pub(super) fn new(threshold: Threshold) -> Need {
        let most = u32::try_from(2 * MOST_BITS).unwrap_or(u32::MAX);
        Need((0..=most).map(|ones| short(threshold.need(ones))).collect())
    }

    pub(super) fn of(&self, a: u16, b: u16) -> u16 {
        self.0[usize::from(a) + usize::from(b)]
    }
}

impl Shared<'_> {
    /// Blocks of right rows.
    pub(super) fn blocks(&self) -> u32 {
        index(self.right.len().div_ceil(BLOCK))
    }

    /// Whether the rows at these places make a pair that is to be compared: both there, and in one set each pair once.
    pub(super) fn pair(&self, left: usize, right: usize) -> bool {
        let once = match (self.same, self.top_k) {
            (false, _) => true,
            (true, None) => left < right,
            (true, Some(_)) => left != right,
        };
        once && right < self.right.len()
    }

    /// Keeps a pair that reaches the threshold.
    pub(super) fn decide(
        &self,
        (left, right): (usize, usize),
        overlap: u16,
        best: Option<&mut Best>,
        found: &mut Vec<Pair>,
    ) -> bool {
        let ones = (self.left.ones[left], self.right.ones[right]);
        if overlap < self.need.of(ones.0, ones.1) {
            return false;
        }
        let mut pair = Pair {
            left: self.left.order[left],
            right: self.right.order[right],
            overlap,
            left_ones: ones.0,
            right_ones: ones.1,
        };
        match (best, self.top_k) {
            (Some(best), Some(k)) => best.push(pair, k),
            _ => {
                if self.same && pair.left > pair.right {
                    (pair.left, pair.right) = (pair.right, pair.left);
                    (pair.left_ones, pair.right_ones) = (pair.right_ones, pair.left_ones);
                }
                found.push(pair);
            }
        }
        true
    }
}
