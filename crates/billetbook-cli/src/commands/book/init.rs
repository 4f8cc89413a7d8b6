//! `book init`.

use super::folder::{BookFolder, CARD, CONFIG, Config, KEYSTORE, ROOT, book_keys, failed};
use super::witnessed;
use crate::args::BookInitArgs;
use crate::clock;
use crate::commands::grant::free;
use crate::commands::{passphrase, policy, say, write_new};
use crate::error::CliError;
use crate::output::Folder;
use billetbook::audit::{NoteKey, NoteSigner};
use billetbook::clock::Window;
use billetbook::consent::{OrganisationId, Policy};
use billetbook::envelope::Gates;
use billetbook::exchange::{Book, Card, CardParts, ExchangeError};
use billetbook::keys::{KeyProvider, Keyring, Keystore, KeystoreError, RecordError, Role, Root};
use billetbook::store::{SqliteShelf, SqliteStore};
use std::path::Path;

const TWO_YEARS: u64 = 2 * 365 * 86_400;

/// The keys of a book that stands by itself.
const KEYS: [(Role, &str); 7] = [
    (Role::Issue, "records system"),
    (Role::Open, "records team"),
    (Role::Log, "log"),
    (Role::Witness, "witness"),
    (Role::Gate, "gate 1"),
    (Role::Gate, "gate 2"),
    (Role::Gate, "gate 3"),
];

pub(super) fn run(args: &BookInitArgs, json: bool) -> Result<(), CliError> {
    let policy = policy::read(&args.policy)?;
    if !policy.organisations().contains_key(&args.organisation) {
        return Err(CliError::NotInPolicy {
            path: args.policy.clone(),
            organisation: args.organisation.to_string(),
        });
    }
    let now = clock::now();
    let until = args.until.unwrap_or_else(|| now.after(TWO_YEARS));
    let window = Window::new(now, until)?;
    free(&args.folder)?;
    let phrase = passphrase(&args.passphrase, true)?;
    let whose = (args.name.as_str(), &args.organisation);
    let card = create(&args.folder, whose, &policy, &phrase, window)?;

    let print = card.fingerprint().to_string();
    let gates = Gates::new(BookFolder::open(&args.folder)?.gates(&card))?;
    let (outside, all) = card.witnesses();
    if json {
        say(&serde_json::json!({
            "book": args.folder, "card": args.folder.join(CARD), "fingerprint": print,
            "assurance": gates.assurance().to_string(), "witnesses": all, "witnesses_outside": outside,
        })
        .to_string());
    } else {
        let line = |what: &str, says: String| say(&format!("{what:<14}{says}"));
        line("book:", args.folder.display().to_string());
        line("hand out:", args.folder.join(CARD).display().to_string());
        line(
            "take offline:",
            args.folder.join(ROOT).display().to_string(),
        );
        line(
            "fingerprint:",
            format!("{print}   (read it to partners by telephone)"),
        );
        line("assurance:", gates.assurance().to_string());
        line("witnesses:", witnessed(outside, all));
    }
    Ok(())
}

/// Makes a book's folder, whole or not at all; gives its card.
pub(crate) fn create(
    out: &Path,
    (name, organisation): (&str, &OrganisationId),
    policy: &Policy,
    phrase: &str,
    window: Window,
) -> Result<Card, CliError> {
    let folder = Folder::create(out)?;
    let (root, ring) = make(name, window).map_err(|source| CliError::Keystore {
        path: out.join(KEYSTORE),
        source,
    })?;
    let at = failed(out);
    let card = card(organisation, &root, &ring, window.from()).map_err(&at)?;
    let keystore = |path: &str, store: Result<Keystore, KeystoreError>| {
        let store = store.map_err(|source| CliError::Keystore {
            path: out.join(path),
            source,
        })?;
        write_new(&folder.path().join(path), &store.to_text(), true)
    };
    keystore(ROOT, root.to_keystore(phrase.as_bytes()))?;
    keystore(KEYSTORE, ring.to_keystore(phrase.as_bytes()))?;
    write_new(&folder.path().join(CARD), &card.to_text(), false)?;
    let config = toml::to_string(&Config::default()).unwrap_or_default();
    write_new(&folder.path().join(CONFIG), &config, false)?;
    begin(folder.path(), &ring, &card, |book| {
        book.confirm_policy(policy, window.from())
    })
    .map_err(&at)?;
    folder.finish()?;
    Ok(card)
}

fn make(name: &str, window: Window) -> Result<(Root, Keyring), KeystoreError> {
    let make = || -> Result<(Root, Keyring), RecordError> {
        Ok((Root::generate(name)?, Keyring::generate(&KEYS, window)?))
    };
    Ok(make()?)
}

fn card(
    organisation: &OrganisationId,
    root: &Root,
    ring: &Keyring,
    now: billetbook::clock::UnixTime,
) -> Result<Card, ExchangeError> {
    let records = ring.keys().iter().map(|k| root.certify(k.request()));
    let missing = || ExchangeError::Missing("key of each role");
    let key = |role| ring.of(role).ok_or_else(missing);
    let note = |role, name: String| -> Result<String, ExchangeError> {
        let key: &dyn KeyProvider = key(role)?;
        Ok(NoteKey::new(&name, key)?.verifier().to_string())
    };
    let log = note(Role::Log, format!("{organisation}/log"))?;
    let witness = note(Role::Witness, format!("{organisation}/witness"))?;
    let parts = CardParts {
        organisation: organisation.clone(),
        root: root.public().clone(),
        records: records.collect(),
        log_policy: format!("log {log}\nwitness own {witness}\nquorum own\n"),
    };
    Ok(Card::make(parts, key(Role::Issue)?, now)?)
}

/// Makes the stores and the log.
fn begin(
    folder: &Path,
    ring: &Keyring,
    card: &Card,
    work: impl FnOnce(&mut Book<'_, SqliteStore, SqliteShelf>) -> Result<(), ExchangeError>,
) -> Result<(), ExchangeError> {
    let store = SqliteStore::create(&folder.join("log"))?;
    let shelf = SqliteShelf::create(&folder.join("shelf"))?;
    let mut book = Book::create(book_keys(ring)?, card, store, shelf)?;
    work(&mut book)
}
