//! Answering whoever opens: the request is logged and witnessed, then the gates are asked.

use super::Book;
use crate::audit::{Kind, Store};
use crate::clock::UnixTime;
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::gate_message::{GateAnswer, GateCall, Refusal, Remedy};
use crate::exchange::packet::{OpenPacket, OpenRequest, Outcome};
use crate::exchange::{FRESH, SKEW};
use crate::gate::{GateStore, LoggedGrant, LoggedRequest};
use crate::grant::{AccessRequest, EntryRef};
use crate::keys::KeyId;

/// How often a gate is asked again that has meanwhile seen a larger tree.
const TRIES: usize = 4;

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Answers a request to open under a grant of this log: checks it, logs it, has the log witnessed, and asks the
    /// gates. What is wrong with a request before it is logged is an error; what a gate says against it is part of the
    /// answer, and the request stands in the log. The same request again gets the same again.
    ///
    /// # Errors
    /// Where the request is not as its grant allows, or the log is not witnessed.
    pub fn answer(
        &mut self,
        courier: &mut dyn Courier,
        asked: &OpenRequest,
        now: UnixTime,
    ) -> Result<OpenPacket, ExchangeError> {
        let request = &asked.request;
        let signers = request.emergency().map(crate::grant::Emergency::second);
        let signers = [Some(request.requester()), signers];
        for record in &asked.records {
            // Of keys that signed, under roots that are trusted: what counts is seen when the request is admitted.
            let id = self.directory.clone().add_bytes(record);
            if id.is_ok_and(|id| signers.contains(&Some(id))) {
                self.add_record(record)?;
            }
        }
        let grants = self.chain(request.grant(), now)?;
        let policy = self.card.log_policy()?;
        let proven = self.prove_grants(courier, &grants, now)?;
        let billet = self.shelf.billet(request.envelope())?;
        let seen = billet.envelope()?.inspect();
        let author = self.own_record(seen.author)?.clone();
        let grant = LoggedGrant::verify(&proven, &policy, &author, &self.directory)?;
        grant.chain().admit(request, &self.directory, now)?;

        let kind = match request.emergency() {
            Some(_) => Kind::BreakGlass,
            None => Kind::Request,
        };
        let entry = (kind, request.encode(), request.id());
        let evidence = self.enter(courier, entry, now)?;
        // Grants proven in the same tree as the request, which the gates will look at.
        let indices = grants.iter().copied();
        let mut indices: Vec<u64> = indices.collect();
        indices.push(evidence.proof.index());
        let mut proven = self.prove_grants(courier, &indices, now)?;
        let evidence = proven.pop().unwrap_or(evidence);
        let grant = LoggedGrant::verify(&proven, &policy, &author, &self.directory)?;
        let fresh = crate::audit::Freshness {
            now,
            max_age: FRESH,
            skew: SKEW,
        };
        let logged =
            LoggedRequest::verify(grant, evidence.clone(), &policy, &self.directory, fresh)?;
        let keys = self.concerned(&logged, request, seen.author);
        let sets = self.gate_sets(request.envelope())?;
        let (gates, _) = sets.now()?;
        let mut outcomes = Vec::with_capacity(gates.gates().len());
        for gate in gates.gates() {
            outcomes.push(self.ask_to_release(courier, *gate, &logged, &keys));
        }
        Ok(OpenPacket {
            request: evidence,
            outcomes,
            moved: self.moved_to(courier, &sets, now)?,
        })
    }

    /// Where a grant and those that it hands on stand in the log, the envelope's own agency's first.
    pub(super) fn chain(
        &mut self,
        last: EntryRef,
        now: UnixTime,
    ) -> Result<Vec<u64>, ExchangeError> {
        let mut indices = Vec::new();
        let mut next = Some(last);
        while let Some(entry) = next {
            let link = self.link(entry, now)?;
            indices.push(self.place(entry)?);
            next = link.grant.parent();
        }
        indices.reverse();
        Ok(indices)
    }

    /// The keys whose records a gate needs to check a request.
    fn concerned(
        &self,
        logged: &LoggedRequest,
        request: &AccessRequest,
        author: KeyId,
    ) -> Vec<KeyId> {
        let mut keys = vec![author, request.requester()];
        let second = logged.grant().chain().links().first();
        keys.extend(second.and_then(|l| l.grant.second_issuer()));
        keys.extend(request.emergency().map(crate::grant::Emergency::second));
        for link in logged.grant().chain().links() {
            keys.extend([link.grant.issuer(), link.grant.recipient()]);
        }
        keys
    }

    fn ask_to_release(
        &mut self,
        courier: &mut dyn Courier,
        gate: KeyId,
        logged: &LoggedRequest,
        keys: &[KeyId],
    ) -> Outcome {
        let done = self.release(courier, gate, logged, keys);
        done.unwrap_or_else(|e| {
            Outcome::Denied(Refusal {
                remedy: Remedy::None,
                words: format!("gate {gate}: {e}"),
            })
        })
    }

    fn release(
        &mut self,
        courier: &mut dyn Courier,
        gate: KeyId,
        logged: &LoggedRequest,
        keys: &[KeyId],
    ) -> Result<Outcome, ExchangeError> {
        let checkpoint = logged.evidence().proof.checkpoint().clone();
        let origin = checkpoint.unverified().origin.clone();
        let size = checkpoint.unverified().size;
        let seen = self.ask_gate(courier, gate, GateCall::Seen(origin), &[])?;
        let mut seen = match seen {
            GateAnswer::Seen(seen) => seen.map_or(0, |s| s.size),
            other => return Err(super::refused(gate, other)),
        };
        for _ in 0..TRIES {
            if seen > size {
                break;
            }
            let since = self.log.add_checkpoint(seen, &checkpoint)?.proof;
            let call = GateCall::Ask(Box::new(logged.ask(seen, since)));
            match self.ask_gate(courier, gate, call, keys)? {
                GateAnswer::Release(release) => return Ok(Outcome::Released(release)),
                GateAnswer::Denied(Refusal {
                    remedy: Remedy::From(size),
                    ..
                }) => seen = size,
                GateAnswer::Denied(refusal) => return Ok(Outcome::Denied(refusal)),
                _ => return Err(ExchangeError::OtherAnswer { key: gate }),
            }
        }
        Ok(Outcome::Denied(Refusal {
            remedy: Remedy::None,
            words: format!("gate {gate} has seen the log at size {seen}; ask again"),
        }))
    }
}
