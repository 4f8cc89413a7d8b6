//! What each gate must do.

use super::EMERGENCIES;
use super::pool::Pool;
use billetbook::gate::Release;
use std::collections::{BTreeMap, BTreeSet};

/// A grant and which use of it, each with its request's number.
type Uses = BTreeMap<(usize, u16), [u8; 16]>;

/// What a gate tells those to which it deals.
#[derive(Clone, Default)]
pub(super) struct Told {
    requests: BTreeMap<[u8; 16], [u8; 32]>,
    uses: Uses,
    budget: BTreeMap<u16, [u8; 16]>,
    revoked: BTreeSet<usize>,
}

/// One gate as it ought to be.
#[derive(Default)]
pub(super) struct Model {
    pub(super) deposited: bool,
    /// Which erasure.
    pub(super) erased: Option<usize>,
    /// Branch and size of the largest tree that it wrote down.
    pub(super) seen: Option<(usize, u64)>,
    /// Requests written down, by their numbers in the pool.
    pub(super) written: BTreeSet<usize>,
    uses: Uses,
    budget: BTreeMap<u16, [u8; 16]>,
    pub(super) revoked: BTreeSet<usize>,
    /// Writes that its disk still takes.
    pub(super) writes: Option<u64>,
    /// By whether it had begun with new shares, and by request.
    pub(super) answers: BTreeMap<(bool, usize), Release>,
    frozen: bool,
    /// What it dealt, while it keeps it.
    dealt: bool,
    pub(super) yielded: bool,
    /// What it was told with shares that it has added up.
    held: Option<Told>,
    pub(super) serving: bool,
}

impl Model {
    fn write(&mut self) -> bool {
        match &mut self.writes {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    /// Whether it keeps a deposit that is its own.
    pub(super) fn deposits(&mut self) -> bool {
        let done = self.erased.is_none() && !self.yielded && self.write();
        self.deposited |= done;
        done
    }

    pub(super) fn revokes(&mut self, which: usize) -> bool {
        let done = self.write();
        if done {
            self.revoked.insert(which);
        }
        done
    }

    pub(super) fn erases(&mut self, which: usize, good: bool) -> bool {
        let known = self.deposited || self.yielded || self.held.is_some();
        let again = self.erased == Some(which);
        if !(good && (again || known && self.erased.is_none())) || !self.write() {
            return false;
        }
        self.erased = Some(which);
        if self.held.is_some() && self.write() {
            self.held = None;
        }
        self.held.is_none() && self.delete_dealing()
    }

    fn delete_dealing(&mut self) -> bool {
        self.dealt = self.dealt && !self.write();
        !self.dealt
    }

    /// Whether it deals; where it deals for the first time, what it tells then.
    pub(super) fn deals(&mut self, pool: &Pool) -> Option<Option<Told>> {
        if self.erased.is_some() || self.yielded || !self.deposited || !self.write() {
            return None;
        }
        self.frozen = true;
        if self.dealt {
            return Some(None);
        }
        self.dealt = self.write();
        let requests = self.written.iter().map(|w| &pool.requests[*w]);
        self.dealt.then(|| {
            Some(Told {
                requests: requests.map(|r| (r.request.id(), r.entry.0)).collect(),
                uses: self.uses.clone(),
                budget: self.budget.clone(),
                revoked: self.revoked.clone(),
            })
        })
    }

    pub(super) fn takes(&mut self, told: &[&Told], all: usize) -> bool {
        if self.erased.is_some() {
            return false;
        }
        if self.held.is_some() {
            return true;
        }
        if told.len() < all || !self.write() {
            return false;
        }
        let mut held = Told::default();
        for t in told {
            for (id, entry) in &t.requests {
                agreed(&mut held.requests, *id, *entry, [0; 32]);
            }
            for (used, id) in &t.uses {
                agreed(&mut held.uses, *used, *id, [0; 16]);
            }
            for (n, id) in &t.budget {
                agreed(&mut held.budget, *n, *id, [0; 16]);
            }
            self.revoked.extend(&t.revoked);
        }
        self.held = Some(held);
        true
    }

    /// `taken`: whether every new gate has its shares.
    pub(super) fn hands_over(&mut self, taken: bool) -> bool {
        if self.erased.is_some() || !taken || !(self.yielded || self.deposited) || !self.write() {
            return false;
        }
        self.yielded = true;
        if !self.write() {
            return false;
        }
        self.deposited = false;
        self.delete_dealing()
    }

    pub(super) fn begins(&mut self, words: usize, needed: usize) -> bool {
        let may = self.erased.is_none() && self.held.is_some() && words >= needed;
        let done = may && self.write();
        self.serving |= done;
        done
    }

    /// Whether this gate releases now; if so, what that changes.
    pub(super) fn releases(
        &mut self,
        pool: &Pool,
        request: usize,
        (size, seen): (u64, u64),
        fresh: bool,
    ) -> bool {
        let logged = &pool.requests[request];
        let extends = match self.seen {
            None => true,
            Some((branch, before)) => {
                let same = branch == logged.branch || before <= pool.fork;
                same && (size == before || size > before && seen == before)
            }
        };
        let chain = logged.grants.len() - 1 + usize::from(logged.grants[0] == 2) * 2;
        let revoked = self.revoked.iter().any(|r| {
            let (_, ends) = &pool.revocations[*r];
            ends.iter().any(|grant| logged.grants.contains(grant))
        });
        assert_eq!(
            pool.chains[chain].chain().links().len(),
            logged.grants.len()
        );
        let has = self.serving || self.deposited && !self.frozen && !self.yielded;
        if !(fresh && extends && has && self.erased.is_none() && logged.good) || revoked {
            return false;
        }
        let id = logged.request.id();
        let uses: Vec<_> = (logged.grants.iter().copied())
            .zip(logged.request.ordinals().iter().copied())
            .collect();
        let taken = |by: Option<&[u8; 16]>| by.is_some_and(|by| *by != id);
        let budget = logged.request.emergency().map(|e| e.budget());
        if let Some(before) = self.held.as_ref().filter(|_| self.serving) {
            let other = before.requests.get(&id);
            if other.is_some_and(|entry| *entry != logged.entry.0)
                || uses.iter().any(|u| taken(before.uses.get(u)))
                || budget.is_some_and(|b| taken(before.budget.get(&b)))
            {
                return false;
            }
        }
        if self.written.contains(&request) {
            return true;
        }
        let reused = self
            .written
            .iter()
            .any(|w| pool.requests[*w].request.id() == id);
        if reused
            || uses.iter().any(|u| taken(self.uses.get(u)))
            || budget.is_some_and(|b| b > EMERGENCIES || taken(self.budget.get(&b)))
            || !self.write()
        {
            return false;
        }
        self.written.insert(request);
        self.uses.extend(uses.into_iter().map(|u| (u, id)));
        self.budget.extend(budget.map(|b| (b, id)));
        self.seen = self.seen.max_by_size((logged.branch, size));
        true
    }
}

/// Sets a value, or `else_` where another was set.
fn agreed<K: Ord, V: PartialEq + Copy>(map: &mut BTreeMap<K, V>, key: K, value: V, else_: V) {
    let set = map.entry(key).or_insert(value);
    if *set != value {
        *set = else_;
    }
}

trait BySize {
    fn max_by_size(self, new: (usize, u64)) -> Self;
}

impl BySize for Option<(usize, u64)> {
    fn max_by_size(self, new: (usize, u64)) -> Self {
        self.filter(|(_, size)| *size >= new.1).or(Some(new))
    }
}
