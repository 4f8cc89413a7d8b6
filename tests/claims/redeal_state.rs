//! What gates know of an envelope goes along when its shares are dealt anew, whatever is interrupted.

use crate::grant_support::{REQUEST_LABEL, narrower, now, offer};
use crate::redeal_support::{Moved, Moving};
use billetbook::audit::Kind;
use billetbook::gate::{Acknowledgement, Dealing, Denial, LoggedGrant, LoggedRequest, Taken};
use billetbook::grant::{AccessRequest, Asked, Offer, Revocation, RevocationReason};
use billetbook::keys::KeyProvider;
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

const NEW: [usize; 3] = [0, 3, 4];

fn granted(m: &mut Moving, most_opens: u16) -> LoggedGrant {
    let grant = m.book.region.grant_with(&Offer {
        most_opens,
        ..offer()
    });
    m.book.grant(&grant)
}

/// From the first two gates, which know different things, to others.
fn redeal(m: &mut Moving) -> Moved {
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    m.redeal((&from, &[0, 1, 2]), &[1, 2], (&to, &NEW))
}

#[test]
fn red_11_a_use_bound_before_is_bound_after_and_one_that_two_requests_were_given_is_nobody_s() {
    let mut m = Moving::new();
    let grant = granted(&mut m, 4);
    let all = m.book.requests(&grant, &[1, 2, 2, 3]);
    for (gate, request) in [(0, 0), (1, 0), (0, 1), (1, 2), (2, 2), (2, 3)] {
        m.release(gate, &all[request]).unwrap();
    }
    let reused = {
        // The first request's number on another request, which names a use that is free.
        let bytes = request_of(&all[0]).encode();
        let mut signed = bytes[..bytes.len() - 64].to_vec();
        *signed.last_mut().unwrap() = 4;
        let key = &m.book.region.council.open;
        let signature = key.sign(REQUEST_LABEL, &signed).unwrap();
        AccessRequest::decode(&[signed, signature.to_vec()].concat()).unwrap()
    };
    let first = redeal(&mut m);
    let check = |m: &mut Moving, gates: &[usize]| {
        let taken = |n: u16| move |e: Denial| matches!(e, Denial::UseTaken { index: 0, found } if found == n);
        let again = m.again(&all[0]);
        for gate in gates {
            assert!(
                m.release(*gate, &again).is_ok(),
                "what was released before is again"
            );
        }
        // Use 2 was given to two requests, one of which may have been opened: neither gets it now.
        for request in [1, 2] {
            let again = m.again(&all[request]);
            for gate in gates {
                assert!(
                    taken(2)(m.release(*gate, &again).unwrap_err()),
                    "{request} {gate}"
                );
            }
        }
        for (used, refused) in [(1, true), (2, true)] {
            let other = m.book.request(&grant, &[used]);
            for gate in gates {
                assert_eq!(m.release(*gate, &other).is_err(), refused);
            }
        }
        let other = m.book.enter(&grant, Kind::Request, &reused);
        for gate in gates {
            assert!(matches!(
                m.release(*gate, &other),
                Err(Denial::RequestReused)
            ));
        }
    };
    check(&mut m, &NEW);
    // Control: a use that no dealer had bound is free, although a gate that did not deal had: it can open nothing alone.
    let third = m.book.request(&grant, &[3]);
    for gate in NEW {
        assert!(m.release(gate, &third).is_ok());
    }
    let gates = m.new_gates(&first).unwrap();
    let releases = [3, 4].map(|i| m.release(i, &third).unwrap());
    assert!(m.open(&gates, &third, &releases).is_ok());
    // And once more, from gates that were told to gates that are.
    let (from, to) = (m.set(1, 2, &NEW), m.set(2, 2, &[5, 6, 7]));
    m.redeal((&from, &NEW), &[2, 3], (&to, &[5, 6, 7]));
    check(&mut m, &[5, 6, 7]);
    let fourth = m.book.request(&grant, &[3]);
    for gate in [5, 6, 7] {
        assert!(matches!(
            m.release(gate, &fourth),
            Err(Denial::UseTaken { .. })
        ));
    }
}

fn request_of(request: &LoggedRequest) -> AccessRequest {
    AccessRequest::decode(request.evidence().opening.entry().bytes()).unwrap()
}

#[test]
fn red_12_revocations_and_emergencies_counted_before_count_after() {
    let mut m = Moving::new();
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    // The council hands on; its own revocation of that is known to the second gate alone, and of a grant never used.
    let held = grant.chain().clone();
    let handed = m
        .book
        .region
        .hand_on(&held, narrower(held.last().grant.terms()));
    let first = grant.clone();
    let handed_on = {
        let evidence = m.book.logged.enter(Kind::Grant, handed.encode());
        let before = first_evidence(&mut m, &first);
        m.book.logged_grant(&[before, evidence]).unwrap()
    };
    let of = |m: &Moving, link, by: &billetbook::keys::RoleKeys| {
        let reason = RevocationReason::Misuse;
        let made = Revocation::make(link, reason, [1; 32], by, now()).unwrap();
        m.gate(1).revoke(&made, &m.book.region.keys, now()).unwrap();
        made
    };
    let council = &m.book.region.council.issue;
    of(&m, handed_on.chain().last(), council);
    let other = granted(&mut m, 3);
    of(&m, other.chain().last(), &m.book.region.school.issue);
    // An officer's two emergencies of the day: the first at both dealers.
    let emergency = m.book.region.emergency_grant();
    let emergency = m.book.grant(&emergency);
    let one = m.declare(&emergency, 1, 1);
    for gate in [0, 1] {
        m.release(gate, &one).unwrap();
    }
    redeal(&mut m);

    let hospital = {
        let asked = Asked {
            slots: handed_on.chain().last().grant.terms().slots,
            purpose: handed_on.chain().last().grant.terms().purpose,
            uses: vec![1, 1],
        };
        let key = &m.book.region.hospital.open;
        let made = AccessRequest::make(handed_on.chain(), asked, key, now()).unwrap();
        m.book.enter(&handed_on, Kind::Request, &made)
    };
    let ended = m.book.request(&other, &[1]);
    let free = m.book.request(&grant, &[1]);
    for gate in [3, 4] {
        assert!(matches!(m.release(gate, &hospital), Err(Denial::Revoked)));
        assert!(matches!(m.release(gate, &ended), Err(Denial::Revoked)));
        assert!(
            m.release(gate, &free).is_ok(),
            "control: what was not revoked"
        );
    }
    let again = m.declare(&emergency, 2, 1);
    let second = m.declare(&emergency, 2, 2);
    let third = m.declare(&emergency, 3, 3);
    for gate in [3, 4] {
        for refused in [&again, &third] {
            assert!(matches!(
                m.release(gate, refused),
                Err(Denial::Budget { .. })
            ));
        }
        assert!(
            m.release(gate, &second).is_ok(),
            "control: the second of the day"
        );
    }
}

/// The evidence of a grant that was logged alone.
fn first_evidence(m: &mut Moving, grant: &LoggedGrant) -> billetbook::gate::Evidence {
    let asked = m.book.request(grant, &[1]);
    asked.ask(0, Vec::new()).grants[0].clone()
}

fn retried<T>(
    m: &Moving,
    failed: &Cell<bool>,
    i: usize,
    step: impl Fn(&Moving) -> Result<T, Denial>,
) -> T {
    let first = step(m);
    if matches!(first, Err(Denial::Store(_))) {
        failed.set(true);
        m.store(i).fail_after(None);
        return step(m).unwrap();
    }
    first.unwrap()
}

/// The steps of a redeal, each tried again until it is done: a write that fails is a process that was killed before it.
fn through(m: &mut Moving, killed: usize, after: u64) -> (Moved, bool) {
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2, 3], &to);
    let done = m.say_done(&first);
    m.store(killed).fail_after(Some(after));
    let failed = Cell::new(false);
    let mut dealings: Vec<Dealing> = Vec::new();
    for i in [0, 1, 2] {
        dealings.push(retried(m, &failed, i, |m| m.deal(i, &first)));
    }
    let mut taken: Vec<Taken> = Vec::new();
    for n in NEW {
        taken.push(retried(m, &failed, n, |m| m.take(n, &first, &dealings)));
    }
    let steps = [&first, &done];
    let mut words: Vec<Acknowledgement> = Vec::new();
    for i in [0, 1, 2] {
        words.push(retried(m, &failed, i, |m| m.hand_over(i, steps, &taken)));
    }
    for n in NEW {
        retried(m, &failed, n, |m| m.begin(n, steps, &words));
    }
    let moved = Moved {
        steps: [first, done],
        dealings,
        taken,
    };
    (moved, failed.get())
}

#[test]
fn red_13_killed_before_any_write_of_any_gate_a_redeal_goes_on_and_nothing_is_lost() {
    let mut interrupted = 0;
    // Writes of the first gate, which deals and takes; of one that deals only; of one that takes only.
    for (killed, writes) in [(0, 7), (1, 5), (3, 2)] {
        for after in 0..writes {
            let mut m = Moving::new();
            let grant = granted(&mut m, 3);
            let before = m.book.requests(&grant, &[1]);
            m.release(0, &before[0]).unwrap();
            m.release(1, &before[0]).unwrap();
            let (moved, failed) = through(&mut m, killed, after);
            m.store(killed).fail_after(None);
            interrupted += usize::from(failed);
            let gates = m.new_gates(&moved).unwrap();
            let other = m.book.request(&grant, &[1]);
            let next = m.book.request(&grant, &[2]);
            for gate in NEW {
                assert!(matches!(
                    m.release(gate, &other),
                    Err(Denial::UseTaken { .. })
                ));
            }
            for gate in [1, 2] {
                assert!(matches!(m.release(gate, &next), Err(Denial::Moved)));
            }
            let releases = NEW.map(|gate| m.release(gate, &next).unwrap());
            for two in [[0, 1], [1, 2]] {
                let two = two.map(|i| releases[i].clone());
                assert_eq!(m.open(&gates, &next, &two).unwrap(), b"health");
            }
        }
    }
    assert_eq!(
        interrupted, 14,
        "each of these writes was made, and failed once"
    );
}

/// What happens next, and where.
#[derive(Clone, Copy, Debug)]
enum Event {
    Release(usize, usize),
    Deal(usize, usize),
    Take(usize, usize),
    HandOver(usize, usize),
    Begin(usize, usize),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one =
        (0..9usize, 0..5usize, 0..2usize, 0..6usize).prop_map(|(what, gate, which, request)| {
            match what {
                0..4 => Event::Release(gate, request),
                4 | 5 => Event::Deal(gate % 3, which),
                6 => Event::Take(gate, which),
                7 => Event::HandOver(gate % 3, which),
                _ => Event::Begin(gate, which),
            }
        });
    proptest::collection::vec(one, 20..90)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn red_14_in_any_order_of_requests_and_of_two_redeals_no_use_opens_two_requests(events in events()) {
        let mut m = Moving::new();
        let grant = granted(&mut m, 3);
        let uses = [1, 1, 2, 2, 3, 3];
        let sets = [vec![0, 3, 4], vec![1, 2, 3]];
        let from = m.first();
        let dealers: [&[u8]; 2] = [&[1, 2], &[2, 3]];
        let steps: Vec<_> = (0..2)
            .map(|i| {
                let to = m.set(1, 2, &sets[i]);
                let first = m.say(&from, dealers[i], &to);
                let done = m.say_done(&first);
                (first, done)
            })
            .collect();
        // All requests in one tree, so that gates may see them in any order.
        let requests = m.book.requests(&grant, &uses);
        let mut dealt: [Vec<Dealing>; 2] = Default::default();
        let mut taken: [BTreeMap<usize, Taken>; 2] = Default::default();
        let mut words: [BTreeMap<usize, Acknowledgement>; 2] = Default::default();
        let mut begun: [BTreeSet<usize>; 2] = Default::default();
        // Who released a request, as one of the first gates (2) or of either redeal's.
        let mut released: BTreeMap<(usize, usize), BTreeSet<usize>> = BTreeMap::new();
        for event in events {
            match event {
                Event::Release(gate, request) => {
                    let set = (0..2).find(|s| begun[*s].contains(&gate)).unwrap_or(2);
                    if m.release(gate, &requests[request]).is_ok() {
                        released.entry((set, request)).or_default().insert(gate);
                    }
                }
                Event::Deal(gate, s) => {
                    if let Ok(d) = m.deal(gate, &steps[s].0)
                        && !dealt[s].contains(&d)
                    {
                        dealt[s].push(d);
                    }
                }
                Event::Take(gate, s) => {
                    if let Ok(t) = m.take(gate, &steps[s].0, &dealt[s]) {
                        taken[s].insert(gate, t);
                    }
                }
                Event::HandOver(gate, s) => {
                    let all: Vec<_> = taken[s].values().cloned().collect();
                    if let Ok(w) = m.hand_over(gate, [&steps[s].0, &steps[s].1], &all) {
                        words[s].insert(gate, w);
                    }
                }
                Event::Begin(gate, s) => {
                    let all: Vec<_> = words[s].values().cloned().collect();
                    if m.begin(gate, [&steps[s].0, &steps[s].1], &all).is_ok() {
                        begun[s].insert(gate);
                    }
                }
            }
            prop_assert!(begun[0].is_empty() || begun[1].is_empty());
            let opened: BTreeSet<usize> = released
                .iter()
                .filter(|(_, gates)| gates.len() >= 2)
                .map(|((_, request), _)| *request)
                .collect();
            for used in [1, 2, 3] {
                let of = opened.iter().filter(|r| uses[**r] == used).count();
                prop_assert!(of <= 1, "use {} opened {} requests", used, of);
            }
        }
    }
}
