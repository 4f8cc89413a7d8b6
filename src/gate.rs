//! Gates: each keeps one share of every slot's gate half, and gives it out only against proof that this very request
//! stands in a witnessed log.
//!
//! A [`Gate`] is a state machine without sockets or threads. It is handed an [`Ask`]: the request and the grants that
//! it rests on, each opened and proven to stand in the log. It checks them, the witnesses, its own clock, that the log
//! extends what it has seen of it, that no grant was revoked, and that the use which the request names is free; writes
//! down what it is about to do; and only then answers with a [`Release`], wrapped to the recipient.
//!
//! More than half of an envelope's gates must release, so any two releases share a gate. That alone does not bound how
//! often a grant is used: 2 of 3 gates, each counting for itself, let three requests through where two are allowed.
//! So every request names the uses that it is, and a gate binds each to the first request that names it, for ever.
//!
//! The recipient's side goes through types, none of which can be made without the one before: [`LoggedGrant`],
//! [`LoggedRequest`], [`OpenKey`]. What was released for an envelope, each gate signs as a [`ReleaseList`];
//! [`Releases::join`] says whether enough lists are there to miss none.
//!
//! Shares move to other gates by [`Gate::deal`], [`Gate::take`], [`Gate::hand_over`] and [`Gate::begin`], as two logged
//! entries of two officers say; no gate half is ever joined for it, and what gates have bound and released goes along.
//!
//! The whole of it, from sealing to the history, is examples/open_through_gates.rs.
//!
//! ```
//! # use billetbook::envelope::*;
//! # use billetbook::gate::*;
//! # use billetbook::keys::*;
//! # type Sealed<'a> = (&'a VerifiedEnvelope<'a>, &'a [VerifiedDeposit]);
//! fn key(r: &LoggedRequest, s: Sealed<'_>, given: &[Release], keys: &Directory, me: &dyn KeyProvider) -> bool {
//!     r.open_key(1, s, given, keys, me).is_ok()
//! }
//! ```
//! A logged grant is no logged request, and no key is made by hand:
//! ```compile_fail,E0599
//! # use billetbook::envelope::*;
//! # use billetbook::gate::*;
//! # use billetbook::keys::*;
//! # type Sealed<'a> = (&'a VerifiedEnvelope<'a>, &'a [VerifiedDeposit]);
//! fn key(r: &LoggedGrant, s: Sealed<'_>, given: &[Release], keys: &Directory, me: &dyn KeyProvider) -> bool {
//!     r.open_key(1, s, given, keys, me).is_ok()
//! }
//! ```
//! ```compile_fail,E0451
//! # use billetbook::envelope::*;
//! # use billetbook::gate::*;
//! fn key(grant: GrantHalf, gate: GateHalf) -> OpenKey {
//!     OpenKey { grant, gate, assurance: Assurance::Advisory }
//! }
//! ```
//!
//! A thief of a gate's folder learns which random envelope ids were opened, when, and under which grants. With its
//! keystore and passphrase he holds one share of each slot.

mod acknowledged;
mod ask;
mod dealing;
mod error;
mod handle;
mod holding;
mod list;
mod logged;
mod moved;
mod redeal;
mod release;
mod storage;
mod taken;
mod wire;

pub use acknowledged::{Acknowledgement, Ended};
pub use ask::{Ask, Evidence};
pub use dealing::Dealing;
pub use error::{Denial, OpenKeyError};
pub use handle::{Gate, Rules, seen};
pub use list::{Completeness, ReleaseLine, ReleaseList, Releases};
pub use logged::{LoggedGrant, LoggedRequest};
pub use release::{OpenKey, Release};
pub use storage::GateStore;
pub use taken::{NewGates, Taken, check_taken};
