//! How deep to count before what is left is compared exactly. The answer does not depend on it, the time does.

use super::Method;
use super::kernel::Costs;

/// Left rows of which something can be said.
const ROWS: usize = 64;
/// Blocks compared in full before counting is tried again; fewer where only the best pairs are kept.
const FULL: (u32, u32) = (64, 8);
/// Share of a unit's cost that pairs left over in vain should cost: with a unit more there would be a tenth as many.
const VAIN: (f64, f64) = (0.3, 0.9);
/// Misses by which the margin shrinks where they cost less.
const LESS: f64 = 0.5;
/// And grows where they cost more, by half of what they cost in units: the dearer, the longer until that depth comes again.
const MORE: (f64, f64) = (2.0, 8.0);

/// How to compare a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Count, then compare what is left.
    Count,
    /// Compare all pairs.
    Full,
    /// Not known: take a sample.
    Sample,
}

/// Follows the right rows through a tile. Where rows are allowed more misses, more have to be counted: the depth is that
/// at which unrelated rows are expected to miss as many as are allowed and a margin, and what is left over sets the margin.
pub(super) struct Plan {
    costs: Costs,
    always_full: bool,
    way: Way,
    /// Misses to be expected of an unrelated row after so many units.
    expected: Vec<f64>,
    margin: f64,
    blocks: u32,
    seen: Seen,
}

/// What came of counting.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Left rows that were allowed something.
    pub(super) rows: usize,
    /// Units counted of each, summed up.
    pub(super) units: usize,
    /// Pairs left over, and those of them that do not reach the threshold.
    pub(super) left: usize,
    pub(super) vain: usize,
}

impl Plan {
    pub(super) fn new(mut costs: Costs, method: Method) -> Plan {
        if method == Method::Count {
            costs.full = f64::INFINITY;
        }
        Plan {
            costs,
            always_full: method == Method::Full,
            way: match method {
                Method::Full => Way::Full,
                Method::Auto | Method::Count => Way::Sample,
            },
            expected: Vec::new(),
            margin: 0.0,
            blocks: 0,
            seen: Seen::default(),
        }
    }

    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// Units to count for rows that are allowed so many misses, of `most` that there are.
    pub(super) fn units(&self, allow: f64, most: usize) -> usize {
        let enough = |expected: &f64| *expected < allow + self.margin;
        self.expected.partition_point(enough).clamp(1, most)
    }

    /// The cheapest way for rows that are allowed `allow` misses, where `expected` are the misses of an unrelated row after so
    /// many units and `left` finds how many pairs are left of a row and a block: from `most` units down, until what is left
    /// costs more than the best.
    pub(super) fn sample(
        &mut self,
        expected: Vec<f64>,
        allow: f64,
        most: usize,
        mut left: impl FnMut(usize) -> f64,
    ) {
        let (mut best, mut units) = (self.costs.full, None);
        for deep in (1..=most).rev().step_by(most.div_ceil(24).max(1)) {
            let exact = left(deep) * self.costs.survivor;
            let cost = deep as f64 * self.costs.unit + exact;
            if cost < best {
                (best, units) = (cost, Some(deep));
            }
            if exact > best {
                break;
            }
        }
        if let Some(units) = units {
            self.margin = expected[units] - allow;
        }
        self.expected = expected;
        self.set(units.map_or(Way::Full, |_| Way::Count));
    }

    fn set(&mut self, way: Way) {
        (self.way, self.blocks, self.seen) = (way, 0, Seen::default());
    }

    /// A strip was compared.
    pub(super) fn count(&mut self, seen: Seen) {
        self.seen.rows += seen.rows;
        self.seen.units += seen.units;
        self.seen.left += seen.left;
        self.seen.vain += seen.vain;
    }

    /// A block was compared. The bar `rises` where only the best pairs are kept.
    pub(super) fn next(&mut self, rises: bool) {
        self.blocks += 1;
        match self.way {
            Way::Full if self.always_full => {}
            Way::Full if self.blocks >= if rises { FULL.1 } else { FULL.0 } => {
                self.set(Way::Sample);
            }
            Way::Count if self.seen.rows >= ROWS => {
                let each = |n: usize| n as f64 / self.seen.rows as f64;
                let counted = each(self.seen.units) * self.costs.unit;
                let vain = each(self.seen.vain) * self.costs.survivor / self.costs.unit;
                if counted + each(self.seen.left) * self.costs.survivor > self.costs.full {
                    return self.set(Way::Sample);
                }
                if vain > VAIN.1 {
                    self.margin += (vain / 2.0).clamp(MORE.0, MORE.1);
                } else if vain < VAIN.0 && self.seen.units > self.seen.rows {
                    self.margin -= LESS;
                }
                self.seen = Seen::default();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs {
        unit: 17.0,
        survivor: 80.0,
        full: 800.0,
    };
    const MOST: usize = 30;

    /// How many of 512 rows are left after so many units where each lacks eight of a unit's sixteen bits, give or take: the tail
    /// of a normal distribution, as well as is needed.
    fn left(allow: f64, units: usize) -> f64 {
        let (mean, spread) = (8.0 * units as f64, 2.0 * (units as f64).sqrt());
        let z = (mean - allow) / spread;
        512.0 * 0.5 * (-0.717 * z.max(0.0) - 0.416 * z.max(0.0).powi(2)).exp()
    }

    fn cost(allow: f64, units: usize) -> f64 {
        units as f64 * COSTS.unit + left(allow, units) * COSTS.survivor
    }

    /// Of the rows of a tile together.
    #[expect(clippy::cast_possible_truncation, reason = "some thousands")]
    fn pairs(of_each: f64) -> usize {
        (1024.0 * of_each) as usize
    }

    /// What a tile costs whose blocks allow so many misses, and the depth at its end.
    fn run(allow: impl Fn(usize) -> f64, truth: f64) -> (f64, usize) {
        let mut plan = Plan::new(COSTS, Method::Auto);
        let (mut sum, mut units) = (0.0, 0);
        for block in 0..200 {
            let allow = allow(block);
            if plan.way() == Way::Sample {
                let expected = (0..=MOST).map(|unit| 8.0 * unit as f64).collect();
                plan.sample(expected, allow, MOST, |units| left(allow, units));
            }
            assert_eq!(plan.way(), Way::Count);
            units = plan.units(allow, MOST);
            let vain = pairs(left(allow, units));
            sum += cost(allow, units);
            plan.count(Seen {
                rows: 1024,
                units: 1024 * units,
                left: vain + pairs(truth),
                vain,
            });
            plan.next(false);
        }
        (sum, units)
    }

    fn cheapest(allow: f64) -> f64 {
        (1..=MOST)
            .map(|units| cost(allow, units))
            .fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn depth_follows_what_is_allowed_at_little_more_than_the_least_cost() {
        for (from, step) in [(60.0, 0.0), (20.0, 0.4), (120.0, -0.5)] {
            let allow = |block: usize| from + step * block as f64;
            let least: f64 = (0..200).map(|block| cheapest(allow(block))).sum();
            let (cost, _) = run(allow, 0.0);
            assert!(cost < 1.03 * least, "{cost} where {least} do");
        }
    }

    #[test]
    fn pairs_that_reach_the_threshold_make_nothing_deeper() {
        let (_, alone) = run(|_| 60.0, 0.0);
        let (_, among) = run(|_| 60.0, 2.0);
        assert_eq!(alone, among);
    }

    #[test]
    fn blocks_of_which_nothing_is_left_spoil_no_later_one() {
        // Nothing is allowed for a long time, then as much as at first.
        let allow = |block: usize| {
            if (20..150).contains(&block) {
                0.0
            } else {
                60.0
            }
        };
        let least: f64 = (0..200).map(|block| cheapest(allow(block))).sum();
        let (cost, _) = run(allow, 0.0);
        assert!(cost < 1.15 * least, "{cost} where {least} do");
    }

    #[test]
    fn where_most_pairs_are_left_all_are_compared_and_counting_is_tried_again() {
        let mut plan = Plan::new(COSTS, Method::Auto);
        plan.sample(vec![0.0; MOST + 1], 300.0, MOST, |_| 400.0);
        for _ in 0..FULL.0 {
            assert_eq!(plan.way(), Way::Full);
            plan.next(false);
        }
        assert_eq!(plan.way(), Way::Sample);
    }
}
