//! What a column may hold, and the text of a value that is hashed.

use super::date::DateFormat;
use super::error::CellError;
use super::number;
use regex::Regex;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How a token becomes bytes: Python's codecs of these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Ascii,
    Utf8,
    /// Little-endian behind a byte order mark, for every token.
    Utf16,
    /// Little-endian behind a byte order mark, for every token.
    Utf32,
}

impl Encoding {
    pub(super) fn named(name: &str) -> Option<Encoding> {
        Some(match name {
            "ascii" => Encoding::Ascii,
            "utf-8" => Encoding::Utf8,
            "utf-16" => Encoding::Utf16,
            "utf-32" => Encoding::Utf32,
            _ => return None,
        })
    }

    /// The bytes of a token given in UTF-8.
    pub(super) fn bytes(self, token: &[u8]) -> Cow<'_, [u8]> {
        let text = || std::str::from_utf8(token).unwrap_or_default();
        match self {
            Encoding::Ascii | Encoding::Utf8 => Cow::Borrowed(token),
            Encoding::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text().encode_utf16());
                Cow::Owned(units.flat_map(u16::to_le_bytes).collect())
            }
            Encoding::Utf32 => {
                let chars = std::iter::once(0xfeff).chain(text().chars().map(u32::from));
                Cow::Owned(chars.flat_map(u32::to_le_bytes).collect())
            }
        }
    }
}

/// A case that a schema asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
}

/// The format of a column.
#[derive(Clone, Debug)]
pub(super) enum Format {
    Text {
        case: Option<Case>,
        least: Option<usize>,
        most: Option<usize>,
    },
    Pattern(Regex),
    Integer {
        minimum: Option<i64>,
        maximum: Option<i64>,
    },
    Date(DateFormat),
    Listed(BTreeSet<String>),
}

impl Format {
    /// Checks a value, and gives the text that is hashed.
    pub(super) fn check<'v>(
        &self,
        value: &'v str,
        encoding: Encoding,
    ) -> Result<Cow<'v, str>, CellError> {
        if encoding == Encoding::Ascii && !value.is_ascii() {
            return Err(CellError::Encoding { encoding: "ascii" });
        }
        match self {
            Format::Text { case, least, most } => {
                check_text(value, *case, *least, *most)?;
                Ok(Cow::Borrowed(value))
            }
            Format::Pattern(pattern) if pattern.is_match(value) => Ok(Cow::Borrowed(value)),
            Format::Pattern(_) => Err(CellError::Pattern),
            Format::Integer { minimum, maximum } => {
                let v = number::integer(value)?;
                match (*minimum, *maximum) {
                    (Some(minimum), _) if v < minimum.into() => Err(CellError::Below { minimum }),
                    (_, Some(maximum)) if v > maximum.into() => Err(CellError::Above { maximum }),
                    _ => Ok(Cow::Owned(v.to_string())),
                }
            }
            Format::Date(format) => {
                let date = format.canonical(value).map(Cow::Owned);
                date.ok_or_else(|| CellError::NotDate {
                    format: format.text().to_owned(),
                })
            }
            Format::Listed(values) if values.contains(value) => Ok(Cow::Borrowed(value)),
            Format::Listed(_) => Err(CellError::NotListed),
        }
    }
}

fn check_text(
    value: &str,
    case: Option<Case>,
    least: Option<usize>,
    most: Option<usize>,
) -> Result<(), CellError> {
    if least.is_some() || most.is_some() {
        let length = value.chars().count();
        if let Some(least) = least.filter(|n| length < *n) {
            return Err(CellError::Short { least });
        }
        if let Some(most) = most.filter(|n| length > *n) {
            return Err(CellError::Long { most });
        }
    }
    match case {
        Some(Case::Upper) if value.to_uppercase() != value => {
            Err(CellError::Case { case: "upper" })
        }
        Some(Case::Lower) if value.to_lowercase() != value => {
            Err(CellError::Case { case: "lower" })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_takes_what_it_names_and_refuses_one_step_further() {
        let check = |f: &Format, v: &str| f.check(v, Encoding::Utf8).map(Cow::into_owned);
        let text = Format::Text {
            case: Some(Case::Lower),
            least: Some(2),
            most: Some(3),
        };
        assert_eq!(check(&text, "zoë"), Ok("zoë".into()));
        assert_eq!(check(&text, "é"), Err(CellError::Short { least: 2 }));
        assert_eq!(check(&text, "abcd"), Err(CellError::Long { most: 3 }));
        assert_eq!(check(&text, "Ab"), Err(CellError::Case { case: "lower" }));
        let whole = Format::Integer {
            minimum: Some(-3),
            maximum: Some(12),
        };
        assert_eq!(check(&whole, " +012 "), Ok("12".into()));
        assert_eq!(check(&whole, "13"), Err(CellError::Above { maximum: 12 }));
        assert_eq!(check(&whole, "-4"), Err(CellError::Below { minimum: -3 }));
        let listed = Format::Listed(["M".to_owned(), "F".to_owned()].into());
        assert_eq!(check(&listed, "F"), Ok("F".into()));
        assert_eq!(check(&listed, "f"), Err(CellError::NotListed));
        let ascii = Format::Text {
            case: None,
            least: None,
            most: None,
        };
        assert!(ascii.check("Zoe", Encoding::Ascii).is_ok());
        assert_eq!(
            ascii.check("Zoë", Encoding::Ascii),
            Err(CellError::Encoding { encoding: "ascii" })
        );
    }

    #[test]
    fn wide_encodings_begin_every_token_with_a_mark() {
        assert_eq!(
            *Encoding::Utf16.bytes("é".as_bytes()),
            [0xff, 0xfe, 0xe9, 0]
        );
        assert_eq!(
            *Encoding::Utf32.bytes("a".as_bytes()),
            [0xff, 0xfe, 0, 0, b'a', 0, 0, 0]
        );
    }
}
