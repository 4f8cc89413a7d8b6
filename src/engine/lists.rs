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
