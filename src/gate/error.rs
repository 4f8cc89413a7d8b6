use crate::audit::{NoteError, PathError, ProofError, StoreError};
use crate::clock::UnixTime;
use crate::envelope::{EnvelopeError, OpenError};
use crate::grant::{ChainError, GrantError, RequestError};
use crate::keys::{KeyError, KeyId, KeyRefused, ProviderError};
use crate::wire::WireError;
use thiserror::Error;

/// Why a gate released nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Denial {
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// An entry of another kind than is asked for in its place.
    #[error("an entry of the log is not of the kind that is needed here")]
    OtherKind,
    /// Not in the log, or in a tree that is not believed or stale.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The proof is from a smaller tree than the gate has seen.
    #[error(
        "the gate has seen the log at size {seen}; prove the request in a tree at least as large"
    )]
    Older {
        /// What it has seen.
        seen: u64,
    },
    /// The consistency proof starts elsewhere.
    #[error("the gate has seen the log at size {seen}; prove that it grew from there")]
    Consistency {
        /// What it has seen.
        seen: u64,
    },
    /// The log shows the gate another tree than before.
    #[error(
        "the log does not extend the tree of {seen} entries that this gate has seen: {error}; it forked or was \
             rolled back"
    )]
    Forked {
        /// What the gate has seen.
        seen: u64,
        /// Why.
        error: PathError,
    },
    /// No deposit of the envelope.
    #[error("this gate holds no share of that envelope")]
    NoDeposit,
    /// The shares were erased.
    #[error("the shares of that envelope were erased; it cannot be opened any more")]
    Erased,
    /// An erasure or a redeal by another agency than the one that sealed the envelope.
    #[error("only the agency that sealed an envelope erases its shares, or has them dealt anew")]
    NotTheirs,
    /// A grant of one issuer, where the envelope's policy asks for two.
    #[error(
        "the policy of that envelope asks for two persons who issue a grant, and this one had one"
    )]
    TwoIssuers,
    /// The shares were dealt to other gates.
    #[error("the shares of that envelope went to other gates; ask the agency that sealed it which")]
    Moved,
    /// The gates before have not deleted their shares yet.
    #[error(
        "this gate has its shares of that envelope and releases none before the gates before it have deleted theirs"
    )]
    NotYet,
    /// A redeal that names other gates.
    #[error("the gates that are to deal, or to be dealt to, are not as this gate knows them")]
    OtherGates,
    /// A dealing that is missing, another's, or not signed by its gate.
    #[error(
        "what gate {dealer} of those before dealt is missing, or is not of this entry and gate"
    )]
    OtherDealing {
        /// The dealer's number, from 1.
        dealer: u8,
    },
    /// A sub-share that is not the one that the dealer signed.
    #[error(
        "gate {dealer} of those before dealt something else than it signed; have the others deal"
    )]
    WrongSubShare {
        /// The dealer's number, from 1.
        dealer: u8,
    },
    /// A new gate that has not taken its shares.
    #[error("gate key {gate} has not said that it has its new shares")]
    NotTaken {
        /// The gate's key.
        gate: KeyId,
    },
    /// What was dealt does not agree.
    #[error(
        "what the gates dealt does not agree{}; nothing was deleted: have other gates deal, in a redeal of its own",
        match dealer {
            Some(dealer) => format!(", and gate {dealer} of those before is the one that dealt wrong"),
            None => String::new(),
        }
    )]
    Disagree {
        /// The number, from 1, of the dealer that explains it; where no single one does, or too few dealt to tell, none.
        dealer: Option<u8>,
    },
    /// Another deposit of the envelope.
    #[error("this gate holds another deposit of that envelope, and keeps the first")]
    OtherDeposit,
    /// For another gate.
    #[error("the deposit is for another gate")]
    OtherGate,
    /// A deposit that its author has not signed, or that does not open.
    #[error(transparent)]
    Deposit(#[from] EnvelopeError),
    /// The shares.
    #[error(transparent)]
    Shares(#[from] OpenError),
    /// A grant or a request that cannot be read.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The grants.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The request is not as its grant allows.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Made later than now.
    #[error("the request was made at {made}, which is later than now; set one of the clocks right")]
    Future {
        /// When it says it was made.
        made: UnixTime,
    },
    /// A grant of the chain was revoked.
    #[error("a grant that the request rests on was revoked")]
    Revoked,
    /// The use was another request's.
    #[error(
        "use {found} of grant {index} of the chain was another request's; ask anew with a later one"
    )]
    UseTaken {
        /// The grant's number in the chain, from 0.
        index: usize,
        /// The use.
        found: u16,
    },
    /// More emergencies in a day than an officer may declare, or one that is another request's.
    #[error(
        "emergency {found} of the day is another request's, or beyond the {most} that an officer may declare"
    )]
    Budget {
        /// Which it was to be.
        found: u16,
        /// How many a day.
        most: u16,
    },
    /// The number of another request.
    #[error("the request's number was used for another request")]
    RequestReused,
    /// Its state cannot be read or written; nothing was released.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The gate's own key.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// A key that may not be used so.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] KeyError),
}

impl From<NoteError> for Denial {
    fn from(e: NoteError) -> Denial {
        Denial::Proof(e.into())
    }
}

/// Why nothing was opened with what gates released.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenKeyError {
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A release, list or acknowledgement that its gate has not signed.
    #[error("gate key {key} has not signed this, or it was altered")]
    Signature {
        /// The gate's key.
        key: KeyId,
    },
    /// A release for another request, or of a gate that is not the envelope's.
    #[error("a release is of another request, or of another envelope's gate")]
    OtherRequest,
    /// The request asked for other slots.
    #[error("the request did not ask for that slot")]
    Slot,
    /// It does not open with this key.
    #[error("the release does not open with this key")]
    Refused,
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] OpenError),
    /// The grant.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A key that may not be used so.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// A key that cannot be reached.
    #[error(transparent)]
    Provider(ProviderError),
}

impl From<ProviderError> for OpenKeyError {
    fn from(e: ProviderError) -> OpenKeyError {
        match e {
            ProviderError::Refused => OpenKeyError::Refused,
            e => OpenKeyError::Provider(e),
        }
    }
}
