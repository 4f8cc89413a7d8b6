//! The attacks on similarity encodings at full n: writes their tables and plots into docs/privacy-evaluation.md.
//! `cargo run --release -p billetbook --example attack_report` (some half an hour on one core; `-- quick` tries it at
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

/// Children of three populations, each the first of some seeds.
pub(crate) const SEEDS: [u64; 3] = [9_401, 9_471, 9_481];

/// Mean over the populations.
pub(crate) fn mean(of: [f64; 3]) -> f64 {
    of.iter().sum::<f64>() / 3.0
}

/// The files of a population.
pub(crate) struct Population {
    /// Of all ages, and of one birthday.
    pub(crate) graph: [Vec<Record>; 2],
    many: Vec<Record>,
    pub(crate) linked: utility::Files,
}

/// What was measured of one encoding, means over the populations.
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
    let all = SEEDS.map(|seed| Population {
        graph: [file(size.graph, seed), cohort(size.graph, seed + 1)],
        many: file(size.bits, seed + 2),
        linked: utility::Files::new(size.graph, seed + 3),
    });
    let mut out = format!(
        "Means of three populations. B4 and B5: {0} records, of all ages | of one birthday. B6, B7, B8: {1} records. F1: two \
         files of some {0} children, linked by the encoding alone, nearest first, at the threshold that is best for F1.\n\n\
         | encoding | B4 no name known | B5 {2} known | B5 {3} known | B6 | B7 length | B7 missing | B8 | F1 |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        size.graph,
        size.bits,
        size.graph / 10,
        size.graph / 2,
    );
    let mut measured = Vec::new();
    for (name, design, seedless) in encodings() {
        let pair = |x: [f64; 2]| format!("{} \\| {}", percent(x[0]), percent(x[1]));
        let (one, bits) = measure(&name, &design, seedless, &all);
        let line = format!(
            "| {name} | {} | {} | {} | {:.3} | {:.3} | {:.3} | {} | {:.4} |",
            one.seedless.map_or("-".to_owned(), pair),
            pair([one.seeded[0][0], one.seeded[1][0]]),
            pair([one.seeded[0][1], one.seeded[1][1]]),
            bits[0],
            bits[1],
            bits[2],
            percent(bits[3]),
            one.f1,
        );
        println!("{line}");
        writeln!(out, "{line}").unwrap();
        measured.push(one);
    }
    out.push_str(&utility::tokens(&all, &mut measured));
    out.push_str(&utility::traps(&size, &encodings()));
    out.push_str(&utility::residue(&size, &encodings()));
    println!("{out}");
    if size.write {
        plots::against_f1(&measured, "docs/attacks-against-f1.svg").unwrap();
        plots::against_inputs(&measured, "docs/attacks-against-inputs.svg").unwrap();
        publish("attack_report", &out);
    }
}

/// What graph matching names and F1; B6, both of B7, B8.
fn measure(
    name: &str,
    design: &Encoding,
    seedless: bool,
    all: &[Population; 3],
) -> (Measured, [f64; 4]) {
    let runs = all.each_ref().map(|population| {
        let graph = population.graph.each_ref().map(|records| {
            let case = Case::new(design, records, 1);
            let seeded = |part: usize| case.seeded(records.len() / part).best();
            let none = if seedless {
                case.seedless().best()
            } else {
                0.0
            };
            [seeded(10), seeded(2), none]
        });
        (
            graph,
            population.linked.best(design).1,
            bits_of(design, &population.many),
        )
    });
    let graph = |file: usize, known: usize| mean(runs.each_ref().map(|r| r.0[file][known]));
    let measured = Measured {
        name: name.to_owned(),
        seeded: [0, 1].map(|file| [graph(file, 0), graph(file, 1)]),
        seedless: seedless.then(|| [graph(0, 2), graph(1, 2)]),
        f1: mean(runs.each_ref().map(|r| r.1)),
    };
    let bits = [0, 1, 2, 3].map(|i: usize| mean(runs.each_ref().map(|r| r.2[i])));
    (measured, bits)
}

/// B6, B7 of lengths and of missing postcodes, B8.
fn bits_of(design: &Encoding, many: &[Record]) -> [f64; 4] {
    let rows = design.sent(many, 1);
    let other = design.sent(&many[..many.len() * 2 / 5], 2);
    let mut own = rows.clone();
    own.rows.truncate(other.rows.len());
    let across = bits::nearest(&own, &other);
    let same = across.iter().enumerate().filter(|(i, n)| *i == n.0).count();
    [
        bits::bigram_correlation(many, &rows),
        bits::length_leak(many, &rows),
        bits::missing_leak(many, &rows),
        same as f64 / own.rows.len() as f64,
    ]
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
