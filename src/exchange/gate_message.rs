//! What a book says to a gate, and what the gate answers.

use super::error::ExchangeError;
use crate::audit::{Hash, Seen};
use crate::envelope::{Deposit, EnvelopeId, MOST_GATES};
use crate::gate::{Acknowledgement, Ask, Dealing, Denial, Evidence, Release, ReleaseList, Taken};
use crate::grant::Revocation;
use crate::limits::byte;
use crate::wire::{Reader, WireError, Writer};

const MAGIC: &[u8; 8] = b"BLBgmq\0\x01";
const ANSWER_MAGIC: &[u8; 8] = b"BLBgma\0\x01";
const LONGEST_RECORD: usize = 16 * 1024;
const LONGEST_PART: usize = 1 << 20;
const LONGEST_LIST: usize = 64 << 20;
const LONGEST_NAME: usize = 1024;
const LONGEST_WORDS: usize = 1024;

/// Most key records of one message.
pub const MOST_RECORDS: usize = 32;

/// A message to a gate: what it is to do, and records of the keys concerned. It believes those under roots it trusts.
#[derive(Clone, Debug)]
pub struct GateMessage {
    /// Key records, as bytes.
    pub records: Vec<Vec<u8>>,
    /// What it is to do.
    pub call: GateCall,
}

/// What a gate is to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum GateCall {
    /// Keep a deposit.
    Deposit(Deposit),
    /// Say what it has seen of a log.
    Seen(String),
    /// Release.
    Ask(Box<Ask>),
    /// Keep a revocation.
    Revoke(Revocation),
    /// Erase an envelope's shares, as this entry of the log says.
    Erase(Box<Evidence>),
    /// List what it has released of an envelope.
    List(EnvelopeId),
    /// Deal its shares to other gates, as this entry of the log says; with the header of the envelope.
    Deal(Box<Evidence>, Vec<u8>),
    /// Add up what was dealt to it, as this entry says.
    Take(Box<Evidence>, Vec<Dealing>),
    /// Delete its shares, as these entries say, since the new gates have theirs.
    HandOver(Box<[Evidence; 2]>, Vec<Taken>),
    /// Release what it has added up, as these entries say, since the gates before have deleted theirs.
    Begin(Box<[Evidence; 2]>, Vec<Acknowledgement>),
}

/// What a gate answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GateAnswer {
    /// The deposit is kept.
    Kept,
    /// The largest tree that it has seen of the log.
    Seen(Option<Seen>),
    /// A release.
    Release(Release),
    /// It has the revocation, or the shares are erased.
    Ended(Acknowledgement),
    /// What it has released.
    List(ReleaseList),
    /// What it dealt.
    Dealt(Box<Dealing>),
    /// It has added up what was dealt to it.
    Taken(Taken),
    /// It did nothing.
    Denied(Refusal),
}

/// That a gate did nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What can be done about it.
    pub remedy: Remedy,
    /// Why, in words; no personal data.
    pub words: String,
}

/// What can be done about a gate's refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing by asking again.
    None,
    /// Prove from the tree of this size, or a larger one.
    From(u64),
    /// Log a request anew that names a later use of this grant of the chain.
    LaterUse {
        /// The grant's number in the chain, from 0.
        index: u8,
        /// The use that was another request's.
        found: u16,
    },
    /// Log a request anew that names a later emergency of the day than this one.
    LaterEmergency(u16),
}

impl From<&Denial> for Refusal {
    fn from(denial: &Denial) -> Refusal {
        let remedy = match denial {
            Denial::Older { seen } | Denial::Consistency { seen } => Remedy::From(*seen),
            Denial::UseTaken { index, found } => Remedy::LaterUse {
                index: byte(*index),
                found: *found,
            },
            Denial::Budget { found, most } if found < most => Remedy::LaterEmergency(*found),
            _ => Remedy::None,
        };
        let mut words = denial.to_string();
        while words.len() > LONGEST_WORDS {
            words.pop();
        }
        Refusal { remedy, words }
    }
}

impl GateMessage {
    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.u8(byte(self.records.len()));
        self.records.iter().for_each(|r| w.bytes(r));
        match &self.call {
            GateCall::Deposit(d) => part(&mut w, 1, &d.encode()),
            GateCall::Seen(origin) => part(&mut w, 2, origin.as_bytes()),
            GateCall::Ask(ask) => part(&mut w, 3, &ask.encode()),
            GateCall::Revoke(r) => part(&mut w, 4, &r.encode()),
            GateCall::Erase(evidence) => {
                w.u8(5);
                evidence.write(&mut w);
            }
            GateCall::List(id) => {
                w.u8(6);
                w.fixed(&id.0);
            }
            GateCall::Deal(evidence, header) => {
                w.u8(7);
                evidence.write(&mut w);
                w.bytes(header);
            }
            GateCall::Take(evidence, dealings) => {
                w.u8(8);
                evidence.write(&mut w);
                many(&mut w, dealings.iter().map(Dealing::encode).collect());
            }
            GateCall::HandOver(steps, taken) => {
                w.u8(9);
                steps.iter().for_each(|e| e.write(&mut w));
                many(&mut w, taken.iter().map(Taken::encode).collect());
            }
            GateCall::Begin(steps, words) => {
                w.u8(10);
                steps.iter().for_each(|e| e.write(&mut w));
                many(&mut w, words.iter().map(Acknowledgement::encode).collect());
            }
        }
        w.finish()
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<GateMessage, ExchangeError> {
        let mut r = Reader::new(bytes, MAGIC, "message to a gate")?;
        let count = r.count_u8(MOST_RECORDS)?;
        let mut records = Vec::with_capacity(count);
        for _ in 0..count {
            records.push(r.bytes(LONGEST_RECORD)?.to_vec());
        }
        let at = r.at();
        let call = match r.u8()? {
            1 => GateCall::Deposit(Deposit::decode(r.bytes(LONGEST_PART)?)?),
            2 => GateCall::Seen(r.text(LONGEST_NAME)?),
            3 => GateCall::Ask(Box::new(Ask::decode(r.bytes(LONGEST_PART)?)?)),
            4 => GateCall::Revoke(Revocation::decode(r.bytes(LONGEST_PART)?)?),
            5 => GateCall::Erase(Box::new(Evidence::read(&mut r)?)),
            6 => GateCall::List(EnvelopeId(r.fixed()?)),
            7 => GateCall::Deal(
                Box::new(Evidence::read(&mut r)?),
                r.bytes(LONGEST_PART)?.to_vec(),
            ),
            8 => GateCall::Take(
                Box::new(Evidence::read(&mut r)?),
                read_many(&mut r, Dealing::decode)?,
            ),
            9 => GateCall::HandOver(steps(&mut r)?, read_many(&mut r, Taken::decode)?),
            10 => GateCall::Begin(steps(&mut r)?, read_many(&mut r, Acknowledgement::decode)?),
            _ => return Err(WireError::Value { at }.into()),
        };
        r.finish()?;
        Ok(GateMessage { records, call })
    }
}

impl GateAnswer {
    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(ANSWER_MAGIC);
        match self {
            GateAnswer::Kept => w.u8(1),
            GateAnswer::Seen(None) => w.u8(2),
            GateAnswer::Seen(Some(seen)) => {
                w.u8(3);
                w.u64(seen.size);
                w.fixed(&seen.root.0);
            }
            GateAnswer::Release(release) => part(&mut w, 4, &release.encode()),
            GateAnswer::Ended(word) => part(&mut w, 5, &word.encode()),
            GateAnswer::List(list) => part(&mut w, 6, &list.encode()),
            GateAnswer::Denied(refusal) => {
                w.u8(7);
                refusal.write(&mut w);
            }
            GateAnswer::Dealt(dealing) => part(&mut w, 8, &dealing.encode()),
            GateAnswer::Taken(taken) => part(&mut w, 9, &taken.encode()),
        }
        w.finish()
    }

    /// Reads such bytes. Whoever uses a release, list or acknowledgement checks its signature.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<GateAnswer, WireError> {
        let mut r = Reader::new(bytes, ANSWER_MAGIC, "answer of a gate")?;
        let at = r.at();
        let out = match r.u8()? {
            1 => GateAnswer::Kept,
            2 => GateAnswer::Seen(None),
            3 => GateAnswer::Seen(Some(Seen {
                size: r.u64()?,
                root: Hash(r.fixed()?),
            })),
            4 => GateAnswer::Release(Release::decode(r.bytes(LONGEST_PART)?)?),
            5 => GateAnswer::Ended(Acknowledgement::decode(r.bytes(LONGEST_LIST)?)?),
            6 => GateAnswer::List(ReleaseList::decode(r.bytes(LONGEST_LIST)?)?),
            7 => GateAnswer::Denied(Refusal::read(&mut r)?),
            8 => GateAnswer::Dealt(Box::new(Dealing::decode(r.bytes(LONGEST_LIST)?)?)),
            9 => GateAnswer::Taken(Taken::decode(r.bytes(LONGEST_PART)?)?),
            _ => return Err(WireError::Value { at }),
        };
        r.finish()?;
        Ok(out)
    }
}

impl Refusal {
    pub(super) fn write(&self, w: &mut Writer) {
        match self.remedy {
            Remedy::None => w.u8(1),
            Remedy::From(size) => {
                w.u8(2);
                w.u64(size);
            }
            Remedy::LaterUse { index, found } => {
                w.u8(3);
                w.u8(index);
                w.u16(found);
            }
            Remedy::LaterEmergency(found) => {
                w.u8(4);
                w.u16(found);
            }
        }
        w.text(&self.words);
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Refusal, WireError> {
        let at = r.at();
        let remedy = match r.u8()? {
            1 => Remedy::None,
            2 => Remedy::From(r.u64()?),
            3 => Remedy::LaterUse {
                index: r.u8()?,
                found: r.u16()?,
            },
            4 => Remedy::LaterEmergency(r.u16()?),
            _ => return Err(WireError::Value { at }),
        };
        Ok(Refusal {
            remedy,
            words: r.text(LONGEST_WORDS)?,
        })
    }
}

fn part(w: &mut Writer, kind: u8, bytes: &[u8]) {
    w.u8(kind);
    w.bytes(bytes);
}

fn many(w: &mut Writer, parts: Vec<Vec<u8>>) {
    w.u8(byte(parts.len()));
    parts.iter().for_each(|p| w.bytes(p));
}

fn read_many<T>(
    r: &mut Reader<'_>,
    read: impl Fn(&[u8]) -> Result<T, WireError>,
) -> Result<Vec<T>, WireError> {
    let count = r.count_u8(MOST_GATES)?;
    (0..count).map(|_| read(r.bytes(LONGEST_LIST)?)).collect()
}

fn steps(r: &mut Reader<'_>) -> Result<Box<[Evidence; 2]>, Denial> {
    Ok(Box::new([Evidence::read(r)?, Evidence::read(r)?]))
}
