use super::book::{acting, failed, known, with};
use super::grant::reasons;
use super::say;
use crate::args::HoldArgs;
use crate::clock;
use crate::error::CliError;
use std::path::Path;

/// Holds back that a grant was given and used, or ends that.
pub(crate) fn run(args: &HoldArgs, json: bool) -> Result<(), CliError> {
    let why = reasons(&args.why)?;
    let keystores: Vec<&Path> = args.officer.iter().map(AsRef::as_ref).collect();
    let until = with(&args.book, &keystores, |book, courier, keys| {
        let at = failed(&args.book.book);
        let now = clock::now();
        // Nothing else is an end: a time that has passed is a slip.
        let until = args.until.unwrap_or(now);
        let entry = book.entry_at(args.entry).map_err(&at)?;
        let officer = acting(keys, book);
        known(book, officer).map_err(&at)?;
        let reason = (args.reason, why.as_str());
        let done = book.hold(courier, (entry, until), reason, officer, now);
        done.map_err(&at)?;
        Ok(until)
    })?;
    match (json, args.end) {
        (true, end) => say(
            &serde_json::json!({ "held": args.entry, "until": until.to_string(), "ended": end })
                .to_string(),
        ),
        (false, true) => say(&format!("entry {} is told from now on", args.entry)),
        (false, false) => say(&format!(
            "entry {} is not told before {until}; then it is, and why not before",
            args.entry
        )),
    }
    Ok(())
}
