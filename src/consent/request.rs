use super::basis::{LawfulBasis, OffenceCondition, SpecialCondition};
use super::party::{OrganisationId, Recipient};
use super::purpose::Purpose;
use super::scope::Mode;
use crate::clock::Window;
use crate::coded::coded;
use crate::record::{IdentifierState, Section};
use std::collections::BTreeSet;

/// What one agency asks another for.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Who holds the record.
    pub source: OrganisationId,
    /// Who asks.
    pub recipient: Recipient,
    /// Which sections.
    pub sections: BTreeSet<Section>,
    /// For what.
    pub purpose: Purpose,
    /// How much.
    pub mode: Mode,
    /// On what lawful basis the source would give it.
    pub basis: LawfulBasis,
    /// The Art 9 condition for sections of special categories.
    pub special: Option<SpecialCondition>,
    /// The Art 10 condition for sections on criminal offences.
    pub offence: Option<OffenceCondition>,
    /// When access is wanted.
    pub window: Window,
    /// Whether a consistent identifier would travel with it.
    pub identifier: IdentifierState,
}

/// Nothing: who asks for what is a matter between two agencies.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request(..)")
    }
}

impl Request {
    /// True where the basis or one of the conditions is consent, so that a withdrawal ends it.
    pub fn rests_on_consent(&self) -> bool {
        self.basis == LawfulBasis::Consent
            || self.special == Some(SpecialCondition::ExplicitConsent)
            || self.offence == Some(OffenceCondition::Consent)
    }
}

coded! {
    /// How long what was received may be kept, as classes; the receiving agency's schedule gives the dates.
    pub enum Retention: u8, "retention classes" {
        /// Care Planning, Placement and Case Review (England) Regulations 2010 reg 50.
        LookedAfter = 1, "looked_after", "to the 75th anniversary of birth, or 15 years from death before 18";
        /// Disclosure of Adoption Information (Post-Commencement Adoptions) Regulations 2005 reg 6.
        Adoption = 2, "adoption", "at least 100 years from the adoption order";
        ChildProtection = 3, "child_protection", "as child protection records, by the local schedule";
        ChildInNeed = 4, "child_in_need", "as child in need records, by the local schedule";
        Education = 5, "education", "as education records, by the local schedule";
        Health = 6, "health", "as health records of children";
        Foster = 7, "foster", "10 years from the end of the foster carer's approval";
        PurposeOnly = 8, "purpose_only", "until the purpose is served, then destroyed";
        NotKept = 9, "not_kept", "no longer than it takes to read";
    }
}
