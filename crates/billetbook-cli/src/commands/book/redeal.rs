//! `book redeal`.

use super::folder::{acting, failed, with};
use crate::args::BookRedealArgs;
use crate::clock;
use crate::commands::say;
use crate::error::CliError;
use std::path::Path;

/// Has the shares of records dealt anew to the gates of now.
pub(super) fn run(args: &BookRedealArgs, json: bool) -> Result<(), CliError> {
    let keystores: Vec<&Path> = args.officer.iter().map(AsRef::as_ref).collect();
    let done = with(&args.book, &keystores, |book, courier, keys| {
        let at = failed(&args.book.book);
        let envelopes = match &args.subject {
            None => book.all_envelopes().map_err(&at)?,
            Some(subject) => {
                let found = book.envelopes(subject).map_err(&at)?;
                if found.is_empty() {
                    return Err(CliError::NoSubject);
                }
                found
            }
        };
        let officer = acting(keys, book);
        let mut done = Vec::with_capacity(envelopes.len());
        for id in envelopes {
            if book.is_erased(id).map_err(&at)? {
                continue;
            }
            let by = (officer, args.without.as_slice());
            let redealt = book.redeal(courier, id, by, clock::now());
            done.push((id, redealt.map_err(&at)?));
        }
        Ok(done)
    })?;
    let count =
        |f: fn(&billetbook::exchange::Redealt) -> bool| done.iter().filter(|(_, r)| f(r)).count();
    let moved = count(|r| r.moved);
    let unchecked = count(|r| r.moved && r.spare == 0);
    let unreached: Vec<_> = done.iter().flat_map(|(_, r)| &r.unreached).collect();
    let assurance = done.first().map(|(_, r)| r.assurance.to_string());
    if json {
        say(&serde_json::json!({
            "records": done.len(), "moved": moved, "not_compared": unchecked,
            "unreached": unreached.len(), "assurance": assurance,
        })
        .to_string());
        return Ok(());
    }
    say(&format!(
        "shares dealt anew: of {moved} of {} envelopes; {}",
        done.len(),
        assurance.unwrap_or_else(|| "the book holds none".to_owned())
    ));
    if unchecked > 0 {
        say(&format!(
            "of {unchecked} no more gates dealt than it takes, so that nothing could be compared: open one of them"
        ));
    }
    for (gate, why) in unreached {
        say(&format!(
            "gate {gate} has not done its part ({why}); say it again"
        ));
    }
    Ok(())
}
