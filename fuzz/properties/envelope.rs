//! Of envelopes: read, verified, owned and opened with keys that everyone knows.

#[path = "../../tests/claims/envelope_by_hand.rs"]
#[expect(dead_code, reason = "the claims use more of it")]
mod by_hand;

use billetbook::clock::{UnixTime, Window};
use billetbook::consent::Policy;
use billetbook::envelope::{
    Billet, Deposit, Envelope, GateHalf, GateShares, Gates, MOST_GATES, OpenError, OwnerPacket,
    Padding, Sealer, SlotCount, VerifiedEnvelope,
};
use billetbook::keys::hazmat::{role_keys_from_secrets, root_from_secret};
use billetbook::keys::{KeyProvider, KeyRecord, Role, RoleKeys, Root, Secret};
use billetbook::record::Section;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const NAMES: [&str; 6] = [
    "personal",
    "childrens_services",
    "education",
    "health",
    "safeguarding",
    "speech_therapy",
];

/// An agency whose every secret stands here, and an envelope of it.
struct Known {
    root: Root,
    policy: Policy,
    author: RoleKeys,
    author_record: KeyRecord,
    owner: RoleKeys,
    gates: Vec<RoleKeys>,
    now: UnixTime,
    sections: BTreeMap<u8, (Section, Vec<u8>)>,
    billet: Billet,
    grant_halves: Vec<u8>,
    gate_halves: Vec<GateHalf>,
}

impl Known {
    fn get() -> &'static Known {
        static KNOWN: OnceLock<Known> = OnceLock::new();
        KNOWN.get_or_init(Known::new)
    }

    fn new() -> Known {
        let at = |secs| UnixTime::from_secs(secs).unwrap();
        let window = Window::new(at(1_767_225_600), at(1_830_000_000)).unwrap();
        let secret = |n: u8| Secret::from_secret_bytes(&[[n; 31].as_slice(), &[0]].concat());
        let key = |role, n: u8| {
            let secrets = (secret(2 * n).unwrap(), secret(2 * n + 1).unwrap());
            role_keys_from_secrets(role, "fuzz", window, secrets.0, secrets.1).unwrap()
        };
        let root = root_from_secret("fuzz", secret(99).unwrap()).unwrap();
        let (author, owner) = (key(Role::Issue, 1), key(Role::Open, 2));
        let mut known = Known {
            author_record: root.certify(author.request()),
            root,
            policy: Policy::parse(include_str!("../../tests/vectors/policy-v1.toml")).unwrap(),
            author,
            owner,
            gates: (3..6).map(|n| key(Role::Gate, n)).collect(),
            now: at(1_780_272_000),
            sections: BTreeMap::new(),
            billet: Billet::decode(include_bytes!("../corpus/envelope/billet")).unwrap(),
            grant_halves: Vec::new(),
            gate_halves: Vec::new(),
        };
        let contents = [&b"born of paper"[..], &[9; 1500]];
        let sections: Vec<_> = ["personal", "health"]
            .iter()
            .zip(contents)
            .map(|(name, content)| (name.parse().unwrap(), content))
            .collect();
        known.billet = known.sealed(Padding::Compact, SlotCount::Eight, (2, 3), &sections);
        let envelope = known.verified(&known.billet).unwrap();
        let owned = envelope.owned_by(known.billet.owner_packet(), &known.owner);
        let owned = owned.unwrap();
        let shares: Vec<GateShares> = (0..3).map(|i| known.shares(&known.billet, i)).collect();
        let half = |slot| {
            let shares: Vec<_> = shares.iter().filter_map(|s| s.share(slot)).collect();
            envelope.gate_half(slot, &shares).unwrap()
        };
        let placed = owned.entries().iter().map(|e| {
            let content = sections.iter().find(|s| s.0 == *e.section()).unwrap().1;
            (e.slot(), (e.section().clone(), content.to_vec()))
        });
        let (sections, grant_halves) = (placed.collect(), owned.halves().secret_bytes().to_vec());
        let gate_halves = (0..8).map(half).collect();
        Known {
            sections,
            grant_halves,
            gate_halves,
            ..known
        }
    }

    fn sealed(
        &self,
        padding: Padding,
        slots: SlotCount,
        (threshold, gates): (usize, usize),
        sections: &[(Section, &[u8])],
    ) -> Billet {
        let gates = self.gates[..gates].iter();
        let gates = gates.map(|g| self.root.certify(g.request())).collect();
        let gates = Gates::with_threshold(threshold, gates).unwrap();
        let owner = self.root.certify(self.owner.request());
        Sealer::new(&self.author, &owner, &gates, &self.policy)
            .padding(padding)
            .slots(slots)
            .seal_from_seed_hazmat(sections, self.now, [1; 32])
            .unwrap()
    }

    fn verified<'a>(&self, billet: &'a Billet) -> Option<VerifiedEnvelope<'a>> {
        billet.envelope().ok()?.verify(&self.author_record).ok()
    }

    fn shares(&self, billet: &Billet, gate: usize) -> GateShares {
        let envelope = self.verified(billet).unwrap();
        let deposit = envelope.deposit(billet.deposits()[gate].clone(), &self.author_record);
        deposit.unwrap().open(&self.gates[gate]).unwrap()
    }
}

/// A billet, an envelope, an owner packet or a deposit is refused, or written again byte for byte. What opens, with
/// the right keys, is what was sealed: of an altered billet, of an envelope that its author altered and signed anew, of
/// a manifest that its author made up. The first byte says which of them; what else is sealed opens again.
pub fn envelope(data: &[u8]) {
    written_again(data);
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let known = Known::get();
    match how % 4 {
        0 => altered(known, &edited(&known.billet.encode(), rest)),
        1 => signed_anew(known, &edited(known.billet.envelope_bytes(), rest)),
        2 => made_up_manifest(known, rest),
        _ => sealed_and_opened(known, rest),
    }
}

fn written_again(data: &[u8]) {
    if let Ok(billet) = Billet::decode(data) {
        assert_eq!(billet.encode(), data);
    }
    if let Ok(packet) = OwnerPacket::decode(data) {
        assert_eq!(packet.encode(), data);
    }
    if let Ok(deposit) = Deposit::decode(data) {
        assert_eq!(deposit.encode(), data);
    }
    if let Ok(envelope) = Envelope::decode(data) {
        let seen = envelope.inspect();
        assert_eq!(seen.length, data.len());
        assert!(seen.gates.len() <= MOST_GATES && seen.threshold <= seen.gates.len());
        assert!(seen.slots.iter().sum::<usize>() < seen.length && seen.manifest < seen.slots.len());
    }
}

/// Applies edits of four bytes each: what, where (two bytes), with what.
fn edited(bytes: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for [what, high, low, value] in edits.as_chunks::<4>().0 {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % (out.len() + 1);
        let count = usize::from(*value).min(out.len() - at);
        match what % 5 {
            0 => out[at..].iter_mut().take(1).for_each(|b| *b = *value),
            1 => out[at..].iter_mut().take(1).for_each(|b| *b ^= value),
            2 => out.insert(at, *value),
            3 => drop(out.drain(at..at + count)),
            _ => {
                let run = out[at..at + count].to_vec();
                out.splice(at..at, run);
            }
        }
    }
    out
}

/// Nothing of an altered billet opens but what its author sealed, unaltered.
fn altered(known: &Known, bytes: &[u8]) {
    let Ok(billet) = Billet::decode(bytes) else {
        return;
    };
    assert_eq!(billet.encode(), bytes);
    let Some(envelope) = known.verified(&billet) else {
        return;
    };
    assert_eq!(billet.envelope_bytes(), known.billet.envelope_bytes());
    let owned = envelope.owned_by(billet.owner_packet(), &known.owner);
    let whole = billet.owner_packet() == known.billet.owner_packet();
    assert_eq!(owned.is_ok(), whole);
    let mut shares = Vec::new();
    let mut gates = Vec::new();
    for deposit in billet.deposits() {
        let Ok(believed) = envelope.deposit(deposit.clone(), &known.author_record) else {
            continue;
        };
        assert!(known.billet.deposits().contains(deposit));
        let gate = usize::from(believed.gate()) - 1;
        if !gates.contains(&gate) {
            gates.push(gate);
            shares.push(believed.open(&known.gates[gate]).unwrap());
        }
    }
    let Ok(owned) = owned else { return };
    for (section, content) in known.sections.values() {
        match owned.open_advisory(section, &shares) {
            Ok(opened) => assert!(shares.len() >= 2 && opened.section().content() == content),
            Err(e) => assert!(matches!(e, OpenError::TooFewShares { .. }) && shares.len() < 2),
        }
    }
}

/// The author itself cannot make halves open to anything but what they were dealt for, nor another's packet fit.
fn signed_anew(known: &Known, bytes: &[u8]) {
    if Envelope::decode(bytes).is_err() {
        return;
    }
    let signed = by_hand::sign_anew(bytes, &known.author);
    let envelope = Envelope::decode(&signed).unwrap();
    let by_author = signed[24..56] == known.author.key_id().0;
    let Ok(envelope) = envelope.verify(&known.author_record) else {
        assert!(!by_author);
        return;
    };
    assert!(by_author);
    let owned = envelope.owned_by(known.billet.owner_packet(), &known.owner);
    assert_eq!(owned.is_ok(), signed == known.billet.envelope_bytes());
    let halves =
        billetbook::envelope::GrantHalves::from_secret_bytes(&known.grant_halves, SlotCount::Eight);
    let halves = halves.unwrap();
    for (slot, gate) in (0..).zip(&known.gate_halves) {
        let opened = envelope.open(halves.half(slot).unwrap(), gate);
        if let Ok(opened) = opened {
            let (section, content) = &known.sections[&slot];
            assert!(opened.section() == section && opened.content() == content);
        }
    }
}

/// Whatever its author says in a manifest, its owner reads entries that keep the rules, in their one encoding, or
/// nothing; and an entry opens only where its slot holds the section that it names.
fn made_up_manifest(known: &Known, rest: &[u8]) {
    let Some((raw, rest)) = rest.split_first() else {
        return;
    };
    let rest = &rest[..rest.len().min(by_hand::MANIFEST_LENGTH - 8)];
    let plain = match raw % 2 {
        0 => by_hand::plaintext("", rest, by_hand::MANIFEST_LENGTH),
        _ => [rest, &vec![0; by_hand::MANIFEST_LENGTH - rest.len()]].concat(),
    };
    let bytes = known.billet.envelope_bytes();
    let own = by_hand::Places::of(bytes).manifest;
    let half = &known.grant_halves[32 * own..][..32];
    let number = u8::try_from(own).unwrap();
    let sealed = by_hand::seal_slot(bytes, number, (half, &[0; 32]), &plain);
    let made = by_hand::with_slot(bytes, own, &sealed, &known.author);
    let packet = by_hand::owner_packet(&made, 8, &known.grant_halves, known.owner.public());
    let packet = OwnerPacket::decode(&packet).unwrap();
    let envelope = Envelope::decode(&made).unwrap();
    let envelope = envelope.verify(&known.author_record).unwrap();
    let Ok(owned) = envelope.owned_by(&packet, &known.owner) else {
        return;
    };
    let entries = owned.entries();
    assert!(entries.is_sorted_by(|a, b| a.slot() < b.slot()));
    assert!(entries.iter().all(|e| e.slot() < 8 && e.slot() != number));
    let again: Vec<_> = entries
        .iter()
        .map(|e| (e.slot(), e.section().as_str(), e.length()))
        .collect();
    let again = by_hand::manifest(&again);
    assert_eq!(
        by_hand::plaintext("", &again, by_hand::MANIFEST_LENGTH),
        plain
    );
    for entry in entries {
        let slot = entry.slot();
        let half = owned.halves().half(slot).unwrap();
        let opened = envelope.open(half, &known.gate_halves[usize::from(slot)]);
        let held = known.sections.get(&slot);
        assert_eq!(
            opened.ok().map(|o| o.section().clone()),
            held.map(|h| h.0.clone())
        );
    }
}

/// What is sealed opens: any contents, in any slots, padding and number of gates.
fn sealed_and_opened(known: &Known, rest: &[u8]) {
    let [shape, count, contents @ ..] = rest else {
        return;
    };
    let slots = [SlotCount::Eight, SlotCount::Sixteen][usize::from(shape % 2)];
    let at_least = usize::from(shape >> 2 & 3) << 12;
    let padding = match shape & 2 {
        0 => Padding::Compact,
        _ => Padding::Uniform { at_least },
    };
    let gates = [(1, 1), (2, 2), (2, 3), (3, 3)][usize::from(shape >> 4) % 4];
    let count = 1 + usize::from(*count) % NAMES.len();
    let names = NAMES[..count].iter().map(|n| n.parse().unwrap());
    let each = contents.len() / count;
    let mut parts: Vec<&[u8]> = contents.chunks(each.max(1)).take(count).collect();
    parts.resize(count, b"");
    let sections: Vec<(Section, &[u8])> = names.zip(parts).collect();
    let file = known.sealed(padding, slots, gates, &sections).encode();
    let billet = Billet::decode(&file).unwrap();
    let envelope = known.verified(&billet).unwrap();
    let owned = envelope.owned_by(billet.owner_packet(), &known.owner);
    let owned = owned.unwrap();
    assert_eq!(owned.entries().len(), sections.len());
    let shares: Vec<_> = (0..gates.0).map(|g| known.shares(&billet, g)).collect();
    for (section, content) in &sections {
        let opened = owned.open_advisory(section, &shares).unwrap();
        assert_eq!(opened.section().content(), *content);
    }
}
