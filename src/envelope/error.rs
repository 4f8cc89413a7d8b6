use super::{MOST_CONTENT, MOST_GATES};
use crate::clock::Window;
use crate::keys::{KeyId, KeyRefused, ProviderError};
use crate::record::Section;
use crate::wire::WireError;
use thiserror::Error;

/// Why nothing was sealed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// Nothing to seal.
    #[error("there is no section to seal")]
    NoSection,
    /// More sections than slots.
    #[error("{found} sections, and an envelope of {slots} slots holds {}; use 16 slots", slots - 1)]
    TooManySections {
        /// Sections.
        found: usize,
        /// Slots, one of which the manifest takes.
        slots: usize,
    },
    /// A policy of denials only.
    #[error("the policy permits nothing; an envelope under it could never be opened")]
    PermitsNothing,
    /// A policy before or after its time.
    #[error("the policy is in force from {window}, not now")]
    PolicyNotInForce {
        /// When it is in force.
        window: Window,
    },
    /// A section that no rule can speak of.
    #[error("the policy does not know the section {0}; add it to the policy's [sections]")]
    UnknownSection(Section),
    /// A section given twice.
    #[error("the section {0} is given twice")]
    Twice(Section),
    /// A section too long.
    #[error("the section {section} has {found} bytes; the most is {MOST_CONTENT}")]
    TooLong {
        /// Which.
        section: Section,
        /// Bytes.
        found: usize,
    },
    /// Longer than the longest padding.
    #[error("the padding asked for is longer than any slot")]
    Padding,
    /// Any two quorums must share a gate, and there must be gates.
    #[error(
        "{threshold} of {gates} gates: there are 1 to {MOST_GATES} gates, and more than half of them must be needed"
    )]
    Threshold {
        /// Gates needed.
        threshold: usize,
        /// Gates.
        gates: usize,
    },
    /// A gate given twice.
    #[error("the gate {0} is given twice")]
    GateTwice(KeyId),
    /// A key that may not be used so, now.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// The author's key did not sign.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// No randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
}

/// Why an envelope, an owner packet or a deposit was refused before any of it was opened.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// By another author than the key record given.
    #[error("it is by the author {found}; give that author's key record")]
    OtherAuthor {
        /// The author it names.
        found: KeyId,
    },
    /// The author's key is none to seal with.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// Altered anywhere, or not signed by this author: which of them is not told.
    #[error("it was altered, or is not by this author")]
    Refused,
}

/// Why nothing was opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It does not open with these keys, or is not what the author sealed: no more is told.
    #[error("it does not open: wrong keys, or it was altered")]
    Refused,
    /// Something of another envelope.
    #[error("an owner packet, a deposit or a share belongs to another envelope")]
    OtherEnvelope,
    /// Fewer gates than needed.
    #[error("{found} gates have given their share; {needed} are needed")]
    TooFewShares {
        /// Gates.
        found: usize,
        /// Needed.
        needed: usize,
    },
    /// A share of other gates than the rest.
    #[error(
        "gate {gate} gave a share of other gates than those that keep the envelope's shares; ask for it anew"
    )]
    OtherGates {
        /// Its number, from 1.
        gate: u8,
    },
    /// A gate counted twice.
    #[error("gate {gate} is given twice")]
    SameGate {
        /// Its number, from 1.
        gate: u8,
    },
    /// Not the share that the author dealt.
    #[error("gate {gate} gave a wrong share of slot {slot}; leave that gate out")]
    WrongShare {
        /// The gate's number, from 1.
        gate: u8,
        /// The slot.
        slot: u8,
    },
    /// A section that the envelope does not hold.
    #[error("the envelope holds no section {0}")]
    NoSection(Section),
    /// A key that may not be used so, now.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// A key that cannot be reached.
    #[error(transparent)]
    Provider(ProviderError),
    /// No randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
}

impl From<ProviderError> for OpenError {
    fn from(e: ProviderError) -> OpenError {
        match e {
            ProviderError::Refused => OpenError::Refused,
            e => OpenError::Provider(e),
        }
    }
}
