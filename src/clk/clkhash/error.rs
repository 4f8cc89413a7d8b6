use thiserror::Error;

/// Why a schema was refused. Says where in it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Not JSON.
    #[error(
        "{file}, line {line}, column {column}: not JSON; a clkhash linkage schema is a JSON file"
    )]
    Json {
        /// File.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A version that clkhash has no schema of.
    #[error("{file}: \"version\" must be 1, 2 or 3, the versions of clkhash linkage schemas")]
    Version {
        /// File.
        file: String,
    },
    /// A key that must be there.
    #[error("{file}, {at}: the key \"{key}\" is missing")]
    Missing {
        /// File.
        file: String,
        /// Where.
        at: String,
        /// The key.
        key: &'static str,
    },
    /// A key that clkhash lets pass and does not read, or that has no meaning there.
    #[error("{file}, {at}: clkhash reads no key \"{key}\" here; {instead}")]
    Ignored {
        /// File.
        file: String,
        /// Where.
        at: String,
        /// The key.
        key: String,
        /// What to write instead.
        instead: &'static str,
    },
    /// A value that is not allowed there.
    #[error("{file}, {at}: {what}")]
    Value {
        /// File.
        file: String,
        /// Where.
        at: String,
        /// What must stand there.
        what: String,
    },
}

/// Why a value was refused. Never holds the value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CellError {
    /// Not a base-10 integer.
    #[error("not a whole number")]
    NotInteger,
    /// Not a number.
    #[error("not a number")]
    NotNumber,
    /// A number whose digits go beyond what is computed exactly here.
    #[error("a number too large to be encoded")]
    TooLarge,
    /// Below the schema's minimum.
    #[error("below the schema's minimum of {minimum}")]
    Below {
        /// The minimum.
        minimum: i64,
    },
    /// Above the schema's maximum.
    #[error("above the schema's maximum of {maximum}")]
    Above {
        /// The maximum.
        maximum: i64,
    },
    /// No date of the schema's form.
    #[error("not a date of the form \"{format}\"")]
    NotDate {
        /// The form.
        format: String,
    },
    /// Not among the schema's values.
    #[error("not one of the values that the schema lists")]
    NotListed,
    /// Fewer characters than the schema's least.
    #[error("shorter than the schema's {least} characters")]
    Short {
        /// The least.
        least: usize,
    },
    /// More characters than the schema's most.
    #[error("longer than the schema's {most} characters")]
    Long {
        /// The most.
        most: usize,
    },
    /// Not in the case that the schema asks for.
    #[error("not in {case} case, as the schema asks")]
    Case {
        /// `upper` or `lower`.
        case: &'static str,
    },
    /// Does not fit the schema's pattern.
    #[error("does not fit the schema's pattern")]
    Pattern,
    /// Cannot be written in the schema's encoding.
    #[error("holds characters that the schema's encoding {encoding} does not have")]
    Encoding {
        /// The encoding.
        encoding: &'static str,
    },
}

/// Why a file could not be hashed. Says file, row and column, never a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HashError {
    /// The operating system refused, or the CSV reader did.
    #[error("{file}: {source}")]
    Io {
        /// File.
        file: String,
        /// Cause.
        source: std::io::Error,
    },
    /// No header row.
    #[error("{file}: the file is empty; its first row must name the schema's columns")]
    Empty {
        /// File.
        file: String,
    },
    /// Another column than the schema has at that place.
    #[error(
        "{file}, row 1, column {column}: the header does not say \"{expected}\", which the schema has here; columns \
         must stand in the schema's order (or pass over the header's check)"
    )]
    Header {
        /// File.
        file: String,
        /// Column, from 1.
        column: usize,
        /// What the schema has there.
        expected: String,
    },
    /// Too many or too few fields.
    #[error("{file}, row {row}: {found} fields where the schema has {expected}")]
    Ragged {
        /// File.
        file: String,
        /// Row, the file's first being row 1.
        row: u64,
        /// Fields found.
        found: usize,
        /// Features of the schema.
        expected: usize,
    },
    /// Not UTF-8.
    #[error("{file}, row {row}: not UTF-8 text; save the file as 'CSV UTF-8' and try again")]
    Utf8 {
        /// File.
        file: String,
        /// Row.
        row: u64,
    },
    /// A value that the schema does not allow.
    #[error("{file}, row {row}, column \"{column}\": {source}")]
    Cell {
        /// File.
        file: String,
        /// Row.
        row: u64,
        /// Column.
        column: String,
        /// What is wrong.
        source: CellError,
    },
    /// No secret.
    #[error("the secret is empty; who holds no secret could make these CLKs")]
    NoSecret,
}
