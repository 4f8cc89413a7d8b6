//! Notices held back: who may, for how long, and what is told before and after.

use crate::exchange_support::{Region, SUBJECT, WHY, history, opened, said};
use crate::grant_support::now;
use billetbook::audit::{Draft, Entry, Kind, OpeningKey, RequestId};
use billetbook::clock::UnixTime;
use billetbook::exchange::{ExchangeError, GrantPacket, History, HistoryOptions, Released, What};
use billetbook::grant::{EntryRef, ErasureGround, GrantError, Hold, HoldReason, RevocationReason};
use billetbook::keys::{KeyProvider, Role, Secret};

const DAY: u64 = 86_400;

fn told_at(r: &mut Region, at: UnixTime) -> History {
    let options = HistoryOptions::default();
    let told = r.book.history(&mut r.parties, SUBJECT, options, at);
    told.unwrap()
}

fn hold(
    r: &mut Region,
    grant: &GrantPacket,
    (days, reason): (u64, HoldReason),
    at: UnixTime,
) -> Result<(), ExchangeError> {
    let officer = r.oak.key(Role::Open);
    r.parties.set_time(at);
    let held = (grant.grants[0].entry(), at.after(days * DAY));
    r.book
        .hold(&mut r.parties, held, (reason, WHY), officer, at)
}

/// Logs a hold as whoever keeps the log could.
fn log_raw(r: &mut Region, bytes: Vec<u8>) {
    let secret = Secret::from_secret_bytes(r.oak.ring.opening().secret_bytes());
    let key = OpeningKey::new(secret.unwrap());
    let draft = Draft {
        request: RequestId::generate().unwrap(),
        entry: Entry::new(Kind::NotifyHold, bytes).unwrap(),
        rows: Vec::new(),
    };
    r.book.log().append(&key, vec![draft]).unwrap();
    r.book.cosigned(&mut r.parties, now()).unwrap();
}

/// What a history says, without the day it was asked for.
fn words(history: &History) -> (Vec<String>, Vec<String>, usize) {
    (history.summary(), history.closing(), history.items.len())
}

#[test]
fn exc_22_what_is_held_back_leaves_no_trace_before_and_is_told_with_the_hold_and_its_reason_after()
{
    let mut r = Region::new();
    let nothing = history(&mut r, HistoryOptions::default());
    let grant = r.grant();
    hold(&mut r, &grant, (20, HoldReason::Whereabouts), now()).unwrap();
    let answer = r.answer(&grant);
    assert_eq!(answer.releases().len(), 3);
    let entry = grant.grants[0].entry();
    let why = (RevocationReason::PurposeServed, WHY);
    r.book.revoke(&mut r.parties, entry, why, now()).unwrap();

    // Neither the grant nor the hold, the opening or the revocation; and the same words as if there were none.
    let held = history(&mut r, HistoryOptions::default());
    assert_eq!(words(&held), words(&nothing));
    assert!(!said(&held).contains("no opening of your record is missing"));
    assert!(said(&held).contains("but for what the law may not let you be told yet"));
    let json = |h: &History| serde_json::to_string(h).unwrap();
    assert_eq!(json(&held), json(&nothing), "nor in what programs read");
    let internal = HistoryOptions {
        with_held: true,
        with_reasons: true,
    };
    let internal = history(&mut r, internal);
    let labels: Vec<_> = internal.items.iter().map(|i| i.what.label()).collect();
    let all = ["Allowed", "Told late", "Opened", "Permission ended"];
    assert_eq!(labels, all);

    // To the second: a hold ends by itself.
    let end = now().after(20 * DAY);
    let just_before = UnixTime::from_secs(end.as_secs() - 1).unwrap();
    assert!(told_at(&mut r, just_before).items.is_empty());
    let after = told_at(&mut r, end);
    let labels: Vec<_> = after.items.iter().map(|i| i.what.label()).collect();
    assert_eq!(labels, all);
    assert_eq!(opened(&after), [Released::Yes]);
    let text = said(&after);
    for part in [
        "It was decided not to tell you before 24 May 2026, 09:30 UTC of what was allowed (entry 0)",
        "Why: telling it then could have shown where someone is who must not be found.",
        "Decided by Oakfield School (records team).",
        "You were not told of this, nor of what was opened because of it, before 24 May 2026, 09:30 UTC.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(WHY), "the text as written is for the agency");
}

#[test]
fn exc_23_a_hold_is_bounded_said_anew_or_ended_by_a_second_persons_logged_word_only() {
    let mut r = Region::new();
    let grant = r.grant();
    let entry = grant.grants[0].entry();
    let size = r.book.log().size();
    for days in [91, 1000] {
        assert!(matches!(
            hold(&mut r, &grant, (days, HoldReason::RiskOfHarm), now()),
            Err(ExchangeError::Grant(GrantError::Hold))
        ));
    }
    let past = UnixTime::from_secs(now().as_secs() - 1).unwrap();
    let (reason, oak) = ((HoldReason::RiskOfHarm, WHY), r.oak);
    let said_by = |r: &mut Region, of: EntryRef, until: UnixTime, key: &dyn KeyProvider| {
        r.book.hold(&mut r.parties, (of, until), reason, key, now())
    };
    let later = now().after(DAY);
    let owner = oak.key(Role::Open);
    assert!(said_by(&mut r, entry, past, owner).is_err());
    // By who issued, by a gate, by another agency's officer; of no grant.
    for key in [
        oak.key(Role::Issue),
        oak.key(Role::Gate),
        oak.key(Role::Log),
    ] {
        assert!(said_by(&mut r, entry, later, key).is_err());
    }
    let foreign = r.west.key(Role::Open);
    assert!(said_by(&mut r, entry, later, foreign).is_err());
    assert!(said_by(&mut r, EntryRef([9; 32]), later, owner).is_err());
    assert_eq!(r.book.log().size(), size, "nothing was logged");
    assert_eq!(history(&mut r, HistoryOptions::default()).items.len(), 1);

    // Ninety days, from a duty officer; said anew before they end; and ended early by the other.
    let duty = oak.key(Role::BreakGlass);
    said_by(&mut r, entry, now().after(90 * DAY), duty).unwrap();
    let renewed = now().after(80 * DAY);
    hold(&mut r, &grant, (90, HoldReason::Investigation), renewed).unwrap();
    let day = |n: u64| now().after(n * DAY);
    assert!(told_at(&mut r, day(91)).items.is_empty(), "held on");
    assert!(told_at(&mut r, day(169)).items.is_empty());
    let all = told_at(&mut r, day(170));
    assert_eq!(all.items.len(), 3);
    let text = said(&all);
    assert!(text.contains("spoiled the investigation") && text.contains("duty officer"));
    hold(&mut r, &grant, (0, HoldReason::Investigation), day(100)).unwrap();
    let early = told_at(&mut r, day(100));
    assert_eq!(early.items.len(), 4);
    assert!(said(&early).contains("From then on you could be told of what was allowed (entry 0)"));

    // Each is an entry of its own, and while it holds its word is not erased.
    let mut r = Region::new();
    let grant = r.grant();
    hold(&mut r, &grant, (10, HoldReason::CourtOrder), now()).unwrap();
    let at = r.book.entry_at(1).unwrap();
    let owner = r.oak.key(Role::Open);
    let by = (ErasureGround::PersonAsked, owner as &dyn KeyProvider);
    let erased = r.book.erase_entry(&mut r.parties, at, by, now());
    assert!(matches!(erased, Err(ExchangeError::HeldYet)));
    assert!(history(&mut r, HistoryOptions::default()).items.is_empty());
    r.parties.set_time(day(10));
    let done = r.book.erase_entry(&mut r.parties, at, by, day(10));
    assert!(done.is_ok(), "control: afterwards it is");
}

#[test]
fn exc_24_what_a_grant_itself_holds_back_has_a_logged_word_too_and_hands_its_hold_on() {
    let mut r = Region::new();
    let mut given = r.given();
    given.notify_after = now().after(30 * DAY);
    let request = r.request();
    let grant = r.book.grant(&mut r.parties, &request, &[], &given, now());
    let grant = grant.unwrap();
    assert_eq!(
        r.book.log().size(),
        2,
        "the grant, and the word of who answers for data protection"
    );
    assert!(history(&mut r, HistoryOptions::default()).items.is_empty());
    let after = told_at(&mut r, now().after(30 * DAY));
    let held = |w: &What| {
        matches!(w, What::NoticeHeld { grant: Some(0), ended: false, reason: HoldReason::RiskOfHarm, by, .. }
            if by.name == "records team")
    };
    assert!(after.items.iter().any(|i| held(&i.what)));
    // A hold on what was handed on from ends no sooner for those to whom it was.
    hold(&mut r, &grant, (60, HoldReason::RiskOfHarm), now()).unwrap();
    r.answer(&grant);
    assert!(told_at(&mut r, now().after(59 * DAY)).items.is_empty());
    assert_eq!(told_at(&mut r, now().after(60 * DAY)).items.len(), 4);
    // Erased meanwhile, the grant tells nothing before the hold ends either.
    let owner = r.oak.key(Role::Open);
    let by = (ErasureGround::OtherPerson, owner as &dyn KeyProvider);
    let entry = grant.grants[0].entry();
    r.book
        .erase_entry(&mut r.parties, entry, by, now())
        .unwrap();
    let told = history(&mut r, HistoryOptions::default());
    let shown: Vec<_> = told.items.iter().map(|i| i.what.label()).collect();
    assert_eq!(
        shown,
        ["Words erased"],
        "that something was erased is told by itself"
    );
}

#[test]
fn exc_25_a_hold_that_was_altered_or_is_another_agency_s_holds_nothing() {
    let mut r = Region::new();
    let grant = r.grant();
    let (entry, envelope) = (grant.grants[0].entry(), r.envelope);
    let until = now().after(DAY);
    let why = (HoldReason::RiskOfHarm, [7; 32]);
    let good = Hold::make((entry, envelope), until, why, r.oak.key(Role::Open), now()).unwrap();
    let bytes = good.encode();
    assert_eq!(Hold::decode(&bytes).unwrap(), good);
    let keys = r.book.directory().clone();
    assert!(good.verify(&keys, now()).is_ok());
    let mut altered = 0;
    for at in 0..bytes.len() {
        assert!(Hold::decode(&bytes[..at]).is_err());
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        if let Ok(read) = Hold::decode(&bad) {
            assert_eq!(read.encode(), bad);
            assert!(read.verify(&keys, now()).is_err(), "{at}");
            altered += 1;
        }
    }
    assert!(altered > 100);
    let foreign = Hold::make((entry, envelope), until, why, r.west.key(Role::Open), now()).unwrap();
    let mut forged = bytes.clone();
    *forged.last_mut().unwrap() ^= 1;
    // Logged by whoever keeps the log, they hold nothing back.
    for bad in [foreign.encode(), forged] {
        log_raw(&mut r, bad);
        let told = history(&mut r, HistoryOptions::default());
        assert!(
            told.items
                .iter()
                .any(|i| matches!(i.what, What::Granted { .. }))
        );
    }
}
