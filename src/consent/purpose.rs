use crate::coded::coded;

coded! {
    /// What a record is asked for: a fixed tree. A purpose that is agreed covers those under it.
    pub enum Purpose: u16, "purposes" {
        Safeguarding = 100, "safeguarding", "safeguarding and promoting a child's welfare";
        ChildProtection = 110, "child_protection", "protecting a child from significant harm";
        Section47Enquiry = 111, "section_47_enquiry", "a child protection enquiry or strategy discussion";
        ChildProtectionPlan = 112, "child_protection_plan", "a child protection conference or plan";
        MissingChild = 120, "missing_child", "finding a missing child";
        Exploitation = 130, "exploitation", "protecting a child from exploitation";
        DomesticAbuse = 140, "domestic_abuse", "protecting a child from domestic abuse";
        Care = 200, "care", "help and care for a child and family";
        EarlyHelp = 210, "early_help", "early help";
        ChildInNeed = 220, "child_in_need", "services for a child in need";
        LookedAfter = 230, "looked_after", "care planning for a looked-after child";
        Placement = 231, "placement", "finding or supporting a placement";
        Adoption = 240, "adoption", "adoption and adoption support";
        CareLeaver = 250, "care_leaver", "support for a care leaver";
        SpecialNeeds = 260, "special_needs", "special educational needs and disability";
        DirectCare = 300, "direct_care", "direct health care";
        HealthAssessment = 310, "health_assessment", "a statutory health assessment";
        EmergencyCare = 320, "emergency_care", "emergency health care";
        MentalHealthCare = 330, "mental_health_care", "mental health care";
        Schooling = 400, "schooling", "education of a child";
        Admission = 410, "admission", "school admission or transfer";
        Attendance = 420, "attendance", "school attendance and children missing education";
        Justice = 500, "justice", "preventing and dealing with crime";
        YouthJustice = 510, "youth_justice", "youth justice services";
        Investigation = 520, "investigation", "a criminal investigation";
        CourtProceedings = 530, "court_proceedings", "family or criminal court proceedings";
        OwnAccess = 600, "own_access", "the person's own access to the record";
        Oversight = 700, "oversight", "holding services to account";
        Inspection = 710, "inspection", "inspection or regulation";
        PracticeReview = 720, "practice_review", "a child safeguarding practice review";
        Audit = 730, "audit", "audit of access to records";
        Research = 800, "research", "research and statistics in the public interest";
    }
}

impl Purpose {
    /// The purpose that this one is a part of.
    pub const fn parent(self) -> Option<Purpose> {
        let code = self.code();
        let up = match (code % 10, code % 100) {
            (0, 0) => return None,
            (0, tens) => code - tens,
            (ones, _) => code - ones,
        };
        Purpose::from_code(up)
    }

    /// True where `other` is this purpose or one that this is a part of.
    pub fn is_within(self, other: Purpose) -> bool {
        self == other || self.parent().is_some_and(|up| up.is_within(other))
    }

    /// True where one of the two lies within the other.
    pub fn overlaps(self, other: Purpose) -> bool {
        self.is_within(other) || other.is_within(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_purposes_are_a_tree_of_three_levels_without_a_root() {
        for p in Purpose::ALL {
            let has_parent = p.code() % 100 != 0;
            assert_eq!(p.parent().is_some(), has_parent, "{p}");
            assert!(p.is_within(*p));
            assert_eq!(p.word().parse(), Ok(*p));
            assert_eq!(Purpose::from_code(p.code()), Some(*p));
        }
        assert!(Purpose::ALL.is_sorted_by(|a, b| a.code() < b.code()));
        assert_eq!(
            Purpose::Section47Enquiry.parent(),
            Some(Purpose::ChildProtection)
        );
        assert!(Purpose::Section47Enquiry.is_within(Purpose::Safeguarding));
        assert!(!Purpose::Safeguarding.is_within(Purpose::Section47Enquiry));
        assert!(Purpose::Safeguarding.overlaps(Purpose::Section47Enquiry));
        assert!(!Purpose::Research.overlaps(Purpose::Safeguarding));
    }
}
