use super::{KeySet, Strength, Token};
use crate::limits::byte;

/// The real tokens of one file, key by key, pads left out. Stays at home: it tells which keys a record could
/// make. `Debug` shows sizes only.
#[derive(Default)]
pub struct HomeTokens {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<KeyColumn>,
}

impl std::fmt::Debug for HomeTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HomeTokens")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl HomeTokens {
    /// Records, or children once double entries are joined.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Per row, true where it has a token of a key that links.
    pub fn tokenised(&self, key_set: &KeySet) -> Vec<bool> {
        let mut out = vec![false; self.rows];
        for (column, key) in self.columns.iter().zip(key_set.keys()) {
            if key.strength() != Strength::Confirms {
                for (yes, n) in out.iter_mut().zip(&column.counts) {
                    *yes |= *n > 0;
                }
            }
        }
        out
    }
}

/// The tokens of one key, row after row.
#[derive(Clone, Default)]
pub(crate) struct KeyColumn {
    /// Tokens of each row, at most the key's slots.
    counts: Vec<u8>,
    tokens: Vec<Token>,
    /// A bit for each token that may not travel; empty where all may.
    withheld: Vec<u64>,
}

impl KeyColumn {
    pub(super) fn with_counts(counts: Vec<u8>, tokens: Vec<Token>) -> KeyColumn {
        KeyColumn {
            counts,
            tokens,
            withheld: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, other: &KeyColumn) {
        self.counts.extend_from_slice(&other.counts);
        self.tokens.extend_from_slice(&other.tokens);
    }

    /// Where each row's tokens begin, and where the last one's end.
    pub(crate) fn starts(&self) -> Vec<usize> {
        let mut at = 0;
        let mut out = Vec::with_capacity(self.counts.len() + 1);
        out.push(0);
        out.extend(self.counts.iter().map(|n| {
            at += usize::from(*n);
            at
        }));
        out
    }

    /// The token at a place, and whether it may travel.
    pub(crate) fn at(&self, place: usize) -> (&Token, bool) {
        let withheld = self.withheld.get(place / 64).unwrap_or(&0) >> (place % 64) & 1 == 1;
        (&self.tokens[place], !withheld)
    }

    /// Every token that may travel, with its row and slot.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize, &Token)> {
        let mut place = 0;
        self.counts.iter().enumerate().flat_map(move |(row, n)| {
            let start = place;
            place += usize::from(*n);
            (0..usize::from(*n)).filter_map(move |slot| {
                let (token, travels) = self.at(start + slot);
                travels.then_some((row, slot, token))
            })
        })
    }

    /// Makes every token that `withheld` names, by its place, one that may not travel.
    pub(crate) fn withhold(&mut self, withheld: impl Iterator<Item = usize>) {
        self.withheld.resize(self.tokens.len().div_ceil(64), 0);
        for place in withheld {
            self.withheld[place / 64] |= 1 << (place % 64);
        }
    }

    /// A column of other rows, made of the rows of this one: `rows` names those that make each new row. A new
    /// row holds no token twice and at most `slots`.
    pub(crate) fn joined(&self, rows: &[Vec<u32>], slots: usize) -> KeyColumn {
        let starts = self.starts();
        let mut out = KeyColumn {
            counts: Vec::with_capacity(rows.len()),
            tokens: Vec::with_capacity(self.tokens.len()),
            withheld: vec![0; self.withheld.len()],
        };
        for members in rows {
            let start = out.tokens.len();
            for row in members {
                let row = *row as usize;
                for place in starts[row]..starts[row + 1] {
                    let (token, travels) = self.at(place);
                    let held = &out.tokens[start..];
                    if held.len() < slots && !held.contains(token) {
                        let place = out.tokens.len();
                        out.tokens.push(*token);
                        if !travels {
                            out.withheld[place / 64] |= 1 << (place % 64);
                        }
                    }
                }
            }
            out.counts.push(byte(out.tokens.len() - start));
        }
        out
    }
}
