use super::super::summary::Summary;
use super::super::suppress::Cell;
use super::grouped;

/// Links by probability, on a scale on which each line is ten times the one below: nearly all links are sure,
/// and the few others are those worth looking at.
pub(super) struct Histogram {
    pub(super) lines: Vec<Line>,
    pub(super) bins: Vec<Bin>,
    pub(super) has_none: bool,
}

pub(super) struct Line {
    pub(super) label: String,
    pub(super) height: f64,
}

pub(super) struct Bin {
    pub(super) label: String,
    pub(super) bars: Vec<Column>,
}

pub(super) struct Column {
    pub(super) class: &'static str,
    pub(super) what: &'static str,
    pub(super) value: String,
    pub(super) height: f64,
}

pub(super) fn histogram(s: &Summary) -> Histogram {
    let cells = |b: &super::super::summary::Bin| [b.r#match, b.possible, b.none];
    let is_empty = |c: Cell| c == Cell::Shown(0);
    let first = s
        .probabilities
        .iter()
        .position(|b| !cells(b).into_iter().all(is_empty) || b.from >= s.settings.possible_from)
        .unwrap_or(0);
    let bins = &s.probabilities[first..];
    let most = bins.iter().flat_map(cells).filter_map(Cell::shown).max();
    let tops = (1u32..).find(|t| 10u64.pow(*t) >= most.unwrap_or(1));
    let top = f64::from(tops.unwrap_or(1));
    let height = |c: Cell| match c.shown() {
        Some(0) => 0.0,
        Some(n) => (n as f64).log10() / top * 100.0,
        None => 0.5 / top * 100.0,
    };
    let has_none = bins.iter().any(|b| !is_empty(b.none));
    Histogram {
        lines: (1..=tops.unwrap_or(1))
            .map(|t| Line {
                label: grouped(10u64.pow(t)),
                height: f64::from(t) / top * 100.0,
            })
            .collect(),
        bins: bins
            .iter()
            .map(|b| Bin {
                label: format!("{} to {}", b.from, b.to),
                bars: cells(b)
                    .into_iter()
                    .zip([("a", "match"), ("b", "possible"), ("d", "none")])
                    .filter(|(c, _)| !is_empty(*c))
                    .map(|(c, (class, what))| Column {
                        class: if c == Cell::Hidden { "hidden" } else { class },
                        what,
                        // The hatch says from one to nine.
                        value: c.shown().map_or_else(String::new, grouped),
                        height: height(c),
                    })
                    .collect(),
            })
            .collect(),
        has_none,
    }
}
