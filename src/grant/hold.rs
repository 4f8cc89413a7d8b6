//! Notices held back: that a grant, and what was done under it, is not told yet to those whom the record is about.

use super::chain::{record, verify_statement};
use super::issue::{number, signs_with};
use super::{ChainError, EntryRef, GrantError};
use crate::clock::UnixTime;
use crate::coded::coded;
use crate::envelope::EnvelopeId;
use crate::keys::{Directory, Fingerprint, KeyId, KeyProvider, Role, label};
use crate::wire::{Reader, WireError, Writer};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBntc\0\x01";

/// Longest that one statement holds a notice back, from when it was made: 90 days. It may be said anew.
pub const LONGEST_HOLD: u64 = 90 * 86_400;

coded! {
    /// Why a notice was held back, as it is told to the person afterwards.
    pub enum HoldReason: u8, "reasons for holding a notice back" {
        RiskOfHarm = 1, "risk_of_harm", "telling it then could have put someone in danger of serious harm";
        Whereabouts = 2, "whereabouts", "telling it then could have shown where someone is who must not be found";
        Investigation = 3, "investigation", "telling it then could have spoiled the investigation of a crime";
        CourtOrder = 4, "court_order", "a court ordered that it was not told then";
    }
}

/// That a notice is held back until a time, or no longer. Its bytes are the entry of the log. Of several about one grant the
/// last counts.
#[derive(Clone, PartialEq, Eq)]
pub struct Hold {
    id: [u8; 16],
    grant: EntryRef,
    envelope: EnvelopeId,
    until: UnixTime,
    reason: HoldReason,
    reasons: [u8; 32],
    by: KeyId,
    made: UnixTime,
    signature: [u8; 64],
}

impl Hold {
    /// Holds back, until `until`, that a grant of an envelope was given and used; with `now` for `until` it is held back no
    /// longer. `reasons` is a blinded commitment to what was written down. The duty officer's key is of the role `open` (who
    /// answers for data protection) or `break-glass`, never the one that issued.
    ///
    /// # Errors
    /// [`GrantError::Hold`] where the time is past, or more than 90 days off; where the key has another role, is outside its
    /// window or cannot be reached, or there is no randomness.
    pub fn make(
        (grant, envelope): (EntryRef, EnvelopeId),
        until: UnixTime,
        (reason, reasons): (HoldReason, [u8; 32]),
        officer: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Hold, GrantError> {
        let role = match officer.request().role() {
            Role::BreakGlass => Role::BreakGlass,
            _ => Role::Open,
        };
        let mut out = Hold {
            id: number()?,
            grant,
            envelope,
            until,
            reason,
            reasons,
            by: signs_with(officer, role, now)?,
            made: now,
            signature: [0; 64],
        };
        if !out.is_sound() {
            return Err(GrantError::Hold);
        }
        out.signature = officer.sign(label::HOLD, &out.signed_part())?;
        Ok(out)
    }

    fn is_sound(&self) -> bool {
        self.made <= self.until && self.until <= self.made.after(LONGEST_HOLD)
    }

    /// Checks the signature and gives the agency's root. `logged` is when witnesses had seen the entry.
    ///
    /// # Errors
    /// Where the signature or the key does not hold, or the key is no officer's.
    pub fn verify(&self, keys: &Directory, logged: UnixTime) -> Result<Fingerprint, ChainError> {
        let role = match record(keys, self.by)?.role() {
            Role::BreakGlass => Role::BreakGlass,
            _ => Role::Open,
        };
        verify_statement(
            keys,
            (self.by, role),
            (label::HOLD, &self.signed_part()),
            &self.signature,
            (self.made, logged),
        )
    }

    /// Its number: 16 random bytes.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The entry of the grant.
    pub fn grant(&self) -> EntryRef {
        self.grant
    }

    /// The envelope that the grant is of.
    pub fn envelope(&self) -> EnvelopeId {
        self.envelope
    }

    /// Until when; the time at which it was made where it ends a hold.
    pub fn until(&self) -> UnixTime {
        self.until
    }

    /// Why.
    pub fn reason(&self) -> HoldReason {
        self.reason
    }

    /// The blinded commitment to what was written down.
    pub fn reasons(&self) -> [u8; 32] {
        self.reasons
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
        w.fixed(&self.grant.0);
        w.fixed(&self.envelope.0);
        w.u64(self.until.as_secs());
        w.u8(self.reason.code());
        w.fixed(&self.reasons);
        w.fixed(&self.by.0);
        w.u64(self.made.as_secs());
        w.finish()
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Hold, GrantError> {
        let mut r = Reader::new(bytes, MAGIC, "hold of a notice")?;
        let (id, grant, envelope) = (r.fixed()?, EntryRef(r.fixed()?), EnvelopeId(r.fixed()?));
        let at = r.at();
        let until = UnixTime::read(&mut r)?;
        let reason = r.code(Reader::u8, HoldReason::from_code)?;
        let out = Hold {
            id,
            grant,
            envelope,
            until,
            reason,
            reasons: r.fixed()?,
            by: KeyId(r.fixed()?),
            made: UnixTime::read(&mut r)?,
            signature: r.fixed()?,
        };
        r.finish()?;
        match out.is_sound() {
            true => Ok(out),
            false => Err(WireError::Value { at }.into()),
        }
    }
}

/// The number only.
impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hold({})", crate::hex::Hex(&self.id))
    }
}
