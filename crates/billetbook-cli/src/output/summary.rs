//! `summary.json`: counts, rates and settings, small counts suppressed.

use super::rows::status;
use super::suppress::{self, Cell};
use super::tables::held_words;
use crate::error::CliError;
use billetbook::hex::Hex;
use billetbook::linkage::{Decision, Linkage, MATCH, POSSIBLE, RowOutcome, Status};
use billetbook::record::{QualityReport, RecordFile};
use billetbook::token::KeySet;
use groups::group_tables;
use rayon::prelude::*;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

mod groups;

pub(crate) use groups::{GroupTable, Rate};

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) billetbook: &'static str,
    pub(crate) settings: Settings,
    /// Counts of records are exact; of pairs, clusters and postcodes to the nearest ten.
    pub(crate) files: Vec<FileSummary>,
    pub(crate) links: Named,
    pub(crate) held_back: Vec<HeldBack>,
    pub(crate) clusters: Vec<ClusterSize>,
    pub(crate) fit: FitSummary,
    pub(crate) steps: Vec<Step>,
    pub(crate) probabilities: Vec<Bin>,
    pub(crate) groups: Vec<GroupTable>,
    pub(crate) quality: Vec<Quality>,
    pub(crate) seconds: BTreeMap<&'static str, f64>,
}

/// Names and counts, written as a map in this order.
#[derive(Clone, Debug)]
pub(crate) struct Named(pub(crate) Vec<(&'static str, Cell)>);

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.0.len()))?;
        for (name, cell) in &self.0 {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

/// How a linkage was made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Settings {
    pub(crate) profile: &'static str,
    /// The linkage across parties that these are a member's own results of.
    pub(crate) linkage: Option<String>,
    pub(crate) key_set: String,
    pub(crate) key_set_digest: String,
    pub(crate) tokens_per_record: usize,
    pub(crate) match_from: f64,
    pub(crate) possible_from: f64,
    pub(crate) within: bool,
    pub(crate) all_pairs: bool,
    pub(crate) allow_weak: bool,
    /// Rows that no token matched were compared by similarity.
    pub(crate) residue: bool,
}

impl Settings {
    /// The usual settings with a key set.
    pub(crate) fn of(key_set: &KeySet) -> Settings {
        Settings {
            profile: "tokens",
            linkage: None,
            key_set: key_set.name().to_owned(),
            key_set_digest: Hex(&key_set.digest()).to_string(),
            tokens_per_record: key_set.tokens_per_record(),
            match_from: MATCH,
            possible_from: POSSIBLE,
            within: false,
            all_pairs: false,
            allow_weak: false,
            residue: false,
        }
    }

    /// The usual settings where records are compared in clear: no key, no token.
    pub(crate) fn in_clear() -> Settings {
        Settings {
            profile: "local",
            linkage: None,
            key_set: "none".to_owned(),
            key_set_digest: String::new(),
            tokens_per_record: 0,
            match_from: MATCH,
            possible_from: POSSIBLE,
            within: false,
            all_pairs: false,
            allow_weak: false,
            residue: false,
        }
    }
}

impl Summary {
    /// Writes `summary.json`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), CliError> {
        let path = folder.join("summary.json");
        std::fs::write(&path, serde_json::to_string_pretty(self)?)
            .map_err(|source| CliError::Write { path, source })
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct FileSummary {
    pub(crate) file: String,
    pub(crate) layout: &'static str,
    /// Absent where rows are numbered.
    pub(crate) id_column: Option<String>,
    pub(crate) records: u64,
    pub(crate) status: Named,
    /// Of records; absent where the count is suppressed.
    pub(crate) match_rate: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct HeldBack {
    pub(crate) reason: &'static str,
    pub(crate) pairs: Cell,
}

#[derive(Debug, Serialize)]
pub(crate) struct ClusterSize {
    pub(crate) records: usize,
    pub(crate) clusters: Cell,
}

#[derive(Debug, Serialize)]
pub(crate) struct FitSummary {
    pub(crate) candidates: Cell,
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

/// Links of one class of probability, by decision.
#[derive(Debug, Serialize)]
pub(crate) struct Bin {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) r#match: Cell,
    pub(crate) possible: Cell,
    pub(crate) none: Cell,
}

#[derive(Debug, Serialize)]
pub(crate) struct Quality {
    pub(crate) file: String,
    pub(crate) fields: Vec<FieldGrades>,
    pub(crate) shared_postcodes: Vec<SharedPostcodes>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FieldGrades {
    pub(crate) field: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) valid: Cell,
    pub(crate) malformed: Cell,
    pub(crate) placeholder: Cell,
    pub(crate) missing: Cell,
}

#[derive(Debug, Serialize)]
pub(crate) struct SharedPostcodes {
    pub(crate) from: usize,
    pub(crate) to: Option<usize>,
    pub(crate) postcodes: Cell,
}

/// Bounds of the classes of probability: tenths, the last of them by what decides and beyond.
const BOUNDS: [f64; 13] = [
    0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0,
];

pub(crate) fn summarise(
    files: &[RecordFile],
    linkage: &Linkage,
    settings: Settings,
    seconds: &[(&'static str, Duration)],
) -> Summary {
    let by_decision = |d: Decision| {
        suppress::tens(linkage.links.iter().filter(|l| l.decision == d).count() as u64)
    };
    let file_summaries: Vec<FileSummary> = files
        .iter()
        .zip(&linkage.rows)
        .map(|(f, rows)| file_summary(f, rows))
        .collect();
    let groups = files
        .iter()
        .zip(&linkage.rows)
        .zip(&file_summaries)
        .flat_map(|((f, rows), s)| group_tables(f, rows, s.match_rate.is_some()))
        .collect();
    Summary {
        billetbook: env!("CARGO_PKG_VERSION"),
        settings,
        files: file_summaries,
        links: Named(vec![
            ("match", by_decision(Decision::Match)),
            ("possible", by_decision(Decision::Possible)),
        ]),
        held_back: held_back(linkage),
        clusters: cluster_sizes(linkage),
        fit: FitSummary {
            candidates: suppress::tens(linkage.fit.candidates),
            match_share: linkage.fit.match_share,
            priors_used: linkage.fit.priors_used,
            rounds: linkage.fit.rounds,
        },
        steps: linkage
            .fit
            .steps
            .iter()
            .map(|(key, candidates, probable)| Step {
                key: key.clone(),
                new_candidates: suppress::tens(*candidates),
                new_probable: suppress::tens(*probable),
            })
            .collect(),
        probabilities: histogram(linkage),
        groups,
        quality: files.par_iter().map(quality).collect(),
        seconds: seconds
            .iter()
            .map(|(k, d)| (*k, (d.as_secs_f64() * 1000.0).round() / 1000.0))
            .collect(),
    }
}

/// `matched` counts `many` too, so that a small `many` hides nothing else.
fn file_summary(file: &RecordFile, rows: &[RowOutcome]) -> FileSummary {
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
        id_column: file.id_column().map(str::to_owned),
        records,
        status: Named(listed),
        match_rate: rate,
    }
}

fn held_back(linkage: &Linkage) -> Vec<HeldBack> {
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    for link in linkage
        .links
        .iter()
        .filter(|l| l.decision == Decision::Possible)
    {
        let reason = link.held.map_or(NOT_SURE, held_words);
        *counts.entry(reason).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    counts
        .into_iter()
        .map(|(reason, n)| HeldBack {
            reason,
            pairs: suppress::tens(n),
        })
        .collect()
}

/// Why a link is only possible where no rule held it back.
pub(crate) const NOT_SURE: &str = "likely, but not sure enough";

fn cluster_sizes(linkage: &Linkage) -> Vec<ClusterSize> {
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    for c in &linkage.clusters {
        *counts.entry(c.members.len()).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(records, n)| ClusterSize {
            records,
            clusters: suppress::tens(n),
        })
        .collect()
}

fn histogram(linkage: &Linkage) -> Vec<Bin> {
    let count = |from: f64, to: f64, d: Decision| {
        let within = |p: f64| p >= from && (p < to || to == 1.0);
        let links = linkage.links.iter();
        suppress::tens(
            links
                .filter(|l| l.decision == d && within(l.probability))
                .count() as u64,
        )
    };
    BOUNDS
        .windows(2)
        .map(|b| Bin {
            from: b[0],
            to: b[1],
            r#match: count(b[0], b[1], Decision::Match),
            possible: count(b[0], b[1], Decision::Possible),
            none: count(b[0], b[1], Decision::None),
        })
        .collect()
}

fn quality(file: &RecordFile) -> Quality {
    let report = QualityReport::of(file);
    let fields = report.fields.into_iter().map(|q| {
        let counts = [q.valid, q.malformed, q.placeholder, q.missing].map(|n| n as u64);
        let cells = suppress::row(&counts);
        FieldGrades {
            field: q.field,
            columns: q.columns,
            valid: cells[0],
            malformed: cells[1],
            placeholder: cells[2],
            missing: cells[3],
        }
    });
    let shared = report.shared_postcodes.iter().map(|s| SharedPostcodes {
        from: s.from,
        to: s.to,
        postcodes: suppress::tens(s.postcodes as u64),
    });
    Quality {
        file: report.file,
        fields: fields.collect(),
        shared_postcodes: shared.collect(),
    }
}
