use super::denied::Denied;
use super::given::{Answer, Consent, Giver};
use super::party::{DocumentId, Kind, OrganisationId, RuleId};
use super::policy::{Agreement, Policy, PolicyHead, Rule};
use super::request::{Request, Retention};
use super::scope::Scope;
use crate::clock::{UnixTime, Window};
use crate::record::{IdentifierState, Section};
use std::collections::{BTreeMap, BTreeSet};

/// That a request was allowed: what, on which rules of which policy, and for how long. Made by [`decide`] alone,
/// neither copied nor cloned, so that whoever is handed one knows that the decision was made.
///
/// ```compile_fail,E0451
/// # use billetbook::consent::Permit;
/// fn forge(p: Permit) -> Permit {
///     Permit { policy: [0; 32], ..p }
/// }
/// ```
/// ```compile_fail,E0599
/// # use billetbook::consent::Permit;
/// fn hand_on(p: Permit) -> Permit {
///     p.clone()
/// }
/// ```
/// The same with what is allowed:
/// ```
/// # use billetbook::consent::Permit;
/// fn read(p: &Permit) -> [u8; 32] {
///     p.policy()
/// }
/// fn hand_on(p: Permit) -> Permit {
///     p
/// }
/// ```
#[derive(PartialEq, Eq)]
pub struct Permit {
    policy: [u8; 32],
    policy_id: DocumentId,
    policy_version: u32,
    agreement: Agreement,
    request: Request,
    scope: Scope,
    rules: BTreeMap<Section, RuleId>,
    retention: BTreeMap<Section, Retention>,
    evidence: Option<[u8; 32]>,
    two_issuers: bool,
    decided: UnixTime,
}

/// Nothing, as of a request.
impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Permit(..)")
    }
}

/// Decides a request under a policy. Pure and total; whatever is not allowed is denied, and so is everything
/// under a policy that is not known to be in force.
///
/// A permit lasts no longer than was asked, than the policy, the rules and the consent last, and than the rules'
/// longest access from now.
///
/// # Errors
/// The first rule that denies it.
pub fn decide(
    request: &Request,
    policy: &Policy,
    head: &PolicyHead,
    consents: &[Consent],
    now: UnixTime,
) -> Result<Permit, Denied> {
    let digest = policy.digest();
    in_force(policy, digest, head, now)?;
    let kinds = parties(request, policy)?;
    if request.sections.is_empty() {
        return Err(Denied::NothingAsked);
    }
    let mut rules = BTreeMap::new();
    let mut window = request
        .window
        .intersect(policy.valid())
        .ok_or(Denied::Time)?;
    for section in &request.sections {
        let (id, rule) = allowed(request, policy, section, kinds, now)?;
        window = window.intersect(rule.valid).ok_or(Denied::Time)?;
        let longest = now.after(u64::from(rule.longest_days) * 86_400);
        let longest = Window::new(now, longest).map_err(|_| Denied::Time)?;
        window = window.intersect(longest).ok_or(Denied::Time)?;
        rules.insert(section.clone(), (id.clone(), rule.retention));
    }
    let mut evidence = None;
    if request.rests_on_consent() {
        let (consent, counts) = consented(request, consents, now)?;
        window = window.intersect(counts).ok_or(Denied::Time)?;
        evidence = Some(consent.evidence);
    }
    let scope = Scope::new(
        BTreeSet::from([request.recipient.organisation.clone()]),
        BTreeSet::from([request.recipient.role.clone()]),
        request.sections.clone(),
        BTreeSet::from([request.purpose]),
        request.mode,
        BTreeSet::from([request.basis]),
        window,
    );
    Ok(Permit {
        policy: digest,
        policy_id: policy.id().clone(),
        policy_version: policy.version(),
        agreement: policy.agreement().clone(),
        request: request.clone(),
        scope: scope.ok_or(Denied::NothingAsked)?,
        retention: rules.iter().map(|(s, r)| (s.clone(), r.1)).collect(),
        rules: rules.into_iter().map(|(s, r)| (s, r.0)).collect(),
        evidence,
        two_issuers: policy.two_issuers(),
        decided: now,
    })
}

fn in_force(
    policy: &Policy,
    digest: [u8; 32],
    head: &PolicyHead,
    now: UnixTime,
) -> Result<(), Denied> {
    if digest != head.digest {
        return Err(Denied::PolicySuperseded);
    }
    // A confirmation from the future is a clock that is wrong, ours or theirs.
    let hours = policy.confirm_hours();
    let until = head.confirmed.after(u64::from(hours) * 3600);
    if head.confirmed > now || until <= now {
        return Err(Denied::PolicyStale { hours });
    }
    if !policy.valid().contains(now) {
        return Err(Denied::PolicyNotInForce {
            valid: policy.valid(),
        });
    }
    Ok(())
}

/// The kinds of holder and recipient: what the policy says they are, never what a request says.
fn parties(request: &Request, policy: &Policy) -> Result<(Kind, Kind), Denied> {
    let known = |id: &OrganisationId| {
        let found = policy.organisations().get(id);
        found.ok_or_else(|| Denied::UnknownOrganisation(id.clone()))
    };
    let source = known(&request.source)?;
    let recipient = known(&request.recipient.organisation)?;
    if !recipient.roles.contains(&request.recipient.role) {
        let organisation = request.recipient.organisation.clone();
        return Err(Denied::UnknownRole(organisation));
    }
    if request.basis.is_closed_to_public_authorities() && source.kind.is_public_authority() {
        return Err(Denied::PublicAuthority(request.source.clone()));
    }
    Ok((source.kind, recipient.kind))
}

/// The rule that allows a section: of several, the one that gives the longest access, then the first by name.
fn allowed<'p>(
    request: &Request,
    policy: &'p Policy,
    section: &Section,
    kinds: (Kind, Kind),
    now: UnixTime,
) -> Result<(&'p RuleId, &'p Rule), Denied> {
    let terms = policy.sections().get(section);
    let terms = terms.ok_or_else(|| Denied::UnknownSection(section.clone()))?;
    let in_force = || policy.rules().iter().filter(|(_, r)| r.valid.contains(now));
    if let Some((rule, _)) = in_force().find(|(_, r)| r.denies(request, section, kinds)) {
        return Err(Denied::Exception {
            rule: rule.clone(),
            section: section.clone(),
        });
    }
    if terms.special && request.special.is_none() {
        return Err(Denied::SpecialCategory(section.clone()));
    }
    if terms.offence && request.offence.is_none() {
        return Err(Denied::CriminalOffence(section.clone()));
    }
    let candidates: Vec<_> = in_force()
        .filter(|(_, r)| r.allows(request, section, kinds))
        .collect();
    let Some((first, _)) = candidates.first() else {
        return Err(Denied::NoRule(section.clone()));
    };
    let on_this_basis = candidates.iter().filter(|(_, r)| {
        r.bases.contains(&request.basis)
            && (!terms.special || request.special.is_some_and(|c| r.special.contains(&c)))
            && (!terms.offence || request.offence.is_some_and(|c| r.offence.contains(&c)))
    });
    let on_this_basis: Vec<_> = on_this_basis.copied().collect();
    let Some((rule, _)) = on_this_basis.first() else {
        return Err(Denied::OtherBasis {
            rule: (*first).clone(),
            section: section.clone(),
        });
    };
    let carries = request.identifier == IdentifierState::Present;
    let ends = |r: &Rule| {
        let longest = now.after(u64::from(r.longest_days) * 86_400);
        r.valid.until().min(longest)
    };
    on_this_basis
        .iter()
        .filter(|(_, r)| r.identifier || !carries)
        .max_by(|a, b| ends(a.1).cmp(&ends(b.1)).then(b.0.cmp(a.0)))
        .copied()
        .ok_or_else(|| Denied::Identifier {
            rule: (*rule).clone(),
            section: section.clone(),
        })
}

/// The consent that a request rests on, and how long it counts.
fn consented<'c>(
    request: &Request,
    consents: &'c [Consent],
    now: UnixTime,
) -> Result<(&'c Consent, Window), Denied> {
    // The person's own last word, where able to give one, goes before anyone else's consent.
    let own = consents.iter().filter_map(|c| own_word(c, request, now));
    if let Some((_, Some(refusal))) = own.max_by_key(|(at, refusal)| (*at, refusal.is_some())) {
        return Err(refusal);
    }
    let covering = consents
        .iter()
        .filter(|c| c.answer == Answer::Given && c.covers(request));
    let mut denied = Denied::NoConsent;
    let mut best: Option<(&Consent, Window)> = None;
    for consent in covering {
        match state(consent, now) {
            Err(why) => denied = why,
            Ok(counts) if best.is_none_or(|b| counts.until() > b.1.until()) => {
                best = Some((consent, counts));
            }
            Ok(_) => {}
        }
    }
    best.ok_or(denied)
}

/// When the person whom the record is about last answered by that consent, and what it denies. Withdrawing is an
/// answer; a refusal lasts until it is withdrawn or answered anew.
fn own_word(
    consent: &Consent,
    request: &Request,
    now: UnixTime,
) -> Option<(UnixTime, Option<Denied>)> {
    if consent.giver != Giver::Subject || !consent.has_capacity() || consent.valid.from() > now {
        return None;
    }
    let withdrawn = consent.withdrawn.filter(|at| *at <= now);
    match (consent.answer, withdrawn) {
        (Answer::Given, Some(at)) if consent.touches(request) => {
            Some((at, Some(Denied::ConsentWithdrawn)))
        }
        (Answer::Given, None) if consent.covers(request) => Some((consent.valid.from(), None)),
        (Answer::Refused, None) if consent.touches(request) && request.mode >= consent.mode => {
            Some((consent.valid.from(), Some(Denied::RefusedBySubject)))
        }
        _ => None,
    }
}

/// Whether a consent counts now, and till when.
fn state(consent: &Consent, now: UnixTime) -> Result<Window, Denied> {
    if !consent.has_capacity() {
        return Err(Denied::NoCapacity);
    }
    if consent.is_withdrawn(now) {
        return Err(Denied::ConsentWithdrawn);
    }
    if now < consent.valid.from() {
        return Err(Denied::ConsentNotYet);
    }
    if consent.valid.until() <= now {
        return Err(Denied::ConsentExpired);
    }
    if consent.ask_again <= now {
        return Err(Denied::ConsentToBeAskedAgain);
    }
    consent.counts().ok_or(Denied::ConsentExpired)
}

impl Permit {
    /// What is allowed, and when.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The request that was decided.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The policy's digest.
    pub fn policy(&self) -> [u8; 32] {
        self.policy
    }

    /// The policy's name and version.
    pub fn policy_version(&self) -> (&DocumentId, u32) {
        (&self.policy_id, self.policy_version)
    }

    /// The agreement and assessment it follows.
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// The rule that allowed each section.
    pub fn rules(&self) -> &BTreeMap<Section, RuleId> {
        &self.rules
    }

    /// How long what is received may be kept, by section.
    pub fn retention(&self) -> &BTreeMap<Section, Retention> {
        &self.retention
    }

    /// The commitment to the receipt of the consent it rests on, where it rests on one.
    pub fn evidence(&self) -> Option<[u8; 32]> {
        self.evidence
    }

    /// True where two persons must issue what it permits.
    pub fn two_issuers(&self) -> bool {
        self.two_issuers
    }

    /// When it was decided.
    pub fn decided(&self) -> UnixTime {
        self.decided
    }
}
