//! Values of a child's record: what they hold is never shown by `Debug`, and wiped when dropped.

use base64ct::{Base64, Encoding};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::record::BirthDate;

/// Text about a person. `Debug` shows that it is there, not what it says.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// What it says.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text(text)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(..)")
    }
}

/// A day of a person's life, `yyyy-mm-dd` from 1890 to 2100. What stands for "unknown" (1900-01-01) is none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(try_from = "String", into = "String")]
pub struct Day(String);

#[cfg(test)]
impl schemars::JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "yyyy-mm-dd, from 1890 to 2100; left out where it is not known",
            "type": "string",
            "pattern": "^(1[89]|2[01])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
        })
    }
}

/// Not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not a day from 1890 to 2100 as yyyy-mm-dd; leave it out where it is not known, rather than a placeholder"
)]
pub struct DayError;

impl Day {
    /// As `yyyy-mm-dd`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Day, DayError> {
        let form = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| match i {
                4 | 7 => b == b'-',
                _ => b.is_ascii_digit(),
            });
        match BirthDate::parse(text).valid() {
            Some(_) if form => Ok(Day(text.to_owned())),
            _ => Err(DayError),
        }
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Day, DayError> {
        Zeroizing::new(text).parse()
    }
}

impl From<Day> for String {
    fn from(mut day: Day) -> String {
        std::mem::take(&mut day.0)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Day(..)")
    }
}

/// Bytes of an attached document; in JSON base 64 with padding (RFC 4648 section 4).
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Document(Vec<u8>);

/// Not base 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not base 64 with padding (RFC 4648 section 4)")]
pub struct DocumentError;

impl Document {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Document {
    fn from(bytes: Vec<u8>) -> Document {
        Document(bytes)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.0.len())
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&Zeroizing::new(Base64::encode_string(&self.0)))
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Document, D::Error> {
        let text = Zeroizing::new(String::deserialize(d)?);
        let bytes = Base64::decode_vec(&text);
        bytes
            .map(Document)
            .map_err(|_| de::Error::custom(DocumentError))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Document {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Document".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "contentEncoding": "base64" })
    }
}

/// The fields of a section that an agency named: any JSON, with no name twice in an object.
#[derive(Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Fields(pub Map<String, Value>);

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Fields, D::Error> {
        match Strict::deserialize(d)?.0 {
            Value::Object(map) => Ok(Fields(map)),
            _ => Err(de::Error::custom(NOT_FIELDS)),
        }
    }
}

pub(super) const NOT_FIELDS: &str = "a section has named fields";
pub(super) const TWICE: &str = "a name stands twice in one object";

/// JSON in which no name stands twice: two readers cannot see two different records.
pub(super) struct Strict(pub(super) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Strict, D::Error> {
        d.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_str<E>(self, v: &str) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
        let mut out = Vec::new();
        while let Some(Strict(v)) = seq.next_element()? {
            out.push(v);
        }
        Ok(Strict(Value::Array(out)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut out = Map::new();
        while let Some((key, Strict(v))) = map.next_entry::<String, Strict>()? {
            if out.insert(key, v).is_some() {
                return Err(de::Error::custom(TWICE));
            }
        }
        Ok(Strict(Value::Object(out)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_form() {
        for good in ["2012-02-29", "1890-01-02", "2100-12-31"] {
            assert_eq!(good.parse::<Day>().unwrap().as_str(), good);
        }
        for bad in [
            "2013-02-29",
            "29/02/2012",
            "20120229",
            "1900-01-01",
            "2012-2-29",
            "2012-02-29T00:00",
            "",
            "1889-12-31",
        ] {
            assert_eq!(bad.parse::<Day>(), Err(DayError), "{bad}");
        }
    }

    #[test]
    fn no_name_stands_twice_however_deep() {
        let read = |text: &str| serde_json::from_str::<Fields>(text);
        assert!(read(r#"{"a":[{"b":1},{"b":2.5,"c":[true,null,-1,"x"]}]}"#).is_ok());
        for bad in [r#"{"a":1,"a":1}"#, r#"{"a":[{"b":1,"b":2}]}"#] {
            assert!(read(bad).unwrap_err().to_string().starts_with(TWICE));
        }
        assert!(read("[1]").unwrap_err().to_string().starts_with(NOT_FIELDS));
        let value = r#"{"a":[{"b":2.5,"c":[true,null,-1,"x",18446744073709551615]}]}"#;
        assert_eq!(serde_json::to_string(&read(value).unwrap()).unwrap(), value);
    }

    #[test]
    fn documents_are_strict_base_64() {
        let read = |text: &str| serde_json::from_str::<Document>(text);
        assert_eq!(read("\"AAEC\"").unwrap().as_bytes(), [0, 1, 2]);
        for bad in [
            "\"AAE\"",
            "\"AA=C\"",
            "\"AAEC\\n\"",
            "\"A-_=\"",
            "\"AAF=\"",
            "7",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let again = serde_json::to_string(&Document::from(vec![0, 1])).unwrap();
        assert_eq!(read(&again).unwrap().as_bytes(), [0, 1]);
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!(
            "{:?}{:?}{:?}{:?}",
            Text::from("Zyxquorv"),
            "1987-11-23".parse::<Day>().unwrap(),
            Document::from(b"Zyxquorv".to_vec()),
            serde_json::from_str::<Fields>(r#"{"Zyxquorv":"Zyxquorv"}"#).unwrap(),
        );
        assert_eq!(shown, "Text(..)Day(..)Document(8 bytes)Fields(1)");
    }
}
