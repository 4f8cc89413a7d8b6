//! The command line.

mod answer_for;
mod book;
mod clk;
mod envelope;
mod keys;
mod linkage;
mod onward;
mod party;

pub(crate) use answer_for::*;
pub(crate) use book::*;
use clap::{Parser, Subcommand, ValueEnum};
pub(crate) use clk::*;
pub(crate) use envelope::*;
pub(crate) use keys::*;
pub(crate) use linkage::*;
pub(crate) use onward::*;
pub(crate) use party::*;
use std::path::PathBuf;

mod help;

/// Link files of children's records without passing names around.
#[derive(Debug, Parser)]
#[command(name = "billetbook", version, about = "Link files of children's records without passing names around", max_term_width = 112, after_help = help::TOP)]
pub(crate) struct Args {
    /// Results and errors as JSON, for machines.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make up two agencies' children, link them, compare with the truth, and share one child's record.
    Demo(DemoArgs),
    /// Make up children held by several agencies, with errors, and the truth about them.
    Synth(SynthArgs),
    /// Report the quality of a file's data.
    Validate(ValidateArgs),
    /// Link two or more files, or find double entries in one.
    Link(LinkArgs),
    /// Make a key: a public file to hand out, and a keystore under a passphrase.
    Keygen(KeygenArgs),
    /// Show, export, rotate, certify or give up keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Check a data-sharing policy and say in words what it allows.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check a child's record before it is sealed, or print its JSON Schema.
    #[command(subcommand)]
    Record(RecordCommand),
    /// Seal a child's record for its owner, behind gates.
    Seal(SealArgs),
    /// Show what anyone learns who holds an envelope and no key.
    Inspect(InspectArgs),
    /// Open an envelope's sections, under a grant or as its owner.
    Open(OpenBilletArgs),
    /// Begin a book, and what a book needs to share records and to answer for it.
    #[command(subcommand)]
    Book(BookCommand),
    /// Ask an agency for sections of a child's record.
    Request(RequestArgs),
    /// Decide a request under the policy in force, and grant what it allows.
    Grant(GrantArgs),
    /// Sign, as the second person, a grant that another of your agency proposes.
    Countersign(CountersignArgs),
    /// Refuse a request, or record a decision not to share.
    Refuse(RefuseArgs),
    /// Keep, list or withdraw consents to sharing.
    #[command(subcommand)]
    Consent(ConsentCommand),
    /// Hand on a grant that you hold, to another agency that asked you for it.
    HandOn(HandOnArgs),
    /// End a grant, and all that hands it on.
    Revoke(RevokeArgs),
    /// Hold back that a grant was given and used, where telling would put someone in danger.
    Hold(HoldArgs),
    /// Open in an emergency: two officers, a reason, and an entry that nobody can overlook.
    BreakGlass(BreakGlassArgs),
    /// Close a record for good, or erase what an entry of the log says.
    Erase(EraseArgs),
    /// Who was allowed to see a child's record, who did, and what was refused.
    History(HistoryArgs),
    /// Check or copy the log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Keep a gate apart from the book: in its own folder, one message in, one answer out.
    #[command(subcommand)]
    Gate(GateCommand),
    /// Keep a witness apart from the book: in its own folder, one message in, one answer out.
    #[command(subcommand)]
    Witness(WitnessCommand),
    /// Wrap an envelope's owner packet to the owner's new key.
    Rewrap(RewrapArgs),
    /// Make, show or open a linkage between agencies.
    #[command(subcommand)]
    Linkage(LinkageCommand),
    /// Turn a file into tokens for a linkage: a token file that travels, a crosswalk that stays at home.
    Tokenise(TokeniseArgs),
    /// Match token files: needs no key and no names.
    Match(MatchArgs),
    /// Turn a result back into one's own records, at home.
    Resolve(ResolveArgs),
    /// In the place of clkhash and anonlink: make their CLKs, compare them, write what they write.
    #[command(subcommand)]
    Clk(ClkCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// What a policy file allows in plain words, what deserves a second look, and its digest.
    Check(PolicyCheckArgs),
}

#[derive(Debug, Parser)]
pub(crate) struct PolicyCheckArgs {
    /// The policy (TOML).
    pub(crate) policy: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// Whether a record can be sealed: its sections and their sizes, nothing of what they hold.
    Check(RecordCheckArgs),
    /// Print the JSON Schema that a record follows.
    Schema,
}

#[derive(Debug, Parser)]
pub(crate) struct RecordCheckArgs {
    /// The record (JSON).
    pub(crate) record: PathBuf,
}

/// Where the passphrase comes from: a file, a file descriptor, else a prompt. Never the command line or the
/// environment.
#[derive(Debug, Parser)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Open file descriptor to read the passphrase from.
    #[arg(long, value_name = "N", conflicts_with = "passphrase_file")]
    pub(crate) passphrase_fd: Option<u32>,
}

#[derive(Debug, Parser)]
pub(crate) struct DemoArgs {
    /// Folder to write to, which must not exist (without it: `billetbook-demo`, or the next free number).
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Children in the made-up population.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u32).range(10..=2_000_000))]
    pub(crate) children: u32,
    /// Seed.
    #[arg(long, default_value_t = 1741)]
    pub(crate) seed: u64,
}

#[derive(Debug, Parser)]
#[command(after_help = help::SYNTH)]
pub(crate) struct SynthArgs {
    /// Children in the population.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub(crate) children: u32,
    /// Agencies, each of which holds most of them.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) agencies: u8,
    /// Seed: the same seed makes the same files.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Folder to write to; it must not exist.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Error model (TOML); a run writes the one it used to `errors.toml`.
    #[arg(long, value_name = "FILE")]
    pub(crate) errors: Option<PathBuf>,
}

#[derive(Debug, Parser)]
#[command(after_help = help::VALIDATE, after_long_help = help::with_fields(help::VALIDATE))]
pub(crate) struct ValidateArgs {
    /// File to read.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
}

/// How to read the columns.
#[derive(Debug, Parser)]
pub(crate) struct ColumnArgs {
    /// Id column (without it a column `id`, else the row number).
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// A column and the field it holds; a column with a field's own name needs none.
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub(crate) map: Vec<String>,
    /// Schema file (TOML): `id`, `layout`, `groups`, `episodes`, and a table `[columns]` COLUMN = "field".
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// A column to report match rates by; never matched on.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Vec<String>,
}

/// What the linkage may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Keyed tokens only: the scorer holds no key and no names.
    Tokens,
    /// All files in this process in clear: records are compared field by field. For who may lawfully hold them all.
    Local,
}

/// Which match keys make the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keys {
    /// Children in the UK: names, birth date, postcode, national identifiers.
    UkChildren,
    /// People anywhere: names, birth date, postal code, locality, address line.
    People,
    /// ECHILD (GUILD 2021).
    #[value(name = "echild-2021")]
    Echild,
    /// HESID 2009.
    #[value(name = "hesid-2009")]
    Hesid,
    /// Master Person Service.
    Mps,
    /// DfE SUI Matcher.
    DfeSui,
    /// Somerset WMPI.
    SomersetWmpi,
    /// ONS Census Coverage Survey 2021.
    #[value(name = "ons-ccs-2021")]
    OnsCcs,
    /// AIHW Statistical Linkage Key.
    #[value(name = "slk-581")]
    Slk581,
}

impl Keys {
    /// The published preset of that name, where it is one.
    pub(crate) fn preset(self) -> Option<&'static billetbook::token::Preset> {
        let name = self.to_possible_value()?;
        billetbook::token::Preset::named(name.get_name())
    }
}

#[derive(Debug, Parser)]
#[command(after_help = help::LINK, after_long_help = help::with_fields(help::LINK))]
pub(crate) struct LinkArgs {
    /// Files to link; one file is searched for double entries.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Folder to write to; it must not exist.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// What the linkage may see.
    #[arg(long, value_enum, default_value_t = Profile::Tokens)]
    pub(crate) profile: Profile,
    /// Match keys (without it: by the fields that the files hold).
    #[arg(long, value_enum)]
    pub(crate) keys: Option<Keys>,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    /// Also report double entries inside each file.
    #[arg(long)]
    pub(crate) within: bool,
    /// Let keys of two fields and sex (of published presets) find candidates; never a match alone.
    #[arg(long)]
    pub(crate) allow_weak: bool,
    /// Write pairs of any probability, for calibration.
    #[arg(long)]
    pub(crate) all_pairs: bool,
    /// Also offer, as possible, records that no token matches and whose names, dates and postcodes are alike.
    #[arg(long)]
    pub(crate) residue: bool,
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_arguments_of_a_command_are_in_each_others_way() {
        <super::Args as clap::CommandFactory>::command().debug_assert();
    }
}
