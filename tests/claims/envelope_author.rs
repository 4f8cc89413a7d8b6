//! An author who seals what it should not: manifests, slots and deposits made by hand, and signed by its own key.

use crate::envelope_by_hand::{
    ByHand, MANIFEST_LENGTH, Places, manifest, owner_packet, plaintext, seal_slot, with_slot,
};
use crate::envelope_support::Office;
use billetbook::envelope::{
    Billet, Deposit, Envelope, EnvelopeError, OpenError, OwnedEnvelope, OwnerPacket, Padding,
    VerifiedEnvelope,
};
use billetbook::keys::KeyProvider;
use billetbook::record::Section;
use billetbook::wire::WireError;

const MARK: &[u8] = b"lives at 9 Canary Row";

fn sealed(office: &Office) -> Billet {
    let sections: [(Section, &[u8]); 2] = [(Section::Health, MARK), (Section::Education, b"e")];
    office.seal(Padding::Compact, &sections)
}

/// The envelope of a billet with another plaintext in a slot, signed by its author.
fn replaced(office: &Office, billet: &Billet, slot: u8, plain: &[u8]) -> Vec<u8> {
    let bytes = billet.envelope_bytes();
    let halves = office.owned(billet).halves().secret_bytes();
    let half = &halves[32 * usize::from(slot)..][..32];
    let gate = match usize::from(slot) == Places::of(bytes).manifest {
        true => [0; 32],
        false => joined(office, billet, slot),
    };
    let sealed = seal_slot(bytes, slot, (half, &gate), plain);
    with_slot(bytes, slot.into(), &sealed, &office.author)
}

/// The gate half of a slot, from the shares of gates 1 and 2: over GF(2^8), the line through both at zero.
fn joined(office: &Office, billet: &Billet, slot: u8) -> [u8; 32] {
    let [one, two] = [0, 1].map(|g| *office.shares(billet, g).share(slot).unwrap().secret_bytes());
    // Weights at zero: 2 / (1 + 2) = {f7} for gate 1, 1 / (1 + 2) = {f6} for gate 2, since {03} * {f6} = {01}.
    std::array::from_fn(|i| product(one[i], 0xf7) ^ product(two[i], 0xf6))
}

fn product(mut a: u8, mut by: u8) -> u8 {
    let mut out = 0;
    while by > 0 {
        out ^= a * (by & 1);
        a = (a << 1) ^ (0x1b * (a >> 7));
        by >>= 1;
    }
    out
}

fn read<'a>(office: &Office, envelope: &'a [u8]) -> VerifiedEnvelope<'a> {
    let envelope = Envelope::decode(envelope).unwrap();
    envelope.verify(&office.author_record).unwrap()
}

/// The owner's view of an envelope that its author wrapped by hand.
fn owned<'a>(
    office: &Office,
    billet: &Billet,
    envelope: &'a [u8],
) -> Result<OwnedEnvelope<'a>, OpenError> {
    let halves = office.owned(billet).halves().secret_bytes();
    let packet = owner_packet(envelope, 8, &halves, office.owner.public());
    let packet = OwnerPacket::decode(&packet).unwrap();
    read(office, envelope).owned_by(&packet, &office.owner)
}

/// The deposit of a gate, by hand, with changes.
fn deposit(
    office: &Office,
    billet: &Billet,
    envelope: &[u8],
    gate: usize,
    change: impl Fn(&mut ByHand<'_>),
) -> Vec<u8> {
    let shares = office.shares(billet, gate);
    let key = &office.gates[gate];
    let mut by_hand = ByHand {
        threshold: 2,
        gates: 3,
        gate: u8::try_from(gate).unwrap() + 1,
        to: (key.key_id(), key.public()),
        shares: (0..8)
            .map(|s| *shares.share(s).unwrap().secret_bytes())
            .collect(),
    };
    change(&mut by_hand);
    by_hand.deposit(envelope, &office.author)
}

#[test]
fn env_14_a_section_named_wrongly_by_its_own_author_is_not_opened_under_that_name() {
    let office = Office::new();
    let billet = sealed(&office);
    let own = u8::try_from(Places::of(billet.envelope_bytes()).manifest).unwrap();
    let places = office
        .owned(&billet)
        .slots_of(&[Section::Health, Section::Education])
        .unwrap();
    let [health, education] = places[..] else {
        panic!("two sections")
    };
    let opened = |names: [&str; 2]| {
        let mut entries = [(health, names[0], MARK.len()), (education, names[1], 1)];
        entries.sort_unstable();
        let plain = plaintext("", &manifest(&entries), MANIFEST_LENGTH);
        let envelope = replaced(&office, &billet, own, &plain);
        let owned = owned(&office, &billet, &envelope).unwrap();
        let shares: Vec<_> = (0..2)
            .map(|g| {
                let deposit = deposit(&office, &billet, &envelope, g, |_| ());
                let deposit = Deposit::decode(&deposit).unwrap();
                let deposit = owned.envelope().deposit(deposit, &office.author_record);
                deposit.unwrap().open(&office.gates[g]).unwrap()
            })
            .collect();
        let opened = owned.open_advisory(&names[0].parse().unwrap(), &shares);
        opened.map(|o| {
            (
                o.section().section().clone(),
                o.section().content().to_vec(),
            )
        })
    };
    assert_eq!(
        opened(["health", "education"]).unwrap(),
        (Section::Health, MARK.to_vec()),
        "control: by hand, and true"
    );
    for names in [["education", "health"], ["personal", "education"]] {
        assert!(
            matches!(opened(names), Err(OpenError::Refused)),
            "{names:?}"
        );
    }
}

#[test]
fn env_15_a_manifest_or_a_slot_that_breaks_a_rule_is_refused_whoever_signed_it() {
    let office = Office::new();
    let billet = sealed(&office);
    let own = u8::try_from(Places::of(billet.envelope_bytes()).manifest).unwrap();
    let own_manifest = |plain: &[u8]| {
        let envelope = replaced(&office, &billet, own, plain);
        owned(&office, &billet, &envelope).map(|_| ())
    };
    let [a, b] = if own > 1 { [0, 1] } else { [2, 3] };
    let plain = |entries: &[(u8, &str, usize)]| plaintext("", &manifest(entries), MANIFEST_LENGTH);
    let good = [(a, "health", 9), (b, "education", 9)];
    assert!(own_manifest(&plain(&good)).is_ok(), "control");
    let with = |at: usize, byte: u8| {
        let mut out = plain(&good);
        out[at] = byte;
        out
    };
    let bad = [
        plain(&[good[1], good[0]]),
        plain(&[good[0], (b, "health", 9)]),
        plain(&[good[0], (a, "education", 9)]),
        plain(&[(own, "health", 9)]),
        plain(&[(8, "health", 9)]),
        plain(&[(a, "Health", 9)]),
        plain(&[(a, "health", (16 << 20) + 1)]),
        plaintext("health", &manifest(&good), MANIFEST_LENGTH),
        plaintext("", &[&manifest(&good)[..], &[0]].concat(), MANIFEST_LENGTH),
        plaintext("", &[8], MANIFEST_LENGTH),
        with(MANIFEST_LENGTH - 1, 1),
        with(3, 1),
    ];
    for (i, plain) in bad.iter().enumerate() {
        let refused = own_manifest(plain);
        assert!(matches!(refused, Err(OpenError::Refused)), "manifest {i}");
    }

    let owned = office.owned(&billet);
    let slot = owned.slots_of(&[Section::Health]).unwrap()[0];
    let gate = office.gate_half(&billet, slot, &[0, 1]).unwrap();
    let open = |plain: &[u8]| {
        let envelope = replaced(&office, &billet, slot, plain);
        let opened = read(&office, &envelope).open(owned.halves().half(slot).unwrap(), &gate);
        opened.map(|o| o.content().to_vec())
    };
    let longer = |mut plain: Vec<u8>| {
        *plain.last_mut().unwrap() = 1;
        plain
    };
    let health = plaintext("health", b"other", MANIFEST_LENGTH);
    assert_eq!(open(&health).unwrap(), b"other", "control");
    for (i, plain) in [
        plaintext("Health", b"other", MANIFEST_LENGTH),
        plaintext("", b"other", MANIFEST_LENGTH),
        plaintext(&"h".repeat(41), b"other", MANIFEST_LENGTH),
        longer(health),
        vec![0xff; MANIFEST_LENGTH],
    ]
    .iter()
    .enumerate()
    {
        assert!(matches!(open(plain), Err(OpenError::Refused)), "slot {i}");
    }
}

#[test]
fn env_16_a_deposit_that_says_other_than_its_envelope_is_refused_though_its_author_signed_it() {
    let office = Office::new();
    let billet = sealed(&office);
    let bytes = billet.envelope_bytes();
    let envelope = office.verified(&billet);
    let believe = |change: fn(&mut ByHand<'_>)| {
        let deposit = deposit(&office, &billet, bytes, 0, change);
        let deposit = Deposit::decode(&deposit)?;
        let alone = deposit.clone().verify(&office.author_record);
        assert!(alone.is_ok(), "the author's signature holds");
        let believed = envelope.deposit(deposit, &office.author_record)?;
        assert!(believed.open(&office.gates[0]).is_ok());
        Ok(())
    };
    assert_eq!(believe(|_| ()), Ok(()), "control: by hand, and true");
    // Too low a threshold, none, more than there are gates: two openings might share no gate.
    let thresholds: [fn(&mut ByHand<'_>); 3] = [
        |d| d.threshold = 1,
        |d| d.threshold = 0,
        |d| d.threshold = 4,
    ];
    for threshold in thresholds {
        let refused = believe(threshold).unwrap_err();
        let wire = EnvelopeError::Wire(WireError::Value { at: 88 });
        assert_eq!(refused, wire);
    }
    // Numbers that are possible, and not the envelope's.
    let others: [fn(&mut ByHand<'_>); 6] = [
        |d| d.gates = 2,
        |d| d.threshold = 3,
        |d| (d.threshold, d.gates) = (1, 1),
        |d| (d.threshold, d.gates) = (3, 5),
        |d| d.gate = 2,
        |d| d.shares.resize(16, [1; 32]),
    ];
    for (i, other) in others.into_iter().enumerate() {
        assert_eq!(believe(other), Err(EnvelopeError::Refused), "{i}");
    }
}
