use super::kernel::{BLOCK, Columns};
use super::side::Side;
use super::transpose::transpose;

/// Groups of 64 rows that are looked at to see which bits are rare.
const SAMPLE: usize = 256;

/// The bits of right rows from the rarest to the commonest.
pub(super) struct Rarity {
    /// Rank of every bit.
    pub(super) rank: Vec<u16>,
    /// Share of the rows that lack the bit of every rank.
    pub(super) missing: Vec<f64>,
}

impl Rarity {
    pub(super) fn new(side: &Side<'_>) -> Rarity {
        let mut counts = vec![0u32; side.rows.bits()];
        let mut words = vec![[0; 64]; side.width()];
        let (groups, mut seen) = (side.len().div_ceil(64), 0);
        for group in (0..groups).step_by(groups.div_ceil(SAMPLE).max(1)) {
            side.by_word(group * 64, &mut words);
            seen += 64.min(side.len() - group * 64);
            for (words, counts) in words.iter_mut().zip(counts.chunks_exact_mut(64)) {
                transpose(words);
                for (column, count) in words.iter().zip(counts) {
                    *count += column.count_ones();
                }
            }
        }
        let mut order: Vec<u32> = (0..).take(counts.len()).collect();
        order.sort_by_key(|bit| counts[*bit as usize]);
        let missing = |bit: &u32| 1.0 - f64::from(counts[*bit as usize]) / seen.max(1) as f64;
        let missing = order.iter().map(missing).collect();
        let mut rank = vec![0; counts.len()];
        for (at, bit) in (0..).zip(order) {
            rank[bit as usize] = at;
        }
        Rarity { rank, missing }
    }

    /// Columns of a block: one for each bit, and the one that nobody misses.
    pub(super) fn columns(&self) -> usize {
        self.rank.len() + 1
    }
}

/// Right rows bit by bit, in blocks: see [`Columns`].
#[derive(Default)]
pub(super) struct Sliced {
    words: Aligned,
    columns: usize,
}

impl Sliced {
    pub(super) fn new(side: &Side<'_>, rarity: &Rarity, lanes: usize) -> Sliced {
        let columns = rarity.columns();
        let blocks = side.len().div_ceil(BLOCK);
        let mut words = Aligned::new(blocks * columns * (BLOCK / 64));
        let fill = |buffer: &mut Vec<[u64; 64]>, (block, out): (usize, &mut [u64])| {
            buffer.resize(side.width(), [0; 64]);
            let wide = lanes / 64;
            for group in 0..BLOCK / 64 {
                side.by_word(block * BLOCK + group * 64, buffer);
                let part = &mut out[group / wide * columns * wide..][..columns * wide];
                for (words, rank) in buffer.iter_mut().zip(rarity.rank.chunks_exact(64)) {
                    transpose(words);
                    for (column, rank) in words.iter().zip(rank) {
                        part[usize::from(*rank) * wide + group % wide] = !column;
                    }
                }
            }
        };
        let size = (columns * (BLOCK / 64)).max(1);
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            let out = words.get_mut().par_chunks_exact_mut(size);
            out.enumerate().for_each_init(Vec::new, fill);
        }
        #[cfg(not(feature = "parallel"))]
        {
            let mut buffer = Vec::new();
            for out in words.get_mut().chunks_exact_mut(size).enumerate() {
                fill(&mut buffer, out);
            }
        }
        Sliced { words, columns }
    }

    pub(super) fn block(&self, block: u32) -> Columns<'_> {
        let size = self.columns * (BLOCK / 64);
        Columns {
            words: &self.words.get()[block as usize * size..][..size],
            count: self.columns,
        }
    }
}

/// Words whose first stands at the start of a cache line, so that no vector lies across two.
#[derive(Default)]
struct Aligned {
    words: Vec<u64>,
    start: usize,
    len: usize,
}

impl Aligned {
    fn new(len: usize) -> Aligned {
        let words = vec![0; len + 7];
        let start = words.as_ptr().align_offset(64).min(7);
        Aligned { words, start, len }
    }

    fn get(&self) -> &[u64] {
        &self.words[self.start..][..self.len]
    }

    fn get_mut(&mut self) -> &mut [u64] {
        &mut self.words[self.start..][..self.len]
    }
}
