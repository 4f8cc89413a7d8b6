//! A log, a witness in a folder of its own, a copy of the tree, proofs and openings:
//! `cargo run -p billetbook --example audit_log -- FOLDER [ENTRIES]`. The programs in tests/peer/audit check what
//! this writes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "an example speaks and fails by panicking"
)]

use billetbook::audit::{
    Draft, Entry, Kind, Log, NoteKey, NoteSigner, OpeningKey, Policy, RequestId, Witness,
};
use billetbook::clock::{UnixTime, Window};
use billetbook::keys::{Role, RoleKeys};
use billetbook::store::{SqliteStore, SqliteWitness};
use std::fs;
use std::path::PathBuf;

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().unwrap_or_else(|| "audit-example".into()));
    let entries: u64 = args.next().map_or(70_000, |n| n.parse().unwrap());
    let now = UnixTime::from_secs(1_795_600_000).unwrap();
    let window = Window::new(now, now.after(86_400)).unwrap();
    let log_keys = RoleKeys::generate(Role::Log, "example log", window).unwrap();
    let witness_keys = RoleKeys::generate(Role::Witness, "example witness", window).unwrap();
    let signer = NoteKey::new("log.example/west", &log_keys).unwrap();
    let cosigner = NoteKey::new("witness.example/east", &witness_keys).unwrap();
    let opening_key = OpeningKey::generate().unwrap();

    let store = SqliteStore::create(&folder.join("log")).unwrap();
    let mut log = Log::create(store, &signer).unwrap();
    let draft = |n: u64| Draft {
        request: RequestId::generate().unwrap(),
        entry: Entry::new(Kind::Request, format!("made-up request {n}").into()).unwrap(),
        rows: Vec::new(),
    };
    let half = entries / 2;
    let mut earlier = None;
    for (from, to) in [(0, half), (half, entries)] {
        for first in (from..to).step_by(1_000) {
            let batch = (first..to.min(first + 1_000)).map(draft).collect();
            log.append(&opening_key, batch).unwrap();
        }
        earlier.get_or_insert(log.publish(&signer).unwrap());
    }
    let earlier = earlier.unwrap();
    let mut signed = log.publish(&signer).unwrap();

    let state = SqliteWitness::create(&folder.join("witness")).unwrap();
    let mut witness = Witness::new(vec![signer.verifier().clone()], state);
    let first = log.add_checkpoint(0, &earlier).unwrap();
    witness.add_checkpoint(&first, now, &cosigner).unwrap();
    let step = log.add_checkpoint(half, &signed).unwrap();
    signed.add(witness.add_checkpoint(&step, now, &cosigner).unwrap());
    log.keep_cosigned(&signed).unwrap();

    let policy = format!(
        "log {}\nwitness east {}\nquorum east\n",
        signer.verifier(),
        cosigner.verifier()
    );
    let believed: Policy = policy.parse().unwrap();
    let copy = log.export(&folder.join("copy"), &signed).unwrap();
    copy.verify(&believed, None, Some(&earlier)).unwrap();
    fs::write(folder.join("policy"), policy).unwrap();
    fs::write(folder.join("earlier"), earlier.to_string()).unwrap();
    fs::write(folder.join("add-checkpoint"), step.to_string()).unwrap();
    for index in [0, 1, half - 1, half, entries - 2, entries - 1] {
        let proof = log.prove(index, &signed).unwrap();
        let leaf = log.leaf(index).unwrap();
        proof.verify(&leaf, &believed, None).unwrap();
        let name = format!("{index}.tlog-proof");
        fs::write(folder.join(name), proof.to_string()).unwrap();
        if let billetbook::audit::Reading::Open(opening) = log.reading(index, &opening_key).unwrap()
        {
            let name = format!("{index}.opening");
            fs::write(folder.join(name), &*opening.to_secret_bytes()).unwrap();
        }
    }
    println!("{}: {entries} entries", folder.display());
    print!("{signed}");
}
