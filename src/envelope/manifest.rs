//! Which slot holds which section, for the owner only.

use super::chunked::Refused;
use super::{MOST_CONTENT, SlotCount};
use crate::limits::{byte, index};
use crate::record::{LONGEST_SECTION_NAME, Section};
use crate::wire::{Reader, WireError, Writer};

/// A section of an envelope, as its owner sees it before anything is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(super) slot: u8,
    pub(super) section: Section,
    pub(super) length: usize,
}

impl Entry {
    /// The slot that holds it.
    pub fn slot(&self) -> u8 {
        self.slot
    }

    /// Which section it is.
    pub fn section(&self) -> &Section {
        &self.section
    }

    /// Bytes of its content.
    pub fn length(&self) -> usize {
        self.length
    }
}

/// Entries by slot: `count u8 | (slot u8 | name text | length u32)*`.
pub(super) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut w = Writer::default();
    w.u8(byte(entries.len()));
    for e in entries {
        w.u8(e.slot);
        w.text(e.section.as_str());
        w.u32(index(e.length));
    }
    w.finish()
}

/// Reads entries: slots rise, none is the manifest's own, no section stands twice.
pub(super) fn decode(bytes: &[u8], slots: SlotCount, own: u8) -> Result<Vec<Entry>, Refused> {
    let read = || -> Result<Vec<Entry>, WireError> {
        let mut r = Reader::bare(bytes);
        let count = r.count_u8(slots.get() - 1)?;
        let mut out: Vec<Entry> = Vec::with_capacity(count);
        for _ in 0..count {
            let at = r.at();
            let slot = r.u8()?;
            let section = r.text(LONGEST_SECTION_NAME)?.parse();
            let section: Section = section.map_err(|_| WireError::Value { at })?;
            let length = r.count(MOST_CONTENT)?;
            let in_order = out.last().is_none_or(|last| last.slot < slot);
            let twice = out.iter().any(|e| e.section == section);
            if !in_order || twice || slot == own || usize::from(slot) >= slots.get() {
                return Err(WireError::Value { at });
            }
            out.push(Entry {
                slot,
                section,
                length,
            });
        }
        r.finish()?;
        Ok(out)
    };
    read().map_err(|_| Refused)
}

#[cfg(test)]
mod tests {
    use super::super::padding::SHORTEST;
    use super::super::slot::unpadded_len;
    use super::*;

    fn entries(n: u8) -> Vec<Entry> {
        let entry = |slot| Entry {
            slot,
            section: format!("s{}{}", "x".repeat(LONGEST_SECTION_NAME - 3), slot + 10)
                .parse()
                .unwrap(),
            length: MOST_CONTENT,
        };
        (0..n).map(entry).collect()
    }

    #[test]
    fn the_longest_manifest_fits_the_shortest_slot() {
        let bytes = encode(&entries(15));
        assert_eq!(decode(&bytes, SlotCount::Sixteen, 15), Ok(entries(15)));
        assert!(unpadded_len("", bytes.len()) <= SHORTEST);
    }

    #[test]
    fn entries_out_of_order_twice_or_out_of_range_are_refused() {
        let good = entries(3);
        assert!(
            decode(&encode(&good), SlotCount::Eight, 7).is_ok(),
            "control"
        );
        let change: [fn(&mut Vec<Entry>); 4] = [
            |e| e.swap(0, 1),
            |e| e[1].section = e[0].section.clone(),
            |e| e[2].slot = 7,
            |e| e[2].slot = 8,
        ];
        for change in change {
            let mut bad = good.clone();
            change(&mut bad);
            assert_eq!(decode(&encode(&bad), SlotCount::Eight, 7), Err(Refused));
        }
        assert_eq!(
            decode(&[encode(&good), vec![0]].concat(), SlotCount::Eight, 7),
            Err(Refused)
        );
    }
}
