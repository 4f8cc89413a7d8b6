//! The kernels for x86-64. The only `unsafe` of the crate: entering functions compiled for instructions that
//! [`ShaNi`] and [`Avx512`] prove the processor has, and moving whole vectors in and out of arrays of their size.

#![expect(
    unsafe_code,
    reason = "calls of functions with target features, vector loads and stores"
)]

use super::{BLOCK, MacKey};
use std::arch::x86_64::*;

/// Round constants (FIPS 180-4, 4.2.2).
#[rustfmt::skip]
const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// Proof that the processor has SHA instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShaNi(());

impl ShaNi {
    pub(super) fn detect() -> Option<ShaNi> {
        let has = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse4.1")
            && is_x86_feature_detected!("ssse3");
        has.then_some(ShaNi(()))
    }

    /// Tags of padded messages of one block each, two at a time.
    pub(super) fn tags(self, key: &MacKey, blocks: &[[u8; BLOCK]], out: &mut [[u8; 16]]) {
        // SAFETY: `self` exists only where `detect` found the features.
        unsafe { pairs(key, blocks, out) }
    }
}

/// Proof that the processor has AVX-512 for words and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Avx512> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        has.then_some(Avx512(()))
    }

    /// Tags of padded messages of one block each, sixteen at a time.
    pub(super) fn tags(self, key: &MacKey, blocks: &[[u8; BLOCK]], out: &mut [[u8; 16]]) {
        let (groups, rest) = blocks.as_chunks::<16>();
        let (tags, last) = out.split_at_mut(groups.len() * 16);
        for (group, tags) in groups.iter().zip(tags.as_chunks_mut::<16>().0) {
            // SAFETY: `self` exists only where `detect` found the features.
            unsafe { sixteen(key, group, tags) };
        }
        if rest.len() > 3 {
            let (mut group, mut tags) = ([[0; BLOCK]; 16], [[0; 16]; 16]);
            group[..rest.len()].copy_from_slice(rest);
            // SAFETY: as above.
            unsafe { sixteen(key, &group, &mut tags) };
            last.copy_from_slice(&tags[..rest.len()]);
            zeroize::Zeroize::zeroize(&mut group);
        } else {
            key.tags(rest, last);
        }
    }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn pairs(key: &MacKey, blocks: &[[u8; BLOCK]], out: &mut [[u8; 16]]) {
    let start = |s: &[u32; 8]| {
        let [a, b, c, d, e, f, g, h] = s.map(u32::cast_signed);
        (_mm_set_epi32(a, b, e, f), _mm_set_epi32(c, d, g, h))
    };
    let (inner, outer) = (start(&key.inner), start(&key.outer));
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let mut two = [[0; BLOCK]; 2];
    for (pair, tags) in blocks.chunks(2).zip(out.chunks_mut(2)) {
        two[..pair.len()].copy_from_slice(pair);
        let words = two.map(|block| {
            let (quarters, _) = block.as_chunks::<16>();
            // SAFETY: a quarter is 16 bytes.
            std::array::from_fn(|i| unsafe {
                _mm_shuffle_epi8(_mm_loadu_si128(quarters[i].as_ptr().cast()), swap)
            })
        });
        let digests = compress_two(inner, words).map(|(abef, cdgh)| {
            [
                _mm_shuffle_epi32(_mm_unpackhi_epi64(abef, cdgh), 0xb1),
                _mm_shuffle_epi32(_mm_unpacklo_epi64(abef, cdgh), 0xb1),
                _mm_set_epi32(0, 0, 0, i32::MIN),
                _mm_set_epi32(768, 0, 0, 0),
            ]
        });
        let done = compress_two(outer, digests);
        for (tag, (abef, cdgh)) in tags.iter_mut().zip(done) {
            let words = _mm_shuffle_epi32(_mm_unpackhi_epi64(abef, cdgh), 0xb1);
            // SAFETY: a tag is 16 bytes.
            unsafe { _mm_storeu_si128(tag.as_mut_ptr().cast(), _mm_shuffle_epi8(words, swap)) };
        }
    }
    zeroize::Zeroize::zeroize(&mut two);
}

/// SHA-256's compression of two messages side by side, so that one fills the other's latency.
#[target_feature(enable = "sha,sse4.1,ssse3")]
#[inline]
fn compress_two(start: (__m128i, __m128i), mut w: [[__m128i; 4]; 2]) -> [(__m128i, __m128i); 2] {
    let mut state = [start; 2];
    for step in 0..16 {
        let k = _mm_set_epi32(
            K[4 * step + 3].cast_signed(),
            K[4 * step + 2].cast_signed(),
            K[4 * step + 1].cast_signed(),
            K[4 * step].cast_signed(),
        );
        for ((abef, cdgh), w) in state.iter_mut().zip(&mut w) {
            let now = w[step % 4];
            let m = _mm_add_epi32(now, k);
            *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, m);
            *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(m, 0x0e));
            if step < 12 {
                let [next, after, last] = [1, 2, 3].map(|i| w[(step + i) % 4]);
                let sum = _mm_add_epi32(
                    _mm_sha256msg1_epu32(now, next),
                    _mm_alignr_epi8(last, after, 4),
                );
                w[step % 4] = _mm_sha256msg2_epu32(sum, last);
            }
        }
    }
    state.map(|(abef, cdgh)| (_mm_add_epi32(abef, start.0), _mm_add_epi32(cdgh, start.1)))
}

#[target_feature(enable = "avx512f,avx512bw")]
fn sixteen(key: &MacKey, blocks: &[[u8; BLOCK]; 16], out: &mut [[u8; 16]; 16]) {
    let swap = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    let rows = std::array::from_fn(|i| {
        // SAFETY: a block is 64 bytes.
        let row = unsafe { _mm512_loadu_si512(blocks[i].as_ptr().cast()) };
        _mm512_shuffle_epi8(row, swap)
    });
    let spread = |s: &[u32; 8]| s.map(|word| _mm512_set1_epi32(word.cast_signed()));
    let inner = compress_sixteen(spread(&key.inner), transposed(rows));
    let zero = _mm512_setzero_si512();
    let mut digest = [zero; 16];
    digest[..8].copy_from_slice(&inner);
    digest[8] = _mm512_set1_epi32(i32::MIN);
    digest[15] = _mm512_set1_epi32(768);
    let [a, b, c, d, ..] = compress_sixteen(spread(&key.outer), digest);
    let (ab, cd) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
    let (ab_high, cd_high) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
    // Quarter `q` of vector `i` is the tag of message `4 * q + i`.
    let tags = [
        _mm512_unpacklo_epi64(ab, cd),
        _mm512_unpackhi_epi64(ab, cd),
        _mm512_unpacklo_epi64(ab_high, cd_high),
        _mm512_unpackhi_epi64(ab_high, cd_high),
    ];
    for (i, four) in tags.into_iter().enumerate() {
        let four = _mm512_shuffle_epi8(four, swap);
        let quarters = [
            _mm512_extracti32x4_epi32(four, 0),
            _mm512_extracti32x4_epi32(four, 1),
            _mm512_extracti32x4_epi32(four, 2),
            _mm512_extracti32x4_epi32(four, 3),
        ];
        for (q, quarter) in quarters.into_iter().enumerate() {
            // SAFETY: a tag is 16 bytes.
            unsafe { _mm_storeu_si128(out[4 * q + i].as_mut_ptr().cast(), quarter) };
        }
    }
}

/// Sixteen rows of sixteen words become sixteen columns.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn transposed(rows: [__m512i; 16]) -> [__m512i; 16] {
    let zero = _mm512_setzero_si512();
    let (mut a, mut b) = ([zero; 16], [zero; 16]);
    for i in 0..8 {
        a[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        a[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    for i in 0..4 {
        b[4 * i] = _mm512_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
        b[4 * i + 1] = _mm512_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
        b[4 * i + 2] = _mm512_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
        b[4 * i + 3] = _mm512_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
    }
    // Quarter `q` of `b[4 * g + i]` holds word `4 * q + i` of rows `4 * g` to `4 * g + 3`.
    for i in 0..4 {
        let (even, odd) = (
            _mm512_shuffle_i32x4(b[i], b[4 + i], 0x88),
            _mm512_shuffle_i32x4(b[i], b[4 + i], 0xdd),
        );
        let (even_high, odd_high) = (
            _mm512_shuffle_i32x4(b[8 + i], b[12 + i], 0x88),
            _mm512_shuffle_i32x4(b[8 + i], b[12 + i], 0xdd),
        );
        a[i] = _mm512_shuffle_i32x4(even, even_high, 0x88);
        a[8 + i] = _mm512_shuffle_i32x4(even, even_high, 0xdd);
        a[4 + i] = _mm512_shuffle_i32x4(odd, odd_high, 0x88);
        a[12 + i] = _mm512_shuffle_i32x4(odd, odd_high, 0xdd);
    }
    a
}

/// SHA-256's compression of sixteen messages, one in each lane of 32 bits.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn compress_sixteen(start: [__m512i; 8], mut w: [__m512i; 16]) -> [__m512i; 8] {
    let add = |a, b| _mm512_add_epi32(a, b);
    let xor3 = |a, b, c| _mm512_ternarylogic_epi32(a, b, c, 0x96);
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = start;
    macro_rules! round {
        ($t:expr, $i:literal) => {
            if $t > 0 {
                let (near, far) = (w[($i + 1) % 16], w[($i + 14) % 16]);
                let s0 = xor3(
                    _mm512_ror_epi32(near, 7),
                    _mm512_ror_epi32(near, 18),
                    _mm512_srli_epi32(near, 3),
                );
                let s1 = xor3(
                    _mm512_ror_epi32(far, 17),
                    _mm512_ror_epi32(far, 19),
                    _mm512_srli_epi32(far, 10),
                );
                w[$i] = add(add(w[$i], s0), add(w[($i + 9) % 16], s1));
            }
            let k = _mm512_set1_epi32(K[16 * $t + $i].cast_signed());
            let s1 = xor3(
                _mm512_ror_epi32(e, 6),
                _mm512_ror_epi32(e, 11),
                _mm512_ror_epi32(e, 25),
            );
            let choice = _mm512_ternarylogic_epi32(e, f, g, 0xca);
            let t1 = add(add(add(h, add(k, w[$i])), choice), s1);
            let s0 = xor3(
                _mm512_ror_epi32(a, 2),
                _mm512_ror_epi32(a, 13),
                _mm512_ror_epi32(a, 22),
            );
            let majority = _mm512_ternarylogic_epi32(a, b, c, 0xe8);
            (h, g, f, e) = (g, f, e, add(d, t1));
            (d, c, b, a) = (c, b, a, add(t1, add(s0, majority)));
        };
    }
    for t in 0..4 {
        round!(t, 0);
        round!(t, 1);
        round!(t, 2);
        round!(t, 3);
        round!(t, 4);
        round!(t, 5);
        round!(t, 6);
        round!(t, 7);
        round!(t, 8);
        round!(t, 9);
        round!(t, 10);
        round!(t, 11);
        round!(t, 12);
        round!(t, 13);
        round!(t, 14);
        round!(t, 15);
    }
    let end = [a, b, c, d, e, f, g, h];
    std::array::from_fn(|i| add(start[i], end[i]))
}
