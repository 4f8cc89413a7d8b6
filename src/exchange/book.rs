//! The book: an agency's log and keys, what it has sealed, and whom it knows.

mod answer;
mod consents;
mod end;
mod enter;
mod gate_sets;
mod give;
mod hand_on;
mod history;
mod hold;
mod index;
mod receive;
mod redeal;
mod releases;
mod seal;
mod trust;
mod two;

pub use end::EndedAt;
pub use give::{Given, Refusing};
pub use receive::Emergency;
pub use redeal::Redealt;

use super::card::Card;
use super::courier::{Courier, CourierError, To};
use super::error::{CardError, ExchangeError};
use super::gate_message::{GateAnswer, GateCall, GateMessage};
use super::private::Private;
use super::shelf::Shelf;
use crate::audit::{
    Log, NoteKey, NoteSigner, OpeningKey, SignatureType, SignedCheckpoint, Store, Verified,
};
use crate::clock::UnixTime;
use crate::consent::{Policy, PolicyHead};
use crate::envelope::Gates;
use crate::gate::GateStore;
use crate::keys::{
    Directory, Fingerprint, KeyId, KeyProvider, KeyRecord, KeyRefused, Role, Secret,
};
use std::collections::BTreeMap;
use std::fmt;

/// The keys with which a book works. Each may lie in this program or in a device behind [`KeyProvider`].
#[derive(Clone, Copy)]
pub struct BookKeys<'k> {
    /// Seals, grants, refuses, revokes: of the role `issue`.
    pub author: &'k dyn KeyProvider,
    /// Owns the envelopes: of the role `open`.
    pub owner: &'k dyn KeyProvider,
    /// Signs the log: of the role `log`.
    pub log: &'k dyn KeyProvider,
    /// What the log's openings, and what the book keeps for itself, rest under.
    pub opening: &'k Secret,
}

/// An agency's book, that a case-management system embeds. It holds the log and what was sealed; gates and witnesses are
/// reached through a [`Courier`], whether they are in this process or stand apart. Nothing here reads a clock.
pub struct Book<'k, S, F> {
    keys: BookKeys<'k>,
    signer: NoteKey<'k, dyn KeyProvider + 'k>,
    opening: OpeningKey,
    private: Private,
    log: Log<S>,
    shelf: Shelf<F>,
    card: Card,
    peers: BTreeMap<Fingerprint, Card>,
    directory: Directory,
}

impl<'k, S: Store, F: GateStore> Book<'k, S, F> {
    /// Begins a book: keeps the agency's own card and signs the empty log, whose name is the one on the card.
    ///
    /// # Errors
    /// Where there is a log already, the card is not of these keys, or the stores cannot be written.
    pub fn create(
        keys: BookKeys<'k>,
        card: &Card,
        store: S,
        facts: F,
    ) -> Result<Book<'k, S, F>, ExchangeError> {
        let signer = signer(card, keys.log)?;
        let mut shelf = Shelf(facts);
        shelf.begin(card)?;
        let log = Log::create(store, &signer)?;
        Book::with(keys, signer, log, shelf)
    }

    /// Opens a book.
    ///
    /// # Errors
    /// Where there is none, the keys are another's, or the stores cannot be read.
    pub fn open(keys: BookKeys<'k>, store: S, facts: F) -> Result<Book<'k, S, F>, ExchangeError> {
        let shelf = Shelf(facts);
        let card = own_card(&shelf)?;
        let signer = signer(&card, keys.log)?;
        let log = Log::open(store, signer.verifier().clone())?;
        Book::with(keys, signer, log, shelf)
    }

    fn with(
        keys: BookKeys<'k>,
        signer: NoteKey<'k, dyn KeyProvider + 'k>,
        log: Log<S>,
        shelf: Shelf<F>,
    ) -> Result<Book<'k, S, F>, ExchangeError> {
        let card = own_card(&shelf)?;
        for key in [keys.author, keys.owner, keys.log] {
            let id = key.key_id();
            if !card.records().iter().any(|r| r.id() == id) {
                return Err(KeyRefused::Unknown(id).into());
            }
        }
        let secret = Secret::from_secret_bytes(keys.opening.secret_bytes())?;
        let mut book = Book {
            private: Private::grow(&secret)?,
            opening: OpeningKey::new(secret),
            keys,
            signer,
            log,
            shelf,
            card,
            peers: BTreeMap::new(),
            directory: Directory::default(),
        };
        book.know()?;
        Ok(book)
    }

    /// The keys with which it works.
    pub fn keys(&self) -> BookKeys<'k> {
        self.keys
    }

    /// The agency's own card.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The agencies whose cards were accepted, its own among them, by their roots.
    pub fn peers(&self) -> &BTreeMap<Fingerprint, Card> {
        &self.peers
    }

    /// The keys that the book trusts.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The log.
    pub fn log(&mut self) -> &mut Log<S> {
        &mut self.log
    }

    /// Checks the whole log with all that it holds of its entries, and that it extends a checkpoint seen before.
    ///
    /// # Errors
    /// The first damage found; where it was rolled back.
    pub fn verify(&mut self, from: Option<&SignedCheckpoint>) -> Result<Verified, ExchangeError> {
        if let Some(from) = from {
            let seen = from.check_log(self.signer.verifier())?;
            self.log.compare(seen.size, Some(seen.root))?;
        }
        Ok(self.log.verify(&self.opening)?)
    }

    /// Puts a policy in force, or confirms that it still is.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn confirm_policy(&mut self, policy: &Policy, now: UnixTime) -> Result<(), ExchangeError> {
        self.shelf.confirm(policy, now)
    }

    /// The policy in force and when that was last confirmed.
    ///
    /// # Errors
    /// [`ExchangeError::NoPolicy`] where none is.
    pub fn policy(&self) -> Result<(Policy, PolicyHead), ExchangeError> {
        let head = self.shelf.head()?;
        let policy = self.shelf.policy(&head.digest)?;
        Ok((policy.ok_or(ExchangeError::NoPolicy)?, head))
    }

    /// The gates behind which the book seals: those that were set, else the agency's own.
    ///
    /// # Errors
    /// Where there are none.
    pub fn gates(&self) -> Result<Gates, ExchangeError> {
        let Some((threshold, keys)) = self.shelf.gates()? else {
            let records = self.card.records().iter();
            let gates = records.filter(|r| r.role() == Role::Gate);
            return Ok(Gates::new(gates.cloned().collect())?);
        };
        let records = keys.into_iter().map(|k| self.own_record(k).cloned());
        let records = records.collect::<Result<_, _>>()?;
        Ok(Gates::with_threshold(threshold, records)?)
    }

    /// Seals behind these gates from now on, such as those of other agencies. What was sealed before stays behind its own.
    ///
    /// # Errors
    /// Where the book does not trust the root of one.
    pub fn set_gates(&mut self, gates: &Gates, now: UnixTime) -> Result<(), ExchangeError> {
        for record in gates.records() {
            self.add_record(&record.encode())?;
        }
        let keys: Vec<KeyId> = gates.records().iter().map(KeyRecord::id).collect();
        self.shelf.keep_gates(now, gates.threshold(), &keys)
    }

    /// One message to a gate, with the records of these keys.
    fn ask_gate(
        &self,
        courier: &mut dyn Courier,
        gate: KeyId,
        call: GateCall,
        keys: &[KeyId],
    ) -> Result<GateAnswer, ExchangeError> {
        let mut records: Vec<Vec<u8>> = Vec::new();
        for record in keys.iter().filter_map(|k| self.directory.record(*k)) {
            let bytes = record.encode();
            if !records.contains(&bytes) {
                records.push(bytes);
            }
        }
        let message = GateMessage { records, call }.encode();
        let answer = courier.carry(&To::Gate(gate), &message)?;
        Ok(GateAnswer::decode(&answer)?)
    }
}

/// A gate that did not do what it was asked.
fn refused(key: KeyId, answer: GateAnswer) -> ExchangeError {
    match answer {
        GateAnswer::Denied(refusal) => ExchangeError::Refused {
            key,
            words: refusal.words,
        },
        _ => ExchangeError::OtherAnswer { key },
    }
}

/// Why a gate did not do its part: nothing came, nothing that can be read, or another answer.
fn why_not(gate: KeyId, answer: Result<GateAnswer, ExchangeError>) -> CourierError {
    match answer {
        Ok(other) => CourierError::new(refused(gate, other).to_string()),
        Err(ExchangeError::Courier(why)) => why,
        Err(e) => CourierError::new(e.to_string()),
    }
}

fn own_card<F: GateStore>(shelf: &Shelf<F>) -> Result<Card, ExchangeError> {
    let missing = ExchangeError::Missing("card of its own; begin it first (`book init`)");
    let Some(own) = shelf.own()? else {
        return Err(missing);
    };
    shelf.cards()?.remove(&own).ok_or(missing)
}

/// The log's signer, under the name that the card gives it.
fn signer<'k>(
    card: &Card,
    key: &'k dyn KeyProvider,
) -> Result<NoteKey<'k, dyn KeyProvider + 'k>, ExchangeError> {
    let policy = card.log_policy()?;
    let public = *key.request().keys().signing();
    let own = policy.logs().iter();
    let mut own = own.filter(|l| l.kind() == SignatureType::Ed25519);
    let name = own.find(|l| *l.key() == public).ok_or(CardError::Log)?;
    Ok(NoteKey::new(name.name(), key)?)
}

impl<S, F> fmt::Debug for Book<'_, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("organisation", self.card.organisation())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BookKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BookKeys")
            .field("author", &self.author.key_id())
            .finish_non_exhaustive()
    }
}
