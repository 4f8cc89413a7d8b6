//! CLKs bit for bit as clkhash 0.18 makes them, from its linkage schemas of versions 1, 2 and 3.
//!
//! A project that holds a schema and a secret gets the CLKs it had before. What clkhash does with the key derivation
//! (HKDF, RFC 5869), tokens, strategies, BLAKE2b and double hashing is repeated exactly; vectors made with it are the
//! test. Where clkhash reads a schema's key under another name than its documentation gives, and so ignores it, the
//! schema is refused and the reason told: two files hashed under what their makers believed to be different settings
//! would match without a word.
//!
//! **These CLKs leak.** Who holds names and birth dates of the same population re-identifies most of them without the
//! secret (SECURITY.md). They are here so that a project can switch engines; for a new one use
//! [`Encoder`](super::Encoder) and [`Diffusion`](super::Diffusion), or tokens.

mod comparison;
mod date;
mod error;
mod format;
mod hash;
mod hasher;
mod json;
mod number;
mod schema;
mod table;

pub use error::{CellError, HashError, SchemaError};
pub use hasher::{Hasher, Header, hash_csv};
pub use schema::Schema;
