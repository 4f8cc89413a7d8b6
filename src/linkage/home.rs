//! What an agency does at home before its tokens travel: finds its own double entries, counts how often its
//! records agree by chance, and withholds every token that two of its children share.

use super::chance::{PRIOR_CHANCE, chance_table, usual_rate};
use super::children::{entries, of_children, row_and_slot};
use super::co_birth::co_births;
use super::join::{Candidates, Entry, Join, pairs};
use super::level::{self, Levels, Space};
use super::model::Counts;
use super::parallel::{each, each_with};
use super::tokens::{RowPair, RowPairs, evidence, linking, score};
use super::{BirthAgreement, GivenAgreement, IdAgreement};
use crate::limits::{byte, index};
use crate::record::{IdentityEpoch, Record};
use crate::token::{Chance, HomeTokens, Kernel, KeySet, TokenSecrets, Transform, tokenise};
use rustc_hash::FxHasher;
use std::collections::BTreeMap;
use std::hash::Hasher;

/// More records than this sharing one token inside a file is an institution, not evidence.
const CAP_INSIDE: usize = 24;

/// One file after the work at home.
pub(crate) struct Home {
    /// The tokens of each child; none where one file is searched for double entries.
    pub(crate) tokens: HomeTokens,
    /// The records of each child; the first one's row stands for all.
    pub(crate) children: Vec<Vec<u32>>,
    /// Per record: its index in `children`.
    pub(crate) child_of: Vec<u32>,
    pub(crate) tokenised: Vec<bool>,
    pub(crate) inside: RowPairs,
    pub(crate) co_birth: Vec<bool>,
    pub(crate) chance: Chance,
}

pub(crate) struct HomeOptions {
    pub(crate) allow_weak: bool,
    /// Withhold tokens that two children of the file share.
    pub(crate) unique_only: bool,
}

/// Does it all. `unique_only` is off only where one file is searched for double entries.
pub(crate) fn prepare(
    records: &[Record],
    key_set: &KeySet,
    space: &Space,
    secrets: TokenSecrets<'_>,
    options: &HomeOptions,
) -> Home {
    let co_birth = co_births(records);
    let tokens = tokenise(records, &co_birth, key_set, secrets, Kernel::best());
    let mut chance = rates(records, key_set);
    let shared = each_with(tokens.columns.len(), |join: &mut Join, k| {
        join.shared(|out| entries(&tokens, k, out))
    });
    let one_epoch = |a, b| records[a as usize].identity_epoch == records[b as usize].identity_epoch;
    let per_key = each(shared.len(), |k| {
        pairs(&shared[k], CAP_INSIDE, |e| row_and_slot(e).0, one_epoch)
    });
    let found = Candidates::of(per_key, linking(key_set, options.allow_weak));
    let all = records.len() * records.len().saturating_sub(1) / 2;
    let inside = score(
        &found,
        key_set,
        space,
        (all as f64, None),
        None,
        &chance_of(&[&chance]),
    );
    let (children, child_of) = join_double_entries(records, &inside.pairs, &co_birth);
    let alone = alone(&shared, linking(key_set, options.allow_weak), &child_of);
    let mut cells: BTreeMap<[u8; level::FIELDS], [u64; 2]> = BTreeMap::new();
    for pair in &inside.pairs {
        let (a, b) = (child_of[pair.left as usize], child_of[pair.right as usize]);
        if a != b {
            let counts = cells.entry(pair.levels.0).or_default();
            counts[0] += 1;
            counts[1] += u64::from(alone.binary_search(&[a.min(b), a.max(b)]).is_ok());
        }
    }
    chance.pairs = all as u64;
    chance.cells = cells.into_iter().collect();
    let tokenised = tokens.tokenised(key_set);
    let tokens = if options.unique_only {
        of_children(tokens, key_set, &children, &child_of, &shared)
    } else {
        HomeTokens::default()
    };
    Home {
        tokens,
        children,
        child_of,
        tokenised,
        inside,
        co_birth,
        chance,
    }
}

/// Pairs of children with a token of a key in `links` that no third child holds, sorted.
fn alone(shared: &[Vec<Entry>], links: u64, child_of: &[u32]) -> Vec<[u32; 2]> {
    let mut out = Vec::new();
    for (k, shared) in shared.iter().enumerate() {
        if links >> k & 1 == 0 {
            continue;
        }
        for run in shared.chunk_by(|a, b| a.0 == b.0) {
            let children = run.iter().map(|e| child_of[row_and_slot(e.1).0 as usize]);
            let first = children.clone().min().unwrap_or_default();
            let last = children.clone().max().unwrap_or_default();
            if first != last && children.clone().all(|c| c == first || c == last) {
                out.push([first, last]);
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Double entries: pairs inside the file that are one child beyond doubt.
fn join_double_entries(
    records: &[Record],
    pairs: &[RowPair],
    co_birth: &[bool],
) -> (Vec<Vec<u32>>, Vec<u32>) {
    let mut parent: Vec<u32> = (0..index(records.len())).collect();
    for pair in pairs.iter().filter(|p| p.probability >= 0.95) {
        let e = evidence(pair);
        let given = match e.given {
            GivenAgreement::Same => true,
            GivenAgreement::Nickname => {
                !co_birth[pair.left as usize] && !co_birth[pair.right as usize]
            }
            _ => false,
        };
        let birth = e.birth == BirthAgreement::Same
            || (e.birth == BirthAgreement::Partial && e.identifier == IdAgreement::Same);
        if given && birth && !matches!(e.identifier, IdAgreement::Differs | IdAgreement::Doubtful) {
            let (a, b) = (root(&mut parent, pair.left), root(&mut parent, pair.right));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    let mut children: Vec<Vec<u32>> = Vec::new();
    let mut child_of = vec![u32::MAX; records.len()];
    for i in 0..index(records.len()) {
        let r = root(&mut parent, i);
        if r == i {
            child_of[i as usize] = index(children.len());
            children.push(vec![i]);
        } else {
            let c = child_of[r as usize];
            child_of[i as usize] = c;
            children[c as usize].push(i);
        }
    }
    (children, child_of)
}

fn root(parent: &mut [u32], mut i: u32) -> u32 {
    while parent[i as usize] != i {
        parent[i as usize] = parent[parent[i as usize] as usize];
        i = parent[i as usize];
    }
    i
}

/// Counts agreeing pairs of every transform on at most 50,000 records, evenly chosen.
fn rates(records: &[Record], key_set: &KeySet) -> Chance {
    let mut wanted = key_set.transforms();
    wanted.extend([
        Transform::Given,
        Transform::GivenAny,
        Transform::Family,
        Transform::Birth,
        Transform::BirthSwapped,
        Transform::BirthTwoParts,
        Transform::BirthYear,
        Transform::GivenEnds,
        Transform::FamilyEnds,
        Transform::Nhs,
        Transform::UpnAny,
        Transform::Sex,
        Transform::Code,
    ]);
    wanted.sort_unstable();
    wanted.dedup();
    let step = records.len().div_ceil(50_000).max(1);
    let sample: Vec<&Record> = records
        .iter()
        .step_by(step)
        .filter(|r| r.identity_epoch == IdentityEpoch::Current)
        .collect();
    let mut values: Vec<Vec<(u64, u32)>> = vec![Vec::new(); wanted.len()];
    let mut expander = crate::token::Expander::default();
    let mut present: BTreeMap<u8, u64> = BTreeMap::new();
    for (i, r) in sample.iter().enumerate() {
        expander.expand(r, &wanted, false);
        for (list, t) in values.iter_mut().zip(&wanted) {
            for value in expander.values(*t) {
                let mut h = FxHasher::default();
                h.write(value);
                list.push((h.finish(), index(i)));
            }
        }
        let has = [
            (level::GIVEN, r.given_name.valid().is_some()),
            (level::BIRTH, r.birth_date.valid().is_some()),
            (level::NHS, r.nhs_number.valid().is_some()),
            (level::OTHER_ID, r.upn.valid().is_some()),
        ];
        for (field, yes) in has {
            *present.entry(byte(field)).or_default() += u64::from(yes);
        }
    }
    let mut agreeing = Vec::new();
    for (list, t) in values.iter_mut().zip(&wanted) {
        list.sort_unstable();
        let pairs = |run: &[(u64, u32)]| run.len() as u64 * (run.len() as u64 - 1) / 2;
        agreeing.push((*t, list.chunk_by(|a, b| a.0 == b.0).map(pairs).sum()));
    }
    Chance {
        records: sample.len() as u64,
        agreeing,
        present: present.into_iter().collect(),
        ..Chance::default()
    }
}

/// Chance agreement over several files together.
pub(crate) fn chance_of(files: &[&Chance]) -> [[f64; level::LEVELS]; level::FIELDS] {
    let records: u64 = files.iter().map(|c| c.records).sum();
    let pairs: u64 = files
        .iter()
        .map(|c| c.records * c.records.saturating_sub(1) / 2)
        .sum();
    let total = |list: &dyn Fn(&Chance) -> u64| files.iter().map(|c| list(c)).sum::<u64>() as f64;
    chance_table(
        |t| {
            let seen = total(&|c| c.agreeing.iter().filter(|a| a.0 == t).map(|a| a.1).sum());
            (seen + PRIOR_CHANCE * usual_rate(t)) / (pairs as f64 + PRIOR_CHANCE)
        },
        |field| {
            total(&|c| {
                c.present
                    .iter()
                    .filter(|p| usize::from(p.0) == field)
                    .map(|p| p.1)
                    .sum()
            }) / (records as f64).max(1.0)
        },
    )
}

/// The pairs inside files that are not one child, by cell.
pub(crate) fn decoys(files: &[&Chance], space: &Space, key_set: &KeySet) -> Counts {
    let mut counts = Counts {
        by_cell: vec![0.0; space.cells.len()],
        alone: vec![0.0; space.cells.len()],
        pairs: 0.0,
        unique_rows: None,
    };
    for chance in files {
        counts.pairs += chance.pairs as f64;
        for (levels, [all, alone]) in &chance.cells {
            if let Some(cell) = space.cell(Levels(*levels), key_set) {
                counts.by_cell[cell] += *all as f64;
                counts.alone[cell] += *alone as f64;
            }
        }
    }
    counts
}
