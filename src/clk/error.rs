use thiserror::Error;

/// Why CLKs cannot be made so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClkError {
    /// A length that is not allowed.
    #[error("CLKs of {bits} bits; the length is a multiple of 64, from 64 to {most}", most = crate::limits::MOST_BITS)]
    Length {
        /// Asked for.
        bits: usize,
    },
    /// No bits for names or the birth date, or too many for a token.
    #[error("{bits} bits for a token; names and birth date set 1 to {most} each, the others 0 to {most}", most = super::MOST_WEIGHT)]
    Weight {
        /// Asked for.
        bits: u8,
    },
    /// Too few bits added up.
    #[error(
        "{t} bits added up to each; fewer than {least} are found out by the attacks that this is to stop, and no more \
         than a CLK has can be added", least = super::LEAST_DIFFUSION
    )]
    Diffusion {
        /// Asked for.
        t: usize,
    },
    /// CLKs of another length than the diffusion takes.
    #[error("CLKs of {found} bits; this diffusion takes {expected}")]
    Other {
        /// Of the CLKs.
        found: usize,
        /// Of the diffusion.
        expected: usize,
    },
}
