use super::book::{OpenBook, failed, known, with};
use super::{say, write_new_bytes};
use crate::args::{GrantArgs, SubjectArgs};
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::envelope::EnvelopeId;
use billetbook::exchange::{Given, GrantRequest};
use billetbook::grant::Grant;
use billetbook::keys::KeyProvider;
use std::path::Path;
use zeroize::Zeroizing;

/// Decides a request under the policy in force, and grants what it allows; or proposes it to a second person; or logs what
/// that one countersigned.
pub(crate) fn run(args: &GrantArgs, json: bool) -> Result<(), CliError> {
    free(&args.out)?;
    let now = clock::now();
    let request = read_request(&args.request)?;
    let why = args.why.as_deref().map(reasons).transpose()?;
    let why = why.unwrap_or_default();
    let subject = subject(&args.subject, Some(&request))?;
    let record = args.propose_to.as_deref();
    let record = record
        .map(|p| input::text(p, input::KEY_FILE))
        .transpose()?;
    let keystores: Vec<&Path> = args.second.iter().map(AsRef::as_ref).collect();
    let (bytes, entry) = with(&args.book, &keystores, |book, courier, keys| {
        let given = Given {
            envelope: current(book, &subject, &args.subject, &args.book.book)?,
            most_opens: args.opens,
            depth: args.depth,
            notify_after: args.tell_after.unwrap_or(now),
            why: &why,
        };
        let at = failed(&args.book.book);
        let asked = failed(&args.request);
        let consents = book.consents(&subject).map_err(at)?;
        let second = keys.first();
        let packet = if let (Some(path), Some(text)) = (&args.propose_to, &record) {
            let second = book.add_record_text(text).map_err(failed(path))?;
            let proposal = book.propose(&request, &consents, (&given, second), now);
            return Ok((proposal.map_err(asked)?.encode(), None));
        } else if let Some(path) = &args.countersigned {
            let bytes = input::given(Some(path), input::MESSAGE)?;
            let grant = Grant::decode(&bytes).map_err(|e| failed(path)(e.into()))?;
            let done = book.grant_countersigned(courier, &request, &consents, &grant, now);
            done.map_err(failed(path))?
        } else if let Some(second) = second {
            known(book, second).map_err(&asked)?;
            let both = (&given, second.key_id());
            let proposal = book.propose(&request, &consents, both, now);
            let grant = proposal.map_err(&asked)?.countersign(second, now);
            let grant = grant.map_err(|e| asked(e.into()))?;
            let done = book.grant_countersigned(courier, &request, &consents, &grant, now);
            done.map_err(&asked)?
        } else {
            let packet = book.grant(courier, &request, &consents, &given, now);
            packet.map_err(asked)?
        };
        let entry = packet.grants.last().map(|e| e.proof.index());
        Ok((packet.encode(), Some(entry.unwrap_or_default())))
    })?;
    write_new_bytes(&args.out, &bytes, false)?;
    let to = &request.asked().recipient.organisation;
    let Some(entry) = entry else {
        match json {
            true => say(&serde_json::json!({ "proposal": args.out, "to": to }).to_string()),
            false => say(&format!(
                "proposed, and not granted yet; have it countersigned (`countersign`): {}",
                args.out.display()
            )),
        }
        return Ok(());
    };
    let times = args.opens;
    match json {
        true => say(
            &serde_json::json!({ "grant": args.out, "to": to, "opens": times, "entry": entry })
                .to_string(),
        ),
        false => say(&format!(
            "granted to {to}, as entry {entry} of the log: {}",
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
