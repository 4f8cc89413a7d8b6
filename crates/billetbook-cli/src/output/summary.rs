//! `summary.json`: counts, rates and settings, small counts suppressed.

use super::rows::status;
use super::suppress::{self, Cell};
use super::tables::held_words;
use crate::args::LinkArgs;
use billetbook::linkage::{Decision, Linkage, Status};
use billetbook::record::{QualityReport, RecordFile};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) billetbook: &'static str,
    pub(crate) profile: String,
    pub(crate) key_set: String,
    pub(crate) key_set_digest: String,
    pub(crate) tokens_per_record: usize,
    pub(crate) settings: Settings,
    pub(crate) files: Vec<FileSummary>,
    pub(crate) links: BTreeMap<&'static str, Cell>,
    pub(crate) held_back: Vec<(&'static str, Cell)>,
    pub(crate) clusters: Vec<(usize, Cell)>,
    pub(crate) fit: FitSummary,
    pub(crate) steps: Vec<Step>,
    pub(crate) probabilities: Vec<Cell>,
    pub(crate) groups: Vec<GroupTable>,
    pub(crate) quality: Vec<Quality>,
    pub(crate) seconds: BTreeMap<&'static str, f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Settings {
    pub(crate) match_from: f64,
    pub(crate) possible_from: f64,
    pub(crate) within: bool,
    pub(crate) all_pairs: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct FileSummary {
    pub(crate) file: String,
    pub(crate) layout: &'static str,
    pub(crate) records: u64,
    pub(crate) status: Vec<(&'static str, Cell)>,
    /// Of records; absent where the count is suppressed.
    pub(crate) match_rate: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FitSummary {
    pub(crate) candidates: u64,
    pub(crate) match_share: f64,
    pub(crate) priors_used: bool,
    pub(crate) rounds: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) key: String,
    pub(crate) new_candidates: Cell,
    pub(crate) new_probable: Cell,
}

#[derive(Debug, Serialize)]
pub(crate) struct GroupTable {
    pub(crate) file: String,
    pub(crate) column: String,
    pub(crate) rows: Vec<GroupRow>,
}

#[derive(Debug, Serialize)]
pub(crate) struct GroupRow {
    pub(crate) value: String,
    pub(crate) records: Cell,
    pub(crate) matched: Cell,
    /// Rate with its 95 % Wilson score interval; absent where suppressed.
    pub(crate) rate: Option<(f64, f64, f64)>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Quality {
    pub(crate) file: String,
    /// Field, and valid, malformed, placeholder, missing.
    pub(crate) fields: Vec<(&'static str, [Cell; 4])>,
    /// At least so many records, and how many postcodes.
    pub(crate) shared_postcodes: Vec<(u32, Cell)>,
}

/// What the command knows besides the linkage.
pub(crate) struct Context<'a> {
    pub(crate) args: &'a LinkArgs,
    pub(crate) key_set: &'a billetbook::token::KeySet,
    pub(crate) seconds: &'a [(&'static str, Duration)],
}

pub(crate) fn summarise(files: &[RecordFile], linkage: &Linkage, context: &Context<'_>) -> Summary {
    let mut groups = Vec::new();
    for (i, file) in files.iter().enumerate() {
        for group in file.groups() {
            groups.push(group_table(file, group, &linkage.rows[i]));
        }
    }
    let by_decision = |d: Decision| linkage.links.iter().filter(|l| l.decision == d).count() as u64;
    let digest: String = context
        .key_set
        .digest()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    Summary {
        billetbook: env!("CARGO_PKG_VERSION"),
        profile: format!("{:?}", context.args.profile).to_lowercase(),
        key_set: context.key_set.name().to_owned(),
        key_set_digest: digest,
        tokens_per_record: context.key_set.tokens_per_record(),
        settings: Settings {
            match_from: billetbook::linkage::MATCH,
            possible_from: billetbook::linkage::POSSIBLE,
            within: context.args.within,
            all_pairs: context.args.all_pairs,
        },
        files: files
            .iter()
            .zip(&linkage.rows)
            .map(|(f, rows)| file_summary(f, rows))
            .collect(),
        links: BTreeMap::from([
            ("match", suppress::alone(by_decision(Decision::Match))),
            ("possible", suppress::alone(by_decision(Decision::Possible))),
        ]),
        held_back: held_back(linkage),
        clusters: cluster_sizes(linkage),
        fit: FitSummary {
            candidates: linkage.fit.candidates,
            match_share: linkage.fit.match_share,
            priors_used: linkage.fit.priors_used,
            rounds: linkage.fit.rounds,
        },
        steps: steps(linkage),
        probabilities: histogram(linkage),
        groups,
        quality: files.iter().map(quality).collect(),
        seconds: context
            .seconds
            .iter()
            .map(|(k, d)| (*k, (d.as_secs_f64() * 1000.0).round() / 1000.0))
            .collect(),
    }
}

/// `matched` counts `many` too, so that a small `many` hides nothing else.
fn file_summary(file: &RecordFile, rows: &[billetbook::linkage::RowOutcome]) -> FileSummary {
    let count = |s: Status| rows.iter().filter(|r| r.status == s).count() as u64;
    let many = count(Status::Many);
    let names = [
        Status::Matched,
        Status::Possible,
        Status::Unmatched,
        Status::NotTokenised,
    ];
    let mut counts = names.map(count);
    counts[0] += many;
    let cells = suppress::row(&counts);
    let many = if suppress::is_small(counts[0] - many) {
        Cell::Hidden
    } else {
        suppress::alone(many)
    };
    let records = rows.len() as u64;
    let rate = cells[0]
        .shown()
        .filter(|_| records > 0)
        .map(|n| n as f64 / records as f64);
    let mut listed: Vec<(&'static str, Cell)> = names
        .iter()
        .zip(cells)
        .map(|(s, c)| (status(*s), c))
        .collect();
    listed.insert(1, (status(Status::Many), many));
    FileSummary {
        file: file.name().to_owned(),
        layout: file.layout().name(),
        records,
        status: listed,
        match_rate: rate,
    }
}

fn held_back(linkage: &Linkage) -> Vec<(&'static str, Cell)> {
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    for held in linkage
        .links
        .iter()
        .filter(|l| l.decision == Decision::Possible)
        .filter_map(|l| l.held)
    {
        *counts.entry(held_words(held)).or_default() += 1;
    }
    let numbers: Vec<u64> = counts.values().copied().collect();
    counts.into_keys().zip(suppress::row(&numbers)).collect()
}

fn cluster_sizes(linkage: &Linkage) -> Vec<(usize, Cell)> {
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    for c in &linkage.clusters {
        *counts.entry(c.members.len()).or_default() += 1;
    }
    // Records are known in all, so the hidden sizes are hidden as a row.
    let numbers: Vec<u64> = counts.values().copied().collect();
    counts.into_keys().zip(suppress::row(&numbers)).collect()
}

fn steps(linkage: &Linkage) -> Vec<Step> {
    let column = |f: fn(&(String, u64, u64)) -> u64| {
        suppress::row(&linkage.fit.steps.iter().map(f).collect::<Vec<_>>())
    };
    let (new, probable) = (column(|s| s.1), column(|s| s.2));
    let names = linkage.fit.steps.iter().map(|s| s.0.clone());
    names
        .zip(new.into_iter().zip(probable))
        .map(|(key, (new_candidates, new_probable))| Step {
            key,
            new_candidates,
            new_probable,
        })
        .collect()
}

/// Links by probability, in tenths.
fn histogram(linkage: &Linkage) -> Vec<Cell> {
    let mut counts = [0u64; 10];
    for link in &linkage.links {
        let tenth = (0..10)
            .rev()
            .find(|i| link.probability >= f64::from(*i) / 10.0)
            .unwrap_or(0);
        counts[usize::try_from(tenth).unwrap_or(0)] += 1;
    }
    suppress::row(&counts)
}

fn group_table(
    file: &RecordFile,
    group: &billetbook::record::Group,
    rows: &[billetbook::linkage::RowOutcome],
) -> GroupTable {
    let mut records = vec![0u64; group.values.len()];
    let mut matched = vec![0u64; group.values.len()];
    for (value, row) in group.of_record.iter().zip(rows) {
        records[*value as usize] += 1;
        matched[*value as usize] += u64::from(matches!(row.status, Status::Matched | Status::Many));
    }
    let record_cells = suppress::row(&records);
    // Matched and not matched both follow from a rate: hide both where either is small.
    let must: Vec<bool> = records
        .iter()
        .zip(&matched)
        .zip(&record_cells)
        .map(|((n, m), cell)| {
            *cell == Cell::Hidden || suppress::is_small(*m) || suppress::is_small(n - m)
        })
        .collect();
    let matched_cells = suppress::forced(&matched, &must);
    let rows = group
        .values
        .iter()
        .zip(record_cells.into_iter().zip(matched_cells))
        .map(|(value, (records, matched))| GroupRow {
            value: if value.is_empty() {
                "(blank)".to_owned()
            } else {
                value.clone()
            },
            records,
            matched,
            rate: records
                .shown()
                .zip(matched.shown())
                .filter(|x| x.0 > 0)
                .map(|(n, m)| wilson(m, n)),
        })
        .collect();
    GroupTable {
        file: file.name().to_owned(),
        column: group.column.clone(),
        rows,
    }
}

/// Rate and 95 % score interval (Wilson 1927).
pub(crate) fn wilson(m: u64, n: u64) -> (f64, f64, f64) {
    const Z: f64 = 1.959_964;
    let (m, n) = (m as f64, n as f64);
    let p = m / n;
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (p, (middle - half).max(0.0), (middle + half).min(1.0))
}

fn quality(file: &RecordFile) -> Quality {
    let report = QualityReport::of(file);
    let fields = report
        .fields
        .iter()
        .map(|q| {
            let cells =
                suppress::row(&[q.valid, q.malformed, q.placeholder, q.missing].map(|n| n as u64));
            (q.field, [cells[0], cells[1], cells[2], cells[3]])
        })
        .collect();
    let shared = report.shared_postcodes.map(|(n, count)| (n, count as u64));
    let between: Vec<u64> = shared
        .iter()
        .enumerate()
        .map(|(i, s)| s.1 - shared.get(i + 1).map_or(0, |next| next.1))
        .collect();
    let hide = between.iter().any(|n| suppress::is_small(*n));
    let shared_postcodes = shared
        .iter()
        .map(|(n, count)| {
            (
                *n,
                if hide && suppress::is_small(*count) {
                    Cell::Hidden
                } else {
                    Cell::Shown(*count)
                },
            )
        })
        .collect();
    Quality {
        file: file.name().to_owned(),
        fields,
        shared_postcodes,
    }
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe 1998, Table I: 81 of 263, score method: .2553 to .3662.
        let (p, low, high) = wilson(81, 263);
        assert!(
            (p - 0.308).abs() < 1e-3 && (low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4
        );
    }
}
