//! What the engine is measured against: the loop over all pairs, and what the processor does at most.

#![expect(unsafe_code, reason = "calls of functions with target features")]

use crate::{BITS, seconds};

type Row = [u64; BITS / 64];

/// Pairs whose Dice coefficient is at least `num / den`, one pair after another.
pub(crate) fn naive(left: &[Row], right: &[Row], num: u64, den: u64) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("popcnt") {
        #[target_feature(enable = "popcnt")]
        fn with_popcnt(left: &[Row], right: &[Row], num: u64, den: u64) -> u64 {
            all_pairs(left, right, num, den)
        }
        // SAFETY: the processor has it.
        return unsafe { with_popcnt(left, right, num, den) };
    }
    all_pairs(left, right, num, den)
}

#[inline(always)]
fn all_pairs(left: &[Row], right: &[Row], num: u64, den: u64) -> u64 {
    let ones = |row: &Row| row.iter().map(|w| u64::from(w.count_ones())).sum::<u64>();
    let right_ones: Vec<u64> = right.iter().map(ones).collect();
    let mut found = 0;
    for a in left {
        let a_ones = ones(a);
        for (b, b_ones) in right.iter().zip(&right_ones) {
            let both = a
                .iter()
                .zip(b)
                .map(|(x, y)| u64::from((x & y).count_ones()));
            found += u64::from(2 * den * both.sum::<u64>() >= num * (a_ones + b_ones));
        }
    }
    found
}

/// The rates that bound the two methods on this processor, now.
pub(crate) fn print() {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vpopcntdq") {
        let rounds = 60_000_000;
        // SAFETY: the processor has both.
        let full = seconds(|| unsafe { and_popcnt_add(rounds) }) / rounds as f64;
        // SAFETY: as above.
        let logic = seconds(|| unsafe { ternary(rounds) }) / rounds as f64;
        // SAFETY: as above.
        let fresh = seconds(|| unsafe { ternary_fresh(rounds) }) / rounds as f64;
        // Sixty-four words a round, sixteen a pair.
        let pairs = 4.0;
        println!(
            "and + popcnt + add of 512 bits: at most {:.0} M pairs/s; ternary logic: {:.2} G/s, of three registers \
             written shortly before, as in an adder: {:.2} G/s",
            1e-6 * pairs / full,
            8e-9 / logic,
            12e-9 / fresh
        );
    }
}

/// Eight independent sums, a word of eight rows each.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn and_popcnt_add(rounds: u64) {
    for _ in 0..rounds {
        // SAFETY: registers only, all of them named.
        unsafe {
            std::arch::asm!(
                "vpandq zmm16, zmm8, zmm9", "vpopcntq zmm16, zmm16", "vpaddq zmm0, zmm0, zmm16",
                "vpandq zmm17, zmm8, zmm9", "vpopcntq zmm17, zmm17", "vpaddq zmm1, zmm1, zmm17",
                "vpandq zmm18, zmm8, zmm9", "vpopcntq zmm18, zmm18", "vpaddq zmm2, zmm2, zmm18",
                "vpandq zmm19, zmm8, zmm9", "vpopcntq zmm19, zmm19", "vpaddq zmm3, zmm3, zmm19",
                "vpandq zmm20, zmm8, zmm9", "vpopcntq zmm20, zmm20", "vpaddq zmm4, zmm4, zmm20",
                "vpandq zmm21, zmm8, zmm9", "vpopcntq zmm21, zmm21", "vpaddq zmm5, zmm5, zmm21",
                "vpandq zmm22, zmm8, zmm9", "vpopcntq zmm22, zmm22", "vpaddq zmm6, zmm6, zmm22",
                "vpandq zmm23, zmm8, zmm9", "vpopcntq zmm23, zmm23", "vpaddq zmm7, zmm7, zmm23",
                out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _, out("zmm4") _, out("zmm5") _,
                out("zmm6") _, out("zmm7") _, out("zmm16") _, out("zmm17") _, out("zmm18") _, out("zmm19") _,
                out("zmm20") _, out("zmm21") _, out("zmm22") _, out("zmm23") _,
                options(nomem, nostack, preserves_flags)
            );
        }
    }
}

/// Eight independent chains.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn ternary(rounds: u64) {
    for _ in 0..rounds {
        // SAFETY: registers only, all of them named.
        unsafe {
            std::arch::asm!(
                "vpternlogq zmm0, zmm8, zmm9, 0x96", "vpternlogq zmm1, zmm8, zmm9, 0x96",
                "vpternlogq zmm2, zmm8, zmm9, 0x96", "vpternlogq zmm3, zmm8, zmm9, 0x96",
                "vpternlogq zmm4, zmm8, zmm9, 0x96", "vpternlogq zmm5, zmm8, zmm9, 0x96",
                "vpternlogq zmm6, zmm8, zmm9, 0x96", "vpternlogq zmm7, zmm8, zmm9, 0x96",
                out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _,
                out("zmm4") _, out("zmm5") _, out("zmm6") _, out("zmm7") _,
                options(nomem, nostack, preserves_flags)
            );
        }
    }
}

/// Twelve chains, each of which reads two others: ten and nine operations before, so that none waits for a result.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn ternary_fresh(rounds: u64) {
    for _ in 0..rounds {
        // SAFETY: registers only, all of them named.
        unsafe {
            std::arch::asm!(
                "vpternlogq zmm0, zmm2, zmm3, 0x96", "vpternlogq zmm1, zmm3, zmm4, 0x96",
                "vpternlogq zmm2, zmm4, zmm5, 0x96", "vpternlogq zmm3, zmm5, zmm6, 0x96",
                "vpternlogq zmm4, zmm6, zmm7, 0x96", "vpternlogq zmm5, zmm7, zmm8, 0x96",
                "vpternlogq zmm6, zmm8, zmm9, 0x96", "vpternlogq zmm7, zmm9, zmm10, 0x96",
                "vpternlogq zmm8, zmm10, zmm11, 0x96", "vpternlogq zmm9, zmm11, zmm0, 0x96",
                "vpternlogq zmm10, zmm0, zmm1, 0x96", "vpternlogq zmm11, zmm1, zmm2, 0x96",
                out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _, out("zmm4") _, out("zmm5") _,
                out("zmm6") _, out("zmm7") _, out("zmm8") _, out("zmm9") _, out("zmm10") _, out("zmm11") _,
                options(nomem, nostack, preserves_flags)
            );
        }
    }
}
