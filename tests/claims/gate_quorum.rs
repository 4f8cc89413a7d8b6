//! Many gates at once: how often a grant is used, revocations, histories, emergencies.

use crate::gate_support::{Book, fresh};
use crate::grant_support::{asked, now, offer};
use billetbook::audit::Kind;
use billetbook::gate::{
    Completeness, Denial, Ended, Gate, LoggedRequest, OpenKeyError, ReleaseList, Releases,
};
use billetbook::grant::{AccessRequest, EmergencyReason, Offer, Revocation, RevocationReason};
use billetbook::keys::{KeyId, KeyProvider};
use billetbook::store::{SqliteGate, SqliteStore};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Which gates released which request.
type Released = BTreeMap<usize, BTreeSet<usize>>;

fn opened(released: &Released) -> BTreeSet<usize> {
    let quorum = released.iter().filter(|(_, gates)| gates.len() >= 2);
    quorum.map(|(request, _)| *request).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn gat_8_no_order_of_requests_and_gates_opens_a_grant_more_often_than_it_allows(
        uses in proptest::collection::vec(1..4u16, 2..6),
        events in proptest::collection::vec((0..6usize, 0..3usize), 1..30),
    ) {
        let mut book = Book::new();
        let grant = book.region.grant_with(&Offer { most_opens: 2, ..offer() });
        let grant = book.grant(&grant);
        // Uses beyond the most are not even logged as requests of it.
        let uses: Vec<u16> = uses.iter().map(|n| (*n).min(2)).collect();
        let requests = book.requests(&grant, &uses);
        let mut released = Released::new();
        for (request, gate) in events {
            let request = request % requests.len();
            if book.release(gate, &requests[request]).is_ok() {
                released.entry(request).or_default().insert(gate);
            }
        }
        let opened = opened(&released);
        prop_assert!(opened.len() <= 2, "{released:?}");
        let distinct: BTreeSet<u16> = opened.iter().map(|r| uses[*r]).collect();
        prop_assert_eq!(distinct.len(), opened.len(), "one request for each use");
    }
}

#[test]
fn gat_8_control_counting_at_each_gate_alone_lets_three_of_two_through() {
    let schedule = [(0, [0, 1]), (1, [1, 2]), (2, [0, 2])];
    // Each gate counts what it has released, and stops at two.
    let mut counts = [0; 3];
    let mut counted = Released::new();
    for (request, gates) in schedule {
        for gate in gates
            .into_iter()
            .filter(|g| counts[*g] < 2)
            .collect::<Vec<_>>()
        {
            counts[gate] += 1;
            counted.entry(request).or_default().insert(gate);
        }
    }
    assert_eq!(opened(&counted).len(), 3);
    // The same requests, of which the third can only name a use that is another's.
    let mut book = Book::new();
    let grant = book.region.grant_with(&Offer {
        most_opens: 2,
        ..offer()
    });
    let grant = book.grant(&grant);
    let requests = book.requests(&grant, &[1, 2, 2]);
    let mut released = Released::new();
    for (request, gates) in schedule {
        for gate in gates {
            match book.release(gate, &requests[request]) {
                Ok(_) => _ = released.entry(request).or_default().insert(gate),
                Err(e) => assert!(matches!(e, Denial::UseTaken { index: 0, found: 2 }), "{e}"),
            }
        }
    }
    assert_eq!(opened(&released), BTreeSet::from([0, 1]));
}

fn ids(book: &Book) -> Vec<KeyId> {
    book.region.envelope().gates().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn gat_9_no_order_of_requests_and_revocations_opens_anything_once_a_revocation_is_final(
        events in proptest::collection::vec((0..4usize, 0..3usize), 1..24),
    ) {
        let mut book = Book::new();
        let grant = book.region.grant();
        let grant = book.grant(&grant);
        let requests = book.requests(&grant, &[1, 2, 3]);
        let reason = RevocationReason::RiskOfHarm;
        let by = &book.region.school.issue;
        let revocation = Revocation::make(grant.chain().last(), reason, [1; 32], by, now()).unwrap();
        let (mut released, mut acknowledged) = (Released::new(), Vec::new());
        let mut before: Option<BTreeSet<usize>> = None;
        for (what, gate) in events {
            if what < 3 {
                let answer = book.release(gate, &requests[what]);
                let revoked = acknowledged.iter().any(|(g, _)| *g == gate);
                prop_assert_eq!(matches!(answer, Err(Denial::Revoked)), revoked);
                if answer.is_ok() {
                    released.entry(what).or_default().insert(gate);
                }
            } else {
                let ack = book.gate(gate).revoke(&revocation, &book.region.keys, now()).unwrap();
                acknowledged.push((gate, ack));
            }
            let acks: Vec<_> = acknowledged.iter().map(|(_, a)| a.clone()).collect();
            let ids = ids(&book);
            let state = Ended::by_revocation(&revocation, (&ids, 2), &acks, &book.region.keys).unwrap();
            let gates: BTreeSet<usize> = acknowledged.iter().map(|(g, _)| *g).collect();
            prop_assert_eq!((state.acked, state.needed), (gates.len(), 2));
            // Pending is what a gate that has acknowledged had released, too little to open, where one is left.
            let shares = |r: &usize| released.get(r).map_or(0, |g| g.intersection(&gates).count());
            let half = (0..3).filter(|r| shares(r) == 1 && gates.len() < 3).count();
            prop_assert_eq!(state.pending, half);
            if state.is_final() {
                let opened = opened(&released);
                prop_assert_eq!(before.get_or_insert(opened.clone()), &opened);
            }
        }
    }
}

#[test]
fn gat_10_a_revocation_ends_at_a_gate_what_its_signer_gave_and_is_acknowledged_in_its_name_only() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let requests = book.requests(&grant, &[1, 2]);
    let link = grant.chain().last();
    let revoke = |by: &billetbook::keys::RoleKeys| {
        Revocation::make(link, RevocationReason::Mistake, [1; 32], by, now()).unwrap()
    };
    let keys = book.region.keys.clone();
    // By an agency that did not give it: kept, and of no effect.
    let foreign = revoke(&book.region.hospital.issue);
    assert!(book.gate(0).revoke(&foreign, &keys, now()).is_ok());
    assert!(book.release(0, &requests[0]).is_ok(), "control");
    let own = revoke(&book.region.school.issue);
    let ack = book.gate(0).revoke(&own, &keys, now()).unwrap();
    assert!(
        matches!(book.release(0, &requests[0]), Err(Denial::Revoked)),
        "even what was released before"
    );
    assert!(matches!(
        book.release(0, &requests[1]),
        Err(Denial::Revoked)
    ));
    assert!(
        book.release(1, &requests[1]).is_ok(),
        "the others do not know of it yet"
    );
    let ids = ids(&book);
    let count = |acks: &[_]| Ended::by_revocation(&own, (&ids, 2), acks, &keys);
    let one = count(&[ack.clone(), ack.clone()]).unwrap();
    assert_eq!((one.acked, one.is_final()), (1, false));
    assert_eq!(one.to_string(), "ended at 1 of the 2 gates needed");
    let other = book.gate(1).revoke(&own, &keys, now()).unwrap();
    // Gate 0 had released for a request before. The gate that has not heard yet can complete it, and that is said.
    assert!(book.release(0, &requests[0]).is_err(), "control");
    let third = book.gate(2).revoke(&own, &keys, now()).unwrap();
    let two = count(&[ack.clone(), third.clone()]).unwrap();
    assert_eq!((two.acked, two.needed, two.pending), (2, 2, 1));
    assert!(!two.is_final() && two.to_string().starts_with("ended at 2 gates; 1 request"));
    let all = count(&[ack.clone(), other, third]).unwrap();
    assert!(all.is_final() && all.pending == 0);
    let foreign_ack = book.gate(1).revoke(&foreign, &keys, now()).unwrap();
    assert!(matches!(
        count(&[foreign_ack]),
        Err(OpenKeyError::OtherRequest)
    ));
    let bytes = ack.encode();
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(altered) = billetbook::gate::Acknowledgement::decode(&altered) {
            assert!(count(&[altered]).is_err(), "bit {bit}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn gat_11_the_lists_of_all_gates_but_one_miss_no_opening(
        quorums in proptest::collection::vec(0..8u8, 1..5),
        heard in 0..8u8,
    ) {
        let mut book = Book::new();
        let grant = book.region.grant_with(&Offer { most_opens: 9, ..offer() });
        let grant = book.grant(&grant);
        let uses: Vec<u16> = (1..).take(quorums.len()).collect();
        let requests = book.requests(&grant, &uses);
        let mut expected = BTreeSet::new();
        for (request, gates) in requests.iter().zip(&quorums) {
            let gates: Vec<usize> = (0..3).filter(|g| gates >> g & 1 == 1).collect();
            gates.iter().for_each(|g| _ = book.release(*g, request).unwrap());
            if gates.len() >= 2 {
                expected.insert(request.ask(0, Vec::new()).request.entry());
            }
        }
        let id = book.region.envelope().id();
        let lists = (0..3).filter(|g| heard >> g & 1 == 1).map(|g| book.gate(g).releases(id).unwrap());
        let lists: Vec<ReleaseList> = lists.collect();
        let ids = ids(&book);
        let joined = Releases::join((id, &ids, 2), &lists, &book.region.keys).unwrap();
        let found: BTreeSet<_> = joined.lines.iter().map(|l| l.entry).collect();
        match joined.completeness {
            Completeness::Complete => prop_assert!(lists.len() >= 2 && expected.is_subset(&found)),
            Completeness::NotProven { lists: n, needed } => {
                prop_assert!(n == lists.len() && n < 2 && needed == 2);
                prop_assert!(joined.completeness.to_string().starts_with("not proven complete"));
            }
        }
    }
}

#[test]
fn gat_11_control_one_list_alone_misses_an_opening_and_an_altered_one_is_refused() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = &book.requests(&grant, &[1])[0];
    for gate in [1, 2] {
        book.release(gate, request).unwrap();
    }
    let id = book.region.envelope().id();
    let lists: Vec<ReleaseList> = (0..3).map(|g| book.gate(g).releases(id).unwrap()).collect();
    let ids = ids(&book);
    let join = |lists: &[ReleaseList]| Releases::join((id, &ids, 2), lists, &book.region.keys);
    let one = join(&lists[..1]).unwrap();
    assert!(one.lines.is_empty());
    assert_eq!(
        one.completeness,
        Completeness::NotProven {
            lists: 1,
            needed: 2
        }
    );
    let twice = join(&[lists[1].clone(), lists[1].clone()]).unwrap();
    assert_eq!(
        twice.completeness,
        Completeness::NotProven {
            lists: 1,
            needed: 2
        }
    );
    assert_eq!(join(&lists[..2]).unwrap().lines.len(), 1, "control");
    let bytes = lists[1].encode();
    assert_eq!(ReleaseList::decode(&bytes).unwrap(), lists[1]);
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(altered) = ReleaseList::decode(&altered) {
            assert!(join(&[altered]).is_err(), "bit {bit}");
        }
    }
    let stranger = &book.region.hospital.open.key_id();
    let of_other_gates = Releases::join((id, &[*stranger], 1), &lists[1..2], &book.region.keys);
    assert!(matches!(of_other_gates, Err(OpenKeyError::OtherRequest)));
}

#[test]
fn gat_12_emergencies_are_bounded_by_the_officer_s_day_at_every_gate() {
    let mut book = Book::new();
    let grant = book.region.emergency_grant();
    let grant = book.grant(&grant);
    let ask = |book: &mut Book, uses: u16, budget: u16| -> LoggedRequest {
        let [one, two] = &book.region.council.officers;
        let auditor = book.region.council.record(&book.region.council.open);
        let asked = billetbook::grant::Asked {
            uses: vec![uses],
            ..asked(grant.chain())
        };
        let why = (EmergencyReason::MissingChild, "made up", &auditor);
        let request =
            AccessRequest::make_emergency(grant.chain(), asked, [one, two], why, budget, now());
        book.enter(&grant, Kind::BreakGlass, &request.unwrap())
    };
    for n in [1, 2] {
        let request = ask(&mut book, n, n);
        let releases = [0, 1].map(|g| book.release(g, &request).unwrap());
        let slot = book.region.slot(&billetbook::record::Section::Health);
        let [one, _] = &book.region.council.officers;
        assert_eq!(
            book.open(&request, slot, &releases, one).unwrap(),
            b"health",
            "control"
        );
    }
    // The third of the day is beyond the budget, and so is a number that was used.
    let third = ask(&mut book, 3, 3);
    assert!(matches!(
        book.release(2, &third),
        Err(Denial::Budget { found: 3, most: 2 })
    ));
    let again = ask(&mut book, 3, 2);
    assert!(matches!(
        book.release(0, &again),
        Err(Denial::Budget { found: 2, most: 2 })
    ));
    assert!(
        book.release(2, &again).is_ok(),
        "one gate alone, which opens nothing"
    );
    assert!(matches!(
        book.release(1, &again),
        Err(Denial::Budget { .. })
    ));
    // Logged as an ordinary request it is none.
    let bytes = third
        .ask(0, Vec::new())
        .request
        .opening
        .entry()
        .bytes()
        .to_vec();
    let evidence = book.logged.enter(Kind::Request, bytes);
    let (policy, keys) = (book.logged.policy(), &book.region.keys);
    let dressed = LoggedRequest::verify(grant, evidence, &policy, keys, fresh()).unwrap();
    assert!(matches!(book.release(2, &dressed), Err(Denial::OtherKind)));
}

#[test]
fn gat_13_processes_of_one_gate_share_one_state_on_disk() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let requests = book.requests(&grant, &[1, 1, 2, 3]);
    let asks: Vec<_> = requests.iter().map(|r| book.ask(0, r)).collect();
    let folder = tempfile::tempdir().unwrap();
    let rules = book.rules();
    let (key, keys) = (&book.region.gates[0], &book.region.keys);
    let open = || {
        Gate::new(
            key,
            rules.clone(),
            SqliteGate::create(folder.path()).unwrap(),
        )
    };
    open()
        .deposit(&book.region.billet.deposits()[0], keys)
        .unwrap();
    assert!(
        open()
            .deposit(&book.region.billet.deposits()[0], keys)
            .is_ok(),
        "the same again"
    );
    // Four processes at once: of two requests for one use, one is released.
    let (path, rules) = (folder.path(), &rules);
    let released: Vec<bool> = std::thread::scope(|scope| {
        let mut running = Vec::new();
        for ask in &asks {
            running.push(scope.spawn(move || {
                let store = SqliteGate::create(path).unwrap();
                let mut gate = Gate::new(key, rules.clone(), store);
                gate.handle(ask, keys, now()).is_ok()
            }));
        }
        running.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(
        released[0] != released[1] && released[2] && released[3],
        "{released:?}"
    );
    let list = open().releases(book.region.envelope().id()).unwrap();
    let ids = ids(&book);
    let joined = Releases::join((book.region.envelope().id(), &ids, 2), &[list], keys).unwrap();
    assert_eq!(joined.lines.len(), 3, "no line was lost");
    // What the one has seen, the next goes by.
    let seen = open().seen(crate::crash::signer().key().name()).unwrap();
    assert_eq!(seen.map(|s| s.size), Some(5));
    // Another kind of database is not taken for a gate's.
    let log = tempfile::tempdir().unwrap();
    drop(SqliteStore::create(log.path()).unwrap());
    std::fs::rename(
        log.path().join("log.sqlite"),
        log.path().join("gate.sqlite"),
    )
    .unwrap();
    assert!(SqliteGate::create(log.path()).is_err());
}
