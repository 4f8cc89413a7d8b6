//! Sealing and opening against the sum of the primitives they rest on: `cargo bench -p billetbook --bench envelope`.
//! 60,000 bytes in four sections, eight slots, padding compact, 2 of 3 gates; and one section of 1 MiB.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use billetbook::clock::{UnixTime, Window};
use billetbook::consent::Policy;
use billetbook::envelope::{Billet, Gates, GrantHalves, Padding, Sealer, VerifiedEnvelope};
use billetbook::keys::{KeyProvider, KeyRecord, Role, RoleKeys, Root};
use billetbook::record::Section;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit};
use divan::Bencher;
use divan::counter::BytesCount;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use std::hint::black_box;

fn main() {
    divan::main();
}

const MIB: usize = 1 << 20;
const CHUNK: usize = 16 << 10;

struct Office {
    author: RoleKeys,
    author_record: KeyRecord,
    owner: RoleKeys,
    owner_record: KeyRecord,
    gates: [RoleKeys; 3],
    behind: Gates,
    policy: Policy,
    now: UnixTime,
}

impl Office {
    fn new() -> Office {
        let now: UnixTime = "2026-06-01".parse().unwrap();
        let window = Window::new(now, now.after(1_000)).unwrap();
        let root = Root::generate("West").unwrap();
        let key = |role, name: &str| RoleKeys::generate(role, name, window).unwrap();
        let (author, owner) = (key(Role::Issue, "author"), key(Role::Open, "owner"));
        let gates = ["1", "2", "3"].map(|n| key(Role::Gate, n));
        let records = gates.iter().map(|g| root.certify(g.request())).collect();
        Office {
            author_record: root.certify(author.request()),
            owner_record: root.certify(owner.request()),
            behind: Gates::new(records).unwrap(),
            policy: Policy::parse(include_str!("../tests/vectors/policy-v1.toml")).unwrap(),
            now,
            author,
            owner,
            gates,
        }
    }

    fn seal(&self, sections: &[(Section, &[u8])]) -> Billet {
        Sealer::new(&self.author, &self.owner_record, &self.behind, &self.policy)
            .padding(Padding::Compact)
            .seal(sections, self.now)
            .unwrap()
    }

    /// As its owner with two gates' keys: verified, unwrapped, every section opened.
    fn open(&self, billet: &Billet) -> usize {
        let envelope = billet
            .envelope()
            .unwrap()
            .verify(&self.author_record)
            .unwrap();
        let owned = envelope
            .owned_by(billet.owner_packet(), &self.owner)
            .unwrap();
        let shares: Vec<_> = (billet.deposits().iter().zip(&self.gates).take(2))
            .map(|(d, g)| {
                envelope
                    .deposit(d.clone(), &self.author_record)
                    .unwrap()
                    .open(g)
                    .unwrap()
            })
            .collect();
        let open = |s| {
            owned
                .open_advisory(s, &shares)
                .unwrap()
                .section()
                .content()
                .len()
        };
        owned.entries().iter().map(|e| open(e.section())).sum()
    }
}

fn contents() -> Vec<(Section, Vec<u8>)> {
    (0..4)
        .map(|i| {
            (
                Section::BUILT_IN[i].clone(),
                vec![b'a' + u8::try_from(i).unwrap(); 15_000],
            )
        })
        .collect()
}

fn sections(contents: &[(Section, Vec<u8>)]) -> Vec<(Section, &[u8])> {
    contents
        .iter()
        .map(|(s, c)| (s.clone(), c.as_slice()))
        .collect()
}

#[divan::bench]
fn seal_60_kb(bencher: Bencher<'_, '_>) {
    let (office, contents) = (Office::new(), contents());
    let sections = sections(&contents);
    let billet = office.seal(&sections);
    assert_eq!(office.open(&billet), 60_000, "the answer first");
    let length = billet.envelope_bytes().len();
    assert!(length * 100 <= 60_000 * 115, "overhead: {length} bytes");
    bencher.bench_local(|| office.seal(&sections));
}

#[divan::bench]
fn open_60_kb(bencher: Bencher<'_, '_>) {
    let (office, contents) = (Office::new(), contents());
    let billet = office.seal(&sections(&contents));
    assert_eq!(office.open(&billet), 60_000, "the answer first");
    bencher.bench_local(|| office.open(&billet));
}

/// What sealing cannot do without, by the crates themselves: encryption of every slot, two key derivations a slot,
/// a hash of what is sealed, four wraps, four signatures.
#[divan::bench]
fn raw_seal_60_kb(bencher: Bencher<'_, '_>) {
    let raw = Raw::new();
    assert!(raw.seal() >= 60_000, "the answer first");
    bencher.bench_local(|| raw.seal());
}

/// What opening cannot do without: three signatures checked, the hash of all, three unwraps, five slots decrypted.
#[divan::bench]
fn raw_open_60_kb(bencher: Bencher<'_, '_>) {
    let raw = Raw::new();
    assert!(raw.open() >= 60_000, "the answer first");
    bencher.bench_local(|| raw.open());
}

/// The same primitives, on buffers of the same lengths.
struct Raw {
    /// Padded lengths: the manifest, three empty slots, four sections.
    plain: Vec<Vec<u8>>,
    sealed: Vec<Vec<Vec<u8>>>,
    secret: <XWing as Kem>::PrivateKey,
    public: <XWing as Kem>::PublicKey,
    wrapped: (Vec<u8>, Vec<u8>),
    signing: [u8; 32],
    verifying: [u8; 32],
    signature: Signature,
}

impl Raw {
    fn new() -> Raw {
        let office = Office::new();
        let contents = contents();
        let billet = office.seal(&sections(&contents));
        let lengths = billet.envelope().unwrap().inspect().slots;
        let plain: Vec<Vec<u8>> = lengths.iter().map(|n| vec![7; n - 56 - 16]).collect();
        let seed = [9; 32];
        let (secret, public) = <XWing as Kem>::derive_keypair(&seed);
        let mut raw = Raw {
            sealed: Vec::new(),
            plain,
            secret,
            public,
            wrapped: (Vec::new(), Vec::new()),
            signing: seed,
            verifying: SigningKey::from_bytes(&seed).verifying_key().to_bytes(),
            signature: SigningKey::from_bytes(&seed).sign(&[6; 54]),
        };
        raw.sealed = raw.plain.iter().map(|p| raw.encrypt(p)).collect();
        raw.wrapped = raw.wrap();
        raw
    }

    fn encrypt(&self, plain: &[u8]) -> Vec<Vec<u8>> {
        let aead = ChaCha20Poly1305::new_from_slice(&[1; 32]).unwrap();
        plain
            .chunks(CHUNK)
            .map(|c| aead.encrypt(&[0; 12].into(), c).unwrap())
            .collect()
    }

    fn derive(&self) {
        struct Len;
        impl ring::hkdf::KeyType for Len {
            fn len(&self) -> usize {
                76
            }
        }
        let mut out = [0; 76];
        let salt = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA512, &[1; 32]);
        for _ in 0..2 {
            let prk = salt.extract(&[2; 32]);
            prk.expand(&[&[3; 120]], Len)
                .unwrap()
                .fill(&mut out)
                .unwrap();
        }
        black_box(out);
    }

    fn wrap(&self) -> (Vec<u8>, Vec<u8>) {
        let mut rng = ChaCha20Rng::from_seed([4; 32]);
        let (enc, body) = hpke::single_shot_seal_with_rng::<
            hpke::aead::ChaCha20Poly1305,
            hpke::kdf::HkdfSha256,
            XWing,
        >(
            &OpModeS::Base,
            &self.public,
            b"info",
            &[5; 256],
            b"",
            &mut rng,
        )
        .unwrap();
        (hpke::Serializable::to_bytes(&enc).to_vec(), body)
    }

    fn unwrap(&self) -> Vec<u8> {
        hpke::single_shot_open::<hpke::aead::ChaCha20Poly1305, hpke::kdf::HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.secret,
            &<XWing as Kem>::EncappedKey::from_bytes(&self.wrapped.0).unwrap(),
            b"info",
            &self.wrapped.1,
            b"",
        )
        .unwrap()
    }

    fn sign(&self) -> Signature {
        SigningKey::from_bytes(&self.signing).sign(&[6; 54])
    }

    fn seal(&self) -> usize {
        let mut hash = Sha256::new();
        let mut length = 0;
        for plain in &self.plain {
            self.derive();
            for chunk in self.encrypt(plain) {
                hash.update(&chunk);
                length += chunk.len();
            }
        }
        black_box(hash.finalize());
        for _ in 0..4 {
            black_box((self.wrap(), self.sign()));
        }
        length
    }

    fn open(&self) -> usize {
        let mut hash = Sha256::new();
        self.sealed.iter().flatten().for_each(|c| hash.update(c));
        black_box(hash.finalize());
        for _ in 0..3 {
            let key = VerifyingKey::from_bytes(&self.verifying).unwrap();
            key.verify_strict(&[6; 54], &self.signature).unwrap();
            black_box(self.unwrap());
        }
        let aead = ChaCha20Poly1305::new_from_slice(&[1; 32]).unwrap();
        let mut length = 0;
        let mut by_length: Vec<_> = self.sealed.iter().collect();
        by_length.sort_by_key(|c| std::cmp::Reverse(c.iter().map(Vec::len).sum::<usize>()));
        for slot in &by_length[..5] {
            self.derive();
            for chunk in slot.iter() {
                length += aead
                    .decrypt(&[0; 12].into(), chunk.as_slice())
                    .unwrap()
                    .len();
            }
        }
        length
    }
}

/// A section of 1 MiB from its two halves, verified envelope at hand.
#[divan::bench]
fn open_section_1_mib(bencher: Bencher<'_, '_>) {
    let office = Office::new();
    let content: Vec<u8> = (0..MIB).map(|i| i.to_le_bytes()[0]).collect();
    let billet = office.seal(&[(Section::Health, &content)]);
    let envelope: VerifiedEnvelope<'_> = billet
        .envelope()
        .unwrap()
        .verify(&office.author_record)
        .unwrap();
    let owned = envelope
        .owned_by(billet.owner_packet(), &office.owner)
        .unwrap();
    let slot = owned.entries()[0].slot();
    let shares: Vec<_> = (billet.deposits().iter().zip(&office.gates))
        .map(|(d, g)| {
            envelope
                .deposit(d.clone(), &office.author_record)
                .unwrap()
                .open(g)
                .unwrap()
        })
        .collect();
    let of_slot: Vec<_> = shares.iter().filter_map(|s| s.share(slot)).collect();
    let gate = envelope.gate_half(slot, &of_slot).unwrap();
    let halves: &GrantHalves = owned.halves();
    let open = || envelope.open(halves.half(slot).unwrap(), &gate).unwrap();
    assert_eq!(open().content(), content, "the answer first");
    bencher.counter(BytesCount::new(MIB)).bench_local(open);
}

/// The crate's own decryption of 1 MiB, in one piece.
#[divan::bench]
fn raw_chacha20poly1305_1_mib(bencher: Bencher<'_, '_>) {
    let aead = ChaCha20Poly1305::new_from_slice(&[1; 32]).unwrap();
    let sealed = aead.encrypt(&[0; 12].into(), &vec![7; MIB][..]).unwrap();
    let open = || aead.decrypt(&[0; 12].into(), sealed.as_slice()).unwrap();
    assert_eq!(open(), vec![7; MIB], "the answer first");
    bencher.counter(BytesCount::new(MIB)).bench_local(open);
}

/// `ring`'s, for the choice between the two.
#[divan::bench]
fn raw_ring_1_mib(bencher: Bencher<'_, '_>) {
    use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[1; 32]).unwrap());
    let nonce = || Nonce::assume_unique_for_key([0; 12]);
    let mut sealed = vec![7; MIB];
    key.seal_in_place_append_tag(nonce(), Aad::empty(), &mut sealed)
        .unwrap();
    let open = || {
        let mut out = sealed.clone();
        key.open_in_place(nonce(), Aad::empty(), &mut out).unwrap();
        out.truncate(MIB);
        out
    };
    assert_eq!(open(), vec![7; MIB], "the answer first");
    bencher.counter(BytesCount::new(MIB)).bench_local(open);
}

/// A keystore with its passphrase: what is not Argon2id is too little to be seen.
#[divan::bench(sample_count = 11)]
fn open_keystore(bencher: Bencher<'_, '_>) {
    let office = Office::new();
    let store = office.owner.to_keystore(b"made-up phrase").unwrap();
    let open = || store.open_role(b"made-up phrase").unwrap();
    assert_eq!(open().key_id(), office.owner.key_id(), "the answer first");
    bencher.bench_local(open);
}

/// Argon2id as keystores have it: 64 MiB, three passes, one lane.
#[divan::bench(sample_count = 11)]
fn raw_argon2id(bencher: Bencher<'_, '_>) {
    use argon2::{Algorithm, Argon2, Params, Version};
    let params = Params::new(64 << 10, 3, 1, Some(32)).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = || {
        let mut out = [0; 32];
        let done = argon.hash_password_into(b"made-up phrase", &[1; 16], &mut out);
        done.map(|()| out).unwrap()
    };
    assert_ne!(hash(), [0; 32], "the answer first");
    bencher.bench_local(hash);
}
