//! What gates know of an envelope when its shares are dealt anew: which request has which use, and what was revoked.

use super::dealing::{Bound, Head};
use super::error::Denial;
use super::handle::{Gate, damaged, emergency_key};
use super::storage::{
    BUDGET, GateStore, MOVED_BUDGET, MOVED_REQUEST, MOVED_USE, REQUEST, REVOKED, USE, row,
};
use crate::audit::Row;
use crate::envelope::EnvelopeId;
use crate::grant::{AccessRequest, Chain, EntryRef, Revocation};
use std::collections::{BTreeMap, BTreeSet};

/// The request of uses of which gates said different things: nobody's.
const NOBODY: [u8; 16] = [0; 16];

/// A grant and which use of it.
type Use = ([u8; 32], u16);
/// An officer's key, a day, and which emergency of that day.
type Emergency = ([u8; 32], u64, u16);

impl<S: GateStore> Gate<'_, S> {
    /// The requests that this gate has bound to uses of grants of an envelope, and those of which it was told when the
    /// shares were dealt to it.
    pub(super) fn bound(
        &self,
        envelope: EnvelopeId,
        dealt_by: Option<EntryRef>,
    ) -> Result<Vec<Bound>, Denial> {
        let mut entries: BTreeMap<[u8; 16], [u8; 32]> = BTreeMap::new();
        let (mut uses, mut budgets) = (Vec::new(), Vec::new());
        let lines: BTreeSet<[u8; 32]> = self.lines(envelope)?.iter().map(|l| l.entry.0).collect();
        // Of most envelopes nothing was ever released; then nothing that this gate keeps of requests is about it.
        if !lines.is_empty() {
            for request in self.store.rows(REQUEST, b"")? {
                let entry = array(&request.value)?;
                if lines.contains(&entry) {
                    entries.insert(array(&request.key)?, entry);
                }
            }
            for used in self.store.rows(USE, b"")? {
                uses.push((use_of(&used.key)?, array(&used.value)?));
            }
            for used in self.store.rows(BUDGET, b"")? {
                budgets.push((emergency_of(&used.key)?, array(&used.value)?));
            }
        }
        for moved in self.store.rows(MOVED_BUDGET, b"")? {
            let key = moved.key.get(..42).ok_or_else(damaged)?;
            budgets.push((emergency_of(key)?, array(&moved.value)?));
        }
        if let Some(by) = dealt_by {
            for moved in self.store.rows(MOVED_REQUEST, &by.0)? {
                // What was said of a number before stays: it may be nobody's.
                entries.insert(array(&moved.key[32..])?, array(&moved.value)?);
            }
            for moved in self.store.rows(MOVED_USE, &by.0)? {
                uses.push((use_of(&moved.key[32..])?, array(&moved.value)?));
            }
        }
        let mut out: BTreeMap<[u8; 16], Bound> = BTreeMap::new();
        for (id, entry) in entries {
            let (uses, budget) = (Vec::new(), None);
            let new = Bound {
                id,
                entry,
                uses,
                budget,
            };
            out.insert(id, new);
        }
        let mut nobody = Vec::new();
        for (used, id) in uses {
            match out.get_mut(&id) {
                Some(bound) if !bound.uses.contains(&used) => bound.uses.push(used),
                Some(_) => {}
                None if id == NOBODY => nobody.push((Some(used), None)),
                // Another envelope's.
                None => {}
            }
        }
        for (used, id) in budgets {
            match out.get_mut(&id) {
                Some(bound) => bound.budget = Some(used),
                None if id == NOBODY => nobody.push((None, Some(used))),
                None => {}
            }
        }
        let mut out: Vec<Bound> = out.into_values().collect();
        out.extend(nobody.into_iter().map(|(used, budget)| Bound {
            id: NOBODY,
            entry: [0; 32],
            uses: used.into_iter().collect(),
            budget,
        }));
        Ok(out)
    }

    /// The revocations that may end grants of an envelope: all but those of grants that this gate knows to be of another.
    pub(super) fn revocations(&self, bound: &[Bound]) -> Result<Vec<Vec<u8>>, Denial> {
        let own: BTreeSet<[u8; 32]> = bound.iter().flat_map(|b| &b.uses).map(|u| u.0).collect();
        let mut out = Vec::new();
        for kept in self.store.rows(REVOKED, b"")? {
            let (grant, _) = kept.key.split_first_chunk::<32>().ok_or_else(damaged)?;
            // Used, and not for this envelope: then it is another's.
            let other = !own.contains(grant) && self.store.last(USE, grant)?.is_some();
            if !other {
                out.push(kept.value);
            }
        }
        Ok(out)
    }

    /// What dealers know of the envelope, as facts to be set with the shares that they dealt by this entry.
    pub(super) fn moved(
        &self,
        by: EntryRef,
        heads: &[&Head],
        revocations: &[Revocation],
    ) -> Result<Vec<Row>, Denial> {
        let mut requests: BTreeMap<[u8; 16], [u8; 32]> = BTreeMap::new();
        let mut uses: BTreeMap<Use, [u8; 16]> = BTreeMap::new();
        let mut budgets: BTreeMap<Emergency, [u8; 16]> = BTreeMap::new();
        for bound in heads.iter().flat_map(|h| &h.bound) {
            // What two gates say differently is nobody's: one of the two may have been opened.
            if bound.id != NOBODY {
                agreed(&mut requests, bound.id, bound.entry, [0; 32]);
            }
            for used in &bound.uses {
                agreed(&mut uses, *used, bound.id, NOBODY);
            }
            if let Some(budget) = bound.budget {
                agreed(&mut budgets, budget, bound.id, NOBODY);
            }
        }
        let mut rows = Vec::new();
        for (id, entry) in requests {
            rows.push(row(MOVED_REQUEST, &[&by.0, &id], &[&entry]));
        }
        for ((grant, n), id) in uses {
            let key: [&[u8]; 3] = [&by.0, &grant, &n.to_be_bytes()];
            rows.push(row(MOVED_USE, &key, &[&id]));
        }
        for ((officer, day, n), id) in budgets {
            let key: [&[u8]; 4] = [&officer, &day.to_be_bytes(), &n.to_be_bytes(), &by.0];
            rows.push(row(MOVED_BUDGET, &key, &[&id]));
        }
        for r in revocations {
            let new = row(REVOKED, &[&r.grant().0, &r.id()], &[&r.encode()]);
            let here = rows
                .iter()
                .any(|r: &Row| (r.space, &r.key) == (new.space, &new.key));
            // One that is kept under this number already stays.
            if !here && self.store.row(new.space, &new.key)?.is_none() {
                rows.push(new);
            }
        }
        Ok(rows)
    }

    /// That no use which a request names was another's before the shares were dealt to this gate.
    pub(super) fn not_used_before(
        &self,
        (request, entry): (&AccessRequest, [u8; 32]),
        chain: &Chain,
        dealt_by: Option<EntryRef>,
    ) -> Result<(), Denial> {
        let id = request.id();
        if let Some(emergency) = request.emergency() {
            let (found, most) = (emergency.budget(), self.rules.emergencies);
            for moved in (self.store).rows(MOVED_BUDGET, &emergency_key(request, found))? {
                if moved.value != id {
                    return Err(Denial::Budget { found, most });
                }
            }
        }
        let Some(by) = dealt_by else {
            return Ok(());
        };
        let before = self.store.row(MOVED_REQUEST, &[&by.0[..], &id].concat())?;
        if before.is_some_and(|before| before != entry) {
            return Err(Denial::RequestReused);
        }
        for (index, (link, found)) in chain.links().iter().zip(request.ordinals()).enumerate() {
            let key = [&by.0[..], &link.entry.0, &found.to_be_bytes()].concat();
            let before = self.store.row(MOVED_USE, &key)?;
            if before.is_some_and(|before| before != id) {
                let found = *found;
                return Err(Denial::UseTaken { index, found });
            }
        }
        Ok(())
    }
}

/// Sets a value, or `else_` where another was set.
fn agreed<K: Ord, V: PartialEq + Copy>(map: &mut BTreeMap<K, V>, key: K, value: V, else_: V) {
    let set = map.entry(key).or_insert(value);
    if *set != value {
        *set = else_;
    }
}

fn use_of(key: &[u8]) -> Result<Use, Denial> {
    let (grant, n) = key.split_first_chunk::<32>().ok_or_else(damaged)?;
    Ok((*grant, u16::from_be_bytes(array(n)?)))
}

fn emergency_of(key: &[u8]) -> Result<Emergency, Denial> {
    let (officer, rest) = key.split_first_chunk::<32>().ok_or_else(damaged)?;
    let (day, n) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let n = u16::from_be_bytes(array(n)?);
    Ok((*officer, u64::from_be_bytes(*day), n))
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Denial> {
    bytes.try_into().map_err(|_| damaged())
}
