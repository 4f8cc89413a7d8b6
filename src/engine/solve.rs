//! From pairs to who is who: one-to-one between two sets.
//!
//! Ties are decided by numbers, never by the order in which pairs come: of pairs equally similar the one whose left row
//! has the lower number goes first, then the one whose right row has. Similarity is compared exactly.

mod greedy;
mod optimal;

pub use greedy::greedy;
pub use optimal::optimal;

use super::Pair;

/// Dice of two rows of at most 4096 bits as a whole number, higher for the more similar, equal for the equally similar: two
/// ratios below a half of numbers up to 8192 that differ do so by more than 2^-26, and this counts in 2^-28.
fn rank(pair: &Pair) -> u32 {
    let rank = (u64::from(pair.overlap) << 28) / u64::from(pair.ones().max(1));
    u32::try_from(rank).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_in_the_order_of_dice() {
        let pair = |overlap, left_ones, right_ones| Pair {
            left: 0,
            right: 0,
            overlap,
            left_ones,
            right_ones,
        };
        let mut all: Vec<Pair> = (1..=60)
            .flat_map(|a| (1..=60).flat_map(move |b| (1..=a.min(b)).map(move |o| pair(o, a, b))))
            .collect();
        // The closest that there are.
        all.extend([
            pair(4095, 4096, 4096),
            pair(4094, 4095, 4095),
            pair(4095, 4095, 4096),
            pair(2048, 4096, 4095),
            pair(2047, 4094, 4093),
        ]);
        for a in &all {
            for b in all.iter().step_by(7) {
                assert_eq!(rank(b).cmp(&rank(a)), a.by_dice(b));
            }
        }
        assert_eq!(rank(&pair(5, 5, 5)), 1 << 27);
    }
}
