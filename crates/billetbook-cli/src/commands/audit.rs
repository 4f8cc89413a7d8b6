//! The log: checked, copied.

use super::book::{BookFolder, failed, with};
use super::say;
use crate::args::{AuditCommand, AuditExportArgs, AuditVerifyArgs};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::audit::{Export, ExportError, Policy, SignedCheckpoint, Standing};
use billetbook::exchange::Card;
use std::path::Path;

pub(crate) fn run(command: &AuditCommand, json: bool) -> Result<(), CliError> {
    match command {
        AuditCommand::Verify(a) => match (&a.copy, &a.book) {
            (Some(copy), _) => verify(a, copy, json),
            (None, Some(book)) => verify_book(a, book, json),
            (None, None) => Err(CliError::NoCopy),
        },
        AuditCommand::Export(a) => export(a, json),
    }
}

/// Checks a copy, offline: every leaf and hash, the log's signature, the witnesses, and that it extends an earlier
/// checkpoint.
fn verify(args: &AuditVerifyArgs, copy: &Path, json: bool) -> Result<(), CliError> {
    let policy = policy(args)?;
    let bad = |source: ExportError| CliError::Copy {
        path: copy.to_owned(),
        source,
    };
    let from = args.from.as_deref().map(checkpoint).transpose()?;
    let export = Export::open(copy).map_err(bad)?;
    let found = export.verify(&policy, None, from.as_ref()).map_err(bad)?;
    let tree = found.checkpoint();
    if json {
        let cosigners = found.cosigners().iter();
        let cosigners =
            cosigners.map(|(name, at)| serde_json::json!({ "name": name, "at": at.to_string() }));
        say(&serde_json::json!({
            "log": tree.origin, "entries": tree.size, "root": tree.root.to_string(),
            "witnesses": cosigners.collect::<Vec<_>>(), "extends": from.map(|f| f.unverified().size),
        })
        .to_string());
        return Ok(());
    }
    say(&format!("{:<12}{}", "log:", tree.origin));
    say(&format!(
        "{:<12}{}, every leaf and hash checked",
        "entries:", tree.size
    ));
    say(&format!("{:<12}{}", "root:", tree.root));
    for (name, at) in found.cosigners() {
        say(&format!("{:<12}{name}, at {at}", "witness:"));
    }
    if let Some(from) = from {
        let size = from.unverified().size;
        say(&format!(
            "{:<12}the tree of {size} entries seen before",
            "extends:"
        ));
    }
    Ok(())
}

/// Checks a book's own log with all that it holds of its entries.
fn verify_book(args: &AuditVerifyArgs, book: &Path, json: bool) -> Result<(), CliError> {
    let book_args = args.passphrase.with_book(book);
    let from = args.from.as_deref().map(checkpoint).transpose()?;
    let (found, standing) = with(&book_args, &[], |open, courier, _| {
        let at = failed(book);
        let found = open.verify(from.as_ref()).map_err(&at)?;
        // The witnesses see it too.
        open.cosigned(courier, clock::now()).map_err(&at)?;
        Ok((found, open.log().standing()))
    })?;
    if json {
        say(&serde_json::json!({
            "entries": found.size, "root": found.root.to_string(), "open": found.open,
            "erased": found.erased, "lost": found.lost, "sound": standing == Standing::Sound,
        })
        .to_string());
        return Ok(());
    }
    say(&format!("{:<12}{}", "entries:", found.size));
    say(&format!("{:<12}{}", "root:", found.root));
    say(&format!(
        "{:<12}{} open, {} erased, {} lost",
        "openings:", found.open, found.erased, found.lost
    ));
    say(&format!(
        "{:<12}every leaf, hash and opening is as it was signed",
        "sound:"
    ));
    Ok(())
}

/// Whom to believe: a card's log and witnesses, or a policy file.
fn policy(args: &AuditVerifyArgs) -> Result<Policy, CliError> {
    if let Some(path) = &args.log_policy {
        let read = input::text(path, input::KEY_FILE)?.parse();
        return read.map_err(|source| CliError::LogPolicy {
            path: path.clone(),
            source,
        });
    }
    let path = args.card.as_ref().ok_or(CliError::NoCopy)?;
    let read =
        Card::from_text(&input::text(path, input::KEY_FILE)?).and_then(|card| card.log_policy());
    read.map_err(|source| CliError::Card {
        path: path.clone(),
        source,
    })
}

fn checkpoint(path: &Path) -> Result<SignedCheckpoint, CliError> {
    let read = input::text(path, input::KEY_FILE)?.parse();
    read.map_err(|source| CliError::Copy {
        path: path.to_owned(),
        source: ExportError::Checkpoint(source),
    })
}

/// Writes a copy of the log's tree, or brings the one there up to date: no openings, nothing to hide.
fn export(args: &AuditExportArgs, json: bool) -> Result<(), CliError> {
    BookFolder::open(&args.book.book)?;
    let size = with(&args.book, &[], |book, courier, _| {
        let at = failed(&args.book.book);
        let signed = book.cosigned(courier, clock::now()).map_err(&at)?;
        let done = book.log().export(&args.out, &signed);
        done.map_err(|e| at(e.into()))?;
        Ok(signed.unverified().size)
    })?;
    match json {
        true => say(&serde_json::json!({ "copy": args.out, "entries": size }).to_string()),
        false => say(&format!(
            "a copy of {size} entries, without what they say: {}",
            args.out.display()
        )),
    }
    Ok(())
}
