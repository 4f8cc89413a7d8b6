//! `links.csv` and `clusters.csv`.

use super::csv_file;
use crate::error::CliError;
use billetbook::linkage::{ClusterFlag, Decision, Evidence, Held, Link, Linkage, RowRef};
use billetbook::record::RecordFile;
use std::collections::HashMap;
use std::path::Path;

/// The columns of `links.csv`.
pub(crate) const LINK_COLUMNS: [&str; 7] = [
    "left_file",
    "left_id",
    "right_file",
    "right_id",
    "probability",
    "decision",
    "evidence",
];

/// Every link with its files by their path as given.
pub(crate) fn links(
    folder: &Path,
    files: &[RecordFile],
    linkage: &Linkage,
) -> Result<(), CliError> {
    let (mut out, path) = csv_file(folder, "links.csv")?;
    let failed = |source| CliError::WriteCsv {
        path: path.clone(),
        source,
    };
    out.write_record(LINK_COLUMNS).map_err(failed)?;
    let mut number = String::new();
    // Links agree in few ways: each is put into words once.
    let mut words: HashMap<(Evidence, Option<Held>), String> = HashMap::new();
    for link in &linkage.links {
        let (l, r) = (place(files, link.left), place(files, link.right));
        number.clear();
        std::fmt::Write::write_fmt(&mut number, format_args!("{:.4}", link.probability))
            .unwrap_or_default();
        out.write_record([
            l.0,
            l.1,
            r.0,
            r.1,
            &number,
            decision(link.decision),
            words
                .entry((link.evidence, link.held))
                .or_insert_with(|| evidence(link)),
        ])
        .map_err(failed)?;
    }
    out.flush()
        .map_err(|source| CliError::Write { path, source })
}

/// Every record with its cluster, under the name that `name` gives it.
pub(crate) fn clusters(
    folder: &Path,
    files: &[RecordFile],
    linkage: &Linkage,
    name: impl Fn(u32) -> String,
) -> Result<(), CliError> {
    let (mut out, path) = csv_file(folder, "clusters.csv")?;
    let failed = |source| CliError::WriteCsv {
        path: path.clone(),
        source,
    };
    out.write_record(["cluster", "file", "id", "flags"])
        .map_err(failed)?;
    for (i, cluster) in (0u32..).zip(&linkage.clusters) {
        let name = name(i);
        let flags: Vec<&str> = cluster.flags.iter().map(|f| flag(*f)).collect();
        let flags = flags.join(" ");
        for member in &cluster.members {
            let (file, id) = place(files, *member);
            out.write_record([name.as_str(), file, id, &flags])
                .map_err(failed)?;
        }
    }
    out.flush()
        .map_err(|source| CliError::Write { path, source })
}

fn place(files: &[RecordFile], at: RowRef) -> (&str, &str) {
    let file = &files[usize::from(at.file)];
    (file.name(), &file.records()[at.row as usize].id)
}

pub(crate) fn decision(d: Decision) -> &'static str {
    match d {
        Decision::Match => "match",
        Decision::Possible => "possible",
        Decision::None => "none",
    }
}

pub(crate) fn evidence(link: &Link) -> String {
    let words = link.evidence.words();
    match link.held {
        Some(held) => format!("{words}; held back: {}", held_words(held)),
        None => words,
    }
}

pub(crate) fn held_words(held: Held) -> &'static str {
    match held {
        Held::NoGivenName => "no given name or identifier says that it is this child",
        Held::NearName => "the given names are only alike, as twins' may be",
        Held::CoBirth => "the given name is only alike, and a twin stands beside",
        Held::GivenNameConflict => "the identifier agrees, but the given names differ",
        Held::IdentifierConflict => "their NHS numbers differ",
        Held::IdentifierDoubtful => {
            "the identifier agrees, but another differs or stands on two records"
        }
        Held::RunnerUp => "another record is as likely",
        Held::NoLink => "it would join an identity to a closed one",
        Held::WeakKey => "only a weak key agrees",
        Held::Residue => "no token agrees: found by similarity alone, which a relative may have",
        _ => "a rule holds it back",
    }
}

pub(crate) fn flag(f: ClusterFlag) -> &'static str {
    match f {
        ClusterFlag::IdentifierConflict => "identifier-conflict",
        ClusterFlag::NoLink => "no-link",
        ClusterFlag::TwoOfOneFile => "two-of-one-file",
        ClusterFlag::Shielded => "shielded",
        ClusterFlag::Split => "split",
        _ => "flagged",
    }
}
