//! From tokens (or, inside one trusted unit, from records) to links: candidates, scores, decisions, clusters.

mod chance;
mod children;
mod cluster;
mod co_birth;
mod decide;
mod entries;
mod evidence;
mod home;
mod join;
mod level;
mod link;
mod local;
mod model;
mod outcome;
mod parallel;
#[cfg(feature = "parquet")]
mod parties;
mod priors;
mod residue;
#[cfg(feature = "parquet")]
mod result_file;
mod rivals;
mod tokens;

pub use decide::{MATCH, POSSIBLE};
pub use evidence::{Agreement, BirthAgreement, Evidence, GivenAgreement, IdAgreement};
pub use link::{LinkError, LinkOptions, link_tokens};
pub use local::link_local;
pub use outcome::{Cluster, ClusterFlag, Decision, Fit, Held, Link, Linkage, RowOutcome, Status};
#[cfg(feature = "parquet")]
pub use parties::{
    MemberResult, OwnLink, RecordOutcome, ResolveError, Resolved, ResultLink, TokeniseOptions,
    make_token_file, make_token_file_with, match_files, resolve,
};
pub use residue::ResidueError;
#[cfg(feature = "parquet")]
pub use result_file::ResultFileError;

/// A record by its place: file number and row (record) number in that file, both from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowRef {
    /// File number.
    pub file: u16,
    /// Record number in the file.
    pub row: u32,
}

/// A candidate pair with its probability and what agrees in it. `left < right` always.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredPair {
    /// The smaller reference.
    pub left: RowRef,
    /// The larger reference.
    pub right: RowRef,
    /// Calibrated probability that both records are of one child.
    pub probability: f64,
    /// What agrees, differs or is unknown, field by field.
    pub evidence: Evidence,
}
