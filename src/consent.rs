//! Who may learn what, for what, on what lawful basis, and until when.
//!
//! Consent is one basis among several, and in safeguarding seldom the one: a [`Scope`] names its basis, and
//! withdrawing consent touches only what rests on it. A [`Policy`] puts a data-sharing agreement into rules;
//! [`decide`] answers a [`Request`] under it with a [`Permit`] or with the rule that denied it. Nothing here reads
//! a clock, a file or a network.
//!
//! ```
//! use billetbook::clock::{UnixTime, Window};
//! use billetbook::consent::*;
//! use billetbook::record::{IdentifierState, Section};
//!
//! let policy = Policy::parse(include_str!("../examples/policy.toml"))?;
//! let now: UnixTime = "2026-05-04T09:30:00Z".parse()?;
//! let mut request = Request {
//!     source: "oakfield".parse()?,
//!     recipient: Recipient { organisation: "westshire".parse()?, role: "social_worker".parse()? },
//!     sections: [Section::Personal, Section::Education].into(),
//!     purpose: Purpose::Section47Enquiry,
//!     mode: Mode::Content,
//!     basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
//!     special: None,
//!     offence: None,
//!     window: Window::new(now, now.after(14 * 86_400))?,
//!     identifier: IdentifierState::Present,
//! };
//! let permit = decide(&request, &policy, &policy.head(now), &[], now)?;
//! assert_eq!(permit.rules()[&Section::Education].as_str(), "section-47");
//!
//! request.purpose = Purpose::Research;
//! assert_eq!(
//!     decide(&request, &policy, &policy.head(now), &[], now),
//!     Err(Denied::NoRule(Section::Education))
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The numbers of purposes, bases and the other closed lists go into signed bytes and never change their meaning.

mod basis;
mod decide;
mod denied;
mod given;
pub mod mapping;
mod party;
pub mod policy;
mod purpose;
mod request;
mod scope;

pub use crate::coded::UnknownWord;
pub use basis::{Gateway, LawfulBasis, OffenceCondition, RecognisedInterest, SpecialCondition};
pub use decide::{Permit, decide};
pub use denied::Denied;
pub use given::{Answer, Capacity, Consent, Giver};
pub use party::{
    DocumentId, IdError, Kind, LONGEST_ID, Nation, OrganisationId, Recipient, Role, RuleId,
};
pub use policy::{Agreement, Policy, PolicyError, PolicyHead};
pub use purpose::Purpose;
pub use request::{Request, Retention};
pub use scope::{Mode, Scope};

#[cfg(test)]
mod tests;
