//! From the keys that a pair agrees on to the best agreement seen of every field, and back: which keys would
//! agree if the fields truly agreed so well.

use super::model::Table;
use crate::token::{KeySet, MatchKey, Strength, Transform};

pub(crate) const FIELDS: usize = 10;
/// Fields in the order of [`Levels`].
pub(crate) const GIVEN: usize = 0;
pub(crate) const FAMILY: usize = 1;
pub(crate) const BIRTH: usize = 2;
pub(crate) const CODE: usize = 3;
pub(crate) const LOCALITY: usize = 4;
pub(crate) const ADDRESS: usize = 5;
pub(crate) const NHS: usize = 6;
pub(crate) const OTHER_ID: usize = 7;
pub(crate) const SEX: usize = 8;
pub(crate) const MIDDLE: usize = 9;

pub(crate) const DIFFERS: u8 = 1;
pub(crate) const LETTER: u8 = 2;
pub(crate) const HALF: u8 = 3;
pub(crate) const NEAR: u8 = 4;
/// Forms of one name that are each borne as names.
pub(crate) const FORM: u8 = 5;
/// A full name and a short form of it that is seldom a name by itself.
pub(crate) const SHORT: u8 = 6;
pub(crate) const CROSSED: u8 = 7;
pub(crate) const SAME: u8 = 8;
/// Levels of any field.
pub(crate) const LEVELS: usize = 9;

/// Best agreement per field. Given name: the constants above. Family name: 0 none seen, 1 a letter, 2 half,
/// 3 a part or a previous name, 4 equal. Birth date: 0 unknown, 1 both known,
/// 2 a part, 3 two parts, 4 day and month exchanged, 5 equal. Code, locality, address:
/// 0, 1 near or half, 2 equal. Identifiers: 0 unknown, 1 differ, 2 equal. Sex, middle name: 0 not seen to agree, 1 equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Levels(pub(crate) [u8; FIELDS]);

/// What agreement on a transform shows: field, level shown, and the levels under which it agrees.
fn shows(t: Transform) -> (usize, u8, &'static [u8]) {
    use Transform as T;
    match t {
        T::Given | T::GivenAny | T::GivenFull => (GIVEN, SAME, &[SAME]),
        T::GivenFormal | T::GivenNickname => (GIVEN, FORM, &[FORM, SHORT, SAME]),
        T::GivenShort => (GIVEN, SHORT, &[SHORT, SAME]),
        T::GivenNear => (GIVEN, NEAR, &[NEAR, SAME]),
        T::GivenEnds | T::GivenFirst3 | T::GivenSoundex | T::GivenSlk => {
            (GIVEN, HALF, &[HALF, NEAR, SAME])
        }
        T::GivenInitial | T::GivenLetters | T::NamesLetters => {
            (GIVEN, LETTER, &[LETTER, HALF, NEAR, FORM, SHORT, SAME])
        }
        T::Family => (FAMILY, 4, &[4]),
        T::FamilyAny => (FAMILY, 3, &[3, 4]),
        T::FamilyEnds | T::FamilyFirst3 | T::FamilySoundex | T::FamilySlk => {
            (FAMILY, 2, &[2, 3, 4])
        }
        T::FamilyInitial | T::FamilyLetters => (FAMILY, 1, &[1, 2, 3, 4]),
        T::NamesEither => (GIVEN, CROSSED, &[CROSSED, SAME]),
        T::NamesSorted | T::NamesEndsEither => (GIVEN, HALF, &[HALF, NEAR, CROSSED, SAME]),
        T::Birth => (BIRTH, 5, &[5]),
        T::BirthSwapped => (BIRTH, 4, &[4, 5]),
        T::BirthTwoParts | T::BirthMonth => (BIRTH, 3, &[3, 5]),
        T::BirthYear | T::BirthParts => (BIRTH, 2, &[2, 3, 4, 5]),
        T::HasBirth => (BIRTH, 1, &[1, 2, 3, 4, 5]),
        T::Code | T::CodeAny => (CODE, 2, &[2]),
        T::Sector | T::CodeShort => (CODE, 1, &[1, 2]),
        T::Locality => (LOCALITY, 2, &[2]),
        T::LocalityEnds => (LOCALITY, 1, &[1, 2]),
        T::Address => (ADDRESS, 2, &[2]),
        T::AddressEnds => (ADDRESS, 1, &[1, 2]),
        T::Nhs => (NHS, 2, &[2]),
        T::Upn | T::UpnAny | T::Uln | T::Chi => (OTHER_ID, 2, &[2]),
        T::Sex => (SEX, 1, &[1]),
        T::Middle => (MIDDLE, 1, &[1]),
        T::HasGiven => (
            GIVEN,
            DIFFERS,
            &[DIFFERS, LETTER, HALF, NEAR, FORM, SHORT, CROSSED, SAME],
        ),
        T::HasNhs => (NHS, 1, &[1, 2]),
    }
}

/// The family level that a transform over both names shows.
fn shows_family(t: Transform) -> Option<(u8, &'static [u8])> {
    match t {
        Transform::NamesEither => Some((4, &[4])),
        Transform::NamesSorted | Transform::NamesEndsEither => Some((2, &[2, 3, 4])),
        _ => None,
    }
}

impl Levels {
    /// The best agreement that a set of agreeing keys shows.
    pub(crate) fn of_mask(mask: u64, keys: &KeySet) -> Levels {
        let mut levels = Levels::default();
        for (k, key) in keys.keys().iter().enumerate() {
            if mask >> k & 1 == 1 {
                for &t in key.parts() {
                    let (field, level, _) = shows(t);
                    levels.0[field] = levels.0[field].max(level);
                    if let Some((family, _)) = shows_family(t) {
                        levels.0[FAMILY] = levels.0[FAMILY].max(family);
                    }
                }
            }
        }
        levels
    }

    fn agrees(self, key: &MatchKey) -> bool {
        key.parts().iter().all(|&t| {
            let (field, _, under) = shows(t);
            if t == Transform::NamesLetters {
                return self.0[GIVEN] >= LETTER || self.0[FAMILY] >= 1;
            }
            let crossed = self.0[GIVEN] == CROSSED;
            let family = shows_family(t);
            under.contains(&self.0[field])
                && family.is_none_or(|(_, under)| under.contains(&self.0[FAMILY]))
                && !(crossed && field == FAMILY)
        })
    }

    /// Of each linking key that agrees: its fields and the levels under which it does.
    fn links(self, keys: &KeySet) -> Vec<Vec<(usize, u16)>> {
        let linking = keys.keys().iter();
        let linking = linking.filter(|k| k.strength() != Strength::Confirms && self.agrees(k));
        linking
            .map(|key| {
                let mut fields = [u16::MAX; FIELDS];
                let bits = |under: &[u8]| under.iter().fold(0, |bits, level| bits | 1 << level);
                for &t in key.parts() {
                    let (field, _, under) = shows(t);
                    fields[field] &= bits(under);
                    if let Some((_, under)) = shows_family(t) {
                        fields[FAMILY] &= bits(under);
                    }
                }
                let used = fields.into_iter().enumerate();
                used.filter(|(_, bits)| *bits != u16::MAX).collect()
            })
            .collect()
    }

    /// What would be seen of a pair that truly agrees so: nothing, where no linking key agrees.
    fn seen(self, keys: &KeySet) -> Option<Levels> {
        let mut mask = 0u64;
        let mut candidate = false;
        for (k, key) in keys.keys().iter().enumerate() {
            if self.agrees(key) {
                mask |= 1 << k;
                candidate |= key.strength() != Strength::Confirms;
            }
        }
        candidate.then(|| Levels::of_mask(mask, keys))
    }
}

/// Every true state of a pair that a key set can tell apart, and what is seen of it.
#[derive(Debug)]
pub(crate) struct Space {
    /// True states.
    pub(crate) states: Vec<Levels>,
    /// Index into `cells` of what is seen of each state; `None` where it is no candidate.
    pub(crate) seen: Vec<Option<usize>>,
    /// Distinct things seen.
    pub(crate) cells: Vec<Levels>,
    /// By cell, of each linking key that agrees there: its fields and, as bits, the levels under which it agrees.
    links: Vec<Vec<Vec<(usize, u16)>>>,
}

impl Space {
    pub(crate) fn new(keys: &KeySet) -> Space {
        let mut used: [Vec<u8>; FIELDS] = Default::default();
        for field in &mut used {
            field.push(0);
        }
        for t in keys.transforms() {
            let (field, level, _) = shows(t);
            used[field].push(level);
            if let Some((family, _)) = shows_family(t) {
                used[FAMILY].push(family);
            }
        }
        used[GIVEN].push(DIFFERS);
        for field in &mut used {
            field.sort_unstable();
            field.dedup();
        }
        let mut states = vec![Levels::default()];
        for (field, levels) in used.iter().enumerate() {
            states = states
                .iter()
                .flat_map(|s| {
                    levels.iter().map(move |&level| {
                        let mut next = *s;
                        next.0[field] = level;
                        next
                    })
                })
                .collect();
        }
        let mut cells: Vec<Levels> = Vec::new();
        let mut index = std::collections::HashMap::new();
        let seen = states
            .iter()
            .map(|s| {
                s.seen(keys).map(|v| {
                    *index.entry(v).or_insert_with(|| {
                        cells.push(v);
                        cells.len() - 1
                    })
                })
            })
            .collect();
        let links = cells.iter().map(|c| c.links(keys)).collect();
        Space {
            states,
            seen,
            cells,
            links,
        }
    }

    /// How probably one child's two records agree on the key that a cell's pairs share, by cell: on the least
    /// likely, where they share several. `same`: the levels of one child.
    pub(crate) fn holds(&self, same: &Table) -> impl Iterator<Item = f64> {
        let field = |&(field, levels): &(usize, u16)| -> f64 {
            let agreeing = (0..LEVELS).filter(|level| levels >> level & 1 == 1);
            agreeing.map(|level| same[field][level]).sum()
        };
        let key = move |fields: &Vec<(usize, u16)>| fields.iter().map(field).product::<f64>();
        self.links
            .iter()
            .map(move |keys| keys.iter().map(key).fold(1.0, f64::min))
    }

    /// The cell of what was really seen: real pairs may agree on a part of what their state allows.
    pub(crate) fn cell(&self, levels: Levels, keys: &KeySet) -> Option<usize> {
        let find = |v: Levels| self.cells.iter().position(|c| *c == v);
        find(levels).or_else(|| levels.seen(keys).and_then(find))
    }
}
