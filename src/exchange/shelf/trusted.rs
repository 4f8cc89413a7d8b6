//! Whom a book trusts, behind which gates it seals, and under which policy.

use super::{
    CARD, COMPROMISE, CONFIRMED, GATES, OWN, POLICY, RECORD, ROOT, Shelf, array, damaged, row,
};
use crate::audit::Row;
use crate::clock::UnixTime;
use crate::consent::{Policy, PolicyHead};
use crate::exchange::card::Card;
use crate::exchange::error::ExchangeError;
use crate::gate::GateStore;
use crate::keys::{Fingerprint, KeyId, PublicRoot};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

impl<F: GateStore> Shelf<F> {
    pub(in crate::exchange) fn own(&self) -> Result<Option<Fingerprint>, ExchangeError> {
        let found = self.0.row(OWN, b"")?;
        found.map(|b| Ok(Fingerprint(array(&b)?))).transpose()
    }

    pub(in crate::exchange) fn begin(&mut self, card: &Card) -> Result<(), ExchangeError> {
        let own = row(OWN, &[], &card.fingerprint().0);
        Ok(self.0.put(&[own, card_row(card)])?)
    }

    pub(in crate::exchange) fn keep_card(&mut self, card: &Card) -> Result<(), ExchangeError> {
        Ok(self.0.put(&[card_row(card)])?)
    }

    /// The newest card of each root.
    pub(in crate::exchange) fn cards(&self) -> Result<BTreeMap<Fingerprint, Card>, ExchangeError> {
        let mut out = BTreeMap::new();
        for row in self.0.rows(CARD, b"")? {
            let text = std::str::from_utf8(&row.value).map_err(|_| damaged())?;
            let card = Card::from_text(text)?;
            out.insert(card.fingerprint(), card);
        }
        Ok(out)
    }

    pub(in crate::exchange) fn keep_root(
        &mut self,
        root: &PublicRoot,
    ) -> Result<(), ExchangeError> {
        let kept = row(ROOT, &[&root.fingerprint().0], root.to_text().as_bytes());
        Ok(self.0.put(&[kept])?)
    }

    pub(in crate::exchange) fn roots(&self) -> Result<Vec<PublicRoot>, ExchangeError> {
        let read = |row: &Row| {
            let text = std::str::from_utf8(&row.value).map_err(|_| damaged())?;
            Ok(PublicRoot::from_text(text)?)
        };
        self.0.rows(ROOT, b"")?.iter().map(read).collect()
    }

    pub(in crate::exchange) fn keep_gates(
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
    pub(in crate::exchange) fn gates(&self) -> Result<Option<(usize, Vec<KeyId>)>, ExchangeError> {
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

    pub(in crate::exchange) fn keep_record(
        &mut self,
        id: [u8; 32],
        bytes: &[u8],
    ) -> Result<(), ExchangeError> {
        match self.0.row(RECORD, &id)? {
            Some(_) => Ok(()),
            None => Ok(self.0.put(&[row(RECORD, &[&id], bytes)])?),
        }
    }

    pub(in crate::exchange) fn records(&self) -> Result<Vec<Vec<u8>>, ExchangeError> {
        let rows = self.0.rows(RECORD, b"")?;
        Ok(rows.into_iter().map(|r| r.value).collect())
    }

    pub(in crate::exchange) fn keep_compromise(
        &mut self,
        id: KeyId,
        text: &str,
    ) -> Result<(), ExchangeError> {
        let digest: [u8; 32] = Sha256::digest(text).into();
        let kept = row(COMPROMISE, &[&id.0, &digest], text.as_bytes());
        Ok(self.0.put(&[kept])?)
    }

    pub(in crate::exchange) fn compromises(&self) -> Result<Vec<String>, ExchangeError> {
        let rows = self.0.rows(COMPROMISE, b"")?;
        let texts = rows.into_iter().map(|r| String::from_utf8(r.value));
        texts.map(|t| t.map_err(|_| damaged())).collect()
    }

    pub(in crate::exchange) fn confirm(
        &mut self,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<(), ExchangeError> {
        let digest = policy.digest();
        let kept = row(POLICY, &[&digest], &policy.to_bytes());
        let time = now.as_secs().to_be_bytes();
        // Of one second the last counts.
        let before = self.0.rows(CONFIRMED, &time)?.len();
        let number = u16::try_from(before).map_err(|_| ExchangeError::Long)?;
        let key: [&[u8]; 3] = [&time, &digest, &number.to_be_bytes()];
        Ok(self.0.put(&[kept, row(CONFIRMED, &key, &[])])?)
    }

    pub(in crate::exchange) fn policy(
        &self,
        digest: &[u8; 32],
    ) -> Result<Option<Policy>, ExchangeError> {
        let bytes = self.0.row(POLICY, digest)?;
        Ok(bytes.map(|b| Policy::from_bytes(&b)).transpose()?)
    }

    pub(in crate::exchange) fn head(&self) -> Result<PolicyHead, ExchangeError> {
        let last = self
            .0
            .last(CONFIRMED, b"")?
            .ok_or(ExchangeError::NoPolicy)?;
        let time = last.key.get(..8).ok_or_else(damaged)?;
        let (mut digest, mut newest) = ([0; 32], None);
        for row in self.0.rows(CONFIRMED, time)? {
            let (found, number) = row.key[8..].split_first_chunk::<32>().ok_or_else(damaged)?;
            if newest.as_deref() < Some(number) {
                (digest, newest) = (*found, Some(number.to_vec()));
            }
        }
        let confirmed = UnixTime::from_secs(u64::from_be_bytes(array(time)?));
        Ok(PolicyHead {
            digest,
            confirmed: confirmed.map_err(|_| damaged())?,
        })
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
