use super::book::{failed, with};
use super::grant::{current, free, read_request, reasons, subject};
use super::{say, write_new_bytes};
use crate::args::RefuseArgs;
use crate::clock;
use crate::error::CliError;
use billetbook::exchange::Refusing;

/// Refuses a request, or records a decision not to share.
pub(crate) fn run(args: &RefuseArgs, json: bool) -> Result<(), CliError> {
    args.out.as_deref().map_or(Ok(()), free)?;
    let now = clock::now();
    let why = reasons(&args.why)?;
    let request = args.request.as_deref().map(read_request).transpose()?;
    let subject = subject(&args.subject, request.as_ref())?;
    let (packet, entry) = with(&args.book, &[], |book, courier, _| {
        let refusing = Refusing {
            envelope: current(book, &subject, &args.subject, &args.book.book)?,
            reason: args.reason,
            why: &why,
        };
        let (packet, evidence) = match (&request, args.purpose) {
            (Some(request), _) => {
                let packet = book.refuse(courier, request, &refusing, now);
                let packet = packet.map_err(failed(&args.book.book))?;
                (Some(packet.encode()), packet.refusal)
            }
            (None, Some(purpose)) => {
                let done = book.withhold(courier, purpose, &refusing, now);
                (None, done.map_err(failed(&args.book.book))?)
            }
            (None, None) => return Err(CliError::NoSubject),
        };
        Ok((packet, evidence.proof.index()))
    })?;
    if let (Some(out), Some(packet)) = (&args.out, packet) {
        write_new_bytes(out, &packet, false)?;
    }
    match json {
        true => say(
            &serde_json::json!({ "refused": args.reason, "entry": entry, "out": args.out })
                .to_string(),
        ),
        false => say(&format!(
            "refused, as entry {entry} of the log: {}",
            args.reason.title()
        )),
    }
    Ok(())
}
