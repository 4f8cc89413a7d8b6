//! A record as the bytes of its sections, and back.

use super::error::from_json;
use super::{
    Attachment, ChildError, ChildRecord, ConsistentIdentifier, MOST_ATTACHMENTS,
    MOST_SECTION_BYTES, Shielded, ShieldedField,
};
use crate::record::{LONGEST_SECTION_NAME, Section};
use crate::wire::Reader;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBsec\0\x01";
const LONGEST_TEXT: usize = 255;

/// The JSON of one section. Of a shielded field it says nothing of other sections that hold it too.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    purge: bool,
    identifier: ConsistentIdentifier,
    whereabouts_hidden: bool,
    content: Option<Value>,
    shielded: BTreeMap<ShieldedField, Value>,
}

impl ChildRecord {
    /// The bytes to seal of each section: its fields as JSON, the shielded fields that may stand in it, and its
    /// attachments (docs/format.md). Each says its own section's name.
    ///
    /// # Errors
    /// Where the record breaks a rule of its own, a shielded field's content stands where it must not, or a
    /// section is too large.
    pub fn to_sections(&self) -> Result<BTreeMap<Section, Zeroizing<Vec<u8>>>, ChildError> {
        self.check()?;
        let names = self.section_names().into_iter();
        names.map(|s| Ok((s.clone(), self.section(s)?))).collect()
    }

    /// The record that opened sections make together; what was not opened is not there. Shielded fields and
    /// attachments come section by section, as a section does not tell where they stood in the whole.
    ///
    /// # Errors
    /// Where bytes are no section, a section stands twice, or they belong to different records.
    pub fn from_sections<'a>(
        sections: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<ChildRecord, ChildError> {
        let mut record: Option<ChildRecord> = None;
        let mut seen = BTreeSet::new();
        for bytes in sections {
            let (section, head, attachments) = read(bytes)?;
            let record = record.get_or_insert_with(|| ChildRecord {
                purge: head.purge,
                whereabouts_hidden: head.whereabouts_hidden,
                ..ChildRecord::new(head.identifier.clone())
            });
            let same = record.purge == head.purge
                && record.whereabouts_hidden == head.whereabouts_hidden
                && record.identifier == head.identifier;
            if !same || !seen.insert(section.clone()) {
                return Err(ChildError::Mixed);
            }
            if let Some(content) = head.content {
                record.put(&section, content)?;
            }
            for (field, value) in head.shielded {
                let known = record.shielded.iter_mut().find(|s| s.field == field);
                match known {
                    None => record.shielded.push(Shielded {
                        field,
                        value,
                        sections: [section.clone()].into(),
                    }),
                    Some(known) if known.value == value => {
                        known.sections.insert(section.clone());
                    }
                    Some(_) => return Err(ChildError::Mixed),
                }
            }
            record.attachments.extend(attachments);
        }
        let record = record.ok_or(ChildError::NoSection)?;
        record.check()?;
        Ok(record)
    }

    fn section(&self, section: Section) -> Result<Zeroizing<Vec<u8>>, ChildError> {
        let here = |s: &&Shielded| s.sections.contains(&section);
        let shielded = self.shielded.iter().filter(here);
        let content = self.content(&section)?;
        let head = Head {
            purge: self.purge,
            identifier: self.identifier.clone(),
            whereabouts_hidden: self.whereabouts_hidden,
            content,
            shielded: shielded
                .map(|s| (s.field.clone(), s.value.clone()))
                .collect(),
        };
        let json = Zeroizing::new(serde_json::to_vec(&head).map_err(|_| ChildError::Form)?);
        let attachments: Vec<&Attachment> = self
            .attachments
            .iter()
            .filter(|a| a.section == section)
            .collect();
        let parts: Vec<&[u8]> = attachments
            .iter()
            .flat_map(|a| {
                [
                    a.name.as_str().as_bytes(),
                    a.media_type.as_bytes(),
                    a.content.as_bytes(),
                ]
            })
            .collect();
        let name = section.as_str().as_bytes();
        let found = MAGIC.len()
            + 3 * 4
            + name.len()
            + json.len()
            + parts.iter().map(|p| p.len() + 4).sum::<usize>();
        if found > MOST_SECTION_BYTES {
            return Err(ChildError::SectionTooLarge { section, found });
        }
        // Of the right size from the start: a buffer that grows would leave copies behind.
        let mut out = Zeroizing::new(Vec::with_capacity(found));
        let length = |n: usize| crate::limits::index(n).to_be_bytes();
        out.extend_from_slice(MAGIC);
        for part in [name, &json] {
            out.extend_from_slice(&length(part.len()));
            out.extend_from_slice(part);
        }
        out.extend_from_slice(&length(attachments.len()));
        for part in parts {
            out.extend_from_slice(&length(part.len()));
            out.extend_from_slice(part);
        }
        Ok(out)
    }

    /// The fields of a section, as JSON.
    fn content(&self, section: &Section) -> Result<Option<Value>, ChildError> {
        fn json<T: Serialize>(fields: &Option<T>) -> Result<Option<Value>, ChildError> {
            let value = fields.as_ref().map(serde_json::to_value);
            value.transpose().map_err(|_| ChildError::Form)
        }
        match section {
            Section::Personal => json(&self.personal),
            Section::ChildrensServices => json(&self.childrens_services),
            Section::Education => json(&self.education),
            Section::Health => json(&self.health),
            Section::CrimeJustice => json(&self.crime_justice),
            Section::Named(_) => json(&self.other.get(section)),
        }
    }

    /// All that a section would show, as JSON in one value.
    pub(super) fn body(&self, section: &Section) -> Result<Value, ChildError> {
        let here = self
            .shielded
            .iter()
            .filter(|s| s.sections.contains(section));
        let shielded: serde_json::Map<String, Value> = here
            .map(|s| (s.field.as_str().to_owned(), s.value.clone()))
            .collect();
        let fields = self.content(section)?.unwrap_or_default();
        Ok(Value::Array(vec![fields, Value::Object(shielded)]))
    }

    fn put(&mut self, section: &Section, content: Value) -> Result<(), ChildError> {
        fn fields<T: serde::de::DeserializeOwned>(content: &Value) -> Result<T, ChildError> {
            from_json(&Zeroizing::new(
                serde_json::to_vec(content).map_err(|_| ChildError::Form)?,
            ))
        }
        match section {
            Section::Personal => self.personal = Some(fields(&content)?),
            Section::ChildrensServices => self.childrens_services = Some(fields(&content)?),
            Section::Education => self.education = Some(fields(&content)?),
            Section::Health => self.health = Some(fields(&content)?),
            Section::CrimeJustice => self.crime_justice = Some(fields(&content)?),
            Section::Named(_) => {
                self.other.insert(section.clone(), fields(&content)?);
            }
        }
        Ok(())
    }
}

fn read(bytes: &[u8]) -> Result<(Section, Head, Vec<Attachment>), ChildError> {
    if bytes.len() > MOST_SECTION_BYTES {
        return Err(ChildError::TooLong { found: bytes.len() });
    }
    let mut r = Reader::new(bytes, MAGIC, "section")?;
    let section: Section = r.parsed(LONGEST_SECTION_NAME)?;
    let head: Head = from_json(r.bytes(MOST_SECTION_BYTES)?)?;
    let n = r.count(MOST_ATTACHMENTS)?;
    let mut attachments = Vec::new();
    for _ in 0..n {
        attachments.push(Attachment {
            section: section.clone(),
            name: r.text(LONGEST_TEXT)?.into(),
            media_type: r.text(LONGEST_TEXT)?,
            content: r.bytes(MOST_SECTION_BYTES)?.to_vec().into(),
        });
    }
    r.finish()?;
    Ok((section, head, attachments))
}
