//! Tokens seen before, and the bits they set: a few thousand stand for nearly all tokens of a file.

use zeroize::Zeroize;

/// Tokens kept at most.
const MOST_TOKENS: usize = 1 << 15;
/// Bytes of bits kept at most.
const MOST_BYTES: usize = 8 << 20;
/// Places to begin with: they fit a processor's second cache.
const FIRST_SLOTS: usize = 1 << 12;
/// The longest token that is kept.
const LONGEST: usize = 16;

/// A bounded map from tokens to bits. When it is full it is wiped and begins anew: what is frequent comes back at
/// once. It holds what the key makes of names, and is wiped when dropped.
pub(super) struct TokenTable {
    /// At least twice as many as tokens.
    slots: Vec<Slot>,
    /// Words of one token's bits.
    words: usize,
    bits: Vec<u64>,
    most: usize,
}

/// Nothing stands in a slot whose `about` is zero.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// Feature, number of bits and length of the token.
    about: u64,
    token: [u64; 2],
    place: u32,
}

impl TokenTable {
    pub(super) fn new(words: usize) -> TokenTable {
        let most = MOST_TOKENS.min(MOST_BYTES / (words * 8).max(1)).max(1);
        TokenTable {
            slots: vec![Slot::default(); FIRST_SLOTS],
            words,
            // As much as it will ever hold: a buffer that grows leaves copies behind.
            bits: Vec::with_capacity(most * words),
            most,
        }
    }

    /// The bits of a token of a feature that sets `k`; `make` fills them where they are not known. `None` for a token
    /// too long to be kept.
    pub(super) fn get(
        &mut self,
        (feature, k): (u16, u32),
        token: &[u8],
        make: impl FnOnce(&mut [u64]),
    ) -> Option<&[u64]> {
        if token.len() > LONGEST || token.is_empty() {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes[..token.len()].copy_from_slice(token);
        let about = u64::from(feature) << 48 | (token.len() as u64) << 32 | u64::from(k);
        let token = [0, 8].map(|at| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        });
        let mut at = self.home(about, token);
        loop {
            let slot = self.slots[at];
            if slot.about == about && slot.token == token {
                let from = slot.place as usize * self.words;
                return Some(&self.bits[from..from + self.words]);
            }
            if slot.about == 0 {
                break;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        let held = self.bits.len() / self.words.max(1);
        if held >= self.most {
            self.wipe();
        } else if held * 2 >= self.slots.len() {
            self.grow();
        }
        let at = self.free(about, token);
        let from = self.bits.len();
        self.bits.resize(from + self.words, 0);
        make(&mut self.bits[from..]);
        self.slots[at] = Slot {
            about,
            token,
            place: crate::limits::index(from / self.words.max(1)),
        };
        Some(&self.bits[from..])
    }

    fn home(&self, about: u64, token: [u64; 2]) -> usize {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut h = (about ^ token[0]).wrapping_mul(ODD);
        h = (h ^ (h >> 29) ^ token[1]).wrapping_mul(ODD);
        (h >> 32) as usize & (self.slots.len() - 1)
    }

    /// Where a token that is not held goes.
    fn free(&self, about: u64, token: [u64; 2]) -> usize {
        let mut at = self.home(about, token);
        while self.slots[at].about != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        at
    }

    /// Twice as many places; what held the tokens before is wiped.
    fn grow(&mut self) {
        let twice = vec![Slot::default(); self.slots.len() * 2];
        let mut before = std::mem::replace(&mut self.slots, twice);
        for slot in before.iter().filter(|s| s.about != 0) {
            let at = self.free(slot.about, slot.token);
            self.slots[at] = *slot;
        }
        wipe(&mut before);
    }

    fn wipe(&mut self) {
        wipe(&mut self.slots);
        // Beyond its length it holds nothing: it was wiped before it was cleared.
        self.bits.as_mut_slice().zeroize();
        self.bits.clear();
    }
}

fn wipe(slots: &mut [Slot]) {
    for slot in slots {
        slot.token.zeroize();
        slot.about.zeroize();
    }
}

impl Drop for TokenTable {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_a_full_table_begins_anew() {
        let mut table = TokenTable::new(64);
        let mut made = 0;
        for round in 0..3u32 {
            for i in 0..crate::limits::index(table.most * 2) {
                let i = if round == 0 { i } else { i % 100 };
                let bits = table.get((1, 2), &i.to_le_bytes(), |b| {
                    made += 1;
                    b[0] = u64::from(i) + 1;
                });
                assert_eq!(bits.unwrap()[0], u64::from(i) + 1);
            }
        }
        assert_eq!(made, table.most * 2 + 100);
        assert!(table.bits.len() <= table.most * 64);
    }

    #[test]
    fn feature_and_number_of_bits_tell_tokens_apart() {
        let mut table = TokenTable::new(1);
        for (n, key) in [((1, 1), "a"), ((1, 2), "a"), ((2, 1), "a"), ((1, 1), "a\0")]
            .into_iter()
            .zip(1..)
            .map(|((k, t), n)| (n, (k, t)))
        {
            let bits = table.get(key.0, key.1.as_bytes(), |b| b[0] = n);
            assert_eq!(bits, Some(&[n][..]));
        }
        assert_eq!(table.get((1, 1), &[b'x'; 17], |_| {}), None);
    }
}
