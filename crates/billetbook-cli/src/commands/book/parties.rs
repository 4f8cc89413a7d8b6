//! Reaching the parties of a book: those in its folder, and those that a command reaches.

use crate::clock;
use billetbook::exchange::{Colocated, Courier, CourierError, To};
use billetbook::store::{SqliteGate, SqliteWitness};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// Longest answer of a command, in bytes.
const LONGEST: u64 = 400 << 20;

/// The parties of a book.
pub(super) struct Parties<'k> {
    here: Colocated<'k, SqliteGate, SqliteWitness>,
    reach: BTreeMap<String, String>,
}

impl<'k> Parties<'k> {
    pub(super) fn new(
        here: Colocated<'k, SqliteGate, SqliteWitness>,
        reach: BTreeMap<String, String>,
    ) -> Parties<'k> {
        Parties { here, reach }
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
            Some(command) => through(command, message).map_err(CourierError::new),
            None => Err(CourierError::new(format!(
                "no command reaches {name}; add one to [reach] in book.toml"
            ))),
        }
    }
}

/// Runs a command of the shell with a message on its standard input, and gives its standard output.
pub(crate) fn through(command: &str, message: &[u8]) -> Result<Vec<u8>, String> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let mut answer = Vec::new();
    // Written from a second thread: a command may answer before it has read everything.
    let read = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that does not read its input says so by how it ends.
            let _ = input.map(|mut i| i.write_all(message));
        });
        output.map(|o| o.take(LONGEST).read_to_end(&mut answer))
    });
    let ended = child.wait().map_err(|e| e.to_string())?;
    if let Some(Err(e)) = read {
        return Err(e.to_string());
    }
    match ended.success() {
        true => Ok(answer),
        false => Err(format!("it ended with {ended}")),
    }
}
