//! Reading a schema's JSON: every key is known by name, or refused.

use super::error::SchemaError;
use serde_json::{Map, Value};

/// An object of the schema, and where it stands.
pub(super) struct Node<'a> {
    file: &'a str,
    at: String,
    object: &'a Map<String, Value>,
}

/// Keys under which clkhash does not look, though it lets them pass, and what to write instead.
const INSTEAD: &[(&str, &str)] = &[
    (
        "xorFolds",
        "its documentation names it so, but its code looks for \"xor_folds\" and makes unfolded CLKs without a word: \
         write \"xor_folds\" to fold, or delete the key to get the CLKs that it made",
    ),
    (
        "fractionalPrecision",
        "its code looks for \"fractional_precision\" and takes 0 without a word: write that, or delete the key to get \
         the CLKs that it made",
    ),
    (
        "preventSingularity",
        "its code looks for \"prevent_singularity\" and takes false without a word: write that, or delete the key to \
         get the CLKs that it made",
    ),
];

impl<'a> Node<'a> {
    pub(super) fn root(file: &'a str, value: &'a Value) -> Result<Node<'a>, SchemaError> {
        let at = "the schema".to_owned();
        match value.as_object() {
            Some(object) => Ok(Node { file, at, object }),
            None => Err(SchemaError::Value {
                file: file.to_owned(),
                at,
                what: "must be a JSON object".into(),
            }),
        }
    }

    /// Refuses every key but these. Keys that begin with `$`, and `description`, `title` and `comment`, are for readers.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), SchemaError> {
        let for_readers =
            |k: &str| k.starts_with('$') || ["description", "title", "comment"].contains(&k);
        let other = |k: &&String| !known.contains(&k.as_str()) && !for_readers(k);
        match self.object.keys().find(other) {
            None => Ok(()),
            Some(key) => Err(SchemaError::Ignored {
                file: self.file.to_owned(),
                at: self.at.clone(),
                key: key.clone(),
                instead: INSTEAD
                    .iter()
                    .find(|(k, _)| k == key)
                    .map_or("delete it, or look for its right name", |(_, i)| i),
            }),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key)
    }

    pub(super) fn need(&self, key: &'static str) -> Result<&'a Value, SchemaError> {
        self.get(key).ok_or_else(|| SchemaError::Missing {
            file: self.file.to_owned(),
            at: self.at.clone(),
            key,
        })
    }

    pub(super) fn refuse(&self, what: impl Into<String>) -> SchemaError {
        SchemaError::Value {
            file: self.file.to_owned(),
            at: self.at.clone(),
            what: what.into(),
        }
    }

    pub(super) fn object(&self, key: &'static str) -> Result<Node<'a>, SchemaError> {
        self.node(key, self.need(key)?)
    }

    pub(super) fn maybe_object(&self, key: &'static str) -> Result<Option<Node<'a>>, SchemaError> {
        self.get(key).map(|v| self.node(key, v)).transpose()
    }

    fn node(&self, key: &str, value: &'a Value) -> Result<Node<'a>, SchemaError> {
        let object = value
            .as_object()
            .ok_or_else(|| self.refuse(format!("\"{key}\" must be an object")))?;
        let at = match self.at.as_str() {
            "the schema" => key.to_owned(),
            at => format!("{at}.{key}"),
        };
        Ok(Node {
            file: self.file,
            at,
            object,
        })
    }

    pub(super) fn objects(&self, key: &'static str) -> Result<Vec<Node<'a>>, SchemaError> {
        let list = self
            .need(key)?
            .as_array()
            .ok_or_else(|| self.refuse(format!("\"{key}\" must be a list")))?;
        let one = |(i, v)| self.node(&format!("{key}[{i}]"), v);
        list.iter().enumerate().map(one).collect()
    }

    pub(super) fn text(&self, key: &'static str) -> Result<&'a str, SchemaError> {
        self.need(key)?;
        let text = self.maybe_text(key)?;
        Ok(text.unwrap_or_default())
    }

    pub(super) fn maybe_text(&self, key: &str) -> Result<Option<&'a str>, SchemaError> {
        self.get(key)
            .map(|v| {
                v.as_str()
                    .ok_or_else(|| self.refuse(format!("\"{key}\" must be text")))
            })
            .transpose()
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, SchemaError> {
        match self.get(key) {
            None => Ok(false),
            Some(v) => v
                .as_bool()
                .ok_or_else(|| self.refuse(format!("\"{key}\" must be true or false"))),
        }
    }

    /// A whole number, also written as `12.0`.
    pub(super) fn whole(&self, key: &str) -> Result<Option<i64>, SchemaError> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let as_float = || {
            let f = value
                .as_f64()
                .filter(|f| f.fract() == 0.0 && f.abs() < EXACT)?;
            #[expect(clippy::cast_possible_truncation, reason = "whole and bounded")]
            Some(f as i64)
        };
        let found = value.as_i64().or_else(as_float);
        let found =
            found.ok_or_else(|| self.refuse(format!("\"{key}\" must be a whole number")))?;
        Ok(Some(found))
    }

    /// A count within bounds.
    pub(super) fn count(
        &self,
        key: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<usize>, SchemaError> {
        let Some(found) = self.whole(key)? else {
            return Ok(None);
        };
        usize::try_from(found)
            .ok()
            .filter(|n| (least..=most).contains(n))
            .map(Some)
            .ok_or_else(|| self.refuse(format!("\"{key}\" must be {least} to {most}")))
    }

    /// A finite number.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, SchemaError> {
        self.get(key)
            .map(|v| {
                v.as_f64()
                    .filter(|f| f.is_finite())
                    .ok_or_else(|| self.refuse(format!("\"{key}\" must be a number")))
            })
            .transpose()
    }
}
