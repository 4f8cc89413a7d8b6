//! Refusals, and decisions not to share: signed, and logged like a grant.

use super::chain::verify_statement;
use super::issue::{number, signs_with};
use super::{ChainError, EntryRef, GrantError};
use crate::clock::UnixTime;
use crate::coded::coded;
use crate::consent::{Denied, Purpose};
use crate::envelope::EnvelopeId;
use crate::keys::{Directory, KeyId, KeyProvider, Role, label};
use crate::wire::{Reader, WireError, Writer};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBrfs\0\x01";

coded! {
    /// Why something was not shared, as it can be told to the person whom the record is about.
    pub enum RefusalReason: u8, "reasons for refusing" {
        NotAllowed = 1, "not_allowed", "no rule of the sharing agreement allows it";
        NoLawfulBasis = 2, "no_lawful_basis", "there is no lawful basis for it";
        NoConsent = 3, "no_consent", "it needs consent, and there is none";
        PersonRefused = 4, "person_refused", "the person whom the record is about said no";
        ConsentEnded = 5, "consent_ended", "the consent was withdrawn or has ended";
        RiskOfHarm = 6, "risk_of_harm", "sharing it could cause serious harm to someone";
        NotNecessary = 7, "not_necessary", "it is not needed for that purpose";
        ThirdParty = 8, "third_party", "it is about someone else too";
        Privileged = 9, "privileged", "it is protected by legal privilege or a court";
        WrongRecipient = 10, "wrong_recipient", "whoever asked is not a party to the sharing agreement";
        Expired = 11, "expired", "the agreement or the time asked for has ended";
    }
}

impl RefusalReason {
    /// The reason that a denied decision is told as.
    pub fn of(denied: &Denied) -> RefusalReason {
        match denied {
            Denied::UnknownOrganisation(_) | Denied::UnknownRole(_) => {
                RefusalReason::WrongRecipient
            }
            Denied::OtherBasis { .. }
            | Denied::PublicAuthority(_)
            | Denied::SpecialCategory(_)
            | Denied::CriminalOffence(_) => RefusalReason::NoLawfulBasis,
            Denied::NoConsent
            | Denied::NoCapacity
            | Denied::ConsentNotYet
            | Denied::ConsentToBeAskedAgain => RefusalReason::NoConsent,
            Denied::RefusedBySubject => RefusalReason::PersonRefused,
            Denied::ConsentWithdrawn | Denied::ConsentExpired => RefusalReason::ConsentEnded,
            Denied::PolicySuperseded
            | Denied::PolicyStale { .. }
            | Denied::PolicyNotInForce { .. }
            | Denied::Time => RefusalReason::Expired,
            _ => RefusalReason::NotAllowed,
        }
    }
}

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A request that someone made; to whom it was refused.
    Request(KeyId),
    /// Nobody asked: it was considered whether to share, and decided not to.
    Withheld,
}

/// That something was asked for, or considered, and not shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    id: [u8; 16],
    refused: Refused,
    envelope: EnvelopeId,
    purpose: Purpose,
    reason: RefusalReason,
    reasons: [u8; 32],
    earlier: Option<EntryRef>,
    by: KeyId,
    made: UnixTime,
    signature: [u8; 64],
}

impl Refusal {
    /// Refuses, or records a decision not to share. `reasons` is a blinded commitment to what was written down;
    /// `earlier` an entry that it answers, where there is one.
    ///
    /// # Errors
    /// Where the key has another role, is outside its window or cannot be reached.
    pub fn make(
        (refused, envelope, purpose): (Refused, EnvelopeId, Purpose),
        (reason, reasons): (RefusalReason, [u8; 32]),
        earlier: Option<EntryRef>,
        by: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Refusal, GrantError> {
        let mut out = Refusal {
            id: number()?,
            refused,
            envelope,
            purpose,
            reason,
            reasons,
            earlier,
            by: signs_with(by, Role::Issue, now)?,
            made: now,
            signature: [0; 64],
        };
        out.signature = by.sign(label::REFUSAL, &out.signed_part())?;
        Ok(out)
    }

    /// Checks the signature. `logged` is when witnesses had seen its entry.
    ///
    /// # Errors
    /// Where the signature or the key does not hold.
    pub fn verify(&self, keys: &Directory, logged: UnixTime) -> Result<(), ChainError> {
        verify_statement(
            keys,
            (self.by, Role::Issue),
            (label::REFUSAL, &self.signed_part()),
            &self.signature,
            (self.made, logged),
        )?;
        Ok(())
    }

    /// Its number: 16 random bytes.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// What was refused.
    pub fn refused(&self) -> Refused {
        self.refused
    }

    /// The envelope.
    pub fn envelope(&self) -> EnvelopeId {
        self.envelope
    }

    /// For what it was asked, or considered.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Why.
    pub fn reason(&self) -> RefusalReason {
        self.reason
    }

    /// The blinded commitment to what was written down.
    pub fn reasons(&self) -> [u8; 32] {
        self.reasons
    }

    /// The entry that it answers.
    pub fn earlier(&self) -> Option<EntryRef> {
        self.earlier
    }

    /// The key that is to have signed it.
    pub fn by(&self) -> KeyId {
        self.by
    }

    /// When, as the signer says.
    pub fn made(&self) -> UnixTime {
        self.made
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.id);
        match self.refused {
            Refused::Request(to) => {
                w.u8(1);
                w.fixed(&to.0);
            }
            Refused::Withheld => w.u8(2),
        }
        w.fixed(&self.envelope.0);
        w.u16(self.purpose.code());
        w.u8(self.reason.code());
        w.fixed(&self.reasons);
        w.fixed(&self.earlier.map_or([0; 32], |e| e.0));
        w.fixed(&self.by.0);
        w.u64(self.made.as_secs());
        w.finish()
    }

    /// Its bytes, which are the entry of the log too.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Refusal, GrantError> {
        let mut r = Reader::new(bytes, MAGIC, "refusal")?;
        let id = r.fixed()?;
        let at = r.at();
        let refused = match r.u8()? {
            1 => Refused::Request(KeyId(r.fixed()?)),
            2 => Refused::Withheld,
            _ => return Err(WireError::Value { at }.into()),
        };
        let envelope = EnvelopeId(r.fixed()?);
        let purpose = r.code(Reader::u16, Purpose::from_code)?;
        let reason = r.code(Reader::u8, RefusalReason::from_code)?;
        let (reasons, earlier) = (r.fixed()?, EntryRef(r.fixed()?));
        let out = Refusal {
            id,
            refused,
            envelope,
            purpose,
            reason,
            reasons,
            earlier: (earlier.0 != [0; 32]).then_some(earlier),
            by: KeyId(r.fixed()?),
            made: UnixTime::read(&mut r)?,
            signature: r.fixed()?,
        };
        r.finish()?;
        Ok(out)
    }
}

/// The number only.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({})", crate::hex::Hex(&self.id))
    }
}
