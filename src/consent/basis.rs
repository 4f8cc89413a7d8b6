use super::party::Nation;
use crate::coded::UnknownWord;
use crate::coded::coded;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

coded! {
    /// The law that lets or makes one body give information to another: the basis in law that UK GDPR Art 6(3)
    /// asks of a legal obligation and of a public task.
    pub enum Gateway: u16, "statutory gateways" {
        ChildrenAct1989S17 = 1, "ca1989_s17", "Children Act 1989 s.17 (services for children in need)";
        ChildrenAct1989S22 = 2, "ca1989_s22", "Children Act 1989 s.22 (looked-after children)";
        ChildrenAct1989S27 = 3, "ca1989_s27", "Children Act 1989 s.27 (help from other authorities)";
        ChildrenAct1989S47 = 4, "ca1989_s47", "Children Act 1989 s.47 (enquiries into significant harm)";
        ChildrenAct1989S83 = 5, "ca1989_s83", "Children Act 1989 s.83 (research and returns)";
        ChildrenAct2004S10 = 10, "ca2004_s10", "Children Act 2004 s.10 (co-operation to improve well-being)";
        ChildrenAct2004S11 = 11, "ca2004_s11", "Children Act 2004 s.11 (safeguarding duty of public bodies)";
        ChildrenAct2004S14B = 12, "ca2004_s14b", "Children Act 2004 s.14B (requests of safeguarding boards)";
        ChildrenAct2004S16H = 13, "ca2004_s16h", "Children Act 2004 s.16H (requests of safeguarding partners)";
        /// Inserted by the Children's Wellbeing and Schools Act 2026 s.4; check that it is in force.
        ChildrenAct2004S16Lb = 14, "ca2004_s16lb", "Children Act 2004 s.16LB (duty to disclose for safeguarding)";
        /// Inserted by the Children's Wellbeing and Schools Act 2026 s.4; check that it is in force.
        ChildrenAct2004S16Lc = 15, "ca2004_s16lc", "Children Act 2004 s.16LC (consistent identifiers)";
        EducationAct2002S175 = 20, "ea2002_s175", "Education Act 2002 s.175 (safeguarding by schools)";
        EducationAct1996S436A = 21, "ea1996_s436a", "Education Act 1996 s.436A (children missing education)";
        AdoptionAndChildrenAct2002 = 30, "aca2002", "Adoption and Children Act 2002";
        ChildrenAndFamiliesAct2014S23 = 40, "cfa2014_s23", "Children and Families Act 2014 s.23 (health bodies and special needs)";
        CrimeAndDisorderAct1998S39 = 50, "cda1998_s39", "Crime and Disorder Act 1998 s.39 (youth offending teams)";
        CrimeAndDisorderAct1998S115 = 51, "cda1998_s115", "Crime and Disorder Act 1998 s.115 (disclosure against crime)";
        PoliceCommonLaw = 60, "police_common_law", "the common law powers of the police to protect life";
        CourtOrder = 61, "court_order", "an order of a court";
        SocialServicesWales2014S130 = 70, "sswba2014_s130", "Social Services and Well-being (Wales) Act 2014 s.130 (duty to report children at risk)";
        ChildrenScotlandAct1995S21 = 80, "csa1995_s21", "Children (Scotland) Act 1995 s.21 (co-operation between authorities)";
        ChildrenNiOrder1995A66 = 90, "cnio1995_a66", "Children (Northern Ireland) Order 1995 art.66 (enquiries into significant harm)";
    }
}

impl Gateway {
    /// True where that law runs in that nation.
    pub fn runs_in(self, nation: Nation) -> bool {
        use Gateway::*;
        match self {
            PoliceCommonLaw | CourtOrder => true,
            ChildrenAct1989S17
            | ChildrenAct2004S10
            | ChildrenAct2004S11
            | ChildrenAct2004S14B
            | ChildrenAct2004S16H
            | ChildrenAct2004S16Lb
            | ChildrenAct2004S16Lc
            | EducationAct1996S436A
            | ChildrenAndFamiliesAct2014S23
            | ChildrenAct1989S22
            | ChildrenAct1989S27 => nation == Nation::England,
            ChildrenAct1989S47
            | ChildrenAct1989S83
            | EducationAct2002S175
            | AdoptionAndChildrenAct2002
            | CrimeAndDisorderAct1998S39
            | CrimeAndDisorderAct1998S115 => matches!(nation, Nation::England | Nation::Wales),
            SocialServicesWales2014S130 => nation == Nation::Wales,
            ChildrenScotlandAct1995S21 => nation == Nation::Scotland,
            ChildrenNiOrder1995A66 => nation == Nation::NorthernIreland,
        }
    }
}

coded! {
    /// The conditions of UK GDPR Annex 1 (Data (Use and Access) Act 2025 Sch 4): interests that are recognised
    /// without weighing them against the child's.
    pub enum RecognisedInterest: u16, "recognised legitimate interests" {
        PublicTaskRequest = 1, "public_task_request", "a body asked for it to carry out its public task";
        NationalSecurity = 2, "national_security", "national security, public security or defence";
        Emergency = 3, "emergency", "an emergency";
        Crime = 4, "crime", "detecting, investigating or preventing crime";
        Safeguarding = 5, "safeguarding", "safeguarding a vulnerable individual";
    }
}

/// On what lawful basis (UK GDPR Art 6(1)) information is given. In safeguarding it is seldom consent.
///
/// In files a word, and after a colon the law or the condition it stands on: `public_task:ca2004_s11`.
///
/// ```
/// use billetbook::consent::{Gateway, LawfulBasis};
/// assert_eq!("public_task:ca2004_s11".parse(), Ok(LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11)));
/// assert!("public_task".parse::<LawfulBasis>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LawfulBasis {
    /// (a): the child, or who may decide for the child, agreed and may withdraw.
    Consent,
    /// (c): a law that obliges.
    LegalObligation(Gateway),
    /// (d): to protect someone's life.
    VitalInterests,
    /// (e): a public task that a law lays down.
    PublicTask(Gateway),
    /// (f): legitimate interests that outweigh the child's; not for public authorities.
    LegitimateInterests,
    /// (ea): a recognised legitimate interest; not for public authorities.
    RecognisedLegitimateInterest(RecognisedInterest),
}

impl LawfulBasis {
    /// Every basis with every law or condition it may stand on.
    pub fn all() -> impl Iterator<Item = LawfulBasis> {
        use LawfulBasis::*;
        let gateways = || Gateway::ALL.iter().copied();
        [Consent, VitalInterests, LegitimateInterests]
            .into_iter()
            .chain(gateways().map(LegalObligation))
            .chain(gateways().map(PublicTask))
            .chain(
                RecognisedInterest::ALL
                    .iter()
                    .copied()
                    .map(RecognisedLegitimateInterest),
            )
    }

    /// Its number in signed bytes.
    pub const fn code(self) -> u8 {
        match self {
            LawfulBasis::Consent => 1,
            LawfulBasis::LegalObligation(_) => 3,
            LawfulBasis::VitalInterests => 4,
            LawfulBasis::PublicTask(_) => 5,
            LawfulBasis::LegitimateInterests => 6,
            LawfulBasis::RecognisedLegitimateInterest(_) => 7,
        }
    }

    /// The number of its law or condition in signed bytes; 0 where it has none.
    pub const fn detail(self) -> u16 {
        match self {
            LawfulBasis::Consent
            | LawfulBasis::VitalInterests
            | LawfulBasis::LegitimateInterests => 0,
            LawfulBasis::LegalObligation(law) | LawfulBasis::PublicTask(law) => law.code(),
            LawfulBasis::RecognisedLegitimateInterest(condition) => condition.code(),
        }
    }

    /// The basis of those numbers.
    pub fn from_codes(code: u8, detail: u16) -> Option<LawfulBasis> {
        match (code, detail) {
            (1, 0) => Some(LawfulBasis::Consent),
            (3, law) => Gateway::from_code(law).map(LawfulBasis::LegalObligation),
            (4, 0) => Some(LawfulBasis::VitalInterests),
            (5, law) => Gateway::from_code(law).map(LawfulBasis::PublicTask),
            (6, 0) => Some(LawfulBasis::LegitimateInterests),
            (7, condition) => RecognisedInterest::from_code(condition)
                .map(LawfulBasis::RecognisedLegitimateInterest),
            _ => None,
        }
    }

    /// The letter of UK GDPR Art 6(1).
    pub const fn letter(self) -> &'static str {
        match self {
            LawfulBasis::Consent => "a",
            LawfulBasis::LegalObligation(_) => "c",
            LawfulBasis::VitalInterests => "d",
            LawfulBasis::PublicTask(_) => "e",
            LawfulBasis::LegitimateInterests => "f",
            LawfulBasis::RecognisedLegitimateInterest(_) => "ea",
        }
    }

    /// The law it stands on, where it stands on one.
    pub const fn gateway(self) -> Option<Gateway> {
        match self {
            LawfulBasis::LegalObligation(law) | LawfulBasis::PublicTask(law) => Some(law),
            _ => None,
        }
    }

    /// True for the two bases that public authorities may not use in performing their tasks.
    pub const fn is_closed_to_public_authorities(self) -> bool {
        matches!(
            self,
            LawfulBasis::LegitimateInterests | LawfulBasis::RecognisedLegitimateInterest(_)
        )
    }

    /// What it is called among people.
    pub fn title(self) -> String {
        match self {
            LawfulBasis::Consent => "consent".to_owned(),
            LawfulBasis::LegalObligation(law) => {
                format!("a legal obligation under {}", law.title())
            }
            LawfulBasis::VitalInterests => "vital interests: to protect a life".to_owned(),
            LawfulBasis::PublicTask(law) => format!("a public task under {}", law.title()),
            LawfulBasis::LegitimateInterests => "legitimate interests".to_owned(),
            LawfulBasis::RecognisedLegitimateInterest(condition) => {
                format!("a recognised legitimate interest: {}", condition.title())
            }
        }
    }
}

impl fmt::Display for LawfulBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LawfulBasis::Consent => f.write_str("consent"),
            LawfulBasis::LegalObligation(law) => write!(f, "legal_obligation:{law}"),
            LawfulBasis::VitalInterests => f.write_str("vital_interests"),
            LawfulBasis::PublicTask(law) => write!(f, "public_task:{law}"),
            LawfulBasis::LegitimateInterests => f.write_str("legitimate_interests"),
            LawfulBasis::RecognisedLegitimateInterest(condition) => {
                write!(f, "recognised_legitimate_interest:{condition}")
            }
        }
    }
}

impl FromStr for LawfulBasis {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<LawfulBasis, UnknownWord> {
        let (word, detail) = text.split_once(':').unwrap_or((text, ""));
        match (word, detail) {
            ("consent", "") => Ok(LawfulBasis::Consent),
            ("vital_interests", "") => Ok(LawfulBasis::VitalInterests),
            ("legitimate_interests", "") => Ok(LawfulBasis::LegitimateInterests),
            ("legal_obligation", law) => law.parse().map(LawfulBasis::LegalObligation),
            ("public_task", law) => law.parse().map(LawfulBasis::PublicTask),
            ("recognised_legitimate_interest", condition) => condition
                .parse()
                .map(LawfulBasis::RecognisedLegitimateInterest),
            _ => Err(UnknownWord {
                what: "lawful bases",
                words: "consent, legal_obligation:LAW, vital_interests, public_task:LAW, \
                        legitimate_interests, recognised_legitimate_interest:CONDITION"
                    .to_owned(),
            }),
        }
        .and_then(|basis| {
            // "consent:" is not another way to write "consent".
            if basis.to_string() == text {
                Ok(basis)
            } else {
                Err(UnknownWord {
                    what: "lawful bases",
                    words: basis.to_string(),
                })
            }
        })
    }
}

impl<'de> Deserialize<'de> for LawfulBasis {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<LawfulBasis, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for LawfulBasis {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

coded! {
    /// A condition of UK GDPR Art 9(2) for data on health, ethnicity and the like.
    pub enum SpecialCondition: u8, "Art 9 conditions" {
        ExplicitConsent = 1, "explicit_consent", "Art 9(2)(a): explicit consent";
        SocialProtection = 2, "social_protection", "Art 9(2)(b): employment, social security and social protection law";
        VitalInterests = 3, "vital_interests", "Art 9(2)(c): vital interests of someone who cannot consent";
        LegalClaims = 4, "legal_claims", "Art 9(2)(f): legal claims and courts";
        StatutoryPurposes = 5, "statutory_purposes", "Art 9(2)(g), DPA 2018 Sch 1 para 6: statutory and government purposes";
        PreventingUnlawfulActs = 6, "preventing_unlawful_acts", "Art 9(2)(g), DPA 2018 Sch 1 para 10: preventing or detecting unlawful acts";
        SafeguardingOfChildren = 7, "safeguarding_of_children", "Art 9(2)(g), DPA 2018 Sch 1 para 18: safeguarding of children and of individuals at risk";
        HealthOrSocialCare = 8, "health_or_social_care", "Art 9(2)(h): health or social care";
        PublicHealth = 9, "public_health", "Art 9(2)(i): public health";
        Research = 10, "research", "Art 9(2)(j): archiving, research and statistics";
    }
}

coded! {
    /// What UK GDPR Art 10 asks of data on criminal convictions and offences.
    pub enum OffenceCondition: u8, "Art 10 conditions" {
        OfficialAuthority = 1, "official_authority", "Art 10(1): control of official authority";
        PreventingUnlawfulActs = 2, "preventing_unlawful_acts", "DPA 2018 Sch 1 para 10: preventing or detecting unlawful acts";
        SafeguardingOfChildren = 3, "safeguarding_of_children", "DPA 2018 Sch 1 para 18: safeguarding of children and of individuals at risk";
        Consent = 4, "consent", "DPA 2018 Sch 1 para 29: consent";
        VitalInterests = 5, "vital_interests", "DPA 2018 Sch 1 para 30: vital interests";
        LegalClaims = 6, "legal_claims", "DPA 2018 Sch 1 para 33: legal claims";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_is_read_from_its_word_and_from_its_numbers() {
        let mut seen = std::collections::BTreeSet::new();
        for basis in LawfulBasis::all() {
            assert_eq!(basis.to_string().parse(), Ok(basis));
            assert_eq!(
                LawfulBasis::from_codes(basis.code(), basis.detail()),
                Some(basis)
            );
            assert!(seen.insert((basis.code(), basis.detail())), "{basis}");
        }
        assert_eq!(
            seen.len(),
            3 + 2 * Gateway::ALL.len() + RecognisedInterest::ALL.len()
        );
        for bad in [
            "",
            "Consent",
            "consent:",
            "consent:ca2004_s11",
            "public_task",
            "public_task:s11",
            "contract",
        ] {
            assert!(bad.parse::<LawfulBasis>().is_err(), "{bad}");
        }
        for bad in [
            (0, 0),
            (1, 1),
            (2, 0),
            (3, 0),
            (4, 1),
            (5, 999),
            (6, 1),
            (7, 6),
            (8, 0),
        ] {
            assert_eq!(LawfulBasis::from_codes(bad.0, bad.1), None, "{bad:?}");
        }
    }

    #[test]
    fn a_basis_stands_on_law_exactly_where_the_regulation_asks_for_it() {
        for basis in LawfulBasis::all() {
            assert_eq!(
                basis.gateway().is_some(),
                ["c", "e"].contains(&basis.letter())
            );
        }
    }

    /// Initials of the nations where each law runs, by its extent section.
    #[test]
    fn every_law_runs_just_where_it_extends() {
        let extents = [
            ("ca1989_s17", "E"),
            ("ca1989_s22", "E"),
            ("ca1989_s27", "E"),
            ("ca1989_s47", "EW"),
            ("ca1989_s83", "EW"),
            ("ca2004_s10", "E"),
            ("ca2004_s11", "E"),
            ("ca2004_s14b", "E"),
            ("ca2004_s16h", "E"),
            ("ca2004_s16lb", "E"),
            ("ca2004_s16lc", "E"),
            ("ea2002_s175", "EW"),
            ("ea1996_s436a", "E"),
            ("aca2002", "EW"),
            ("cfa2014_s23", "E"),
            ("cda1998_s39", "EW"),
            ("cda1998_s115", "EW"),
            ("police_common_law", "EWSN"),
            ("court_order", "EWSN"),
            ("sswba2014_s130", "W"),
            ("csa1995_s21", "S"),
            ("cnio1995_a66", "N"),
        ];
        assert_eq!(extents.len(), Gateway::ALL.len());
        for (word, nations) in extents {
            let law: Gateway = word.parse().unwrap();
            for nation in Nation::ALL {
                let runs = nations.contains(&nation.title()[..1]);
                assert_eq!(law.runs_in(*nation), runs, "{law} in {nation}");
            }
        }
    }

    #[test]
    fn only_legitimate_interests_are_closed_to_public_authorities() {
        for basis in LawfulBasis::all() {
            let closed = ["f", "ea"].contains(&basis.letter());
            assert_eq!(basis.is_closed_to_public_authorities(), closed, "{basis}");
        }
    }
}
