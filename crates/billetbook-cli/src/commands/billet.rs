//! What the commands of envelopes share: reading billets, key records and keystores.

use super::{ask, passphrase_text, read_text};
use crate::args::{PassphraseArgs, RootsArgs};
use crate::error::CliError;
use billetbook::envelope::{Billet, EnvelopeError, OpenError, VerifiedEnvelope};
use billetbook::keys::{Directory, KeyRecord, Keystore, PublicRoot, RecordError, RoleKeys};
use std::path::Path;
use zeroize::Zeroizing;

/// Reads a billet.
pub(crate) fn read(path: &Path) -> Result<Billet, CliError> {
    let bytes = std::fs::read(path).map_err(|source| CliError::Open {
        path: path.to_owned(),
        source,
    })?;
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

/// The key records that a command names, each under one of the roots that its user accepts.
pub(crate) struct Trusted(Directory);

impl Trusted {
    pub(crate) fn new(args: &RootsArgs) -> Result<Trusted, CliError> {
        let root = |path: &std::path::PathBuf| {
            PublicRoot::from_text(&read_text(path)?).map_err(|source| key_file(path, source))
        };
        let roots: Vec<PublicRoot> = args.roots.iter().map(root).collect::<Result<_, _>>()?;
        Ok(Trusted(Directory::new(roots)))
    }

    /// A file's key record.
    pub(crate) fn record(&mut self, path: &Path) -> Result<KeyRecord, CliError> {
        let added = self.0.add(&read_text(path)?);
        let id = added.map_err(|source| key_file(path, source))?;
        let record = self.0.record(id).cloned();
        record.ok_or_else(|| key_file(path, RecordError::NoRoot))
    }
}

fn key_file(path: &Path, source: RecordError) -> CliError {
    CliError::KeyFile {
        path: path.to_owned(),
        source,
    }
}

/// Opens keystores of roles in order. Passphrases: one a line of a file or descriptor, a single line for all of
/// them; else each is asked for by its file's name.
pub(crate) fn role_keys(paths: &[&Path], args: &PassphraseArgs) -> Result<Vec<RoleKeys>, CliError> {
    let text = passphrase_text(args)?;
    let mut out = Vec::with_capacity(paths.len());
    for (i, path) in paths.iter().enumerate() {
        let failed = |source| CliError::Keystore {
            path: (*path).to_owned(),
            source,
        };
        let store = Keystore::from_text(&read_text(path)?).map_err(failed)?;
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
        out.push(store.open_role(phrase.as_bytes()).map_err(failed)?);
    }
    Ok(out)
}
