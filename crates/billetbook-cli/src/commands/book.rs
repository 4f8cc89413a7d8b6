//! Books: a folder with an agency's keys, log, gates and witness.

mod folder;
mod init;
mod outside;
mod parties;
mod redeal;

pub(crate) use folder::{
    BookFolder, FolderParties, OpenBook, WAIT, acting, failed, known, rules, with,
};
pub(crate) use init::create;
pub(crate) use parties::through;

use super::{policy, record, say, write_new_bytes};
use crate::args::{
    BookAcceptArgs, BookAddArgs, BookAnswerArgs, BookCommand, BookPolicyArgs, BookResealArgs,
    BookShowArgs,
};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::exchange::{Card, HandOn, OpenRequest};
use billetbook::keys::{Fingerprint, PublicRoot};
use billetbook::record::Section;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(command: &BookCommand, json: bool) -> Result<(), CliError> {
    match command {
        BookCommand::Init(a) => init::run(a, json),
        BookCommand::Show(a) => show(a, json),
        BookCommand::Accept(a) => accept(a, json),
        BookCommand::Policy(a) => policy_in_force(a, json),
        BookCommand::Add(a) => add(a, json),
        BookCommand::Reseal(a) => reseal(a, json),
        BookCommand::Answer(a) => answer(a),
        BookCommand::Gates(a) => outside::gates(a, json),
        BookCommand::Redeal(a) => redeal::run(a, json),
        BookCommand::Witnesses(a) => outside::witnesses(a, json),
    }
}

fn show(args: &BookShowArgs, json: bool) -> Result<(), CliError> {
    let folder = BookFolder::open(&args.book)?;
    let card = folder.card()?;
    let gates = billetbook::envelope::Gates::new(folder.gates(&card))?;
    let (outside, witnesses) = card.witnesses();
    let (assurance, print) = (
        gates.assurance().to_string(),
        card.fingerprint().to_string(),
    );
    if json {
        say(&serde_json::json!({
            "organisation": card.organisation(), "name": card.root().name(), "fingerprint": print,
            "assurance": assurance, "witnesses": witnesses, "witnesses_outside": outside,
            "keys": keys(&card),
        })
        .to_string());
        return Ok(());
    }
    say(&format!("{:<14}{}", "book of:", card.root().name()));
    say(&format!("{:<14}{}", "in policies:", card.organisation()));
    say(&format!("{:<14}{print}", "fingerprint:"));
    say(&format!("{:<14}{assurance}", "assurance:"));
    say(&format!(
        "{:<14}{}",
        "witnesses:",
        witnessed(outside, witnesses)
    ));
    for key in keys(&card) {
        say(&format!(
            "{:<14}{} {}, {}",
            "key:", key["id"], key["role"], key["name"]
        )
        .replace('"', ""));
    }
    Ok(())
}

/// The keys on a card.
fn keys(card: &Card) -> Vec<serde_json::Value> {
    let key = |r: &billetbook::keys::KeyRecord| {
        let role = r.role().to_string();
        serde_json::json!({ "id": r.id().to_string(), "role": role, "name": r.name() })
    };
    card.records().iter().map(key).collect()
}

/// What the witnesses are worth, in words.
pub(crate) fn witnessed(outside: usize, all: usize) -> String {
    match (outside, all) {
        (0, 0) => "none".to_owned(),
        (0, _) => {
            format!("{all}, colocated: an older copy of the whole folder would not be noticed")
        }
        _ => format!("{all}, of which {outside} stand outside the agency"),
    }
}

fn accept(args: &BookAcceptArgs, json: bool) -> Result<(), CliError> {
    let text = input::text(&args.file, input::KEY_FILE)?;
    let path = || args.file.clone();
    let said = match text.lines().next().unwrap_or_default() {
        "-----BEGIN BILLETBOOK CARD-----" => {
            let card = Card::from_text(&text).map_err(|source| CliError::Card {
                path: path(),
                source,
            })?;
            heard(args, card.fingerprint())?;
            with(&args.book, &[], |book, _, _| {
                book.accept(&card).map_err(failed(&args.file))
            })?;
            format!("{}, {}", card.organisation(), card.root().name())
        }
        "-----BEGIN BILLETBOOK ROOT-----" => {
            let root = PublicRoot::from_text(&text).map_err(|source| CliError::KeyFile {
                path: path(),
                source,
            })?;
            heard(args, root.fingerprint())?;
            with(&args.book, &[], |book, _, _| {
                book.trust(&root).map_err(failed(&args.file))
            })?;
            format!("the root of {}", root.name())
        }
        "-----BEGIN BILLETBOOK KEY RECORD-----" => with(&args.book, &[], |book, _, _| {
            let id = book.add_record_text(&text).map_err(failed(&args.file))?;
            Ok(format!("key {id}"))
        })?,
        "-----BEGIN BILLETBOOK COMPROMISE-----" => with(&args.book, &[], |book, courier, _| {
            let id = book.compromised(courier, &text, clock::now());
            let id = id.map_err(failed(&args.file))?;
            Ok(format!(
                "key {id} is in other hands; what it signs counts no more. Tell gates elsewhere too (`gate trust`)"
            ))
        })?,
        _ => return Err(CliError::NotACard { path: path() }),
    };
    match json {
        true => say(&serde_json::json!({ "accepted": said }).to_string()),
        false => say(&format!("accepted: {said}")),
    }
    Ok(())
}

/// That the fingerprint is the one that the agency told.
fn heard(args: &BookAcceptArgs, found: Fingerprint) -> Result<(), CliError> {
    let path = args.file.clone();
    let Some(from) = &args.from else {
        return Err(CliError::NeedsFrom { path });
    };
    let named: Fingerprint = from.parse().map_err(CliError::Fingerprint)?;
    match found.is_named_by(&named) {
        true => Ok(()),
        false => Err(CliError::OtherCard { path, found }),
    }
}

fn policy_in_force(args: &BookPolicyArgs, json: bool) -> Result<(), CliError> {
    let policy = policy::read(&args.policy)?;
    with(&args.book, &[], |book, _, _| {
        let done = book.confirm_policy(&policy, clock::now());
        done.map_err(failed(&args.book.book))
    })?;
    let (id, version, hours) = (policy.id(), policy.version(), policy.confirm_hours());
    match json {
        true => say(
            &serde_json::json!({ "policy": id, "version": version, "confirm_hours": hours })
                .to_string(),
        ),
        false => say(&format!(
            "in force: {id} version {version}; confirm it again within {hours} hours"
        )),
    }
    Ok(())
}

fn add(args: &BookAddArgs, json: bool) -> Result<(), CliError> {
    let record = record::read(&args.record)?;
    let contents = record::sections(&record, &args.record)?;
    let sections = record::to_seal(&contents);
    let id = with(&args.book, &[], |book, courier, _| {
        let sealed = book.seal(courier, &args.subject, &sections, clock::now());
        sealed.map_err(failed(&args.book.book))
    })?;
    let names: Vec<&str> = contents.keys().map(Section::as_str).collect();
    match json {
        true => {
            say(&serde_json::json!({ "envelope": id.to_string(), "sections": names }).to_string())
        }
        false => say(&format!("sealed {} as envelope {id}", names.join(", "))),
    }
    Ok(())
}

fn reseal(args: &BookResealArgs, json: bool) -> Result<(), CliError> {
    let record = record::read(&args.record)?;
    let contents = record::sections(&record, &args.record)?;
    let sections = record::to_seal(&contents);
    let (id, older) = with(&args.book, &[], |book, courier, _| {
        let sealed = book.reseal(courier, &args.subject, &sections, clock::now());
        sealed.map_err(failed(&args.book.book))
    })?;
    let older: Vec<String> = older.iter().map(ToString::to_string).collect();
    match json {
        true => say(&serde_json::json!({ "envelope": id.to_string(), "older": older }).to_string()),
        false => {
            say(&format!("sealed anew as envelope {id}"));
            for id in older {
                say(&format!(
                    "envelope {id} opens for what was granted of it; when that has ended, erase it: --envelope {id}"
                ));
            }
        }
    }
    Ok(())
}

fn answer(args: &BookAnswerArgs) -> Result<(), CliError> {
    let named = args.file.as_deref().unwrap_or(Path::new("standard input"));
    let bytes = input::given(args.file.as_deref(), input::MESSAGE)?;
    let now = clock::now();
    let answer = if HandOn::is(&bytes) {
        let message = HandOn::decode(&bytes).map_err(failed(named))?;
        with(&args.book, &[], |book, courier, _| {
            let done = book.log_handed_on(courier, &message, now);
            done.map(|d| d.encode()).map_err(failed(named))
        })?
    } else {
        let request = OpenRequest::decode(&bytes).map_err(failed(named))?;
        if request.request.emergency().is_some() {
            // Told at once, whoever carried it here.
            eprintln!(
                "NOTICE: an emergency opening is asked for; it stands in the history of the record"
            );
        }
        with(&args.book, &[], |book, courier, _| {
            let done = book.answer(courier, &request, now);
            done.map(|d| d.encode()).map_err(failed(named))
        })?
    };
    match &args.out {
        Some(out) => write_new_bytes(out, &answer, false),
        None => {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(&answer).and_then(|()| out.flush());
            written.map_err(|source| CliError::Write {
                path: "standard output".into(),
                source,
            })
        }
    }
}
