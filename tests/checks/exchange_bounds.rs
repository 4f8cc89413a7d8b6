//! How long what travels may be, whose it must be, and what a book does with what it may not use.

use crate::exchange_support::{HEALTH, Region, SUBJECT, card_parts};
use crate::grant_support::now;
use billetbook::audit::{NoteKey, NoteSigner, PolicyError, ProofError};
use billetbook::clock::UnixTime;
use billetbook::consent::{Gateway, LawfulBasis, Mode, Purpose, Request};
use billetbook::exchange::{
    Card, CardError, CardParts, Emergency, ExchangeError, GateAnswer, GrantRequest, LONGEST_ABOUT,
    LONGEST_CONSENT, Refusal, RefusalPacket, Refusing, WitnessAnswer,
};
use billetbook::gate::Denial;
use billetbook::grant::{EmergencyReason, GrantError, RefusalReason};
use billetbook::keys::{KeyProvider, KeyRefused, Role};
use billetbook::record::Section;

#[test]
fn a_request_names_fifteen_sections_and_its_child_in_200_bytes_at_most() {
    let r = Region::new();
    let key = r.west.key(Role::Open);
    for (about, sections, fits) in [
        (LONGEST_ABOUT, 15, true),
        (LONGEST_ABOUT + 1, 1, false),
        (LONGEST_ABOUT + 2, 1, false),
        (1, 16, false),
        (1, 17, false),
    ] {
        let named = (0..sections).map(|n| format!("part_{n:02}").parse().unwrap());
        let asked = Request {
            sections: named.collect(),
            ..r.asked()
        };
        let text = "x".repeat(about);
        match r.council.request(asked.clone(), &text, key, now()) {
            Ok(made) => {
                let read = GrantRequest::decode(&made.encode()).unwrap();
                assert!(fits && read == made && *read.asked() == asked && read.about() == text);
            }
            Err(e) => assert!(!fits && matches!(e, ExchangeError::Long), "{e}"),
        }
    }
}

#[test]
fn a_request_goes_with_the_record_of_the_key_that_signs_it() {
    let r = Region::new();
    let key = r.west.key(Role::Open);
    let records = r.west.card.records().iter();
    let other = r.oak.root.certify(r.oak.key(Role::Open).request());
    for record in records.chain([&other]) {
        let made = GrantRequest::make(r.asked(), "R-17", (key, record), now());
        assert_eq!(made.is_ok(), record.id() == key.key_id(), "{record:?}");
    }
}

const CONSENT: &str = "answer = \"given\"\ngiver = \"subject\"\ncapacity = \"competent\"\n\
    organisations = [\"harbour\"]\nroles = [\"family_worker\"]\nsections = [\"personal\"]\n\
    purposes = [\"early_help\"]\nmode = \"content\"\nfrom = 2026-05-01\nuntil = 2026-11-01\n\
    ask_again = 2026-09-01\n#";

#[test]
fn a_consent_is_kept_up_to_64_kib() {
    let mut r = Region::new();
    for (length, fits) in [
        (LONGEST_CONSENT, true),
        (LONGEST_CONSENT + 1, false),
        (LONGEST_CONSENT + 2, false),
    ] {
        let text = format!("{CONSENT}{}", "x".repeat(length - CONSENT.len()));
        let kept = r.book.keep_consent(SUBJECT, &text);
        assert_eq!(kept.is_ok(), fits, "{length}");
    }
    assert_eq!(r.book.consents(SUBJECT).unwrap().len(), 1);
}

#[test]
fn why_a_gate_refuses_is_cut_to_1024_bytes_between_characters() {
    let words = |origin: String| {
        let unknown = PolicyError::UnknownLog { origin };
        let denial = Denial::Proof(ProofError::Policy(unknown));
        let refusal = Refusal::from(&denial);
        let answer = GateAnswer::Denied(refusal.clone());
        assert_eq!(GateAnswer::decode(&answer.encode()).unwrap(), answer);
        (denial.to_string(), refusal.words)
    };
    let around = words(String::new()).0.len();
    for long in [1023, 1024, 1025, 1026, 9_000] {
        let (whole, cut) = words("x".repeat(long - around));
        assert_eq!(cut.len(), long.min(1024));
        assert!(whole.starts_with(&cut));
    }
    let (_, cut) = words("\u{e9}".repeat(4_000));
    assert!(cut.len() == 1024 || cut.len() == 1023, "{}", cut.len());
}

#[test]
fn a_card_takes_the_place_of_the_own_one_where_it_is_newer_of_the_same_root_and_log() {
    let mut r = Region::new();
    let author = r.oak.key(Role::Issue);
    let parts = || card_parts("oakfield", &r.oak.root, &r.oak.ring);
    let make = |parts: CardParts, at: UnixTime| Card::make(parts, author, at).unwrap();
    let other_log = NoteKey::new("oakfield/other", r.oak.key(Role::Log)).unwrap();
    let other_log = other_log.verifier().to_string();
    let witness = parts().log_policy;
    let witness = witness.lines().nth(1).unwrap();
    let renamed = CardParts {
        log_policy: format!("log {other_log}\n{witness}\nquorum own\n"),
        ..parts()
    };
    let later = now().after(10);
    let past = UnixTime::from_secs(now().as_secs() - 1).unwrap();
    let (same, older) = (make(parts(), now()), make(parts(), past));
    let (newer, renamed) = (make(parts(), later), make(renamed, later));
    let west_parts = card_parts("westshire", &r.west.root, &r.west.ring);
    let west = Card::make(west_parts, r.west.key(Role::Issue), later).unwrap();
    for other in [&same, &older, &west] {
        let refused = r.book.replace_card(other);
        let author = matches!(refused, Err(ExchangeError::Card(CardError::Author)));
        assert!(author, "{refused:?}");
    }
    let refused = r.book.replace_card(&renamed);
    assert!(matches!(refused, Err(ExchangeError::Card(CardError::Log))));
    assert_eq!(r.book.card(), &r.oak.card);
    r.book.replace_card(&newer).unwrap();
    assert_eq!(r.book.card(), &newer);
    assert_eq!(r.oak.open().card(), &newer);
    r.grant();
}

#[test]
fn a_book_s_receivers_are_its_keys_that_open() {
    let r = Region::new();
    let mut names: Vec<_> = r.book.receivers().map(|k| k.name().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["duty manager", "duty officer", "records team"]);
}

#[test]
fn a_grant_that_tells_of_existence_comes_without_the_record_and_opens_nothing() {
    let mut r = Region::new();
    let full = r.grant();
    let answer = r.answer(&full);
    let asked = Request {
        purpose: Purpose::Safeguarding,
        mode: Mode::Existence,
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11),
        ..r.asked()
    };
    let key = r.west.key(Role::Open);
    let request = r.council.request(asked, "R-17", key, now()).unwrap();
    let given = r.given();
    let packet = r
        .book
        .grant(&mut r.parties, &request, &[], &given, now())
        .unwrap();
    assert!(packet.envelope.is_empty() && packet.deposits.is_empty());
    let held = r.council.check_grant(&packet).unwrap();
    let asked = held.ask((None, None), vec![1], key, now());
    assert!(matches!(
        asked,
        Err(ExchangeError::Grant(GrantError::Existence))
    ));
    let opened = held.open(&answer, key, now());
    assert!(matches!(opened, Err(ExchangeError::NoEnvelope)));
}

#[test]
fn a_grant_with_another_envelope_than_its_own_is_refused() {
    let mut r = Region::new();
    let first = r.grant();
    let sections: [(Section, &[u8]); 2] =
        [(Section::Personal, b"another"), (Section::Health, HEALTH)];
    let sealed = r.book.seal(&mut r.parties, "another", &sections, now());
    r.envelope = sealed.unwrap();
    let second = r.grant();
    assert!(r.council.check_grant(&first).is_ok(), "control");
    let mut mixed = first.clone();
    mixed.envelope.clone_from(&second.envelope);
    mixed.deposits.clone_from(&second.deposits);
    let refused = r.council.check_grant(&mixed);
    assert!(matches!(refused, Err(ExchangeError::OtherEnvelope)));
}

#[test]
fn a_witness_answers_in_one_line() {
    let read = |text: &str| WitnessAnswer::parse(text.as_bytes());
    let long = format!("refused: {}\n", "\u{e9}".repeat(600));
    let short = "\u{e9}".repeat(500);
    for (text, answer) in [
        ("seen 7\n", WitnessAnswer::Seen(7)),
        ("refused: why\n", WitnessAnswer::Refused("why".into())),
        (&long, WitnessAnswer::Refused(short)),
    ] {
        let found = read(text).unwrap();
        assert_eq!(found, answer);
        assert_eq!(read(&found.to_string()).unwrap(), answer);
    }
    for none in [
        "",
        "seen 7",
        "seen 7\nseen 8\n",
        "seen x\n",
        "refused: a\n\n",
    ] {
        let refused = read(none);
        assert!(
            matches!(refused, Err(ExchangeError::WitnessForm)),
            "{none:?}"
        );
    }
    assert!(WitnessAnswer::parse(b"seen \xff\n").is_err());
}

/// The first emergency of each officer and each day has the number 1.
#[test]
fn emergencies_are_counted_by_officer_and_day() {
    let mut r = Region::new();
    let officers = r.west.ring.keys().iter();
    let officers = officers.filter(|k| k.request().role() == Role::BreakGlass);
    let officers: Vec<_> = officers.collect();
    let asked = Request {
        purpose: Purpose::Safeguarding,
        basis: LawfulBasis::VitalInterests,
        ..r.asked()
    };
    let mut asked = asked;
    asked.recipient.role = "duty_desk".parse().unwrap();
    let request = r.council.request(asked, "R-17", officers[0], now());
    let given = r.given();
    let grant = r
        .book
        .grant(&mut r.parties, &request.unwrap(), &[], &given, now())
        .unwrap();
    let next = |r: &Region, n: usize, at| {
        let key = officers[n].key_id();
        r.council.next_emergency(key, at).unwrap()
    };
    assert_eq!(next(&r, 0, now()), 1);
    for budget in [1, 2] {
        let emergency = Emergency {
            officers: [officers[0], officers[1]],
            reason: EmergencyReason::RiskToLife,
            why: "made up",
            budget,
        };
        r.council.ask_emergency(&grant, &emergency, now()).unwrap();
    }
    let midnight: UnixTime = "2026-05-05T00:00:00Z".parse().unwrap();
    let before = UnixTime::from_secs(midnight.as_secs() - 1).unwrap();
    assert_eq!(next(&r, 0, before), 3, "the same day");
    assert_eq!(next(&r, 0, midnight), 1, "the next day");
    assert_eq!(next(&r, 1, now()), 1, "the other officer");
}

#[test]
fn a_refusal_is_known_by_how_it_begins() {
    let mut r = Region::new();
    let request = r.request();
    let refusing = Refusing {
        envelope: r.envelope,
        reason: RefusalReason::RiskOfHarm,
        why: "made up",
    };
    let refusal = r
        .book
        .refuse(&mut r.parties, &request, &refusing, now())
        .unwrap();
    assert!(RefusalPacket::is(&refusal.encode()));
    assert!(!RefusalPacket::is(&r.grant().encode()));
    assert!(!RefusalPacket::is(b""));
}

#[test]
fn a_key_that_no_card_certifies_cannot_ask() {
    let r = Region::new();
    let window = billetbook::clock::Window::new(now(), UnixTime::LAST).unwrap();
    let key = billetbook::keys::RoleKeys::generate(Role::Open, "made up", window).unwrap();
    let refused = r.council.request(r.asked(), "R-17", &key, now());
    assert!(matches!(
        refused,
        Err(ExchangeError::Key(KeyRefused::Unknown(_)))
    ));
}

#[test]
fn a_book_counts_every_envelope_it_sealed() {
    let mut r = Region::new();
    let sections: [(Section, &[u8]); 1] = [(Section::Health, HEALTH)];
    let sealed = r.book.seal(&mut r.parties, "another", &sections, now());
    let mut all = [r.envelope, sealed.unwrap()];
    let mut found = r.book.all_envelopes().unwrap();
    all.sort_by_key(|id| id.0);
    found.sort_by_key(|id| id.0);
    assert_eq!(found, all);
}

/// A request that was not answered yet is sent again; another one is not answered for it.
#[test]
fn what_is_asked_again_is_the_same_request_only_for_the_same_slots_and_purpose() {
    let mut r = Region::new();
    let mut asked = r.asked();
    asked.sections.insert(Section::Personal);
    asked.purpose = Purpose::ChildProtection;
    let key = r.west.key(Role::Open);
    let request = r.council.request(asked, "R-17", key, now()).unwrap();
    let mut given = r.given();
    given.most_opens = 3;
    let grant = r
        .book
        .grant(&mut r.parties, &request, &[], &given, now())
        .unwrap();
    let slots = r.council.check_grant(&grant).unwrap().terms().slots;
    let one: Vec<u8> = slots.iter().take(1).collect();
    let one = billetbook::grant::Slots::new(slots.count(), &one);
    let mut ask = |slots, purpose| {
        let made = r.council.ask(&grant, (slots, purpose), key, now());
        made.unwrap().request
    };
    let all = ask(None, None);
    let part = ask(one, None);
    let enquiry = ask(None, Some(Purpose::Section47Enquiry));
    assert_eq!(part.slots(), one.unwrap());
    assert_eq!(enquiry.purpose(), Purpose::Section47Enquiry);
    assert_eq!(
        [&all, &part, &enquiry].map(|r| r.ordinals()[0]),
        [1, 2, 3],
        "each takes a use of its own"
    );
    for (again, before) in [
        (ask(None, None), &all),
        (ask(Some(slots), Some(Purpose::ChildProtection)), &all),
        (ask(one, None), &part),
        (ask(None, Some(Purpose::Section47Enquiry)), &enquiry),
    ] {
        assert_eq!(again.id(), before.id());
    }
}
