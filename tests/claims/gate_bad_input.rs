//! Clocks that differ, deposits that are missing or are another's.

use crate::gate_support::Book;
use crate::grant_support::{asked, now};
use billetbook::audit::Kind;
use billetbook::clock::UnixTime;
use billetbook::envelope::{Billet, Gates, Sealer};
use billetbook::gate::{Ask, Denial, Gate};
use billetbook::grant::AccessRequest;
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
