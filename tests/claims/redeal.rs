//! Shares dealt anew among other gates: what opens afterwards, and what does not any more.

use crate::grant_support::now;
use crate::redeal_support::{Moving, NEW, moved, unwrapped};
use billetbook::audit::Kind;
use billetbook::envelope::OpenError;
use billetbook::gate::{Denial, GateStore, OpenKeyError, Taken};
use billetbook::grant::{Erased, Erasure, ErasureGround, RedealStep};
use billetbook::record::Section;

/// The gate half of a slot, from shares joined in the plain.
fn half(shares: &[(u8, [u8; 32])]) -> [u8; 32] {
    let blocks: Vec<Vec<u8>> = shares
        .iter()
        .map(|(n, s)| [&[*n][..], s].concat())
        .collect();
    let joined = vsss_rs::Gf256::combine_bytes(&blocks).unwrap();
    joined.try_into().unwrap()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn red_1_shares_dealt_anew_open_the_record_and_nobody_is_given_the_gate_half() {
    let (mut m, moved) = moved();
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    let request = m.book.request(&grant, &[1]);
    let gates = m.new_gates(&moved).unwrap();
    let mut releases = Vec::new();
    for gate in NEW {
        releases.push(m.release(gate, &request).unwrap());
    }
    for pair in [[0, 1], [0, 2], [1, 2]] {
        let two = pair.map(|i| releases[i].clone());
        assert_eq!(m.open(&gates, &request, &two).unwrap(), b"health");
        assert!(m.open(&gates, &request, &two[..1]).is_err());
    }

    // The half, which the test alone makes: of no message is it a part, in clear or in what a gate unwraps.
    let mut m = Moving::new();
    let deposits = m.book.deposits();
    let slot = m.book.region.slot(&Section::Health);
    let shares: Vec<(u8, [u8; 32])> = (1..)
        .zip(deposits.iter().zip(&m.book.region.gates))
        .map(|(n, (deposit, key))| {
            let shares = deposit.open(key).unwrap();
            (n, *shares.share(slot).unwrap().secret_bytes())
        })
        .collect();
    let secret = half(&shares[..2]);
    assert_eq!(secret, half(&shares[1..]), "control: it is the half");
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let moved = m.redeal((&from, &[0, 1, 2]), &[1, 2, 3], (&to, &NEW));
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for dealing in &moved.dealings {
        seen.push(dealing.encode());
        seen.extend(unwrapped(dealing, &NEW.map(|n| m.key(n))));
    }
    seen.extend(moved.taken.iter().map(Taken::encode));
    assert_eq!(seen.len(), 3 + 9 + 3);
    let position = 32 * usize::from(slot);
    let mut pieces = Vec::new();
    for (i, bytes) in seen.iter().enumerate() {
        assert!(!holds(bytes, &secret), "{i}");
        if (1..4).contains(&i) {
            pieces.push(bytes[position..position + 32].to_vec());
        }
    }
    // Control: what was unwrapped is sub-shares, of which enough give a share, and that is in no message either.
    let parts: Vec<Vec<u8>> = (1u8..)
        .zip(&pieces)
        .map(|(n, p)| [&[n][..], p].concat())
        .collect();
    let share = vsss_rs::Gf256::combine_bytes(&parts[..2]).unwrap();
    assert_eq!(share, shares[0].1);
    assert!(seen.iter().all(|bytes| !holds(bytes, &share)));
}

#[test]
fn red_2_fewer_gates_than_open_deal_nothing_and_nothing_begins_before_as_many_have_deleted() {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    assert!(RedealStep::deal(from.clone(), vec![1], to.clone()).is_none());
    assert!(RedealStep::deal(from.clone(), vec![1, 1], to.clone()).is_none());
    assert!(RedealStep::deal(from.clone(), vec![1, 4], to.clone()).is_none());
    let later = m.set(2, 2, &NEW);
    assert!(RedealStep::deal(from.clone(), vec![1, 2], later).is_none());
    let one = m.set(1, 1, &[3]);
    assert!(RedealStep::deal(from.clone(), vec![1, 2], one).is_none());

    let first = m.say(&from, &[1, 2], &to);
    let dealings = [m.deal(0, &first).unwrap(), m.deal(1, &first).unwrap()];
    for too_few in [&dealings[..1], &dealings[1..], &[]] {
        assert!(matches!(
            m.take(3, &first, too_few),
            Err(Denial::OtherDealing { .. })
        ));
    }
    // A gate that is not among the dealers, and one that is to have no share.
    assert!(matches!(m.deal(2, &first), Err(Denial::OtherGates)));
    assert!(matches!(
        m.take(5, &first, &dealings),
        Err(Denial::OtherGates)
    ));
    let taken = NEW.map(|n| m.take(n, &first, &dealings).unwrap());
    let done = m.say_done(&first);
    let steps = [&first, &done];
    for (missing, new) in NEW.into_iter().enumerate() {
        let mut some = taken.to_vec();
        some.remove(missing);
        let gate = m.id(new);
        match m.hand_over(0, steps, &some) {
            Err(Denial::NotTaken { gate: named }) => assert_eq!(named, gate),
            other => panic!("{other:?}"),
        }
    }
    let words = [0, 1, 2].map(|i| m.hand_over(i, steps, &taken).unwrap());
    for too_few in [&words[..1], &[words[0].clone(), words[0].clone()][..], &[]] {
        assert!(matches!(m.begin(3, steps, too_few), Err(Denial::NotYet)));
    }
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    let request = m.book.request(&grant, &[1]);
    assert!(matches!(m.release(3, &request), Err(Denial::NotYet)));
    m.begin(3, steps, &words[1..]).unwrap();
    assert!(m.release(3, &request).is_ok());
    // One that is already at work is told the same, and does nothing twice.
    m.begin(3, steps, &words).unwrap();
    assert_eq!(m.take(3, &first, &dealings).unwrap(), taken[1]);
    assert_eq!(m.hand_over(1, steps, &taken).unwrap(), words[1]);
}

#[test]
fn red_6_a_gate_that_has_dealt_refuses_and_takes_no_old_deposit_again() {
    let mut m = Moving::new();
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    let before = m.book.request(&grant, &[1]);
    assert!(m.release(0, &before).is_ok());
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2], &to);
    let before = m.again(&before);
    assert!(
        m.release(0, &before).is_ok(),
        "control: an entry alone stops nothing"
    );
    let dealings = [m.deal(0, &first).unwrap(), m.deal(1, &first).unwrap()];
    for gate in [0, 1] {
        assert!(matches!(m.release(gate, &before), Err(Denial::Moved)));
    }
    assert_eq!(m.deal(0, &first).unwrap(), dealings[0], "the same again");
    let taken = NEW.map(|n| m.take(n, &first, &dealings).unwrap());
    let done = m.say_done(&first);
    let steps = [&first, &done];
    let words: Vec<_> = [0, 1, 2]
        .map(|i| m.hand_over(i, steps, &taken).unwrap())
        .into();
    for n in [3, 4] {
        m.begin(n, steps, &words).unwrap();
    }
    let deposits = m.book.region.billet.deposits().to_vec();
    let keys = &m.book.region.keys;
    for (i, deposit) in deposits.iter().enumerate() {
        assert!(matches!(
            m.gate(i).deposit(deposit, keys),
            Err(Denial::Moved)
        ));
        assert!(matches!(m.deal(i, &first), Err(Denial::Moved)));
    }
    let before = m.again(&before);
    for gate in [0, 1, 2] {
        assert!(matches!(m.release(gate, &before), Err(Denial::Moved)));
    }
    // The first gate is among the new ones too, and has not begun; nothing of what it held before is left.
    m.begin(0, steps, &words).unwrap();
    assert!(m.release(0, &before).is_ok());
    let id = m.book.region.envelope().id();
    let (deposit, dealing) = (1, 10);
    for gate in [0, 1, 2] {
        assert_eq!(m.store(gate).row(deposit, &id.0).unwrap(), None);
        assert!(m.store(gate).rows(dealing, &id.0).unwrap().is_empty());
    }
}

#[test]
fn red_7_shares_of_gates_before_and_after_open_nothing_together() {
    let mut m = Moving::new();
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    let request = m.book.request(&grant, &[1]);
    let old = [1, 2].map(|i| m.release(i, &request).unwrap());
    let slot = m.book.region.slot(&Section::Health);
    let key = &m.book.region.council.open;
    assert!(m.book.open(&request, slot, &old, key).is_ok(), "control");
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let moved = m.redeal((&from, &[0, 1, 2]), &[1, 2, 3], (&to, &NEW));
    let gates = m.new_gates(&moved).unwrap();
    let later = m.again(&request);
    let new = [3, 4].map(|i| m.release(i, &later).unwrap());
    assert!(m.open(&gates, &later, &new).is_ok(), "control");
    for (o, n) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let mixed = [old[o].clone(), new[n].clone()];
        assert!(matches!(
            m.open(&gates, &later, &mixed),
            Err(OpenKeyError::OtherRequest)
        ));
        let key = &m.book.region.council.open;
        assert!(matches!(
            m.book.open(&request, slot, &mixed, key),
            Err(OpenKeyError::OtherRequest)
        ));
    }
    // A gate of both sets: its new share is not the one that the author dealt it, nor the other way round.
    let both = m.release(0, &later).unwrap();
    let mixed = [both, old[0].clone()];
    let key = &m.book.region.council.open;
    let refused = m.book.open(&request, slot, &mixed, key);
    assert!(matches!(
        refused,
        Err(OpenKeyError::Envelope(OpenError::WrongShare {
            gate: 1,
            ..
        }))
    ));
    // What an envelope's own quorum is made of is told apart by more than luck.
    let envelope = m.book.region.envelope();
    let shares: Vec<_> = m.book.deposits()[..2]
        .iter()
        .zip(&m.book.region.gates)
        .map(|(d, g)| d.open(g).unwrap())
        .collect();
    let shares: Vec<_> = shares.iter().map(|s| s.share(slot).unwrap()).collect();
    assert!(envelope.gate_half(slot, &shares).is_ok());
    assert!(matches!(
        envelope.gate_half_of(gates.set(), slot, &shares),
        Err(OpenError::OtherGates { gate: 1 })
    ));
}

#[test]
fn red_8_of_two_redeals_at_once_one_set_of_gates_serves() {
    let mut m = Moving::new();
    let (from, x, y) = (m.first(), m.set(1, 2, &[3, 4, 5]), m.set(1, 2, &[5, 6, 7]));
    let (sx, sy) = (m.say(&from, &[1, 2], &x), m.say(&from, &[2, 3], &y));
    let dx = [m.deal(0, &sx).unwrap(), m.deal(1, &sx).unwrap()];
    let dy = [m.deal(1, &sy).unwrap(), m.deal(2, &sy).unwrap()];
    let tx = [3, 4, 5].map(|n| m.take(n, &sx, &dx).unwrap());
    let ty = [5, 6, 7].map(|n| m.take(n, &sy, &dy).unwrap());
    let (ex, ey) = (m.say_done(&sx), m.say_done(&sy));
    let wx: Vec<_> = [0, 1]
        .map(|i| m.hand_over(i, [&sx, &ex], &tx).unwrap())
        .into();
    let refused = m.hand_over(1, [&sy, &ey], &ty);
    assert!(matches!(refused, Err(Denial::Moved)));
    let wy = vec![m.hand_over(2, [&sy, &ey], &ty).unwrap()];
    assert!(matches!(
        m.hand_over(0, [&sy, &ey], &ty),
        Err(Denial::Moved)
    ));
    for n in [5, 6, 7] {
        // Neither its own one word, nor those of the other redeal, nor both together.
        let mixed = [wy.clone(), wx.clone()].concat();
        for words in [&wy, &wx, &mixed] {
            assert!(matches!(m.begin(n, [&sy, &ey], words), Err(Denial::NotYet)));
        }
    }
    for n in [3, 4, 5] {
        m.begin(n, [&sx, &ex], &wx).unwrap();
    }
    // The gate that had taken by both keeps the one that came to an end.
    let (held, id) = (11, m.book.region.envelope().id());
    assert_eq!(m.store(5).rows(held, &id.0).unwrap().len(), 1);
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    let request = m.book.request(&grant, &[1]);
    for n in [3, 4, 5] {
        assert!(m.release(n, &request).is_ok());
    }
    for n in [6, 7] {
        assert!(matches!(m.release(n, &request), Err(Denial::NotYet)));
    }
}

#[test]
fn red_9_an_erasure_reaches_the_gates_before_and_after_and_ends_a_redeal() {
    let (mut m, _) = moved();
    let id = m.book.region.envelope().id();
    let erase = |m: &mut Moving| {
        let school = &m.book.region.school;
        let made = Erasure::make(
            Erased::Shares(id),
            ErasureGround::RetentionEnded,
            &school.issue,
            &school.open,
            now(),
        )
        .unwrap();
        m.book.logged.enter(Kind::Erasure, made.encode())
    };
    let word = erase(&mut m);
    for i in [0, 1, 2, 3, 4] {
        m.gate(i).erase(&word, &m.book.region.keys).unwrap();
    }
    let (deposit, dealing, held) = (1, 10, 11);
    for i in [0, 1, 2, 3, 4] {
        for space in [deposit, dealing, held] {
            assert!(m.store(i).rows(space, &id.0).unwrap().is_empty());
        }
    }
    let grant = m.book.region.grant();
    let grant = m.book.grant(&grant);
    let request = m.book.request(&grant, &[1]);
    for i in [0, 3, 4] {
        assert!(matches!(m.release(i, &request), Err(Denial::Erased)));
    }
    // Between two steps.
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2], &to);
    let dealings = [m.deal(0, &first).unwrap(), m.deal(1, &first).unwrap()];
    let taken = NEW.map(|n| m.take(n, &first, &dealings).unwrap());
    let id = m.book.region.envelope().id();
    let school = &m.book.region.school;
    let made = Erasure::make(
        Erased::Shares(id),
        ErasureGround::CourtOrder,
        &school.issue,
        &school.open,
        now(),
    );
    let word = m.book.logged.enter(Kind::Erasure, made.unwrap().encode());
    for i in [0, 1, 2, 3, 4] {
        m.gate(i).erase(&word, &m.book.region.keys).unwrap();
    }
    let done = m.say_done(&first);
    assert!(matches!(m.deal(0, &first), Err(Denial::Erased)));
    assert!(matches!(m.take(3, &first, &dealings), Err(Denial::Erased)));
    let handed = m.hand_over(0, [&first, &done], &taken);
    assert!(matches!(handed, Err(Denial::Erased)));
    let begun = m.begin(3, [&first, &done], &[]);
    assert!(matches!(begun, Err(Denial::Erased)));
    for i in [0, 1, 2, 3, 4] {
        for space in [deposit, dealing, held] {
            assert!(m.store(i).rows(space, &id.0).unwrap().is_empty());
        }
    }
}
