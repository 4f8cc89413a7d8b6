use super::alphabet::{Field, Numbers, TOKENS, text};
use super::{ClkError, Clks, LEAST_BITS, MOST_WEIGHT};
use crate::keys::{LinkageKeys, label};
use crate::limits::{MOST_BITS, byte, file_index};
use crate::record::{IdentityEpoch, Record};
use crate::token::{BLOCK, Kernel, MacKey, Messages};
use zeroize::Zeroizing;

/// Records whose tokens are made before their bits are looked up.
const AT_ONCE: usize = 32;
/// Records that one thread encodes at a time.
#[cfg(feature = "parallel")]
const BATCH: usize = 1 << 12;

/// How long CLKs are, and how many bits each token of a field sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bits of a CLK: a multiple of 64, from 64 to 4096.
    pub bits: usize,
    /// Bits for each pair of letters of the given name.
    pub given: u8,
    /// Bits for each pair of letters of the family name.
    pub family: u8,
    /// Bits for each digit of the birth date, at its place.
    pub birth: u8,
    /// Bits for the sex; 0 leaves it out.
    pub sex: u8,
    /// Bits for each character of the postcode, at its place; 0 leaves it out.
    pub postcode: u8,
}

/// 1024 bits, of which names, birth date, sex and postcode of a child set 22 to 24 in a hundred.
impl Default for Settings {
    fn default() -> Settings {
        Settings {
            bits: 1024,
            given: 12,
            family: 12,
            birth: 6,
            sex: 6,
            postcode: 5,
        }
    }
}

impl Settings {
    /// Those of the residue (`link --residue`): the birth date counts for more, or namesakes of another age would be alike.
    /// Records set 24 in a hundred of 1024 bits.
    pub fn residue() -> Settings {
        Settings {
            bits: 1024,
            given: 10,
            family: 10,
            birth: 15,
            sex: 6,
            postcode: 4,
        }
    }

    /// Refuses what no CLK can be made of.
    ///
    /// # Errors
    /// Where a length or a number of bits is out of range.
    pub fn check(&self) -> Result<(), ClkError> {
        length(self.bits)?;
        let needed = [self.given, self.family, self.birth];
        let none = needed.into_iter().find(|w| *w == 0);
        let all = needed.into_iter().chain([self.sex, self.postcode]);
        match none.or_else(|| all.into_iter().find(|w| *w > MOST_WEIGHT)) {
            None => Ok(()),
            Some(bits) => Err(ClkError::Weight { bits }),
        }
    }

    fn weight(&self, field: Field) -> u8 {
        match field {
            Field::Given => self.given,
            Field::Family => self.family,
            Field::Birth => self.birth,
            Field::Sex => self.sex,
            Field::Postcode => self.postcode,
        }
    }
}

pub(super) fn length(bits: usize) -> Result<(), ClkError> {
    if (LEAST_BITS..=MOST_BITS).contains(&bits) && bits.is_multiple_of(64) {
        Ok(())
    } else {
        Err(ClkError::Length { bits })
    }
}

/// Makes CLKs of records under a linkage's keys, as docs/format.md says.
///
/// What a thief gains of it: the bits of every token, so a dictionary of names. They are wiped when it is dropped.
pub struct Encoder<'k> {
    keys: &'k LinkageKeys,
    settings: Settings,
    kernel: Kernel,
    current: TokenBits,
}

impl std::fmt::Debug for Encoder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl<'k> Encoder<'k> {
    /// An encoder with the bits of all tokens; the same with every `kernel`.
    ///
    /// # Errors
    /// As [`Settings::check`].
    pub fn new(
        keys: &'k LinkageKeys,
        settings: &Settings,
        kernel: Kernel,
    ) -> Result<Encoder<'k>, ClkError> {
        settings.check()?;
        Ok(Encoder {
            keys,
            settings: *settings,
            kernel,
            current: TokenBits::new(&keys.clk_key_secret(None), settings, kernel),
        })
    }

    /// The CLK of each record, in order; without a bit where a record lacks a valid given name, family name or birth
    /// date. A closed identity has bits of its own: it is like no other record.
    pub fn encode(&self, records: &[Record]) -> Clks {
        let width = self.settings.bits / 64;
        let mut words = vec![0; records.len() * width];
        let rows = |records: &[Record], out: &mut [u64]| {
            // Tokens of some records first, then their bits: either waits for memory of its own.
            let mut numbers: [Numbers; AT_ONCE] = std::array::from_fn(|_| Numbers::default());
            let rows = out.chunks_mut(AT_ONCE * width);
            for (records, rows) in records.chunks(AT_ONCE).zip(rows) {
                for (record, numbers) in records.iter().zip(&mut numbers) {
                    if record.identity_epoch == IdentityEpoch::Current {
                        numbers.fill(record);
                    } else {
                        numbers.clear();
                    }
                }
                for (numbers, row) in numbers.iter().zip(rows.chunks_exact_mut(width)) {
                    self.current.add(numbers.list(), row);
                }
            }
        };
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            let out = words.par_chunks_mut(BATCH * width);
            let pieces = records.par_chunks(BATCH).zip(out);
            pieces.for_each(|(records, out)| rows(records, out));
        }
        #[cfg(not(feature = "parallel"))]
        rows(records, &mut words);
        self.closed(records, &mut words);
        Clks::from_words(self.settings.bits, words)
    }

    /// Records of closed identities, one identity's key after another.
    fn closed(&self, records: &[Record], words: &mut [u64]) {
        let mut closed: Vec<(&str, usize)> = records
            .iter()
            .enumerate()
            .filter_map(|(i, r)| match &r.identity_epoch {
                IdentityEpoch::Current => None,
                IdentityEpoch::Closed(word) => Some((word.as_str(), i)),
            })
            .collect();
        closed.sort_unstable();
        let width = self.settings.bits / 64;
        let mut numbers = Numbers::default();
        for run in closed.chunk_by(|a, b| a.0 == b.0) {
            let secret = self.keys.clk_key_secret(Some(run[0].0));
            let bits = TokenBits::new(&secret, &self.settings, self.kernel);
            for (_, i) in run {
                let row = &mut words[i * width..][..width];
                numbers.fill(&records[*i]);
                bits.add(numbers.list(), row);
            }
        }
    }
}

/// The bits of every token under one key, by the token's number. Wiped when dropped; never grown.
struct TokenBits {
    width: usize,
    words: Zeroizing<Vec<u64>>,
}

impl TokenBits {
    fn new(secret: &[u8; 32], settings: &Settings, kernel: Kernel) -> TokenBits {
        let mut domain = label::CLK_TOKEN.to_vec();
        domain.extend_from_slice(&file_index(settings.bits).to_be_bytes());
        domain.resize(BLOCK, 0);
        let mac = MacKey::new(secret).after(domain.as_chunks().0);
        let mut messages = Messages::default();
        // Four numbers of 32 bits a tag.
        let tags_of = |number| settings.weight(text(number).0).div_ceil(4);
        for number in 0..TOKENS {
            let (field, place, text, length) = text(number);
            for counter in 0..tags_of(number) {
                let head = [field as u8, place, byte(length)];
                let pieces = [&head[..], &text[..length], std::slice::from_ref(&counter)];
                messages.push(&mac, pieces.into_iter());
            }
        }
        let mut tags = Zeroizing::new(Vec::new());
        kernel.tags(&mac, &messages, &mut tags);
        let width = settings.bits / 64;
        let mut words = Zeroizing::new(vec![0; usize::from(TOKENS) * width]);
        let mut tags = tags.iter();
        for (number, row) in (0..TOKENS).zip(words.chunks_exact_mut(width)) {
            let weight = usize::from(settings.weight(text(number).0));
            let tags = tags.by_ref().take(tags_of(number).into());
            let draws = tags.flat_map(|tag| tag.as_chunks::<4>().0);
            for draw in draws.take(weight) {
                let bit = below(u32::from_be_bytes(*draw), settings.bits);
                row[bit / 64] |= 1 << (63 - bit % 64);
            }
        }
        TokenBits { width, words }
    }

    /// Sets the bits of tokens in a row.
    fn add(&self, numbers: &[u16], row: &mut [u64]) {
        match self.width {
            8 => self.add_of::<8>(numbers, row),
            16 => self.add_of::<16>(numbers, row),
            32 => self.add_of::<32>(numbers, row),
            _ => {
                for number in numbers {
                    let bits = &self.words[usize::from(*number) * self.width..][..self.width];
                    row.iter_mut().zip(bits).for_each(|(r, b)| *r |= b);
                }
            }
        }
    }

    /// The same with the row in registers.
    fn add_of<const W: usize>(&self, numbers: &[u16], row: &mut [u64]) {
        let bits = self.words.as_chunks::<W>().0;
        let mut sum = [0; W];
        for number in numbers {
            let bits = &bits[usize::from(*number)];
            for (s, b) in sum.iter_mut().zip(bits) {
                *s |= b;
            }
        }
        row.copy_from_slice(&sum);
    }
}

/// A number below `n` from 32 bits drawn at random.
pub(super) fn below(draw: u32, n: usize) -> usize {
    let n = crate::limits::index(n);
    ((u64::from(draw) * u64::from(n)) >> 32) as usize
}
