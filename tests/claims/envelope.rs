use crate::envelope_by_hand::owner_packet;
use crate::envelope_support::{Office, POLICY, at, policy};
use billetbook::envelope::{
    Assurance, Billet, EnvelopeError, Gates, MOST_CONTENT, OpenError, OwnerPacket, Padding,
    SealError, Sealer,
};
use billetbook::keys::{KeyProvider, KeyRefused, Role, RoleKeys};
use billetbook::record::Section;

const MARK: &[u8] = b"lives at 9 Canary Row";

#[test]
fn env_3_a_section_that_was_not_granted_does_not_open_with_all_gates() {
    let office = Office::new();
    let all = [
        Section::Personal,
        Section::Education,
        Section::Health,
        Section::CrimeJustice,
    ];
    let sections: Vec<(Section, &[u8])> = all.iter().map(|s| (s.clone(), MARK)).collect();
    let billet = office.seal(Padding::default(), &sections);
    let (envelope, owned) = (office.verified(&billet), office.owned(&billet));
    for granted in 0..1usize << all.len() {
        let granted: Vec<Section> = (all.iter().enumerate())
            .filter(|(i, _)| granted >> i & 1 == 1)
            .map(|(_, s)| s.clone())
            .collect();
        let slots = owned.slots_of(&granted).unwrap();
        let capsule = owned.halves().only(&slots).unwrap();
        for entry in owned.entries() {
            let gate = office.gate_half(&billet, entry.slot(), &[0, 1, 2]).unwrap();
            let opened = envelope.open(capsule.half(entry.slot()).unwrap(), &gate);
            // Control: what was granted opens.
            assert_eq!(opened.is_ok(), granted.contains(entry.section()));
        }
    }
}

#[test]
fn env_4_nothing_less_than_envelope_packet_owner_key_and_a_quorum_opens() {
    let office = Office::new();
    let billet = office.seal(Padding::default(), &[(Section::Health, MARK)]);
    let envelope = office.verified(&billet);
    for owner in [false, true] {
        for gates in 0..8u8 {
            let key = if owner {
                &office.owner
            } else {
                &office.stranger
            };
            let gates: Vec<usize> = (0..3).filter(|i| gates >> i & 1 == 1).collect();
            let opened = envelope
                .owned_by(billet.owner_packet(), key)
                .and_then(|owned| {
                    let shares: Vec<_> = gates.iter().map(|g| office.shares(&billet, *g)).collect();
                    owned.open_advisory(&Section::Health, &shares)
                });
            let enough = owner && gates.len() >= 2;
            assert_eq!(opened.is_ok(), enough, "{owner} {gates:?}");
            if let Ok(opened) = opened {
                assert_eq!(opened.section().content(), MARK, "control");
                assert_eq!(opened.assurance(), Assurance::Advisory);
            }
        }
    }
    // One gate's share does not stand for two, nor one gate's deposit open to another.
    let owned = office.owned(&billet);
    let twice = [office.shares(&billet, 0), office.shares(&billet, 0)];
    assert!(matches!(
        owned.open_advisory(&Section::Health, &twice),
        Err(OpenError::SameGate { gate: 1 })
    ));
    let deposit = billet.deposits()[0]
        .clone()
        .verify(&office.author_record)
        .unwrap();
    assert!(matches!(
        deposit.open(&office.gates[1]),
        Err(OpenError::Refused)
    ));
}

#[test]
fn env_5_a_wrong_share_is_named() {
    let office = Office::new();
    let billet = office.seal(Padding::default(), &[(Section::Health, MARK)]);
    let slot = office.owned(&billet).entries()[0].slot();
    let deposit = billet.deposits()[2]
        .clone()
        .verify(&office.author_record)
        .unwrap();
    let shares = office.shares(&billet, 2);
    let right = *shares.share(slot).unwrap().secret_bytes();
    assert!(deposit.share(slot, &right).is_ok(), "control");
    let mut wrong = right;
    wrong[31] ^= 1;
    for (slot_of, share) in [(slot, wrong), ((slot + 1) % 8, right), (8, right)] {
        assert!(matches!(
            deposit.share(slot_of, &share),
            Err(OpenError::WrongShare { gate: 3, slot }) if slot == slot_of
        ));
    }
    // Shares of another envelope are no shares of this one.
    let other = office.seal(Padding::default(), &[(Section::Health, MARK)]);
    let mixed = [office.shares(&billet, 0), office.shares(&other, 1)];
    assert!(matches!(
        office
            .owned(&billet)
            .open_advisory(&Section::Health, &mixed),
        Err(OpenError::OtherEnvelope)
    ));
}

#[test]
fn env_6_with_and_without_a_section_look_alike_under_uniform() {
    let office = Office::new();
    let health: (Section, &[u8]) = (Section::Health, &[1; 9000]);
    let safeguarding: (Section, &[u8]) = ("safeguarding".parse().unwrap(), &[2; 5000]);
    let look = |padding, sections: &[(Section, &[u8])]| {
        let billet = office.seal(padding, sections);
        let seen = billet.envelope().unwrap().inspect();
        let mut lengths = seen.slots.clone();
        lengths.remove(seen.manifest);
        let parts: Vec<usize> = billet.deposits().iter().map(|d| d.encode().len()).collect();
        let packet = billet.owner_packet().encode().len();
        (
            lengths,
            seen.length,
            seen.policy_digest,
            seen.gates,
            seen.author,
            parts,
            packet,
        )
    };
    let (with, without) = ([health.clone(), safeguarding.clone()], [health]);
    assert_eq!(
        look(Padding::default(), &with),
        look(Padding::default(), &without)
    );
    // In a class that the agency fixed, not even a section far longer shows.
    let fixed = Padding::Uniform { at_least: 16 << 10 };
    assert_eq!(
        look(fixed, &with),
        look(fixed, &[(Section::Personal, b"{}")])
    );
    assert_ne!(
        look(Padding::Compact, &with),
        look(Padding::Compact, &without),
        "control: compact shows it, as its docs say"
    );

    // Slots are drawn at random: neither the section's nor the manifest's place tells anything.
    let mut seen = [[0u32; 8]; 2];
    for _ in 0..400 {
        let billet = office.seal(Padding::Compact, std::slice::from_ref(&safeguarding));
        let owned = office.owned(&billet);
        seen[0][usize::from(owned.entries()[0].slot())] += 1;
        seen[1][billet.envelope().unwrap().inspect().manifest] += 1;
    }
    // 50 expected, standard deviation 6.6.
    assert!(
        seen.iter().flatten().all(|n| (15..95).contains(n)),
        "{seen:?}"
    );
}

#[test]
fn env_8_neither_debug_nor_an_error_nor_a_sealed_byte_shows_a_word_of_a_record() {
    let office = Office::new();
    let billet = office.seal(Padding::default(), &[(Section::Health, MARK)]);
    let owned = office.owned(&billet);
    let shares = [office.shares(&billet, 0), office.shares(&billet, 1)];
    let opened = owned.open_advisory(&Section::Health, &shares).unwrap();
    let slot = owned.entries()[0].slot();
    let share = *shares[0].share(slot).unwrap().secret_bytes();
    let half = &owned.halves().secret_bytes()[usize::from(slot) * 32..][..32];
    let shown = format!(
        "{billet:?} {owned:?} {shares:?} {opened:?} {:?} {:?}",
        office.gate_half(&billet, slot, &[0, 1]).unwrap(),
        owned.halves().half(slot)
    );
    for secret in [&MARK[..4], &share[..4], &half[..4]] {
        let decimal = format!("{}, {}, {}, {}", secret[0], secret[1], secret[2], secret[3]);
        assert!(!shown.contains(&decimal));
    }
    assert!(!shown.contains("Canary"));
    let hides = |bytes: &[u8]| !bytes.windows(6).any(|w| w == b"Canary");
    assert!(hides(&billet.encode()));
    assert!(
        !hides(opened.section().content()),
        "control: the word is in what was opened"
    );

    // One error for every reason that an attacker could learn from.
    let wrong = [
        owned.halves().only(&[]).unwrap(),
        office
            .owned(&office.seal(Padding::default(), &[(Section::Health, MARK)]))
            .halves()
            .only(&[slot])
            .unwrap(),
    ];
    let gate = office.gate_half(&billet, slot, &[1, 2]).unwrap();
    let envelope = office.verified(&billet);
    for halves in wrong {
        let error = envelope
            .open(halves.half(slot).unwrap(), &gate)
            .unwrap_err();
        assert_eq!(error.to_string(), OpenError::Refused.to_string());
    }
    let stranger = envelope
        .owned_by(billet.owner_packet(), &office.stranger)
        .unwrap_err();
    assert_eq!(stranger.to_string(), OpenError::Refused.to_string());
}

#[test]
fn env_9_keys_serve_their_role_and_their_window_only() {
    let office = Office::new();
    let sections: [(Section, &[u8]); 1] = [(Section::Health, MARK)];
    let seal = |author: &RoleKeys, owner: &RoleKeys, gate: &RoleKeys, when| {
        let gates = Gates::new(vec![office.certify(gate)]).unwrap();
        Sealer::new(author, &office.certify(owner), &gates, &office.policy)
            .seal(&sections, at(when))
    };
    let (author, owner, gate) = (&office.author, &office.owner, &office.gates[0]);
    assert!(seal(author, owner, gate, 500).is_ok(), "control");
    let role =
        |r: Result<Billet, SealError>| matches!(r, Err(SealError::Key(KeyRefused::Role { .. })));
    assert!(role(seal(gate, owner, gate, 500)));
    assert!(role(seal(author, author, gate, 500)));
    assert!(role(seal(author, owner, owner, 500)));
    for when in [1_000, 5_000] {
        let refused = seal(author, owner, gate, when);
        assert!(matches!(
            refused,
            Err(SealError::Key(KeyRefused::Window { .. }))
        ));
    }
    // A signature by a key of another role is none, though the key holds.
    let billet = office.seal(Padding::Compact, &sections);
    assert!(matches!(
        billet.envelope().unwrap().verify(&office.certify(&office.stranger)),
        Err(EnvelopeError::OtherAuthor { found }) if found == office.author.key_id()
    ));
    // What was sealed while the window held is read after it.
    assert!(
        office
            .verified(&billet)
            .owned_by(billet.owner_packet(), owner)
            .is_ok()
    );
}

#[test]
fn env_11_an_owner_packet_is_wrapped_to_a_new_key_and_nothing_else_changes() {
    let office = Office::new();
    let billet = office.seal(Padding::Compact, &[(Section::Health, MARK)]);
    let new = RoleKeys::generate(Role::Open, "records, 2027", office.window).unwrap();
    let packet = office
        .owned(&billet)
        .rewrap(&office.certify(&new), at(500))
        .unwrap();
    let rotated = billet.clone().with_owner_packet(packet).unwrap();
    assert_eq!(rotated.envelope_bytes(), billet.envelope_bytes());
    assert_eq!(rotated.deposits(), billet.deposits());
    let envelope = office.verified(&rotated);
    let owned = envelope.owned_by(rotated.owner_packet(), &new).unwrap();
    let shares = [office.shares(&rotated, 1), office.shares(&rotated, 2)];
    let opened = owned.open_advisory(&Section::Health, &shares).unwrap();
    assert_eq!(opened.section().content(), MARK);
    assert!(
        envelope
            .owned_by(rotated.owner_packet(), &office.owner)
            .is_err()
    );
    assert!(
        office
            .owned(&billet)
            .rewrap(&office.author_record, at(500))
            .is_err()
    );
    // A packet of another envelope is refused.
    let other = office.seal(Padding::Compact, &[(Section::Health, MARK)]);
    assert!(
        billet
            .clone()
            .with_owner_packet(other.owner_packet().clone())
            .is_err()
    );
    assert!(matches!(
        envelope.owned_by(other.owner_packet(), &office.owner),
        Err(OpenError::OtherEnvelope)
    ));
    // So is one of halves for more slots than the envelope has, whoever wrapped it.
    let halves = office.owned(&billet).halves().secret_bytes();
    let wrapped = |slots: usize| {
        let halves = [&halves[..], &[1; 256]].concat();
        let bytes = owner_packet(
            billet.envelope_bytes(),
            slots,
            &halves[..32 * slots],
            office.owner.public(),
        );
        envelope.owned_by(&OwnerPacket::decode(&bytes).unwrap(), &office.owner)
    };
    assert!(wrapped(8).is_ok(), "control");
    assert!(matches!(wrapped(16), Err(OpenError::Refused)));
}

#[test]
fn env_12_any_two_quorums_share_a_gate_and_no_envelope_is_without_gates() {
    let office = Office::new();
    let window = office.window;
    let record =
        |i| office.certify(&RoleKeys::generate(Role::Gate, &format!("{i}"), window).unwrap());
    let records: Vec<_> = (0..8).map(record).collect();
    for n in 0..=8 {
        for t in 0..=9 {
            let made = Gates::with_threshold(t, records[..n].to_vec());
            // Control: what the rule allows is made.
            assert_eq!(
                made.is_ok(),
                (1..=7).contains(&n) && t <= n && 2 * t > n,
                "{t} of {n}"
            );
        }
    }
    assert_eq!(Gates::new(records[..5].to_vec()).unwrap().threshold(), 3);
    let twice = vec![records[0].clone(), records[1].clone(), records[0].clone()];
    assert!(matches!(Gates::new(twice), Err(SealError::GateTwice(_))));
    let colocated = Gates::new(records[..3].to_vec()).unwrap().assurance();
    assert!(matches!(
        colocated,
        Assurance::Colocated {
            threshold: 2,
            gates: 3
        }
    ));
}

#[test]
fn env_13_nothing_is_sealed_under_a_policy_that_permits_nothing_or_does_not_know_a_section() {
    let office = Office::new();
    let gates = Gates::new(vec![office.certify(&office.gates[0])]).unwrap();
    let owner = office.certify(&office.owner);
    let seal = |text: &str, sections: &[(Section, &[u8])], when| {
        Sealer::new(&office.author, &owner, &gates, &policy(text)).seal(sections, at(when))
    };
    let health: [(Section, &[u8]); 1] = [(Section::Health, MARK)];
    assert!(seal(POLICY, &health, 500).is_ok(), "control");
    let denials = POLICY
        .replace("[[default]]", "[[exception]]\neffect = \"deny\"")
        .replace("bases = [\"public_task:ca1989_s47\"]\n", "")
        .replace("article_9 = [\"safeguarding_of_children\"]\n", "")
        .replace("retention = \"child_protection\"\n", "");
    assert!(matches!(
        seal(&denials, &health, 500),
        Err(SealError::PermitsNothing)
    ));
    let early = POLICY.replace("valid_until = 2027-01-01", "valid_until = 2026-02-01");
    assert!(matches!(
        seal(&early, &health, 500),
        Err(SealError::PolicyNotInForce { .. })
    ));
    let unknown: Section = "drawings".parse().unwrap();
    let refused = seal(POLICY, &[(unknown.clone(), MARK)], 500);
    assert!(matches!(refused, Err(SealError::UnknownSection(s)) if s == unknown));

    // And no section, one twice, one too long, more than there are slots.
    let long = vec![0; MOST_CONTENT + 1];
    let many: Vec<(Section, &[u8])> = (0..8)
        .map(|i| (format!("s{i}").parse().unwrap(), MARK))
        .collect();
    let names: String = (0..8).map(|i| format!("[sections.s{i}]\ntitle = \"s\"\nspecial_category = false\ncriminal_offence = false\n")).collect();
    let wide = POLICY.replace("[[default]]", &format!("{names}\n[[default]]"));
    assert!(seal(&wide, &many[..7], 500).is_ok(), "control: seven fit");
    assert!(matches!(
        seal(&wide, &many, 500),
        Err(SealError::TooManySections { found: 8, slots: 8 })
    ));
    assert!(matches!(seal(POLICY, &[], 500), Err(SealError::NoSection)));
    let twice = [health[0].clone(), health[0].clone()];
    assert!(matches!(
        seal(POLICY, &twice, 500),
        Err(SealError::Twice(Section::Health))
    ));
    let refused = seal(POLICY, &[(Section::Health, &long)], 500);
    assert!(matches!(refused, Err(SealError::TooLong { found, .. }) if found == MOST_CONTENT + 1));
    assert!(
        seal(POLICY, &[(Section::Health, &long[1..])], 500).is_ok(),
        "control: 16 MiB fit"
    );
}
