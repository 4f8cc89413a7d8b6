use std::ops::ControlFlow;

/// Two rows whose Dice coefficient reaches the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// Number of the row on the left.
    pub left: u32,
    /// Number of the row on the right.
    pub right: u32,
    /// Bits set in both.
    pub overlap: u16,
    /// Bits set on the left.
    pub left_ones: u16,
    /// Bits set on the right.
    pub right_ones: u16,
}

impl Pair {
    /// The Dice coefficient.
    pub fn dice(&self) -> f64 {
        2.0 * f64::from(self.overlap) / f64::from(self.ones())
    }

    pub(super) fn ones(&self) -> u32 {
        u32::from(self.left_ones) + u32::from(self.right_ones)
    }

    /// The more similar first, without rounding.
    pub(crate) fn by_dice(&self, other: &Pair) -> std::cmp::Ordering {
        let cross = |a: &Pair, b: &Pair| u64::from(a.overlap) * u64::from(b.ones());
        cross(other, self).cmp(&cross(self, other))
    }
}

/// Takes pairs as they are found. A `Vec<Pair>` keeps them all.
pub trait Sink {
    /// Takes some pairs, in the order that [`join`](super::join) states. `Break` ends the comparison.
    fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()>;
}

impl Sink for Vec<Pair> {
    fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()> {
        self.extend_from_slice(pairs);
        ControlFlow::Continue(())
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Pairs of rows that the comparison decided on, those included that the numbers of their bits decided.
    pub compared: u64,
    /// Pairs that went to the sink.
    pub pairs: u64,
    /// Name of the kernel.
    pub kernel: &'static str,
}
