//! AVX-512: 512 right rows in a vector. `unsafe` enters functions compiled for instructions that [`Avx512`] proves the
//! processor has, and loads vectors from where checked lists and slices say.

#![expect(
    unsafe_code,
    reason = "calls of functions with target features, vector loads and stores"
)]

use super::{BLOCK, Counted, Key, LOW, Part, UNIT, add_half};
use crate::engine::short;
use crate::limits::index;
use std::arch::x86_64::*;

/// Words in a vector.
const LANES: usize = 8;
/// Left rows side by side in `full`: two vectors of each of their words.
const GROUP: usize = 2 * LANES;

/// Proof that the processor has AVX-512 F, BW, DQ, VL and VPOPCNTDQ.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Avx512> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vpopcntdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt");
        has.then_some(Avx512(()))
    }

    pub(super) fn filter<const UP: usize>(self, part: &Part<'_>, keys: &mut Vec<Key>) {
        // SAFETY: `self` exists only where `detect` found the features.
        unsafe { filter::<UP>(part, keys) }
    }

    pub(super) fn overlaps(
        self,
        left: &[u64],
        right: &[u64],
        width: usize,
        pairs: &[(u32, u32)],
        out: &mut Vec<u16>,
    ) {
        // SAFETY: `self` exists only where `detect` found the features.
        unsafe { overlaps(left, right, width, pairs, out) }
    }

    pub(super) fn full(
        self,
        left: &[u64],
        right: &[u64],
        width: usize,
        least: &[u16],
        out: &mut Vec<(Key, u16)>,
    ) {
        // SAFETY: `self` exists only where `detect` found the features.
        unsafe { full(left, right, width, least, out) }
    }
}

#[derive(Clone, Copy)]
struct State<const UP: usize> {
    low: [__m512i; LOW],
    up: [__m512i; UP],
    dead: __m512i,
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,bmi1,bmi2,popcnt")]
#[inline]
fn started<const UP: usize>(start: u32) -> State<UP> {
    let digit = |k: usize| _mm512_set1_epi64(-i64::from((start >> k) & 1));
    State {
        low: std::array::from_fn(digit),
        up: std::array::from_fn(|k| digit(LOW + k)),
        dead: _mm512_setzero_si512(),
    }
}

/// Sum and carry of three digits. The carry could be had from the sum without copying a register, but would wait for it.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,bmi1,bmi2,popcnt")]
#[inline]
fn csa(a: __m512i, b: __m512i, c: __m512i) -> (__m512i, __m512i) {
    let sum = _mm512_ternarylogic_epi64(a, b, c, 0x96);
    (sum, _mm512_ternarylogic_epi64(a, b, c, 0xe8))
}

/// The eight columns of half a unit.
///
/// # Safety
/// `list` has 8 entries, each 8 times the number of a column at `columns`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,bmi1,bmi2,popcnt")]
#[inline]
unsafe fn half(columns: *const u64, list: *const u16) -> [__m512i; 8] {
    // Two loads of four entries each: loads of single ones would take the turns of the columns' loads.
    // SAFETY: 8 entries are 16 bytes.
    let four = unsafe { list.cast::<[[u8; 8]; 2]>().read() }.map(u64::from_le_bytes);
    std::array::from_fn(|i| {
        let entry = (four[i / 4] >> (16 * (i % 4))) & 0xffff;
        // SAFETY: a column is 64 bytes, 8 times its number 8-byte words from the first.
        unsafe { _mm512_loadu_si512(columns.add(entry as usize).cast()) }
    })
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,bmi1,bmi2,popcnt")]
fn filter<const UP: usize>(part: &Part<'_>, keys: &mut Vec<Key>) {
    let columns = part.columns.as_ptr();
    let mut counted = Counted::new(part);
    for ((row, start, list), ahead) in part.rows::<UP>().zip(part.ahead()) {
        fetch(ahead);
        let mut state = started::<UP>(start);
        macro_rules! unit {
            ($list:expr) => {{
                // SAFETY: a part's entries are columns of that part.
                let (a, b) = unsafe { (half(columns, $list), half(columns, $list.add(UNIT / 2))) };
                let first = add_half!(csa, state, |i: usize| a[i]);
                let second = add_half!(csa, state, |i: usize| b[i]);
                let (eights, carry) = csa(state.low[3], first, second);
                state.low[3] = eights;
                carry
            }};
        }
        macro_rules! carry {
            ($carry:expr, $from:expr) => {{
                let mut carry = $carry;
                for up in &mut state.up[$from..] {
                    let next = _mm512_and_si512(*up, carry);
                    *up = _mm512_xor_si512(*up, carry);
                    carry = next;
                }
                state.dead = _mm512_or_si512(state.dead, carry);
            }};
        }
        let (twos, last) = list.as_chunks::<2>();
        for two in twos {
            let (first, second) = (unit!(two[0].as_ptr()), unit!(two[1].as_ptr()));
            let (sixteens, carry) = csa(state.up[0], first, second);
            state.up[0] = sixteens;
            carry!(carry, 1);
        }
        if let [one] = last {
            let carry = unit!(one.as_ptr());
            carry!(carry, 0);
        }
        let mut dead = [0; BLOCK / 64];
        // SAFETY: `dead` is 64 bytes.
        unsafe { _mm512_storeu_si512(dead.as_mut_ptr().cast(), state.dead) };
        let left = _mm512_cmpneq_epi64_mask(state.dead, _mm512_set1_epi64(-1)) != 0;
        counted.push(row, dead, left, keys);
    }
    counted.finish(keys);
}

/// Asks for the cache lines of `words`, to have them near soon.
#[inline]
fn fetch(words: &[u64]) {
    for line in words.chunks(8) {
        // SAFETY: a prefetch loads nothing and faults nowhere.
        unsafe {
            std::arch::asm!("prefetcht1 [{}]", in(reg) line.as_ptr(),
                options(nostack, preserves_flags, readonly));
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,bmi1,bmi2,popcnt")]
fn overlaps(left: &[u64], right: &[u64], width: usize, pairs: &[(u32, u32)], out: &mut Vec<u16>) {
    // Rows that are left over lie anywhere: they are fetched some pairs ahead.
    const AHEAD: usize = 8;
    for (i, (l, r)) in pairs.iter().enumerate() {
        if let Some((l, r)) = pairs.get(i + AHEAD) {
            fetch(&left[*l as usize * width..][..width]);
            fetch(&right[*r as usize * width..][..width]);
        }
        let (left, right) = (&left[*l as usize * width..], &right[*r as usize * width..]);
        let (left, right) = (&left[..width], &right[..width]);
        let mut sum = _mm512_setzero_si512();
        for (a, b) in left.chunks(8).zip(right.chunks(8)) {
            let mask = if a.len() == 8 {
                0xff
            } else {
                (1 << a.len()) - 1
            };
            // SAFETY: `mask` loads as many words as there are.
            let (a, b) = unsafe {
                (
                    _mm512_maskz_loadu_epi64(mask, a.as_ptr().cast()),
                    _mm512_maskz_loadu_epi64(mask, b.as_ptr().cast()),
                )
            };
            sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_and_si512(a, b)));
        }
        out.push(short(_mm512_reduce_add_epi64(sum)));
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,bmi1,bmi2,popcnt")]
fn full(left: &[u64], right: &[u64], width: usize, least: &[u16], out: &mut Vec<(Key, u16)>) {
    const ROWS: usize = 8;
    let (left, least) = (left.as_chunks::<GROUP>().0, least.as_chunks::<GROUP>().0);
    for (lane, right) in (0..).step_by(ROWS).zip(right.chunks(ROWS * width)) {
        // Where there are fewer the last row is compared again and again.
        let rows = right.len() / width;
        let row: [&[u64]; ROWS] =
            std::array::from_fn(|i| &right[i.min(rows - 1) * width..][..width]);
        for (group, (left, least)) in left.chunks_exact(width).zip(least).enumerate() {
            let mut sum = [[_mm512_setzero_si512(); ROWS]; 2];
            for (w, words) in left.iter().enumerate() {
                // SAFETY: `words` is 128 bytes.
                let (low, high) = unsafe {
                    let first = words.as_ptr();
                    (
                        _mm512_loadu_si512(first.cast()),
                        _mm512_loadu_si512(first.add(LANES).cast()),
                    )
                };
                for i in 0..ROWS {
                    // SAFETY: every row has `width` words, as `left` has.
                    let word = unsafe { *row[i].get_unchecked(w) };
                    let word = _mm512_set1_epi64(word.cast_signed());
                    let bits = |words| _mm512_popcnt_epi64(_mm512_and_si512(words, word));
                    sum[0][i] = _mm512_add_epi64(sum[0][i], bits(low));
                    sum[1][i] = _mm512_add_epi64(sum[1][i], bits(high));
                }
            }
            let max = |a, b| _mm512_max_epi64(a, b);
            for (half, (sum, least)) in sum.iter().zip(least.as_chunks().0).enumerate() {
                let most = max(
                    max(max(sum[0], sum[1]), max(sum[2], sum[3])),
                    max(max(sum[4], sum[5]), max(sum[6], sum[7])),
                );
                // SAFETY: `least` is 16 bytes.
                let needed = unsafe { _mm_loadu_si128(least.as_ptr().cast()) };
                if _mm512_cmpge_epi64_mask(most, _mm512_cvtepu16_epi64(needed)) != 0 {
                    // One by one: as an array they would be stored for every group, and not only here.
                    let sum = [
                        sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7],
                    ];
                    let first = group * GROUP + half * LANES;
                    reached(&sum[..rows], least, (first, lane), out);
                }
            }
        }
    }
}

/// Appends those of `sums`, of the right rows from `lane` on with eight left rows from `row` on, that are no less than `least`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,bmi1,bmi2,popcnt")]
#[cold]
#[inline(never)]
fn reached(
    sums: &[__m512i],
    least: &[u16; LANES],
    (row, lane): (usize, usize),
    out: &mut Vec<(Key, u16)>,
) {
    for (lane, sum) in (lane..).zip(sums) {
        let mut counts = [0i64; LANES];
        // SAFETY: `counts` is 64 bytes.
        unsafe { _mm512_storeu_si512(counts.as_mut_ptr().cast(), *sum) };
        for (row, (count, least)) in (row..).zip(counts.into_iter().zip(least)) {
            if count >= i64::from(*least) {
                out.push((index(row * BLOCK + lane), short(count)));
            }
        }
    }
}
