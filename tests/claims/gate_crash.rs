//! Openings and revocations under `kill -9`.

use crate::crash::Dice;
use crate::openings::{Broken, Said, kill_openings, open_for_ever, open_for_ever_late};
use std::path::Path;
use std::process::{Command, Stdio};

/// This binary again, as the child of a test: the test of that name sees the folder and does the child's part.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([&format!("gate_crash::{test}"), "--exact", "--nocapture"])
        .env("BILLETBOOK_CHILD_FOLDER", folder)
        .stderr(Stdio::null());
    command
}

fn child_folder() -> Option<std::path::PathBuf> {
    std::env::var_os("BILLETBOOK_CHILD_FOLDER").map(Into::into)
}

/// Kills until something did not hold, at most so often.
fn kills(test: &str, seed: u64, most: usize) -> Result<Said, Broken> {
    let (folder, mut dice) = (tempfile::tempdir().unwrap(), Dice(seed));
    let mut all = Said::default();
    for _ in 0..most {
        let said = kill_openings(child(test, folder.path()), folder.path(), &mut dice)?;
        assert!(
            said.entries > all.entries,
            "the child went on where the log ended"
        );
        all.entries = said.entries;
        all.released += said.released;
        all.revoked += said.revoked;
    }
    Ok(all)
}

#[test]
fn gat_23_kill_9_leaves_no_release_without_an_entry_and_forgets_none_nor_a_revocation() {
    if let Some(folder) = child_folder() {
        return open_for_ever(&folder);
    }
    let name = "gat_23_kill_9_leaves_no_release_without_an_entry_and_forgets_none_nor_a_revocation";
    let said = kills(name, 23, 12).unwrap();
    assert!(said.released > 12 && said.revoked > 0, "{said:?}");
}

#[test]
fn gat_23_control_a_gate_that_writes_down_after_it_has_answered_forgets_what_it_said() {
    if let Some(folder) = child_folder() {
        return open_for_ever_late(&folder);
    }
    let name = "gat_23_control_a_gate_that_writes_down_after_it_has_answered_forgets_what_it_said";
    let broken = kills(name, 23, 12).err();
    assert!(
        matches!(broken, Some(Broken::Release | Broken::Revocation)),
        "{broken:?}"
    );
}
