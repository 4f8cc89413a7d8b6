//! For benches only: the tokens of a record, from which its name can be read.

use super::alphabet::Numbers;
use crate::record::Record;

/// The numbers of a record's tokens, in place of what `out` held.
pub fn token_numbers(record: &Record, out: &mut Vec<u16>) {
    let mut numbers = Numbers::default();
    numbers.fill(record);
    out.clear();
    out.extend_from_slice(numbers.list());
}
