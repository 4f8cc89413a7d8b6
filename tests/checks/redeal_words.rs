//! What gates say when an envelope's shares are dealt anew: as much as is asked of them, and no more than once.

use crate::grant_support::offer;
use crate::redeal_support::{Moved, Moving, NEW, moved};
use billetbook::gate::{Denial, Taken};
use billetbook::grant::Offer;
use billetbook::keys::KeyProvider;

const TAKEN_LABEL: &[u8] = b"billetbook/1 taken\0";
/// Where a word that shares were taken has its envelope, header, redeal, epoch, and, after gate's number, slots and a hash
/// of each of eight, the number of checks.
const ENVELOPE: usize = 8 + 32;
const HEADER: usize = ENVELOPE + 16;
const REDEAL: usize = HEADER + 32;
const EPOCH: usize = REDEAL + 32;
const CHECKS: usize = EPOCH + 4 + 2 + 32 * 8;

#[test]
fn a_new_gate_s_word_is_of_this_redeal_envelope_epoch_and_round_and_has_every_check() {
    let (m, moved) = moved();
    let key = m.key(NEW[2]);
    let said = |alter: &dyn Fn(&mut Vec<u8>)| {
        let bytes = moved.taken[2].encode();
        let mut signed = bytes[..bytes.len() - 64].to_vec();
        alter(&mut signed);
        let signature = key.sign(TAKEN_LABEL, &signed).unwrap();
        let word = Taken::decode(&[signed, signature.to_vec()].concat()).unwrap();
        let taken = vec![moved.taken[0].clone(), moved.taken[1].clone(), word];
        m.new_gates(&Moved {
            steps: moved.steps.clone(),
            dealings: Vec::new(),
            taken,
        })
    };
    assert!(said(&|_| ()).is_ok(), "control");
    for at in [ENVELOPE, HEADER, REDEAL, EPOCH] {
        let refused = said(&|bytes| bytes[at] ^= 1);
        let missing = matches!(refused, Err(Denial::NotTaken { gate }) if gate == key.key_id());
        assert!(missing, "{at}: {refused:?}");
    }
    let fewer = said(&|bytes| {
        assert_eq!(bytes[CHECKS], 1);
        bytes[CHECKS] = 0;
        bytes.truncate(CHECKS + 1);
    });
    assert!(matches!(fewer, Err(Denial::NotTaken { .. })), "{fewer:?}");
    let more = said(&|bytes| {
        bytes[CHECKS] = 2;
        bytes.extend([0; 32 * 8]);
    });
    assert!(matches!(more, Err(Denial::NotTaken { .. })), "{more:?}");
}

/// A gate that keeps its place knows of a use by itself and is told of it too.
#[test]
fn a_use_that_a_gate_knows_and_is_told_of_goes_along_once() {
    let mut m = Moving::new();
    let grant = m.book.region.grant_with(&Offer {
        most_opens: 2,
        ..offer()
    });
    let grant = m.book.grant(&grant);
    let used = m.book.request(&grant, &[1]);
    for gate in [0, 1] {
        m.release(gate, &used).unwrap();
    }
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.redeal((&from, &[0, 1, 2]), &[1, 2], (&to, &NEW));
    let last = m.set(2, 2, &[5, 6, 7]);
    let second = m.redeal((&to, &NEW), &[1, 2], (&last, &[5, 6, 7]));
    let length = |moved: &Moved| moved.dealings[0].encode().len();
    assert_eq!(length(&first), length(&second));
}

/// The same gates, in the same order and epoch; what they said of one redeal proves nothing of another.
#[test]
fn words_of_one_redeal_are_none_of_another() {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let first = m.say(&from, &[1, 2], &to);
    let dealings = [0, 1].map(|gate| m.deal(gate, &first).unwrap());
    let taken = NEW.map(|gate| m.take(gate, &first, &dealings).unwrap());
    let second = m.say(&from, &[1, 2], &to);
    for (step, own) in [(first, true), (second, false)] {
        let done = m.say_done(&step);
        let found = m.new_gates(&Moved {
            steps: [step, done],
            dealings: Vec::new(),
            taken: taken.to_vec(),
        });
        assert_eq!(found.is_ok(), own);
        let missing = |e| matches!(e, Denial::NotTaken { .. });
        assert!(found.err().is_none_or(missing));
    }
}
