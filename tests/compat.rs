//! Files of format 1, made when it was first written down: they open for ever.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::envelope::{Billet, EnvelopeError};
use billetbook::keys::{KeyRecord, Keystore, PublicRoot, RoleKeys};
use std::path::Path;

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compat/v1"));
    std::fs::read(folder.join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

fn keys(name: &str) -> RoleKeys {
    let store = Keystore::from_text(&text(name)).unwrap();
    store.open_role(b"made-up phrase").unwrap()
}

#[test]
fn roots_records_keystores_and_billets_of_format_1_open() {
    let root = PublicRoot::from_text(&text("west.root")).unwrap();
    let author = KeyRecord::from_text(&text("author.key"), &root).unwrap();
    let owner = keys("owner.keystore");
    let gates = ["gate-1.keystore", "gate-3.keystore"].map(keys);
    for name in ["compact.billet", "uniform.billet"] {
        let billet = Billet::decode(&file(name)).unwrap();
        let envelope = billet.envelope().unwrap().verify(&author).unwrap();
        let owned = envelope.owned_by(billet.owner_packet(), &owner).unwrap();
        let deposits = [&billet.deposits()[0], &billet.deposits()[2]];
        let shares: Vec<_> = (deposits.iter().zip(&gates))
            .map(|(d, gate)| {
                let deposit = envelope.deposit((*d).clone(), &author).unwrap();
                deposit.open(gate).unwrap()
            })
            .collect();
        let mut sections = 0;
        for entry in owned.entries() {
            let opened = owned.open_advisory(entry.section(), &shares).unwrap();
            assert_eq!(
                opened.section().content(),
                file(&format!("{}.bin", entry.section()))
            );
            sections += 1;
        }
        assert_eq!(sections, 2);
        let other = KeyRecord::from_text(&text("other.key"), &root).unwrap();
        let refused = billet.envelope().unwrap().verify(&other);
        assert!(
            matches!(refused, Err(EnvelopeError::OtherAuthor { .. })),
            "control"
        );
    }
}

#[test]
fn zz_generate() {
    use billetbook::clock::{UnixTime, Window};
    use billetbook::consent::Policy;
    use billetbook::envelope::{Gates, Padding, Sealer};
    use billetbook::keys::{KeyProvider, Role, Root};
    use billetbook::record::Section;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compat/v1");
    std::fs::create_dir_all(folder).unwrap();
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(format!("{folder}/{name}"), bytes).unwrap();
    let now: UnixTime = "2026-11-25".parse().unwrap();
    let window = Window::new(now, "2028-11-25".parse().unwrap()).unwrap();
    let root = Root::generate("Westshire").unwrap();
    write("west.root", root.public().to_text().as_bytes());
    let key = |role, name: &str| {
        let keys = RoleKeys::generate(role, name, window).unwrap();
        write(
            &format!("{name}.key"),
            root.certify(keys.request()).to_text().as_bytes(),
        );
        write(
            &format!("{name}.keystore"),
            keys.to_keystore(b"made-up phrase")
                .unwrap()
                .to_text()
                .as_bytes(),
        );
        keys
    };
    let author = key(Role::Issue, "author");
    key(Role::Issue, "other");
    let owner = key(Role::Open, "owner");
    let gates = ["gate-1", "gate-2", "gate-3"].map(|n| root.certify(key(Role::Gate, n).request()));
    let gates = Gates::new(gates.to_vec()).unwrap();
    let policy = Policy::parse(include_str!("vectors/policy-v1.toml")).unwrap();
    let owner = root.certify(owner.request());
    let contents = [vec![b'p'; 1500], (0..=255).collect::<Vec<u8>>()];
    write("personal.bin", &contents[0]);
    write("speech_therapy.bin", &contents[1]);
    let sections = [
        (Section::Personal, &contents[0][..]),
        ("speech_therapy".parse().unwrap(), &contents[1][..]),
    ];
    for (name, padding) in [
        ("compact", Padding::Compact),
        ("uniform", Padding::default()),
    ] {
        let billet = Sealer::new(&author, &owner, &gates, &policy)
            .padding(padding)
            .seal(&sections, now)
            .unwrap();
        write(&format!("{name}.billet"), &billet.encode());
    }
}
