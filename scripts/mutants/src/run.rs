//! Every mutant against the tests that meet it.

use crate::Result;
use crate::cargo::Binary;
use crate::mutant::Mutant;
use crate::store::{Became, Results, read_json, write_json};
use crate::tests::{Cover, Ended, Place};
use crate::tree::Build;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// A test as it is run here.
#[derive(Clone, Copy)]
struct Meets<'a> {
    binary: usize,
    name: &'a str,
    seconds: f64,
}

/// All that is needed to try mutants.
pub struct Runner<'a> {
    pub target: &'a Path,
    pub mutants: &'a [Mutant],
    pub binaries: &'a [Binary],
    /// How many seconds of tests a mutant is worth.
    pub most_seconds: f64,
    /// How many are tried at once.
    pub workers: usize,
    /// How far they stand back behind all other work.
    pub nice: u8,
    /// The tests that meet each mutant.
    meets: Vec<Vec<Meets<'a>>>,
    /// Tests that caught mutants of a function: tried first on its others.
    catchers: Mutex<HashMap<(&'a str, &'a str), Vec<&'a str>>>,
}

/// Tests longer than this are not run for each mutant.
const LONGEST: f64 = 20.0;

impl<'a> Runner<'a> {
    pub fn new(
        target: &'a Path,
        mutants: &'a [Mutant],
        binaries: &'a [Binary],
        cover: &'a Cover,
        most_seconds: f64,
        (workers, nice): (usize, u8),
    ) -> Runner<'a> {
        let numbers: BTreeMap<&str, usize> = mutants
            .iter()
            .enumerate()
            .map(|(n, m)| (m.key.as_str(), n))
            .collect();
        let named: HashMap<&str, usize> = binaries
            .iter()
            .enumerate()
            .map(|(n, b)| (b.name.as_str(), n))
            .collect();
        let mut meets = vec![Vec::new(); mutants.len()];
        for (test, met) in cover.met(&numbers) {
            let Some((binary, name)) = test.split_once(' ') else {
                continue;
            };
            let Some(binary) = named.get(binary).copied() else {
                continue;
            };
            let seconds = cover.tests[test].seconds;
            for n in met {
                meets[n].push(Meets {
                    binary,
                    name,
                    seconds,
                });
            }
        }
        Runner {
            target,
            mutants,
            binaries,
            most_seconds,
            workers,
            nice,
            meets,
            catchers: Mutex::default(),
        }
    }

    /// Tries the mutants of these rooms that were not tried, or with `again` those that were missed.
    pub fn rooms(&self, rooms: &[String], builds: &[Build], again: bool) -> Result<()> {
        let path = |room: &str| self.target.join(format!("{room}.json"));
        let mut results: BTreeMap<&str, Results> = BTreeMap::new();
        let mut left = Vec::new();
        for room in rooms {
            let mut known: Results = read_json(&path(room))?.unwrap_or_default();
            for (n, m) in self
                .mutants
                .iter()
                .enumerate()
                .filter(|(_, m)| m.room() == room)
            {
                match (builds[n], known.get(&m.key)) {
                    (Build::Unviable, _) => {
                        known.insert(m.key.clone(), Became::Unviable);
                    }
                    (Build::Form(_), None) if !again => left.push(n),
                    (Build::Form(_), Some(before)) if again && before.is_missed() => left.push(n),
                    (Build::Form(_) | Build::Plain, _) => {}
                }
            }
            write_json(&path(room), &known)?;
            results.insert(room, known);
        }
        let of = left.len();
        eprintln!("{of} mutants to try");
        let (queue, results) = (
            Mutex::new(left.into_iter().enumerate()),
            Mutex::new(results),
        );
        let saved = Mutex::new(Instant::now());
        let save = |results: &BTreeMap<&str, Results>| -> Result<()> {
            results
                .iter()
                .try_for_each(|(room, known)| write_json(&path(room), known))
        };
        std::thread::scope(|scope| -> Result<()> {
            let workers: Vec<_> = (0..self.workers)
                .map(|worker| {
                    let (queue, results, saved, save) = (&queue, &results, &saved, &save);
                    scope.spawn(move || -> std::result::Result<(), String> {
                        let text = |e: crate::Error| e.to_string();
                        let place = Place::new(self.target, worker, self.nice).map_err(text)?;
                        loop {
                            let Some((tried, n)) = queue.lock().expect("no worker panics").next()
                            else {
                                return Ok(());
                            };
                            let m = &self.mutants[n];
                            let became = self.try_one(&place, n).map_err(text)?;
                            if became.is_missed() {
                                eprintln!("{tried}/{of} {became:?}: {}", m.name);
                            }
                            let mut results = results.lock().expect("no worker panics");
                            results
                                .entry(m.room())
                                .or_default()
                                .insert(m.key.clone(), became);
                            let mut saved = saved.lock().expect("no worker panics");
                            if saved.elapsed().as_secs() > 10 {
                                save(&results).map_err(text)?;
                                *saved = Instant::now();
                                eprintln!("{}: {tried} of {of}", m.room());
                            }
                        }
                    })
                })
                .collect();
            for worker in workers {
                worker.join().expect("no worker panics")?;
            }
            Ok(())
        })?;
        save(&results.into_inner().expect("no worker panics"))
    }

    /// The room's own tests first, quickest first; what caught mutants of this function before all others.
    fn order(&self, n: usize) -> Vec<Meets<'a>> {
        let m = &self.mutants[n];
        let catchers = self.catchers.lock().expect("no worker panics");
        let before = catchers.get(&(m.file.as_str(), m.function.as_str()));
        let mut tests = self.meets[n].clone();
        tests.retain(|t| t.seconds <= LONGEST);
        tests.sort_by(|a, b| {
            let rank = |t: &Meets| {
                let caught = before.is_some_and(|c| c.contains(&t.name));
                (
                    !caught,
                    !is_of(m.room(), &self.binaries[t.binary].name, t.name),
                )
            };
            rank(a).cmp(&rank(b)).then(a.seconds.total_cmp(&b.seconds))
        });
        tests
    }

    pub fn try_one(&self, place: &Place, n: usize) -> Result<Became> {
        let m = &self.mutants[n];
        let number = (n + 1).to_string();
        let mut tests = self.order(n);
        if self.meets[n].is_empty() {
            return Ok(Became::Unmet);
        }
        let mut spent = 0.0;
        let within = tests.iter().take_while(|t| {
            let fits = spent + t.seconds <= self.most_seconds;
            spent += t.seconds;
            fits
        });
        let within = within.count();
        tests.truncate(within);
        // Ever larger groups, each of one binary.
        let mut worth = 0.3;
        let mut rest = &tests[..];
        while !rest.is_empty() {
            let mut seconds = 0.0;
            let long = rest.iter().take_while(|t| {
                let more = seconds < worth;
                seconds += t.seconds;
                more
            });
            let (group, later) = rest.split_at(long.count());
            let mut by_binary: Vec<(usize, Vec<Meets>)> = Vec::new();
            for t in group {
                match by_binary.iter_mut().find(|(b, _)| *b == t.binary) {
                    Some((_, tests)) => tests.push(*t),
                    None => by_binary.push((t.binary, vec![*t])),
                }
            }
            for (binary, tests) in by_binary {
                let names: Vec<&str> = tests.iter().map(|t| t.name).collect();
                let seconds = tests.iter().map(|t| t.seconds).sum();
                let env = ("BILLETBOOK_MUTANT", number.as_str());
                let binary = &self.binaries[binary];
                match place.run(binary, &names, env, seconds)? {
                    Ended::Passed => {}
                    Ended::Failed(by) => {
                        if let Some(t) = tests.iter().find(|t| t.name == by) {
                            let mut catchers = self.catchers.lock().expect("no worker panics");
                            let here = catchers
                                .entry((m.file.as_str(), m.function.as_str()))
                                .or_default();
                            if !here.contains(&t.name) {
                                here.push(t.name);
                            }
                        }
                        return Ok(Became::Caught(format!("{} {by}", binary.name)));
                    }
                    Ended::TimedOut => {
                        return Ok(Became::TimedOut(format!(
                            "{} {}",
                            binary.name,
                            names.join(" ")
                        )));
                    }
                }
            }
            rest = later;
            worth *= 2.0;
        }
        Ok(Became::Missed {
            tests: tests.len(),
            left_out: self.meets[n].len() - tests.len(),
        })
    }
}

/// Whether a test is one of the room's own: its unit tests, or claims named after it.
pub fn is_of(room: &str, binary: &str, test: &str) -> bool {
    let first = test.split("::").next().unwrap_or(test);
    let stem = room.trim_end_matches('s');
    match binary {
        "lib" => first == room,
        "claims" | "checks" => {
            first.starts_with(stem) || (room == "wire" && first == "key_records")
        }
        _ => false,
    }
}
