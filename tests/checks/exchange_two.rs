//! What two persons of an agency sign together, and what a book logs of it.

use crate::exchange_support::{HEALTH, Region, SUBJECT};
use crate::grant_support::now;
use crate::hand_on::{CONSENT, RULES};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{LawfulBasis, Policy, Purpose, Request};
use billetbook::exchange::ExchangeError;
use billetbook::grant::Grant;
use billetbook::keys::{KeyId, KeyProvider, Role, RoleKeys};
use billetbook::record::Section;

fn second_issuer(r: &mut Region) -> (RoleKeys, KeyId) {
    let window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    let manager = RoleKeys::generate(Role::Issue, "manager", window).unwrap();
    let record = r.oak.root.certify(manager.request());
    let id = r.book.add_record(&record.encode()).unwrap();
    (manager, id)
}

/// A region in which two issue every grant.
fn region() -> (Region, RoleKeys, KeyId) {
    let mut r = Region::new();
    let policy = include_str!("../../examples/policy.toml");
    let policy = Policy::parse(&format!("two_issuers = true\n{policy}{RULES}")).unwrap();
    r.book.confirm_policy(&policy, now()).unwrap();
    let sections: [(Section, &[u8]); 2] =
        [(Section::Personal, b"personal"), (Section::Health, HEALTH)];
    let sealed = r.book.seal(&mut r.parties, "two", &sections, now());
    r.envelope = sealed.unwrap();
    let (manager, second) = second_issuer(&mut r);
    (r, manager, second)
}

#[test]
fn a_grant_that_two_signed_is_logged_for_the_request_that_they_signed_it_for_only() {
    let (mut r, manager, second) = region();
    let request = r.request();
    let propose = |r: &mut Region, notify_after| -> Grant {
        let mut given = r.given();
        given.notify_after = notify_after;
        let proposal = r.book.propose(&request, &[], (&given, second), now());
        let proposal = proposal.unwrap();
        let issuers = (proposal.issuer(), proposal.second_issuer());
        assert_eq!(issuers, (r.oak.key(Role::Issue).key_id(), Some(second)));
        let shown = format!("{proposal:?}");
        let grant = proposal.countersign(&manager, now()).unwrap();
        assert_eq!(shown, format!("Proposal({:?})", grant.id()));
        grant
    };
    let grant = propose(&mut r, now());

    // Another key of the same agency asks for the very same; the same key asks for a section more.
    let window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    let team = RoleKeys::generate(Role::Open, "other team", window).unwrap();
    let record = r.west.root.certify(team.request());
    r.council.add_record(&record.encode()).unwrap();
    let by_another = r.council.request(r.asked(), "R-17", &team, now()).unwrap();
    let mut more = r.asked();
    more.sections.insert(Section::Personal);
    let key = r.west.key(Role::Open);
    let more = r.council.request(more, "R-17", key, now()).unwrap();
    let mut shorter = r.asked();
    shorter.window = Window::new(now(), now().after(86_400)).unwrap();
    let shorter = r.council.request(shorter, "R-17", key, now()).unwrap();
    let size = r.book.log().size();
    for other in [by_another, more, shorter] {
        let refused = r
            .book
            .grant_countersigned(&mut r.parties, &other, &[], &grant, now());
        assert!(matches!(refused, Err(ExchangeError::OtherProposal)));
    }
    assert_eq!(r.book.log().size(), size);

    // A notice that is held back has its own entry; one that is due has none.
    let past = UnixTime::from_secs(now().as_secs() - 1).unwrap();
    for (notify_after, entries) in [(past, 1), (now(), 1), (now().after(1), 2)] {
        let grant = propose(&mut r, notify_after);
        let size = r.book.log().size();
        let packet = r
            .book
            .grant_countersigned(&mut r.parties, &request, &[], &grant, now())
            .unwrap();
        assert_eq!(r.book.log().size(), size + entries);
        assert!(r.council.check_grant(&packet).is_ok());
    }
}

#[test]
fn what_two_signed_on_a_consent_is_logged_while_that_consent_counts() {
    let (mut r, manager, second) = region();
    let asked = Request {
        sections: [Section::Personal].into(),
        purpose: Purpose::EarlyHelp,
        basis: LawfulBasis::Consent,
        special: None,
        ..r.asked()
    };
    let key = r.west.key(Role::Open);
    let request = r.council.request(asked, "R-17", key, now()).unwrap();
    r.book.keep_consent(SUBJECT, CONSENT).unwrap();
    let first = r.book.consents(SUBJECT).unwrap();
    let given = r.given();
    let proposal = r.book.propose(&request, &first, (&given, second), now());
    let grant = proposal.unwrap().countersign(&manager, now()).unwrap();
    // Meanwhile there is another answer, which counts for longer.
    let later = CONSENT.replace("ask_again = 2026-09-01", "ask_again = 2026-10-01");
    r.book.keep_consent(SUBJECT, &later).unwrap();
    let both = r.book.consents(SUBJECT).unwrap();
    let refused = r
        .book
        .grant_countersigned(&mut r.parties, &request, &both, &grant, now());
    assert!(matches!(refused, Err(ExchangeError::OtherProposal)));
    let done = r
        .book
        .grant_countersigned(&mut r.parties, &request, &first, &grant, now());
    assert!(r.council.check_grant(&done.unwrap()).is_ok(), "control");
}
