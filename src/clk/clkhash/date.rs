//! Dates read as C's and Python's `strptime` read them, of the directives that a birth date needs, and written
//! as `%Y%m%d`, which is what clkhash hashes.

/// One piece of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// A character, of either case.
    Char(char),
    /// One blank or more.
    Blank,
    Directive(Directive),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    /// Four digits.
    Year,
    /// Two digits: 69 to 99 are of the last century.
    YearOfCentury,
    Month,
    /// English name, or its first three letters.
    MonthName(bool),
    Day,
    Hour,
    Minute,
    Second,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A `strptime` format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateFormat {
    text: String,
    pieces: Vec<Piece>,
}

/// Year, month, day.
type Parts = (u16, u8, u8);

impl DateFormat {
    /// # Errors
    /// Names what is not read: another directive, or one directive twice.
    pub(super) fn new(text: &str) -> Result<DateFormat, String> {
        let mut pieces = Vec::new();
        let mut seen: Vec<Directive> = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c.is_whitespace() {
                while chars.peek().is_some_and(|c| c.is_whitespace()) {
                    chars.next();
                }
                pieces.push(Piece::Blank);
                continue;
            }
            if c != '%' {
                pieces.push(Piece::Char(c));
                continue;
            }
            let directive = match chars.next() {
                Some('%') => {
                    pieces.push(Piece::Char('%'));
                    continue;
                }
                Some('Y') => Directive::Year,
                Some('y') => Directive::YearOfCentury,
                Some('m') => Directive::Month,
                Some('b') => Directive::MonthName(false),
                Some('B') => Directive::MonthName(true),
                Some('d') => Directive::Day,
                Some('H') => Directive::Hour,
                Some('M') => Directive::Minute,
                Some('S') => Directive::Second,
                _ => {
                    return Err(
                        "the directives that are read are %Y %y %m %b %B %d %H %M %S and %%".into(),
                    );
                }
            };
            if seen.contains(&directive) {
                return Err("a directive stands twice in the date's format".into());
            }
            seen.push(directive);
            pieces.push(Piece::Directive(directive));
        }
        let text = text.to_owned();
        Ok(DateFormat { text, pieces })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The date as `%Y%m%d`; years before 1000 are not filled with zeros, as in C's library on Linux.
    pub(super) fn canonical(&self, text: &str) -> Option<String> {
        let ((year, month, day), rest) = read(&self.pieces, text, (1900, 1, 1))?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (rest.is_empty() && year > 0 && day <= days).then(|| {
            let mut out = String::with_capacity(8);
            let mut digit = |n: u16| out.push(char::from(b'0' + crate::limits::byte(n.into())));
            let whole = [year / 1000, year / 100 % 10, year / 10 % 10, year % 10];
            let first = whole.iter().position(|d| *d > 0).unwrap_or(3);
            whole[first..].iter().for_each(|d| digit(*d));
            for n in [u16::from(month), u16::from(day)] {
                digit(n / 10);
                digit(n % 10);
            }
            out
        })
    }
}

/// The first way in which the pieces fit the beginning of the text, alternatives in the order of Python's regular
/// expression; and what is left of the text.
fn read<'t>(pieces: &[Piece], text: &'t str, parts: Parts) -> Option<(Parts, &'t str)> {
    let Some((piece, pieces)) = pieces.split_first() else {
        return Some((parts, text));
    };
    match piece {
        Piece::Char(c) => {
            let mut rest = text.chars();
            let same = rest.next()?.to_lowercase().eq(c.to_lowercase());
            same.then(|| read(pieces, rest.as_str(), parts)).flatten()
        }
        Piece::Blank => {
            let blanks = text.chars().take_while(|c| c.is_whitespace()).count();
            let after = |n: usize| text.char_indices().nth(n).map_or("", |(at, _)| &text[at..]);
            (1..=blanks)
                .rev()
                .find_map(|n| read(pieces, after(n), parts))
        }
        Piece::Directive(directive) => {
            directive
                .ways(text)
                .into_iter()
                .flatten()
                .find_map(|(value, length)| {
                    let parts = directive.put(parts, value)?;
                    read(pieces, text.get(length..)?, parts)
                })
        }
    }
}

impl Directive {
    /// The values that may stand at the beginning of the text, each with its length in bytes.
    fn ways(self, text: &str) -> [Option<(u16, usize)>; 3] {
        let bytes = text.as_bytes();
        let number = |from: usize, n: usize| -> Option<u16> {
            let digits = bytes.get(from..from + n)?;
            let ascii = digits.iter().all(u8::is_ascii_digit);
            ascii.then(|| digits.iter().fold(0, |v, d| v * 10 + u16::from(d - b'0')))
        };
        let of = |n: usize, range: std::ops::RangeInclusive<u16>| {
            number(0, n).filter(|v| range.contains(v)).map(|v| (v, n))
        };
        match self {
            Directive::Year => [of(4, 0..=9999), None, None],
            Directive::YearOfCentury => [of(2, 0..=99), None, None],
            Directive::Month => [of(2, 1..=12), of(1, 1..=9), None],
            Directive::Day => {
                let blank = bytes.first() == Some(&b' ');
                let after = number(1, 1).filter(|v| blank && *v > 0).map(|v| (v, 2));
                [of(2, 1..=31), of(1, 1..=9), after]
            }
            Directive::Hour => [of(2, 0..=23), of(1, 0..=9), None],
            Directive::Minute | Directive::Second => [of(2, 0..=59), of(1, 0..=9), None],
            Directive::MonthName(whole) => {
                let found = (1..).zip(MONTHS).find_map(|(month, name)| {
                    let name = if whole { name } else { &name[..3] };
                    let head = bytes.get(..name.len())?;
                    head.eq_ignore_ascii_case(name.as_bytes())
                        .then_some((month, name.len()))
                });
                [found, None, None]
            }
        }
    }

    fn put(self, (year, month, day): Parts, value: u16) -> Option<Parts> {
        let small = u8::try_from(value).ok();
        Some(match self {
            Directive::Year => (value, month, day),
            Directive::YearOfCentury => (if value < 69 { 2000 } else { 1900 } + value, month, day),
            Directive::Month | Directive::MonthName(_) => (year, small?, day),
            Directive::Day => (year, month, small?),
            Directive::Hour | Directive::Minute | Directive::Second => (year, month, day),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each computed with CPython 3.11's `datetime.strptime(...).strftime('%Y%m%d')`; `None` where it raises.
    #[test]
    fn dates_are_read_as_python_reads_them() {
        for (format, text, want) in [
            ("%Y-%m-%d", "2012-03-04", Some("20120304")),
            ("%Y-%m-%d", "2012-3-4", Some("20120304")),
            ("%Y-%m-%d", "2012-03-04 ", None),
            ("%Y-%m-%d", "2011-02-29", None),
            ("%Y-%m-%d", "2000-02-29", Some("20000229")),
            ("%d%m%Y", "1112020", Some("20200111")),
            ("%d/%m/%y", "01/02/69", Some("19690201")),
            ("%d/%m/%y", "01/02/68", Some("20680201")),
            ("%d %b %Y", "4  mar 2012", Some("20120304")),
            ("%d %B %Y", "4 March 2012", Some("20120304")),
            ("%d %B %Y", "4 Mar 2012", None),
            ("%d.%m.%Y", " 4.03.2012", Some("20120304")),
            ("%Y-%m-%d %H:%M:%S", "2012-03-04 23:59:59", Some("20120304")),
            ("%Y-%m-%d %H", "2012-03-04 24", None),
            ("%Y", "2012", Some("20120101")),
            ("%Y-%m-%d", "0999-03-04", Some("9990304")),
            ("%Y-%m-%d", "0000-03-04", None),
            ("%Y%%%m%%%d", "2012%03%04", Some("20120304")),
            ("T%Y%m%d", "t20120304", Some("20120304")),
            ("%Y-%m-%d", "", None),
        ] {
            let read = DateFormat::new(format).unwrap().canonical(text);
            assert_eq!(read.as_deref(), want, "{format} {text}");
        }
    }

    #[test]
    fn other_directives_and_one_twice_are_refused() {
        for format in ["%j", "%c", "%", "%Y %Y"] {
            assert!(DateFormat::new(format).is_err(), "{format}");
        }
    }
}
