//! Mutation testing with one build: all mutants that cargo-mutants lists, each behind a switch, and for each only the tests
//! that meet it. See docs/mutants/README.md.

#![expect(clippy::disallowed_methods, reason = "it waits for tests")]

mod cargo;
mod constants;
mod copy;
mod mutant;
mod plain;
mod render;
mod run;
mod splice;
mod store;
mod tests;
mod tree;

use mutant::{Mutant, Sources};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use store::{Became, Results, read_json, write_json};
use tree::{Build, Builds};

pub type Error = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Error>;

/// How many mutants are tried at once.
const WORKERS: usize = 2;

/// Trying mutants stands back behind all other work on the machine.
const NICE: u8 = 19;

/// The rooms whose mutants are built.
const ROOMS: [&str; 8] = [
    "gate", "grant", "consent", "envelope", "keys", "audit", "exchange", "wire",
];

const USAGE: &str = "\
usage: mutants COMMAND [ROOM...] [--again] [--seconds N] [--test NAME]... [--each N] [--workers N] [--nice N]
  run      tries what was not tried yet; with --again what was missed
  plain    what cannot stand behind a switch, built one at a time
  check    some of every genre both ways
  report   counts, and what is missed
without a room: every room. --seconds: how many seconds of tests a mutant is worth (60).
--test: tests whose name holds NAME are measured anew. --each: how many of a genre are checked (4).
--workers, --nice: how many are tried at once (2), and how far they stand back behind other work (19)";

struct Asked {
    command: String,
    rooms: Vec<String>,
    again: bool,
    seconds: f64,
    tests: Vec<String>,
    each: usize,
    workers: usize,
    nice: u8,
}

fn asked() -> Option<Asked> {
    let mut args = std::env::args().skip(1);
    let mut out = Asked {
        command: args.next()?,
        rooms: Vec::new(),
        again: false,
        seconds: 60.0,
        tests: Vec::new(),
        each: 4,
        workers: WORKERS,
        nice: NICE,
    };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--again" => out.again = true,
            "--seconds" => out.seconds = args.next()?.parse().ok()?,
            "--workers" => out.workers = args.next()?.parse().ok()?,
            "--nice" => out.nice = args.next()?.parse().ok()?,
            "--each" => out.each = args.next()?.parse().ok()?,
            "--test" => out.tests.push(args.next()?),
            room if ROOMS.contains(&room) => out.rooms.push(arg),
            _ => return None,
        }
    }
    if out.rooms.is_empty() {
        out.rooms = ROOMS.map(String::from).to_vec();
    }
    Some(out)
}

fn main() -> std::process::ExitCode {
    let Some(asked) = asked() else {
        eprintln!("{USAGE}");
        return 2.into();
    };
    match work(&asked) {
        Ok(()) => 0.into(),
        Err(e) => {
            eprintln!("{e}");
            3.into()
        }
    }
}

fn work(asked: &Asked) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = here
        .ancestors()
        .nth(2)
        .ok_or("the tool is not in the project")?;
    let target = project.join("target/mutants");
    std::fs::create_dir_all(&target)?;
    let (mutants, sources) = mutant::list(project, &ROOMS)?;
    eprintln!("{} mutants", mutants.len());
    let known_path = target.join("builds.json");
    let known: Builds = read_json(&known_path)?.unwrap_or_default();
    if asked.command == "report" {
        return report(asked, &target, &mutants, &known);
    }
    let mut tree = tree::Tree::new(&target, &sources, &mutants, &known)?;
    let built = tree.build(project);
    write_json(&known_path, &tree.known())?;
    let binaries = built?;
    let keys: Vec<String> = mutants.iter().map(|m| m.key.clone()).collect();
    let cover = tests::cover(&target, &binaries, &keys, &asked.tests)?;
    let runner = run::Runner::new(
        &target,
        &mutants,
        &binaries,
        &cover,
        asked.seconds,
        (asked.workers, asked.nice),
    );
    match asked.command.as_str() {
        "run" => {
            runner.rooms(&asked.rooms, &tree.builds, asked.again)?;
            report(asked, &target, &mutants, &tree.known())
        }
        "plain" => plain(asked, project, &sources, &mutants, &tree.builds, &cover),
        "check" => check(
            asked,
            project,
            &sources,
            &mutants,
            &tree.builds,
            &cover,
            &runner,
        ),
        _ => Err(USAGE.into()),
    }
}

fn plain(
    asked: &Asked,
    project: &Path,
    sources: &Sources,
    mutants: &[Mutant],
    builds: &[Build],
    cover: &tests::Cover,
) -> Result<()> {
    let target = project.join("target/mutants");
    let plain = plain::Plain::new(project, &target, sources, cover)?;
    for room in &asked.rooms {
        let path = target.join(format!("{room}.json"));
        let mut results: Results = read_json(&path)?.unwrap_or_default();
        let here = mutants
            .iter()
            .zip(builds)
            .filter(|(m, b)| m.room() == room && **b == Build::Plain);
        for (m, _) in here {
            let before = results.get(&m.key);
            if before.is_none_or(|b| asked.again && b.is_missed()) {
                let became = plain.try_one(m, asked.seconds)?;
                eprintln!("{became:?}: {}", m.name);
                results.insert(m.key.clone(), became);
                write_json(&path, &results)?;
            }
        }
    }
    let known = mutants
        .iter()
        .map(|m| m.key.clone())
        .zip(builds.iter().copied())
        .collect();
    report(asked, &target, mutants, &known)
}

/// Some mutants of every genre with a switch and without: both must come to the same.
fn check(
    asked: &Asked,
    project: &Path,
    sources: &Sources,
    mutants: &[Mutant],
    builds: &[Build],
    cover: &tests::Cover,
    runner: &run::Runner,
) -> Result<()> {
    let target: PathBuf = project.join("target/mutants");
    let plain = plain::Plain::new(project, &target, sources, cover)?;
    let place = tests::Place::new(&target, 0, NICE)?;
    let mut genres: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, m) in mutants.iter().enumerate() {
        if asked.rooms.iter().any(|r| r == m.room()) && builds[n] != Build::Plain {
            genres.entry(&m.genre).or_default().push(n);
        }
    }
    let (mut same, mut all) = (0, 0);
    for numbers in genres.values() {
        // Spread over the rooms.
        let step = numbers.len().div_ceil(asked.each.max(1)).max(1);
        for n in numbers.iter().copied().skip(step / 2).step_by(step) {
            let switched = match builds[n] {
                Build::Unviable => Became::Unviable,
                _ => runner.try_one(&place, n)?,
            };
            let alone = plain.try_one(&mutants[n], asked.seconds)?;
            let alike = (switched.is_caught(), switched.is_missed())
                == (alone.is_caught(), alone.is_missed());
            (same, all) = (same + usize::from(alike), all + 1);
            let word = if alike { "same" } else { "OTHER" };
            println!("{word}: {}: {switched:?} / {alone:?}", mutants[n].name);
        }
    }
    println!("{same} of {all} come to the same both ways");
    Ok(())
}

fn report(asked: &Asked, target: &Path, mutants: &[Mutant], known: &Builds) -> Result<()> {
    for room in &asked.rooms {
        let results: Results = read_json(&target.join(format!("{room}.json")))?.unwrap_or_default();
        let here = mutants.iter().filter(|m| m.room() == room);
        let (mut caught, mut timed_out, mut unviable, mut untried) = (0, 0, 0, 0);
        let mut missed = Vec::new();
        for m in here.clone() {
            match results.get(&m.key) {
                Some(Became::Caught(_)) => caught += 1,
                Some(Became::TimedOut(_)) => timed_out += 1,
                Some(Became::Unviable) => unviable += 1,
                Some(Became::Missed { tests, left_out: 0 }) => {
                    missed.push((m, format!("{tests} tests meet it")))
                }
                Some(Became::Missed { tests, left_out }) => {
                    missed.push((m, format!("{tests} tests; {left_out} longer ones not run")));
                }
                Some(Became::Unmet) => missed.push((m, "no test meets it".to_owned())),
                None if known.get(&m.key) == Some(&Build::Unviable) => unviable += 1,
                None => untried += 1,
            }
        }
        let all = here.count();
        let held = caught + timed_out;
        let viable = held + missed.len();
        let share = 100.0 * held as f64 / viable.max(1) as f64;
        println!(
            "{room}: {all} mutants, {unviable} do not build, {untried} not tried; caught {held} of {viable} ({share:.1} %), {timed_out} of them by their time"
        );
        for (m, why) in missed {
            println!("  {} ({why})", m.name);
        }
    }
    Ok(())
}
