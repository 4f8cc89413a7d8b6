//! What the messages' formats share.

use crate::clock::UnixTime;
use crate::gate::{Denial, Evidence};
use crate::grant::MOST_LINKS;
use crate::limits::byte;
use crate::wire::{Reader, WireError, Writer};

pub(super) fn time(r: &mut Reader<'_>) -> Result<UnixTime, WireError> {
    let at = r.at();
    UnixTime::from_secs(r.u64()?).map_err(|_| WireError::Value { at })
}

/// A text that is read into a value, or refused by where it stands.
pub(super) fn parsed<T: std::str::FromStr>(
    r: &mut Reader<'_>,
    most: usize,
) -> Result<T, WireError> {
    let at = r.at();
    r.text(most)?.parse().map_err(|_| WireError::Value { at })
}

/// A number that stands for an entry of a closed list.
pub(super) fn code<'a, C, T>(
    r: &mut Reader<'a>,
    number: impl FnOnce(&mut Reader<'a>) -> Result<C, WireError>,
    entry: impl FnOnce(C) -> Option<T>,
) -> Result<T, WireError> {
    let at = r.at();
    entry(number(r)?).ok_or(WireError::Value { at })
}

pub(super) fn write_chain(w: &mut Writer, evidence: &[Evidence]) {
    w.u8(byte(evidence.len()));
    evidence.iter().for_each(|e| e.write(w));
}

pub(super) fn read_chain(r: &mut Reader<'_>) -> Result<Vec<Evidence>, Denial> {
    let count = r.count_u8(MOST_LINKS)?;
    (0..count).map(|_| Evidence::read(r)).collect()
}
