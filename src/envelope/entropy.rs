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
