//! The command line of consents and of the log.

use super::{BookArgs, PassphraseArgs, help};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ConsentCommand {
    /// Keep an answer to sharing a child's record; `grant` goes by it.
    Record(ConsentRecordArgs),
    /// The answers kept about a child, with their receipts.
    List(ConsentListArgs),
    /// Withdraw a consent: what was granted on it is revoked, and nothing else.
    Withdraw(ConsentWithdrawArgs),
}

#[derive(Debug, Parser)]
#[command(after_help = help::CONSENT)]
pub(crate) struct ConsentRecordArgs {
    /// The answer (TOML).
    pub(crate) consent: PathBuf,
    /// Your own reference for the child, as in `book add`.
    #[arg(long, value_name = "REF")]
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct ConsentListArgs {
    /// Your own reference for the child, as in `book add`.
    #[arg(long, value_name = "REF")]
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct ConsentWithdrawArgs {
    /// Its receipt, as `consent list` shows it.
    pub(crate) receipt: String,
    /// Your own reference for the child, as in `book add`.
    #[arg(long, value_name = "REF")]
    pub(crate) subject: String,
    /// File with what was said, as written down; - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) why: PathBuf,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check a copy of a log offline, or a book's own log.
    Verify(AuditVerifyArgs),
    /// Write a copy of the log's tree (C2SP tlog-tiles), or bring one up to date. It says nothing of what was logged.
    Export(AuditExportArgs),
}

#[derive(Debug, Parser)]
#[command(after_help = help::AUDIT_VERIFY)]
pub(crate) struct AuditVerifyArgs {
    /// The copy's folder.
    #[arg(
        conflicts_with = "book_folder",
        required_unless_present = "book_folder"
    )]
    pub(crate) copy: Option<PathBuf>,
    /// A checkpoint seen before, which the log must extend.
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) from: Option<PathBuf>,
    /// The card of the agency whose log it is.
    #[arg(long, required_unless_present_any = ["log_policy", "book_folder"])]
    pub(crate) card: Option<PathBuf>,
    /// Log and witnesses to believe (C2SP tlog-policy), in place of the card's.
    #[arg(long, value_name = "FILE", conflicts_with = "card")]
    pub(crate) log_policy: Option<PathBuf>,
    /// A book's folder: its log with all that it holds of its entries.
    #[arg(long = "book", id = "book_folder", value_name = "FOLDER")]
    pub(crate) book: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct AuditExportArgs {
    /// Folder to write to.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}
