//! What no claim says and must hold all the same: found by changing the library in one place at a time
//! (docs/mutants). One file for each room.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "../crash/harness.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod crash;
#[path = "../claims/exchange_support.rs"]
#[expect(dead_code, reason = "the claims use more of it")]
mod exchange_support;
#[path = "../claims/gate_support.rs"]
#[expect(dead_code, reason = "the claims use more of it")]
mod gate_support;
#[path = "../claims/grant_support.rs"]
#[expect(dead_code, reason = "the claims use more of it")]
mod grant_support;
#[path = "../claims/redeal_support.rs"]
mod redeal_support;
#[path = "../scene/mod.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod scene;

mod audit;
mod audit_damage;
mod audit_edges;
mod consent;
mod envelope;
mod exchange;
mod exchange_bounds;
mod exchange_redeal;
mod exchange_trust;
mod exchange_two;
mod exchange_ways;
mod gate;
mod grant;
mod hand_on;
mod history;
mod history_page;
mod history_told;
mod history_words;
mod keys;
mod redeal;
mod redeal_words;
