//! One child's record as it is sealed: sections, attached documents, and what must be kept apart.
//!
//! ```
//! use billetbook::record::Section;
//! use billetbook::record::child::ChildRecord;
//!
//! let record = ChildRecord::from_json(br#"{
//!     "format": "billetbook-child/1",
//!     "identifier": { "state": "present", "nhs_number": "9990000018" },
//!     "whereabouts_hidden": true,
//!     "personal": { "given_name": "Ann", "birth_date": "2014-02-03" },
//!     "childrens_services": { "key_worker": { "name": "A. Worker" } },
//!     "shielded": [{
//!         "field": "/personal/address",
//!         "value": { "lines": ["12 Oak Road"], "postcode": "LB1 0AA" },
//!         "sections": ["childrens_services"]
//!     }]
//! }"#)?;
//! let sections = record.to_sections()?;
//! assert_eq!(sections.len(), 2);
//! let text = |s: &Section| String::from_utf8_lossy(&sections[s]).into_owned();
//! assert!(text(&Section::ChildrensServices).contains("LB1 0AA"));
//! assert!(!text(&Section::Personal).contains("LB1 0AA"));
//! # Ok::<(), billetbook::record::child::ChildError>(())
//! ```

mod error;
mod fields;
mod sections;
mod shield;
mod value;

pub use error::ChildError;
pub use fields::{
    Address, Attendance, ChildrensServices, Contact, CrimeJustice, Education, Event, Health,
    Period, Personal, Placement, RelatedPerson, Setting,
};
pub use shield::{Shielded, ShieldedField, ShieldedFieldError};
pub use value::{Day, DayError, Document, DocumentError, Fields, Text};

use super::{IdentifierState, NhsNumber, Section, SectionError};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The JSON Schema of a record (draft 2020-12). A test holds it and the types together.
pub const SCHEMA: &str = include_str!("../../docs/child-record.schema.json");

/// Most bytes of a section with its attachments.
pub const MOST_SECTION_BYTES: usize = 16 << 20;
/// Most attachments of a section.
pub const MOST_ATTACHMENTS: usize = 64;
/// Most shielded fields of a record.
pub const MOST_SHIELDED: usize = 256;
/// Most sections of a record: an envelope has 16 slots, one of which holds its manifest.
pub const MOST_SECTIONS: usize = 15;
/// Most bytes of a record as JSON.
pub const MOST_RECORD_BYTES: usize = 384 << 20;

/// One child's record. `Debug` shows which fields there are, never what they hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChildRecord {
    format: Format,
    /// True where the sections named are to be erased by whoever holds them; they are then empty.
    #[serde(default, skip_serializing_if = "is_false")]
    pub purge: bool,
    /// The consistent identifier, or why there is none.
    pub identifier: ConsistentIdentifier,
    /// True where nobody may find out where the child is. Fields that tell it must then be shielded.
    #[serde(default, skip_serializing_if = "is_false")]
    pub whereabouts_hidden: bool,
    /// Who the child is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<Personal>,
    /// Children's social care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub childrens_services: Option<ChildrensServices>,
    /// Education.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub education: Option<Education>,
    /// Health care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// Police and youth justice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crime_justice: Option<CrimeJustice>,
    /// Sections that the agency named.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "named"
    )]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Fields>"))]
    pub other: BTreeMap<Section, Fields>,
    /// Fields that stand in no section but those they name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shielded: Vec<Shielded>,
    /// Attached documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum Format {
    #[serde(rename = "billetbook-child/1")]
    V1,
}

/// A consistent identifier (the NHS number), or why there is none (Children Act 2004 s.16LC).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConsistentIdentifier {
    /// It is there.
    Present {
        /// The NHS number, with its check digit right.
        nhs_number: Text,
    },
    /// Left out: it would be more detrimental to the child. The reason stays in the agency's own file.
    OmittedAsDetrimental {},
    /// Not known.
    Unknown {},
    /// Finding it would delay unreasonably.
    WouldDelay {},
}

/// A document that goes with a section.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The section it goes with.
    #[cfg_attr(test, schemars(with = "String"))]
    pub section: Section,
    /// File name, without a folder.
    pub name: Text,
    /// Media type, as `application/pdf`.
    pub media_type: String,
    /// What it holds.
    pub content: Document,
}

/// The section that it goes with, and its size.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({:?}, {:?})", self.section, self.content)
    }
}

impl ChildRecord {
    /// A record without a section.
    pub fn new(identifier: ConsistentIdentifier) -> ChildRecord {
        ChildRecord {
            format: Format::V1,
            purge: false,
            identifier,
            whereabouts_hidden: false,
            personal: None,
            childrens_services: None,
            education: None,
            health: None,
            crime_justice: None,
            other: BTreeMap::new(),
            shielded: Vec::new(),
            attachments: Vec::new(),
        }
    }

    /// Reads a record from JSON. A field that the schema does not know is an error.
    ///
    /// # Errors
    /// Where it is not such JSON, or the record breaks a rule of its own; errors say where and show no value.
    pub fn from_json(json: &[u8]) -> Result<ChildRecord, ChildError> {
        if json.len() > MOST_RECORD_BYTES {
            return Err(ChildError::TooLong { found: json.len() });
        }
        let record: ChildRecord = error::from_json(json)?;
        record.check()?;
        Ok(record)
    }

    /// The record as JSON.
    ///
    /// # Errors
    /// Where the record breaks a rule of its own.
    pub fn to_json(&self) -> Result<String, ChildError> {
        self.check()?;
        serde_json::to_string_pretty(self).map_err(|_| ChildError::Form)
    }

    /// The sections that the record has, those of shielded fields and attachments among them.
    pub fn section_names(&self) -> BTreeSet<Section> {
        let built_in = [
            (Section::Personal, self.personal.is_some()),
            (
                Section::ChildrensServices,
                self.childrens_services.is_some(),
            ),
            (Section::Education, self.education.is_some()),
            (Section::Health, self.health.is_some()),
            (Section::CrimeJustice, self.crime_justice.is_some()),
        ];
        built_in
            .into_iter()
            .filter_map(|(s, there)| there.then_some(s))
            .chain(self.other.keys().cloned())
            .chain(
                self.shielded
                    .iter()
                    .flat_map(|s| s.sections.iter().cloned()),
            )
            .chain(self.attachments.iter().map(|a| a.section.clone()))
            .collect()
    }

    /// Whether a consistent identifier is there.
    pub fn identifier_state(&self) -> IdentifierState {
        match self.identifier {
            ConsistentIdentifier::Present { .. } => IdentifierState::Present,
            ConsistentIdentifier::OmittedAsDetrimental {} => IdentifierState::OmittedAsDetrimental,
            ConsistentIdentifier::Unknown {} => IdentifierState::Unknown,
            ConsistentIdentifier::WouldDelay {} => IdentifierState::WouldDelay,
        }
    }

    /// The rules that hold of every record.
    pub(super) fn check(&self) -> Result<(), ChildError> {
        if let ConsistentIdentifier::Present { nhs_number } = &self.identifier
            && NhsNumber::parse(nhs_number.as_str()).valid().is_none()
        {
            return Err(ChildError::NhsNumber);
        }
        let found = self.section_names().len();
        if found == 0 {
            return Err(ChildError::NoSection);
        }
        if found > MOST_SECTIONS {
            return Err(ChildError::TooMany {
                what: "sections",
                found,
                most: MOST_SECTIONS,
            });
        }
        if self.shielded.len() > MOST_SHIELDED {
            let found = self.shielded.len();
            return Err(ChildError::TooMany {
                what: "shielded fields",
                found,
                most: MOST_SHIELDED,
            });
        }
        for section in self.section_names() {
            let found = self
                .attachments
                .iter()
                .filter(|a| a.section == section)
                .count();
            if found > MOST_ATTACHMENTS {
                return Err(ChildError::TooMany {
                    what: "attachments of a section",
                    found,
                    most: MOST_ATTACHMENTS,
                });
            }
        }
        for (i, attachment) in self.attachments.iter().enumerate() {
            attachment.check(i)?;
        }
        self.check_purge()?;
        self.check_shields()
    }

    /// What erases carries nothing.
    fn check_purge(&self) -> Result<(), ChildError> {
        use fields::Empty;
        fn empty<T: Empty>(section: &Option<T>) -> bool {
            section.as_ref().is_none_or(Empty::is_empty)
        }
        let nothing = empty(&self.personal)
            && empty(&self.childrens_services)
            && empty(&self.education)
            && empty(&self.health)
            && empty(&self.crime_justice)
            && self.other.values().all(|f| f.0.is_empty())
            && self.shielded.is_empty()
            && self.attachments.is_empty();
        if self.purge && !nothing {
            return Err(ChildError::PurgeWithContent);
        }
        Ok(())
    }
}

impl Attachment {
    fn check(&self, index: usize) -> Result<(), ChildError> {
        let name = self.name.as_str();
        let plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':');
        let file = (1..=255).contains(&name.len())
            && name.chars().all(plain)
            && !name.starts_with('.')
            && !name.ends_with(['.', ' ']);
        if !file {
            return Err(ChildError::FileName { index });
        }
        let token = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'))
        };
        let halves = self.media_type.split_once('/');
        let media =
            self.media_type.len() <= 127 && halves.is_some_and(|(a, b)| token(a) && token(b));
        if media {
            Ok(())
        } else {
            Err(ChildError::MediaType { index })
        }
    }
}

/// Shows the state, never the number.
impl fmt::Debug for ConsistentIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsistentIdentifier::Present { .. } => "Present(..)",
            ConsistentIdentifier::OmittedAsDetrimental {} => "OmittedAsDetrimental",
            ConsistentIdentifier::Unknown {} => "Unknown",
            ConsistentIdentifier::WouldDelay {} => "WouldDelay",
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

pub(super) const BUILT_IN_IN_OTHER: &str =
    "a built-in section stands under its own name, not in other";

/// Named sections, each once and none of them built-in.
fn named<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeMap<Section, Fields>, D::Error> {
    struct Named;
    impl<'de> Visitor<'de> for Named {
        type Value = BTreeMap<Section, Fields>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("sections by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut out = BTreeMap::new();
            while let Some(name) = map.next_key::<String>()? {
                let section: Section = name
                    .parse()
                    .map_err(|e: SectionError| A::Error::custom(e))?;
                if !matches!(section, Section::Named(_)) {
                    return Err(A::Error::custom(BUILT_IN_IN_OTHER));
                }
                if out.insert(section, map.next_value()?).is_some() {
                    return Err(A::Error::custom(value::TWICE));
                }
            }
            Ok(out)
        }
    }
    d.deserialize_map(Named)
}

#[cfg(test)]
mod tests;
