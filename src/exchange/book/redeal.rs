//! Having an envelope's shares dealt anew to the gates behind which the book seals now.

use super::Book;
use super::gate_sets::{GateSets, Steps, gates_of};
use crate::audit::{Kind, NoteSigner, Store};
use crate::clock::UnixTime;
use crate::envelope::{Assurance, EnvelopeId, GateSet};
use crate::exchange::courier::{Courier, CourierError};
use crate::exchange::error::{ExchangeError, Reasons};
use crate::exchange::gate_message::{GateAnswer, GateCall};
use crate::gate::{Acknowledgement, Denial, Evidence, GateStore, check_taken};
use crate::grant::{Erased, Erasure, GrantError, Redeal, RedealStep, Revocation};
use crate::keys::{Fingerprint, KeyId, KeyProvider, KeyRecord};

/// What became of an envelope whose shares were to be dealt anew.
#[derive(Debug)]
pub struct Redealt {
    /// False where these gates had its shares before.
    pub moved: bool,
    /// How many gates dealt more than it takes. Where none did, nothing could be compared: open the record once.
    pub spare: usize,
    /// What the gates that keep the shares now are worth.
    pub assurance: Assurance,
    /// Gates before that have not said that they deleted theirs, and new ones that have not begun, and why. Say it again
    /// when they can be reached: it does nothing twice.
    pub unreached: Vec<(KeyId, CourierError)>,
}

/// Whom an envelope's redeal is asked of.
struct Asked<'a> {
    envelope: EnvelopeId,
    officer: &'a dyn KeyProvider,
    now: UnixTime,
    /// The keys whose records gates need.
    keys: Vec<KeyId>,
}

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Has the gates that keep an envelope's shares deal them to the gates behind which this book seals now, as two of its
    /// officers say: its author, and `officer`, a key of the role `open`. Both steps are logged. Nobody joins a gate half
    /// for it. A redeal that cannot go on is given up by another one, be it to the gates before. Gates whose key ids
    /// `without` names do not deal. Said again after an interruption, it goes on where it was.
    ///
    /// # Errors
    /// Where the record was erased; a new gate, or as many of those before as open, cannot be reached; a gate refuses; what
    /// was dealt does not agree, or the log is not witnessed. Before all new gates have their shares nothing is deleted.
    pub fn redeal(
        &mut self,
        courier: &mut dyn Courier,
        envelope: EnvelopeId,
        (officer, without): (&dyn KeyProvider, &[Fingerprint]),
        now: UnixTime,
    ) -> Result<Redealt, ExchangeError> {
        self.not_compromised(self.keys.author.key_id(), now)?;
        let sets = self.gate_sets(envelope)?;
        if self.is_erased(envelope)? {
            return Err(Denial::Erased.into());
        }
        let gates = self.gates()?;
        let (from, steps) = sets.now()?.clone();
        let ids: Vec<KeyId> = gates.records().iter().map(KeyRecord::id).collect();
        let epoch = from.epoch().saturating_add(1);
        let to = GateSet::new(epoch, gates.threshold(), ids);
        let to = to.ok_or(ExchangeError::Missing("gates to deal to"))?;
        let author = self.shelf.billet(envelope)?.envelope()?.inspect().author;
        let asked = Asked {
            envelope,
            officer,
            now,
            keys: [
                gates_of(&[&from, &to]),
                vec![self.keys.author.key_id(), officer.key_id(), author],
            ]
            .concat(),
        };
        let same = (from.gates(), from.threshold()) == (to.gates(), to.threshold());
        // Where a redeal was begun some of them may have dealt, and release nothing before they are dealt to again.
        if same && sets.begun.is_empty() {
            let unreached = match steps {
                None => Vec::new(),
                Some(steps) => self.finish(courier, &asked, steps)?,
            };
            return Ok(Redealt {
                moved: false,
                spare: 0,
                assurance: self.assurance(&to)?,
                unreached,
            });
        }
        let dealers = self.dealers(courier, &from, without, now)?;
        for gate in to.gates() {
            self.reach(courier, *gate)?;
        }
        let first = self.first_step(&sets, (from, dealers, to.clone()), &asked)?;
        let said = (Kind::Redeal, first.encode(), first.id());
        let evidence = self.enter(courier, said, now)?;
        let spare = self.deal_and_take(courier, &first, &evidence, &asked)?;

        let done = RedealStep::Done {
            redeal: evidence.entry(),
        };
        let done = Redeal::make(envelope, done, self.keys.author, officer, now)?;
        let said = (Kind::Redeal, done.encode(), done.id());
        let done = self.enter(courier, said, now)?.entry();
        let unreached = self.finish(courier, &asked, [evidence.entry(), done])?;
        Ok(Redealt {
            moved: true,
            spare,
            assurance: self.assurance(&to)?,
            unreached,
        })
    }

    /// Every envelope of the book.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn all_envelopes(&self) -> Result<Vec<EnvelopeId>, ExchangeError> {
        self.shelf.all_envelopes()
    }

    /// The gates before that answer and whose keys are in no other hands, as many as open at least.
    fn dealers(
        &self,
        courier: &mut dyn Courier,
        from: &GateSet,
        without: &[Fingerprint],
        now: UnixTime,
    ) -> Result<Vec<u8>, ExchangeError> {
        let (mut dealers, mut why) = (Vec::new(), Vec::new());
        for (number, gate) in (1..).zip(from.gates()) {
            if without.iter().any(|w| Fingerprint(gate.0).is_named_by(w)) {
                continue;
            }
            let own = self
                .not_compromised(*gate, now)
                .map_err(ExchangeError::from);
            match own.and_then(|()| self.reach(courier, *gate)) {
                Ok(()) => dealers.push(number),
                Err(e) => why.push(e.to_string()),
            }
        }
        match dealers.len() {
            found if found >= from.threshold() => Ok(dealers),
            dealt => Err(ExchangeError::Undealt {
                dealt,
                needed: from.threshold(),
                why: Reasons(why),
            }),
        }
    }

    /// That a gate answers.
    fn reach(&self, courier: &mut dyn Courier, gate: KeyId) -> Result<(), ExchangeError> {
        let call = GateCall::Seen(self.signer.verifier().name().to_owned());
        match self.ask_gate(courier, gate, call, &[])? {
            GateAnswer::Seen(_) => Ok(()),
            other => Err(super::refused(gate, other)),
        }
    }

    /// The first step: one that was said before and can still be done, else a new one.
    fn first_step(
        &self,
        sets: &GateSets,
        (from, dealers, to): (GateSet, Vec<u8>, GateSet),
        asked: &Asked<'_>,
    ) -> Result<Redeal, ExchangeError> {
        for (_, redeal) in &sets.begun {
            let RedealStep::Deal {
                dealers: named,
                to: gates,
                ..
            } = redeal.step()
            else {
                continue;
            };
            if *gates == to && named.iter().all(|d| dealers.contains(d)) {
                return Ok(redeal.clone());
            }
        }
        let step = RedealStep::deal(from, dealers, to);
        let step = step.ok_or(GrantError::Redeal)?;
        let keys = (self.keys.author, asked.officer);
        Ok(Redeal::make(
            asked.envelope,
            step,
            keys.0,
            keys.1,
            asked.now,
        )?)
    }

    /// Has every dealer deal and every new gate take, and keeps what they said. How many dealt more than it takes.
    fn deal_and_take(
        &mut self,
        courier: &mut dyn Courier,
        first: &Redeal,
        evidence: &Evidence,
        asked: &Asked<'_>,
    ) -> Result<usize, ExchangeError> {
        let RedealStep::Deal { from, dealers, to } = first.step() else {
            return Err(GrantError::Redeal.into());
        };
        let billet = self.shelf.billet(asked.envelope)?;
        let header = self.checked(&billet)?.header();
        let mut dealings = Vec::with_capacity(dealers.len());
        for gate in dealers.iter().filter_map(|d| from.gate(*d)) {
            let call = GateCall::Deal(Box::new(evidence.clone()), header.clone());
            match self.ask_gate(courier, gate, call, &asked.keys)? {
                GateAnswer::Dealt(dealing) if dealing.gate() == gate => dealings.push(*dealing),
                other => return Err(super::refused(gate, other)),
            }
        }
        let mut taken = Vec::with_capacity(to.gates().len());
        for gate in to.gates() {
            let call = GateCall::Take(Box::new(evidence.clone()), dealings.clone());
            match self.ask_gate(courier, *gate, call, &asked.keys)? {
                GateAnswer::Taken(word) if word.gate() == *gate => taken.push(word),
                other => return Err(super::refused(*gate, other)),
            }
        }
        let policy = self.card.log_policy()?;
        check_taken(evidence, &taken, &policy, &self.directory)?;
        for dealing in &dealings {
            self.shelf.keep_last_list(dealing)?;
        }
        for word in &taken {
            self.shelf.keep_taken(word)?;
        }
        Ok(dealers.len() - from.threshold())
    }

    /// Has the gates before delete their shares, and the new ones begin.
    fn finish(
        &mut self,
        courier: &mut dyn Courier,
        asked: &Asked<'_>,
        steps: Steps,
    ) -> Result<Vec<(KeyId, CourierError)>, ExchangeError> {
        let sets = self.gate_sets(asked.envelope)?;
        let at = sets.served.iter().position(|s| s.1 == Some(steps));
        let at = at.ok_or(ExchangeError::Missing("such redeal"))?;
        let (from, to) = (&sets.served[at - 1].0, &sets.served[at].0);
        let moved = self.moved_to(courier, &sets, asked.now)?;
        let moved = moved.ok_or(ExchangeError::Missing("such redeal"))?;
        let keys = [gates_of(&[from]), asked.keys.clone()].concat();
        let mut unreached = Vec::new();
        let mut words: Vec<Acknowledgement> = Vec::new();
        for gate in from.gates() {
            let call = GateCall::HandOver(Box::new(moved.steps.clone()), moved.taken.clone());
            match self.ask_gate(courier, *gate, call, &keys) {
                Ok(GateAnswer::Ended(word)) if word.gate() == *gate => words.push(word),
                other => unreached.push((*gate, super::why_not(*gate, other))),
            }
        }
        if words.len() < from.threshold() {
            let why = unreached.iter().map(|(gate, e)| format!("gate {gate} {e}"));
            return Err(ExchangeError::Undealt {
                dealt: words.len(),
                needed: from.threshold(),
                why: Reasons(why.collect()),
            });
        }
        // What was revoked while the shares were under way.
        let mut calls: Vec<GateCall> = self
            .revocations(asked.envelope)?
            .into_iter()
            .map(GateCall::Revoke)
            .collect();
        calls.push(GateCall::Begin(Box::new(moved.steps.clone()), words));
        for gate in to.gates() {
            for call in &calls {
                match self.ask_gate(courier, *gate, call.clone(), &keys) {
                    Ok(GateAnswer::Kept | GateAnswer::Ended(_)) => {}
                    other => {
                        unreached.push((*gate, super::why_not(*gate, other)));
                        break;
                    }
                }
            }
        }
        Ok(unreached)
    }

    /// The revocations of grants of an envelope that the log holds.
    pub(super) fn revocations(
        &self,
        envelope: EnvelopeId,
    ) -> Result<Vec<Revocation>, ExchangeError> {
        let places = self.shelf.entries(envelope)?;
        let said = self.said(&places, Kind::Revocation);
        said.map(|opening| Ok(Revocation::decode(opening?.entry().bytes())?))
            .collect()
    }

    /// True where the log says that an envelope's shares are erased.
    ///
    /// # Errors
    /// Where the log or the store cannot be read.
    pub fn is_erased(&mut self, envelope: EnvelopeId) -> Result<bool, ExchangeError> {
        let erases = |bytes: &[u8]| match Erasure::decode(bytes).ok()?.erased() {
            Erased::Shares(_) => Some(()),
            Erased::Opening(_) => None,
        };
        let found = self.said_before(envelope, Kind::Erasure, erases)?;
        Ok(found.is_some())
    }
}
