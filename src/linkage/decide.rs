use super::entries::among_entries;
use super::outcome::{Decision, Held, Link};
use super::rivals::compete;
use super::{Agreement, BirthAgreement, Evidence, GivenAgreement, IdAgreement, ScoredPair};

/// Probability from which a pair that keeps every rule is a match.
pub const MATCH: f64 = 0.95;
/// Probability from which a pair is shown as possible.
pub const POSSIBLE: f64 = 0.5;

/// Decides every pair. `groups[file][row]`: rows of one file with the same number are double entries of one
/// child, no rivals of each other. `second_entries`: see [`compete`].
pub(crate) fn decide(
    mut scored: Vec<ScoredPair>,
    groups: &[Vec<u32>],
    one_file: bool,
    second_entries: f64,
) -> Vec<Link> {
    scored.sort_unstable_by_key(|p| (p.left, p.right));
    let shares = if one_file {
        among_entries(&scored)
    } else {
        compete(&scored, groups, second_entries)
    };
    let mut links = Vec::new();
    for (i, pair) in scored.iter().enumerate() {
        let p = shares.get(i).copied().unwrap_or(pair.probability);
        let held = rule(&pair.evidence);
        let (decision, held) = match held {
            None if p >= MATCH => (Decision::Match, None),
            None if pair.probability >= MATCH && (0.3..MATCH).contains(&p) => {
                (Decision::Possible, Some(Held::RunnerUp))
            }
            None if p >= POSSIBLE => (Decision::Possible, None),
            Some(held) if p >= POSSIBLE => (Decision::Possible, Some(held)),
            Some(Held::IdentifierDoubtful) => (Decision::Possible, Some(Held::IdentifierDoubtful)),
            _ => (Decision::None, None),
        };
        let (left, right, evidence) = (pair.left, pair.right, pair.evidence);
        links.push(Link {
            left,
            right,
            probability: p,
            decision,
            held,
            evidence,
        });
    }
    links
}

/// The rule that keeps a pair from being a match, however probable.
fn rule(e: &Evidence) -> Option<Held> {
    use GivenAgreement as G;
    if e.weak_key {
        return Some(Held::WeakKey);
    }
    match e.identifier {
        IdAgreement::Differs => return Some(Held::IdentifierConflict),
        IdAgreement::Doubtful => return Some(Held::IdentifierDoubtful),
        _ => {}
    }
    let by_identifier = e.identifier == IdAgreement::Same
        && matches!(e.birth, BirthAgreement::Same | BirthAgreement::Partial);
    let by_middle_name = e.middle == Agreement::Same && e.birth == BirthAgreement::Same;
    let one_household = e.family >= Agreement::Close && e.place == Agreement::Same;
    match e.given {
        G::Same | G::Crossed => None,
        G::Near | G::Form | G::Nickname if e.co_birth => Some(Held::CoBirth),
        G::Nickname => None,
        G::Near | G::Form if by_identifier || by_middle_name => None,
        G::Near | G::Form => Some(Held::NearName),
        G::Unknown if by_identifier || (by_middle_name && one_household) => None,
        // Two children of one household do not share an identifier, the birth date and a middle name.
        G::Weak if by_identifier && by_middle_name => None,
        G::Differs | G::Weak if e.identifier == IdAgreement::Same => Some(Held::GivenNameConflict),
        _ => Some(Held::NoGivenName),
    }
}
