//! Parts of an envelope that are too few, or of another.

use crate::envelope_support::Office;
use billetbook::envelope::{Billet, EnvelopeError, OpenError, Padding};
use billetbook::record::Section;

fn sealed(office: &Office) -> Billet {
    office.seal(Padding::Compact, &[(Section::Health, b"made up")])
}

#[test]
fn env_4_fewer_shares_than_the_threshold_are_counted_and_not_joined() {
    let office = Office::new();
    let billet = sealed(&office);
    let owned = office.owned(&billet);
    let slot = owned.slots_of(&[Section::Health]).unwrap()[0];
    assert!(office.gate_half(&billet, slot, &[0, 2]).is_ok(), "control");
    for gates in [&[][..], &[1]] {
        let few = office.gate_half(&billet, slot, gates).unwrap_err();
        assert!(
            matches!(few, OpenError::TooFewShares { found, needed: 2 } if found == gates.len()),
            "{few}"
        );
    }
}

#[test]
fn env_5_a_deposit_of_another_envelope_is_refused() {
    let office = Office::new();
    let (billet, other) = (sealed(&office), sealed(&office));
    let envelope = office.verified(&billet);
    let believe = |from: &Billet| {
        envelope
            .deposit(from.deposits()[0].clone(), &office.author_record)
            .map(|_| ())
    };
    assert_eq!(believe(&billet), Ok(()), "control");
    assert_eq!(believe(&other), Err(EnvelopeError::Refused));
}
