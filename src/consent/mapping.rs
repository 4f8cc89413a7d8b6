//! What others call our purposes and bases: the W3C Data Privacy Vocabulary (DPV 2) and HL7 FHIR.
//!
//! Each of ours has one of theirs, the nearest that is not narrower, so that nothing that is exported says less
//! than was decided. They are for export only: no decision is made on them.

use super::basis::{LawfulBasis, SpecialCondition};
use super::given::Answer;
use super::purpose::Purpose;

/// The namespace of DPV.
pub const DPV: &str = "https://w3id.org/dpv#";
/// The namespace of its terms for the GDPR.
pub const DPV_GDPR: &str = "https://w3id.org/dpv/legal/eu/gdpr#";
/// The code system of FHIR's `PurposeOfUse`.
pub const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// Ours, the DPV purpose, and the code in FHIR's `PurposeOfUse`.
const PURPOSES: [(Purpose, &str, &str); 32] = [
    (Purpose::Safeguarding, "PublicBenefit", "PurposeOfUse"),
    (Purpose::ChildProtection, "PublicBenefit", "PurposeOfUse"),
    (Purpose::Section47Enquiry, "PublicBenefit", "PurposeOfUse"),
    (
        Purpose::ChildProtectionPlan,
        "PublicBenefit",
        "PurposeOfUse",
    ),
    (
        Purpose::MissingChild,
        "ProtectionOfPublicSecurity",
        "PurposeOfUse",
    ),
    (
        Purpose::Exploitation,
        "ProtectionOfPublicSecurity",
        "PurposeOfUse",
    ),
    (
        Purpose::DomesticAbuse,
        "ProtectionOfPublicSecurity",
        "PurposeOfUse",
    ),
    (Purpose::Care, "ServiceProvision", "CAREMGT"),
    (Purpose::EarlyHelp, "RequestedServiceProvision", "CAREMGT"),
    (Purpose::ChildInNeed, "ServiceProvision", "CAREMGT"),
    (Purpose::LookedAfter, "ServiceProvision", "CAREMGT"),
    (Purpose::Placement, "ServiceProvision", "CAREMGT"),
    (Purpose::Adoption, "ServiceProvision", "CAREMGT"),
    (Purpose::CareLeaver, "ServiceProvision", "CAREMGT"),
    (Purpose::SpecialNeeds, "ServiceProvision", "CAREMGT"),
    (Purpose::DirectCare, "ServiceProvision", "TREAT"),
    (Purpose::HealthAssessment, "ServiceProvision", "TREAT"),
    (Purpose::EmergencyCare, "ServiceProvision", "ETREAT"),
    (Purpose::MentalHealthCare, "ServiceProvision", "TREAT"),
    (Purpose::Schooling, "ServiceProvision", "PurposeOfUse"),
    (Purpose::Admission, "ServiceProvision", "PurposeOfUse"),
    (Purpose::Attendance, "LegalCompliance", "PurposeOfUse"),
    (Purpose::Justice, "ProtectionOfPublicSecurity", "HLEGAL"),
    (
        Purpose::YouthJustice,
        "ProtectionOfPublicSecurity",
        "HLEGAL",
    ),
    (
        Purpose::Investigation,
        "ProtectionOfPublicSecurity",
        "HLEGAL",
    ),
    (Purpose::CourtProceedings, "LegalCompliance", "HLEGAL"),
    (Purpose::OwnAccess, "RightsFulfillment", "PATRQT"),
    (Purpose::Oversight, "LegalCompliance", "HCOMPL"),
    (Purpose::Inspection, "LegalCompliance", "HCOMPL"),
    (Purpose::PracticeReview, "LegalCompliance", "HCOMPL"),
    (Purpose::Audit, "LegalCompliance", "HCOMPL"),
    (Purpose::Research, "ScientificResearch", "HRESCH"),
];

impl Purpose {
    /// The nearest DPV purpose, as an IRI.
    pub fn dpv(self) -> String {
        format!("{DPV}{}", row(self).1)
    }

    /// The nearest code of FHIR's `PurposeOfUse` value set, in the system [`ACT_REASON`].
    pub fn fhir(self) -> &'static str {
        row(self).2
    }
}

fn row(purpose: Purpose) -> (Purpose, &'static str, &'static str) {
    let found = PURPOSES.iter().find(|row| row.0 == purpose);
    found
        .copied()
        .unwrap_or((purpose, "Purpose", "PurposeOfUse"))
}

impl LawfulBasis {
    /// Its DPV legal basis, as an IRI. A recognised legitimate interest is the United Kingdom's own: DPV has only
    /// legitimate interests at large.
    pub fn dpv(self) -> String {
        match self {
            LawfulBasis::RecognisedLegitimateInterest(_) => format!("{DPV}LegitimateInterest"),
            _ => format!("{DPV_GDPR}A6-1-{}", self.letter()),
        }
    }
}

impl SpecialCondition {
    /// The letter of UK GDPR Art 9(2).
    pub const fn letter(self) -> &'static str {
        match self {
            SpecialCondition::ExplicitConsent => "a",
            SpecialCondition::SocialProtection => "b",
            SpecialCondition::VitalInterests => "c",
            SpecialCondition::LegalClaims => "f",
            SpecialCondition::StatutoryPurposes
            | SpecialCondition::PreventingUnlawfulActs
            | SpecialCondition::SafeguardingOfChildren => "g",
            SpecialCondition::HealthOrSocialCare => "h",
            SpecialCondition::PublicHealth => "i",
            SpecialCondition::Research => "j",
        }
    }

    /// Its DPV legal basis, as an IRI.
    pub fn dpv(self) -> String {
        format!("{DPV_GDPR}A9-2-{}", self.letter())
    }
}

impl Answer {
    /// Its DPV consent status, as an IRI.
    pub fn dpv(self) -> String {
        let status = match self {
            Answer::Given => "ConsentGiven",
            Answer::Refused => "ConsentRefused",
        };
        format!("{DPV}{status}")
    }

    /// The decision of a FHIR R5 Consent.
    pub const fn fhir(self) -> &'static str {
        match self {
            Answer::Given => "permit",
            Answer::Refused => "deny",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What DPV 2 lists among its purposes, as far as used here.
    const DPV_PURPOSES: [&str; 7] = [
        "LegalCompliance",
        "ProtectionOfPublicSecurity",
        "PublicBenefit",
        "RequestedServiceProvision",
        "RightsFulfillment",
        "ScientificResearch",
        "ServiceProvision",
    ];

    /// What FHIR's value set lists, as far as used here; `PurposeOfUse` is its root.
    const PURPOSE_OF_USE: [&str; 8] = [
        "CAREMGT",
        "ETREAT",
        "HCOMPL",
        "HLEGAL",
        "HRESCH",
        "PATRQT",
        "PurposeOfUse",
        "TREAT",
    ];

    #[test]
    fn every_purpose_has_one_of_theirs_and_no_row_is_left_over() {
        let mapped: Vec<Purpose> = PURPOSES.iter().map(|r| r.0).collect();
        assert_eq!(mapped, Purpose::ALL);
        for (purpose, dpv, fhir) in PURPOSES {
            assert!(
                DPV_PURPOSES.contains(&dpv) && PURPOSE_OF_USE.contains(&fhir),
                "{purpose}"
            );
            assert_eq!(purpose.dpv(), format!("https://w3id.org/dpv#{dpv}"));
            assert_eq!(purpose.fhir(), fhir);
        }
    }

    #[test]
    fn every_basis_has_its_article() {
        let all: BTreeSet<String> = LawfulBasis::all().map(LawfulBasis::dpv).collect();
        let gdpr = |a: &str| format!("https://w3id.org/dpv/legal/eu/gdpr#{a}");
        let own = "https://w3id.org/dpv#LegitimateInterest".to_owned();
        let mut want: BTreeSet<String> = ["a", "c", "d", "e", "f"]
            .map(|l| gdpr(&format!("A6-1-{l}")))
            .into();
        want.insert(own);
        assert_eq!(all, want);
        for condition in SpecialCondition::ALL {
            assert!(
                condition
                    .title()
                    .starts_with(&format!("Art 9(2)({})", condition.letter()))
            );
            assert_eq!(
                condition.dpv(),
                gdpr(&format!("A9-2-{}", condition.letter()))
            );
        }
        assert_eq!(
            (Answer::Given.fhir(), Answer::Refused.fhir()),
            ("permit", "deny")
        );
        assert!(Answer::Given.dpv().ends_with("ConsentGiven"));
    }
}
