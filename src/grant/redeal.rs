//! Shares of an envelope dealt anew among other gates, as two officers say, in two steps: that it is to be done, and that
//! it was. Each is an entry of the log.

use super::issue::number;
use super::{ChainError, EntryRef, GrantError, officers};
use crate::clock::UnixTime;
use crate::envelope::{EnvelopeId, GateSet};
use crate::keys::{Directory, Fingerprint, KeyId, KeyProvider, label};
use crate::wire::{Reader, WireError, Writer};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBrdl\0\x01";

/// One step of a redeal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedealStep {
    /// The shares are to be dealt anew.
    Deal {
        /// The gates that keep them.
        from: GateSet,
        /// Which of those deal, by number, rising: as many as open, or more, whose dealings then check each other.
        dealers: Vec<u8>,
        /// The gates that are to keep them, of the next epoch.
        to: GateSet,
    },
    /// The new gates have them: those before delete theirs.
    Done {
        /// The entry of the first step.
        redeal: EntryRef,
    },
}

/// A step by which an envelope's shares are dealt anew. Its bytes are the entry of the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Redeal {
    id: [u8; 16],
    envelope: EnvelopeId,
    step: RedealStep,
    by: [KeyId; 2],
    made: UnixTime,
    signatures: [[u8; 64]; 2],
}

impl RedealStep {
    /// Shares that `from` keeps, dealt by some of these gates to others. `None` where fewer deal than open, a dealer is no
    /// such gate or stands twice, the epochs do not follow each other, or a single one of the new gates could open: what it
    /// adds up would be the whole gate half.
    pub fn deal(from: GateSet, mut dealers: Vec<u8>, to: GateSet) -> Option<RedealStep> {
        dealers.sort_unstable();
        let step = RedealStep::Deal { from, dealers, to };
        step.is_sound().then_some(step)
    }

    fn is_sound(&self) -> bool {
        let RedealStep::Deal { from, dealers, to } = self else {
            return true;
        };
        from.epoch().checked_add(1) == Some(to.epoch())
            && to.threshold() > 1
            && dealers.len() >= from.threshold()
            && dealers.windows(2).all(|w| w[0] < w[1])
            && dealers.iter().all(|d| from.gate(*d).is_some())
    }

    fn write(&self, w: &mut Writer) {
        match self {
            RedealStep::Deal { from, dealers, to } => {
                w.u8(1);
                from.write(w);
                w.u8(dealers.iter().fold(0, |bits, d| bits | 1 << (d - 1)));
                to.write(w);
            }
            RedealStep::Done { redeal } => {
                w.u8(2);
                w.fixed(&redeal.0);
            }
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<RedealStep, WireError> {
        let at = r.at();
        let step = match r.u8()? {
            1 => {
                let from = GateSet::read(r)?;
                let bits = r.u8()?;
                RedealStep::Deal {
                    from,
                    dealers: (1..=8).filter(|d| bits >> (d - 1) & 1 == 1).collect(),
                    to: GateSet::read(r)?,
                }
            }
            2 => RedealStep::Done {
                redeal: EntryRef(r.fixed()?),
            },
            _ => return Err(WireError::Value { at }),
        };
        match step.is_sound() {
            true => Ok(step),
            false => Err(WireError::Value { at }),
        }
    }
}

impl Redeal {
    /// Says a step, with a key of the role `issue` (who keeps the records) and one of the role `open` (who answers for
    /// data protection) of one agency.
    ///
    /// # Errors
    /// Where a key has another role, is outside its window or cannot be reached, there is no randomness, or the step is
    /// none ([`RedealStep::deal`]).
    pub fn make(
        envelope: EnvelopeId,
        step: RedealStep,
        keeper: &dyn KeyProvider,
        officer: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Redeal, GrantError> {
        if !step.is_sound() {
            return Err(GrantError::Redeal);
        }
        let mut out = Redeal {
            id: number()?,
            envelope,
            step,
            by: officers::of([keeper, officer], now)?,
            made: now,
            signatures: [[0; 64]; 2],
        };
        out.signatures = officers::sign([keeper, officer], label::REDEAL, &out.signed_part())?;
        Ok(out)
    }

    /// Checks both signatures and gives the agency's root. `logged` is when witnesses had seen the entry.
    ///
    /// # Errors
    /// Where a signature or a key does not hold, or the keys are of two agencies.
    pub fn verify(&self, keys: &Directory, logged: UnixTime) -> Result<Fingerprint, ChainError> {
        officers::verify(
            keys,
            (label::REDEAL, &self.signed_part()),
            (&self.by, &self.signatures),
            (self.made, logged),
        )
    }

    /// Its number: 16 random bytes.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// Whose shares.
    pub fn envelope(&self) -> EnvelopeId {
        self.envelope
    }

    /// What is said.
    pub fn step(&self) -> &RedealStep {
        &self.step
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
        w.fixed(&self.envelope.0);
        self.step.write(&mut w);
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
    pub fn decode(bytes: &[u8]) -> Result<Redeal, GrantError> {
        let mut r = Reader::new(bytes, MAGIC, "redeal")?;
        let out = Redeal {
            id: r.fixed()?,
            envelope: EnvelopeId(r.fixed()?),
            step: RedealStep::read(&mut r)?,
            by: [KeyId(r.fixed()?), KeyId(r.fixed()?)],
            made: UnixTime::read(&mut r)?,
            signatures: [r.fixed()?, r.fixed()?],
        };
        r.finish()?;
        Ok(out)
    }
}

/// The number only.
impl fmt::Debug for Redeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redeal({})", crate::hex::Hex(&self.id))
    }
}
