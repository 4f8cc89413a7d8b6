//! The demo's second half: a linked child's record is shared, and answered for.

use crate::args::{BookArgs, PassphraseArgs};
use crate::clock;
use crate::commands::book::{OpenBook, create, failed, with};
use crate::commands::{record, say, write_new};
use crate::error::CliError;
use crate::output::history;
use billetbook::clock::Window;
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, Policy, Purpose, Recipient, Request, SpecialCondition,
};
use billetbook::envelope::EnvelopeId;
use billetbook::exchange::{
    Courier, ExchangeError, Given, GrantPacket, GrantRequest, HistoryOptions, OpenedSections,
    Refusing,
};
use billetbook::grant::{RefusalReason, RevocationReason};
use billetbook::record::{IdentifierState, Section};
use std::path::{Path, PathBuf};

const POLICY: &str = include_str!("policy.toml");
const DAY: u64 = 86_400;

/// What the journey made.
pub(super) struct Journey {
    pub(super) lines: Vec<(&'static str, String)>,
    pub(super) entries: u64,
    pub(super) complete: bool,
    pub(super) history: PathBuf,
}

/// Two books in the demo's folder: the school seals a child's record, the council asks for it.
pub(super) fn run(folder: &Path, child: &[u8], reference: &str) -> Result<Journey, CliError> {
    let path = |name: &str| folder.join(name);
    let phrase = path("passphrase");
    write_new(&phrase, "of the demo\n", true)?;
    let named = |source| CliError::Policy {
        path: path("policy.toml"),
        source,
    };
    write_new(&path("policy.toml"), POLICY, false)?;
    let policy = Policy::parse(POLICY).map_err(named)?;
    let now = clock::now();
    let window = Window::new(now, now.after(365 * DAY))?;
    let args = |book: &str| BookArgs {
        book: path(book),
        passphrase: PassphraseArgs {
            passphrase_file: Some(phrase.clone()),
            passphrase_fd: None,
        },
    };
    let (school, council) = (args("school.book"), args("council.book"));
    let make = |args: &BookArgs, name: &str, organisation: &str| {
        let organisation = organisation.parse();
        let organisation = organisation.map_err(|_| CliError::NoSubject)?;
        create(
            &args.book,
            (name, &organisation),
            &policy,
            "of the demo",
            window,
        )
    };
    let school_card = make(&school, "Agency 2", "school")?;
    let council_card = make(&council, "Agency 1", "council")?;
    let accept = |args: &BookArgs, card| {
        with(args, &[], |book, _, _| {
            book.accept(card).map_err(failed(&args.book))
        })
    };
    accept(&school, &council_card)?;
    accept(&council, &school_card)?;
    with(&school, &[], |holder, courier, _| {
        with(&council, &[], |asker, _, _| {
            let both = Both {
                holder,
                asker,
                courier,
                reference,
            };
            let mut journey = both.walk(child)?;
            write_new(&path("history.html"), &history::page(&journey.1)?, true)?;
            journey.0.history = path("history.html");
            Ok(journey.0)
        })
    })
}

struct Both<'a, 'b, 'k, 'l> {
    holder: &'a mut OpenBook<'k>,
    asker: &'b mut OpenBook<'l>,
    courier: &'a mut dyn Courier,
    reference: &'a str,
}

impl Both<'_, '_, '_, '_> {
    fn walk(mut self, child: &[u8]) -> Result<(Journey, billetbook::exchange::History), CliError> {
        let at = failed(Path::new("demo"));
        let now = clock::now();
        let mut lines = Vec::new();
        let demo = Path::new("demo");
        let contents = record::sections(&record::parse(child, demo)?, demo)?;
        let sections = record::to_seal(&contents);
        let sealed = self
            .holder
            .seal(self.courier, self.reference, &sections, now);
        let envelope = sealed.map_err(&at)?;
        let names: Vec<&str> = contents.keys().map(Section::as_str).collect();
        lines.push((
            "sealed",
            format!("{}, each by itself, behind three gates", names.join(", ")),
        ));

        let request = self.request(Purpose::Section47Enquiry).map_err(&at)?;
        let grant = self.grant(&request, envelope).map_err(&at)?;
        let entry = grant.grants.first().map(billetbook::gate::Evidence::entry);
        lines.push((
            "granted",
            "health, for a child protection enquiry, twice at most: entry 0 of the log".to_owned(),
        ));
        let opened = self.open(&grant).map_err(&at)?;
        lines.push((
            "opened",
            format!(
                "{}, once a witness had seen the request in the log as entry 1",
                opened
                    .sections
                    .iter()
                    .map(|s| s.section().as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ));
        let research = self.request(Purpose::Research).map_err(&at)?;
        let denied = match self.grant(&research, envelope) {
            Err(ExchangeError::Denied(denied)) => denied,
            Ok(_) => return Err(at(ExchangeError::Missing("denial in its demo"))),
            Err(e) => return Err(at(e)),
        };
        let refusing = Refusing {
            envelope,
            reason: RefusalReason::of(&denied),
            why: "The agreement has no rule for it.",
        };
        let refused = self.holder.refuse(self.courier, &research, &refusing, now);
        refused.map_err(&at)?;
        lines.push((
            "refused",
            format!(
                "a request for research ({}): entry 2",
                refusing.reason.title()
            ),
        ));
        let entry = entry.ok_or_else(|| at(ExchangeError::Missing("grant")))?;
        let why = (RevocationReason::PurposeServed, "The enquiry is closed.");
        let ended = self
            .holder
            .revoke(self.courier, entry, why, now)
            .map_err(&at)?;
        let again = self.open(&grant);
        if again.is_ok() {
            return Err(at(ExchangeError::Missing("effect of a revocation")));
        }
        lines.push((
            "revoked",
            format!("{}; asked again, no gate gives anything", ended.ended),
        ));
        let verified = self.holder.verify(None).map_err(&at)?;
        lines.push((
            "verified",
            format!(
                "{} entries: every leaf, hash and opening as signed",
                verified.size
            ),
        ));
        let options = HistoryOptions::default();
        let told = self
            .holder
            .history(self.courier, self.reference, options, now);
        let told = told.map_err(&at)?;
        let journey = Journey {
            lines,
            entries: verified.size,
            complete: told.is_complete(),
            history: PathBuf::new(),
        };
        Ok((journey, told))
    }

    fn request(&self, purpose: Purpose) -> Result<GrantRequest, ExchangeError> {
        let now = clock::now();
        let missing = |_| ExchangeError::Missing("name of the demo's agencies");
        let window = Window::new(now, now.after(14 * DAY));
        let asked = Request {
            source: self.holder.card().organisation().clone(),
            recipient: Recipient {
                organisation: self.asker.card().organisation().clone(),
                role: "social_worker".parse().map_err(missing)?,
            },
            sections: [Section::Health].into(),
            purpose,
            mode: Mode::Content,
            basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
            special: Some(SpecialCondition::SafeguardingOfChildren),
            offence: None,
            window: window.map_err(|_| ExchangeError::Missing("time"))?,
            identifier: IdentifierState::Unknown,
        };
        let owner = self.asker.keys().owner;
        self.asker.request(asked, self.reference, owner, now)
    }

    fn grant(
        &mut self,
        request: &GrantRequest,
        envelope: EnvelopeId,
    ) -> Result<GrantPacket, ExchangeError> {
        let now = clock::now();
        let given = Given {
            envelope,
            most_opens: 2,
            depth: 0,
            notify_after: now,
            why: "Strategy discussion of today.",
        };
        self.holder.grant(self.courier, request, &[], &given, now)
    }

    fn open(&mut self, grant: &GrantPacket) -> Result<OpenedSections, ExchangeError> {
        let (now, key) = (clock::now(), self.asker.keys().owner);
        let request = self.asker.ask(grant, (None, None), key, now)?;
        let answer = self.holder.answer(self.courier, &request, now)?;
        self.asker.answered(&request.request)?;
        self.asker.check_grant(grant)?.open(&answer, key, now)
    }
}

/// Says what was done.
pub(super) fn told(journey: &Journey) {
    say("\nThe school shares a linked child's record with the council, and answers for it:\n");
    for (what, says) in &journey.lines {
        say(&format!("  {what:<12}{says}"));
    }
    let complete = match journey.complete {
        true => "complete: the gates' own lists prove that no opening is missing",
        false => "not proven complete",
    };
    say(&format!("  {:<12}{complete}", "history"));
    say(&format!(
        "\nWhat the child, grown up, can be handed: {}",
        journey.history.display()
    ));
}
