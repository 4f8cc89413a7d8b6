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
            let mut out = entries[(first - places.start + i) * stride..][..stride].iter_mut();
            'row: for (w, words) in ranked.iter().enumerate() {
                let mut bits = words[i];
                while bits != 0 {
                    let Some(out) = out.next() else { break 'row };
                    *out = entry(w * 64 + bits.trailing_zeros() as usize);
                    bits &= bits - 1;
                }
            }
        }
    }
    Lists::new(entries, stride, rarity.columns())
}

/// A column number times 8, at most 8 times 4096.
fn entry(column: usize) -> u16 {
    u16::try_from(column * 8).unwrap_or(u16::MAX)
}
