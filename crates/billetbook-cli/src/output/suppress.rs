//! Small counts are not shown, nor what subtraction from a shown total would reveal.
//!
//! Records are counted exactly, so a hidden count takes others along. Pairs, clusters and postcodes are counted
//! in tens: beside exact counts of records, exact ones would give small remainders away (pairs less matched
//! records are the records matched twice).

use serde::{Serialize, Serializer};
use std::fmt;

/// Counts below this are not shown.
pub(crate) const SMALL: u64 = 10;

/// A count that may be shown, or one that may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Shown(u64),
    Hidden,
}

impl Cell {
    pub(crate) fn shown(self) -> Option<u64> {
        match self {
            Cell::Shown(n) => Some(n),
            Cell::Hidden => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Shown(n) => write!(f, "{n}"),
            Cell::Hidden => f.write_str("not shown"),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Shown(n) => s.serialize_u64(*n),
            Cell::Hidden => s.serialize_str("suppressed"),
        }
    }
}

/// True for a count that may not be shown: 1 to 9.
pub(crate) fn is_small(n: u64) -> bool {
    (1..SMALL).contains(&n)
}

/// A number of pairs, clusters or postcodes, to the nearest ten.
pub(crate) fn tens(n: u64) -> Cell {
    if is_small(n) {
        Cell::Hidden
    } else {
        Cell::Shown((n + 5) / 10 * 10)
    }
}

/// One count by itself, whose complement is not shown.
pub(crate) fn alone(n: u64) -> Cell {
    if is_small(n) {
        Cell::Hidden
    } else {
        Cell::Shown(n)
    }
}

/// Counts whose total is shown, or known: small ones are hidden, and where fewer than two are hidden or the
/// hidden ones together are small, the next smallest too.
pub(crate) fn row(counts: &[u64]) -> Vec<Cell> {
    forced(counts, &vec![false; counts.len()], None)
}

/// As [`row`], with some that must be hidden whatever their size, and, where what is left of known numbers
/// tells as much as the counts, with enough of that hidden too.
pub(crate) fn forced(counts: &[u64], must: &[bool], rest: Option<&[u64]>) -> Vec<Cell> {
    let mut hidden: Vec<bool> = counts
        .iter()
        .zip(must)
        .map(|(n, must)| *must || is_small(*n))
        .collect();
    loop {
        let number = hidden.iter().filter(|h| **h).count();
        let covers = |list: &[u64]| {
            let sum: u64 = list
                .iter()
                .zip(&hidden)
                .filter(|(_, h)| **h)
                .map(|(n, _)| n)
                .sum();
            sum >= SMALL
        };
        if number == 0 || (number >= 2 && covers(counts) && rest.is_none_or(covers)) {
            break;
        }
        // Zeros hide nothing: take the smallest other count; where none is left, the zeros too.
        let next = (0..counts.len()).filter(|i| !hidden[*i]).min_by_key(|i| {
            if counts[*i] == 0 {
                u64::MAX
            } else {
                counts[*i]
            }
        });
        match next {
            Some(i) => hidden[i] = true,
            None => break,
        }
    }
    counts
        .iter()
        .zip(hidden)
        .map(|(n, h)| if h { Cell::Hidden } else { Cell::Shown(*n) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_small_count_takes_its_neighbour_along() {
        assert_eq!(
            row(&[100, 5, 30]),
            [Cell::Shown(100), Cell::Hidden, Cell::Hidden]
        );
        assert_eq!(row(&[100, 50]), [Cell::Shown(100), Cell::Shown(50)]);
        assert_eq!(row(&[0, 100]), [Cell::Shown(0), Cell::Shown(100)]);
    }

    proptest! {
        #[test]
        fn no_small_count_follows_from_the_total_and_the_rest(counts in proptest::collection::vec(0u64..40, 1..8)) {
            let cells = row(&counts);
            let hidden: Vec<u64> = counts.iter().zip(&cells).filter(|(_, c)| **c == Cell::Hidden).map(|(n, _)| *n).collect();
            prop_assert!(cells.iter().all(|c| c.shown().is_none_or(|n| !is_small(n))));
            if !hidden.is_empty() && hidden.len() < counts.len() {
                prop_assert!(hidden.len() >= 2 && hidden.iter().sum::<u64>() >= SMALL);
            }
        }

        #[test]
        fn tens_show_no_small_number(n in 0u64..2000) {
            match tens(n) {
                Cell::Hidden => prop_assert!(is_small(n)),
                Cell::Shown(shown) => prop_assert!(shown % 10 == 0 && shown.abs_diff(n) <= 5 && !is_small(n)),
            }
        }
    }
}
