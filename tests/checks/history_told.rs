//! When and to whom a history tells what it tells.

use crate::exchange_support::{Reaching, Region, SUBJECT, WHY, history, opened, said};
use crate::grant_support::now;
use billetbook::clock::UnixTime;
use billetbook::consent::{LawfulBasis, Purpose, Request};
use billetbook::exchange::{Emergency, History, HistoryOptions, Released, To, What};
use billetbook::grant::{EmergencyReason, ErasureGround, HoldReason};
use billetbook::keys::{KeyProvider, Role, RoleKeys};

const INTERNAL: HistoryOptions = HistoryOptions {
    with_held: true,
    with_reasons: true,
};

fn reasons(told: &History) -> Vec<Option<&str>> {
    told.items.iter().map(|i| i.reasons.as_deref()).collect()
}

fn told_at(r: &mut Region, at: UnixTime) -> History {
    let options = HistoryOptions::default();
    let told = r.book.history(&mut r.parties, SUBJECT, options, at);
    told.unwrap()
}

/// What two officers wrote down is read by the agency whose record it is; another text than why it was granted.
#[test]
fn the_reasons_of_an_emergency_are_read_by_the_agency_alone() {
    let mut r = Region::new();
    let officers = r.west.ring.keys().iter();
    let officers = officers.filter(|k| k.request().role() == Role::BreakGlass);
    let officers: [&RoleKeys; 2] = officers.collect::<Vec<_>>().try_into().unwrap();
    let mut asked = Request {
        purpose: Purpose::Safeguarding,
        basis: LawfulBasis::VitalInterests,
        ..r.asked()
    };
    asked.recipient.role = "duty_desk".parse().unwrap();
    let request = r.council.request(asked, "R-17", officers[0], now());
    let given = r.given();
    let grant = r
        .book
        .grant(&mut r.parties, &request.unwrap(), &[], &given, now());
    let emergency = Emergency {
        officers: officers.map(|o| o as &dyn KeyProvider),
        reason: EmergencyReason::RiskToLife,
        why: "made up by two officers",
        budget: 1,
    };
    assert_eq!(format!("{emergency:?}"), "Emergency(..)");
    let ask = r.council.ask_emergency(&grant.unwrap(), &emergency, now());
    r.book.answer(&mut r.parties, &ask.unwrap(), now()).unwrap();
    assert_eq!(
        reasons(&history(&mut r, INTERNAL)),
        [Some(WHY), Some("made up by two officers")]
    );
    let held = HistoryOptions {
        with_reasons: false,
        ..INTERNAL
    };
    for options in [HistoryOptions::default(), held] {
        let told = history(&mut r, options);
        assert!(told.items.len() == 2 && told.items.iter().all(|i| i.reasons.is_none()));
        assert!(!said(&told).contains("made up by two officers"));
    }
}

#[test]
fn what_was_told_at_once_is_not_said_to_have_been_held_back() {
    for (later, late) in [(0, false), (1, true)] {
        let mut r = Region::new();
        let (request, mut given) = (r.request(), r.given());
        given.notify_after = now().after(later);
        let done = r.book.grant(&mut r.parties, &request, &[], &given, now());
        assert!(done.is_ok());
        let told = told_at(&mut r, now().after(10));
        let What::Granted { told_after, .. } = &told.items[0].what else {
            panic!("it was granted");
        };
        assert_eq!(*told_after, late.then(|| now().after(later)));
        assert_eq!(said(&told).contains("You were not told of this"), late);
    }
}

/// To the second, also where the grant was erased meanwhile.
#[test]
fn what_was_erased_while_it_was_held_back_is_told_when_the_hold_ends() {
    let mut r = Region::new();
    let grant = r.grant();
    let entry = grant.grants[0].entry();
    let until = now().after(10 * 86_400);
    let owner = r.oak.key(Role::Open);
    let why = (HoldReason::RiskOfHarm, WHY);
    r.book
        .hold(&mut r.parties, (entry, until), why, owner, now())
        .unwrap();
    let by = (ErasureGround::OtherPerson, owner as &dyn KeyProvider);
    r.book
        .erase_entry(&mut r.parties, entry, by, now())
        .unwrap();
    let before = UnixTime::from_secs(until.as_secs() - 1).unwrap();
    let labels = |h: &History| h.items.iter().map(|i| i.what.label()).collect::<Vec<_>>();
    assert_eq!(labels(&told_at(&mut r, before)), ["Words erased"]);
    let all = ["Erased", "Told late", "Words erased"];
    let told = told_at(&mut r, until);
    assert_eq!(labels(&told), all);
    assert_eq!(format!("{:?}", told.items[1]), "HistoryItem(1)");
    assert_eq!(labels(&history(&mut r, INTERNAL)), all, "the agency itself");
}

/// Two of three gates open: one that released and one that is not reached may have been enough, and so may two of which
/// nothing is known.
#[test]
fn an_opening_is_perhaps_one_where_gates_that_gave_no_list_could_have_made_it_one() {
    use Released::{No, Perhaps, Yes};
    // How many gates release; how many of the others, and of those, are silent afterwards.
    for (releasing, quiet, silent, found) in [
        (3, 0, 0, Yes),
        (2, 0, 0, Yes),
        (2, 1, 0, Yes),
        (1, 0, 0, No),
        (1, 1, 0, Perhaps),
        (2, 0, 1, Perhaps),
        (0, 1, 0, No),
        (0, 2, 0, Perhaps),
        (0, 0, 0, No),
    ] {
        let mut r = Region::new();
        let grant = r.grant();
        let gates: Vec<_> = {
            let keys = r
                .oak
                .ring
                .keys()
                .iter()
                .map(|k| (k.request().role(), k.key_id()));
            keys.filter(|k| k.0 == Role::Gate)
                .map(|k| To::Gate(k.1))
                .collect()
        };
        let key = r.west.key(Role::Open);
        let ask = r.council.ask(&grant, (None, None), key, now()).unwrap();
        let mut some = Reaching {
            parties: &mut r.parties,
            reached: |to: &To| !gates[releasing..].contains(to),
        };
        let answer = r.book.answer(&mut some, &ask, now()).unwrap();
        assert_eq!(answer.releases().len(), releasing);
        assert_eq!(r.open(&grant, &answer).is_ok(), releasing >= 2);
        let unheard = [&gates[..silent], &gates[3 - quiet..]].concat();
        let mut some = Reaching {
            parties: &mut r.parties,
            reached: |to: &To| !unheard.contains(to),
        };
        let options = HistoryOptions::default();
        let told = r.book.history(&mut some, SUBJECT, options, now()).unwrap();
        assert_eq!(opened(&told), [found], "{releasing} {quiet} {silent}");
    }
}

#[test]
fn a_duty_officer_s_word_holds_back_by_itself_and_its_reasons_are_for_the_agency() {
    let mut r = Region::new();
    let grant = r.grant();
    let until = now().after(10 * 86_400);
    let held = (grant.grants[0].entry(), until);
    let why = (HoldReason::Investigation, "made up by the duty officer");
    let duty = r.oak.key(Role::BreakGlass);
    r.book.hold(&mut r.parties, held, why, duty, now()).unwrap();
    assert!(history(&mut r, HistoryOptions::default()).items.is_empty());
    assert_eq!(
        reasons(&history(&mut r, INTERNAL)),
        [Some(WHY), Some("made up by the duty officer")]
    );
    assert_eq!(told_at(&mut r, until).items.len(), 2);
}
