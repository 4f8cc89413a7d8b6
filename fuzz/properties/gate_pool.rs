//! What gates may be handed, made once: keys, grants, two branches of a log, statements.

use super::MOST_OPENS;
use super::scene::{self, Scene, now};
use billetbook::audit::{Hash, Kind, SignedCheckpoint};
use billetbook::envelope::GateSet;
use billetbook::gate::{Ask, Evidence, LoggedGrant};
use billetbook::grant::{
    AccessRequest, Asked, EmergencyReason, EntryRef, Erased, Erasure, ErasureGround, Redeal,
    RedealStep, Revocation, RevocationReason, Slots,
};
use billetbook::keys::{KeyId, KeyProvider, RoleKeys};
use billetbook::store::MemoryDisk;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A request that stands in one of the log's branches, and all that a gate may be handed for it.
pub(super) struct Logged {
    pub(super) branch: usize,
    pub(super) entry: EntryRef,
    pub(super) request: AccessRequest,
    /// The grants of its chain, by number, and their evidence.
    pub(super) grants: Vec<usize>,
    pub(super) granted: Vec<Evidence>,
    /// It is as its grants allow.
    pub(super) good: bool,
    /// Proven in each tree of its branch that holds it.
    pub(super) proofs: BTreeMap<usize, Evidence>,
}

/// What was made once: keys, grants, two branches of a log that every witness cosigned, statements.
pub(super) struct Pool {
    pub(super) scene: Scene,
    pub(super) requests: Vec<Logged>,
    pub(super) chains: Vec<LoggedGrant>,
    /// Where the branches part.
    pub(super) fork: u64,
    /// By branch: the sizes that were cosigned, and the consistency proofs between any two, and from none.
    pub(super) sizes: [Vec<u64>; 2],
    pub(super) since: [BTreeMap<(u64, u64), Vec<Hash>>; 2],
    /// With the chains that each ends.
    pub(super) revocations: Vec<(Revocation, Vec<usize>)>,
    /// With whether its signers may.
    pub(super) erasures: Vec<(Erasure, Evidence, bool)>,
    /// Both steps by which all three gates deal to [`NEW`].
    pub(super) redeal: [Evidence; 2],
    pub(super) to: GateSet,
}

/// The gates of a redeal: the first of those before, and two more.
pub(super) const NEW: [usize; 3] = [0, 3, 4];

pub(super) fn pool() -> &'static Pool {
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
            let by: (&dyn KeyProvider, _) = (&agency.issue, &agency.open);
            let made = Erasure::make(erased, ErasureGround::ALL[0], by.0, by.1, now())?;
            let evidence = main.enter(&scene, Kind::Erasure, made.encode());
            erasures.push((made, evidence, good));
        }
        let id = |key: &RoleKeys| key.key_id();
        let before: Vec<KeyId> = scene.gates.iter().map(id).collect();
        let after = vec![before[0], id(&scene.more[0]), id(&scene.more[1])];
        let from = GateSet::new(0, 2, before).ok_or("no gates")?;
        let to = GateSet::new(1, 2, after).ok_or("no gates")?;
        let step = RedealStep::deal(from, vec![1, 2, 3], to.clone()).ok_or("no redeal")?;
        let envelope = scene.envelope().id();
        let by = (&school.issue, &school.open);
        let first = Redeal::make(envelope, step, by.0, by.1, now())?;
        let first = main.enter(&scene, Kind::Redeal, first.encode());
        let redeal = first.entry();
        let step = RedealStep::Done { redeal };
        let done = Redeal::make(envelope, step, by.0, by.1, now())?;
        let done = main.enter(&scene, Kind::Redeal, done.encode());
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
            let by: [&dyn KeyProvider; 2] = [a, b];
            AccessRequest::make_emergency(officer.chain(), asked, by, reason, budget, now())
        };
        let wide = || {
            let slots = Slots::new(scene.envelope().slot_count(), &[0, 1, 2, 3, 4, 5, 6, 7]);
            let asked = Asked {
                slots: slots.unwrap_or(all_of(&council).slots),
                uses: vec![1],
                ..all_of(&council)
            };
            AccessRequest::make(council.chain(), asked, &council_keys.open, now())
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
            Revocation::make(chain.chain().last(), reason, [1; 32], &by.issue, now())
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
            redeal: [first, done],
            to,
            scene,
        })
    }

    pub(super) fn ask(&self, request: usize, tree: usize, seen: u64) -> Option<Ask> {
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
pub(super) fn all_of(chain: &LoggedGrant) -> Asked {
    let terms = chain.chain().last().grant.terms();
    Asked {
        slots: terms.slots,
        purpose: terms.purpose,
        uses: Vec::new(),
    }
}
