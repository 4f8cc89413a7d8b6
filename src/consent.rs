//! Who may learn what, for what, on what lawful basis, and until when.
//!
//! Consent is one basis among several, and in safeguarding seldom the one. Numbers of purposes, bases and the
//! other closed lists go into signed bytes and never change their meaning.

mod basis;
mod party;
mod purpose;
mod scope;

pub use crate::coded::UnknownWord;
pub use basis::{Gateway, LawfulBasis, OffenceCondition, RecognisedInterest, SpecialCondition};
pub use party::{
    DocumentId, IdError, Kind, LONGEST_ID, Nation, OrganisationId, Recipient, Role, RuleId,
};
pub use purpose::Purpose;
pub use scope::{Mode, Scope};
