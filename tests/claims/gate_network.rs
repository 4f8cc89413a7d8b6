//! Requests, cosignatures, releases and revocations as messages of a network that loses, doubles, reorders and holds
//! them up, under an operator who keeps two branches of the log and shows each party whichever suits him.

use crate::crash::{Seeded, opening_key, signer};
use crate::gate_support::{Book, Logged, fresh};
use crate::grant_support::{asked, now, offer};
use billetbook::audit::{
    AddCheckpoint, Draft, Entry, Kind, Log, NoteSignature, Policy, Reading, RequestId,
    SignedCheckpoint, WitnessError,
};
use billetbook::gate::{
    Acknowledgement, Ask, Ended, Evidence, Gate, LoggedGrant, LoggedRequest, Release, Rules,
};
use billetbook::grant::{AccessRequest, Asked, Offer, Revocation, RevocationReason};
use billetbook::keys::KeyId;
use billetbook::record::Section;
use billetbook::store::{MemoryDisk, MemoryStore};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const MOST_OPENS: u16 = 2;
const GATES: usize = 3;

/// One branch: its log, all that was ever signed of it, and where requests stand in it.
struct Branch {
    log: Log<MemoryStore>,
    shown: Vec<SignedCheckpoint>,
    entries: BTreeMap<usize, u64>,
}

/// A request, on which branches a gate released for it, and which gates did.
struct Asking {
    request: AccessRequest,
    released: [BTreeSet<usize>; 2],
    answers: BTreeMap<KeyId, (usize, Release)>,
}

enum Message {
    Step(usize, usize, usize, AddCheckpoint),
    Cosigned(usize, usize, NoteSignature),
    Ask(usize, usize, usize, Vec<u8>),
    Answer(usize, usize, Vec<u8>),
    Revoke(usize, Vec<u8>),
    Acknowledged(Vec<u8>),
}

struct Network {
    book: Book,
    grant: LoggedGrant,
    granted: Evidence,
    revocation: Revocation,
    needed: usize,
    branches: [Branch; 2],
    requests: Vec<Asking>,
    wire: Vec<Message>,
    delivered: usize,
    cut: BTreeSet<usize>,
    acknowledged: Vec<Acknowledgement>,
    /// What was open when the revocation was known to be final.
    open_at_end: Option<BTreeSet<usize>>,
}

impl Network {
    /// A grant for two openings stands in the log, before this branches.
    fn new(needed: usize) -> Network {
        let mut book = Book::new();
        let grant = book.region.grant_with(&Offer {
            most_opens: MOST_OPENS,
            ..offer()
        });
        let granted = book.logged.enter(Kind::Grant, grant.encode());
        let grant = book.logged_grant(std::slice::from_ref(&granted)).unwrap();
        let reason = RevocationReason::RiskOfHarm;
        let by = &book.region.school.issue;
        let revocation = Revocation::make(grant.chain().last(), reason, [1; 32], by, now());
        let fork = MemoryDisk::new();
        fork.restore(&book.logged.disk.snapshot());
        let branches = [&book.logged.disk, &fork].map(|disk| {
            let log = Log::open(disk.open(), signer().key()).unwrap();
            Branch {
                shown: vec![log.signed().unwrap()],
                log,
                entries: BTreeMap::new(),
            }
        });
        Network {
            book,
            grant,
            granted,
            revocation: revocation.unwrap(),
            needed,
            branches,
            requests: Vec::new(),
            wire: Vec::new(),
            delivered: 0,
            cut: BTreeSet::new(),
            acknowledged: Vec::new(),
            open_at_end: None,
        }
    }

    fn policy(&self) -> Policy {
        let witnesses = self.book.logged.witnesses.iter();
        let keys: Vec<_> = witnesses.map(|(w, _)| Seeded::key(w)).collect();
        Policy::new(signer().key(), &keys, self.needed).unwrap()
    }

    /// A new request for this use, not logged yet.
    fn make(&mut self, number: u16) -> usize {
        let asked = Asked {
            uses: vec![number],
            ..asked(self.grant.chain())
        };
        let key = &self.book.region.council.open;
        self.requests.push(Asking {
            request: AccessRequest::make(self.grant.chain(), asked, key, now()).unwrap(),
            released: Default::default(),
            answers: BTreeMap::new(),
        });
        self.requests.len() - 1
    }

    fn log(&mut self, branch: usize, request: usize) {
        let branch = &mut self.branches[branch];
        let draft = Draft {
            request: RequestId(self.requests[request].request.id()),
            entry: Entry::new(Kind::Request, self.requests[request].request.encode()).unwrap(),
            rows: Vec::new(),
        };
        let placed = branch.log.append(&opening_key(), vec![draft]).unwrap()[0].index;
        branch.entries.insert(request, placed);
        branch.shown.push(branch.log.publish(&signer()).unwrap());
    }

    /// The operator asks a witness to cosign the newest tree of a branch.
    fn step(&mut self, branch: usize, witness: usize) {
        let at = self.branches[branch].shown.len() - 1;
        let seen = self.book.logged.witnesses[witness]
            .1
            .latest(signer().key().name());
        let old = seen.unwrap().map_or(0, |s| s.size);
        let Branch { log, shown, .. } = &mut self.branches[branch];
        if let Ok(step) = log.add_checkpoint(old, &shown[at]) {
            self.wire.push(Message::Step(branch, at, witness, step));
        }
    }

    /// A logged request with a proof under one of the trees that were signed, newest first.
    fn evidence(&mut self, branch: usize, request: usize, back: usize) -> Option<Evidence> {
        let Branch {
            log,
            shown,
            entries,
        } = &mut self.branches[branch];
        let index = *entries.get(&request)?;
        let under = &shown[shown.len().checked_sub(back + 1)?];
        let opening = match log.reading(index, &opening_key()).unwrap() {
            Reading::Open(opening) => opening,
            _ => return None,
        };
        let proof = log.prove(index, under).ok()?;
        Some(Evidence { opening, proof })
    }

    fn ask(&mut self, branch: usize, request: usize, gate: usize, back: usize) {
        let Some(evidence) = self.evidence(branch, request, back) else {
            return;
        };
        let seen = self.gate(gate).seen(signer().key().name()).unwrap();
        let seen = seen.map_or(0, |s| s.size);
        let Branch { log, shown, .. } = &mut self.branches[branch];
        let under = &shown[shown.len() - 1 - back];
        let since = log
            .add_checkpoint(seen, under)
            .map_or(Vec::new(), |c| c.proof);
        let ask = Ask {
            request: evidence,
            grants: vec![self.granted.clone()],
            seen,
            consistency: since,
        };
        let bytes = ask.encode().to_vec();
        self.wire.push(Message::Ask(branch, request, gate, bytes));
    }

    fn gate(&self, gate: usize) -> Gate<'_, billetbook::store::MemoryGate> {
        let rules = Rules {
            policy: self.policy(),
            ..self.book.rules()
        };
        let store = self.book.stores[gate].clone();
        Gate::new(&self.book.region.gates[gate], rules, store)
    }

    /// A party is cut off, or back on the network.
    fn cut_or_join(&mut self, party: usize) {
        if !self.cut.remove(&party) {
            self.cut.insert(party);
        }
    }

    fn revoke(&mut self, gate: usize) {
        self.wire
            .push(Message::Revoke(gate, self.revocation.encode()));
    }

    /// Takes a message off the wire, or leaves a copy of it there; one to a party that is cut off stays.
    fn deliver(&mut self, at: usize, keep: bool) {
        if self.wire.is_empty() {
            return;
        }
        let at = at % self.wire.len();
        let to = match &self.wire[at] {
            Message::Step(_, _, witness, _) => Some(GATES + witness),
            Message::Ask(_, _, gate, _) | Message::Revoke(gate, _) => Some(*gate),
            _ => None,
        };
        if to.is_some_and(|to| self.cut.contains(&to)) {
            return;
        }
        let message = self.wire.remove(at);
        self.delivered += 1;
        let answer = self.receive(&message);
        self.wire.extend(answer);
        if keep {
            self.wire.push(message);
        }
    }

    fn receive(&mut self, message: &Message) -> Option<Message> {
        match message {
            Message::Step(branch, at, witness, step) => {
                let (key, witness) = &mut self.book.logged.witnesses[*witness];
                let line = witness.add_checkpoint(step, now(), key).ok()?;
                Some(Message::Cosigned(*branch, *at, line))
            }
            Message::Cosigned(branch, at, line) => {
                self.branches[*branch].shown[*at].add(line.clone());
                None
            }
            Message::Ask(branch, request, gate, bytes) => {
                let ask = Ask::decode(bytes).unwrap();
                let keys = &self.book.region.keys;
                let release = self.gate(*gate).handle(&ask, keys, now()).ok()?;
                self.requests[*request].released[*branch].insert(*gate);
                Some(Message::Answer(*request, *branch, release.encode()))
            }
            Message::Answer(request, branch, bytes) => {
                let release = Release::decode(bytes).unwrap();
                let answers = &mut self.requests[*request].answers;
                answers.insert(release.gate(), (*branch, release));
                None
            }
            Message::Revoke(gate, bytes) => {
                let revocation = Revocation::decode(bytes).unwrap();
                let keys = &self.book.region.keys;
                let done = self.gate(*gate).revoke(&revocation, keys, now()).unwrap();
                Some(Message::Acknowledged(done.encode()))
            }
            Message::Acknowledged(bytes) => {
                self.acknowledged
                    .push(Acknowledgement::decode(bytes).unwrap());
                None
            }
        }
    }

    /// Requests for which a quorum of gates has released, whatever became of their answers.
    fn opened(&self) -> BTreeSet<usize> {
        let quorum = |a: &Asking| a.released.iter().any(|gates| gates.len() >= 2);
        (0..self.requests.len())
            .filter(|r| quorum(&self.requests[*r]))
            .collect()
    }

    fn ended(&self) -> Ended {
        let ids = self.book.region.envelope().gates().to_vec();
        let (acks, keys) = (&self.acknowledged, &self.book.region.keys);
        Ended::by_revocation(&self.revocation, (&ids, 2), acks, keys).unwrap()
    }

    /// Holds after every message.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let opened = self.opened();
        let used: BTreeSet<u16> = opened
            .iter()
            .map(|r| self.requests[*r].request.ordinals()[0])
            .collect();
        prop_assert_eq!(used.len(), opened.len(), "a use opened for two requests");
        prop_assert!(opened.len() <= usize::from(MOST_OPENS));
        if self.ended().is_final() {
            let before = self.open_at_end.get_or_insert(opened.clone());
            prop_assert_eq!(&*before, &opened, "opened after the revocation was final");
        }
        Ok(())
    }

    /// The network heals, and every witness is asked for the last tree of the branch that got releases: it cosigns a
    /// tree that holds every request released for, or it has itself cosigned the other branch, which is proof of fraud.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        let used: BTreeSet<usize> = [0, 1]
            .into_iter()
            .filter(|b| self.requests.iter().any(|r| !r.released[*b].is_empty()))
            .collect();
        prop_assert!(used.len() <= 1, "releases on both branches");
        let Some(&branch) = used.first() else {
            return Ok(());
        };
        let mut refused = 0;
        let mut last = self.branches[branch].log.publish(&signer()).unwrap();
        let Logged { witnesses, .. } = &mut self.book.logged;
        for (key, witness) in witnesses {
            let seen = witness.latest(signer().key().name()).unwrap();
            let old = seen.map_or(0, |s| s.size);
            let log = &mut self.branches[branch].log;
            let Ok(step) = log.add_checkpoint(old, &last) else {
                refused += 1;
                continue;
            };
            match witness.add_checkpoint(&step, now(), key) {
                Ok(line) => last.add(line),
                Err(WitnessError::Inconsistent(_)) => refused += 1,
                Err(e) => prop_assert!(false, "{}", e),
            }
        }
        prop_assert!(refused <= 3 - self.needed, "{} witnesses refused", refused);
        let policy = self.policy();
        for (n, asking) in self.requests.iter().enumerate() {
            if asking.released[branch].is_empty() {
                continue;
            }
            let Branch { log, entries, .. } = &mut self.branches[branch];
            let proof = log.prove(entries[&n], &last).unwrap();
            let leaf = log.leaf(entries[&n]).unwrap();
            let included = proof.verify(&leaf, &policy, None).unwrap();
            let cosigned = included.witnessed().cosigners().len();
            prop_assert!(cosigned + refused >= 3);
        }
        Ok(())
    }

    /// What the recipient reads with the answers that reached it.
    fn read(&mut self, request: usize) -> Option<Vec<u8>> {
        let answers: Vec<_> = self.requests[request].answers.values().cloned().collect();
        let branch = answers.first()?.0;
        let back = self.branches[branch].shown.len();
        let policy = self.policy();
        let logged = (0..back).find_map(|back| {
            let evidence = self.evidence(branch, request, back)?;
            let keys = &self.book.region.keys;
            LoggedRequest::verify(self.grant.clone(), evidence, &policy, keys, fresh()).ok()
        })?;
        let releases: Vec<Release> = answers.into_iter().map(|(_, r)| r).collect();
        let slot = self.book.region.slot(&Section::Health);
        let key = &self.book.region.council.open;
        self.book.open(&logged, slot, &releases, key).ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn gat_14_whatever_the_operator_shows_and_the_network_does_releases_stand_in_the_log_and_are_bounded(
        events in proptest::collection::vec((0..14u8, 0..6usize, 0..64usize, 0..4u8), 20..80),
    ) {
        let mut network = Network::new(2);
        for (what, side, n, hold) in events {
            let (branch, on_wire) = (usize::from(side == 0), network.wire.len());
            let request = n % network.requests.len().max(1);
            let some = |mask: usize| (0..3).filter(move |party| mask >> party & 1 == 1);
            match what {
                0 | 1 => {
                    let request = network.make([1, 1, 2, 3][n % 4]);
                    network.log(branch, request);
                    some(n / 8).for_each(|witness| network.step(branch, witness));
                }
                _ if network.requests.is_empty() => {}
                2 if !network.branches[branch].entries.contains_key(&request) => {
                    network.log(branch, request);
                }
                2 | 3 => some(n % 8).for_each(|witness| network.step(branch, witness)),
                4..=7 => some(n / 8).for_each(|gate| network.ask(branch, request, gate, 0)),
                8 => some(n / 8).for_each(|gate| network.ask(branch, request, gate, 1 + n % 2)),
                9 if n < 16 => some(n % 8).for_each(|gate| network.revoke(gate)),
                10 if n < 24 => network.cut_or_join(n % 6),
                11 if on_wire > 0 => drop(network.wire.swap_remove(n % on_wire)),
                12 => network.deliver(n, true),
                _ => network.deliver(n, false),
            }
            network.check()?;
            // Three times in four what was sent arrives at once, and so do the answers.
            while hold > 0 && network.wire.len() > on_wire {
                let (last, sent) = (network.wire.len() - 1, network.delivered);
                network.deliver(last, false);
                network.check()?;
                if network.delivered == sent {
                    break;
                }
            }
        }
        network.settle()?;
        for request in 0..network.requests.len() {
            let read = network.read(request);
            let released = network.requests[request].answers.len();
            prop_assert_eq!(read.as_deref(), (released >= 2).then_some(&b"health"[..]));
        }
    }
}

/// All that is on the wire arrives, in order.
fn arrive(network: &mut Network) {
    while !network.wire.is_empty() {
        network.deliver(0, false);
    }
    network.check().unwrap();
}

#[test]
fn gat_14_control_on_a_network_that_works_requests_open_until_the_revocation() {
    let mut network = Network::new(2);
    let requests = [1, 2].map(|n| network.make(n));
    for (n, request) in requests.into_iter().enumerate() {
        network.log(0, request);
        (0..3).for_each(|w| network.step(0, w));
        arrive(&mut network);
        if n == 1 {
            (0..2).for_each(|g| network.revoke(g));
            arrive(&mut network);
            assert!(network.ended().is_final());
        }
        (0..3).for_each(|g| network.ask(0, request, g, 0));
        arrive(&mut network);
    }
    assert_eq!(network.opened(), BTreeSet::from([requests[0]]));
    network.settle().unwrap();
    assert_eq!(requests.map(|r| network.read(r).is_some()), [true, false]);
}

#[test]
fn gat_14_control_where_one_witness_is_enough_both_branches_get_releases() {
    for needed in [1, 2] {
        let mut network = Network::new(needed);
        for branch in [0, 1] {
            let request = network.make(1);
            network.log(branch, request);
            network.step(branch, branch);
            arrive(&mut network);
            network.ask(branch, request, branch, 0);
            arrive(&mut network);
        }
        assert_eq!(network.settle().is_err(), needed == 1, "{needed} witnesses");
        let released = network.requests.iter().flat_map(|r| &r.released);
        let released: usize = released.map(BTreeSet::len).sum();
        assert_eq!(released, if needed == 1 { 2 } else { 0 });
    }
}
