//! Numbers as Python's `int()` and `float()` read them from text, as far as they are written with ASCII digits.

use super::error::CellError;

/// A whole number in base 10: blanks around it, a sign and single underscores between digits are allowed.
///
/// # Errors
/// Where it is none, or has more than 38 digits.
pub(super) fn integer(text: &str) -> Result<i128, CellError> {
    let digits = plain(text).ok_or(CellError::NotInteger)?;
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(CellError::NotInteger);
    }
    digits.parse().map_err(|_| CellError::TooLarge)
}

/// A floating-point number, finite.
pub(super) fn float(text: &str) -> Result<f64, CellError> {
    let digits = plain(text).ok_or(CellError::NotNumber)?;
    match digits.parse::<f64>() {
        Ok(v) if v.is_finite() => Ok(v),
        Ok(_) => Err(CellError::TooLarge),
        Err(_) => Err(CellError::NotNumber),
    }
}

/// Without blanks around it and underscores between digits; `None` where an underscore stands elsewhere.
fn plain(text: &str) -> Option<String> {
    let blank = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    let text = text.trim_matches(blank);
    let bytes = text.as_bytes();
    let digit = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    let between = |i: usize| digit(i.checked_sub(1)) && digit(Some(i + 1));
    let stray = |(i, b): (usize, &u8)| *b == b'_' && !between(i);
    (!bytes.iter().enumerate().any(stray)).then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_those_that_python_reads() {
        for (text, value) in [
            ("13", 13),
            (" +13\n", 13),
            ("-007", -7),
            ("1_000", 1000),
            ("-0", 0),
        ] {
            assert_eq!(integer(text), Ok(value), "{text}");
        }
        for text in ["", "+", "1.0", "1__0", "_1", "1_", "0x1", "1e3", "- 1"] {
            assert_eq!(integer(text), Err(CellError::NotInteger), "{text}");
        }
        assert_eq!(integer(&"9".repeat(40)), Err(CellError::TooLarge));
    }

    #[test]
    fn floats_are_finite() {
        assert_eq!(float(" 1_0.5e1 "), Ok(105.0));
        assert_eq!(float(".5"), Ok(0.5));
        assert_eq!(float("inf"), Err(CellError::TooLarge));
        assert_eq!(float("nan"), Err(CellError::TooLarge));
        assert_eq!(float("1_.5"), Err(CellError::NotNumber));
        assert_eq!(float("abc"), Err(CellError::NotNumber));
    }
}
