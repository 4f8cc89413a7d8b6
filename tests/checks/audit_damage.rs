//! A log and copies of it, damaged where only a full check looks; and what another process writes meanwhile.

use crate::crash::{draft, opening_key, signer};
use billetbook::audit::{
    Draft, Export, ExportError, LONGEST_NOTE, Log, LogError, MOST_DRAFTS, Policy, Reading,
    RequestId, SignedNote, Standing, StoreError,
};
use billetbook::store::{MemoryDisk, MemoryStore, SqliteStore};
use rusqlite::Connection;
use std::path::Path;

fn drafts(n: usize) -> Vec<Draft> {
    (0..n).map(|i| draft(&format!("entry {i}"))).collect()
}

/// A log in a folder, signed after its first entries.
fn stored(folder: &Path, signed: usize, more: usize) -> Log<SqliteStore> {
    let store = SqliteStore::create(folder).unwrap();
    let mut log = Log::create(store, &signer()).unwrap();
    log.append(&opening_key(), drafts(signed)).unwrap();
    log.publish(&signer()).unwrap();
    log.append(&opening_key(), drafts(more)).unwrap();
    log
}

/// Alters the database behind the log's back; so many rows must be met.
fn alter(folder: &Path, sql: &str, rows: usize) {
    let db = Connection::open(folder.join("log.sqlite")).unwrap();
    assert_eq!(db.execute(sql, []).unwrap(), rows, "{sql}");
}

/// Sets a leaf to another one of the right form.
const OTHER_LEAF: &str =
    "UPDATE leaf SET leaf = CAST(x'0001' || zeroblob(32) AS BLOB) WHERE idx = ";

#[test]
fn a_full_check_finds_a_stored_hash_that_no_signed_root_needs() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = stored(folder.path(), 0, 700);
    let db = Connection::open(folder.path().join("log.sqlite")).unwrap();
    let set = "UPDATE hash SET hash = ?1 WHERE level = 1 AND idx = ?2";
    for index in [0u32, 1] {
        let read = "SELECT hash FROM hash WHERE level = 1 AND idx = ?1";
        let was: [u8; 32] = db.query_row(read, [index], |row| row.get(0)).unwrap();
        assert_eq!(db.execute(set, ([0u8; 32], index)).unwrap(), 1);
        let refused = log.verify(&opening_key());
        let found = matches!(refused, Err(LogError::Damaged { level: 8, index: i }) if i == u64::from(index));
        assert!(found, "{index}: {refused:?}");
        assert_eq!(db.execute(set, (was, index)).unwrap(), 1);
        assert_eq!(log.verify(&opening_key()).unwrap().size, 700, "control");
    }
}

#[test]
fn what_is_missing_of_a_tree_is_named_by_its_level_and_number() {
    let folder = tempfile::tempdir().unwrap();
    // One that has read nothing of its tree yet, and one that has read as much as its root needs.
    let mut new = stored(folder.path(), 0, 700);
    let store = SqliteStore::open(folder.path()).unwrap();
    let mut read = Log::open(store, signer().key()).unwrap();
    let root = new.root();
    let damaged = |log: &mut Log<SqliteStore>| match log.compare(400, Some(root)) {
        Err(LogError::Damaged { level, index }) => (level, index),
        other => panic!("{other:?}"),
    };
    alter(folder.path(), "DELETE FROM leaf WHERE idx = 300", 1);
    assert_eq!(damaged(&mut read), (0, 256));
    let first = "DELETE FROM hash WHERE level = 1 AND idx = 0";
    alter(folder.path(), first, 1);
    assert_eq!(damaged(&mut new), (8, 0));
}

#[test]
fn a_full_check_stops_where_the_log_ended_when_it_began() {
    // More leaves than are read at a time, and one that another process is about to count.
    let folder = tempfile::tempdir().unwrap();
    let mut log = stored(folder.path(), 4_100, 0);
    let next = "INSERT INTO leaf SELECT 4100, leaf FROM leaf WHERE idx = 0";
    alter(folder.path(), next, 1);
    let found = log.verify(&opening_key()).unwrap();
    assert_eq!((found.size, found.open), (4_100, 4_100));
}

#[test]
fn a_leaf_altered_after_the_last_signature_is_found_when_the_log_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    drop(stored(folder.path(), 3, 2));
    let open = || Log::open(SqliteStore::open(folder.path()).unwrap(), signer().key());
    assert_eq!(open().unwrap().standing(), Standing::Sound, "control");
    alter(folder.path(), &format!("{OTHER_LEAF}4"), 1);
    let what = "head of the log";
    let refused = open().map(|log| log.standing());
    assert!(
        matches!(&refused, Err(LogError::Store(StoreError::Damaged { what: w })) if *w == what),
        "{refused:?}"
    );
    // What was signed is missed first: then it opens, to be read and repaired.
    alter(folder.path(), &format!("{OTHER_LEAF}2"), 1);
    let standing = open().unwrap().standing();
    let rolled_back = Standing::RolledBack {
        stored: 5,
        signed: 3,
    };
    assert_eq!(standing, rolled_back);
}

#[test]
fn a_log_does_not_follow_a_longer_one_that_does_not_extend_it() {
    // Whether or not it has read of its own tree before.
    for read in [false, true] {
        let disk = MemoryDisk::new();
        let mut log = Log::create(disk.open(), &signer()).unwrap();
        let empty = disk.snapshot();
        log.append(&opening_key(), drafts(5)).unwrap();
        let own = disk.snapshot();
        if read {
            let root = log.root();
            log.compare(5, Some(root)).unwrap();
        }
        disk.restore_log(&empty);
        let mut fork = Log::open(disk.open(), signer().key()).unwrap();
        fork.append(&opening_key(), drafts(9)).unwrap();
        let refused = log.refresh();
        assert!(
            matches!(
                refused,
                Err(LogError::RolledBack {
                    stored: 9,
                    signed: 5
                })
            ),
            "{refused:?}"
        );
        // Reading goes on, of what is there now.
        let signed = fork.publish(&signer()).unwrap();
        assert!(log.prove(2, &signed).is_ok(), "{read}");
        // The control: the same log, grown by another process.
        disk.restore(&own);
        let mut here = Log::open(disk.open(), signer().key()).unwrap();
        let mut there = Log::open(disk.open(), signer().key()).unwrap();
        there.append(&opening_key(), drafts(4)).unwrap();
        assert!(here.refresh().is_ok());
        assert_eq!(here.size(), 9);
    }
}

#[test]
fn a_batch_holds_ten_thousand_entries_and_not_one_more() {
    let mut log = Log::create(MemoryDisk::new().open(), &signer()).unwrap();
    let one = draft("the same request again and again is logged once");
    let full = vec![one.clone(); MOST_DRAFTS];
    let placed = log.append(&opening_key(), full).unwrap();
    assert_eq!((placed.len(), log.size()), (MOST_DRAFTS, 1));
    let refused = log.append(&opening_key(), vec![one; MOST_DRAFTS + 1]);
    assert!(matches!(refused, Err(LogError::TooMany { found }) if found == MOST_DRAFTS + 1));
}

#[test]
fn a_repair_keeps_the_openings_that_still_open_what_the_copy_holds() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = stored(folder.path(), 8, 0);
    let place = tempfile::tempdir().unwrap();
    let signed = log.signed().unwrap();
    let copy = log.export(place.path(), &signed).unwrap();
    drop(log);
    alter(folder.path(), &format!("{OTHER_LEAF}3"), 1);
    alter(
        folder.path(),
        "UPDATE opening SET sealed = zeroblob(90) WHERE idx = 6",
        1,
    );
    let store = SqliteStore::open(folder.path()).unwrap();
    let (log, done) = Log::repair(store, signer().key(), &opening_key(), &copy).unwrap();
    assert_eq!((done.kept, done.written, done.lost), (3, 5, 1));
    for index in 0..8 {
        let reading = log.reading(index, &opening_key()).unwrap();
        let lost = matches!(reading, Reading::Lost);
        assert_eq!(lost, index == 6, "{index}: {reading:?}");
    }
}

#[test]
fn a_copy_is_made_of_all_leaves_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = stored(folder.path(), 600, 0);
    let signed = log.signed().unwrap();
    let place = tempfile::tempdir().unwrap();
    // A leaf below a stored hash: the root is made without it.
    alter(folder.path(), "DELETE FROM leaf WHERE idx = 300", 1);
    let refused = log.export(place.path(), &signed);
    let found = matches!(
        refused,
        Err(LogError::Damaged {
            level: 0,
            index: 256
        })
    );
    assert!(found, "{refused:?}");
    assert!(
        !place.path().join("checkpoint").exists(),
        "what is not whole has no checkpoint"
    );
}

#[test]
fn a_tile_cut_or_lengthened_by_a_hash_is_no_tile() {
    let folder = tempfile::tempdir().unwrap();
    let mut log: Log<MemoryStore> = Log::create(MemoryDisk::new().open(), &signer()).unwrap();
    log.append(&opening_key(), drafts(300)).unwrap();
    let signed = log.publish(&signer()).unwrap();
    let copy: Export = log.export(folder.path(), &signed).unwrap();
    let policy = Policy::new(signer().key(), &[], 0).unwrap();
    for name in ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"] {
        let file = folder.path().join(name);
        let whole = std::fs::read(&file).unwrap();
        let mut longer = whole.clone();
        longer.extend([0; 32]);
        for altered in [&whole[..whole.len() - 32], &longer[..]] {
            std::fs::write(&file, altered).unwrap();
            let refused = copy.verify(&policy, None, None);
            let found = matches!(&refused, Err(ExportError::Tile { file, .. }) if file == name);
            assert!(found, "{name}: {refused:?}");
        }
        std::fs::write(&file, whole).unwrap();
        assert!(copy.verify(&policy, None, None).is_ok(), "control");
    }
}

#[test]
fn a_note_has_64_kib_at_most() {
    let line = format!("\u{2014} a {}\n", "A".repeat(92));
    let room = LONGEST_NOTE - line.len() - 2;
    for (more, read) in [(0, true), (1, false), (2, false)] {
        let note = format!("{}\n\n{line}", "t".repeat(room + more));
        assert_eq!(note.len(), LONGEST_NOTE + more);
        assert_eq!(note.parse::<SignedNote>().is_ok(), read, "{more}");
    }
}

#[test]
fn a_second_quorum_is_named_as_what_is_wrong() {
    let log = signer().key();
    for wrong in ["quorum none\nquorum none\n", "quorum\n", "quorum a b\n"] {
        let refused = format!("log {log}\n{wrong}").parse::<Policy>().unwrap_err();
        assert!(
            refused
                .to_string()
                .ends_with("one line says `quorum` and one name"),
            "{refused}"
        );
    }
    let refused = format!("log {log}\ngroup G any\n").parse::<Policy>();
    assert!(refused.is_err());
}

#[test]
fn a_request_s_number_is_shown_as_hexadecimal_digits() {
    let id = RequestId([0xab; 16]);
    assert_eq!(format!("{id:?}"), "ab".repeat(16));
}
