//! Our vectors, made again byte by byte; and the second reader (tests/peer/open_billet.py), which opens them and
//! what is sealed afresh.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::clock::{UnixTime, Window};
use billetbook::consent::Policy;
use billetbook::envelope::{Billet, Gates, Padding, Sealer, SlotCount};
use billetbook::keys::{KeyProvider, PublicKeys, Role, RoleKeys, Root, Secret, hazmat};
use billetbook::record::Section;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/vectors/envelope-v1.json"
);

fn hex(bytes: &[u8]) -> String {
    billetbook::hex::Hex(bytes).to_string()
}

/// 32 bytes for a purpose, from the case's seed.
fn derived(seed: [u8; 32], what: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed)
        .chain_update(what)
        .finalize()
        .into()
}

struct Shape {
    name: &'static str,
    padding: Padding,
    slots: SlotCount,
    threshold: usize,
    gates: usize,
    sections: Vec<(&'static str, usize)>,
}

fn shapes() -> Vec<Shape> {
    let shape =
        |name, padding, slots, (threshold, gates), sections: &[(&'static str, usize)]| Shape {
            name,
            padding,
            slots,
            threshold,
            gates,
            sections: sections.to_vec(),
        };
    let uniform = |at_least| Padding::Uniform { at_least };
    vec![
        shape(
            "two of three, compact",
            Padding::Compact,
            SlotCount::Eight,
            (2, 3),
            &[("personal", 900), ("health", 2000)],
        ),
        shape(
            "one of one, one empty section",
            Padding::Compact,
            SlotCount::Eight,
            (1, 1),
            &[("speech_therapy", 0)],
        ),
        shape(
            "two of two, uniform, at the end of a chunk",
            uniform(0),
            SlotCount::Eight,
            (2, 2),
            &[("education", 16_384 - 17)],
        ),
        shape(
            "three of five, two chunks",
            Padding::Compact,
            SlotCount::Eight,
            (3, 5),
            &[("crime_justice", 20_000), ("health", 1)],
        ),
        shape(
            "four of seven, sixteen slots, a fixed class",
            uniform(4000),
            SlotCount::Sixteen,
            (4, 7),
            &[
                ("personal", 10),
                ("childrens_services", 20),
                ("education", 30),
                ("health", 40),
                ("crime_justice", 50),
                ("safeguarding", 60),
            ],
        ),
    ]
}

/// The case of a shape and a seed: keys, contents and randomness all come from the seed.
fn case(shape: &Shape, seed: [u8; 32]) -> Value {
    let at = |secs| UnixTime::from_secs(secs).unwrap();
    let window = Window::new(at(1_764_000_000), at(1_827_000_000)).unwrap();
    let key = |role, name: &str| -> RoleKeys {
        let secret = |what: &str| {
            Secret::from_secret_bytes(&derived(seed, &format!("{name} {what}"))).unwrap()
        };
        hazmat::role_keys_from_secrets(role, name, window, secret("signing"), secret("sealing"))
            .unwrap()
    };
    let sealing = |name: &str| hex(&derived(seed, &format!("{name} sealing")));
    let root = Root::generate("vectors").unwrap();
    let (author, owner) = (key(Role::Issue, "author"), key(Role::Open, "owner"));
    let names: Vec<String> = (1..=shape.gates).map(|i| format!("gate {i}")).collect();
    let gates: Vec<_> = (names.iter())
        .map(|n| root.certify(key(Role::Gate, n).request()))
        .collect();
    let gates = Gates::with_threshold(shape.threshold, gates).unwrap();
    let contents: Vec<(Section, Vec<u8>)> = (shape.sections.iter())
        .map(|(name, length)| {
            let pattern = derived(seed, name);
            (
                name.parse().unwrap(),
                pattern.iter().copied().cycle().take(*length).collect(),
            )
        })
        .collect();
    let sections: Vec<(Section, &[u8])> = contents
        .iter()
        .map(|(s, c)| (s.clone(), c.as_slice()))
        .collect();
    let policy = Policy::parse(include_str!("vectors/policy-v1.toml")).unwrap();
    let billet = Sealer::new(&author, &root.certify(owner.request()), &gates, &policy)
        .padding(shape.padding)
        .slots(shape.slots)
        .seal_from_seed_hazmat(&sections, at(1_790_000_000), seed)
        .unwrap();
    let public: &PublicKeys = author.public();
    json!({
        "name": shape.name,
        "seed": hex(&seed),
        "author_id": hex(&author.key_id().0),
        "author_public": hex(public.signing()),
        "owner_seed": sealing("owner"),
        "gate_seeds": names.iter().map(|n| sealing(n)).collect::<Vec<_>>(),
        "policy_digest": hex(&policy.digest()),
        "sections": contents.iter().map(|(s, c)| json!({ "name": s.as_str(), "content": hex(c) })).collect::<Vec<_>>(),
        "billet": hex(&billet.encode()),
    })
}

fn cases(seed: impl Fn(&str) -> [u8; 32]) -> Value {
    json!({
        "origin": "made by tests/peer_envelope.rs from fixed seeds; made-up content; format docs/format.md, version 1",
        "cases": shapes().iter().map(|s| case(s, seed(s.name))).collect::<Vec<_>>(),
    })
}

#[test]
fn vectors_are_made_again_byte_by_byte() {
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    let made = cases(|name| Sha256::digest(name).into());
    assert_eq!(made["cases"].as_array().unwrap().len(), 5);
    for (kept, made) in kept["cases"]
        .as_array()
        .unwrap()
        .iter()
        .zip(made["cases"].as_array().unwrap())
    {
        assert!(kept == made, "{}", made["name"]);
    }
    let other = cases(|_| [1; 32]);
    assert_ne!(
        other["cases"][0]["billet"], made["cases"][0]["billet"],
        "control"
    );
    let bytes = made["cases"][0]["billet"].as_str().unwrap();
    let bytes = billetbook::hex::unhex(bytes).unwrap();
    assert_eq!(hex(&Billet::decode(&bytes).unwrap().encode()), hex(&bytes));
}

/// Needs a Python with `cryptography` 50, named in BILLETBOOK_PEER_PYTHON; `.ci/run` makes one.
#[test]
fn the_second_reader_opens_our_vectors_and_what_is_sealed_afresh() {
    let Some(python) = std::env::var_os("BILLETBOOK_PEER_PYTHON") else {
        eprintln!("skipped: BILLETBOOK_PEER_PYTHON does not say where the peer is");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.json");
    let made = cases(|_| *Secret::generate().unwrap().secret_bytes());
    std::fs::write(&fresh, made.to_string()).unwrap();
    let read = |path: &std::path::Path| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/open_billet.py");
        let out = std::process::Command::new(&python)
            .arg(script)
            .arg(path)
            .output()
            .unwrap();
        (
            out.status.success(),
            String::from_utf8_lossy(&out.stdout).into_owned(),
            out.stderr,
        )
    };
    for path in [std::path::Path::new(VECTORS), &fresh] {
        let (done, said, error) = read(path);
        assert!(done, "{}", String::from_utf8_lossy(&error));
        assert_eq!(said.trim(), "5 billets, 12 sections opened");
    }
    // Control: the reader refuses another content.
    let mut wrong = made;
    wrong["cases"][0]["sections"][0]["content"] = "00".into();
    std::fs::write(&fresh, wrong.to_string()).unwrap();
    assert!(!read(&fresh).0);
}
