//! The command line of books: sharing, and answering for it.

use super::{AnswerArgs, PassphraseArgs, help};
use billetbook::clock::UnixTime;
use billetbook::consent::{
    LawfulBasis, OffenceCondition, OrganisationId, Purpose, Role, SpecialCondition,
};
use billetbook::grant::{EmergencyReason, ErasureGround, RefusalReason, RevocationReason};
use billetbook::record::{IdentifierState, Section};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// A book, and its passphrase.
#[derive(Debug, Parser)]
pub(crate) struct BookArgs {
    /// The book's folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) book: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

impl PassphraseArgs {
    /// With a book.
    pub(crate) fn with_book(&self, book: &std::path::Path) -> BookArgs {
        BookArgs {
            book: book.to_owned(),
            passphrase: PassphraseArgs {
                passphrase_file: self.passphrase_file.clone(),
                passphrase_fd: self.passphrase_fd,
            },
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum BookCommand {
    /// Begin a book: keys, log, three gates and a witness in one folder.
    Init(BookInitArgs),
    /// Say whose book it is, whom it knows, and how its log stands. Needs no passphrase.
    Show(BookShowArgs),
    /// Accept another agency's card or root, or, of an agency that the book knows, a key record or the word that a key is
    /// in other hands.
    Accept(BookAcceptArgs),
    /// Put a sharing policy in force, or confirm that it still is.
    Policy(BookPolicyArgs),
    /// Seal a child's record into the book, and leave its shares with the gates.
    Add(BookAddArgs),
    /// Seal a child's record anew, such as under a new policy or behind other gates.
    Reseal(super::BookResealArgs),
    /// Answer another agency's request to open, or log what it hands on: one message in, one answer out.
    Answer(BookAnswerArgs),
    /// Seal behind these gates from now on, such as those of other agencies.
    Gates(BookGatesArgs),
    /// Have the shares of what was sealed before dealt anew to the gates behind which the book seals now (`book gates`).
    Redeal(super::BookRedealArgs),
    /// Have these witnesses look at the log, such as one at a university; writes a new card.
    Witnesses(BookWitnessesArgs),
}

#[derive(Debug, Parser)]
#[command(after_help = help::BOOK_INIT)]
pub(crate) struct BookInitArgs {
    /// Folder to write; it must not exist.
    pub(crate) folder: PathBuf,
    /// The agency's name among people.
    #[arg(long)]
    pub(crate) name: String,
    /// The agency's name in sharing policies.
    #[arg(long, value_name = "ID")]
    pub(crate) organisation: OrganisationId,
    /// The sharing policy in force (TOML; see `policy check`).
    #[arg(long)]
    pub(crate) policy: PathBuf,
    /// End of the keys' use; without it, two years from now.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<UnixTime>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct BookShowArgs {
    /// The book's folder.
    pub(crate) book: PathBuf,
}

#[derive(Debug, Parser)]
pub(crate) struct BookAcceptArgs {
    /// A card, a root, a key record, or a compromise statement.
    pub(crate) file: PathBuf,
    /// The fingerprint of the root, which you have from the agency by telephone, not from the card.
    #[arg(long)]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct BookPolicyArgs {
    /// The policy (TOML).
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct BookAddArgs {
    /// The child's record (JSON; see `record schema`).
    pub(crate) record: PathBuf,
    /// Your own reference for the child, such as a case number. It is kept sealed.
    #[arg(long, value_name = "REF")]
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::BOOK_GATES)]
pub(crate) struct BookGatesArgs {
    /// A gate's key record, and after = the command that reaches it. Once for each.
    #[arg(
        long = "gate",
        value_name = "KEY=COMMAND",
        required_unless_present = "own"
    )]
    pub(crate) gates: Vec<String>,
    /// With so many of the book's own gates, which come first.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) own: usize,
    /// How many gates open a section: more than half of them (without it, the least majority).
    #[arg(long, value_name = "T")]
    pub(crate) threshold: Option<usize>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::BOOK_WITNESSES)]
pub(crate) struct BookWitnessesArgs {
    /// A file with a witness's verifier key, and after = the command that reaches it. Once for each.
    #[arg(long = "witness", value_name = "VKEY=COMMAND", required = true)]
    pub(crate) witnesses: Vec<String>,
    /// How many must have cosigned (without it, all).
    #[arg(long, value_name = "N")]
    pub(crate) needed: Option<usize>,
    /// With the book's own witness too.
    #[arg(long)]
    pub(crate) and_own: bool,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::BOOK_ANSWER)]
pub(crate) struct BookAnswerArgs {
    /// The request to open, or the grant to be handed on; without it, standard input.
    pub(crate) file: Option<PathBuf>,
    /// File to write; without it, standard output.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::REQUEST)]
pub(crate) struct RequestArgs {
    /// The agency that holds the record, by its name in the policy.
    #[arg(long, value_name = "ID")]
    pub(crate) of: OrganisationId,
    /// Which child, in words that both agencies know: a reference of `links.csv`, or the holder's own. No name.
    #[arg(long, value_name = "REF", required_unless_present = "child")]
    pub(crate) about: Option<String>,
    /// Which child, by the id of your own record: the reference is looked up in `links.csv`.
    #[arg(long, value_name = "ID", requires = "links", conflicts_with = "about")]
    pub(crate) child: Option<String>,
    /// The `links.csv` of `resolve`.
    #[arg(long, value_name = "FILE", requires = "child")]
    pub(crate) links: Option<PathBuf>,
    /// The member whose links count, where your records are linked with several members'.
    #[arg(long, value_name = "NAME", requires = "links")]
    pub(crate) member: Option<String>,
    /// A section to open; once for each.
    #[arg(long = "section", value_name = "NAME", required = true)]
    pub(crate) sections: Vec<Section>,
    /// What it is for.
    #[arg(long)]
    pub(crate) purpose: Purpose,
    /// On what lawful basis the holder would give it: `consent`, `public_task:ca1989_s47`, ...
    #[arg(long)]
    pub(crate) basis: LawfulBasis,
    /// Your role, by its name in the policy.
    #[arg(long)]
    pub(crate) role: Role,
    /// The Art 9 condition, for sections such as health.
    #[arg(long, value_name = "CONDITION")]
    pub(crate) article_9: Option<SpecialCondition>,
    /// The Art 10 condition, for data on criminal offences.
    #[arg(long, value_name = "CONDITION")]
    pub(crate) article_10: Option<OffenceCondition>,
    /// Ask only whether the sections exist.
    #[arg(long)]
    pub(crate) existence: bool,
    /// Days of access, from now.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
    /// Whether an identifier may travel with it.
    #[arg(long, default_value = "unknown", value_name = "STATE")]
    pub(crate) identifier: IdentifierState,
    /// Keystore of the key that is to receive, of the role open or break-glass (without it, the book's own). Its
    /// passphrase is the second line.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) key: Option<PathBuf>,
    /// File to write.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

/// Whose record it is, in the holder's book.
#[derive(Debug, Parser)]
pub(crate) struct SubjectArgs {
    /// Your own reference for the child, as in `book add`.
    #[arg(long, value_name = "REF", required_unless_present = "links")]
    pub(crate) subject: Option<String>,
    /// The `links.csv` of `resolve`: your reference is the id of the record that the request's reference stands beside.
    #[arg(long, value_name = "FILE", conflicts_with = "subject")]
    pub(crate) links: Option<PathBuf>,
    /// The envelope, where the child has several.
    #[arg(long, value_name = "ID")]
    pub(crate) envelope: Option<String>,
}

#[derive(Debug, Parser)]
#[command(after_help = help::GRANT)]
pub(crate) struct GrantArgs {
    /// The request.
    pub(crate) request: PathBuf,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// How often it may be opened.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) opens: u16,
    /// How often it may be handed on.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) depth: u8,
    /// Until when the person is not told, where telling would put someone in danger: at most 90 days.
    #[arg(long, value_name = "TIME")]
    pub(crate) tell_after: Option<UnixTime>,
    /// File with the reasons, as written down; - for standard input.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "countersigned",
        conflicts_with = "countersigned"
    )]
    pub(crate) why: Option<PathBuf>,
    /// Keystore of the second person who issues, of the role issue, who is here. Its passphrase is the second line.
    #[arg(long, value_name = "KEYSTORE", conflicts_with_all = ["propose_to", "countersigned"])]
    pub(crate) second: Option<PathBuf>,
    /// The key record of the second person who issues, who is elsewhere: writes a proposal to countersign in place of the
    /// grant.
    #[arg(long, value_name = "KEY", conflicts_with = "countersigned")]
    pub(crate) propose_to: Option<PathBuf>,
    /// The proposal as `countersign` gave it back: logs it and writes the grant. What it allows stands in it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["opens", "depth", "tell_after"])]
    pub(crate) countersigned: Option<PathBuf>,
    /// File to write: the grant, for who asked.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct RefuseArgs {
    /// The request; without it, a decision not to share that nobody asked for.
    pub(crate) request: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Why, as it can be told to the person.
    #[arg(long)]
    pub(crate) reason: RefusalReason,
    /// What it would have been for, where nobody asked.
    #[arg(long, required_unless_present = "request", conflicts_with = "request")]
    pub(crate) purpose: Option<Purpose>,
    /// File with the reasons, as written down; - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) why: PathBuf,
    /// File to write: the refusal, for who asked.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::HISTORY)]
pub(crate) struct HistoryArgs {
    /// Your own reference for the child, as in `book add`.
    #[arg(long, value_name = "REF")]
    pub(crate) subject: String,
    /// For the agency itself: with the reasons as written down, and with what may not be told yet.
    #[arg(long)]
    pub(crate) internal: bool,
    /// Write a page to print as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write it as a HL7 FHIR R5 Bundle as well: an AuditEvent for each entry, a Consent for each grant.
    #[arg(long, value_name = "FILE")]
    pub(crate) fhir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::REVOKE)]
pub(crate) struct RevokeArgs {
    /// The grant's number in the log, as `history` shows it.
    #[arg(long)]
    pub(crate) entry: u64,
    /// Why.
    #[arg(long)]
    pub(crate) reason: RevocationReason,
    /// File with the reasons, as written down; - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) why: PathBuf,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::ERASE)]
pub(crate) struct EraseArgs {
    /// Close the record under this reference for good: its gates erase their shares.
    #[arg(
        long,
        value_name = "REF",
        required_unless_present = "entry",
        conflicts_with = "entry"
    )]
    pub(crate) subject: Option<String>,
    /// The envelope, where the child has several.
    #[arg(long, value_name = "ID", requires = "subject")]
    pub(crate) envelope: Option<String>,
    /// Erase what the entry of this number says, as `history` shows it.
    #[arg(long)]
    pub(crate) entry: Option<u64>,
    /// Why, as it is told to the person.
    #[arg(long)]
    pub(crate) ground: ErasureGround,
    /// Keystore of who answers for data protection, of the role open (without it, the book's own). Its passphrase is the
    /// second line.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) officer: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::BREAK_GLASS)]
pub(crate) struct BreakGlassArgs {
    /// The grant that is kept ready for emergencies.
    pub(crate) file: PathBuf,
    /// Keystores of two officers, of the role break-glass; the first is the grant's recipient. Their passphrases are the
    /// second and third line.
    #[arg(
        long = "officer",
        value_name = "KEYSTORE",
        required = true,
        num_args = 1
    )]
    pub(crate) officers: Vec<PathBuf>,
    /// Why.
    #[arg(long)]
    pub(crate) reason: EmergencyReason,
    /// File with what happened, for the auditor of the agency that holds the record; - for standard input.
    #[arg(long, value_name = "FILE", required_unless_present = "answer")]
    pub(crate) why: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) way: AnswerArgs,
    /// Folder to write to; it must not exist.
    #[arg(long, required_unless_present = "ask")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}
