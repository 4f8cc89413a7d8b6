//! AVX2: 256 right rows in a vector. `unsafe` enters functions compiled for instructions that [`Avx2`] proves the
//! processor has, and loads vectors from where checked lists and slices say.

#![expect(
    unsafe_code,
    reason = "calls of functions with target features, vector loads and stores"
)]

use super::{BLOCK, Counted, Key, LOW, Part, UNIT, add_half};
use crate::engine::short;
use crate::limits::index;
use std::arch::x86_64::*;

/// Rows of 64-bit words side by side in `full`.
const GROUP: usize = 4;

/// Proof that the processor has AVX2 and counts bits.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Avx2> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
        has.then_some(Avx2(()))
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
    low: [__m256i; LOW],
    up: [__m256i; UP],
    dead: __m256i,
}

#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn started<const UP: usize>(start: u32) -> State<UP> {
    let digit = |k: usize| _mm256_set1_epi64x(-i64::from((start >> k) & 1));
    State {
        low: std::array::from_fn(digit),
        up: std::array::from_fn(|k| digit(LOW + k)),
        dead: _mm256_setzero_si256(),
    }
}

/// Sum and carry of three digits.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn csa(a: __m256i, b: __m256i, c: __m256i) -> (__m256i, __m256i) {
    let x = _mm256_xor_si256(a, b);
    let both = _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(x, c));
    (_mm256_xor_si256(x, c), both)
}

/// A column.
///
/// # Safety
/// `entry` is 8 times the number of a column at `columns`.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "16 bits")]
unsafe fn column(columns: *const u64, entry: u64) -> __m256i {
    // SAFETY: a column is 32 bytes, 4 times its number 8-byte words from the first.
    unsafe { _mm256_loadu_si256(columns.cast::<u32>().add(entry as usize).cast()) }
}

#[target_feature(enable = "avx2,popcnt")]
fn filter<const UP: usize>(part: &Part<'_>, keys: &mut Vec<Key>) {
    let columns = part.columns.as_ptr();
    let mut counted = Counted::new(part);
    for (row, start, list) in part.rows::<UP>() {
        let mut state = started::<UP>(start);
        for unit in list {
            let mut carries = [_mm256_setzero_si256(); 2];
            for (half, carry) in carries.iter_mut().enumerate() {
                // SAFETY: half a unit is 16 bytes.
                let four = unsafe {
                    unit.as_ptr()
                        .add(half * UNIT / 2)
                        .cast::<[[u8; 8]; 2]>()
                        .read()
                };
                let four = four.map(u64::from_le_bytes);
                let x = |i: usize| {
                    // SAFETY: a part's entries are columns of that part.
                    unsafe { column(columns, (four[i / 4] >> (16 * (i % 4))) & 0xffff) }
                };
                *carry = add_half!(csa, state, x);
            }
            let (eights, mut carry) = csa(state.low[3], carries[0], carries[1]);
            state.low[3] = eights;
            for up in &mut state.up {
                let next = _mm256_and_si256(*up, carry);
                *up = _mm256_xor_si256(*up, carry);
                carry = next;
            }
            state.dead = _mm256_or_si256(state.dead, carry);
        }
        let mut dead = [0; 4];
        // SAFETY: `dead` is 32 bytes.
        unsafe { _mm256_storeu_si256(dead.as_mut_ptr().cast(), state.dead) };
        let left = _mm256_testc_si256(state.dead, _mm256_set1_epi64x(-1)) == 0;
        counted.push(row, dead, left, keys);
    }
    counted.finish(keys);
}

#[target_feature(enable = "avx2,popcnt")]
fn overlaps(left: &[u64], right: &[u64], width: usize, pairs: &[(u32, u32)], out: &mut Vec<u16>) {
    out.extend(pairs.iter().map(|(l, r)| {
        let (left, right) = (&left[*l as usize * width..], &right[*r as usize * width..]);
        let both = left[..width].iter().zip(&right[..width]);
        short(both.map(|(a, b)| (a & b).count_ones()).sum::<u32>())
    }));
}

/// Bits of every byte, by looking up its two halves (Mula, Kurz, Lemire, "Faster population counts using AVX2
/// instructions", 2018).
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn bits_of_bytes(x: __m256i) -> __m256i {
    let table = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    ));
    let half = _mm256_set1_epi8(0x0f);
    let low = _mm256_and_si256(x, half);
    let high = _mm256_and_si256(_mm256_srli_epi16(x, 4), half);
    _mm256_add_epi8(
        _mm256_shuffle_epi8(table, low),
        _mm256_shuffle_epi8(table, high),
    )
}

#[target_feature(enable = "avx2,popcnt")]
fn full(left: &[u64], right: &[u64], width: usize, least: &[u16], out: &mut Vec<(Key, u16)>) {
    /// Words whose bytes' counts, 8 at most each, add up in a byte.
    const RUN: usize = 31;
    let zero = _mm256_setzero_si256();
    let groups = left.chunks_exact(GROUP * width);
    for (group, (left, least)) in groups.zip(least.as_chunks::<GROUP>().0).enumerate() {
        let [a, b, c, d] = least.map(|least| i64::from(least) - 1);
        let below = _mm256_setr_epi64x(a, b, c, d);
        for (lane, right) in right.chunks_exact(width).enumerate() {
            let mut sum = zero;
            for (left, right) in left.chunks(RUN * GROUP).zip(right.chunks(RUN)) {
                let mut bytes = zero;
                for (words, word) in left.chunks_exact(GROUP).zip(right) {
                    // SAFETY: a chunk is 32 bytes.
                    let words = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
                    let both = _mm256_and_si256(words, _mm256_set1_epi64x(word.cast_signed()));
                    bytes = _mm256_add_epi8(bytes, bits_of_bytes(both));
                }
                sum = _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, zero));
            }
            let reached = _mm256_cmpgt_epi64(sum, below);
            if _mm256_testz_si256(reached, reached) == 1 {
                continue;
            }
            let mut counts = [0u64; GROUP];
            // SAFETY: `counts` is 32 bytes.
            unsafe { _mm256_storeu_si256(counts.as_mut_ptr().cast(), sum) };
            for (row, (count, least)) in counts.into_iter().map(short).zip(least).enumerate() {
                if count >= *least {
                    out.push((index((group * GROUP + row) * BLOCK + lane), count));
                }
            }
        }
    }
}
