//! Sealing and opening leave neither a half, nor a key that grows from halves, nor a word of the record.

use super::{alone, always, freed, hits, known, nothing_of, secret};
use billetbook::clock::UnixTime;
use billetbook::consent::Policy;
use billetbook::envelope::{Billet, Gates, Padding, Sealer};
use billetbook::keys::hazmat::role_keys_from_secrets;
use billetbook::keys::{KeyProvider, Role, Root};
use billetbook::record::Section;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

const SEED: [u8; 32] = [0x5e; 32];

/// The seeded source of `seal_from_seed_hazmat`: block after block.
fn block(counter: u64) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(SEED);
    hash.update(counter.to_be_bytes());
    hash.finalize().to_vec()
}

/// Every secret of an envelope of eight slots, from docs/format.md: the halves, slot keys, and keys of the chunks.
fn secrets(envelope: &[u8], manifest: usize, slots: &[usize]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let (mut next, mut start) = (2, envelope.len() - slots.iter().sum::<usize>());
    let mut draw = || {
        next += 1;
        block(next - 1)
    };
    for (slot, length) in (0u8..).zip(slots) {
        let grant = draw();
        let gate = match usize::from(slot) == manifest {
            true => vec![0; 32],
            false => draw(),
        };
        let binding = [&envelope[8..88], &[slot]].concat();
        let mut key = vec![0; 32];
        let info = [b"billetbook/1 slot-key\0", &binding[..]].concat();
        let halves = Hkdf::<Sha512>::new(Some(&gate), &grant);
        halves.expand(&info, &mut key).unwrap();
        let sealed = &envelope[start..start + length];
        start += length;
        let info = [
            &b"c2sp.org/chunked-encryption@v1+AEAD_CHACHA20_POLY1305\0"[..],
            &sealed[..24],
            b"billetbook/1 slot-context\0",
            &binding,
            &[1],
        ];
        let mut mac = Hmac::<Sha512>::new_from_slice(&key).unwrap();
        mac.update(&info.concat());
        let chunks = mac.finalize().into_bytes();
        let held = Keys::of(&chunks);
        assert_eq!(
            held.commitment,
            sealed[24..56][..20],
            "control: these are its keys"
        );
        out.extend([grant, key, held.chunks]);
        if gate != [0; 32] {
            out.push(gate);
        }
    }
    out
}

/// The first 64 bytes that the expansion gives: key, base nonce, the commitment's first 20.
struct Keys {
    chunks: Vec<u8>,
    commitment: Vec<u8>,
}

impl Keys {
    fn of(expanded: &[u8]) -> Keys {
        Keys {
            chunks: expanded[..32].to_vec(),
            commitment: expanded[44..].to_vec(),
        }
    }
}

#[test]
fn a_record_that_is_sealed_and_opened_leaves_nothing() {
    let _one = alone();
    let policy = Policy::parse(include_str!("../vectors/policy-v1.toml")).unwrap();
    let now: UnixTime = "2026-06-01".parse().unwrap();
    let root = Root::generate("West").unwrap();
    let key = |role, first| {
        role_keys_from_secrets(role, "key", always(), secret(first), secret(first + 1)).unwrap()
    };
    let (author, owner) = (key(Role::Issue, 100), key(Role::Open, 110));
    let gates = [key(Role::Gate, 120), key(Role::Gate, 130)];
    let records = gates.iter().map(|g| root.certify(g.request())).collect();
    let (gate_records, by) = (Gates::new(records).unwrap(), root.certify(author.request()));
    let to = root.certify(owner.request());
    let word = known(140);
    let mut file = Vec::new();
    let sealed = freed(|| {
        let content = Zeroizing::new(known(140));
        let billet = Sealer::new(&author, &to, &gate_records, &policy)
            .padding(Padding::Compact)
            .seal_from_seed_hazmat(&[(Section::Health, &content)], now, SEED)
            .unwrap();
        file = billet.encode();
        (billet, content)
    });
    let billet = Billet::decode(&file).unwrap();
    let seen = billet.envelope().unwrap().inspect();
    let secrets = secrets(billet.envelope_bytes(), seen.manifest, &seen.slots);
    assert_eq!(secrets.len(), 8 * 4 - 1);
    nothing_of("sealing", &sealed, &secrets);
    nothing_of("sealing", &sealed, std::slice::from_ref(&word));

    let opened = freed(|| {
        let envelope = billet.envelope().unwrap().verify(&by).unwrap();
        let owned = envelope.owned_by(billet.owner_packet(), &owner).unwrap();
        let shares: Vec<_> = (billet.deposits().iter().zip(&gates))
            .map(|(d, gate)| {
                envelope
                    .deposit(d.clone(), &by)
                    .unwrap()
                    .open(gate)
                    .unwrap()
            })
            .collect();
        let opened = owned.open_advisory(&Section::Health, &shares).unwrap();
        assert!(opened.section().content() == known(140).as_slice());
        (opened, shares)
    });
    nothing_of("opening", &opened, &secrets);
    // The control: what the comparison above made in the clear, and nothing else.
    assert_eq!(hits(&opened, &word), 4);
}
