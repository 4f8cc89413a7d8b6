//! From a value's text to its tokens.

use super::error::CellError;
use super::number;
use zeroize::Zeroize;

/// How values are compared: what tokens they become.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Comparison {
    /// All runs of `n` characters, the text being filled with `n - 1` blanks at each end; each with its place where
    /// `positional`.
    Ngram { n: usize, positional: bool },
    /// The whole text.
    Exact,
    /// The neighbourhood of a number on a grid.
    Numeric(Numeric),
}

/// The grid of Vatsalan and Christen (Journal of Biomedical Informatics 59, 2016), all values multiplied by twice
/// the resolution so that they stay whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numeric {
    pub(super) resolution: i128,
    /// The threshold distance, times ten to the fractional precision.
    pub(super) interval: i128,
    pub(super) precision: u32,
}

/// Buffers of one value's tokens; wiped when dropped.
#[derive(Default)]
pub(super) struct Tokens {
    /// The text, filled with blanks.
    text: String,
    /// Where its characters begin, and where it ends.
    starts: Vec<usize>,
    token: Vec<u8>,
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.text.zeroize();
        self.token.zeroize();
    }
}

impl Comparison {
    /// Gives every token of a text, as UTF-8, to `each`, with its number and the number of them all.
    pub(super) fn tokens(
        &self,
        text: &str,
        buffers: &mut Tokens,
        mut each: impl FnMut(usize, usize, &[u8]),
    ) -> Result<(), CellError> {
        if text.is_empty() {
            return Ok(());
        }
        match self {
            Comparison::Exact => each(0, 1, text.as_bytes()),
            Comparison::Ngram { n, positional } => {
                buffers.fill(text, *n);
                let count = (buffers.starts.len()).saturating_sub(*n);
                for i in 0..count {
                    let gram = buffers.starts[i]..buffers.starts[i + n];
                    if *positional {
                        buffers.token.clear();
                        digits(i + 1, &mut buffers.token);
                        buffers.token.push(b' ');
                        let gram = &buffers.text.as_bytes()[gram];
                        buffers.token.extend_from_slice(gram);
                        each(i, count, &buffers.token);
                    } else {
                        each(i, count, &buffers.text.as_bytes()[gram]);
                    }
                }
            }
            Comparison::Numeric(numeric) => {
                let middle = numeric.middle(text)?;
                let r = numeric.resolution;
                let count = usize::try_from(2 * r + 1).unwrap_or(usize::MAX);
                for (i, step) in (-r..=r).enumerate() {
                    each(
                        i,
                        count,
                        (middle + step * numeric.interval).to_string().as_bytes(),
                    );
                }
            }
        }
        Ok(())
    }
}

impl Tokens {
    fn fill(&mut self, text: &str, n: usize) {
        self.text.clear();
        self.starts.clear();
        let blanks = n - 1;
        self.text.extend(std::iter::repeat_n(' ', blanks));
        self.text.push_str(text);
        self.text.extend(std::iter::repeat_n(' ', blanks));
        self.starts
            .extend(self.text.char_indices().map(|(at, _)| at));
        self.starts.push(self.text.len());
    }
}

fn digits(mut value: usize, out: &mut Vec<u8>) {
    let start = out.len();
    while value > 0 {
        out.push(b'0' + crate::limits::byte(value % 10));
        value /= 10;
    }
    out[start..].reverse();
}

impl Numeric {
    /// The nearest point of the grid, halves upwards.
    fn middle(&self, text: &str) -> Result<i128, CellError> {
        // Larger than any number of a person, and far enough from the limits of `i128` for all that follows.
        const MOST: i128 = 1 << 90;
        let scale = 10i128.pow(self.precision);
        let value = match number::integer(text) {
            Ok(whole) => whole.checked_mul(scale),
            Err(CellError::NotInteger) => {
                let value = number::float(text)?;
                let scaled = if self.precision > 0 {
                    (value * scale as f64).round_ties_even()
                } else {
                    value.trunc()
                };
                #[expect(clippy::cast_possible_truncation, reason = "bounded here")]
                (scaled.abs() < MOST as f64).then_some(scaled as i128)
            }
            Err(other) => return Err(other),
        };
        let value = value
            .filter(|v| v.abs() < MOST)
            .ok_or(CellError::TooLarge)?;
        let value = value * 2 * self.resolution;
        let residue = value.rem_euclid(self.interval);
        Ok(if residue == 0 || 2 * residue < self.interval {
            value - residue
        } else {
            value + self.interval - residue
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(comparison: &Comparison, text: &str) -> Vec<String> {
        let mut out = Vec::new();
        comparison
            .tokens(text, &mut Tokens::default(), |i, n, t| {
                assert!(i < n);
                out.push(String::from_utf8(t.to_vec()).unwrap());
            })
            .unwrap();
        out
    }

    #[test]
    fn n_grams_are_of_characters_not_of_bytes() {
        let gram = |n, positional| Comparison::Ngram { n, positional };
        assert_eq!(all(&gram(2, false), "Zoë"), [" Z", "Zo", "oë", "ë "]);
        assert_eq!(all(&gram(2, true), "éa"), ["1  é", "2 éa", "3 a "]);
        assert_eq!(all(&gram(1, true), "a".repeat(11).as_str())[10], "11 a");
        assert_eq!(all(&gram(3, false), "a"), ["  a", " a ", "a  "]);
        assert!(all(&gram(2, false), "").is_empty());
    }

    #[test]
    fn near_numbers_share_tokens() {
        // The worked example of clkhash's documentation: distance 8, resolution 2, of 25.
        let numeric = Comparison::Numeric(Numeric {
            resolution: 2,
            interval: 8,
            precision: 0,
        });
        assert_eq!(all(&numeric, "25"), ["88", "96", "104", "112", "120"]);
        assert_eq!(all(&numeric, "26"), all(&numeric, "25"));
        assert_eq!(all(&numeric, "-25.9"), all(&numeric, "-25"));
        let far = numeric.tokens("1e300", &mut Tokens::default(), |_, _, _| {});
        assert_eq!(far, Err(CellError::TooLarge));
    }
}
