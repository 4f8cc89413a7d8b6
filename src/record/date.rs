use super::{Graded, Reason};
use std::fmt;

/// A birth date, or the expected date of birth of an unborn child. `Debug` is redacted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BirthDate {
    year: u16,
    month: u8,
    day: u8,
    expected: bool,
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(..)")
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

impl BirthDate {
    /// Parses `yyyy-mm-dd`, `yyyymmdd`, `dd/mm/yyyy`, `dd-Mon-yyyy`, `yyyy-Mon-dd` and their like, day before
    /// month; a time behind the date is ignored. A year of two digits is malformed.
    pub fn parse(raw: &str) -> Graded<BirthDate> {
        Self::parse_as(raw, false)
    }

    /// Parses the expected date of birth of an unborn child.
    pub fn parse_expected(raw: &str) -> Graded<BirthDate> {
        Self::parse_as(raw, true)
    }

    fn parse_as(raw: &str, expected: bool) -> Graded<BirthDate> {
        let raw = raw.trim();
        let date = raw.split(['T', ' ']).next().unwrap_or_default();
        // "12 Apr 2019": the blanks are separators, not the start of a time.
        let spaced = raw.split(' ').take(3).count() == 3 && !raw.contains(':') && date.len() < 5;
        let date = if spaced { raw } else { date };
        if date.is_empty() {
            return Graded::Missing;
        }
        let Some((year, month, day)) = parts(date) else {
            return Graded::Malformed(Reason::NotADate);
        };
        if matches!(
            (year, month, day),
            (1900 | 1800 | 1901, 1, 1) | (9999, 12, 31) | (1111, 11, 11)
        ) {
            return Graded::Placeholder(Reason::StandsForUnknown);
        }
        if !(1890..=2100).contains(&year) {
            return Graded::Malformed(Reason::DateRange);
        }
        if month == 0 || month > 12 || day == 0 || day > days(year, month) {
            return Graded::Malformed(Reason::NotADate);
        }
        Graded::Valid(BirthDate {
            year,
            month,
            day,
            expected,
        })
    }

    /// Year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// True for an expected date of birth.
    pub fn is_expected(self) -> bool {
        self.expected
    }

    /// True for 1 January, which is often given to children whose birthday nobody knows.
    pub fn is_first_of_january(self) -> bool {
        self.month == 1 && self.day == 1
    }
}

fn parts(date: &str) -> Option<(u16, u8, u8)> {
    let b = date.as_bytes();
    if b.len() == 8 && b.iter().all(u8::is_ascii_digit) {
        return Some((
            date[..4].parse().ok()?,
            date[4..6].parse().ok()?,
            date[6..].parse().ok()?,
        ));
    }
    let mut fields = date.split(['-', '/', '.', ' ']);
    let (a, m, c) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    let month = match m.parse() {
        Ok(month) => month,
        Err(_) => {
            u8::try_from(MONTHS.iter().position(|name| {
                m.len() >= 3 && m.is_ascii() && m[..3].eq_ignore_ascii_case(name)
            })?)
            .ok()?
                + 1
        }
    };
    let number = |s: &str| {
        (s.len() <= 4 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u16>().ok())?
    };
    match (a.len(), c.len()) {
        (4, 1..=2) => Some((number(a)?, month, u8::try_from(number(c)?).ok()?)),
        (1..=2, 4) => Some((number(c)?, month, u8::try_from(number(a)?).ok()?)),
        _ => None,
    }
}

fn days(year: u16, month: u8) -> u8 {
    match month {
        2 if (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_in_use_is_read() {
        for raw in [
            "2019-04-12",
            "12/04/2019",
            "20190412",
            "12-Apr-2019",
            "2020-Apr-12 00:00:00",
            "2019-04-12T10:00:00Z",
            "12.4.2019",
            "12 April 2019",
            "12/04/2019 00:00",
        ] {
            let d = BirthDate::parse(raw)
                .valid()
                .copied()
                .unwrap_or_else(|| panic!("{raw}"));
            assert_eq!((d.month(), d.day()), (4, 12), "{raw}");
        }
    }

    #[test]
    fn what_is_no_birth_date_is_graded_with_its_reason() {
        for (raw, want) in [
            ("", Graded::Missing),
            ("01/01/1900", Graded::Placeholder(Reason::StandsForUnknown)),
            ("12/04/19", Graded::Malformed(Reason::NotADate)),
            ("30/02/2019", Graded::Malformed(Reason::NotADate)),
            ("2019-13-01", Graded::Malformed(Reason::NotADate)),
            ("1712-01-01", Graded::Malformed(Reason::DateRange)),
            ("soon", Graded::Malformed(Reason::NotADate)),
        ] {
            assert_eq!(BirthDate::parse(raw), want, "{raw}");
        }
        assert!(BirthDate::parse("2016-02-29").valid().is_some());
        assert!(BirthDate::parse("2015-02-29").valid().is_none());
        assert!(
            BirthDate::parse_expected("2026-12-01")
                .valid()
                .unwrap()
                .is_expected()
        );
    }

    proptest! {
        #[test]
        fn any_text_is_graded(raw in "\\PC{0,24}") {
            if let Graded::Valid(d) = BirthDate::parse(&raw) {
                let again = format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day());
                prop_assert_eq!(BirthDate::parse(&again), Graded::Valid(d));
            }
        }
    }
}
