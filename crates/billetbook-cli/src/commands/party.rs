//! Gates and witnesses that stand apart: each in a folder of its own, a message in, an answer out.

mod trust;

use super::billet::{self, role_keys};
use super::book::{FolderParties, failed, rules};
use super::keygen::{role_key, window};
use super::{say, write_new};
use crate::args::{
    GateCommand, GateDepositArgs, PartyArgs, PartyInitArgs, PartyStatusArgs, WitnessCommand,
};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::audit::{NoteKey, NoteSigner, Witness};
use billetbook::exchange::{Card, GateCall, GateMessage, serve_gate, serve_witness};
use billetbook::gate::{Denial, Gate};
use billetbook::keys::{Directory, Holder, KeyProvider, Keystore, Role};
use billetbook::store::{SqliteGate, SqliteWitness};
use std::io::Write;
use std::path::{Path, PathBuf};
use trust::{keys, trust};

/// What kind of party a folder is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Gate,
    Witness,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Gate => "gate",
            Kind::Witness => "witness",
        }
    }

    fn role(self) -> Role {
        match self {
            Kind::Gate => Role::Gate,
            Kind::Witness => Role::Witness,
        }
    }

    fn keystore(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.keystore", self.word()))
    }
}

pub(crate) fn gate(command: &GateCommand, json: bool) -> Result<(), CliError> {
    match command {
        GateCommand::Init(a) => init(Kind::Gate, a, json),
        GateCommand::Trust(a) => trust(Kind::Gate, a, json),
        GateCommand::Deposit(a) => deposit(a, json),
        GateCommand::Handle(a) => handle(a),
        GateCommand::Status(a) => status(Kind::Gate, a, json),
    }
}

pub(crate) fn witness(command: &WitnessCommand, json: bool) -> Result<(), CliError> {
    match command {
        WitnessCommand::Init(a) => init(Kind::Witness, a, json),
        WitnessCommand::Trust(a) => trust(Kind::Witness, a, json),
        WitnessCommand::Cosign(a) => cosign(a),
        WitnessCommand::Status(a) => status(Kind::Witness, a, json),
    }
}

fn init(kind: Kind, args: &PartyInitArgs, json: bool) -> Result<(), CliError> {
    let folder = &args.party.folder;
    let failed = |source| CliError::Write {
        path: folder.clone(),
        source,
    };
    match std::fs::create_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(CliError::OutputExists {
                path: folder.clone(),
            });
        }
        done => done.map_err(failed)?,
    }
    let made = make(kind, args, json);
    if made.is_err() {
        // Nothing of it is left, whatever went wrong.
        let _ = std::fs::remove_dir_all(folder);
    }
    made
}

fn make(kind: Kind, args: &PartyInitArgs, json: bool) -> Result<(), CliError> {
    let folder = &args.party.folder;
    std::fs::create_dir(folder.join("cards")).map_err(|source| CliError::Write {
        path: folder.clone(),
        source,
    })?;
    let asked = (kind.role(), args.name.as_str(), window(&args.window)?);
    let stem = folder.join(kind.word());
    role_key(&stem, &args.party.passphrase, asked, &args.root, json)?;
    if let (Kind::Gate, Some(path)) = (kind, &args.root.root) {
        // Its own: where shares are dealt anew, gates check what each of them signed, themselves too.
        let store = Keystore::from_text(&input::text(path, input::KEY_FILE)?);
        let store = store.map_err(|source| CliError::Keystore {
            path: path.clone(),
            source,
        })?;
        if let Holder::Root(root) = store.holder() {
            trust::keep_root(folder, root)?;
        }
    }
    if kind == Kind::Witness {
        let path = kind.keystore(folder);
        let vkey = folder.join("witness.vkey");
        write_new(&vkey, &format!("{}\n", verifier(&path)?), false)?;
        if !json {
            say(&format!("{:<14}{}", "hand out:", vkey.display()));
        }
    }
    Ok(())
}

/// A witness's verifier key, from the public part of its keystore.
fn verifier(path: &Path) -> Result<billetbook::audit::VerifierKey, CliError> {
    let store = Keystore::from_text(&input::text(path, input::KEY_FILE)?).map_err(|source| {
        CliError::Keystore {
            path: path.to_owned(),
            source,
        }
    })?;
    let Holder::Key(key) = store.holder() else {
        return Err(CliError::NoParty {
            path: path.to_owned(),
            what: "witness",
        });
    };
    let public = *key.keys().signing();
    let kind = billetbook::audit::SignatureType::Cosignature;
    billetbook::audit::VerifierKey::new(key.name(), kind, public).map_err(|source| CliError::Note {
        path: path.to_owned(),
        source,
    })
}

/// The cards that a party trusts.
fn cards(folder: &Path) -> Result<Vec<Card>, CliError> {
    let read = |path: PathBuf| {
        Card::from_text(&input::text(&path, input::KEY_FILE)?)
            .map_err(|source| CliError::Card { path, source })
    };
    named(folder, "card")?.into_iter().map(read).collect()
}

/// What a party was given of that kind.
fn named(folder: &Path, kind: &str) -> Result<Vec<PathBuf>, CliError> {
    let failed = |source| CliError::Open {
        path: folder.join("cards"),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder.join("cards")).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.retain(|p| p.extension().is_some_and(|e| e == kind));
    paths.sort();
    Ok(paths)
}

fn there(kind: Kind, folder: &Path) -> Result<(), CliError> {
    match kind.keystore(folder).exists() {
        true => Ok(()),
        false => Err(CliError::NoParty {
            path: folder.to_owned(),
            what: kind.word(),
        }),
    }
}

/// Opens a gate and has it do something for the log of that name.
fn with_gate<T>(
    folder: &Path,
    passphrase: &crate::args::PassphraseArgs,
    origin: Option<&str>,
    work: impl FnOnce(&mut Gate<'_, SqliteGate>, &Directory) -> Result<T, CliError>,
) -> Result<T, CliError> {
    there(Kind::Gate, folder)?;
    let cards = cards(folder)?;
    let policies = cards.iter().map(Card::log_policy);
    let bad = |source| CliError::Card {
        path: folder.join("cards"),
        source,
    };
    let policies = policies.collect::<Result<Vec<_>, _>>().map_err(bad)?;
    let of = |p: &&billetbook::audit::Policy| {
        origin.is_none_or(|o| p.logs().iter().any(|l| l.name() == o))
    };
    let policy = policies.iter().find(of).or(policies.first());
    let policy = policy.ok_or_else(|| CliError::NoCards {
        path: folder.to_owned(),
    })?;
    let keys = keys(folder)?;
    let own = Kind::Gate.keystore(folder);
    let key = role_keys(&[(&own, Role::Gate)], passphrase)?;
    let key = key.first().ok_or(CliError::NoPassphrase)?;
    let store = SqliteGate::create(folder).map_err(|e| failed(folder)(e.into()))?;
    work(&mut Gate::new(key, rules(policy.clone()), store), &keys)
}

fn handle(args: &PartyArgs) -> Result<(), CliError> {
    let message = input::given(None, input::MESSAGE)?;
    let origin = match GateMessage::decode(&message).map(|m| m.call) {
        Ok(GateCall::Seen(origin)) => Some(origin),
        Ok(GateCall::Ask(ask)) => Some(origin_of(&ask.request)),
        Ok(
            GateCall::Erase(evidence) | GateCall::Deal(evidence, _) | GateCall::Take(evidence, _),
        ) => Some(origin_of(&evidence)),
        Ok(GateCall::HandOver(steps, _) | GateCall::Begin(steps, _)) => Some(origin_of(&steps[0])),
        // Any other message is about no log, or not of the format: the gate says so itself.
        _ => None,
    };
    let answer = with_gate(
        &args.folder,
        &args.passphrase,
        origin.as_deref(),
        |gate, keys| Ok(serve_gate(gate, keys, &message, clock::now())),
    )?;
    give(&answer)
}

fn origin_of(evidence: &billetbook::gate::Evidence) -> String {
    evidence.proof.checkpoint().unverified().origin.clone()
}

/// Gives an answer on standard output.
fn give(answer: &[u8]) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(answer).and_then(|()| out.flush());
    written.map_err(|source| CliError::Write {
        path: "standard output".into(),
        source,
    })
}

fn deposit(args: &GateDepositArgs, json: bool) -> Result<(), CliError> {
    let billet = billet::read(&args.billet)?;
    let id = with_gate(&args.to, &args.passphrase, None, |gate, keys| {
        let own = billet.deposits().iter();
        let mut own = own.filter(|d| d.gate_key() == gate.key_id());
        let own = own.next().ok_or_else(|| CliError::NoDeposit {
            path: args.billet.clone(),
        })?;
        let kept = gate.deposit(own, keys);
        kept.map_err(|e: Denial| CliError::Party {
            path: args.billet.clone(),
            source: Box::new(e),
        })?;
        Ok(own.envelope())
    })?;
    match json {
        true => say(&serde_json::json!({ "kept": id.to_string() }).to_string()),
        false => say(&format!("kept: the share of envelope {id}")),
    }
    Ok(())
}

fn cosign(args: &PartyArgs) -> Result<(), CliError> {
    there(Kind::Witness, &args.folder)?;
    let message = input::given(None, input::MESSAGE)?;
    let own = Kind::Witness.keystore(&args.folder);
    let keys = role_keys(&[(&own, Role::Witness)], &args.passphrase)?;
    let key = keys.first().ok_or(CliError::NoPassphrase)?;
    let name = key.request().name().to_owned();
    let signer = NoteKey::new(&name, key).map_err(|source| CliError::Note { path: own, source })?;
    let mut witness = open_witness(&args.folder)?;
    let signer: &dyn NoteSigner = &signer;
    give(&serve_witness(&mut witness, signer, &message, clock::now()))
}

fn open_witness(folder: &Path) -> Result<Witness<SqliteWitness>, CliError> {
    let mut logs = Vec::new();
    for card in cards(folder)? {
        let policy = card.log_policy().map_err(|source| CliError::Card {
            path: folder.join("cards"),
            source,
        })?;
        logs.extend(policy.logs().iter().cloned());
    }
    let state = SqliteWitness::create(folder).map_err(|e| failed(folder)(e.into()))?;
    Ok(Witness::new(logs, state))
}

fn status(kind: Kind, args: &PartyStatusArgs, json: bool) -> Result<(), CliError> {
    there(kind, &args.folder)?;
    let own = kind.keystore(&args.folder);
    let store = Keystore::from_text(&input::text(&own, input::KEY_FILE)?).map_err(|source| {
        CliError::Keystore {
            path: own.clone(),
            source,
        }
    })?;
    let id = match store.holder() {
        Holder::Key(key) => format!("{} ({})", key.id(), key.name()),
        other => other.kind().to_owned(),
    };
    let mut logs = Vec::new();
    let parties = FolderParties::open(&args.folder, kind == Kind::Gate)?;
    for card in cards(&args.folder)? {
        let policy = card.log_policy().map_err(|source| CliError::Card {
            path: args.folder.join("cards"),
            source,
        })?;
        for log in policy.logs() {
            let seen = parties.seen(log.name())?;
            logs.push((card.root().name().to_owned(), log.name().to_owned(), seen));
        }
    }
    if json {
        let logs: Vec<_> = logs
            .iter()
            .map(|(agency, log, seen)| serde_json::json!({ "agency": agency, "log": log, "seen": seen }))
            .collect();
        say(&serde_json::json!({ "kind": kind.word(), "key": id, "trusts": logs }).to_string());
        return Ok(());
    }
    say(&format!("{:<10}{id}", format!("{}:", kind.word())));
    for (agency, log, seen) in logs {
        say(&format!(
            "{:<10}{agency}: log {log}, seen to entry {seen}",
            "trusts:"
        ));
    }
    Ok(())
}
