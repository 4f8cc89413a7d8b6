//! The command line of keys.

use super::PassphraseArgs;
use billetbook::clock::UnixTime;
use billetbook::keys::Role;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What a new key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyKind {
    /// A member of linkages.
    Identity,
    /// An agency's root, kept offline: it stands for the agency's other keys.
    Root,
    /// Seals envelopes and issues grants.
    Issue,
    /// Has envelopes and grants opened to it.
    Open,
    /// Releases shares.
    Gate,
    /// Signs checkpoints of a log.
    Log,
    /// Cosigns checkpoints.
    Witness,
    /// One officer of a two-person break-glass opening.
    BreakGlass,
}

impl KeyKind {
    /// The role, of a key that has one.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            KeyKind::Identity | KeyKind::Root => None,
            KeyKind::Issue => Some(Role::Issue),
            KeyKind::Open => Some(Role::Open),
            KeyKind::Gate => Some(Role::Gate),
            KeyKind::Log => Some(Role::Log),
            KeyKind::Witness => Some(Role::Witness),
            KeyKind::BreakGlass => Some(Role::BreakGlass),
        }
    }
}

#[derive(Debug, Parser)]
pub(crate) struct KeygenArgs {
    /// The agency's name, or what it calls this key.
    #[arg(long)]
    pub(crate) name: String,
    /// What the key is for.
    #[arg(long, value_enum, default_value_t = KeyKind::Identity)]
    pub(crate) role: KeyKind,
    /// Files to write: STEM.keystore (keep it), and to hand out STEM.identity, STEM.root or, of a key with a
    /// role, STEM.key (with --root) or STEM.request (to be certified by the root later).
    #[arg(long, value_name = "STEM")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) window: WindowArgs,
    #[command(flatten)]
    pub(crate) root: RootArgs,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// When a key with a role is valid.
#[derive(Debug, Parser)]
pub(crate) struct WindowArgs {
    /// First moment of the key's use (2026-11-25 or 2026-11-25T09:30:00Z); without it, now.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<UnixTime>,
    /// End of the key's use; without it, two years after --from.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<UnixTime>,
}

/// The root that certifies, where it is at hand.
#[derive(Debug, Parser)]
pub(crate) struct RootArgs {
    /// The root's keystore.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) root: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: RootPassphraseArgs,
}

/// Where the root's passphrase comes from: a file, a file descriptor, else a prompt.
#[derive(Debug, Parser)]
pub(crate) struct RootPassphraseArgs {
    /// File whose first line is the root's passphrase.
    #[arg(long = "root-passphrase-file", value_name = "FILE")]
    pub(crate) root_file: Option<PathBuf>,
    /// Open file descriptor to read the root's passphrase from.
    #[arg(
        long = "root-passphrase-fd",
        value_name = "N",
        conflicts_with = "root_file"
    )]
    pub(crate) root_fd: Option<u32>,
}

impl RootPassphraseArgs {
    pub(crate) fn source(&self) -> PassphraseArgs {
        PassphraseArgs {
            passphrase_file: self.root_file.clone(),
            passphrase_fd: self.root_fd,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show what a key file says: whose it is, its role, window and id. Needs no passphrase.
    Show(KeysShowArgs),
    /// Write a keystore's public part again. Needs no passphrase.
    Export(KeysExportArgs),
    /// Make the successor of a key: same role and name, new keys, a window that overlaps the old one.
    Rotate(KeysRotateArgs),
    /// Let the root stand for a key request.
    Certify(KeysCertifyArgs),
    /// State with the root that a key may be in other hands.
    Compromise(KeysCompromiseArgs),
}

#[derive(Debug, Parser)]
pub(crate) struct KeysShowArgs {
    /// An identity, root, key request, key record, compromise statement or keystore.
    pub(crate) file: PathBuf,
    /// The agency's public root, which a key record or compromise statement is checked against.
    #[arg(long, value_name = "ROOT")]
    pub(crate) root: Option<PathBuf>,
}

#[derive(Debug, Parser)]
pub(crate) struct KeysExportArgs {
    /// The keystore.
    pub(crate) keystore: PathBuf,
    /// File to write.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Parser)]
pub(crate) struct KeysRotateArgs {
    /// The keystore of the key to follow. It stays as it is: what was sealed to it opens with it only.
    pub(crate) keystore: PathBuf,
    /// Files to write: STEM.keystore, and STEM.key (with --root) or STEM.request.
    #[arg(long, value_name = "STEM")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) window: WindowArgs,
    #[command(flatten)]
    pub(crate) root: RootArgs,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct KeysCertifyArgs {
    /// The key request.
    pub(crate) request: PathBuf,
    /// The root's keystore.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) root: PathBuf,
    /// The key's id, as its holder read it to you: the request in hand must be that one.
    #[arg(long, value_name = "KEY ID")]
    pub(crate) id: String,
    /// File to write.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: RootPassphraseArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct KeysCompromiseArgs {
    /// The key record, or the card on which it stands.
    pub(crate) record: PathBuf,
    /// Which key of the card, by its id (`book show`).
    #[arg(long, value_name = "ID")]
    pub(crate) key: Option<String>,
    /// The root's keystore.
    #[arg(long, value_name = "KEYSTORE")]
    pub(crate) root: PathBuf,
    /// Since when the key may be in other hands.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: UnixTime,
    /// File to write.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: RootPassphraseArgs,
}
