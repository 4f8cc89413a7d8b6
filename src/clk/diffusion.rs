use super::encoder::{below, length};
use super::{ClkError, Clks, LEAST_DIFFUSION};
use crate::keys::{LinkageKeys, label};
use crate::limits::file_index;
use crate::token::{BLOCK, Kernel, MacKey, Messages};
use zeroize::Zeroizing;

/// Tags that are drawn at a time.
const DRAWN: u32 = 1024;

/// A linear diffusion layer (Armknecht, Heng, Schnell: Strengthening Privacy-Preserving Record Linkage using Diffusion,
/// PoPETs 2023(2)): each bit is the sum, modulo two, of `t` bits of the CLK. Which ones follows from the linkage's key,
/// fresh with every linkage. Every bit of the CLK goes into as many sums as any other, or one more.
///
/// Records that differ in few bits stay alike, others look like coin flips: relatives and namesakes too. A thief of it
/// undoes it: it is as secret as the key, and wiped when dropped.
pub struct Diffusion {
    from: usize,
    to: usize,
    /// Per bit of the CLK, the bits of the result that it flips.
    flips: Zeroizing<Vec<u64>>,
}

impl std::fmt::Debug for Diffusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Diffusion({} to {} bits)", self.from, self.to)
    }
}

impl Diffusion {
    /// From CLKs of `from` bits to `to` bits, `t` added up to each.
    ///
    /// # Errors
    /// Where `t` is below 8 or above `from`, or a length is not allowed.
    pub fn new(
        keys: &LinkageKeys,
        (from, to): (usize, usize),
        t: usize,
        kernel: Kernel,
    ) -> Result<Diffusion, ClkError> {
        length(from)?;
        length(to)?;
        if !(LEAST_DIFFUSION..=from).contains(&t) {
            return Err(ClkError::Diffusion { t });
        }
        let mut draws = Draws::new(keys, (from, to, t), kernel);
        let width = to / 64;
        let mut flips = Zeroizing::new(vec![0; from * width]);
        // Shuffled decks of all bits, one after another; a sum takes no bit twice.
        let mut deck = Zeroizing::new(Vec::new());
        let mut sum = Zeroizing::new(Vec::with_capacity(t));
        for bit in 0..to {
            sum.clear();
            while sum.len() < t {
                if deck.is_empty() {
                    draws.deck(from, &mut deck);
                }
                // Only where a deck ends within a sum may the next one begin with a bit of it.
                let free = deck.iter().rposition(|b| !sum.contains(b));
                let last = deck.len() - 1;
                deck.swap(free.unwrap_or(last), last);
                sum.extend(deck.pop());
            }
            for from in sum.iter() {
                flips[usize::from(*from) * width + bit / 64] |= 1 << (63 - bit % 64);
            }
        }
        Ok(Diffusion { from, to, flips })
    }

    /// Diffuses every CLK; one without a bit stays so.
    ///
    /// # Errors
    /// Where they have another length.
    pub fn apply(&self, clks: &Clks) -> Result<Clks, ClkError> {
        if clks.bits() != self.from {
            return Err(ClkError::Other {
                found: clks.bits(),
                expected: self.from,
            });
        }
        let width = self.to / 64;
        let mut words = vec![0; clks.len() * width];
        let row = |(i, out): (usize, &mut [u64])| self.row(clks.row(i), out);
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            words
                .par_chunks_exact_mut(width)
                .with_min_len(256)
                .enumerate()
                .for_each(row);
        }
        #[cfg(not(feature = "parallel"))]
        words.chunks_exact_mut(width).enumerate().for_each(row);
        Ok(Clks::from_words(self.to, words))
    }

    fn row(&self, clk: &[u64], out: &mut [u64]) {
        let width = out.len();
        for (at, word) in (0..).step_by(64).zip(clk) {
            let mut left = *word;
            while left != 0 {
                let bit = left.leading_zeros() as usize;
                left &= !(1 << (63 - bit));
                let flips = &self.flips[(at + bit) * width..][..width];
                out.iter_mut().zip(flips).for_each(|(o, f)| *o ^= f);
            }
        }
    }
}

/// Numbers drawn under the diffusion key.
struct Draws {
    mac: MacKey,
    kernel: Kernel,
    next: u32,
    tags: Zeroizing<Vec<[u8; 16]>>,
    at: usize,
}

impl Draws {
    fn new(keys: &LinkageKeys, (from, to, t): (usize, usize, usize), kernel: Kernel) -> Draws {
        let mut domain = label::DIFFUSION.to_vec();
        for n in [from, to, t] {
            domain.extend_from_slice(&file_index(n).to_be_bytes());
        }
        domain.resize(BLOCK, 0);
        Draws {
            mac: MacKey::new(&keys.diffusion_key_secret()).after(domain.as_chunks().0),
            kernel,
            next: 0,
            tags: Zeroizing::new(Vec::with_capacity(DRAWN as usize)),
            at: 0,
        }
    }

    /// A shuffled deck of the numbers below `n` (Fisher and Yates, from the top).
    fn deck(&mut self, n: usize, deck: &mut Vec<u16>) {
        deck.extend(0..file_index(n));
        for top in (1..n).rev() {
            let with = below(self.draw(), top + 1);
            deck.swap(top, with);
        }
    }

    fn draw(&mut self) -> u32 {
        if self.at == self.tags.len() * 4 {
            let mut messages = Messages::default();
            for counter in self.next..self.next + DRAWN {
                messages.push(&self.mac, std::iter::once(&counter.to_be_bytes()[..]));
            }
            self.next += DRAWN;
            self.tags.clear();
            self.kernel.tags(&self.mac, &messages, &mut self.tags);
            self.at = 0;
        }
        let number = self.tags[self.at / 4].as_chunks::<4>().0[self.at % 4];
        self.at += 1;
        u32::from_be_bytes(number)
    }
}
