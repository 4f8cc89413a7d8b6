//! Witnesses, against an operator who holds the log's key, its disk and copies of it.

use super::{ORIGIN, at, fill, memory, reopen};
use crate::crash::{Seeded, draft, opening_key, signer};
use billetbook::audit::{
    AddCheckpoint, LogError, Seen, Standing, StoreError, Witness, WitnessError,
};
use billetbook::store::{MemoryDisk, SqliteWitness};
use proptest::prelude::*;

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
    // A size alone tells too, where the log holds less.
    let mut shorter = reopen(&disk).unwrap();
    assert!(shorter.compare(10, None).is_ok(), "control");
    assert!(matches!(
        shorter.compare(11, None),
        Err(LogError::RolledBack {
            stored: 10,
            signed: 11
        })
    ));
    let seen = outside.latest(ORIGIN).unwrap().unwrap();
    let told = log.compare(seen.size, Some(seen.root));
    assert!(matches!(told, Err(LogError::RolledBack { .. })));
    assert!(matches!(
        log.publish(&signer()),
        Err(LogError::RolledBack { .. })
    ));
}
