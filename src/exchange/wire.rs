//! What the messages' formats share.

use crate::gate::{Denial, Evidence};
use crate::grant::MOST_LINKS;
use crate::limits::byte;
use crate::wire::{Reader, Writer};

pub(super) fn write_chain(w: &mut Writer, evidence: &[Evidence]) {
    w.u8(byte(evidence.len()));
    evidence.iter().for_each(|e| e.write(w));
}

pub(super) fn read_chain(r: &mut Reader<'_>) -> Result<Vec<Evidence>, Denial> {
    let count = r.count_u8(MOST_LINKS)?;
    (0..count).map(|_| Evidence::read(r)).collect()
}
