//! The recipient's side of a book: grants that others gave, kept and used.

use super::Book;
use crate::audit::Store;
use crate::clock::UnixTime;
use crate::consent::{Purpose, Request};
use crate::exchange::card::Card;
use crate::exchange::error::ExchangeError;
use crate::exchange::gate_message::Remedy;
use crate::exchange::held::Held;
use crate::exchange::packet::{GrantPacket, OpenPacket, OpenRequest};
use crate::exchange::request::GrantRequest;
use crate::gate::GateStore;
use crate::grant::{AccessRequest, EmergencyReason, EntryRef, Slots};
use crate::keys::{KeyId, KeyProvider, Role};

/// What an emergency adds to a request to open.
#[derive(Clone, Copy)]
pub struct Emergency<'a> {
    /// Two officers of one agency, of the role `break-glass`; the first is the grant's recipient.
    pub officers: [&'a dyn KeyProvider; 2],
    /// Why.
    pub reason: EmergencyReason,
    /// Why, as written down.
    pub why: &'a str,
    /// Which of the first officer's emergencies of this day (UTC) it is, from 1.
    pub budget: u16,
}

impl std::fmt::Debug for Emergency<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Emergency(..)")
    }
}

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Asks another agency, or this one, for a grant to `key`.
    ///
    /// # Errors
    /// As [`GrantRequest::make`]; where the book does not know the key.
    pub fn request(
        &self,
        asked: Request,
        about: &str,
        key: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<GrantRequest, ExchangeError> {
        let record = self.own_record(key.key_id())?;
        GrantRequest::make(asked, about, (key, record), now)
    }

    /// Checks a grant against the card of the agency that gave it.
    ///
    /// # Errors
    /// Where that agency's card was not accepted, or the grant does not hold.
    pub fn check_grant<'a>(&self, packet: &'a GrantPacket) -> Result<Held<'a>, ExchangeError> {
        Held::verify(packet, self.giver(packet)?, &self.directory)
    }

    /// The card of the agency whose log holds the grant.
    ///
    /// # Errors
    /// Where it was not accepted.
    pub fn giver(&self, packet: &GrantPacket) -> Result<&Card, ExchangeError> {
        let origin = packet.grants.first().map(|e| {
            let checkpoint = e.proof.checkpoint().unverified();
            checkpoint.origin.as_str()
        });
        let named = |card: &&Card| {
            let policy = card.log_policy();
            policy.is_ok_and(|p| p.logs().iter().any(|l| Some(l.name()) == origin))
        };
        let found = self.peers.values().find(named);
        found.ok_or(ExchangeError::Missing(
            "card of the agency that gave this grant; accept it first (`book accept`)",
        ))
    }

    /// Asks to open under a grant received. The next use of it is taken for this request, for ever, before anything
    /// leaves; a request that was not answered yet is given again, so that nothing lost on the way uses a grant up. Call
    /// [`Book::answered`] when its answer is there.
    ///
    /// # Errors
    /// As [`Held::ask`].
    pub fn ask(
        &mut self,
        packet: &GrantPacket,
        (slots, purpose): (Option<Slots>, Option<Purpose>),
        key: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<OpenRequest, ExchangeError> {
        let held = self.check_grant(packet)?;
        let (wanted, terms) = ((slots, purpose), held.terms().clone());
        for bytes in self.shelf.unanswered(held.grant().chain().last().entry)? {
            let before = AccessRequest::decode(&bytes)?;
            let same = before.slots() == slots.unwrap_or(terms.slots)
                && before.purpose() == purpose.unwrap_or(terms.purpose)
                && before.requester() == key.key_id();
            if same {
                return Ok(self.carried(before));
            }
        }
        self.take(packet, |held, uses| held.ask(wanted, uses, key, now))
    }

    /// Asks in an emergency, under a grant that is kept ready for one; otherwise as [`Book::ask`]. The reasons are sealed
    /// to the owner's key on the card of the agency that gave the grant.
    ///
    /// # Errors
    /// As [`Held::ask_emergency`].
    pub fn ask_emergency(
        &mut self,
        packet: &GrantPacket,
        emergency: &Emergency<'_>,
        now: UnixTime,
    ) -> Result<OpenRequest, ExchangeError> {
        let records = self.giver(packet)?.records().iter();
        let mut auditors = records.filter(|r| r.keys_at(Role::Open, now).is_ok());
        let auditor = auditors.next().cloned();
        let auditor = auditor.ok_or(ExchangeError::Missing("key of an auditor of that agency"))?;
        let Emergency {
            officers,
            reason,
            why,
            budget,
        } = *emergency;
        self.take(packet, |held, uses| {
            held.ask_emergency(officers, (reason, why, &auditor), (uses, budget), now)
        })
    }

    /// Which of an officer's emergencies of this day (UTC) the next one is, as far as this book knows.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn next_emergency(&self, officer: KeyId, now: UnixTime) -> Result<u16, ExchangeError> {
        let day = |at: UnixTime| at.as_secs() / 86_400;
        let mut last = 0;
        for bytes in self.shelf.taken()? {
            let request = AccessRequest::decode(&bytes)?;
            let own = request.requester() == officer && day(request.made()) == day(now);
            if let Some(emergency) = request.emergency().filter(|_| own) {
                last = last.max(emergency.budget());
            }
        }
        Ok(last.saturating_add(1))
    }

    /// Takes the next use of each grant of the chain for the request that `make` makes of them.
    fn take(
        &mut self,
        packet: &GrantPacket,
        make: impl Fn(&Held<'_>, Vec<u16>) -> Result<AccessRequest, ExchangeError>,
    ) -> Result<OpenRequest, ExchangeError> {
        let held = self.check_grant(packet)?;
        let links = held.grant().chain().links().iter();
        let mut before: Vec<EntryRef> = links.map(|l| l.entry).collect();
        let own = held.grant().chain().last().entry;
        before.pop();
        loop {
            let (n, attempt) = self.shelf.next_own_use(own)?;
            let next = before.iter().map(|e| Ok((*e, self.shelf.next_use(*e)?)));
            let taken = next.collect::<Result<Vec<_>, ExchangeError>>()?;
            let mut uses: Vec<u16> = taken.iter().map(|t| t.1).collect();
            uses.push(n);
            let request = make(&held, uses)?;
            if self
                .shelf
                .take(&taken, (own, n, attempt), &request.encode())?
            {
                return Ok(self.carried(request));
            }
        }
    }

    /// A request with the records of the keys that signed it.
    fn carried(&self, request: AccessRequest) -> OpenRequest {
        let second = request.emergency().map(|e| e.second());
        let keys = std::iter::once(request.requester()).chain(second);
        let records = keys.filter_map(|k| self.directory.record(k));
        OpenRequest {
            records: records.map(|r| r.encode()).collect(),
            request,
        }
    }

    /// Notes that a request was answered, whatever the answer: the next one takes the next use.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn answered(&mut self, request: &AccessRequest) -> Result<(), ExchangeError> {
        self.noted(request, false)
    }

    /// Where gates said that a use was another request's, notes it, so that the next request names a later one; true
    /// then. A use of a grant that was handed on counts for all who hold it; the use of one's own is then tried again.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn later_use(
        &mut self,
        request: &AccessRequest,
        answer: &OpenPacket,
    ) -> Result<bool, ExchangeError> {
        let last = request.ordinals().len().saturating_sub(1);
        let (mut own, mut other) = (false, false);
        for denial in answer.denials() {
            match denial.remedy {
                Remedy::LaterUse { index, .. } if usize::from(index) < last => other = true,
                Remedy::LaterUse { .. } | Remedy::LaterEmergency(_) => own = true,
                _ => {}
            }
        }
        if own || other {
            self.noted(request, !own)?;
        }
        Ok(own || other)
    }

    fn noted(&mut self, request: &AccessRequest, again: bool) -> Result<(), ExchangeError> {
        match request.ordinals().last() {
            Some(n) => {
                let used = (request.grant(), *n);
                self.shelf.answered(used, &request.encode(), again)
            }
            None => Ok(()),
        }
    }

    /// The keys of the book's own agency that may receive, by what they are called.
    pub fn receivers(&self) -> impl Iterator<Item = &crate::keys::KeyRecord> {
        let own = self.card.records().iter();
        own.filter(|r| matches!(r.role(), Role::Open | Role::BreakGlass))
    }
}
