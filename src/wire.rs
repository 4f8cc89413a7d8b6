//! The strict binary codec of everything signed or hashed: fixed field order, big-endian numbers, length
//! prefixes, bounded counts, no optional fields, no trailing bytes. One encoding for each value.

use std::fmt;
use std::str::FromStr;
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
    #[error("no {what} of a version this program reads")]
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

/// Writes values. Not for secrets: a buffer that grows leaves copies behind.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A writer whose first bytes are `magic`; [`Writer::default`] begins with none.
    pub fn new(magic: &[u8; 8]) -> Writer {
        Writer(magic.to_vec())
    }

    /// One byte.
    pub fn u8(&mut self, v: u8) {
        self.0.push(v);
    }

    /// Two bytes, big-endian.
    pub fn u16(&mut self, v: u16) {
        self.fixed(&v.to_be_bytes());
    }

    /// Four bytes, big-endian.
    pub fn u32(&mut self, v: u32) {
        self.fixed(&v.to_be_bytes());
    }

    /// Eight bytes, big-endian.
    pub fn u64(&mut self, v: u64) {
        self.fixed(&v.to_be_bytes());
    }

    /// Bytes of a length that the format fixes.
    pub fn fixed(&mut self, v: &[u8]) {
        self.0.extend_from_slice(v);
    }

    /// A length of 32 bits, and the bytes: fewer than 4 GiB, or no reader takes them.
    pub fn bytes(&mut self, v: &[u8]) {
        self.u32(crate::limits::index(v.len()));
        self.fixed(v);
    }

    /// [`Writer::bytes`] of UTF-8.
    pub fn text(&mut self, v: &str) {
        self.bytes(v.as_bytes());
    }

    /// All that was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({} bytes)", self.0.len())
    }
}

/// Reads values. Every length is checked against its bound and against what is there before anything is
/// allocated.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader of bytes that begin with `magic`; `what` is the kind of thing that errors name.
    ///
    /// # Errors
    /// Where they begin with anything else: another kind, or a newer version.
    pub fn new(
        bytes: &'a [u8],
        magic: &[u8; 8],
        what: &'static str,
    ) -> Result<Reader<'a>, WireError> {
        let mut reader = Reader::bare(bytes);
        match reader.fixed::<8>() {
            Ok(found) if found == *magic => Ok(reader),
            _ => Err(WireError::Magic { what }),
        }
    }

    /// A reader of bytes that begin with one of two `magics`, and whether with the second: a format and what was added to
    /// it later, with the same `what`.
    ///
    /// # Errors
    /// Where they begin with neither.
    pub fn either(
        bytes: &'a [u8],
        [first, second]: [&[u8; 8]; 2],
        what: &'static str,
    ) -> Result<(Reader<'a>, bool), WireError> {
        let later = bytes.starts_with(second);
        let magic = if later { second } else { first };
        Ok((Reader::new(bytes, magic, what)?, later))
    }

    /// A reader of bytes that begin with no magic.
    pub fn bare(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// Where there are fewer.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        let end = self
            .at
            .checked_add(n)
            .filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(WireError::Short { at: self.at })?;
        let out = &self.bytes[self.at..end];
        self.at = end;
        Ok(out)
    }

    /// The next `N` bytes, copied.
    ///
    /// # Errors
    /// Where there are fewer.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// One byte.
    ///
    /// # Errors
    /// Where there is none.
    pub fn u8(&mut self) -> Result<u8, WireError> {
        Ok(self.fixed::<1>()?[0])
    }

    /// Two bytes, big-endian.
    ///
    /// # Errors
    /// Where there are fewer.
    pub fn u16(&mut self) -> Result<u16, WireError> {
        Ok(u16::from_be_bytes(self.fixed()?))
    }

    /// Four bytes, big-endian.
    ///
    /// # Errors
    /// Where there are fewer.
    pub fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_be_bytes(self.fixed()?))
    }

    /// Eight bytes, big-endian.
    ///
    /// # Errors
    /// Where there are fewer.
    pub fn u64(&mut self) -> Result<u64, WireError> {
        Ok(u64::from_be_bytes(self.fixed()?))
    }

    /// A count of 8 bits, bounded before anything is allocated.
    ///
    /// # Errors
    /// Where it is above `most`.
    pub fn count_u8(&mut self, most: usize) -> Result<usize, WireError> {
        let at = self.at;
        let found = usize::from(self.u8()?);
        bounded(at, found, most)
    }

    /// A count of 32 bits, bounded before anything is allocated.
    ///
    /// # Errors
    /// Where it is above `most`.
    pub fn count(&mut self, most: usize) -> Result<usize, WireError> {
        let at = self.at;
        let found = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        bounded(at, found, most)
    }

    /// A length of 32 bits, and so many bytes.
    ///
    /// # Errors
    /// Where the length is above `most`, or above what is there.
    pub fn bytes(&mut self, most: usize) -> Result<&'a [u8], WireError> {
        let n = self.count(most)?;
        self.take(n)
    }

    /// [`Reader::bytes`] that are UTF-8.
    ///
    /// # Errors
    /// As [`Reader::bytes`], and where they are not UTF-8.
    pub fn text(&mut self, most: usize) -> Result<String, WireError> {
        let at = self.at;
        let bytes = self.bytes(most)?;
        std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|_| WireError::Value { at })
    }

    /// A number, read by `number`, that stands for an entry of a closed list.
    ///
    /// # Errors
    /// As `number`, and where it stands for none.
    pub fn code<C, T>(
        &mut self,
        number: impl FnOnce(&mut Reader<'a>) -> Result<C, WireError>,
        entry: impl FnOnce(C) -> Option<T>,
    ) -> Result<T, WireError> {
        let at = self.at;
        entry(number(self)?).ok_or(WireError::Value { at })
    }

    /// [`Reader::text`] that is read into a value.
    ///
    /// # Errors
    /// As [`Reader::text`], and where it is none.
    pub fn parsed<T: FromStr>(&mut self, most: usize) -> Result<T, WireError> {
        let at = self.at;
        self.text(most)?
            .parse()
            .map_err(|_| WireError::Value { at })
    }

    /// How many bytes were read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Ends reading.
    ///
    /// # Errors
    /// Where bytes are left over.
    pub fn finish(self) -> Result<(), WireError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            left => Err(WireError::Trailing { at: self.at, left }),
        }
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader(byte {} of {})", self.at, self.bytes.len())
    }
}

fn bounded(at: usize, found: usize, most: usize) -> Result<usize, WireError> {
    if found > most {
        Err(WireError::TooMany { at, found, most })
    } else {
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Values = (u8, u16, u32, u64, String, Vec<u8>, Vec<u8>);

    fn decode(bytes: &[u8]) -> Result<Values, WireError> {
        let mut r = Reader::new(bytes, b"testtest", "test")?;
        let out = (
            r.u8()?,
            r.u16()?,
            r.u32()?,
            r.u64()?,
            r.text(20)?,
            r.bytes(20)?.to_vec(),
            {
                let n = r.count_u8(3)?;
                r.take(n)?.to_vec()
            },
        );
        r.finish()?;
        Ok(out)
    }

    fn encode(v: &Values) -> Vec<u8> {
        let mut w = Writer::new(b"testtest");
        w.u8(v.0);
        w.u16(v.1);
        w.u32(v.2);
        w.u64(v.3);
        w.text(&v.4);
        w.bytes(&v.5);
        w.u8(crate::limits::byte(v.6.len()));
        w.fixed(&v.6);
        w.finish()
    }

    proptest! {
        #[test]
        fn what_is_accepted_encodes_to_itself(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [b"testtest".to_vec(), bytes].concat();
            if let Ok(v) = decode(&bytes) { prop_assert_eq!(encode(&v), bytes); }
        }

        #[test]
        fn values_survive_and_truncation_or_extension_is_refused(a: u8, b: u16, c: u32, d: u64, e in "[a-zß]{0,8}", f in proptest::collection::vec(any::<u8>(), 0..20), g in proptest::collection::vec(any::<u8>(), 0..4)) {
            let v = (a, b, c, d, e, f, g);
            let bytes = encode(&v);
            prop_assert_eq!(decode(&bytes), Ok(v));
            for n in 0..bytes.len() { prop_assert!(decode(&bytes[..n]).is_err()); }
            prop_assert!(decode(&[bytes, vec![0]].concat()).is_err());
        }
    }

    #[test]
    fn counts_are_bounded_at_the_limit() {
        let v = |n: usize, m: usize| (0, 0, 0, 0, String::new(), vec![7u8; n], vec![7u8; m]);
        assert!(decode(&encode(&v(20, 3))).is_ok());
        for (value, found, most) in [(v(21, 0), 21, 20), (v(0, 4), 4, 3)] {
            assert!(matches!(
                decode(&encode(&value)),
                Err(WireError::TooMany { found: f, most: m, .. }) if (f, m) == (found, most)
            ));
        }
    }

    #[test]
    fn a_length_beyond_the_bytes_allocates_nothing_and_is_refused() {
        let bytes = [b"testtest".as_slice(), &[0xff; 4], b"x"].concat();
        let mut r = Reader::new(&bytes, b"testtest", "test").unwrap();
        assert_eq!(r.bytes(usize::MAX), Err(WireError::Short { at: 12 }));
    }

    #[test]
    fn debug_shows_no_byte() {
        let mut w = Writer::default();
        w.text("Wren");
        let bytes = w.finish();
        let mut w = Writer::default();
        w.fixed(&bytes);
        assert_eq!(
            format!("{w:?} {:?}", Reader::bare(&bytes)),
            "Writer(8 bytes) Reader(byte 0 of 8)"
        );
    }
}
