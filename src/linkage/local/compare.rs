//! How well two rows agree, field by field, in levels. Missing is level zero and says nothing.

use super::rows::{Birth, NONE, Row, Rows};
use crate::record::one_edit_apart;

pub(crate) const FIELDS: usize = 11;
/// Most levels of a field.
pub(crate) const LEVELS: usize = 9;

pub(crate) const GIVEN: usize = 0;
pub(crate) const MIDDLE: usize = 1;
pub(crate) const FAMILY: usize = 2;
pub(crate) const BIRTH: usize = 3;
pub(crate) const CODE: usize = 4;
pub(crate) const LOCALITY: usize = 5;
pub(crate) const ADDRESS: usize = 6;
pub(crate) const NHS: usize = 7;
pub(crate) const OTHER_ID: usize = 8;
pub(crate) const SEX: usize = 9;
/// Whether one row's own given name is the other's family name: only where names are exchanged.
pub(crate) const ORDER: usize = 10;

/// Levels of any field: not known, and known but different.
pub(crate) const UNKNOWN: u8 = 0;
pub(crate) const DIFFERS: u8 = 1;

/// Given names: one initial or alike in part; much alike; one edit apart (short, or six letters and more, where
/// not both are names that people bear); forms of one name; equal.
pub(crate) const PART: u8 = 2;
pub(crate) const ALIKE: u8 = 3;
pub(crate) const NEAR: u8 = 4;
pub(crate) const ONE_EDIT: u8 = 5;
pub(crate) const FORM: u8 = 6;
pub(crate) const SAME_GIVEN: u8 = 7;

/// Middle names: alike or one initial; equal, but one that siblings may share (a father's, Singh, Kaur); equal.
pub(crate) const FAMILYS_MIDDLE: u8 = 3;
pub(crate) const SAME_MIDDLE: u8 = 4;

/// Family names: [`PART`], [`ALIKE`], a part or a previous name; equal.
pub(crate) const SHARED: u8 = 4;
pub(crate) const SAME_FAMILY: u8 = 5;

/// Birth dates: one year; one year, and one of them is 1 January, where the day is often not known; two parts; two
/// parts and the third a slip of the hand; day and month exchanged; equal.
pub(crate) const YEAR: u8 = 2;
pub(crate) const FIRST_JANUARY: u8 = 3;
pub(crate) const TWO_PARTS: u8 = 4;
pub(crate) const SLIP: u8 = 5;
pub(crate) const EXCHANGED: u8 = 6;
pub(crate) const SAME_BIRTH: u8 = 7;

/// Codes: one outward code; one sector, or one character apart; one of them in the other's past; equal.
pub(crate) const OUTWARD: u8 = 2;
pub(crate) const NEARBY: u8 = 3;
pub(crate) const PAST: u8 = 4;
pub(crate) const SAME_CODE: u8 = 5;

/// Localities and addresses: alike; much alike; equal.
pub(crate) const SAME_PLACE: u8 = 4;

/// Identifiers, sex: equal. Order of names: exchanged.
pub(crate) const SAME: u8 = 2;

/// The level of every field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Levels(pub(crate) [u8; FIELDS]);

impl Levels {
    /// Four bits a field.
    pub(crate) fn pack(self) -> u64 {
        self.0
            .iter()
            .rev()
            .fold(0, |n, level| n << 4 | u64::from(*level))
    }

    pub(crate) fn unpack(packed: u64) -> Levels {
        Levels(std::array::from_fn(|f| (packed >> (4 * f) & 15) as u8))
    }
}

/// Compares two rows.
pub(crate) fn compare(rows: &Rows<'_>, a: &Row, b: &Row) -> Levels {
    let mut l = [UNKNOWN; FIELDS];
    l[GIVEN] = given(rows, a, b);
    l[FAMILY] = family(rows, a, b);
    if a.full_name != NONE && b.full_name != NONE {
        l[ORDER] = DIFFERS;
        if l[GIVEN] < NEAR
            && l[FAMILY] < SHARED
            && let Some((given, family)) = exchanged(rows, a, b)
        {
            (l[GIVEN], l[FAMILY], l[ORDER]) = (given, family, SAME);
        }
    }
    l[MIDDLE] = middle(rows, a, b);
    l[BIRTH] = birth(a.birth, b.birth);
    l[CODE] = code(rows, a, b);
    l[LOCALITY] = place(rows, a.locality, b.locality);
    l[ADDRESS] = place(rows, a.address, b.address);
    l[NHS] = same_or_not(a.nhs, b.nhs);
    l[OTHER_ID] = other_id(a, b);
    l[SEX] = same_or_not(u32::from(a.sex), u32::from(b.sex));
    Levels(l)
}

fn same_or_not(a: u32, b: u32) -> u8 {
    match (a, b) {
        (NONE, _) | (_, NONE) => UNKNOWN,
        _ if a == b => SAME,
        _ => DIFFERS,
    }
}

fn given(rows: &Rows<'_>, a: &Row, b: &Row) -> u8 {
    let of = |r: &Row| [r.given, r.known_as].into_iter().filter(|n| *n != NONE);
    let mut best = UNKNOWN;
    for x in of(a) {
        for y in of(b) {
            if x == y {
                return SAME_GIVEN;
            }
            best = best.max(given_names(rows, x, y));
        }
    }
    best.max(compound(rows, a, b)).max(compound(rows, b, a))
}

/// The level where the middle name stands in the given-name column of `long` and not of `short`.
fn compound(rows: &Rows<'_>, long: &Row, short: &Row) -> u8 {
    if long.given_first == NONE || short.given_first != NONE {
        return UNKNOWN;
    }
    let whole = shared_middle(long, short) != NONE;
    let names = [short.given, short.known_as];
    names
        .into_iter()
        .filter(|n| *n != NONE)
        .map(|n| match (n == long.given_first, whole) {
            (true, true) => SAME_GIVEN,
            (true, false) if short.middles[0] == NONE => FORM,
            // Anne Marie and Anne Louise are two children.
            (true, false) => PART,
            // The middle name says that the rest is the given name, mistyped or in another form.
            (false, true) => given_names(rows, n, long.given_first),
            (false, false) => UNKNOWN,
        })
        .max()
        .unwrap_or(UNKNOWN)
}

/// Two given names that differ.
fn given_names(rows: &Rows<'_>, x: u32, y: u32) -> u8 {
    let (fx, fy) = (rows.facts[x as usize], rows.facts[y as usize]);
    if fx
        .formal
        .iter()
        .any(|f| *f != NONE && fy.formal.contains(f))
    {
        return FORM;
    }
    let (s, t) = (rows.names.text(x), rows.names.text(y));
    let shorter = s.len().min(t.len());
    if shorter >= 2 && one_edit_apart(s.as_bytes(), t.as_bytes()) {
        return match both_borne(rows, x, y) {
            true => ALIKE,
            false if shorter >= 6 => ONE_EDIT,
            false => NEAR,
        };
    }
    let like = strsim::jaro_winkler(s, t);
    if like >= 0.9 {
        ALIKE
    } else if like >= 0.75 || s.as_bytes()[0] == t.as_bytes()[0] {
        PART
    } else {
        DIFFERS
    }
}

/// True where two names are one edit apart, or alike by Jaro and Winkler's measure.
pub(crate) fn is_alike(rows: &Rows<'_>, x: u32, y: u32) -> bool {
    let (s, t) = (rows.names.text(x), rows.names.text(y));
    one_edit_apart(s.as_bytes(), t.as_bytes()) || strsim::jaro_winkler(s, t) >= 0.9
}

/// True where both are names that people bear, and neither a slip of the hand in the other.
pub(crate) fn both_borne(rows: &Rows<'_>, x: u32, y: u32) -> bool {
    borne(rows, x, y) && borne(rows, y, x)
}

/// True where a name is one that people bear, not a slip of the hand in the other: it is listed, or several rows
/// bear it, and not just as often as the other is mistyped.
fn borne(rows: &Rows<'_>, name: u32, other: u32) -> bool {
    let (f, o) = (rows.facts[name as usize], rows.facts[other as usize]);
    f.listed || (f.bearers >= 3 && f.bearers.saturating_mul(50) >= o.bearers)
}

/// The levels if the names stand in each other's column in one row. Nothing says which of the two pairs of names
/// is the given ones', so the worse counts as given.
fn exchanged(rows: &Rows<'_>, a: &Row, b: &Row) -> Option<(u8, u8)> {
    let level = |given: u32, first: u32, family: u32, families: &[u32]| {
        if given == family {
            SAME_GIVEN
        } else if (first != NONE && first == family) || families.contains(&given) {
            FORM
        } else {
            given_names(rows, given, family)
        }
    };
    let one = level(a.given, a.given_first, b.family, &b.other_families);
    let other = level(b.given, b.given_first, a.family, &a.other_families);
    let (worse, better) = (one.min(other), one.max(other));
    if worse == SAME_GIVEN {
        Some((SAME_GIVEN, SAME_FAMILY))
    } else if worse >= NEAR || (worse == ALIKE && better == SAME_GIVEN) {
        Some((worse, ALIKE))
    } else {
        None
    }
}

fn middle(rows: &Rows<'_>, a: &Row, b: &Row) -> u8 {
    if a.middles[0] == NONE || b.middles[0] == NONE {
        return UNKNOWN;
    }
    let shared = shared_middle(a, b);
    if shared != NONE && rows.names.text(shared).len() > 1 {
        let familys = rows.facts[shared as usize].familys_middle;
        return if familys { FAMILYS_MIDDLE } else { SAME_MIDDLE };
    }
    let of = |r: &Row| r.middles.into_iter().filter(|m| *m != NONE);
    let alike = of(a).any(|x| of(b).any(|y| is_initial(rows, x, y) || is_alike(rows, x, y)));
    if alike { 2 } else { DIFFERS }
}

/// A middle name that both bear.
pub(crate) fn shared_middle(a: &Row, b: &Row) -> u32 {
    let shared = a
        .middles
        .into_iter()
        .find(|m| *m != NONE && b.middles.contains(m));
    shared.unwrap_or(NONE)
}

/// One is a single letter, the other begins with it.
pub(crate) fn is_initial(rows: &Rows<'_>, x: u32, y: u32) -> bool {
    let (s, t) = (rows.names.text(x), rows.names.text(y));
    s.len().min(t.len()) == 1 && s.as_bytes()[0] == t.as_bytes()[0]
}

fn family(rows: &Rows<'_>, a: &Row, b: &Row) -> u8 {
    if a.family == NONE || b.family == NONE {
        return UNKNOWN;
    }
    if a.family == b.family {
        return SAME_FAMILY;
    }
    let all = |r: &Row| {
        [
            r.family,
            r.other_families[0],
            r.other_families[1],
            r.other_families[2],
            r.other_families[3],
        ]
    };
    let theirs = all(b);
    if all(a).iter().any(|n| *n != NONE && theirs.contains(n)) {
        return SHARED;
    }
    let (s, t) = (rows.names.text(a.family), rows.names.text(b.family));
    if one_edit_apart(s.as_bytes(), t.as_bytes()) {
        return ALIKE;
    }
    let like = strsim::jaro_winkler(s, t);
    if like >= 0.9 {
        ALIKE
    } else if like >= 0.8 {
        PART
    } else {
        DIFFERS
    }
}

fn birth(a: Birth, b: Birth) -> u8 {
    if a.year == 0 || b.year == 0 {
        return UNKNOWN;
    }
    if a.expected != b.expected {
        // A child is born within six weeks of the day it was expected, nearly always.
        let days = |d: Birth| u32::from(d.year) * 365 + u32::from(d.month) * 30 + u32::from(d.day);
        return if days(a).abs_diff(days(b)) <= 42 {
            TWO_PARTS
        } else {
            DIFFERS
        };
    }
    let parts = [a.year == b.year, a.month == b.month, a.day == b.day];
    match parts.iter().filter(|p| **p).count() {
        3 => SAME_BIRTH,
        _ if parts[0] && a.month == b.day && a.day == b.month => EXCHANGED,
        _ if parts[0] && [a, b].iter().any(|d| (d.month, d.day) == (1, 1)) => FIRST_JANUARY,
        2 => {
            let slip = if !parts[0] {
                slip(u32::from(a.year), u32::from(b.year))
            } else if !parts[1] {
                slip(u32::from(a.month), u32::from(b.month))
            } else {
                slip(u32::from(a.day), u32::from(b.day))
            };
            if slip { SLIP } else { TWO_PARTS }
        }
        _ if parts[0] => YEAR,
        _ => DIFFERS,
    }
}

/// One digit wrong, or two digits beside each other exchanged, in numbers of four digits at most.
fn slip(a: u32, b: u32) -> bool {
    let digits = |n: u32| [n / 1000 % 10, n / 100 % 10, n / 10 % 10, n % 10];
    let (x, y) = (digits(a), digits(b));
    let wrong: Vec<usize> = (0..4).filter(|i| x[*i] != y[*i]).collect();
    match wrong[..] {
        [_] => true,
        [i, j] => j == i + 1 && x[i] == y[j] && x[j] == y[i],
        _ => false,
    }
}

fn code(rows: &Rows<'_>, a: &Row, b: &Row) -> u8 {
    if a.code != NONE && a.code == b.code {
        return SAME_CODE;
    }
    let past = |r: &Row, c: u32| c != NONE && r.old_codes.contains(&c);
    if past(a, b.code) || past(b, a.code) || a.old_codes.iter().any(|c| past(b, *c)) {
        return PAST;
    }
    if a.code == NONE || b.code == NONE {
        return UNKNOWN;
    }
    let (s, t) = (rows.codes.text(a.code), rows.codes.text(b.code));
    let shared = |behind: usize| {
        s.len() > behind
            && t.len() > behind
            && s.as_bytes()[..s.len() - behind] == t.as_bytes()[..t.len() - behind]
    };
    if one_edit_apart(s.as_bytes(), t.as_bytes()) || shared(2) {
        NEARBY
    } else if shared(3) {
        OUTWARD
    } else {
        DIFFERS
    }
}

fn place(rows: &Rows<'_>, x: u32, y: u32) -> u8 {
    if x == NONE || y == NONE {
        return UNKNOWN;
    }
    if x == y {
        return SAME_PLACE;
    }
    let (s, t) = (rows.places.text(x), rows.places.text(y));
    let like = strsim::jaro_winkler(s, t);
    if like >= 0.92 {
        3
    } else if like >= 0.8 {
        2
    } else {
        DIFFERS
    }
}

fn other_id(a: &Row, b: &Row) -> u8 {
    let same = |x: &[u32], y: &[u32]| x.iter().any(|id| *id != NONE && y.contains(id));
    let known = |x: &[u32]| x.iter().any(|id| *id != NONE);
    let kinds = [0..3, 3..4, 4..5];
    let mut best = UNKNOWN;
    for kind in kinds {
        let (x, y) = (&a.other_ids[kind.clone()], &b.other_ids[kind]);
        if same(x, y) {
            return SAME;
        }
        if known(x) && known(y) {
            best = DIFFERS;
        }
    }
    best
}
