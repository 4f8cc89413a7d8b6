use crate::crash::signer;
use crate::gate_support::Book;
use crate::grant_support::{asked, now};
use billetbook::audit::{Hash, Kind, LONGEST_PATH, OpeningError};
use billetbook::clock::UnixTime;
use billetbook::gate::{Ask, Denial, Ended, OpenKeyError, Release};
use billetbook::grant::{AccessRequest, Asked, EmergencyReason};
use billetbook::keys::{KeyProvider, PublicKeys};
use billetbook::record::Section;

/// The same number twice in a day, at another hour; on the next day it counts anew.
#[test]
fn an_officer_s_emergencies_are_counted_by_the_day_and_not_by_the_hour() {
    let mut book = Book::new();
    let grant = book.region.emergency_grant();
    let grant = book.grant(&grant);
    let mut handle = |uses: u16, at: UnixTime| {
        let [one, two] = &book.region.council.officers;
        let auditor = book.region.council.record(&book.region.council.open);
        let asked = Asked {
            uses: vec![uses],
            ..asked(grant.chain())
        };
        let why = (EmergencyReason::RiskToLife, "made up", &auditor);
        let request = AccessRequest::make_emergency(grant.chain(), asked, [one, two], why, 1, at);
        let index = book
            .logged
            .append(Kind::BreakGlass, request.unwrap().encode());
        let signed = book.logged.cosigned(2, at);
        let request = book.logged.evidence(index, &signed);
        let seen = book.gate(0).seen(signer().key().name()).unwrap();
        let seen = seen.map_or(0, |s| s.size);
        let grant_at = book.logged.evidence(0, &signed);
        let ask = Ask {
            consistency: book.logged.since(seen, &request),
            grants: vec![grant_at],
            request,
            seen,
        };
        book.gate(0).handle(&ask, &book.region.keys, at)
    };
    assert!(handle(1, now()).is_ok(), "control");
    for later in [1, 3_600, 12 * 3_600] {
        let again = handle(2, now().after(later));
        let denied = matches!(again, Err(Denial::Budget { found: 1, most: 2 }));
        assert!(denied, "{later} s later: {again:?}");
    }
    assert!(handle(2, now().after(86_400)).is_ok(), "the next day");
}

#[test]
fn what_a_gate_has_seen_of_one_log_is_not_said_of_another() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    book.release(0, &request).unwrap();
    let name = signer().key().name().to_owned();
    let gate = book.gate(0);
    assert_eq!(gate.seen(&name).unwrap().map(|s| s.size), Some(2));
    for other in [
        "",
        "other.example/log",
        &name[..name.len() - 1],
        &format!("{name}x"),
    ] {
        assert_eq!(gate.seen(other).unwrap(), None, "{other}");
    }
}

#[test]
fn a_request_to_a_gate_holds_as_many_hashes_as_the_longest_proof_has() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let most = 2 * LONGEST_PATH;
    let with = |hashes: usize| request.ask(7, vec![Hash([5; 32]); hashes]).encode();
    let read = Ask::decode(&with(most)).unwrap();
    assert_eq!((read.seen, read.consistency.len()), (7, most));
    assert!(matches!(Ask::decode(&with(most + 1)), Err(Denial::Wire(_))));
}

#[test]
fn what_is_wrong_with_an_opening_is_said() {
    let unread = billetbook::audit::Opening::unproven(b"").unwrap_err();
    assert!(matches!(unread, OpeningError::Wire(_)));
    assert!(matches!(Denial::from(unread), Denial::Wire(_)));
    let other = Denial::from(OpeningError::OtherLeaf);
    assert!(matches!(other, Denial::OtherKind));
}

#[test]
fn a_gate_shows_its_key_s_id_and_no_more() {
    let book = Book::new();
    let gate = book.gate(1);
    assert_eq!(format!("{gate:?}"), format!("Gate({:?})", gate.key_id()));
}

#[test]
fn how_far_an_end_has_come_is_said_in_words() {
    let ended = |acked, needed, pending| Ended {
        acked,
        needed,
        pending,
    };
    for (ended, is_final, words) in [
        (ended(2, 2, 0), true, "ended: nothing more is released"),
        (ended(3, 2, 0), true, "ended: nothing more is released"),
        (ended(1, 2, 0), false, "ended at 1 of the 2 gates needed"),
        (ended(1, 2, 1), false, "ended at 1 of the 2 gates needed"),
        (
            ended(2, 2, 1),
            false,
            "ended at 2 gates; 1 requests that were under way can still be opened until the others have it",
        ),
    ] {
        assert_eq!(
            (ended.is_final(), ended.to_string().as_str()),
            (is_final, words)
        );
    }
}

/// Sealed to the same recipient for another request of the same grant, and signed by the gate itself.
#[test]
fn shares_released_for_one_request_do_not_open_as_another_s() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let slot = book.region.slot(&Section::Health);
    let requests = book.requests(&grant, &[1, 2]);
    let [mut first, second] = [0, 1].map(|n| {
        let releases = [0, 1].map(|g| book.release(g, &requests[n]).unwrap());
        let opened = book.open(&requests[n], slot, &releases, &book.region.council.open);
        assert_eq!(opened.unwrap(), b"health", "control");
        releases
    });
    let bytes = |from: &[u8], sealed: &[u8]| {
        let length = PublicKeys::WRAP_OVERHEAD + 32 * 2;
        let signed = from.len() - 64;
        let other = &sealed[signed - length..signed];
        let message = [&from[..signed - length], other].concat();
        let label = b"billetbook/1 release-signature\0";
        let signature = book.region.gates[0].sign(label, &message).unwrap();
        [message, signature.to_vec()].concat()
    };
    let own = first[0].encode();
    assert_eq!(bytes(&own, &own), own, "control: signed as the gate signs");
    first[0] = Release::decode(&bytes(&own, &second[0].encode())).unwrap();
    let opened = book.open(&requests[0], slot, &first, &book.region.council.open);
    assert!(matches!(opened, Err(OpenKeyError::Refused)), "{opened:?}");
}

/// A proof of the largest tree there can be, as text, in a request to a gate.
#[test]
fn the_longest_proof_travels_to_a_gate() {
    let mut book = Book::new();
    let grant = book.region.grant();
    let grant = book.grant(&grant);
    let request = book.request(&grant, &[1]);
    let mut ask = request.ask(0, Vec::new());
    let text = ask.request.proof.to_string();
    let (head, rest) = text.split_once("\n\n").unwrap();
    let lines: Vec<&str> = head.lines().take(2).collect();
    let hash = Hash([5; 32]).to_string();
    let path = vec![hash; LONGEST_PATH].join("\n");
    let long = format!("{}\n{path}\n\n{rest}", lines.join("\n"));
    assert!(long.len() > 2_800);
    ask.request.proof = long.parse().unwrap();
    let read = Ask::decode(&ask.encode()).unwrap();
    assert_eq!(read.request.proof.to_string(), long);
}
