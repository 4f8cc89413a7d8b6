/// Turns 64 rows of 64 bits into 64 columns: bit `i` of word `j` becomes bit `j` of word `i` (Warren, "Hacker's Delight",
/// second edition, 7-3).
pub(super) fn transpose(words: &mut [u64; 64]) {
    let (mut half, mut mask) = (32, 0x0000_0000_ffff_ffffu64);
    while half > 0 {
        for words in words.chunks_exact_mut(2 * half) {
            let (low, high) = words.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                let swap = ((*low >> half) ^ *high) & mask;
                *low ^= swap << half;
                *high ^= swap;
            }
        }
        half /= 2;
        mask ^= mask << half;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let mut state = 7u64;
        let words: [u64; 64] = std::array::from_fn(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            state ^ (state >> 29)
        });
        let mut turned = words;
        transpose(&mut turned);
        for (i, row) in words.iter().enumerate() {
            for (j, column) in turned.iter().enumerate() {
                assert_eq!((row >> j) & 1, (column >> i) & 1);
            }
        }
    }
}
