//! What the files show of households: middle names that brothers and sisters share.

use super::rows::{NONE, NameFacts, Row, Words};
use crate::limits::index;
use crate::record::tells_middle;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// More rows than this under one family name and postcode are no household.
const HOUSEHOLD: usize = 8;
/// So many pairs of children of one household, one of whom bears a middle name, say whether the other does too.
const ENOUGH: u32 = 10;
/// Of siblings of a child with a middle name of its own, fewer than one in so many bear it by chance.
const OFTEN: u32 = 10;

/// Marks the middle names that siblings share. Where the files show too few siblings, a name that more families
/// than children bear (a mother's) counts as one.
pub(crate) fn mark_familys_middles(rows: &[Row], facts: &mut [NameFacts], names: &Words<'_>) {
    let mut by_household: Vec<(u64, u32)> = (0u32..)
        .zip(rows)
        .filter(|(_, r)| {
            r.middles[0] != NONE && r.family != NONE && r.code != NONE && r.given != NONE
        })
        .map(|(i, r)| {
            let mut h = FxHasher::default();
            h.write_u16(r.file);
            h.write_u32(r.family);
            h.write_u32(r.code);
            (h.finish(), i)
        })
        .collect();
    by_household.sort_unstable();
    // Pairs of siblings one of whom bears the name, and both.
    let mut seen = vec![[0u32; 2]; facts.len()];
    for household in by_household.chunk_by(|a, b| a.0 == b.0) {
        if household.len() > HOUSEHOLD {
            continue;
        }
        for (i, a) in household.iter().enumerate() {
            for b in &household[i + 1..] {
                siblings(&rows[a.1 as usize], &rows[b.1 as usize], facts, &mut seen);
            }
        }
    }
    for (name, fact) in facts.iter_mut().enumerate() {
        let [one, both] = seen[name];
        let shared = if one >= ENOUGH {
            both * OFTEN >= one
        } else {
            both > 0 || fact.families > fact.bearers
        };
        fact.familys_middle = shared || !tells_middle(names.text(index(name)));
    }
}

/// Counts the middle names of two rows that are two children: other given names, other forms of one are not enough.
fn siblings(a: &Row, b: &Row, facts: &[NameFacts], seen: &mut [[u32; 2]]) {
    let formal = |r: &Row| facts[r.given as usize].formal;
    if formal(a)
        .iter()
        .any(|f| *f != NONE && formal(b).contains(f))
        || a.given_first == b.given
        || b.given_first == a.given
    {
        return;
    }
    for (x, y) in [(a, b), (b, a)] {
        for middle in x.middles.into_iter().filter(|m| *m != NONE) {
            let both = y.middles.contains(&middle);
            let seen = &mut seen[middle as usize];
            // A shared name is met from both sides and is one pair.
            seen[0] += 1;
            seen[1] += u32::from(both && x.given < y.given);
        }
    }
}
