//! A log under `kill -9` and under damage to its files, beside a plain SQLite table under the same.

use billetbook::audit::{
    Draft, Entry, Hash, Kind, Log, LogError, NoteError, NoteSigner, OpeningKey, RequestId,
    SignatureType, StoreError, VerifierKey,
};
use billetbook::keys::Secret;
use billetbook::store::SqliteStore;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Signs with a key of the seed's.
pub(crate) struct Seeded {
    pair: Ed25519KeyPair,
    key: VerifierKey,
}

impl Seeded {
    pub(crate) fn log(name: &str, seed: u8) -> Seeded {
        Seeded::new(name, SignatureType::Ed25519, seed)
    }

    pub(crate) fn witness(name: &str, seed: u8) -> Seeded {
        Seeded::new(name, SignatureType::Cosignature, seed)
    }

    fn new(name: &str, kind: SignatureType, seed: u8) -> Seeded {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let public = pair.public_key().as_ref().try_into().unwrap();
        let key = VerifierKey::new(name, kind, public).unwrap();
        Seeded { pair, key }
    }

    pub(crate) fn key(&self) -> VerifierKey {
        self.key.clone()
    }
}

impl NoteSigner for Seeded {
    fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteError> {
        Ok(self.pair.sign(message).as_ref().try_into().unwrap())
    }
}

pub(crate) fn signer() -> Seeded {
    Seeded::log("log.example/crash", 7)
}

pub(crate) fn opening_key() -> OpeningKey {
    let bytes: Vec<u8> = (0..32).collect();
    OpeningKey::new(Secret::from_secret_bytes(&bytes).unwrap())
}

pub(crate) fn draft(text: &str) -> Draft {
    Draft {
        request: RequestId::generate().unwrap(),
        entry: Entry::new(Kind::Request, text.into()).unwrap(),
        rows: Vec::new(),
    }
}

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// The child: appends and signs until it is killed, and says what has returned.
pub(crate) fn append_for_ever(folder: &Path) {
    let signer = signer();
    let store = SqliteStore::create(folder).unwrap();
    let mut log = match Log::create(store, &signer) {
        Err(LogError::Exists) => {
            Log::open(SqliteStore::open(folder).unwrap(), signer.key()).unwrap()
        }
        made => made.unwrap(),
    };
    let (key, mut out) = (opening_key(), std::io::stdout().lock());
    for n in 0u64.. {
        let drafts = (0..=n % 3).map(|i| draft(&format!("{n} {i}"))).collect();
        let placed = log.append(&key, drafts).unwrap();
        writeln!(out, "appended {}", placed.last().unwrap().index + 1).unwrap();
        if n % 2 == 0 {
            let signed = log.publish(&signer).unwrap();
            let c = signed.unverified();
            writeln!(out, "signed {} {}", c.size, c.root).unwrap();
        }
    }
}

/// The control's child: a row and a commit each, as one would write a log to a table.
pub(crate) fn insert_for_ever(folder: &Path) {
    let db = Connection::open(folder.join("plain.sqlite")).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, text TEXT);",
    )
    .unwrap();
    let mut out = std::io::stdout().lock();
    loop {
        db.execute("INSERT INTO log (text) VALUES ('made up')", [])
            .unwrap();
        writeln!(out, "appended {}", db.last_insert_rowid()).unwrap();
    }
}

/// What a child had said when it was killed.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) appended: u64,
    pub(crate) signed: Option<(u64, Hash)>,
}

/// Starts a child, kills it (SIGKILL) at a random time within the first 20 ms of its speaking.
pub(crate) fn kill(child: Command, dice: &mut Dice) -> Said {
    let mut said = Said::default();
    for line in killed(child, ("appended", 1), dice) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["appended", n] => said.appended = n.parse().unwrap(),
            ["signed", n, root] => {
                said.signed = Some((n.parse().unwrap(), Hash::from_base64(root).unwrap()));
            }
            _ => {}
        }
    }
    said
}

/// Starts a child, waits until so many of its lines began so, kills it at a random time within 20 ms more, and gives the
/// lines that it had ended.
pub(crate) fn killed(
    mut child: Command,
    (word, often): (&str, u64),
    dice: &mut Dice,
) -> Vec<String> {
    let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut lines = Vec::new();
    let mut read = |lines: &mut Vec<String>| {
        let mut line = String::new();
        // A line that the kill cut short had not been said.
        let whole = out.read_line(&mut line).is_ok() && line.ends_with('\n');
        whole
            .then(|| lines.push(line.trim_end().to_owned()))
            .is_some()
    };
    let said = |lines: &[String]| lines.iter().filter(|l| l.starts_with(word)).count();
    while (said(&lines) as u64) < often {
        assert!(read(&mut lines), "the child ended by itself: {lines:?}");
    }
    std::thread::sleep(Duration::from_micros(dice.below(20_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    while read(&mut lines) {}
    lines
}

/// After a kill everything said is there. Gives the log's size.
pub(crate) fn check_after_kill(folder: &Path, said: &Said) -> u64 {
    let mut log = Log::open(SqliteStore::open(folder).unwrap(), signer().key()).unwrap();
    let found = log.verify(&opening_key()).unwrap();
    assert!(found.size >= said.appended, "{found:?} {said:?}");
    assert_eq!((found.open, found.lost), (found.size, 0));
    if let Some((size, root)) = said.signed {
        log.compare(size, Some(root)).unwrap();
    }
    // And it goes on.
    log.append(&opening_key(), vec![draft("after")]).unwrap();
    log.publish(&signer()).unwrap();
    found.size + 1
}

/// What became of a damaged log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Everything signed is there.
    Whole,
    /// Named `RolledBack`.
    RolledBack,
    /// Named as damage to a part.
    Damaged,
    /// Any other error.
    Unnamed,
    /// Opens and checks, and something that was signed is gone.
    SilentLoss,
}

/// Opens and checks a log after damage.
pub(crate) fn outcome(folder: &Path, said: &Said) -> Outcome {
    let named = |e: &LogError| match e {
        LogError::RolledBack { .. } => Outcome::RolledBack,
        LogError::Damaged { .. }
        | LogError::Opening { .. }
        | LogError::Unsigned
        | LogError::Note(_)
        | LogError::Store(StoreError::Damaged { .. }) => Outcome::Damaged,
        _ => Outcome::Unnamed,
    };
    let store = match SqliteStore::open(folder) {
        Ok(store) => store,
        Err(e) => return named(&e.into()),
    };
    let checked = Log::open(store, signer().key()).and_then(|mut log| {
        log.verify(&opening_key())?;
        Ok(log)
    });
    match checked {
        Err(e) => named(&e),
        Ok(mut log) => match said.signed {
            Some((size, root)) if log.compare(size, Some(root)).is_err() => Outcome::SilentLoss,
            _ => Outcome::Whole,
        },
    }
}

/// The control after the same damage: nothing says that rows are gone.
pub(crate) fn plain_outcome(folder: &Path, said: &Said) -> Outcome {
    let count = Connection::open(folder.join("plain.sqlite")).and_then(|db| {
        let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        let count: i64 = db.query_row("SELECT count(*) FROM log", [], |row| row.get(0))?;
        Ok((sound, count))
    });
    match count {
        Ok((sound, count)) if sound == "ok" => match count.unsigned_abs() >= said.appended {
            true => Outcome::Whole,
            false => Outcome::SilentLoss,
        },
        _ => Outcome::Damaged,
    }
}

/// Cuts, garbles or zeroes a file from a random place on; small stretches or all of the rest.
pub(crate) fn damage(file: &Path, dice: &mut Dice) {
    let length = fs::metadata(file).unwrap().len();
    if length == 0 {
        return;
    }
    let from = dice.below(length);
    let open = OpenOptions::new().write(true).open(file).unwrap();
    let most = if dice.below(2) == 0 {
        64
    } else {
        length - from
    };
    let stretch = usize::try_from(most.min(length - from)).unwrap();
    match dice.below(3) {
        0 => open.set_len(from).unwrap(),
        1 => open.write_all_at(&vec![0; stretch], from).unwrap(),
        _ => {
            let noise: Vec<u8> = (0..stretch)
                .flat_map(|_| u8::try_from(dice.below(256)))
                .collect();
            open.write_all_at(&noise, from).unwrap();
        }
    }
}

/// One damaged log: runs, is killed, is damaged at its write-ahead log, its database, or set back to a copy
/// of both made before.
pub(crate) fn damaged_run(
    child: impl Fn(&Path) -> Command,
    database: &str,
    dice: &mut Dice,
    judge: fn(&Path, &Said) -> Outcome,
) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let (main, wal) = (
        folder.path().join(database),
        folder.path().join(format!("{database}-wal")),
    );
    let first = kill(child(folder.path()), dice);
    let how = dice.below(3);
    let mut said = first;
    if how == 2 {
        let copies = [&main, &wal].map(|f| (f.clone(), fs::read(f).unwrap()));
        said = kill(child(folder.path()), dice);
        _ = fs::remove_file(folder.path().join(format!("{database}-shm")));
        copies
            .iter()
            .for_each(|(f, bytes)| fs::write(f, bytes).unwrap());
    } else if how == 1 && dice.below(2) == 0 {
        // Everything in the main file, as after a clean end.
        drop(Connection::open(&main).unwrap().query_row(
            "PRAGMA wal_checkpoint(TRUNCATE)",
            [],
            |_| Ok(()),
        ));
        damage(&main, dice);
    } else {
        damage(&wal, dice);
    }
    judge(folder.path(), &said)
}

/// Outcomes of many runs.
pub(crate) fn tally(outcomes: impl Iterator<Item = Outcome>) -> BTreeMap<Outcome, u32> {
    let mut out = BTreeMap::new();
    outcomes.for_each(|o| *out.entry(o).or_insert(0) += 1);
    out
}
