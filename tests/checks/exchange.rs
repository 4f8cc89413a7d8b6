use crate::exchange_support::{HEALTH, Reaching, Region, contents};
use crate::grant_support::now;
use billetbook::exchange::{
    Book, BookKeys, Courier, CourierError, GateAnswer, GateCall, GateMessage, Refusal, Remedy, To,
};
use billetbook::gate::Denial;
use billetbook::grant::RevocationReason;
use billetbook::keys::{KeyProvider, Role};

#[test]
fn a_book_names_its_peers_and_finds_each_by_its_name() {
    let r = Region::new();
    let known = |c: &billetbook::exchange::Card| (c.fingerprint(), c.organisation().clone());
    let wanted = [&r.oak.card, &r.west.card].map(known);
    let mut found: Vec<_> = r.council.peers().values().map(known).collect();
    assert_eq!(found.len(), 2);
    found.retain(|c| !wanted.contains(c));
    assert!(found.is_empty());
    for card in [&r.oak.card, &r.west.card] {
        assert_eq!(r.council.peer(card.organisation().as_str()).unwrap(), card);
    }
    assert!(r.council.peer("nobody").is_err());
}

#[test]
fn what_a_gate_says_can_be_done_comes_of_why_it_refused_and_travels() {
    let seen = 7;
    for (denial, remedy) in [
        (Denial::Older { seen }, Remedy::From(7)),
        (Denial::Consistency { seen }, Remedy::From(7)),
        (
            Denial::UseTaken { index: 2, found: 3 },
            Remedy::LaterUse { index: 2, found: 3 },
        ),
        (
            Denial::Budget { found: 1, most: 2 },
            Remedy::LaterEmergency(1),
        ),
        (Denial::Budget { found: 2, most: 2 }, Remedy::None),
        (Denial::Budget { found: 3, most: 2 }, Remedy::None),
        (Denial::Revoked, Remedy::None),
    ] {
        let refusal = Refusal::from(&denial);
        assert_eq!(
            (refusal.remedy, &refusal.words),
            (remedy, &denial.to_string())
        );
        let answer = GateAnswer::Denied(refusal);
        assert_eq!(GateAnswer::decode(&answer.encode()).unwrap(), answer);
    }
}

/// The gate's answer to what it has seen is old when the request comes: it says from where, and is asked again.
#[test]
fn a_gate_that_has_meanwhile_seen_more_is_asked_again_from_there() {
    let mut r = Region::new();
    let grant = r.grant();
    r.answer(&grant);
    let key = r.west.key(Role::Open);
    let ask = r.council.ask(&grant, (None, None), key, now()).unwrap();
    let parties = &mut r.parties;
    let mut asked = 0;
    let mut old = |to: &To, message: &[u8]| -> Result<Vec<u8>, CourierError> {
        if let (To::Gate(_), Ok(m)) = (to, GateMessage::decode(message)) {
            match m.call {
                GateCall::Seen(_) => return Ok(GateAnswer::Seen(None).encode()),
                GateCall::Ask(_) => asked += 1,
                _ => {}
            }
        }
        parties.carry(to, message)
    };
    let answer = r.book.answer(&mut old, &ask, now()).unwrap();
    assert_eq!((answer.releases().len(), asked), (3, 6));
    assert_eq!(contents(&r.open(&grant, &answer).unwrap()), [HEALTH]);
}

/// A council whose book is an older copy names a use that is another request's, is told so, and names the next.
#[test]
fn a_use_that_was_another_request_s_is_passed_over() {
    let mut r = Region::new();
    let grant = r.grant();
    let shelf = r.west.shelf.copy();
    let first = r.answer(&grant);
    assert_eq!(first.releases().len(), 3, "control");
    let keys = BookKeys {
        author: r.west.key(Role::Issue),
        owner: r.west.key(Role::Open),
        log: r.west.key(Role::Log),
        opening: r.west.ring.opening(),
    };
    let mut older = Book::open(keys, r.west.disk.open(), shelf).unwrap();
    let key = r.west.key(Role::Open);
    let ask = older.ask(&grant, (None, None), key, now()).unwrap();
    assert_eq!(ask.request.ordinals(), [1]);
    let answer = r.book.answer(&mut r.parties, &ask, now()).unwrap();
    assert!(answer.releases().is_empty());
    assert!(older.later_use(&ask.request, &answer).unwrap());
    let again = older.ask(&grant, (None, None), key, now()).unwrap();
    assert_eq!(again.request.ordinals(), [2]);
    let answer = r.book.answer(&mut r.parties, &again, now()).unwrap();
    assert_eq!(answer.releases().len(), 3);
    assert!(!older.later_use(&again.request, &answer).unwrap());
}

#[test]
fn an_end_names_the_gates_that_were_not_reached() {
    let mut r = Region::new();
    r.grant();
    let gate = r.oak.key(Role::Gate).key_id();
    let mut courier = Reaching {
        parties: &mut r.parties,
        reached: |to: &To| *to != To::Gate(gate),
    };
    let (index, _) = (0, ());
    let entry = r.book.entry_at(index).unwrap();
    let why = (RevocationReason::PurposeServed, "made up");
    let ended = r.book.revoke(&mut courier, entry, why, now()).unwrap();
    assert_eq!(ended.unreached.len(), 1);
    let why = &ended.unreached[0].1;
    let words = format!("{}; gate {gate} was {why}", ended.ended);
    assert_eq!(ended.to_string(), words);
}

#[test]
fn keys_of_a_book_show_their_author_s_id_and_no_more() {
    let r = Region::new();
    let keys = r.book.keys();
    assert_eq!(
        format!("{keys:?}"),
        format!("BookKeys {{ author: {:?}, .. }}", keys.author.key_id())
    );
}
