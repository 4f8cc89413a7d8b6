use super::LONGEST_FIELD;
use crate::record::field::Field;
use thiserror::Error;

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
    /// A line break where none belongs, or a quote still open at the end of the file.
    #[error(
        "{file}, row {row}, column \"{column}\": a line break stands in the field; a quote is probably not closed"
    )]
    LineBreak {
        /// File.
        file: String,
        /// Row in which the field begins.
        row: u64,
        /// Column.
        column: String,
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
    /// A column that is to be matched on twice, or matched on and reported by.
    #[error(
        "{file}: column \"{column}\" is given two uses; a column holds one field, and a group column is never matched on"
    )]
    TwoUses {
        /// File.
        file: String,
        /// The column.
        column: String,
    },
    /// Options for columns, and a layout that has none.
    #[error(
        "{file}: {option} does not apply: the elements of a Children in Need census have their own meaning"
    )]
    FixedLayout {
        /// File.
        file: String,
        /// The option.
        option: &'static str,
    },
    /// XML, but no Children in Need census.
    #[error(
        "{file}: no <Child> of a Children in Need census in it; other XML is not read: export the file as CSV"
    )]
    OtherXml {
        /// File.
        file: String,
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
