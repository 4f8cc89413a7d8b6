//! Errors of the command: what happened, where, what to do; exit code 2 for usage, 3 for data.

use std::path::PathBuf;
use std::process::ExitCode;
use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum CliError {
    #[error("--map {text}: write COLUMN=FIELD")]
    MapForm { text: String },
    #[error("--map: {0}")]
    Field(#[from] billetbook::record::UnknownField),
    #[error("{path}: {source}", path = .path.display())]
    Schema {
        path: PathBuf,
        source: billetbook::record::SchemaError,
    },
    #[error("{path}: {source}", path = .path.display())]
    ErrorModel {
        path: PathBuf,
        source: toml::de::Error,
    },
    #[error("{path}: the output already exists; name a new folder, or remove it first", path = .path.display())]
    OutputExists { path: PathBuf },
    #[error("{path}: given twice; give each file once", path = .path.display())]
    SameFile { path: PathBuf },
    #[error(transparent)]
    Read(#[from] billetbook::record::ReadError),
    #[error(transparent)]
    Link(#[from] billetbook::linkage::LinkError),
    #[error(transparent)]
    KeySet(#[from] billetbook::token::KeyError),
    #[error("{path}: {source}; nothing was written", path = .path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {source}; nothing was written", path = .path.display())]
    WriteCsv { path: PathBuf, source: csv::Error },
    #[error("{path}: {source}", path = .path.display())]
    Open {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: longer than {most} bytes, the most that {kind} can have", path = .path.display())]
    TooLong {
        path: PathBuf,
        kind: &'static str,
        most: usize,
    },
    #[error(
        "no passphrase can be read from the terminal: {0}; use --passphrase-file or --passphrase-fd"
    )]
    Terminal(std::io::Error),
    #[error("the passphrases differ")]
    PassphrasesDiffer,
    #[error("the passphrase is empty")]
    NoPassphrase,
    #[error("{path}: {source}", path = .path.display())]
    Identity {
        path: PathBuf,
        source: billetbook::keys::identity::IdentityError,
    },
    #[error("{path}: {source}", path = .path.display())]
    Keystore {
        path: PathBuf,
        source: billetbook::keys::KeystoreError,
    },
    #[error("{path}: {source}", path = .path.display())]
    KeyFile {
        path: PathBuf,
        source: billetbook::keys::RecordError,
    },
    #[error("{path}: holds {found}, and {wanted} is wanted here", path = .path.display())]
    OtherKind {
        path: PathBuf,
        found: &'static str,
        wanted: &'static str,
    },
    #[error("{path}: {source}", path = .path.display())]
    KeyUse {
        path: PathBuf,
        source: billetbook::keys::KeyRefused,
    },
    #[error("--from, --until: {0}")]
    Window(#[from] billetbook::clock::TimeError),
    #[error(
        "--root, --from and --until go with a role that a root certifies: --role issue, open, gate, log, witness or break-glass"
    )]
    NotForThisRole,
    #[error("name the agency's public root, which the file is checked against: --root FILE.root")]
    NeedsRoot,
    #[error("{path}: no identity, root, key request, key record, compromise statement or keystore", path = .path.display())]
    NotAKeyFile { path: PathBuf },
    #[error("--id: {0}; a key id has ten groups of four characters")]
    KeyIdForm(billetbook::keys::identity::IdentityError),
    #[error("{path}: the request of key {found}, not of the one that --id names; ask its holder by telephone", path = .path.display())]
    OtherRequest {
        path: PathBuf,
        found: billetbook::keys::KeyId,
    },
    #[error("{path}: a keystore of {found} does not rotate: make a new root, or a new epoch of the linkage", path = .path.display())]
    NoRotation { path: PathBuf, found: &'static str },
    #[error(
        "--from: the old key ends at {until}; begin the new one before that, so that one of them is always valid"
    )]
    Gap { until: billetbook::clock::UnixTime },
    #[error("{path}: {source}", path = .path.display())]
    Descriptor {
        path: PathBuf,
        source: billetbook::keys::descriptor::DescriptorError,
    },
    #[error("--from: {0}; a fingerprint has ten groups of four characters")]
    Fingerprint(billetbook::keys::identity::IdentityError),
    #[error(
        "key set \"{name}\" is not one of this program's, or of another version; use the version the linkage was made with"
    )]
    UnknownKeySet { name: String },
    #[error(transparent)]
    TokenFile(#[from] billetbook::token::TokenFileError),
    #[error("{path}: {source}", path = .path.display())]
    ResultFile {
        path: PathBuf,
        source: billetbook::linkage::ResultFileError,
    },
    #[error("{path}: {source}", path = .path.display())]
    Resolve {
        path: PathBuf,
        source: billetbook::linkage::ResolveError,
    },
    #[error("{path}: a result for {found}, not for this identity", path = .path.display())]
    OtherMember {
        path: PathBuf,
        found: billetbook::keys::identity::Fingerprint,
    },
    #[error(transparent)]
    Synth(#[from] billetbook_synth::WriteError),
    #[error("standard output: {0}")]
    Unsaid(&'static std::io::Error),
    #[error("{path}: {source}", path = .path.display())]
    Policy {
        path: PathBuf,
        source: billetbook::consent::PolicyError,
    },
    #[error("{path}: {source}", path = .path.display())]
    ChildRecord {
        path: PathBuf,
        source: billetbook::record::child::ChildError,
    },
    #[error("{path}: {source}", path = .path.display())]
    Envelope {
        path: PathBuf,
        source: billetbook::envelope::EnvelopeError,
    },
    #[error("{path}: {source}", path = .path.display())]
    Unopened {
        path: PathBuf,
        source: billetbook::envelope::OpenError,
    },
    #[error("{path}: the billet holds no deposit for this gate", path = .path.display())]
    NoDeposit { path: PathBuf },
    #[error("{0}; nothing was sealed")]
    Seal(#[from] billetbook::envelope::SealError),
    #[error("the report could not be made: {0}")]
    Report(#[from] askama::Error),
    #[error("the summary could not be made: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    fn is_usage(&self) -> bool {
        matches!(
            self,
            CliError::MapForm { .. }
                | CliError::Field(_)
                | CliError::Schema { .. }
                | CliError::ErrorModel { .. }
                | CliError::Policy { .. }
                | CliError::OutputExists { .. }
                | CliError::SameFile { .. }
                | CliError::Fingerprint(_)
                | CliError::Window(_)
                | CliError::NotForThisRole
                | CliError::NeedsRoot
                | CliError::KeyIdForm(_)
                | CliError::NoRotation { .. }
                | CliError::Gap { .. }
                | CliError::Seal(
                    billetbook::envelope::SealError::Threshold { .. }
                        | billetbook::envelope::SealError::GateTwice(_)
                        | billetbook::envelope::SealError::TooManySections { .. }
                )
                | CliError::PassphrasesDiffer
                | CliError::NoPassphrase
                | CliError::Terminal(_)
                | CliError::Read(
                    billetbook::record::ReadError::NoColumn { .. }
                        | billetbook::record::ReadError::Ambiguous { .. }
                        | billetbook::record::ReadError::TwoUses { .. }
                        | billetbook::record::ReadError::FixedLayout { .. }
                )
        )
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(if self.is_usage() { 2 } else { 3 })
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            let kind = if self.is_usage() { "usage" } else { "data" };
            eprintln!(
                "{}",
                serde_json::json!({ "error": self.to_string(), "kind": kind })
            );
        } else {
            eprintln!("error: {self}");
        }
    }
}
