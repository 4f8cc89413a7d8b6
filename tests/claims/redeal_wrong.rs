//! Shares dealt anew: what is not as it should be is found out, named and refused.

use crate::gate_bad_input::Raced;
use crate::gate_support::Book;
use crate::grant_support::now;
use crate::redeal_support::{Moved, Moving, NEW, forged, moved, unwrapped};
use billetbook::audit::{Kind, Row};
use billetbook::gate::{Dealing, Denial, Gate, GateStore, Taken, check_taken};
use billetbook::grant::{
    ChainError, EntryRef, Erased, Erasure, ErasureGround, GrantError, Redeal, RedealStep,
};
use billetbook::keys::{KeyProvider, RoleKeys};
use billetbook::store::MemoryGate;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn red_3_what_is_not_as_a_gate_signed_it_is_named_by_who_is_dealt_it() {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2, 3], &to);
    let good = [0, 1, 2].map(|i| m.deal(i, &first).unwrap());
    let keys = NEW.map(|n| m.key(n));
    let length = good[1].encode().len();
    // Any byte of the second gate's dealing altered: it is refused, or is not read.
    for at in (0..length).step_by(97) {
        let mut bytes = good[1].encode();
        bytes[at] ^= 1;
        let Ok(bad) = Dealing::decode(&bytes) else {
            continue;
        };
        let all = [good[0].clone(), bad, good[2].clone()];
        let refused = m.take(3, &first, &all).unwrap_err();
        assert!(
            matches!(refused, Denial::OtherDealing { dealer: 2 }),
            "{at}: {refused}"
        );
    }
    // Signed hashes of other bytes than it wrapped: those of the next gate.
    let mut parts: Vec<Vec<u8>> = unwrapped(&good[1], &keys);
    parts.iter_mut().for_each(|p| p.truncate(256));
    let same = forged(&good[1], m.key(1), &keys, &parts);
    let all = [good[0].clone(), same, good[2].clone()];
    assert!(
        m.take(4, &first, &all).is_ok(),
        "control: what is forged well is taken"
    );
    parts.swap(0, 1);
    let swapped = forged(&good[1], m.key(1), &keys, &parts);
    let mut mixed = good[1].encode();
    let wrapped = length - 64 - 3 * (4 + 1136 + 260);
    mixed[..wrapped].copy_from_slice(&swapped.encode()[..wrapped]);
    let all = |d: Dealing| [good[0].clone(), d, good[2].clone()];
    let unsigned = Dealing::decode(&mixed).unwrap();
    assert!(matches!(
        m.take(3, &first, &all(unsigned)),
        Err(Denial::OtherDealing { dealer: 2 })
    ));
    let signed = resigned(&mixed, m.key(1));
    assert!(matches!(
        m.take(3, &first, &all(signed)),
        Err(Denial::WrongSubShare { dealer: 2 })
    ));
    // Of another entry, and under another gate's name.
    let again = m.say(&from, &[1, 2, 3], &to);
    assert!(matches!(
        m.take(3, &again, &good),
        Err(Denial::OtherDealing { dealer: 1 })
    ));
    let keys = NEW.map(|n| m.key(n));
    let other = forged(&good[1], m.key(2), &keys, &parts);
    assert!(matches!(
        m.take(3, &first, &all(other)),
        Err(Denial::OtherDealing { dealer: 2 })
    ));
}

/// The same bytes with a signature of their own.
fn resigned(bytes: &[u8], key: &RoleKeys) -> Dealing {
    let length = 1136 + 8 * 32 + 4;
    let end = bytes.len() - 64 - 3 * (4 + length);
    let mut signed = bytes[..end].to_vec();
    for i in 0..3 {
        let at = end + i * (4 + length) + 4;
        signed.extend_from_slice(&Sha256::digest(&bytes[at..at + length]));
    }
    let mut out = bytes[..bytes.len() - 64].to_vec();
    out.extend_from_slice(&key.sign(b"billetbook/1 dealing\0", &signed).unwrap());
    Dealing::decode(&out).unwrap()
}

#[test]
fn red_4_a_dealer_that_deals_another_share_is_found_out_before_anything_is_deleted() {
    // Behind five gates of which three open; one of the five deals something else, well made.
    let five = [0, 3, 4, 5, 6];
    for (dealers, named) in [(vec![1, 2, 3, 4, 5], Some(4)), (vec![1, 2, 3, 4], None)] {
        let mut m = Moving::new();
        let (from, to) = (m.first(), m.set(1, 3, &five));
        m.redeal((&from, &[0, 1, 2]), &[1, 2, 3], (&to, &five));
        let next = m.set(2, 2, &NEW);
        let first = m.say(&to, &dealers, &next);
        let deal = |d: &u8| m.deal(five[usize::from(*d) - 1], &first).unwrap();
        let good: Vec<Dealing> = dealers.iter().map(deal).collect();
        let keys = NEW.map(|n| m.key(n));
        // A line for each byte, with another value at zero.
        let parts: Vec<Vec<u8>> = (1u8..=3).map(|gate| vec![0x5a ^ gate; 256]).collect();
        let mut all = good.clone();
        all[3] = forged(&good[3], m.key(5), &keys, &parts);
        let taken = NEW.map(|n| m.take(n, &first, &all).unwrap());
        let done = m.say_done(&first);
        let policy = m.book.logged.policy();
        let keys = &m.book.region.keys;
        for refused in [
            check_taken(&first, &taken, &policy, keys).unwrap_err(),
            m.hand_over(0, [&first, &done], &taken).unwrap_err(),
        ] {
            match refused {
                Denial::Disagree { dealer } => assert_eq!(dealer, named),
                other => panic!("{other}"),
            }
        }
        // Nothing is lost: the others deal in a redeal of its own, and the record opens.
        let honest: Vec<usize> = vec![0, 3, 4, 6];
        let again = m.say(&to, &[1, 2, 3, 5], &next);
        let dealings: Vec<_> = honest.iter().map(|i| m.deal(*i, &again).unwrap()).collect();
        let taken = NEW.map(|n| m.take(n, &again, &dealings).unwrap());
        let done = m.say_done(&again);
        let words: Vec<_> = honest
            .iter()
            .map(|i| m.hand_over(*i, [&again, &done], &taken).unwrap())
            .collect();
        for n in NEW {
            m.begin(n, [&again, &done], &words).unwrap();
        }
        let grant = m.book.region.grant();
        let grant = m.book.grant(&grant);
        let request = m.book.request(&grant, &[1]);
        let releases = [3, 4].map(|i| m.release(i, &request).unwrap());
        let moved = Moved {
            steps: [again, done],
            dealings,
            taken: taken.to_vec(),
        };
        let gates = m.new_gates(&moved).unwrap();
        assert_eq!(m.open(&gates, &request, &releases).unwrap(), b"health");
    }
}

#[test]
fn red_5_nothing_is_dealt_without_a_logged_entry_of_two_officers_of_the_agency_that_sealed() {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let step = RedealStep::deal(from.clone(), vec![1, 2, 3], to.clone()).unwrap();
    let region = &m.book.region;
    let id = region.envelope().id();
    // Two of one role, or one twice.
    let (issue, open) = (&region.school.issue, &region.school.open);
    for pair in [[issue, issue], [open, open], [open, issue]] {
        let made = Redeal::make(id, step.clone(), pair[0], pair[1], now());
        assert!(matches!(made, Err(GrantError::Key(_))));
    }
    // Of two agencies; of another agency; signed by one for the other; of another kind; not in this log.
    let of_two = Redeal::make(id, step.clone(), issue, &region.council.open, now()).unwrap();
    let foreign = m.step_by(&region.council, step.clone());
    let mut cut = m.step(step.clone()).encode();
    let end = cut.len();
    let (one, two) = (end - 128..end - 64, end - 64..end);
    cut.copy_within(one, two.start);
    let doubled = Redeal::decode(&cut).unwrap();
    let of_two = m.log(&of_two);
    let foreign = m.log(&foreign);
    let doubled = m.log(&doubled);
    let good = m.step(step);
    let other_kind = m.book.logged.enter(Kind::Erasure, good.encode());
    let mut elsewhere = Book::new();
    let unlogged = elsewhere.logged.append(Kind::Redeal, good.encode());
    let signed = elsewhere.logged.cosigned(1, now());
    let unwitnessed = elsewhere.logged.evidence(unlogged, &signed);
    assert!(matches!(
        m.deal(0, &of_two),
        Err(Denial::Chain(ChainError::Issuer { .. }))
    ));
    assert!(matches!(m.deal(0, &foreign), Err(Denial::NotTheirs)));
    assert!(matches!(
        m.deal(0, &doubled),
        Err(Denial::Chain(ChainError::Signature { .. }))
    ));
    assert!(matches!(m.deal(0, &other_kind), Err(Denial::OtherKind)));
    assert!(matches!(m.deal(0, &unwitnessed), Err(Denial::Proof(_))));
    let done = m.step(RedealStep::Done {
        redeal: EntryRef([7; 32]),
    });
    let done = m.log(&done);
    assert!(matches!(m.deal(0, &done), Err(Denial::OtherKind)));
    // Gates other than the envelope's, and another header.
    let wrong = m.set(0, 2, &[0, 1, 3]);
    let entry = m.say(&wrong, &[1, 2], &to);
    assert!(matches!(m.deal(0, &entry), Err(Denial::OtherGates)));
    let entry = m.log(&good);
    let header = Book::new().region.envelope().header();
    let keys = &m.book.region.keys;
    assert!(m.gate(0).deal(&entry, &header, keys, now()).is_err());
    let dealings = [0, 1, 2].map(|i| m.deal(i, &entry).unwrap());
    // And none of them takes, hands over or begins on another's word.
    for bad in [
        &of_two,
        &foreign,
        &doubled,
        &other_kind,
        &unwitnessed,
        &done,
    ] {
        assert!(m.take(3, bad, &dealings).is_err());
    }
    let taken = NEW.map(|n| m.take(n, &entry, &dealings).unwrap());
    let council = m.step_by(
        &m.book.region.council,
        RedealStep::Done {
            redeal: entry.entry(),
        },
    );
    let council = m.log(&council);
    for bad in [&done, &entry, &council] {
        assert!(matches!(
            m.hand_over(0, [&entry, bad], &taken),
            Err(Denial::OtherKind)
        ));
    }
    let done = m.say_done(&entry);
    assert!(m.hand_over(0, [&entry, &done], &taken).is_ok());
}

#[test]
fn red_19_what_a_gate_has_handed_over_comes_back_by_no_message_of_before() {
    let (mut m, first) = moved();
    let [x, done] = &first.steps;
    let held = 11;
    let id = m.book.region.envelope().id();
    let kept = |m: &Moving, gate: usize| m.store(gate).rows(held, &id.0).unwrap().len();
    assert_eq!(m.take(3, x, &first.dealings).unwrap(), first.taken[1]);
    assert_eq!(kept(&m, 3), 1, "control: said again it is the same");
    let (from, to) = (m.set(1, 2, &NEW), m.set(2, 2, &[5, 6, 7]));
    let second = m.redeal((&from, &NEW), &[1, 2, 3], (&to, &[5, 6, 7]));
    for gate in NEW {
        assert!(matches!(
            m.take(gate, x, &first.dealings),
            Err(Denial::Moved)
        ));
        assert_eq!(kept(&m, gate), 0);
        assert!(matches!(m.begin(gate, [x, done], &[]), Err(Denial::Moved)));
        assert!(matches!(m.deal(gate, &second.steps[0]), Err(Denial::Moved)));
    }
    for gate in [0, 1, 2] {
        assert!(matches!(m.deal(gate, x), Err(Denial::Moved)));
    }
    // A gate that serves by one entry takes nothing by another of the same epoch.
    let other = m.say(&from, &[1, 2], &to);
    for (gate, n) in [(5, 1), (6, 1), (7, 1)] {
        assert!(matches!(
            m.take(gate, &other, &second.dealings),
            Err(Denial::Moved)
        ));
        assert_eq!(kept(&m, gate), n);
    }
}

#[test]
fn red_20_what_another_process_of_a_gate_writes_amid_a_step_stops_it_and_leaves_no_share() {
    let mut m = Moving::new();
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    let request = m.book.request(&grant, &[1]);
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2], &to);
    let id = m.book.region.envelope().id();
    let school = &m.book.region.school;
    let (what, ground) = (Erased::Shares(id), ErasureGround::CourtOrder);
    let word = Erasure::make(what, ground, &school.issue, &school.open, now()).unwrap();
    let word = m.book.logged.enter(Kind::Erasure, word.encode());
    let request = m.again(&request);
    let ask = m.ask(0, &request);
    let dealings = {
        // Of copies, so that these gates have dealt nothing yet.
        let deal = |i: usize| {
            let store = m.store(i).copy();
            let mut gate = Gate::new(m.key(i), m.book.rules(), store);
            gate.deal(&first, &m.header(), &m.book.region.keys, now())
        };
        [deal(0).unwrap(), deal(1).unwrap()]
    };
    let keys = &m.book.region.keys;
    let (erased, frozen, dealing, held, yielded) = (8, 9, 10, 11, 12);
    let written = |i: usize, space: u8, act: &dyn Fn(&mut Gate<'_, MemoryGate>)| {
        let store = m.store(i).copy();
        act(&mut Gate::new(m.key(i), m.book.rules(), store.clone()));
        let rows = store.rows(space, &[]).unwrap();
        assert_eq!(rows.len(), 1);
        rows
    };
    let freezes = written(0, frozen, &|g| {
        _ = g.deal(&first, &m.header(), keys, now()).unwrap();
    });
    let erases = written(0, erased, &|g| _ = g.erase(&word, keys).unwrap());
    let gone = |epoch: u32| {
        vec![Row {
            space: yielded,
            key: [&id.0[..], &epoch.to_be_bytes()].concat(),
            value: vec![7; 64],
        }]
    };
    let raced = |i: usize, after: Vec<Row>| {
        let store = m.store(i).copy();
        let raced = Raced {
            store: store.clone(),
            after,
        };
        (Gate::new(m.key(i), m.book.rules(), raced), store)
    };
    // A release amid which another process deals.
    assert!(
        raced(0, Vec::new()).0.handle(&ask, keys, now()).is_ok(),
        "control"
    );
    let refused = raced(0, freezes).0.handle(&ask, keys, now());
    assert!(matches!(refused, Err(Denial::Moved)));
    // A dealing, and what is added up, amid which the shares are erased or handed over: neither is left behind.
    let why = |e: &Denial| (matches!(e, Denial::Erased), matches!(e, Denial::Moved));
    let told = [None, Some((true, false)), Some((false, true))];
    for (after, told) in [Vec::new(), erases.clone(), gone(0)].into_iter().zip(told) {
        let wanted = usize::from(told.is_none());
        let (mut gate, store) = raced(0, after);
        let dealt = gate.deal(&first, &m.header(), keys, now());
        assert_eq!(dealt.as_ref().err().map(why), told);
        assert_eq!(store.rows(dealing, &id.0).unwrap().len(), wanted);
    }
    for (after, told) in [Vec::new(), erases, gone(1)].into_iter().zip(told) {
        let wanted = usize::from(told.is_none());
        let (mut gate, store) = raced(3, after);
        let taken = gate.take(&first, &dealings, keys);
        assert_eq!(taken.as_ref().err().map(why), told);
        assert_eq!(store.rows(held, &id.0).unwrap().len(), wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn red_10_every_message_of_a_redeal_is_read_as_written_and_refused_wherever_it_was_cut_or_altered(
        at in 0..4096usize, bit in 0..8u8,
    ) {
        let (m, moved) = moved();
        let step = moved.steps[0].opening.entry().bytes().to_vec();
        let dealing = moved.dealings[0].encode();
        let taken = moved.taken[0].encode();
        prop_assert_eq!(Redeal::decode(&step).unwrap().encode(), step.clone());
        prop_assert_eq!(Dealing::decode(&dealing).unwrap().encode(), dealing.clone());
        prop_assert_eq!(Taken::decode(&taken).unwrap().encode(), taken.clone());
        for (bytes, reads) in [
            (&step, (|b: &[u8]| Redeal::decode(b).map(|r| r.encode()).ok()) as fn(&[u8]) -> Option<Vec<u8>>),
            (&dealing, |b: &[u8]| Dealing::decode(b).map(|d| d.encode()).ok()),
            (&taken, |b: &[u8]| Taken::decode(b).map(|t| t.encode()).ok()),
        ] {
            let at = at % bytes.len();
            prop_assert!(reads(&bytes[..at]).is_none());
            prop_assert!(reads(&[&bytes[..], &[0]].concat()).is_none());
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            // What is read is read as it stands: one encoding of each value.
            if let Some(again) = reads(&altered) {
                prop_assert_eq!(again, altered);
            }
        }
        // A word of which anything was altered counts for nothing.
        let mut bytes = taken.clone();
        bytes[at % taken.len()] ^= 1 << bit;
        if let Ok(bad) = Taken::decode(&bytes) {
            let all = [bad, moved.taken[1].clone(), moved.taken[2].clone()];
            let policy = m.book.logged.policy();
            let checked = check_taken(&moved.steps[0], &all, &policy, &m.book.region.keys);
            let refused = matches!(checked, Err(Denial::NotTaken { .. }));
            prop_assert!(refused);
        }
    }
}
