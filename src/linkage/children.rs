//! From a file's records to its children: double entries become one row, and a token that two children share
//! does not travel.

use super::join::Entry;
use super::parallel::each_of;
use super::tokens::entry;
use crate::limits::index;
use crate::token::{HomeTokens, KeySet};

/// Adds the tokens of key `k`, each with its row and slot in 32 bits: sixteen slots at most, rows below 2^28.
pub(super) fn entries(tokens: &HomeTokens, k: usize, out: &mut Vec<Entry>) {
    let list = tokens.columns[k].iter();
    out.extend(list.map(|(row, slot, token)| entry(token, index(row) << 4 | index(slot))));
}

/// Row and slot of an entry.
pub(super) fn row_and_slot(entry: u32) -> (u32, u32) {
    (entry >> 4, entry & 15)
}

/// One row a child: the tokens of its first record, then what its double entries add where slots are free.
/// `shared` holds, by key, the entries whose token stands on more than one row.
pub(super) fn of_children(
    tokens: HomeTokens,
    key_set: &KeySet,
    children: &[Vec<u32>],
    child_of: &[u32],
    shared: &[Vec<Entry>],
) -> HomeTokens {
    let columns: Vec<_> = tokens
        .columns
        .into_iter()
        .zip(key_set.keys())
        .zip(shared)
        .collect();
    let columns = each_of(columns, |((mut column, key), shared)| {
        let starts = column.starts();
        let child = |e: &Entry| child_of[row_and_slot(e.1).0 as usize];
        let of_two = shared
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|run| run.iter().any(|e| child(e) != child(&run[0])));
        column.withhold(of_two.flatten().map(|e| {
            let (row, slot) = row_and_slot(e.1);
            starts[row as usize] + slot as usize
        }));
        column.joined(children, key.slots())
    });
    HomeTokens {
        rows: children.len(),
        columns,
    }
}
