use super::book::{acting, failed, through, with};
use super::grant::{free, read_request};
use super::{say, write_new_bytes};
use crate::args::HandOnArgs;
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::exchange::{GrantPacket, HandedOn, Onward};
use billetbook::grant::{GrantError, Slots};
use std::path::Path;
use std::time::Duration;

/// Hands on a grant that this agency holds.
pub(crate) fn run(args: &HandOnArgs, json: bool) -> Result<(), CliError> {
    args.out.as_deref().map_or(Ok(()), free)?;
    let at = failed(&args.grant);
    let request = read_request(&args.request)?;
    let held = GrantPacket::decode(&input::bytes(&args.grant, input::MESSAGE)?).map_err(&at)?;
    let keystores: Vec<&Path> = args.key.iter().map(AsRef::as_ref).collect();
    let answer = with(&args.book, &keystores, |book, courier, keys| {
        if let Some(path) = &args.way.answer {
            return Ok(Some(input::bytes(path, input::MESSAGE)?.to_vec()));
        }
        let key = acting(keys, book);
        let count = book.check_grant(&held).map_err(&at)?.terms().slots.count();
        let slots = match &args.slots[..] {
            [] => None,
            named => match Slots::new(count, named) {
                None => return Err(at(GrantError::Wider.into())),
                some => some,
            },
        };
        let onward = Onward {
            slots,
            most_opens: args.opens,
            depth: args.depth,
        };
        let now = clock::now();
        let message = book.hand_on(&held, &request, onward, key, now);
        let message = message.map_err(failed(&args.request))?;
        match (&args.way.ask, &args.way.through) {
            (Some(ask), _) => {
                write_new_bytes(ask, &message.encode(), false)?;
                say(&format!("asks to have it handed on: {}", ask.display()));
                Ok(None)
            }
            (None, Some(command)) => {
                let wait = Duration::from_secs(args.way.wait.into());
                let answer = through(command, &message.encode(), wait);
                let failed = |why| CliError::Through {
                    command: command.clone(),
                    why,
                };
                answer.map(Some).map_err(failed)
            }
            (None, None) => {
                let giver = book.giver(&held).map_err(&at)?;
                if giver.fingerprint() != book.card().fingerprint() {
                    return Err(CliError::Elsewhere {
                        path: args.grant.clone(),
                        holder: giver.root().name().to_owned(),
                    });
                }
                let done = book.log_handed_on(courier, &message, now);
                done.map(|d| Some(d.encode())).map_err(&at)
            }
        }
    })?;
    let (Some(answer), Some(out)) = (answer, &args.out) else {
        return Ok(());
    };
    let packet = HandedOn::decode(&answer).and_then(HandedOn::granted);
    let packet = packet.map_err(&at)?;
    write_new_bytes(out, &packet.encode(), false)?;
    let to = &request.asked().recipient.organisation;
    let entry = packet.grants.last().map_or(0, |e| e.proof.index());
    match json {
        true => say(&serde_json::json!({ "grant": out, "to": to, "entry": entry }).to_string()),
        false => say(&format!(
            "handed on to {to}, as entry {entry} of the log: {}",
            out.display()
        )),
    }
    Ok(())
}
