//! The command line of what comes after a grant: handing it on, holding its notice back, sealing anew, and shares dealt anew.

use super::{AnswerArgs, BookArgs, PassphraseArgs, help};
use billetbook::clock::UnixTime;
use billetbook::grant::HoldReason;
use billetbook::keys::Fingerprint;
use clap::Parser;
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(after_help = help::HAND_ON)]
pub(crate) struct HandOnArgs {
    /// The request, to you, of whoever is to receive.
    pub(crate) request: PathBuf,
    /// The grant that you hold; it must be one that may be handed on (`grant --depth`).
    #[arg(long, value_name = "GRANT")]
    pub(crate) grant: PathBuf,
    /// A slot to hand on, as `open` shows it; once for each (without it, all that are held).
    #[arg(long = "slot", value_name = "N")]
    pub(crate) slots: Vec<u8>,
    /// How often it may be opened.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) opens: u16,
    /// How often it may be handed on again.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub(crate) depth: u8,
    /// Keystore of the key that holds the grant (without it, the book's own). Its passphrase is the second line.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) way: AnswerArgs,
    /// File to write: the grant, for who asked.
    #[arg(short, long, required_unless_present = "ask")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::BOOK_RESEAL)]
pub(crate) struct BookResealArgs {
    /// The child's record as it is now (JSON; see `record schema`).
    pub(crate) record: PathBuf,
    /// Your own reference for the child, as in `book add`.
    #[arg(long, value_name = "REF")]
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::COUNTERSIGN)]
pub(crate) struct CountersignArgs {
    /// The proposal, as `grant --propose-to` wrote it.
    pub(crate) proposal: PathBuf,
    /// Your keystore, of the role issue.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// File to write: for who proposed it.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Parser)]
#[command(after_help = help::HOLD)]
pub(crate) struct HoldArgs {
    /// The grant's number in the log, as `history --internal` shows it.
    #[arg(long, value_name = "N")]
    pub(crate) entry: u64,
    /// Until when the person is not told: at most 90 days from now.
    #[arg(
        long,
        value_name = "TIME",
        required_unless_present = "end",
        conflicts_with = "end"
    )]
    pub(crate) until: Option<UnixTime>,
    /// It is held back no longer: it may be told from now on.
    #[arg(long)]
    pub(crate) end: bool,
    /// Why, as it is told to the person afterwards.
    #[arg(long)]
    pub(crate) reason: HoldReason,
    /// File with the reasons, as written down; - for standard input. They are kept sealed.
    #[arg(long, value_name = "FILE")]
    pub(crate) why: PathBuf,
    /// Keystore of the duty officer, of the role open or break-glass (without it, the book's own of the role open). Its
    /// passphrase is the second line.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) officer: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}

#[derive(Debug, Parser)]
#[command(after_help = help::BOOK_REDEAL)]
pub(crate) struct BookRedealArgs {
    /// Your own reference for the child whose record it is, as in `book add`; without it, every record of the book.
    #[arg(long, value_name = "REF")]
    pub(crate) subject: Option<String>,
    /// Keystore of the second officer, of the role open (without it, the book's own). Its passphrase is the second line.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) officer: Option<PathBuf>,
    /// A gate that is not to deal, by its key's id, such as one that was named as dealing wrong. Once for each.
    #[arg(long, value_name = "KEY-ID")]
    pub(crate) without: Vec<Fingerprint>,
    #[command(flatten)]
    pub(crate) book: BookArgs,
}
