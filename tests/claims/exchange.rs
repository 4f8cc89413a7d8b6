//! Claims of the room that joins: request, decision, grant, log, release, opening, history.

use crate::exchange_support::{
    Agency, HEALTH, Reaching, Region, SUBJECT, WHY, card_parts, contents, history, opened, ring,
    said,
};
use crate::grant_support::now;
use billetbook::consent::{LawfulBasis, Purpose};
use billetbook::exchange::{
    Card, Emergency, ExchangeError, GrantRequest, HistoryOptions, Refusing, Released, To, What,
};
use billetbook::gate::GateStore;
use billetbook::grant::{EmergencyReason, ErasureGround, RefusalReason, RevocationReason};
use billetbook::keys::{KeyProvider, Role, RoleKeys, Root};

#[test]
fn exc_1_nothing_is_handed_out_before_its_entry_is_logged_and_witnessed() {
    let mut r = Region::new();
    let (request, given) = (r.request(), r.given());
    let mut unwitnessed = Reaching {
        parties: &mut r.parties,
        reached: |to: &To| matches!(to, To::Gate(_)),
    };
    let done = r.book.grant(&mut unwitnessed, &request, &[], &given, now());
    assert!(matches!(done, Err(ExchangeError::Unwitnessed { .. })));
    // With the witness, the same is granted, and opens.
    let grant = r.grant();
    let ask = r
        .council
        .ask(&grant, (None, None), r.west.key(Role::Open), now())
        .unwrap();
    let mut asked = 0;
    let mut unwitnessed = Reaching {
        parties: &mut r.parties,
        reached: |to: &To| {
            asked += usize::from(matches!(to, To::Gate(_)));
            matches!(to, To::Gate(_))
        },
    };
    // The grants are proven in a tree that was witnessed before; what is new is not.
    let done = r.book.answer(&mut unwitnessed, &ask, now());
    assert!(matches!(done, Err(ExchangeError::Unwitnessed { .. })));
    assert_eq!(asked, 0, "no gate was asked");
    let told = history(&mut r, HistoryOptions::default());
    assert_eq!(
        opened(&told),
        [Released::No],
        "it is in the log, and opened nothing"
    );
    let answer = r.book.answer(&mut r.parties, &ask, now()).unwrap();
    assert_eq!(contents(&r.open(&grant, &answer).unwrap()), [HEALTH]);
    let told = history(&mut r, HistoryOptions::default());
    assert_eq!(
        opened(&told),
        [Released::Yes],
        "the same request, logged once"
    );
}

#[test]
fn exc_2_who_an_organisation_is_its_accepted_card_says_and_never_the_request() {
    let mut r = Region::new();
    let given = r.given();
    // A school of another name, whose card was accepted too, asks in the council's name.
    let other = Agency::new("harbour", "Harbour");
    r.book.accept(&other.card).unwrap();
    let key = other.key(Role::Open);
    let record = other.root.certify(KeyProvider::request(key));
    let make = |asked| GrantRequest::make(asked, "R-17", (key, &record), now()).unwrap();
    let request = make(r.asked());
    let done = r.book.grant(&mut r.parties, &request, &[], &given, now());
    assert!(matches!(done, Err(ExchangeError::OtherOrganisation { .. })));
    // Nor does a card take another organisation's name.
    let (root, ring) = (Root::generate("Westshire Council").unwrap(), ring());
    let parts = card_parts("westshire", &root, &ring);
    let forged = Card::make(parts, ring.of(Role::Issue).unwrap(), now()).unwrap();
    let done = r.book.accept(&forged);
    assert!(matches!(done, Err(ExchangeError::OrganisationTaken { .. })));
    // Nor is a request to another agency decided here.
    let mut elsewhere = r.asked();
    elsewhere.source = "westshire-nhs".parse().unwrap();
    let request = r
        .council
        .request(elsewhere, "R-17", r.west.key(Role::Open), now())
        .unwrap();
    let done = r.book.grant(&mut r.parties, &request, &[], &given, now());
    assert!(matches!(done, Err(ExchangeError::OtherSource { .. })));
    // The council itself is granted it.
    r.grant();
}

#[test]
fn exc_3_a_history_tells_every_opening_and_says_where_it_may_miss_one() {
    let mut r = Region::new();
    let grant = r.grant();
    for _ in 0..2 {
        let answer = r.answer(&grant);
        r.open(&grant, &answer).unwrap();
    }
    let refusing = Refusing {
        envelope: r.envelope,
        reason: RefusalReason::NotNecessary,
        why: WHY,
    };
    let request = r.request();
    r.book
        .refuse(&mut r.parties, &request, &refusing, now())
        .unwrap();
    let purpose = r.asked().purpose;
    r.book
        .withhold(&mut r.parties, purpose, &refusing, now())
        .unwrap();
    let told = history(&mut r, HistoryOptions::default());
    assert_eq!(opened(&told), [Released::Yes, Released::Yes]);
    assert!(told.is_complete() && told.alarms.is_empty());
    assert_eq!(told.items.len(), 5);
    assert!(matches!(told.items[3].what, What::Refused { .. }));
    assert!(matches!(told.items[4].what, What::Withheld { .. }));
    let text = said(&told);
    for words in [
        "Westshire Council (records team) opened: Health.",
        "What for: a child protection enquiry or strategy discussion.",
        "Legal ground: a public task under Children Act 1989 s.47",
        "asked for your record and did not get it.",
        "decided not to.",
        "This list is complete",
        "colocated",
        "Nobody outside the agency keeps watch over the list",
        "This list tells that your record was opened 2 times. Others asked and were refused once.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // Two of three lists miss nothing; one may.
    let mut through = |silent: usize| {
        let mut left = silent;
        let mut some = Reaching {
            parties: &mut r.parties,
            reached: |_: &To| {
                let dead = left > 0;
                left = left.saturating_sub(1);
                !dead
            },
        };
        let options = HistoryOptions::default();
        r.book.history(&mut some, SUBJECT, options, now()).unwrap()
    };
    let told = through(1);
    assert!(told.is_complete());
    assert_eq!(opened(&told), [Released::Yes, Released::Yes]);
    let told = through(2);
    assert!(!told.is_complete());
    assert_eq!(opened(&told), [Released::Perhaps, Released::Perhaps]);
    assert!(
        said(&told).contains("not proven complete"),
        "{}",
        said(&told)
    );
    // Nobody else's record shows.
    let other = r
        .book
        .history(&mut r.parties, "another", HistoryOptions::default(), now());
    assert!(other.unwrap().envelopes.is_empty());
}

#[test]
fn exc_4_what_may_not_be_told_yet_leaves_no_trace_in_what_is_handed_out() {
    let told = |held: bool| {
        let mut r = Region::new();
        let mut given = r.given();
        given.notify_after = now().after(30 * 86_400);
        let request = r.request();
        if held {
            let grant = r.book.grant(&mut r.parties, &request, &[], &given, now());
            let answer = r.answer(&grant.unwrap());
            assert_eq!(answer.releases().len(), 3);
        }
        let shown = history(&mut r, HistoryOptions::default());
        let internal = HistoryOptions {
            with_held: true,
            with_reasons: true,
        };
        (shown, history(&mut r, internal), r)
    };
    let ((nothing, _, _), (held, internal, mut r)) = (told(false), told(true));
    assert!(held.items.is_empty());
    assert_eq!(
        held.closing(),
        nothing.closing(),
        "the same words either way"
    );
    // The grant, the word that holds it back, and the opening.
    assert_eq!(internal.items.len(), 3);
    assert!(said(&internal).contains(WHY));
    assert!(said(&internal).contains("do not hand this on"));
    // After the hold it is told, without the reasons as written down.
    let later = now().after(31 * 86_400);
    let options = HistoryOptions::default();
    let shown = r
        .book
        .history(&mut r.parties, SUBJECT, options, later)
        .unwrap();
    assert_eq!(shown.items.len(), 3);
    assert!(!said(&shown).contains(WHY));
}

#[test]
fn exc_7_a_revocation_ends_a_grant_at_the_gates_and_stands_in_the_history() {
    let mut r = Region::new();
    let grant = r.grant();
    let entry = grant.grants[0].entry();
    let first = r.answer(&grant);
    r.open(&grant, &first).unwrap();
    let consent = (RevocationReason::ConsentWithdrawn, WHY);
    let done = r.book.revoke(&mut r.parties, entry, consent, now());
    assert!(done.is_err(), "it does not rest on consent");
    let reason = (RevocationReason::PurposeServed, WHY);
    let ended = r.book.revoke(&mut r.parties, entry, reason, now()).unwrap();
    assert!(ended.ended.is_final() && ended.unreached.is_empty());
    let second = r.answer(&grant);
    assert!(second.releases().is_empty());
    let refused = r.open(&grant, &second).unwrap_err().to_string();
    assert!(refused.contains("was revoked"), "{refused}");
    let told = history(&mut r, HistoryOptions::default());
    assert_eq!(opened(&told), [Released::Yes, Released::No]);
    assert!(said(&told).contains("was ended"), "{}", said(&told));
}

#[test]
fn exc_8_an_erased_record_opens_no_more_and_an_erased_entry_is_still_known_as_one() {
    let mut r = Region::new();
    let grant = r.grant();
    let answer = r.answer(&grant);
    let entry = answer.request.entry();
    let by = (ErasureGround::PersonAsked, r.oak.key(Role::Open) as _);
    r.book
        .erase_entry(&mut r.parties, entry, by, now())
        .unwrap();
    let told = history(&mut r, HistoryOptions::default());
    assert!(told.is_complete());
    assert!(matches!(
        told.items[1].what,
        What::Erased {
            released: Released::Yes
        }
    ));
    assert!(matches!(
        told.items[2].what,
        What::EntryErased {
            erased: Some(1),
            ..
        }
    ));
    let ended = r.book.erase_envelope(&mut r.parties, r.envelope, by, now());
    assert!(ended.unwrap().ended.is_final());
    let after = r.answer(&grant);
    assert!(after.releases().is_empty());
    let told = history(&mut r, HistoryOptions::default());
    assert!(said(&told).contains("closed for good"));
}

#[test]
fn exc_12_an_emergency_takes_two_officers_and_stands_out_in_the_history_with_reasons_for_the_auditor()
 {
    let mut r = Region::new();
    let officers = r.west.ring.keys().iter();
    let officers = officers.filter(|k| k.request().role() == Role::BreakGlass);
    let [first, second]: [&RoleKeys; 2] = officers.collect::<Vec<_>>().try_into().unwrap();
    let mut asked = r.asked();
    asked.recipient.role = "duty_desk".parse().unwrap();
    asked.purpose = Purpose::Safeguarding;
    asked.basis = LawfulBasis::VitalInterests;
    let request = r.council.request(asked, "R-17", first, now()).unwrap();
    let mut given = r.given();
    given.most_opens = 3;
    let grant = r.book.grant(&mut r.parties, &request, &[], &given, now());
    let grant = grant.unwrap();
    // Without an emergency it opens nothing, nor with one officer twice.
    assert!(r.council.ask(&grant, (None, None), first, now()).is_err());
    // Another text than why it was granted.
    let declared = "Jwplokk, as two officers saw it";
    let emergency = |officers, budget| Emergency {
        officers,
        reason: EmergencyReason::RiskToLife,
        why: declared,
        budget,
    };
    let alone = r
        .council
        .ask_emergency(&grant, &emergency([first, first], 1), now());
    assert!(alone.is_err());
    for budget in [1, 2] {
        let both = emergency([first, second], budget);
        let ask = r.council.ask_emergency(&grant, &both, now()).unwrap();
        let answer = r.book.answer(&mut r.parties, &ask, now()).unwrap();
        let opened = r.council.check_grant(&grant).unwrap();
        let opened = opened.open(&answer, first, now()).unwrap();
        assert_eq!(contents(&opened), [HEALTH]);
    }
    let next = r.council.next_emergency(first.key_id(), now()).unwrap();
    assert_eq!(next, 3, "the book counts what it asked for");
    // Gates bound an officer's emergencies of a day: here two.
    let third = emergency([first, second], 3);
    let ask = r.council.ask_emergency(&grant, &third, now()).unwrap();
    let answer = r.book.answer(&mut r.parties, &ask, now()).unwrap();
    assert!(answer.releases().is_empty());
    let told = history(&mut r, HistoryOptions::default());
    assert_eq!(opened(&told), [Released::Yes, Released::Yes, Released::No]);
    let text = said(&told);
    assert!(text.contains("in an emergency only"), "{text}");
    let words =
        "An emergency: someone's life is at risk. Westshire Council (duty manager) agreed to it";
    assert!(text.contains(words) && !text.contains("Jwplokk"), "{text}");
    let internal = HistoryOptions {
        with_held: true,
        with_reasons: true,
    };
    assert!(
        said(&history(&mut r, internal)).contains(declared),
        "the holder's owner reads them"
    );
}

#[test]
fn exc_9_neither_the_child_s_reference_nor_written_reasons_lie_open_in_a_book() {
    let mut r = Region::new();
    r.grant();
    let mut kept = Vec::new();
    for space in 0..=u8::MAX {
        for row in r.oak.shelf.rows(space, b"").unwrap() {
            kept.extend(row.key);
            kept.extend(row.value);
        }
    }
    assert!(kept.len() > 10_000, "the billet is there");
    for secret in [SUBJECT, WHY, "Qvzzykx", "Jwplokk"] {
        assert!(
            memchr::memmem::find(&kept, secret.as_bytes()).is_none(),
            "{secret}"
        );
    }
    let shown = format!("{:?} {:?} {:?}", r.book, r.request(), r.book.card());
    assert!(!shown.contains("R-17") && !shown.contains(SUBJECT));
    // The book itself reads them.
    assert_eq!(&**r.book.subject(r.envelope).unwrap(), SUBJECT);
    assert_eq!(r.oak.open().envelopes(SUBJECT).unwrap(), [r.envelope]);
}

#[test]
fn exc_15_an_older_copy_of_the_log_hides_no_opening_from_a_history() {
    let mut r = Region::new();
    let grant = r.grant();
    let before = r.oak.disk.snapshot();
    let answer = r.answer(&grant);
    r.open(&grant, &answer).unwrap();
    let told = history(&mut r, HistoryOptions::default());
    assert!(told.is_complete() && told.alarms.is_empty());
    // The log goes back to before the opening. The gates have it on their lists.
    r.oak.disk.restore(&before);
    r.book = r.oak.open();
    let told = history(&mut r, HistoryOptions::default());
    assert!(!told.is_complete());
    assert!(
        told.alarms.iter().any(|a| a.contains("does not hold")),
        "{:?}",
        told.alarms
    );
    assert!(said(&told).contains("WARNING"));
    assert!(matches!(
        told.items[1].what,
        What::Lost {
            released: Released::Yes
        }
    ));
}
