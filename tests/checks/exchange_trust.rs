//! Whose keys a book works with, and what it tells its gates of keys that they do not know.

use crate::exchange_support::{Agency, HEALTH, MemoryBook, Region, WHY, card_parts, contents};
use crate::grant_support::now;
use billetbook::audit::{NoteKey, NoteSigner, PolicyError};
use billetbook::exchange::{Book, BookKeys, Card, CardError, ExchangeError, Refusing};
use billetbook::grant::RefusalReason;
use billetbook::keys::{Directory, KeyProvider, KeyRefused, Role};

fn opened(r: &Region, keys: BookKeys<'static>) -> Result<MemoryBook, ExchangeError> {
    Book::open(keys, r.oak.disk.open(), r.oak.shelf.clone())
}

#[test]
fn a_book_opens_with_the_keys_of_its_own_card_only() {
    let r = Region::new();
    let own = BookKeys {
        author: r.oak.key(Role::Issue),
        owner: r.oak.key(Role::Open),
        log: r.oak.key(Role::Log),
        opening: r.oak.ring.opening(),
    };
    assert!(opened(&r, own).is_ok(), "control");
    let unknown = |keys, of: &dyn KeyProvider| {
        let refused = opened(&r, keys);
        let named = matches!(refused, Err(ExchangeError::Key(KeyRefused::Unknown(id))) if id == of.key_id());
        assert!(named, "{refused:?}");
    };
    let (author, owner) = (r.west.key(Role::Issue), r.west.key(Role::Open));
    unknown(BookKeys { author, ..own }, author);
    unknown(BookKeys { owner, ..own }, owner);
    let log = r.west.key(Role::Log);
    assert!(opened(&r, BookKeys { log, ..own }).is_err());
}

/// Gates that know roots only are sent the records of the keys that a message is about.
#[test]
fn gates_that_trust_roots_only_release_what_the_book_asks_them_for() {
    let mut r = Region::new();
    let roots = [&r.oak.root, &r.west.root].map(|root| root.public().clone());
    r.parties.set_keys(Directory::new(roots));
    let grant = r.grant();
    let answer = r.answer(&grant);
    assert_eq!(answer.releases().len(), 3, "{:?}", answer.denials());
    assert_eq!(contents(&r.open(&grant, &answer).unwrap()), [HEALTH]);
    // Without the recipient's root, its record counts for nothing.
    let own = r.oak.root.public().clone();
    r.parties.set_keys(Directory::new([own]));
    assert!(r.answer(&grant).releases().is_empty());
}

#[test]
fn a_book_shows_its_organisation_and_what_is_given_or_refused_shows_nothing() {
    let r = Region::new();
    let shown = format!("{:?}", r.book);
    assert!(shown.starts_with("Book { organisation: ") && shown.contains("oakfield"));
    assert!(shown.ends_with(", .. }"), "{shown}");
    assert_eq!(format!("{:?}", r.given()), "Given(..)");
    let refusing = Refusing {
        envelope: r.envelope,
        reason: RefusalReason::RiskOfHarm,
        why: WHY,
    };
    assert_eq!(format!("{refusing:?}"), "Refusing(..)");
    assert_eq!(format!("{:?}", r.parties), "Colocated { .. }");
    let request = r.request();
    let id: String = request.id().map(|b| format!("{b:02x}")).concat();
    assert_eq!(format!("{request:?}"), format!("GrantRequest({id})"));
}

#[test]
fn a_key_counts_until_the_time_from_which_its_root_says_that_it_is_in_other_hands() {
    let mut r = Region::new();
    let author = r.oak.key(Role::Issue).key_id();
    let since = now().after(60);
    let word = r.oak.root.compromised(author, since).to_text();
    r.book.compromised(&mut r.parties, &word, now()).unwrap();
    let (request, given) = (r.request(), r.given());
    for (seconds, counts) in [(0, true), (59, true), (60, false), (61, false)] {
        let at = now().after(seconds);
        r.parties.set_time(at);
        let done = r.book.grant(&mut r.parties, &request, &[], &given, at);
        assert_eq!(done.is_ok(), counts, "{seconds}");
        if let Err(e) = done {
            let compromised = matches!(e, ExchangeError::Key(KeyRefused::Compromised { since: s, .. }) if s == since);
            assert!(compromised, "{e}");
        }
    }
}

#[test]
fn a_card_tells_how_many_witnesses_stand_outside_and_shows_whose_it_is() {
    let (oak, west) = (
        Agency::new("oakfield", "Oakfield School"),
        Agency::new("westshire", "Westshire Council"),
    );
    let key = |of: &'static Agency, role, name: &str| {
        let key = NoteKey::new(name, of.key(role)).unwrap();
        key.verifier().to_string()
    };
    let log = key(oak, Role::Log, "oakfield/log");
    let own = key(oak, Role::Witness, "oakfield/witness");
    let other = key(west, Role::Witness, "westshire/witness");
    for (witnesses, quorum, found) in [
        (String::new(), "none", (0, 0)),
        (format!("witness own {own}\n"), "own", (0, 1)),
        (format!("witness other {other}\n"), "other", (1, 1)),
        (
            format!("witness own {own}\nwitness other {other}\ngroup both all own other\n"),
            "both",
            (1, 2),
        ),
    ] {
        let mut parts = card_parts("oakfield", &oak.root, &oak.ring);
        parts.log_policy = format!("log {log}\n{witnesses}quorum {quorum}\n");
        let card = Card::make(parts, oak.key(Role::Issue), now()).unwrap();
        assert_eq!(card.witnesses(), found);
    }
    let mut parts = card_parts("oakfield", &oak.root, &oak.ring);
    parts.log_policy = "quorum none\n".into();
    let refused = Card::make(parts, oak.key(Role::Issue), now());
    assert!(matches!(
        refused,
        Err(CardError::Policy(PolicyError::NoLog))
    ));
    let shown = format!("{:?}", oak.card);
    assert!(shown.starts_with("Card { organisation: ") && shown.contains("oakfield"));
    assert!(
        shown.contains("root: ") && shown.ends_with(", .. }"),
        "{shown}"
    );
}

#[test]
fn every_request_has_a_number_of_its_own_which_its_answer_names() {
    let mut r = Region::new();
    let (one, other) = (r.request(), r.request());
    assert_ne!(one.id(), other.id());
    let given = r.given();
    for request in [one, other] {
        let done = r.book.grant(&mut r.parties, &request, &[], &given, now());
        assert_eq!(done.unwrap().answers, request.id());
        let refusing = Refusing {
            envelope: r.envelope,
            reason: RefusalReason::RiskOfHarm,
            why: WHY,
        };
        let done = r.book.refuse(&mut r.parties, &request, &refusing, now());
        assert_eq!(done.unwrap().answers, request.id());
    }
}

#[test]
fn a_book_that_is_opened_again_knows_the_roots_and_keys_that_it_was_told() {
    let mut r = Region::new();
    let nhs = Agency::new("westshire-nhs", "Westshire NHS");
    let record = nhs.root.certify(nhs.key(Role::Gate).request());
    let own = r.oak.root.certify(nhs.key(Role::Witness).request());
    assert!(r.book.add_record(&record.encode()).is_err(), "control");
    r.book.trust(nhs.root.public()).unwrap();
    let first = r.oak.open().add_record(&record.encode()).unwrap();
    let second = r.book.add_record(&own.encode()).unwrap();
    let again = r.oak.open();
    for (id, record) in [(first, &record), (second, &own)] {
        assert_eq!(again.directory().record(id), Some(record));
    }
}
