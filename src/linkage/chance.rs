//! How often two people agree by chance: counted inside the files, stated for files too small to count it.

use super::level::{
    ADDRESS, BIRTH, CODE, FAMILY, GIVEN, LEVELS, LOCALITY, MIDDLE, NHS, OTHER_ID, SEX,
};
use super::model::Table;
use crate::token::Transform as T;

/// How often two records agree on a transform by chance, in files too small to count it. Stated from the
/// generator and rounded; it weighs as [`PRIOR_CHANCE`] pairs.
pub(crate) fn usual_rate(t: T) -> f64 {
    match t {
        T::Given | T::GivenAny | T::GivenFull => 4e-3,
        T::GivenFormal | T::GivenShort | T::GivenNickname => 6e-3,
        T::GivenNear | T::GivenSlk => 8e-3,
        T::GivenEnds | T::GivenFirst3 | T::GivenSoundex => 2e-2,
        T::GivenInitial | T::FamilyInitial => 8e-2,
        T::GivenLetters | T::FamilyLetters | T::NamesLetters => 0.25,
        T::Middle => 4e-3,
        T::Family => 2e-3,
        T::FamilyAny => 3e-3,
        T::FamilyEnds | T::FamilyFirst3 | T::FamilySoundex | T::FamilySlk => 1e-2,
        T::NamesEither | T::NamesSorted => 1e-5,
        T::NamesEndsEither => 2e-4,
        T::Birth | T::BirthSwapped => 1.5e-4,
        T::BirthTwoParts | T::BirthMonth => 7e-3,
        T::BirthYear => 6e-2,
        T::BirthParts => 0.15,
        T::Code | T::CodeAny | T::Address => 1e-4,
        T::CodeShort | T::Sector | T::Locality => 1e-3,
        T::LocalityEnds | T::AddressEnds => 3e-3,
        T::Nhs | T::Upn | T::UpnAny | T::Uln | T::Chi => 1e-6,
        T::Sex | T::HasGiven | T::HasBirth | T::HasNhs => 0.5,
    }
}

/// Pairs that the usual rates of chance weigh: as many as 45 records have among them.
pub(crate) const PRIOR_CHANCE: f64 = 1_000.0;

/// How often fields agree by chance, from the rates of agreeing pairs inside the files.
pub(crate) fn chance_table(rate: impl Fn(T) -> f64, present: impl Fn(usize) -> f64) -> Table {
    let mut t: Table = Default::default();
    let ladder = |row: &mut [f64; LEVELS], steps: &[(usize, f64)]| {
        let mut above: f64 = 0.0;
        for &(level, rate) in steps {
            row[level] = (rate - above).max(rate * 0.02).max(1e-12);
            above = above.max(rate);
        }
        above
    };
    let known = present(GIVEN).powi(2);
    let above = ladder(
        &mut t[GIVEN],
        &[
            (8, rate(T::GivenAny)),
            (7, rate(T::NamesEither) * 0.5),
            (6, rate(T::GivenShort)),
            (5, rate(T::GivenFormal).max(rate(T::GivenNickname))),
            (4, rate(T::GivenNear)),
            (3, rate(T::GivenEnds)),
            (2, rate(T::GivenLetters).max(rate(T::GivenInitial))),
        ],
    );
    t[GIVEN][1] = (known - above).max(0.0);
    t[GIVEN][0] = 1.0 - known;
    let rest = |row: &mut [f64; LEVELS], above: f64| row[0] = (1.0 - above).max(0.0);
    let above = ladder(
        &mut t[FAMILY],
        &[
            (4, rate(T::Family)),
            (3, rate(T::FamilyAny)),
            (2, rate(T::FamilyEnds)),
            (1, rate(T::FamilyLetters).max(rate(T::FamilyInitial))),
        ],
    );
    rest(&mut t[FAMILY], above);
    let above = ladder(
        &mut t[BIRTH],
        &[
            (5, rate(T::Birth)),
            (4, rate(T::BirthSwapped)),
            (3, rate(T::BirthTwoParts)),
            (2, rate(T::BirthYear)),
        ],
    );
    let known = present(BIRTH).powi(2);
    t[BIRTH][1] = (known - above).max(0.0);
    t[BIRTH][0] = 1.0 - known;
    let above = ladder(
        &mut t[CODE],
        &[
            (2, rate(T::CodeAny).max(rate(T::Code))),
            (1, rate(T::Sector)),
        ],
    );
    rest(&mut t[CODE], above);
    let above = ladder(
        &mut t[LOCALITY],
        &[(2, rate(T::Locality)), (1, rate(T::LocalityEnds))],
    );
    rest(&mut t[LOCALITY], above);
    let above = ladder(
        &mut t[ADDRESS],
        &[(2, rate(T::Address)), (1, rate(T::AddressEnds))],
    );
    rest(&mut t[ADDRESS], above);
    for (field, key) in [(NHS, T::Nhs), (OTHER_ID, T::UpnAny)] {
        let known = present(field).powi(2);
        t[field][2] = rate(key).max(1e-9);
        t[field][1] = (known - t[field][2]).max(0.0);
        t[field][0] = 1.0 - known;
    }
    t[SEX][1] = rate(T::Sex).clamp(0.01, 0.99);
    t[SEX][0] = 1.0 - t[SEX][1];
    t[MIDDLE][1] = rate(T::Middle).max(1e-6);
    t[MIDDLE][0] = 1.0 - t[MIDDLE][1];
    t
}
