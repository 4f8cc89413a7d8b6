//! Deciding: grants, refusals, decisions not to share; and what ends them.

use super::{Book, refused};
use crate::audit::{Draft, Entry, Kind, LogError, Reading, RequestId, Store};
use crate::clock::UnixTime;
use crate::consent::{Consent, Purpose, decide};
use crate::envelope::EnvelopeId;
use crate::exchange::courier::{Courier, CourierError};
use crate::exchange::error::ExchangeError;
use crate::exchange::gate_message::{GateAnswer, GateCall};
use crate::exchange::packet::{GrantPacket, RefusalPacket};
use crate::exchange::request::GrantRequest;
use crate::gate::{Ended, Evidence, GateStore};
use crate::grant::{
    EntryRef, Erased, Erasure, ErasureGround, Grant, Link, Offer, Refusal, RefusalReason, Refused,
    Revocation, RevocationReason,
};
use crate::keys::{KeyId, KeyProvider, KeyRecord, Role};
use std::fmt;

/// What a decision leaves to whoever gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<'a> {
    /// Of which envelope.
    pub envelope: EnvelopeId,
    /// How often it may be opened.
    pub most_opens: u16,
    /// How often it may be handed on.
    pub depth: u8,
    /// Until when those whom the record is about are not told.
    pub notify_after: UnixTime,
    /// The reasons, as written down: kept sealed, committed to in the log.
    pub why: &'a str,
}

/// What is refused, or held back without being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusing<'a> {
    /// Of which envelope.
    pub envelope: EnvelopeId,
    /// Why, as it can be told to the person whom the record is about.
    pub reason: RefusalReason,
    /// The reasons, as written down: kept sealed, committed to in the log.
    pub why: &'a str,
}

/// How far a revocation or an erasure of shares has come.
#[derive(Debug)]
pub struct EndedAt {
    /// By the gates' own words.
    pub ended: Ended,
    /// Gates that were not reached, and why. Say it to them again: it does nothing twice.
    pub unreached: Vec<(KeyId, CourierError)>,
}

impl fmt::Display for EndedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ended)?;
        for (gate, why) in &self.unreached {
            write!(f, "; gate {gate} was {why}")?;
        }
        Ok(())
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
    /// [`ExchangeError::Denied`] where the policy does not allow it: refuse it then, so that this is logged too. Where
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
        let author = billet.envelope()?.inspect().author;
        let envelope = billet.envelope()?.verify(self.own_record(author)?)?;
        let owned = envelope.owned_by(billet.owner_packet(), self.keys.owner)?;
        let written = self.private.write(given.why)?;
        let offer = Offer {
            reasons: written.commitment,
            most_opens: given.most_opens,
            depth: given.depth,
            notify_after: given.notify_after,
            emergency: recipient.role() == Role::BreakGlass,
        };
        let grant = Grant::issue(permit, &owned, &recipient, &offer, self.keys.author, now)?;
        self.shelf.keep_written(&written)?;
        let entry = (Kind::Grant, grant.encode(), grant.id().0);
        let evidence = self.enter(courier, entry, now)?;
        let content = grant.terms().mode == crate::consent::Mode::Content;
        Ok(GrantPacket {
            answers: request.id(),
            grants: vec![evidence],
            envelope: match content {
                true => billet.envelope_bytes().to_vec(),
                false => Vec::new(),
            },
            deposits: match content {
                true => billet.deposits().to_vec(),
                false => Vec::new(),
            },
        })
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

    fn log_refusal(
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

    /// Revokes a grant that this log holds, and all that hands it on: logs it, and tells the gates. It cannot take back
    /// what was read.
    ///
    /// # Errors
    /// Where the log holds no such grant, consent was withdrawn and it does not rest on consent, or the log is not
    /// witnessed. Gates that were not reached are no error: see [`EndedAt`].
    pub fn revoke(
        &mut self,
        courier: &mut dyn Courier,
        grant: EntryRef,
        (reason, why): (RevocationReason, &str),
        now: UnixTime,
    ) -> Result<EndedAt, ExchangeError> {
        let link = self.link(grant, now)?;
        let envelope = link.grant.terms().envelope;
        let written = self.private.write(why)?;
        let made = Revocation::make(&link, reason, written.commitment, self.keys.author, now)?;
        self.shelf.keep_written(&written)?;
        // The gates first: what they have, they keep, whatever becomes of the log.
        let told = self.tell(
            courier,
            envelope,
            &GateCall::Revoke(made.clone()),
            made.by(),
        )?;
        self.enter(courier, (Kind::Revocation, made.encode(), made.id()), now)?;
        let billet = self.shelf.billet(envelope)?;
        let seen = billet.envelope()?.inspect();
        let of = (seen.gates.as_slice(), seen.threshold);
        let ended = Ended::by_revocation(&made, of, &told.0, &self.directory)?;
        let unreached = told.1;
        Ok(EndedAt { ended, unreached })
    }

    /// The entry of that number, as a history shows it.
    ///
    /// # Errors
    /// Where the log holds none.
    pub fn entry_at(&self, index: u64) -> Result<EntryRef, ExchangeError> {
        Ok(EntryRef(self.log.leaf(index)?.commitment().0))
    }

    /// Erases an envelope's shares at its gates: logs it, then has each gate erase. Every copy of the envelope is then
    /// closed for good. `officer` is a key of the role `open` that answers for data protection.
    ///
    /// # Errors
    /// Where a key does not fit, or the log is not witnessed.
    pub fn erase_envelope(
        &mut self,
        courier: &mut dyn Courier,
        envelope: EnvelopeId,
        (ground, officer): (ErasureGround, &dyn KeyProvider),
        now: UnixTime,
    ) -> Result<EndedAt, ExchangeError> {
        let what = Erased::Shares(envelope);
        let made = Erasure::make(what, ground, self.keys.author, officer, now)?;
        let logged = (Kind::Erasure, made.encode(), made.id());
        let evidence = self.enter(courier, logged, now)?;
        let entry = evidence.entry();
        let call = GateCall::Erase(Box::new(evidence));
        let (told, unreached) = self.tell(courier, envelope, &call, officer.key_id())?;
        let billet = self.shelf.billet(envelope)?;
        let seen = billet.envelope()?.inspect();
        let of = (seen.gates.as_slice(), seen.threshold);
        let ended = Ended::by_erasure((&made, entry), of, &told, &self.directory)?;
        Ok(EndedAt { ended, unreached })
    }

    /// Erases what an entry of the log says, by another entry that says so; its leaf, and every proof, stays.
    ///
    /// # Errors
    /// Where there is no such entry, a key does not fit, or the log is not witnessed; [`ExchangeError::Log`] while
    /// another process reads: call it again then.
    pub fn erase_entry(
        &mut self,
        courier: &mut dyn Courier,
        entry: EntryRef,
        (ground, officer): (ErasureGround, &dyn KeyProvider),
        now: UnixTime,
    ) -> Result<(), ExchangeError> {
        let index = self.place(entry)?;
        let what = Erased::Opening(entry);
        let made = Erasure::make(what, ground, self.keys.author, officer, now)?;
        let long = |error| LogError::Opening { index, error };
        let draft = Draft {
            request: RequestId(made.id()),
            entry: Entry::new(Kind::Erasure, made.encode()).map_err(long)?,
            rows: Vec::new(),
        };
        self.log.erase(&self.opening, index, draft)?;
        self.cosigned(courier, now)?;
        Ok(())
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

    /// Tells all gates of an envelope; gives their acknowledgements, and those that were not reached.
    #[expect(clippy::type_complexity, reason = "two lists, taken apart at once")]
    fn tell(
        &self,
        courier: &mut dyn Courier,
        envelope: EnvelopeId,
        call: &GateCall,
        by: KeyId,
    ) -> Result<
        (
            Vec<crate::gate::Acknowledgement>,
            Vec<(KeyId, CourierError)>,
        ),
        ExchangeError,
    > {
        let seen = self.shelf.billet(envelope)?;
        let seen = seen.envelope()?.inspect();
        let keys = [by, self.keys.author.key_id(), seen.author];
        let (mut told, mut unreached) = (Vec::new(), Vec::new());
        for gate in seen.gates {
            match self.ask_gate(courier, gate, call.clone(), &keys) {
                Ok(GateAnswer::Ended(word)) => told.push(word),
                Ok(other) => return Err(refused(gate, other)),
                Err(ExchangeError::Courier(why)) => unreached.push((gate, why)),
                Err(e) => return Err(e),
            }
        }
        Ok((told, unreached))
    }
}
