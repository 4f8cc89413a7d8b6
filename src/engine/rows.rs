use super::Error;
use crate::limits::{MOST_BITS, MOST_RECORDS};
use std::fmt;

/// Rows of bits, all of one length, numbered from 0 in the order given.
#[derive(Clone, PartialEq, Eq)]
pub struct Rows {
    /// `u64`s of a row.
    width: usize,
    words: Vec<u64>,
}

impl Rows {
    /// No rows yet, of `bits` bits each.
    ///
    /// # Errors
    /// [`Error::Length`] where `bits` is no multiple of 64 from 64 to 4096.
    pub fn new(bits: usize) -> Result<Rows, Error> {
        if bits == 0 || !bits.is_multiple_of(64) || bits > MOST_BITS {
            let most = MOST_BITS;
            return Err(Error::Length { bits, most });
        }
        Ok(Rows {
            width: bits / 64,
            words: Vec::new(),
        })
    }

    /// Rows that lie one after another, `bits / 64` words each.
    ///
    /// # Errors
    /// As [`Rows::new`]; [`Error::RowLength`] where the last row is cut short; [`Error::TooManyRows`].
    pub fn from_words(bits: usize, words: Vec<u64>) -> Result<Rows, Error> {
        let mut rows = Rows::new(bits)?;
        let (row, rest) = (words.len() / rows.width, words.len() % rows.width);
        if rest > 0 {
            let found = rest * 64;
            return Err(Error::RowLength { row, found, bits });
        }
        let most = MOST_RECORDS;
        if row > most {
            return Err(Error::TooManyRows { most });
        }
        rows.words = words;
        Ok(rows)
    }

    /// Adds a row of `bits / 8` bytes. Which bit of a byte comes first is the same for every row and so changes nothing.
    ///
    /// # Errors
    /// [`Error::RowLength`] where it has another length; [`Error::TooManyRows`].
    pub fn push_bytes(&mut self, row: &[u8]) -> Result<(), Error> {
        self.check(row.len() * 8)?;
        let (words, _) = row.as_chunks::<8>();
        self.words
            .extend(words.iter().map(|w| u64::from_le_bytes(*w)));
        Ok(())
    }

    /// Adds a row of `bits / 64` words.
    ///
    /// # Errors
    /// As [`Rows::push_bytes`].
    pub fn push_words(&mut self, row: &[u64]) -> Result<(), Error> {
        self.check(row.len() * 64)?;
        self.words.extend_from_slice(row);
        Ok(())
    }

    fn check(&self, found: usize) -> Result<(), Error> {
        let (row, bits) = (self.len(), self.bits());
        if found != bits {
            return Err(Error::RowLength { row, found, bits });
        }
        if row >= MOST_RECORDS {
            let most = MOST_RECORDS;
            return Err(Error::TooManyRows { most });
        }
        Ok(())
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.words.len() / self.width
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Bits of a row.
    pub fn bits(&self) -> usize {
        self.width * 64
    }

    /// All words, row after row.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words of a row.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.width..][..self.width]
    }
}

/// How many and how long, never the bits: they are made from names.
impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rows({} of {} bits)", self.len(), self.bits())
    }
}
