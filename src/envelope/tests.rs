//! What the parts of an envelope say of themselves, and show.

use super::*;
use crate::clock::{UnixTime, Window};
use crate::consent::Policy;
use crate::keys::{KeyProvider, KeyRecord, KeyRefused, ProviderError, Role, RoleKeys, Root};
use crate::record::Section;

const POLICY: &str = include_str!("../../tests/vectors/policy-v1.toml");

fn at(secs: u64) -> UnixTime {
    // The policy is in force from 2026-01-01.
    UnixTime::from_secs(1_767_225_600 + secs).unwrap()
}

struct Made {
    author: RoleKeys,
    author_record: KeyRecord,
    owner: RoleKeys,
    gates: Vec<RoleKeys>,
    behind: Gates,
    policy: Policy,
    billet: Billet,
}

fn made() -> Made {
    let window = Window::new(at(0), at(1_000)).unwrap();
    let root = Root::generate("West").unwrap();
    let key = |role, name: &str| RoleKeys::generate(role, name, window).unwrap();
    let (author, owner) = (key(Role::Issue, "author"), key(Role::Open, "owner"));
    let gates: Vec<RoleKeys> = ["1", "2", "3"].map(|n| key(Role::Gate, n)).into();
    let records = gates.iter().map(|g| root.certify(g.request())).collect();
    let (behind, policy) = (Gates::new(records).unwrap(), Policy::parse(POLICY).unwrap());
    let to = root.certify(owner.request());
    let sections: [(Section, &[u8]); 2] =
        [(Section::Health, b"asthma"), (Section::Education, b"8B")];
    let billet = Sealer::new(&author, &to, &behind, &policy)
        .padding(Padding::Compact)
        .seal(&sections, at(5))
        .unwrap();
    Made {
        author_record: root.certify(author.request()),
        author,
        owner,
        gates,
        behind,
        policy,
        billet,
    }
}

#[test]
fn every_part_names_its_envelope_author_gate_and_slot() {
    let m = made();
    let envelope = m.billet.envelope().unwrap();
    let seen = envelope.inspect();
    let verified = envelope.verify(&m.author_record).unwrap();
    assert_eq!(
        (verified.id(), verified.author()),
        (seen.id, m.author.key_id())
    );
    assert_eq!(verified.policy_digest(), m.policy.digest());
    assert_eq!((verified.threshold(), m.behind.threshold()), (2, 2));
    assert_eq!(verified.slot_count(), SlotCount::Eight);
    assert_eq!(verified.slot_count().get(), 8);
    let gates: Vec<_> = m.gates.iter().map(KeyProvider::key_id).collect();
    assert_eq!(verified.gates(), gates);
    assert_eq!(m.billet.owner_packet().envelope(), seen.id);

    for (number, (deposit, gate)) in (1..).zip(m.billet.deposits().iter().zip(&m.gates)) {
        assert_eq!(
            (deposit.envelope(), deposit.author()),
            (seen.id, seen.author)
        );
        assert_eq!(deposit.gate_key(), gate.key_id());
        let believed = verified.deposit(deposit.clone(), &m.author_record).unwrap();
        assert_eq!(
            (believed.envelope(), believed.author()),
            (seen.id, seen.author)
        );
        assert_eq!(
            (believed.gate(), believed.gate_key()),
            (number, gate.key_id())
        );
        let shares = believed.open(gate).unwrap();
        for slot in 0..8 {
            let share = shares.share(slot).unwrap();
            assert_eq!((share.gate(), share.slot()), (number, slot));
            assert!(believed.share(slot, share.secret_bytes()).is_ok());
        }
        assert!(shares.share(8).is_none());
    }

    let owned = verified
        .owned_by(m.billet.owner_packet(), &m.owner)
        .unwrap();
    assert_eq!(owned.envelope().id(), seen.id);
    let mut names = Vec::new();
    for entry in owned.entries() {
        let length = match entry.section() {
            Section::Health => 6,
            _ => 2,
        };
        assert_eq!(entry.length(), length);
        let slots = owned.slots_of(std::slice::from_ref(entry.section()));
        assert_eq!(slots.unwrap(), [entry.slot()]);
        names.push(entry.section().clone());
    }
    names.sort();
    assert_eq!(names, [Section::Education, Section::Health]);
    assert!(matches!(
        owned.slots_of(&[Section::Personal]),
        Err(OpenError::NoSection(Section::Personal))
    ));
}

#[test]
fn grant_halves_go_into_bytes_and_out_and_one_by_one() {
    let m = made();
    let verified = m
        .billet
        .envelope()
        .unwrap()
        .verify(&m.author_record)
        .unwrap();
    let owned = verified
        .owned_by(m.billet.owner_packet(), &m.owner)
        .unwrap();
    let bytes = owned.halves().secret_bytes();
    assert_eq!(bytes.len(), 8 * 32);
    let read = |bytes: &[u8], slots| GrantHalves::from_secret_bytes(bytes, slots);
    let again = read(&bytes, SlotCount::Eight).unwrap();
    assert_eq!(again.secret_bytes(), bytes);
    for (bad, slots) in [
        (&bytes[..255], SlotCount::Eight),
        (&bytes[..224], SlotCount::Eight),
        (&bytes[..], SlotCount::Sixteen),
        (&[&bytes[..], &[0]].concat()[..], SlotCount::Eight),
    ] {
        assert!(matches!(read(bad, slots), Err(OpenError::Refused)));
    }
    let some = again.only(&[3, 5]).unwrap();
    for slot in 0..8u8 {
        let kept = some.half(slot).unwrap().bytes.as_array();
        let same = kept[..] == bytes[usize::from(slot) * 32..][..32];
        assert_eq!(same, [3, 5].contains(&slot), "slot {slot}");
    }
    assert!(some.half(8).is_none());
    let five = some.into_half(5).unwrap();
    assert_eq!(five.slot, 5);
    assert_eq!(five.bytes.as_array()[..], bytes[160..192]);
    assert!(
        read(&bytes, SlotCount::Eight)
            .unwrap()
            .into_half(8)
            .is_none()
    );
}

#[test]
fn every_type_says_what_it_is_and_shows_no_secret() {
    let m = made();
    let envelope = m.billet.envelope().unwrap();
    let id = envelope.inspect().id;
    assert_eq!(format!("{id}"), crate::hex::Hex(&id.0).to_string());
    assert_eq!(format!("{id:?}"), id.to_string());
    assert_eq!(format!("{envelope:?}"), format!("Envelope({id})"));
    let verified = envelope.verify(&m.author_record).unwrap();
    let shown = format!("VerifiedEnvelope(Envelope({id}))");
    assert_eq!(format!("{verified:?}"), shown);
    let owned = verified
        .owned_by(m.billet.owner_packet(), &m.owner)
        .unwrap();
    assert_eq!(format!("{:?}", owned.halves()), "GrantHalves(..)");
    assert_eq!(
        format!("{:?}", owned.halves().half(0)),
        "Some(GrantHalf(..))"
    );
    let shares: Vec<_> = [0, 2]
        .map(|i| {
            let deposit = m.billet.deposits()[i].clone();
            let deposit = verified.deposit(deposit, &m.author_record).unwrap();
            deposit.open(&m.gates[i]).unwrap()
        })
        .into();
    assert_eq!(format!("{:?}", shares[0].share(0)), "Some(Share(..))");
    let of_slot: Vec<_> = shares.iter().filter_map(|s| s.share(1)).collect();
    let half = verified.gate_half(1, &of_slot).unwrap();
    assert_eq!(format!("{half:?}"), "GateHalf(..)");
    let opened = owned.open_advisory(&Section::Health, &shares).unwrap();
    assert_eq!(opened.section().section(), &Section::Health);
    assert_eq!(
        format!("{opened:?}"),
        "Opened { section: OpenSection { section: Health, .. }, assurance: Advisory }"
    );
    let record = m.behind.records()[0].clone();
    let sealer = Sealer::new(&m.author, &record, &m.behind, &m.policy);
    assert_eq!(
        format!("{sealer:?}"),
        format!(
            "Sealer {{ author: {}, padding: Uniform {{ at_least: 0 }}, .. }}",
            m.author.key_id()
        )
    );
}

#[test]
fn an_inspection_and_an_assurance_are_told_in_words() {
    let m = made();
    let seen = m.billet.envelope().unwrap().inspect();
    let lines: Vec<String> = seen.to_string().lines().map(str::to_owned).collect();
    assert_eq!(
        lines[0],
        format!("envelope  {}, version 1, {} bytes", seen.id, seen.length)
    );
    assert_eq!(
        lines[1],
        format!("author    {} (not verified)", m.author.key_id())
    );
    let digest = crate::hex::Hex(&m.policy.digest()).to_string();
    assert_eq!(lines[2], format!("policy    {digest}"));
    for (i, gate) in m.gates.iter().enumerate() {
        let line = format!("gate {}    {}", i + 1, gate.key_id());
        assert_eq!(lines[3 + i], line);
    }
    assert_eq!(lines[6], "opens     with 2 of 3 gates, never without");
    let slots: Vec<String> = seen.slots.iter().map(ToString::to_string).collect();
    let mut slots = slots;
    slots[seen.manifest].push_str(" (manifest)");
    assert_eq!(lines[7], format!("slots     {}", slots.join(" ")));
    assert_eq!(lines.len(), 8);

    let (threshold, gates) = (2, 3);
    for (assurance, says) in [
        (Assurance::Advisory, "advisory: whoever opens holds"),
        (m.behind.assurance(), "colocated: 2 of 3 gates open"),
        (
            Assurance::Enforced { threshold, gates },
            "enforced: 2 of 3 gates open",
        ),
    ] {
        let text = assurance.to_string();
        assert!(text.starts_with(says), "{text}");
    }
}

/// A key that another holds, behind its own trait object.
struct Broken(RoleKeys);

impl KeyProvider for Broken {
    fn request(&self) -> &crate::keys::KeyRequest {
        self.0.request()
    }

    fn sign(&self, _: &'static [u8], _: &[u8]) -> Result<[u8; 64], ProviderError> {
        Err(ProviderError::Unavailable("no card in the reader".into()))
    }

    fn unwrap(&self, _: &[u8], _: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, ProviderError> {
        Err(ProviderError::Unavailable("no card in the reader".into()))
    }
}

#[test]
fn a_key_out_of_reach_is_told_from_one_that_does_not_open() {
    let m = made();
    let verified = m
        .billet
        .envelope()
        .unwrap()
        .verify(&m.author_record)
        .unwrap();
    let packet = m.billet.owner_packet();
    let refused = verified.owned_by(packet, &Broken(m.owner)).unwrap_err();
    assert!(matches!(refused, OpenError::Provider(_)), "{refused}");
    let deposit = m.billet.deposits()[0].clone();
    let deposit = verified.deposit(deposit, &m.author_record).unwrap();
    let [first, second, third]: [RoleKeys; 3] = m.gates.try_into().unwrap();
    let refused = deposit.open(&Broken(first)).unwrap_err();
    assert!(matches!(refused, OpenError::Provider(_)), "{refused}");
    assert!(matches!(deposit.open(&second), Err(OpenError::Refused)));
    let sections: [(Section, &[u8]); 1] = [(Section::Health, b"asthma")];
    let record = m.behind.records()[2].clone();
    assert_eq!(record.id(), third.key_id());
    let broken = Broken(m.author);
    let sealer = Sealer::new(&broken, &record, &m.behind, &m.policy);
    // A gate's key is no owner's; that is found before anything is signed.
    let refused = sealer.seal(&sections, at(5)).unwrap_err();
    let role = SealError::Key(KeyRefused::Role {
        id: third.key_id(),
        found: Role::Gate,
        wanted: Role::Open,
    });
    assert_eq!(refused.to_string(), role.to_string());
}
