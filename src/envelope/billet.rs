use super::{Deposit, Envelope, EnvelopeError, MOST_GATES, OwnerPacket, chunked, padding};
use crate::limits::byte;
use crate::wire::{Reader, Writer};

const MAGIC: &[u8; 8] = b"BLBbil\0\x01";
/// Above what seven gates, sixteen slots and the longest slot come to.
const LONGEST_ENVELOPE: usize = 4096 + 16 * chunked::sealed_len(padding::LONGEST);
/// Above what an owner packet or a deposit comes to.
const LONGEST_PART: usize = 4096;

/// All that sealing makes: the envelope, which may travel; the owner packet, which its owner keeps; a deposit for
/// each gate. Together they are one file, and each part also stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billet {
    pub(super) envelope: Vec<u8>,
    pub(super) owner_packet: OwnerPacket,
    pub(super) deposits: Vec<Deposit>,
}

impl Billet {
    /// More bytes than any billet has: what is longer need not be read.
    pub const LONGEST: usize = LONGEST_ENVELOPE + (1 + MOST_GATES) * (LONGEST_PART + 4) + 64;

    /// The envelope's bytes.
    pub fn envelope_bytes(&self) -> &[u8] {
        &self.envelope
    }

    /// The envelope.
    ///
    /// # Errors
    /// Where its bytes are not of the format.
    pub fn envelope(&self) -> Result<Envelope<'_>, EnvelopeError> {
        Envelope::decode(&self.envelope)
    }

    /// The owner packet.
    pub fn owner_packet(&self) -> &OwnerPacket {
        &self.owner_packet
    }

    /// The deposits, by gate.
    pub fn deposits(&self) -> &[Deposit] {
        &self.deposits
    }

    /// The same billet with its owner packet wrapped anew.
    ///
    /// # Errors
    /// Where the packet is of another envelope.
    pub fn with_owner_packet(self, owner_packet: OwnerPacket) -> Result<Billet, EnvelopeError> {
        if owner_packet.id == self.owner_packet.id
            && owner_packet.header_hash == self.owner_packet.header_hash
        {
            Ok(Billet {
                owner_packet,
                ..self
            })
        } else {
            Err(EnvelopeError::Refused)
        }
    }

    /// The file's bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.bytes(&self.envelope);
        w.bytes(&self.owner_packet.encode());
        w.u8(byte(self.deposits.len()));
        self.deposits.iter().for_each(|d| w.bytes(&d.encode()));
        w.finish()
    }

    /// Reads such bytes, and the format of every part.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Billet, EnvelopeError> {
        let mut r = Reader::new(bytes, MAGIC, "billet")?;
        let envelope = r.bytes(LONGEST_ENVELOPE)?;
        Envelope::decode(envelope)?;
        let owner_packet = OwnerPacket::decode(r.bytes(LONGEST_PART)?)?;
        let count = r.count_u8(MOST_GATES)?;
        let mut deposits = Vec::with_capacity(count);
        for _ in 0..count {
            deposits.push(Deposit::decode(r.bytes(LONGEST_PART)?)?);
        }
        r.finish()?;
        Ok(Billet {
            envelope: envelope.to_vec(),
            owner_packet,
            deposits,
        })
    }
}
