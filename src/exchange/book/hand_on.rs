//! Handing on a grant that another agency gave, and logging what was handed on.

use super::{Book, Refusing};
use crate::audit::{Kind, Store};
use crate::clock::{UnixTime, Window};
use crate::consent::{Denied, Recipient, Request, decide};
use crate::exchange::card::Card;
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::hand_on::{HandOn, HandedOn, Onward};
use crate::exchange::packet::{GrantPacket, RefusalPacket};
use crate::exchange::request::GrantRequest;
use crate::gate::{Denial, GateStore};
use crate::grant::{
    Chain, ChainError, EntryRef, Grant, GrantError, Link, RefusalReason, Refused, RequestError,
    Terms,
};
use crate::keys::{KeyProvider, KeyRefused, Role};

/// What is written down where a grant is not handed on.
const NOT_HANDED_ON: &str =
    "It was to be handed on to another agency, which the sharing policy does not allow.";

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Hands on a grant that this agency holds with `key`, to whoever asks it for that: within what is held, for what and
    /// as long as was asked, on the same ground. The agency that holds the record logs it
    /// ([`Book::log_handed_on`]); before, it opens nothing.
    ///
    /// # Errors
    /// Where the request is not to this agency or rests on another ground, or it would be wider than what is held or may
    /// not be handed on.
    pub fn hand_on(
        &mut self,
        packet: &GrantPacket,
        request: &GrantRequest,
        onward: Onward,
        key: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<HandOn, ExchangeError> {
        let recipient = self.check_request(request, now)?;
        let held = self.check_grant(packet)?;
        let (own, asked) = (held.terms().clone(), request.asked());
        let ground = (asked.basis, asked.special, asked.offence);
        if ground != (own.ground.basis, own.ground.special, own.ground.offence) {
            return Err(ExchangeError::OtherGround);
        }
        let window = own.window.intersect(asked.window);
        let terms = Terms {
            slots: onward.slots.unwrap_or(own.slots),
            mode: asked.mode,
            purpose: asked.purpose,
            window: window.ok_or(GrantError::Wider)?,
            most_opens: onward.most_opens,
            depth: onward.depth,
            ..own
        };
        let author = self.keys.author;
        self.not_compromised(author.key_id(), now)?;
        let chain = held.grant().chain();
        let halves = chain.halves(key)?;
        let grant = Grant::hand_on(chain, &halves, terms, &recipient, author, now)?;
        Ok(HandOn {
            request: request.clone(),
            issuer: self.own_record(author.key_id())?.encode(),
            grant,
        })
    }

    /// Logs a grant that hands on one of this log, where it holds and the policy in force would allow the new holder
    /// itself what it is given; else refuses it, and logs that. The same message again gets the same again.
    ///
    /// # Errors
    /// Where the grant does not hold, was ended, or is not for whoever asked for it; where the log is not witnessed.
    pub fn log_handed_on(
        &mut self,
        courier: &mut dyn Courier,
        message: &HandOn,
        now: UnixTime,
    ) -> Result<HandedOn, ExchangeError> {
        let (grant, terms) = (&message.grant, message.grant.terms());
        let mut keys = self.directory.clone();
        let recipient = message.request.verify(&mut keys, now)?;
        if recipient.id() != grant.recipient() {
            return Err(RequestError::OtherRecipient.into());
        }
        let issuer = keys.add_bytes(&message.issuer)?;
        keys.keys_at(issuer, Role::Issue, now)?;
        let from = keys.record(issuer).ok_or(KeyRefused::Unknown(issuer))?;
        // Who both are, their accepted cards say.
        let asked = message.request.asked();
        for (root, named) in [
            (from.root(), &asked.source),
            (recipient.root(), &asked.recipient.organisation),
        ] {
            let card = self.peers.get(&root);
            if card.map(Card::organisation) != Some(named) {
                let organisation = named.to_string();
                return Err(ExchangeError::OtherOrganisation { organisation });
            }
        }
        let parent = grant.parent().ok_or(ChainError::Order { index: 0 })?;
        let places = self.chain(parent, now)?;
        let mut links = Vec::with_capacity(places.len() + 1);
        for index in &places {
            let entry = self.entry_at(*index)?;
            links.push(self.link(entry, now)?);
        }
        links.push(Link {
            grant: grant.clone(),
            // It has no place yet.
            entry: EntryRef([0; 32]),
            logged: now,
        });
        let billet = self.shelf.billet(terms.envelope)?;
        let author = billet.envelope()?.inspect().author;
        let chain = Chain::verify(links, self.own_record(author)?, &keys)?;
        self.not_ended(&chain)?;
        for key in [issuer, recipient.id()] {
            if let Some(record) = keys.record(key) {
                self.add_record(&record.encode())?;
            }
        }

        let role = asked.recipient.clone();
        if let Err(denied) = self.allows(terms, role, asked.identifier, now) {
            let ExchangeError::Denied(denied) = denied else {
                return Err(denied);
            };
            let refusing = Refusing {
                envelope: terms.envelope,
                reason: RefusalReason::of(&denied),
                why: NOT_HANDED_ON,
            };
            let what = (Refused::Request(recipient.id()), terms.purpose);
            return Ok(HandedOn::Refused(RefusalPacket {
                answers: message.request.id(),
                refusal: self.log_refusal(courier, what, &refusing, now)?,
            }));
        }
        let entry = (Kind::Grant, grant.encode(), grant.id().0);
        let evidence = self.enter(courier, entry, now)?;
        self.keep_proof(&evidence)?;
        let mut places = places;
        places.push(evidence.proof.index());
        let grants = self.prove_grants(courier, &places, now)?;
        Ok(HandedOn::Granted(self.packet_of(
            message.request.id(),
            grants,
            terms,
        )?))
    }

    /// That no grant of a chain was revoked, as this log says.
    fn not_ended(&mut self, chain: &Chain) -> Result<(), ExchangeError> {
        for revocation in self.revocations(chain.last().grant.terms().envelope)? {
            if chain.is_ended_by(&revocation, &self.directory) {
                return Err(Denial::Revoked.into());
            }
        }
        Ok(())
    }

    /// Whether the policy in force allows someone what these terms give, as if it had asked this agency itself.
    fn allows(
        &self,
        terms: &Terms,
        recipient: Recipient,
        identifier: crate::record::IdentifierState,
        now: UnixTime,
    ) -> Result<(), ExchangeError> {
        let (policy, head) = self.policy()?;
        let manifest = self.slots(&self.shelf.billet(terms.envelope)?)?;
        let sections = terms.slots.iter().filter_map(|s| manifest.get(&s).cloned());
        let until = terms.window.until();
        let request = Request {
            source: self.card.organisation().clone(),
            recipient,
            sections: sections.collect(),
            purpose: terms.purpose,
            mode: terms.mode,
            basis: terms.ground.basis,
            special: terms.ground.special,
            offence: terms.ground.offence,
            window: Window::new(now, until).map_err(|_| Denied::Time)?,
            identifier,
        };
        let consents = match terms.ground.rests_on_consent() {
            true => self.consents(&self.subject(terms.envelope)?)?,
            false => Vec::new(),
        };
        let permit = decide(&request, &policy, &head, &consents, now)?;
        let other = permit
            .evidence()
            .is_some_and(|e| e != terms.ground.evidence);
        match permit.scope().window().until() < until || other {
            true => Err(Denied::Time.into()),
            false => Ok(()),
        }
    }
}
