use super::shield::ShieldedFieldError;
use super::value::{DayError, DocumentError, NOT_FIELDS, TWICE};
use super::{BUILT_IN_IN_OTHER, MOST_RECORD_BYTES, MOST_SECTION_BYTES, SCHEMA};
use crate::record::{Section, SectionError};
use crate::wire::WireError;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::Segment;
use thiserror::Error;

/// Why a record was refused. Says where and what to do, never a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChildError {
    /// Not JSON, or not as the schema has it.
    #[error(
        "line {line}, column {column}{at}: {problem}; `billetbook record schema` prints what is allowed"
    )]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The field, as far as the schema knows its name: `, in personal.birth_date`, or empty.
        at: String,
        /// What is wrong.
        problem: String,
    },
    /// Too long.
    #[error("{found} bytes; the most is {MOST_RECORD_BYTES}")]
    TooLong {
        /// Found.
        found: usize,
    },
    /// The record cannot be written as JSON.
    #[error("the record cannot be written as JSON")]
    Form,
    /// No section at all.
    #[error("the record has no section; give at least one, empty where there is nothing in it")]
    NoSection,
    /// Too many of something.
    #[error("{found} {what}; the most is {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// Found.
        found: usize,
        /// Bound.
        most: usize,
    },
    /// A section is too large.
    #[error(
        "section {section} has {found} bytes with its attachments; the most is {MOST_SECTION_BYTES}"
    )]
    SectionTooLarge {
        /// Which.
        section: Section,
        /// Found.
        found: usize,
    },
    /// The consistent identifier is no NHS number.
    #[error(
        "identifier.nhs_number: not a valid NHS number; correct it, or give another state than present"
    )]
    NhsNumber,
    /// A file name that is none.
    #[error(
        "attachments[{index}].name: 1 to 255 bytes, no folder, no control characters, no dot first or last"
    )]
    FileName {
        /// Which attachment, from 0.
        index: usize,
    },
    /// A media type that is none.
    #[error("attachments[{index}].media_type: write a media type such as application/pdf")]
    MediaType {
        /// Which attachment, from 0.
        index: usize,
    },
    /// What erases must carry nothing.
    #[error("purge is true, and a section is not empty: what erases carries no data")]
    PurgeWithContent,
    /// A shielded field names no section.
    #[error("shielded[{index}]: name at least one section that the field may stand in")]
    ShieldWithoutSection {
        /// Which, from 0.
        index: usize,
    },
    /// A shielded field stands twice.
    #[error("shielded[{index}]: the field is shielded already")]
    ShieldTwice {
        /// Which, from 0.
        index: usize,
    },
    /// The whereabouts are hidden and a field tells them.
    #[error(
        "whereabouts_hidden is true, and {field} tells where the child is: move it to shielded"
    )]
    Whereabouts {
        /// The field.
        field: &'static str,
    },
    /// What a shielded field says stands also where it must not.
    #[error("what shielded[{index}] holds stands also in section {section}{at}: take it out there")]
    Leak {
        /// Which shielded field, from 0.
        index: usize,
        /// The section.
        section: Section,
        /// The place in it, as far as the schema knows its name.
        at: String,
    },
    /// A field that is to be shielded is not there.
    #[error("the record has no such field")]
    NoSuchField,
    /// Not the bytes of a section.
    #[error("a section: {0}")]
    Wire(#[from] WireError),
    /// The sections are of two records.
    #[error("the sections do not belong together")]
    Mixed,
}

/// Reads JSON; of an error only what is known not to hold a value is shown.
pub(super) fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, ChildError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|e| {
        let at = place(e.path().iter());
        shown(e.inner(), at)
    })?;
    reader.end().map_err(|e| shown(&e, String::new()))?;
    Ok(value)
}

fn shown(e: &serde_json::Error, at: String) -> ChildError {
    let problem = match e.classify() {
        Category::Syntax | Category::Io => "not JSON",
        Category::Eof => "the JSON ends too early",
        Category::Data => known(&e.to_string()),
    };
    ChildError::Json {
        line: e.line(),
        column: e.column(),
        at,
        problem: problem.to_owned(),
    }
}

/// What a message says of the kind of fault. The message itself may quote a value.
fn known(message: &str) -> &'static str {
    const KINDS: [(&str, &str); 7] = [
        ("missing field", "a field is missing"),
        ("unknown field", "a field that the schema does not know"),
        ("unknown variant", "a word that the schema does not know"),
        ("duplicate field", "a field stands twice"),
        ("invalid type", "a value of the wrong type"),
        ("invalid value", "a value outside its range"),
        ("invalid length", "a list of the wrong length"),
    ];
    let ours = [
        (
            DayError.to_string(),
            "not a day from 1890 to 2100 as yyyy-mm-dd; leave out what is not known",
        ),
        (DocumentError.to_string(), "not base 64 with padding"),
        (
            SectionError.to_string(),
            "not a section's name: a-z, 0-9 and _, a letter first",
        ),
        (
            ShieldedFieldError.to_string(),
            "not a field: write /section/field",
        ),
        (TWICE.to_owned(), TWICE),
        (NOT_FIELDS.to_owned(), NOT_FIELDS),
        (BUILT_IN_IN_OTHER.to_owned(), BUILT_IN_IN_OTHER),
    ];
    let kind = KINDS.iter().find(|(start, _)| message.starts_with(start));
    let own = || {
        ours.iter()
            .find(|(start, _)| message.starts_with(start.as_str()))
    };
    kind.map(|k| k.1)
        .or_else(|| own().map(|k| k.1))
        .unwrap_or("not as the schema has it")
}

/// A path of which only names that stand in the schema are shown.
fn place<'a>(path: impl Iterator<Item = &'a Segment>) -> String {
    let mut out = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => out.push_str(&format!("[{index}]")),
            Segment::Map { key } if in_schema(key) => {
                out.push_str(if out.is_empty() { "" } else { "." });
                out.push_str(key);
            }
            Segment::Enum { .. } => {}
            Segment::Map { .. } | Segment::Unknown => break,
        }
    }
    if out.is_empty() {
        out
    } else {
        format!(", in {out}")
    }
}

/// True for the names of the schema: they were written by us, not by whoever wrote the record.
pub(super) fn in_schema(key: &str) -> bool {
    key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        && SCHEMA.contains(&format!("\"{key}\": {{"))
}
