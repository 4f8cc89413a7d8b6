use super::{passphrase, say, write_new};
use crate::args::{KeyKind, KeygenArgs, RootArgs, RootPassphraseArgs, WindowArgs};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::clock::Window;
use billetbook::keys::identity::Identity;
use billetbook::keys::{KeyProvider, Keystore, KeystoreError, Role, RoleKeys, Root};
use std::path::{Path, PathBuf};

const TWO_YEARS: u64 = 2 * 365 * 24 * 60 * 60;

/// What was made: the keystore to keep, the file to hand out, and by what others know it.
pub(crate) struct Made {
    store: Keystore,
    public: (&'static str, String),
    id: (&'static str, String),
}

pub(crate) fn run(args: &KeygenArgs, json: bool) -> Result<(), CliError> {
    let name = args.name.as_str();
    match (args.role, args.role.role()) {
        (_, Some(role)) => role_key(
            &args.out,
            &args.passphrase,
            (role, name, window(&args.window)?),
            &args.root,
            json,
        ),
        _ if args.root.root.is_some()
            || args.window.from.is_some()
            || args.window.until.is_some() =>
        {
            Err(CliError::NotForThisRole)
        }
        (KeyKind::Root, _) => make(&args.out, &args.passphrase, json, "root", |phrase| {
            let root = Root::generate(name)?;
            Ok(Made {
                store: root.to_keystore(phrase)?,
                public: ("root", root.public().to_text()),
                id: ("fingerprint", root.public().fingerprint().to_string()),
            })
        }),
        _ => make(&args.out, &args.passphrase, json, "identity", |phrase| {
            let identity = Identity::generate(name)?;
            Ok(Made {
                store: identity.to_keystore(phrase)?,
                public: ("identity", identity.public().to_text()),
                id: ("fingerprint", identity.public().fingerprint().to_string()),
            })
        }),
    }
}

/// A key of a role, certified where the root is at hand.
pub(crate) fn role_key(
    stem: &Path,
    phrase: &crate::args::PassphraseArgs,
    (role, name, window): (Role, &str, Window),
    root: &RootArgs,
    json: bool,
) -> Result<(), CliError> {
    let ending = if root.root.is_some() {
        "key"
    } else {
        "request"
    };
    free(stem, ending)?;
    let root = match &root.root {
        Some(path) => Some(open_root(path, &root.passphrase)?),
        None => None,
    };
    make(stem, phrase, json, ending, |phrase| {
        let keys = RoleKeys::generate(role, name, window)?;
        let public = match &root {
            Some(root) => root.certify(keys.request()).to_text(),
            None => keys.request().to_text(),
        };
        Ok(Made {
            store: keys.to_keystore(phrase)?,
            public: (
                if root.is_some() {
                    "key record"
                } else {
                    "key request"
                },
                public,
            ),
            id: ("key id", keys.key_id().to_string()),
        })
    })
}

/// The window asked for: from now, for two years, where nothing else is said.
pub(crate) fn window(args: &WindowArgs) -> Result<Window, CliError> {
    let from = args.from.unwrap_or_else(clock::now);
    let until = args.until.unwrap_or_else(|| from.after(TWO_YEARS));
    Ok(Window::new(from, until)?)
}

/// Opens a root's keystore.
pub(crate) fn open_root(path: &Path, args: &RootPassphraseArgs) -> Result<Root, CliError> {
    let failed = |source| CliError::Keystore {
        path: path.to_owned(),
        source,
    };
    let store = Keystore::from_text(&input::text(path, input::KEY_FILE)?).map_err(failed)?;
    let phrase = passphrase(&args.source(), false)?;
    store.open_root(phrase.as_bytes()).map_err(failed)
}

fn file(stem: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}.{ending}", stem.display()))
}

fn free(stem: &Path, ending: &str) -> Result<(), CliError> {
    for path in [file(stem, ending), file(stem, "keystore")] {
        if path.symlink_metadata().is_ok() {
            return Err(CliError::OutputExists { path });
        }
    }
    Ok(())
}

fn make(
    stem: &Path,
    phrase: &crate::args::PassphraseArgs,
    json: bool,
    ending: &str,
    made: impl FnOnce(&[u8]) -> Result<Made, KeystoreError>,
) -> Result<(), CliError> {
    free(stem, ending)?;
    let (public, store) = (file(stem, ending), file(stem, "keystore"));
    let phrase = passphrase(phrase, true)?;
    let made = made(phrase.as_bytes()).map_err(|source| CliError::Keystore {
        path: store.clone(),
        source,
    })?;
    write_new(&store, &made.store.to_text(), true)?;
    write_new(&public, &made.public.1, false)?;
    let (id, print) = made.id;
    if json {
        let key = |s: &str| s.replace(' ', "_");
        say(&serde_json::json!({
            key(made.public.0): public, "keystore": store, key(id): print,
        })
        .to_string());
    } else {
        let verb = if ending == "request" {
            "take to root"
        } else {
            "hand out"
        };
        say(&format!("{:<14}{}", format!("{verb}:"), public.display()));
        say(&format!("{:<14}{}", "keep:", store.display()));
        say(&format!(
            "{:<14}{print}   (read it to partners by telephone)",
            format!("{id}:")
        ));
    }
    Ok(())
}
