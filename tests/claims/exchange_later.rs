//! Claims about what comes later: keys in other hands, records sealed anew, endings said again.

use crate::exchange_support::{HEALTH, Region, SUBJECT, WHY, contents, first_gates, history};
use crate::grant_support::now;
use billetbook::clock::UnixTime;
use billetbook::consent::Policy;
use billetbook::exchange::{Courier, ExchangeError, GrantPacket, HistoryOptions, To};
use billetbook::grant::{ChainError, ErasureGround, GrantError, RevocationReason};
use billetbook::keys::{KeyProvider, KeyRefused, Role};
use billetbook::record::Section;

fn compromised<T: std::fmt::Debug>(done: Result<T, ExchangeError>) -> bool {
    let refused = |e: &KeyRefused| matches!(e, KeyRefused::Compromised { .. });
    match done {
        Err(ExchangeError::Key(e)) => refused(&e),
        Err(ExchangeError::Request(e)) => e.to_string().contains("compromised"),
        Err(ExchangeError::Chain(ChainError::Compromised { .. })) => true,
        Err(e) => e.to_string().contains("compromised"),
        Ok(_) => false,
    }
}

/// The book's parties learn what the book knows, at that time.
fn inform(r: &mut Region, at: UnixTime) {
    r.parties.set_keys(r.book.directory().clone());
    r.parties.set_time(at);
}

#[test]
fn exc_19_what_a_key_in_other_hands_signs_counts_no_more_and_what_was_witnessed_before_does() {
    let mut r = Region::new();
    let (before, mut given) = (r.grant(), r.given());
    let later = now().after(3_600);
    // The school's own issuing key. Its root is no longer with its computers.
    let author = r.oak.key(Role::Issue).key_id();
    let word = r.oak.root.compromised(author, now().after(60)).to_text();
    let forged = r.west.root.compromised(author, now()).to_text();
    assert!(r.book.compromised(&mut r.parties, &forged, later).is_err());
    let request = r.request();
    given.most_opens = 1;
    r.book
        .grant(&mut r.parties, &request, &[], &given, now())
        .unwrap();
    inform(&mut r, later);
    let size = r.book.log().size();
    for _ in 0..2 {
        let id = r.book.compromised(&mut r.parties, &word, later).unwrap();
        assert_eq!(id, author);
    }
    assert_eq!(r.book.log().size(), size + 1, "it is logged once");
    inform(&mut r, later);
    let done = r.book.grant(&mut r.parties, &request, &[], &given, later);
    assert!(compromised(done), "no grant");
    let reason = (RevocationReason::Mistake, WHY);
    let entry = before.grants[0].entry();
    let done = r.book.revoke(&mut r.parties, entry, reason, later);
    assert!(compromised(done), "no revocation");
    let by = (
        ErasureGround::PersonAsked,
        r.oak.key(Role::Open) as &dyn KeyProvider,
    );
    let done = r.book.erase_entry(&mut r.parties, entry, by, later);
    assert!(compromised(done), "no erasure");
    let sections: [(Section, &[u8]); 1] = [(Section::Health, HEALTH)];
    let done = r.book.seal(&mut r.parties, "another", &sections, later);
    assert!(compromised(done), "no envelope");
    // A book that is opened again knows it.
    r.book = r.oak.open();
    let done = r.book.grant(&mut r.parties, &request, &[], &given, later);
    assert!(compromised(done));
    // What witnesses had seen before opens as before.
    let mut own = r.west.parties(&r.council);
    own.set_time(later);
    let done = r.council.compromised(&mut own, &word, later);
    assert_eq!(done.unwrap(), author);
    let open = |r: &mut Region, packet: &GrantPacket, at| {
        let key = r.west.key(Role::Open);
        let ask = r.council.ask(packet, (None, None), key, at)?;
        let answer = r.book.answer(&mut r.parties, &ask, at)?;
        r.council.answered(&ask.request)?;
        let held = r.council.check_grant(packet)?;
        let opened = held.open(&answer, key, at)?;
        Ok(contents(&opened).concat())
    };
    assert_eq!(open(&mut r, &before, later).unwrap(), HEALTH);

    // Said to be so since before the grant was witnessed, the grant counts for nothing.
    let since = r.oak.root.compromised(author, now()).to_text();
    r.book.compromised(&mut r.parties, &since, later).unwrap();
    inform(&mut r, later);
    assert!(
        compromised(open(&mut r, &before, later)),
        "control: since before it"
    );

    // The recipient's key: it opens nothing more, and is granted nothing.
    let mut r = Region::new();
    let packet = r.grant();
    assert_eq!(open(&mut r, &packet, now()).unwrap(), HEALTH, "control");
    inform(&mut r, later);
    let word = r
        .west
        .root
        .compromised(r.west.key(Role::Open).key_id(), now());
    let done = r.book.compromised(&mut r.parties, &word.to_text(), later);
    done.unwrap();
    inform(&mut r, later);
    let key = r.west.key(Role::Open);
    let ask = r.council.ask(&packet, (None, None), key, later).unwrap();
    let done = r.book.answer(&mut r.parties, &ask, later);
    assert!(compromised(done));
    let (request, given) = (r.request(), r.given());
    let done = r.book.grant(&mut r.parties, &request, &[], &given, later);
    assert!(compromised(done));
}

#[test]
fn exc_20_a_record_sealed_anew_is_granted_under_the_policy_of_now_and_older_grants_last() {
    let mut r = Region::new();
    let older = r.envelope;
    let packet = r.grant();
    let example = include_str!("../../examples/policy.toml").replace("version = 3", "version = 4");
    r.book
        .confirm_policy(&Policy::parse(&example).unwrap(), now())
        .unwrap();
    let (request, given) = (r.request(), r.given());
    let done = r.book.grant(&mut r.parties, &request, &[], &given, now());
    assert!(
        matches!(done, Err(ExchangeError::Grant(GrantError::OtherPolicy))),
        "control: sealed under the policy before"
    );
    let sections: [(Section, &[u8]); 1] = [(Section::Health, b"asthma, better")];
    let at = now();
    assert!(
        r.book
            .reseal(&mut r.parties, "another", &sections, at)
            .is_err()
    );
    let (newer, before) = r
        .book
        .reseal(&mut r.parties, SUBJECT, &sections, at)
        .unwrap();
    assert_eq!(before, [older]);
    assert_eq!(r.book.current(SUBJECT).unwrap(), [newer]);
    assert_eq!(r.oak.open().current(SUBJECT).unwrap(), [newer]);
    assert_eq!(r.book.envelopes(SUBJECT).unwrap().len(), 2);
    let given = billetbook::exchange::Given {
        envelope: newer,
        ..given
    };
    let anew = r
        .book
        .grant(&mut r.parties, &request, &[], &given, at)
        .unwrap();
    for (packet, content) in [(&anew, &b"asthma, better"[..]), (&packet, HEALTH)] {
        let answer = r.answer(packet);
        assert_eq!(contents(&r.open(packet, &answer).unwrap()), [content]);
    }
    // One history tells of both; the older one is closed for good when it has ended.
    let told = history(&mut r, HistoryOptions::default());
    assert!(told.is_complete() && told.envelopes.len() == 2);
    let by = (
        ErasureGround::RetentionEnded,
        r.oak.key(Role::Open) as &dyn KeyProvider,
    );
    r.book
        .erase_envelope(&mut r.parties, older, by, at)
        .unwrap();
    let answer = r.answer(&packet);
    assert!(r.open(&packet, &answer).is_err());
    let answer = r.answer(&anew);
    assert!(r.open(&anew, &answer).is_ok());
}

#[test]
fn exc_21_what_ends_a_grant_or_a_record_said_again_reaches_the_others_and_is_logged_once() {
    let mut r = Region::new();
    let packet = r.grant();
    let entry = packet.grants[0].entry();
    let reason = (RevocationReason::Misuse, WHY);
    let by = (
        ErasureGround::PersonAsked,
        r.oak.key(Role::Open) as &dyn KeyProvider,
    );
    let mut sizes = Vec::new();
    for reached in [1, 3, 3] {
        let mut some = first_gates(&mut r.parties, reached);
        let ended = r.book.revoke(&mut some, entry, reason, now()).unwrap();
        assert_eq!(ended.ended.is_final(), reached == 3);
        sizes.push(r.book.log().size());
    }
    for reached in [1, 3, 3] {
        let mut some = first_gates(&mut r.parties, reached);
        let ended = r
            .book
            .erase_envelope(&mut some, r.envelope, by, now())
            .unwrap();
        assert_eq!(ended.ended.is_final(), reached == 3);
        sizes.push(r.book.log().size());
    }
    assert_eq!(sizes, [2, 2, 2, 3, 3, 3]);
    // For another reason it is another entry.
    let other = (RevocationReason::CourtOrder, WHY);
    r.book.revoke(&mut r.parties, entry, other, now()).unwrap();
    assert_eq!(r.book.log().size(), 4);
}

#[test]
fn exc_26_a_gate_that_answers_wrongly_keeps_no_other_from_hearing_of_an_end() {
    let mut r = Region::new();
    let packet = r.grant();
    let (entry, reason) = (packet.grants[0].entry(), (RevocationReason::Misuse, WHY));
    let by = (
        ErasureGround::PersonAsked,
        r.oak.key(Role::Open) as &dyn KeyProvider,
    );
    for size in [2, 3] {
        let parties = &mut r.parties;
        let (mut first, mut heard) = (true, 0);
        let mut wrong = |to: &To, message: &[u8]| match to {
            To::Gate(_) if std::mem::take(&mut first) => Ok(b"no answer of a gate".to_vec()),
            To::Gate(_) => {
                heard += 1;
                parties.carry(to, message)
            }
            To::Witness(_) => parties.carry(to, message),
        };
        let done = match size {
            2 => r.book.revoke(&mut wrong, entry, reason, now()),
            _ => r.book.erase_envelope(&mut wrong, r.envelope, by, now()),
        };
        let done = done.unwrap();
        assert_eq!((heard, r.book.log().size()), (2, size));
        assert_eq!(done.unreached.len(), 1, "it is told which gate and why");
        assert!(done.ended.is_final(), "two of three are enough");
    }
    let ended = r.book.erase_envelope(&mut r.parties, r.envelope, by, now());
    let ended = ended.unwrap();
    assert!(
        ended.ended.is_final() && ended.unreached.is_empty(),
        "control"
    );
}
