//! Parties that answer late, twice, wrongly or not at all; and what two persons sign together.

use crate::exchange_support::{HEALTH, Reaching, Region, SUBJECT, contents, history};
use crate::grant_support::now;
use billetbook::audit::{Hash, LogError, Seen};
use billetbook::clock::UnixTime;
use billetbook::exchange::{
    Courier, CourierError, ExchangeError, FRESH, GateAnswer, GateCall, GateMessage, HistoryOptions,
    Refusal, Remedy, To,
};
use billetbook::keys::Role;
use billetbook::record::Section;

/// A cosignature is asked for anew when half of the time has gone for which gates take it.
#[test]
fn a_log_is_cosigned_anew_after_half_of_the_time_that_a_cosignature_is_fresh() {
    let mut r = Region::new();
    r.grant();
    for (seconds, asked) in [(0, 0), (1, 0), (FRESH / 2, 0), (FRESH / 2 + 1, 1)] {
        let at = now().after(seconds);
        r.parties.set_time(at);
        let mut count = 0;
        let mut counting = Reaching {
            parties: &mut r.parties,
            reached: |to: &To| {
                count += usize::from(matches!(to, To::Witness(_)));
                true
            },
        };
        r.book.cosigned(&mut counting, at).unwrap();
        assert_eq!(count, asked, "after {seconds} seconds");
    }
}

/// The witness has cosigned, and its answer was lost: it says what it has seen, and is asked again from there.
#[test]
fn a_cosignature_that_was_lost_on_the_way_is_asked_for_again() {
    let mut r = Region::new();
    let (request, given) = (r.request(), r.given());
    let parties = &mut r.parties;
    let mut losing = |to: &To, message: &[u8]| -> Result<Vec<u8>, CourierError> {
        let answer = parties.carry(to, message)?;
        match to {
            To::Witness(_) => Err(CourierError::new("lost")),
            To::Gate(_) => Ok(answer),
        }
    };
    let done = r.book.grant(&mut losing, &request, &[], &given, now());
    assert!(matches!(done, Err(ExchangeError::Unwitnessed { .. })));
    assert!(r.book.cosigned(&mut r.parties, now()).is_ok());
    r.grant();
}

#[test]
fn a_witness_that_has_seen_more_than_the_log_holds_shows_that_it_went_back() {
    let mut r = Region::new();
    r.grant();
    let before = r.oak.disk.snapshot();
    r.grant();
    let newer = r.book.log().signed().unwrap();
    assert!(r.book.verify(Some(&newer)).is_ok(), "control");
    r.oak.disk.restore(&before);
    r.book = r.oak.open();
    assert!(r.book.verify(None).is_ok(), "by itself it looks whole");
    let later = now().after(FRESH);
    r.parties.set_time(later);
    let refused = r.book.cosigned(&mut r.parties, later);
    let size = |e: &ExchangeError| match e {
        ExchangeError::Log(LogError::RolledBack { stored, signed }) => Some((*stored, *signed)),
        _ => None,
    };
    assert_eq!(refused.as_ref().err().and_then(size), Some((1, 2)));
    r.book = r.oak.open();
    let refused = r.book.verify(Some(&newer));
    assert_eq!(refused.as_ref().err().and_then(size), Some((1, 2)));
}

/// Answers for the gates in their place.
fn gates_say<'a>(
    parties: &'a mut dyn Courier,
    says: impl Fn(&GateCall) -> Option<GateAnswer> + 'a,
) -> impl FnMut(&To, &[u8]) -> Result<Vec<u8>, CourierError> + 'a {
    move |to: &To, message: &[u8]| {
        if let To::Gate(_) = to
            && let Some(answer) = says(&GateMessage::decode(message).unwrap().call)
        {
            return Ok(answer.encode());
        }
        parties.carry(to, message)
    }
}

fn denied() -> GateAnswer {
    GateAnswer::Denied(Refusal {
        remedy: Remedy::None,
        words: "made up".into(),
    })
}

const OTHERWISE: &str = "answered something else than it was asked";

#[test]
fn a_gate_s_refusal_and_its_answer_to_another_question_are_told_apart() {
    let mut r = Region::new();
    let sections: [(Section, &[u8]); 1] = [(Section::Health, HEALTH)];
    for (answer, words) in [
        (denied(), "did not do it: made up"),
        (GateAnswer::Seen(None), OTHERWISE),
    ] {
        let mut gates = gates_say(&mut r.parties, |_| Some(answer.clone()));
        let sealed = r.book.seal(&mut gates, "another", &sections, now());
        drop(gates);
        let why = sealed.unwrap_err();
        assert!(why.to_string().contains(words), "{why}");
        let mut gates = gates_say(&mut r.parties, |_| Some(answer.clone()));
        let told = r
            .book
            .history(&mut gates, SUBJECT, HistoryOptions::default(), now());
        let unreached = &told.unwrap().envelopes[0].unreached;
        assert_eq!(unreached.len(), 3);
        assert!(unreached.iter().all(|u| u.contains(words)), "{unreached:?}");
    }
}

#[test]
fn a_gate_that_answers_wrongly_or_has_seen_a_larger_log_releases_nothing_and_says_why() {
    let mut r = Region::new();
    let grant = r.grant();
    let key = r.west.key(Role::Open);
    let ask = r.council.ask(&grant, (None, None), key, now()).unwrap();
    let larger = Seen {
        size: 99,
        root: Hash([7; 32]),
    };
    type Says = fn(&GateCall, Seen) -> Option<GateAnswer>;
    let table: [(Says, &str); 4] = [
        (|_, _| Some(GateAnswer::Kept), OTHERWISE),
        (
            |call, _| matches!(call, GateCall::Ask(_)).then_some(GateAnswer::Kept),
            OTHERWISE,
        ),
        (
            |call, seen| matches!(call, GateCall::Seen(_)).then_some(GateAnswer::Seen(Some(seen))),
            "has seen the log at size 99; ask again",
        ),
        (
            |call, _| matches!(call, GateCall::Ask(_)).then(denied),
            "made up",
        ),
    ];
    for (says, words) in table {
        let mut gates = gates_say(&mut r.parties, |call| says(call, larger));
        let answer = r.book.answer(&mut gates, &ask, now()).unwrap();
        assert!(answer.releases().is_empty());
        let why = answer.denials();
        assert!(why.iter().all(|d| d.words.contains(words)), "{why:?}");
        assert!(!why.is_empty());
    }
    // The same request, answered by the gates themselves; and once more, in a tree that they have seen.
    for _ in 0..2 {
        let answer = r.book.answer(&mut r.parties, &ask, now()).unwrap();
        assert_eq!(answer.releases().len(), 3);
        assert!(answer.denials().is_empty());
        assert_eq!(contents(&r.open(&grant, &answer).unwrap()), [HEALTH]);
    }
}

#[test]
fn the_same_reason_of_several_gates_is_told_once() {
    let mut r = Region::new();
    let grant = r.grant();
    let key = r.west.key(Role::Open);
    let ask = r.council.ask(&grant, (None, None), key, now()).unwrap();
    let says = |call: &GateCall| matches!(call, GateCall::Ask(_)).then(denied);
    let mut gates = gates_say(&mut r.parties, says);
    let answer = r.book.answer(&mut gates, &ask, now()).unwrap();
    drop(gates);
    assert_eq!((answer.outcomes.len(), answer.denials().len()), (3, 1));
    let refused = r.open(&grant, &answer).unwrap_err();
    let unreleased = matches!(
        &refused,
        ExchangeError::Unreleased {
            released: 0,
            needed: 2,
            ..
        }
    );
    assert!(unreleased, "{refused}");
}

/// What was released before a journey opens on the way, while the grant lasts; not afterwards.
#[test]
fn what_was_released_opens_as_long_as_the_grant_lasts() {
    let mut r = Region::new();
    let grant = r.grant();
    let answer = r.answer(&grant);
    let key = r.west.key(Role::Open);
    let held = r.council.check_grant(&grant).unwrap();
    let window = held.terms().window;
    let last = UnixTime::from_secs(window.until().as_secs() - 1).unwrap();
    for (at, opens) in [
        (now(), true),
        (now().after(86_400), true),
        (last, true),
        (window.until().after(86_400), false),
    ] {
        assert_eq!(held.open(&answer, key, at).is_ok(), opens, "{at}");
    }
}

#[test]
fn a_notice_that_is_due_at_once_is_not_held_back() {
    let past = UnixTime::from_secs(now().as_secs() - 1).unwrap();
    for (notify_after, entries) in [(past, 1), (now(), 1), (now().after(1), 2)] {
        let mut r = Region::new();
        let (request, mut given) = (r.request(), r.given());
        given.notify_after = notify_after;
        let done = r.book.grant(&mut r.parties, &request, &[], &given, now());
        assert!(done.is_ok());
        assert_eq!(r.book.log().size(), entries);
        let told = history(&mut r, HistoryOptions::default());
        assert_eq!(told.items.is_empty(), entries == 2);
    }
}
