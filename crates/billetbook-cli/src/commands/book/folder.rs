//! A book's folder.

use super::parties::Parties;
use crate::args::BookArgs;
use crate::clock;
use crate::commands::billet::phrases;
use crate::error::CliError;
use crate::input;
use billetbook::audit::{NoteKey, NoteSigner, Witness, WitnessStore};
use billetbook::exchange::{Book, BookKeys, Card, Colocated, Courier, ExchangeError, FRESH, SKEW};
use billetbook::gate::{Gate, Rules};
use billetbook::keys::{KeyProvider, KeyRecord, KeyRefused, Keyring, Keystore, Role, RoleKeys};
use billetbook::store::{SqliteGate, SqliteShelf, SqliteStore, SqliteWitness};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const CARD: &str = "card";
pub(super) const KEYSTORE: &str = "book.keystore";
pub(super) const ROOT: &str = "root.keystore";
pub(super) const CONFIG: &str = "book.toml";
/// Emergencies that an officer may declare in a day.
const EMERGENCIES: u16 = 3;
/// Seconds that a command has to answer which reaches another party.
pub(crate) const WAIT: u16 = 120;

/// An agency's book with its stores.
pub(crate) type OpenBook<'k> = Book<'k, SqliteStore, SqliteShelf>;

/// What `book.toml` says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The version of this file.
    pub(crate) format: Format,
    /// Commands that reach gates and witnesses outside this folder, by key id or name: a message on standard input,
    /// the answer on standard output.
    #[serde(default)]
    pub(crate) reach: BTreeMap<String, String>,
    /// Seconds that such a command has to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wait_seconds: Option<u16>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) enum Format {
    #[default]
    #[serde(rename = "billetbook-book/1")]
    V1,
}

/// A folder that holds a book.
pub(crate) struct BookFolder {
    path: PathBuf,
    config: Config,
}

impl BookFolder {
    pub(crate) fn open(path: &Path) -> Result<BookFolder, CliError> {
        let file = path.join(CONFIG);
        if !file.exists() {
            return Err(CliError::NoBook {
                path: path.to_owned(),
            });
        }
        let config = toml::from_str(&input::text(&file, input::SETTINGS)?);
        Ok(BookFolder {
            path: path.to_owned(),
            config: config.map_err(|source| CliError::BookFile { path: file, source })?,
        })
    }

    /// Reaches a party by a command from now on.
    pub(crate) fn reach(&mut self, party: String, command: String) {
        self.config.reach.insert(party, command);
    }

    /// Writes `book.toml` again.
    pub(crate) fn save(&self) -> Result<(), CliError> {
        let text = toml::to_string(&self.config).unwrap_or_default();
        crate::commands::replace(&self.path.join(CONFIG), &text)
    }

    /// The agency's card, as it is handed out.
    pub(crate) fn card(&self) -> Result<Card, CliError> {
        let path = self.path.join(CARD);
        Card::from_text(&input::text(&path, input::KEY_FILE)?)
            .map_err(|source| CliError::Card { path, source })
    }

    /// The gates on a card.
    pub(crate) fn gates(&self, card: &Card) -> Vec<KeyRecord> {
        let records = card.records().iter();
        records
            .filter(|r| r.role() == Role::Gate)
            .cloned()
            .collect()
    }

    fn keyring(&self, phrase: &str) -> Result<Keyring, CliError> {
        let path = self.path.join(KEYSTORE);
        let opened = Keystore::from_text(&input::text(&path, input::KEY_FILE)?)
            .and_then(|store| store.open_ring(phrase.as_bytes()));
        opened.map_err(|source| CliError::Keystore { path, source })
    }
}

/// Errors of the room `exchange`, by the file or folder that they are about.
pub(crate) fn failed(path: &Path) -> impl Fn(ExchangeError) -> CliError + '_ {
    move |source| CliError::Exchange {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

/// Opens a book and further keystores, and works with them. The first passphrase is the book's; a single one serves all.
pub(crate) fn with<T>(
    args: &BookArgs,
    keystores: &[&Path],
    work: impl FnOnce(&mut OpenBook<'_>, &mut dyn Courier, &[RoleKeys]) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let folder = BookFolder::open(&args.book)?;
    let ring_path = args.book.join(KEYSTORE);
    let mut paths: Vec<&Path> = vec![&ring_path];
    paths.extend(keystores);
    let phrases = phrases(&paths, &args.passphrase)?;
    let mut phrases = phrases.iter();
    let ring = folder.keyring(phrases.next().map_or("", |p| p))?;
    let mut keys = Vec::with_capacity(keystores.len());
    for (path, phrase) in keystores.iter().zip(phrases) {
        let opened = Keystore::from_text(&input::text(path, input::KEY_FILE)?)
            .and_then(|store| store.open_role(phrase.as_bytes()));
        keys.push(opened.map_err(|source| CliError::Keystore {
            path: (*path).to_owned(),
            source,
        })?);
    }
    let at = failed(&args.book);
    let store = SqliteStore::open(&args.book.join("log")).map_err(|e| at(e.into()))?;
    let shelf = SqliteShelf::create(&args.book.join("shelf")).map_err(|e| at(e.into()))?;
    let mut book = Book::open(book_keys(&ring).map_err(&at)?, store, shelf).map_err(&at)?;
    let cosigner = cosigner(&ring, book.card()).map_err(&at)?;
    let mut parties = Parties::new(
        colocated(&args.book, &ring, cosigner.as_ref(), &book).map_err(&at)?,
        folder.config.reach,
        Duration::from_secs(folder.config.wait_seconds.unwrap_or(WAIT).into()),
    );
    work(&mut book, &mut parties, &keys)
}

/// The keys with which a book works.
pub(super) fn book_keys(ring: &Keyring) -> Result<BookKeys<'_>, ExchangeError> {
    let key = |role| {
        ring.of(role)
            .ok_or(ExchangeError::Missing("key of each role"))
    };
    Ok(BookKeys {
        author: key(Role::Issue)?,
        owner: key(Role::Open)?,
        log: key(Role::Log)?,
        opening: ring.opening(),
    })
}

/// The witness's signer, where the ring has a witness's key that the card names.
fn cosigner<'k>(
    ring: &'k Keyring,
    card: &Card,
) -> Result<Option<NoteKey<'k, dyn KeyProvider + 'k>>, ExchangeError> {
    let Some(key) = ring.of(Role::Witness) else {
        return Ok(None);
    };
    let policy = card.log_policy()?;
    let mut all = policy.witnesses().iter();
    let public = key.public().signing();
    match all.find(|w| w.key() == public) {
        None => Ok(None),
        Some(named) => {
            let key: &dyn KeyProvider = key;
            Ok(Some(NoteKey::new(named.name(), key)?))
        }
    }
}

/// By what every gate of this program goes.
pub(crate) fn rules(policy: billetbook::audit::Policy) -> Rules {
    Rules {
        policy,
        max_age: FRESH,
        skew: SKEW,
        emergencies: EMERGENCIES,
    }
}

/// What a gate or a witness has seen, without its key.
pub(crate) enum FolderParties {
    Gate(SqliteGate, PathBuf),
    Witness(SqliteWitness, PathBuf),
}

impl FolderParties {
    pub(crate) fn open(folder: &Path, gate: bool) -> Result<FolderParties, CliError> {
        let at = failed(folder);
        let path = folder.to_owned();
        Ok(match gate {
            true => {
                FolderParties::Gate(SqliteGate::create(folder).map_err(|e| at(e.into()))?, path)
            }
            false => {
                let state = SqliteWitness::create(folder).map_err(|e| at(e.into()))?;
                FolderParties::Witness(state, path)
            }
        })
    }

    /// The size of the largest tree seen of a log.
    pub(crate) fn seen(&self, origin: &str) -> Result<u64, CliError> {
        match self {
            FolderParties::Gate(store, path) => {
                let seen = billetbook::gate::seen(store, origin);
                let seen = seen.map_err(|e| failed(path)(e.into()))?;
                Ok(seen.map_or(0, |s| s.size))
            }
            FolderParties::Witness(store, path) => {
                let seen = store.latest(origin).map_err(|e| failed(path)(e.into()))?;
                Ok(seen.map_or(0, |s| s.size))
            }
        }
    }
}

/// The gates and the witness whose keys are in the ring.
fn colocated<'k>(
    folder: &Path,
    ring: &'k Keyring,
    cosigner: Option<&'k NoteKey<'k, dyn KeyProvider + 'k>>,
    book: &OpenBook<'_>,
) -> Result<Colocated<'k, SqliteGate, SqliteWitness>, ExchangeError> {
    let policy = book.card().log_policy()?;
    let rules = rules(policy.clone());
    let mut gates = Vec::new();
    let keys = ring.keys().iter();
    for (n, key) in (1..).zip(keys.filter(|k| k.request().role() == Role::Gate)) {
        let store = SqliteGate::create(&folder.join(format!("gate-{n}")))?;
        gates.push(Gate::new(key, rules.clone(), store));
    }
    let witness = match cosigner {
        None => None,
        Some(signer) => {
            let state = SqliteWitness::create(&folder.join("witness"))?;
            let witness = Witness::new(policy.logs().to_vec(), state);
            Some((witness, signer as &dyn NoteSigner))
        }
    };
    let keys = book.directory().clone();
    Ok(Colocated::new(gates, witness, keys, clock::now()))
}

/// The key that is to be used: a keystore's where one was named, else the book's own of the role `open`.
pub(crate) fn acting<'a>(keys: &'a [RoleKeys], book: &OpenBook<'a>) -> &'a dyn KeyProvider {
    match keys.first() {
        Some(key) => key,
        None => book.keys().owner,
    }
}

/// That a key is one which the book knows.
pub(crate) fn known(book: &OpenBook<'_>, key: &dyn KeyProvider) -> Result<(), ExchangeError> {
    let id = key.key_id();
    let known = book.directory().record(id).map(|_| ());
    known.ok_or(ExchangeError::Key(KeyRefused::Unknown(id)))
}
