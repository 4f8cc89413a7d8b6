//! Candidates: pairs of rows that share the value of a blocking rule. Rules are cheap and overlap, so that a
//! true pair is lost only where it differs in nearly everything.

use super::rows::{NONE, Row, Rows};
use crate::limits::index;
use crate::linkage::join::{Candidates, Join, pairs};
use crate::linkage::parallel::each_with;

/// More rows than this under one value are a common name or an institution: other rules find their pairs.
const CAP: usize = 48;
/// A full name that more rows bear says little by itself.
const RARE_NAME: u32 = 12;
/// Up to so many records coarse rules are used too: more pairs to compare, fewer lost where files are dirty.
const FEW: usize = 25_000;
/// Up to so many records all who were born on one day are compared.
const DAYS: usize = 100_000;
const SOME: usize = 400_000;

/// A blocking rule: its name, and the values under which a row is found.
struct Rule {
    name: &'static str,
    values: fn(&Rows<'_>, &Row, &mut Values),
    /// The most records for which it is used.
    most: usize,
}

/// Values of one row under one rule.
#[derive(Default)]
struct Values(Vec<u64>);

impl Values {
    fn put(&mut self, parts: &[u32]) {
        if parts.contains(&NONE) {
            return;
        }
        let mut h = 0xcbf2_9ce4_8422_2325;
        for part in parts {
            h = mix(h ^ u64::from(*part));
        }
        if !self.0.contains(&h) {
            self.0.push(h);
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

const RULES: &[Rule] = &[
    rule("NHS number", |_, r, out| out.put(&[r.nhs])),
    rule("another identifier", |_, r, out| {
        r.other_ids.iter().for_each(|id| out.put(&[*id]))
    }),
    rule("given name and birth date", |rows, r, out| {
        givens(rows, r, |g| out.put(&[g, r.birth.number()]));
        // Names in each other's column, and the other name changed.
        if rows.facts[r.family as usize].bearers > 0 {
            out.put(&[r.family, r.birth.number()]);
        }
    }),
    rule("family name and birth date", |_, r, out| {
        families(r, |f| out.put(&[f, r.birth.number()]))
    }),
    rule("postcode and birth date", |_, r, out| {
        codes(r, |c| out.put(&[c, r.birth.number()]))
    }),
    rule("full name and postcode", |rows, r, out| {
        names(rows, r, |a, b| codes(r, |c| out.put(&[a, b, c])))
    }),
    rule("full name and birth year", |rows, r, out| {
        names(rows, r, |a, b| out.put(&[a, b, u32::from(r.birth.year)]))
    }),
    rule("full name, birth month and day", |rows, r, out| {
        names(rows, r, |a, b| out.put(&[a, b, month_and_day(r)]))
    }),
    rule("a rare full name", |rows, r, out| {
        if rows.full_names[r.full_name as usize] <= RARE_NAME {
            out.put(&unordered(r.given, r.family));
        }
    }),
    rule("given name and postcode", |rows, r, out| {
        givens(rows, r, |g| codes(r, |c| out.put(&[g, c])))
    }),
    rule("family name and postcode", |_, r, out| {
        families(r, |f| codes(r, |c| out.put(&[f, c])))
    }),
    rule("start of given name and birth date", |rows, r, out| {
        out.put(&[start(rows, r.given, 3), r.birth.number()]);
        out.put(&[start(rows, r.known_as, 3), r.birth.number()]);
    }),
    rule("start of family name and birth date", |rows, r, out| {
        out.put(&[start(rows, r.family, 3), r.birth.number()])
    }),
    rule("initials and birth date", |rows, r, out| {
        starts(rows, r, 1, |a, b| out.put(&[a, b, r.birth.number()]))
    }),
    rule("starts of names and postcode", |rows, r, out| {
        starts(rows, r, 3, |a, b| out.put(&[a, b, r.code]))
    }),
    rule("starts of names, birth year and month", |rows, r, out| {
        starts(rows, r, 3, |a, b| out.put(&[a, b, year_and_month(r)]));
    }),
    rule("starts of names, birth year and day", |rows, r, out| {
        starts(rows, r, 3, |a, b| out.put(&[a, b, year_and_day(r)]));
    }),
    rule("starts of names, birth month and day", |rows, r, out| {
        starts(rows, r, 3, |a, b| out.put(&[a, b, month_and_day(r)]));
    }),
    coarse(SOME, "family name, birth year and month", |_, r, out| {
        families(r, |f| out.put(&[f, year_and_month(r)]));
    }),
    coarse(SOME, "family name, birth year and day", |_, r, out| {
        families(r, |f| out.put(&[f, year_and_day(r)]));
    }),
    coarse(SOME, "family name, birth month and day", |_, r, out| {
        families(r, |f| out.put(&[f, month_and_day(r)]));
    }),
    coarse(SOME, "starts of names", |rows, r, out| {
        starts(rows, r, 4, |a, b| out.put(&[a, b]))
    }),
    rule("starts of names and locality", |rows, r, out| {
        starts(rows, r, 3, |a, b| out.put(&[a, b, r.locality]))
    }),
    rule("locality and birth date", |_, r, out| {
        out.put(&[r.locality, r.birth.number()])
    }),
    rule("address and birth date", |_, r, out| {
        out.put(&[r.address, r.birth.number()])
    }),
    rule("start of given name and address", |rows, r, out| {
        out.put(&[start(rows, r.given, 3), r.address])
    }),
    rule("start of family name and address", |rows, r, out| {
        out.put(&[start(rows, r.family, 3), r.address])
    }),
    rule("start of given name, locality, postcode", |rows, r, out| {
        out.put(&[start(rows, r.given, 2), r.locality, r.code]);
    }),
    rule(
        "start of family name, locality, postcode",
        |rows, r, out| {
            out.put(&[start(rows, r.family, 2), r.locality, r.code]);
        },
    ),
    rule("address and postcode", |_, r, out| {
        out.put(&[r.address, r.code])
    }),
    rule("address and locality", |_, r, out| {
        out.put(&[r.address, r.locality])
    }),
    coarse(SOME, "given name, birth month and day", |rows, r, out| {
        givens(rows, r, |g| out.put(&[g, month_and_day(r)]))
    }),
    coarse(SOME, "given name, birth year and month", |rows, r, out| {
        givens(rows, r, |g| out.put(&[g, year_and_month(r)]))
    }),
    coarse(SOME, "given name, birth year and day", |rows, r, out| {
        givens(rows, r, |g| out.put(&[g, year_and_day(r)]))
    }),
    coarse(DAYS, "birth date", |_, r, out| out.put(&[r.birth.number()])),
    coarse(FEW, "family name", |rows, r, out| {
        families(r, |f| out.put(&[f]));
        if r.given != NONE && rows.facts[r.given as usize].bearers < 3 {
            out.put(&[r.given]);
        }
    }),
    coarse(FEW, "given name and birth year", |rows, r, out| {
        givens(rows, r, |g| out.put(&[g, u32::from(r.birth.year)]))
    }),
    coarse(FEW, "given name and locality", |rows, r, out| {
        givens(rows, r, |g| out.put(&[g, r.locality]))
    }),
    coarse(FEW, "postcode and birth year", |_, r, out| {
        out.put(&[r.code, u32::from(r.birth.year)])
    }),
    coarse(FEW, "postcode", |_, r, out| out.put(&[r.code])),
    coarse(FEW, "locality", |_, r, out| out.put(&[r.locality])),
    coarse(FEW, "address", |_, r, out| out.put(&[r.address])),
];

const fn rule(name: &'static str, values: fn(&Rows<'_>, &Row, &mut Values)) -> Rule {
    Rule {
        name,
        values,
        most: usize::MAX,
    }
}

const fn coarse(most: usize, name: &'static str, values: fn(&Rows<'_>, &Row, &mut Values)) -> Rule {
    Rule { name, values, most }
}

/// Names of the rules, in order of the bits of a candidate's mask.
pub(crate) fn rule_names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|r| r.name)
}

/// All candidates, inside files too; rows of two identities or that are not `usable` make none.
pub(crate) fn candidates(rows: &Rows<'_>, usable: &[bool]) -> Candidates {
    let one_identity = |a: u32, b: u32| rows.rows[a as usize].epoch == rows.rows[b as usize].epoch;
    let found = each_with(RULES.len(), |join: &mut Join, k| {
        let rule = &RULES[k];
        if rows.rows.len() > rule.most {
            return Vec::new();
        }
        let shared = join.shared(|out| {
            let mut values = Values::default();
            for (i, row) in rows.rows.iter().enumerate().filter(|(i, _)| usable[*i]) {
                values.0.clear();
                (rule.values)(rows, row, &mut values);
                out.extend(values.0.iter().map(|v| (*v, index(i))));
            }
        });
        pairs(&shared, CAP, |row| row, one_identity)
    });
    Candidates::of(found, u64::MAX)
}

/// Formal names of the given and known-as names, and of the first part of a compound one.
fn givens(rows: &Rows<'_>, r: &Row, mut each: impl FnMut(u32)) {
    for name in [r.given, r.known_as, r.given_first] {
        for formal in rows.facts[name as usize].formal {
            each(formal);
        }
    }
}

fn families(r: &Row, mut each: impl FnMut(u32)) {
    each(r.family);
    r.other_families.iter().for_each(|f| each(*f));
}

fn codes(r: &Row, mut each: impl FnMut(u32)) {
    each(r.code);
    r.old_codes.iter().for_each(|c| each(*c));
}

/// Given and family names in either order, so that names in each other's column meet.
fn names(rows: &Rows<'_>, r: &Row, mut each: impl FnMut(u32, u32)) {
    let formal = |n: u32| rows.facts[n as usize].formal[0];
    for given in [r.given, r.given_first] {
        for family in [r.family, r.other_families[0], r.other_families[1]] {
            let [a, b] = unordered(formal(given), formal(family));
            each(a, b);
        }
    }
}

fn unordered(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

/// The first `n` letters (four at most) as a number.
fn start(rows: &Rows<'_>, name: u32, n: usize) -> u32 {
    let text = rows.names.text(name).as_bytes();
    text.iter()
        .take(n)
        .fold(NONE, |h, b| h << 8 | u32::from(*b))
}

/// The first `n` letters of both names in either order.
fn starts(rows: &Rows<'_>, r: &Row, n: usize, mut each: impl FnMut(u32, u32)) {
    let [a, b] = unordered(start(rows, r.given, n), start(rows, r.family, n));
    each(a, b);
}

fn year_and_month(r: &Row) -> u32 {
    u32::from(r.birth.year) << 4 | u32::from(r.birth.month)
}

fn year_and_day(r: &Row) -> u32 {
    u32::from(r.birth.year) << 5 | u32::from(r.birth.day)
}

/// Month and day in either order.
fn month_and_day(r: &Row) -> u32 {
    let (m, d) = (u32::from(r.birth.month), u32::from(r.birth.day));
    m.min(d) << 5 | m.max(d)
}
