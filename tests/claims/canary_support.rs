//! Markers in every field of a record, and what they are looked for in.

use billetbook::clock::UnixTime;
use billetbook::record::child::SCHEMA;
use serde_json::{Map, Value, json};
use std::error::Error;
use std::fmt::Debug;

/// Bytes that nothing else holds.
#[derive(Default)]
pub(crate) struct Markers {
    pub(crate) all: Vec<Vec<u8>>,
    count: u32,
}

impl Markers {
    fn next(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    /// A new one, of lower-case letters and digits.
    pub(crate) fn text(&mut self) -> String {
        let n = self.next();
        self.keep(format!("zq{n:04}xv"))
    }

    pub(crate) fn keep(&mut self, text: String) -> String {
        self.all.push(text.clone().into());
        text
    }

    /// A time, as signed bytes and as people write it.
    pub(crate) fn time(&mut self, at: UnixTime) -> UnixTime {
        self.all.push(at.as_secs().to_be_bytes().into());
        self.keep(at.to_string());
        self.keep(at.as_secs().to_string());
        at
    }

    fn day(&mut self) -> String {
        let n = self.next();
        self.keep(format!(
            "{}-{:02}-{:02}",
            1891 + n / 300,
            n % 12 + 1,
            n / 12 % 25 + 1
        ))
    }

    /// Of five digits, which random bytes hardly spell.
    fn number(&mut self) -> u32 {
        let n = 50_001 + self.next();
        self.keep(n.to_string());
        n
    }

    /// Bytes that hold a marker, as base 64.
    fn document(&mut self) -> Value {
        let bytes = format!("%PDF {} %%EOF", self.text());
        let text = <base64ct::Base64 as base64ct::Encoding>::encode_string(bytes.as_bytes());
        self.all.push(text[4..24].into());
        text.into()
    }

    /// Those that stand in these bytes.
    pub(crate) fn found(&self, bytes: &[u8]) -> Vec<String> {
        let stands = |what: &[u8]| memchr::memmem::find(bytes, what).is_some();
        // As it is, or as `Debug` of bytes writes it.
        let numbers = |m: &[u8]| format!("{m:?}").trim_matches(['[', ']']).to_owned();
        let all = self.all.iter();
        let found = all.filter(|m| stands(m) || stands(numbers(m).as_bytes()));
        found.map(|m| m.escape_ascii().to_string()).collect()
    }
}

/// A record in which every field that the schema knows holds a marker. A test of the library holds schema and types
/// together, so that a new field is planted in too.
pub(crate) struct Planted {
    pub(crate) json: Value,
    /// Places of values, as JSON pointers.
    pub(crate) places: Vec<String>,
    schema: Value,
    pub(crate) markers: Markers,
    /// Names of fields and sections that an agency chose.
    pub(crate) names: Markers,
}

/// The section that the agency named, and a field of it.
pub(crate) const OWN_SECTION: &str = "zqsectionxv";
const OWN_FIELD: &str = "zqfieldxv";

impl Planted {
    pub(crate) fn new() -> Planted {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let mut out = Planted {
            json: Value::Null,
            places: Vec::new(),
            schema: schema.clone(),
            markers: Markers::default(),
            names: Markers::default(),
        };
        out.json = out.value(&schema, "");
        out
    }

    fn value(&mut self, schema: &Value, at: &str) -> Value {
        // What follows rules that the schema does not say.
        match at {
            "/purge" | "/whereabouts_hidden" => return false.into(),
            "/identifier/nhs_number" => {
                self.places.push(at.to_owned());
                return self.markers.keep("9990000018".to_owned()).into();
            }
            "/shielded/0/field" => {
                return format!("/health/{}", self.names.keep(OWN_FIELD.into())).into();
            }
            "/shielded/0/sections/0" | "/attachments/0/section" => return "health".into(),
            "/attachments/0/media_type" => {
                self.places.push(at.to_owned());
                return format!("application/{}", self.markers.text()).into();
            }
            _ => {}
        }
        if let Some(name) = schema["$ref"].as_str() {
            let schema = self.schema["$defs"][name.rsplit('/').next().unwrap()].clone();
            return self.value(&schema, at);
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(first) = schema[word].get(0).cloned() {
                return self.value(&first, at);
            }
        }
        let word = match &schema["type"] {
            Value::Array(all) => all[0].as_str(),
            one => one.as_str(),
        };
        self.places.push(at.to_owned());
        match word {
            Some("object") => {
                self.places.pop();
                self.object(schema, at)
            }
            Some("array") => {
                self.places.pop();
                let items = schema["items"].clone();
                json!([self.value(&items, &format!("{at}/0"))])
            }
            Some("boolean") => true.into(),
            Some("integer") => self.markers.number().into(),
            Some("string") if schema["contentEncoding"] == "base64" => self.markers.document(),
            Some("string") if schema["pattern"].is_string() => self.markers.day().into(),
            Some("string") => match schema.get("const").or(schema["enum"].get(0)) {
                Some(fixed) => fixed.clone(),
                None => self.markers.text().into(),
            },
            // Of any type.
            None => json!({ self.markers.text(): [self.markers.text()] }),
            other => {
                unreachable!("{at}: the schema knows a type that nothing is planted in: {other:?}")
            }
        }
    }

    fn object(&mut self, schema: &Value, at: &str) -> Value {
        let mut out = Map::new();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let value = self.value(field, &format!("{at}/{name}"));
            out.insert(name.clone(), value);
        }
        match &schema["additionalProperties"] {
            Value::Bool(true) => {
                let (name, text) = (self.markers.text(), self.markers.text());
                out.insert(name, json!([{ "a": text }]));
            }
            more @ Value::Object(_) => {
                let more = more.clone();
                let value = self.value(&more, &format!("{at}/{OWN_SECTION}"));
                out.insert(self.names.keep(OWN_SECTION.into()), value);
            }
            _ => {}
        }
        Value::Object(out)
    }
}

/// What was met on a journey, each under a name.
#[derive(Default)]
pub(crate) struct Met(pub(crate) Vec<(String, Vec<u8>)>);

impl Met {
    pub(crate) fn bytes(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        self.0.push((name.to_owned(), bytes.as_ref().to_vec()));
    }

    pub(crate) fn shown(&mut self, name: &str, what: &dyn Debug) {
        self.bytes(name, format!("{what:?} {what:#?}"));
    }

    /// An error with all that it rests on, as people and programs see it.
    pub(crate) fn error(&mut self, name: &str, error: &dyn Error) {
        let mut next = Some(error);
        while let Some(e) = next {
            self.bytes(name, format!("{e} {e:?} {e:#?}"));
            next = e.source();
        }
    }

    /// The error that must have come.
    pub(crate) fn refused<T: Debug, E: Error>(&mut self, name: &str, done: Result<T, E>) {
        match done {
            Ok(value) => unreachable!("{name} was not refused: {value:?}"),
            Err(e) => self.error(name, &e),
        }
    }

    /// That none of the markers stands in any of it.
    pub(crate) fn assert_free_of(&self, markers: &Markers) {
        assert!(!self.0.is_empty() && !markers.all.is_empty());
        for (name, bytes) in &self.0 {
            let found = markers.found(bytes);
            assert!(found.is_empty(), "{name} shows {found:?}");
        }
    }
}
