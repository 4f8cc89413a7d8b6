//! Reading files of records: generic CSV, and the ready layouts of the field.

use super::Record;
use super::field::Field;
use super::schema::Schema;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

mod cin;
mod error;
mod fill;
mod gather;
mod table;

pub use error::ReadError;
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
    headers: Vec<String>,
    id_column: Option<String>,
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

    /// Columns that were neither read nor reported by.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        let used = |h: &&str| {
            self.columns.iter().any(|c| c.0 == *h)
                || self.groups.iter().any(|g| g.column == *h)
                || self.id_column.as_deref() == Some(h)
        };
        self.headers
            .iter()
            .map(String::as_str)
            .filter(move |h| !h.is_empty() && !used(h))
    }

    /// Given name, family name and birth date, as far as no column of a table was read as them. The ready layouts
    /// have what they have.
    pub fn lacking(&self) -> impl Iterator<Item = Field> {
        let read = |field| self.columns.iter().any(|c| c.1 == field);
        Field::lacking(self.layout == Layout::Csv, read)
    }

    /// The column of ids; `None` where rows are numbered.
    pub fn id_column(&self) -> Option<&str> {
        self.id_column.as_deref()
    }
}

/// Whether a file is read for itself, or as one of several that share the options.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Among {
    One,
    Several,
}

/// Reads a file, recognising its layout.
///
/// # Errors
/// See [`ReadError`]; nothing is guessed and nothing dropped.
pub fn read_path(path: &Path, options: &ReadOptions) -> Result<RecordFile, ReadError> {
    read_file(path, options, Among::One)
}

/// Reads files that share their options, as agencies' files do that head one field differently: a column that is
/// mapped or reported by need not stand in every file, nor the id column in a file with an `id` of its own. Each
/// must stand in one file at least; where given name, family name or birth date is mapped, a file without the
/// column must hold the field under a heading of its own.
///
/// # Errors
/// See [`ReadError`]; the first file's that has one.
pub fn read_paths<P: AsRef<Path> + Sync>(
    paths: &[P],
    options: &ReadOptions,
) -> Result<Vec<RecordFile>, ReadError> {
    let among = if paths.len() == 1 {
        Among::One
    } else {
        Among::Several
    };
    let read = |path: &P| read_file(path.as_ref(), options, among);
    #[cfg(feature = "parallel")]
    let files: Vec<Result<RecordFile, ReadError>> = {
        use rayon::prelude::*;
        paths.par_iter().map(read).collect()
    };
    #[cfg(not(feature = "parallel"))]
    let files: Vec<Result<RecordFile, ReadError>> = paths.iter().map(read).collect();
    let files = files.into_iter().collect::<Result<Vec<_>, _>>()?;
    let schema = options.schema.clone().unwrap_or_default();
    let mapped = options.map.iter().chain(schema.columns()).map(|m| &m.0);
    let grouped = options.groups.iter().chain(schema.groups());
    let id = options.id.as_deref().or(schema.id());
    let asked = mapped.chain(grouped).map(String::as_str).chain(id);
    for column in asked {
        let lacks = |f: &&RecordFile| !f.headers.iter().any(|h| h == column);
        if let (Some(file), true) = (files.first(), files.iter().all(|f| lacks(&f))) {
            return Err(ReadError::NoColumn {
                file: file.name.clone(),
                column: column.to_owned(),
                present: file.headers.join(", "),
            });
        }
    }
    Ok(files)
}

fn read_file(path: &Path, options: &ReadOptions, among: Among) -> Result<RecordFile, ReadError> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(ReadError::Directory { file: name });
    }
    let file = File::open(path).map_err(|source| ReadError::Io {
        file: name.clone(),
        source,
    })?;
    let mut out = read_source(file, &name, options, among)?;
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
    read_source(source, name, options, Among::One)
}

fn read_source(
    source: impl Read,
    name: &str,
    options: &ReadOptions,
    among: Among,
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
    if first != Some(b'<') {
        return table::read(source, name, options, among);
    }
    let schema = options.schema.clone().unwrap_or_default();
    let option = match among {
        Among::Several => None,
        Among::One if options.id.is_some() || schema.id().is_some() => Some("an id column"),
        Among::One if !options.map.is_empty() || !schema.columns().is_empty() => Some("a mapping"),
        Among::One if !options.groups.is_empty() || !schema.groups().is_empty() => {
            Some("a group column")
        }
        Among::One => None,
    };
    match option {
        None => cin::read(source, name),
        Some(option) => Err(ReadError::FixedLayout {
            file: name.to_owned(),
            option,
        }),
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
