//! What a book keeps beside its log, as facts that are set once (docs/format.md).

mod moved;
mod trusted;

use super::error::ExchangeError;
use super::private::{Private, Written};
use crate::audit::{Kind, Row, StoreError};
use crate::clock::UnixTime;
use crate::envelope::{Billet, EnvelopeId};
use crate::gate::GateStore;
use crate::grant::EntryRef;
use zeroize::Zeroizing;

/// Fingerprint of the book's own root, under no key.
const OWN: u8 = 1;
/// Cards, by root and when they were made.
const CARD: u8 = 2;
/// Key records of others, by key id.
const RECORD: u8 = 3;
/// Policies, by digest.
const POLICY: u8 = 4;
/// That a policy was confirmed to be in force, by time, digest, and which confirmation of that second it was.
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
/// Uses of grants received, by entry, use and, from the second on, attempt: the request that each was taken for.
const USED: u8 = 12;
/// Written reasons, sealed, by commitment.
const WRITTEN: u8 = 13;
/// Uses whose request was answered, by the same.
const ANSWERED: u8 = 14;
/// That the use itself is to be tried again.
const TRY_AGAIN: &[u8] = &[1];
/// Roots that are trusted besides those of cards, by fingerprint.
const ROOT: u8 = 15;
/// Consents about a child, by tag and receipt.
const CONSENT: u8 = 17;
/// When a consent was withdrawn, by receipt.
const WITHDRAWN: u8 = 18;
/// Behind which gates is sealed: threshold and key ids, by when that was set.
const GATES: u8 = 16;
/// Statements that a key is compromised, by key id and digest.
const COMPROMISE: u8 = 19;
/// Proofs of grants as witnesses saw them when they were given, by entry.
const PROVEN: u8 = 20;
/// Envelopes in whose place a newer one of the same child was sealed, each with that one.
const RESEALED: u8 = 21;
/// Words of gates that have the shares which an entry dealt to them, by entry and gate.
const TAKEN: u8 = 22;
/// What gates that dealt had released before, by entry and gate.
const LISTED: u8 = 23;

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
    pub(super) fn keep_proof(&mut self, entry: EntryRef, proof: &str) -> Result<(), ExchangeError> {
        match self.0.row(PROVEN, &entry.0)? {
            // The oldest shows most.
            Some(_) => Ok(()),
            None => Ok(self.0.put(&[row(PROVEN, &[&entry.0], proof.as_bytes())])?),
        }
    }

    pub(super) fn proof(&self, entry: EntryRef) -> Result<Option<String>, ExchangeError> {
        let bytes = self.0.row(PROVEN, &entry.0)?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| damaged())
    }

    /// Files an envelope under the reference of its child, in the place of older ones.
    pub(super) fn file(
        &mut self,
        private: &Private,
        subject: &str,
        (id, billet): (EnvelopeId, &Billet),
        older: &[EnvelopeId],
    ) -> Result<(), ExchangeError> {
        let sealed = private.seal(&id.0, subject.as_bytes())?;
        let mut rows = vec![
            row(BILLET, &[&id.0], &billet.encode()),
            row(FILED, &[&private.tag(subject), &id.0], &[]),
            row(SUBJECT, &[&id.0], &sealed),
        ];
        let older = older.iter().map(|o| row(RESEALED, &[&o.0], &id.0));
        rows.extend(older);
        Ok(self.0.put(&rows)?)
    }

    /// True where a newer envelope took this one's place.
    pub(super) fn resealed(&self, id: EnvelopeId) -> Result<bool, ExchangeError> {
        Ok(self.0.row(RESEALED, &id.0)?.is_some())
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
            Some(row) => use_of(&row)?.saturating_add(1),
        })
    }

    /// The same of the grant that is used itself, and which attempt at it that is, from 0: a use whose request was
    /// denied for a use of a grant before it is tried again.
    pub(super) fn next_own_use(&self, grant: EntryRef) -> Result<(u16, u8), ExchangeError> {
        let Some(row) = self.0.last(USED, &grant.0)? else {
            return Ok((1, 0));
        };
        let n = use_of(&row)?;
        let attempt = row.key.get(34).copied().unwrap_or(0);
        let again = self.0.row(ANSWERED, &row.key)?.as_deref() == Some(TRY_AGAIN);
        Ok(match again {
            true => (n, attempt.saturating_add(1)),
            false => (n.saturating_add(1), 0),
        })
    }

    /// Takes uses of grants received for a request, before it leaves. False where another process took one of them.
    pub(super) fn take(
        &mut self,
        before: &[(EntryRef, u16)],
        (own, n, attempt): (EntryRef, u16, u8),
        request: &[u8],
    ) -> Result<bool, ExchangeError> {
        let taken =
            |(grant, n): &(EntryRef, u16)| row(USED, &[&grant.0, &n.to_be_bytes()], request);
        let mut rows: Vec<Row> = before.iter().map(taken).collect();
        let attempt = [attempt];
        let attempt = &attempt[usize::from(attempt == [0])..];
        rows.push(row(USED, &[&own.0, &n.to_be_bytes(), attempt], request));
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

    /// Notes that a request was answered; with `again`, so that its own use is tried once more.
    pub(super) fn answered(
        &mut self,
        (grant, n): (EntryRef, u16),
        request: &[u8],
        again: bool,
    ) -> Result<(), ExchangeError> {
        let prefix = [&grant.0[..], &n.to_be_bytes()].concat();
        let mut rows = self.0.rows(USED, &prefix)?.into_iter();
        let Some(used) = rows.find(|r| r.value == request) else {
            return Ok(());
        };
        let how: &[u8] = if again { TRY_AGAIN } else { &[] };
        match self.0.put(&[row(ANSWERED, &[&used.key], how)]) {
            // What was noted first stays.
            Err(StoreError::Taken) => Ok(()),
            done => Ok(done?),
        }
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

/// Which use of a grant a row is about.
fn use_of(row: &Row) -> Result<u16, ExchangeError> {
    let bytes = row.key.get(32..34).ok_or_else(damaged)?;
    Ok(u16::from_be_bytes(array(bytes)?))
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
