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
    #[error(transparent)]
    Resolve(#[from] billetbook::linkage::ResolveError),
    #[error("{path}: a result for {found}, not for this identity", path = .path.display())]
    OtherMember {
        path: PathBuf,
        found: billetbook::keys::identity::Fingerprint,
    },
    #[error("{path}: not the file that was tokenised: it has fewer records than the crosswalk knows", path = .path.display())]
    OtherFile { path: PathBuf },
    #[error(transparent)]
    Synth(#[from] billetbook_synth::WriteError),
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
                | CliError::OutputExists { .. }
                | CliError::SameFile { .. }
                | CliError::Fingerprint(_)
                | CliError::PassphrasesDiffer
                | CliError::NoPassphrase
                | CliError::Terminal(_)
                | CliError::Read(
                    billetbook::record::ReadError::NoColumn { .. }
                        | billetbook::record::ReadError::Ambiguous { .. }
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
