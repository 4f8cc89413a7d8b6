//! Which shares of an envelope a gate holds: those of the author's deposit, or those that it added up when they were dealt
//! anew; and whether it may still give them out.

use super::error::Denial;
use super::handle::{Gate, damaged, verified};
use super::storage::{DEALING, DEPOSIT, ERASED, FROZEN, GateStore, HELD, SERVING, YIELDED};
use super::taken::Taken;
use crate::audit::Row;
use crate::envelope::{Deposit, EnvelopeId, GateSet, GateShares, Round, VerifiedDeposit};
use crate::grant::EntryRef;
use crate::keys::{Directory, Fingerprint, KeyId, KeyProvider, KeyRecord, label};
use crate::wire::{Reader, Writer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBhld\0\x01";
/// Of an envelope whose grants take two who issue them.
const MAGIC_TWO: &[u8; 8] = b"BLBhld\0\x02";
const LONGEST_SEALED: usize = 4 * 1024;
const LONGEST_TAKEN: usize = 16 * 1024;

/// What a gate holds of an envelope.
pub(super) enum Holding {
    /// The author's deposit.
    Author(Box<VerifiedDeposit>),
    /// Shares added up.
    New(Box<Held>),
}

/// Shares that a gate added up, as it keeps them: wrapped to itself.
pub(super) struct Held {
    pub(super) round: Round,
    pub(super) author: KeyId,
    pub(super) two_issuers: bool,
    pub(super) set: GateSet,
    pub(super) taken: Taken,
    sealed: Vec<u8>,
}

impl Holding {
    pub(super) fn author(&self) -> KeyId {
        match self {
            Holding::Author(deposit) => deposit.author(),
            Holding::New(held) => held.author,
        }
    }

    /// Whether grants of the envelope take two who issue them.
    pub(super) fn two_issuers(&self) -> bool {
        match self {
            Holding::Author(deposit) => deposit.two_issuers(),
            Holding::New(held) => held.two_issuers,
        }
    }

    pub(super) fn epoch(&self) -> u32 {
        match self {
            Holding::Author(_) => 0,
            Holding::New(held) => held.round.epoch,
        }
    }

    /// The entry by which the shares were dealt, where they were.
    pub(super) fn dealt_by(&self) -> Option<EntryRef> {
        match self {
            Holding::Author(_) => None,
            Holding::New(held) => Some(EntryRef(held.round.redeal)),
        }
    }

    /// The envelope's header's hash and its slots, for another dealing.
    pub(super) fn round(&self, redeal: EntryRef, epoch: u32) -> Round {
        let (envelope, header, slots) = match self {
            Holding::Author(d) => (d.envelope(), d.header_hash(), d.slots()),
            Holding::New(held) => (held.round.envelope, held.round.header, held.round.slots),
        };
        Round {
            envelope,
            header,
            redeal: redeal.0,
            epoch,
            slots,
        }
    }

    pub(super) fn shares(&self, key: &dyn KeyProvider) -> Result<GateShares, Denial> {
        match self {
            Holding::Author(deposit) => Ok(deposit.open(key)?),
            Holding::New(held) => held.open(key),
        }
    }
}

impl Held {
    pub(super) fn seal(
        (round, author, set, taken): (Round, (KeyId, bool), GateSet, Taken),
        shares: &GateShares,
        key: &dyn KeyProvider,
    ) -> Result<Held, Denial> {
        let mut out = Held {
            round,
            author: author.0,
            two_issuers: author.1,
            set,
            taken,
            sealed: Vec::new(),
        };
        let own = key.request().keys();
        out.sealed = own.wrap(&out.info(), &shares.secret_bytes())?;
        Ok(out)
    }

    fn open(&self, key: &dyn KeyProvider) -> Result<GateShares, Denial> {
        let bytes = key.unwrap(&self.info(), &self.sealed)?;
        let number = self.set.number(key.key_id()).ok_or(Denial::OtherGate)?;
        self.round.shares(number, &bytes).ok_or_else(damaged)
    }

    fn head(&self) -> Vec<u8> {
        let mut w = Writer::new(match self.two_issuers {
            false => MAGIC,
            true => MAGIC_TWO,
        });
        w.fixed(&self.author.0);
        self.set.write(&mut w);
        w.bytes(&self.taken.encode());
        w.finish()
    }

    fn info(&self) -> Vec<u8> {
        [label::HELD_SHARES, &Sha256::digest(self.head())[..]].concat()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.fixed(&self.head());
        w.bytes(&self.sealed);
        w.finish()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Held, Denial> {
        let read = || {
            let magics = [MAGIC, MAGIC_TWO];
            let (mut r, two_issuers) =
                Reader::either(bytes, magics, "shares that a gate added up")?;
            let author = KeyId(r.fixed()?);
            let set = GateSet::read(&mut r)?;
            let taken = Taken::decode(r.bytes(LONGEST_TAKEN)?)?;
            let sealed = r.bytes(LONGEST_SEALED)?.to_vec();
            r.finish()?;
            Ok(Held {
                round: taken.round(),
                author,
                two_issuers,
                set,
                taken,
                sealed,
            })
        };
        let read: Result<_, crate::wire::WireError> = read();
        read.map_err(|_| damaged())
    }
}

/// That the agency which says so sealed the envelope.
pub(super) fn theirs(author: KeyId, root: Fingerprint, keys: &Directory) -> Result<(), Denial> {
    match keys.record(author).map(KeyRecord::root) {
        Some(found) if found == root => Ok(()),
        _ => Err(Denial::NotTheirs),
    }
}

/// An envelope and an epoch, as keys of facts begin.
pub(super) fn at(envelope: EnvelopeId, epoch: u32) -> Vec<u8> {
    [&envelope.0[..], &epoch.to_be_bytes()].concat()
}

impl<S: GateStore> Gate<'_, S> {
    /// What this gate gives out of an envelope now.
    pub(super) fn current(
        &self,
        envelope: EnvelopeId,
        keys: &Directory,
    ) -> Result<Holding, Denial> {
        self.not_erased(envelope)?;
        let Some(serving) = self.store.last(SERVING, &envelope.0)? else {
            self.not_moved(envelope, 0)?;
            let Some(deposit) = self.kept(envelope)? else {
                let taken = !self.store.rows(HELD, &envelope.0)?.is_empty();
                return Err(match taken {
                    true => Denial::NotYet,
                    false => Denial::NoDeposit,
                });
            };
            return Ok(Holding::Author(Box::new(verified(&deposit, keys)?)));
        };
        let epoch = serving.key[envelope.0.len()..].try_into();
        let epoch = u32::from_be_bytes(epoch.map_err(|_| damaged())?);
        self.not_moved(envelope, epoch)?;
        let by: [u8; 32] = serving.value.try_into().map_err(|_| damaged())?;
        let held = self.held(envelope, epoch, EntryRef(by))?;
        Ok(Holding::New(Box::new(held.ok_or_else(damaged)?)))
    }

    /// What it holds of an epoch in which it serves, although it may have dealt it already.
    pub(super) fn of_epoch(
        &self,
        envelope: EnvelopeId,
        epoch: u32,
        keys: &Directory,
    ) -> Result<Option<Holding>, Denial> {
        if epoch == 0 {
            let deposit = self.kept(envelope)?;
            let deposit = deposit.map(|d| verified(&d, keys)).transpose()?;
            return Ok(deposit.map(|d| Holding::Author(Box::new(d))));
        }
        let Some(by) = self.store.row(SERVING, &at(envelope, epoch))? else {
            return Ok(None);
        };
        let by: [u8; 32] = by.try_into().map_err(|_| damaged())?;
        let held = self.held(envelope, epoch, EntryRef(by))?;
        Ok(held.map(|h| Holding::New(Box::new(h))))
    }

    /// The shares that it added up by this entry, whether it gives them out or not.
    pub(super) fn held(
        &self,
        envelope: EnvelopeId,
        epoch: u32,
        by: EntryRef,
    ) -> Result<Option<Held>, Denial> {
        let key = [&at(envelope, epoch)[..], &by.0].concat();
        let bytes = self.store.row(HELD, &key)?;
        bytes.map(|b| Held::decode(&b)).transpose()
    }

    pub(super) fn kept(&self, envelope: EnvelopeId) -> Result<Option<Deposit>, Denial> {
        let bytes = self.store.row(DEPOSIT, &envelope.0)?;
        Ok(bytes.map(|b| Deposit::decode(&b)).transpose()?)
    }

    pub(super) fn not_erased(&self, envelope: EnvelopeId) -> Result<(), Denial> {
        match self.store.row(ERASED, &envelope.0)? {
            None => Ok(()),
            Some(_) => Err(Denial::Erased),
        }
    }

    /// That the shares of an epoch were not dealt to others.
    pub(super) fn not_moved(&self, envelope: EnvelopeId, epoch: u32) -> Result<(), Denial> {
        let place = at(envelope, epoch);
        match self.store.rows(FROZEN, &place)?.is_empty() {
            true => self.not_yielded(&place),
            false => Err(Denial::Moved),
        }
    }

    /// That this gate has not handed over what it had at a place ([`at`]).
    pub(super) fn not_yielded(&self, place: &[u8]) -> Result<(), Denial> {
        match self.store.row(YIELDED, place)? {
            None => Ok(()),
            Some(_) => Err(Denial::Moved),
        }
    }

    /// Sets a fact in the place of all that was added up and dealt, of an envelope or of one place of it.
    pub(super) fn delete_dealt(&mut self, prefix: &[u8], by: &Row) -> Result<(), Denial> {
        for space in [HELD, DEALING] {
            for old in self.store.rows(space, prefix)? {
                self.store.replace(space, &old.key, by)?;
            }
        }
        Ok(())
    }

    /// The author's key of an envelope, from whatever this gate keeps or kept of it.
    pub(super) fn author_of(&self, envelope: EnvelopeId) -> Result<Option<KeyId>, Denial> {
        if let Some(deposit) = self.kept(envelope)? {
            return Ok(Some(deposit.author()));
        }
        if let Some(row) = self.store.last(HELD, &envelope.0)? {
            return Ok(Some(Held::decode(&row.value)?.author));
        }
        let Some(row) = self.store.last(YIELDED, &envelope.0)? else {
            return Ok(None);
        };
        let author = row.value.get(32..).and_then(|a| a.try_into().ok());
        Ok(Some(KeyId(author.ok_or_else(damaged)?)))
    }
}

/// Secret bytes of shares are never written but wrapped.
pub(super) type SubShares = Vec<(u8, Zeroizing<Vec<u8>>)>;
