use super::{Rows, short};
use crate::limits::{MOST_BITS, index};
use std::ops::Range;

/// Rows in the order of how many bits they have, those with equally many in the order given.
pub(super) struct Side<'a> {
    pub(super) rows: &'a Rows,
    /// Number of the row at every place.
    pub(super) order: Vec<u32>,
    /// Its set bits.
    pub(super) ones: Vec<u16>,
}

impl<'a> Side<'a> {
    pub(super) fn new(rows: &'a Rows) -> Side<'a> {
        let width = rows.bits() / 64;
        let count = |row: &[u64]| short(row.iter().map(|w| w.count_ones()).sum::<u32>());
        let given: Vec<u16> = rows.words().chunks_exact(width).map(count).collect();
        let mut places = vec![0; MOST_BITS + 2];
        for ones in &given {
            places[usize::from(*ones) + 1] += 1;
        }
        for i in 1..places.len() {
            places[i] += places[i - 1];
        }
        let (mut order, mut ones) = (vec![0; given.len()], vec![0; given.len()]);
        for (row, n) in given.iter().enumerate() {
            let place: &mut usize = &mut places[usize::from(*n)];
            (order[*place], ones[*place]) = (index(row), *n);
            *place += 1;
        }
        Side { rows, order, ones }
    }

    /// Words of a row.
    pub(super) fn width(&self) -> usize {
        self.rows.bits() / 64
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The row at a place.
    pub(super) fn row(&self, place: usize) -> &[u64] {
        self.rows.row(self.order[place] as usize)
    }

    /// The rows at `places`, as many side by side as a group has: see [`Engine::group`](super::kernel::Engine::group).
    pub(super) fn grouped(&self, places: Range<usize>, group: usize) -> Vec<u64> {
        let width = self.width();
        let mut out = vec![0; places.len().next_multiple_of(group) * width];
        for (i, place) in places.enumerate() {
            let out = out[i / group * group * width + i % group..].iter_mut();
            for (word, out) in self.row(place).iter().zip(out.step_by(group)) {
                *out = *word;
            }
        }
        out
    }

    /// Sixty-four rows from `first` on, word by word, where there are no more rows zeros: word `w` of row `i` is at
    /// `w * 64 + i`.
    pub(super) fn by_word(&self, first: usize, out: &mut [[u64; 64]]) {
        for i in 0..64 {
            if first + i < self.len() {
                for (word, out) in self.row(first + i).iter().zip(&mut *out) {
                    out[i] = *word;
                }
            } else {
                for out in &mut *out {
                    out[i] = 0;
                }
            }
        }
    }
}
