//! `report.html`: one page that reads without network and without scripts.

use super::summary::{Rate, Summary};
use super::suppress::Cell;
use super::words::key_in_words;
use crate::error::CliError;
use askama::Template;
use groups::{ColumnView, columns};
use histogram::{Histogram, histogram};
use std::path::Path;

mod groups;
mod histogram;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    s: &'a Summary,
    heads: Vec<String>,
    tiles: Vec<Tile>,
    files: Vec<FileView>,
    histogram: Histogram,
    steps: Vec<Bar>,
    rare_steps: usize,
    held: Vec<Bar>,
    columns: Vec<ColumnView>,
    clusters: Vec<Bar>,
    quality: Vec<QualityView>,
    postcodes: Vec<PostcodeView>,
    how: Vec<(&'static str, String)>,
}

struct Tile {
    name: String,
    title: String,
    value: String,
    note: String,
}

/// A labelled bar; widths in percent.
struct Bar {
    label: String,
    title: String,
    value: String,
    so_far: String,
    start: f64,
    width: f64,
}

struct FileView {
    name: String,
    title: String,
    records: String,
    cells: Vec<String>,
    parts: Vec<Part>,
}

/// A part of a stacked bar: its class, and width in percent.
struct Part {
    class: &'static str,
    width: f64,
}

struct QualityView {
    file: String,
    rows: Vec<QualityRow>,
}

struct QualityRow {
    field: String,
    column: String,
    cells: [String; 4],
    parts: Vec<Part>,
}

struct PostcodeView {
    file: String,
    bars: Vec<Bar>,
}

/// Writes the page.
pub(crate) fn write(folder: &Path, summary: &Summary) -> Result<(), CliError> {
    let (steps, rare_steps) = waterfall(summary);
    let page = Page {
        s: summary,
        heads: summary.files.first().map_or_else(Vec::new, |f| {
            f.status.0.iter().map(|x| x.0.replace('_', " ")).collect()
        }),
        tiles: tiles(summary),
        files: summary.files.iter().map(|f| file(f, summary)).collect(),
        histogram: histogram(summary),
        steps,
        rare_steps,
        held: bars(
            summary
                .held_back
                .iter()
                .map(|h| (h.reason.to_owned(), h.pairs)),
        ),
        columns: columns(summary),
        clusters: bars(summary.clusters.iter().map(|c| {
            let plural = if c.records == 1 { "" } else { "s" };
            (format!("{} record{plural}", c.records), c.clusters)
        })),
        quality: quality(summary),
        postcodes: postcodes(summary),
        how: how(summary),
    };
    let path = folder.join("report.html");
    std::fs::write(&path, page.render()?).map_err(|source| CliError::Write { path, source })
}

/// Thousands apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A count of records.
fn text(c: Cell) -> String {
    c.shown().map_or_else(|| "not shown".to_owned(), grouped)
}

/// A count in tens: what is not shown is from one to nine.
fn tens(c: Cell) -> String {
    c.shown().map_or_else(|| "1 to 9".to_owned(), grouped)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn tiles(s: &Summary) -> Vec<Tile> {
    let mut out: Vec<Tile> = s
        .files
        .iter()
        .map(|f| Tile {
            name: short(&f.file, s).to_owned(),
            title: f.file.clone(),
            value: f.match_rate.map_or_else(|| "not shown".to_owned(), percent),
            note: format!("of {} records matched", grouped(f.records)),
        })
        .collect();
    let notes = ["links sure enough to use", "links for a person to review"];
    for ((name, count), note) in s.links.0.iter().zip(notes) {
        out.push(Tile {
            name: (*name).to_owned(),
            title: String::new(),
            value: tens(*count),
            note: format!("{note}, to the nearest ten"),
        });
    }
    out
}

fn share(c: Cell, of: u64) -> f64 {
    c.shown()
        .map_or(0.0, |n| n as f64 / of.max(1) as f64 * 100.0)
}

/// Parts of a whole, what is hidden hatched at the end.
fn stacked(parts: &[(&'static str, Cell)], of: u64) -> Vec<Part> {
    let shown = |c: &Cell| c.shown().is_some_and(|n| n > 0);
    let mut out: Vec<Part> = parts
        .iter()
        .filter(|p| shown(&p.1))
        .map(|(class, c)| Part {
            class,
            width: share(*c, of),
        })
        .collect();
    let left = 100.0 - out.iter().map(|p| p.width).sum::<f64>();
    if parts.iter().any(|p| p.1 == Cell::Hidden) {
        out.push(Part {
            class: "hidden",
            width: left.max(0.0),
        });
    }
    out
}

/// The last part of a file's path, where no other file of the linkage ends so.
fn short<'a>(path: &'a str, s: &Summary) -> &'a str {
    let last = |p: &'a str| p.rsplit(['/', '\\']).next().unwrap_or(p);
    let name = last(path);
    let ends_so =
        |f: &&super::summary::FileSummary| f.file.rsplit(['/', '\\']).next() == Some(name);
    if s.files.iter().filter(ends_so).count() > 1 {
        return path;
    }
    name
}

fn file(f: &super::summary::FileSummary, s: &Summary) -> FileView {
    // `many` is counted in `matched`.
    let parts = f.status.0.iter().filter_map(|(name, c)| match *name {
        "matched" => Some(("a", *c)),
        "possible" => Some(("b", *c)),
        "unmatched" => Some(("d", *c)),
        "not_tokenised" => Some(("c", *c)),
        _ => None,
    });
    FileView {
        name: short(&f.file, s).to_owned(),
        title: f.file.clone(),
        records: grouped(f.records),
        cells: f.status.0.iter().map(|x| text(x.1)).collect(),
        parts: stacked(&parts.collect::<Vec<_>>(), f.records),
    }
}

fn bars(list: impl Iterator<Item = (String, Cell)>) -> Vec<Bar> {
    let list: Vec<_> = list.collect();
    let shown = list.iter().filter_map(|x| x.1.shown());
    let most = shown.max().unwrap_or(1).max(1);
    let bar = |(label, c): (String, Cell)| Bar {
        label,
        title: String::new(),
        value: tens(c),
        so_far: String::new(),
        start: 0.0,
        width: share(c, most),
    };
    list.into_iter().map(bar).collect()
}

/// Each key's new probable pairs, from where the one before ended, and how many keys added under ten.
fn waterfall(s: &Summary) -> (Vec<Bar>, usize) {
    let total: u64 = s.steps.iter().filter_map(|x| x.new_probable.shown()).sum();
    let mut at = 0;
    let mut out = Vec::new();
    for step in &s.steps {
        let Some(n) = step.new_probable.shown().filter(|n| *n > 0) else {
            continue;
        };
        let of_all = |n: u64| n as f64 / total.max(1) as f64;
        out.push(Bar {
            label: key_in_words(&step.key),
            title: step.key.clone(),
            value: grouped(n),
            so_far: percent(of_all(at + n)),
            start: of_all(at) * 100.0,
            width: of_all(n) * 100.0,
        });
        at += n;
    }
    let rare = s.steps.iter().filter(|x| x.new_probable == Cell::Hidden);
    (out, rare.count())
}

fn quality(s: &Summary) -> Vec<QualityView> {
    let rows = |q: &super::summary::Quality, records: u64| {
        let row = |f: &super::summary::FieldGrades| QualityRow {
            field: f.field.replace('_', " "),
            column: f.columns.join(", "),
            cells: [f.valid, f.malformed, f.placeholder, f.missing].map(text),
            parts: stacked(
                &[
                    ("a", f.valid),
                    ("c", f.malformed),
                    ("b", f.placeholder),
                    ("m", f.missing),
                ],
                records,
            ),
        };
        q.fields.iter().map(row).collect()
    };
    s.quality
        .iter()
        .zip(&s.files)
        .map(|(q, file)| QualityView {
            file: q.file.clone(),
            rows: rows(q, file.records),
        })
        .collect()
}

fn postcodes(s: &Summary) -> Vec<PostcodeView> {
    s.quality
        .iter()
        .filter(|q| q.fields.iter().any(|f| f.field == "postcode"))
        .map(|q| PostcodeView {
            file: q.file.clone(),
            bars: bars(q.shared_postcodes.iter().map(|p| {
                let label = match p.to {
                    Some(to) => format!("{} to {to} records", p.from),
                    None => format!("{} records or more", p.from),
                };
                (label, p.postcodes)
            })),
        })
        .collect()
}

fn how(s: &Summary) -> Vec<(&'static str, String)> {
    let yes = |b: bool| if b { "yes" } else { "no" }.to_owned();
    let set = &s.settings;
    let mut out = vec![("Program", format!("billetbook {}", s.billetbook))];
    if let Some(linkage) = &set.linkage {
        out.push(("Linkage", linkage.clone()));
    }
    out.extend([
        ("Profile", set.profile.to_owned()),
        (
            "Match keys",
            if set.tokens_per_record == 0 {
                "none: records were compared field by field, in clear".to_owned()
            } else {
                format!(
                    "{}, {} tokens for every record, SHA-256 {}",
                    set.key_set, set.tokens_per_record, set.key_set_digest
                )
            },
        ),
        (
            "Thresholds",
            format!(
                "match from {}, possible from {}",
                set.match_from, set.possible_from
            ),
        ),
        ("Pairs inside a file", yes(set.within)),
        ("Weak keys", yes(set.allow_weak)),
        ("Pairs of any probability", yes(set.all_pairs)),
        ("Pairs by similarity alone", yes(set.residue)),
        ("Candidate pairs", tens(s.fit.candidates)),
        (
            "Share of matches among them",
            if s.fit.priors_used {
                "too few pairs to fit: the model's stated priors were used".to_owned()
            } else {
                format!(
                    "{}, fitted without labels in {} rounds",
                    percent(s.fit.match_share),
                    s.fit.rounds
                )
            },
        ),
    ]);
    for f in &s.files {
        let id = match &f.id_column {
            Some(column) => format!("ids from column \"{column}\""),
            None => "rows numbered".to_owned(),
        };
        out.push(("File", format!("{}: layout {}, {id}", f.file, f.layout)));
    }
    let seconds: Vec<String> = s.seconds.iter().map(|(k, v)| format!("{k} {v}")).collect();
    out.push(("Seconds", seconds.join(", ")));
    out
}
