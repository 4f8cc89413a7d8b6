use super::Threshold;
use crate::limits::MOST_PAIRS;
use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::ControlFlow;

/// Which instructions compare the rows. All give the same pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kernel {
    /// The fastest that the processor has.
    #[default]
    Auto,
    /// Plain Rust, on every processor.
    Scalar,
    /// 256 lanes, x86-64 with AVX2.
    Avx2,
    /// 512 lanes, x86-64 with AVX-512 F, BW, DQ, VL and VPOPCNTDQ.
    Avx512,
}

/// How pairs are told apart. Both ways give the same pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// The one that costs less, decided again and again on the way.
    #[default]
    Auto,
    /// Count misses first, and compare exactly what is left.
    Count,
    /// Compare every pair of rows in full.
    Full,
}

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Pairs of rows decided on.
    pub compared: u64,
    /// Pairs of rows in all.
    pub total: u64,
    /// Pairs that reached the threshold.
    pub pairs: u64,
}

/// How two sets are compared.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options<'a> {
    /// The least Dice coefficient of a pair.
    pub threshold: Threshold,
    /// Which instructions.
    pub kernel: Kernel,
    /// How pairs are told apart.
    pub method: Method,
    /// More pairs than these are refused with [`Error::TooManyPairs`](super::Error::TooManyPairs): low thresholds and rows
    /// that are all alike give as many pairs as there are pairs of rows. By default [`MOST_PAIRS`].
    pub max_pairs: u64,
    /// Only the best so many pairs of each row on the left. Of pairs equally similar, those whose right row has the
    /// lower number.
    pub top_k: Option<NonZeroU32>,
    /// Threads; by default those of the pool of `rayon` in which the call stands. One without the feature `parallel`.
    pub threads: Option<NonZeroUsize>,
    /// Called now and then from the calling thread; `Break` ends the comparison.
    pub progress: Option<&'a dyn Fn(Progress) -> ControlFlow<()>>,
}

impl Options<'_> {
    /// Every pair that reaches `threshold`, with the fastest kernel.
    pub fn new(threshold: Threshold) -> Self {
        Options {
            threshold,
            kernel: Kernel::Auto,
            method: Method::Auto,
            max_pairs: MOST_PAIRS,
            top_k: None,
            threads: None,
            progress: None,
        }
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("threshold", &self.threshold)
            .field("kernel", &self.kernel)
            .field("method", &self.method)
            .field("max_pairs", &self.max_pairs)
            .field("top_k", &self.top_k)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}
