use super::courier::CourierError;
use super::request::LONGEST_ABOUT;
use crate::audit::{ExportError, LogError, NoteError, PolicyError, StoreError};
use crate::consent::{Denied, IdError};
use crate::envelope::{EnvelopeError, OpenError, SealError};
use crate::gate::{Denial, OpenKeyError};
use crate::grant::{ChainError, GrantError, RequestError};
use crate::keys::{KeyError, KeyId, KeyRefused, NotArmour, ProviderError, RecordError};
use crate::wire::WireError;
use std::fmt;
use thiserror::Error;

/// Why a card was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CardError {
    /// Not the armoured text of a card.
    #[error(transparent)]
    Armour(#[from] NotArmour),
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A name that no organisation can have.
    #[error("the organisation's name: {0}")]
    Organisation(IdError),
    /// A root or a key record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The key that signed is not among the records.
    #[error("the card is signed with a key whose record is not on it")]
    Author,
    /// The signature does not hold.
    #[error("the card was altered: its signature does not hold")]
    Altered,
    /// A record of another root.
    #[error("key {key} on the card stands under another root than the card's")]
    OtherRoot {
        /// The key.
        key: KeyId,
    },
    /// The log's key is not among the records.
    #[error("the card's log has no key that the card's root stands for")]
    Log,
    /// The text of log and witnesses.
    #[error("the card's log policy: {0}")]
    Policy(#[from] PolicyError),
    /// The key that is to sign may not be used so.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// The key that is to sign cannot be reached.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// Some reasons, parted by semicolons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasons(pub Vec<String>);

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => f.write_str("no gate answered"),
            false => f.write_str(&self.0.join("; ")),
        }
    }
}

/// Why an exchange did not go on. Where nothing else is said, nothing was given out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Another agency's card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A text or a list that is too long.
    #[error("a request names at most 15 sections, and its child in at most {LONGEST_ABOUT} bytes")]
    Long,
    /// An organisation that no accepted card names, or another root's.
    #[error(
        "the key of this request is not one of {organisation}; accept that agency's card first (`book accept`)"
    )]
    OtherOrganisation {
        /// The organisation that the request names.
        organisation: String,
    },
    /// A card of an organisation that is known under another root.
    #[error(
        "{organisation} is known under another root, {known}; ask the agency by telephone which one is its own"
    )]
    OrganisationTaken {
        /// The organisation.
        organisation: String,
        /// The fingerprint of the root known.
        known: crate::keys::Fingerprint,
    },
    /// A request to another agency.
    #[error("the request is to {asked}, and this is the book of {own}")]
    OtherSource {
        /// To whom it is.
        asked: String,
        /// Whose book this is.
        own: String,
    },
    /// A signature that does not hold.
    #[error("{key} has not signed this, or it was altered")]
    Signature {
        /// The key that it names.
        key: KeyId,
    },
    /// Nothing of that kind in the book.
    #[error("this book holds no {0}")]
    Missing(&'static str),
    /// Sealed under another policy than the one in force.
    #[error("no policy is in force in this book; put one in force, or confirm it (`book policy`)")]
    NoPolicy,
    /// What the book keeps sealed for itself does not open.
    #[error("what the book keeps cannot be read: it was altered, or the key is another book's")]
    Damaged,
    /// The author of an envelope is not on the card.
    #[error("the envelope's author is not on the card of the agency that gave the grant")]
    NoAuthor,
    /// The grant is about another envelope.
    #[error("the envelope is not the one that was granted")]
    OtherEnvelope,
    /// The grant came without an envelope.
    #[error("the grant tells that a record exists and came without it; ask for its content")]
    NoEnvelope,
    /// What is handed on rests on the ground of the grant held.
    #[error("what is handed on rests on the ground of the grant that is held; ask on that one")]
    OtherGround,
    /// The agency that holds the record refused it.
    #[error("the agency that holds the record refused to have it handed on: {}", reason.title())]
    NotHandedOn {
        /// Why, as it is logged.
        reason: crate::grant::RefusalReason,
    },
    /// A request was denied by the policy.
    #[error("not granted: {0}")]
    Denied(Denied),
    /// Not a consent.
    #[error("not a consent, at line {line}; see `consent record --help`")]
    Consent {
        /// The line, from 1.
        line: usize,
    },
    /// Not the answer of a witness.
    #[error("not the answer of a witness")]
    WitnessForm,
    /// Too few witnesses have cosigned the log.
    #[error(
        "the entry is in the log and not witnessed yet: {why}; nothing was given out, try again"
    )]
    Unwitnessed {
        /// Why.
        why: String,
    },
    /// A gate that did nothing.
    #[error("the gate with key {key} did not do it: {words}")]
    Refused {
        /// The gate's key.
        key: KeyId,
        /// Why, as it says.
        words: String,
    },
    /// A gate's answer of another kind than was asked for.
    #[error("the gate with key {key} answered something else than it was asked")]
    OtherAnswer {
        /// The gate's key.
        key: KeyId,
    },
    /// Too few gates released.
    #[error("{released} gates have released and {needed} are needed: {why}")]
    Unreleased {
        /// How many have.
        released: usize,
        /// How many are needed.
        needed: usize,
        /// Why the others have not.
        why: Reasons,
    },
    /// A countersigned grant of another request, or one that the policy of now does not allow as it stands.
    #[error(
        "the countersigned grant is not what this request asks for and the policy in force allows; propose it anew"
    )]
    OtherProposal,
    /// Too few gates dealt their shares, or deleted them.
    #[error(
        "{dealt} of the gates that keep the shares did their part and {needed} are needed: {why}"
    )]
    Undealt {
        /// How many did.
        dealt: usize,
        /// How many are needed.
        needed: usize,
        /// Why the others did not.
        why: Reasons,
    },
    /// An entry that is not erased.
    #[error(
        "that entry says which gates keep a record's shares, and nothing of the person: it is not erased"
    )]
    Needed,
    /// A hold that is in force.
    #[error(
        "that entry holds a notice back until a time to come: it is not erased before; end the hold first"
    )]
    HeldYet,
    /// A list of a gate names an entry that the log does not hold.
    #[error(
        "a gate has released for an entry that this log does not hold at number {index}: the log was rolled back or forked"
    )]
    Foreign {
        /// The entry's number.
        index: u64,
    },
    /// A party that was not reached.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The book's own store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A copy of the log.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A note or a name in notes.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Log and witnesses.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// What a gate would refuse too.
    #[error(transparent)]
    Gate(#[from] Denial),
    /// A grant.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A chain of grants.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A use of a grant.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// What was released.
    #[error(transparent)]
    OpenKey(#[from] OpenKeyError),
    /// An envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A key or a packet that does not open an envelope.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A key record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A key that may not be used so, now.
    #[error(transparent)]
    Key(KeyRefused),
    /// A key, or no randomness.
    #[error(transparent)]
    Secret(#[from] KeyError),
    /// A key that cannot be reached.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

impl From<Denied> for ExchangeError {
    fn from(denied: Denied) -> ExchangeError {
        ExchangeError::Denied(denied)
    }
}
