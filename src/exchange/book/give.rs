//! Deciding: grants, refusals, decisions not to share.

use super::Book;
use crate::audit::{Kind, Reading, Store};
use crate::clock::UnixTime;
use crate::consent::{Consent, Mode, Purpose, decide};
use crate::envelope::EnvelopeId;
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::packet::{GrantPacket, RefusalPacket};
use crate::exchange::request::GrantRequest;
use crate::gate::{Evidence, GateStore};
use crate::grant::{
    EntryRef, Grant, HoldReason, Link, Offer, Refusal, RefusalReason, Refused, Terms,
};
use crate::keys::{KeyRecord, Role};
use std::fmt;

/// What a decision leaves to whoever gives.
#[derive(Clone, PartialEq, Eq)]
pub struct Given<'a> {
    /// Of which envelope.
    pub envelope: EnvelopeId,
    /// How often it may be opened.
    pub most_opens: u16,
    /// How often it may be handed on.
    pub depth: u8,
    /// Until when those whom the record is about are not told. Where that is later than now, a hold is logged with the
    /// grant, signed by the owner's key ([`Book::hold`]).
    pub notify_after: UnixTime,
    /// The reasons, as written down: kept sealed, committed to in the log.
    pub why: &'a str,
}

/// Nothing: it holds reasons as they were written down.
impl fmt::Debug for Given<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(..)")
    }
}

/// What is refused, or held back without being asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusing<'a> {
    /// Of which envelope.
    pub envelope: EnvelopeId,
    /// Why, as it can be told to the person whom the record is about.
    pub reason: RefusalReason,
    /// The reasons, as written down: kept sealed, committed to in the log.
    pub why: &'a str,
}

/// Nothing: it holds reasons as they were written down.
impl fmt::Debug for Refusing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusing(..)")
    }
}

/// What is offered with what a decision permits.
pub(super) fn offer(given: &Given<'_>, recipient: &KeyRecord, reasons: [u8; 32]) -> Offer {
    Offer {
        reasons,
        most_opens: given.most_opens,
        depth: given.depth,
        notify_after: given.notify_after,
        emergency: recipient.role() == Role::BreakGlass,
    }
}

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Checks a request for a grant: to this agency, signed by a key of the organisation that it names.
    ///
    /// # Errors
    /// Where it is not.
    pub fn check_request(
        &mut self,
        request: &GrantRequest,
        now: UnixTime,
    ) -> Result<KeyRecord, ExchangeError> {
        let asked = request.asked();
        if asked.source != *self.card.organisation() {
            return Err(ExchangeError::OtherSource {
                asked: asked.source.to_string(),
                own: self.card.organisation().to_string(),
            });
        }
        let mut keys = self.directory.clone();
        let record = request.verify(&mut keys, now)?;
        // Who an organisation is, its accepted card says, never the request.
        let card = self.peers.get(&record.root());
        match card {
            Some(card) if *card.organisation() == asked.recipient.organisation => {}
            _ => {
                return Err(ExchangeError::OtherOrganisation {
                    organisation: asked.recipient.organisation.to_string(),
                });
            }
        }
        self.add_record(&record.encode())?;
        Ok(record)
    }

    /// Decides a request under the policy in force and, where it is allowed, grants it: the grant is logged and
    /// witnessed before it is handed out.
    ///
    /// # Errors
    /// [`ExchangeError::Denied`] where the policy does not allow it: refuse it then, so that this is logged too. Where the
    /// policy asks for two who issue ([`Book::propose`]). Where
    /// the request, the envelope or a key does not fit, or the log is not witnessed.
    pub fn grant(
        &mut self,
        courier: &mut dyn Courier,
        request: &GrantRequest,
        consents: &[Consent],
        given: &Given<'_>,
        now: UnixTime,
    ) -> Result<GrantPacket, ExchangeError> {
        let recipient = self.check_request(request, now)?;
        let (policy, head) = self.policy()?;
        let permit = decide(request.asked(), &policy, &head, consents, now)?;
        let billet = self.shelf.billet(given.envelope)?;
        let envelope = self.checked(&billet)?;
        let owned = envelope.owned_by(billet.owner_packet(), self.keys.owner)?;
        let written = self.private.write(given.why)?;
        let offer = offer(given, &recipient, written.commitment);
        let grant = Grant::issue(permit, &owned, &recipient, &offer, self.keys.author, now)?;
        self.shelf.keep_written(&written)?;
        let entry = (Kind::Grant, grant.encode(), grant.id().0);
        let evidence = self.enter(courier, entry, now)?;
        self.keep_proof(&evidence)?;
        if given.notify_after > now {
            // Not told yet: the word of who answers for data protection, beside that of who gave it.
            let held = (evidence.entry(), given.notify_after);
            let why = (HoldReason::RiskOfHarm, given.why);
            let officer = self.keys.owner;
            self.hold(courier, held, why, officer, now)?;
        }
        self.packet_of(request.id(), vec![evidence], grant.terms())
    }

    /// A grant with what was sealed, where it is to be opened.
    pub(super) fn packet_of(
        &self,
        answers: [u8; 16],
        grants: Vec<Evidence>,
        terms: &Terms,
    ) -> Result<GrantPacket, ExchangeError> {
        let mut records = Vec::new();
        for evidence in &grants {
            let grant = Grant::decode(evidence.opening.entry().bytes())?;
            if let Some(second) = grant.second_issuer() {
                records.push(self.own_record(second)?.encode());
            }
        }
        let mut out = GrantPacket {
            answers,
            grants,
            envelope: Vec::new(),
            deposits: Vec::new(),
            records,
        };
        if terms.mode == Mode::Content {
            let billet = self.shelf.billet(terms.envelope)?;
            out.envelope = billet.envelope_bytes().to_vec();
            out.deposits = billet.deposits().to_vec();
        }
        Ok(out)
    }

    /// Refuses a request; the refusal is logged.
    ///
    /// # Errors
    /// Where the request is not to this agency or not its sender's, or the log is not witnessed.
    pub fn refuse(
        &mut self,
        courier: &mut dyn Courier,
        request: &GrantRequest,
        refusing: &Refusing<'_>,
        now: UnixTime,
    ) -> Result<RefusalPacket, ExchangeError> {
        let by = self.check_request(request, now)?.id();
        let what = (Refused::Request(by), request.asked().purpose);
        Ok(RefusalPacket {
            answers: request.id(),
            refusal: self.log_refusal(courier, what, refusing, now)?,
        })
    }

    /// Records that it was considered to share something, and decided not to.
    ///
    /// # Errors
    /// Where the log is not witnessed.
    pub fn withhold(
        &mut self,
        courier: &mut dyn Courier,
        purpose: Purpose,
        refusing: &Refusing<'_>,
        now: UnixTime,
    ) -> Result<Evidence, ExchangeError> {
        self.log_refusal(courier, (Refused::Withheld, purpose), refusing, now)
    }

    pub(super) fn log_refusal(
        &mut self,
        courier: &mut dyn Courier,
        (what, purpose): (Refused, Purpose),
        refusing: &Refusing<'_>,
        now: UnixTime,
    ) -> Result<Evidence, ExchangeError> {
        self.shelf.billet(refusing.envelope)?;
        let written = self.private.write(refusing.why)?;
        let refusal = Refusal::make(
            (what, refusing.envelope, purpose),
            (refusing.reason, written.commitment),
            None,
            self.keys.author,
            now,
        )?;
        self.shelf.keep_written(&written)?;
        let kind = match what {
            Refused::Request(_) => Kind::Refusal,
            Refused::Withheld => Kind::Withheld,
        };
        self.enter(courier, (kind, refusal.encode(), refusal.id()), now)
    }

    /// The entry of that number, as a history shows it.
    ///
    /// # Errors
    /// Where the log holds none.
    pub fn entry_at(&self, index: u64) -> Result<EntryRef, ExchangeError> {
        Ok(EntryRef(self.log.leaf(index)?.commitment().0))
    }

    /// A grant of this log.
    pub(super) fn link(&mut self, grant: EntryRef, now: UnixTime) -> Result<Link, ExchangeError> {
        let index = self.place(grant)?;
        let Reading::Open(opening) = self.log.reading(index, &self.opening)? else {
            return Err(ExchangeError::Missing("such grant any more: it was erased"));
        };
        if opening.entry().kind() != Kind::Grant {
            return Err(ExchangeError::Missing("grant of that number"));
        }
        Ok(Link {
            grant: Grant::decode(opening.entry().bytes())?,
            entry: grant,
            logged: now,
        })
    }
}
