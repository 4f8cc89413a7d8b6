//! How long a slot is, so that its length tells little of what is in it.

/// The shortest padded length: a small section, an empty slot and the manifest look alike.
pub(super) const SHORTEST: usize = 1024;

/// Padded lengths of [`Padding::Uniform`], four times as long each; the last holds the longest section.
const CLASSES: [usize; 7] = [
    4 << 10,
    16 << 10,
    64 << 10,
    256 << 10,
    1 << 20,
    4 << 20,
    LONGEST,
];

/// The longest padded length: what [`padme`] makes of 16 MiB and a section's name.
pub(super) const LONGEST: usize = 33 << 19;

/// How sections are padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Every slot but the manifest has one length: the least of 4 KiB, 16 KiB, 64 KiB, 256 KiB, 1 MiB, 4 MiB and
    /// 16.5 MiB that holds the longest section. What shows is that class, and nothing of how many sections there
    /// are or of what length.
    Uniform {
        /// A class at least this long (bytes of content). An agency that always gives the same one, above all
        /// its sections, shows nothing of them at all.
        at_least: usize,
    },
    /// Each slot has the next Padmé length (Nikitin and others, PoPETs 2019: at most 12 % more, 3 % beyond 4 KiB)
    /// of at least 1 KiB. Small, but it shows roughly how many sections above 1 KiB there are, and how long they
    /// are.
    Compact,
}

impl Padding {
    /// The padded length of a slot, given the longest one's unpadded length.
    pub(super) fn length(self, own: usize, longest: usize) -> Option<usize> {
        let padded = match self {
            Padding::Compact => padme(own).max(SHORTEST),
            Padding::Uniform { at_least } => {
                let needed = longest.max(at_least);
                *CLASSES.iter().find(|class| **class >= needed)?
            }
        };
        (padded <= LONGEST && own <= padded).then_some(padded)
    }
}

impl Default for Padding {
    fn default() -> Padding {
        Padding::Uniform { at_least: 0 }
    }
}

/// The next length whose binary form has no more significant bits than its exponent needs.
const fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let zeros = exponent - (exponent.ilog2() + 1);
    let mask = (1 << zeros) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn padme_has_the_lengths_worked_by_hand() {
        let by_hand = [
            (1, 1),
            (2, 2),
            (8, 8),
            (9, 10),
            (1000, 1024),
            (1025, 1088),
            (65_537, 67_584),
        ];
        for (length, padded) in by_hand {
            assert_eq!(padme(length), padded, "{length}");
        }
        assert_eq!(padme((16 << 20) + 48), LONGEST);
    }

    proptest! {
        #[test]
        fn padding_is_little_and_monotonic(a in 1024usize..(16 << 20), b in 1024usize..(16 << 20)) {
            let (a, b) = (a.min(b), a.max(b));
            prop_assert!(padme(a) <= padme(b));
            prop_assert!(padme(a) >= a && (padme(a) - a) * 16 <= a);
            prop_assert_eq!(padme(padme(a)), padme(a));
        }

        #[test]
        fn uniform_lengths_depend_on_the_class_only(a in 0usize..4096, b in 0usize..4096, longest in 4097usize..16384) {
            let uniform = Padding::Uniform { at_least: 0 };
            prop_assert_eq!(uniform.length(a, longest), uniform.length(b, 16384));
        }
    }

    #[test]
    fn what_is_longer_than_the_longest_has_no_padding() {
        for padding in [Padding::Compact, Padding::default()] {
            assert_eq!(padding.length(LONGEST, LONGEST), Some(LONGEST));
            assert_eq!(padding.length(LONGEST + 1, LONGEST + 1), None);
            assert!(padding.length(0, 0) >= Some(SHORTEST));
        }
        assert_eq!(
            Padding::Uniform { at_least: 5000 }.length(10, 10),
            Some(16 << 10)
        );
    }
}
