//! What must be kept apart: fields that enter only the sections they name, and a search for copies of them.

use super::error::in_schema;
use super::value::Strict;
use super::{ChildError, ChildRecord};
use crate::record::Section;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A field that stands in no section but those it names.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shielded {
    /// Which field it is.
    #[cfg_attr(test, schemars(with = "String"))]
    pub field: ShieldedField,
    /// What it holds.
    #[serde(deserialize_with = "strict")]
    pub value: Value,
    /// The sections it may stand in.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub sections: BTreeSet<Section>,
}

fn strict<'de, D: Deserializer<'de>>(d: D) -> Result<Value, D::Error> {
    Strict::deserialize(d).map(|v| v.0)
}

/// A field of a section, as `/personal/address`: the section, then 1 to 7 names of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShieldedField(String);

/// A text that names no field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a field: write /section/field, as in /personal/address")]
pub struct ShieldedFieldError;

impl ShieldedField {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShieldedField {
    type Err = ShieldedFieldError;

    fn from_str(text: &str) -> Result<ShieldedField, ShieldedFieldError> {
        let names: Vec<&str> = text.split('/').skip(1).collect();
        let plain = |n: &&str| n.parse::<Section>().is_ok();
        if text.starts_with('/') && (2..=8).contains(&names.len()) && names.iter().all(plain) {
            Ok(ShieldedField(text.to_owned()))
        } else {
            Err(ShieldedFieldError)
        }
    }
}

impl TryFrom<String> for ShieldedField {
    type Error = ShieldedFieldError;

    fn try_from(text: String) -> Result<ShieldedField, ShieldedFieldError> {
        text.parse()
    }
}

impl From<ShieldedField> for String {
    fn from(field: ShieldedField) -> String {
        field.0
    }
}

/// Shows where it may stand, never what it holds.
impl fmt::Debug for Shielded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shielded")
            .field("field", &self.field)
            .field("sections", &self.sections)
            .finish_non_exhaustive()
    }
}

impl ChildRecord {
    /// Moves a field of a built-in section out of it: from then on it enters only `sections`.
    ///
    /// # Errors
    /// Where the record has no such field, or would break a rule of its own.
    pub fn shield(
        &mut self,
        field: ShieldedField,
        sections: BTreeSet<Section>,
    ) -> Result<(), ChildError> {
        let mut whole = serde_json::to_value(&*self).map_err(|_| ChildError::Form)?;
        let (parent, name) = field.0.rsplit_once('/').ok_or(ChildError::NoSuchField)?;
        let owner = whole.pointer_mut(parent).and_then(Value::as_object_mut);
        let value = owner
            .and_then(|o| o.remove(name))
            .ok_or(ChildError::NoSuchField)?;
        let mut moved: ChildRecord =
            serde_json::from_value(whole).map_err(|_| ChildError::NoSuchField)?;
        moved.shielded.push(Shielded {
            field,
            value,
            sections,
        });
        moved.check()?;
        *self = moved;
        Ok(())
    }

    pub(super) fn check_shields(&self) -> Result<(), ChildError> {
        let mut seen = BTreeSet::new();
        for (index, shielded) in self.shielded.iter().enumerate() {
            if shielded.sections.is_empty() {
                return Err(ChildError::ShieldWithoutSection { index });
            }
            if !seen.insert(&shielded.field) {
                return Err(ChildError::ShieldTwice { index });
            }
        }
        if self.whereabouts_hidden
            && let Some(field) = self.tells_whereabouts()
        {
            return Err(ChildError::Whereabouts { field });
        }
        self.check_leaks()
    }

    /// A field in the open that tells where the child is.
    fn tells_whereabouts(&self) -> Option<&'static str> {
        let (p, c) = (self.personal.as_ref(), self.childrens_services.as_ref());
        let (e, h) = (self.education.as_ref(), self.health.as_ref());
        let there = [
            ("/personal/address", p.is_some_and(|p| p.address.is_some())),
            (
                "/personal/household",
                p.is_some_and(|p| !p.household.is_empty()),
            ),
            (
                "/childrens_services/placement",
                c.is_some_and(|c| c.placement.is_some()),
            ),
            ("/education/setting", e.is_some_and(|e| e.setting.is_some())),
            (
                "/education/designated_lead",
                e.is_some_and(|e| e.designated_lead.is_some()),
            ),
            (
                "/health/general_practice",
                h.is_some_and(|h| h.general_practice.is_some()),
            ),
            (
                "/health/mental_health_service",
                h.is_some_and(|h| h.mental_health_service.is_some()),
            ),
            ("/health/nurse", h.is_some_and(|h| h.nurse.is_some())),
        ];
        there
            .into_iter()
            .find_map(|(field, there)| there.then_some(field))
    }

    /// Looks for what a shielded field says in every section that it may not enter.
    fn check_leaks(&self) -> Result<(), ChildError> {
        if self.shielded.is_empty() {
            return Ok(());
        }
        for section in self.section_names() {
            let body = self.body(&section)?;
            for (index, shielded) in self.shielded.iter().enumerate() {
                if shielded.sections.contains(&section) {
                    continue;
                }
                for telling in telling(&shielded.value) {
                    let found = find(&body, &telling, &mut Vec::new());
                    let attached = self.attachments.iter().any(|a| {
                        a.section == section
                            && (a.holds_text()
                                && folded_bytes(a.content.as_bytes()).contains(&telling)
                                || folded(a.name.as_str()).contains(&telling))
                    });
                    if let Some(at) = found.or(attached.then(|| ", in an attachment".to_owned())) {
                        return Err(ChildError::Leak { index, section, at });
                    }
                }
            }
        }
        Ok(())
    }
}

impl super::Attachment {
    /// True for what can be searched as text. Other documents are not looked into.
    fn holds_text(&self) -> bool {
        let kind = self.media_type.to_ascii_lowercase();
        kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml")
    }
}

/// The texts of a value that tell something: five letters or digits at least, and a digit or a second word among
/// them. A town alone, or a day, stands in too many places to mean this child.
fn telling(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            let short = folded(text);
            let digit = text.bytes().any(|b| b.is_ascii_digit());
            let words = text.split_whitespace().count() > 1;
            let day = text.parse::<super::Day>().is_ok();
            let tells = short.chars().count() >= 5 && (digit || words) && !day;
            tells.then_some(short).into_iter().collect()
        }
        Value::Number(n) => telling(&Value::String(n.to_string())),
        Value::Array(items) => items.iter().flat_map(telling).collect(),
        Value::Object(map) => map.values().flat_map(telling).collect(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// Letters and digits alone, in lower case: "LB1 0AA" and "lb10aa" are one.
fn folded(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

fn folded_bytes(bytes: &[u8]) -> String {
    folded(&String::from_utf8_lossy(bytes))
}

/// Where `telling` stands in `value`, as far as the schema knows the names on the way.
fn find<'v>(value: &'v Value, telling: &str, path: &mut Vec<&'v str>) -> Option<String> {
    let here = |path: &[&str]| {
        let known: Vec<&str> = path.iter().copied().take_while(|k| in_schema(k)).collect();
        if known.is_empty() {
            String::new()
        } else {
            format!(", in {}", known.join("."))
        }
    };
    match value {
        Value::String(text) => folded(text).contains(telling).then(|| here(path)),
        Value::Number(n) => folded(&n.to_string()).contains(telling).then(|| here(path)),
        Value::Array(items) => items.iter().find_map(|v| find(v, telling, path)),
        Value::Object(map) => map.iter().find_map(|(k, v)| {
            if folded(k).contains(telling) {
                return Some(here(path));
            }
            path.push(k);
            let found = find(v, telling, path);
            path.pop();
            found
        }),
        Value::Null | Value::Bool(_) => None,
    }
}
