//! Reaching the parties of a book: those in its folder, and those that a command reaches.

use crate::clock::{self, Stopwatch};
use billetbook::exchange::{Colocated, Courier, CourierError, To};
use billetbook::store::{SqliteGate, SqliteWitness};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest answer of a command, in bytes.
const LONGEST: u64 = 400 << 20;

/// The parties of a book.
pub(super) struct Parties<'k> {
    here: Colocated<'k, SqliteGate, SqliteWitness>,
    reach: BTreeMap<String, String>,
    wait: Duration,
}

impl<'k> Parties<'k> {
    pub(super) fn new(
        here: Colocated<'k, SqliteGate, SqliteWitness>,
        reach: BTreeMap<String, String>,
        wait: Duration,
    ) -> Parties<'k> {
        Parties { here, reach, wait }
    }
}

impl Courier for Parties<'_> {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        // As it is when the message arrives, not when the book was opened.
        self.here.set_time(clock::now());
        if let Some(answer) = self.here.answer(to, message) {
            return Ok(answer);
        }
        let name = match to {
            To::Gate(id) => id.to_string(),
            To::Witness(name) => name.clone(),
        };
        match self.reach.get(&name) {
            Some(command) => through(command, message, self.wait).map_err(CourierError::new),
            None => Err(CourierError::new(format!(
                "no command reaches {name}; add one to [reach] in book.toml"
            ))),
        }
    }
}

/// Runs a command of the shell with a message on its standard input, and gives its standard output. A command that has
/// not answered and ended after `wait` is killed.
pub(crate) fn through(command: &str, message: &[u8], wait: Duration) -> Result<Vec<u8>, String> {
    let watch = Stopwatch::start();
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let message = Zeroizing::new(message.to_vec());
    // Written and read by threads of their own: a command may answer before it has read everything, and one that does
    // neither must not be waited for.
    std::thread::spawn(move || {
        // A command that does not read its input says so by how it ends.
        let _ = input.map(|mut i| i.write_all(&message));
    });
    let (said, answers) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut answer = Vec::new();
        let read = output.map(|o| o.take(LONGEST + 1).read_to_end(&mut answer));
        let _ = said.send(match read {
            Some(Err(e)) => Err(e.to_string()),
            _ => Ok(answer),
        });
    });
    let left = || wait.saturating_sub(watch.elapsed());
    let answer = answers.recv_timeout(left());
    while !left().is_zero() {
        match child.try_wait().map_err(|e| e.to_string())? {
            None => std::thread::sleep(left().min(Duration::from_millis(5))),
            Some(ended) if !ended.success() => return Err(format!("it ended with {ended}")),
            Some(_) => match answer {
                Ok(Ok(answer)) if answer.len() as u64 > LONGEST => {
                    return Err(format!("its answer is longer than {LONGEST} bytes"));
                }
                Ok(answer) => return answer,
                Err(_) => break,
            },
        }
    }
    let _ = child.kill().and_then(|()| child.wait());
    Err(format!("no answer within {} s", wait.as_secs()))
}
