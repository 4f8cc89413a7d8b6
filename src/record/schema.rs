use super::field::{Field, UnknownField};
use super::read::Layout;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use thiserror::Error;

/// How a file's columns are to be read, from a TOML schema file. An unknown key is an error, never ignored.
///
/// ```
/// let schema = billetbook::record::Schema::parse(
///     "id = \"ref\"\ngroups = [\"ethnic_group\"]\n[columns]\n\"Vorname\" = \"given_name\"\n",
/// )?;
/// assert_eq!(schema.id(), Some("ref"));
/// # Ok::<(), billetbook::record::SchemaError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    id: Option<String>,
    layout: Option<Layout>,
    groups: Vec<String>,
    columns: Vec<(String, Field)>,
    episodes: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Option<String>,
    layout: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    episodes: Option<PathBuf>,
}

/// Why a schema file was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Not TOML, or a key that does not exist.
    #[error("schema file: {0}")]
    Toml(#[from] toml::de::Error),
    /// A column is mapped to a field that does not exist.
    #[error("schema file, column \"{column}\": {source}")]
    Field {
        /// The column.
        column: String,
        /// The word that is no field.
        source: UnknownField,
    },
    /// No such layout.
    #[error("schema file: no layout is called '{0}'; the layouts are: {names}", names = Layout::names())]
    Layout(String),
}

impl Schema {
    /// Parses the text of a schema file.
    ///
    /// # Errors
    /// Where it is not TOML, holds a key that does not exist, or names a field or layout that does not exist.
    pub fn parse(text: &str) -> Result<Schema, SchemaError> {
        let raw: Raw = toml::from_str(text)?;
        let layout = match raw.layout {
            None => None,
            Some(name) => Some(Layout::named(&name).ok_or(SchemaError::Layout(name))?),
        };
        let mut columns = Vec::new();
        for (column, field) in raw.columns {
            match field.parse() {
                Ok(field) => columns.push((column, field)),
                Err(source) => return Err(SchemaError::Field { column, source }),
            }
        }
        Ok(Schema {
            id: raw.id,
            layout,
            groups: raw.groups,
            columns,
            episodes: raw.episodes,
        })
    }

    /// The id column.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The layout asked for.
    pub fn layout(&self) -> Option<Layout> {
        self.layout
    }

    /// Columns to report rates by; never matched on.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Columns and their fields.
    pub fn columns(&self) -> &[(String, Field)] {
        &self.columns
    }

    /// The SSDA903 episodes file whose home postcodes belong to a header file.
    pub fn episodes(&self) -> Option<&std::path::Path> {
        self.episodes.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = Schema::parse("idd = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("idd"), "{error}");
        assert!(Schema::parse("id = \"x\"\n").is_ok());
        let error = Schema::parse("[columns]\n\"Name\" = \"name\"\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("Name") && error.contains("given_name"),
            "{error}"
        );
        assert!(Schema::parse("layout = \"903\"").is_err());
    }
}
