use crate::engine::{Error, Rows};
use std::fmt;

/// The CLKs of one file: as many bits for each record, in the file's order. Bit 0 is the highest bit of the first word.
/// Made from names: `Debug` shows sizes only.
#[derive(Clone, PartialEq, Eq)]
pub struct Clks {
    bits: usize,
    words: Vec<u64>,
}

impl Clks {
    /// None yet, of `bits` bits each.
    pub fn new(bits: usize) -> Clks {
        Clks {
            bits,
            words: Vec::new(),
        }
    }

    /// Rows that lie one after another.
    pub(super) fn from_words(bits: usize, words: Vec<u64>) -> Clks {
        Clks { bits, words }
    }

    /// Bits of each.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.words.len() / self.width().max(1)
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words of one; what is left of the last word is zero.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.width()..][..self.width()]
    }

    /// The bytes of one, as they stand in files: what is left of the last byte is zero.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn bytes(&self, row: usize) -> Vec<u8> {
        let words = self.row(row).iter();
        let mut out: Vec<u8> = words.flat_map(|w| w.to_be_bytes()).collect();
        out.truncate(self.bits.div_ceil(8));
        out
    }

    /// The same as rows that the engine compares; what is left of the last word counts as zeros.
    ///
    /// # Errors
    /// Where they are longer than 4096 bits, or too many.
    pub fn rows(&self) -> Result<Rows, Error> {
        Rows::from_words(self.width() * 64, self.words.clone())
    }

    /// Makes one without a bit.
    pub(crate) fn clear(&mut self, row: usize) {
        let width = self.width();
        self.words[row * width..][..width].fill(0);
    }

    /// Words of a row.
    pub(super) fn width(&self) -> usize {
        self.bits.div_ceil(64)
    }

    /// Adds a row of [`Clks::width`] words.
    pub(super) fn push(&mut self, row: &[u64]) {
        debug_assert_eq!(row.len(), self.width());
        self.words.extend_from_slice(row);
    }

    /// Adds a row of bytes as they stand in files.
    pub(super) fn push_bytes(&mut self, row: &[u8]) {
        debug_assert_eq!(row.len(), self.bits.div_ceil(8));
        self.words.extend(row.chunks(8).map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_be_bytes(word)
        }));
    }

    /// Adds the rows of another set of the same length.
    pub(super) fn append(&mut self, other: &Clks) {
        debug_assert_eq!(self.bits, other.bits);
        self.words.extend_from_slice(&other.words);
    }
}

impl fmt::Debug for Clks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clks({} of {} bits)", self.len(), self.bits)
    }
}
