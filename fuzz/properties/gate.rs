//! Of three gates that are sent whatever, in any order, beside a model of what each must do.

#[path = "gate_pool.rs"]
mod pool;
#[path = "../../tests/scene/mod.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod scene;

use billetbook::clock::UnixTime;
use billetbook::gate::{Acknowledgement, Ask, Ended, Gate, LoggedGrant, Release, Releases};
use billetbook::grant::Revocation;
use billetbook::store::MemoryGate;
use pool::{Pool, pool};
use scene::now;
use std::collections::{BTreeMap, BTreeSet};

const MOST_OPENS: u16 = 2;
const EMERGENCIES: u16 = 2;

/// One gate as it ought to be.
#[derive(Default)]
struct Model {
    deposited: bool,
    /// Which erasure.
    erased: Option<usize>,
    /// Branch and size of the largest tree that it wrote down.
    seen: Option<(usize, u64)>,
    /// Requests written down, by their numbers in the pool.
    written: BTreeSet<usize>,
    uses: BTreeMap<(usize, u16), [u8; 16]>,
    budget: BTreeMap<u16, [u8; 16]>,
    revoked: BTreeSet<usize>,
    /// Writes that its disk still takes.
    writes: Option<u64>,
    answers: BTreeMap<usize, Release>,
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

    /// Whether this gate releases now; if so, what that changes.
    fn releases(
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
        if !(fresh && extends && self.deposited && self.erased.is_none() && logged.good) || revoked
        {
            return false;
        }
        if self.written.contains(&request) {
            return true;
        }
        let id = logged.request.id();
        let reused = self
            .written
            .iter()
            .any(|w| pool.requests[*w].request.id() == id);
        let uses: Vec<_> = (logged.grants.iter().copied())
            .zip(logged.request.ordinals().iter().copied())
            .collect();
        let taken = |by: Option<&[u8; 16]>| by.is_some_and(|by| *by != id);
        let budget = logged.request.emergency().map(|e| e.budget());
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

trait BySize {
    fn max_by_size(self, new: (usize, u64)) -> Self;
}

impl BySize for Option<(usize, u64)> {
    fn max_by_size(self, new: (usize, u64)) -> Self {
        self.filter(|(_, size)| *size >= new.1).or(Some(new))
    }
}

/// Deposits, requests, revocations, erasures, full disks and moving clocks, four bytes each: every gate does what its
/// model does, no use opens for two requests, and what gates list is what they released.
pub fn gates(data: &[u8]) {
    let pool = pool();
    let scene = &pool.scene;
    let stores = [(); 3].map(|()| MemoryGate::new());
    let mut models = [(); 3].map(|()| Model::default());
    let times: [(i64, bool); 4] = [(0, true), (300, true), (1_000, false), (-100, false)];
    let mut time = times[0];
    for step in data.chunks_exact(4).take(48) {
        let [what, gate, a, b] = [0, 1, 2, 3].map(|n| usize::from(step[n]));
        let n = gate % 3;
        let model = &mut models[n];
        let mut real = Gate::new(&scene.gates[n].keys, scene.rules(), stores[n].clone());
        let secs = now().as_secs().saturating_add_signed(time.0);
        let at = UnixTime::from_secs(secs).unwrap_or(UnixTime::LAST);
        match what % 16 {
            0..=7 => {
                let request = a % pool.requests.len();
                let logged = &pool.requests[request];
                let trees = pool.sizes[logged.branch].len();
                let first = trees - logged.proofs.len();
                let tree = first + b % (trees - first);
                let known = model.seen.map_or(0, |s| s.1);
                // What it says of the tree that the gate has seen is true, but for one time in eight.
                let seen = if gate < 224 { known } else { known + 1 };
                let Some(ask) = pool.ask(request, tree, seen) else {
                    return;
                };
                let size = pool.sizes[logged.branch][tree];
                let before = real.releases(scene.envelope().id()).ok();
                let answer = real.handle(&ask, &scene.keys, at);
                let ought = model.releases(pool, request, (size, seen), time.1);
                assert_eq!(
                    answer.is_ok(),
                    ought,
                    "gate {n}, request {request}: {answer:?}"
                );
                match answer {
                    Ok(release) => {
                        let is = (release.request(), release.gate(), release.envelope());
                        let gate = billetbook::keys::KeyProvider::key_id(&scene.gates[n].keys);
                        assert_eq!(is, (logged.entry, gate, scene.envelope().id()));
                        model.answers.insert(request, release);
                    }
                    Err(_) => {
                        let after = real.releases(scene.envelope().id()).ok();
                        assert_eq!(after.map(|l| l.encode()), before.map(|l| l.encode()));
                    }
                }
            }
            8 | 9 => altered(pool, &mut real, model, (step, time.1), at),
            10 => {
                let deposit = &scene.billet.deposits()[a % 3];
                let ought = a % 3 == n && model.erased.is_none() && model.write();
                assert_eq!(real.deposit(deposit, &scene.keys).is_ok(), ought);
                model.deposited |= ought;
            }
            11 => {
                let which = a % pool.revocations.len();
                let (revocation, _) = &pool.revocations[which];
                let ought = model.write();
                let done = real.revoke(revocation, &scene.keys, at);
                assert_eq!(done.is_ok(), ought);
                if let Ok(done) = done {
                    model.revoked.insert(which);
                    let link = |c: &LoggedGrant| c.chain().last().entry == revocation.grant();
                    let grant = pool.chains.iter().position(link);
                    let used =
                        |r: &&usize| grant.is_some_and(|g| pool.requests[**r].grants.contains(&g));
                    let count = model.written.iter().filter(used).count();
                    assert_eq!(pending(pool, revocation, done), count);
                }
            }
            12 => {
                let which = a % pool.erasures.len();
                let (_, evidence, good) = &pool.erasures[which];
                let again = model.erased == Some(which);
                let ought = *good && (again || model.deposited && model.erased.is_none());
                let ought = ought && model.write();
                assert_eq!(real.erase(evidence, &scene.keys).is_ok(), ought);
                if ought {
                    model.erased = Some(which);
                }
            }
            13 => {
                model.writes = (a % 4 < 3).then_some(u64::try_from(a % 4).unwrap_or(0));
                stores[n].fail_after(model.writes);
            }
            14 => time = times[a % 4],
            _ => {
                // Another process of the gate; all that it keeps is in its store.
                let seen =
                    real.seen(billetbook::audit::NoteSigner::verifier(&scene.log_key()).name());
                let size = seen.ok().flatten().map(|s| s.size);
                assert_eq!(size, model.seen.map(|s| s.1));
            }
        }
    }
    settle(pool, &stores, &models);
}

/// A request to a gate with one byte of it changed is refused, or is one that would have been answered anyway.
fn altered(
    pool: &Pool,
    real: &mut Gate<'_, MemoryGate>,
    model: &mut Model,
    (step, fresh): (&[u8], bool),
    at: UnixTime,
) {
    let request = usize::from(step[2] >> 3) % pool.requests.len();
    let logged = &pool.requests[request];
    let trees = pool.sizes[logged.branch].len();
    let known = model.seen.map_or(0, |s| s.1);
    let Some(ask) = pool.ask(request, trees - 1, known) else {
        return;
    };
    let mut bytes = ask.encode().to_vec();
    let place = usize::from(step[1]) << 8 | usize::from(step[3]);
    let place = place * 7 % bytes.len();
    bytes[place] ^= 1 << (step[2] & 7);
    let Ok(ask) = Ask::decode(&bytes) else {
        return;
    };
    let scene = &pool.scene;
    if let Ok(release) = real.handle(&ask, &scene.keys, at) {
        assert_eq!(release.request(), logged.entry);
        let size = pool.sizes[logged.branch][trees - 1];
        assert!(
            model.releases(pool, request, (size, known), fresh),
            "byte {place}"
        );
        model.answers.insert(request, release);
    }
}

/// Requests that a gate says it had released for when it acknowledged; alone, each is half released.
fn pending(pool: &Pool, revocation: &Revocation, done: Acknowledgement) -> usize {
    let envelope = pool.scene.envelope();
    let of = (envelope.gates(), envelope.threshold());
    let ended = Ended::by_revocation(revocation, of, &[done], &pool.scene.keys);
    ended.map_or(usize::MAX, |e| e.pending)
}

/// At the end: bounds over all gates, lists, and what the recipient opens.
fn settle(pool: &Pool, stores: &[MemoryGate; 3], models: &[Model; 3]) {
    let scene = &pool.scene;
    let envelope = scene.envelope();
    let mut opened = BTreeMap::new();
    for (n, logged) in pool.requests.iter().enumerate() {
        let answers = models.iter().filter_map(|m| m.answers.get(&n));
        let answers: Vec<Release> = answers.cloned().collect();
        if answers.len() < envelope.threshold() {
            continue;
        }
        for used in logged.grants.iter().zip(logged.request.ordinals()) {
            assert_eq!(
                opened.insert(used, n),
                None,
                "a use opened for two requests"
            );
        }
        if opened.len() > 2 {
            continue;
        }
        let chain = logged.grants.len() - 1 + usize::from(logged.grants[0] == 2) * 2;
        let Some(evidence) = logged.proofs.values().next() else {
            return;
        };
        let request = scene.logged_request(&pool.chains[chain], evidence.clone());
        let by = match chain {
            0 => &scene.council.open.keys,
            1 => &scene.hospital.open.keys,
            _ => &scene.council.officers[0].keys,
        };
        let slot = logged.request.slots().iter().next().unwrap_or(0);
        let sealed = (&envelope, &scene.deposits()[..]);
        let key = request.open_key(slot, sealed, &answers, &scene.keys, by);
        assert!(key.is_ok_and(|k| k.open(&envelope).is_ok()));
    }
    for (n, model) in models.iter().enumerate() {
        let real = Gate::new(&scene.gates[n].keys, scene.rules(), stores[n].clone());
        let of = (envelope.id(), envelope.gates(), envelope.threshold());
        let list = real.releases(envelope.id()).ok();
        let list = list.and_then(|l| Releases::join(of, &[l], &scene.keys).ok());
        let listed = list.map(|l| l.lines.iter().map(|l| l.entry).collect::<BTreeSet<_>>());
        let own = model.written.iter().map(|w| pool.requests[*w].entry);
        assert_eq!(listed, Some(own.collect()));
    }
}
