//! Match keys and linking tokens.

mod expand;
mod key;
mod key_set;
mod table;
mod tokenise;

pub(crate) use expand::Expander;
pub use key::{KeyError, KeyField, MatchKey, Strength, Transform};
pub use key_set::KeySet;
pub use table::{Chance, Crosswalk, RowId, Token, TokenHeader, TokenTable};
pub(crate) use tokenise::Withheld;
pub use tokenise::{HomeTokens, TokenSecrets, tokenise};
