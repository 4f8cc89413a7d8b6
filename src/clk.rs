//! Cryptographic long-term keys (CLKs): records as bits, keyed, whose similarity outlives typing errors.
//!
//! Tokens ([`crate::token`]) find children whose fields agree in part. Where two fields hold errors at once no token
//! agrees, and only similarity finds the pair: names as pairs of letters, birth date and postcode as characters at
//! places, each setting bits in a row ([`Encoder`]); two rows are compared by the Dice coefficient of their bits.
//!
//! **Plain CLKs leak.** Who has names and birth dates of the same children can tell whose CLK is whose from the
//! similarities alone, without the key. What leaves an agency is therefore diffused ([`Diffusion`]): near records stay
//! near, all others look random. Keys are fresh with every linkage.
//!
//! [`clkhash`] makes the CLKs of another program, bit for bit, so that a project can switch; files are [`Clks`].
//!
//! ```
//! use billetbook::clk::{Diffusion, Encoder, Settings};
//! use billetbook::keys::{LinkageId, LinkageKeys, Secret};
//! use billetbook::record::{ReadOptions, read_reader};
//! use billetbook::token::Kernel;
//!
//! let csv = "id,Forename,Surname,DOB\n1,Katherine,Marsh,2012-03-04\n2,Kathrine,Marsch,2012-03-04\n3,Tom,Hill,2014-07-07\n";
//! let file = read_reader(csv.as_bytes(), "a.csv", &ReadOptions::default())?;
//! let keys = LinkageKeys::derive(&Secret::generate()?, LinkageId::generate()?, 1);
//! let settings = Settings::default();
//! let clks = Encoder::new(&keys, &settings, Kernel::best())?.encode(file.records());
//! let diffused = Diffusion::new(&keys, (settings.bits, 2048), 10, Kernel::best())?.apply(&clks)?;
//!
//! let differing = |a: usize, b: usize| -> u32 {
//!     let pairs = diffused.row(a).iter().zip(diffused.row(b));
//!     pairs.map(|(x, y)| (x ^ y).count_ones()).sum()
//! };
//! assert!(differing(0, 1) < 900 && differing(0, 2) > 900);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alphabet;
pub mod clkhash;
mod clks;
mod compare;
mod diffusion;
mod encoder;
mod error;
mod file;
mod groups;
#[cfg(feature = "hazmat")]
pub mod hazmat;

pub use clks::Clks;
pub use compare::{Candidate, CompareError, compare, write_candidates, write_groups, write_scores};
pub use diffusion::Diffusion;
pub use encoder::{Encoder, Settings};
pub use error::ClkError;
pub use file::ClkFileError;
pub use groups::groups;

/// Bits of a CLK at least.
pub const LEAST_BITS: usize = 64;
/// Bits that one token sets at most.
pub const MOST_WEIGHT: u8 = 64;
/// Bits of a CLK that are added up to a diffused bit at least: below that, attacks on Bloom filters come through.
pub const LEAST_DIFFUSION: usize = 8;
