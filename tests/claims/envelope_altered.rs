//! Envelopes altered by someone else, and by their own author.

use crate::envelope_by_hand::{Places, sign_anew};
use crate::envelope_support::Office;
use billetbook::envelope::{Billet, Deposit, Envelope, OpenError, OwnerPacket, Padding, SlotCount};
use billetbook::record::Section;

const MARK: &[u8] = b"lives at 9 Canary Row";

fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut out = bytes.to_vec();
        out[bit / 8] ^= 1 << (bit % 8);
        (bit, out)
    })
}

#[test]
fn env_1_every_flipped_bit_of_an_envelope_an_owner_packet_or_a_deposit_is_refused() {
    let office = Office::new();
    let billet = office.seal(Padding::Compact, &[(Section::Health, MARK)]);
    let believe = |bytes: &[u8]| {
        Envelope::decode(bytes).and_then(|e| e.verify(&office.author_record).map(|_| ()))
    };
    let bytes = billet.envelope_bytes();
    assert_eq!(believe(bytes), Ok(()), "control");
    for (bit, altered) in flips(bytes) {
        assert!(believe(&altered).is_err(), "bit {bit} of the envelope");
    }

    let envelope = office.verified(&billet);
    let own = |bytes: &[u8]| {
        let packet = OwnerPacket::decode(bytes).map_err(|_| OpenError::Refused)?;
        envelope.owned_by(&packet, &office.owner).map(|_| ())
    };
    let bytes = billet.owner_packet().encode();
    assert!(own(&bytes).is_ok(), "control");
    for (bit, altered) in flips(&bytes) {
        assert!(own(&altered).is_err(), "bit {bit} of the owner packet");
    }

    let believe =
        |bytes: &[u8]| Deposit::decode(bytes).and_then(|d| d.verify(&office.author_record));
    let bytes = billet.deposits()[0].encode();
    assert!(believe(&bytes).is_ok(), "control");
    for (bit, altered) in flips(&bytes) {
        assert!(believe(&altered).is_err(), "bit {bit} of the deposit");
    }
}

/// Even the author cannot move a section: the envelope is signed anew, as only the author can, and the slot's
/// halves are the right ones.
#[test]
fn env_2_a_section_moved_to_another_slot_or_envelope_is_refused() {
    let office = Office::new();
    let sections: [(Section, &[u8]); 2] = [(Section::Health, MARK), (Section::Education, b"e")];
    let [here, there] = [0, 1].map(|_| office.seal(Padding::Compact, &sections));
    let owned = office.owned(&here);
    let [from, to] = [0, 1].map(|i| owned.entries()[i].slot());
    let gate = |slot| office.gate_half(&here, slot, &[0, 1]).unwrap();

    let opens = |bytes: &[u8], slot: u8, halves_of: u8| {
        let signed = sign_anew(bytes, &office.author);
        let envelope = Envelope::decode(&signed).unwrap();
        let envelope = envelope.verify(&office.author_record).unwrap();
        let owned = office.owned(&here);
        let half = owned.halves().secret_bytes();
        // The halves of one slot, presented for another.
        let mut moved = half.to_vec();
        let (a, b) = (usize::from(halves_of) * 32, usize::from(slot) * 32);
        moved.copy_within(a..a + 32, b);
        let moved =
            billetbook::envelope::GrantHalves::from_secret_bytes(&moved, SlotCount::Eight).unwrap();
        envelope
            .open(moved.half(slot).unwrap(), &gate(slot))
            .is_ok()
    };
    let bytes = here.envelope_bytes();
    assert!(
        opens(bytes, from, from),
        "control: signed anew, nothing moved"
    );

    // Within the envelope: the slots' places in the header and in the body are exchanged.
    let slots = Places::of(bytes).slots;
    let mut moved = bytes.to_vec();
    let (a, b) = (&slots[usize::from(from)], &slots[usize::from(to)]);
    assert_eq!(a.1.len(), b.1.len());
    for (x, y) in [(&a.0, &b.0), (&a.1, &b.1)] {
        let kept = moved[x.clone()].to_vec();
        moved.copy_within(y.clone(), x.start);
        moved[y.clone()].copy_from_slice(&kept);
    }
    assert!(!opens(&moved, to, from));
    assert!(!opens(&moved, from, from));

    // Into another envelope of the same author, owner, gates and policy.
    let mut other = there.envelope_bytes().to_vec();
    let target = &Places::of(&other).slots[usize::from(from)];
    other[target.0.clone()].copy_from_slice(&bytes[a.0.clone()]);
    other[target.1.clone()].copy_from_slice(&bytes[a.1.clone()]);
    assert!(!opens(&other, from, from));
}

/// The commitment is compared before anything is decrypted, so a slot opens under the key it was sealed with and
/// under no other, whatever the author signs.
#[test]
fn env_7_no_ciphertext_opens_under_two_keys() {
    let office = Office::new();
    let billet = office.seal(
        Padding::Compact,
        &[(Section::Health, MARK), (Section::Education, MARK)],
    );
    let bytes = billet.envelope_bytes();
    let owned = office.owned(&billet);
    let [a, b] = [0, 1].map(|i| owned.entries()[i].slot());
    let ranges = Places::of(bytes).slots;
    let commitment = |slot: u8| {
        let start = ranges[usize::from(slot)].1.start + 24;
        start..start + 32
    };
    let opens = |bytes: &[u8], slot: u8| {
        let signed = sign_anew(bytes, &office.author);
        let envelope = Envelope::decode(&signed)
            .unwrap()
            .verify(&office.author_record)
            .unwrap();
        let gate = office.gate_half(&billet, slot, &[0, 2]).unwrap();
        envelope
            .open(owned.halves().half(slot).unwrap(), &gate)
            .is_ok()
    };
    assert!(opens(bytes, a) && opens(bytes, b), "control: signed anew");
    assert_ne!(bytes[commitment(a)], bytes[commitment(b)]);
    let mut altered = bytes.to_vec();
    altered.copy_within(commitment(b), commitment(a).start);
    assert!(
        !opens(&altered, a),
        "the right key under another's commitment"
    );
    assert!(opens(&altered, b), "control: the other slot is untouched");
}

#[test]
fn env_10_what_is_cut_long_newer_or_over_a_limit_is_refused_before_any_key_is_used() {
    let office = Office::new();
    let billet = office.seal(Padding::Compact, &[(Section::Health, MARK)]);
    let bytes = billet.encode();
    assert_eq!(Billet::decode(&bytes).unwrap(), billet, "control");
    for n in 0..bytes.len() {
        assert!(Billet::decode(&bytes[..n]).is_err(), "{n} bytes");
    }
    assert!(Billet::decode(&[&bytes[..], &[0]].concat()).is_err());
    // Magic, version, threshold, gates, slots, a slot's length, the manifest's place: of the envelope, from byte 12.
    let header = |at: usize| 12 + at;
    let table = [
        (0, b'X'),
        (7, 2),
        (header(7), 2),
        (header(88), 0),
        (header(88), 1),
        (header(88), 4),
        (header(89), 8),
        (header(89), 0),
        (header(186), 9),
        (header(187), 0xff),
        (header(HEADER - 1), 8),
    ];
    for (at, value) in table {
        let mut altered = bytes.clone();
        assert_ne!(altered[at], value, "byte {at} is changed");
        altered[at] = value;
        assert!(Billet::decode(&altered).is_err(), "byte {at}");
    }
}

/// Bytes of a header of three gates and eight slots.
const HEADER: usize = 8 + 16 + 32 + 32 + 2 + 3 * 32 + 1 + 8 * 36 + 1;
