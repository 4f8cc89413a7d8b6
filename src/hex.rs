//! Bytes in lower-case hexadecimal, to be shown and read back.

use std::fmt;

/// Bytes, shown as two lower-case digits each.
///
/// ```
/// use billetbook::hex::{Hex, unhex};
/// assert_eq!(Hex(&[0, 171]).to_string(), "00ab");
/// assert_eq!(unhex("00ab"), Some(vec![0, 171]));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The bytes that [`Hex`] shows as `text`; `None` for any other text, capital digits too.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    match text.as_bytes().as_chunks::<2>() {
        (pairs, []) => pairs
            .iter()
            .map(|[a, b]| Some(digit(*a)? << 4 | digit(*b)?))
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_shown_and_read_back_in_one_form() {
        let all: Vec<u8> = (0..=255).collect();
        let text = Hex(&all).to_string();
        assert_eq!(text.len(), 512);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
        assert_eq!(unhex(&text), Some(all));
        assert_eq!(unhex(""), Some(Vec::new()));
        for bad in ["0", "000", "0G", "0g", "AB", "ab ", " a", "-1", "é"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
