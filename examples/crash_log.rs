//! Kills and damages many logs, and as many plain tables:
//! `cargo run --release -p billetbook --example crash_log -- kill 1000` (or `damage 1000`, `control 200`); `openings 1000`
//! kills a program that opens through three gates and revokes, `late 20` one whose gates answer before they write.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring tool speaks and fails by panicking"
)]

#[path = "../tests/crash/harness.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod crash;
#[path = "../tests/crash/openings.rs"]
mod openings;
#[path = "../tests/scene/mod.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod scene;

use crash::{
    Dice, Outcome, append_for_ever, check_after_kill, damaged_run, insert_for_ever, kill, outcome,
    plain_outcome, tally,
};
use openings::{Said, kill_openings, open_for_ever, open_for_ever_late};
use std::path::Path;
use std::process::Command;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let what = args.get(1).map_or("", String::as_str);
    let number = || args.get(2).map_or(100, |n| n.parse().unwrap());
    let mut dice = Dice(1);
    match what {
        "append" => append_for_ever(Path::new(&args[2])),
        "insert" => insert_for_ever(Path::new(&args[2])),
        "open" => open_for_ever(Path::new(&args[2])),
        "open-late" => open_for_ever_late(Path::new(&args[2])),
        "kill" => {
            let folder = tempfile::tempdir().unwrap();
            let (mut size, mut signed) = (0, 0);
            for _ in 0..number() {
                let said = kill(child("append", folder.path()), &mut dice);
                size = check_after_kill(folder.path(), &said);
                signed = said.signed.map_or(signed, |s| s.0);
            }
            println!(
                "{} kills, {size} entries, the last signed tree of {signed}: none lost",
                number()
            );
        }
        "damage" | "control" => {
            let (word, database, judge) = match what {
                "damage" => ("append", "log.sqlite", outcome as fn(&Path, &_) -> Outcome),
                _ => ("insert", "plain.sqlite", plain_outcome as _),
            };
            let run = || damaged_run(|f| child(word, f), database, &mut dice, judge);
            let found = tally(std::iter::repeat_with(run).take(number()));
            println!("{found:?}");
            assert!(what == "control" || !found.contains_key(&Outcome::SilentLoss));
        }
        "openings" => {
            let said = openings("open", number(), &mut dice);
            let Said {
                released,
                revoked,
                entries,
            } = said.unwrap();
            println!(
                "{} kills, {entries} entries, {released} releases, {revoked} acknowledged revocations: none lost, no \
                 release without an entry",
                number()
            );
        }
        "late" => {
            let lost = (0..number()).filter(|_| openings("open-late", 1, &mut dice).is_err());
            println!(
                "after {} of {} kills a gate had forgotten what it said",
                lost.count(),
                number()
            );
        }
        _ => println!("kill N, damage N, control N, openings N or late N"),
    }
}

/// Many kills, a folder for every hundred.
fn openings(word: &str, kills: usize, dice: &mut Dice) -> Result<Said, openings::Broken> {
    let mut all = Said::default();
    for first in (0..kills).step_by(100) {
        let folder = tempfile::tempdir().unwrap();
        let mut entries = 0;
        for _ in first..kills.min(first + 100) {
            let said = kill_openings(child(word, folder.path()), folder.path(), dice)?;
            assert!(said.entries > entries);
            entries = said.entries;
            all.released += said.released;
            all.revoked += said.revoked;
        }
        all.entries += entries;
    }
    Ok(all)
}

fn child(word: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(word).arg(folder);
    command
}
