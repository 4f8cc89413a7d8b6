//! CLK files as clkhash and anonlink exchange them: `{"clks": ["base64", ...]}`.

use super::Clks;
use crate::limits::MOST_RECORDS;
use base64ct::{Base64, Encoding};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::fmt;
use std::io::{self, Write};
use thiserror::Error;

/// Bits of a CLK in a file at most.
const MOST_FILE_BITS: usize = 1 << 16;

/// Why a CLK file was refused. Says where, never what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClkFileError {
    /// Not such JSON.
    #[error(
        "{file}, line {line}, column {column}: not a CLK file; it must be JSON of the form {{\"clks\": [\"base64\", ...]}}"
    )]
    Json {
        /// File.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column.
        column: usize,
    },
    /// Text that is not base64, or is cut short.
    #[error("{file}, CLK {row}: not base64, or cut short; make the file anew")]
    Base64 {
        /// File.
        file: String,
        /// Which one, from 1.
        row: usize,
    },
    /// A CLK without bits.
    #[error("{file}, CLK {row}: it has no bits; make the file anew")]
    NoBits {
        /// File.
        file: String,
        /// Which one, from 1.
        row: usize,
    },
    /// Another length than the first.
    #[error(
        "{file}, CLK {row}: {found} bits where the first has {expected}; all CLKs of a file come from one schema"
    )]
    Length {
        /// File.
        file: String,
        /// Which one, from 1.
        row: usize,
        /// Found, a multiple of eight.
        found: usize,
        /// Of the first.
        expected: usize,
    },
    /// Longer than anything that can be read.
    #[error("{file}, CLK {row}: more than {most} bits", most = MOST_FILE_BITS)]
    TooLong {
        /// File.
        file: String,
        /// Which one, from 1.
        row: usize,
    },
    /// More than [`MOST_RECORDS`].
    #[error("{file}: more than {most} CLKs", most = MOST_RECORDS)]
    TooMany {
        /// File.
        file: String,
    },
    /// No CLK in it.
    #[error("{file}: no CLK in it; nothing can be compared with an empty file")]
    Empty {
        /// File.
        file: String,
    },
}

impl Clks {
    /// Reads the text of a CLK file; `file` is named in errors. The length is that of the bytes, a multiple of eight
    /// bits. Other keys beside `clks` are passed over.
    ///
    /// # Errors
    /// Where it is no such file, a CLK has another length than the first, or there is none.
    pub fn from_json(text: &[u8], file: &str) -> Result<Clks, ClkFileError> {
        let mut found = Found::default();
        let mut json = serde_json::Deserializer::from_slice(text);
        let read = Document(&mut found)
            .deserialize(&mut json)
            .and_then(|()| json.end());
        let file = file.to_owned();
        if let Some(fault) = found.fault {
            let row = found.rows + 1;
            return Err(match fault {
                Fault::Base64 => ClkFileError::Base64 { file, row },
                Fault::NoBits => ClkFileError::NoBits { file, row },
                Fault::TooLong => ClkFileError::TooLong { file, row },
                Fault::TooMany => ClkFileError::TooMany { file },
                Fault::Length(found, expected) => ClkFileError::Length {
                    file,
                    row,
                    found,
                    expected,
                },
            });
        }
        if let Err(e) = read {
            return Err(ClkFileError::Json {
                file,
                line: e.line(),
                column: e.column(),
            });
        }
        found.clks.ok_or(ClkFileError::Empty { file })
    }

    /// Writes a CLK file.
    ///
    /// # Errors
    /// Where `out` cannot be written to.
    pub fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        write!(out, "{{\"clks\": [")?;
        for row in 0..self.len() {
            let comma = if row == 0 { "" } else { ", " };
            write!(
                out,
                "{comma}\"{}\"",
                Base64::encode_string(&self.bytes(row))
            )?;
        }
        writeln!(out, "]}}")
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    clks: Option<Clks>,
    rows: usize,
    fault: Option<Fault>,
    buffer: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Fault {
    Base64,
    NoBits,
    TooLong,
    TooMany,
    Length(usize, usize),
}

impl Found {
    fn add(&mut self, text: &str) -> Result<(), Fault> {
        if text.len() / 4 * 24 > MOST_FILE_BITS + 24 {
            return Err(Fault::TooLong);
        }
        if self.rows >= MOST_RECORDS {
            return Err(Fault::TooMany);
        }
        self.buffer.resize(text.len(), 0);
        let bytes = Base64::decode(text, &mut self.buffer).map_err(|_| Fault::Base64)?;
        let bits = bytes.len() * 8;
        if bits == 0 {
            return Err(Fault::NoBits);
        }
        let clks = self.clks.get_or_insert_with(|| Clks::new(bits));
        if clks.bits() != bits {
            return Err(Fault::Length(bits, clks.bits()));
        }
        clks.push_bytes(bytes);
        self.rows += 1;
        Ok(())
    }
}

/// The whole file: an object with the list `clks`, once.
struct Document<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the list \"clks\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if key != "clks" {
                map.next_value::<IgnoredAny>()?;
            } else if seen {
                return Err(A::Error::custom("\"clks\" twice"));
            } else {
                map.next_value_seed(List(self.0))?;
                seen = true;
            }
        }
        if seen {
            Ok(())
        } else {
            Err(A::Error::custom("no \"clks\""))
        }
    }
}

struct List<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(One(self.0))?.is_some() {}
        Ok(())
    }
}

struct One<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_str(self)
    }
}

impl Visitor<'_> for One<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.0.add(text).map_err(|fault| {
            self.0.fault = Some(fault);
            E::custom("refused")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Clks, ClkFileError> {
        Clks::from_json(text.as_bytes(), "a.json")
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = "{\"clks\": [\"AQID\", \"/wAA\"]}\n";
        let clks = read(text).unwrap();
        assert_eq!((clks.len(), clks.bits()), (2, 24));
        assert_eq!(clks.row(0), [0x0102_0300_0000_0000]);
        assert_eq!(clks.bytes(1), [0xff, 0, 0]);
        let mut out = Vec::new();
        clks.write_json(&mut out).unwrap();
        assert_eq!(out, text.as_bytes());
        assert_eq!(
            read("{\"more\": [1, {}], \"clks\": [\"AQID\", \"\\/wAA\"]}"),
            Ok(clks)
        );
    }

    #[test]
    fn each_fault_is_named_with_its_place() {
        let file = || "a.json".to_owned();
        let good = "{\"clks\": [\"AQID\", \"AQID\"]}";
        assert!(read(good).is_ok());
        let refused = |from: &str, to: &str| read(&good.replacen(from, to, 1)).unwrap_err();
        assert_eq!(
            read("{\"clks\": [\"AQID\", \"AQI\"]}").unwrap_err(),
            ClkFileError::Base64 {
                file: file(),
                row: 2
            }
        );
        assert_eq!(
            refused("\"AQID\"", "\"AQIDBA==\""),
            ClkFileError::Length {
                file: file(),
                row: 2,
                found: 24,
                expected: 32
            }
        );
        assert_eq!(
            refused("\"AQID\"", "\"\""),
            ClkFileError::NoBits {
                file: file(),
                row: 1
            }
        );
        assert_eq!(
            refused("\"AQID\"", &format!("\"{}\"", "A".repeat(12_000))),
            ClkFileError::TooLong {
                file: file(),
                row: 1
            }
        );
        assert_eq!(
            read("{\"clks\": []}"),
            Err(ClkFileError::Empty { file: file() })
        );
        for text in [
            "",
            "[]",
            "{}",
            "{\"clks\": 1}",
            "{\"clks\": [1]}",
            "{\"clks\": [\"AQID\"]",
            "{\"clks\": [\"AQID\"], \"clks\": []}",
            "{\"clks\": [\"AQID\"]} x",
        ] {
            assert!(
                matches!(read(text), Err(ClkFileError::Json { .. })),
                "{text}"
            );
        }
    }
}
