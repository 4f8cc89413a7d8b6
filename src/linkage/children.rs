//! From a file's records to its children: double entries become one row, and a token that two children share
//! does not travel.

use super::home::Home;
use super::join::Entry;
use super::parallel::each_of;
use super::tokens::entry;
use crate::keys::KeyError;
use crate::limits::index;
use crate::record::Record;
use crate::token::{Crosswalk, HomeTokens, KeySet, RowId, TokenHeader, TokenSecrets, TokenTable};

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

impl Home {
    /// The table that travels, and the crosswalk that does not.
    pub(super) fn travel(
        &self,
        records: &[Record],
        key_set: &KeySet,
        secrets: TokenSecrets<'_>,
        header: TokenHeader,
    ) -> Result<(TokenTable, Crosswalk), KeyError> {
        let mut order: Vec<(RowId, usize)> = RowId::generate(self.children.len())?
            .into_iter()
            .zip(0..)
            .collect();
        // Sorted by random names, the rows are shuffled.
        order.sort_unstable();
        let places: Vec<(usize, usize)> = order
            .iter()
            .map(|o| (o.1, self.children[o.1][0] as usize))
            .collect();
        let rows: Vec<RowId> = order.iter().map(|o| o.0).collect();
        let table = TokenTable {
            header,
            rows: rows.clone(),
            tokens: self.tokens.padded(&places, records, key_set, secrets),
            stride: key_set.tokens_per_record(),
            chance: self.chance.clone(),
        };
        let walk = Crosswalk {
            rows,
            records: order.iter().map(|o| self.children[o.1].clone()).collect(),
            file: Crosswalk::digest(records),
        };
        Ok((table, walk))
    }
}
