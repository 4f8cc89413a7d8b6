//! Grants: who may open which slots of an envelope, for what, on what basis, until when and how often.
//!
//! A grant is signed, holds the grant halves wrapped to its recipient, and is of no use without the recipient's key:
//! every use is an [`AccessRequest`] that this key signs. A grant may be handed on only as far as it says, and what is
//! handed on is narrower in every part ([`Terms`] are ordered; [`Chain`] checks each step). A grant of existence and
//! one of content are different things: the first opens nothing.
//!
//! [`Refusal`]s, decisions not to share, [`Revocation`]s and [`Erasure`]s are signed too. All of these are entries of a log; one
//! that refers to another names its place there by an [`EntryRef`], which is blinded, never by a hash of its text.
//!
//! A thief of a grant learns its terms and opens nothing. With the recipient's keystore and passphrase, and the
//! envelope, he still lacks every gate half.

mod ask;
mod capsule;
mod chain;
mod erasure;
mod error;
mod ground;
mod hold;
mod issue;
mod officers;
mod redeal;
mod refusal;
mod revocation;
mod signed;
mod slots;
mod terms;

pub use ask::{AccessRequest, Admitted, Asked, Emergency, EmergencyReason, LONGEST_EMERGENCY};
pub use chain::{Chain, Link, MOST_LINKS};
pub use erasure::{Erased, Erasure, ErasureGround};
pub use error::{ChainError, GrantError, RequestError};
pub use ground::Ground;
pub use hold::{Hold, HoldReason, LONGEST_HOLD};
pub use issue::{Offer, Proposal};
pub use redeal::{Redeal, RedealStep};
pub use refusal::{Refusal, RefusalReason, Refused};
pub use revocation::{Revocation, RevocationReason, resting_on};
pub use signed::{Grant, GrantId};
pub use slots::Slots;
pub use terms::Terms;

use std::fmt;

/// Where an entry stands in a log: the blinded commitment that its leaf shows. Tells nothing of the entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryRef(pub [u8; 32]);

impl fmt::Debug for EntryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::hex::Hex(&self.0), f)
    }
}
