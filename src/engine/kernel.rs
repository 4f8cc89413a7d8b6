//! The two ways to compare a strip of left rows with a block of right rows, in the instructions that there are.
//!
//! `filter` counts *misses*: bits of the left row that a right row lacks, for all right rows of a block at once, in
//! counters that stand upright (one vector for each binary digit). A right row whose misses exceed what the threshold
//! allows is out; what is left after so many columns is compared exactly. `full` compares every pair exactly: the
//! oracle, and the faster way where the threshold lets most pairs through.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;

use super::{Error, Kernel};
use crate::limits::index;

/// Right rows of a block, whatever the kernel: the order of the answer does not depend on it.
pub(super) const BLOCK: usize = 512;
/// Columns are counted so many at a time.
pub(super) const UNIT: usize = 16;
/// Digits of a counter below the ones that a unit carries into.
const LOW: usize = 4;

/// A left row and a right row of the block: `row * BLOCK + lane`.
pub(super) type Key = u32;

/// A block of right rows, bit by bit: column `c` of part `p` holds, for so many rows, whether they *lack* bit number `c`
/// in the order of rarity. The last column is all zeros: nobody misses it.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) words: &'a [u64],
    /// Columns of a part, the last one included.
    pub(super) count: usize,
}

/// For every left row of a tile the columns of its set bits, rarest first, filled up with the column that nobody misses.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Column numbers times 8.
    entries: Vec<u16>,
    /// Entries of a row: a multiple of [`UNIT`].
    stride: usize,
    /// Columns that there are; no entry is beyond.
    count: usize,
}

impl Lists {
    /// Lists of `stride` entries a row. Kernels load what the entries say, so they are checked here, once.
    pub(super) fn new(entries: Vec<u16>, stride: usize, count: usize) -> Lists {
        assert!(stride.is_multiple_of(UNIT) && entries.len().is_multiple_of(stride.max(1)));
        let join = |(most, bits): (u16, u16), entry: &u16| (most.max(*entry), bits | entry);
        let (most, bits) = entries.iter().fold((0, 0), join);
        assert!(bits.is_multiple_of(8) && usize::from(most / 8) < count);
        Lists {
            entries,
            stride,
            count,
        }
    }

    /// Units of a row.
    pub(super) fn units(&self) -> usize {
        self.stride / UNIT
    }

    /// Misses to be expected of an unrelated row after so many units, by how often each column is missed.
    pub(super) fn expected(&self, missing: &[f64]) -> Vec<f64> {
        let rows = (self.entries.len() / self.stride.max(1)).max(1) as f64;
        let mut out = vec![0.0; self.units() + 1];
        for list in self.entries.chunks_exact(self.stride.max(1)) {
            for (unit, out) in list.chunks_exact(UNIT).zip(&mut out[1..]) {
                let misses = unit
                    .iter()
                    .filter_map(|entry| missing.get(usize::from(entry / 8)));
                *out += misses.sum::<f64>() / rows;
            }
        }
        let mut sum = 0.0;
        for out in &mut out {
            sum += *out;
            *out = sum;
        }
        out
    }

    /// The entries again, to be filled anew.
    pub(super) fn into_entries(self) -> Vec<u16> {
        self.entries
    }
}

/// What things cost, in processor cycles, measured on Zen 5 with rows of 1024 bits; only their ratios matter. For a pair
/// that is left over, 40 to 170 were tried with AVX-512: the least time is at 60 and 80 on Zen 5, at 90 on Zen 4, by little.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    /// A unit of columns for a row and a block.
    pub(super) unit: f64,
    /// A pair that is left over.
    pub(super) survivor: f64,
    /// `full`, for a row and a block.
    pub(super) full: f64,
}

/// The instructions chosen. One that the processor lacks cannot be made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Engine {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512),
}

impl Engine {
    #[cfg(target_arch = "x86_64")]
    pub(super) fn choose(kernel: Kernel) -> Result<Engine, Error> {
        let avx2 = || avx2::Avx2::detect().map(Engine::Avx2);
        let avx512 = || avx512::Avx512::detect().map(Engine::Avx512);
        match kernel {
            Kernel::Auto => Ok(avx512().or_else(avx2).unwrap_or(Engine::Scalar)),
            Kernel::Scalar => Ok(Engine::Scalar),
            Kernel::Avx2 => avx2().ok_or(Error::NoKernel { kernel: "avx2" }),
            Kernel::Avx512 => avx512().ok_or(Error::NoKernel { kernel: "avx512" }),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn choose(kernel: Kernel) -> Result<Engine, Error> {
        match kernel {
            Kernel::Auto | Kernel::Scalar => Ok(Engine::Scalar),
            Kernel::Avx2 => Err(Error::NoKernel { kernel: "avx2" }),
            Kernel::Avx512 => Err(Error::NoKernel { kernel: "avx512" }),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Engine::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(_) => "avx512",
        }
    }

    /// Right rows of a part of a block: what one vector holds.
    pub(super) fn lanes(self) -> usize {
        match self {
            Engine::Scalar => 64,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(_) => 256,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(_) => 512,
        }
    }

    /// Left rows that `full` takes side by side: word `w` of rows `g * group ..` stands at `(g * width + w) * group`.
    pub(super) fn group(self) -> usize {
        match self {
            Engine::Scalar => 1,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(_) => 4,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(_) => 16,
        }
    }

    /// What things cost with rows of `width` words.
    pub(super) fn costs(self, width: usize) -> Costs {
        let (unit, survivor, full) = match self {
            Engine::Scalar => (200.0, 90.0, 40_000.0),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(_) => (46.0, 70.0, 5_000.0),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(_) => (17.0, 80.0, 800.0),
        };
        let words = width as f64 / 16.0;
        Costs {
            unit,
            survivor: survivor * (0.5 + 0.5 * words),
            full: full * words,
        }
    }

    /// Appends the pairs that may have no more misses than `allow` says for their left row, judged by the first `units`
    /// units of its list; sorted. A negative number allows none. Nothing that reaches the threshold is left out.
    /// `allow` has one number for each row of the tile from row `first` on. `ahead` is what will be read after this.
    pub(super) fn filter(
        self,
        block: Columns<'_>,
        lists: &Lists,
        units: usize,
        (first, allow): (usize, &[i32]),
        ahead: &[u64],
        keys: &mut Vec<Key>,
    ) {
        assert_eq!(block.words.len(), block.count * (BLOCK / 64));
        assert!(lists.count == block.count && units <= lists.units());
        let entries = &lists.entries[first * lists.stride..][..allow.len() * lists.stride];
        let parts = BLOCK / self.lanes();
        let size = block.words.len() / parts;
        let start = keys.len();
        let most = allow.iter().max().copied().unwrap_or(-1);
        for (i, columns) in block.words.chunks_exact(size).enumerate() {
            let part = Part {
                columns,
                entries,
                stride: lists.stride,
                units,
                allow,
                lane: i * self.lanes(),
                ahead: if i == 0 { ahead } else { &[] },
            };
            // As few digits above the low ones as the largest allowance needs.
            match most {
                ..0 => {}
                0..64 => self.part::<2>(&part, keys),
                64..128 => self.part::<3>(&part, keys),
                128..256 => self.part::<4>(&part, keys),
                256..1024 => self.part::<6>(&part, keys),
                _ => self.part::<9>(&part, keys),
            }
        }
        if parts > 1 {
            keys[start..].sort_unstable();
        }
    }

    fn part<const UP: usize>(self, part: &Part<'_>, keys: &mut Vec<Key>) {
        match self {
            Engine::Scalar => scalar::filter::<UP>(part, keys),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(kernel) => kernel.filter::<UP>(part, keys),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(kernel) => kernel.filter::<UP>(part, keys),
        }
    }

    /// Bits common to the rows with these numbers, of `width` words each.
    pub(super) fn overlaps(
        self,
        (left, right): (&[u64], &[u64]),
        width: usize,
        pairs: &[(u32, u32)],
        out: &mut Vec<u16>,
    ) {
        match self {
            Engine::Scalar => scalar::overlaps(left, right, width, pairs, out),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(kernel) => kernel.overlaps(left, right, width, pairs, out),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(kernel) => kernel.overlaps(left, right, width, pairs, out),
        }
    }

    /// Appends every pair with at least `least` common bits, as its left row has it; sorted. `left` holds the strip's rows
    /// in groups of [`Engine::group`], `right` those of the block one after another.
    pub(super) fn full(
        self,
        left: &[u64],
        right: &[u64],
        width: usize,
        least: &[u16],
        out: &mut Vec<(Key, u16)>,
    ) {
        assert!(least.len().is_multiple_of(self.group()) && left.len() == least.len() * width);
        assert!(right.len().is_multiple_of(width) && right.len() <= BLOCK * width);
        let start = out.len();
        match self {
            Engine::Scalar => scalar::full(left, right, width, least, out),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(kernel) => kernel.full(left, right, width, least, out),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(kernel) => kernel.full(left, right, width, least, out),
        }
        out[start..].sort_unstable_by_key(|found| found.0);
    }
}

/// A part of a block against a strip of left rows: every entry is the number, times 8, of a column that there is.
struct Part<'a> {
    columns: &'a [u64],
    entries: &'a [u16],
    stride: usize,
    units: usize,
    allow: &'a [i32],
    /// The part's first lane in the block.
    lane: usize,
    /// What will be read next.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    ahead: &'a [u64],
}

impl<'a> Part<'a> {
    /// Rows that are allowed something, with what their counters start from: one miss more than allowed runs over.
    #[inline(always)]
    fn rows<const UP: usize>(
        &self,
    ) -> impl Iterator<Item = (u32, u32, &'a [[u16; UNIT]])> + use<'a, UP> {
        let used = self.units * UNIT;
        let rows = self.entries.chunks_exact(self.stride);
        (0..)
            .zip(self.allow)
            .zip(rows)
            .filter_map(move |((row, allow), list)| {
                let allow = u32::try_from(*allow).ok()?;
                let start = (1u32 << (LOW + UP)) - 1 - allow;
                Some((row, start, list[..used].as_chunks::<UNIT>().0))
            })
    }

    /// What to ask for with each row: a few lines at a time, or they would wait for each other. The rarest bits, which are
    /// read the most, come first.
    #[cfg(target_arch = "x86_64")]
    fn ahead(&self) -> impl Iterator<Item = &'a [u64]> + use<'a> {
        let lines = self.ahead.len().div_ceil(8 * self.allow.len().max(1));
        let some = self.ahead.chunks(8 * lines.clamp(1, 4));
        some.chain(std::iter::repeat(&[][..]))
    }
}

/// Rows that were counted and have lanes left, a few at a time. Whether a row has any cannot be foreseen: a branch on it
/// would halt the rows that are already on their way.
struct Counted<const WORDS: usize> {
    /// The part's first lane in the block.
    lane: usize,
    rows: [u32; 64],
    dead: [Lanes<WORDS>; 64],
    len: usize,
}

/// At the start of a cache line, so that storing a vector touches one.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Counted<WORDS> {
    fn new(part: &Part<'_>) -> Self {
        Counted {
            lane: part.lane,
            rows: [0; 64],
            dead: [Lanes([0; WORDS]); 64],
            len: 0,
        }
    }

    /// A row, and which of its lanes are dead; whether any is not.
    #[inline(always)]
    fn push(&mut self, row: u32, dead: [u64; WORDS], left: bool, keys: &mut Vec<Key>) {
        (self.rows[self.len % 64], self.dead[self.len % 64]) = (row, Lanes(dead));
        self.len += usize::from(left);
        if self.len == self.rows.len() {
            self.finish(keys);
        }
    }

    /// Appends the lanes that are left.
    fn finish(&mut self, keys: &mut Vec<Key>) {
        for (row, dead) in self.rows.iter().zip(&self.dead).take(self.len) {
            let mut key = index(*row as usize * BLOCK + self.lane);
            for word in dead.0 {
                let mut alive = !word;
                while alive != 0 {
                    keys.push(key + alive.trailing_zeros());
                    alive &= alive - 1;
                }
                key += 64;
            }
        }
        self.len = 0;
    }
}

/// Adds half a unit, `$x(0)` to `$x(7)`, to ones, twos and fours; the eights that are carried.
macro_rules! add_half {
    ($csa:ident, $state:ident, $x:expr) => {{
        let (a, c1) = $csa($x(0), $x(1), $x(2));
        let (b, c2) = $csa($x(3), $x(4), $x(5));
        let (d, c3) = $csa(a, b, $x(6));
        let (ones, c4) = $csa($state.low[0], d, $x(7));
        let (e, f1) = $csa(c1, c2, c3);
        let (twos, f2) = $csa($state.low[1], e, c4);
        let (fours, carry) = $csa($state.low[2], f1, f2);
        ($state.low[0], $state.low[1], $state.low[2]) = (ones, twos, fours);
        carry
    }};
}
use add_half;
