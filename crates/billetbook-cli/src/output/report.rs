//! `report.html`: one page that reads without network and without scripts.

use super::summary::Summary;
use super::suppress::Cell;
use crate::error::CliError;
use askama::Template;
use std::path::Path;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    s: &'a Summary,
    heads: Vec<String>,
    match_share: String,
    tiles: Vec<Tile>,
    steps: Vec<Bar>,
    histogram: Vec<Bar>,
    clusters: Vec<Bar>,
    held: Vec<Bar>,
    groups: Vec<GroupView>,
    missing: Vec<MissingView>,
    postcodes: Vec<PostcodeView>,
}

struct Tile {
    name: String,
    value: String,
    note: String,
}

/// A labelled bar; widths in percent.
struct Bar {
    label: String,
    value: String,
    start: f64,
    width: f64,
}

struct GroupView {
    title: String,
    rows: Vec<GroupBar>,
}

struct GroupBar {
    label: String,
    records: String,
    matched: String,
    rate: String,
    interval: String,
    shown: bool,
    at: f64,
    low: f64,
    wide: f64,
}

struct MissingView {
    file: String,
    rows: Vec<MissingRow>,
}

struct MissingRow {
    field: String,
    cells: [String; 4],
    valid: f64,
    malformed: f64,
    placeholder: f64,
}

struct PostcodeView {
    file: String,
    bars: Vec<Bar>,
}

/// Writes the page.
pub(crate) fn write(folder: &Path, summary: &Summary) -> Result<(), CliError> {
    let page = Page {
        s: summary,
        heads: summary.files.first().map_or_else(Vec::new, |f| {
            f.status.iter().map(|x| x.0.replace('_', " ")).collect()
        }),
        match_share: format!("{:.4}", summary.fit.match_share),
        tiles: tiles(summary),
        steps: waterfall(summary),
        histogram: histogram(summary),
        clusters: bars(
            summary
                .clusters
                .iter()
                .map(|(n, c)| (format!("{n} record{}", plural(*n)), *c))
                .collect(),
        ),
        held: bars(
            summary
                .held_back
                .iter()
                .map(|(why, c)| ((*why).to_owned(), *c))
                .collect(),
        ),
        groups: groups(summary),
        missing: missing(summary),
        postcodes: postcodes(summary),
    };
    let path = folder.join("report.html");
    std::fs::write(&path, page.render()?).map_err(|source| CliError::Write { path, source })
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Thousands apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

fn text(c: Cell) -> String {
    c.shown().map_or_else(|| "not shown".to_owned(), grouped)
}

fn tiles(s: &Summary) -> Vec<Tile> {
    let mut out = Vec::new();
    for f in &s.files {
        let rate = f
            .match_rate
            .map_or_else(|| "not shown".to_owned(), |r| format!("{:.1} %", r * 100.0));
        out.push(Tile {
            name: f.file.clone(),
            value: rate,
            note: format!("of {} records matched", grouped(f.records)),
        });
    }
    for (name, note) in [
        ("match", "links sure enough to use"),
        ("possible", "links for a person to review"),
    ] {
        if let Some(c) = s.links.get(name) {
            out.push(Tile {
                name: name.to_owned(),
                value: text(*c),
                note: note.to_owned(),
            });
        }
    }
    out
}

fn bars(list: Vec<(String, Cell)>) -> Vec<Bar> {
    let most = list
        .iter()
        .filter_map(|x| x.1.shown())
        .max()
        .unwrap_or(1)
        .max(1) as f64;
    list.into_iter()
        .map(|(label, c)| Bar {
            label,
            value: text(c),
            start: 0.0,
            width: c.shown().map_or(0.0, |n| n as f64 / most * 100.0),
        })
        .collect()
}

/// Each key's new probable pairs, from where the one before ended.
fn waterfall(s: &Summary) -> Vec<Bar> {
    let shown: u64 = s.steps.iter().filter_map(|x| x.new_probable.shown()).sum();
    let total = shown.max(1) as f64;
    let mut at = 0.0;
    s.steps
        .iter()
        .filter(|x| x.new_probable.shown() != Some(0))
        .map(|x| {
            let width = x
                .new_probable
                .shown()
                .map_or(0.0, |n| n as f64 / total * 100.0);
            let bar = Bar {
                label: x.key.replace('+', " + ").replace(['.', '_'], " "),
                value: text(x.new_probable),
                start: at,
                width,
            };
            at += width;
            bar
        })
        .collect()
}

fn histogram(s: &Summary) -> Vec<Bar> {
    let first = if s.settings.all_pairs { 0 } else { 3 };
    let list = s.probabilities.iter().enumerate().skip(first);
    bars(
        list.map(|(i, c)| {
            (
                format!(
                    "0.{i} to {}",
                    if i == 9 {
                        "1".to_owned()
                    } else {
                        format!("0.{}", i + 1)
                    }
                ),
                *c,
            )
        })
        .collect(),
    )
}

fn groups(s: &Summary) -> Vec<GroupView> {
    s.groups
        .iter()
        .map(|g| GroupView {
            title: format!("{} in {}", g.column, g.file),
            rows: g
                .rows
                .iter()
                .map(|r| {
                    let (p, low, high) = r.rate.unwrap_or((0.0, 0.0, 0.0));
                    let shown = r.rate.is_some();
                    GroupBar {
                        label: r.value.clone(),
                        records: text(r.records),
                        matched: text(r.matched),
                        rate: if shown {
                            format!("{:.1} %", p * 100.0)
                        } else {
                            "not shown".to_owned()
                        },
                        interval: if shown {
                            format!("{:.1} to {:.1} %", low * 100.0, high * 100.0)
                        } else {
                            String::new()
                        },
                        shown,
                        at: p * 100.0,
                        low: low * 100.0,
                        wide: (high - low) * 100.0,
                    }
                })
                .collect(),
        })
        .collect()
}

fn missing(s: &Summary) -> Vec<MissingView> {
    s.quality
        .iter()
        .zip(&s.files)
        .map(|(q, file)| MissingView {
            file: q.file.clone(),
            rows: q
                .fields
                .iter()
                .map(|(field, cells)| {
                    let share = |c: Cell| {
                        c.shown()
                            .map_or(0.0, |n| n as f64 / file.records.max(1) as f64 * 100.0)
                    };
                    MissingRow {
                        field: field.replace('_', " "),
                        cells: cells.map(text),
                        valid: share(cells[0]),
                        malformed: share(cells[1]),
                        placeholder: share(cells[2]),
                    }
                })
                .collect(),
        })
        .collect()
}

fn postcodes(s: &Summary) -> Vec<PostcodeView> {
    s.quality
        .iter()
        .filter(|q| q.fields.iter().any(|f| f.0 == "postcode"))
        .map(|q| PostcodeView {
            file: q.file.clone(),
            bars: bars(
                q.shared_postcodes
                    .iter()
                    .map(|(n, c)| (format!("{n} records or more"), *c))
                    .collect(),
            ),
        })
        .collect()
}
