//! Limits are counts in one table, each tested at the limit and one past it.

/// Records of one linkage, over all its files: row numbers and slots share 32 bits.
pub const MOST_RECORDS: usize = 1 << 28;

/// Files of one linkage.
pub const MOST_FILES: usize = 1 << 10;

/// Bits of a row that the engine compares.
pub const MOST_BITS: usize = 4096;

/// Pairs that a comparison gives out where nobody asked for more.
pub const MOST_PAIRS: u64 = 100_000_000;

/// Rows of one side that the optimal one-to-one solver takes together.
pub const MOST_ENTANGLED: usize = 1000;

/// An index that [`MOST_RECORDS`] and [`MOST_FILES`] keep within 32 bits.
pub(crate) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A file number, kept within 16 bits by [`MOST_FILES`].
pub(crate) fn file_index(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// A slot or a length that is below 256 by construction.
pub(crate) fn byte(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}
