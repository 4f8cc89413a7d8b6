//! What agrees between two rows, in the terms that both profiles decide by.

use super::compare::{
    ADDRESS, ALIKE, BIRTH, CODE, DIFFERS, FAMILY, FIRST_JANUARY, FORM, GIVEN, LOCALITY, Levels,
    NEAR, NEARBY, NHS, ONE_EDIT, ORDER, OTHER_ID, OUTWARD, PART, PAST, SAME, SAME_BIRTH, SAME_CODE,
    SAME_FAMILY, SAME_PLACE, SEX, UNKNOWN, YEAR,
};
use crate::linkage::{Agreement, BirthAgreement, Evidence, GivenAgreement, IdAgreement};

/// Levels as evidence.
pub(crate) fn evidence(levels: Levels) -> Evidence {
    let l = levels.0;
    let place = |level: u8, same: u8| match level {
        UNKNOWN => Agreement::Unknown,
        DIFFERS => Agreement::Differs,
        _ if level == same => Agreement::Same,
        _ => Agreement::Close,
    };
    Evidence {
        given: match l[GIVEN] {
            UNKNOWN => GivenAgreement::Unknown,
            DIFFERS => GivenAgreement::Differs,
            PART | ALIKE => GivenAgreement::Weak,
            NEAR | ONE_EDIT => GivenAgreement::Near,
            FORM => GivenAgreement::Nickname,
            _ if l[ORDER] == SAME => GivenAgreement::Crossed,
            _ => GivenAgreement::Same,
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
        middle: Agreement::Unknown,
        co_birth: false,
        weak_key: false,
        shielded: false,
    }
}
