//! What an agency does at home before its tokens travel: finds its own double entries, counts how often its
//! records agree by chance, and withholds every token that two of its children share.

use super::join::{Entry, group};
use super::level::{self, Levels, Space};
use super::model::{Counts, chance_table};
use super::tokens::{RowPair, RowPairs, candidates, entry, evidence, linking, score};
use super::{BirthAgreement, GivenAgreement, IdAgreement};
use crate::keys::{KeyError, Secret};
use crate::limits::{byte, index};
use crate::record::{IdentityEpoch, Record};
use crate::token::{
    Chance, Crosswalk, HomeTokens, KeySet, RowId, Token, TokenHeader, TokenSecrets, TokenTable,
    Transform, Withheld, tokenise,
};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hasher};

/// More records than this sharing one token inside a file is an institution, not evidence.
const CAP_INSIDE: usize = 24;

/// One file after the work at home.
pub(crate) struct Home {
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

impl Home {
    /// The table that travels, and the crosswalk that does not. The tokens themselves go along.
    pub(crate) fn travel(
        &mut self,
        header: TokenHeader,
    ) -> Result<(TokenTable, Crosswalk), KeyError> {
        let mut order: Vec<(RowId, usize)> = RowId::generate(self.children.len())?
            .into_iter()
            .zip(0..)
            .collect();
        // Sorted by random names, the rows are shuffled.
        order.sort_unstable();
        let home = std::mem::take(&mut self.tokens);
        let mut tokens = Vec::with_capacity(self.children.len() * home.stride);
        for (_, child) in &order {
            tokens.extend_from_slice(home.row(self.children[*child][0] as usize));
        }
        let rows: Vec<RowId> = order.iter().map(|o| o.0).collect();
        let records = order.iter().map(|o| self.children[o.1].clone()).collect();
        let table = TokenTable {
            header,
            rows: rows.clone(),
            tokens,
            stride: home.stride,
            chance: self.chance.clone(),
        };
        Ok((table, Crosswalk { rows, records }))
    }
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
    let mut tokens = tokenise(records, &co_birth, key_set, secrets);
    let mut chance = rates(records, key_set);
    let links = linking(key_set, options.allow_weak);
    let found = candidates(
        key_set,
        links,
        CAP_INSIDE,
        |k| real_entries(&tokens, key_set, k),
        |a, b| records[a as usize].identity_epoch == records[b as usize].identity_epoch,
    );
    let pairs = records.len() * records.len().saturating_sub(1) / 2;
    let inside = score(
        &found,
        key_set,
        space,
        pairs as f64,
        None,
        &chance_of(&[&chance]),
    );
    let (children, child_of) = join_double_entries(records, &inside.pairs, &co_birth);
    let mut cells: BTreeMap<[u8; level::FIELDS], u64> = BTreeMap::new();
    for pair in &inside.pairs {
        if child_of[pair.left as usize] != child_of[pair.right as usize] {
            *cells.entry(pair.levels.0).or_default() += 1;
        }
    }
    chance.pairs = pairs as u64;
    chance.cells = cells.into_iter().collect();
    let tokenised = (0..records.len())
        .map(|row| tokens.is_tokenised(row, key_set))
        .collect();
    if options.unique_only {
        join_rows(&mut tokens, key_set, &children);
        withhold_shared(&mut tokens, records, key_set, &child_of, secrets.local_pad);
    }
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

/// Records beside which the file holds another child of the same birth date and family name or place with
/// another given name.
pub(crate) fn co_births(records: &[Record]) -> Vec<bool> {
    let mut groups: HashMap<(u8, u64), Vec<u32>> = HashMap::new();
    for (i, r) in records.iter().enumerate() {
        let Some(birth) = r.birth_date.valid() else {
            continue;
        };
        let mut add = |kind: u8, text: &str| {
            let mut h = DefaultHasher::new();
            h.write_u16(birth.year());
            h.write_u8(birth.month());
            h.write_u8(birth.day());
            h.write(text.as_bytes());
            groups.entry((kind, h.finish())).or_default().push(index(i));
        };
        if let Some(f) = r.family_name.valid() {
            add(0, f.folded());
        }
        if let (Some(p), false) = (r.postcode.valid(), r.shielded) {
            add(1, p.compact());
        }
    }
    let mut out = vec![false; records.len()];
    for group in groups.values().filter(|g| g.len() > 1 && g.len() <= 64) {
        for &a in group {
            out[a as usize] |= group
                .iter()
                .any(|&b| given_names_differ(&records[a as usize], &records[b as usize]));
        }
    }
    out
}

fn given_names_differ(a: &Record, b: &Record) -> bool {
    let (Some(x), Some(y)) = (a.given_name.valid(), b.given_name.valid()) else {
        return false;
    };
    x != y
        && !x
            .formal_given()
            .iter()
            .any(|f| y.formal_given().contains(f))
}

fn real_entries(tokens: &HomeTokens, key_set: &KeySet, k: usize) -> Vec<Entry> {
    slots_of(tokens, key_set, k)
        .map(|(row, _, token)| entry(token, row))
        .collect()
}

/// Real tokens of key `k`: row, slot, token.
fn slots_of<'a>(
    tokens: &'a HomeTokens,
    key_set: &'a KeySet,
    k: usize,
) -> impl Iterator<Item = (u32, usize, &'a Token)> {
    let offset: usize = key_set.keys()[..k].iter().map(|k| k.slots()).sum();
    let (slots, keys) = (key_set.keys()[k].slots(), key_set.keys().len());
    (0..tokens.rows).flat_map(move |row| {
        let real = tokens.real[row * keys + k];
        let at = row * tokens.stride + offset;
        (0..slots)
            .filter(move |s| real >> s & 1 == 1)
            .map(move |s| (index(row), s, &tokens.tokens[at + s]))
    })
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
            GivenAgreement::Nickname | GivenAgreement::OneEdit => {
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

/// Gives the first record of a child the real tokens of its double entries, in place of pads.
fn join_rows(tokens: &mut HomeTokens, key_set: &KeySet, children: &[Vec<u32>]) {
    let keys = key_set.keys().len();
    for members in children.iter().filter(|m| m.len() > 1) {
        let head = members[0] as usize;
        let mut offset = 0;
        for (k, key) in key_set.keys().iter().enumerate() {
            for &other in &members[1..] {
                for s in 0..key.slots() {
                    if tokens.real[other as usize * keys + k] >> s & 1 == 0 {
                        continue;
                    }
                    let token = tokens.tokens[other as usize * tokens.stride + offset + s];
                    let at = head * tokens.stride + offset;
                    let held = &tokens.tokens[at..at + key.slots()];
                    let real = tokens.real[head * keys + k];
                    if held.contains(&token) {
                        continue;
                    }
                    if let Some(free) = (0..key.slots()).find(|s| real >> s & 1 == 0) {
                        tokens.tokens[at + free] = token;
                        tokens.real[head * keys + k] |= 1 << free;
                    }
                }
            }
            offset += key.slots();
        }
    }
}

/// Replaces every token that two children of the file share, and every pad that grew from one, by a pad of
/// the agency's own.
fn withhold_shared(
    tokens: &mut HomeTokens,
    records: &[Record],
    key_set: &KeySet,
    child_of: &[u32],
    local_pad: &Secret,
) {
    let offsets: Vec<usize> = key_set
        .keys()
        .iter()
        .scan(0, |at, k| {
            let start = *at;
            *at += k.slots();
            Some(start)
        })
        .collect();
    let shared = |k: usize| {
        // Row and slot share 32 bits: sixteen slots at most, rows below 2^28.
        let mut list: Vec<Entry> = Vec::with_capacity(tokens.rows * key_set.keys()[k].slots());
        for row in 0..tokens.rows {
            let own = &tokens.row(row)[offsets[k]..offsets[k] + key_set.keys()[k].slots()];
            list.extend(
                own.iter()
                    .zip(0u32..)
                    .map(|(t, slot)| entry(t, index(row) << 4 | slot)),
            );
        }
        group(&mut list);
        let mut out: Vec<(u32, u8)> = Vec::new();
        for run in list.chunk_by(|a, b| a.0 == b.0) {
            let child = child_of[(run[0].1 >> 4) as usize];
            if run.iter().any(|e| child_of[(e.1 >> 4) as usize] != child) {
                out.extend(run.iter().map(|e| (e.1 >> 4, byte((e.1 & 15) as usize))));
            }
        }
        out
    };
    let ids: Vec<usize> = (0..key_set.keys().len()).collect();
    #[cfg(feature = "parallel")]
    let all: Vec<Vec<(u32, u8)>> = {
        use rayon::prelude::*;
        ids.into_par_iter().map(shared).collect()
    };
    #[cfg(not(feature = "parallel"))]
    let all: Vec<Vec<(u32, u8)>> = ids.into_iter().map(shared).collect();
    let withheld = Withheld::new(local_pad);
    let keys = key_set.keys().len();
    for (k, list) in all.into_iter().enumerate() {
        for (row, slot) in list {
            let (row, slot) = (row as usize, usize::from(slot));
            tokens.tokens[row * tokens.stride + offsets[k] + slot] =
                withheld.pad(&records[row], k, slot);
            tokens.real[row * keys + k] &= !(1 << slot);
        }
    }
}

/// Counts agreeing pairs of every transform on at most 50,000 records, evenly chosen.
fn rates(records: &[Record], key_set: &KeySet) -> Chance {
    let mut wanted = key_set.transforms();
    wanted.extend([
        Transform::Given,
        Transform::GivenAny,
        Transform::Family,
        Transform::Birth,
        Transform::BirthMasked,
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
                let mut h = DefaultHasher::new();
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
            total(&|c| c.agreeing.iter().filter(|a| a.0 == t).map(|a| a.1).sum())
                / (pairs as f64).max(1.0)
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
        pairs: 0.0,
    };
    for chance in files {
        counts.pairs += chance.pairs as f64;
        for (levels, n) in &chance.cells {
            if let Some(cell) = space.cell(Levels(*levels), key_set) {
                counts.by_cell[cell] += *n as f64;
            }
        }
    }
    counts
}
