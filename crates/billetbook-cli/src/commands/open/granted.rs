//! Opening under a grant.

use super::write_record;
use crate::args::{AnswerArgs, OpenBilletArgs};
use crate::clock;
use crate::commands::book::{OpenBook, acting, failed, through, with};
use crate::commands::{say, write_new_bytes};
use crate::error::CliError;
use crate::input;
use crate::output::Folder;
use billetbook::exchange::{
    Courier, ExchangeError, GrantPacket, OpenPacket, OpenRequest, OpenedSections, Remedy,
};
use billetbook::grant::AccessRequest;
use billetbook::keys::KeyProvider;
use billetbook::record::Section;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Uses of a grant that are tried where gates say that one was another request's.
const TRIES: u16 = 16;

/// A grant that is being used, and how the holder's book is reached.
pub(crate) struct Using<'a> {
    pub(crate) file: &'a Path,
    pub(crate) packet: GrantPacket,
    pub(crate) way: &'a AnswerArgs,
}

pub(super) fn run(args: &OpenBilletArgs, book: &Path, json: bool) -> Result<(), CliError> {
    let folder = args.out.as_deref().map(Folder::create).transpose()?;
    let using = Using::read(&args.file, &args.way)?;
    let keystores: Vec<&Path> = args.keystore.iter().map(AsRef::as_ref).collect();
    let book_args = args.passphrase.with_book(book);
    let opened = with(&book_args, &keystores, |book, courier, keys| {
        let key = acting(keys, book);
        using.open(book, courier, key, |book, _| {
            book.ask(&using.packet, (None, None), key, clock::now())
        })
    })?;
    match (opened, folder) {
        (Some(opened), Some(folder)) => written(&using, opened, folder, args.out.as_ref(), json),
        _ => Ok(()),
    }
}

/// Writes what was opened, and says so.
pub(crate) fn written(
    using: &Using<'_>,
    opened: OpenedSections,
    folder: Folder,
    out: Option<&PathBuf>,
    json: bool,
) -> Result<(), CliError> {
    let contents = opened.sections.iter().map(|s| s.content());
    write_record(&folder, contents, using.file)?;
    folder.finish()?;
    let names: Vec<&Section> = opened.sections.iter().map(|s| s.section()).collect();
    let assurance = opened.assurance.to_string();
    if json {
        say(&serde_json::json!({
            "sections": names, "slots": opened.slots, "out": out, "assurance": assurance,
        })
        .to_string());
    } else {
        let names = names.iter().zip(&opened.slots);
        let names: Vec<String> = names
            .map(|(s, n)| format!("{} (slot {n})", s.as_str()))
            .collect();
        let file = out.map(|o| o.join("record.json")).unwrap_or_default();
        say(&format!("opened {}: {}", names.join(", "), file.display()));
        say(&format!("assurance: {assurance}"));
    }
    Ok(())
}

impl<'a> Using<'a> {
    pub(crate) fn read(file: &'a Path, way: &'a AnswerArgs) -> Result<Using<'a>, CliError> {
        let bytes = input::bytes(file, input::MESSAGE)?;
        let packet = GrantPacket::decode(&bytes).map_err(failed(file))?;
        Ok(Using { file, packet, way })
    }

    /// Uses the grant. `make` asks, told how many emergencies of the day were another request's. `None` where only the
    /// request was written.
    pub(crate) fn open(
        &self,
        book: &mut OpenBook<'_>,
        courier: &mut dyn Courier,
        key: &dyn KeyProvider,
        make: impl Fn(&mut OpenBook<'_>, u16) -> Result<OpenRequest, ExchangeError>,
    ) -> Result<Option<OpenedSections>, CliError> {
        let at = failed(self.file);
        if let Some(answer) = &self.way.answer {
            let at = failed(answer);
            let bytes = input::bytes(answer, input::MESSAGE)?;
            let answered = OpenPacket::decode(&bytes).map_err(&at)?;
            let held = book.check_grant(&self.packet).map_err(&at)?;
            let opened = held.open(&answered, key, clock::now()).map_err(&at)?;
            let request = AccessRequest::decode(answered.request.opening.entry().bytes());
            let done = request.map_err(ExchangeError::from);
            done.and_then(|r| book.answered(&r)).map_err(&at)?;
            return Ok(Some(opened));
        }
        if let Some(ask) = &self.way.ask {
            let request = make(book, 0).map_err(&at)?;
            write_new_bytes(ask, &request.encode(), false)?;
            say(&format!("asks to open: {}", ask.display()));
            return Ok(None);
        }
        self.reachable(book)?;
        let mut emergencies = 0;
        for _ in 0..TRIES {
            let request = make(book, emergencies).map_err(&at)?;
            let answered = self.carry(book, courier, &request)?;
            let held = book.check_grant(&self.packet);
            let done = held.and_then(|held| held.open(&answered, key, clock::now()));
            let mut later = false;
            if let Err(ExchangeError::Unreleased { .. }) = &done {
                later = book.later_use(&request.request, &answered).map_err(&at)?;
                for denial in answered.denials() {
                    if let Remedy::LaterEmergency(found) = denial.remedy {
                        emergencies = emergencies.max(found);
                    }
                }
            }
            if done.is_ok() {
                book.answered(&request.request).map_err(&at)?;
            }
            if !later {
                return done.map(Some).map_err(&at);
            }
        }
        Err(at(ExchangeError::Missing("use of this grant that is left")))
    }

    /// That the holder's book is this one, or that there is a way to it.
    fn reachable(&self, book: &OpenBook<'_>) -> Result<(), CliError> {
        let giver = book.giver(&self.packet).map_err(failed(self.file))?;
        let own = giver.fingerprint() == book.card().fingerprint();
        match own || self.way.through.is_some() {
            true => Ok(()),
            false => Err(CliError::Elsewhere {
                path: self.file.to_owned(),
                holder: giver.root().name().to_owned(),
            }),
        }
    }

    fn carry(
        &self,
        book: &mut OpenBook<'_>,
        courier: &mut dyn Courier,
        request: &OpenRequest,
    ) -> Result<OpenPacket, CliError> {
        let at = failed(self.file);
        match &self.way.through {
            None => book.answer(courier, request, clock::now()).map_err(at),
            Some(command) => {
                let wait = Duration::from_secs(self.way.wait.into());
                let answer = through(command, &request.encode(), wait);
                let answer = answer.map_err(|why| CliError::Through {
                    command: command.clone(),
                    why,
                })?;
                OpenPacket::decode(&answer).map_err(at)
            }
        }
    }
}
