//! What goes along, and what does not, when an envelope's shares are dealt anew.

use crate::grant_support::{REQUEST_LABEL, now, offer};
use crate::redeal_support::{Moved, Moving, NEW, forged, moved, unwrapped};
use billetbook::audit::{Kind, Row};
use billetbook::envelope::OpenError;
use billetbook::gate::{Dealing, Denial, Gate, GateStore, LoggedGrant};
use billetbook::grant::{AccessRequest, Offer, Revocation, RevocationReason};
use billetbook::keys::{Directory, KeyProvider, KeyRefused};
use billetbook::store::MemoryGate;

const REVOCATION_LABEL: &[u8] = b"billetbook/1 revocation\0";
/// Spaces of a gate's store (docs/format.md).
const USE: u8 = 3;
const BUDGET: u8 = 4;
const REVOKED: u8 = 6;
const HELD: u8 = 11;

fn granted(m: &mut Moving) -> LoggedGrant {
    let grant = m.book.region.grant_with(&Offer {
        most_opens: 4,
        ..offer()
    });
    m.book.grant(&grant)
}

/// From the first two gates, which may know different things, to others.
fn redeal(m: &mut Moving) -> Moved {
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    m.redeal((&from, &[0, 1, 2]), &[1, 2], (&to, &NEW))
}

/// On, from gates that were told.
fn onward(m: &mut Moving) {
    let (from, to) = (m.set(1, 2, &NEW), m.set(2, 2, &[5, 6, 7]));
    m.redeal((&from, &NEW), &[2, 3], (&to, &[5, 6, 7]));
}

fn revocation(m: &Moving, grant: &LoggedGrant) -> Revocation {
    let link = grant.chain().last();
    let by = &m.book.region.school.issue;
    Revocation::make(link, RevocationReason::Misuse, [1; 32], by, now()).unwrap()
}

#[test]
fn a_grant_that_was_used_and_then_revoked_at_one_dealer_is_ended_at_the_new_gates() {
    let mut m = Moving::new();
    let (ended, kept) = (granted(&mut m), granted(&mut m));
    for grant in [&ended, &kept] {
        let used = m.book.request(grant, &[1]);
        for gate in [0, 1] {
            m.release(gate, &used).unwrap();
        }
    }
    let made = revocation(&m, &ended);
    m.gate(1).revoke(&made, &m.book.region.keys, now()).unwrap();
    redeal(&mut m);
    let (next, other) = (m.book.request(&ended, &[2]), m.book.request(&kept, &[2]));
    for gate in [3, 4] {
        assert!(matches!(m.release(gate, &next), Err(Denial::Revoked)));
        assert!(m.release(gate, &other).is_ok(), "control");
    }
}

/// Whoever revokes could sign two revocations of one number, and tell each gate another one.
#[test]
fn two_revocations_of_one_number_do_not_keep_shares_from_being_dealt() {
    let mut m = Moving::new();
    let grant = granted(&mut m);
    let one = revocation(&m, &grant);
    let other = {
        let bytes = one.encode();
        let mut signed = bytes[..bytes.len() - 64].to_vec();
        let reasons = signed.len() - 8 - 32;
        signed[reasons] ^= 1;
        let key = &m.book.region.school.issue;
        let signature = key.sign(REVOCATION_LABEL, &signed).unwrap();
        Revocation::decode(&[signed, signature.to_vec()].concat()).unwrap()
    };
    assert!(one.id() == other.id() && one != other);
    let keys = m.book.region.keys.clone();
    m.gate(0).revoke(&one, &keys, now()).unwrap();
    m.gate(1).revoke(&other, &keys, now()).unwrap();
    redeal(&mut m);
    // The first dealer's stays, as the one that was kept already would.
    for gate in NEW {
        let kept = m.store(gate).rows(REVOKED, b"").unwrap();
        assert_eq!((kept.len(), &kept[0].value), (1, &one.encode()));
    }
    let asked = m.book.request(&grant, &[1]);
    for gate in NEW {
        assert!(matches!(m.release(gate, &asked), Err(Denial::Revoked)));
    }
}

#[test]
fn an_emergency_s_number_that_two_requests_were_given_is_nobody_s_however_often_shares_are_dealt() {
    let mut m = Moving::new();
    let emergency = m.book.region.emergency_grant();
    let emergency = m.book.grant(&emergency);
    let (one, other) = (m.declare(&emergency, 1, 1), m.declare(&emergency, 2, 1));
    m.release(0, &one).unwrap();
    m.release(1, &other).unwrap();
    redeal(&mut m);
    let refused = |m: &mut Moving, gates: &[usize]| {
        for request in [&one, &other] {
            let again = m.again(request);
            for gate in gates {
                let refused = m.release(*gate, &again);
                assert!(
                    matches!(refused, Err(Denial::Budget { found: 1, .. })),
                    "{refused:?}"
                );
            }
        }
    };
    refused(&mut m, &NEW);
    onward(&mut m);
    refused(&mut m, &[5, 6, 7]);
    let next = m.declare(&emergency, 3, 2);
    for gate in [5, 6, 7] {
        assert!(m.release(gate, &next).is_ok(), "control");
    }
}

/// A gate that knows of other envelopes tells nobody of their uses.
#[test]
fn what_a_gate_knows_of_other_envelopes_does_not_go_along() {
    let length = |others: bool| {
        let mut m = Moving::new();
        let grant = granted(&mut m);
        let used = m.book.request(&grant, &[1]);
        m.release(0, &used).unwrap();
        if others {
            let row = |space, key: Vec<u8>| Row {
                space,
                key,
                value: vec![5; 16],
            };
            let foreign = [
                row(USE, [&[9; 32][..], &[0, 1]].concat()),
                row(BUDGET, [&[9; 32][..], &[0; 8], &[0, 1]].concat()),
            ];
            m.store(0).clone().put(&foreign).unwrap();
        }
        let (from, to) = (m.first(), m.set(1, 2, &NEW));
        let first = m.say(&from, &[1, 2], &to);
        m.deal(0, &first).unwrap().encode().len()
    };
    assert_eq!(length(true), length(false));
}

/// All of a gate's facts, with its shares as `alter` leaves them.
fn altered(store: &MemoryGate, alter: impl Fn(&mut Vec<u8>)) -> MemoryGate {
    let mut out = MemoryGate::new();
    for space in 0..=u8::MAX {
        for mut row in store.rows(space, b"").unwrap() {
            if space == HELD {
                alter(&mut row.value);
            }
            out.put(&[row]).unwrap();
        }
    }
    out
}

#[test]
fn shares_that_a_gate_added_up_open_only_beside_what_it_said_when_it_took_them() {
    let (mut m, _) = moved();
    let grant = granted(&mut m);
    let request = m.book.request(&grant, &[1]);
    let ask = m.ask(3, &request);
    let keys = m.book.region.keys.clone();
    let release = |store: MemoryGate| {
        let mut gate = Gate::new(m.key(3), m.book.rules(), store);
        gate.handle(&ask, &keys, now())
    };
    let kept = m.store(3).rows(HELD, b"").unwrap();
    let length = kept[0].value.len();
    assert!(release(altered(m.store(3), |_| {})).is_ok(), "control");
    for at in (0..length).step_by(13) {
        let done = release(altered(m.store(3), |bytes| bytes[at] ^= 1));
        assert!(done.is_err(), "byte {at} of {length}");
    }
}

#[test]
fn seven_gates_deal_to_seven() {
    let mut m = Moving::new();
    let seven = [0, 1, 2, 3, 4, 5, 6];
    let (from, to) = (m.first(), m.set(1, 4, &seven));
    m.redeal((&from, &[0, 1, 2]), &[1, 2, 3], (&to, &seven));
    let next = [1, 2, 3, 4, 5, 6, 7];
    let last = m.set(2, 4, &next);
    let done = m.redeal((&to, &seven), &[1, 2, 3, 4, 5, 6, 7], (&last, &next));
    let gates = m.new_gates(&done).unwrap();
    let grant = granted(&mut m);
    let request = m.book.request(&grant, &[1]);
    let releases = [1, 3, 5, 7].map(|gate| m.release(gate, &request).unwrap());
    assert_eq!(m.open(&gates, &request, &releases).unwrap(), b"health");
    assert!(m.open(&gates, &request, &releases[..3]).is_err());
}

#[test]
fn what_a_gate_dealt_whose_key_nobody_certified_is_refused_as_that() {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2], &to);
    let dealings = [0, 1].map(|gate| m.deal(gate, &first).unwrap());
    let school = &m.book.region.school;
    let mut keys = Directory::new([school.root.public().clone()]);
    for key in [
        &school.issue,
        &school.open,
        m.key(0),
        m.key(2),
        m.key(3),
        m.key(4),
    ] {
        keys.add(&school.record(key).to_text()).unwrap();
    }
    let refused = m.gate(3).take(&first, &dealings, &keys);
    let unknown = matches!(refused, Err(Denial::Key(KeyRefused::Unknown(id))) if id == m.id(1));
    assert!(unknown, "{refused:?}");
    keys.add(&school.record(m.key(1)).to_text()).unwrap();
    assert!(m.gate(3).take(&first, &dealings, &keys).is_ok(), "control");
}

#[test]
fn a_request_s_number_is_its_own_at_gates_that_were_only_told_of_it() {
    let mut m = Moving::new();
    let grant = granted(&mut m);
    let first = m.book.request(&grant, &[1]);
    for gate in [0, 1] {
        m.release(gate, &first).unwrap();
    }
    // Its number on another request, which names a use that is free.
    let bytes = first.evidence().opening.entry().bytes();
    let mut signed = bytes[..bytes.len() - 64].to_vec();
    *signed.last_mut().unwrap() = 4;
    let key = &m.book.region.council.open;
    let signature = key.sign(REQUEST_LABEL, &signed).unwrap();
    let reused = AccessRequest::decode(&[signed, signature.to_vec()].concat()).unwrap();
    redeal(&mut m);
    let reused = m.book.enter(&grant, Kind::Request, &reused);
    for gate in [3, 4] {
        let refused = m.release(gate, &reused);
        assert!(matches!(refused, Err(Denial::RequestReused)));
    }
    let again = m.again(&first);
    assert!(m.release(3, &again).is_ok(), "control");
}

/// What this gate would have signed, had it dealt what another dealt and said this of it.
fn signed(m: &Moving, honest: &Dealing, gate: usize, say: impl Fn(&mut [u8])) -> Dealing {
    let new = NEW.map(|n| m.key(n));
    let parts = unwrapped(honest, &new).into_iter();
    let parts: Vec<Vec<u8>> = parts.map(|p| p[..256].to_vec()).collect();
    let mut bytes = honest.encode();
    say(&mut bytes);
    bytes[126..158].copy_from_slice(&m.id(gate).0);
    let list = m.gate(gate).releases(m.book.region.envelope().id());
    let list = list.unwrap().encode();
    let at = 159 + 32 * 8 * NEW.len() + 4;
    bytes[at..at + list.len()].copy_from_slice(&list);
    forged(&Dealing::decode(&bytes).unwrap(), m.key(gate), &new, &parts)
}

#[test]
fn new_gates_are_those_of_an_envelope_whose_header_they_were_dealt_with() {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2], &to);
    let honest = m.deal(0, &first).unwrap();
    for (header, fits) in [(None, true), (Some([9; 32]), false)] {
        let dealings = [(1, 0), (2, 1)].map(|(number, gate)| {
            let named = |bytes: &mut [u8]| {
                header.iter().for_each(|h| bytes[24..56].copy_from_slice(h));
                bytes[125] = number;
            };
            signed(&m, &honest, gate, named)
        });
        let stores = NEW.map(|n| m.store(n).copy());
        let taken = NEW.iter().zip(stores).map(|(n, store)| {
            let mut gate = Gate::new(m.key(*n), m.book.rules(), store);
            gate.take(&first, &dealings, &m.book.region.keys).unwrap()
        });
        let taken = taken.collect();
        let done = m.say_done(&first);
        let moved = Moved {
            steps: [first.clone(), done],
            dealings: Vec::new(),
            taken,
        };
        let other = |e| matches!(e, Denial::Shares(OpenError::OtherEnvelope));
        let found = m.new_gates(&moved).map(|_| ());
        assert_eq!(found.is_ok(), fits);
        assert!(found.err().is_none_or(other));
    }
}

/// Two officers and as many gates as open could name gates that never kept the shares, to have the third delete its own.
#[test]
fn a_gate_deletes_nothing_by_an_entry_that_names_other_gates_than_it_knows() {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2], &to);
    let honest = m.deal(0, &first).unwrap();
    // The same gates in another order: the first two sign what they never could have been asked for.
    let other = m.set(0, 2, &[1, 0, 2]);
    let second = m.say(&other, &[1, 2], &to);
    assert!(matches!(m.deal(2, &second), Err(Denial::OtherGates)));
    let dealings = [(1, 1), (2, 0)];
    let dealings = dealings.map(|(number, gate)| {
        let named = |bytes: &mut [u8]| {
            bytes[56..88].copy_from_slice(&second.entry().0);
            bytes[125] = number;
        };
        signed(&m, &honest, gate, named)
    });
    let taken: Vec<_> = NEW.map(|n| m.take(n, &second, &dealings).unwrap()).into();
    let done = m.say_done(&second);
    let refused = m.hand_over(0, [&second, &done], &taken);
    assert!(matches!(refused, Err(Denial::OtherGates)), "{refused:?}");
    let grant = granted(&mut m);
    let request = m.book.request(&grant, &[1]);
    assert!(m.release(2, &request).is_ok(), "it keeps its shares");
    let kept = m.hand_over(2, [&second, &done], &taken);
    assert!(kept.is_ok(), "control: the third stands where it stood");
}

#[test]
fn a_gate_s_word_of_another_redeal_does_not_stand_in_the_way_of_its_own() {
    let mut m = Moving::new();
    let (from, other) = (m.first(), m.set(1, 2, &[3, 0, 4]));
    let first = m.say(&from, &[1, 2], &other);
    let dealings = [0, 1].map(|gate| m.deal(gate, &first).unwrap());
    let word = m.take(0, &first, &dealings).unwrap();
    let mut done = redeal(&mut m);
    assert!(m.new_gates(&done).is_ok());
    done.taken.insert(0, word);
    assert!(m.new_gates(&done).is_ok(), "beside a word of the same gate");
    done.taken.remove(1);
    let missing = m.new_gates(&done);
    let named = matches!(missing, Err(Denial::NotTaken { gate }) if gate == m.id(0));
    assert!(named, "control: that word alone");
}
