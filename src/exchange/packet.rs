//! What goes back to whoever asked.

use super::error::ExchangeError;
use super::gate_message::Refusal as GateRefusal;
use super::wire::{read_chain, write_chain};
use crate::envelope::{Deposit, MOST_GATES};
use crate::gate::{Evidence, Release, Taken};
use crate::grant::{AccessRequest, MOST_LINKS};
use crate::limits::byte;
use crate::wire::{Reader, WireError, Writer};

const GRANTED: &[u8; 8] = b"BLBgpk\0\x01";
/// The same with key records.
const GRANTED_BY_TWO: &[u8; 8] = b"BLBgpk\0\x02";
const REFUSED: &[u8; 8] = b"BLBrpk\0\x01";
const ASKED: &[u8; 8] = b"BLBorq\0\x01";
const OPENED: &[u8; 8] = b"BLBopk\0\x01";
/// The same where shares were dealt anew.
const OPENED_ANEW: &[u8; 8] = b"BLBopk\0\x02";
/// Above any envelope.
const LONGEST_ENVELOPE: usize = 300 << 20;
const LONGEST_PART: usize = 16 * 1024;

/// A grant with all that its recipient needs: the chain of grants as logged, and what was sealed. It holds no key that
/// opens without the recipient's own and a quorum of gates; its terms stand in clear.
#[derive(Clone, Debug)]
pub struct GrantPacket {
    /// The number of the request that it answers.
    pub answers: [u8; 16],
    /// The grants, the envelope's own agency's first, each with the proof that it is logged.
    pub grants: Vec<Evidence>,
    /// The envelope's bytes; none where the grant tells of existence only.
    pub envelope: Vec<u8>,
    /// Its deposits, by which shares are known again.
    pub deposits: Vec<Deposit>,
    /// Records of keys that issued it and need not stand on the agency's card, as bytes: of the second of two.
    pub records: Vec<Vec<u8>>,
}

/// That a request was refused: the refusal as logged.
#[derive(Clone, Debug)]
pub struct RefusalPacket {
    /// The number of the request that it answers.
    pub answers: [u8; 16],
    /// The refusal.
    pub refusal: Evidence,
}

/// A request to open, with the records of the keys that signed it, so that whoever trusts their roots needs no more.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// Key records, as bytes.
    pub records: Vec<Vec<u8>>,
    /// The request.
    pub request: AccessRequest,
}

/// What came of a request to open: where it is logged, and what each gate did.
#[derive(Clone, Debug)]
pub struct OpenPacket {
    /// The request.
    pub request: Evidence,
    /// What each gate that was reached did.
    pub outcomes: Vec<Outcome>,
    /// Where the envelope's shares were dealt anew: by which entries, and what its gates of now said.
    pub moved: Option<MovedTo>,
}

/// That an envelope's shares were dealt anew, as others can check it.
#[derive(Clone, Debug)]
pub struct MovedTo {
    /// That they were to be, and that it was done.
    pub steps: [Evidence; 2],
    /// The word of each gate that keeps them now.
    pub taken: Vec<Taken>,
}

/// What a gate did about a request to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It released.
    Released(Release),
    /// It released nothing.
    Denied(GateRefusal),
}

impl OpenRequest {
    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(ASKED);
        w.u8(byte(self.records.len()));
        self.records.iter().for_each(|r| w.bytes(r));
        w.bytes(&self.request.encode());
        w.finish()
    }

    /// Reads such bytes. Nothing of them is believed before the request is admitted to its grant.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<OpenRequest, ExchangeError> {
        let mut r = Reader::new(bytes, ASKED, "request to open")?;
        let count = r.count_u8(2)?;
        let mut records = Vec::with_capacity(count);
        for _ in 0..count {
            records.push(r.bytes(LONGEST_PART)?.to_vec());
        }
        let request = AccessRequest::decode(r.bytes(LONGEST_PART)?)?;
        r.finish()?;
        Ok(OpenRequest { records, request })
    }
}

impl GrantPacket {
    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(match self.records.is_empty() {
            true => GRANTED,
            false => GRANTED_BY_TWO,
        });
        w.fixed(&self.answers);
        write_chain(&mut w, &self.grants);
        w.bytes(&self.envelope);
        w.u8(byte(self.deposits.len()));
        self.deposits.iter().for_each(|d| w.bytes(&d.encode()));
        if !self.records.is_empty() {
            w.u8(byte(self.records.len()));
            self.records.iter().for_each(|r| w.bytes(r));
        }
        w.finish()
    }

    /// Reads such bytes. Nothing of them is believed before [`super::Held::verify`].
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<GrantPacket, ExchangeError> {
        let magics = [GRANTED, GRANTED_BY_TWO];
        let (mut r, by_two) = Reader::either(bytes, magics, "grant to open with")?;
        let answers = r.fixed()?;
        let grants = read_chain(&mut r)?;
        let envelope = r.bytes(LONGEST_ENVELOPE)?.to_vec();
        let count = r.count_u8(MOST_GATES)?;
        let mut deposits = Vec::with_capacity(count);
        for _ in 0..count {
            deposits.push(Deposit::decode(r.bytes(LONGEST_PART)?)?);
        }
        let mut records = Vec::new();
        if by_two {
            let at = r.at();
            for _ in 0..r.count_u8(MOST_LINKS)? {
                records.push(r.bytes(LONGEST_PART)?.to_vec());
            }
            if records.is_empty() {
                return Err(WireError::Value { at }.into());
            }
        }
        r.finish()?;
        Ok(GrantPacket {
            answers,
            grants,
            envelope,
            deposits,
            records,
        })
    }
}

impl RefusalPacket {
    /// True where the bytes begin as such a packet does.
    pub fn is(bytes: &[u8]) -> bool {
        bytes.starts_with(REFUSED)
    }

    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(REFUSED);
        w.fixed(&self.answers);
        self.refusal.write(&mut w);
        w.finish()
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<RefusalPacket, ExchangeError> {
        let mut r = Reader::new(bytes, REFUSED, "refusal")?;
        let out = RefusalPacket {
            answers: r.fixed()?,
            refusal: Evidence::read(&mut r)?,
        };
        r.finish()?;
        Ok(out)
    }
}

impl OpenPacket {
    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let magic = match self.moved {
            None => OPENED,
            Some(_) => OPENED_ANEW,
        };
        let mut w = Writer::new(magic);
        self.request.write(&mut w);
        w.u8(byte(self.outcomes.len()));
        for outcome in &self.outcomes {
            match outcome {
                Outcome::Released(release) => {
                    w.u8(1);
                    w.bytes(&release.encode());
                }
                Outcome::Denied(refusal) => {
                    w.u8(2);
                    refusal.write(&mut w);
                }
            }
        }
        if let Some(moved) = &self.moved {
            moved.steps.iter().for_each(|e| e.write(&mut w));
            w.u8(byte(moved.taken.len()));
            moved.taken.iter().for_each(|t| w.bytes(&t.encode()));
        }
        w.finish()
    }

    /// Reads such bytes. Nothing of them is believed before [`super::Held::open`].
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<OpenPacket, ExchangeError> {
        let magics = [OPENED, OPENED_ANEW];
        let (mut r, anew) = Reader::either(bytes, magics, "answer to a request to open")?;
        let request = Evidence::read(&mut r)?;
        let count = r.count_u8(MOST_GATES)?;
        let mut outcomes = Vec::with_capacity(count);
        for _ in 0..count {
            let at = r.at();
            outcomes.push(match r.u8()? {
                1 => Outcome::Released(Release::decode(r.bytes(LONGEST_PART)?)?),
                2 => Outcome::Denied(GateRefusal::read(&mut r)?),
                _ => return Err(WireError::Value { at }.into()),
            });
        }
        let moved = match anew {
            false => None,
            true => Some(MovedTo {
                steps: [Evidence::read(&mut r)?, Evidence::read(&mut r)?],
                taken: (0..r.count_u8(MOST_GATES)?)
                    .map(|_| Taken::decode(r.bytes(LONGEST_PART)?))
                    .collect::<Result<_, _>>()?,
            }),
        };
        r.finish()?;
        Ok(OpenPacket {
            request,
            outcomes,
            moved,
        })
    }

    /// What gates released.
    pub fn releases(&self) -> Vec<Release> {
        let released = |o: &Outcome| match o {
            Outcome::Released(r) => Some(r.clone()),
            Outcome::Denied(_) => None,
        };
        self.outcomes.iter().filter_map(released).collect()
    }

    /// Why gates released nothing, each reason once.
    pub fn denials(&self) -> Vec<&GateRefusal> {
        let mut out: Vec<&GateRefusal> = Vec::new();
        for outcome in &self.outcomes {
            if let Outcome::Denied(refusal) = outcome
                && !out.contains(&refusal)
            {
                out.push(refusal);
            }
        }
        out
    }
}
