//! One file a command.

pub(crate) mod audit;
pub(crate) mod billet;
pub(crate) mod book;
pub(crate) mod break_glass;
pub(crate) mod clk;
pub(crate) mod consent;
pub(crate) mod countersign;
pub(crate) mod demo;
pub(crate) mod grant;
pub(crate) mod hand_on;
pub(crate) mod history;
pub(crate) mod hold;
pub(crate) mod inspect;
pub(crate) mod keygen;
pub(crate) mod keys;
pub(crate) mod link;
pub(crate) mod linkage;
pub(crate) mod links;
pub(crate) mod match_files;
pub(crate) mod open;
pub(crate) mod party;
pub(crate) mod policy;
pub(crate) mod record;
pub(crate) mod refuse;
pub(crate) mod request;
pub(crate) mod resolve;
pub(crate) mod revoke;
pub(crate) mod rewrap;
pub(crate) mod seal;
pub(crate) mod synth;
pub(crate) mod tokenise;
pub(crate) mod validate;

use crate::args::{ColumnArgs, PassphraseArgs};
use crate::error::CliError;
use crate::input;
use crate::progress::Unfinished;
use billetbook::keys::Keystore;
use billetbook::keys::identity::Identity;
use billetbook::record::{ReadOptions, Schema};
use billetbook::token::{KeySet, PRESETS, Preset};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Reading options from the command line.
pub(crate) fn read_options(args: &ColumnArgs) -> Result<ReadOptions, CliError> {
    let mut map = Vec::new();
    for text in &args.map {
        let (column, field) = text
            .rsplit_once('=')
            .ok_or_else(|| CliError::MapForm { text: text.clone() })?;
        map.push((column.to_owned(), field.parse()?));
    }
    let schema = match &args.schema {
        None => None,
        Some(path) => {
            let text = input::text(path, input::SETTINGS)?;
            Some(Schema::parse(&text).map_err(|source| CliError::Schema {
                path: path.clone(),
                source,
            })?)
        }
    };
    Ok(ReadOptions {
        id: args.id.clone(),
        map,
        schema,
        groups: args.group.clone(),
    })
}

/// Why standard output would not take a line; the first reason is kept for the end.
static UNSAID: OnceLock<std::io::Error> = OnceLock::new();

/// Prints a line to standard output. A failure does not stop the work: see [`all_said`].
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(e) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        let _ = UNSAID.set(e);
    }
}

/// Whether all that was said was heard; a reader who left (`| head`) has heard enough.
pub(crate) fn all_said() -> Result<(), CliError> {
    match UNSAID.get() {
        Some(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(CliError::Unsaid(e)),
        _ => Ok(()),
    }
}

/// Writes a file in the place of another: under a temporary name, synced, renamed.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |source| CliError::Write {
        path: path.to_owned(),
        source,
    };
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    let mut name = tempfile::Builder::new();
    name.prefix(".billetbook-");
    let made = name.tempfile_in(parent.unwrap_or(Path::new(".")));
    let mut file = made.map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Writes a new file under a temporary name and renames it; `secret` files are for their owner only.
pub(crate) fn write_new(path: &Path, text: &str, secret: bool) -> Result<(), CliError> {
    write_new_bytes(path, text.as_bytes(), secret)
}

/// [`write_new`] of bytes.
pub(crate) fn write_new_bytes(path: &Path, bytes: &[u8], secret: bool) -> Result<(), CliError> {
    let mut new = NewFile::create(path)?;
    let written = new.file().write_all(bytes);
    new.finish(written, secret)
}

/// A new file under a temporary name, readable by its owner alone, removed again unless finished.
pub(crate) struct NewFile {
    temporary: tempfile::NamedTempFile,
    path: PathBuf,
    _unfinished: Unfinished,
}

impl NewFile {
    /// Starts a file beside `path`, which must not exist.
    pub(crate) fn create(path: &Path) -> Result<NewFile, CliError> {
        if path.symlink_metadata().is_ok() {
            return Err(CliError::OutputExists {
                path: path.to_owned(),
            });
        }
        let parent = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut name = tempfile::Builder::new();
        name.prefix(".billetbook-");
        let (temporary, unfinished) =
            Unfinished::make(|| name.tempfile_in(parent)).map_err(|source| CliError::Write {
                path: path.to_owned(),
                source,
            })?;
        Ok(NewFile {
            temporary,
            _unfinished: unfinished,
            path: path.to_owned(),
        })
    }

    /// Where its content goes.
    pub(crate) fn file(&mut self) -> &mut std::fs::File {
        self.temporary.as_file_mut()
    }

    /// Gives it its name, if its content could be written.
    pub(crate) fn finish(self, written: std::io::Result<()>, secret: bool) -> Result<(), CliError> {
        let path = self.path;
        let failed = |source| CliError::Write {
            path: path.clone(),
            source,
        };
        written.map_err(failed)?;
        #[cfg(unix)]
        if !secret {
            use std::os::unix::fs::PermissionsExt;
            self.temporary
                .as_file()
                .set_permissions(std::fs::Permissions::from_mode(0o644))
                .map_err(failed)?;
        }
        self.temporary.as_file().sync_all().map_err(failed)?;
        self.temporary
            .persist_noclobber(&path)
            .map_err(|e| failed(e.error))?;
        Ok(())
    }
}

/// What the passphrase file or descriptor holds, where one is named.
pub(crate) fn passphrase_text(
    args: &PassphraseArgs,
) -> Result<Option<Zeroizing<String>>, CliError> {
    secret_text(args.passphrase_file.as_deref(), args.passphrase_fd)
}

/// What a file or else a descriptor that may be named holds.
pub(crate) fn secret_text(
    file: Option<&Path>,
    fd: Option<u32>,
) -> Result<Option<Zeroizing<String>>, CliError> {
    let path = match (file, fd) {
        (Some(path), _) => path.to_owned(),
        (None, Some(fd)) => format!("/dev/fd/{fd}").into(),
        (None, None) => return Ok(None),
    };
    input::text(&path, input::PASSPHRASES).map(Some)
}

/// What stands before the first end of a line.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Asks for a passphrase on the terminal.
pub(crate) fn ask(prompt: &str) -> Result<Zeroizing<String>, CliError> {
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(CliError::Terminal)
}

/// The passphrase: from a file, a file descriptor, or the terminal.
pub(crate) fn passphrase(
    args: &PassphraseArgs,
    confirm: bool,
) -> Result<Zeroizing<String>, CliError> {
    let text = match passphrase_text(args)? {
        Some(text) => Zeroizing::new(first_line(&text).to_owned()),
        None => {
            let first = ask("Passphrase: ")?;
            if confirm && *first != *ask("Once more: ")? {
                return Err(CliError::PassphrasesDiffer);
            }
            first
        }
    };
    if text.is_empty() {
        return Err(CliError::NoPassphrase);
    }
    Ok(text)
}

/// Opens an identity's keystore.
pub(crate) fn keystore(path: &Path, args: &PassphraseArgs) -> Result<Identity, CliError> {
    let failed = |source| CliError::Keystore {
        path: path.to_owned(),
        source,
    };
    let text = input::text(path, input::KEY_FILE)?;
    let store = Keystore::from_text(&text).map_err(failed)?;
    let phrase = passphrase(args, false)?;
    store.open_identity(phrase.as_bytes()).map_err(failed)
}

/// The key set that a linkage names; a set of another version is refused by its digest.
pub(crate) fn key_set_of(
    descriptor: &billetbook::keys::descriptor::Descriptor,
) -> Result<KeySet, CliError> {
    let presets = PRESETS
        .iter()
        .map(Preset::key_set)
        .collect::<Result<Vec<_>, _>>()?;
    for set in [KeySet::uk_children()?, KeySet::people()?]
        .into_iter()
        .chain(presets)
    {
        if set.digest() == descriptor.key_set_digest() {
            return Ok(set);
        }
    }
    Err(CliError::UnknownKeySet {
        name: descriptor.key_set().to_owned(),
    })
}
