//! The log against a bare SQLite insert of the same bytes, and its proofs: `cargo bench -p billetbook --bench audit`.
//! BILLETBOOK_BENCH_DIR names the disk to write to.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use billetbook::audit::{
    Draft, Entry, Kind, Log, NoteKey, NoteSigner, OpeningKey, Policy, RequestId, Store, Stored,
    Witness,
};
use billetbook::clock::{UnixTime, Window};
use billetbook::keys::{Role, RoleKeys};
use billetbook::store::{MemoryDisk, SqliteStore};
use divan::Bencher;
use divan::counter::ItemsCount;
use rusqlite::Connection;
use std::sync::{LazyLock, Mutex};
use tempfile::TempDir;

/// A log of a million entries; of a few where benches run as tests.
const LARGE: u64 = if cfg!(debug_assertions) {
    1 << 12
} else {
    1 << 20
};
const ENTRY: usize = 200;

fn main() {
    divan::main();
}

fn folder() -> TempDir {
    match std::env::var_os("BILLETBOOK_BENCH_DIR") {
        Some(folder) => TempDir::new_in(folder).unwrap(),
        None => TempDir::new().unwrap(),
    }
}

fn keys(role: Role) -> RoleKeys {
    let window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    RoleKeys::generate(role, "bench", window).unwrap()
}

fn draft() -> Draft {
    Draft {
        request: RequestId::generate().unwrap(),
        entry: Entry::new(Kind::Request, vec![7; ENTRY]).unwrap(),
        rows: Vec::new(),
    }
}

fn new_log(folder: &TempDir, keys: &RoleKeys) -> Log<SqliteStore> {
    let signer = NoteKey::new("log.example/bench", keys).unwrap();
    Log::create(SqliteStore::create(folder.path()).unwrap(), &signer).unwrap()
}

/// What one entry takes in the store: leaf, request, sealed opening.
fn stored_bytes() -> usize {
    let (folder, keys, key) = (folder(), keys(Role::Log), OpeningKey::generate().unwrap());
    let mut log = new_log(&folder, &keys);
    log.append(&key, vec![draft()]).unwrap();
    match log.store().opening(0).unwrap() {
        Stored::Sealed { request, bytes } => 34 + request.0.len() + bytes.len(),
        other => unreachable!("{other:?}"),
    }
}

/// A table of one column, an insert and a commit each.
#[divan::bench(sample_count = 400, sample_size = 1)]
fn bare_insert(bencher: Bencher<'_, '_>) {
    let folder = folder();
    let db = Connection::open(folder.path().join("bare.sqlite")).unwrap();
    let sql = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
               CREATE TABLE log (id INTEGER PRIMARY KEY, bytes BLOB);";
    db.execute_batch(sql).unwrap();
    let bytes = vec![7u8; stored_bytes()];
    let mut insert = db.prepare("INSERT INTO log (bytes) VALUES (?1)").unwrap();
    bencher.bench_local(|| insert.execute([&bytes]).unwrap());
    let count = db
        .query_row("SELECT count(*) FROM log", [], |r| r.get::<_, i64>(0))
        .unwrap();
    assert!(count > 0);
}

/// One entry, blinded, sealed, on disk.
#[divan::bench(sample_count = 400, sample_size = 1)]
fn append_one(bencher: Bencher<'_, '_>) {
    let (folder, keys, key) = (folder(), keys(Role::Log), OpeningKey::generate().unwrap());
    let mut log = new_log(&folder, &keys);
    bencher
        .with_inputs(|| vec![draft()])
        .bench_local_values(|drafts| log.append(&key, drafts).unwrap());
    assert_eq!(log.verify(&key).unwrap().open, log.size());
}

/// A thousand entries in one transaction.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn append_thousand(bencher: Bencher<'_, '_>) {
    let (folder, keys, key) = (folder(), keys(Role::Log), OpeningKey::generate().unwrap());
    let mut log = new_log(&folder, &keys);
    bencher
        .counter(ItemsCount::new(1_000usize))
        .with_inputs(|| (0..1_000).map(|_| draft()).collect())
        .bench_local_values(|drafts: Vec<Draft>| log.append(&key, drafts).unwrap());
    assert_eq!(log.size() % 1_000, 0);
}

/// Entry, checkpoint, both on disk: an acknowledged entry.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn append_and_sign(bencher: Bencher<'_, '_>) {
    let (folder, keys, key) = (folder(), keys(Role::Log), OpeningKey::generate().unwrap());
    let signer = NoteKey::new("log.example/bench", &keys).unwrap();
    let mut log = new_log(&folder, &keys);
    bencher
        .with_inputs(|| vec![draft()])
        .bench_local_values(|drafts| {
            log.append(&key, drafts).unwrap();
            log.publish(&signer).unwrap()
        });
}

struct Large {
    folder: TempDir,
    keys: RoleKeys,
    key: OpeningKey,
}

/// The large log, made once.
static LOG: LazyLock<Mutex<Large>> = LazyLock::new(|| {
    let (folder, keys, key) = (folder(), keys(Role::Log), OpeningKey::generate().unwrap());
    let mut log = new_log(&folder, &keys);
    while log.size() < LARGE {
        let n = (LARGE - log.size()).min(8_192);
        log.append(&key, (0..n).map(|_| draft()).collect()).unwrap();
    }
    let signer = NoteKey::new("log.example/bench", &keys).unwrap();
    log.publish(&signer).unwrap();
    drop(log);
    Mutex::new(Large { folder, keys, key })
});

impl Large {
    fn open(&self) -> Log<SqliteStore> {
        let store = SqliteStore::open(self.folder.path()).unwrap();
        let signer = NoteKey::new("log.example/bench", &self.keys).unwrap();
        Log::open(store, signer.verifier().clone()).unwrap()
    }
}

/// Numbers spread over the log.
fn spread() -> impl FnMut() -> u64 {
    let mut n = 0u64;
    move || {
        n = n
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (n >> 33) % LARGE
    }
}

/// A proof of any entry, once its tiles are in memory.
#[divan::bench(sample_count = 1000, sample_size = 20)]
fn prove(bencher: Bencher<'_, '_>) {
    let large = LOG.lock().unwrap();
    let mut log = large.open();
    let signed = log.signed().unwrap();
    for index in (0..LARGE).step_by(256) {
        log.prove(index, &signed).unwrap();
    }
    let mut next = spread();
    bencher.bench_local(|| log.prove(next(), &signed).unwrap());
}

/// A proof of the newest entry, as a release asks for it.
#[divan::bench(sample_count = 1000, sample_size = 20)]
fn prove_newest(bencher: Bencher<'_, '_>) {
    let large = LOG.lock().unwrap();
    let mut log = large.open();
    let signed = log.signed().unwrap();
    bencher.bench_local(|| log.prove(LARGE - 1, &signed).unwrap());
}

/// A proof of any entry from the store, its tiles not in memory.
#[divan::bench(sample_count = 100, sample_size = 1)]
fn open_and_prove_cold(bencher: Bencher<'_, '_>) {
    let large = LOG.lock().unwrap();
    let mut next = spread();
    bencher.bench_local(|| {
        let mut log = large.open();
        let signed = log.signed().unwrap();
        log.prove(next(), &signed).unwrap()
    });
}

/// Checking a proof: its path, the log's signature, and two witnesses'.
#[divan::bench(sample_count = 300, sample_size = 4, args = [0, 2])]
fn verify_proof(bencher: Bencher<'_, '_>, witnesses: usize) {
    let large = LOG.lock().unwrap();
    let mut log = large.open();
    let mut signed = log.signed().unwrap();
    let held: Vec<RoleKeys> = (0..witnesses).map(|_| keys(Role::Witness)).collect();
    let mut believed = Vec::new();
    for (i, keys) in held.iter().enumerate() {
        let signer = NoteKey::new(&format!("w{i}.example"), keys).unwrap();
        let mut witness = Witness::new(vec![log.key().clone()], MemoryDisk::new().open());
        let request = log.add_checkpoint(0, &signed).unwrap();
        let now = UnixTime::from_secs(1).unwrap();
        signed.add(witness.add_checkpoint(&request, now, &signer).unwrap());
        believed.push(signer.verifier().clone());
    }
    let policy = Policy::new(log.key().clone(), &believed, witnesses).unwrap();
    let proof = log.prove(77, &signed).unwrap();
    let leaf = log.leaf(77).unwrap();
    bencher.bench_local(|| proof.verify(&leaf, &policy, None).unwrap());
}

/// Checking a proof's path alone, 20 hashes.
#[divan::bench(sample_count = 1000, sample_size = 20)]
fn verify_path(bencher: Bencher<'_, '_>) {
    let large = LOG.lock().unwrap();
    let mut log = large.open();
    let signed = log.signed().unwrap();
    let text = log.prove(77, &signed).unwrap().to_string();
    let hash = billetbook::audit::Hash::from_base64;
    let lines = text.lines().skip(2).take_while(|l| !l.is_empty());
    let path: Vec<_> = lines.map(|l| hash(l).unwrap()).collect();
    let leaf = log.leaf(77).unwrap();
    let c = signed.unverified();
    let check = || billetbook::audit::check_inclusion(leaf.hash(), 77, c.size, c.root, &path);
    assert_eq!(check(), Ok(()));
    bencher.bench_local(check);
}

/// Every leaf, hash and opening of the large log.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn verify_log(bencher: Bencher<'_, '_>) {
    let large = LOG.lock().unwrap();
    let mut log = large.open();
    bencher
        .counter(ItemsCount::new(LARGE))
        .bench_local(|| assert_eq!(log.verify(&large.key).unwrap().open, LARGE));
}

/// Every leaf and hash of a copy of the large log, from its files.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn verify_copy(bencher: Bencher<'_, '_>) {
    let large = LOG.lock().unwrap();
    let mut log = large.open();
    let signed = log.signed().unwrap();
    let out = folder();
    let copy = log.export(out.path(), &signed).unwrap();
    let policy = Policy::new(log.key().clone(), &[], 0).unwrap();
    bencher
        .counter(ItemsCount::new(LARGE))
        .bench_local(|| copy.verify(&policy, None, None).unwrap());
}
