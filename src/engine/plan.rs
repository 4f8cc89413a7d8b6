//! How deep to count before what is left is compared exactly. The answer does not depend on it, the time does.

use super::Method;
use super::kernel::Costs;

/// Blocks between two looks at how many pairs were left over.
const LOOK: u32 = 8;
/// Left rows of which something can be said.
const ROWS: u64 = 64;
/// Looks after which a unit less is tried again where it was too few.
const HOLD: u32 = 12;
/// Blocks compared in full before counting is tried again.
const FULL: u32 = 64;

/// How to compare a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Count so many units, then compare what is left.
    Count(usize),
    /// Compare all pairs.
    Full,
    /// Not known: take a sample.
    Sample,
}

/// Follows the right rows through a tile: their numbers of bits change slowly, and the depth with them.
pub(super) struct Plan {
    costs: Costs,
    always_full: bool,
    way: Way,
    blocks: u32,
    rows: u64,
    survivors: u64,
    /// A unit less is being tried.
    tried: bool,
    /// Looks during which no unit less is tried.
    hold: u32,
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
            blocks: 0,
            rows: 0,
            survivors: 0,
            tried: false,
            hold: 0,
        }
    }

    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// The cheapest way, from how many pairs are left of a row and a block (`left`) after so many units: from `most` units
    /// down, until what is left costs more than the best.
    pub(super) fn sample(&mut self, most: usize, mut left: impl FnMut(usize) -> f64) {
        let (mut best, mut way) = (self.costs.full, Way::Full);
        for units in (1..=most).rev().step_by(most.div_ceil(24).max(1)) {
            let exact = left(units) * self.costs.survivor;
            let cost = units as f64 * self.costs.unit + exact;
            if cost < best {
                (best, way) = (cost, Way::Count(units));
            }
            if exact > best {
                break;
            }
        }
        self.set(way);
    }

    fn set(&mut self, way: Way) {
        (self.way, self.blocks, self.rows, self.survivors) = (way, 0, 0, 0);
    }

    /// A strip was compared: so many left rows, and of these so many pairs that were left.
    pub(super) fn count(&mut self, rows: usize, survivors: usize) {
        self.rows += rows as u64;
        self.survivors += survivors as u64;
    }

    /// A block was compared. No list is longer than `most` units. The bar `rises` where only the best pairs are kept.
    pub(super) fn next(&mut self, most: usize, rises: bool) {
        self.blocks += 1;
        match self.way {
            Way::Full if self.always_full => {}
            Way::Full if self.blocks >= if rises { LOOK } else { FULL } => self.set(Way::Sample),
            Way::Count(units) if self.rows >= ROWS => {
                let exact = self.survivors as f64 / self.rows as f64 * self.costs.survivor;
                if units as f64 * self.costs.unit + exact > self.costs.full {
                    self.set(Way::Sample);
                } else if exact > 2.0 * self.costs.unit && units < most {
                    // One unit more leaves less than half of the pairs. If one less was tried just now, it was too few.
                    self.hold = if self.tried { HOLD } else { 0 };
                    self.tried = false;
                    self.set(Way::Count(units + 1));
                } else if self.blocks >= LOOK {
                    let less = exact < 0.5 * self.costs.unit && units > 1 && self.hold == 0;
                    self.hold = self.hold.saturating_sub(1);
                    self.tried = less;
                    self.set(match less {
                        true if rises => Way::Sample,
                        true => Way::Count(units - 1),
                        false => Way::Count(units),
                    });
                }
            }
            _ => {}
        }
    }
}
