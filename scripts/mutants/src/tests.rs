//! Tests: which there are, one or some of them in a process of their own, and which mutants each of them meets.

use crate::Result;
use crate::cargo::Binary;
use crate::store::{read_json, write_json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A test's name is that of its binary, a space, and its own.
pub fn all(binaries: &[Binary]) -> Result<Vec<(usize, String)>> {
    let mut out = Vec::new();
    for (number, binary) in binaries.iter().enumerate() {
        let listed = Command::new(&binary.path)
            .args(["--list", "--format", "terse"])
            .current_dir(&binary.folder)
            .output()?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let names = text.lines().filter_map(|l| l.strip_suffix(": test"));
        out.extend(names.map(|n| (number, n.to_owned())));
    }
    Ok(out)
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.scratch);
        let _ = std::fs::remove_file(self.times());
    }
}

/// How a process of tests ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    Passed,
    /// The test that failed, where one is known: a process may also crash.
    Failed(String),
    /// It took too long, or too much.
    TimedOut,
}

/// A worker's surroundings.
pub struct Place {
    /// For temporary files; emptied after every process.
    pub scratch: PathBuf,
    /// How far its processes stand back behind others, as `nice` counts.
    nice: u8,
}

impl Place {
    pub fn new(target: &Path, worker: usize, nice: u8) -> Result<Place> {
        let scratch = target.join(format!("scratch.{}.{worker}", std::process::id()));
        let place = Place { scratch, nice };
        place.empty()?;
        Ok(place)
    }

    fn times(&self) -> PathBuf {
        let mut path = self.scratch.clone().into_os_string();
        path.push(".times");
        path.into()
    }

    /// Seconds of a processor that the last tests took.
    fn took(&self) -> Result<f64> {
        let text = std::fs::read_to_string(self.times())?;
        let seconds = text.split_whitespace().map(str::parse::<f64>);
        Ok(seconds.sum::<std::result::Result<f64, _>>()?)
    }

    fn empty(&self) -> Result<()> {
        if self.scratch.exists() {
            std::fs::remove_dir_all(&self.scratch)?;
        }
        Ok(std::fs::create_dir_all(&self.scratch)?)
    }

    /// Runs these tests of one binary, one after the other, until one fails. They take so many seconds of a processor
    /// otherwise, and may take three times as much and two seconds.
    pub fn run(
        &self,
        binary: &Binary,
        tests: &[&str],
        env: (&str, &str),
        seconds: f64,
    ) -> Result<Ended> {
        let cpu = (3.0 * seconds + 2.0).ceil() as u64;
        // Not more than 6 GiB of memory.
        let nice = self.nice;
        let limits = format!(
            "ulimit -c 0 -v 6291456 -t {cpu}; TIMEFORMAT='%U %S'; \
             {{ time nice -n {nice} \"$@\" 2>/dev/null; }} 2>\"$TIMES\""
        );
        let mut command = Command::new("/bin/bash");
        command.args(["-c", &limits, "tests"]).arg(&binary.path);
        command.args(["--exact", "--test-threads=1"]).args(tests);
        command.current_dir(&binary.folder);
        command.env("CARGO_MANIFEST_DIR", &binary.folder);
        command
            .env("TMPDIR", &self.scratch)
            .env("PROPTEST_CASES", "48")
            .env("PROPTEST_FAILURE_PERSISTENCE", "off");
        command
            .env_remove("BILLETBOOK_MUTANT")
            .env_remove("BILLETBOOK_COVER");
        command
            .env_remove("BILLETBOOK_PEER_PYTHON")
            .env_remove("BILLETBOOK_PEER_NODE");
        command.env(env.0, env.1).env("TIMES", self.times());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.process_group(0);
        let mut child = command.spawn()?;
        let (told, lines) = channel();
        let stdout = child.stdout.take().expect("it is piped");
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(|l| l.ok()) {
                if told.send(line).is_err() {
                    break;
                }
            }
        });
        let (mut ended, mut passed) = (None, 0);
        // Whatever uses the processor is ended by the limit above, however busy the machine is. What only waits is not.
        let (mut used, mut still) = (0, Instant::now());
        while ended.is_none() {
            match lines.recv_timeout(Duration::from_secs(5)) {
                Ok(line) => {
                    still = Instant::now();
                    if line.starts_with("test ") && line.ends_with("FAILED") {
                        let name = line.split(' ').nth(1).unwrap_or_default();
                        ended = Some(Ended::Failed(name.to_owned()));
                    } else if let Some(rest) = line.strip_prefix("test result: ok. ") {
                        let number = rest.split(' ').next().and_then(|n| n.parse().ok());
                        passed = number.unwrap_or(0);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let now = ticks(child.id());
                    if now != used {
                        (used, still) = (now, Instant::now());
                    } else if still.elapsed() > WAITS {
                        ended = Some(Ended::TimedOut);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // Children of the tests too; where all have ended, there is no such group.
        let group = format!("-{}", child.id());
        let exited = if ended.is_none() {
            Some(child.wait()?)
        } else {
            None
        };
        let kill = ["-KILL", "--", &group];
        let _ = Command::new("kill")
            .args(kill)
            .stderr(Stdio::null())
            .status();
        let status = exited.map_or_else(|| child.wait(), Ok)?;
        drop(lines);
        let _ = reader.join();
        self.empty()?;
        Ok(match ended {
            Some(ended) => ended,
            None if status.success() && passed == tests.len() => Ended::Passed,
            None if status.success() => {
                return Err(
                    format!("{}: {passed} of {} tests ran", binary.name, tests.len()).into(),
                );
            }
            None if matches!(status.code(), Some(CPU_IS_OVER | KILLED)) => Ended::TimedOut,
            None => Ended::Failed(String::new()),
        })
    }
}

/// Tests that do nothing for so long wait for ever.
const WAITS: Duration = Duration::from_secs(120);

/// Ticks of a processor that the processes of a group have used, of those that still are.
fn ticks(group: u32) -> u64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten();
    let stats = processes.filter_map(|p| std::fs::read_to_string(p.ok()?.path().join("stat")).ok());
    let used = stats.filter_map(|stat| {
        // After the name in parentheses: state, parent, group; user and system time are the 12th and 13th.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |n: usize| fields.get(n)?.parse::<u64>().ok();
        (number(2)? == u64::from(group)).then_some(number(11)? + number(12)?)
    });
    used.sum()
}

/// How a shell tells of SIGXCPU and SIGKILL.
const CPU_IS_OVER: i32 = 128 + 24;
const KILLED: i32 = 128 + 9;

/// Claims about similarity and accuracy, and fuzz targets, that take minutes and use nothing of these rooms but a key.
const ELSEWHERE: [&str; 14] = [
    "claims accuracy",
    "claims attacks",
    "claims clk",
    "claims engine",
    "claims local",
    "fuzz_corpus clk",
    "fuzz_corpus engine",
    "synth:",
    "claims catalogue",
    // Several processes wait for each other, so that they may fail on a busy machine.
    "claims audit::loss::aud_9",
    "claims audit::store::aud_13",
    "claims audit::store::aud_14",
    "claims gate_crash",
    "claims gate_quorum::gat_13",
];

/// A test by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alone {
    pub seconds: f64,
    pub passed: bool,
    /// Numbers in the list of keys.
    met: Vec<u32>,
}

/// Which tests meet which mutants.
#[derive(Default, Serialize, Deserialize)]
pub struct Cover {
    keys: Vec<String>,
    pub tests: BTreeMap<String, Alone>,
}

impl Cover {
    /// The mutants of now that a test meets.
    pub fn met(&self, numbers: &BTreeMap<&str, usize>) -> Vec<(&str, Vec<usize>)> {
        let now: Vec<_> = self
            .keys
            .iter()
            .map(|k| numbers.get(k.as_str()).copied())
            .collect();
        let tests = self.tests.iter().filter(|(_, a)| a.passed);
        tests
            .map(|(t, a)| {
                (
                    t.as_str(),
                    a.met.iter().filter_map(|k| now[*k as usize]).collect(),
                )
            })
            .collect()
    }
}

/// Runs by itself every test that was not measured before, or whose name holds one of `again`.
pub fn cover(
    target: &Path,
    binaries: &[Binary],
    keys: &[String],
    again: &[String],
) -> Result<Cover> {
    let path = target.join("cover.json");
    let mut cover: Cover = read_json(&path)?.unwrap_or_default();
    let mut tests = all(binaries)?;
    let name = |(b, t): &(usize, String)| format!("{} {t}", binaries[*b].name);
    tests.retain(|t| !ELSEWHERE.iter().any(|e| name(t).starts_with(e)));
    let names: BTreeSet<String> = tests.iter().map(name).collect();
    cover
        .tests
        .retain(|t, _| names.contains(t) && !again.iter().any(|a| t.contains(a.as_str())));
    if cover.keys != keys {
        // Numbers of mutants that still are what they were.
        let new: BTreeMap<&str, u32> = keys.iter().zip(0..).map(|(k, n)| (k.as_str(), n)).collect();
        let now: Vec<_> = cover
            .keys
            .iter()
            .map(|k| new.get(k.as_str()).copied())
            .collect();
        for alone in cover.tests.values_mut() {
            alone.met = alone.met.iter().filter_map(|k| now[*k as usize]).collect();
        }
        cover.keys = keys.to_vec();
    }
    let left: Vec<_> = tests
        .iter()
        .filter(|(b, t)| {
            !cover
                .tests
                .contains_key(&format!("{} {t}", binaries[*b].name))
        })
        .collect();
    eprintln!("{} tests to run by themselves", left.len());
    let (queue, cover) = (Mutex::new(left.into_iter()), Mutex::new(cover));
    let saved = Mutex::new(Instant::now());
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..crate::WORKERS)
            .map(|worker| {
                let (queue, cover, saved, path) = (&queue, &cover, &saved, &path);
                scope.spawn(move || -> std::result::Result<(), String> {
                    loop {
                        let Some((b, test)) = queue.lock().expect("no worker panics").next() else {
                            return Ok(());
                        };
                        let text = |e: crate::Error| format!("{test}: {e}");
                        let binary = &binaries[*b];
                        let alone = alone(target, worker, binary, test).map_err(text)?;
                        if !alone.passed {
                            eprintln!(
                                "not used, for it fails or is slow with no mutant: {} {test}",
                                binary.name
                            );
                        }
                        let mut cover = cover.lock().expect("no worker panics");
                        cover.tests.insert(format!("{} {test}", binary.name), alone);
                        let mut saved = saved.lock().expect("no worker panics");
                        if saved.elapsed().as_secs() > 20 {
                            write_json(path, &*cover).map_err(text)?;
                            *saved = Instant::now();
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
    let cover = cover.into_inner().expect("no worker panics");
    write_json(&path, &cover)?;
    Ok(cover)
}

fn alone(target: &Path, worker: usize, binary: &Binary, test: &str) -> Result<Alone> {
    let place = Place::new(target, worker, 0)?;
    let file = target.join(format!("met.{worker}"));
    let _ = std::fs::remove_file(&file);
    let name = file.to_string_lossy();
    // Time enough for 38 seconds of a processor.
    let ended = place.run(binary, &[test], ("BILLETBOOK_COVER", &name), 12.0)?;
    let seconds = place.took()?;
    let bytes = std::fs::read(&file).unwrap_or_default();
    let met: BTreeSet<u32> = bytes
        .chunks_exact(4)
        .filter_map(|b| u32::from_le_bytes(b.try_into().ok()?).checked_sub(1))
        .collect();
    Ok(Alone {
        seconds,
        passed: ended == Ended::Passed,
        met: met.into_iter().collect(),
    })
}
