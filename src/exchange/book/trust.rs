//! Whom a book trusts: cards, roots, key records, and what was said of keys that may be in other hands.

use super::Book;
use crate::audit::{Kind, NoteSigner, Store};
use crate::clock::UnixTime;
use crate::envelope::{Billet, VerifiedEnvelope};
use crate::exchange::card::Card;
use crate::exchange::courier::Courier;
use crate::exchange::error::{CardError, ExchangeError};
use crate::gate::GateStore;
use crate::keys::{Compromise, Directory, KeyId, KeyRecord, KeyRefused, PublicRoot, RecordError};
use sha2::{Digest, Sha256};

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Reads whom the book knows.
    pub(super) fn know(&mut self) -> Result<(), ExchangeError> {
        self.peers = self.shelf.cards()?;
        self.peers
            .insert(self.card.fingerprint(), self.card.clone());
        let roots = self.peers.values().map(|c| c.root().clone());
        self.directory = Directory::new(roots.chain(self.shelf.roots()?));
        for card in self.peers.values() {
            card.add_to(&mut self.directory)?;
        }
        for record in self.shelf.records()? {
            self.directory.add_bytes(&record)?;
        }
        for statement in self.shelf.compromises()? {
            self.directory.add_compromise(&statement)?;
        }
        Ok(())
    }

    /// Trusts the root of an agency that has no book of its own, such as one that keeps a gate. The caller has compared its
    /// fingerprint with the one that the agency told by telephone.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn trust(&mut self, root: &PublicRoot) -> Result<(), ExchangeError> {
        self.shelf.keep_root(root)?;
        self.know()
    }

    /// Accepts another agency's card, whose fingerprint the caller has compared with the one that the agency told by
    /// telephone. A newer card of the same root takes the place of an older one.
    ///
    /// # Errors
    /// Where the organisation is known under another root.
    pub fn accept(&mut self, card: &Card) -> Result<(), ExchangeError> {
        let root = card.fingerprint();
        let taken = self.peers.values();
        let mut taken = taken.filter(|c| c.organisation() == card.organisation());
        if let Some(other) = taken.find(|c| c.fingerprint() != root) {
            return Err(ExchangeError::OrganisationTaken {
                organisation: card.organisation().to_string(),
                known: other.fingerprint(),
            });
        }
        self.shelf.keep_card(card)?;
        self.know()
    }

    /// The card of an organisation.
    ///
    /// # Errors
    /// Where none was accepted.
    pub fn peer(&self, organisation: &str) -> Result<&Card, ExchangeError> {
        let mut all = self.peers.values();
        let found = all.find(|c| c.organisation().as_str() == organisation);
        found.ok_or(ExchangeError::Missing(
            "card of that organisation; accept it first (`book accept`)",
        ))
    }

    /// Keeps the record of another key under a root that the book trusts.
    ///
    /// # Errors
    /// Where no trusted root stands for it.
    pub fn add_record(&mut self, record: &[u8]) -> Result<KeyId, ExchangeError> {
        let id = self.directory.add_bytes(record)?;
        self.shelf.keep_record(id.0, record)?;
        Ok(id)
    }

    /// [`Book::add_record`] of a record's text.
    ///
    /// # Errors
    /// As [`Book::add_record`].
    pub fn add_record_text(&mut self, record: &str) -> Result<KeyId, ExchangeError> {
        let id = self.directory.add(record)?;
        let bytes = self.own_record(id)?.encode();
        self.shelf.keep_record(id.0, &bytes)?;
        Ok(id)
    }

    /// Keeps the word of a root that this book trusts that a key may be in other hands, and logs it. What that key signs
    /// from then on counts for nothing here; what witnesses had seen in the log before counts as before. Gates and
    /// partners in other places must be told too.
    ///
    /// # Errors
    /// Where no trusted root said it of a key of its own. [`ExchangeError::Unwitnessed`] where it is kept and not
    /// witnessed yet: say it again.
    pub fn compromised(
        &mut self,
        courier: &mut dyn Courier,
        statement: &str,
        now: UnixTime,
    ) -> Result<KeyId, ExchangeError> {
        let id = self.directory.add_compromise(statement)?;
        self.shelf.keep_compromise(id, statement)?;
        let cards = self.peers.values().map(|c| c.root().clone());
        let mut read = Err(RecordError::NoRoot);
        for root in cards.chain(self.shelf.roots()?) {
            if read.is_err() {
                read = Compromise::from_text(statement, &root);
            }
        }
        let bytes = read?.encode();
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let (number, _) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
        self.enter(courier, (Kind::Compromise, bytes, *number), now)?;
        Ok(id)
    }

    /// That a key may still be used, as far as its root has said.
    pub(super) fn not_compromised(&self, id: KeyId, now: UnixTime) -> Result<(), KeyRefused> {
        match self.directory.compromised_since(id) {
            Some(since) if since <= now => Err(KeyRefused::Compromised { id, since }),
            _ => Ok(()),
        }
    }

    /// Replaces the agency's own card, such as one that names other witnesses.
    ///
    /// # Errors
    /// Where it is of another root or log, or is not newer.
    pub fn replace_card(&mut self, card: &Card) -> Result<(), ExchangeError> {
        let own = card.fingerprint() == self.card.fingerprint();
        if !own || card.made() <= self.card.made() {
            return Err(CardError::Author.into());
        }
        let again = super::signer(card, self.keys.log)?;
        if again.verifier() != self.signer.verifier() {
            return Err(CardError::Log.into());
        }
        self.shelf.keep_card(card)?;
        self.card = card.clone();
        self.know()
    }

    pub(super) fn own_record(&self, id: KeyId) -> Result<&KeyRecord, ExchangeError> {
        let record = self.directory.record(id);
        Ok(record.ok_or(KeyRefused::Unknown(id))?)
    }

    /// A billet's envelope, checked under the key of its author.
    pub(super) fn checked<'b>(
        &self,
        billet: &'b Billet,
    ) -> Result<VerifiedEnvelope<'b>, ExchangeError> {
        let envelope = billet.envelope()?;
        let author = self.own_record(envelope.inspect().author)?;
        Ok(envelope.verify(author)?)
    }
}
