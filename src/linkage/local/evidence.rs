//! What agrees between two rows, in the terms that both profiles decide by.

use super::compare::{
    ADDRESS, ALIKE, BIRTH, CODE, DIFFERS, FAMILY, FIRST_JANUARY, FORM, GIVEN, LOCALITY, Levels,
    MIDDLE, NEAR, NEARBY, NHS, ONE_EDIT, ORDER, OTHER_ID, OUTWARD, PART, PAST, SAME, SAME_BIRTH,
    SAME_CODE, SAME_FAMILY, SAME_MIDDLE, SAME_PLACE, SEX, UNKNOWN, YEAR, both_borne, is_alike,
    is_initial,
};
use super::rows::{NONE, Row, Rows};
use crate::linkage::{Agreement, BirthAgreement, Evidence, GivenAgreement, IdAgreement};
use crate::record::is_short_form;

/// What levels mean, and which names the two rows bear.
pub(crate) fn evidence(rows: &Rows<'_>, a: &Row, b: &Row, levels: Levels) -> Evidence {
    let l = levels.0;
    let place = |level: u8, same: u8| match level {
        UNKNOWN => Agreement::Unknown,
        DIFFERS => Agreement::Differs,
        _ if level == same => Agreement::Same,
        _ => Agreement::Close,
    };
    Evidence {
        given: given(rows, a, b, levels),
        middle: match l[MIDDLE] {
            DIFFERS => Agreement::Differs,
            SAME_MIDDLE => Agreement::Same,
            _ => Agreement::Unknown,
        },
        family: place(l[FAMILY], SAME_FAMILY),
        birth: match l[BIRTH] {
            UNKNOWN => BirthAgreement::Unknown,
            DIFFERS | YEAR | FIRST_JANUARY => BirthAgreement::Differs,
            SAME_BIRTH => BirthAgreement::Same,
            _ => BirthAgreement::Partial,
        },
        place: match l[CODE] {
            SAME_CODE | PAST => Agreement::Same,
            OUTWARD | NEARBY => Agreement::Close,
            level => place(level, SAME_CODE),
        },
        address: place(l[LOCALITY].max(l[ADDRESS]), SAME_PLACE),
        identifier: match (l[NHS], l[OTHER_ID]) {
            (DIFFERS, SAME) => IdAgreement::Doubtful,
            (DIFFERS, _) => IdAgreement::Differs,
            (SAME, _) | (_, SAME) => IdAgreement::Same,
            _ => IdAgreement::Unknown,
        },
        sex: match l[SEX] {
            UNKNOWN => Agreement::Unknown,
            DIFFERS => Agreement::Differs,
            _ => Agreement::Same,
        },
        co_birth: false,
        weak_key: false,
        shielded: false,
    }
}

fn given(rows: &Rows<'_>, a: &Row, b: &Row, levels: Levels) -> GivenAgreement {
    let l = levels.0;
    match l[GIVEN] {
        UNKNOWN => GivenAgreement::Unknown,
        DIFFERS => GivenAgreement::Differs,
        PART if any(a, b, |x, y| is_initial(rows, x, y)) => GivenAgreement::Near,
        // Two children of one household do not share an identifier, the birth date and a middle name.
        ALIKE if l[OTHER_ID] == SAME && l[BIRTH] == SAME_BIRTH && l[MIDDLE] == SAME_MIDDLE => {
            GivenAgreement::Near
        }
        ALIKE if any(a, b, |x, y| is_alike(rows, x, y) && !both_borne(rows, x, y)) => {
            GivenAgreement::Near
        }
        PART | ALIKE => GivenAgreement::Weak,
        NEAR | ONE_EDIT => GivenAgreement::Near,
        FORM if any(a, b, |x, y| {
            is_short_form(rows.names.text(x), rows.names.text(y))
        }) =>
        {
            GivenAgreement::Nickname
        }
        FORM => GivenAgreement::Form,
        _ if l[ORDER] == SAME => GivenAgreement::Crossed,
        _ => GivenAgreement::Same,
    }
}

/// True where a given or known-as name of one row and one of the other do.
fn any(a: &Row, b: &Row, does: impl Fn(u32, u32) -> bool) -> bool {
    let of = |r: &Row| [r.given, r.known_as].into_iter().filter(|n| *n != NONE);
    of(a).any(|x| of(b).any(|y| does(x, y)))
}
