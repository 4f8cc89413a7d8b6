use super::book::{failed, with};
use super::{say, write_new};
use crate::args::HistoryArgs;
use crate::clock;
use crate::error::CliError;
use crate::output::{fhir, history};
use billetbook::exchange::HistoryOptions;

/// Who was allowed to see a child's record, who did, and what was refused.
pub(crate) fn run(args: &HistoryArgs, json: bool) -> Result<(), CliError> {
    let options = HistoryOptions {
        with_held: args.internal,
        with_reasons: args.internal,
    };
    let told = with(&args.book, &[], |book, courier, _| {
        let told = book.history(courier, &args.subject, options, clock::now());
        told.map_err(failed(&args.book.book))
    })?;
    if told.envelopes.is_empty() {
        return Err(CliError::NoSubject);
    }
    if let Some(path) = &args.html {
        write_new(path, &history::page(&told)?, true)?;
    }
    if let Some(path) = &args.fhir {
        write_new(
            path,
            &serde_json::to_string_pretty(&fhir::bundle(&told))?,
            true,
        )?;
    }
    match json {
        true => say(&serde_json::to_string_pretty(&told)?),
        false => say(told.text().trim_end()),
    }
    Ok(())
}
