//! Time as an argument: points in time to the second, and windows of it. Only the command asks the clock.

use crate::wire::{Reader, WireError, Writer};
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};
use thiserror::Error;

/// A point in time: seconds since 1970-01-01T00:00:00Z, before the year 10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnixTime(u64);

/// A stretch of time, from its first second to before its last; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    from: UnixTime,
    until: UnixTime,
}

/// Why a time was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Neither a date nor a time.
    #[error("not a time; write 2026-11-25 or 2026-11-25T09:30:00Z")]
    Form,
    /// After the year 9999.
    #[error("a time after the year 9999")]
    Range,
    /// A window that ends before it begins.
    #[error("a window of time must end after it begins")]
    Empty,
}

impl UnixTime {
    /// 9999-12-31T23:59:59Z, the last second there is.
    pub const LAST: UnixTime = UnixTime(253_402_300_799);

    /// The time so many seconds after 1970.
    ///
    /// # Errors
    /// Where it is after [`UnixTime::LAST`].
    pub const fn from_secs(secs: u64) -> Result<UnixTime, TimeError> {
        if secs <= Self::LAST.0 {
            Ok(UnixTime(secs))
        } else {
            Err(TimeError::Range)
        }
    }

    /// Seconds since 1970.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// This time and so many seconds, at most [`UnixTime::LAST`].
    #[must_use]
    pub fn after(self, secs: u64) -> UnixTime {
        UnixTime(self.0.saturating_add(secs).min(Self::LAST.0))
    }
}

/// RFC 3339, in UTC.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = UNIX_EPOCH + Duration::from_secs(self.0);
        fmt::Display::fmt(&humantime::format_rfc3339_seconds(time), f)
    }
}

/// Reads `2026-11-25` (its first second) or `2026-11-25T09:30:00Z`.
impl FromStr for UnixTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<UnixTime, TimeError> {
        let time = match text.len() {
            10 => humantime::parse_rfc3339(&format!("{text}T00:00:00Z")),
            _ => humantime::parse_rfc3339(text),
        };
        let since = time
            .map_err(|_| TimeError::Form)?
            .duration_since(UNIX_EPOCH);
        UnixTime::from_secs(since.map_err(|_| TimeError::Form)?.as_secs())
    }
}

impl UnixTime {
    /// Reads seconds of 64 bits.
    ///
    /// # Errors
    /// Where they end too early, or are after the year 9999.
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<UnixTime, WireError> {
        r.code(Reader::u64, |secs| UnixTime::from_secs(secs).ok())
    }
}

impl Window {
    /// The window of `from <= t < until`.
    ///
    /// # Errors
    /// Where it would be empty.
    pub fn new(from: UnixTime, until: UnixTime) -> Result<Window, TimeError> {
        if from < until {
            Ok(Window { from, until })
        } else {
            Err(TimeError::Empty)
        }
    }

    /// Reads its first second and the first second after it.
    ///
    /// # Errors
    /// Where they end too early, are no times, or it would be empty.
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Window, WireError> {
        let both = |r: &mut Reader<'_>| Ok((r.u64()?, r.u64()?));
        r.code(both, |(from, until)| {
            let (from, until) = (UnixTime::from_secs(from), UnixTime::from_secs(until));
            Window::new(from.ok()?, until.ok()?).ok()
        })
    }

    /// As [`Window::read`] reads it.
    pub(crate) fn write(self, w: &mut Writer) {
        w.u64(self.from.as_secs());
        w.u64(self.until.as_secs());
    }

    /// Its first second.
    pub fn from(self) -> UnixTime {
        self.from
    }

    /// The first second after it.
    pub fn until(self) -> UnixTime {
        self.until
    }

    /// True where `at` lies in it.
    pub fn contains(self, at: UnixTime) -> bool {
        self.from <= at && at < self.until
    }

    /// True where no second of it lies outside `other`.
    pub fn is_within(self, other: Window) -> bool {
        other.from <= self.from && self.until <= other.until
    }

    /// What both have in common.
    pub fn intersect(self, other: Window) -> Option<Window> {
        Window::new(self.from.max(other.from), self.until.min(other.until)).ok()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(secs: u64) -> UnixTime {
        UnixTime::from_secs(secs).unwrap()
    }

    #[test]
    fn times_are_read_as_shown_and_dates_begin_at_midnight() {
        for secs in [0, 1, 951_782_400, 1_795_600_000, UnixTime::LAST.as_secs()] {
            assert_eq!(at(secs).to_string().parse(), Ok(at(secs)));
        }
        assert_eq!("2026-11-25".parse(), Ok(at(1_795_564_800)));
        assert_eq!(at(1_795_564_800).to_string(), "2026-11-25T00:00:00Z");
        assert_eq!("1969-12-31".parse::<UnixTime>(), Err(TimeError::Form));
        assert_eq!("yesterday".parse::<UnixTime>(), Err(TimeError::Form));
        assert_eq!(
            UnixTime::from_secs(UnixTime::LAST.as_secs() + 1),
            Err(TimeError::Range)
        );
    }

    #[test]
    fn a_window_begins_with_its_first_second_and_ends_before_its_last() {
        let w = Window::new(at(10), at(20)).unwrap();
        assert!(
            !w.contains(at(9)) && w.contains(at(10)) && w.contains(at(19)) && !w.contains(at(20))
        );
        assert_eq!(Window::new(at(10), at(10)), Err(TimeError::Empty));
    }

    proptest! {
        #[test]
        fn an_intersection_never_widens(a in 0..50u64, b in 0..50u64, c in 0..50u64, d in 0..50u64, t in 0..50u64) {
            if let (Ok(x), Ok(y)) = (Window::new(at(a), at(b)), Window::new(at(c), at(d))) {
                let both = x.intersect(y);
                prop_assert_eq!(both.is_some_and(|w| w.contains(at(t))), x.contains(at(t)) && y.contains(at(t)));
                prop_assert!(both.is_none_or(|w| w.is_within(x) && w.is_within(y)));
                prop_assert_eq!(x.is_within(y), both == Some(x));
            }
        }
    }
}
