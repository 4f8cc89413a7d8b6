//! Plain Rust: 64 right rows in a word.

use super::{BLOCK, Counted, Key, LOW, Part, add_half};
use crate::engine::short;
use crate::limits::index;

#[derive(Clone, Copy)]
struct State<const UP: usize> {
    low: [u64; LOW],
    up: [u64; UP],
    dead: u64,
}

impl<const UP: usize> State<UP> {
    fn new(start: u32) -> Self {
        let digit = |k: usize| 0u64.wrapping_sub(u64::from((start >> k) & 1));
        State {
            low: std::array::from_fn(digit),
            up: std::array::from_fn(|k| digit(LOW + k)),
            dead: 0,
        }
    }

    #[inline(always)]
    fn carry(&mut self, mut carry: u64) {
        for up in &mut self.up {
            (*up, carry) = (*up ^ carry, *up & carry);
        }
        self.dead |= carry;
    }
}

/// Sum and carry of three digits.
#[inline(always)]
fn csa(a: u64, b: u64, c: u64) -> (u64, u64) {
    let x = a ^ b;
    (x ^ c, (a & b) | (x & c))
}

pub(super) fn filter<const UP: usize>(part: &Part<'_>, keys: &mut Vec<Key>) {
    let mut counted = Counted::new(part);
    for (row, start, list) in part.rows::<UP>() {
        let mut state = State::<UP>::new(start);
        for unit in list {
            let column = |i: usize| part.columns[usize::from(unit[i] >> 3)];
            let first = add_half!(csa, state, column);
            let second = add_half!(csa, state, |i: usize| column(8 + i));
            let (eights, carry) = csa(state.low[3], first, second);
            state.low[3] = eights;
            state.carry(carry);
        }
        counted.push(row, [state.dead], state.dead != u64::MAX, keys);
    }
    counted.finish(keys);
}

pub(super) fn overlaps(
    left: &[u64],
    right: &[u64],
    width: usize,
    pairs: &[(u32, u32)],
    out: &mut Vec<u16>,
) {
    out.extend(pairs.iter().map(|(l, r)| {
        let (left, right) = (&left[*l as usize * width..], &right[*r as usize * width..]);
        overlap(&left[..width], &right[..width])
    }));
}

pub(super) fn full(
    left: &[u64],
    right: &[u64],
    width: usize,
    least: &[u16],
    out: &mut Vec<(Key, u16)>,
) {
    for (row, (left, least)) in left.chunks_exact(width).zip(least).enumerate() {
        for (lane, right) in right.chunks_exact(width).enumerate() {
            let overlap = overlap(left, right);
            if overlap >= *least {
                out.push((index(row * BLOCK + lane), overlap));
            }
        }
    }
}

fn overlap(left: &[u64], right: &[u64]) -> u16 {
    let both = left.iter().zip(right).map(|(a, b)| (a & b).count_ones());
    short(both.sum::<u32>())
}
