use thiserror::Error;

/// Why a comparison was refused or ended early.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// Rows of a length that cannot be compared.
    #[error("rows of {bits} bits; the length must be a multiple of 64, from 64 to {most}")]
    Length {
        /// Found.
        bits: usize,
        /// [`MOST_BITS`](crate::limits::MOST_BITS).
        most: usize,
    },
    /// A row of another length than the rest.
    #[error(
        "row {row} has {found} bits where the others have {bits}; all rows of a set have one length"
    )]
    RowLength {
        /// Its number, from 0.
        row: usize,
        /// Found.
        found: usize,
        /// Of the others.
        bits: usize,
    },
    /// Two sets of different lengths.
    #[error(
        "the rows on the left have {left} bits, those on the right {right}; compare rows that were made by one schema"
    )]
    Lengths {
        /// Bits of a row on the left.
        left: usize,
        /// Bits of a row on the right.
        right: usize,
    },
    /// More rows than numbers for them.
    #[error("more than {most} rows; compare them in parts")]
    TooManyRows {
        /// [`MOST_RECORDS`](crate::limits::MOST_RECORDS).
        most: usize,
    },
    /// A forced kernel whose instructions the processor lacks.
    #[error(
        "this processor cannot run the kernel {kernel}; take `auto`, or `scalar`, which runs everywhere"
    )]
    NoKernel {
        /// Its name.
        kernel: &'static str,
    },
    /// More pairs than [`Options::max_pairs`](super::Options::max_pairs).
    #[error(
        "more than {most} pairs reach the threshold; raise the threshold, look for rows that are all alike, or allow more pairs"
    )]
    TooManyPairs {
        /// The limit.
        most: u64,
    },
    /// The sink or the progress function broke off.
    #[error("stopped after {pairs} pairs, before all rows were compared")]
    Stopped {
        /// Pairs that the sink had taken by then.
        pairs: u64,
    },
    /// Too many rows that hang together for the one-to-one answer of the greatest total.
    #[error(
        "{rows} rows hang together through pairs; the best one-to-one answer is sought among {most} at most: raise the threshold, or take the greedy one"
    )]
    Entangled {
        /// On the larger side.
        rows: usize,
        /// [`MOST_ENTANGLED`](crate::limits::MOST_ENTANGLED).
        most: usize,
    },
    /// Looking up samples of bits, asked for without samples or bits, or for the best of each row.
    #[error("looking up takes one table or more of 1 to 64 bits, and no top-k")]
    Lsh,
    /// The system gave no threads.
    #[error("the system gave no {threads} threads; ask for fewer")]
    NoThreads {
        /// How many were asked for.
        threads: usize,
    },
}
