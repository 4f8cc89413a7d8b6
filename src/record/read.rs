//! Reading files of records: generic CSV, and the ready layouts of the field.

use super::Record;
use super::field::Field;
use super::schema::Schema;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

mod cin;
mod fill;
mod table;

pub use table::delimiter;

/// A field of a file longer than this is refused.
pub const LONGEST_FIELD: usize = 1 << 20;

/// The layout a file was recognised as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// A table with one row a record.
    Csv,
    /// DfE Single Unique Identifier matcher's people list: DOB, Surname, GivenName, Gender, PostCode.
    SuiPeople,
    /// SSDA903 header file: one row a child.
    Ssda903Header,
    /// SSDA903 episodes file: many rows a child, gathered; only the home postcode is read.
    Ssda903Episodes,
    /// School census, pupils on roll.
    SchoolCensus,
    /// Children in Need census, XML.
    CinCensus,
}

impl Layout {
    const ALL: &[(Layout, &str)] = &[
        (Layout::Csv, "csv"),
        (Layout::SuiPeople, "sui"),
        (Layout::Ssda903Header, "ssda903-header"),
        (Layout::Ssda903Episodes, "ssda903-episodes"),
        (Layout::SchoolCensus, "school-census"),
        (Layout::CinCensus, "cin-census"),
    ];

    pub(crate) fn named(name: &str) -> Option<Layout> {
        Self::ALL.iter().find(|l| l.1 == name).map(|l| l.0)
    }

    pub(crate) fn names() -> String {
        Self::ALL.iter().map(|l| l.1).collect::<Vec<_>>().join(", ")
    }

    /// The layout's name in schema files and reports.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|l| l.0 == self)
            .map_or("csv", |l| l.1)
    }
}

/// How to read a file.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The id column; without it a column named `id`, else the row number.
    pub id: Option<String>,
    /// Columns and their fields, before any that is found by its header.
    pub map: Vec<(String, Field)>,
    /// A schema file's content.
    pub schema: Option<Schema>,
    /// Columns to report rates by; never matched on.
    pub groups: Vec<String>,
}

/// A column to report rates by: per record an index into its distinct values.
#[derive(Clone, PartialEq, Eq)]
pub struct Group {
    /// The column.
    pub column: String,
    /// Distinct values, in order of appearance.
    pub values: Vec<String>,
    /// Per record, the index of its value.
    pub of_record: Vec<u32>,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group")
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

/// A file's records. `Debug` shows no values.
pub struct RecordFile {
    name: String,
    layout: Layout,
    records: Vec<Record>,
    groups: Vec<Group>,
    row_record: Vec<u32>,
    columns: Vec<(String, Field)>,
}

impl std::fmt::Debug for RecordFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordFile")
            .field("name", &self.name)
            .field("layout", &self.layout)
            .field("records", &self.records.len())
            .finish_non_exhaustive()
    }
}

impl RecordFile {
    /// The path as given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The layout found.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The records, in order of first appearance.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Columns to report rates by.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Per data row, the index of its record.
    pub fn row_record(&self) -> &[u32] {
        &self.row_record
    }

    /// Columns that were read, and as what.
    pub fn columns(&self) -> &[(String, Field)] {
        &self.columns
    }
}

/// Why a file could not be read. Says file, row and column, never a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system refused.
    #[error("{file}: {source}")]
    Io {
        /// File.
        file: String,
        /// Cause.
        source: std::io::Error,
    },
    /// A folder.
    #[error("{file}: this is a folder; give a file")]
    Directory {
        /// File.
        file: String,
    },
    /// Nothing in it.
    #[error("{file}: the file is empty; it needs a header row and at least one data row")]
    Empty {
        /// File.
        file: String,
    },
    /// UTF-16.
    #[error("{file}: the file is UTF-16; save it as 'CSV UTF-8' and try again")]
    Utf16 {
        /// File.
        file: String,
    },
    /// Not UTF-8.
    #[error(
        "{file}, row {row}, column \"{column}\": not UTF-8 text; save the file as 'CSV UTF-8' \
         (or convert it, for instance from Windows-1252) and try again"
    )]
    Encoding {
        /// File.
        file: String,
        /// Row, the header being row 1.
        row: u64,
        /// Column.
        column: String,
    },
    /// A NUL byte.
    #[error(
        "{file}, row {row}, column \"{column}\": a NUL byte stands in the field; the file is damaged or not text"
    )]
    Nul {
        /// File.
        file: String,
        /// Row.
        row: u64,
        /// Column.
        column: String,
    },
    /// Too many or too few fields.
    #[error(
        "{file}, row {row}: {found} fields where the header has {expected}; check for a stray or missing separator or quote"
    )]
    Ragged {
        /// File.
        file: String,
        /// Row.
        row: u64,
        /// Fields found.
        found: usize,
        /// Fields in the header.
        expected: usize,
    },
    /// A field over [`LONGEST_FIELD`].
    #[error("{file}, row {row}, column \"{column}\": a field of {bytes} bytes (the most is {most}); a quote is probably not closed", most = LONGEST_FIELD)]
    FieldTooLong {
        /// File.
        file: String,
        /// Row.
        row: u64,
        /// Column.
        column: String,
        /// Its length.
        bytes: usize,
    },
    /// Two headers alike.
    #[error("{file}: two columns are called \"{column}\"; rename one")]
    DuplicateHeader {
        /// File.
        file: String,
        /// The header.
        column: String,
    },
    /// Two columns for one field.
    #[error(
        "{file}: columns \"{first}\" and \"{second}\" both look like {field}; say which with --map COLUMN={field}"
    )]
    Ambiguous {
        /// File.
        file: String,
        /// A column.
        first: String,
        /// Another.
        second: String,
        /// The field.
        field: Field,
    },
    /// A mapped, id or group column that is not there.
    #[error("{file}: there is no column \"{column}\"; the columns are: {present}")]
    NoColumn {
        /// File.
        file: String,
        /// The column asked for.
        column: String,
        /// The headers.
        present: String,
    },
    /// No column of use.
    #[error(
        "{file}: no column holds a name, birth date, place or identifier; name the columns with --map COLUMN=FIELD"
    )]
    NothingToRead {
        /// File.
        file: String,
    },
    /// Two records with one id.
    #[error(
        "{file}, rows {first} and {second}, column \"{column}\": the same id twice; ids must be unique (choose another id column with --id)"
    )]
    DuplicateId {
        /// File.
        file: String,
        /// First row.
        first: u64,
        /// Second row.
        second: u64,
        /// The id column.
        column: String,
    },
    /// A record without id.
    #[error(
        "{file}, row {row}, column \"{column}\": no id; fill it in, or leave the column unmapped to use row numbers"
    )]
    NoId {
        /// File.
        file: String,
        /// Row.
        row: u64,
        /// The id column.
        column: String,
    },
    /// XML that does not parse.
    #[error("{file}, byte {at}: not well-formed XML: {what}")]
    Xml {
        /// File.
        file: String,
        /// Byte.
        at: u64,
        /// The parser's word.
        what: String,
    },
}

/// Reads a file, recognising its layout.
///
/// # Errors
/// See [`ReadError`]; nothing is guessed and nothing dropped.
pub fn read_path(path: &Path, options: &ReadOptions) -> Result<RecordFile, ReadError> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(ReadError::Directory { file: name });
    }
    let file = File::open(path).map_err(|source| ReadError::Io {
        file: name.clone(),
        source,
    })?;
    let mut out = read_reader(file, &name, options)?;
    let episodes: Option<PathBuf> = options.schema.as_ref().and_then(|s| s.episodes()).map(|p| {
        path.parent()
            .map_or_else(|| p.to_path_buf(), |dir| dir.join(p))
    });
    if let Some(path) = episodes {
        add_episodes(&mut out, &read_path(&path, &ReadOptions::default())?);
    }
    Ok(out)
}

/// Reads records from any source; `name` stands for the file in errors.
///
/// # Errors
/// See [`ReadError`].
pub fn read_reader(
    source: impl Read,
    name: &str,
    options: &ReadOptions,
) -> Result<RecordFile, ReadError> {
    let io = |source| ReadError::Io {
        file: name.to_owned(),
        source,
    };
    let mut source = BufReader::with_capacity(1 << 18, source);
    let head = std::io::BufRead::fill_buf(&mut source).map_err(io)?;
    if head.is_empty() {
        return Err(ReadError::Empty {
            file: name.to_owned(),
        });
    }
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return Err(ReadError::Utf16 {
            file: name.to_owned(),
        });
    }
    let bom = if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        3
    } else {
        0
    };
    let first = head[bom..]
        .iter()
        .copied()
        .find(|b| !b.is_ascii_whitespace());
    std::io::BufRead::consume(&mut source, bom);
    if first == Some(b'<') {
        cin::read(source, name)
    } else {
        table::read(source, name, options)
    }
}

/// Adds the home postcodes of an episodes file to the children of a header file.
fn add_episodes(file: &mut RecordFile, episodes: &RecordFile) {
    let by_id: std::collections::HashMap<&str, &Record> = episodes
        .records
        .iter()
        .map(|r| (r.id.as_str(), r))
        .collect();
    for record in &mut file.records {
        if let Some(found) = by_id.get(record.id.as_str()) {
            record.postcode = found.postcode.clone();
            record
                .previous_postcodes
                .clone_from(&found.previous_postcodes);
        }
    }
}
