//! The command line of gates and witnesses that stand apart.

use super::{PassphraseArgs, RootArgs, WindowArgs, help};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The folder of a gate or a witness, and its passphrase.
#[derive(Debug, Parser)]
pub(crate) struct PartyArgs {
    /// Its folder.
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct PartyInitArgs {
    /// What its agency calls it; a witness's name stands under checkpoints: no blanks and no +.
    #[arg(long)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) window: WindowArgs,
    #[command(flatten)]
    pub(crate) root: RootArgs,
    #[command(flatten)]
    pub(crate) party: PartyArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct PartyTrustArgs {
    /// A card: of an agency whose log it shall believe, or, for a gate, whose people may receive. For a gate also the root
    /// of an agency that keeps another gate (`book redeal`), or an agency's word that a key is in other hands (`keys
    /// compromise`).
    pub(crate) card: PathBuf,
    /// The fingerprint of the card's root, which you have from the agency by telephone, not from the card.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Its folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    /// Make a gate: its key under its agency's root, and its folder.
    #[command(after_help = help::GATE)]
    Init(PartyInitArgs),
    /// Trust an agency's card: its log, and the keys of its people; or the root under which another gate stands.
    Trust(PartyTrustArgs),
    /// Keep the gate's deposit of a billet.
    Deposit(GateDepositArgs),
    /// Answer one message: standard input in, standard output out.
    Handle(PartyArgs),
    /// Whose gate it is, whom it trusts, and what it has seen of their logs. Needs no passphrase.
    Status(PartyStatusArgs),
}

#[derive(Debug, Parser)]
pub(crate) struct GateDepositArgs {
    /// The billet.
    pub(crate) billet: PathBuf,
    /// The gate's folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct PartyStatusArgs {
    /// Its folder.
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Make a witness: its key, and its folder.
    #[command(after_help = help::WITNESS)]
    Init(PartyInitArgs),
    /// Trust an agency's card: look at its log from now on.
    Trust(PartyTrustArgs),
    /// Cosign what extends what it has seen: one request on standard input, one answer on standard output.
    Cosign(PartyArgs),
    /// What it has seen of whose log. Needs no passphrase.
    Status(PartyStatusArgs),
}
