//! What ends grants and records: revocations and erasures, logged and told to the gates.

use super::gate_sets::{GateSets, gates_of};
use super::{Book, why_not};
use crate::audit::{Draft, Entry, Kind, LogError, Reading, RequestId, Store};
use crate::clock::UnixTime;
use crate::envelope::EnvelopeId;
use crate::exchange::courier::{Courier, CourierError};
use crate::exchange::error::ExchangeError;
use crate::exchange::gate_message::{GateAnswer, GateCall};
use crate::gate::{Acknowledgement, Ended, GateStore, OpenKeyError};
use crate::grant::{EntryRef, Erased, Erasure, ErasureGround, Hold, Revocation, RevocationReason};
use crate::keys::{KeyId, KeyProvider};
use std::fmt;

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
    /// Revokes a grant that this log holds, and all that hands it on: logs it, and tells the gates. It cannot take back
    /// what was read. Said again for the same reason it is told to the gates again, and not logged twice.
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
        let own = self.keys.author.key_id();
        let before = self.said_before(envelope, Kind::Revocation, |bytes| {
            let made = Revocation::decode(bytes).ok()?;
            let same = made.grant() == grant && made.reason() == reason && made.by() == own;
            same.then_some(made)
        })?;
        let made = match before {
            Some(made) => made,
            None => {
                let written = self.private.write(why)?;
                let made =
                    Revocation::make(&link, reason, written.commitment, self.keys.author, now)?;
                self.shelf.keep_written(&written)?;
                made
            }
        };
        // The gates first: what they have, they keep, whatever becomes of the log.
        let sets = self.gate_sets(envelope)?;
        let call = GateCall::Revoke(made.clone());
        let first = gates_of(&sets.live());
        let (mut told, mut unreached) = self.tell(courier, &first, &call, &[made.by()])?;
        self.enter(courier, (Kind::Revocation, made.encode(), made.id()), now)?;
        // Another process may have had the shares dealt anew meanwhile.
        let sets = self.gate_sets(envelope)?;
        let mut others = gates_of(&sets.live());
        others.retain(|g| !first.contains(g));
        let (mut more, mut missed) = self.tell(courier, &others, &call, &[made.by()])?;
        told.append(&mut more);
        unreached.append(&mut missed);
        let ended = at_those_now(&sets, &told, |of, told| {
            Ended::by_revocation(&made, of, told, &self.directory)
        })?;
        Ok(EndedAt { ended, unreached })
    }

    /// Erases an envelope's shares at its gates: logs it, then has each gate erase. Every copy of the envelope is then
    /// closed for good. `officer` is a key of the role `open` that answers for data protection. Said again, the gates are
    /// shown the entry that there is.
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
        let before = self.said_before(envelope, Kind::Erasure, |bytes| {
            let made = Erasure::decode(bytes).ok();
            made.filter(|e| e.erased() == what)
        })?;
        let made = match before {
            Some(made) => made,
            None => Erasure::make(what, ground, self.keys.author, officer, now)?,
        };
        let logged = (Kind::Erasure, made.encode(), made.id());
        let evidence = self.enter(courier, logged, now)?;
        let entry = evidence.entry();
        let call = GateCall::Erase(Box::new(evidence));
        let sets = self.gate_sets(envelope)?;
        let author = self.shelf.billet(envelope)?.envelope()?.inspect().author;
        let by = [made.by().as_slice(), &[author]].concat();
        // Gates that kept the shares before may hold them yet.
        let (told, unreached) = self.tell(courier, &gates_of(&sets.all()), &call, &by)?;
        let ended = at_those_now(&sets, &told, |of, told| {
            Ended::by_erasure((&made, entry), of, told, &self.directory)
        })?;
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
        self.not_compromised(self.keys.author.key_id(), now)?;
        let index = self.place(entry)?;
        if let Reading::Open(opening) = self.log.reading(index, &self.opening)? {
            let said = opening.entry();
            match said.kind() {
                Kind::Redeal => return Err(ExchangeError::Needed),
                // Without its word the notice would be given at once.
                Kind::NotifyHold if Hold::decode(said.bytes())?.until() > now => {
                    return Err(ExchangeError::HeldYet);
                }
                _ => {}
            }
        }
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

    /// The statement about an envelope that was logged before, where there is one that fits. What was appended is signed
    /// first, or a word that was not when something failed would be said twice.
    pub(super) fn said_before<T>(
        &mut self,
        envelope: EnvelopeId,
        kind: Kind,
        fits: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, ExchangeError> {
        self.log.publish(&self.signer)?;
        self.catch_up()?;
        let places = self.shelf.entries(envelope)?;
        for opening in self.said(&places, kind) {
            if let Some(found) = fits(opening?.entry().bytes()) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Tells gates; gives their acknowledgements, and those that did not give one, with the reason: one that answers wrongly
    /// keeps no other from being told.
    #[expect(clippy::type_complexity, reason = "two lists, taken apart at once")]
    fn tell(
        &self,
        courier: &mut dyn Courier,
        gates: &[KeyId],
        call: &GateCall,
        by: &[KeyId],
    ) -> Result<(Vec<Acknowledgement>, Vec<(KeyId, CourierError)>), ExchangeError> {
        let keys = [by, &[self.keys.author.key_id()]].concat();
        let (mut told, mut unreached) = (Vec::new(), Vec::new());
        for gate in gates {
            match self.ask_gate(courier, *gate, call.clone(), &keys) {
                Ok(GateAnswer::Ended(word)) if word.gate() == *gate => told.push(word),
                other => unreached.push((*gate, why_not(*gate, other))),
            }
        }
        Ok((told, unreached))
    }
}

/// How far something has come at the gates that give out an envelope's shares. Those to which the shares are being dealt are
/// told again before they begin ([`Book::redeal`]).
fn at_those_now(
    sets: &GateSets,
    told: &[Acknowledgement],
    ended: impl Fn((&[KeyId], usize), &[Acknowledgement]) -> Result<Ended, OpenKeyError>,
) -> Result<Ended, ExchangeError> {
    let (now, _) = sets.now()?;
    let own = told.iter().filter(|a| now.number(a.gate()).is_some());
    let own: Vec<_> = own.cloned().collect();
    Ok(ended((now.gates(), now.threshold()), &own)?)
}
