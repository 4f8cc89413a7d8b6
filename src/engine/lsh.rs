use super::kernel::Engine;
use super::shared::Need;
use super::{Error, Options, Pair, Rows, Sink, Stats, join, short};
use crate::limits::index;
use std::ops::ControlFlow;

/// Pairs of rows that are looked up at once.
const BATCH: usize = 1 << 12;

/// How pairs are found by looking up samples of their bits instead of comparing all rows: Hamming locality-sensitive hashing
/// (Indyk, Motwani, "Approximate nearest neighbors", 1998). What is found is exact; what is missed is estimated.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Lsh {
    /// Samples of bits; a pair is found where its rows agree in one of them.
    pub tables: u32,
    /// Bits of a sample, 64 at most.
    pub bits: u32,
    /// Which bits are sampled.
    pub seed: u64,
    /// Up to so many pairs of rows all are compared: nothing is missed then. The exact join takes a minute or two of one core
    /// for the 10^12 pairs of a million rows on either side.
    pub exact_up_to: u64,
    /// Left rows that are compared with all right ones to see what is missed.
    pub sample: usize,
}

impl Default for Lsh {
    /// Forty samples of 24 bits, above 10^11 pairs of rows.
    fn default() -> Lsh {
        Lsh {
            tables: 40,
            bits: 24,
            seed: 0,
            exact_up_to: 100_000_000_000,
            sample: 1000,
        }
    }
}

/// What looking up found of the pairs that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recall {
    /// Pairs of the sampled rows that were found.
    pub found: u64,
    /// Pairs of the sampled rows that there are.
    pub of: u64,
    /// All rows were compared, nothing was missed and nothing had to be estimated.
    pub exact: bool,
}

/// As [`join`](super::join()), but above [`Lsh::exact_up_to`] pairs of rows some are missed; how many of those that there are
/// were found, counted on a sample of the left rows, stands beside the statistics. `top_k` is not offered: the best of
/// what was found need not be the best.
///
/// # Errors
/// As [`join`](super::join()); [`Error::Lsh`] where no bits or tables are asked for, or `top_k`.
pub fn approximate_join(
    left: &Rows,
    right: &Rows,
    options: &Options<'_>,
    lsh: &Lsh,
    sink: &mut impl Sink,
) -> Result<(Stats, Recall), Error> {
    if left.bits() != right.bits() {
        return Err(Error::Lengths {
            left: left.bits(),
            right: right.bits(),
        });
    }
    if lsh.tables == 0 || !(1..=64).contains(&lsh.bits) || options.top_k.is_some() {
        return Err(Error::Lsh);
    }
    if left.len() as u64 * right.len() as u64 <= lsh.exact_up_to {
        let stats = join(left, right, options, sink)?;
        let (found, of) = (stats.pairs, stats.pairs);
        let exact = true;
        return Ok((stats, Recall { found, of, exact }));
    }
    let tables = Tables::new(left, right, options, lsh)?;
    let mut stats = Stats {
        kernel: tables.engine.name(),
        ..Stats::default()
    };
    for table in 0..tables.places.len() {
        tables.find(table, options, &mut stats, sink)?;
    }
    let recall = tables.recall(left, options, lsh)?;
    Ok((stats, recall))
}

struct Tables<'a> {
    engine: Engine,
    left: &'a Rows,
    right: &'a Rows,
    ones: [Vec<u16>; 2],
    need: Need,
    /// Places of the bits of every sample.
    places: Vec<Vec<usize>>,
}

impl<'a> Tables<'a> {
    fn new(
        left: &'a Rows,
        right: &'a Rows,
        options: &Options<'_>,
        lsh: &Lsh,
    ) -> Result<Tables<'a>, Error> {
        let ones = |rows: &Rows| -> Vec<u16> {
            let row = |row: &[u64]| short(row.iter().map(|w| w.count_ones()).sum::<u32>());
            rows.words()
                .chunks_exact(rows.bits() / 64)
                .map(row)
                .collect()
        };
        let mut state = lsh.seed;
        let bits = left.bits() as u64;
        let mut place = || usize::try_from(random(&mut state) % bits).unwrap_or(0);
        Ok(Tables {
            engine: Engine::choose(options.kernel)?,
            ones: [ones(left), ones(right)],
            need: Need::new(options.threshold),
            places: (0..lsh.tables)
                .map(|_| (0..lsh.bits).map(|_| place()).collect())
                .collect(),
            left,
            right,
        })
    }

    /// Rows by the bits of a sample, those without a bit left out: they are similar to nothing.
    fn keys(&self, table: usize, rows: &Rows, ones: &[u16]) -> Vec<(u64, u32)> {
        let key = |row: usize| {
            let words = rows.row(row);
            let bit = |place: &usize| (words[place / 64] >> (place % 64)) & 1;
            self.places[table]
                .iter()
                .fold(0, |key, place| key << 1 | bit(place))
        };
        let some = (0..rows.len()).filter(|row| ones[*row] > 0);
        let mut keys: Vec<(u64, u32)> = some.map(|row| (key(row), index(row))).collect();
        keys.sort_unstable();
        keys
    }

    /// The first table in which two rows agree.
    fn first(&self, left: u32, right: u32) -> Option<usize> {
        let (a, b) = (self.left.row(left as usize), self.right.row(right as usize));
        let same = |place: &usize| ((a[place / 64] ^ b[place / 64]) >> (place % 64)) & 1 == 0;
        self.places
            .iter()
            .position(|places| places.iter().all(same))
    }

    /// Pairs that agree in this table and in none before it.
    fn find(
        &self,
        table: usize,
        options: &Options<'_>,
        stats: &mut Stats,
        sink: &mut impl Sink,
    ) -> Result<(), Error> {
        let left = self.keys(table, self.left, &self.ones[0]);
        let right = self.keys(table, self.right, &self.ones[1]);
        let mut waiting = Vec::with_capacity(BATCH);
        let mut others = right.chunk_by(|a, b| a.0 == b.0).peekable();
        for some in left.chunk_by(|a, b| a.0 == b.0) {
            while others.next_if(|other| other[0].0 < some[0].0).is_some() {}
            let Some(same) = others.next_if(|other| other[0].0 == some[0].0) else {
                continue;
            };
            for (_, l) in some {
                for (_, r) in same {
                    waiting.push((*l, *r));
                    if waiting.len() == BATCH {
                        self.decide(table, &mut waiting, options, stats, sink)?;
                    }
                }
            }
        }
        self.decide(table, &mut waiting, options, stats, sink)
    }

    fn decide(
        &self,
        table: usize,
        waiting: &mut Vec<(u32, u32)>,
        options: &Options<'_>,
        stats: &mut Stats,
        sink: &mut impl Sink,
    ) -> Result<(), Error> {
        let mut overlaps = Vec::with_capacity(waiting.len());
        let words = (self.left.words(), self.right.words());
        self.engine
            .overlaps(words, self.left.bits() / 64, waiting, &mut overlaps);
        stats.compared += waiting.len() as u64;
        let pairs = waiting
            .drain(..)
            .zip(overlaps)
            .filter_map(|((left, right), overlap)| {
                let (a, b) = (self.ones[0][left as usize], self.ones[1][right as usize]);
                let pair = Pair {
                    left,
                    right,
                    overlap,
                    left_ones: a,
                    right_ones: b,
                };
                (overlap >= self.need.of(a, b) && self.first(left, right) == Some(table))
                    .then_some(pair)
            });
        let pairs: Vec<Pair> = pairs.collect();
        stats.pairs += pairs.len() as u64;
        if stats.pairs > options.max_pairs {
            let most = options.max_pairs;
            return Err(Error::TooManyPairs { most });
        }
        if !pairs.is_empty() && sink.chunk(&pairs).is_break() {
            let pairs = stats.pairs;
            return Err(Error::Stopped { pairs });
        }
        Ok(())
    }

    /// Compares some left rows, evenly spaced, with all right ones.
    fn recall(&self, left: &Rows, options: &Options<'_>, lsh: &Lsh) -> Result<Recall, Error> {
        let n = lsh.sample.min(left.len());
        let rows: Vec<usize> = (0..n).map(|i| i * left.len() / n).collect();
        let words = rows
            .iter()
            .flat_map(|row| left.row(*row))
            .copied()
            .collect();
        let some = Rows::from_words(left.bits(), words)?;
        let mut seen = Seen {
            tables: self,
            rows,
            found: 0,
            of: 0,
        };
        let mut quiet = options.clone();
        quiet.progress = None;
        join(&some, self.right, &quiet, &mut seen)?;
        Ok(Recall {
            found: seen.found,
            of: seen.of,
            exact: false,
        })
    }
}

/// Counts the pairs that there are, and those that some table has.
struct Seen<'a> {
    tables: &'a Tables<'a>,
    rows: Vec<usize>,
    found: u64,
    of: u64,
}

impl Sink for Seen<'_> {
    fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()> {
        for pair in pairs {
            let left = index(self.rows[pair.left as usize]);
            self.of += 1;
            self.found += u64::from(self.tables.first(left, pair.right).is_some());
        }
        ControlFlow::Continue(())
    }
}

/// SplitMix64 (Steele, Lea, Flood, 2014): which bits are sampled need not be secret.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
