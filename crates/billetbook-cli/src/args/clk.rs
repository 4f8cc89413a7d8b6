//! `billetbook clk`.

use super::help;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ClkCommand {
    /// Turn a file into the CLKs that clkhash makes of it, by one of its linkage schemas.
    Hash(ClkHashArgs),
    /// Compare two or more files of CLKs: similarity scores and groups, as anonlink writes them.
    Match(ClkMatchArgs),
}

/// What the first row of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HeaderRow {
    /// The schema's columns, in its order.
    Checked,
    /// A header of any names.
    Ignored,
    /// A record.
    None,
}

#[derive(Debug, Parser)]
#[command(after_help = help::CLK_HASH)]
pub(crate) struct ClkHashArgs {
    /// File of records (CSV), with the schema's columns in its order.
    pub(crate) file: PathBuf,
    /// The linkage schema (JSON, versions 1 to 3).
    #[arg(long)]
    pub(crate) schema: PathBuf,
    /// CLK file to write.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// What the first row is.
    #[arg(long, value_enum, default_value_t = HeaderRow::Checked)]
    pub(crate) header: HeaderRow,
    /// File whose first line is the secret.
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Open file descriptor to read the secret from.
    #[arg(long, value_name = "N", conflicts_with = "secret_file")]
    pub(crate) secret_fd: Option<u32>,
}

#[derive(Debug, Parser)]
#[command(after_help = help::CLK_MATCH, group = clap::ArgGroup::new("outputs").required(true).multiple(true).args(["groups", "scores", "candidates"]))]
pub(crate) struct ClkMatchArgs {
    /// Files of CLKs, all made by one schema and secret; their order numbers them from 0.
    #[arg(required = true, num_args = 2..)]
    pub(crate) files: Vec<PathBuf>,
    /// The least Dice coefficient of a pair, above 0 and at most 1.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) threshold: String,
    /// Groups of records to write (JSON), each record in one at most.
    #[arg(long, value_name = "FILE")]
    pub(crate) groups: Option<PathBuf>,
    /// Similarity scores to write (JSON), of all pairs that reach the threshold.
    #[arg(long, value_name = "FILE")]
    pub(crate) scores: Option<PathBuf>,
    /// The same as the Python library anonlink serialises candidate pairs.
    #[arg(long, value_name = "FILE")]
    pub(crate) candidates: Option<PathBuf>,
    /// More pairs than these are refused.
    #[arg(long, value_name = "N", default_value_t = billetbook::limits::MOST_PAIRS)]
    pub(crate) max_pairs: u64,
}
