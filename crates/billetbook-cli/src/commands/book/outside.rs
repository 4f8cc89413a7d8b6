//! Gates and witnesses of other agencies.

use super::folder::{BookFolder, CARD, failed, with};
use crate::args::{BookGatesArgs, BookWitnessesArgs};
use crate::clock;
use crate::commands::{replace, say};
use crate::error::CliError;
use crate::input;
use billetbook::audit::VerifierKey;
use billetbook::envelope::Gates;
use billetbook::exchange::{Card, CardParts};
use std::path::{Path, PathBuf};

/// Seals behind these gates from now on.
pub(super) fn gates(args: &BookGatesArgs, json: bool) -> Result<(), CliError> {
    let mut folder = BookFolder::open(&args.book.book)?;
    let named = args.gates.iter().map(|t| parts(t));
    let named: Vec<(PathBuf, String)> = named.collect::<Result<_, _>>()?;
    let mut texts = Vec::with_capacity(named.len());
    for (path, _) in &named {
        texts.push(input::text(path, input::KEY_FILE)?);
    }
    let (assurance, ids) = with(&args.book, &[], |book, _, _| {
        let own = folder.gates(book.card()).into_iter();
        let mut records: Vec<_> = own.take(args.own).collect();
        let first = records.len();
        for ((path, _), text) in named.iter().zip(&texts) {
            let id = book.add_record_text(text).map_err(failed(path))?;
            records.extend(book.directory().record(id).cloned());
        }
        let ids = records[first..].iter();
        let ids: Vec<String> = ids.map(|r| r.id().to_string()).collect();
        let gates = match args.threshold {
            Some(threshold) => Gates::with_threshold(threshold, records)?,
            None => Gates::new(records)?,
        };
        let done = book.set_gates(&gates, clock::now());
        done.map_err(failed(&args.book.book))?;
        Ok((gates.assurance().to_string(), ids))
    })?;
    for ((_, command), id) in named.into_iter().zip(ids) {
        folder.reach(id, command);
    }
    folder.save()?;
    match json {
        true => say(
            &serde_json::json!({ "gates": args.gates.len() + args.own, "assurance": assurance })
                .to_string(),
        ),
        false => say(&format!("what is sealed from now on is {assurance}")),
    }
    Ok(())
}

/// Has these witnesses look at the log, and writes a new card that says so.
pub(super) fn witnesses(args: &BookWitnessesArgs, json: bool) -> Result<(), CliError> {
    let mut folder = BookFolder::open(&args.book.book)?;
    let mut keys: Vec<VerifierKey> = Vec::new();
    for text in &args.witnesses {
        let (path, command) = parts(text)?;
        let key: VerifierKey = input::text(&path, input::KEY_FILE)?
            .trim()
            .parse()
            .map_err(|source| CliError::Note {
                path: path.clone(),
                source,
            })?;
        folder.reach(key.name().to_owned(), command);
        keys.push(key);
    }
    let card = with(&args.book, &[], |book, _, _| {
        let at = failed(&args.book.book);
        let old = book.card();
        let policy = old.log_policy().map_err(|e| at(e.into()))?;
        if args.and_own {
            keys.extend(policy.witnesses().iter().cloned());
        }
        let logs = policy.logs().iter().map(|l| format!("log {l}\n"));
        let names: Vec<String> = (0..keys.len()).map(|i| format!("w{i}")).collect();
        let lines = names
            .iter()
            .zip(&keys)
            .map(|(n, k)| format!("witness {n} {k}\n"));
        let needed = args.needed.unwrap_or(keys.len());
        let log_policy = format!(
            "{}{}group needed {needed} {}\nquorum needed\n",
            logs.collect::<String>(),
            lines.collect::<String>(),
            names.join(" ")
        );
        let parts = CardParts {
            organisation: old.organisation().clone(),
            root: old.root().clone(),
            records: old.records().to_vec(),
            log_policy,
        };
        // Later than the old one, whatever the clock says.
        let made = clock::now().max(old.made().after(1));
        let card = Card::make(parts, book.keys().author, made).map_err(|e| at(e.into()))?;
        book.replace_card(&card).map_err(&at)?;
        Ok(card)
    })?;
    replace(&args.book.book.join(CARD), &card.to_text())?;
    folder.save()?;
    let (outside, all) = card.witnesses();
    let path: &Path = &args.book.book.join(CARD);
    match json {
        true => say(
            &serde_json::json!({ "witnesses": all, "witnesses_outside": outside, "card": path })
                .to_string(),
        ),
        false => say(&format!(
            "witnesses: {}; hand the new card out: {}",
            super::witnessed(outside, all),
            path.display()
        )),
    }
    Ok(())
}

/// A file, and the command after the first =.
fn parts(text: &str) -> Result<(PathBuf, String), CliError> {
    let parts = text.split_once('=');
    let (path, command) = parts.ok_or_else(|| CliError::FileCommand {
        text: text.to_owned(),
    })?;
    Ok((path.into(), command.to_owned()))
}
