//! The command line of linkages between agencies.

use super::{ColumnArgs, Keys, PassphraseArgs, help};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum LinkageCommand {
    /// Make a linkage and seal its secret to each member.
    New(NewArgs),
    /// Show what a linkage says: name, key set, maker and members with their fingerprints.
    Show(ShowArgs),
    /// Open a linkage whose maker you know, once, before tokenising.
    Open(OpenArgs),
}

#[derive(Debug, Parser)]
#[command(after_help = help::NEW)]
pub(crate) struct NewArgs {
    /// The linkage's name.
    #[arg(long)]
    pub(crate) name: String,
    /// Members' public identity files, your own among them if you take part.
    #[arg(long, required = true, num_args = 1.., value_name = "IDENTITY")]
    pub(crate) members: Vec<PathBuf>,
    /// Your keystore: you sign the linkage.
    #[arg(long)]
    pub(crate) keystore: PathBuf,
    /// Epoch: a new one has a new secret.
    #[arg(long, default_value_t = 1)]
    pub(crate) epoch: u32,
    /// Match keys; every member's tokens are made with them.
    #[arg(long, value_enum, default_value_t = Keys::UkChildren)]
    pub(crate) keys: Keys,
    /// File to write.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct ShowArgs {
    /// The linkage.
    pub(crate) linkage: PathBuf,
}

#[derive(Debug, Parser)]
#[command(after_help = help::OPEN)]
pub(crate) struct OpenArgs {
    /// The linkage.
    pub(crate) linkage: PathBuf,
    /// The maker's fingerprint, which you have from the maker, not from the file.
    #[arg(long)]
    pub(crate) from: String,
    /// Your keystore.
    #[arg(long)]
    pub(crate) keystore: PathBuf,
    /// File to write: the opened linkage, of use with your keystore only.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::TOKENISE, after_long_help = help::with_fields(help::TOKENISE))]
pub(crate) struct TokeniseArgs {
    /// File of records.
    pub(crate) file: PathBuf,
    /// The opened linkage.
    #[arg(long)]
    pub(crate) linkage: PathBuf,
    /// Your keystore.
    #[arg(long)]
    pub(crate) keystore: PathBuf,
    /// Token file to write, as text where it ends in .csv, else Parquet; it travels.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Crosswalk to write; it stays at home.
    #[arg(long)]
    pub(crate) crosswalk: PathBuf,
    /// Let records that no token matches be compared by similarity, where the other member does so too: the token file
    /// then holds a diffused CLK of every row.
    #[arg(long)]
    pub(crate) residue: bool,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::MATCH)]
pub(crate) struct MatchArgs {
    /// The members' token files.
    #[arg(required = true, num_args = 2..)]
    pub(crate) files: Vec<PathBuf>,
    /// The linkage descriptor (not an opened one).
    #[arg(long)]
    pub(crate) linkage: PathBuf,
    /// Folder to write one result a member to; it must not exist.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Write pairs of any probability, for calibration.
    #[arg(long)]
    pub(crate) all_pairs: bool,
}

#[derive(Debug, Parser)]
#[command(after_help = help::RESOLVE, after_long_help = help::with_fields(help::RESOLVE))]
pub(crate) struct ResolveArgs {
    /// The file of records that was tokenised, unchanged.
    pub(crate) file: PathBuf,
    /// Your result from the matching side.
    #[arg(long)]
    pub(crate) result: PathBuf,
    /// Your crosswalk.
    #[arg(long)]
    pub(crate) crosswalk: PathBuf,
    /// The opened linkage.
    #[arg(long)]
    pub(crate) linkage: PathBuf,
    /// Your keystore.
    #[arg(long)]
    pub(crate) keystore: PathBuf,
    /// Folder to write to; it must not exist.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
