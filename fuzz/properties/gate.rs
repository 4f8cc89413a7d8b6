//! Of three gates that are sent whatever, in any order, beside a model of what each must do.

#[path = "../../tests/scene/mod.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod scene;

use billetbook::audit::{Hash, Kind, SignedCheckpoint};
use billetbook::clock::UnixTime;
use billetbook::gate::{
    Acknowledgement, Ask, Ended, Evidence, Gate, LoggedGrant, Release, Releases,
};
use billetbook::grant::{
    AccessRequest, Asked, EmergencyReason, EntryRef, Erased, Erasure, ErasureGround, Revocation,
    RevocationReason, Slots,
};
use billetbook::store::{MemoryDisk, MemoryGate};
use scene::{Scene, now};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

const MOST_OPENS: u16 = 2;
const EMERGENCIES: u16 = 2;

/// A request that stands in one of the log's branches, and all that a gate may be handed for it.
struct Logged {
    branch: usize,
    entry: EntryRef,
    request: AccessRequest,
    /// The grants of its chain, by number, and their evidence.
    grants: Vec<usize>,
    granted: Vec<Evidence>,
    /// It is as its grants allow.
    good: bool,
    /// Proven in each tree of its branch that holds it.
    proofs: BTreeMap<usize, Evidence>,
}

/// What was made once: keys, grants, two branches of a log that every witness cosigned, statements.
struct Pool {
    scene: Scene,
    requests: Vec<Logged>,
    chains: Vec<LoggedGrant>,
    /// Where the branches part.
    fork: u64,
    /// By branch: the sizes that were cosigned, and the consistency proofs between any two, and from none.
    sizes: [Vec<u64>; 2],
    since: [BTreeMap<(u64, u64), Vec<Hash>>; 2],
    /// With the chains that each ends.
    revocations: Vec<(Revocation, Vec<usize>)>,
    /// With whether its signers may.
    erasures: Vec<(Erasure, Evidence, bool)>,
}

fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(|| Pool::new().unwrap_or_else(|e| unreachable!("{e}")))
}

impl Pool {
    fn new() -> Result<Pool, Box<dyn std::error::Error>> {
        let scene = Scene::new(2);
        let disk = MemoryDisk::new();
        let mut main = scene.memory_book_on(&disk);
        // Three chains: the council's, the hospital's that it hands on to, an officer's for emergencies.
        let first = main.enter(&scene, Kind::Grant, scene.grant(MOST_OPENS, 1).encode());
        let council = scene.logged_grant(std::slice::from_ref(&first));
        let handed = scene.hand_on(council.chain(), 1);
        let second = main.enter(&scene, Kind::Grant, handed.encode());
        let hospital = scene.logged_grant(&[first.clone(), second.clone()]);
        let third = main.enter(&scene, Kind::Grant, scene.emergency_grant(3).encode());
        let officer = scene.logged_grant(std::slice::from_ref(&third));
        let evidence = [vec![first.clone()], vec![first, second], vec![third]];
        let members = [vec![0], vec![0, 1], vec![2]];

        let (school, council_keys) = (&scene.school, &scene.council);
        let mut erasures = Vec::new();
        for (agency, good) in [(school, true), (school, true), (council_keys, false)] {
            let erased = Erased::Shares(scene.envelope().id());
            let by: (&dyn billetbook::keys::KeyProvider, _) =
                (&agency.issue.keys, &agency.open.keys);
            let made = Erasure::make(erased, ErasureGround::ALL[0], by.0, by.1, now())?;
            let evidence = main.enter(&scene, Kind::Erasure, made.encode());
            erasures.push((made, evidence, good));
        }
        let fork = main.log.size();
        let twin = MemoryDisk::new();
        twin.restore(&disk.snapshot());
        let other = scene.memory_book_on(&twin);

        let plain = |chain: &LoggedGrant, uses: &[u16]| scene.request(chain.chain(), uses);
        let urgent = |number: u16, budget: u16| {
            let [a, b] = &council_keys.officers;
            let auditor = school.record(&school.open);
            let asked = Asked {
                uses: vec![number],
                ..all_of(&officer)
            };
            let reason = (EmergencyReason::RiskToLife, "made up", &auditor);
            let by: [&dyn billetbook::keys::KeyProvider; 2] = [&a.keys, &b.keys];
            AccessRequest::make_emergency(officer.chain(), asked, by, reason, budget, now())
        };
        let wide = || {
            let slots = Slots::new(scene.envelope().slot_count(), &[0, 1, 2, 3, 4, 5, 6, 7]);
            let asked = Asked {
                slots: slots.unwrap_or(all_of(&council).slots),
                uses: vec![1],
                ..all_of(&council)
            };
            AccessRequest::make(council.chain(), asked, &council_keys.open.keys, now())
        };
        let twice = plain(&council, &[2]);
        // Branch, chain, request, whether it is as its grants allow.
        let made = vec![
            (0, 0, plain(&council, &[1]), true),
            (0, 0, plain(&council, &[1]), true),
            (0, 0, twice.clone(), true),
            (0, 0, twice, true),
            (0, 0, plain(&council, &[3]), false),
            (0, 0, plain(&council, &[0]), false),
            (0, 0, wide()?, false),
            (0, 1, plain(&hospital, &[1, 1]), true),
            (0, 1, plain(&hospital, &[2, 1]), true),
            (0, 1, plain(&hospital, &[2, 2]), false),
            (0, 2, urgent(1, 1)?, true),
            (0, 2, urgent(2, 1)?, true),
            (0, 2, urgent(2, 2)?, true),
            (0, 2, urgent(3, 3)?, false),
            (1, 0, plain(&council, &[1]), true),
            (1, 0, plain(&council, &[2]), true),
            (1, 1, plain(&hospital, &[1, 1]), true),
            (1, 2, urgent(1, 2)?, true),
        ];
        let mut books = [main, other];
        let mut trees: [Vec<SignedCheckpoint>; 2] = Default::default();
        let mut placed = Vec::new();
        for (branch, _, request, _) in &made {
            let kind = match request.emergency() {
                None => Kind::Request,
                Some(_) => Kind::BreakGlass,
            };
            placed.push(books[*branch].append(kind, request.encode()));
            trees[*branch].push(books[*branch].cosigned(&scene));
        }
        let mut requests = Vec::new();
        for ((branch, chain, request, good), index) in made.into_iter().zip(placed) {
            let mut proofs = BTreeMap::new();
            for (n, tree) in trees[branch].iter().enumerate() {
                if tree.unverified().size > index {
                    proofs.insert(n, books[branch].evidence(index, tree));
                }
            }
            let entry = proofs.values().next().map(Evidence::entry);
            requests.push(Logged {
                branch,
                entry: entry.ok_or("a request in no tree")?,
                request,
                grants: members[chain].clone(),
                granted: evidence[chain].clone(),
                good,
                proofs,
            });
        }
        let mut since: [BTreeMap<(u64, u64), Vec<Hash>>; 2] = Default::default();
        for (branch, book) in books.iter_mut().enumerate() {
            for tree in &trees[branch] {
                let size = tree.unverified().size;
                for seen in 0..=size {
                    since[branch].insert((seen, size), book.since(seen, tree));
                }
            }
        }
        let sizes = trees.map(|t| t.iter().map(|t| t.unverified().size).collect());
        let revoke = |chain: &LoggedGrant, by: &scene::Agency| {
            let reason = RevocationReason::Misuse;
            Revocation::make(chain.chain().last(), reason, [1; 32], &by.issue.keys, now())
        };
        // A revocation ends what its signer's agency gave, or gave before: nothing where it gave nothing.
        let revocations = vec![
            (revoke(&council, school)?, vec![0]),
            (revoke(&hospital, council_keys)?, vec![1]),
            (revoke(&hospital, school)?, vec![1]),
            (revoke(&council, council_keys)?, vec![]),
            (revoke(&officer, &scene.hospital)?, vec![]),
            (revoke(&officer, school)?, vec![2]),
        ];
        Ok(Pool {
            chains: vec![council, hospital, officer],
            requests,
            fork,
            sizes,
            since,
            revocations,
            erasures,
            scene,
        })
    }

    fn ask(&self, request: usize, tree: usize, seen: u64) -> Option<Ask> {
        let logged = &self.requests[request];
        let size = *self.sizes[logged.branch].get(tree)?;
        let since = self.since[logged.branch].get(&(seen, size));
        Some(Ask {
            request: logged.proofs.get(&tree)?.clone(),
            grants: logged.granted.clone(),
            seen,
            consistency: since.cloned().unwrap_or_default(),
        })
    }
}

/// All slots of a chain, for its purpose.
fn all_of(chain: &LoggedGrant) -> Asked {
    let terms = chain.chain().last().grant.terms();
    Asked {
        slots: terms.slots,
        purpose: terms.purpose,
        uses: Vec::new(),
    }
}

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
