//! Whose keys a book works with, and what it tells its gates of keys that they do not know.

use crate::exchange_support::{HEALTH, MemoryBook, Region, WHY, contents};
use billetbook::exchange::{Book, BookKeys, ExchangeError, Refusing};
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
}
