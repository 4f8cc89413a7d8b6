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
    #[error("{path}: no card of that root with that key; see `book show`", path = .path.display())]
    NoSuchKey { path: PathBuf },
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
    ClkSchema(#[from] billetbook::clk::clkhash::SchemaError),
    #[error(transparent)]
    ClkHash(#[from] billetbook::clk::clkhash::HashError),
    #[error(transparent)]
    ClkFile(#[from] billetbook::clk::ClkFileError),
    #[error(transparent)]
    Compare(#[from] billetbook::clk::CompareError),
    #[error(
        "--residue goes with --profile tokens: profile local compares all fields in clear already"
    )]
    ResidueInClear,
    #[error("--threshold: {0}")]
    Threshold(billetbook::engine::ThresholdError),
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
    #[error("{path}: {source}", path = .path.display())]
    Exchange {
        path: PathBuf,
        source: Box<billetbook::exchange::ExchangeError>,
    },
    #[error("{path}: {source}", path = .path.display())]
    Card {
        path: PathBuf,
        source: billetbook::exchange::CardError,
    },
    #[error("{path}: {source}", path = .path.display())]
    BookFile {
        path: PathBuf,
        source: toml::de::Error,
    },
    #[error("{path}: no book; begin one with `billetbook book init`", path = .path.display())]
    NoBook { path: PathBuf },
    #[error("{path}: the organisation {organisation} is not in this policy; --organisation is its name there", path = .path.display())]
    NotInPolicy { path: PathBuf, organisation: String },
    #[error("{path}: neither a card nor a key record", path = .path.display())]
    NotACard { path: PathBuf },
    #[error("{path}: a card is accepted by its root's fingerprint, which you have from the agency by telephone: --from FINGERPRINT", path = .path.display())]
    NeedsFrom { path: PathBuf },
    #[error("{path}: the card of root {found}, not of the one that --from names; ask the agency by telephone", path = .path.display())]
    OtherCard {
        path: PathBuf,
        found: billetbook::keys::Fingerprint,
    },
    #[error("--subject: this book holds no record under that reference; see `book add`")]
    NoSubject,
    #[error("--envelope: the record under that reference has {}; name one of them with --envelope", .found.join(", "))]
    WhichEnvelope { found: Vec<String> },
    #[error("{path}: the record lies with {holder}: reach its book with --through COMMAND, or with --ask FILE and then --answer FILE", path = .path.display())]
    Elsewhere { path: PathBuf, holder: String },
    #[error("--through: {command}: {why}")]
    Through { command: String, why: String },
    #[error(
        "{}, row {row}: not the links.csv of `resolve`", path.display()
    )]
    NotLinks { path: PathBuf, row: usize },
    #[error(
        "{}: {matches} matches and {possible} possible links of that record, and one match is needed; where records are \
         linked with several members' name one (--member), else read both records and give the reference (--about)",
        path.display()
    )]
    LinksOf {
        path: PathBuf,
        matches: usize,
        possible: usize,
    },
    #[error(
        "{}: the reference of the request stands beside no record, or beside several; ask who sent it", path.display()
    )]
    NoSuchReference { path: PathBuf },
    #[error("a receipt has 64 hexadecimal digits; see `consent list`")]
    ReceiptForm,
    #[error("--officer: name two of them")]
    Officers,
    #[error(
        "name a copy and its agency's card (--card) or log policy (--log-policy), or a book (--book)"
    )]
    NoCopy,
    #[error("{path}: {source}", path = .path.display())]
    Copy {
        path: PathBuf,
        source: billetbook::audit::ExportError,
    },
    #[error("{path}: {source}", path = .path.display())]
    LogPolicy {
        path: PathBuf,
        source: billetbook::audit::PolicyError,
    },
    #[error("{text}: write FILE=COMMAND")]
    FileCommand { text: String },
    #[error("{path}: {source}", path = .path.display())]
    Note {
        path: PathBuf,
        source: billetbook::audit::NoteError,
    },
    #[error("{path}: {source}", path = .path.display())]
    Party {
        path: PathBuf,
        source: Box<billetbook::gate::Denial>,
    },
    #[error("{path}: no folder of a {what}; make one with `billetbook {what} init`", path = .path.display())]
    NoParty { path: PathBuf, what: &'static str },
    #[error("{path}: a newer card of that agency is trusted already", path = .path.display())]
    OlderCard { path: PathBuf },
    #[error("{path}: it trusts no card yet; give it one with `trust`", path = .path.display())]
    NoCards { path: PathBuf },
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
                | CliError::NeedsFrom { .. }
                | CliError::NotInPolicy { .. }
                | CliError::NoSubject
                | CliError::Officers
                | CliError::ReceiptForm
                | CliError::NoCopy
                | CliError::FileCommand { .. }
                | CliError::WhichEnvelope { .. }
                | CliError::Elsewhere { .. }
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
                | CliError::Threshold(_)
                | CliError::ResidueInClear
                | CliError::ClkSchema(_)
                | CliError::ClkHash(billetbook::clk::clkhash::HashError::NoSecret)
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
