//! Records made small for comparing: every word becomes a number, so that equality is one comparison, and is
//! counted, so that a rare word can weigh more than a common one. Places of shielded records stay out.

use crate::record::{IdentityEpoch, Name, Record, Sex, formal_given, is_listed_given};
use rustc_hash::FxHashMap;
use std::collections::HashMap;

/// No value.
pub(crate) const NONE: u32 = 0;

/// One record. Words are numbers in [`Rows`]' tables; [`NONE`] where nothing usable is held.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    pub(crate) file: u16,
    /// Zero for the identity in use.
    pub(crate) epoch: u32,
    pub(crate) given: u32,
    pub(crate) known_as: u32,
    /// The first part of a compound given name, or the given name without the middle name behind it.
    pub(crate) given_first: u32,
    /// Two middle names at most, the parts of a compound given name behind the first among them.
    pub(crate) middles: [u32; 2],
    pub(crate) family: u32,
    /// Parts of the family name, and previous ones.
    pub(crate) other_families: [u32; 4],
    pub(crate) birth: Birth,
    /// Zero where not known.
    pub(crate) sex: u8,
    pub(crate) code: u32,
    pub(crate) old_codes: [u32; 3],
    pub(crate) locality: u32,
    pub(crate) address: u32,
    pub(crate) nhs: u32,
    /// UPN and former UPNs (three), ULN, CHI.
    pub(crate) other_ids: [u32; 5],
    /// Both names and their rows' number of the full name; [`NONE`] where one is missing.
    pub(crate) full_name: u32,
}

/// A birth date; year 0 where not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Birth {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) expected: bool,
}

impl Birth {
    /// One number a day from one upwards, the expected ones apart; [`NONE`] where not known.
    pub(crate) fn number(self) -> u32 {
        if self.year == 0 {
            return NONE;
        }
        let month = u32::from(self.year.saturating_sub(1890)) * 12 + u32::from(self.month);
        (month * 32 + u32::from(self.day)) * 2 + u32::from(self.expected)
    }
}

/// A table of words.
#[derive(Default)]
pub(crate) struct Words<'a> {
    text: Vec<&'a str>,
    index: HashMap<&'a str, u32>,
}

impl<'a> Words<'a> {
    fn new() -> Words<'a> {
        Words {
            text: vec![""],
            index: HashMap::new(),
        }
    }

    fn add(&mut self, word: &'a str) -> u32 {
        let next = crate::limits::index(self.text.len());
        let text = &mut self.text;
        *self.index.entry(word).or_insert_with(|| {
            text.push(word);
            next
        })
    }

    /// Empty for [`NONE`].
    pub(crate) fn text(&self, word: u32) -> &'a str {
        self.text[word as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }
}

/// What is known of a name besides its letters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NameFacts {
    pub(crate) listed: bool,
    /// Formal names that it may stand for, as words; itself first where it is on no list of short forms.
    pub(crate) formal: [u32; 3],
    /// Rows that bear it as a given or known-as name.
    pub(crate) bearers: u32,
    /// Rows that bear it as a family name.
    pub(crate) families: u32,
    /// As a middle name it may be a brother's or sister's too: a father's name, Singh, Kaur.
    pub(crate) familys_middle: bool,
}

/// All records of a linkage.
pub(crate) struct Rows<'a> {
    /// File after file.
    pub(crate) rows: Vec<Row>,
    /// The first row of each file, and behind the last.
    pub(crate) starts: Vec<u32>,
    /// Given, middle and family names.
    pub(crate) names: Words<'a>,
    pub(crate) facts: Vec<NameFacts>,
    /// Postcodes and postal codes.
    pub(crate) codes: Words<'a>,
    /// Localities and address lines.
    pub(crate) places: Words<'a>,
    /// Rows that bear each full name; none for [`NONE`].
    pub(crate) full_names: Vec<u32>,
    /// How many identifiers there are, plus one.
    pub(crate) ids: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(files: &[&'a [Record]]) -> Rows<'a> {
        let mut starts = vec![0];
        let mut total = 0;
        for f in files {
            total += f.len();
            starts.push(crate::limits::index(total));
        }
        let mut rows = vec![Row::default(); total];
        let all = || {
            (0u16..)
                .zip(files)
                .flat_map(|(i, f)| f.iter().map(move |r| (i, r)))
        };
        let mut names = Words::new();
        let mut facts = Vec::new();
        let mut full_names = Vec::new();
        let mut places = PlaceTables::default();
        // Names are filled in here, the rest beside it, and then both are put together.
        let mut name_parts: Vec<NameParts> = Vec::new();
        let mut other_parts: Vec<Row> = Vec::new();
        both(
            || {
                name_parts = all().map(|(_, r)| names_of(r, &mut names)).collect();
                facts = facts_of(&mut names, &name_parts);
                full_names = number_full_names(&mut name_parts);
            },
            || {
                let mut tables = PlaceTables::new();
                other_parts = all().map(|(i, r)| tables.row(i, r)).collect();
                places = tables;
            },
        );
        for ((row, n), other) in rows.iter_mut().zip(&name_parts).zip(other_parts) {
            *row = Row {
                given: n.given,
                known_as: n.known_as,
                given_first: n.given_first,
                middles: n.middles,
                family: n.family,
                other_families: n.other_families,
                full_name: n.full_name,
                ..other
            };
        }
        super::household::mark_familys_middles(&rows, &mut facts, &names);
        Rows {
            rows,
            starts,
            names,
            facts,
            codes: places.codes,
            places: places.places,
            full_names,
            ids: places.ids.len(),
        }
    }

    /// The rows of a file.
    pub(crate) fn file(&self, file: usize) -> std::ops::Range<u32> {
        self.starts[file]..self.starts[file + 1]
    }
}

#[derive(Clone, Copy, Default)]
struct NameParts {
    given: u32,
    known_as: u32,
    given_first: u32,
    middles: [u32; 2],
    family: u32,
    other_families: [u32; 4],
    full_name: u32,
}

fn names_of<'a>(r: &'a Record, names: &mut Words<'a>) -> NameParts {
    let mut out = NameParts::default();
    if let Some(given) = r.given_name.valid() {
        out.given = names.add(given.folded());
        if let [first, _, ..] = given.parts() {
            out.given_first = names.add(first);
        }
    }
    let behind = r.given_name.valid().map_or(&[][..], |g| &g.parts()[1..]);
    let middles = r.middle_names.iter().map(Name::folded);
    let middles = middles.chain(behind.iter().map(String::as_str));
    for (slot, middle) in out.middles.iter_mut().zip(middles) {
        *slot = names.add(middle);
    }
    if let Some(known) = r.known_as.valid() {
        out.known_as = names.add(known.folded());
    }
    if let Some(family) = r.family_name.valid() {
        out.family = names.add(family.folded());
        let parts = |n: &'a Name| match n.parts() {
            [first, .., last] => [Some(last.as_str()), Some(first.as_str())],
            _ => [None, None],
        };
        let previous = r.previous_family_names.iter();
        let words = parts(family).into_iter().flatten().chain(
            previous
                .flat_map(|p| std::iter::once(p.folded()).chain(parts(p).into_iter().flatten())),
        );
        for (slot, word) in out.other_families.iter_mut().zip(words) {
            *slot = names.add(word);
        }
    }
    out
}

fn facts_of<'a>(names: &mut Words<'a>, rows: &[NameParts]) -> Vec<NameFacts> {
    let mut facts: Vec<NameFacts> = Vec::new();
    for word in 0..names.len() {
        let text = names.text[word];
        let mut formal = [NONE; 3];
        match formal_given(text) {
            Some(forms) => {
                for (slot, form) in formal.iter_mut().zip(forms) {
                    *slot = names.add(form);
                }
            }
            None => formal[0] = crate::limits::index(word),
        }
        facts.push(NameFacts {
            listed: is_listed_given(text),
            formal,
            ..NameFacts::default()
        });
    }
    facts.resize(names.len(), NameFacts::default());
    for row in rows {
        facts[row.given as usize].bearers += 1;
        facts[row.family as usize].families += 1;
        if row.known_as != row.given {
            facts[row.known_as as usize].bearers += 1;
        }
    }
    facts
}

/// Numbers the full names from one upwards and counts them.
fn number_full_names(rows: &mut [NameParts]) -> Vec<u32> {
    let mut index: FxHashMap<u64, u32> = FxHashMap::default();
    let mut counts = vec![0u32];
    for row in rows
        .iter_mut()
        .filter(|r| r.given != NONE && r.family != NONE)
    {
        let number = *index
            .entry(u64::from(row.given) << 32 | u64::from(row.family))
            .or_insert_with(|| {
                counts.push(0);
                crate::limits::index(counts.len() - 1)
            });
        row.full_name = number;
        counts[number as usize] += 1;
    }
    counts
}

#[derive(Default)]
struct PlaceTables<'a> {
    codes: Words<'a>,
    places: Words<'a>,
    ids: Words<'a>,
    epochs: Words<'a>,
}

impl<'a> PlaceTables<'a> {
    fn new() -> PlaceTables<'a> {
        PlaceTables {
            codes: Words::new(),
            places: Words::new(),
            ids: Words::new(),
            epochs: Words::new(),
        }
    }

    fn row(&mut self, file: u16, r: &'a Record) -> Row {
        let mut row = Row {
            file,
            sex: match r.sex.valid() {
                None => 0,
                Some(Sex::Female) => 1,
                Some(Sex::Male) => 2,
            },
            ..Row::default()
        };
        if let IdentityEpoch::Closed(epoch) = &r.identity_epoch {
            row.epoch = self.epochs.add(epoch);
        }
        if let Some(d) = r.birth_date.valid() {
            row.birth = Birth {
                year: d.year(),
                month: d.month(),
                day: d.day(),
                expected: d.is_expected(),
            };
        }
        if let Some(n) = r.nhs_number.valid() {
            row.nhs = self.ids.add(n.as_str());
        }
        let upns = r.upn.valid().into_iter().chain(&r.former_upns).take(3);
        for (slot, upn) in row.other_ids.iter_mut().zip(upns) {
            *slot = self.ids.add(upn.as_str());
        }
        if let Some(n) = r.uln.valid() {
            row.other_ids[3] = self.ids.add(n.as_str());
        }
        if let Some(n) = r.chi.valid() {
            row.other_ids[4] = self.ids.add(n.as_str());
        }
        if r.shielded {
            return row;
        }
        if let Some(p) = r.postcode.valid() {
            row.code = self.codes.add(p.compact());
        } else if let Some(p) = r.postal_code.valid() {
            row.code = self.codes.add(p.folded());
        }
        for (slot, p) in row.old_codes.iter_mut().zip(&r.previous_postcodes) {
            *slot = self.codes.add(p.compact());
        }
        if let Some(p) = r.locality.valid() {
            row.locality = self.places.add(p.folded());
        }
        if let Some(p) = r.address_line.valid() {
            row.address = self.places.add(p.folded());
        }
        row
    }
}

/// Two pieces of work side by side, where there are two cores.
fn both(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    #[cfg(feature = "parallel")]
    rayon::join(a, b);
    #[cfg(not(feature = "parallel"))]
    {
        a();
        b();
    }
}
