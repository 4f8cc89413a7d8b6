//! Match keys and linking tokens.

mod expand;
#[cfg(feature = "parquet")]
mod file;
mod key;
mod key_set;
#[cfg(feature = "parquet")]
pub(crate) mod note;
mod phonetic;
mod preset;
mod table;
mod tokenise;

pub(crate) use expand::Expander;
#[cfg(feature = "parquet")]
pub use file::{TokenFile, TokenFileError};
pub use key::{KeyError, KeyField, MatchKey, Strength, Transform};
pub use key_set::KeySet;
#[cfg(feature = "parquet")]
pub use note::NOTE_LEN;
pub use preset::{AsKey, PRESETS, Preset, Step};
pub use table::{Chance, Crosswalk, RowId, Token, TokenHeader, TokenTable};
pub(crate) use tokenise::Withheld;
pub use tokenise::{HomeTokens, TokenSecrets, tokenise};
