use crate::envelope::SlotCount;
use crate::wire::{Reader, WireError, Writer};

/// Some slots of an envelope, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slots {
    count: SlotCount,
    bits: u16,
}

impl Slots {
    /// These slots of an envelope that has `count`. `None` where there are none, or one lies outside.
    pub fn new(count: SlotCount, slots: &[u8]) -> Option<Slots> {
        let bit = |s: &u8| (usize::from(*s) < count.get()).then(|| 1u16 << s);
        let bits = slots.iter().map(bit).try_fold(0, |all, b| Some(all | b?))?;
        Slots::from_bits(count, bits)
    }

    pub(super) fn from_bits(count: SlotCount, bits: u16) -> Option<Slots> {
        let inside = u32::from(bits) >> count.get() == 0;
        (bits != 0 && inside).then_some(Slots { count, bits })
    }

    /// How many slots the envelope has.
    pub fn count(self) -> SlotCount {
        self.count
    }

    /// The slots, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..16).filter(move |s| self.contains(*s))
    }

    /// True where the slot is one of them.
    pub fn contains(self, slot: u8) -> bool {
        u32::from(self.bits) >> slot.min(31) & 1 == 1
    }

    /// True where all of them are in `other`, which is of an envelope with as many slots.
    pub fn is_within(self, other: Slots) -> bool {
        self.count == other.count && self.bits & !other.bits == 0
    }

    /// Those in both.
    pub fn meet(self, other: Slots) -> Option<Slots> {
        let same = self.count == other.count;
        Slots::from_bits(self.count, self.bits & other.bits).filter(|_| same)
    }

    pub(crate) fn write(self, w: &mut Writer) {
        w.u8(crate::limits::byte(self.count.get()));
        w.u16(self.bits);
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Slots, WireError> {
        let at = r.at();
        let count = match r.u8()? {
            8 => SlotCount::Eight,
            16 => SlotCount::Sixteen,
            _ => return Err(WireError::Value { at }),
        };
        let at = r.at();
        Slots::from_bits(count, r.u16()?).ok_or(WireError::Value { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_lie_within_their_envelope_and_are_never_none() {
        let eight = |s: &[u8]| Slots::new(SlotCount::Eight, s);
        assert_eq!(
            eight(&[7, 0, 7]).map(|s| s.iter().collect()),
            Some(vec![0, 7])
        );
        assert_eq!(
            (eight(&[]), eight(&[8]), eight(&[0, 255])),
            (None, None, None)
        );
        let all: Vec<u8> = (0..16).collect();
        let all = Slots::new(SlotCount::Sixteen, &all).unwrap();
        assert_eq!(all.iter().count(), 16);
        assert!((0..16).all(|s| all.contains(s)) && !all.contains(16) && !all.contains(255));
    }

    #[test]
    fn slots_of_envelopes_of_other_sizes_have_nothing_in_common() {
        let (a, b) = (
            Slots::new(SlotCount::Eight, &[1]).unwrap(),
            Slots::new(SlotCount::Sixteen, &[1]).unwrap(),
        );
        assert!(a.is_within(a) && !a.is_within(b) && !b.is_within(a));
        assert_eq!((a.meet(a), a.meet(b)), (Some(a), None));
    }

    #[test]
    fn every_accepted_encoding_is_the_one_written() {
        for count in 0..=255u8 {
            for bits in [0u16, 1, 0x80, 0x100, 0xff, 0xffff, 0x8001] {
                let bytes = [&[count][..], &bits.to_be_bytes()].concat();
                let mut r = Reader::bare(&bytes);
                let read = Slots::read(&mut r);
                let good = bits != 0 && (count == 16 || count == 8 && bits < 0x100);
                assert_eq!(read.is_ok(), good, "{count} {bits:x}");
                if let Ok(slots) = read {
                    let mut w = Writer::default();
                    slots.write(&mut w);
                    assert_eq!(w.finish(), bytes);
                }
            }
        }
    }
}
