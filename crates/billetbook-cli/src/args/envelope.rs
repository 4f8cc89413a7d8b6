//! The command line of envelopes.

use super::{PassphraseArgs, help};
use billetbook::envelope::SlotCount;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// How sections are padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaddingKind {
    /// Every slot in one size class: sizes show neither which sections there are nor how long they are.
    Uniform,
    /// Each slot by itself: smaller, and shows roughly how long each section is.
    Compact,
}

/// Key records and the roots that stand for them.
#[derive(Debug, Parser)]
pub(crate) struct RootsArgs {
    /// Public root of an agency whose keys are used here; you have its fingerprint from the agency. Several times
    /// for several agencies.
    #[arg(long = "root", value_name = "ROOT", required = true)]
    pub(crate) roots: Vec<PathBuf>,
    /// Compromise statement of such a root (`keys compromise`): from its time on the key that it names neither seals
    /// nor is sealed to, and what it sealed is refused, since nothing here tells when that was. Several times for
    /// several; those about other keys do no harm.
    #[arg(long = "compromised", value_name = "FILE")]
    pub(crate) compromised: Vec<PathBuf>,
}

#[derive(Debug, Parser)]
#[command(after_help = help::SEAL)]
pub(crate) struct SealArgs {
    /// The child's record (JSON; see `record schema`).
    pub(crate) record: PathBuf,
    /// The policy that the envelope is under (TOML; see `policy check`).
    #[arg(long)]
    pub(crate) policy: PathBuf,
    /// Your keystore of the role issue: it signs.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) author: PathBuf,
    /// Key record of the owner, of the role open: who keeps the envelope and grants its sections.
    #[arg(long, value_name = "KEY")]
    pub(crate) to_owner: PathBuf,
    /// Key record of a gate; once for each gate, at most seven.
    #[arg(long = "gate", value_name = "KEY", required = true)]
    pub(crate) gates: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) roots: RootsArgs,
    /// How many gates open a section: more than half of them (without it, the least majority).
    #[arg(long, value_name = "T")]
    pub(crate) threshold: Option<usize>,
    /// Padding.
    #[arg(long, value_enum, default_value_t = PaddingKind::Uniform)]
    pub(crate) padding: PaddingKind,
    /// With padding uniform: bytes that every slot holds at least. Give always the same number, above all your
    /// sections, and sizes show nothing.
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    pub(crate) at_least: usize,
    /// Slots: eight hold seven sections, sixteen fifteen. Use one number for all your envelopes, since it shows.
    #[arg(long, default_value = "8", value_parser = slots)]
    pub(crate) slots: SlotCount,
    /// File to write.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

fn slots(text: &str) -> Result<SlotCount, &'static str> {
    match text {
        "8" => Ok(SlotCount::Eight),
        "16" => Ok(SlotCount::Sixteen),
        _ => Err("write 8 or 16"),
    }
}

#[derive(Debug, Parser)]
pub(crate) struct InspectArgs {
    /// The billet.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Parser)]
#[command(after_help = help::OPEN_BILLET)]
pub(crate) struct OpenBilletArgs {
    /// The grant, or with --as-owner the billet.
    pub(crate) file: PathBuf,
    /// Your book: the grant is used, logged and answered.
    #[arg(long, value_name = "FOLDER", required_unless_present = "as_owner", conflicts_with_all = ["as_owner", "gates", "author", "roots"])]
    pub(crate) book: Option<PathBuf>,
    /// Open a billet as its owner, with the gates' own keystores: advisory, since no gate is asked and no log is looked
    /// at.
    #[arg(long, requires_all = ["keystore", "gates", "author", "roots"])]
    pub(crate) as_owner: bool,
    /// Your keystore of the role open (with --book, without it, the book's own key; its passphrase is the second line).
    #[arg(long)]
    pub(crate) keystore: Option<PathBuf>,
    /// A gate's keystore; as many as the envelope needs.
    #[arg(long = "gate", value_name = "KEYSTORE")]
    pub(crate) gates: Vec<PathBuf>,
    /// The author's key record.
    #[arg(long, value_name = "KEY")]
    pub(crate) author: Option<PathBuf>,
    /// Public root of an agency whose keys are used here; you have its fingerprint from the agency.
    #[arg(long = "root", value_name = "ROOT")]
    pub(crate) roots: Vec<PathBuf>,
    /// Compromise statement of such a root (`keys compromise`).
    #[arg(long = "compromised", value_name = "FILE", requires = "as_owner")]
    pub(crate) compromised: Vec<PathBuf>,
    /// A section to open (without it, all); with --as-owner.
    #[arg(long = "section", value_name = "NAME", requires = "as_owner")]
    pub(crate) sections: Vec<billetbook::record::Section>,
    #[command(flatten)]
    pub(crate) way: AnswerArgs,
    /// Folder to write to; it must not exist.
    #[arg(long, required_unless_present = "ask")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// How the holder's book is reached, where it is another's.
#[derive(Debug, Parser)]
pub(crate) struct AnswerArgs {
    /// Command that carries the request to the holder's book on standard input and gives its answer on standard output.
    #[arg(long, value_name = "COMMAND", requires = "book", conflicts_with_all = ["ask", "answer"])]
    pub(crate) through: Option<String>,
    /// Seconds that this command has to answer.
    #[arg(long, value_name = "SECONDS", default_value_t = crate::commands::book::WAIT, requires = "through")]
    pub(crate) wait: u16,
    /// Only write the request to open, to be carried to the holder's book.
    #[arg(long, value_name = "FILE", requires = "book", conflicts_with_all = ["answer", "out"])]
    pub(crate) ask: Option<PathBuf>,
    /// The answer of the holder's book.
    #[arg(long, value_name = "FILE", requires = "book")]
    pub(crate) answer: Option<PathBuf>,
}

#[derive(Debug, Parser)]
#[command(after_help = help::REWRAP)]
pub(crate) struct RewrapArgs {
    /// The billet.
    pub(crate) file: PathBuf,
    /// The owner's old keystore.
    #[arg(long)]
    pub(crate) keystore: PathBuf,
    /// Key record of the owner's new key.
    #[arg(long, value_name = "KEY")]
    pub(crate) to_owner: PathBuf,
    /// The author's key record.
    #[arg(long, value_name = "KEY")]
    pub(crate) author: PathBuf,
    #[command(flatten)]
    pub(crate) roots: RootsArgs,
    /// File to write.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
