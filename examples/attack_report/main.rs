//! The attacks on similarity encodings at full n: writes their tables and plots into docs/privacy-evaluation.md.
//! `cargo run --release -p billetbook --example attack_report` (some twenty minutes on one core; `-- quick` tries it at
//! small n and writes nothing, `-- presets` makes only the table by which presets are chosen).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring tool speaks and fails by panicking"
)]

#[path = "../../tests/attacks/bits.rs"]
mod bits;
#[path = "../../tests/attacks/encode.rs"]
mod encode;
#[path = "../../tests/attacks/graph.rs"]
mod graph;
#[path = "../../tests/attacks/measure.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod measure;
mod plots;
mod presets;
#[path = "../../tests/attacks/similar.rs"]
mod similar;
#[path = "../../tests/claims/support.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;
mod utility;

use billetbook::record::Record;
use encode::Encoding;
use graph::Case;
use std::fmt::Write;
use support::{children, records, without_identifiers};

/// How many records, and where the results go.
pub(crate) struct Size {
    graph: u32,
    bits: u32,
    write: bool,
}

/// What was measured of one encoding.
pub(crate) struct Measured {
    pub(crate) name: String,
    /// Shares named rightly with a tenth and with half of the names known: all ages, one birthday.
    pub(crate) seeded: [[f64; 2]; 2],
    /// The same without a known name; not measured for every encoding.
    pub(crate) seedless: Option<[f64; 2]>,
    /// Best F1 of linking two files by it.
    pub(crate) f1: f64,
}

/// More bits for birth dates and postcodes.
fn dense() -> Encoding {
    let mut out = Encoding::plain();
    out.settings.birth = 24;
    out.settings.postcode = 24;
    out
}

/// The encodings, and whether the slower attack without a known name is run on them.
fn encodings() -> Vec<(String, Encoding, bool)> {
    let mut out = vec![
        ("plain".to_owned(), Encoding::plain(), true),
        ("plain, dense".to_owned(), dense(), true),
        ("plain, residue".to_owned(), Encoding::residue(), true),
    ];
    for inputs in [8, 10, 12, 16, 20, 24, 28, 32] {
        let named = format!("t = {inputs}, 2048 bits");
        let seedless = [8, 10, 28].contains(&inputs);
        out.push((named, Encoding::residue().diffused(inputs, 2048), seedless));
    }
    for (inputs, sent) in [(16, 1024), (28, 4096)] {
        let named = format!("t = {inputs}, {sent} bits");
        out.push((named, Encoding::residue().diffused(inputs, sent), false));
    }
    for inputs in [10, 16, 24] {
        let named = format!("usual, t = {inputs}, 2048 bits");
        out.push((named, Encoding::plain().diffused(inputs, 2048), false));
    }
    out.push((
        "dense, t = 16, 2048 bits".to_owned(),
        dense().diffused(16, 2048),
        false,
    ));
    out
}

/// Records of which there are CLKs: both names and the birth date are there.
fn whole(file: &[Record]) -> Vec<Record> {
    let named = |r: &&Record| r.given_name.valid().is_some() && r.family_name.valid().is_some();
    let whole = file.iter().filter(named);
    whole
        .filter(|r| r.birth_date.valid().is_some())
        .cloned()
        .collect()
}

fn file(n: u32, seed: u64) -> Vec<Record> {
    let made = records(&children(n + n / 2, seed, without_identifiers()));
    let mut out = whole(&made[0]);
    out.truncate(n as usize);
    assert_eq!(out.len(), n as usize);
    out
}

/// Children of one birthday.
fn cohort(n: u32, seed: u64) -> Vec<Record> {
    let made = billetbook_synth::cohort(n + n / 10, seed);
    let mut out = whole(&records(&made)[0]);
    out.truncate(n as usize);
    out
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn main() {
    let size = match std::env::args().nth(1).as_deref() {
        Some("quick") => Size {
            graph: 400,
            bits: 800,
            write: false,
        },
        _ => Size {
            graph: 2_000,
            bits: 5_000,
            write: true,
        },
    };
    if std::env::args().nth(1).as_deref() == Some("presets") {
        publish("presets", &presets::table(&size));
        return;
    }
    let files = [file(size.graph, 9_401), cohort(size.graph, 9_402)];
    let many = file(size.bits, 9_403);
    let f1 = utility::Files::new(size.graph, 9_404);
    let mut out = format!(
        "B4 and B5: {0} records, of all ages | of one birthday. B6, B7, B8: {1} records. F1: two files of {2} and {3} \
         children, linked by the encoding alone, nearest first, at the threshold that is best for F1.\n\n\
         | encoding | B4 no name known | B5 {4} known | B5 {5} known | B6 | B7 length | B7 missing | B8 | F1 |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        size.graph,
        size.bits,
        f1.sizes().0,
        f1.sizes().1,
        size.graph / 10,
        size.graph / 2,
    );
    let mut all = Vec::new();
    for (name, design, seedless) in encodings() {
        let measured = measure_one(&name, &design, seedless, &files, &f1);
        let rows = design.sent(&many, 1);
        let other = design.sent(&many[..size.graph as usize], 2);
        let mut own = rows.clone();
        own.rows.truncate(other.rows.len());
        let across = bits::nearest(&own, &other);
        let same = across.iter().enumerate().filter(|(i, n)| *i == n.0).count();
        let pair = |x: [f64; 2]| format!("{} \\| {}", percent(x[0]), percent(x[1]));
        let line = format!(
            "| {name} | {} | {} | {} | {:.3} | {:.3} | {:.3} | {} | {:.4} |",
            measured.seedless.map_or("-".to_owned(), pair),
            pair([measured.seeded[0][0], measured.seeded[1][0]]),
            pair([measured.seeded[0][1], measured.seeded[1][1]]),
            bits::bigram_correlation(&many, &rows),
            bits::length_leak(&many, &rows),
            bits::missing_leak(&many, &rows),
            percent(same as f64 / own.rows.len() as f64),
            measured.f1,
        );
        println!("{line}");
        writeln!(out, "{line}").unwrap();
        all.push(measured);
    }
    out.push_str(&utility::tokens(&f1, &files, &mut all));
    out.push_str(&utility::traps(&size, &encodings()));
    out.push_str(&utility::residue(&size, &encodings()));
    println!("{out}");
    if size.write {
        plots::against_f1(&all, "docs/attacks-against-f1.svg").unwrap();
        plots::against_inputs(&all, "docs/attacks-against-inputs.svg").unwrap();
        publish("attack_report", &out);
    }
}

fn measure_one(
    name: &str,
    design: &Encoding,
    seedless: bool,
    files: &[Vec<Record>; 2],
    f1: &utility::Files,
) -> Measured {
    let cases = [0, 1].map(|i: usize| Case::new(design, &files[i], 1));
    let tenth = |c: usize, part: usize| cases[c].seeded(files[c].len() / part).best();
    Measured {
        name: name.to_owned(),
        seeded: [0, 1].map(|c| [tenth(c, 10), tenth(c, 2)]),
        seedless: seedless.then(|| [0, 1].map(|c: usize| cases[c].seedless().best())),
        f1: f1.best(design).1,
    }
}

/// Puts the text between the two marks with this name.
fn publish(mark: &str, text: &str) {
    let path = "docs/privacy-evaluation.md";
    let page = std::fs::read_to_string(path).unwrap();
    let marks = [format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->")];
    let (before, rest) = page.split_once(&marks[0]).unwrap();
    let (_, after) = rest.split_once(&marks[1]).unwrap();
    let whole = [
        before,
        &marks[0],
        "\n",
        text.trim(),
        "\n\n",
        &marks[1],
        after,
    ]
    .concat();
    std::fs::write(path, whole).unwrap();
}
