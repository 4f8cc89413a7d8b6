use crate::grant_support::{Region, asked, link, now, offer};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{Denied, Mode, Purpose};
use billetbook::grant::{
    AccessRequest, EmergencyReason, EntryRef, Grant, GrantError, Hold, HoldReason, Offer, Redeal,
    RedealStep, Refusal, RefusalReason, Refused, Revocation, RevocationReason,
};
use billetbook::keys::{KeyProvider, KeyRefused, PublicKeys, Role, RoleKeys};
use billetbook::record::Section;

#[test]
fn what_is_asked_offered_and_declared_shows_nothing_of_itself() {
    let region = Region::new();
    let chain = region.chain(&[link(region.emergency_grant(), 1)]).unwrap();
    let [one, two] = &region.council.officers;
    let auditor = region.council.record(&region.council.open);
    let why = (EmergencyReason::MissingChild, "made up", &auditor);
    let officers: [&dyn KeyProvider; 2] = [one, two];
    let request =
        AccessRequest::make_emergency(&chain, asked(&chain), officers, why, 1, now()).unwrap();
    assert_eq!(format!("{:?}", asked(&chain)), "Asked(..)");
    assert_eq!(format!("{:?}", offer()), "Offer(..)");
    let entry = format!("{:?}", EntryRef([0xa5; 32]));
    assert_eq!(entry, "a5".repeat(32));
    assert_eq!(
        format!("{:?}", request.emergency().unwrap()),
        "Emergency(..)"
    );
    let hex = |id: [u8; 16]| id.map(|b| format!("{b:02x}")).concat();
    let envelope = region.envelope().id();
    let (held, why) = (
        (EntryRef([1; 32]), envelope),
        (HoldReason::RiskOfHarm, [7; 32]),
    );
    let officer = &region.school.open;
    let hold = Hold::make(held, now().after(1), why, officer, now()).unwrap();
    assert_eq!(format!("{hold:?}"), format!("Hold({})", hex(hold.id())));
    let done = RedealStep::Done {
        redeal: EntryRef([1; 32]),
    };
    let issuer = &region.school.issue;
    let redeal = Redeal::make(envelope, done, issuer, officer, now()).unwrap();
    let shown = format!("Redeal({})", hex(redeal.id()));
    assert_eq!(format!("{redeal:?}"), shown);
}

/// What the person is told of every denial that a decision can come to.
#[test]
fn every_denial_is_told_as_its_reason() {
    use RefusalReason::*;
    let organisation = || "westshire".parse().unwrap();
    let rule = || "harbour-early-help".parse().unwrap();
    let section = Section::Health;
    let valid = Window::new(now(), UnixTime::LAST).unwrap();
    let table = [
        (Denied::UnknownOrganisation(organisation()), WrongRecipient),
        (Denied::UnknownRole(organisation()), WrongRecipient),
        (
            Denied::OtherBasis {
                rule: rule(),
                section: section.clone(),
            },
            NoLawfulBasis,
        ),
        (Denied::PublicAuthority(organisation()), NoLawfulBasis),
        (Denied::SpecialCategory(section.clone()), NoLawfulBasis),
        (Denied::CriminalOffence(section.clone()), NoLawfulBasis),
        (Denied::NoConsent, NoConsent),
        (Denied::NoCapacity, NoConsent),
        (Denied::ConsentNotYet, NoConsent),
        (Denied::ConsentToBeAskedAgain, NoConsent),
        (Denied::RefusedBySubject, PersonRefused),
        (Denied::ConsentWithdrawn, ConsentEnded),
        (Denied::ConsentExpired, ConsentEnded),
        (Denied::PolicySuperseded, Expired),
        (Denied::PolicyStale { hours: 24 }, Expired),
        (Denied::PolicyNotInForce { valid }, Expired),
        (Denied::Time, Expired),
        (Denied::NothingAsked, NotAllowed),
        (Denied::UnknownSection(section.clone()), NotAllowed),
        (Denied::NoRule(section), NotAllowed),
    ];
    for (denied, told) in table {
        assert_eq!(RefusalReason::of(&denied), told, "{denied:?}");
    }
}

#[test]
fn a_refusal_says_which_entry_it_answers() {
    let region = Region::new();
    let about = (
        Refused::Withheld,
        region.envelope().id(),
        Purpose::ChildProtection,
    );
    for earlier in [None, Some(EntryRef([6; 32]))] {
        let why = (RefusalReason::ThirdParty, [3; 32]);
        let made = Refusal::make(about, why, earlier, &region.school.issue, now()).unwrap();
        let read = Refusal::decode(&made.encode()).unwrap();
        assert_eq!((made.earlier(), read.earlier()), (earlier, earlier));
        assert_eq!(read.verify(&region.keys, now()), Ok(()));
        assert_eq!(
            (read.purpose(), read.reasons(), read.made()),
            (Purpose::ChildProtection, [3; 32], now())
        );
    }
}

/// The written reasons of one emergency are no other's, not even sealed to the same auditor.
#[test]
fn reasons_are_sealed_to_their_own_request() {
    let region = Region::new();
    let chain = region.chain(&[link(region.emergency_grant(), 1)]).unwrap();
    let [one, two] = &region.council.officers;
    let auditor = region.council.record(&region.council.open);
    let [a, b] = ["first", "second"].map(|text| {
        let why = (EmergencyReason::MissingChild, text, &auditor);
        let officers: [&dyn KeyProvider; 2] = [one, two];
        AccessRequest::make_emergency(&chain, asked(&chain), officers, why, 1, now()).unwrap()
    });
    let read = |bytes: &[u8]| {
        let request = AccessRequest::decode(bytes).unwrap();
        request.reasons(&region.council.open).ok()
    };
    let (mut a, b) = (a.encode(), b.encode());
    assert_eq!(read(&a).unwrap().as_str(), "first");
    // Before the two signatures: length and 2,000 bytes, sealed.
    let end = a.len() - 128;
    let sealed = end - (PublicKeys::WRAP_OVERHEAD + 4 + 2_000)..end;
    a[sealed.clone()].copy_from_slice(&b[sealed]);
    assert_eq!(read(&a), None);
}

#[test]
fn what_is_signed_shows_its_number_and_no_more() {
    let region = Region::new();
    let (held, _) = region.chains();
    let hex = |id: &[u8]| -> String { id.iter().map(|b| format!("{b:02x}")).collect() };
    let grant = &held.last().grant;
    let id = hex(&grant.id().0);
    assert_eq!(format!("{:?}", grant.id()), id);
    assert_eq!(format!("{grant:?}"), format!("Grant({id})"));
    let request = region.ask(&held, &region.council.open);
    let id = hex(&request.id());
    assert_eq!(format!("{request:?}"), format!("AccessRequest({id})"));
    let by = &region.school.issue;
    let reason = RevocationReason::Mistake;
    let revoked = Revocation::make(held.last(), reason, [4; 32], by, now()).unwrap();
    let id = hex(&revoked.id());
    assert_eq!(format!("{revoked:?}"), format!("Revocation({id})"));
    assert_eq!((revoked.reasons(), revoked.made()), ([4; 32], now()));
    let about = (Refused::Withheld, region.envelope().id(), Purpose::Care);
    let why = (RefusalReason::ThirdParty, [3; 32]);
    let refusal = Refusal::make(about, why, None, by, now()).unwrap();
    let id = hex(&refusal.id());
    assert_eq!(format!("{refusal:?}"), format!("Refusal({id})"));
}

/// With the grants before it, a grant that may be handed on leaves room for all that may come after it.
#[test]
fn a_grant_that_would_make_a_chain_too_long_is_not_read() {
    let region = Region::new();
    let (held, both) = region.chains();
    // Behind number, parent, two keys, time, envelope, slots, mode, purpose, ground, window and number of openings.
    let depth = 8 + 16 + 3 * 32 + 8 + 16 + 3 + 1 + 2 + 37 + 16 + 2;
    for (link, most) in [(held.last(), 3), (both.last(), 2)] {
        let mut bytes = link.grant.encode();
        assert_eq!(bytes[depth], link.grant.terms().depth);
        for n in 0..=5 {
            bytes[depth] = n;
            assert_eq!(Grant::decode(&bytes).is_ok(), n <= most, "{n} of {most}");
        }
    }
}

#[test]
fn a_key_signs_within_its_window_only() {
    let region = Region::new();
    let window = Window::new(now(), now().after(60)).unwrap();
    let key = RoleKeys::generate(Role::Issue, "records", window).unwrap();
    let make = |at: UnixTime| {
        let about = (Refused::Withheld, region.envelope().id(), Purpose::Care);
        let why = (RefusalReason::ThirdParty, [3; 32]);
        Refusal::make(about, why, None, &key, at)
    };
    let early = UnixTime::from_secs(now().as_secs() - 1).unwrap();
    assert!(make(now()).is_ok() && make(now().after(59)).is_ok());
    for at in [early, now().after(60)] {
        let refused = make(at);
        let by_window = matches!(&refused, Err(GrantError::Key(KeyRefused::Window { .. })));
        assert!(by_window, "{refused:?}");
    }
}

/// Those whom a record is about are told after ninety days at the latest.
#[test]
fn telling_waits_ninety_days_and_no_second_more() {
    let region = Region::new();
    let issue = |seconds: u64| {
        let permit = region.permit(&region.request(Mode::Content));
        let to = region.council.record(&region.council.open);
        let offer = Offer {
            notify_after: now().after(seconds),
            ..offer()
        };
        let by = &region.school.issue;
        Grant::issue(permit, &region.owned(), &to, &offer, by, now())
    };
    let most = 90 * 86_400;
    let grant = issue(most).unwrap();
    assert_eq!(grant.terms().notify_after, now().after(most));
    assert_eq!(Grant::decode(&grant.encode()).unwrap(), grant);
    assert!(matches!(issue(most + 1), Err(GrantError::Terms)));
}
