//! docs/format.md is what other programs are written from: its lists of numbers are the library's own.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::consent::policy::Effect;
use billetbook::consent::{
    Gateway, Kind, LawfulBasis, Mode, Nation, OffenceCondition, Purpose, RecognisedInterest,
    Retention, SpecialCondition,
};
use billetbook::grant::{
    EmergencyReason, ErasureGround, HoldReason, RefusalReason, RevocationReason,
};
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../docs/format.md");

/// The rows of every table of lists: a list's name and its entries, number and word.
fn tables() -> BTreeMap<String, Vec<(u16, String)>> {
    let mut out = BTreeMap::new();
    for table in TEXT.split("| list | numbers |\n|---|---|\n").skip(1) {
        for row in table.lines().take_while(|l| l.starts_with('|')) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [name, entries]: [&str; 2] = cells.try_into().unwrap();
            let entry = |e: &str| {
                let (number, word) = e.split_once(' ').unwrap();
                (number.parse().unwrap(), word.to_owned())
            };
            let entries = entries.split(", ").map(entry).collect();
            assert!(out.insert(name.to_owned(), entries).is_none(), "{name}");
        }
    }
    out
}

/// Numbers and words of a closed list, as the library has them.
macro_rules! listed {
    ($($type:ty),+) => {
        vec![$(
            <$type>::ALL
                .iter()
                .map(|e| (u16::from(e.code()), e.word().to_owned()))
                .collect::<Vec<_>>(),
        )+]
    };
}

#[test]
fn every_list_of_numbers_in_the_format_is_the_library_s_own() {
    let mut written = tables();
    let names = [
        "nation",
        "kind",
        "effect",
        "mode",
        "law, the detail of bases 3 and 5",
        "condition, the detail of basis 7",
        "purpose",
        "Art 9 condition",
        "Art 10 condition",
        "retention",
        "reason of an emergency",
        "reason for refusing",
        "reason for revoking",
        "reason for holding back",
        "ground for erasing",
    ];
    let lists = listed!(
        Nation,
        Kind,
        Effect,
        Mode,
        Gateway,
        RecognisedInterest,
        Purpose,
        SpecialCondition,
        OffenceCondition,
        Retention,
        EmergencyReason,
        RefusalReason,
        RevocationReason,
        HoldReason,
        ErasureGround
    );
    assert_eq!(names.len(), lists.len());
    for (name, list) in names.iter().zip(lists) {
        assert_eq!(written.remove(*name), Some(list), "{name}");
    }
    let mut bases: Vec<(u16, String)> = LawfulBasis::all()
        .map(|b| {
            let word = b.to_string();
            let word = word.split(':').next().unwrap_or_default().to_owned();
            (u16::from(b.code()), word)
        })
        .collect();
    bases.sort();
    bases.dedup();
    assert_eq!(written.remove("basis"), Some(bases));
    assert_eq!(
        written,
        BTreeMap::new(),
        "no list stands there without a test"
    );
}

#[test]
fn the_format_names_no_source_file_for_what_policies_and_grants_hold() {
    let from = TEXT.find("## Policy, compiled").unwrap();
    assert!(!TEXT[from..].contains("src/"));
}
