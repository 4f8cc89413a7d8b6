//! Rollback, power cuts, `kill -9` and damaged files.

use super::{erasure, fill, memory, reopen};
use crate::crash::{
    Dice, Outcome, append_for_ever, check_after_kill, damaged_run, draft, insert_for_ever, kill,
    opening_key, outcome, plain_outcome, signer, tally,
};
use billetbook::audit::{Checkpoint, Log, LogError, Reading, Standing, check_consistency};
use billetbook::store::{Cut, MemoryDisk};
use std::path::Path;
use std::process::Command;

#[test]
fn aud_6_a_log_that_lost_what_it_signed_is_read_only_until_repaired_and_never_forks() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 100);
    let earliest = log.publish(&signer()).unwrap();
    fill(&mut log, 200);
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
    let key = signer().key();
    for older in [&earliest, &early] {
        let old = log.export(old_folder.path(), older).unwrap();
        assert!(Log::repair(disk.open(), key.clone(), &opening_key(), &old).is_err());
        assert_eq!(reopen(&disk).unwrap().standing(), rolled_back);
    }
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

#[test]
fn aud_6_an_open_log_notices_that_its_store_became_a_fork() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 5);
    let backup = disk.snapshot();
    fill(&mut reopen(&disk).unwrap(), 1);
    log.refresh().unwrap();
    assert_eq!(log.size(), 6, "control: another process appended");
    fill(&mut log, 1);
    disk.restore(&backup);
    fill(&mut reopen(&disk).unwrap(), 9);
    assert!(matches!(
        log.refresh(),
        Err(LogError::RolledBack {
            stored: 14,
            signed: 7
        })
    ));
    assert!(log.append(&opening_key(), vec![draft("x")]).is_err());
}

/// This binary again, as the child of a test: the test of that name sees the folder and does the child's part.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([&format!("audit::loss::{test}"), "--exact", "--nocapture"])
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
