//! Openings and revocations through a log, two witnesses and three gates, all on disk, under `kill -9`.

use super::crash::{Dice, killed};
use super::scene::{Book, Scene, now, opening_key};
use billetbook::audit::{Hash, Kind, Log, LogError, Row, StoreError};
use billetbook::gate::{Denial, Gate, GateStore, LoggedGrant, LoggedRequest, Release, Releases};
use billetbook::grant::{AccessRequest, Revocation, RevocationReason};
use billetbook::store::{SqliteGate, SqliteStore, SqliteWitness};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Openings under a grant before it is revoked.
const OPENS: u16 = 4;

type Disk = Book<SqliteStore, SqliteWitness>;

fn book(scene: &Scene, folder: &Path) -> Disk {
    let signer = scene.log_key();
    let (log, witnesses) = (folder.join("log"), ["witness-1", "witness-2"]);
    let made = Log::create(SqliteStore::create(&log).unwrap(), &signer);
    let key = billetbook::audit::NoteSigner::verifier(&signer).clone();
    Book {
        log: match made {
            Err(LogError::Exists) => Log::open(SqliteStore::open(&log).unwrap(), key).unwrap(),
            made => made.unwrap(),
        },
        witnesses: witnesses
            .map(|name| scene.witness(SqliteWitness::create(&folder.join(name)).unwrap())),
    }
}

/// The gates' folders, as each is opened by its process.
fn gate<'k, S: GateStore>(scene: &'k Scene, n: usize, store: S) -> Gate<'k, S> {
    Gate::new(&scene.gates[n], scene.rules(), store)
}

fn store(folder: &Path, n: usize) -> SqliteGate {
    SqliteGate::create(&folder.join(format!("gate-{n}"))).unwrap()
}

/// A gate's store for the control: it says that facts are set, and writes them down some facts later.
struct Late {
    store: SqliteGate,
    waiting: Vec<Row>,
}

impl Late {
    fn write(&mut self, most: usize) -> Result<(), StoreError> {
        if self.waiting.len() > most {
            self.store.put(&std::mem::take(&mut self.waiting))?;
        }
        Ok(())
    }
}

impl GateStore for Late {
    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let waiting = self
            .waiting
            .iter()
            .find(|r| r.space == space && r.key == key);
        match waiting {
            Some(row) => Ok(Some(row.value.clone())),
            None => self.store.row(space, key),
        }
    }

    fn rows(&self, space: u8, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        let mut rows = self.store.rows(space, prefix)?;
        let own = |r: &&Row| r.space == space && r.key.starts_with(prefix);
        rows.extend(self.waiting.iter().filter(own).cloned());
        Ok(rows)
    }

    fn last(&self, space: u8, prefix: &[u8]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(space, prefix)?.pop())
    }

    fn put(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        self.waiting.extend_from_slice(rows);
        self.write(12)
    }

    fn replace(&mut self, space: u8, key: &[u8], by: &Row) -> Result<(), StoreError> {
        self.write(0)?;
        self.store.replace(space, key, by)
    }
}

/// The child: grants, opens through every gate, revokes, until it is killed, and says what has left which party.
pub(crate) fn open_for_ever(folder: &Path) {
    run(folder, |n| store(folder, n));
}

/// The control's child: its gates answer before they have written down.
pub(crate) fn open_for_ever_late(folder: &Path) {
    run(folder, |n| Late {
        store: store(folder, n),
        waiting: Vec::new(),
    });
}

fn run<S: GateStore>(folder: &Path, store: impl Fn(usize) -> S) {
    let scene = Scene::new(1);
    let mut book = book(&scene, folder);
    let mut gates = [0, 1, 2].map(|n| gate(&scene, n, store(n)));
    for (gate, deposit) in gates.iter_mut().zip(scene.billet.deposits()) {
        gate.deposit(deposit, &scene.keys).unwrap();
    }
    let mut out = std::io::stdout().lock();
    loop {
        let granted = book.append(Kind::Grant, scene.grant(OPENS, 0).encode());
        let grant = logged_grant(&scene, &mut book, granted);
        for number in 1..=OPENS {
            let request = scene.request(grant.chain(), &[number]);
            let (index, request) = enter(&scene, &mut book, &grant, &request);
            let (size, root) = (book.log.size(), book.log.root());
            writeln!(out, "signed {size} {root}").unwrap();
            for (n, gate) in gates.iter_mut().enumerate() {
                ask(&scene, &mut book, gate, &request).unwrap();
                writeln!(out, "released {n} {granted} {index}").unwrap();
            }
        }
        let (by, reason) = (&scene.school.issue, RevocationReason::PurposeServed);
        let link = grant.chain().last();
        let revocation = Revocation::make(link, reason, [1; 32], by, now()).unwrap();
        book.append(Kind::Revocation, revocation.encode());
        let size = book.cosigned(&scene).unverified().size;
        writeln!(out, "signed {size} {}", book.log.root()).unwrap();
        for (n, gate) in gates.iter_mut().enumerate() {
            gate.revoke(&revocation, &scene.keys, now()).unwrap();
            writeln!(out, "revoked {n} {granted}").unwrap();
        }
    }
}

fn logged_grant(scene: &Scene, book: &mut Disk, index: u64) -> LoggedGrant {
    let signed = book.cosigned(scene);
    scene.logged_grant(&[book.evidence(index, &signed)])
}

fn enter(
    scene: &Scene,
    book: &mut Disk,
    grant: &LoggedGrant,
    request: &AccessRequest,
) -> (u64, LoggedRequest) {
    let evidence = book.enter(scene, Kind::Request, request.encode());
    let index = evidence.proof.index();
    (index, scene.logged_request(grant, evidence))
}

fn ask<S: GateStore>(
    scene: &Scene,
    book: &mut Disk,
    gate: &mut Gate<'_, S>,
    request: &LoggedRequest,
) -> Result<Release, Denial> {
    let seen = gate.seen(book.log.key().name())?.map_or(0, |s| s.size);
    let signed = book.log.signed().unwrap();
    let since = book.since(seen, &signed);
    gate.handle(&request.ask(seen, since), &scene.keys, now())
}

/// What was said before the kill and did not hold after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// An entry that was signed is gone.
    Entry,
    /// A gate released for something that does not stand in the log.
    WithoutEntry,
    /// A gate released and does not know of it.
    Release,
    /// A use that was released for serves another request.
    Use,
    /// A gate acknowledged a revocation and releases.
    Revocation,
}

/// What was said, over all runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    pub(crate) released: usize,
    pub(crate) revoked: usize,
    pub(crate) entries: u64,
}

/// Kills a child that opens and revokes, and looks whether what it said still holds, at the log and at every gate.
pub(crate) fn kill_openings(
    child: Command,
    folder: &Path,
    dice: &mut Dice,
) -> Result<Said, Broken> {
    // "released" and "revoked": some way into the first grant, its revocation, or the second grant.
    let often = 1 + dice.below(3 * u64::from(OPENS) + 6);
    let lines = killed(child, ("re", often), dice);
    let scene = Scene::new(1);
    let mut book = book(&scene, folder);
    let mut said = Said::default();
    let (mut releases, mut revoked) = (Vec::new(), Vec::new());
    for line in &lines {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |n: usize| words[n].parse::<u64>().unwrap();
        let at = |n: usize| words[n].parse::<usize>().unwrap();
        match words[0] {
            "signed" => {
                let root = Hash::from_base64(words[2]).unwrap();
                let held = book.log.compare(number(1), Some(root));
                held.map_err(|_| Broken::Entry)?;
            }
            "released" => releases.push((at(1), number(2), number(3))),
            "revoked" => revoked.push((at(1), number(2))),
            // The harness of tests speaks too.
            _ => {}
        }
    }
    said.released = releases.len();
    said.revoked = revoked.len();
    let found = book.log.verify(&opening_key()).unwrap();
    assert_eq!(found.open, found.size);
    said.entries = found.size;
    let mut gates = [0, 1, 2].map(|n| gate(&scene, n, store(folder, n)));
    let gate_ids = scene.envelope().gates().to_vec();
    for (n, gate) in gates.iter().enumerate() {
        let of = (scene.envelope().id(), &gate_ids[..], 2);
        let list = gate.releases(of.0).unwrap();
        let listed = Releases::join(of, &[list], &scene.keys).unwrap().lines;
        for line in &listed {
            let leaf = book
                .log
                .leaf(line.index)
                .map_err(|_| Broken::WithoutEntry)?;
            if leaf.commitment().0 != line.entry.0 {
                return Err(Broken::WithoutEntry);
            }
        }
        let listed: BTreeSet<u64> = listed.iter().map(|l| l.index).collect();
        let own = releases.iter().filter(|(by, ..)| *by == n);
        if own.into_iter().any(|(.., index)| !listed.contains(index)) {
            return Err(Broken::Release);
        }
    }
    // The last use that was released for, asked for by another request.
    if let Some((n, granted, index)) = releases.last() {
        let signed = book.cosigned(&scene);
        let before = book.evidence(*index, &signed);
        let before = AccessRequest::decode(before.opening.entry().bytes()).unwrap();
        let grant = logged_grant(&scene, &mut book, *granted);
        let rival = scene.request(grant.chain(), before.ordinals());
        let (_, rival) = enter(&scene, &mut book, &grant, &rival);
        match ask(&scene, &mut book, &mut gates[*n], &rival) {
            Err(Denial::UseTaken { .. } | Denial::Revoked) => {}
            _ => return Err(Broken::Use),
        }
    }
    if let Some((n, granted)) = revoked.last() {
        let grant = logged_grant(&scene, &mut book, *granted);
        let late = scene.request(grant.chain(), &[1]);
        let (_, late) = enter(&scene, &mut book, &grant, &late);
        match ask(&scene, &mut book, &mut gates[*n], &late) {
            Err(Denial::Revoked) => {}
            _ => return Err(Broken::Revocation),
        }
    }
    Ok(said)
}
