use super::{Ground, Slots};
use crate::clock::{UnixTime, Window};
use crate::consent::{Mode, Purpose};
use crate::envelope::EnvelopeId;
use crate::wire::{Reader, WireError, Writer};

/// What a grant allows.
///
/// Terms are ordered by [`Terms::is_within`], and [`Terms::meet`] is the most that two allow together: a product of
/// sets, trees and windows, with envelope, ground, notification and kind alike. What is handed on lies within what was
/// held.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Terms {
    /// Of which envelope.
    pub envelope: EnvelopeId,
    /// Which slots.
    pub slots: Slots,
    /// Whether they exist, or what they hold.
    pub mode: Mode,
    /// For what.
    pub purpose: Purpose,
    /// On what ground.
    pub ground: Ground,
    /// When.
    pub window: Window,
    /// How often, from 1. Whoever has opened a slot once may keep what it held: this counts releases.
    pub most_opens: u16,
    /// How often it may be handed on, one after the other; 0 for not at all.
    pub depth: u8,
    /// Until when those whom the record is about are not told, where telling would put someone in danger.
    pub notify_after: UnixTime,
    /// For emergencies only: every use takes two officers and a reason, and is told at once.
    pub emergency: bool,
}

/// Nothing: terms say who is helped with what.
impl std::fmt::Debug for Terms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terms(..)")
    }
}

impl Terms {
    /// True where these allow nothing that `other` does not.
    pub fn is_within(&self, other: &Terms) -> bool {
        self.is_alike(other)
            && self.slots.is_within(other.slots)
            && self.mode <= other.mode
            && self.purpose.is_within(other.purpose)
            && self.window.is_within(other.window)
            && self.most_opens <= other.most_opens
            && self.depth <= other.depth
    }

    /// The most that both allow; `None` where that is nothing.
    pub fn meet(&self, other: &Terms) -> Option<Terms> {
        let purpose = match () {
            () if self.purpose.is_within(other.purpose) => self.purpose,
            () if other.purpose.is_within(self.purpose) => other.purpose,
            () => return None,
        };
        self.is_alike(other).then_some(Terms {
            slots: self.slots.meet(other.slots)?,
            mode: self.mode.min(other.mode),
            purpose,
            window: self.window.intersect(other.window)?,
            most_opens: self.most_opens.min(other.most_opens),
            depth: self.depth.min(other.depth),
            ..self.clone()
        })
    }

    /// What neither narrows nor widens: it is the same from hand to hand.
    fn is_alike(&self, other: &Terms) -> bool {
        self.envelope == other.envelope
            && self.ground == other.ground
            && self.notify_after == other.notify_after
            && self.emergency == other.emergency
    }

    /// True where they can be those of a grant.
    pub(super) fn are_sound(&self) -> bool {
        let handed_on =
            self.depth == 0 || !self.emergency && usize::from(self.depth) < super::MOST_LINKS;
        self.most_opens > 0 && handed_on
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.fixed(&self.envelope.0);
        self.slots.write(w);
        w.u8(self.mode.code());
        w.u16(self.purpose.code());
        self.ground.write(w);
        self.window.write(w);
        w.u16(self.most_opens);
        w.u8(self.depth);
        w.u64(self.notify_after.as_secs());
        w.u8(u8::from(self.emergency));
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Terms, WireError> {
        let begin = r.at();
        let envelope = EnvelopeId(r.fixed()?);
        let slots = Slots::read(r)?;
        let mode = r.code(Reader::u8, Mode::from_code)?;
        let purpose = r.code(Reader::u16, Purpose::from_code)?;
        let ground = Ground::read(r)?;
        let window = Window::read(r)?;
        let (most_opens, depth) = (r.u16()?, r.u8()?);
        let notify_after = UnixTime::read(r)?;
        let at = r.at();
        let emergency = match r.u8()? {
            0 => false,
            1 => true,
            _ => return Err(WireError::Value { at }),
        };
        let terms = Terms {
            envelope,
            slots,
            mode,
            purpose,
            ground,
            window,
            most_opens,
            depth,
            notify_after,
            emergency,
        };
        match terms.are_sound() {
            true => Ok(terms),
            false => Err(WireError::Value { at: begin }),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::consent::{Gateway, LawfulBasis};
    use crate::envelope::SlotCount;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::strategy::ValueTree;

    /// Terms over few values, so that any two have something in common often enough.
    pub(in crate::grant) fn terms() -> impl Strategy<Value = Terms> {
        let at = |s: u64| UnixTime::from_secs(s).unwrap();
        let bases = vec![
            LawfulBasis::Consent,
            LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11),
        ];
        let purposes = vec![
            Purpose::Safeguarding,
            Purpose::ChildProtection,
            Purpose::Section47Enquiry,
            Purpose::Care,
        ];
        (
            (
                1..256u16,
                select(Mode::ALL.to_vec()),
                select(purposes),
                select(bases),
            ),
            (0..9u64, 1..9u64, 1..4u16, 0..3u8),
            prop::bool::weighted(0.1),
        )
            .prop_map(
                move |((bits, mode, purpose, basis), (from, long, opens, depth), emergency)| {
                    Terms {
                        envelope: EnvelopeId([1; 16]),
                        slots: Slots::from_bits(SlotCount::Eight, bits).unwrap(),
                        mode,
                        purpose,
                        ground: Ground {
                            basis,
                            special: None,
                            offence: None,
                            evidence: [3; 32],
                        },
                        window: Window::new(at(from), at(from + long)).unwrap(),
                        most_opens: opens,
                        depth: if emergency { 0 } else { depth },
                        notify_after: at(0),
                        emergency,
                    }
                },
            )
    }

    fn below(a: &Option<Terms>, b: &Option<Terms>) -> bool {
        match (a, b) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(a), Some(b)) => a.is_within(b),
        }
    }

    fn meet(a: &Option<Terms>, b: &Option<Terms>) -> Option<Terms> {
        a.as_ref()?.meet(b.as_ref()?)
    }

    proptest! {
        #[test]
        fn terms_are_ordered(a in terms(), b in terms(), c in terms()) {
            prop_assert!(a.is_within(&a));
            if a.is_within(&b) && b.is_within(&a) { prop_assert_eq!(&a, &b); }
            if a.is_within(&b) && b.is_within(&c) { prop_assert!(a.is_within(&c)); }
        }

        #[test]
        fn the_meet_is_the_most_that_both_allow(a in terms(), b in terms(), c in terms()) {
            let (a, b, c) = (Some(a), Some(b), Some(c));
            let both = meet(&a, &b);
            prop_assert!(below(&both, &a) && below(&both, &b));
            prop_assert!(below(&meet(&meet(&c, &a), &b), &both));
            if below(&c, &a) && below(&c, &b) { prop_assert!(below(&c, &both)); }
            prop_assert_eq!(&meet(&b, &a), &both);
            prop_assert_eq!(&meet(&a, &a), &a);
            prop_assert_eq!(meet(&meet(&a, &b), &c), meet(&a, &meet(&b, &c)));
            prop_assert_eq!(below(&a, &b), both == a);
        }

        #[test]
        fn terms_are_read_as_written(a in terms()) {
            let mut w = Writer::default();
            a.write(&mut w);
            let bytes = w.finish();
            let mut r = Reader::bare(&bytes);
            prop_assert_eq!(Terms::read(&mut r), Ok(a));
            prop_assert_eq!(r.finish(), Ok(()));
        }
    }

    #[test]
    fn terms_that_no_grant_can_have_are_not_read() {
        let good = |f: fn(&mut Terms)| {
            let mut runner = proptest::test_runner::TestRunner::deterministic();
            let mut t = terms().new_tree(&mut runner).unwrap().current();
            t.emergency = false;
            f(&mut t);
            let mut w = Writer::default();
            t.write(&mut w);
            Terms::read(&mut Reader::bare(&w.finish())).is_ok()
        };
        assert!(good(|_| ()) && good(|t| t.depth = 3));
        assert!(good(|t| (t.emergency, t.depth) = (true, 0)));
        assert!(!good(|t| t.most_opens = 0));
        assert!(!good(|t| t.depth = 4));
        assert!(!good(|t| (t.emergency, t.depth) = (true, 1)));
    }
}
