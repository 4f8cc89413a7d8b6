//! Clocks that differ, deposits that are missing or are another's, processes that get in each other's way, and what
//! belongs to others.

use crate::gate_support::{Book, fresh};
use crate::grant_support::{asked, now};
use billetbook::audit::{Freshness, Kind, Row, StoreError};
use billetbook::clock::UnixTime;
use billetbook::envelope::{Billet, EnvelopeId, Gates, Sealer, VerifiedDeposit};
use billetbook::gate::{
    Ask, Denial, Ended, Evidence, Gate, GateStore, LoggedGrant, LoggedRequest, OpenKeyError,
    ReleaseList, Releases,
};
use billetbook::grant::{
    AccessRequest, Erased, Erasure, ErasureGround, Revocation, RevocationReason,
};
use billetbook::keys::KeyId;
use billetbook::record::Section;
use billetbook::store::MemoryGate;

#[test]
fn gat_18_a_request_of_a_time_to_come_or_for_an_envelope_not_deposited_is_named_and_refused() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let first = book.request(&grant, &[1]);
    let ask = book.ask(0, &first);
    let make = |book: &Book, made: UnixTime| {
        let key = &book.region.council.open;
        AccessRequest::make(grant.chain(), asked(grant.chain()), key, made).unwrap()
    };
    for (ahead, early) in [(30, false), (31, true)] {
        let made = now().after(ahead);
        let text = make(&book, made).encode();
        let request = book.logged.enter(Kind::Request, text);
        let ask = Ask {
            request,
            ..ask.clone()
        };
        let mut gate = Gate::new(&book.region.gates[0], book.rules(), MemoryGate::new());
        let nothing = gate.handle(&ask, &book.region.keys, now());
        assert!(matches!(nothing, Err(Denial::NoDeposit)));
        gate.deposit(&book.region.billet.deposits()[0], &book.region.keys)
            .unwrap();
        match gate.handle(&ask, &book.region.keys, now()) {
            Ok(_) => assert!(!early, "control"),
            Err(e) => {
                assert!(
                    matches!(e, Denial::Future { made: m } if early && m == made),
                    "{e}"
                );
            }
        }
    }
}

#[test]
fn gat_19_a_second_deposit_of_an_envelope_does_not_take_the_place_of_the_first() {
    let book = Book::new();
    let region = &book.region;
    let owner = region.school.record(&region.school.open);
    let gates = region
        .gates
        .iter()
        .map(|g| region.school.record(g))
        .collect();
    let behind = Gates::new(gates).unwrap();
    let sealer = Sealer::new(&region.school.issue, &owner, &behind, &region.policy);
    // The same randomness twice: two envelopes with one id.
    let seal = |content: &[u8]| -> Billet {
        let sections = [(Section::Personal, content)];
        sealer
            .seal_from_seed_hazmat(&sections, now(), [9; 32])
            .unwrap()
    };
    let [a, b] = [b"first".as_slice(), b"other"].map(seal);
    let [a, b] = [&a, &b].map(|billet| billet.deposits()[0].clone());
    assert_eq!(a.envelope(), b.envelope());
    assert_ne!(a, b);
    let store = MemoryGate::new();
    let mut gate = Gate::new(&region.gates[0], book.rules(), store);
    gate.deposit(&a, &region.keys).unwrap();
    assert!(matches!(
        gate.deposit(&b, &region.keys),
        Err(Denial::OtherDeposit)
    ));
    assert!(gate.deposit(&a, &region.keys).is_ok(), "control");
    let mut gate = Gate::new(&region.gates[0], book.rules(), MemoryGate::new());
    assert!(
        gate.deposit(&b, &region.keys).is_ok(),
        "control: it is the second that is refused"
    );
}

/// A gate's store in which another process writes right after this one.
pub(crate) struct Raced {
    pub(crate) store: MemoryGate,
    pub(crate) after: Vec<Row>,
}

impl GateStore for Raced {
    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.row(space, key)
    }

    fn rows(&self, space: u8, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        self.store.rows(space, prefix)
    }

    fn last(&self, space: u8, prefix: &[u8]) -> Result<Option<Row>, StoreError> {
        self.store.last(space, prefix)
    }

    fn put(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        self.store.put(rows)?;
        self.store.put(&std::mem::take(&mut self.after))
    }

    fn replace(&mut self, space: u8, key: &[u8], by: &Row) -> Result<(), StoreError> {
        self.store.replace(space, key, by)
    }
}

#[test]
fn gat_20_a_revocation_or_an_erasure_that_arrives_while_a_use_is_written_down_stops_the_release() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let (school, keys) = (&book.region.school, book.region.keys.clone());
    let link = grant.chain().last();
    let reason = RevocationReason::RiskOfHarm;
    let revoked = Revocation::make(link, reason, [0; 32], &school.issue, now()).unwrap();
    let what = Erased::Shares(book.region.envelope().id());
    let ground = ErasureGround::CourtOrder;
    let erased = Erasure::make(what, ground, &school.issue, &school.open, now()).unwrap();
    let erased = book.logged.enter(Kind::Erasure, erased.encode());
    let ask = book.ask(0, &request);
    // What another process of the gate writes: spaces 6 and 8 of what a gate keeps (docs/format.md).
    let other = |act: &dyn Fn(&mut Gate<'_, MemoryGate>), space| {
        let store = book.stores[0].copy();
        act(&mut Gate::new(
            &book.region.gates[0],
            book.rules(),
            store.clone(),
        ));
        store.rows(space, &[]).unwrap()
    };
    let revocation = other(&|g| _ = g.revoke(&revoked, &keys, now()).unwrap(), 6);
    let erasure = other(&|g| _ = g.erase(&erased, &keys).unwrap(), 8);
    assert_eq!((revocation.len(), erasure.len()), (1, 1));
    let release = |after: Vec<Row>| {
        let store = book.stores[0].copy();
        let raced = Raced { store, after };
        Gate::new(&book.region.gates[0], book.rules(), raced).handle(&ask, &keys, now())
    };
    assert!(release(Vec::new()).is_ok(), "control");
    assert!(matches!(release(revocation), Err(Denial::Revoked)));
    assert!(matches!(release(erasure), Err(Denial::Erased)));
}

#[test]
fn gat_21_what_gates_signed_for_others_is_no_part_of_this_envelope_s_history_or_key() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let (envelope, deposits) = (book.region.envelope().id(), book.deposits());
    let ids = book.region.envelope().gates().to_vec();
    let keys = book.region.keys.clone();
    // A list of another envelope.
    let own = book.gate(0).releases(envelope).unwrap();
    let other = book.gate(0).releases(EnvelopeId([9; 16])).unwrap();
    let join = |list: &ReleaseList| {
        Releases::join((envelope, &ids, 2), std::slice::from_ref(list), &keys).map(|_| ())
    };
    assert!(join(&own).is_ok(), "control");
    assert!(matches!(join(&other), Err(OpenKeyError::OtherRequest)));
    // An acknowledgement of a gate that is not the envelope's.
    let link = grant.chain().last();
    let by = &book.region.school.issue;
    let revoked = Revocation::make(link, RevocationReason::Mistake, [0; 32], by, now()).unwrap();
    let releases = [0, 1].map(|g| book.release(g, &request).unwrap());
    let ack = book.gate(2).revoke(&revoked, &keys, now()).unwrap();
    let count = |ids: &[KeyId]| {
        Ended::by_revocation(&revoked, (ids, 2), std::slice::from_ref(&ack), &keys).map(|_| ())
    };
    assert!(count(&ids).is_ok(), "control");
    assert!(matches!(count(&ids[..2]), Err(OpenKeyError::OtherRequest)));
    // A release of a gate whose deposit is not at hand.
    let sealed = book.region.envelope();
    let slot = grant
        .chain()
        .last()
        .grant
        .terms()
        .slots
        .iter()
        .next()
        .unwrap();
    let reader = &book.region.council.open;
    let key = |deposits: &[VerifiedDeposit]| {
        request
            .open_key(slot, (&sealed, deposits), &releases, &keys, reader)
            .map(|_| ())
    };
    assert!(key(&deposits).is_ok(), "control");
    assert!(matches!(
        key(&deposits[..1]),
        Err(OpenKeyError::OtherRequest)
    ));
}

#[test]
fn gat_22_a_recipient_s_own_program_believes_no_request_that_a_gate_would_not() {
    let mut book = Book::new();
    let first = book.region.grant();
    let first = book.grant(&first);
    let second = book.region.grant();
    let second = book.grant(&second);
    let evidence = book.request(&first, &[1]).ask(0, Vec::new()).request;
    let granted = book.request(&first, &[2]).ask(0, Vec::new()).grants[0].clone();
    let verify = |grant: &LoggedGrant, evidence: &Evidence, freshness| {
        let (policy, keys) = (book.logged.policy(), &book.region.keys);
        LoggedRequest::verify(grant.clone(), evidence.clone(), &policy, keys, freshness).map(|_| ())
    };
    assert!(verify(&first, &evidence, fresh()).is_ok(), "control");
    assert!(matches!(
        verify(&second, &evidence, fresh()),
        Err(Denial::Request(_))
    ));
    assert!(matches!(
        verify(&first, &granted, fresh()),
        Err(Denial::OtherKind)
    ));
    let late = Freshness {
        now: now().after(601),
        ..fresh()
    };
    assert!(matches!(
        verify(&first, &evidence, late),
        Err(Denial::Proof(_))
    ));
}
