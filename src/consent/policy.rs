//! A data-sharing agreement as rules: defaults, exceptions, and who is who.

mod bytes;
mod check;
mod text;
mod words;

pub use check::Problem;
pub use text::PolicyError;
pub use words::{Note, Sentence};

use super::basis::{LawfulBasis, OffenceCondition, SpecialCondition};
use super::party::{DocumentId, Kind, Nation, OrganisationId, Role, RuleId};
use super::purpose::Purpose;
use super::request::{Request, Retention};
use super::scope::Mode;
use crate::clock::{UnixTime, Window};
use crate::coded::coded;
use crate::record::Section;
use std::collections::{BTreeMap, BTreeSet};

/// Most organisations of a policy.
pub const MOST_ORGANISATIONS: usize = 4096;
/// Most rules of a policy.
pub const MOST_RULES: usize = 512;
/// Most sections of an envelope, and so of a policy.
pub const MOST_SECTIONS: usize = 15;
/// Most roles of an organisation or a rule, and most entries of any other list of a rule.
pub const MOST_IN_LIST: usize = 256;
/// Most hours for which a confirmation that a policy is in force may hold.
pub const MOST_CONFIRM_HOURS: u16 = 24 * 31;
/// Longest policy file, in bytes.
pub const LONGEST_POLICY: usize = 1 << 20;
/// Longest title or name of an organisation, in bytes.
pub const LONGEST_TITLE: usize = 200;
/// Longest access that a rule may give, in days, and what it gives where it says nothing.
pub const LONGEST_ACCESS_DAYS: u16 = 366;
/// Days of access where a policy says nothing.
pub const DEFAULT_ACCESS_DAYS: u16 = 90;

/// A policy, read from TOML and compiled: whatever its file's order or spacing, one value has one digest.
///
/// ```
/// use billetbook::consent::Policy;
/// let text = include_str!("../../examples/policy.toml");
/// let policy = Policy::parse(text)?;
/// assert_eq!(Policy::from_bytes(&policy.to_bytes())?, policy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) id: DocumentId,
    pub(super) version: u32,
    pub(super) nation: Nation,
    pub(super) valid: Window,
    pub(super) confirm_hours: u16,
    pub(super) two_issuers: bool,
    pub(super) agreement: Agreement,
    pub(super) organisations: BTreeMap<OrganisationId, Organisation>,
    pub(super) sections: BTreeMap<Section, SectionTerms>,
    pub(super) rules: BTreeMap<RuleId, Rule>,
}

/// The documents that a policy puts into rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The data-sharing agreement.
    pub id: DocumentId,
    /// Its version.
    pub version: DocumentId,
    /// The data protection impact assessment.
    pub assessment: DocumentId,
    /// Its version.
    pub assessment_version: DocumentId,
}

/// An organisation that a policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its name among people.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// The roles in it that may receive.
    pub roles: BTreeSet<Role>,
}

/// What a policy says of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionTerms {
    /// Its name among people.
    pub title: String,
    /// True where it holds data of special categories (Art 9).
    pub special: bool,
    /// True where it holds data on criminal offences (Art 10).
    pub offence: bool,
}

coded! {
    /// What a rule does. A denial outweighs whatever allows.
    pub enum Effect: u8, "effects" {
        Default = 1, "default", "allows, as a default";
        Allow = 2, "allow", "allows, as an exception";
        Deny = 3, "deny", "denies, as an exception";
    }
}

/// Organisations by name or by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// By name.
    pub organisations: BTreeSet<OrganisationId>,
    /// By kind.
    pub kinds: BTreeSet<Kind>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub effect: Effect,
    /// Who holds the record.
    pub from: Parties,
    /// Who receives.
    pub to: Parties,
    /// In which roles.
    pub roles: BTreeSet<Role>,
    /// Which sections.
    pub sections: BTreeSet<Section>,
    /// For which purposes, and those under them.
    pub purposes: BTreeSet<Purpose>,
    /// How much: what allows content allows existence, what denies existence denies content.
    pub mode: Mode,
    /// On which bases. Of no matter to a denial, which holds on any.
    pub bases: BTreeSet<LawfulBasis>,
    /// On which Art 9 conditions.
    pub special: BTreeSet<SpecialCondition>,
    /// On which Art 10 conditions.
    pub offence: BTreeSet<OffenceCondition>,
    /// When it is in force.
    pub valid: Window,
    /// The longest access that it gives, in days.
    pub longest_days: u16,
    /// True where a consistent identifier may go with it.
    pub identifier: bool,
    /// How long what is received may be kept.
    pub retention: Retention,
}

/// What an agency last learnt of which policy is in force: the digest, and when it was confirmed. It comes from
/// whoever publishes the policy; without a recent one every decision is a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyHead {
    /// The digest of the policy in force.
    pub digest: [u8; 32],
    /// When that was last confirmed.
    pub confirmed: UnixTime,
}

impl Policy {
    /// Its name.
    pub fn id(&self) -> &DocumentId {
        &self.id
    }

    /// Its version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whose law it follows.
    pub fn nation(&self) -> Nation {
        self.nation
    }

    /// When it is in force.
    pub fn valid(&self) -> Window {
        self.valid
    }

    /// For how many hours a confirmation that it is in force holds.
    pub fn confirm_hours(&self) -> u16 {
        self.confirm_hours
    }

    /// True where every grant takes two persons who issue it.
    pub fn two_issuers(&self) -> bool {
        self.two_issuers
    }

    /// The documents it follows.
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// The organisations it knows.
    pub fn organisations(&self) -> &BTreeMap<OrganisationId, Organisation> {
        &self.organisations
    }

    /// The sections it knows.
    pub fn sections(&self) -> &BTreeMap<Section, SectionTerms> {
        &self.sections
    }

    /// Its rules.
    pub fn rules(&self) -> &BTreeMap<RuleId, Rule> {
        &self.rules
    }

    /// True where some rule allows something; a policy of denials alone is of no use to an envelope.
    pub fn permits_anything(&self) -> bool {
        self.rules.values().any(|r| r.effect != Effect::Deny)
    }

    /// The head that says that this policy is the one in force.
    pub fn head(&self, confirmed: UnixTime) -> PolicyHead {
        PolicyHead {
            digest: self.digest(),
            confirmed,
        }
    }
}

impl Parties {
    /// True where that organisation is among them.
    pub fn include(&self, id: &OrganisationId, kind: Kind) -> bool {
        self.organisations.contains(id) || self.kinds.contains(&kind)
    }
}

impl Rule {
    /// True where it allows `section` of what is asked, whatever the basis.
    pub(super) fn allows(&self, request: &Request, section: &Section, kinds: (Kind, Kind)) -> bool {
        self.effect != Effect::Deny
            && self.from.include(&request.source, kinds.0)
            && self.to.include(&request.recipient.organisation, kinds.1)
            && self.roles.contains(&request.recipient.role)
            && self.sections.contains(section)
            && self.purposes.iter().any(|p| request.purpose.is_within(*p))
            && request.mode <= self.mode
    }

    /// True where it denies any part of what is asked for `section`: a broad purpose is denied by a narrow one.
    pub(super) fn denies(&self, request: &Request, section: &Section, kinds: (Kind, Kind)) -> bool {
        self.effect == Effect::Deny
            && self.from.include(&request.source, kinds.0)
            && self.to.include(&request.recipient.organisation, kinds.1)
            && self.roles.contains(&request.recipient.role)
            && self.sections.contains(section)
            && self.purposes.iter().any(|p| request.purpose.overlaps(*p))
            && request.mode >= self.mode
    }
}

#[cfg(test)]
mod tests;
