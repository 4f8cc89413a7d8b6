//! The strict binary codec of everything signed or hashed: fixed field order, big-endian numbers, length
//! prefixes, bounded counts, no optional fields, no trailing bytes. One encoding for each value.

use thiserror::Error;

/// Why bytes were refused. Says where, never what they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WireError {
    /// The bytes end too early.
    #[error("the data end at byte {at}, in the middle of a value")]
    Short {
        /// Where.
        at: usize,
    },
    /// Bytes are left over.
    #[error("{left} bytes are left over at byte {at}")]
    Trailing {
        /// Where.
        at: usize,
        /// How many.
        left: usize,
    },
    /// A count or length above its bound.
    #[error("a count of {found} at byte {at}; the most is {most}")]
    TooMany {
        /// Where.
        at: usize,
        /// Found.
        found: usize,
        /// Bound.
        most: usize,
    },
    /// Not the expected first bytes.
    #[error("not a {what} of a version this program reads")]
    Magic {
        /// What was expected.
        what: &'static str,
    },
    /// Text that is not UTF-8, or a value outside its range.
    #[error("a value at byte {at} is not allowed there")]
    Value {
        /// Where.
        at: usize,
    },
}

/// Writes values.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new(magic: &[u8; 8]) -> Writer {
        Writer(magic.to_vec())
    }

    #[cfg(any(feature = "parquet", test))]
    pub(crate) fn u8(&mut self, v: u8) {
        self.0.push(v);
    }

    pub(crate) fn u32(&mut self, v: u32) {
        self.0.extend_from_slice(&v.to_be_bytes());
    }

    #[cfg(any(feature = "parquet", test))]
    pub(crate) fn u64(&mut self, v: u64) {
        self.0.extend_from_slice(&v.to_be_bytes());
    }

    pub(crate) fn fixed(&mut self, v: &[u8]) {
        self.0.extend_from_slice(v);
    }

    /// A length of 32 bits, and the bytes.
    pub(crate) fn bytes(&mut self, v: &[u8]) {
        self.u32(crate::limits::index(v.len()));
        self.fixed(v);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads values.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        bytes: &'a [u8],
        magic: &[u8; 8],
        what: &'static str,
    ) -> Result<Reader<'a>, WireError> {
        let mut reader = Reader { bytes, at: 0 };
        match reader.fixed::<8>() {
            Ok(found) if found == *magic => Ok(reader),
            _ => Err(WireError::Magic { what }),
        }
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        let end = self
            .at
            .checked_add(n)
            .filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(WireError::Short { at: self.at })?;
        let out = &self.bytes[self.at..end];
        self.at = end;
        Ok(out)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    #[cfg(any(feature = "parquet", test))]
    pub(crate) fn u8(&mut self) -> Result<u8, WireError> {
        Ok(self.fixed::<1>()?[0])
    }

    pub(crate) fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_be_bytes(self.fixed()?))
    }

    #[cfg(any(feature = "parquet", test))]
    pub(crate) fn u64(&mut self) -> Result<u64, WireError> {
        Ok(u64::from_be_bytes(self.fixed()?))
    }

    /// A count of 32 bits, bounded before anything is allocated.
    pub(crate) fn count(&mut self, most: usize) -> Result<usize, WireError> {
        let at = self.at;
        let found = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if found > most {
            Err(WireError::TooMany { at, found, most })
        } else {
            Ok(found)
        }
    }

    pub(crate) fn bytes(&mut self, most: usize) -> Result<&'a [u8], WireError> {
        let n = self.count(most)?;
        self.take(n)
    }

    pub(crate) fn text(&mut self, most: usize) -> Result<String, WireError> {
        let at = self.at;
        let bytes = self.bytes(most)?;
        std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|_| WireError::Value { at })
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn finish(self) -> Result<(), WireError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            left => Err(WireError::Trailing { at: self.at, left }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8]) -> Result<(u8, u32, u64, String, Vec<u8>), WireError> {
        let mut r = Reader::new(bytes, b"testtest", "test")?;
        let out = (
            r.u8()?,
            r.u32()?,
            r.u64()?,
            r.text(20)?,
            r.bytes(20)?.to_vec(),
        );
        r.finish()?;
        Ok(out)
    }

    fn encode(v: &(u8, u32, u64, String, Vec<u8>)) -> Vec<u8> {
        let mut w = Writer::new(b"testtest");
        w.u8(v.0);
        w.u32(v.1);
        w.u64(v.2);
        w.bytes(v.3.as_bytes());
        w.bytes(&v.4);
        w.finish()
    }

    proptest! {
        #[test]
        fn what_is_accepted_encodes_to_itself(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [b"testtest".to_vec(), bytes].concat();
            if let Ok(v) = decode(&bytes) { prop_assert_eq!(encode(&v), bytes); }
        }

        #[test]
        fn values_survive_and_truncation_or_extension_is_refused(a: u8, b: u32, c: u64, d in "[a-zß]{0,8}", e in proptest::collection::vec(any::<u8>(), 0..20)) {
            let v = (a, b, c, d, e);
            let bytes = encode(&v);
            prop_assert_eq!(decode(&bytes), Ok(v));
            for n in 0..bytes.len() { prop_assert!(decode(&bytes[..n]).is_err()); }
            prop_assert!(decode(&[bytes, vec![0]].concat()).is_err());
        }
    }

    #[test]
    fn counts_are_bounded_at_the_limit() {
        let v = |n: usize| (0, 0, 0, String::new(), vec![7u8; n]);
        assert!(decode(&encode(&v(20))).is_ok());
        assert!(matches!(
            decode(&encode(&v(21))),
            Err(WireError::TooMany {
                found: 21,
                most: 20,
                ..
            })
        ));
    }
}
