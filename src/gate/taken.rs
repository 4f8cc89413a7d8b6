//! That gates have added up what was dealt to them, and the gates that keep an envelope's shares from then on.

use super::ask::Evidence;
use super::error::Denial;
use super::logged::witnessed_by;
use super::wire::verify;
use crate::audit::{Kind, Policy};
use crate::envelope::{
    Agreement, Blocks, EnvelopeId, GateSet, GateShares, MOST_GATES, OpenError, Round, Share,
    SlotCount, VerifiedEnvelope, agreement,
};
use crate::grant::{EntryRef, Redeal, RedealStep};
use crate::keys::{Directory, Fingerprint, KeyId, KeyProvider, KeyRecord, label};
use crate::limits::byte;
use crate::wire::{Reader, WireError, Writer};

const MAGIC: &[u8; 8] = b"BLBtkn\0\x01";

/// A new gate's word that it has its shares: the hash of each, by which it is known again when it is released, and its part
/// of the checks that tell whether the dealers agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    gate: KeyId,
    round: Round,
    number: u8,
    hashes: Blocks,
    checks: Vec<Blocks>,
    signature: [u8; 64],
}

impl Taken {
    pub(super) fn sign(
        (round, number): (Round, u8),
        shares: &GateShares,
        checks: Vec<Blocks>,
        gate: &dyn KeyProvider,
    ) -> Result<Taken, Denial> {
        let slots = (0..byte(round.slots.get())).filter_map(|s| Some((s, shares.share(s)?)));
        let hash =
            |(slot, share): (u8, &Share)| round.share_hash(number, slot, share.secret_bytes());
        let mut out = Taken {
            gate: gate.key_id(),
            round,
            number,
            hashes: slots.map(hash).collect(),
            checks,
            signature: [0; 64],
        };
        out.signature = gate.sign(label::TAKEN, &out.signed_part())?;
        Ok(out)
    }

    /// The gate's key.
    pub fn gate(&self) -> KeyId {
        self.gate
    }

    /// The entry by which the shares were dealt.
    pub fn redeal(&self) -> EntryRef {
        EntryRef(self.round.redeal)
    }

    pub(super) fn round(&self) -> Round {
        self.round
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.gate.0);
        w.fixed(&self.round.envelope.0);
        w.fixed(&self.round.header);
        w.fixed(&self.round.redeal);
        w.u32(self.round.epoch);
        w.u8(self.number);
        w.u8(byte(self.round.slots.get()));
        self.hashes.iter().for_each(|h| w.fixed(h));
        w.u8(byte(self.checks.len()));
        self.checks.iter().flatten().for_each(|b| w.fixed(b));
        w.finish()
    }

    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Taken, WireError> {
        let mut r = Reader::new(bytes, MAGIC, "word that shares were taken")?;
        let gate = KeyId(r.fixed()?);
        let (envelope, header, redeal) = (EnvelopeId(r.fixed()?), r.fixed()?, r.fixed()?);
        let (epoch, number) = (r.u32()?, r.u8()?);
        let slots = r.code(Reader::u8, SlotCount::from_code)?;
        let mut blocks =
            || -> Result<Blocks, WireError> { (0..slots.get()).map(|_| r.fixed()).collect() };
        let hashes = blocks()?;
        let checks = (0..r.count_u8(MOST_GATES)?).map(|_| {
            let of_slots = (0..slots.get()).map(|_| r.fixed());
            of_slots.collect()
        });
        let out = Taken {
            gate,
            round: Round {
                envelope,
                header,
                redeal,
                epoch,
                slots,
            },
            number,
            hashes,
            checks: checks.collect::<Result<_, _>>()?,
            signature: r.fixed()?,
        };
        r.finish()?;
        Ok(out)
    }
}

/// A redeal as logged and signed, and by which agency.
pub(super) struct Said {
    pub(super) redeal: Redeal,
    pub(super) entry: EntryRef,
    pub(super) root: Fingerprint,
}

/// A redeal's step, where it stands in a witnessed log and two officers of one agency signed it.
pub(super) fn said(evidence: &Evidence, policy: &Policy, keys: &Directory) -> Result<Said, Denial> {
    let included = evidence.check(&[Kind::Redeal], policy, None)?;
    let redeal = Redeal::decode(evidence.opening.entry().bytes())?;
    let root = redeal.verify(keys, witnessed_by(&included))?;
    Ok(Said {
        entry: evidence.entry(),
        redeal,
        root,
    })
}

/// A first step's parts.
pub(super) struct Dealt<'a> {
    pub(super) from: &'a GateSet,
    pub(super) dealers: &'a [u8],
    pub(super) to: &'a GateSet,
}

impl Said {
    pub(super) fn dealt(&self) -> Result<Dealt<'_>, Denial> {
        match self.redeal.step() {
            RedealStep::Deal { from, dealers, to } => Ok(Dealt { from, dealers, to }),
            RedealStep::Done { .. } => Err(Denial::OtherKind),
        }
    }

    /// That another entry says that this one was done, by the same agency.
    pub(super) fn is_done_by(&self, done: &Said) -> Result<(), Denial> {
        let names = RedealStep::Done { redeal: self.entry };
        let same = *done.redeal.step() == names
            && done.redeal.envelope() == self.redeal.envelope()
            && done.root == self.root;
        match same {
            true => Ok(()),
            false => Err(Denial::OtherKind),
        }
    }
}

/// Checks that every new gate has taken its shares, and that what was dealt agrees.
pub(super) fn all_taken(
    said: &Said,
    taken: &[Taken],
    keys: &Directory,
) -> Result<Vec<Taken>, Denial> {
    let dealt = said.dealt()?;
    let spare = dealt.dealers.len() - dealt.from.threshold();
    let mut out: Vec<Taken> = Vec::with_capacity(taken.len());
    for (number, gate) in (1..).zip(dealt.to.gates()) {
        let of = |t: &&Taken| t.gate == *gate && t.number == number;
        let missing = Denial::NotTaken { gate: *gate };
        let Some(t) = taken.iter().find(of) else {
            return Err(missing);
        };
        let round = &t.round;
        let own = (t.redeal(), round.envelope) == (said.entry, said.redeal.envelope())
            && round.epoch == dealt.to.epoch()
            && t.checks.len() == spare
            && out.first().is_none_or(|first| first.round == *round);
        let signed = verify(keys, *gate, label::TAKEN, &t.signed_part(), &t.signature);
        if !own || signed.is_err() {
            return Err(missing);
        }
        out.push(t.clone());
    }
    let Some(first) = out.first() else {
        return Err(Denial::OtherKind);
    };
    let parts: Vec<&[Blocks]> = out.iter().map(|t| t.checks.as_slice()).collect();
    let slots = first.round.slots;
    match agreement(&parts, dealt.to.threshold(), slots, dealt.dealers) {
        Agreement::Sound => Ok(out),
        Agreement::Wrong(dealer) => Err(Denial::Disagree { dealer }),
    }
}

/// Checks that what was dealt by this entry was taken by every new gate and agrees, before the second step is said.
/// Where no more gates dealt than it takes, there is nothing to compare.
///
/// # Errors
/// [`Denial::NotTaken`] names a gate that has not; [`Denial::Disagree`] the dealer, where it can be told.
pub fn check_taken(
    redeal: &Evidence,
    taken: &[Taken],
    policy: &Policy,
    keys: &Directory,
) -> Result<(), Denial> {
    all_taken(&said(redeal, policy, keys)?, taken, keys).map(|_| ())
}

/// The gates that keep an envelope's shares since they were dealt anew. Made by [`NewGates::verify`] only.
#[derive(Clone, Debug)]
pub struct NewGates {
    set: GateSet,
    taken: Vec<Taken>,
}

impl NewGates {
    /// Checks both steps of a redeal of this envelope, and what its new gates said. `author` is the envelope's author:
    /// only its agency has shares dealt anew.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(
        (envelope, author): (&VerifiedEnvelope<'_>, &KeyRecord),
        [redeal, done]: [&Evidence; 2],
        taken: &[Taken],
        policy: &Policy,
        keys: &Directory,
    ) -> Result<NewGates, Denial> {
        let first = said(redeal, policy, keys)?;
        first.is_done_by(&said(done, policy, keys)?)?;
        if first.root != author.root() {
            return Err(Denial::NotTheirs);
        }
        let taken = all_taken(&first, taken, keys)?;
        let own = |t: &Taken| {
            t.round.header == envelope.header_hash() && t.round.slots == envelope.slot_count()
        };
        if first.redeal.envelope() != envelope.id() || !taken.iter().all(own) {
            return Err(Denial::Shares(OpenError::OtherEnvelope));
        }
        let set = first.dealt()?.to.clone();
        Ok(NewGates { set, taken })
    }

    /// The gates.
    pub fn set(&self) -> &GateSet {
        &self.set
    }

    /// A share that one of these gates released, where it is the one that it took.
    pub(super) fn share(
        &self,
        gate: KeyId,
        slot: u8,
        share: &[u8; 32],
    ) -> Option<Result<Share, OpenError>> {
        let t = self.taken.iter().find(|t| t.gate == gate)?;
        let signed = t.hashes.get(usize::from(slot));
        Some(t.round.share(t.number, (slot, signed), share))
    }
}
