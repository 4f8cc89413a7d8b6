//! Handing a grant on: what its holder asks the agency to log that holds the record, and the answer.

use super::error::ExchangeError;
use super::packet::{GrantPacket, RefusalPacket};
use super::request::GrantRequest;
use crate::grant::{Grant, Slots};
use crate::wire::{Reader, Writer};

const MAGIC: &[u8; 8] = b"BLBhon\0\x01";
const LONGEST_PART: usize = 64 * 1024;

/// What whoever hands a grant on leaves to the new holder; everything else is as in the grant held, or narrower as the
/// new holder asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onward {
    /// Which slots; all that are held where none are named.
    pub slots: Option<Slots>,
    /// How often it may be opened.
    pub most_opens: u16,
    /// How often it may be handed on again.
    pub depth: u8,
}

/// A grant that hands on another one, to be logged by the agency that holds the record. It opens nothing before that
/// agency has logged it.
#[derive(Clone, Debug)]
pub struct HandOn {
    /// With which whoever is to receive asked the grant's holder.
    pub request: GrantRequest,
    /// The record of the key that signed the grant, as bytes.
    pub issuer: Vec<u8>,
    /// The grant.
    pub grant: Grant,
}

/// What the agency that holds the record made of a grant that was handed on.
#[derive(Clone, Debug)]
pub enum HandedOn {
    /// It is logged.
    Granted(GrantPacket),
    /// It was refused, and that is logged.
    Refused(RefusalPacket),
}

impl HandOn {
    /// True where the bytes begin as such a message does.
    pub fn is(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.bytes(&self.request.encode());
        w.bytes(&self.issuer);
        w.bytes(&self.grant.encode());
        w.finish()
    }

    /// Reads such bytes. Nothing of them is believed before [`super::Book::log_handed_on`].
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<HandOn, ExchangeError> {
        let mut r = Reader::new(bytes, MAGIC, "grant to be handed on")?;
        let out = HandOn {
            request: GrantRequest::decode(r.bytes(LONGEST_PART)?)?,
            issuer: r.bytes(LONGEST_PART)?.to_vec(),
            grant: Grant::decode(r.bytes(LONGEST_PART)?)?,
        };
        r.finish()?;
        Ok(out)
    }
}

impl HandedOn {
    /// Its bytes: those of the grant, or of the refusal.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            HandedOn::Granted(packet) => packet.encode(),
            HandedOn::Refused(packet) => packet.encode(),
        }
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are neither.
    pub fn decode(bytes: &[u8]) -> Result<HandedOn, ExchangeError> {
        Ok(match RefusalPacket::is(bytes) {
            true => HandedOn::Refused(RefusalPacket::decode(bytes)?),
            false => HandedOn::Granted(GrantPacket::decode(bytes)?),
        })
    }

    /// The grant.
    ///
    /// # Errors
    /// [`ExchangeError::NotHandedOn`] where it was refused.
    pub fn granted(self) -> Result<GrantPacket, ExchangeError> {
        match self {
            HandedOn::Granted(packet) => Ok(packet),
            HandedOn::Refused(packet) => {
                let bytes = packet.refusal.opening.entry().bytes();
                let reason = crate::grant::Refusal::decode(bytes)?.reason();
                Err(ExchangeError::NotHandedOn { reason })
            }
        }
    }
}
