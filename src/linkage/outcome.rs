use super::{Evidence, RowRef};

/// What is said of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decision {
    /// Below one half: written only with `--all-pairs`.
    None,
    /// For a person to review.
    Possible,
    /// One child.
    Match,
}

/// The rule that kept a probable pair from being a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Held {
    /// No given-name evidence and no agreeing identifier with an agreeing birth date.
    NoGivenName,
    /// Given names are only alike, as twins' names may be, and neither a middle name nor an identifier says that
    /// this is one child.
    NearName,
    /// Given names agree only approximately and a co-birth stands, or could stand, beside.
    CoBirth,
    /// Given names conflict.
    GivenNameConflict,
    /// Both hold valid identifiers and they differ.
    IdentifierConflict,
    /// The identifier agrees but stands on two records of one file, or the rest of the record differs.
    IdentifierDoubtful,
    /// Another candidate is as good, or nearly.
    RunnerUp,
    /// The two are a NoLink pair (an identity and a closed one), directly or through a cluster.
    NoLink,
    /// The key that agrees is too weak to link by itself.
    WeakKey,
    /// No token agrees: the pair was found by similarity alone.
    Residue,
}

/// A pair with what was decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The smaller reference.
    pub left: RowRef,
    /// The larger reference.
    pub right: RowRef,
    /// Calibrated probability.
    pub probability: f64,
    /// The decision.
    pub decision: Decision,
    /// The rule that held it back, if one did.
    pub held: Option<Held>,
    /// What agrees.
    pub evidence: Evidence,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// One match in each other file at most.
    Matched,
    /// Only possible links.
    Possible,
    /// More than one match in one other file.
    Many,
    /// No link.
    Unmatched,
    /// Too little in the record to make any token.
    NotTokenised,
}

/// What became of a record, and its cluster (records without a match have a cluster of their own).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowOutcome {
    /// Status.
    pub status: Status,
    /// Index into [`Linkage::clusters`].
    pub cluster: u32,
}

/// Why a cluster was split or should be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ClusterFlag {
    /// Members hold different valid national identifiers.
    IdentifierConflict,
    /// Members are an identity and a closed identity that must not be joined.
    NoLink,
    /// Two records of one file.
    TwoOfOneFile,
    /// A member is shielded, so every member is treated so.
    Shielded,
    /// A larger cluster was split here.
    Split,
}

/// Records of one child.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cluster {
    /// Members, sorted.
    pub members: Vec<RowRef>,
    /// Flags, sorted, without repeats.
    pub flags: Vec<ClusterFlag>,
}

/// How the model was fitted, for `summary.json`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fit {
    /// Candidate pairs scored.
    pub candidates: u64,
    /// Estimated share of true pairs among candidates.
    pub match_share: f64,
    /// True where there was too little evidence and the stated priors were used.
    pub priors_used: bool,
    /// Rounds of EM.
    pub rounds: u32,
    /// How many pairs each step (key or blocking rule) added, in order: name, new candidates, new matches.
    pub steps: Vec<(String, u64, u64)>,
}

/// The outcome of linking: pairs, clusters, and what became of every record.
#[derive(Clone, Debug, Default)]
pub struct Linkage {
    /// Decided pairs, sorted by (left, right); `Decision::None` only where all pairs were asked for.
    pub links: Vec<Link>,
    /// Clusters; every record stands in exactly one.
    pub clusters: Vec<Cluster>,
    /// Per file, per record.
    pub rows: Vec<Vec<RowOutcome>>,
    /// How the model was fitted.
    pub fit: Fit,
}
