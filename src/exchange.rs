//! The room that joins the others: a request, the decision, the grant, the log, the release, the opening; and the
//! history of it all.
//!
//! ```text
//!  council                            school: Book                    gates, witnesses
//!  GrantRequest ----------------------> decide -> Grant -> log ------> cosigned
//!              <---------------------- GrantPacket (or RefusalPacket)
//!  OpenRequest -----------------------> log -------------------------> cosigned
//!                                       ask, with the proof ---------> Release, Release
//!              <---------------------- OpenPacket
//!  Held::open
//! ```
//!
//! A [`Book`] is what a case-management system embeds: the log, what was sealed, and whom the agency knows, by their
//! [`Card`]s. It reaches gates and witnesses through a [`Courier`], which carries bytes and need not be trusted. By default
//! they are in the same process and folder ([`Colocated`]), and every place that shows an assurance says so; the same
//! calls serve parties that stand apart, each of which answers messages by [`serve_gate`] or [`serve_witness`]. Nothing
//! here opens a socket or reads a clock.
//!
//! [`History`] is what can be handed to the person whom a record is about, when grown up.
//!
//! A thief of a book's folder learns how many entries its log has, random ids of envelopes, the names and keys of agencies,
//! and the policy; with the keystore and its passphrase he is the agency. Messages between agencies say in clear who asks
//! for what on which ground: they belong on a channel that hides them.

mod book;
mod card;
mod consent_file;
mod courier;
mod error;
mod gate_message;
mod hand_on;
mod held;
mod history;
mod packet;
mod parties;
mod private;
mod request;
mod shelf;
mod wire;

pub use book::{Book, BookKeys, Emergency, EndedAt, Given, Redealt, Refusing};
pub use card::{Card, CardParts};
pub use consent_file::LONGEST_CONSENT;
pub use courier::{Courier, CourierError, To};
pub use error::{CardError, ExchangeError, Reasons};
pub use gate_message::{GateAnswer, GateCall, GateMessage, MOST_RECORDS, Refusal, Remedy};
pub use hand_on::{HandOn, HandedOn, Onward};
pub use held::{Held, OpenedSections, SKEW};
pub use history::{
    EnvelopeHistory, GatesHistory, GroundShown, History, HistoryItem, HistoryOptions, Released,
    What, Who, date_words, time_words,
};
pub use packet::{GrantPacket, MovedTo, OpenPacket, OpenRequest, Outcome, RefusalPacket};
pub use parties::{Colocated, WitnessAnswer, serve_gate, serve_witness};
pub use request::{GrantRequest, LONGEST_ABOUT};

/// Seconds that a witness's cosignature stays fresh for a gate.
pub const FRESH: u64 = 600;
