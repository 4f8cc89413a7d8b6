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
    /// The billet.
    pub(crate) file: PathBuf,
    /// Open as its owner, with the gates' own keystores: advisory, since no gate is asked and no log is looked at.
    #[arg(long, required = true)]
    pub(crate) as_owner: bool,
    /// Your keystore of the role open.
    #[arg(long)]
    pub(crate) keystore: PathBuf,
    /// A gate's keystore; as many as the envelope needs.
    #[arg(long = "gate", value_name = "KEYSTORE", required = true)]
    pub(crate) gates: Vec<PathBuf>,
    /// The author's key record.
    #[arg(long, value_name = "KEY")]
    pub(crate) author: PathBuf,
    #[command(flatten)]
    pub(crate) roots: RootsArgs,
    /// A section to open (without it, all).
    #[arg(long = "section", value_name = "NAME")]
    pub(crate) sections: Vec<billetbook::record::Section>,
    /// Folder to write to; it must not exist.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
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
