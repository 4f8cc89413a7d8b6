//! Shares of many envelopes dealt anew, from two of three gates to three of five: what the gates themselves take, step by
//! step, with their state in memory and in SQLite: `cargo bench -p billetbook --bench redeal`. BILLETBOOK_BENCH_DIR names the
//! disk to write to.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "it says what it measured")]
#![expect(clippy::disallowed_methods, reason = "a bench is a stopwatch")]

#[path = "../tests/scene/mod.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod scene;

use billetbook::audit::Kind;
use billetbook::envelope::{Billet, GateSet};
use billetbook::gate::{
    Acknowledgement, Dealing, Denial, Evidence, Gate, GateStore, LoggedRequest, NewGates, Taken,
};
use billetbook::grant::{Redeal, RedealStep};
use billetbook::keys::{KeyProvider, RoleKeys};
use billetbook::store::{MemoryDisk, MemoryGate, MemoryStore, SqliteGate};
use scene::{Book, Scene, now};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How many; a few where benches run as tests.
const ENVELOPES: usize = if cfg!(debug_assertions) { 2 } else { 1_000 };
const NEW: [usize; 5] = [1, 2, 3, 4, 5];

/// Envelopes, and the two entries of each by which its shares are dealt anew, in one tree.
struct Work {
    scene: Scene,
    billets: Vec<Billet>,
    steps: Vec<[Evidence; 2]>,
    to: GateSet,
    /// To open the first one with.
    request: LoggedRequest,
}

fn keys(scene: &Scene) -> Vec<&RoleKeys> {
    scene.gates.iter().chain(&scene.more).collect()
}

impl Work {
    fn new() -> Work {
        let scene = Scene::new(1);
        let ids: Vec<_> = keys(&scene).iter().map(|k| k.key_id()).collect();
        let from = GateSet::new(0, 2, ids[..3].to_vec()).unwrap();
        let to = GateSet::new(1, 3, NEW.map(|n| ids[n]).into()).unwrap();
        let billets: Vec<Billet> = (1..ENVELOPES).map(|_| scene.seal()).collect();
        let billets = [vec![scene.billet.clone()], billets].concat();
        let mut book: Book<MemoryStore, MemoryStore> = scene.memory_book_on(&MemoryDisk::new());
        let grant = book.enter(&scene, Kind::Grant, scene.grant(1, 0).encode());
        let grant = scene.logged_grant(&[grant]);
        let request = scene.request(grant.chain(), &[1]);
        let request = book.enter(&scene, Kind::Request, request.encode());
        let request = scene.logged_request(&grant, request);
        let by = (&scene.school.issue, &scene.school.open);
        let ids = billets.iter().map(|b| b.envelope().unwrap().inspect().id);
        let ids: Vec<_> = ids.collect();
        let mut placed = Vec::new();
        for id in &ids {
            let step = RedealStep::deal(from.clone(), vec![1, 2, 3], to.clone()).unwrap();
            let redeal = Redeal::make(*id, step, by.0, by.1, now()).unwrap();
            placed.push(book.append(Kind::Redeal, redeal.encode()));
        }
        let signed = book.cosigned(&scene);
        let first = placed.iter().map(|at| book.evidence(*at, &signed));
        let first: Vec<Evidence> = first.collect();
        let mut placed = Vec::new();
        for (id, first) in ids.iter().zip(&first) {
            let redeal = first.entry();
            let step = RedealStep::Done { redeal };
            let redeal = Redeal::make(*id, step, by.0, by.1, now()).unwrap();
            placed.push(book.append(Kind::Redeal, redeal.encode()));
        }
        let signed = book.cosigned(&scene);
        let done = placed.iter().map(|at| book.evidence(*at, &signed));
        let done: Vec<Evidence> = done.collect();
        Work {
            steps: first.into_iter().zip(done).map(|(a, b)| [a, b]).collect(),
            billets,
            scene,
            to,
            request,
        }
    }

    /// Deals all of them anew, and says how long each step took all gates together.
    fn run<S: GateStore>(&self, name: &str, store: impl Fn(usize) -> S) {
        let (scene, keys) = (&self.scene, keys(&self.scene));
        let mut gates: Vec<Gate<'_, S>> = (0..keys.len())
            .map(|i| Gate::new(keys[i], scene.rules(), store(i)))
            .collect();
        for billet in &self.billets {
            for (gate, deposit) in gates.iter_mut().zip(billet.deposits()) {
                gate.deposit(deposit, &scene.keys).unwrap();
            }
        }
        let mut took = [Duration::ZERO; 4];
        let mut each = Vec::with_capacity(self.billets.len());
        let mut words = Vec::new();
        for (billet, steps) in self.billets.iter().zip(&self.steps) {
            let begin = Instant::now();
            let (dealt, taken) = self.deal(billet, steps, &mut gates, &mut took);
            words = self.finish(steps, &taken, &mut gates, &mut took);
            each.push(begin.elapsed());
            if each.len() == 1 {
                assert_eq!(dealt.len(), 3);
                self.opens(steps, &taken, &mut gates);
            }
        }
        assert_eq!(words.len(), 3);
        // The last one's gates before are done with it, and its new ones serve.
        let last = self.billets.last().unwrap();
        let id = last.envelope().unwrap().inspect().id;
        let (again, header) = (&self.steps.last().unwrap()[0], last.envelope().unwrap());
        let header = header.verify(&scene.author()).unwrap().header();
        let denied = gates[0].deal(again, &header, &scene.keys, now());
        assert!(matches!(denied, Err(Denial::Moved)), "{id}");
        let total: Duration = each.iter().sum();
        each.sort_unstable();
        let per = |d: Duration| d.as_secs_f64() * 1e3 / self.billets.len() as f64;
        println!(
            "{name}: {} envelopes of {} slots in {:.2} s; median {:.2} ms each: deal {:.2}, take {:.2}, delete {:.2}, begin {:.2} ms (means)",
            self.billets.len(),
            scene.envelope().slot_count().get(),
            total.as_secs_f64(),
            each[each.len() / 2].as_secs_f64() * 1e3,
            per(took[0]),
            per(took[1]),
            per(took[2]),
            per(took[3]),
        );
    }

    fn deal<S: GateStore>(
        &self,
        billet: &Billet,
        steps: &[Evidence; 2],
        gates: &mut [Gate<'_, S>],
        took: &mut [Duration; 4],
    ) -> (Vec<Dealing>, Vec<Taken>) {
        let keys = &self.scene.keys;
        let author = self.scene.author();
        let header = billet.envelope().unwrap().verify(&author).unwrap().header();
        let begin = Instant::now();
        let dealt = gates[..3]
            .iter_mut()
            .map(|g| g.deal(&steps[0], &header, keys, now()));
        let dealt: Vec<Dealing> = dealt.collect::<Result<_, _>>().unwrap();
        took[0] += begin.elapsed();
        let begin = Instant::now();
        let taken = NEW.map(|n| gates[n].take(&steps[0], &dealt, keys).unwrap());
        took[1] += begin.elapsed();
        (dealt, taken.into())
    }

    fn finish<S: GateStore>(
        &self,
        [first, done]: &[Evidence; 2],
        taken: &[Taken],
        gates: &mut [Gate<'_, S>],
        took: &mut [Duration; 4],
    ) -> Vec<Acknowledgement> {
        let (keys, steps) = (&self.scene.keys, [first, done]);
        let begin = Instant::now();
        let words = gates[..3]
            .iter_mut()
            .map(|g| g.hand_over(steps, taken, keys));
        let words: Vec<Acknowledgement> = words.collect::<Result<_, _>>().unwrap();
        took[2] += begin.elapsed();
        let begin = Instant::now();
        for n in NEW {
            gates[n].begin(steps, &words, keys).unwrap();
        }
        took[3] += begin.elapsed();
        words
    }

    /// Three of the new gates open what the author had sealed behind others; two do not, nor do those before.
    fn opens<S: GateStore>(
        &self,
        [first, done]: &[Evidence; 2],
        taken: &[Taken],
        gates: &mut [Gate<'_, S>],
    ) {
        let (scene, keys) = (&self.scene, &self.scene.keys);
        let (envelope, policy) = (scene.envelope(), scene.log_policy());
        let both = (&envelope, &scene.author());
        let new = NewGates::verify(both, [first, done], taken, &policy, keys).unwrap();
        assert_eq!(*new.set(), self.to);
        let ask = self.request.ask(0, Vec::new());
        let denied = gates[0].handle(&ask, keys, now());
        assert!(matches!(denied, Err(Denial::Moved)));
        let releases = [2, 3, 5].map(|n| gates[n].handle(&ask, keys, now()).unwrap());
        let reader = &scene.council.open;
        for slot in self
            .request
            .grant()
            .chain()
            .last()
            .grant
            .terms()
            .slots
            .iter()
        {
            let open = |releases| {
                let sealed = (&envelope, &new);
                self.request
                    .open_key_of(slot, sealed, releases, keys, reader)
            };
            assert!(open(&releases).unwrap().open(&envelope).is_ok());
            assert!(open(&releases[..2]).is_err(), "control");
        }
    }
}

fn main() {
    let work = Work::new();
    work.run("in memory", |_| MemoryGate::new());
    let folder = match std::env::var_os("BILLETBOOK_BENCH_DIR") {
        Some(folder) => TempDir::new_in(folder).unwrap(),
        None => TempDir::new().unwrap(),
    };
    work.run("in SQLite, synced", |i| {
        let folder = folder.path().join(i.to_string());
        std::fs::create_dir(&folder).unwrap();
        SqliteGate::create(&folder).unwrap()
    });
}
