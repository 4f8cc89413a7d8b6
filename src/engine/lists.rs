use super::kernel::{Lists, UNIT};
use super::side::Side;
use super::sliced::Rarity;
use super::transpose::transpose;
use std::ops::Range;

/// The columns of the set bits of the left rows at `places`, the rarest first and at most `units` units of them.
pub(super) fn lists(
    side: &Side<'_>,
    places: Range<usize>,
    rarity: &Rarity,
    units: usize,
    mut entries: Vec<u16>,
) -> Lists {
    let nobody = rarity.columns() - 1;
    let stride = units * UNIT;
    entries.clear();
    entries.resize(places.len() * stride, entry(nobody));
    let mut words = vec![[0; 64]; side.width()];
    let mut ranked = vec![[0; 64]; side.width()];
    let mut found = vec![0; side.width() * 64 + 8];
    for first in places.clone().step_by(64) {
        // To columns, into the order of rarity, and back to rows.
        side.by_word(first, &mut words);
        for (words, rank) in words.iter_mut().zip(rarity.rank.chunks_exact(64)) {
            transpose(words);
            for (column, rank) in words.iter().zip(rank) {
                let rank = usize::from(*rank);
                ranked[rank / 64][rank % 64] = *column;
            }
        }
        for words in &mut ranked {
            transpose(words);
        }
        for i in 0..64.min(places.end - first) {
            let bits = ranked.iter().map(|words| words[i]);
            let len = set_bits(bits, stride, &mut found).min(stride);
            entries[(first - places.start + i) * stride..][..len].copy_from_slice(&found[..len]);
        }
    }
    Lists::new(entries, stride, rarity.columns())
}

/// Writes the entries of the set bits, of at least the first `enough`; how many. Eight are written for every byte, the
/// next over those that were too many: how many bits a byte has cannot be foreseen.
fn set_bits(words: impl Iterator<Item = u64>, enough: usize, found: &mut [u16]) -> usize {
    let (mut len, mut first) = (0, 0);
    for word in words {
        for byte in word.to_le_bytes() {
            let (spots, count) = &OF_BYTE[usize::from(byte)];
            for (out, spot) in found[len..][..8].iter_mut().zip(spots) {
                *out = first + spot;
            }
            len += count;
            first += entry(8);
        }
        if len >= enough {
            break;
        }
    }
    len
}

/// Entries of the set bits of every byte, and how many these are.
static OF_BYTE: [([u16; 8], usize); 256] = {
    let mut out = [([0; 8], 0); 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                let (spots, count) = &mut out[byte];
                spots[*count] = entry(bit);
                *count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    out
};

/// A column number times 8.
#[expect(clippy::cast_possible_truncation, reason = "at most 8 times 4096")]
const fn entry(column: usize) -> u16 {
    (column * 8) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Rows;

    #[test]
    fn a_list_has_the_rarest_columns_of_its_row_and_then_nobodys() {
        let (bits, rows) = (192, 150);
        let mut state = 1u64;
        // Rows of very unlike numbers of bits; the first has none, the last all.
        let mut words: Vec<u64> = (0..rows * bits / 64)
            .map(|_| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                (state >> 7) & (state >> 21) & (state << (state >> 58))
            })
            .collect();
        words[..bits / 64].fill(0);
        words[(rows - 1) * bits / 64..].fill(u64::MAX);
        let rows = Rows::from_words(bits, words).unwrap();
        let side = Side::new(&rows);
        let rarity = Rarity::new(&side);
        for (places, units) in [(0..150, 1), (0..150, 4), (3..75, 12), (140..150, 12)] {
            let got = lists(&side, places.clone(), &rarity, units, vec![7; 5]).into_entries();
            let mut want = Vec::new();
            for place in places {
                let row = side.row(place);
                let set = (0..bits).filter(|bit| row[bit / 64] >> (bit % 64) & 1 == 1);
                let mut columns: Vec<usize> = set.map(|bit| rarity.rank[bit].into()).collect();
                columns.sort_unstable();
                columns.resize(units * UNIT, bits);
                want.extend(columns.into_iter().map(entry));
            }
            assert!(got == want);
        }
    }
}
