//! The claims of SECURITY.md, each a test. `catalogue` holds the table and these tests together.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod accuracy;
mod attacks;
mod attacks_clk;
mod audit;
#[path = "../attacks/bits.rs"]
mod bits;
mod canary_support;
mod catalogue;
mod child;
mod clk;
mod consent;
#[path = "../crash/harness.rs"]
mod crash;
#[path = "../attacks/encode.rs"]
mod encode;
mod engine;
mod envelope;
mod envelope_altered;
mod envelope_author;
mod envelope_by_hand;
mod envelope_parts;
mod envelope_support;
mod exchange;
mod exchange_canary;
mod exchange_consent;
mod exchange_hold;
mod exchange_later;
mod exchange_messages;
mod exchange_model;
mod exchange_onward;
mod exchange_support;
mod gate;
mod gate_bad_input;
mod gate_crash;
mod gate_erased;
mod gate_network;
mod gate_quorum;
mod gate_support;
mod grant;
mod grant_ended;
mod grant_support;
#[path = "../attacks/graph.rs"]
mod graph;
mod key_records;
mod keys;
mod linkage;
mod local;
mod local_names;
#[path = "../attacks/measure.rs"]
mod measure;
#[path = "../crash/openings.rs"]
mod openings;
mod record;
mod redeal;
mod redeal_book;
mod redeal_closed;
mod redeal_state;
mod redeal_support;
mod redeal_wrong;
mod residue;
#[path = "../scene/mod.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod scene;
mod secrets;
#[path = "../attacks/similar.rs"]
mod similar;
mod support;
mod token;
mod two_issuers;
