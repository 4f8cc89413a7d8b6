use super::MOST_LINKS;
use crate::clock::{UnixTime, Window};
use crate::envelope::OpenError;
use crate::keys::{KeyId, KeyRefused, ProviderError};
use crate::wire::WireError;
use thiserror::Error;

/// Why nothing was issued, or what was issued is of no use.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The decision was made under another policy than the envelope is.
    #[error(
        "the envelope is under another policy than the one that was decided under; decide under its own"
    )]
    OtherPolicy,
    /// No grant can have such terms.
    #[error(
        "no grant has these terms: at least one opening, handed on at most {} times, an emergency grant never, and \
         telling held back at most 90 days",
        MOST_LINKS - 1
    )]
    Terms,
    /// Handed on wider than it is held.
    #[error(
        "what is handed on must be within what is held, and what is held may have to stay where it is"
    )]
    Wider,
    /// Reasons that are longer than a request takes.
    #[error("reasons of {found} bytes; the most is 2,000")]
    Reasons {
        /// Bytes found.
        found: usize,
    },
    /// One who issues, where the policy asks for two.
    #[error(
        "the policy asks for two persons who issue a grant, and this one had one; propose it to the second"
    )]
    TwoIssuers,
    /// Countersigned by another key than the proposal names.
    #[error("the proposal names another key as the second who issues")]
    OtherIssuer,
    /// A notice that is held back too long.
    #[error("a notice is held back from now on, and for at most 90 days at a time")]
    Hold,
    /// Gates that cannot deal to each other.
    #[error(
        "as many gates must deal as open the envelope, each of them one that keeps its shares, to gates of the next epoch \
         of which two or more are needed to open"
    )]
    Redeal,
    /// A grant of existence, which holds no key.
    #[error("the grant tells that a record exists and opens nothing; ask for its content")]
    Existence,
    /// It does not open with this key, whatever the reason.
    #[error("the grant does not open with this key, or was altered")]
    Refused,
    /// A chain or a statement about it.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A key that may not be used so, now.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// A key that cannot be reached.
    #[error(transparent)]
    Provider(ProviderError),
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] OpenError),
    /// No randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
}

impl From<ProviderError> for GrantError {
    fn from(e: ProviderError) -> GrantError {
        match e {
            ProviderError::Refused => GrantError::Refused,
            e => GrantError::Provider(e),
        }
    }
}

/// Why a chain of grants, or a statement about one, is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChainError {
    /// None, or too many.
    #[error("a chain has 1 to {MOST_LINKS} grants, not {found}")]
    Length {
        /// How many.
        found: usize,
    },
    /// The signature does not hold.
    #[error("{key} has not signed this, or it was altered")]
    Signature {
        /// The key that it names.
        key: KeyId,
    },
    /// The grant is not the one before it handed on.
    #[error("grant {index} of the chain does not follow the one before it")]
    Order {
        /// Its number, from 0.
        index: usize,
    },
    /// Signed for another agency than the one that held it.
    #[error("grant {index} of the chain was not issued by the agency that held it")]
    Issuer {
        /// Its number, from 0.
        index: usize,
    },
    /// Wider than the grant before it.
    #[error("grant {index} of the chain allows more than the one before it")]
    Wider {
        /// Its number, from 0.
        index: usize,
    },
    /// Consent was withdrawn, which ends what rests on consent and nothing else.
    #[error(
        "the grant does not rest on consent; a withdrawal does not revoke it, a reasoned revocation does"
    )]
    NotOnConsent,
    /// Signed with a key that was compromised before a witness had seen it.
    #[error("key {key} was compromised since {since}, and no witness had seen this before")]
    Compromised {
        /// The key.
        key: KeyId,
        /// Since when.
        since: UnixTime,
    },
    /// A key that may not be used so.
    #[error(transparent)]
    Key(#[from] KeyRefused),
}

/// Why a use of a grant is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Of another grant.
    #[error("the request uses another grant, or another envelope, than the chain ends with")]
    OtherGrant,
    /// By another key than the recipient's.
    #[error("the request is not by the grant's recipient")]
    OtherRecipient,
    /// Slots that were not granted.
    #[error("the request asks for slots that were not granted")]
    Slots,
    /// A purpose that was not granted.
    #[error("the request is for another purpose than was granted")]
    Purpose,
    /// Outside the window.
    #[error("the grant may be used from {window}, not at {at}")]
    Window {
        /// When it may be used.
        window: Window,
        /// When it was.
        at: UnixTime,
    },
    /// A use beyond the most.
    #[error("use {found} of grant {index} of the chain, which may be used {most} times")]
    Opens {
        /// The grant's number in the chain, from 0.
        index: usize,
        /// Which use.
        found: u16,
        /// How often it may be used.
        most: u16,
    },
    /// Not as many uses named as there are grants.
    #[error("the request must say which use of each grant of the chain it is")]
    Ordinals,
    /// A grant that tells of existence.
    #[error("the grant tells that a record exists and opens nothing")]
    Existence,
    /// An emergency grant without an emergency, or the other way round.
    #[error("an emergency grant is used with two officers and a reason, any other without")]
    Emergency,
    /// One officer twice, or of two agencies.
    #[error("an emergency takes two officers of one agency")]
    Officers,
    /// A signature or a key.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl From<KeyRefused> for RequestError {
    fn from(e: KeyRefused) -> RequestError {
        RequestError::Chain(e.into())
    }
}
