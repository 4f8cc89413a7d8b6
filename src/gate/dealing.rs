//! What a gate deals of its shares to other gates, with what it knows of the envelope.

use super::error::{Denial, OpenKeyError};
use super::list::{MOST_LINES, ReleaseList};
use super::wire::verify;
use crate::envelope::{EnvelopeId, GateSet, GateShares, MOST_GATES, Round, SlotCount};
use crate::grant::{EntryRef, MOST_LINKS, Revocation};
use crate::keys::{Directory, KeyId, KeyProvider, PublicKeys, label};
use crate::limits::{byte, index};
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBdlg\0\x01";
/// Of an envelope whose grants take two who issue them.
const MAGIC_TWO: &[u8; 8] = b"BLBdlg\0\x02";
/// The longest list of releases, in bytes.
const LONGEST_LIST: usize = 48 << 20;
/// The longest part for one gate, in bytes: its sub-shares, and the revocations.
const LONGEST_PART: usize = 16 << 20;
const LONGEST_REVOCATION: usize = 1024;
const MOST_REVOCATIONS: usize = 1 << 16;

/// A request whose uses a gate has bound, as other gates are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    /// Its number; zeros for uses of which two gates said different things, which are nobody's any more.
    pub(super) id: [u8; 16],
    pub(super) entry: [u8; 32],
    /// Grants, each with which use of it.
    pub(super) uses: Vec<([u8; 32], u16)>,
    /// Of an emergency: the officer's key, the day, and which of that day's.
    pub(super) budget: Option<([u8; 32], u64, u16)>,
}

/// What one gate deals to others: a sub-share of its share of every slot for each of them, wrapped to it; which requests it
/// has bound to which uses, what it has released; and, wrapped too, the revocations that it keeps. Signed by the gate, which
/// from then on releases nothing of this envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dealing {
    pub(super) head: Head,
    sealed: Vec<Vec<u8>>,
    signature: [u8; 64],
}

/// What it says in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) round: Round,
    pub(super) author: KeyId,
    /// Whether grants of the envelope take two who issue them.
    pub(super) two_issuers: bool,
    /// The dealer's number among the gates before.
    pub(super) dealer: u8,
    pub(super) key: KeyId,
    /// For each new gate the hash of its sub-share of each slot.
    pub(super) hashes: Vec<Vec<[u8; 32]>>,
    pub(super) list: ReleaseList,
    pub(super) bound: Vec<Bound>,
}

impl Head {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(match self.two_issuers {
            false => MAGIC,
            true => MAGIC_TWO,
        });
        w.fixed(&self.round.envelope.0);
        w.fixed(&self.round.header);
        w.fixed(&self.round.redeal);
        w.u32(self.round.epoch);
        w.u8(byte(self.round.slots.get()));
        w.fixed(&self.author.0);
        w.u8(self.dealer);
        w.fixed(&self.key.0);
        w.u8(byte(self.hashes.len()));
        self.hashes.iter().flatten().for_each(|h| w.fixed(h));
        w.bytes(&self.list.encode());
        w.u32(index(self.bound.len()));
        for b in &self.bound {
            w.fixed(&b.id);
            w.fixed(&b.entry);
            w.u8(byte(b.uses.len()));
            for (grant, n) in &b.uses {
                w.fixed(grant);
                w.u16(*n);
            }
            w.u8(u8::from(b.budget.is_some()));
            if let Some((officer, day, n)) = &b.budget {
                w.fixed(officer);
                w.u64(*day);
                w.u16(*n);
            }
        }
        w.finish()
    }

    fn read(r: &mut Reader<'_>, two_issuers: bool) -> Result<Head, WireError> {
        let (envelope, header, redeal) = (EnvelopeId(r.fixed()?), r.fixed()?, r.fixed()?);
        let round = Round {
            envelope,
            header,
            redeal,
            epoch: r.u32()?,
            slots: r.code(Reader::u8, SlotCount::from_code)?,
        };
        let (author, dealer, key) = (KeyId(r.fixed()?), r.u8()?, KeyId(r.fixed()?));
        let mut hashes = Vec::new();
        for _ in 0..r.count_u8(MOST_GATES)? {
            let of_slots = (0..round.slots.get()).map(|_| r.fixed());
            hashes.push(of_slots.collect::<Result<_, _>>()?);
        }
        let list = ReleaseList::decode(r.bytes(LONGEST_LIST)?)?;
        let mut bound = Vec::new();
        for _ in 0..r.count(MOST_LINES)? {
            let (id, entry) = (r.fixed()?, r.fixed()?);
            let uses = (0..r.count_u8(MOST_LINKS)?).map(|_| Ok((r.fixed()?, r.u16()?)));
            let uses = uses.collect::<Result<_, WireError>>()?;
            let at = r.at();
            let budget = match r.u8()? {
                0 => None,
                1 => Some((r.fixed()?, r.u64()?, r.u16()?)),
                _ => return Err(WireError::Value { at }),
            };
            bound.push(Bound {
                id,
                entry,
                uses,
                budget,
            });
        }
        Ok(Head {
            round,
            author,
            two_issuers,
            dealer,
            key,
            hashes,
            list,
            bound,
        })
    }
}

impl Dealing {
    /// Deals `shares` among `to`, whose public keys stand in the same order.
    pub(super) fn make(
        mut head: Head,
        (to, publics): (&GateSet, &[&PublicKeys]),
        shares: &GateShares,
        revocations: &[Vec<u8>],
        key: &dyn KeyProvider,
    ) -> Result<Dealing, Denial> {
        let parts = shares.deal(to)?;
        head.hashes.clear();
        for (gate, bytes) in (1..).zip(&parts) {
            let blocks = bytes.as_chunks::<32>().0.iter();
            let hash = |(slot, block)| head.round.sub_share_hash((head.dealer, gate, slot), block);
            head.hashes.push((0..).zip(blocks).map(hash).collect());
        }
        let mut out = Dealing {
            sealed: Vec::with_capacity(parts.len()),
            head,
            signature: [0; 64],
        };
        let digest = Sha256::digest(out.head.encode());
        let length: usize = revocations.iter().map(|r| r.len() + 4).sum();
        for ((gate, bytes), public) in (1..).zip(&parts).zip(publics) {
            let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len() + 4 + length));
            plain.extend_from_slice(bytes);
            plain.extend_from_slice(&index(revocations.len()).to_be_bytes());
            for r in revocations {
                plain.extend_from_slice(&index(r.len()).to_be_bytes());
                plain.extend_from_slice(r);
            }
            out.sealed.push(public.wrap(&info(&digest, gate), &plain)?);
        }
        out.signature = key.sign(label::DEALING, &out.signed_part())?;
        Ok(out)
    }

    /// The envelope.
    pub fn envelope(&self) -> EnvelopeId {
        self.head.round.envelope
    }

    /// The entry by which it deals.
    pub fn redeal(&self) -> EntryRef {
        EntryRef(self.head.round.redeal)
    }

    /// The key of the gate that deals.
    pub fn gate(&self) -> KeyId {
        self.head.key
    }

    /// All that the gate has released of the envelope. It releases nothing of it any more.
    pub fn list(&self) -> &ReleaseList {
        &self.head.list
    }

    /// Checks that this gate, of that number, dealt so for these, and what it says of itself.
    pub(super) fn verify(
        &self,
        (redeal, envelope): (EntryRef, EnvelopeId),
        (dealer, gate): (u8, KeyId),
        to: &GateSet,
        keys: &Directory,
    ) -> Result<(), Denial> {
        let head = &self.head;
        let own = (self.redeal(), self.envelope()) == (redeal, envelope)
            && (head.dealer, head.key) == (dealer, gate)
            && head.round.epoch == to.epoch()
            && head.hashes.len() == to.gates().len()
            && head.list.gate() == gate
            && head.list.envelope() == envelope;
        if !own {
            return Err(Denial::OtherDealing { dealer });
        }
        let signed = verify(
            keys,
            gate,
            label::DEALING,
            &self.signed_part(),
            &self.signature,
        );
        signed
            .and_then(|()| head.list.verify(keys))
            .map_err(|e| match e {
                OpenKeyError::Key(e) => Denial::Key(e),
                _ => Denial::OtherDealing { dealer },
            })
    }

    /// Unwraps what was dealt to this gate, of that number: 32 bytes a slot, each of them as the dealer has signed, and the
    /// revocations.
    pub(super) fn open(
        &self,
        gate: u8,
        key: &dyn KeyProvider,
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<Revocation>), Denial> {
        let dealer = self.head.dealer;
        let wrong = || Denial::WrongSubShare { dealer };
        let at = usize::from(gate).wrapping_sub(1);
        let sealed = self.sealed.get(at).ok_or_else(wrong)?;
        let digest = Sha256::digest(self.head.encode());
        let plain = match key.unwrap(&info(&digest, gate), sealed) {
            Err(crate::keys::ProviderError::Refused) => return Err(wrong()),
            plain => plain?,
        };
        let length = 32 * self.head.round.slots.get();
        let (bytes, rest) = plain.split_at_checked(length).ok_or_else(wrong)?;
        let hashes = self.head.hashes.get(at).ok_or_else(wrong)?;
        for ((slot, block), signed) in (0..).zip(bytes.as_chunks::<32>().0).zip(hashes) {
            if self.head.round.sub_share_hash((dealer, gate, slot), block) != *signed {
                return Err(wrong());
            }
        }
        let read = || -> Result<Vec<Revocation>, Denial> {
            let mut r = Reader::bare(rest);
            let mut out = Vec::new();
            for _ in 0..r.count(MOST_REVOCATIONS)? {
                out.push(Revocation::decode(r.bytes(LONGEST_REVOCATION)?)?);
            }
            r.finish()?;
            Ok(out)
        };
        let revocations = read().map_err(|_| wrong())?;
        Ok((Zeroizing::new(bytes.to_vec()), revocations))
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut out = self.head.encode();
        for sealed in &self.sealed {
            out.extend_from_slice(&Sha256::digest(sealed));
        }
        out
    }

    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.fixed(&self.head.encode());
        self.sealed.iter().for_each(|s| w.bytes(s));
        w.fixed(&self.signature);
        w.finish()
    }

    /// Reads such bytes. Nothing of them is believed before [`super::Gate::take`].
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Dealing, WireError> {
        let (mut r, two_issuers) = Reader::either(bytes, [MAGIC, MAGIC_TWO], "dealing")?;
        let head = Head::read(&mut r, two_issuers)?;
        let sealed = head.hashes.iter();
        let sealed = sealed.map(|_| Ok(r.bytes(LONGEST_PART)?.to_vec()));
        let out = Dealing {
            sealed: sealed.collect::<Result<_, WireError>>()?,
            head,
            signature: r.fixed()?,
        };
        r.finish()?;
        Ok(out)
    }
}

fn info(head: &[u8], gate: u8) -> Vec<u8> {
    [label::SUB_SHARES, head, &[gate]].concat()
}
