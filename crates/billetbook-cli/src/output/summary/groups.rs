use super::super::suppress::{self, Cell, SMALL};
use billetbook::linkage::{RowOutcome, Status};
use billetbook::record::{Group, RecordFile};
use serde::Serialize;
use std::collections::BTreeMap;

/// The largest groups of a column stand by themselves; a column of more values is no grouping.
const MOST_GROUPS: usize = 40;
/// What the rest is called: never by its values, which may name a child.
const REST: &str = "(all smaller groups)";
const BLANK: &str = "(blank)";

#[derive(Debug, Serialize)]
pub(crate) struct GroupTable {
    pub(crate) file: String,
    pub(crate) column: String,
    /// The file's own rate; absent where suppressed.
    pub(crate) rate_of_file: Option<f64>,
    pub(crate) rows: Vec<GroupRow>,
}

#[derive(Debug, Serialize)]
pub(crate) struct GroupRow {
    pub(crate) value: String,
    pub(crate) records: Cell,
    pub(crate) matched: Cell,
    #[serde(flatten)]
    pub(crate) rate: Rate,
}

/// A group's match rate, as far as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Rate {
    /// With its 95 % Wilson score interval.
    Exact {
        rate: f64,
        interval_from: f64,
        interval_to: f64,
    },
    /// One to nine were not matched: the rate is at least this.
    AtLeast {
        rate_at_least: f64,
    },
    /// One to nine were matched: the rate is at most this.
    AtMost {
        rate_at_most: f64,
    },
    Hidden {},
}

/// One table a group column. `matched_shows` is false where the file's own number of matched records is hidden.
pub(super) fn group_tables(
    file: &RecordFile,
    rows: &[RowOutcome],
    matched_shows: bool,
) -> Vec<GroupTable> {
    let matched = |r: &RowOutcome| matches!(r.status, Status::Matched | Status::Many);
    let total = rows.iter().filter(|r| matched(r)).count();
    let tables = file.groups().iter().map(|group| GroupTable {
        file: file.name().to_owned(),
        column: group.column.clone(),
        rate_of_file: matched_shows.then(|| total as f64 / rows.len().max(1) as f64),
        rows: table(&counts(group, rows.iter().map(matched)), matched_shows),
    });
    tables.collect()
}

/// One group's counts.
#[derive(Clone, Debug, PartialEq)]
struct Count {
    value: String,
    records: u64,
    matched: u64,
}

impl Count {
    fn left(&self) -> u64 {
        self.records - self.matched
    }

    /// Matched and not matched both follow from a rate.
    fn rate_is_small(&self) -> bool {
        suppress::is_small(self.matched) || suppress::is_small(self.left())
    }
}

/// Groups sorted by value, the blank and the small ones together at the end.
fn counts(group: &Group, matched: impl Iterator<Item = bool>) -> Vec<Count> {
    let mut of_value = vec![(0u64, 0u64); group.values.len()];
    for (value, matched) in group.of_record.iter().zip(matched) {
        let count = &mut of_value[*value as usize];
        count.0 += 1;
        count.1 += u64::from(matched);
    }
    let mut sizes: Vec<u64> = of_value.iter().map(|c| c.0).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let least = sizes.get(MOST_GROUPS).map_or(0, |n| n + 1).max(SMALL);
    let (mut named, mut blank, mut rest) = (BTreeMap::new(), None, (0, 0));
    for (value, count) in group.values.iter().zip(of_value) {
        if count.0 < least {
            rest = (rest.0 + count.0, rest.1 + count.1);
        } else if value.is_empty() {
            blank = Some((BLANK.to_owned(), count));
        } else {
            named.insert(value.clone(), count);
        }
    }
    let rest = (rest.0 > 0).then(|| (REST.to_owned(), rest));
    let all = named.into_iter().chain(blank).chain(rest);
    all.map(|(value, (records, matched))| Count {
        value,
        records,
        matched,
    })
    .collect()
}

fn table(counts: &[Count], matched_shows: bool) -> Vec<GroupRow> {
    let list = |f: fn(&Count) -> u64| -> Vec<u64> { counts.iter().map(f).collect() };
    let (matched, left) = (list(|c| c.matched), list(Count::left));
    let record_cells = suppress::row(&list(|c| c.records));
    let mut must: Vec<bool> = counts
        .iter()
        .zip(&record_cells)
        .map(|(c, cell)| *cell == Cell::Hidden || !matched_shows || c.rate_is_small())
        .collect();
    let mut cells = suppress::forced(&matched, &must, Some(&left));
    // "At least" tells which counts are small, so one that is not has to stand among the hidden.
    let stands_among = |cells: &[Cell]| {
        let mut hidden = counts
            .iter()
            .zip(cells)
            .filter(|(_, c)| **c == Cell::Hidden);
        hidden.any(|(c, _)| !c.rate_is_small())
    };
    if must.contains(&true) && !stands_among(&cells) {
        let shown = (0..counts.len()).filter(|i| cells[*i].shown().is_some_and(|n| n > 0));
        if let Some(along) = shown.min_by_key(|i| matched[*i]) {
            must[along] = true;
            cells = suppress::forced(&matched, &must, Some(&left));
        }
    }
    let bounds = matched_shows && stands_among(&cells);
    counts
        .iter()
        .zip(record_cells.into_iter().zip(cells))
        .map(|(count, (records, matched))| GroupRow {
            value: count.value.clone(),
            records,
            matched,
            rate: match (records.shown(), matched.shown()) {
                (Some(n), Some(m)) if n > 0 => wilson(m, n),
                (Some(n), None) if bounds && suppress::is_small(count.left()) => Rate::AtLeast {
                    rate_at_least: 1.0 - ((SMALL - 1) as f64 / n as f64).min(1.0),
                },
                (Some(n), None) if bounds && suppress::is_small(count.matched) => Rate::AtMost {
                    rate_at_most: ((SMALL - 1) as f64 / n as f64).min(1.0),
                },
                _ => Rate::Hidden {},
            },
        })
        .collect()
}

/// Rate and 95 % score interval (Wilson 1927).
fn wilson(m: u64, n: u64) -> Rate {
    const Z: f64 = 1.959_964;
    let (m, n) = (m as f64, n as f64);
    let p = m / n;
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Rate::Exact {
        rate: p,
        interval_from: (middle - half).max(0.0),
        interval_to: (middle + half).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe 1998, Table I: 81 of 263, score method: .2553 to .3662.
        let Rate::Exact {
            rate,
            interval_from,
            interval_to,
        } = wilson(81, 263)
        else {
            panic!("81 of 263 may be shown")
        };
        assert!(
            (rate - 0.308).abs() < 1e-3
                && (interval_from - 0.2553).abs() < 1e-4
                && (interval_to - 0.3662).abs() < 1e-4
        );
    }

    fn group(values: &[(&str, u64, u64)]) -> Vec<Count> {
        let mut g = Group {
            column: "g".to_owned(),
            values: Vec::new(),
            of_record: Vec::new(),
        };
        let mut matched = Vec::new();
        for (i, (value, n, m)) in (0u32..).zip(values) {
            g.values.push((*value).to_owned());
            for at in 0..*n {
                g.of_record.push(i);
                matched.push(at < *m);
            }
        }
        counts(&g, matched.into_iter())
    }

    #[test]
    fn a_small_group_is_never_named_and_a_column_of_names_gives_none() {
        let found = group(&[
            ("b", 40, 30),
            ("Zyxquorv", 3, 1),
            ("a", 50, 20),
            ("", 12, 2),
            ("Nymand", 8, 8),
        ]);
        let names: Vec<&str> = found.iter().map(|c| c.value.as_str()).collect();
        assert_eq!(names, ["a", "b", BLANK, REST]);
        assert_eq!((found[3].records, found[3].matched), (11, 9));
        let each = group(&[("x", 1, 1); 60]);
        assert_eq!(each.len(), 1, "values of one record each are no groups");
        assert_eq!((each[0].value.as_str(), each[0].records), (REST, 60));
    }

    #[test]
    fn a_high_rate_is_told_as_at_least_and_nothing_can_be_subtracted() {
        let rows = table(
            &group(&[("a", 300, 297), ("b", 200, 150), ("c", 400, 300)]),
            true,
        );
        assert_eq!(rows[0].matched, Cell::Hidden);
        assert_eq!(
            rows[0].rate,
            Rate::AtLeast {
                rate_at_least: 1.0 - 9.0 / 300.0
            }
        );
        assert_eq!(
            rows[1].matched,
            Cell::Hidden,
            "the next smallest goes along"
        );
        assert_eq!(rows[1].rate, Rate::Hidden {});
        assert_eq!(rows[2].matched, Cell::Shown(300), "control");
        // Two small rests alone would add up to what is known: one that is not small goes along.
        let rows = table(
            &group(&[("a", 300, 299), ("b", 200, 190), ("c", 400, 200)]),
            true,
        );
        assert!(rows[0].matched == Cell::Hidden && rows[1].matched == Cell::Hidden);
        let alone = table(&group(&[("a", 300, 299)]), true);
        assert_eq!(alone[0].rate, Rate::Hidden {}, "nothing to stand beside it");
        let hidden = table(&group(&[("a", 300, 200), ("b", 200, 150)]), false);
        assert!(hidden.iter().all(|r| r.matched == Cell::Hidden));
    }
}
