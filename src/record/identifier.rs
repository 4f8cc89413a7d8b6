use super::{Graded, Reason};
use std::fmt;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Canonical characters: no spaces, upper case.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

identifier!(
    /// NHS number: ten digits, modulus 11 (NHS Data Dictionary). `Debug` is redacted.
    NhsNumber
);
identifier!(
    /// Unique Pupil Number: 13 characters with check letter (DfE UPN guide; CIN rules 1510, 1540, 1550).
    /// `Debug` is redacted.
    Upn
);
identifier!(
    /// Unique Learner Number: ten digits (Learning Records Service). `Debug` is redacted.
    Uln
);
identifier!(
    /// Community Health Index number (Scotland): birth date, number and check digit. `Debug` is redacted.
    Chi
);

/// Digits only, spaces and hyphens dropped; the reason where another character stands.
fn digits(raw: &str, n: usize) -> Result<String, Graded<()>> {
    let kept: String = raw
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    if kept.is_empty() {
        return Err(Graded::Missing);
    }
    if !kept.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Graded::Malformed(Reason::Characters));
    }
    if kept.len() != n {
        return Err(Graded::Malformed(Reason::Length));
    }
    if kept.bytes().all(|b| Some(b) == kept.bytes().next()) {
        return Err(Graded::Placeholder(Reason::AllEqual));
    }
    Ok(kept)
}

fn refused<T>(grade: Graded<()>) -> Graded<T> {
    match grade {
        Graded::Malformed(r) => Graded::Malformed(r),
        Graded::Placeholder(r) => Graded::Placeholder(r),
        Graded::Missing | Graded::Valid(()) => Graded::Missing,
    }
}

/// Sum of digits weighted 10, 9, 8 ...
fn weighted(digits: &str) -> u32 {
    digits
        .bytes()
        .zip((1..=10u32).rev())
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum()
}

impl NhsNumber {
    /// Parses and checks; spaces and hyphens may stand between digits.
    pub fn parse(raw: &str) -> Graded<NhsNumber> {
        match digits(raw, 10) {
            Err(grade) => refused(grade),
            // Weights 10 to 2, and 1 for the check digit: the whole sum is a multiple of 11.
            Ok(d) if weighted(&d).is_multiple_of(11) => Graded::Valid(NhsNumber(d)),
            Ok(_) => Graded::Malformed(Reason::CheckDigit),
        }
    }
}

impl Chi {
    /// Parses and checks birth date and check digit.
    pub fn parse(raw: &str) -> Graded<Chi> {
        match digits(raw, 10) {
            Err(grade) => refused(grade),
            Ok(d) => {
                let (day, month) = (&d[..2], &d[2..4]);
                if !("01"..="31").contains(&day) || !("01"..="12").contains(&month) {
                    Graded::Malformed(Reason::NotADate)
                } else if weighted(&d).is_multiple_of(11) {
                    Graded::Valid(Chi(d))
                } else {
                    Graded::Malformed(Reason::CheckDigit)
                }
            }
        }
    }
}

impl Uln {
    /// Parses and checks: the weighted sum of all ten digits leaves 10 when divided by 11.
    pub fn parse(raw: &str) -> Graded<Uln> {
        match digits(raw, 10) {
            Err(grade) => refused(grade),
            Ok(d) if d.starts_with('0') => Graded::Malformed(Reason::UnknownForm),
            // The tenth weight is 1, so this counts the check digit with weight 1.
            Ok(d) if weighted(&d) % 11 == 10 => Graded::Valid(Uln(d)),
            Ok(_) => Graded::Malformed(Reason::CheckDigit),
        }
    }
}

const UPN_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

impl Upn {
    /// Parses and checks. UN1 to UN10 are placeholders that say why there is no number.
    pub fn parse(raw: &str) -> Graded<Upn> {
        let upn: String = raw
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if upn.is_empty() {
            return Graded::Missing;
        }
        if let Some(code) = upn.strip_prefix("UN")
            && matches!(
                code,
                "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "10"
            )
        {
            return Graded::Placeholder(Reason::UnknownCode);
        }
        if !upn.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Graded::Malformed(Reason::Characters);
        }
        let bytes = upn.as_bytes();
        if bytes.len() != 13 {
            return Graded::Malformed(Reason::Length);
        }
        if !bytes[1..12].iter().all(u8::is_ascii_digit) {
            return Graded::Malformed(Reason::Characters);
        }
        let letter = |b: u8| UPN_LETTERS.iter().position(|l| *l == b);
        let last = if bytes[12].is_ascii_digit() {
            Some(usize::from(bytes[12] - b'0'))
        } else {
            letter(bytes[12])
        };
        let (Some(check), Some(last)) = (letter(bytes[0]), last) else {
            return Graded::Malformed(Reason::Characters);
        };
        let sum: usize = bytes[1..12]
            .iter()
            .zip(2..)
            .map(|(b, w)| usize::from(b - b'0') * w)
            .sum::<usize>()
            + last * 13;
        if sum % 23 == check {
            Graded::Valid(Upn(upn))
        } else {
            Graded::Malformed(Reason::CheckDigit)
        }
    }

    /// True for a temporary number: its last character is a letter.
    pub fn is_temporary(&self) -> bool {
        self.0.ends_with(|c: char| c.is_ascii_alphabetic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VECTORS: &str = include_str!("../../tests/vectors/check_digits.csv");

    #[test]
    fn check_digits_agree_with_the_published_vectors() {
        let mut seen = 0;
        for line in VECTORS.lines().skip(1) {
            let f: Vec<&str> = line.split(',').collect();
            let valid = match f[0] {
                "upn" => Upn::parse(f[1]).valid().is_some(),
                "nhs" => NhsNumber::parse(f[1]).valid().is_some(),
                "uln" => Uln::parse(f[1]).valid().is_some(),
                _ => continue,
            };
            seen += 1;
            assert_eq!(valid, f[2] == "true", "{line}");
        }
        assert!(seen >= 12);
    }

    #[test]
    fn sentinels_are_placeholders() {
        assert_eq!(
            NhsNumber::parse("999 999 9999"),
            Graded::Placeholder(Reason::AllEqual)
        );
        assert_eq!(Upn::parse("UN1"), Graded::Placeholder(Reason::UnknownCode));
        assert_eq!(Upn::parse("un10"), Graded::Placeholder(Reason::UnknownCode));
        assert_eq!(Upn::parse("UN11"), Graded::Malformed(Reason::Length));
        assert!(Upn::parse("W80120000001A").valid().unwrap().is_temporary());
        assert!(!Upn::parse("B801200005001").valid().unwrap().is_temporary());
        assert_eq!(NhsNumber::parse("12345"), Graded::Malformed(Reason::Length));
        assert_eq!(
            NhsNumber::parse("943476591X"),
            Graded::Malformed(Reason::Characters)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_graded_and_a_valid_one_stays_so(raw in "\\PC{0,16}") {
            if let Graded::Valid(n) = NhsNumber::parse(&raw) { prop_assert_eq!(NhsNumber::parse(n.as_str()), Graded::Valid(n)); }
            if let Graded::Valid(n) = Upn::parse(&raw) { prop_assert_eq!(Upn::parse(n.as_str()), Graded::Valid(n)); }
            if let Graded::Valid(n) = Uln::parse(&raw) { prop_assert_eq!(Uln::parse(n.as_str()), Graded::Valid(n)); }
            if let Graded::Valid(n) = Chi::parse(&raw) { prop_assert_eq!(Chi::parse(n.as_str()), Graded::Valid(n)); }
        }

        #[test]
        fn one_wrong_digit_never_passes_the_check(nine in 100_000_000u64..999_999_999, at in 0usize..10, step in 1u8..10) {
            let base = nine.to_string();
            for check in 0..10 {
                let text = format!("{base}{check}");
                if NhsNumber::parse(&text).valid().is_some() {
                    let mut other = text.into_bytes();
                    other[at] = b'0' + (other[at] - b'0' + step) % 10;
                    prop_assert!(NhsNumber::parse(std::str::from_utf8(&other).unwrap()).valid().is_none());
                }
            }
        }
    }
}
