use crate::crash::{Seeded, draft, opening_key, signer};
use billetbook::audit::{
    AddCheckpoint, Export, ExportError, Hash, LONGEST_PATH, Leaf, Log, LogError, LogProof,
    MOST_SIGNATURES, Nodes, NoteSignature, PathError, Policy, SignedNote, check_consistency,
    prove_inclusion,
};
use billetbook::store::{MemoryDisk, MemoryStore};
use std::path::Path;

/// A log of so many entries, and a signed copy of it.
fn copied(entries: usize, folder: &Path) -> (Log<MemoryStore>, Export) {
    let mut log = Log::create(MemoryDisk::new().open(), &signer()).unwrap();
    let drafts = (0..entries).map(|i| draft(&format!("entry {i}"))).collect();
    log.append(&opening_key(), drafts).unwrap();
    let signed = log.publish(&signer()).unwrap();
    let copy = log.export(folder, &signed).unwrap();
    (log, copy)
}

fn alone() -> Policy {
    Policy::new(signer().key(), &[], 0).unwrap()
}

#[test]
fn leaves_of_a_copy_are_read_from_any_bundle_on() {
    let folder = tempfile::tempdir().unwrap();
    let (log, copy) = copied(600, folder.path());
    for (first, count) in [(0, 5), (250, 20), (300, 100), (511, 2), (590, 100)] {
        let end = (first + count).min(600);
        let want: Vec<Leaf> = (first..end).map(|i| log.leaf(i).unwrap()).collect();
        let found = copy.leaves(first, count).unwrap();
        assert!(found == want, "{first} {count}");
    }
}

#[test]
fn a_copy_extends_its_own_checkpoint_and_that_of_the_empty_log() {
    let folder = tempfile::tempdir().unwrap();
    let empty = {
        let log = Log::create(MemoryDisk::new().open(), &signer()).unwrap();
        log.signed().unwrap()
    };
    let (log, copy) = copied(300, folder.path());
    let own = log.signed().unwrap();
    for from in [None, Some(&own), Some(&empty)] {
        assert!(copy.verify(&alone(), None, from).is_ok());
    }
}

#[test]
fn a_file_of_a_copy_is_read_up_to_64_kib() {
    let folder = tempfile::tempdir().unwrap();
    for (length, foreign) in [(65_536, false), (65_537, true), (200_000, true)] {
        std::fs::write(folder.path().join("checkpoint"), vec![b'a'; length]).unwrap();
        let refused = Export::open(folder.path()).unwrap_err();
        let found = matches!(refused, ExportError::Foreign { .. });
        assert_eq!(found, foreign, "{length}: {refused}");
    }
}

#[test]
fn only_a_checkpoint_of_this_log_and_of_what_it_holds_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let (_, larger) = copied(7, folder.path());
    let mut log = Log::create(MemoryDisk::new().open(), &signer()).unwrap();
    log.append(&opening_key(), vec![draft("one")]).unwrap();
    let other = Seeded::log("log.example/other", 3);
    let strange = Log::create(MemoryDisk::new().open(), &other).unwrap();
    let place = tempfile::tempdir().unwrap();
    for signed in [larger.checkpoint().clone(), strange.signed().unwrap()] {
        let refused = log.export(place.path(), &signed);
        assert!(matches!(refused, Err(LogError::Outside(_))));
    }
    let own = log.publish(&signer()).unwrap();
    assert!(log.export(place.path(), &own).is_ok(), "control");
}

#[test]
fn a_note_has_64_signatures_at_most_and_a_key_s_name_no_blank_plus_or_control_character() {
    let line = |name: &str| format!("\u{2014} {name} {}", "A".repeat(92));
    let note = |n: usize| format!("text\n\n{}", format!("{}\n", line("a")).repeat(n));
    for (n, read) in [
        (MOST_SIGNATURES - 1, true),
        (MOST_SIGNATURES, true),
        (MOST_SIGNATURES + 1, false),
        (MOST_SIGNATURES + 2, false),
    ] {
        assert_eq!(note(n).parse::<SignedNote>().is_ok(), read, "{n}");
    }
    for (name, read) in [
        ("a", true),
        ("a+b", false),
        ("a\u{7}b", false),
        ("a\u{a0}b", false),
        ("", false),
    ] {
        let found = line(name).parse::<NoteSignature>();
        assert_eq!(found.is_ok(), read, "{name:?}");
    }
}

/// A tree of which no node is known: asking for one is a fault.
struct Nowhere;

impl Nodes for Nowhere {
    type Error = u64;

    fn node(&mut self, _: u8, index: u64) -> Result<Hash, u64> {
        Err(index)
    }
}

#[test]
fn proofs_of_nothing_are_empty_and_prove_what_they_say_only() {
    assert_eq!(prove_inclusion(&mut Nowhere, 3, 3), Ok(Vec::new()));
    assert_eq!(prove_inclusion(&mut Nowhere, 0, 0), Ok(Vec::new()));
    let (empty, a, b) = (
        Hash::of_empty_tree(),
        Hash::of_leaf(b"a"),
        Hash::of_leaf(b"b"),
    );
    let check =
        |old, of: Hash, new, to: Hash, path: &[Hash]| check_consistency(old, of, new, to, path);
    assert_eq!(check(0, empty, 0, empty, &[]), Ok(()));
    assert_eq!(check(0, empty, 0, a, &[]), Err(PathError::Root));
    assert_eq!(check(5, a, 5, a, &[]), Ok(()));
    assert_eq!(check(5, a, 5, b, &[]), Err(PathError::Root));
    assert_eq!(check(1, a, 2, Hash::of_node(a, b), &[b]), Ok(()));
    assert_eq!(check(1, a, 2, b, &[b]), Err(PathError::Root));
}

#[test]
fn what_a_witness_or_a_gate_is_shown_has_one_text_and_63_hashes_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, _) = copied(10, folder.path());
    let signed = log.signed().unwrap();
    let mut step = log.add_checkpoint(5, &signed).unwrap();
    let text = step.to_string();
    assert_eq!(text.parse::<AddCheckpoint>().unwrap().to_string(), text);
    for (from, to) in [
        ("old 5", "old 05"),
        ("old 5", "old +5"),
        ("\n10\n", "\n010\n"),
    ] {
        let altered = text.replacen(from, to, 1);
        assert_ne!(altered, text);
        assert!(altered.parse::<AddCheckpoint>().is_err(), "{to}");
    }
    let mut proof = log.prove(5, &signed).unwrap().to_string();
    let line = format!("{}\n", Hash::of_leaf(b"made up"));
    for n in [LONGEST_PATH, LONGEST_PATH + 1, LONGEST_PATH + 2] {
        step.proof = vec![Hash::of_leaf(b"made up"); n];
        let read = step.to_string().parse::<AddCheckpoint>();
        assert_eq!(read.is_ok(), n == LONGEST_PATH, "{n}");
        let (head, checkpoint) = proof.split_once("\n\n").unwrap();
        let start: Vec<&str> = head.lines().take(2).collect();
        let long = format!("{}\n{}\n{checkpoint}", start.join("\n"), line.repeat(n));
        assert_eq!(long.parse::<LogProof>().is_ok(), n == LONGEST_PATH, "{n}");
        proof = long;
    }
}
