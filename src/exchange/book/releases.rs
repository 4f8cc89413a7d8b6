//! What gates released of an envelope: those that keep its shares, and those that did.

use super::Book;
use super::gate_sets::{GateSets, gates_of};
use crate::audit::Store;
use crate::envelope::{EnvelopeId, GateSet};
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::gate_message::{GateAnswer, GateCall};
use crate::exchange::history::{EnvelopeHistory, GatesHistory, History, Released};
use crate::gate::{Completeness, GateStore, ReleaseLine, ReleaseList, Releases};
use crate::grant::EntryRef;
use crate::keys::KeyId;
use std::collections::{BTreeMap, BTreeSet};

/// What one set of gates released.
pub(super) struct OfSet {
    /// Which gates released for an entry.
    lines: BTreeMap<(u64, EntryRef), BTreeSet<KeyId>>,
    threshold: usize,
    /// Gates that gave no list.
    silent: usize,
}

/// What all of them released.
pub(super) struct AllReleases {
    pub(super) of_sets: Vec<OfSet>,
    pub(super) lines: BTreeMap<(u64, EntryRef), ReleaseLine>,
}

/// Whether an entry was released, as these sets of gates say: by as many of one set as open. A gate of two sets counts for
/// both, which may tell an opening that was none, and never misses one.
pub(super) fn released(sets: &[OfSet], key: (u64, EntryRef)) -> Released {
    let of = |set: &OfSet| {
        let released = set.lines.get(&key).map_or(0, BTreeSet::len);
        match released {
            n if n >= set.threshold => Released::Yes,
            n if n + set.silent >= set.threshold => Released::Perhaps,
            _ => Released::No,
        }
    };
    let all: Vec<Released> = sets.iter().map(of).collect();
    let wanted = [Released::Yes, Released::Perhaps];
    let found = wanted.into_iter().find(|r| all.contains(r));
    found.unwrap_or(Released::No)
}

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// What gates released of an envelope; how far that misses nothing stands in the history.
    pub(super) fn all_releases(
        &mut self,
        courier: &mut dyn Courier,
        id: EnvelopeId,
        out: &mut History,
    ) -> Result<AllReleases, ExchangeError> {
        let gate_sets = self.gate_sets(id)?;
        let (now, _) = gate_sets.now()?.clone();
        let (live, unreached) = self.lists(courier, id, &gate_sets)?;
        let mut lines: BTreeMap<(u64, EntryRef), ReleaseLine> = BTreeMap::new();
        let (mut of_sets, mut gates) = (Vec::new(), Vec::new());
        for (at, (set, _)) in gate_sets.served.iter().enumerate() {
            let after = gate_sets.served.get(at + 1).and_then(|s| s.1);
            let lists = self.lists_of(set, after.map(|steps| steps[0]), &live)?;
            let of = (id, set.gates(), set.threshold());
            let joined = Releases::join(of, &lists, &self.directory)?;
            let mut by_line: BTreeMap<_, BTreeSet<KeyId>> = BTreeMap::new();
            for list in &lists {
                for line in list.lines() {
                    let gates = by_line.entry((line.index, line.entry)).or_default();
                    gates.insert(list.gate());
                }
            }
            let heard: BTreeSet<KeyId> = lists.iter().map(ReleaseList::gate).collect();
            lines.extend(joined.lines.iter().map(|l| ((l.index, l.entry), *l)));
            of_sets.push(OfSet {
                lines: by_line,
                threshold: set.threshold(),
                silent: set.gates().len() - heard.len(),
            });
            gates.push(GatesHistory {
                epoch: set.epoch(),
                gates: set.gates().iter().map(|g| self.who(*g)).collect(),
                completeness: joined.completeness,
            });
        }
        let missing = |g: &&GatesHistory| g.completeness != Completeness::Complete;
        let worst = gates.iter().find(missing).map(|g| g.completeness);
        out.envelopes.push(EnvelopeHistory {
            envelope: id,
            completeness: worst.unwrap_or(Completeness::Complete),
            assurance: self.assurance(&now)?,
            unreached,
            // Where there was ever one set only, what is said of the envelope says it all.
            gates: if gates.len() > 1 { gates } else { Vec::new() },
        });
        Ok(AllReleases { of_sets, lines })
    }

    /// The lists of all gates that keep or kept an envelope's shares, and which of those that keep them gave none.
    fn lists(
        &self,
        courier: &mut dyn Courier,
        id: EnvelopeId,
        sets: &GateSets,
    ) -> Result<(Vec<ReleaseList>, Vec<String>), ExchangeError> {
        let (mut lists, mut unreached) = (Vec::new(), Vec::new());
        let served: Vec<_> = sets.served.iter().map(|(set, _)| set).collect();
        let (now, _) = sets.now()?;
        for gate in gates_of(&served) {
            let why = match self.ask_gate(courier, gate, GateCall::List(id), &[]) {
                Ok(GateAnswer::List(list)) => {
                    lists.push(list);
                    continue;
                }
                Ok(other) => super::refused(gate, other).to_string(),
                Err(e @ ExchangeError::Courier(_)) => format!("gate {gate} {e}"),
                Err(e) => return Err(e),
            };
            if now.number(gate).is_some() {
                unreached.push(why);
            }
        }
        Ok((lists, unreached))
    }

    /// The lists of one set: those that its gates gave, and what they had released when they dealt their shares to the next,
    /// after which they release nothing. A gate that has lost what it knew gives a list that is too short.
    fn lists_of(
        &self,
        set: &GateSet,
        next: Option<EntryRef>,
        live: &[ReleaseList],
    ) -> Result<Vec<ReleaseList>, ExchangeError> {
        let last = next
            .map(|redeal| self.shelf.last_lists(redeal))
            .transpose()?;
        let mut out = last.unwrap_or_default();
        out.extend_from_slice(live);
        out.retain(|list| set.number(list.gate()).is_some());
        Ok(out)
    }
}
