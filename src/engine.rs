//! Exact all-pairs similarity of bit rows: every pair whose Dice coefficient reaches a threshold, and no other.
//!
//! Bits in, pairs out: no key, no name. Dice of two rows is `2 |a and b| / (|a| + |b|)`, compared as whole numbers with a
//! threshold that is a ratio, so that no rounding decides. A row without a set bit is similar to nothing, itself included.
//!
//! ```
//! use billetbook::engine::{Options, Pair, Rows, join};
//!
//! let left = Rows::from_words(64, vec![0b1111, 0b1100])?;
//! let right = Rows::from_words(64, vec![0b0111, 0b1111 << 32])?;
//! let mut found: Vec<Pair> = Vec::new();
//! let stats = join(&left, &right, &Options::new("0.85".parse()?), &mut found)?;
//! assert_eq!((found[0].left, found[0].right, found[0].overlap), (0, 0, 3));
//! assert_eq!((found.len(), stats.pairs), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod join;
mod kernel;
mod lists;
mod lsh;
mod options;
mod pair;
mod plan;
mod rows;
mod shared;
mod side;
mod sliced;
pub mod solve;
mod threshold;
mod tile;
mod top;
mod transpose;

pub use error::Error;
pub use join::{join, self_join};
pub use lsh::{Lsh, Recall, approximate_join};
pub use options::{Kernel, Method, Options, Progress};
pub use pair::{Pair, Sink, Stats};
pub use rows::Rows;
pub use threshold::{Threshold, ThresholdError};

/// A count of bits, which [`MOST_BITS`](crate::limits::MOST_BITS) keeps within 16 bits.
fn short(count: impl TryInto<u16>) -> u16 {
    count.try_into().unwrap_or(u16::MAX)
}
