use super::party::{OrganisationId, RuleId};
use crate::clock::Window;
use crate::record::Section;
use thiserror::Error;

/// Which rule denied a request, so that the refusal can be recorded and explained.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Denied {
    /// Another policy is in force.
    #[error("the policy is not the one in force; fetch the one that is")]
    PolicySuperseded,
    /// Nobody confirmed lately that the policy is in force.
    #[error("the policy was not confirmed to be in force within {hours} hours; confirm it first")]
    PolicyStale {
        /// How long a confirmation holds.
        hours: u16,
    },
    /// Before or after the policy's own time.
    #[error("the policy is in force from {valid}")]
    PolicyNotInForce {
        /// When it is.
        valid: Window,
    },
    /// Nothing was asked for.
    #[error("the request names no section")]
    NothingAsked,
    /// The holder or the recipient is not in the policy.
    #[error("organisation {0} is not in the policy")]
    UnknownOrganisation(OrganisationId),
    /// The recipient's role is none of the organisation's.
    #[error("the role is none that the policy gives to {0}")]
    UnknownRole(OrganisationId),
    /// The section is not in the policy.
    #[error("section {0} is not in the policy")]
    UnknownSection(Section),
    /// An exception denies it.
    #[error("rule {rule} denies section {section}")]
    Exception {
        /// The rule.
        rule: RuleId,
        /// The section.
        section: Section,
    },
    /// Nothing allows it.
    #[error(
        "no rule in force allows section {0} to this recipient for this purpose and in this mode"
    )]
    NoRule(Section),
    /// It is allowed, on other bases.
    #[error("rule {rule} allows section {section} on other lawful bases or conditions only")]
    OtherBasis {
        /// One such rule.
        rule: RuleId,
        /// The section.
        section: Section,
    },
    /// A public authority may not rely on that basis (UK GDPR Art 6(1), last sentence).
    #[error("{0} is a public authority and may not rely on legitimate interests")]
    PublicAuthority(OrganisationId),
    /// Special category data, and no Art 9 condition was named.
    #[error(
        "section {0} holds data of special categories and the request names no Art 9 condition"
    )]
    SpecialCategory(Section),
    /// Criminal offence data, and no Art 10 condition was named.
    #[error(
        "section {0} holds data on criminal offences and the request names no Art 10 condition"
    )]
    CriminalOffence(Section),
    /// The identifier would travel where the rule keeps it back.
    #[error("rule {rule} does not let a consistent identifier go with section {section}")]
    Identifier {
        /// The rule.
        rule: RuleId,
        /// The section.
        section: Section,
    },
    /// No consent was recorded for this.
    #[error("the request rests on consent, and none covers it")]
    NoConsent,
    /// The person refused, and was able to.
    #[error("the person whom the record is about refused")]
    RefusedBySubject,
    /// Whoever consented could not.
    #[error("the one who consented had no right to decide, or was not assessed as able to")]
    NoCapacity,
    /// Withdrawn.
    #[error("the consent was withdrawn")]
    ConsentWithdrawn,
    /// Expired.
    #[error("the consent has expired")]
    ConsentExpired,
    /// To be asked again.
    #[error("the consent has to be asked again")]
    ConsentToBeAskedAgain,
    /// Not yet given.
    #[error("the consent is of a later time")]
    ConsentNotYet,
    /// Access is wanted when it is not to be had.
    #[error("the time asked for lies outside what the policy, its rules and the consent allow")]
    Time,
}
