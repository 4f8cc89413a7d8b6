use super::book::{OpenBook, failed, with};
use super::{say, write_new_bytes};
use crate::args::{GrantArgs, SubjectArgs};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::envelope::EnvelopeId;
use billetbook::exchange::{Given, GrantRequest};
use std::path::Path;
use zeroize::Zeroizing;

/// Decides a request under the policy in force, and grants what it allows.
pub(crate) fn run(args: &GrantArgs, json: bool) -> Result<(), CliError> {
    free(&args.out)?;
    let now = clock::now();
    let (request, why) = (read_request(&args.request)?, reasons(&args.why)?);
    let subject = subject(&args.subject, Some(&request))?;
    let (packet, entry) = with(&args.book, &[], |book, courier, _| {
        let given = Given {
            envelope: current(book, &subject, &args.subject, &args.book.book)?,
            most_opens: args.opens,
            depth: args.depth,
            notify_after: args.tell_after.unwrap_or(now),
            why: &why,
        };
        let at = failed(&args.book.book);
        let consents = book.consents(&subject).map_err(at)?;
        let packet = book.grant(courier, &request, &consents, &given, now);
        let packet = packet.map_err(failed(&args.request))?;
        let entry = packet.grants.last().map(|e| e.proof.index());
        Ok((packet, entry.unwrap_or_default()))
    })?;
    write_new_bytes(&args.out, &packet.encode(), false)?;
    let (to, times) = (&request.asked().recipient.organisation, args.opens);
    match json {
        true => say(
            &serde_json::json!({ "grant": args.out, "to": to, "opens": times, "entry": entry })
                .to_string(),
        ),
        false => say(&format!(
            "granted to {to}, to open {times} time(s), as entry {entry} of the log: {}",
            args.out.display()
        )),
    }
    Ok(())
}

/// That a file is still to be written.
pub(crate) fn free(out: &Path) -> Result<(), CliError> {
    match out.symlink_metadata() {
        Ok(_) => Err(CliError::OutputExists {
            path: out.to_owned(),
        }),
        Err(_) => Ok(()),
    }
}

pub(super) fn read_request(path: &Path) -> Result<GrantRequest, CliError> {
    let bytes = input::bytes(path, input::MESSAGE)?;
    GrantRequest::decode(&bytes).map_err(|e| failed(path)(e.into()))
}

/// The reasons as written down.
pub(super) fn reasons(path: &Path) -> Result<Zeroizing<String>, CliError> {
    let bytes = input::given(Some(path), input::REASONS)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.trim().to_owned())),
        Err(_) => Err(CliError::Open {
            path: path.to_owned(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, "not text in UTF-8"),
        }),
    }
}

/// The agency's own reference for the child: as it was given, or that of the record beside which `links.csv` has the
/// reference of the request.
pub(super) fn subject(
    args: &SubjectArgs,
    request: Option<&GrantRequest>,
) -> Result<Zeroizing<String>, CliError> {
    match (&args.subject, &args.links, request) {
        (Some(subject), _, _) => Ok(Zeroizing::new(subject.clone())),
        (None, Some(links), Some(request)) => super::links::own(links, request.about()),
        _ => Err(CliError::NoSubject),
    }
}

/// The envelope of a child that grants and refusals are about: the one that is named, else the newest.
pub(super) fn current(
    book: &OpenBook<'_>,
    subject: &str,
    args: &SubjectArgs,
    path: &Path,
) -> Result<EnvelopeId, CliError> {
    match &args.envelope {
        Some(named) => envelope(book, subject, Some(named), path),
        None => one(book.current(subject).map_err(failed(path))?),
    }
}

/// The envelope of a child, the one that is named or the only one there is.
pub(super) fn envelope(
    book: &OpenBook<'_>,
    subject: &str,
    named: Option<&str>,
    path: &Path,
) -> Result<EnvelopeId, CliError> {
    let all = book.envelopes(subject).map_err(failed(path))?;
    let is = |id: &EnvelopeId| named.is_some_and(|n| id.to_string() == n);
    match all.iter().find(|id| is(id)) {
        Some(id) => Ok(*id),
        None if named.is_none() => one(all),
        None => Err(which(&all)),
    }
}

fn one(all: Vec<EnvelopeId>) -> Result<EnvelopeId, CliError> {
    match all[..] {
        [id] => Ok(id),
        [] => Err(CliError::NoSubject),
        _ => Err(which(&all)),
    }
}

fn which(all: &[EnvelopeId]) -> CliError {
    CliError::WhichEnvelope {
        found: all.iter().map(EnvelopeId::to_string).collect(),
    }
}
