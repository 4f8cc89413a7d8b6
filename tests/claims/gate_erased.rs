//! The shares of an envelope, and the opening of an entry, erased.

use crate::crash::opening_key;
use crate::gate_support::Book;
use crate::grant_support::{Region, now};
use billetbook::audit::{Draft, Entry, Kind, Reading, RequestId};
use billetbook::envelope::{EnvelopeId, OpenError};
use billetbook::gate::{Denial, Ended, Gate, OpenKeyError};
use billetbook::grant::{ChainError, Erased, Erasure, ErasureGround, GrantError};
use billetbook::keys::RoleKeys;
use billetbook::record::Section;
use billetbook::store::{MemoryGate, SqliteGate};

fn erasure(erased: Erased, keeper: &RoleKeys, officer: &RoleKeys) -> Erasure {
    Erasure::make(erased, ErasureGround::PersonAsked, keeper, officer, now()).unwrap()
}

#[test]
fn grt_13_an_erasure_takes_two_roles_of_one_agency_and_a_ground() {
    let region = Region::new();
    let (school, council) = (&region.school, &region.council);
    let what = Erased::Shares(EnvelopeId([7; 16]));
    let made = erasure(what, &school.issue, &school.open);
    let read = Erasure::decode(&made.encode()).unwrap();
    assert_eq!(
        (read.erased(), read.ground()),
        (what, ErasureGround::PersonAsked)
    );
    let root = school.root.public().fingerprint();
    assert_eq!(read.verify(&region.keys, now()), Ok(root), "control");
    let two_agencies = erasure(what, &school.issue, &council.open);
    assert!(matches!(
        two_agencies.verify(&region.keys, now()),
        Err(ChainError::Issuer { .. })
    ));
    for [a, b] in [
        [&school.issue, &school.issue],
        [&school.open, &school.open],
        [&school.open, &school.issue],
        [&school.officers[0], &school.officers[1]],
    ] {
        let made = Erasure::make(what, ErasureGround::Unlawful, a, b, now());
        assert!(matches!(made, Err(GrantError::Key(_))));
    }
    let bytes = made.encode();
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let read = Erasure::decode(&altered);
        let holds = read.is_ok_and(|r| r.verify(&region.keys, now()).is_ok());
        assert!(!holds, "bit {bit}");
    }
    assert_eq!(
        format!("{made:?}").len(),
        "Erasure()".len() + 32,
        "the number only"
    );
}

#[test]
fn gat_15_an_envelope_whose_shares_enough_gates_have_erased_opens_no_more() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let requests = book.requests(&grant, &[1, 2]);
    let slot = book.region.slot(&Section::Health);
    let council = |book: &Book, releases: &[_]| {
        book.open(&requests[0], slot, releases, &book.region.council.open)
    };
    let before = [0, 1].map(|g| book.release(g, &requests[0]).unwrap());
    assert_eq!(council(&book, &before).unwrap(), b"health", "control");
    let id = book.region.envelope().id();
    let school = &book.region.school;
    let own = erasure(Erased::Shares(id), &school.issue, &school.open);
    let other = erasure(
        Erased::Shares(id),
        &book.region.council.issue,
        &book.region.council.open,
    );
    let opening = erasure(
        Erased::Opening(grant.chain().last().entry),
        &school.issue,
        &school.open,
    );
    let keys = book.region.keys.clone();
    // By another agency, of something else, or of another kind: nothing is erased.
    let foreign = book.logged.enter(Kind::Erasure, other.encode());
    assert!(matches!(
        book.gate(0).erase(&foreign, &keys),
        Err(Denial::NotTheirs)
    ));
    let opening = book.logged.enter(Kind::Erasure, opening.encode());
    assert!(matches!(
        book.gate(0).erase(&opening, &keys),
        Err(Denial::OtherKind)
    ));
    let dressed = book.logged.enter(Kind::Withheld, own.encode());
    assert!(matches!(
        book.gate(0).erase(&dressed, &keys),
        Err(Denial::OtherKind)
    ));
    let index = book.logged.append(Kind::Erasure, own.encode());
    let unseen = book.logged.cosigned(1, now());
    let unseen = book.logged.evidence(index, &unseen);
    assert!(matches!(
        book.gate(0).erase(&unseen, &keys),
        Err(Denial::Proof(_))
    ));
    assert!(book.release(0, &requests[0]).is_ok(), "control");
    // One gate alone is not enough, two of three are.
    let evidence = book.logged.enter(Kind::Erasure, own.encode());
    let ids = book.region.envelope().gates().to_vec();
    let ended =
        |acks: &[_]| Ended::by_erasure((&own, evidence.entry()), (&ids, 2), acks, &keys).unwrap();
    let first = book.gate(0).erase(&evidence, &keys).unwrap();
    assert!(matches!(book.release(0, &requests[0]), Err(Denial::Erased)));
    assert!(book.release(1, &requests[1]).is_ok() && book.release(2, &requests[1]).is_ok());
    assert!(!ended(std::slice::from_ref(&first)).is_final());
    let second = book.gate(1).erase(&evidence, &keys).unwrap();
    let again = book.gate(1).erase(&evidence, &keys);
    assert_eq!(again.unwrap(), second, "the same again");
    let two = ended(&[first.clone(), second.clone()]);
    // Gate 1 had released for the second request, and gate 2 could still complete it.
    assert_eq!((two.acked, two.needed, two.pending), (2, 2, 1));
    let third = book.gate(2).erase(&evidence, &keys).unwrap();
    assert!(ended(&[first, second, third]).is_final());
    for gate in 0..3 {
        for request in &requests {
            assert!(matches!(book.release(gate, request), Err(Denial::Erased)));
        }
        let deposit = &book.region.billet.deposits()[gate];
        let anew = book.gate(gate).deposit(deposit, &keys);
        assert!(
            matches!(anew, Err(Denial::Erased)),
            "nor is it deposited anew"
        );
    }
    let none = council(&book, &[]);
    assert!(matches!(
        none,
        Err(OpenKeyError::Envelope(OpenError::TooFewShares { .. }))
    ));
    assert_eq!(
        council(&book, &before).unwrap(),
        b"health",
        "what was released was released"
    );
}

#[test]
fn gat_16_erased_shares_are_gone_from_every_file_of_the_gate() {
    let mut book = Book::new();
    let id = book.region.envelope().id();
    let school = &book.region.school;
    let own = erasure(Erased::Shares(id), &school.issue, &school.open);
    let evidence = book.logged.enter(Kind::Erasure, own.encode());
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteGate::create(folder.path()).unwrap();
    let mut gate = Gate::new(&book.region.gates[0], book.rules(), store);
    let deposit = &book.region.billet.deposits()[0];
    gate.deposit(deposit, &book.region.keys).unwrap();
    let bytes = deposit.encode();
    let marker = &bytes[bytes.len() - 200..bytes.len() - 100];
    let found = |marker: &[u8]| {
        let mut found = 0;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            found += bytes.windows(marker.len()).filter(|w| *w == marker).count();
        }
        found
    };
    assert!(found(marker) > 0, "control");
    gate.erase(&evidence, &book.region.keys).unwrap();
    assert_eq!(found(marker), 0);
    assert!(
        found(&evidence.entry().0) > 0,
        "what is left says which entry erased it"
    );
    // A disk that fills before it is written down erases nothing, and says so.
    let memory = MemoryGate::new();
    let mut gate = Gate::new(&book.region.gates[0], book.rules(), memory.clone());
    gate.deposit(deposit, &book.region.keys).unwrap();
    memory.fail_after(Some(0));
    assert!(matches!(
        gate.erase(&evidence, &book.region.keys),
        Err(Denial::Store(_))
    ));
    memory.fail_after(None);
    assert!(
        gate.deposit(deposit, &book.region.keys).is_ok(),
        "it is still there"
    );
}

#[test]
fn gat_17_what_an_opening_erased_from_the_log_was_no_later_entry_confirms() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let release = book.release(0, &request).unwrap();
    let ask = request.ask(0, Vec::new());
    let school = &book.region.school;
    let own = erasure(
        Erased::Opening(grant.chain().last().entry),
        &school.issue,
        &school.open,
    );
    let draft = Draft {
        request: RequestId::generate().unwrap(),
        entry: Entry::new(Kind::Erasure, own.encode()).unwrap(),
        rows: Vec::new(),
    };
    book.logged.log.erase(&opening_key(), 0, draft).unwrap();
    let left = book.logged.log.reading(0, &opening_key()).unwrap();
    assert!(matches!(left, Reading::Erased));
    // All that is left, and the grant guessed right word for word: its own bytes, or their plain hash, stand nowhere.
    let text = grant.chain().last().grant.encode();
    let hash = ring::digest::digest(&ring::digest::SHA256, &text);
    let mut kept = vec![
        ask.request.opening.entry().bytes().to_vec(),
        release.encode(),
    ];
    kept.push(own.encode());
    kept.push(
        book.gate(0)
            .releases(book.region.envelope().id())
            .unwrap()
            .encode(),
    );
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|w| w == part);
    for bytes in &kept {
        assert!(!holds(bytes, &text) && !holds(bytes, hash.as_ref()));
    }
    // They name it by what its leaf shows, which another blind would have made otherwise.
    let entry = grant.chain().last().entry;
    assert!(
        holds(&kept[0], &entry.0) && holds(&kept[2], &entry.0),
        "control"
    );
    let guess = billetbook::audit::Opening::new(Entry::new(Kind::Grant, text).unwrap()).unwrap();
    assert_ne!(guess.leaf().commitment().0, entry.0);
    assert!(!guess.opens(&book.logged.log.leaf(0).unwrap()));
}
