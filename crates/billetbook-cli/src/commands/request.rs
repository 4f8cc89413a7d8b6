use super::book::{acting, failed, known, with};
use super::{say, write_new_bytes};
use crate::args::RequestArgs;
use crate::clock;
use crate::error::CliError;
use billetbook::clock::Window;
use billetbook::consent::{Mode, Recipient, Request};
use zeroize::Zeroizing;

/// Asks an agency for sections of a child's record.
pub(crate) fn run(args: &RequestArgs, json: bool) -> Result<(), CliError> {
    let now = clock::now();
    let about = match (&args.about, &args.child, &args.links) {
        (Some(about), _, _) => Zeroizing::new(about.clone()),
        (None, Some(child), Some(links)) => {
            super::links::reference(links, child, args.member.as_deref())?
        }
        _ => return Err(CliError::NoSubject),
    };
    let keystores: Vec<_> = args.key.iter().map(std::path::PathBuf::as_path).collect();
    let request = with(&args.book, &keystores, |book, _, keys| {
        let asked = Request {
            source: args.of.clone(),
            recipient: Recipient {
                organisation: book.card().organisation().clone(),
                role: args.role.clone(),
            },
            sections: args.sections.iter().cloned().collect(),
            purpose: args.purpose,
            mode: match args.existence {
                true => Mode::Existence,
                false => Mode::Content,
            },
            basis: args.basis,
            special: args.article_9,
            offence: args.article_10,
            window: Window::new(now, now.after(u64::from(args.days) * 86_400))?,
            identifier: args.identifier,
        };
        let key = acting(keys, book);
        known(book, key).map_err(failed(&args.book.book))?;
        let made = book.request(asked, &about, key, now);
        made.map_err(failed(&args.book.book))
    })?;
    write_new_bytes(&args.out, &request.encode(), false)?;
    match json {
        true => say(
            &serde_json::json!({ "request": args.out, "of": args.of, "purpose": args.purpose })
                .to_string(),
        ),
        false => say(&format!(
            "asks {} for {} section(s), for {}: {}",
            args.of,
            request.asked().sections.len(),
            args.purpose.title(),
            args.out.display()
        )),
    }
    Ok(())
}
