//! Using a grant: a request that its recipient signs, or two officers in an emergency.

use super::chain::record;
use super::issue::{number, signs_with};
use super::{Chain, ChainError, EntryRef, GrantError, MOST_LINKS, RequestError, Slots};
use crate::clock::UnixTime;
use crate::coded::coded;
use crate::consent::Purpose;
use crate::envelope::EnvelopeId;
use crate::keys::{Directory, KeyError, KeyId, KeyProvider, KeyRecord, PublicKeys, Role, label};
use crate::limits::byte;
use crate::wire::{Reader, WireError, Writer};
use std::fmt;
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBreq\0\x01";
const EMERGENCY_MAGIC: &[u8; 8] = b"BLBbrk\0\x01";

/// How long after an emergency request was made gates release for it: 24 hours.
pub const LONGEST_EMERGENCY: u64 = 86_400;

/// Every text of reasons is padded to this many bytes, so that a request does not tell how much was written.
const REASONS: usize = 2_000;

coded! {
    /// Why a record is opened in an emergency.
    pub enum EmergencyReason: u8, "emergency reasons" {
        RiskToLife = 1, "risk_to_life", "someone's life is at risk";
        SignificantHarm = 2, "significant_harm", "a child is suffering or about to suffer significant harm";
        MissingChild = 3, "missing_child", "a child is missing";
        MedicalEmergency = 4, "medical_emergency", "a medical emergency";
        Unaccompanied = 5, "unaccompanied", "a child is found alone and cannot say where they belong";
    }
}

/// What is asked for under a grant.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which slots.
    pub slots: Slots,
    /// For what; within the grant's purpose.
    pub purpose: Purpose,
    /// Which use of each grant of the chain this is, from 1, in the chain's order. Gates bind each number to the first
    /// request that names it, for ever.
    pub uses: Vec<u16>,
}

/// Nothing, as of terms.
impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(..)")
    }
}

/// A use of a grant, signed by its recipient. Its bytes are the entry of the log.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessRequest {
    id: [u8; 16],
    grant: EntryRef,
    envelope: EnvelopeId,
    requester: KeyId,
    asked: Asked,
    made: UnixTime,
    emergency: Option<Emergency>,
    signatures: Vec<[u8; 64]>,
}

/// What an emergency adds to a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Emergency {
    second: KeyId,
    reason: EmergencyReason,
    budget: u16,
    reasons: Vec<u8>,
}

impl Emergency {
    /// The second officer's key.
    pub fn second(&self) -> KeyId {
        self.second
    }

    /// Why.
    pub fn reason(&self) -> EmergencyReason {
        self.reason
    }

    /// Which of the first officer's emergencies of this day (UTC) it is, from 1.
    pub fn budget(&self) -> u16 {
        self.budget
    }
}

impl fmt::Debug for Emergency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emergency(..)")
    }
}

impl AccessRequest {
    /// Asks under the chain's last grant, whose recipient signs.
    ///
    /// # Errors
    /// Where the key has another role or is outside its window, cannot be reached, or there is no randomness.
    pub fn make(
        chain: &Chain,
        asked: Asked,
        requester: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<AccessRequest, GrantError> {
        let mut out = AccessRequest::unsigned(chain, asked, requester, Role::Open, now)?;
        out.sign(&[requester])?;
        Ok(out)
    }

    /// Asks in an emergency: two officers of the role `break-glass` sign, the first of whom is the grant's recipient.
    /// The written reasons, at most 2,000 bytes, are sealed to the auditor. `budget` says which of the first officer's
    /// emergencies of the day it is.
    ///
    /// # Errors
    /// As [`AccessRequest::make`]; where the text is longer.
    pub fn make_emergency(
        chain: &Chain,
        asked: Asked,
        officers: [&dyn KeyProvider; 2],
        (reason, text, auditor): (EmergencyReason, &str, &KeyRecord),
        budget: u16,
        now: UnixTime,
    ) -> Result<AccessRequest, GrantError> {
        let [first, second] = officers;
        let mut out = AccessRequest::unsigned(chain, asked, first, Role::BreakGlass, now)?;
        if text.len() > REASONS {
            return Err(GrantError::Reasons { found: text.len() });
        }
        let mut padded = Zeroizing::new(Vec::with_capacity(4 + REASONS));
        padded.extend_from_slice(&crate::limits::index(text.len()).to_be_bytes());
        padded.extend_from_slice(text.as_bytes());
        padded.resize(4 + REASONS, 0);
        let to = auditor.keys_at(Role::Open, now)?;
        let sealed = to.wrap(&out.reasons_info(), &padded);
        out.emergency = Some(Emergency {
            second: signs_with(second, Role::BreakGlass, now)?,
            reason,
            budget,
            reasons: sealed.map_err(|e| match e {
                KeyError::NoRandomness => GrantError::NoRandomness,
                _ => GrantError::Refused,
            })?,
        });
        out.sign(&officers)?;
        Ok(out)
    }

    fn unsigned(
        chain: &Chain,
        asked: Asked,
        requester: &dyn KeyProvider,
        role: Role,
        now: UnixTime,
    ) -> Result<AccessRequest, GrantError> {
        Ok(AccessRequest {
            id: number()?,
            grant: chain.last().entry,
            envelope: chain.last().grant.terms().envelope,
            requester: signs_with(requester, role, now)?,
            asked,
            made: now,
            emergency: None,
            signatures: Vec::new(),
        })
    }

    fn sign(&mut self, by: &[&dyn KeyProvider]) -> Result<(), GrantError> {
        let (label, message) = (self.label(), self.signed_part());
        for key in by {
            self.signatures.push(key.sign(label, &message)?);
        }
        Ok(())
    }

    /// Its number: 16 random bytes.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The entry of the grant that is used.
    pub fn grant(&self) -> EntryRef {
        self.grant
    }

    /// The envelope.
    pub fn envelope(&self) -> EnvelopeId {
        self.envelope
    }

    /// The key that asks.
    pub fn requester(&self) -> KeyId {
        self.requester
    }

    /// Which slots.
    pub fn slots(&self) -> Slots {
        self.asked.slots
    }

    /// For what.
    pub fn purpose(&self) -> Purpose {
        self.asked.purpose
    }

    /// Which use of each grant of the chain it is.
    pub fn ordinals(&self) -> &[u16] {
        &self.asked.uses
    }

    /// When it was made, as the requester says.
    pub fn made(&self) -> UnixTime {
        self.made
    }

    /// What an emergency adds.
    pub fn emergency(&self) -> Option<&Emergency> {
        self.emergency.as_ref()
    }

    /// The written reasons of an emergency, for the auditor to whom they are sealed.
    ///
    /// # Errors
    /// Where there are none, or they do not open with this key.
    pub fn reasons(&self, auditor: &dyn KeyProvider) -> Result<Zeroizing<String>, GrantError> {
        let emergency = self.emergency.as_ref().ok_or(GrantError::Refused)?;
        let padded = auditor.unwrap(&self.reasons_info(), &emergency.reasons)?;
        let read = || -> Result<String, WireError> { Reader::bare(&padded).text(REASONS) };
        read().map(Zeroizing::new).map_err(|_| GrantError::Refused)
    }

    fn reasons_info(&self) -> Vec<u8> {
        [label::REASONS, &self.id, &self.grant.0].concat()
    }

    /// The signatures, of keys that may be used now; in an emergency two officers' of one agency.
    pub(super) fn verify(&self, keys: &Directory, now: UnixTime) -> Result<Admitted, RequestError> {
        let message = self.signed_part();
        let signed = |id: KeyId, role: Role, n: usize| -> Result<&PublicKeys, RequestError> {
            let public = keys.keys_at(id, role, now)?;
            let signature = self.signatures.get(n).ok_or(RequestError::Officers)?;
            let holds = public.verify(self.label(), &message, signature);
            holds.map_err(|_| ChainError::Signature { key: id })?;
            Ok(public)
        };
        let recipient = match &self.emergency {
            None => signed(self.requester, Role::Open, 0)?,
            Some(emergency) => {
                let (a, b) = (self.requester, emergency.second);
                if a == b || record(keys, a)?.root() != record(keys, b)?.root() {
                    return Err(RequestError::Officers);
                }
                let late = self.made.after(LONGEST_EMERGENCY) <= now;
                if late || emergency.budget == 0 {
                    return Err(RequestError::Emergency);
                }
                signed(b, Role::BreakGlass, 1)?;
                signed(a, Role::BreakGlass, 0)?
            }
        };
        Ok(Admitted {
            recipient: recipient.clone(),
        })
    }

    fn label(&self) -> &'static [u8] {
        match self.emergency {
            None => label::ACCESS_REQUEST,
            Some(_) => label::EMERGENCY,
        }
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(match self.emergency {
            None => MAGIC,
            Some(_) => EMERGENCY_MAGIC,
        });
        w.fixed(&self.id);
        w.fixed(&self.grant.0);
        w.fixed(&self.envelope.0);
        w.fixed(&self.requester.0);
        self.asked.slots.write(&mut w);
        w.u16(self.asked.purpose.code());
        w.u64(self.made.as_secs());
        w.u8(byte(self.asked.uses.len()));
        self.asked.uses.iter().for_each(|n| w.u16(*n));
        if let Some(emergency) = &self.emergency {
            w.fixed(&emergency.second.0);
            w.u8(emergency.reason.code());
            w.u16(emergency.budget);
            w.fixed(&emergency.reasons);
        }
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

    /// Reads such bytes. Nothing of them is believed before [`Chain::admit`].
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<AccessRequest, GrantError> {
        let emergency = bytes.starts_with(EMERGENCY_MAGIC);
        let mut r = match emergency {
            true => Reader::new(bytes, EMERGENCY_MAGIC, "emergency request")?,
            false => Reader::new(bytes, MAGIC, "access request")?,
        };
        let mut out = AccessRequest {
            id: r.fixed()?,
            grant: EntryRef(r.fixed()?),
            envelope: EnvelopeId(r.fixed()?),
            requester: KeyId(r.fixed()?),
            asked: read_asked(&mut r)?,
            made: UnixTime::LAST,
            emergency: None,
            signatures: Vec::new(),
        };
        out.made = UnixTime::read(&mut r)?;
        let count = r.count_u8(MOST_LINKS)?;
        out.asked.uses = (0..count).map(|_| r.u16()).collect::<Result<_, _>>()?;
        if emergency {
            let second = KeyId(r.fixed()?);
            let reason = r.code(Reader::u8, EmergencyReason::from_code)?;
            out.emergency = Some(Emergency {
                second,
                reason,
                budget: r.u16()?,
                reasons: r.take(PublicKeys::WRAP_OVERHEAD + 4 + REASONS)?.to_vec(),
            });
        }
        for _ in 0..=usize::from(emergency) {
            out.signatures.push(r.fixed()?);
        }
        r.finish()?;
        Ok(out)
    }
}

fn read_asked(r: &mut Reader<'_>) -> Result<Asked, WireError> {
    let slots = Slots::read(r)?;
    let purpose = r.code(Reader::u16, Purpose::from_code)?;
    Ok(Asked {
        slots,
        purpose,
        uses: Vec::new(),
    })
}

/// The number only.
impl fmt::Debug for AccessRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessRequest({})", crate::hex::Hex(&self.id))
    }
}

/// That a request uses its grant as this allows. Made by [`Chain::admit`] only.
#[derive(Debug)]
pub struct Admitted {
    recipient: PublicKeys,
}

impl Admitted {
    /// The keys to which what is released is wrapped.
    pub fn recipient(&self) -> &PublicKeys {
        &self.recipient
    }
}
