//! Link, share and answer for records about vulnerable children across agencies,
//! without handing names around.

pub mod audit;
pub mod clock;
mod coded;
pub mod consent;
pub mod envelope;
pub mod keys;
pub mod limits;
pub mod linkage;
pub mod record;
pub mod store;
pub mod token;
pub mod wire;

pub use wire::WireError;
