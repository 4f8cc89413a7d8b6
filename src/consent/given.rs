use super::party::{OrganisationId, Role};
use super::purpose::Purpose;
use super::request::Request;
use super::scope::Mode;
use crate::clock::{UnixTime, Window};
use crate::coded::coded;
use crate::record::Section;
use std::collections::BTreeSet;

coded! {
    /// Who gave or refused consent.
    pub enum Giver: u8, "givers of consent" {
        Subject = 1, "subject", "the person whom the record is about";
        Parent = 2, "parent", "a parent with parental responsibility";
        SpecialGuardian = 3, "special_guardian", "a special guardian";
        /// Under an interim or full care order; not under s.20 accommodation, which gives none.
        LocalAuthority = 4, "local_authority", "a local authority that holds parental responsibility";
    }
}

coded! {
    /// By what right the giver could decide.
    pub enum Capacity: u8, "capacities" {
        Adult = 1, "adult", "an adult who decides for themself";
        SixteenOrSeventeen = 2, "sixteen_or_seventeen", "a person of 16 or 17, presumed able to decide";
        Competent = 3, "competent", "a child assessed as able to understand and decide (Gillick competence)";
        ParentalResponsibility = 4, "parental_responsibility", "holds parental responsibility for the child";
        NotAssessed = 5, "not_assessed", "not assessed";
    }
}

coded! {
    /// What was answered.
    pub enum Answer: u8, "answers" {
        Given = 1, "given", "consent was given";
        Refused = 2, "refused", "consent was refused";
    }
}

/// What someone agreed or refused to have shared, as one agency recorded it. Holds no name.
///
/// It is the answer to *sharing information*; agreeing to a service, or to treatment, is another matter.
#[derive(Clone, PartialEq, Eq)]
pub struct Consent {
    /// Given or refused.
    pub answer: Answer,
    /// By whom.
    pub giver: Giver,
    /// By what right.
    pub capacity: Capacity,
    /// A blinded commitment to the receipt (ISO/IEC TS 27560 shape) that the agency keeps.
    pub evidence: [u8; 32],
    /// With which organisations.
    pub organisations: BTreeSet<OrganisationId>,
    /// With which roles in these.
    pub roles: BTreeSet<Role>,
    /// Which sections.
    pub sections: BTreeSet<Section>,
    /// For which purposes, and those under them.
    pub purposes: BTreeSet<Purpose>,
    /// How much: who agrees to content agrees to existence, who refuses existence refuses content.
    pub mode: Mode,
    /// From when it was given to when it expires.
    pub valid: Window,
    /// When it has to be asked again, at the latest: the child turns 16 or 18, or another agency joins.
    pub ask_again: UnixTime,
    /// When it was withdrawn.
    pub withdrawn: Option<UnixTime>,
}

/// Nothing: it is about one child.
impl std::fmt::Debug for Consent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Consent(..)")
    }
}

impl Consent {
    /// True where the giver had the right to decide by that capacity.
    pub fn has_capacity(&self) -> bool {
        match (self.giver, self.capacity) {
            (
                Giver::Subject,
                Capacity::Adult | Capacity::SixteenOrSeventeen | Capacity::Competent,
            ) => true,
            (
                Giver::Parent | Giver::SpecialGuardian | Giver::LocalAuthority,
                Capacity::ParentalResponsibility,
            ) => true,
            (_, Capacity::NotAssessed)
            | (Giver::Subject, Capacity::ParentalResponsibility)
            | (Giver::Parent | Giver::SpecialGuardian | Giver::LocalAuthority, _) => false,
        }
    }

    /// True where withdrawn by then.
    pub fn is_withdrawn(&self, now: UnixTime) -> bool {
        self.withdrawn.is_some_and(|at| at <= now)
    }

    /// How long it counts: until it expires, is to be asked again, or is withdrawn.
    pub fn counts(&self) -> Option<Window> {
        let mut until = self.valid.until().min(self.ask_again);
        if let Some(at) = self.withdrawn {
            until = until.min(at);
        }
        Window::new(self.valid.from(), until).ok()
    }

    /// True where all that is asked lies within what it speaks of.
    pub(crate) fn covers(&self, request: &Request) -> bool {
        self.organisations.contains(&request.recipient.organisation)
            && self.roles.contains(&request.recipient.role)
            && request.sections.is_subset(&self.sections)
            && self.purposes.iter().any(|p| request.purpose.is_within(*p))
            && request.mode <= self.mode
    }

    /// True where anything that is asked lies within what it speaks of, in whatever mode.
    pub(crate) fn touches(&self, request: &Request) -> bool {
        self.organisations.contains(&request.recipient.organisation)
            && self.roles.contains(&request.recipient.role)
            && !request.sections.is_disjoint(&self.sections)
            && self.purposes.iter().any(|p| request.purpose.overlaps(*p))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_may_decide_has_capacity() {
        let able = |giver, capacity| crate::consent::tests::consent(giver, capacity).has_capacity();
        for giver in Giver::ALL.iter().copied() {
            let own = giver == Giver::Subject;
            assert!(!able(giver, Capacity::NotAssessed));
            assert_eq!(able(giver, Capacity::ParentalResponsibility), !own);
            for capacity in [
                Capacity::Adult,
                Capacity::SixteenOrSeventeen,
                Capacity::Competent,
            ] {
                assert_eq!(able(giver, capacity), own);
            }
        }
    }

    #[test]
    fn consent_counts_until_the_first_of_its_ends() {
        let at = |s| UnixTime::from_secs(s).unwrap();
        let mut c = crate::consent::tests::consent(Giver::Subject, Capacity::Competent);
        c.valid = Window::new(at(100), at(200)).unwrap();
        c.ask_again = at(180);
        assert_eq!(c.counts().unwrap().until(), at(180));
        c.ask_again = at(300);
        assert_eq!(c.counts().unwrap().until(), at(200));
        c.withdrawn = Some(at(150));
        assert_eq!(c.counts().unwrap().until(), at(150));
        assert!(!c.is_withdrawn(at(149)) && c.is_withdrawn(at(150)));
        c.withdrawn = Some(at(50));
        assert_eq!(c.counts(), None);
    }
}
