use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The least Dice coefficient of a pair, a ratio above 0 and at most 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Threshold {
    num: u32,
    den: u32,
}

/// Why a text or number is no threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// NaN, or no decimal number.
    #[error("the threshold is not a number; write it like 0.85")]
    NotANumber,
    /// 0 or less: every pair would reach it.
    #[error("the threshold is 0 or less, which every pair reaches; take one above 0")]
    NotAboveZero,
    /// More than 1, which no pair reaches.
    #[error("the threshold is above 1, which no pair reaches; take one of at most 1")]
    AboveOne,
    /// More than nine digits after the point.
    #[error("the threshold has more than {most} digits after the point")]
    TooLong {
        /// How many are read.
        most: usize,
    },
}

/// Digits after the point: ten to this power is a `u32`.
const DIGITS: usize = 9;

impl Threshold {
    /// `num / den`.
    ///
    /// # Errors
    /// Where it is not above 0 and at most 1.
    pub fn ratio(num: u32, den: u32) -> Result<Threshold, ThresholdError> {
        match (num, den) {
            (_, 0) => Err(ThresholdError::NotANumber),
            (0, _) => Err(ThresholdError::NotAboveZero),
            (num, den) if num > den => Err(ThresholdError::AboveOne),
            (num, den) => {
                let by = gcd(num, den);
                Ok(Threshold {
                    num: num / by,
                    den: den / by,
                })
            }
        }
    }

    /// The threshold as a fraction.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// The least number of common bits with which two rows of `ones` set bits together are a pair, at least 1.
    pub fn need(self, ones: u32) -> u32 {
        let (num, den) = (u64::from(self.num), u64::from(self.den));
        let need = (num * u64::from(ones)).div_ceil(2 * den);
        // At most half of `ones`, rounded up.
        u32::try_from(need).unwrap_or(u32::MAX).max(1)
    }
}

/// The decimal number that is printed for it: 0.85 is 85/100.
impl TryFrom<f64> for Threshold {
    type Error = ThresholdError;

    fn try_from(value: f64) -> Result<Threshold, ThresholdError> {
        if value.is_nan() {
            return Err(ThresholdError::NotANumber);
        }
        if value <= 0.0 {
            return Err(ThresholdError::NotAboveZero);
        }
        if value > 1.0 {
            return Err(ThresholdError::AboveOne);
        }
        value.to_string().parse()
    }
}

/// A decimal number, read exactly.
impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Threshold, ThresholdError> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) {
            return Err(ThresholdError::NotANumber);
        }
        let part = part.trim_end_matches('0');
        if negative || (part.is_empty() && whole.bytes().all(|b| b == b'0')) {
            return Err(ThresholdError::NotAboveZero);
        }
        match whole.trim_start_matches('0') {
            "" => {}
            "1" if part.is_empty() => return Threshold::ratio(1, 1),
            _ => return Err(ThresholdError::AboveOne),
        }
        if part.len() > DIGITS {
            return Err(ThresholdError::TooLong { most: DIGITS });
        }
        let num = part.bytes().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        let den = (0..part.len()).fold(1, |n, _| n * 10);
        Threshold::ratio(num, den)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        let ratio = |n, d| Threshold::ratio(n, d).unwrap();
        for (text, want) in [
            ("0.85", ratio(17, 20)),
            (".8", ratio(4, 5)),
            ("1", ratio(1, 1)),
            ("1.000", ratio(1, 1)),
            (" 0.123456789 ", ratio(123_456_789, 1_000_000_000)),
            ("+0.5000000000000", ratio(1, 2)),
        ] {
            assert_eq!(text.parse(), Ok(want), "{text}");
        }
        assert_eq!(Threshold::try_from(0.7), Ok(ratio(7, 10)));
        assert_eq!(Threshold::try_from(1.0), Ok(ratio(1, 1)));
    }

    #[test]
    fn what_is_no_threshold_is_named() {
        use ThresholdError::{AboveOne, NotANumber, NotAboveZero, TooLong};
        for (text, want) in [
            ("", NotANumber),
            (".", NotANumber),
            ("NaN", NotANumber),
            ("0,85", NotANumber),
            ("8e-1", NotANumber),
            ("0", NotAboveZero),
            ("0.000", NotAboveZero),
            ("-0.8", NotAboveZero),
            ("1.1", AboveOne),
            ("85", AboveOne),
            ("1.00000000001", AboveOne),
            ("0.1234567891", TooLong { most: 9 }),
        ] {
            assert_eq!(text.parse::<Threshold>(), Err(want), "{text}");
        }
        assert_eq!(Threshold::try_from(f64::NAN), Err(NotANumber));
        assert_eq!(Threshold::try_from(0.0), Err(NotAboveZero));
        assert_eq!(Threshold::try_from(1.1), Err(AboveOne));
        assert_eq!(Threshold::try_from(f64::INFINITY), Err(AboveOne));
        assert_eq!(Threshold::ratio(0, 5), Err(NotAboveZero));
        assert_eq!(Threshold::ratio(1, 0), Err(NotANumber));
    }

    #[test]
    fn need_is_the_least_overlap() {
        for (num, den) in [
            (4, 5),
            (17, 20),
            (1, 1),
            (1, 3),
            (999_999_999, 1_000_000_000),
        ] {
            let t = Threshold::ratio(num, den).unwrap();
            for ones in 1..=2 * 4096u32 {
                let need = t.need(ones);
                let dice_reaches =
                    |o: u32| 2 * u64::from(o) * u64::from(den) >= u64::from(num) * u64::from(ones);
                assert!(dice_reaches(need) && (need == 1 || !dice_reaches(need - 1)));
            }
        }
    }
}
