//! Match rates by group, with intervals.

use super::{Rate, Summary, percent, text};

/// One section a column, one table a file.
pub(super) fn columns(s: &Summary) -> Vec<ColumnView> {
    let mut out: Vec<ColumnView> = Vec::new();
    for g in &s.groups {
        let rows = g.rows.iter().map(|r| {
            let (dot, band, rate, interval) = match r.rate {
                Rate::Exact {
                    rate,
                    interval_from,
                    interval_to,
                } => (
                    Some(rate * 100.0),
                    Some((interval_from * 100.0, (interval_to - interval_from) * 100.0)),
                    percent(rate),
                    format!("{:.1} to {}", interval_from * 100.0, percent(interval_to)),
                ),
                Rate::AtLeast { rate_at_least } => (
                    None,
                    Some((rate_at_least * 100.0, (1.0 - rate_at_least) * 100.0)),
                    format!("over {}", percent(rate_at_least)),
                    String::new(),
                ),
                Rate::AtMost { rate_at_most } => (
                    None,
                    Some((0.0, rate_at_most * 100.0)),
                    format!("under {}", percent(rate_at_most)),
                    String::new(),
                ),
                Rate::Hidden {} => (None, None, "not shown".to_owned(), String::new()),
            };
            GroupBar {
                label: r.value.clone(),
                records: text(r.records),
                matched: text(r.matched),
                rate,
                interval,
                dot,
                band,
            }
        });
        let view = GroupView {
            file: g.file.clone(),
            overall: g.rate_of_file.map(|r| r * 100.0),
            overall_text: g.rate_of_file.map(percent).unwrap_or_default(),
            rows: rows.collect(),
        };
        match out.iter_mut().find(|c| c.column == g.column) {
            Some(column) => column.files.push(view),
            None => out.push(ColumnView {
                column: g.column.clone(),
                files: vec![view],
            }),
        }
    }
    out
}

pub(super) struct ColumnView {
    pub(super) column: String,
    pub(super) files: Vec<GroupView>,
}

pub(super) struct GroupView {
    pub(super) file: String,
    pub(super) overall: Option<f64>,
    pub(super) overall_text: String,
    pub(super) rows: Vec<GroupBar>,
}

pub(super) struct GroupBar {
    pub(super) label: String,
    pub(super) records: String,
    pub(super) matched: String,
    pub(super) rate: String,
    pub(super) interval: String,
    pub(super) dot: Option<f64>,
    pub(super) band: Option<(f64, f64)>,
}
