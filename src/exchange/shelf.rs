//! What a book keeps beside its log, as facts that are set once (docs/format.md).

use super::card::Card;
use super::error::ExchangeError;
use super::private::{Private, Written};
use crate::audit::{Kind, Row, StoreError};
use crate::clock::UnixTime;
use crate::consent::{Policy, PolicyHead};
use crate::envelope::{Billet, EnvelopeId};
use crate::gate::GateStore;
use crate::grant::EntryRef;
use crate::keys::{Fingerprint, KeyId, PublicRoot};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Fingerprint of the book's own root, under no key.
const OWN: u8 = 1;
/// Cards, by root and when they were made.
const CARD: u8 = 2;
/// Key records of others, by key id.
const RECORD: u8 = 3;
/// Policies, by digest.
const POLICY: u8 = 4;
/// That a policy was confirmed to be in force, by time and digest.
const CONFIRMED: u8 = 5;
/// Billets, by envelope.
const BILLET: u8 = 6;
/// Envelopes of a child, by tag and envelope.
const FILED: u8 = 7;
/// The reference of the child, sealed, by envelope.
const SUBJECT: u8 = 8;
/// Entries of the log about an envelope, by envelope and number in the log.
const ENTRY: u8 = 9;
/// Number in the log and envelope (zeros for none), by entry.
const PLACE: u8 = 10;
/// How far the log was gone through, by number.
const READ: u8 = 11;
/// Uses of grants received, by entry and use: the request that each was taken for.
const USED: u8 = 12;
/// Written reasons, sealed, by commitment.
const WRITTEN: u8 = 13;
/// Uses whose request was answered, by entry and use.
const ANSWERED: u8 = 14;
/// Roots that are trusted besides those of cards, by fingerprint.
const ROOT: u8 = 15;
/// Consents about a child, by tag and receipt.
const CONSENT: u8 = 17;
/// When a consent was withdrawn, by receipt.
const WITHDRAWN: u8 = 18;
/// Behind which gates is sealed: threshold and key ids, by when that was set.
const GATES: u8 = 16;

/// An entry of the log about an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) index: u64,
    pub(super) kind: Kind,
    pub(super) entry: EntryRef,
}

/// The facts of a book.
#[derive(Debug)]
pub(super) struct Shelf<F>(pub(super) F);

impl<F: GateStore> Shelf<F> {
    pub(super) fn own(&self) -> Result<Option<Fingerprint>, ExchangeError> {
        let found = self.0.row(OWN, b"")?;
        found.map(|b| Ok(Fingerprint(array(&b)?))).transpose()
    }

    pub(super) fn begin(&mut self, card: &Card) -> Result<(), ExchangeError> {
        let own = row(OWN, &[], &card.fingerprint().0);
        Ok(self.0.put(&[own, card_row(card)])?)
    }

    pub(super) fn keep_card(&mut self, card: &Card) -> Result<(), ExchangeError> {
        Ok(self.0.put(&[card_row(card)])?)
    }

    /// The newest card of each root.
    pub(super) fn cards(&self) -> Result<BTreeMap<Fingerprint, Card>, ExchangeError> {
        let mut out = BTreeMap::new();
        for row in self.0.rows(CARD, b"")? {
            let text = std::str::from_utf8(&row.value).map_err(|_| damaged())?;
            let card = Card::from_text(text)?;
            out.insert(card.fingerprint(), card);
        }
        Ok(out)
    }

    pub(super) fn keep_root(&mut self, root: &PublicRoot) -> Result<(), ExchangeError> {
        let kept = row(ROOT, &[&root.fingerprint().0], root.to_text().as_bytes());
        Ok(self.0.put(&[kept])?)
    }

    pub(super) fn roots(&self) -> Result<Vec<PublicRoot>, ExchangeError> {
        let read = |row: &Row| {
            let text = std::str::from_utf8(&row.value).map_err(|_| damaged())?;
            Ok(PublicRoot::from_text(text)?)
        };
        self.0.rows(ROOT, b"")?.iter().map(read).collect()
    }

    pub(super) fn keep_gates(
        &mut self,
        now: UnixTime,
        threshold: usize,
        keys: &[KeyId],
    ) -> Result<(), ExchangeError> {
        let mut value = vec![crate::limits::byte(threshold)];
        keys.iter().for_each(|k| value.extend_from_slice(&k.0));
        let time = now.as_secs().to_be_bytes();
        Ok(self.0.put(&[row(GATES, &[&time], &value)])?)
    }

    /// How many gates open, and which there are, as last set.
    pub(super) fn gates(&self) -> Result<Option<(usize, Vec<KeyId>)>, ExchangeError> {
        let Some(last) = self.0.last(GATES, b"")? else {
            return Ok(None);
        };
        let (threshold, keys) = last.value.split_first().ok_or_else(damaged)?;
        let (keys, rest) = keys.as_chunks::<32>();
        match rest {
            [] => Ok(Some((
                usize::from(*threshold),
                keys.iter().map(|k| KeyId(*k)).collect(),
            ))),
            _ => Err(damaged()),
        }
    }

    pub(super) fn keep_record(&mut self, id: [u8; 32], bytes: &[u8]) -> Result<(), ExchangeError> {
        match self.0.row(RECORD, &id)? {
            Some(_) => Ok(()),
            None => Ok(self.0.put(&[row(RECORD, &[&id], bytes)])?),
        }
    }

    pub(super) fn records(&self) -> Result<Vec<Vec<u8>>, ExchangeError> {
        let rows = self.0.rows(RECORD, b"")?;
        Ok(rows.into_iter().map(|r| r.value).collect())
    }

    pub(super) fn confirm(&mut self, policy: &Policy, now: UnixTime) -> Result<(), ExchangeError> {
        let digest = policy.digest();
        let kept = row(POLICY, &[&digest], &policy.to_bytes());
        let time = now.as_secs().to_be_bytes();
        Ok(self
            .0
            .put(&[kept, row(CONFIRMED, &[&time, &digest], &[])])?)
    }

    pub(super) fn policy(&self, digest: &[u8; 32]) -> Result<Option<Policy>, ExchangeError> {
        let bytes = self.0.row(POLICY, digest)?;
        Ok(bytes.map(|b| Policy::from_bytes(&b)).transpose()?)
    }

    pub(super) fn head(&self) -> Result<PolicyHead, ExchangeError> {
        let last = self
            .0
            .last(CONFIRMED, b"")?
            .ok_or(ExchangeError::NoPolicy)?;
        let (time, digest) = last.key.split_first_chunk::<8>().ok_or_else(damaged)?;
        let confirmed = UnixTime::from_secs(u64::from_be_bytes(*time));
        Ok(PolicyHead {
            digest: array(digest)?,
            confirmed: confirmed.map_err(|_| damaged())?,
        })
    }

    pub(super) fn file(
        &mut self,
        private: &Private,
        subject: &str,
        id: EnvelopeId,
        billet: &Billet,
    ) -> Result<(), ExchangeError> {
        let sealed = private.seal(&id.0, subject.as_bytes())?;
        let rows = [
            row(BILLET, &[&id.0], &billet.encode()),
            row(FILED, &[&private.tag(subject), &id.0], &[]),
            row(SUBJECT, &[&id.0], &sealed),
        ];
        Ok(self.0.put(&rows)?)
    }

    pub(super) fn billet(&self, id: EnvelopeId) -> Result<Billet, ExchangeError> {
        let bytes = self.0.row(BILLET, &id.0)?;
        let bytes = bytes.ok_or(ExchangeError::Missing("such envelope"))?;
        Ok(Billet::decode(&bytes)?)
    }

    pub(super) fn envelopes(&self, tag: &[u8; 32]) -> Result<Vec<EnvelopeId>, ExchangeError> {
        let rows = self.0.rows(FILED, tag)?;
        let ids = rows.iter().map(|r| Ok(EnvelopeId(array(&r.key[32..])?)));
        ids.collect()
    }

    pub(super) fn subject(
        &self,
        private: &Private,
        id: EnvelopeId,
    ) -> Result<Zeroizing<String>, ExchangeError> {
        let sealed = self.0.row(SUBJECT, &id.0)?;
        let sealed = sealed.ok_or(ExchangeError::Missing("such envelope"))?;
        let plain = private.open(&id.0, &sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| damaged())?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// The number of the first entry of the log that was not gone through.
    pub(super) fn read_to(&self) -> Result<u64, ExchangeError> {
        match self.0.last(READ, b"")? {
            None => Ok(0),
            Some(row) => Ok(u64::from_be_bytes(array(&row.key)?)),
        }
    }

    /// Keeps what was found from one number of the log to another.
    pub(super) fn read(
        &mut self,
        to: u64,
        found: &[(Option<EnvelopeId>, Place)],
    ) -> Result<(), ExchangeError> {
        let mut rows = vec![row(READ, &[&to.to_be_bytes()], &[])];
        for (envelope, place) in found {
            let index = place.index.to_be_bytes();
            let of = envelope.map_or([0; 16], |id| id.0);
            rows.push(row(PLACE, &[&place.entry.0], &[&index[..], &of].concat()));
            if let Some(id) = envelope {
                let kind = place.kind.code().to_be_bytes();
                let value = [&kind[..], &place.entry.0].concat();
                rows.push(row(ENTRY, &[&id.0, &index], &value));
            }
        }
        Ok(self.0.put(&rows)?)
    }

    pub(super) fn place(&self, entry: EntryRef) -> Result<Option<u64>, ExchangeError> {
        Ok(self.placed(entry)?.map(|(index, _)| index))
    }

    /// The envelope that an entry of the log is about.
    pub(super) fn envelope_of(&self, entry: EntryRef) -> Result<Option<EnvelopeId>, ExchangeError> {
        let placed = self.placed(entry)?;
        Ok(placed.map(|(_, id)| id).filter(|id| id.0 != [0; 16]))
    }

    fn placed(&self, entry: EntryRef) -> Result<Option<(u64, EnvelopeId)>, ExchangeError> {
        let Some(value) = self.0.row(PLACE, &entry.0)? else {
            return Ok(None);
        };
        let (index, id) = value.split_first_chunk::<8>().ok_or_else(damaged)?;
        Ok(Some((u64::from_be_bytes(*index), EnvelopeId(array(id)?))))
    }

    pub(super) fn entries(&self, id: EnvelopeId) -> Result<Vec<Place>, ExchangeError> {
        let rows = self.0.rows(ENTRY, &id.0)?;
        let read = |row: &Row| -> Result<Place, ExchangeError> {
            let (kind, entry) = row.value.split_first_chunk::<2>().ok_or_else(damaged)?;
            let kind = Kind::from_code(u16::from_be_bytes(*kind));
            Ok(Place {
                index: u64::from_be_bytes(array(&row.key[16..])?),
                kind: kind.ok_or_else(damaged)?,
                entry: EntryRef(array(entry)?),
            })
        };
        rows.iter().map(read).collect()
    }

    /// The first use of a grant received that was not taken yet.
    pub(super) fn next_use(&self, grant: EntryRef) -> Result<u16, ExchangeError> {
        Ok(match self.0.last(USED, &grant.0)? {
            None => 1,
            Some(row) => u16::from_be_bytes(array(&row.key[32..])?).saturating_add(1),
        })
    }

    /// Takes uses of grants received for a request, before it leaves. False where another process took one of them.
    pub(super) fn take(
        &mut self,
        uses: &[(EntryRef, u16)],
        request: &[u8],
    ) -> Result<bool, ExchangeError> {
        let taken =
            |(grant, n): &(EntryRef, u16)| row(USED, &[&grant.0, &n.to_be_bytes()], request);
        let rows: Vec<Row> = uses.iter().map(taken).collect();
        match self.0.put(&rows) {
            Ok(()) => Ok(true),
            Err(StoreError::Taken) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// The requests that uses of a grant were taken for, and that were not answered.
    pub(super) fn unanswered(&self, grant: EntryRef) -> Result<Vec<Vec<u8>>, ExchangeError> {
        let mut out = Vec::new();
        for row in self.0.rows(USED, &grant.0)? {
            if self.0.row(ANSWERED, &row.key)?.is_none() {
                out.push(row.value);
            }
        }
        Ok(out)
    }

    /// The requests that uses of any grant were taken for.
    pub(super) fn taken(&self) -> Result<Vec<Vec<u8>>, ExchangeError> {
        let rows = self.0.rows(USED, b"")?;
        Ok(rows.into_iter().map(|r| r.value).collect())
    }

    pub(super) fn answered(&mut self, grant: EntryRef, n: u16) -> Result<(), ExchangeError> {
        Ok(self
            .0
            .put(&[row(ANSWERED, &[&grant.0, &n.to_be_bytes()], &[])])?)
    }

    pub(super) fn keep_consent(
        &mut self,
        tag: &[u8; 32],
        receipt: [u8; 32],
    ) -> Result<(), ExchangeError> {
        Ok(self.0.put(&[row(CONSENT, &[tag, &receipt], &[])])?)
    }

    pub(super) fn consents(&self, tag: &[u8; 32]) -> Result<Vec<[u8; 32]>, ExchangeError> {
        let rows = self.0.rows(CONSENT, tag)?;
        rows.iter().map(|r| array(&r.key[32..])).collect()
    }

    pub(super) fn withdraw(
        &mut self,
        receipt: &[u8; 32],
        at: UnixTime,
    ) -> Result<(), ExchangeError> {
        let time = at.as_secs().to_be_bytes();
        Ok(self.0.put(&[row(WITHDRAWN, &[receipt], &time)])?)
    }

    pub(super) fn withdrawn(&self, receipt: &[u8; 32]) -> Result<Option<UnixTime>, ExchangeError> {
        let found = self.0.row(WITHDRAWN, receipt)?;
        let read = |b: Vec<u8>| {
            let at = UnixTime::from_secs(u64::from_be_bytes(array(&b)?));
            at.map_err(|_| damaged())
        };
        found.map(read).transpose()
    }

    pub(super) fn keep_written(&mut self, written: &Written) -> Result<(), ExchangeError> {
        let kept = row(WRITTEN, &[&written.commitment], &written.sealed);
        Ok(self.0.put(&[kept])?)
    }

    pub(super) fn written(
        &self,
        private: &Private,
        commitment: &[u8; 32],
    ) -> Result<Option<Zeroizing<String>>, ExchangeError> {
        let sealed = self.0.row(WRITTEN, commitment)?;
        sealed.map(|s| private.read(commitment, &s)).transpose()
    }
}

fn card_row(card: &Card) -> Row {
    let made = card.made().as_secs().to_be_bytes();
    row(
        CARD,
        &[&card.fingerprint().0, &made],
        card.to_text().as_bytes(),
    )
}

fn row(space: u8, key: &[&[u8]], value: &[u8]) -> Row {
    Row {
        space,
        key: key.concat(),
        value: value.to_vec(),
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], ExchangeError> {
    bytes.try_into().map_err(|_| damaged())
}

fn damaged() -> ExchangeError {
    StoreError::Damaged {
        what: "what the book keeps",
    }
    .into()
}
