//! The one place that reads the clock: what time it is, and how long steps take.

use billetbook::clock::UnixTime;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Now; a clock before 1970 reads as 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the library takes time as an argument; this is where it comes from"
)]
pub(crate) fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let secs = since.unwrap_or_default().as_secs();
    UnixTime::from_secs(secs).unwrap_or(UnixTime::LAST)
}

/// A running stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the command measures its own steps, here and nowhere else"
    )]
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Since it was started, or since the last lap.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "as above")]
    pub(crate) fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.0, now))
    }
}
