use super::keygen::{open_root, role_key, window};
use super::{first_line, say, write_new};
use crate::args::{
    KeysCertifyArgs, KeysCommand, KeysCompromiseArgs, KeysExportArgs, KeysRotateArgs, KeysShowArgs,
};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::clock::Window;
use billetbook::exchange::Card;
use billetbook::keys::identity::PublicIdentity;
use billetbook::keys::{
    Compromise, Fingerprint, Holder, KeyId, KeyRecord, KeyRequest, Keystore, PublicRoot,
    RecordError,
};
use std::path::Path;

pub(crate) fn run(command: &KeysCommand, json: bool) -> Result<(), CliError> {
    match command {
        KeysCommand::Show(a) => show(a, json),
        KeysCommand::Export(a) => export(a, json),
        KeysCommand::Rotate(a) => rotate(a, json),
        KeysCommand::Certify(a) => certify(a, json),
        KeysCommand::Compromise(a) => compromise(a, json),
    }
}

fn show(args: &KeysShowArgs, json: bool) -> Result<(), CliError> {
    let text = input::text(&args.file, input::KEY_FILE)?;
    let refused = |source| refused(&args.file, source);
    let root = || -> Result<PublicRoot, CliError> {
        let path = args.root.as_ref().ok_or(CliError::NeedsRoot)?;
        PublicRoot::from_text(&input::text(path, input::KEY_FILE)?).map_err(|source| {
            CliError::KeyFile {
                path: path.clone(),
                source,
            }
        })
    };
    let lines = match first_line(&text) {
        "-----BEGIN BILLETBOOK KEYSTORE-----" => {
            let mut lines = of_holder(keystore(&args.file)?.holder());
            lines.insert(0, ("file", "keystore, locked".to_owned()));
            lines
        }
        "-----BEGIN BILLETBOOK IDENTITY-----" => {
            let read = PublicIdentity::from_text(&text);
            of_holder(&Holder::Identity(read.map_err(|source| {
                CliError::Identity {
                    path: args.file.clone(),
                    source,
                }
            })?))
        }
        "-----BEGIN BILLETBOOK ROOT-----" => of_holder(&Holder::Root(
            PublicRoot::from_text(&text).map_err(refused)?,
        )),
        "-----BEGIN BILLETBOOK KEY REQUEST-----" => {
            let mut lines = of_holder(&Holder::Key(KeyRequest::from_text(&text).map_err(refused)?));
            lines.push((
                "certified",
                "no: take it to the root (keys certify)".to_owned(),
            ));
            lines
        }
        "-----BEGIN BILLETBOOK KEY RECORD-----" => {
            let root = root()?;
            let record = KeyRecord::from_text(&text, &root).map_err(refused)?;
            let mut lines = of_key(
                record.role().word(),
                record.name(),
                record.id(),
                record.window(),
            );
            lines.push((
                "certified",
                format!("by {}, {}", root.name(), record.root()),
            ));
            lines
        }
        "-----BEGIN BILLETBOOK COMPROMISE-----" => {
            let root = root()?;
            let word = Compromise::from_text(&text, &root).map_err(refused)?;
            vec![
                ("file", "compromise statement".to_owned()),
                ("key id", word.key().to_string()),
                ("since", word.since().to_string()),
                ("stated", format!("by {}, {}", root.name(), word.root())),
            ]
        }
        _ => {
            return Err(CliError::NotAKeyFile {
                path: args.file.clone(),
            });
        }
    };
    if json {
        let map: serde_json::Map<String, serde_json::Value> = lines
            .into_iter()
            .map(|(k, v)| (k.replace(' ', "_"), v.into()))
            .collect();
        say(&serde_json::Value::Object(map).to_string());
    } else {
        for (key, value) in lines {
            say(&format!("{key:<14}{value}"));
        }
    }
    Ok(())
}

fn export(args: &KeysExportArgs, json: bool) -> Result<(), CliError> {
    write_new(
        &args.out,
        &keystore(&args.keystore)?.holder().to_text(),
        false,
    )?;
    written(&args.out, json);
    Ok(())
}

fn rotate(args: &KeysRotateArgs, json: bool) -> Result<(), CliError> {
    let store = keystore(&args.keystore)?;
    let Holder::Key(old) = store.holder() else {
        return Err(CliError::NoRotation {
            path: args.keystore.clone(),
            found: store.holder().kind(),
        });
    };
    let window = window(&args.window)?;
    if window.from() > old.window().until() {
        return Err(CliError::Gap {
            until: old.window().until(),
        });
    }
    role_key(
        &args.out,
        &args.passphrase,
        (old.role(), old.name(), window),
        &args.root,
        json,
    )?;
    if !json {
        say(&format!(
            "{:<14}{} until {}; keep its keystore for what was sealed to it",
            "old key:",
            old.id(),
            old.window().until()
        ));
    }
    Ok(())
}

fn certify(args: &KeysCertifyArgs, json: bool) -> Result<(), CliError> {
    let read = KeyRequest::from_text(&input::text(&args.request, input::KEY_FILE)?);
    let request = read.map_err(|source| refused(&args.request, source))?;
    let named: Fingerprint = args.id.parse().map_err(CliError::KeyIdForm)?;
    if !request.id().is_named_by(&named) {
        return Err(CliError::OtherRequest {
            path: args.request.clone(),
            found: request.id(),
        });
    }
    let record = open_root(&args.root, &args.passphrase)?.certify(&request);
    write_new(&args.out, &record.to_text(), false)?;
    written(&args.out, json);
    Ok(())
}

fn compromise(args: &KeysCompromiseArgs, json: bool) -> Result<(), CliError> {
    let root = open_root(&args.root, &args.passphrase)?;
    let text = input::text(&args.record, input::KEY_FILE)?;
    let record = match &args.key {
        None => KeyRecord::from_text(&text, root.public())
            .map_err(|source| refused(&args.record, source))?,
        Some(id) => {
            let path = || args.record.clone();
            let card = Card::from_text(&text).map_err(|source| CliError::Card {
                path: path(),
                source,
            })?;
            let own = root.public().fingerprint() == card.fingerprint();
            let found = card.records().iter().find(|r| r.id().to_string() == *id);
            let found = found.filter(|_| own).cloned();
            found.ok_or_else(|| CliError::NoSuchKey { path: path() })?
        }
    };
    let word = root.compromised(record.id(), args.since);
    write_new(&args.out, &word.to_text(), false)?;
    written(&args.out, json);
    Ok(())
}

fn keystore(path: &Path) -> Result<Keystore, CliError> {
    Keystore::from_text(&input::text(path, input::KEY_FILE)?).map_err(|source| CliError::Keystore {
        path: path.to_owned(),
        source,
    })
}

fn refused(path: &Path, source: RecordError) -> CliError {
    CliError::KeyFile {
        path: path.to_owned(),
        source,
    }
}

fn of_holder(holder: &Holder) -> Vec<(&'static str, String)> {
    let of = |kind: &str, name: &str, print: Fingerprint| {
        vec![
            ("role", kind.to_owned()),
            ("name", name.to_owned()),
            ("fingerprint", print.to_string()),
        ]
    };
    match holder {
        Holder::Identity(x) => of("identity", x.name(), x.fingerprint()),
        Holder::Root(x) => of("root", x.name(), x.fingerprint()),
        Holder::Key(x) => of_key(x.role().word(), x.name(), x.id(), x.window()),
        other => vec![("role", other.kind().to_owned())],
    }
}

fn of_key(role: &str, name: &str, id: KeyId, window: Window) -> Vec<(&'static str, String)> {
    let now = clock::now();
    let state = if window.contains(now) {
        "valid now"
    } else if now < window.from() {
        "not valid yet"
    } else {
        "expired"
    };
    vec![
        ("role", role.to_owned()),
        ("name", name.to_owned()),
        ("key id", id.to_string()),
        ("window", window.to_string()),
        ("state", state.to_owned()),
    ]
}

fn written(path: &Path, json: bool) {
    if json {
        say(&serde_json::json!({ "written": path }).to_string());
    } else {
        say(&format!("written: {}", path.display()));
    }
}
