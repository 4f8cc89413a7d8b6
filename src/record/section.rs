use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A part of a child's record that is sealed, asked for and opened by itself.
///
/// The first five follow the record types of the DfE's single unique identifier work; an agency names further
/// ones. The name goes into signed and sealed bytes, so it never changes its meaning.
///
/// ```
/// use billetbook::record::Section;
/// assert_eq!("health".parse(), Ok(Section::Health));
/// assert_eq!("speech_therapy".parse::<Section>()?.as_str(), "speech_therapy");
/// assert!("Speech therapy".parse::<Section>().is_err());
/// # Ok::<(), billetbook::record::SectionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Section {
    /// Who the child is: names, birth date, address, people around.
    Personal,
    /// Children's social care.
    ChildrensServices,
    /// Schools and other education.
    Education,
    /// Health care.
    Health,
    /// Police and youth justice.
    CrimeJustice,
    /// A section that an agency named.
    Named(SectionName),
}

/// The name of an agency's own section: 1 to 40 of `a-z`, `0-9` and `_`, a letter first, none of the built-in names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SectionName(String);

/// A text that names no section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not a section's name: personal, childrens_services, education, health, crime_justice, or a name of 1 to {LONGEST_NAME} of a-z, 0-9 and _ that begins with a letter"
)]
pub struct SectionError;

/// Longest name of a section, in bytes.
pub const LONGEST_NAME: usize = 40;

impl Section {
    /// The sections that every agency knows.
    pub const BUILT_IN: [Section; 5] = [
        Section::Personal,
        Section::ChildrensServices,
        Section::Education,
        Section::Health,
        Section::CrimeJustice,
    ];

    /// The name, as it stands in files and signed bytes.
    pub fn as_str(&self) -> &str {
        match self {
            Section::Personal => "personal",
            Section::ChildrensServices => "childrens_services",
            Section::Education => "education",
            Section::Health => "health",
            Section::CrimeJustice => "crime_justice",
            Section::Named(name) => &name.0,
        }
    }
}

impl FromStr for Section {
    type Err = SectionError;

    fn from_str(text: &str) -> Result<Section, SectionError> {
        if let Some(section) = Section::BUILT_IN.into_iter().find(|s| s.as_str() == text) {
            return Ok(section);
        }
        let named = (1..=LONGEST_NAME).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if named {
            Ok(Section::Named(SectionName(text.to_owned())))
        } else {
            Err(SectionError)
        }
    }
}

impl TryFrom<String> for Section {
    type Error = SectionError;

    fn try_from(text: String) -> Result<Section, SectionError> {
        text.parse()
    }
}

impl From<Section> for String {
    fn from(section: Section) -> String {
        section.as_str().to_owned()
    }
}

/// By name, bytewise: the order of signed bytes is the same for who knows no list of built-in sections.
impl Ord for Section {
    fn cmp(&self, other: &Section) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Section {
    fn partial_cmp(&self, other: &Section) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_bounded_at_the_limit() {
        assert!("a".repeat(LONGEST_NAME).parse::<Section>().is_ok());
        assert!("a".repeat(LONGEST_NAME + 1).parse::<Section>().is_err());
        for bad in ["", "1a", "_a", "a b", "a-b", "A", "é"] {
            assert_eq!(bad.parse::<Section>(), Err(SectionError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_section_is_read_from_its_own_name(text in "\\PC{0,8}|[a-z_0-9]{0,44}|health|personal") {
            if let Ok(section) = text.parse::<Section>() {
                prop_assert_eq!(section.as_str(), text.as_str());
                prop_assert_eq!(section.as_str().parse(), Ok(section.clone()));
                prop_assert_eq!(matches!(section, Section::Named(_)), Section::BUILT_IN.iter().all(|s| s.as_str() != text));
            }
        }
    }
}
