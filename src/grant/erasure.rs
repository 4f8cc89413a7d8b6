//! Erasures: of one opening of the log, or of the shares of an envelope. Two roles of one agency sign.

use super::issue::number;
use super::{ChainError, EntryRef, GrantError, officers};
use crate::clock::UnixTime;
use crate::coded::coded;
use crate::envelope::EnvelopeId;
use crate::keys::{Directory, Fingerprint, KeyId, KeyProvider, label};
use crate::wire::{Reader, WireError, Writer};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBers\0\x01";

coded! {
    /// Why something is erased, as it can be told to the person whom it is about.
    pub enum ErasureGround: u8, "grounds for erasing" {
        RetentionEnded = 1, "retention_ended", "the time for which it has to be kept has ended";
        PersonAsked = 2, "person_asked", "the person whom it is about asked for it (UK GDPR Art 17)";
        Unlawful = 3, "unlawful", "it was recorded or shared without a lawful basis";
        OtherPerson = 4, "other_person", "it is about someone else";
        CourtOrder = 5, "court_order", "a court ordered it";
    }
}

/// What is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// The opening of an entry of the log; the leaf stays.
    Opening(EntryRef),
    /// The shares of an envelope, at its gates.
    Shares(EnvelopeId),
}

/// That something is erased. Its bytes are the entry of the log; what a history shows is this: when, by whom, on what
/// ground.
#[derive(Clone, PartialEq, Eq)]
pub struct Erasure {
    id: [u8; 16],
    erased: Erased,
    ground: ErasureGround,
    by: [KeyId; 2],
    made: UnixTime,
    signatures: [[u8; 64]; 2],
}

impl Erasure {
    /// Erases, with a key of the role `issue` (who keeps the records) and one of the role `open` (who answers for data
    /// protection) of one agency.
    ///
    /// # Errors
    /// Where a key has another role, is outside its window or cannot be reached, or there is no randomness.
    pub fn make(
        erased: Erased,
        ground: ErasureGround,
        keeper: &dyn KeyProvider,
        officer: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Erasure, GrantError> {
        let mut out = Erasure {
            id: number()?,
            erased,
            ground,
            by: officers::of([keeper, officer], now)?,
            made: now,
            signatures: [[0; 64]; 2],
        };
        out.signatures = officers::sign([keeper, officer], label::ERASURE, &out.signed_part())?;
        Ok(out)
    }

    /// Checks both signatures and gives the agency's root. `logged` is when witnesses had seen the entry.
    ///
    /// # Errors
    /// Where a signature or a key does not hold, or the keys are of two agencies.
    pub fn verify(&self, keys: &Directory, logged: UnixTime) -> Result<Fingerprint, ChainError> {
        officers::verify(
            keys,
            (label::ERASURE, &self.signed_part()),
            (&self.by, &self.signatures),
            (self.made, logged),
        )
    }

    /// Its number: 16 random bytes.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// What is erased.
    pub fn erased(&self) -> Erased {
        self.erased
    }

    /// Why.
    pub fn ground(&self) -> ErasureGround {
        self.ground
    }

    /// The keys that are to have signed it.
    pub fn by(&self) -> [KeyId; 2] {
        self.by
    }

    /// When, as the signers say.
    pub fn made(&self) -> UnixTime {
        self.made
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.id);
        match self.erased {
            Erased::Opening(entry) => {
                w.u8(1);
                w.fixed(&entry.0);
            }
            Erased::Shares(envelope) => {
                w.u8(2);
                w.fixed(&envelope.0);
            }
        }
        w.u8(self.ground.code());
        self.by.iter().for_each(|id| w.fixed(&id.0));
        w.u64(self.made.as_secs());
        w.finish()
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        self.signatures
            .iter()
            .for_each(|s| out.extend_from_slice(s));
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Erasure, GrantError> {
        let mut r = Reader::new(bytes, MAGIC, "erasure")?;
        let id = r.fixed()?;
        let at = r.at();
        let erased = match r.u8()? {
            1 => Erased::Opening(EntryRef(r.fixed()?)),
            2 => Erased::Shares(EnvelopeId(r.fixed()?)),
            _ => return Err(WireError::Value { at }.into()),
        };
        let ground = r.code(Reader::u8, ErasureGround::from_code)?;
        let out = Erasure {
            id,
            erased,
            ground,
            by: [KeyId(r.fixed()?), KeyId(r.fixed()?)],
            made: UnixTime::read(&mut r)?,
            signatures: [r.fixed()?, r.fixed()?],
        };
        r.finish()?;
        Ok(out)
    }
}

/// The number only.
impl fmt::Debug for Erasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Erasure({})", crate::hex::Hex(&self.id))
    }
}
