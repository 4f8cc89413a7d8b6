use crate::crash::{
    Dice, Outcome, Seeded, append_for_ever, check_after_kill, damaged_run, draft, insert_for_ever,
    kill, opening_key, outcome, plain_outcome, signer, tally,
};
use billetbook::audit::{
    AddCheckpoint, Checkpoint, Draft, Entry, Export, Freshness, Kind, Log, LogError, LogProof,
    NoteKey, Opening, OpeningKey, Policy, PolicyError, ProofError, Reading, Row, Seen,
    SignedCheckpoint, Standing, StoreError, Witness, WitnessError, check_consistency,
};
use billetbook::clock::{UnixTime, Window};
use billetbook::keys::{Role, RoleKeys};
use billetbook::store::{Cut, MemoryDisk, MemoryStore, SqliteStore, SqliteWitness};
use proptest::prelude::*;
use std::path::Path;
use std::process::Command;

const ORIGIN: &str = "log.example/crash";

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(secs).unwrap()
}

fn memory(disk: &MemoryDisk) -> Log<MemoryStore> {
    Log::create(disk.open(), &signer()).unwrap()
}

fn reopen(disk: &MemoryDisk) -> Result<Log<MemoryStore>, LogError> {
    Log::open(disk.open(), signer().key())
}

fn fill(log: &mut Log<impl billetbook::audit::Store>, n: usize) {
    let drafts = (0..n).map(|i| draft(&format!("entry {i}"))).collect();
    log.append(&opening_key(), drafts).unwrap();
}

fn erasure(index: u64) -> Draft {
    Draft {
        entry: Entry::new(Kind::Erasure, format!("of {index}").into()).unwrap(),
        ..draft("")
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            out.push((path.to_str().unwrap().to_owned(), bytes));
        }
    }
    out
}

fn holds(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|w| w == marker)
}

#[test]
fn aud_1_no_word_of_an_entry_is_in_the_log_its_copies_or_errors() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("log")).unwrap();
    let mut log = Log::create(store, &signer()).unwrap();
    let marker = "MARKER-of-a-made-up-child";
    let mut drafts: Vec<Draft> = Kind::ALL
        .into_iter()
        .map(|kind| Draft {
            entry: Entry::new(kind, format!("{marker} {kind:?}").into()).unwrap(),
            ..draft("")
        })
        .collect();
    let shown = format!("{drafts:?}");
    log.append(&opening_key(), drafts.clone()).unwrap();
    let signed = log.publish(&signer()).unwrap();
    let copy = folder.path().join("copy");
    log.export(&copy, &signed).unwrap();
    let proof = log.prove(3, &signed).unwrap().to_string();
    std::fs::write(folder.path().join("proof"), proof).unwrap();
    drafts[0].entry = Entry::new(Kind::Grant, format!("{marker} other").into()).unwrap();
    let error = log.append(&opening_key(), drafts).unwrap_err();
    let reading = log.reading(0, &opening_key()).unwrap();
    let texts = format!("{shown} {error} {error:?} {reading:?} {log:?}");
    assert!(!texts.contains("MARKER"), "{texts}");
    let found = files(folder.path());
    assert!(found.len() >= 6);
    for (name, bytes) in &found {
        assert!(!holds(bytes, b"MARKER"), "{name}");
    }
    let Reading::Open(opening) = reading else {
        panic!("the opening is there")
    };
    assert!(
        holds(&opening.to_secret_bytes(), b"MARKER"),
        "control: who has the key reads it"
    );
    // All kinds look alike: 34 bytes, of which the first two are the same.
    let leaves = Export::open(&copy).unwrap().leaves(0, 100).unwrap();
    assert_eq!(leaves.len(), Kind::ALL.len());
    let first: Vec<_> = leaves.iter().map(|l| &l.as_bytes()[..2]).collect();
    assert!(first.iter().all(|f| **f == [0, 1]));
}

#[test]
fn aud_2_a_proof_holds_for_its_entry_in_its_tree_under_the_keys_believed_and_for_nothing_else() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 700);
    let older = log.publish(&signer()).unwrap();
    fill(&mut log, 1);
    let signed = log.publish(&signer()).unwrap();
    let witnesses = [1, 2, 3].map(|i| Seeded::witness(&format!("w{i}.example"), i));
    let keys = witnesses.each_ref().map(Seeded::key);
    let policy = Policy::new(signer().key(), &keys, 2).unwrap();
    let mut cosigned = signed.clone();
    for w in &witnesses[..2] {
        let mut witness = Witness::new(vec![signer().key()], MemoryDisk::new().open());
        let request = log.add_checkpoint(0, &signed).unwrap();
        cosigned.add(witness.add_checkpoint(&request, at(1_000), w).unwrap());
    }
    let fresh = |now| {
        Some(Freshness {
            now: at(now),
            max_age: 600,
            skew: 60,
        })
    };
    let text = log.prove(555, &cosigned).unwrap().to_string();
    let proof: LogProof = text.parse().unwrap();
    let leaf = log.leaf(555).unwrap();
    let included = proof.verify(&leaf, &policy, fresh(1_500)).unwrap();
    assert_eq!(included.index(), 555, "control");
    assert_eq!(included.witnessed().cosigners().len(), 2);
    let refused = |p: &LogProof, policy: &Policy, now| p.verify(&leaf, policy, fresh(now));
    let other = log.leaf(556).unwrap();
    assert!(matches!(
        proof.verify(&other, &policy, fresh(1_500)),
        Err(ProofError::Path(_))
    ));
    assert!(matches!(
        refused(&proof, &policy, 1_601),
        Err(ProofError::Policy(PolicyError::Stale { .. }))
    ));
    assert!(matches!(
        refused(&proof, &policy, 939),
        Err(ProofError::Policy(PolicyError::Future { .. }))
    ));
    let all = Policy::new(signer().key(), &keys, 3).unwrap();
    assert!(matches!(
        refused(&proof, &all, 1_500),
        Err(ProofError::Policy(PolicyError::Quorum { cosigned: 2 }))
    ));
    let strangers = [4, 5].map(|i| Seeded::witness(&format!("w{i}.example"), i).key());
    let strange = Policy::new(signer().key(), &strangers, 1).unwrap();
    assert!(refused(&proof, &strange, 1_500).is_err());
    let other_log = Policy::new(Seeded::log(ORIGIN, 9).key(), &keys, 2).unwrap();
    assert!(refused(&proof, &other_log, 1_500).is_err());
    // The path of one tree under the checkpoint of another.
    let of_older = log.prove(555, &older).unwrap().to_string();
    let path = of_older.split_once("\n\n").unwrap().0;
    let mixed = format!("{path}\n\n{cosigned}");
    assert!(refused(&mixed.parse().unwrap(), &policy, 1_500).is_err());
    // No bit can be turned.
    for i in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[i] ^= 1 << (i % 8);
        let read = String::from_utf8(bytes).ok().and_then(|t| t.parse().ok());
        let proven = read.is_some_and(|p: LogProof| refused(&p, &policy, 1_500).is_ok());
        assert!(!proven, "byte {i}");
    }
}

#[test]
fn aud_3_a_witness_cosigns_only_what_extends_what_it_has_seen() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 5);
    let backup = disk.snapshot();
    let five = log.publish(&signer()).unwrap();
    fill(&mut log, 4);
    let nine = log.publish(&signer()).unwrap();
    let own = Seeded::witness("w.example", 1);
    let folder = tempfile::tempdir().unwrap();
    let witness = || {
        let store = SqliteWitness::create(folder.path()).unwrap();
        Witness::new(vec![signer().key()], store)
    };
    let mut first = witness();
    let from_zero = log.add_checkpoint(0, &five).unwrap();
    let again: AddCheckpoint = from_zero.to_string().parse().unwrap();
    assert_eq!(again, from_zero);
    first.add_checkpoint(&again, at(1), &own).unwrap();
    // A second process, and after a restart: the state is what counts.
    let mut second = witness();
    let step = log.add_checkpoint(5, &nine).unwrap();
    second.add_checkpoint(&step, at(2), &own).unwrap();
    assert!(
        second
            .add_checkpoint(&log.add_checkpoint(9, &nine).unwrap(), at(3), &own)
            .is_ok(),
        "control: the same tree again"
    );
    let conflict = first.add_checkpoint(&step, at(3), &own).unwrap_err();
    assert!(matches!(conflict, WitnessError::Conflict { seen: 9 }));
    let rewound = first.add_checkpoint(&log.add_checkpoint(0, &five).unwrap(), at(3), &own);
    assert!(matches!(rewound, Err(WitnessError::Conflict { seen: 9 })));
    let smaller = AddCheckpoint {
        old: 9,
        proof: Vec::new(),
        checkpoint: five.clone(),
    };
    let smaller = first.add_checkpoint(&smaller, at(3), &own);
    assert!(matches!(smaller, Err(WitnessError::Smaller)));
    // A fork: the same keys, other entries, and a proof that is right for the fork.
    let forked = MemoryDisk::new();
    forked.restore(&backup);
    let mut fork = reopen(&forked).unwrap();
    fill(&mut fork, 4);
    fill(&mut fork, 3);
    let signed = fork.publish(&signer()).unwrap();
    let inconsistent = first.add_checkpoint(&fork.add_checkpoint(9, &signed).unwrap(), at(3), &own);
    assert!(matches!(inconsistent, Err(WitnessError::Inconsistent(_))));
    // Logs it does not know, and signatures that are not the log's.
    let unknown = Witness::new(vec![], SqliteWitness::create(folder.path()).unwrap());
    assert!(matches!(
        unknown.check(&step),
        Err(WitnessError::UnknownLog { .. })
    ));
    let other_key = Seeded::log(ORIGIN, 9);
    let other = Witness::new(vec![other_key.key()], MemoryDisk::new().open());
    assert!(matches!(other.check(&step), Err(WitnessError::Note(_))));
    // What cannot be written is not signed.
    let full = MemoryDisk::new();
    full.set_full(true);
    let mut full = Witness::new(vec![signer().key()], full.open());
    let refused = full.add_checkpoint(&from_zero, at(1), &own);
    assert!(matches!(
        refused,
        Err(WitnessError::Store(StoreError::Full))
    ));
    assert_eq!(full.latest(ORIGIN).unwrap(), None);
}

/// What a log operator may try, in any order.
#[derive(Clone, Debug)]
enum Move {
    Append(u8),
    Publish,
    Cosign(usize),
    Restore,
    Fork,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn aud_4_every_cosigned_tree_extends_every_one_before_whatever_the_operator_tries(
        moves in proptest::collection::vec(prop_oneof![
            (1..9u8).prop_map(Move::Append),
            Just(Move::Publish),
            (0..3usize).prop_map(Move::Cosign),
            Just(Move::Restore),
            Just(Move::Fork),
        ], 1..60)
    ) {
        // The operator holds the log's key, its disk, and copies of it. Three witnesses lie elsewhere.
        let disk = MemoryDisk::new();
        let mut log = memory(&disk);
        let mut backup = disk.snapshot();
        let keys = [1, 2, 3].map(|i| Seeded::witness(&format!("w{i}.example"), i));
        let mut witnesses = [0; 3].map(|_| Witness::new(vec![signer().key()], MemoryDisk::new().open()));
        let mut cosigned: Vec<Vec<Seen>> = vec![Vec::new(); 3];
        let mut trees: Vec<(Seen, billetbook::store::Snapshot)> = Vec::new();
        for step in moves {
            match step {
                Move::Append(n) => _ = log.append(&opening_key(), (0..n).map(|i| draft(&i.to_string())).collect()),
                Move::Publish => _ = log.publish(&signer()),
                Move::Restore => {
                    // The whole disk, so that the log itself cannot tell.
                    let now = disk.snapshot();
                    disk.restore(&backup);
                    backup = now;
                    log = reopen(&disk).unwrap();
                    prop_assert_eq!(log.standing(), Standing::Sound);
                }
                Move::Fork => backup = disk.snapshot(),
                Move::Cosign(w) => {
                    let Ok(signed) = log.signed() else { continue };
                    let c = signed.unverified().clone();
                    let old = witnesses[w].latest(ORIGIN).unwrap().map_or(0, |s| s.size);
                    let Ok(request) = log.add_checkpoint(old, &signed) else { continue };
                    if witnesses[w].add_checkpoint(&request, at(1), &keys[w]).is_ok() {
                        let seen = Seen { size: c.size, root: c.root };
                        cosigned[w].push(seen);
                        trees.push((seen, disk.snapshot()));
                    }
                }
            }
        }
        // Of each witness, each tree cosigned is a prefix of the next.
        for seen in &cosigned {
            for pair in seen.windows(2) {
                let disk = MemoryDisk::new();
                let tree = trees.iter().find(|t| t.0 == pair[1]).unwrap();
                disk.restore(&tree.1);
                let mut log = reopen(&disk).unwrap();
                prop_assert!(log.compare(pair[0].size, Some(pair[0].root)).is_ok());
            }
        }
        // Two quorums of two share a witness: of two trees that both have one, one extends the other.
        let quorate: Vec<Seen> = trees.iter().map(|t| t.0)
            .filter(|s| cosigned.iter().filter(|c| c.contains(s)).count() >= 2)
            .collect();
        for a in &quorate {
            for b in quorate.iter().filter(|b| b.size >= a.size) {
                let disk = MemoryDisk::new();
                disk.restore(&trees.iter().find(|t| t.0 == *b).unwrap().1);
                prop_assert!(reopen(&disk).unwrap().compare(a.size, Some(a.root)).is_ok());
            }
        }
    }
}

#[test]
fn aud_5_erasing_an_entry_leaves_all_others_as_they_were_and_nothing_that_confirms_a_guess() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    let mut log = Log::create(store, &signer()).unwrap();
    let key = opening_key();
    fill(&mut log, 300);
    let secret = draft("what is to be erased");
    let placed = log.append(&key, vec![secret.clone()]).unwrap().remove(0);
    fill(&mut log, 300);
    let before = log.publish(&signer()).unwrap();
    let leaf = log.leaf(placed.index).unwrap();
    let bytes = placed.opening.to_secret_bytes().to_vec();
    let guess = |bytes: &[u8]| Opening::from_secret_bytes(bytes, &leaf).is_ok();
    assert!(
        guess(&bytes),
        "control: with its blinding bytes, the entry is confirmed"
    );
    let sealed = match billetbook::audit::Store::opening(log.store(), placed.index).unwrap() {
        billetbook::audit::Stored::Sealed { bytes, .. } => bytes,
        other => panic!("{other:?}"),
    };
    let traces = |what: &[u8]| {
        files(folder.path())
            .iter()
            .filter(|f| holds(&f.1, what))
            .count()
    };
    let pieces = [&sealed[..64], &secret.request.0[..]];
    assert!(
        pieces.iter().all(|p| traces(p) > 0),
        "control: before, they are in the files"
    );
    let wrong = log.erase(&key, placed.index, draft("not an erasure"));
    assert!(matches!(wrong, Err(LogError::NotAnErasure)));
    let order = erasure(placed.index);
    log.erase(&key, placed.index, order.clone()).unwrap();
    assert!(
        !log.erase(&key, placed.index, order).unwrap().fresh,
        "asked twice, logged once"
    );
    assert!(
        pieces.iter().all(|p| traces(p) == 0),
        "the bytes are gone from every file"
    );
    assert!(matches!(
        log.reading(placed.index, &key).unwrap(),
        Reading::Erased
    ));
    // Everyone else's proofs and openings stand, and so does the proof of the erased leaf.
    let after = log.publish(&signer()).unwrap();
    let policy = Policy::new(signer().key(), &[], 0).unwrap();
    for index in 0..601 {
        let proof = log.prove(index, &before).unwrap();
        proof
            .verify(&log.leaf(index).unwrap(), &policy, None)
            .unwrap();
        if index != placed.index {
            assert!(matches!(
                log.reading(index, &key).unwrap(),
                Reading::Open(_)
            ));
        }
    }
    assert_eq!(log.leaf(placed.index).unwrap(), leaf);
    let found = log.verify(&key).unwrap();
    assert_eq!((found.size, found.open, found.erased), (602, 601, 1));
    // The entry guessed right, with any blinding bytes that anything left could give.
    log.export(&folder.path().join("copy"), &after).unwrap();
    let all: Vec<u8> = files(folder.path()).into_iter().flat_map(|f| f.1).collect();
    for blind in all.windows(32) {
        let mut guessed = bytes.clone();
        guessed[8..40].copy_from_slice(blind);
        assert!(!guess(&guessed));
    }
}

#[test]
fn aud_6_a_log_that_lost_what_it_signed_is_read_only_until_repaired_and_never_forks() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 300);
    let early = log.publish(&signer()).unwrap();
    let backup = disk.snapshot();
    fill(&mut log, 300);
    let signed = log.publish(&signer()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = log.export(folder.path(), &signed).unwrap();
    assert_eq!(
        reopen(&disk).unwrap().standing(),
        Standing::Sound,
        "control"
    );
    let rolled_back = Standing::RolledBack {
        stored: 300,
        signed: 600,
    };
    disk.restore_log(&backup);
    let mut log = reopen(&disk).unwrap();
    assert_eq!(log.standing(), rolled_back);
    let refused = log.append(&opening_key(), vec![draft("x")]);
    assert!(matches!(
        refused,
        Err(LogError::RolledBack {
            stored: 300,
            signed: 600
        })
    ));
    assert!(matches!(
        log.publish(&signer()),
        Err(LogError::RolledBack { .. })
    ));
    assert!(matches!(
        log.erase(&opening_key(), 1, erasure(1)),
        Err(LogError::RolledBack { .. })
    ));
    assert!(
        matches!(log.reading(299, &opening_key()).unwrap(), Reading::Open(_)),
        "reading goes on"
    );
    // A copy older than what was signed does not repair it; one that holds it does.
    let old_folder = tempfile::tempdir().unwrap();
    let old = log.export(old_folder.path(), &early).unwrap();
    let key = signer().key();
    assert!(Log::repair(disk.open(), key.clone(), &opening_key(), &old).is_err());
    let (mut log, done) = Log::repair(disk.open(), key.clone(), &opening_key(), &copy).unwrap();
    assert_eq!(
        (done.kept, done.written, done.lost, done.dropped),
        (300, 300, 300, 0)
    );
    assert_eq!(log.root(), signed.unverified().root);
    assert!(matches!(
        log.reading(599, &opening_key()).unwrap(),
        Reading::Lost
    ));
    fill(&mut log, 1);
    let later = log.publish(&signer()).unwrap();
    let step = log.add_checkpoint(600, &later).unwrap();
    let (a, b) = (signed.unverified(), later.unverified());
    assert_eq!(
        check_consistency(600, a.root, 601, b.root, &step.proof),
        Ok(())
    );
    // A fork made while the log was closed: other entries of the same number and more.
    disk.restore(&backup);
    let mut fork = reopen(&disk).unwrap();
    fill(&mut fork, 400);
    let forked = disk.snapshot();
    let whole = MemoryDisk::new();
    let (log, _) = Log::repair(whole.open(), key.clone(), &opening_key(), &copy).unwrap();
    drop(log);
    whole.restore_log(&forked);
    let log = reopen(&whole).unwrap();
    assert!(matches!(
        log.standing(),
        Standing::RolledBack {
            stored: 700,
            signed: 600
        }
    ));
    let (log, done) = Log::repair(whole.open(), key, &opening_key(), &copy).unwrap();
    assert_eq!((done.kept, done.written, done.dropped), (300, 300, 100));
    assert_eq!(log.root(), signed.unverified().root);
}

#[test]
fn aud_7_a_restored_folder_is_found_out_by_a_witness_outside_it_and_by_none_inside() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    let (inside, outside) = (disk.open(), MemoryDisk::new().open());
    let mut inside = Witness::new(vec![signer().key()], inside);
    let mut outside = Witness::new(vec![signer().key()], outside);
    let own = Seeded::witness("w.example", 1);
    fill(&mut log, 5);
    let five = log.publish(&signer()).unwrap();
    let request = log.add_checkpoint(0, &five).unwrap();
    inside.add_checkpoint(&request, at(1), &own).unwrap();
    outside.add_checkpoint(&request, at(1), &own).unwrap();
    let backup = disk.snapshot();
    fill(&mut log, 5);
    let ten = log.publish(&signer()).unwrap();
    let request = log.add_checkpoint(5, &ten).unwrap();
    inside.add_checkpoint(&request, at(2), &own).unwrap();
    outside.add_checkpoint(&request, at(2), &own).unwrap();
    disk.restore(&backup);
    let mut log = reopen(&disk).unwrap();
    fill(&mut log, 5);
    let other = log.publish(&signer()).unwrap();
    let request = log.add_checkpoint(5, &other).unwrap();
    assert!(
        inside.add_checkpoint(&request, at(3), &own).is_ok(),
        "control: a witness on the same disk went back with it"
    );
    let conflict = outside.add_checkpoint(&request, at(3), &own).unwrap_err();
    assert!(matches!(conflict, WitnessError::Conflict { seen: 10 }));
    let seen = outside.latest(ORIGIN).unwrap().unwrap();
    let told = log.compare(seen.size, Some(seen.root));
    assert!(matches!(told, Err(LogError::RolledBack { .. })));
    assert!(matches!(
        log.publish(&signer()),
        Err(LogError::RolledBack { .. })
    ));
}

#[test]
fn aud_8_a_power_cut_at_any_boundary_leaves_what_was_signed_and_no_fork() {
    // Appends, signatures, an erasure; a cut after every boundary that they pass.
    let script = |disk: &MemoryDisk, signed: &mut Vec<Checkpoint>, durable: &mut u64| {
        let mut log = reopen(disk)?;
        for round in 0..4 {
            let drafts = (0..130).map(|i| draft(&format!("{round} {i}"))).collect();
            log.append(&opening_key(), drafts)?;
            *durable = log.size();
            if round % 2 == 0 {
                signed.push(log.publish(&signer())?.unverified().clone());
            }
        }
        log.erase(&opening_key(), 3, erasure(3))?;
        *durable = log.size();
        signed.push(log.publish(&signer())?.unverified().clone());
        Ok::<_, LogError>(())
    };
    let fresh = || {
        let disk = MemoryDisk::new();
        drop(memory(&disk));
        disk.restart();
        disk
    };
    let disk = fresh();
    let (mut signed, mut durable) = (Vec::new(), 0);
    script(&disk, &mut signed, &mut durable).unwrap();
    let boundaries = disk.boundaries();
    assert!(
        boundaries > 20 && signed.len() == 3,
        "control: uncut, it ends"
    );
    for after in 0..boundaries {
        for unsynced_survives in [false, true] {
            let disk = fresh();
            disk.cut(Cut {
                after,
                unsynced_survives,
            });
            let (mut signed, mut durable) = (Vec::new(), 0);
            assert!(
                script(&disk, &mut signed, &mut durable).is_err(),
                "the cut was felt"
            );
            disk.restart();
            let mut log = reopen(&disk).unwrap();
            assert_eq!(log.standing(), Standing::Sound);
            assert!(log.size() >= durable, "{after}");
            log.verify(&opening_key()).unwrap();
            // It goes on, and what it signs next extends all that had left before.
            fill(&mut log, 7);
            let next = log.publish(&signer()).unwrap();
            for before in &signed {
                let step = log.add_checkpoint(before.size, &next).unwrap();
                let c = next.unverified();
                let extends =
                    check_consistency(before.size, before.root, c.size, c.root, &step.proof);
                assert_eq!(extends, Ok(()));
            }
        }
    }
}

/// This binary again, as the child of a test: the test of that name sees the folder and does the child's part.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([&format!("audit::{test}"), "--exact", "--nocapture"])
        .env("BILLETBOOK_CHILD_FOLDER", folder)
        .stderr(std::process::Stdio::null());
    command
}

fn child_folder() -> Option<std::path::PathBuf> {
    std::env::var_os("BILLETBOOK_CHILD_FOLDER").map(Into::into)
}

#[test]
fn aud_9_no_entry_that_was_acknowledged_is_lost_to_kill_9() {
    if let Some(folder) = child_folder() {
        return append_for_ever(&folder);
    }
    let mut dice = Dice(9);
    let folder = tempfile::tempdir().unwrap();
    let (mut size, mut acknowledged) = (0, 0);
    for _ in 0..15 {
        let name = "aud_9_no_entry_that_was_acknowledged_is_lost_to_kill_9";
        let said = kill(child(name, folder.path()), &mut dice);
        assert!(
            said.appended > size,
            "the child went on where the log ended"
        );
        size = check_after_kill(folder.path(), &said);
        acknowledged += said.signed.map_or(0, |s| s.0);
    }
    assert!(acknowledged > 0);
}

#[test]
fn aud_10_damage_to_a_log_is_never_silent() {
    if let Some(folder) = child_folder() {
        return append_for_ever(&folder);
    }
    let name = "aud_10_damage_to_a_log_is_never_silent";
    let mut dice = Dice(10);
    let run = || damaged_run(|f| child(name, f), "log.sqlite", &mut dice, outcome);
    let found = tally(std::iter::repeat_with(run).take(40));
    for bad in [Outcome::SilentLoss, Outcome::Unnamed] {
        assert_eq!(found.get(&bad), None, "{found:?}");
    }
    assert!(found.contains_key(&Outcome::RolledBack), "{found:?}");
}

#[test]
fn aud_10_control_a_plain_table_loses_rows_without_a_word() {
    if let Some(folder) = child_folder() {
        return insert_for_ever(&folder);
    }
    let name = "aud_10_control_a_plain_table_loses_rows_without_a_word";
    let mut dice = Dice(11);
    let run = || damaged_run(|f| child(name, f), "plain.sqlite", &mut dice, plain_outcome);
    let found = tally(std::iter::repeat_with(run).take(30));
    assert!(found.get(&Outcome::SilentLoss) >= Some(&5), "{found:?}");
}

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
fn aud_12_a_copy_altered_anywhere_or_older_than_what_was_seen_is_refused_offline() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 600);
    let early = log.publish(&signer()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    log.export(folder.path(), &early).unwrap();
    fill(&mut log, 11);
    let late = log.publish(&signer()).unwrap();
    let policy = Policy::new(signer().key(), &[], 0).unwrap();
    let copy = log.export(folder.path(), &late).unwrap();
    assert_eq!(
        copy.verify(&policy, None, Some(&early))
            .unwrap()
            .checkpoint()
            .size,
        611
    );
    for (file, bytes) in files(folder.path()) {
        // Partial tiles of the tree before are not part of this one.
        let stale = file.ends_with(".p/88");
        let step = bytes.len() / 23 + 1;
        for i in (0..bytes.len()).step_by(step) {
            let mut altered = bytes.clone();
            altered[i] ^= 1 << (i % 8);
            std::fs::write(&file, altered).unwrap();
            let read = Export::open(folder.path());
            let held = read.is_ok_and(|c| c.verify(&policy, None, Some(&early)).is_ok());
            assert_eq!(held, stale, "{file} byte {i}");
        }
        std::fs::remove_file(&file).unwrap();
        let read = Export::open(folder.path());
        assert_eq!(
            read.is_ok_and(|c| c.verify(&policy, None, None).is_ok()),
            stale,
            "{file}"
        );
        std::fs::write(&file, bytes).unwrap();
    }
    // An older copy, one of a fork, and a folder with another log's copy.
    let other = tempfile::tempdir().unwrap();
    let old = log.export(other.path(), &early).unwrap();
    assert!(old.verify(&policy, None, None).is_ok(), "control");
    assert!(old.verify(&policy, None, Some(&late)).is_err());
    let mut fork = memory(&MemoryDisk::new());
    fill(&mut fork, 700);
    let forked = fork.publish(&signer()).unwrap();
    assert!(fork.export(folder.path(), &forked).is_err());
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = fork.export(elsewhere.path(), &forked).unwrap();
    assert!(copy.verify(&policy, None, None).is_ok(), "control");
    assert!(copy.verify(&policy, None, Some(&late)).is_err());
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

#[test]
fn aud_15_only_keys_of_the_log_s_and_the_witness_s_roles_sign_notes() {
    let window = Window::new(at(0), at(100)).unwrap();
    for role in Role::ALL {
        let keys = RoleKeys::generate(role, "made up", window).unwrap();
        let signer = NoteKey::new(ORIGIN, &keys);
        let may = matches!(role, Role::Log | Role::Witness);
        assert_eq!(signer.is_ok(), may, "{role}");
    }
    let log_keys = RoleKeys::generate(Role::Log, "log", window).unwrap();
    let witness_keys = RoleKeys::generate(Role::Witness, "witness", window).unwrap();
    let signer = NoteKey::new(ORIGIN, &log_keys).unwrap();
    let own = NoteKey::new("w.example", &witness_keys).unwrap();
    let verifier = |s: &NoteKey<'_, RoleKeys>| billetbook::audit::NoteSigner::verifier(s).clone();
    let disk = MemoryDisk::new();
    let mut log = Log::create(disk.open(), &signer).unwrap();
    fill(&mut log, 3);
    let mut signed = log.publish(&signer).unwrap();
    let mut witness = Witness::new(vec![verifier(&signer)], MemoryDisk::new().open());
    let request = log.add_checkpoint(0, &signed).unwrap();
    signed.add(witness.add_checkpoint(&request, at(5), &own).unwrap());
    log.keep_cosigned(&signed).unwrap();
    assert_eq!(
        log.publish(&signer).unwrap(),
        signed,
        "cosignatures are kept"
    );
    let policy = Policy::new(verifier(&signer), &[verifier(&own)], 1).unwrap();
    let proof = log.prove(2, &signed).unwrap();
    proof.verify(&log.leaf(2).unwrap(), &policy, None).unwrap();
    assert!(
        Log::create(MemoryDisk::new().open(), &own).is_err(),
        "a witness's key signs no log"
    );
}
