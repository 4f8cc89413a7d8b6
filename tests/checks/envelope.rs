use crate::grant_support::{Region, now};
use billetbook::envelope::{Deposit, EnvelopeError, Gates, MOST_GATES, Sealer};
use billetbook::record::Section;

/// Two envelopes of one number: the owner packet of the one is not put into the billet of the other.
#[test]
fn an_owner_packet_of_another_envelope_with_the_same_number_is_refused() {
    let region = Region::new();
    let owner = region.school.record(&region.school.open);
    let gates = region.gates.iter().map(|g| region.school.record(g));
    let behind = Gates::new(gates.collect()).unwrap();
    let sealer = Sealer::new(&region.school.issue, &owner, &behind, &region.policy);
    let seal = |content: &[u8]| {
        let sections = [(Section::Personal, content)];
        sealer
            .seal_from_seed_hazmat(&sections, now(), [9; 32])
            .unwrap()
    };
    let (a, b) = (seal(b"first"), seal(b"other"));
    assert_eq!(a.deposits()[0].envelope(), b.deposits()[0].envelope());
    let own = a.owner_packet().clone();
    assert_eq!(a.clone().with_owner_packet(own).unwrap(), a, "control");
    let other = a.with_owner_packet(b.owner_packet().clone());
    assert_eq!(other, Err(EnvelopeError::Refused));
}

#[test]
fn a_deposit_is_of_one_of_its_gates_and_these_are_not_too_many() {
    let region = Region::new();
    let bytes = region.billet.deposits()[0].encode();
    // Behind number, header's hash and author: threshold, gates, gate.
    let at = 8 + 16 + 32 + 32;
    assert_eq!(bytes[at..at + 3], [2, 3, 1]);
    let most = u8::try_from(MOST_GATES).unwrap();
    for (three, good) in [
        ([2, 3, 1], true),
        ([2, 3, 3], true),
        ([2, 3, 4], false),
        ([2, 3, 0], false),
        ([most / 2 + 1, most, most], true),
        ([most / 2 + 2, most + 1, 1], false),
        ([1, 3, 1], false),
        ([4, 3, 1], false),
    ] {
        let mut altered = bytes.clone();
        altered[at..at + 3].copy_from_slice(&three);
        assert_eq!(Deposit::decode(&altered).is_ok(), good, "{three:?}");
    }
}
