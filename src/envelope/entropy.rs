//! Where random bytes come from: an argument, so that vectors can be made again.

#[cfg(any(test, feature = "hazmat"))]
use sha2::{Digest, Sha256};

/// The operating system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRandomness;

/// A source of random bytes.
pub(super) trait Entropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The operating system.
pub(super) struct Os;

impl Entropy for Os {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(out).map_err(|_| NoRandomness)
    }
}

/// SHA-256 of a seed and a counter: the same bytes each time. For vectors only.
#[cfg(any(test, feature = "hazmat"))]
pub(super) struct Seeded {
    seed: [u8; 32],
    counter: u64,
}

#[cfg(any(test, feature = "hazmat"))]
impl Seeded {
    pub(super) fn new(seed: [u8; 32]) -> Seeded {
        Seeded { seed, counter: 0 }
    }
}

#[cfg(any(test, feature = "hazmat"))]
impl Entropy for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in out.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed);
            hash.update(self.counter.to_be_bytes());
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
            self.counter += 1;
        }
        Ok(())
    }
}

/// A number below `bound` (1 to 256), each as likely.
pub(super) fn below(bound: usize, entropy: &mut dyn Entropy) -> Result<usize, NoRandomness> {
    let fair = 256 - 256 % bound;
    loop {
        let mut byte = [0];
        entropy.fill(&mut byte)?;
        let byte = usize::from(byte[0]);
        if byte < fair {
            return Ok(byte % bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out these bytes.
    struct Given<'a>(std::slice::Iter<'a, u8>);

    impl Entropy for Given<'_> {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandomness> {
            for byte in out {
                *byte = *self.0.next().ok_or(NoRandomness)?;
            }
            Ok(())
        }
    }

    #[test]
    fn a_number_below_a_bound_is_drawn_again_where_it_would_not_be_fair() {
        let draw = |bound, bytes: &[u8]| below(bound, &mut Given(bytes.iter()));
        for (bound, bytes, drawn) in [
            (256, &[255][..], 255),
            (1, &[255], 0),
            (8, &[255], 7),
            (7, &[251], 6),
            // 7 * 36 = 252: what lies above would favour 0 to 3.
            (7, &[252, 255, 8], 1),
            (200, &[199], 199),
            (200, &[200, 255, 5], 5),
        ] {
            assert_eq!(draw(bound, bytes), Ok(drawn), "{bound} {bytes:?}");
        }
        assert_eq!(draw(7, &[252]), Err(NoRandomness), "control: drawn again");
    }

    #[test]
    fn seeded_bytes_are_the_same_each_time_and_never_repeat() {
        let take = |seed: u8, parts: &[usize]| {
            let mut source = Seeded::new([seed; 32]);
            let mut fill = |n: &usize| {
                let mut out = vec![0; *n];
                source.fill(&mut out).unwrap();
                out
            };
            parts.iter().map(&mut fill).collect::<Vec<_>>()
        };
        assert_eq!(take(1, &[40, 40]), take(1, &[40, 40]));
        assert_ne!(take(1, &[40]), take(2, &[40]));
        let drawn = take(1, &[32, 32, 64]);
        assert!(drawn[0] != drawn[1] && drawn[2][..32] != drawn[2][32..]);
        let mut os = [[0; 32]; 2];
        os.iter_mut().for_each(|out| Os.fill(out).unwrap());
        assert!(os[0] != os[1] && os[0] != [0; 32]);
    }
}
