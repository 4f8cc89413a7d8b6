//! Grants that two persons of the agency issue: proposed by one, countersigned by another, then logged.

use super::Book;
use crate::audit::{Kind, Store};
use crate::clock::UnixTime;
use crate::consent::{Consent, decide};
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::packet::GrantPacket;
use crate::exchange::request::GrantRequest;
use crate::gate::GateStore;
use crate::grant::{Chain, EntryRef, Grant, HoldReason, Link, Proposal, Slots};
use crate::keys::{KeyId, KeyRefused, Role};

/// What is written down for a notice that the grant itself holds back; its reasons are the grant's.
const AS_GRANTED: &str = "as written down for the grant";

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Decides a request under the policy in force and, where it is allowed, proposes the grant to a second person of this
    /// agency, who has this key of the role `issue`. Nothing is logged, and nothing granted.
    ///
    /// # Errors
    /// As [`Book::grant`]; where the second's key is not of this agency, or is the first's.
    pub fn propose(
        &mut self,
        request: &GrantRequest,
        consents: &[Consent],
        (given, second): (&super::Given<'_>, KeyId),
        now: UnixTime,
    ) -> Result<Proposal, ExchangeError> {
        self.not_compromised(self.keys.author.key_id(), now)?;
        self.not_compromised(second, now)?;
        let recipient = self.check_request(request, now)?;
        let (policy, head) = self.policy()?;
        let permit = decide(request.asked(), &policy, &head, consents, now)?;
        let second = self.own_record(second)?.clone();
        if second.root() != self.card.fingerprint() {
            return Err(KeyRefused::Unknown(second.id()).into());
        }
        let billet = self.shelf.billet(given.envelope)?;
        let envelope = self.checked(&billet)?;
        let owned = envelope.owned_by(billet.owner_packet(), self.keys.owner)?;
        let written = self.private.write(given.why)?;
        let offer = super::give::offer(given, &recipient, written.commitment);
        let both = (self.keys.author, &second);
        let proposal = Grant::propose(permit, &owned, &recipient, &offer, both, now)?;
        self.shelf.keep_written(&written)?;
        Ok(proposal)
    }

    /// Logs a grant that two persons of this agency have signed, where it is what the request asked for and what the policy
    /// in force still allows; it is logged and witnessed before it is handed out.
    ///
    /// # Errors
    /// [`ExchangeError::OtherProposal`] where it is another request's; as [`Book::grant`].
    pub fn grant_countersigned(
        &mut self,
        courier: &mut dyn Courier,
        request: &GrantRequest,
        consents: &[Consent],
        grant: &Grant,
        now: UnixTime,
    ) -> Result<GrantPacket, ExchangeError> {
        let recipient = self.check_request(request, now)?;
        let (policy, head) = self.policy()?;
        let asked = request.asked();
        let permit = decide(asked, &policy, &head, consents, now)?;
        let terms = grant.terms();
        let billet = self.shelf.billet(terms.envelope)?;
        let envelope = self.checked(&billet)?;
        let owned = envelope.owned_by(billet.owner_packet(), self.keys.owner)?;
        let sections: Vec<_> = asked.sections.iter().cloned().collect();
        let slots = Slots::new(envelope.slot_count(), &owned.slots_of(&sections)?);
        let ground = &terms.ground;
        let same = grant.recipient() == recipient.id()
            && grant.issuer() == self.keys.author.key_id()
            && grant.second_issuer().is_some()
            && slots == Some(terms.slots)
            && (terms.mode, terms.purpose) == (asked.mode, asked.purpose)
            && (ground.basis, ground.special, ground.offence)
                == (asked.basis, asked.special, asked.offence)
            && permit.evidence().is_none_or(|e| e == ground.evidence)
            && terms.window.until() <= permit.scope().window().until()
            && terms.emergency == (recipient.role() == Role::BreakGlass)
            && envelope.policy_digest() == permit.policy();
        if !same {
            return Err(ExchangeError::OtherProposal);
        }
        let link = Link {
            grant: grant.clone(),
            // It has no place yet.
            entry: EntryRef([0; 32]),
            logged: now,
        };
        Chain::verify(
            vec![link],
            self.own_record(envelope.author())?,
            &self.directory,
        )?;
        let entry = (Kind::Grant, grant.encode(), grant.id().0);
        let evidence = self.enter(courier, entry, now)?;
        self.keep_proof(&evidence)?;
        if terms.notify_after > now {
            let held = (evidence.entry(), terms.notify_after);
            let why = (HoldReason::RiskOfHarm, AS_GRANTED);
            let officer = self.keys.owner;
            self.hold(courier, held, why, officer, now)?;
        }
        self.packet_of(request.id(), vec![evidence], terms)
    }
}
