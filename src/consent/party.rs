use crate::coded::coded;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

coded! {
    /// Where in the United Kingdom a policy applies; the law differs.
    pub enum Nation: u8, "nations" {
        England = 1, "england", "England";
        Wales = 2, "wales", "Wales";
        Scotland = 3, "scotland", "Scotland";
        NorthernIreland = 4, "northern_ireland", "Northern Ireland";
    }
}

coded! {
    /// What kind of body an organisation is.
    pub enum Kind: u8, "kinds of organisation" {
        LocalAuthority = 1, "local_authority", "local authority children's services";
        School = 2, "school", "school or college of the state";
        IndependentSchool = 3, "independent_school", "independent school";
        Nhs = 4, "nhs", "NHS body";
        Police = 5, "police", "police force";
        YouthJustice = 6, "youth_justice", "youth justice service";
        Court = 7, "court", "court or tribunal";
        Regulator = 8, "regulator", "regulator or inspectorate";
        Government = 9, "government", "government department";
        Charity = 10, "charity", "charity";
        Provider = 11, "provider", "provider of care, private or voluntary";
        ResearchBody = 12, "research_body", "research body";
        Person = 13, "person", "the person whom the record is about, or who acts for them";
    }
}

impl Kind {
    /// True for public authorities (DPA 2018 s.7).
    pub const fn is_public_authority(self) -> bool {
        match self {
            Kind::LocalAuthority
            | Kind::School
            | Kind::Nhs
            | Kind::Police
            | Kind::YouthJustice
            | Kind::Court
            | Kind::Regulator
            | Kind::Government => true,
            Kind::IndependentSchool
            | Kind::Charity
            | Kind::Provider
            | Kind::ResearchBody
            | Kind::Person => false,
        }
    }
}

/// Longest name of an organisation, role, rule, policy or agreement, in bytes.
pub const LONGEST_ID: usize = 64;

/// A text that is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not a name: write 1 to {LONGEST_ID} of a-z, A-Z, 0-9, '-', '_', '.' and '/', a letter or digit first"
)]
pub struct IdError;

fn checked(text: &str) -> Result<(), IdError> {
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let all = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'));
    if first && all && text.len() <= LONGEST_ID {
        Ok(())
    } else {
        Err(IdError)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<$name, IdError> {
                checked(text).map(|()| $name(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<$name, IdError> {
                checked(&text).map(|()| $name(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// An organisation's name in policies and requests.
    OrganisationId
}
id! {
    /// What someone does in an organisation: `social_worker`, `duty_desk`. Never a person's name.
    Role
}
id! {
    /// A rule's name in its policy: what decisions and denials cite.
    RuleId
}
id! {
    /// The number or name of a document: a policy, a data-sharing agreement, an impact assessment, or its version.
    DocumentId
}

/// Who is to receive: someone in a role in an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Recipient {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The role in it.
    pub role: Role,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_at_the_limit() {
        assert!("a".repeat(LONGEST_ID).parse::<Role>().is_ok());
        assert!("a".repeat(LONGEST_ID + 1).parse::<Role>().is_err());
        for good in ["west-services", "DSA/2026.014", "0"] {
            assert_eq!(
                good.parse::<DocumentId>().map(String::from),
                Ok(good.to_owned())
            );
        }
        for bad in ["", "-a", "a b", "é", "a\n"] {
            assert_eq!(bad.parse::<OrganisationId>(), Err(IdError), "{bad:?}");
        }
    }
}
