//! What the commands of envelopes share: reading billets, key records and keystores.

use super::{ask, passphrase_text};
use crate::args::{PassphraseArgs, RootsArgs};
use crate::error::CliError;
use crate::input;
use billetbook::clock::UnixTime;
use billetbook::envelope::{Billet, EnvelopeError, OpenError, VerifiedEnvelope};
use billetbook::keys::{
    Directory, Holder, KeyId, KeyProvider, KeyRecord, KeyRefused, Keystore, KeystoreError,
    PublicRoot, RecordError, Role, RoleKeys,
};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reads a billet.
pub(crate) fn read(path: &Path) -> Result<Billet, CliError> {
    let bytes = input::bytes(path, input::BILLET)?;
    Billet::decode(&bytes).map_err(|e| refused(path, e))
}

/// The envelope of a billet, signed by this author.
pub(crate) fn verified<'a>(
    path: &Path,
    billet: &'a Billet,
    author: &KeyRecord,
) -> Result<VerifiedEnvelope<'a>, CliError> {
    let envelope = billet.envelope().and_then(|e| e.verify(author));
    envelope.map_err(|e| refused(path, e))
}

pub(crate) fn refused(path: &Path, source: EnvelopeError) -> CliError {
    CliError::Envelope {
        path: path.to_owned(),
        source,
    }
}

pub(crate) fn unopened(path: &Path) -> impl Fn(OpenError) -> CliError + '_ {
    move |source| CliError::Unopened {
        path: path.to_owned(),
        source,
    }
}

/// The key records that a command names, each under one of the roots that its user accepts, and what these roots say
/// of compromised keys.
pub(crate) struct Trusted {
    directory: Directory,
    now: UnixTime,
}

impl Trusted {
    pub(crate) fn new(args: &RootsArgs, now: UnixTime) -> Result<Trusted, CliError> {
        let root = |path: &PathBuf| {
            let text = input::text(path, input::KEY_FILE)?;
            PublicRoot::from_text(&text).map_err(|source| key_file(path, source))
        };
        let roots: Vec<PublicRoot> = args.roots.iter().map(root).collect::<Result<_, _>>()?;
        let mut directory = Directory::new(roots);
        for path in &args.compromised {
            let text = input::text(path, input::KEY_FILE)?;
            let added = directory.add_compromise(&text);
            added.map_err(|source| key_file(path, source))?;
        }
        Ok(Trusted { directory, now })
    }

    /// A file's key record, of that role and not compromised. Its window may be over: what it signed before holds.
    pub(crate) fn record(&mut self, path: &Path, role: Role) -> Result<KeyRecord, CliError> {
        let added = self.directory.add(&input::text(path, input::KEY_FILE)?);
        let id = added.map_err(|source| key_file(path, source))?;
        let record = self.directory.record(id).cloned();
        let record = record.ok_or_else(|| key_file(path, RecordError::NoRoot))?;
        same_role(path, record.role(), role)?;
        self.not_compromised(path, id)?;
        Ok(record)
    }

    /// A file's key record that may be used now.
    pub(crate) fn current(&mut self, path: &Path, role: Role) -> Result<KeyRecord, CliError> {
        let record = self.record(path, role)?;
        let usable = self.directory.keys_at(record.id(), role, self.now);
        match usable {
            Ok(_) => Ok(record),
            Err(source) => Err(key_use(path, source)),
        }
    }

    /// Refuses one's own key where it may not be used now.
    pub(crate) fn own(&self, path: &Path, key: &RoleKeys) -> Result<(), CliError> {
        let (id, window, at) = (key.key_id(), key.request().window(), self.now);
        if window.contains(at) {
            return self.not_compromised(path, id);
        }
        Err(key_use(path, KeyRefused::Window { id, window, at }))
    }

    /// Refuses a key of which a root says that it is compromised by now, also where no record of it was named.
    fn not_compromised(&self, path: &Path, id: KeyId) -> Result<(), CliError> {
        match self.directory.said_of(id) {
            Some(since) if since <= self.now => {
                Err(key_use(path, KeyRefused::Compromised { id, since }))
            }
            _ => Ok(()),
        }
    }
}

fn key_file(path: &Path, source: RecordError) -> CliError {
    CliError::KeyFile {
        path: path.to_owned(),
        source,
    }
}

fn key_use(path: &Path, source: KeyRefused) -> CliError {
    CliError::KeyUse {
        path: path.to_owned(),
        source,
    }
}

fn same_role(path: &Path, found: Role, wanted: Role) -> Result<(), CliError> {
    if found == wanted {
        return Ok(());
    }
    Err(CliError::OtherKind {
        path: path.to_owned(),
        found: found.title(),
        wanted: wanted.title(),
    })
}

/// A keystore, still locked, of a key of that role.
pub(crate) fn locked(path: &Path, role: Role) -> Result<Keystore, CliError> {
    let store = Keystore::from_text(&input::text(path, input::KEY_FILE)?);
    let store = store.map_err(|source| keystore(path, source))?;
    match store.holder() {
        Holder::Key(key) => same_role(path, key.role(), role)?,
        other => {
            return Err(CliError::OtherKind {
                path: path.to_owned(),
                found: other.kind(),
                wanted: role.title(),
            });
        }
    }
    Ok(store)
}

fn keystore(path: &Path, source: KeystoreError) -> CliError {
    CliError::Keystore {
        path: path.to_owned(),
        source,
    }
}

/// Opens keystores of roles in order. Passphrases: one a line of a file or descriptor, a single line for all of
/// them; else each is asked for by its file's name. What is no such keystore is refused before anything is asked.
pub(crate) fn role_keys(
    stores: &[(&Path, Role)],
    args: &PassphraseArgs,
) -> Result<Vec<RoleKeys>, CliError> {
    let locked: Vec<(&Path, Keystore)> = stores
        .iter()
        .map(|(path, role)| Ok((*path, locked(path, *role)?)))
        .collect::<Result<_, CliError>>()?;
    let paths: Vec<&Path> = locked.iter().map(|(path, _)| *path).collect();
    let phrases = phrases(&paths, args)?;
    let open = |((path, store), phrase): (&(&Path, Keystore), &Zeroizing<String>)| {
        let opened = store.open_role(phrase.as_bytes());
        opened.map_err(|source| keystore(path, source))
    };
    locked.iter().zip(&phrases).map(open).collect()
}

/// Passphrases of keystores in order: one a line of a file or descriptor, a single line for all of them; else each is
/// asked for by its file's name.
pub(crate) fn phrases(
    paths: &[&Path],
    args: &PassphraseArgs,
) -> Result<Vec<Zeroizing<String>>, CliError> {
    let text = passphrase_text(args)?;
    let mut out = Vec::with_capacity(paths.len());
    for (i, path) in paths.iter().enumerate() {
        let phrase = match &text {
            Some(text) => {
                let nth = if text.lines().nth(1).is_some() { i } else { 0 };
                Zeroizing::new(text.lines().nth(nth).unwrap_or_default().to_owned())
            }
            None => ask(&format!("Passphrase of {}: ", path.display()))?,
        };
        if phrase.is_empty() {
            return Err(CliError::NoPassphrase);
        }
        out.push(phrase);
    }
    Ok(out)
}
