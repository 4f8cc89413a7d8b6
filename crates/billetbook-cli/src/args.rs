//! The command line.

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Link files of children's records without passing names around.
#[derive(Debug, Parser)]
#[command(name = "billetbook", version, about, max_term_width = 100)]
pub(crate) struct Args {
    /// Results and errors as JSON, for machines.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make up two agencies' children, link them, and compare with the truth.
    Demo(DemoArgs),
    /// Make up children held by several agencies, with errors, and the truth about them.
    Synth(SynthArgs),
    /// Report the quality of a file's data.
    Validate(ValidateArgs),
    /// Link two or more files, or find double entries in one.
    Link(LinkArgs),
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
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Error model (TOML); a run writes the one it used to `errors.toml`.
    #[arg(long, value_name = "FILE")]
    pub(crate) errors: Option<PathBuf>,
}

#[derive(Debug, Parser)]
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
}

/// Which match keys make the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keys {
    /// By the fields that the files hold.
    Auto,
    /// Children in the UK: names, birth date, postcode, national identifiers.
    UkChildren,
    /// People anywhere: names, birth date, postal code, locality, address line.
    People,
}

#[derive(Debug, Parser)]
pub(crate) struct LinkArgs {
    /// Files to link; one file is searched for double entries.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Folder to write to; it must not exist.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// What the linkage may see.
    #[arg(long, value_enum, default_value_t = Profile::Tokens)]
    pub(crate) profile: Profile,
    /// Match keys.
    #[arg(long, value_enum, default_value_t = Keys::Auto)]
    pub(crate) keys: Keys,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    /// Also report double entries inside each file.
    #[arg(long)]
    pub(crate) within: bool,
    /// Write pairs of any probability, for calibration.
    #[arg(long)]
    pub(crate) all_pairs: bool,
}
