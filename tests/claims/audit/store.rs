//! Requests, many processes, and stores that fail.

use super::{ORIGIN, fill, memory, reopen};
use crate::crash::{Seeded, draft, opening_key, signer};
use billetbook::audit::{
    Draft, Log, LogError, OpeningKey, Policy, Reading, Row, SignedCheckpoint, StoreError,
};
use billetbook::store::{MemoryDisk, SqliteStore};

#[test]
fn aud_11_the_same_request_is_logged_once_and_its_number_serves_no_other() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    let key = opening_key();
    let one = draft("one");
    let first = log.append(&key, vec![one.clone()]).unwrap();
    fill(&mut log, 3);
    let mut again = reopen(&disk).unwrap();
    let second = again
        .append(&key, vec![one.clone(), draft("two"), one.clone()])
        .unwrap();
    let places: Vec<_> = second.iter().map(|p| (p.index, p.fresh)).collect();
    assert_eq!(places, [(0, false), (4, true), (0, false)]);
    assert_eq!(second[0].opening.leaf(), first[0].opening.leaf());
    let other = Draft {
        request: one.request,
        ..draft("other")
    };
    let reused = again.append(&key, vec![draft("three"), other]);
    assert!(matches!(reused, Err(LogError::RequestReused)));
    assert_eq!(again.size(), 5, "none of the batch");
    // Facts are set once, in the transaction that logs them.
    let with = |value: &[u8]| Draft {
        rows: vec![Row {
            space: 1,
            key: b"k".to_vec(),
            value: value.to_vec(),
        }],
        ..draft("with a fact")
    };
    again.append(&key, vec![with(b"a")]).unwrap();
    again.append(&key, vec![with(b"a")]).unwrap();
    let taken = again.append(&key, vec![with(b"b")]);
    assert!(matches!(taken, Err(LogError::Store(StoreError::Taken))));
    assert_eq!(again.size(), 7);
    let row = billetbook::audit::Store::row(again.store(), 1, b"k").unwrap();
    assert_eq!(row.as_deref(), Some(&b"a"[..]));
}

#[test]
fn aud_13_many_processes_append_and_read_without_a_fork_or_a_lost_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    drop(Log::create(SqliteStore::create(path).unwrap(), &signer()).unwrap());
    let open = || Log::open(SqliteStore::open(path).unwrap(), signer().key()).unwrap();
    let policy = Policy::new(signer().key(), &[], 0).unwrap();
    let signed: Vec<SignedCheckpoint> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|w| {
                scope.spawn(move || {
                    let mut log = open();
                    let mut out = Vec::new();
                    for n in 0..40 {
                        let text = format!("writer {w} entry {n}");
                        log.append(&opening_key(), vec![draft(&text)]).unwrap();
                        out.push(log.publish(&signer()).unwrap());
                    }
                    out
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut log = open();
            while log.size() < 120 {
                log.refresh().unwrap();
                let signed = log.signed().unwrap();
                let size = signed.unverified().size;
                if size > 0 && size <= log.size() {
                    let proof = log.prove(size - 1, &signed).unwrap();
                    proof
                        .verify(&log.leaf(size - 1).unwrap(), &policy, None)
                        .unwrap();
                }
            }
        });
        reader.join().unwrap();
        writers
            .into_iter()
            .flat_map(|w| w.join().unwrap())
            .collect()
    });
    let mut log = open();
    assert_eq!(log.verify(&opening_key()).unwrap().open, 120);
    for c in &signed {
        log.compare(c.unverified().size, Some(c.unverified().root))
            .unwrap();
    }
    let mut texts: Vec<Vec<u8>> = (0..120)
        .map(|i| match log.reading(i, &opening_key()).unwrap() {
            Reading::Open(o) => o.entry().bytes().to_vec(),
            other => panic!("{other:?}"),
        })
        .collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 120);
}

#[test]
fn aud_14_a_full_disk_a_locked_store_a_newer_one_and_another_key_are_named_and_lose_nothing() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 2);
    let signed = log.publish(&signer()).unwrap();
    disk.set_full(true);
    let full = log.append(&opening_key(), vec![draft("x")]);
    assert!(matches!(full, Err(LogError::Store(StoreError::Full))));
    disk.set_full(false);
    disk.set_locked(true);
    let locked = log.append(&opening_key(), vec![draft("x")]);
    assert!(matches!(locked, Err(LogError::Store(StoreError::Locked))));
    disk.set_locked(false);
    fill(&mut log, 1);
    assert_eq!(log.size(), 3, "control: then it goes on");
    assert!(log.prove(1, &signed).is_ok());
    // The same of SQLite, which speaks for itself.
    let folder = tempfile::tempdir().unwrap();
    let missing = SqliteStore::open(folder.path()).unwrap_err();
    assert!(matches!(missing, StoreError::Missing));
    let path = folder.path().join("log.sqlite");
    let mut log = Log::create(SqliteStore::create(folder.path()).unwrap(), &signer()).unwrap();
    let exists = Log::create(SqliteStore::open(folder.path()).unwrap(), &signer());
    assert!(matches!(exists, Err(LogError::Exists)));
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = log.append(&opening_key(), vec![draft("x")]);
    assert!(matches!(locked, Err(LogError::Store(StoreError::Locked))));
    other.execute_batch("ROLLBACK").unwrap();
    fill(&mut log, 1);
    let stranger = Seeded::log(ORIGIN, 8);
    assert!(matches!(
        log.publish(&stranger),
        Err(LogError::OtherKey { .. })
    ));
    assert!(Log::open(SqliteStore::open(folder.path()).unwrap(), stranger.key()).is_err());
    let wrong = OpeningKey::generate().unwrap();
    assert!(matches!(
        log.reading(0, &wrong),
        Err(LogError::Opening { index: 0, .. })
    ));
    drop(log);
    other.execute_batch("PRAGMA user_version = 2").unwrap();
    let newer = SqliteStore::open(folder.path()).unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 2, known: 1 }));
    other.execute_batch("PRAGMA user_version = 1").unwrap();
    let log = Log::open(SqliteStore::open(folder.path()).unwrap(), signer().key()).unwrap();
    assert_eq!(log.size(), 1, "control: nothing was lost");
    other.execute_batch("PRAGMA application_id = 7").unwrap();
    let another = SqliteStore::open(folder.path()).unwrap_err();
    assert!(matches!(another, StoreError::Damaged { .. }));
}
