use crate::crash::{Seeded, signer};
use crate::gate_support::{Book, Logged, fresh};
use crate::grant_support::{asked, now};
use billetbook::audit::{Kind, Policy, PolicyError, ProofError};
use billetbook::envelope::{Assurance, OpenError};
use billetbook::gate::{Ask, Denial, Evidence, Gate, LoggedRequest, OpenKeyError, Release, Rules};
use billetbook::grant::AccessRequest;
use billetbook::record::Section;
use billetbook::store::MemoryGate;

#[test]
fn gat_1_a_gate_releases_only_for_a_request_that_stands_in_a_witnessed_log() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let ask = book.ask(0, &request);
    let handle = |book: &Book, ask: &Ask, at| {
        let store = MemoryGate::new();
        let gate = &book.region.gates[0];
        let mut gate = Gate::new(gate, book.rules(), store.clone());
        gate.deposit(&book.region.billet.deposits()[0], &book.region.keys)
            .unwrap();
        let released = gate.handle(ask, &book.region.keys, at);
        let written = gate.releases(book.region.envelope().id()).unwrap();
        let empty = written.encode().len() == 8 + 32 + 16 + 4 + 64;
        assert_eq!(
            released.is_err(),
            empty,
            "what was written is what was released"
        );
        released
    };
    assert!(handle(&book, &ask, now()).is_ok(), "control");
    // A request that is in no log: its proof is another's.
    let own = asked(grant.chain());
    let key = &book.region.council.open;
    let unlogged = AccessRequest::make(grant.chain(), own, key, now()).unwrap();
    let mut elsewhere = Logged::new();
    let other_log = elsewhere.enter(Kind::Request, unlogged.encode());
    let mut swapped = ask.clone();
    swapped.request = Evidence {
        opening: other_log.opening.clone(),
        ..ask.request.clone()
    };
    let refused = handle(&book, &swapped, now());
    assert!(matches!(refused, Err(Denial::Proof(ProofError::Path(_)))));
    // Entered and signed, and not cosigned by a quorum.
    let index = book.logged.append(Kind::Request, unlogged.encode());
    for (by, enough) in [(0, false), (1, false), (2, true)] {
        let signed = book.logged.cosigned(by, now());
        let mut few = ask.clone();
        few.request = book.logged.evidence(index, &signed);
        let refused = handle(&book, &few, now());
        match enough {
            true => assert!(refused.is_ok(), "control"),
            false => assert!(matches!(
                refused,
                Err(Denial::Proof(ProofError::Policy(
                    PolicyError::Quorum { .. }
                )))
            )),
        }
    }
    // Cosignatures that are old, or of a time to come.
    let late = now().after(601);
    assert!(handle(&book, &ask, now().after(600)).is_ok(), "control");
    let stale = handle(&book, &ask, late);
    assert!(matches!(
        stale,
        Err(Denial::Proof(ProofError::Policy(PolicyError::Stale { .. })))
    ));
    let early = billetbook::clock::UnixTime::from_secs(now().as_secs() - 31).unwrap();
    let future = handle(&book, &ask, early);
    assert!(matches!(
        future,
        Err(Denial::Proof(ProofError::Policy(
            PolicyError::Future { .. }
        )))
    ));
    // Of the right text and the wrong kind; a grant that is not logged, or is logged as something else.
    let as_refusal = book.logged.enter(Kind::Refusal, unlogged.encode());
    let as_emergency = book.logged.enter(Kind::BreakGlass, unlogged.encode());
    for request in [as_refusal, as_emergency] {
        let refused = handle(
            &book,
            &Ask {
                request,
                ..ask.clone()
            },
            now(),
        );
        assert!(matches!(refused, Err(Denial::OtherKind)));
    }
    let text = ask.grants[0].opening.entry().bytes().to_vec();
    let elsewhere = elsewhere.enter(Kind::Grant, text.clone());
    let mut unlogged = ask.clone();
    unlogged.grants[0] = Evidence {
        opening: elsewhere.opening,
        ..ask.grants[0].clone()
    };
    assert!(matches!(
        handle(&book, &unlogged, now()),
        Err(Denial::Proof(_))
    ));
    let mut as_key = ask.clone();
    as_key.grants[0] = book.logged.enter(Kind::KeyRecord, text);
    assert!(matches!(
        handle(&book, &as_key, now()),
        Err(Denial::OtherKind)
    ));
    let mut none = ask.clone();
    none.grants.clear();
    assert!(matches!(handle(&book, &none, now()), Err(Denial::Chain(_))));
}

#[test]
fn gat_2_a_log_that_forked_or_was_rewound_gets_nothing_even_with_every_witness() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let text = grant.encode();
    let grant = book.grant(&grant);
    let older = book.request(&grant, &[1]);
    let newer = book.request(&grant, &[2]);
    assert!(book.release(0, &newer).is_ok(), "control");
    // A smaller tree than the gate has seen.
    let rewound = book.release(0, &older);
    let seen = 3;
    assert!(matches!(rewound, Err(Denial::Older { seen: s }) if s == seen));
    // Growth that is not proven, or proven from elsewhere.
    let third = book.request(&grant, &[3]);
    let good = book.ask(0, &third);
    let mut gate = book.gate(0);
    let mut handle = |ask: &Ask| gate.handle(ask, &book.region.keys, now());
    let elsewhere = Ask {
        seen: 0,
        ..good.clone()
    };
    assert!(matches!(handle(&elsewhere), Err(Denial::Consistency { seen: s }) if s == seen));
    let mut altered = good.clone();
    altered.consistency[0].0[0] ^= 1;
    assert!(matches!(handle(&altered), Err(Denial::Forked { .. })));
    // The same log, signed with the same keys, cosigned by witnesses that were rewound with it.
    let mut fork = Logged::new();
    let entries = [text, Vec::new(), Vec::new(), Vec::new()];
    let entries: Vec<Evidence> = entries
        .into_iter()
        .map(|e| fork.enter(Kind::Grant, e))
        .collect();
    let granted = book.logged_grant(&entries[..1]).unwrap();
    let key = &book.region.council.open;
    let request = AccessRequest::make(granted.chain(), asked(granted.chain()), key, now()).unwrap();
    let request = fork.enter(Kind::Request, request.encode());
    let consistency = fork.since(seen, &request);
    let forked = Ask {
        request,
        grants: entries[..1].to_vec(),
        seen,
        consistency,
    };
    assert!(matches!(handle(&forked), Err(Denial::Forked { .. })));
    assert!(handle(&good).is_ok(), "control");
    // A gate that has seen nothing cannot know: that is what the other witnesses are for.
    let store = MemoryGate::new();
    let mut new = Gate::new(&book.region.gates[0], book.rules(), store);
    new.deposit(&book.region.billet.deposits()[0], &book.region.keys)
        .unwrap();
    assert!(new.handle(&forked, &book.region.keys, now()).is_ok());
}

#[test]
fn gat_3_nothing_less_than_envelope_grant_key_and_a_quorum_of_releases_opens() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let other = book.request(&grant, &[2]);
    let releases: Vec<Release> = (0..3).map(|g| book.release(g, &request).unwrap()).collect();
    let foreign = book.release(0, &other).unwrap();
    let slot = book.region.slot(&Section::Health);
    let (council, hospital) = (&book.region.council.open, &book.region.hospital.open);
    let open = |releases: &[&Release], key| {
        let releases: Vec<Release> = releases.iter().map(|r| (*r).clone()).collect();
        book.open(&request, slot, &releases, key)
    };
    for quorum in [[0, 1], [0, 2], [1, 2]] {
        let [a, b] = quorum.map(|i| &releases[i]);
        assert_eq!(open(&[a, b], council).unwrap(), b"health", "control");
        assert!(matches!(
            open(&[a, b], hospital),
            Err(OpenKeyError::Refused)
        ));
        assert!(matches!(
            open(&[a, &foreign], council),
            Err(OpenKeyError::OtherRequest)
        ));
        let twice = open(&[a, a], council);
        assert!(matches!(
            twice,
            Err(OpenKeyError::Envelope(OpenError::SameGate { .. }))
        ));
    }
    for few in [vec![], vec![&releases[1]]] {
        let refused = open(&few, council);
        assert!(matches!(
            refused,
            Err(OpenKeyError::Envelope(OpenError::TooFewShares { .. }))
        ));
    }
    // A slot that was granted to nobody; a release for another envelope.
    let education = book.region.slot(&Section::Education);
    let refused = book.open(&request, education, &releases[..2], council);
    assert!(matches!(refused, Err(OpenKeyError::Slot)));
    let elsewhere = Book::new();
    assert!(
        elsewhere
            .open(&request, slot, &releases[..2], council)
            .is_err()
    );
    // A release altered anywhere.
    let bytes = releases[0].encode();
    assert_eq!(Release::decode(&bytes).unwrap(), releases[0]);
    for bit in (0..bytes.len() * 8).step_by(5) {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(altered) = Release::decode(&altered) {
            assert!(
                open(&[&altered, &releases[1]], council).is_err(),
                "bit {bit}"
            );
        }
    }
    // All gates stand under one agency's root here, and the key says so.
    let (envelope, deposits) = (book.region.envelope(), book.deposits());
    let keys = &book.region.keys;
    let key = request
        .open_key(slot, (&envelope, &deposits), &releases, keys, council)
        .unwrap();
    assert_eq!(
        key.assurance(),
        Assurance::Colocated {
            threshold: 2,
            gates: 3
        }
    );
}

#[test]
fn gat_4_what_is_released_was_written_down_before_and_counts_once() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let lines = |book: &Book| {
        let list = book.gate(0).releases(book.region.envelope().id()).unwrap();
        (list.encode().len() - (8 + 32 + 16 + 4 + 64)) / 40
    };
    book.stores[0].fail_after(Some(0));
    assert!(
        matches!(book.release(0, &request), Err(Denial::Store(_))),
        "the disk is full"
    );
    assert_eq!(lines(&book), 0);
    book.stores[0].fail_after(None);
    assert!(book.release(0, &request).is_ok(), "control");
    assert_eq!(lines(&book), 1);
    // The same again: the same shares, no new line; even where nothing can be written.
    book.stores[0].fail_after(Some(0));
    let again = book.release(0, &request).unwrap();
    book.stores[0].fail_after(None);
    assert_eq!(lines(&book), 1);
    let second = book.release(1, &request).unwrap();
    let slot = book.region.slot(&Section::Personal);
    let opened = book.open(&request, slot, &[again, second], &book.region.council.open);
    assert_eq!(opened.unwrap(), b"personal");
    // The request entered once more is another entry with the number of the first.
    let bytes = request
        .ask(0, Vec::new())
        .request
        .opening
        .entry()
        .bytes()
        .to_vec();
    let evidence = book.logged.enter(Kind::Request, bytes);
    let (policy, keys) = (book.logged.policy(), &book.region.keys);
    let twice = LoggedRequest::verify(grant, evidence, &policy, keys, fresh()).unwrap();
    assert!(matches!(
        book.release(0, &twice),
        Err(Denial::RequestReused)
    ));
    assert_eq!(lines(&book), 1);
}

#[test]
fn gat_5_a_gate_keeps_the_first_deposit_that_its_author_signed_for_it() {
    let book = Book::new();
    let deposits = book.region.billet.deposits();
    let keys = &book.region.keys;
    let mut gate = Gate::new(&book.region.gates[0], book.rules(), MemoryGate::new());
    assert!(matches!(
        gate.deposit(&deposits[1], keys),
        Err(Denial::OtherGate)
    ));
    let bytes = deposits[0].encode();
    for at in [30, 200, 500, bytes.len() - 1] {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        if let Ok(altered) = billetbook::envelope::Deposit::decode(&altered) {
            assert!(gate.deposit(&altered, keys).is_err(), "byte {at}");
        }
    }
    assert!(gate.deposit(&deposits[0], keys).is_ok(), "control");
    assert!(gate.deposit(&deposits[0], keys).is_ok(), "the same again");
    let nobody = billetbook::keys::Directory::default();
    assert!(matches!(
        gate.deposit(&deposits[0], &nobody),
        Err(Denial::Key(_))
    ));
}

#[test]
fn gat_6_what_is_asked_and_answered_is_read_as_written_or_refused() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let ask = book.ask(0, &request);
    let bytes = ask.encode();
    let again = Ask::decode(&bytes).unwrap();
    assert_eq!(again.encode(), bytes);
    let handle = |ask: &Ask| {
        let mut gate = Gate::new(&book.region.gates[0], book.rules(), MemoryGate::new());
        gate.deposit(&book.region.billet.deposits()[0], &book.region.keys)
            .unwrap();
        gate.handle(ask, &book.region.keys, now()).is_ok()
    };
    assert!(handle(&again), "control");
    // The last nine bytes are the consistency proof, which a gate that has seen nothing does not ask for.
    for at in (8..bytes.len() - 9).step_by(3) {
        let mut altered = bytes.to_vec();
        altered[at] ^= 0x10;
        let released = Ask::decode(&altered).is_ok_and(|a| handle(&a));
        assert!(!released, "byte {at}");
    }
    for n in (0..bytes.len()).step_by(17) {
        assert!(Ask::decode(&bytes[..n]).is_err());
    }
    assert!(Ask::decode(&[&bytes[..], &[0]].concat()).is_err());
    let shown = format!("{ask:?} {:?}", book.gate(0));
    assert!(!shown.contains("ChildProtection"), "{shown}");
}

#[test]
fn gat_7_a_gate_believes_its_own_policy_s_log_and_witnesses_only() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let ask = book.ask(0, &request);
    let handle = |policy: Policy| {
        let rules = Rules {
            policy,
            ..book.rules()
        };
        let mut gate = Gate::new(&book.region.gates[0], rules, MemoryGate::new());
        gate.deposit(&book.region.billet.deposits()[0], &book.region.keys)
            .unwrap();
        gate.handle(&ask, &book.region.keys, now()).is_ok()
    };
    assert!(handle(book.logged.policy()), "control");
    let witnesses = [4, 5, 6].map(|i| Seeded::witness(&format!("w{i}.example"), i).key());
    assert!(!handle(Policy::new(signer().key(), &witnesses, 2).unwrap()));
    let other = Seeded::log("log.example/other", 7).key();
    assert!(!handle(
        Policy::new(other, book.logged.policy().witnesses(), 2).unwrap()
    ));
    let same_name = Seeded::log(signer().key().name(), 8).key();
    assert!(!handle(
        Policy::new(same_name, book.logged.policy().witnesses(), 2).unwrap()
    ));
}
