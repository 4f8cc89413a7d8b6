//! Policies under which every grant takes two persons who issue it.

use crate::exchange_support::{self, HEALTH, contents, said};
use crate::gate_support::Book;
use crate::grant_support::{GRANT_LABEL, Region, link, now, offer};
use crate::redeal_support::Moving;
use billetbook::audit::Kind;
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{Mode, Policy};
use billetbook::envelope::Deposit;
use billetbook::exchange::{ExchangeError, HistoryOptions};
use billetbook::gate::Denial;
use billetbook::grant::{ChainError, Grant, GrantError, Offer, Proposal};
use billetbook::keys::{KeyProvider, KeyRecord, Role, RoleKeys};
use billetbook::record::Section;
use sha2::{Digest, Sha256};

const ONE: &str = include_str!("../../examples/policy.toml");

fn two() -> String {
    format!("two_issuers = true\n{ONE}")
}

fn key(role: Role) -> RoleKeys {
    let window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    RoleKeys::generate(role, "manager", window).unwrap()
}

fn kept() -> Offer {
    Offer {
        depth: 0,
        ..offer()
    }
}

/// A region under such a policy, and the school's second issuer.
fn region() -> (Region, RoleKeys) {
    let (mut region, second) = (Region::under(&two()), key(Role::Issue));
    let record = region.school.record(&second);
    region.keys.add(&record.to_text()).unwrap();
    (region, second)
}

fn propose(region: &Region, offer: &Offer, second: &KeyRecord) -> Result<Proposal, GrantError> {
    let permit = region.permit(&region.request(Mode::Content));
    let to = region.council.record(&region.council.open);
    let both = (&region.school.issue as &dyn KeyProvider, second);
    Grant::propose(permit, &region.owned(), &to, offer, both, now())
}

fn granted(region: &Region, second: &RoleKeys) -> Grant {
    let record = region.school.record(second);
    let proposal = propose(region, &kept(), &record).unwrap();
    proposal.countersign(second, now()).unwrap()
}

/// The same grant as the first issuer could make it alone, by hand.
fn alone(region: &Region, grant: &Grant) -> Grant {
    let bytes = grant.encode();
    let capsule = 1136 + 32 * 8;
    let end = bytes.len() - 128 - capsule;
    // Magic, number, parent, issuer; then the second.
    let mut head = bytes[..8 + 16 + 32 + 32].to_vec();
    head[7] = 1;
    head.extend_from_slice(&bytes[8 + 16 + 32 + 32 + 32..end]);
    let info = [&b"billetbook/1 grant-capsule\0"[..], &Sha256::digest(&head)].concat();
    let halves = region.owned().halves().secret_bytes();
    let sealed = region.council.open.public().wrap(&info, &halves).unwrap();
    let signed = [head, sealed].concat();
    let signature = region.school.issue.sign(GRANT_LABEL, &signed).unwrap();
    Grant::decode(&[signed, signature.to_vec()].concat()).unwrap()
}

#[test]
fn two_1_gates_open_nothing_under_a_grant_of_one_issuer_where_the_policy_asks_for_two() {
    let (region, second) = region();
    let permit = region.permit(&region.request(Mode::Content));
    let to = region.council.record(&region.council.open);
    let issuer = &region.school.issue;
    let refused = Grant::issue(permit, &region.owned(), &to, &kept(), issuer, now());
    assert!(matches!(refused, Err(GrantError::TwoIssuers)));
    let grant = granted(&region, &second);
    let alone = alone(&region, &grant);
    assert!(alone.second_issuer().is_none());
    let deposits = region.billet.deposits().to_vec();
    let mut book = Book::of(region);
    let (by_two, by_one) = (book.grant(&grant), book.grant(&alone));
    assert!(by_two.chain().has_two_issuers() && !by_one.chain().has_two_issuers());
    let mut requests = Vec::new();
    for grant in [&by_two, &by_one] {
        requests.push(book.request(grant, &[1]));
    }
    for gate in 0..3 {
        let refused = book.release(gate, &requests[1]);
        assert!(matches!(refused, Err(Denial::TwoIssuers)));
    }
    let releases = [0, 1].map(|gate| book.release(gate, &requests[0]).unwrap());
    let slot = book.region.slot(&Section::Health);
    let key = &book.region.council.open;
    let opened = book.open(&requests[0], slot, &releases, key).unwrap();
    assert_eq!(opened, b"health");
    // Control: under a policy that asks for one, one is enough, and two may.
    let one = Region::new();
    let deposit = &one.billet.deposits()[0];
    let author = one.author();
    assert!(!deposit.clone().verify(&author).unwrap().two_issuers());
    let mut book = Book::of(one);
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    assert!(book.release(0, &request).is_ok());
    // What tells the gate is signed: a deposit that was made to say otherwise is refused.
    for deposit in deposits {
        let mut bytes = deposit.encode();
        assert_eq!(bytes[7], 2);
        assert_eq!(Deposit::decode(&bytes).unwrap(), deposit);
        bytes[7] = 1;
        let altered = Deposit::decode(&bytes).unwrap();
        assert!(altered.verify(&author).is_err());
    }
}

#[test]
fn two_2_both_signatures_are_of_two_keys_of_the_agency_that_may_issue_then() {
    let (mut region, second) = region();
    let grant = granted(&region, &second);
    assert_eq!(Grant::decode(&grant.encode()).unwrap(), grant);
    assert!(region.chain(&[link(grant.clone(), 1)]).is_ok());
    // Either signature altered, each byte of what they sign, and the two exchanged.
    let bytes = grant.encode();
    let (first, other) = (bytes.len() - 128, bytes.len() - 64);
    for at in (0..bytes.len())
        .step_by(41)
        .chain([first, first + 63, other, other + 63])
    {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        if let Ok(bad) = Grant::decode(&bad) {
            assert!(region.chain(&[link(bad, 1)]).is_err(), "{at}");
        }
    }
    let mut swapped = bytes[..first].to_vec();
    swapped.extend_from_slice(&bytes[other..]);
    swapped.extend_from_slice(&bytes[first..other]);
    let swapped = Grant::decode(&swapped).unwrap();
    assert!(matches!(
        region.chain(&[link(swapped, 1)]),
        Err(ChainError::Signature { .. })
    ));
    // The second: another agency's, of another role, the first again; compromised before witnesses saw it.
    let foreign = region.council.record(&region.council.issue);
    let proposal = propose(&region, &kept(), &foreign).unwrap();
    let foreign = proposal.countersign(&region.council.issue, now()).unwrap();
    assert!(matches!(
        region.chain(&[link(foreign, 1)]),
        Err(ChainError::Issuer { index: 0 })
    ));
    let opens = region.school.record(&region.school.open);
    assert!(matches!(
        propose(&region, &kept(), &opens),
        Err(GrantError::Key(_))
    ));
    let itself = region.author();
    assert!(matches!(
        propose(&region, &kept(), &itself),
        Err(GrantError::Terms)
    ));
    let said = region.school.root.compromised(second.key_id(), now());
    region.keys.add_compromise(&said.to_text()).unwrap();
    assert!(matches!(
        region.chain(&[link(grant, 1)]),
        Err(ChainError::Compromised { key, .. }) if key == second.key_id()
    ));
}

#[test]
fn two_3_a_proposal_is_no_grant_and_is_countersigned_by_whom_it_names_only() {
    let (region, second) = region();
    let record = region.school.record(&second);
    let proposal = propose(&region, &kept(), &record).unwrap();
    let bytes = proposal.encode();
    assert_eq!(Proposal::decode(&bytes).unwrap(), proposal);
    assert!(Grant::decode(&bytes).is_err());
    let third = key(Role::Issue);
    for wrong in [&third, &region.school.issue] {
        let refused = proposal.clone().countersign(wrong, now());
        assert!(matches!(refused, Err(GrantError::OtherIssuer)));
    }
    let refused = proposal.clone().countersign(&region.school.open, now());
    assert!(matches!(refused, Err(GrantError::Key(_))));
    // Altered on its way to the second, it is countersigned, and counts for nothing.
    let mut altered = 0;
    for at in (0..bytes.len()).step_by(37) {
        assert!(Proposal::decode(&bytes[..at]).is_err());
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        if let Ok(bad) = Proposal::decode(&bad)
            && let Ok(grant) = bad.countersign(&second, now())
        {
            assert!(region.chain(&[link(grant, 1)]).is_err(), "{at}");
            altered += 1;
        }
    }
    assert!(altered > 20);
    // Two give it to one, who keeps it.
    let handed = Offer {
        depth: 1,
        ..offer()
    };
    assert!(matches!(
        propose(&region, &handed, &record),
        Err(GrantError::Terms)
    ));
}

#[test]
fn two_4_that_two_must_issue_goes_along_when_shares_are_dealt_anew() {
    let (region, second) = region();
    let grant = granted(&region, &second);
    let alone = alone(&region, &grant);
    let mut m = Moving::of(Book::of(region));
    let (from, to) = (m.first(), m.set(1, 2, &[0, 3, 4]));
    m.redeal((&from, &[0, 1, 2]), &[1, 2, 3], (&to, &[0, 3, 4]));
    let next = m.set(2, 2, &[5, 6, 7]);
    m.redeal((&to, &[0, 3, 4]), &[1, 2], (&next, &[5, 6, 7]));
    let (by_two, by_one) = (m.book.grant(&grant), m.book.grant(&alone));
    let good = m.book.request(&by_two, &[1]);
    let bad = m.book.request(&by_one, &[1]);
    for gate in [5, 6, 7] {
        assert!(matches!(m.release(gate, &bad), Err(Denial::TwoIssuers)));
        assert!(m.release(gate, &good).is_ok());
    }
}

#[test]
fn two_5_a_book_logs_such_a_grant_once_two_have_signed_what_was_asked_and_its_history_names_both() {
    let mut r = exchange_support::Region::new();
    let policy = Policy::parse(&two()).unwrap();
    assert_ne!(policy.digest(), Policy::parse(ONE).unwrap().digest());
    assert_eq!(Policy::from_bytes(&policy.to_bytes()).unwrap(), policy);
    r.book.confirm_policy(&policy, now()).unwrap();
    let sections: [(Section, &[u8]); 1] = [(Section::Health, HEALTH)];
    let sealed = r.book.seal(&mut r.parties, "two", &sections, now());
    r.envelope = sealed.unwrap();
    let (request, given) = (r.request(), r.given());
    let alone = r.book.grant(&mut r.parties, &request, &[], &given, now());
    assert!(matches!(
        alone,
        Err(ExchangeError::Grant(GrantError::TwoIssuers))
    ));
    let manager = key(Role::Issue);
    let record = r.oak.root.certify(manager.request());
    // Of another agency, or not known.
    let foreign = r.west.key(Role::Issue).key_id();
    for second in [manager.key_id(), foreign] {
        let refused = r.book.propose(&request, &[], (&given, second), now());
        assert!(matches!(refused, Err(ExchangeError::Key(_))));
    }
    let second = r.book.add_record(&record.encode()).unwrap();
    let size = r.book.log().size();
    let proposal = r
        .book
        .propose(&request, &[], (&given, second), now())
        .unwrap();
    let elsewhere = Proposal::decode(&proposal.encode()).unwrap();
    let grant = elsewhere.countersign(&manager, now()).unwrap();
    assert_eq!(
        r.book.log().size(),
        size,
        "nothing is granted before both have signed"
    );
    // Another request than the one for which it was proposed.
    let mut asked = r.asked();
    asked.purpose = billetbook::consent::Purpose::ChildProtection;
    let key = r.west.key(Role::Open);
    let other = r.council.request(asked, "R-18", key, now()).unwrap();
    let refused = r
        .book
        .grant_countersigned(&mut r.parties, &other, &[], &grant, now());
    assert!(matches!(refused, Err(ExchangeError::OtherProposal)));
    // A signature that does not hold.
    let mut bytes = grant.encode();
    *bytes.last_mut().unwrap() ^= 1;
    let bad = Grant::decode(&bytes).unwrap();
    let refused = r
        .book
        .grant_countersigned(&mut r.parties, &request, &[], &bad, now());
    assert!(matches!(refused, Err(ExchangeError::Chain(_))));
    // A policy that came into force meanwhile.
    let one = Policy::parse(ONE).unwrap();
    r.book.confirm_policy(&one, now()).unwrap();
    let refused = r
        .book
        .grant_countersigned(&mut r.parties, &request, &[], &grant, now());
    assert!(matches!(refused, Err(ExchangeError::OtherProposal)));
    r.book.confirm_policy(&policy, now()).unwrap();
    assert_eq!(r.book.log().size(), size);

    let packet = r
        .book
        .grant_countersigned(&mut r.parties, &request, &[], &grant, now());
    let packet = packet.unwrap();
    assert_eq!(packet.grants[0].opening.entry().kind(), Kind::Grant);
    let answer = r.answer(&packet);
    assert_eq!(contents(&r.open(&packet, &answer).unwrap()), [HEALTH]);
    let options = HistoryOptions::default();
    let told = r
        .book
        .history(&mut r.parties, "two", options, now())
        .unwrap();
    let text = said(&told);
    let both = "Allowed by Oakfield School (records system) and Oakfield School (manager).";
    assert!(text.contains(both), "{text}");
}
