use super::book::{failed, with};
use super::grant::reasons;
use super::open::{Using, written};
use crate::args::BreakGlassArgs;
use crate::clock;
use crate::error::CliError;
use crate::output::Folder;
use billetbook::exchange::Emergency;
use billetbook::keys::KeyProvider;
use std::path::Path;

/// Opens under a grant that is kept ready for emergencies: two officers, a reason, and an entry of its own kind.
pub(crate) fn run(args: &BreakGlassArgs, json: bool) -> Result<(), CliError> {
    let folder = args.out.as_deref().map(Folder::create).transpose()?;
    let using = Using::read(&args.file, &args.way)?;
    let why = match &args.why {
        Some(path) => reasons(path)?,
        None => zeroize::Zeroizing::default(),
    };
    let officers: Vec<&Path> = args.officers.iter().map(AsRef::as_ref).collect();
    let opened = with(&args.book, &officers, |book, courier, keys| {
        let [first, second] = keys else {
            return Err(CliError::Officers);
        };
        for key in keys {
            super::book::known(book, key).map_err(failed(&args.book.book))?;
        }
        using.open(book, courier, first, |book, earlier| {
            let now = clock::now();
            let next = book.next_emergency(first.key_id(), now)?;
            let emergency = Emergency {
                officers: [first, second],
                reason: args.reason,
                why: &why,
                budget: next.max(earlier.saturating_add(1)),
            };
            book.ask_emergency(&using.packet, &emergency, now)
        })
    })?;
    match (opened, folder) {
        (Some(opened), Some(folder)) => written(&using, opened, folder, args.out.as_ref(), json),
        _ => Ok(()),
    }
}
