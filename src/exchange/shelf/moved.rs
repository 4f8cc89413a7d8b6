//! What a book keeps of shares that were dealt anew.

use super::{LISTED, SUBJECT, Shelf, TAKEN, array, row};
use crate::audit::StoreError;
use crate::envelope::EnvelopeId;
use crate::exchange::error::ExchangeError;
use crate::gate::{Dealing, GateStore, ReleaseList, Taken};
use crate::grant::EntryRef;

impl<F: GateStore> Shelf<F> {
    /// Keeps the word of a new gate that it has its shares.
    pub(in crate::exchange) fn keep_taken(&mut self, taken: &Taken) -> Result<(), ExchangeError> {
        let key: [&[u8]; 2] = [&taken.redeal().0, &taken.gate().0];
        Ok(self.0.put(&[row(TAKEN, &key, &taken.encode())])?)
    }

    /// The words of the gates to which this entry dealt.
    pub(in crate::exchange) fn words_of(
        &self,
        redeal: EntryRef,
    ) -> Result<Vec<Taken>, ExchangeError> {
        let rows = self.0.rows(TAKEN, &redeal.0)?;
        let read = rows.iter().map(|r| Ok(Taken::decode(&r.value)?));
        read.collect()
    }

    /// Keeps what a gate had released when it dealt, since it may not be there when that is asked.
    pub(in crate::exchange) fn keep_last_list(
        &mut self,
        dealing: &Dealing,
    ) -> Result<(), ExchangeError> {
        let key: [&[u8]; 2] = [&dealing.redeal().0, &dealing.gate().0];
        match self.0.put(&[row(LISTED, &key, &dealing.list().encode())]) {
            Ok(()) | Err(StoreError::Taken) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// What the gates that dealt by this entry had released before.
    pub(in crate::exchange) fn last_lists(
        &self,
        redeal: EntryRef,
    ) -> Result<Vec<ReleaseList>, ExchangeError> {
        let rows = self.0.rows(LISTED, &redeal.0)?;
        let read = rows.iter().map(|r| Ok(ReleaseList::decode(&r.value)?));
        read.collect()
    }

    /// Every envelope of the book.
    pub(in crate::exchange) fn all_envelopes(&self) -> Result<Vec<EnvelopeId>, ExchangeError> {
        let rows = self.0.rows(SUBJECT, b"")?;
        rows.iter()
            .map(|r| Ok(EnvelopeId(array(&r.key)?)))
            .collect()
    }
}
