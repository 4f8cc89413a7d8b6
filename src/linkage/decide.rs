use super::{BirthAgreement, Evidence, GivenAgreement, IdAgreement, RowRef, ScoredPair};
use std::collections::HashMap;

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
}

/// A pair with what was decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The smaller reference.
    pub left: RowRef,
    /// The larger reference.
    pub right: RowRef,
    /// Calibrated probability.
    pub probability: f32,
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
#[derive(Clone, Debug, Default)]
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

/// Probability from which a pair that keeps every rule is a match.
pub const MATCH: f32 = 0.95;
/// Probability from which a pair is shown as possible.
pub const POSSIBLE: f32 = 0.5;

/// Decides every pair and joins the matches into clusters.
///
/// `groups[file][row]`: rows of one file with the same number are double entries of one child.
pub(crate) fn decide(
    mut scored: Vec<ScoredPair>,
    groups: &[Vec<u32>],
    tokenised: &[Vec<bool>],
    all_pairs: bool,
    one_file: bool,
) -> Linkage {
    scored.sort_unstable_by_key(|p| (p.left, p.right));
    let shares = if one_file { Vec::new() } else { compete(&scored, groups) };
    let mut links = Vec::new();
    for (i, pair) in scored.iter().enumerate() {
        let p = shares.get(i).copied().unwrap_or(pair.probability);
        let held = rule(&pair.evidence);
        let (decision, held) = match held {
            None if p >= MATCH => (Decision::Match, None),
            None if pair.probability >= MATCH && p >= 0.3 && p < MATCH => (Decision::Possible, Some(Held::RunnerUp)),
            None if p >= POSSIBLE => (Decision::Possible, None),
            Some(held) if p >= POSSIBLE => (Decision::Possible, Some(held)),
            Some(Held::IdentifierDoubtful) => (Decision::Possible, Some(Held::IdentifierDoubtful)),
            _ => (Decision::None, None),
        };
        if decision != Decision::None || all_pairs {
            links.push(Link {
                left: pair.left,
                right: pair.right,
                probability: p,
                decision,
                held,
                evidence: pair.evidence,
            });
        }
    }
    let _ = tokenised;
    Linkage { links, ..Linkage::default() }
}

/// The share of a pair among the candidates of either record in the other's file, where at most one child
/// of a file can be the right one.
fn compete(scored: &[ScoredPair], groups: &[Vec<u32>]) -> Vec<f32> {
    let group = |r: RowRef| groups[usize::from(r.file)][r.row as usize];
    let odds = |p: f32| f64::from(p) / (1.0 - f64::from(p)).max(1e-7);
    let mut sums: HashMap<(u16, u32, u16), Vec<(u32, f64)>> = HashMap::new();
    for p in scored.iter().filter(|p| p.left.file != p.right.file && p.probability >= 0.01) {
        for (a, b) in [(p.left, p.right), (p.right, p.left)] {
            let list = sums.entry((a.file, group(a), b.file)).or_default();
            match list.iter_mut().find(|(g, _)| *g == group(b)) {
                Some(old) => old.1 = old.1.max(odds(p.probability)),
                None => list.push((group(b), odds(p.probability))),
            }
        }
    }
    scored
        .iter()
        .map(|p| {
            if p.left.file == p.right.file {
                return p.probability;
            }
            let side = |a: RowRef, b: RowRef| match sums.get(&(a.file, group(a), b.file)) {
                Some(list) => {
                    let own = odds(p.probability);
                    let others: f64 = list.iter().filter(|(g, _)| *g != group(b)).map(|x| x.1).sum();
                    own / (1.0 + own + others)
                }
                None => f64::from(p.probability),
            };
            side(p.left, p.right).min(side(p.right, p.left)) as f32
        })
        .collect()
}

/// The rule that keeps a pair from being a match, however probable.
fn rule(e: &Evidence) -> Option<Held> {
    let approximate = matches!(e.given, GivenAgreement::OneEdit | GivenAgreement::Nickname);
    let given = e.given >= GivenAgreement::OneEdit;
    let by_identifier =
        e.identifier == IdAgreement::Same && matches!(e.birth, BirthAgreement::Same | BirthAgreement::Partial);
    match e.identifier {
        IdAgreement::Differs => return Some(Held::IdentifierConflict),
        IdAgreement::Doubtful => return Some(Held::IdentifierDoubtful),
        _ => {}
    }
    if given {
        return (approximate && e.co_birth).then_some(Held::CoBirth);
    }
    match e.given {
        GivenAgreement::Differs if e.identifier == IdAgreement::Same => Some(Held::GivenNameConflict),
        _ if by_identifier && e.given == GivenAgreement::Unknown => None,
        _ => Some(Held::NoGivenName),
    }
}
