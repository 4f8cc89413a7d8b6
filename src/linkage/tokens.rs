//! Scoring pairs of rows by the tokens they share. Knows token tables only: no key, no record, no name.

use super::join::{Candidates, Entry};
use super::level::{self, Levels, Space};
use super::model::{Counts, Model, fit};
use super::{Agreement, BirthAgreement, Evidence, GivenAgreement, IdAgreement};
use crate::token::{KeySet, Strength, Token};

/// A scored pair of rows, by their numbers over all tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowPair {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) probability: f64,
    pub(crate) mask: u64,
    pub(crate) levels: Levels,
    /// Only weak keys found it.
    pub(crate) weak: bool,
}

/// Scored pairs and the model that scored them.
pub(crate) struct RowPairs {
    pub(crate) pairs: Vec<RowPair>,
    pub(crate) model: Model,
}

pub(crate) fn entry(token: &Token, row: u32) -> Entry {
    let mut head = [0; 8];
    head.copy_from_slice(&token.as_bytes()[..8]);
    (u64::from_be_bytes(head), row)
}

/// The keys that make candidates.
pub(crate) fn linking(keys: &KeySet, allow_weak: bool) -> u64 {
    let mut mask = 0;
    for (k, key) in keys.keys().iter().enumerate() {
        if key.strength() == Strength::Links || (allow_weak && key.strength() == Strength::Weak) {
            mask |= 1 << k;
        }
    }
    mask
}

/// Scores candidates out of so many pairs (see [`Counts`]); `decoys` are the pairs inside the files.
pub(crate) fn score(
    candidates: &Candidates,
    keys: &KeySet,
    space: &Space,
    (pairs, unique_rows): (f64, Option<[f64; 2]>),
    decoys: Option<&Counts>,
    chance: &[[f64; level::LEVELS]; level::FIELDS],
) -> RowPairs {
    let mut known = std::collections::HashMap::new();
    let mut by_cell = vec![0.0; space.cells.len()];
    let mut cells = Vec::with_capacity(candidates.masks.len());
    for mask in &candidates.masks {
        let (levels, cell) = *known.entry(*mask).or_insert_with(|| {
            let levels = Levels::of_mask(*mask, keys);
            (levels, space.cell(levels, keys))
        });
        if let Some(cell) = cell {
            by_cell[cell] += 1.0;
        }
        cells.push((levels, cell));
    }
    let counts = Counts {
        alone: by_cell.clone(),
        by_cell,
        pairs,
        unique_rows,
    };
    let model = fit(space, &counts, decoys, chance);
    let strong = linking(keys, false);
    let pairs = candidates
        .iter()
        .zip(cells)
        .map(|((left, right, mask), (levels, cell))| RowPair {
            left,
            right,
            probability: cell.map_or(0.0, |c| model.probability[c]),
            mask,
            levels,
            weak: mask & strong == 0,
        })
        .collect();
    RowPairs { pairs, model }
}

/// What the levels say in the terms that both profiles share.
pub(crate) fn evidence(pair: &RowPair) -> Evidence {
    let l = pair.levels.0;
    Evidence {
        given: match l[level::GIVEN] {
            level::DIFFERS => GivenAgreement::Differs,
            level::LETTER | level::HALF => GivenAgreement::Weak,
            level::NEAR => GivenAgreement::Near,
            level::FORM => GivenAgreement::Form,
            level::SHORT => GivenAgreement::Nickname,
            level::CROSSED => GivenAgreement::Crossed,
            level::SAME => GivenAgreement::Same,
            _ => GivenAgreement::Unknown,
        },
        family: match l[level::FAMILY] {
            4 => Agreement::Same,
            2 | 3 => Agreement::Close,
            _ => Agreement::Unknown,
        },
        birth: match l[level::BIRTH] {
            5 => BirthAgreement::Same,
            3 | 4 => BirthAgreement::Partial,
            1 | 2 => BirthAgreement::Differs,
            _ => BirthAgreement::Unknown,
        },
        place: match l[level::CODE] {
            2 => Agreement::Same,
            1 => Agreement::Close,
            _ => Agreement::Unknown,
        },
        address: match l[level::LOCALITY].max(l[level::ADDRESS]) {
            2 => Agreement::Same,
            1 => Agreement::Close,
            _ => Agreement::Unknown,
        },
        identifier: match (l[level::NHS], l[level::OTHER_ID]) {
            (1, 2) => IdAgreement::Doubtful,
            (1, _) => IdAgreement::Differs,
            (2, _) | (_, 2) => IdAgreement::Same,
            _ => IdAgreement::Unknown,
        },
        sex: if l[level::SEX] == 1 {
            Agreement::Same
        } else {
            Agreement::Unknown
        },
        middle: if l[level::MIDDLE] == 1 {
            Agreement::Same
        } else {
            Agreement::Unknown
        },
        co_birth: false,
        weak_key: pair.weak,
        shielded: false,
    }
}
