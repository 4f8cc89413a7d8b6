//! Of gates that are sent whatever, in any order, beside a model of what each must do.

#[path = "gate_model.rs"]
mod model;
#[path = "gate_pool.rs"]
mod pool;
#[path = "../../tests/scene/mod.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod scene;

use billetbook::clock::UnixTime;
use billetbook::envelope::GateSet;
use billetbook::gate::{
    Acknowledgement, Ask, Dealing, Ended, Gate, LoggedGrant, NewGates, Release, Releases, Taken,
};
use billetbook::grant::Revocation;
use billetbook::keys::{KeyProvider, RoleKeys};
use billetbook::store::MemoryGate;
use model::{Model, Told};
use pool::{NEW, Pool, pool};
use scene::now;
use std::collections::{BTreeMap, BTreeSet};

const MOST_OPENS: u16 = 2;
const EMERGENCIES: u16 = 2;

/// Three gates that an envelope has, two more to which it may be dealt, and what they gave out.
struct World {
    pool: &'static Pool,
    keys: [&'static RoleKeys; 5],
    stores: [MemoryGate; 5],
    models: [Model; 5],
    at: UnixTime,
    /// Whether what was cosigned is fresh then.
    fresh: bool,
    dealings: BTreeMap<usize, (Dealing, Told)>,
    taken: BTreeMap<usize, Taken>,
    words: BTreeMap<usize, Acknowledgement>,
}

/// Deposits, requests, revocations, erasures, dealings, full disks and moving clocks, four bytes each: every gate does what
/// its model does, no use opens for two requests, and what gates list is what they released.
pub fn gates(data: &[u8]) {
    let pool = pool();
    let [a, b, c] = &pool.scene.gates;
    let mut world = World {
        pool,
        keys: [a, b, c, &pool.scene.more[0], &pool.scene.more[1]],
        stores: [(); 5].map(|()| MemoryGate::new()),
        models: [(); 5].map(|()| Model::default()),
        at: now(),
        fresh: true,
        dealings: BTreeMap::new(),
        taken: BTreeMap::new(),
        words: BTreeMap::new(),
    };
    for step in data.chunks_exact(4).take(48) {
        let [what, gate, a, b] = [0, 1, 2, 3].map(|n| usize::from(step[n]));
        let n = gate % 3;
        match what % 16 {
            // What it says of the tree that the gate has seen is true, but for one time in eight.
            0..=7 => world.ask(n, a, b, gate < 224),
            8 | 9 => world.altered(n, step),
            10 => world.deposit(n, a % 3),
            11 => world.revoke(n, a),
            12 => world.erase(n, a),
            13 => {
                let writes = (a % 4 < 3).then_some(u64::try_from(a % 4).unwrap_or(0));
                world.models[n].writes = writes;
                world.stores[n].fail_after(writes);
            }
            14 => world.turn_clock(a),
            _ if a < 128 => world.look(n),
            _ => match b % 8 {
                0 => world.deal(n),
                1 => world.take(NEW[n]),
                2 => world.hand_over(n),
                3 => world.begin(NEW[n]),
                4 => world.revoke(NEW[n], a),
                5 => world.erase(NEW[n], a),
                _ => world.ask(NEW[n], a, b / 8, true),
            },
        }
    }
    world.settle();
}

impl World {
    fn gate(&self, n: usize) -> Gate<'static, MemoryGate> {
        let rules = self.pool.scene.rules();
        Gate::new(self.keys[n], rules, self.stores[n].clone())
    }

    fn turn_clock(&mut self, a: usize) {
        let times: [(i64, bool); 4] = [(0, true), (300, true), (1_000, false), (-100, false)];
        let (by, fresh) = times[a % 4];
        let secs = now().as_secs().saturating_add_signed(by);
        self.at = UnixTime::from_secs(secs).unwrap_or(UnixTime::LAST);
        self.fresh = fresh;
    }

    fn ask(&mut self, n: usize, a: usize, b: usize, honest: bool) {
        let (pool, scene) = (self.pool, &self.pool.scene);
        let request = a % pool.requests.len();
        let logged = &pool.requests[request];
        let trees = pool.sizes[logged.branch].len();
        let first = trees - logged.proofs.len();
        let tree = first + b % (trees - first);
        let mut real = self.gate(n);
        let model = &mut self.models[n];
        let seen = model.seen.map_or(0, |s| s.1) + u64::from(!honest);
        let Some(ask) = pool.ask(request, tree, seen) else {
            return;
        };
        let size = pool.sizes[logged.branch][tree];
        let before = real.releases(scene.envelope().id()).ok();
        let answer = real.handle(&ask, &scene.keys, self.at);
        let ought = model.releases(pool, request, (size, seen), self.fresh);
        assert_eq!(
            answer.is_ok(),
            ought,
            "gate {n}, request {request}: {answer:?}"
        );
        match answer {
            Ok(release) => {
                let is = (release.request(), release.gate(), release.envelope());
                let gate = self.keys[n].key_id();
                assert_eq!(is, (logged.entry, gate, scene.envelope().id()));
                model.answers.insert((model.serving, request), release);
            }
            Err(_) => {
                let after = real.releases(scene.envelope().id()).ok();
                assert_eq!(after.map(|l| l.encode()), before.map(|l| l.encode()));
            }
        }
    }

    fn deposit(&mut self, n: usize, which: usize) {
        let scene = &self.pool.scene;
        let deposit = &scene.billet.deposits()[which];
        let kept = self.gate(n).deposit(deposit, &scene.keys).is_ok();
        assert_eq!(kept, which == n && self.models[n].deposits());
    }

    fn revoke(&mut self, n: usize, a: usize) {
        let pool = self.pool;
        let which = a % pool.revocations.len();
        let (revocation, _) = &pool.revocations[which];
        let done = self.gate(n).revoke(revocation, &pool.scene.keys, self.at);
        let model = &mut self.models[n];
        assert_eq!(done.is_ok(), model.revokes(which));
        if let Ok(done) = done
            && n < 3
        {
            let link = |c: &LoggedGrant| c.chain().last().entry == revocation.grant();
            let grant = pool.chains.iter().position(link);
            let used = |r: &&usize| grant.is_some_and(|g| pool.requests[**r].grants.contains(&g));
            let count = model.written.iter().filter(used).count();
            assert_eq!(pending(pool, revocation, done), count);
        }
    }

    fn erase(&mut self, n: usize, a: usize) {
        let which = a % self.pool.erasures.len();
        let (_, evidence, good) = &self.pool.erasures[which];
        let done = self.gate(n).erase(evidence, &self.pool.scene.keys);
        let ought = self.models[n].erases(which, *good);
        assert_eq!(done.is_ok(), ought, "gate {n}: {done:?}");
    }

    /// Another process of the gate; all that it keeps is in its store.
    fn look(&self, n: usize) {
        let log = self.pool.scene.log_key();
        let name = billetbook::audit::NoteSigner::verifier(&log).name();
        let seen = self.gate(n).seen(name).ok().flatten();
        assert_eq!(seen.map(|s| s.size), self.models[n].seen.map(|s| s.1));
    }

    fn deal(&mut self, n: usize) {
        let (pool, scene) = (self.pool, &self.pool.scene);
        let header = scene.envelope().header();
        let done = self
            .gate(n)
            .deal(&pool.redeal[0], &header, &scene.keys, self.at);
        let ought = self.models[n].deals(pool);
        assert_eq!(done.is_ok(), ought.is_some(), "gate {n}: {done:?}");
        match (done, ought) {
            (Ok(dealing), Some(Some(told))) => {
                self.dealings.insert(n, (dealing, told));
            }
            (Ok(again), _) => assert!(self.dealings.get(&n).is_some_and(|d| d.0 == again)),
            (Err(_), _) => {}
        }
    }

    fn take(&mut self, n: usize) {
        let (pool, keys) = (self.pool, &self.pool.scene.keys);
        let dealings: Vec<Dealing> = self.dealings.values().map(|d| d.0.clone()).collect();
        let done = self.gate(n).take(&pool.redeal[0], &dealings, keys);
        let told: Vec<&Told> = self.dealings.values().map(|d| &d.1).collect();
        let ought = self.models[n].takes(&told, 3);
        assert_eq!(done.is_ok(), ought, "gate {n}: {done:?}");
        if let Ok(taken) = done {
            let before = self.taken.insert(n, taken.clone());
            assert!(before.is_none_or(|before| before == taken));
        }
    }

    fn hand_over(&mut self, n: usize) {
        let (pool, keys) = (self.pool, &self.pool.scene.keys);
        let taken: Vec<Taken> = self.taken.values().cloned().collect();
        let steps = [&pool.redeal[0], &pool.redeal[1]];
        let done = self.gate(n).hand_over(steps, &taken, keys);
        let ought = self.models[n].hands_over(taken.len() == NEW.len());
        assert_eq!(done.is_ok(), ought, "gate {n}: {done:?}");
        if let Ok(word) = done {
            self.words.insert(n, word);
        }
    }

    fn begin(&mut self, n: usize) {
        let (pool, keys) = (self.pool, &self.pool.scene.keys);
        let words: Vec<Acknowledgement> = self.words.values().cloned().collect();
        let steps = [&pool.redeal[0], &pool.redeal[1]];
        let done = self.gate(n).begin(steps, &words, keys);
        let ought = self.models[n].begins(words.len(), 2);
        assert_eq!(done.is_ok(), ought, "gate {n}: {done:?}");
    }

    /// A request to a gate with one byte of it changed is refused, or is one that would have been answered anyway.
    fn altered(&mut self, n: usize, step: &[u8]) {
        let (pool, scene) = (self.pool, &self.pool.scene);
        let request = usize::from(step[2] >> 3) % pool.requests.len();
        let logged = &pool.requests[request];
        let trees = pool.sizes[logged.branch].len();
        let known = self.models[n].seen.map_or(0, |s| s.1);
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
        if let Ok(release) = self.gate(n).handle(&ask, &scene.keys, self.at) {
            assert_eq!(release.request(), logged.entry);
            let size = pool.sizes[logged.branch][trees - 1];
            let model = &mut self.models[n];
            let ought = model.releases(pool, request, (size, known), self.fresh);
            assert!(ought, "byte {place}");
            model.answers.insert((model.serving, request), release);
        }
    }

    /// At the end: bounds over all gates, lists, and what the recipient opens. Gates before and after a redeal are two
    /// quorums, and no use opens two requests through either.
    fn settle(&self) {
        let (pool, scene) = (self.pool, &self.pool.scene);
        let envelope = scene.envelope();
        let before = GateSet::new(0, envelope.threshold(), envelope.gates().to_vec());
        let mut opened = BTreeMap::new();
        for (n, logged) in pool.requests.iter().enumerate() {
            for later in [false, true] {
                let answers = self
                    .models
                    .iter()
                    .filter_map(|m| m.answers.get(&(later, n)));
                let answers: Vec<Release> = answers.cloned().collect();
                if answers.len() < envelope.threshold() {
                    continue;
                }
                for used in logged.grants.iter().zip(logged.request.ordinals()) {
                    let by = opened.insert(used, n);
                    assert!(by.is_none_or(|by| by == n), "a use opened for two requests");
                }
                if opened.len() < 3 {
                    self.open(n, later, &answers);
                }
            }
        }
        for (n, model) in self.models.iter().enumerate() {
            let set = if n < 3 {
                before.as_ref()
            } else {
                Some(&pool.to)
            };
            let of = set.map(|s| (envelope.id(), s.gates(), s.threshold()));
            let list = self.gate(n).releases(envelope.id()).ok().zip(of);
            let list = list.and_then(|(l, of)| Releases::join(of, &[l], &scene.keys).ok());
            let listed = list.map(|l| l.lines.iter().map(|l| l.entry).collect::<BTreeSet<_>>());
            let own = model.written.iter().map(|w| pool.requests[*w].entry);
            assert_eq!(listed, Some(own.collect()));
        }
    }

    fn open(&self, n: usize, later: bool, answers: &[Release]) {
        let (pool, scene) = (self.pool, &self.pool.scene);
        let (logged, envelope) = (&pool.requests[n], scene.envelope());
        let chain = logged.grants.len() - 1 + usize::from(logged.grants[0] == 2) * 2;
        let Some(evidence) = logged.proofs.values().next() else {
            return;
        };
        let request = scene.logged_request(&pool.chains[chain], evidence.clone());
        let by = match chain {
            0 => &scene.council.open,
            1 => &scene.hospital.open,
            _ => &scene.council.officers[0],
        };
        let slot = logged.request.slots().iter().next().unwrap_or(0);
        let key = match later {
            false => {
                let sealed = (&envelope, &scene.deposits()[..]);
                request.open_key(slot, sealed, answers, &scene.keys, by)
            }
            true => {
                let (both, steps) = ((&envelope, &scene.author()), &pool.redeal);
                let taken: Vec<Taken> = self.taken.values().cloned().collect();
                let steps = [&steps[0], &steps[1]];
                let policy = scene.log_policy();
                let gates = NewGates::verify(both, steps, &taken, &policy, &scene.keys);
                let gates = gates.unwrap_or_else(|e| unreachable!("{e}"));
                request.open_key_of(slot, (&envelope, &gates), answers, &scene.keys, by)
            }
        };
        assert!(key.is_ok_and(|k| k.open(&envelope).is_ok()));
    }
}

/// Requests that a gate says it had released for when it acknowledged; alone, each is half released.
fn pending(pool: &Pool, revocation: &Revocation, done: Acknowledgement) -> usize {
    let envelope = pool.scene.envelope();
    let of = (envelope.gates(), envelope.threshold());
    let ended = Ended::by_revocation(revocation, of, &[done], &pool.scene.keys);
    ended.map_or(usize::MAX, |e| e.pending)
}
