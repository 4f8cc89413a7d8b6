//! An operator of the log who keeps two branches of it, and shows each party whichever suits him.

use crate::crash::{Seeded, opening_key, signer};
use crate::gate_support::{Book, Logged};
use crate::grant_support::{asked, now, offer};
use billetbook::audit::{Draft, Entry, Kind, Log, Policy, Reading, RequestId, SignedCheckpoint};
use billetbook::gate::{Ask, Evidence, Gate, LoggedGrant, Rules};
use billetbook::grant::{AccessRequest, Asked, Offer};
use billetbook::store::{MemoryDisk, MemoryStore};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One branch: its log, what it shows now with the cosignatures got for it, and its newest request.
struct Branch {
    log: Log<MemoryStore>,
    shown: SignedCheckpoint,
    newest: Option<u64>,
}

impl Branch {
    fn new(disk: &MemoryDisk) -> Branch {
        let log = Log::open(disk.open(), signer().key()).unwrap();
        let shown = log.signed().unwrap();
        Branch {
            log,
            shown,
            newest: None,
        }
    }

    fn append(&mut self, request: &AccessRequest) {
        let draft = Draft {
            request: RequestId::generate().unwrap(),
            entry: Entry::new(Kind::Request, request.encode()).unwrap(),
            rows: Vec::new(),
        };
        let placed = self.log.append(&opening_key(), vec![draft]).unwrap();
        self.newest = Some(placed[0].index);
        self.shown = self.log.publish(&signer()).unwrap();
    }

    /// The newest request, with a proof under what is shown now.
    fn evidence(&mut self) -> Option<Evidence> {
        let index = self.newest?;
        let opening = match self.log.reading(index, &opening_key()).unwrap() {
            Reading::Open(opening) => opening,
            _ => return None,
        };
        let proof = self.log.prove(index, &self.shown).unwrap();
        Some(Evidence { opening, proof })
    }
}

/// Two branches of one log that holds a grant.
struct Operator {
    book: Book,
    grant: LoggedGrant,
    granted: Evidence,
    branches: [Branch; 2],
    uses: u16,
    needed: usize,
}

impl Operator {
    fn new(needed: usize) -> Operator {
        let mut book = Book::new();
        let grant = book.region.grant_with(&Offer {
            most_opens: 99,
            ..offer()
        });
        let granted = book.logged.enter(Kind::Grant, grant.encode());
        let grant = book.logged_grant(std::slice::from_ref(&granted)).unwrap();
        let fork = MemoryDisk::new();
        fork.restore(&book.logged.disk.snapshot());
        Operator {
            branches: [Branch::new(&book.logged.disk), Branch::new(&fork)],
            book,
            grant,
            granted,
            uses: 0,
            needed,
        }
    }

    fn append(&mut self, branch: usize) {
        self.uses += 1;
        let asked = Asked {
            uses: vec![self.uses],
            ..asked(self.grant.chain())
        };
        let key = &self.book.region.council.open;
        let request = AccessRequest::make(self.grant.chain(), asked, key, now()).unwrap();
        self.branches[branch].append(&request);
    }

    fn cosign(&mut self, branch: usize, witness: usize) {
        let Logged { witnesses, .. } = &mut self.book.logged;
        let (key, witness) = &mut witnesses[witness];
        let branch = &mut self.branches[branch];
        let seen = witness.latest(signer().key().name()).unwrap();
        let step = branch
            .log
            .add_checkpoint(seen.map_or(0, |s| s.size), &branch.shown);
        let Ok(step) = step else { return };
        if let Ok(line) = witness.add_checkpoint(&step, now(), key) {
            branch.shown.add(line);
        }
    }

    /// Whether the gate releases for a branch's newest request.
    fn releases(&mut self, branch: usize, gate: usize) -> bool {
        let branch = &mut self.branches[branch];
        let Some(request) = branch.evidence() else {
            return false;
        };
        let keys: Vec<_> = self
            .book
            .logged
            .witnesses
            .iter()
            .map(|(w, _)| Seeded::key(w))
            .collect();
        let rules = Rules {
            policy: Policy::new(signer().key(), &keys, self.needed).unwrap(),
            ..self.book.rules()
        };
        let region = &self.book.region;
        let mut gate = Gate::new(&region.gates[gate], rules, self.book.stores[gate].clone());
        let seen = gate
            .seen(signer().key().name())
            .unwrap()
            .map_or(0, |s| s.size);
        let consistency = branch.log.add_checkpoint(seen, &branch.shown);
        let ask = Ask {
            request,
            grants: vec![self.granted.clone()],
            seen,
            consistency: consistency.map_or(Vec::new(), |c| c.proof),
        };
        gate.handle(&ask, &region.keys, now()).is_ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn gat_14_whatever_the_operator_shows_to_whom_all_releases_stand_in_one_log(
        events in proptest::collection::vec((0..3u8, 0..2usize, 0..3usize), 1..60),
    ) {
        let mut operator = Operator::new(2);
        let mut released = BTreeSet::new();
        for (what, branch, party) in events {
            match what {
                0 => operator.append(branch),
                1 => operator.cosign(branch, party),
                _ if operator.releases(branch, party) => _ = released.insert(branch),
                _ => {}
            }
        }
        prop_assert!(released.len() <= 1, "{released:?}");
    }
}

#[test]
fn gat_14_control_where_one_witness_is_enough_both_branches_get_releases() {
    for (needed, expected) in [(1, [true, true]), (2, [false, false])] {
        let mut operator = Operator::new(needed);
        let released = [0, 1].map(|branch| {
            operator.append(branch);
            operator.cosign(branch, branch);
            operator.releases(branch, branch)
        });
        assert_eq!(released, expected, "{needed} witnesses");
    }
    // And with two, the branch that has them.
    let mut operator = Operator::new(2);
    operator.append(0);
    operator.append(1);
    for (branch, witness) in [(0, 0), (1, 1), (0, 2), (1, 2), (1, 0)] {
        operator.cosign(branch, witness);
    }
    assert_eq!([0, 1].map(|b| operator.releases(b, b)), [true, false]);
}
