use super::book::{failed, with};
use super::grant::reasons;
use super::say;
use crate::args::{ConsentCommand, ConsentListArgs, ConsentRecordArgs, ConsentWithdrawArgs};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::hex::{Hex, unhex};

pub(crate) fn run(command: &ConsentCommand, json: bool) -> Result<(), CliError> {
    match command {
        ConsentCommand::Record(a) => record(a, json),
        ConsentCommand::List(a) => list(a, json),
        ConsentCommand::Withdraw(a) => withdraw(a, json),
    }
}

fn record(args: &ConsentRecordArgs, json: bool) -> Result<(), CliError> {
    let text = input::text(&args.consent, input::SETTINGS)?;
    let receipt = with(&args.book, &[], |book, _, _| {
        let kept = book.keep_consent(&args.subject, &text);
        kept.map_err(failed(&args.consent))
    })?;
    let receipt = Hex(&receipt).to_string();
    match json {
        true => say(&serde_json::json!({ "receipt": receipt }).to_string()),
        false => say(&format!("kept; its receipt, to withdraw it by: {receipt}")),
    }
    Ok(())
}

fn list(args: &ConsentListArgs, json: bool) -> Result<(), CliError> {
    let all = with(&args.book, &[], |book, _, _| {
        book.consents(&args.subject)
            .map_err(failed(&args.book.book))
    })?;
    for c in &all {
        let receipt = Hex(&c.evidence).to_string();
        let state = match c.withdrawn {
            Some(at) => format!("withdrawn {at}"),
            None => format!("valid {}", c.valid),
        };
        match json {
            true => say(&serde_json::json!({
                "receipt": receipt, "answer": c.answer, "giver": c.giver, "capacity": c.capacity,
                "sections": c.sections, "purposes": c.purposes, "organisations": c.organisations,
                "from": c.valid.from().to_string(), "until": c.valid.until().to_string(),
                "withdrawn": c.withdrawn.map(|at| at.to_string()),
            })
            .to_string()),
            false => say(&format!("{receipt}  {}, {state}", c.answer.title())),
        }
    }
    if all.is_empty() && !json {
        say("no answer is kept under that reference");
    }
    Ok(())
}

fn withdraw(args: &ConsentWithdrawArgs, json: bool) -> Result<(), CliError> {
    let receipt = unhex(&args.receipt).and_then(|b| b.try_into().ok());
    let receipt: [u8; 32] = receipt.ok_or(CliError::ReceiptForm)?;
    let why = reasons(&args.why)?;
    let ended = with(&args.book, &[], |book, courier, _| {
        let done = book.withdraw(courier, (&args.subject, receipt), &why, clock::now());
        done.map_err(failed(&args.book.book))
    })?;
    let last = ended.iter().all(|(_, e)| e.ended.is_final());
    match json {
        true => say(&serde_json::json!({ "revoked": ended.len(), "final": last }).to_string()),
        false => {
            say(&format!("withdrawn; {} grant(s) rested on it", ended.len()));
            ended.iter().for_each(|(_, e)| say(&format!("  {e}")));
        }
    }
    Ok(())
}
