//! Match keys and linking tokens.

mod column;
mod expand;
#[cfg(feature = "parquet")]
mod file;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod key;
mod key_set;
mod mac;
#[cfg(feature = "parquet")]
pub(crate) mod note;
mod pad;
mod phonetic;
mod preset;
mod residue;
mod table;
mod tokenise;

pub use column::HomeTokens;
pub(crate) use expand::Expander;
#[cfg(feature = "parquet")]
pub use file::{TokenFile, TokenFileError, TokenForm};
pub use key::{KeyError, KeyField, MatchKey, Strength, Transform};
pub use key_set::KeySet;
pub use mac::Kernel;
pub(crate) use mac::{BLOCK, MacKey, Messages};
#[cfg(feature = "parquet")]
pub use note::NOTE_LEN;
pub use preset::{AsKey, PRESETS, Preset, Step};
#[cfg(feature = "parquet")]
pub(crate) use residue::residue_pad;
pub use residue::{RESIDUE_BITS, RESIDUE_LEN};
pub use table::{Chance, Crosswalk, RowId, Token, TokenHeader, TokenTable};
pub use tokenise::{TokenSecrets, tokenise};
