use crate::crash::{draft, opening_key, signer};
use billetbook::audit::{
    Draft, Entry, Kind, Log, LogError, NoteSignature, Reading, Row, Standing, Store,
};
use billetbook::store::{MemoryDisk, MemoryStore};

fn fill(log: &mut Log<MemoryStore>, n: usize) {
    let drafts = (0..n).map(|i| draft(&format!("entry {i}"))).collect();
    log.append(&opening_key(), drafts).unwrap();
}

fn erasure(index: u64) -> Draft {
    Draft {
        entry: Entry::new(Kind::Erasure, format!("of {index}").into()).unwrap(),
        ..draft("")
    }
}

#[test]
fn leaves_commitments_and_facts_show_no_more_than_their_numbers() {
    let disk = MemoryDisk::new();
    let mut log = Log::create(disk.open(), &signer()).unwrap();
    fill(&mut log, 1);
    let leaf = log.leaf(0).unwrap();
    let commitment: String = leaf.commitment().0.map(|b| format!("{b:02x}")).concat();
    assert_eq!(format!("{:?}", leaf.commitment()), commitment);
    assert_eq!(format!("{leaf:?}"), format!("Leaf({commitment})"));
    let row = Row {
        space: 3,
        key: b"made".to_vec(),
        value: b"up".to_vec(),
    };
    assert_eq!(format!("{row:?}"), "Row(3, ..)");
}

#[test]
fn a_signature_line_tells_whose_it_is() {
    let line = format!("\u{2014} log.example/a {}", "A".repeat(92));
    let read: NoteSignature = line.parse().unwrap();
    assert_eq!((read.name(), read.to_string()), ("log.example/a", line));
}

/// Among the entries that a repair writes anew, one that was erased stays erased, and the count says what is lost.
#[test]
fn what_was_erased_is_still_erased_after_a_repair_and_counted_apart_from_what_is_lost() {
    let disk = MemoryDisk::new();
    let mut log = Log::create(disk.open(), &signer()).unwrap();
    fill(&mut log, 10);
    let early = disk.snapshot();
    fill(&mut log, 10);
    log.erase(&opening_key(), 2, erasure(2)).unwrap();
    let found = log.verify(&opening_key()).unwrap();
    assert_eq!(
        (found.size, found.open, found.erased, found.lost),
        (21, 20, 1, 0)
    );
    let signed = log.publish(&signer()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = log.export(folder.path(), &signed).unwrap();
    drop(log);
    // Another history from the tenth entry on, in which the twelfth was erased.
    let other = MemoryDisk::new();
    other.restore(&early);
    let mut fork = Log::open(other.open(), signer().key()).unwrap();
    fill(&mut fork, 10);
    fork.erase(&opening_key(), 12, erasure(12)).unwrap();
    disk.restore_log(&other.snapshot());
    let log = Log::open(disk.open(), signer().key()).unwrap();
    assert!(matches!(log.standing(), Standing::RolledBack { .. }));
    drop(log);
    let repaired = Log::repair(disk.open(), signer().key(), &opening_key(), &copy);
    let (mut log, done) = repaired.unwrap();
    assert_eq!(
        (done.kept, done.written, done.lost, done.dropped),
        (10, 11, 10, 0)
    );
    let is = |log: &Log<MemoryStore>, index| log.reading(index, &opening_key()).unwrap();
    assert!(matches!(is(&log, 12), Reading::Erased));
    assert!(matches!(is(&log, 11), Reading::Lost));
    assert!(matches!(is(&log, 9), Reading::Open(_)));
    let found = log.verify(&opening_key()).unwrap();
    assert_eq!(
        (found.size, found.open, found.erased, found.lost),
        (21, 10, 1, 10)
    );
}

#[test]
fn a_log_begins_once_and_is_its_signer_s() {
    let disk = MemoryDisk::new();
    let log = Log::create(disk.open(), &signer()).unwrap();
    assert_eq!((log.size(), log.key()), (0, &signer().key()));
    assert!(log.store().signed().unwrap().is_some());
    let again = Log::create(disk.open(), &signer());
    assert!(matches!(again, Err(LogError::Exists)));
}

/// A copy that is newer than all that this log has signed brings its checkpoint with it.
#[test]
fn a_repair_from_a_newer_copy_keeps_what_the_copy_was_signed_with() {
    let disk = MemoryDisk::new();
    let mut log = Log::create(disk.open(), &signer()).unwrap();
    fill(&mut log, 5);
    log.publish(&signer()).unwrap();
    let early = disk.snapshot();
    fill(&mut log, 5);
    let signed = log.publish(&signer()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = log.export(folder.path(), &signed).unwrap();
    drop(log);
    let older = MemoryDisk::new();
    older.restore(&early);
    let repaired = Log::repair(older.open(), signer().key(), &opening_key(), &copy);
    let (log, done) = repaired.unwrap();
    assert_eq!((done.kept, done.written, done.lost), (5, 5, 5));
    assert_eq!(log.store().signed().unwrap().unwrap(), signed);
    assert_eq!(log.standing(), Standing::Sound);
}

#[test]
fn entries_and_openings_show_nothing_hashes_and_keys_their_text() {
    let entry = Entry::new(Kind::Grant, b"made up".to_vec()).unwrap();
    assert_eq!(format!("{entry:?}"), "Entry(..)");
    let disk = MemoryDisk::new();
    let mut log = Log::create(disk.open(), &signer()).unwrap();
    fill(&mut log, 1);
    let Reading::Open(opening) = log.reading(0, &opening_key()).unwrap() else {
        panic!("it is open")
    };
    assert_eq!(format!("{opening:?}"), "Opening(..)");
    let root = log.root();
    assert_eq!(format!("{root:?}"), root.to_string());
    let key = signer().key();
    assert_eq!(format!("{key:?}"), key.to_string());
}
