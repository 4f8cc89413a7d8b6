use super::book::{failed, with};
use super::grant::{envelope, reasons};
use super::say;
use crate::args::{EraseArgs, RevokeArgs};
use crate::clock;
use crate::error::CliError;
use billetbook::exchange::EndedAt;

/// Ends a grant, and all that hands it on.
pub(crate) fn run(args: &RevokeArgs, json: bool) -> Result<(), CliError> {
    let why = reasons(&args.why)?;
    let ended = with(&args.book, &[], |book, courier, _| {
        let at = failed(&args.book.book);
        let entry = book.entry_at(args.entry).map_err(&at)?;
        let done = book.revoke(courier, entry, (args.reason, &why), clock::now());
        done.map_err(&at)
    })?;
    said("revoked", &ended, json);
    Ok(())
}

/// Erases a record's shares at its gates, or what an entry of the log says.
pub(crate) fn erase(args: &EraseArgs, json: bool) -> Result<(), CliError> {
    let keystores: Vec<_> = args
        .officer
        .iter()
        .map(std::path::PathBuf::as_path)
        .collect();
    let ended = with(&args.book, &keystores, |book, courier, keys| {
        let at = failed(&args.book.book);
        let officer = super::book::acting(keys, book);
        let by = (args.ground, officer);
        match (args.entry, &args.subject) {
            (Some(n), _) => {
                let entry = book.entry_at(n).map_err(&at)?;
                book.erase_entry(courier, entry, by, clock::now())
                    .map_err(&at)?;
                Ok(None)
            }
            (None, Some(subject)) => {
                let named = args.envelope.as_deref();
                let id = envelope(book, subject, named, &args.book.book)?;
                let done = book.erase_envelope(courier, id, by, clock::now());
                done.map(Some).map_err(&at)
            }
            (None, None) => Err(CliError::NoSubject),
        }
    })?;
    match (ended, json) {
        (Some(ended), _) => said("erased", &ended, json),
        (None, true) => say(&serde_json::json!({ "erased": "entry" }).to_string()),
        (None, false) => say(
            "erased: what the entry said is gone; that it stood there, and why it was erased, stays",
        ),
    }
    Ok(())
}

fn said(what: &str, ended: &EndedAt, json: bool) {
    let last = ended.ended.is_final() && ended.unreached.is_empty();
    match json {
        true => say(&serde_json::json!({
            "done": what, "acknowledged": ended.ended.acked, "needed": ended.ended.needed,
            "pending": ended.ended.pending, "final": ended.ended.is_final(), "unreached": ended.unreached.len(),
        })
        .to_string()),
        false => {
            say(&format!("{what}: {ended}"));
            if !last {
                say("say it again when the other gates can be reached");
            }
        }
    }
}
