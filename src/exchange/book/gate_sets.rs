//! Which gates keep an envelope's shares, and which did: from its header and from the redeals in the log.

use super::Book;
use crate::audit::{Kind, Reading, Store};
use crate::clock::UnixTime;
use crate::envelope::{Assurance, EnvelopeId, GateSet};
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::packet::MovedTo;
use crate::gate::GateStore;
use crate::grant::{EntryRef, Redeal, RedealStep};
use crate::keys::KeyId;

/// Both entries of a redeal that was done.
pub(super) type Steps = [EntryRef; 2];

/// The gates of an envelope.
pub(super) struct GateSets {
    /// Those that kept its shares, one after the other, with the redeal by which they came to them; the author's first.
    pub(super) served: Vec<(GateSet, Option<Steps>)>,
    /// Redeals that were said and not done, from the last of these.
    pub(super) begun: Vec<(EntryRef, Redeal)>,
}

impl GateSets {
    /// Those that keep the shares now.
    pub(super) fn now(&self) -> Result<&(GateSet, Option<Steps>), ExchangeError> {
        self.served
            .last()
            .ok_or(ExchangeError::Missing("gates of that envelope"))
    }

    /// Those that give out the shares, and those to which they are being dealt.
    pub(super) fn live(&self) -> Vec<&GateSet> {
        let now = self.served.last().map(|(set, _)| set);
        let to = self.begun.iter().filter_map(|(_, r)| match r.step() {
            RedealStep::Deal { to, .. } => Some(to),
            RedealStep::Done { .. } => None,
        });
        now.into_iter().chain(to).collect()
    }

    /// All of them, those before too.
    pub(super) fn all(&self) -> Vec<&GateSet> {
        let served = self.served.len().saturating_sub(1);
        let before = self.served.iter().take(served).map(|(set, _)| set);
        before.chain(self.live()).collect()
    }
}

/// The gates of these sets, each once.
pub(super) fn gates_of(sets: &[&GateSet]) -> Vec<KeyId> {
    let mut out: Vec<KeyId> = Vec::new();
    for gate in sets.iter().flat_map(|s| s.gates()) {
        if !out.contains(gate) {
            out.push(*gate);
        }
    }
    out
}

impl<S: Store, F: GateStore> Book<'_, S, F> {
    pub(super) fn gate_sets(&mut self, envelope: EnvelopeId) -> Result<GateSets, ExchangeError> {
        self.catch_up()?;
        let billet = self.shelf.billet(envelope)?;
        let seen = billet.envelope()?.inspect();
        let first = GateSet::new(0, seen.threshold, seen.gates);
        let first = first.ok_or(ExchangeError::Missing("gates of that envelope"))?;
        let mut out = GateSets {
            served: vec![(first, None)],
            begun: Vec::new(),
        };
        for place in self.shelf.entries(envelope)? {
            if place.kind != Kind::Redeal {
                continue;
            }
            let Reading::Open(opening) = self.log.reading(place.index, &self.opening)? else {
                return Err(ExchangeError::Missing(
                    "word any more of which gates have it",
                ));
            };
            let redeal = Redeal::decode(opening.entry().bytes())?;
            match redeal.step() {
                RedealStep::Deal { .. } => out.begun.push((place.entry, redeal)),
                RedealStep::Done { redeal: first } => {
                    let begun = out.begun.iter().find(|(entry, _)| entry == first);
                    if let Some((_, said)) = begun
                        && let RedealStep::Deal { to, .. } = said.step()
                    {
                        out.served.push((to.clone(), Some([*first, place.entry])));
                    }
                    out.begun.clear();
                }
            }
        }
        Ok(out)
    }

    /// What shows others that an envelope's shares were dealt anew; `None` where they were not.
    pub(super) fn moved_to(
        &mut self,
        courier: &mut dyn Courier,
        sets: &GateSets,
        now: UnixTime,
    ) -> Result<Option<MovedTo>, ExchangeError> {
        let (_, Some(steps)) = sets.now()? else {
            return Ok(None);
        };
        let taken = self.shelf.words_of(steps[0])?;
        let places = [self.place(steps[0])?, self.place(steps[1])?];
        let steps = self.prove(courier, &places, now)?;
        let steps = steps.try_into();
        Ok(Some(MovedTo {
            steps: steps.map_err(|_| ExchangeError::Missing("such entry"))?,
            taken,
        }))
    }

    pub(super) fn assurance(&self, set: &GateSet) -> Result<Assurance, ExchangeError> {
        let mut roots = Vec::with_capacity(set.gates().len());
        for id in set.gates() {
            roots.push(self.own_record(*id)?.root());
        }
        Ok(Assurance::of(set.threshold(), roots))
    }
}
