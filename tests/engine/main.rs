//! The engine against the definition: all pairs, one after another.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "helpers of tests fail by panicking; their numbers are small"
)]

mod input;
mod lsh;
mod naive;
mod solve;
