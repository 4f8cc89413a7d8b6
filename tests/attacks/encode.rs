//! Similarity encodings as the attacks see them, and a slow encoder written straight from the definitions:
//! Bloom filters of q-grams under a key (Schnell, Bachteler and Reiher 2009) and linear diffusion on top of them
//! (Armknecht, Heng and Schnell, "Strengthening Privacy-Preserving Record Linkage using Diffusion", PoPETs 2023).

use billetbook::record::Record;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::{BTreeSet, HashMap};

/// Encoded records: rows of one length in bits.
#[derive(Clone)]
pub(crate) struct Rows {
    pub(crate) bits: usize,
    pub(crate) rows: Vec<Vec<u64>>,
}

impl Rows {
    /// Bits set, by row.
    pub(crate) fn ones(&self) -> Vec<u32> {
        let ones = |row: &Vec<u64>| row.iter().map(|w| w.count_ones()).sum();
        self.rows.iter().map(ones).collect()
    }

    /// The same as numbers to calculate with.
    pub(crate) fn weights(&self) -> Vec<f64> {
        self.ones().into_iter().map(f64::from).collect()
    }

    pub(crate) fn bit(&self, row: usize, bit: usize) -> bool {
        self.rows[row][bit / 64] >> (bit % 64) & 1 == 1
    }
}

/// An encoding that is attacked. Everything about it is known to the attacker but the key.
pub(crate) trait Encoding {
    /// The records as they are sent, under a key made of `key`.
    fn sent(&self, records: &[Record], key: u64) -> Rows;

    /// The records before diffusion.
    fn plain(&self, records: &[Record], key: u64) -> Rows;

    /// Bits before diffusion that are added into one bit sent; 1 without diffusion.
    fn inputs(&self) -> usize;
}

/// The slow encoder: bits per token of each field, then diffusion or none.
#[derive(Clone, Copy)]
pub(crate) struct Design {
    /// Bits before diffusion; a power of two.
    pub(crate) bits: usize,
    /// Bits that each token sets: two letters of the given name; two of the family name; a digit of the birth
    /// date; the sex; a character of the postcode.
    pub(crate) tokens: [usize; 5],
    /// Inputs of each bit sent, and how many are sent.
    pub(crate) diffusion: Option<(usize, usize)>,
}

impl Design {
    /// 1,024 bits, 12 for two letters of a name, about .22 of them set.
    pub(crate) const PLAIN: Design = Design {
        bits: 1024,
        tokens: [12, 12, 6, 6, 5],
        diffusion: None,
    };

    /// The same through diffusion.
    pub(crate) const fn diffused(self, inputs: usize, sent: usize) -> Design {
        Design {
            diffusion: Some((inputs, sent)),
            ..self
        }
    }
}

/// `count` positions below `bits` for a token: two bytes of HMAC-SHA-256 each, as many blocks as are needed.
fn positions(key: u64, what: &[u8], count: usize, bits: usize) -> Vec<usize> {
    let mut out = Vec::with_capacity(count);
    for block in 0u32.. {
        if out.len() == count {
            break;
        }
        #[expect(clippy::unwrap_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.to_be_bytes()).unwrap();
        mac.update(&block.to_be_bytes());
        mac.update(what);
        let bytes = mac.finalize().into_bytes();
        let pairs = bytes
            .chunks(2)
            .map(|b| usize::from(b[0]) << 8 | usize::from(b[1]));
        out.extend(pairs.map(|p| p % bits).take(count - out.len()));
    }
    out
}

const BIRTH: u8 = 2;
const SEX: u8 = 3;
const POSTCODE: u8 = 4;

/// The tokens of a record: field, then bigrams of names, then digits and characters with their places.
pub(crate) fn tokens(record: &Record) -> BTreeSet<(u8, String)> {
    let mut out = BTreeSet::new();
    for (field, name) in [(0u8, &record.given_name), (1, &record.family_name)] {
        if let Some(name) = name.valid() {
            let padded: Vec<char> = format!("_{}_", name.folded()).chars().collect();
            out.extend(padded.windows(2).map(|w| (field, w.iter().collect())));
        }
    }
    if let Some(d) = record.birth_date.valid() {
        let digits = format!("{:04}{:02}{:02}", d.year(), d.month(), d.day());
        out.extend(
            digits
                .chars()
                .enumerate()
                .map(|(i, c)| (BIRTH, format!("{i}{c}"))),
        );
    }
    if let Some(sex) = record.sex.valid() {
        out.insert((SEX, format!("{sex:?}")));
    }
    if let Some(p) = record.postcode.valid() {
        out.extend(
            p.compact()
                .chars()
                .enumerate()
                .map(|(i, c)| (POSTCODE, format!("{i}{c}"))),
        );
    }
    out
}

impl Encoding for Design {
    fn sent(&self, records: &[Record], key: u64) -> Rows {
        let plain = self.plain(records, key);
        let Some((inputs, sent)) = self.diffusion else {
            return plain;
        };
        let chosen: Vec<Vec<usize>> = (0..sent)
            .map(|bit| {
                // As many different ones as asked for, in the order in which they are drawn.
                let label = [b"diffusion".as_slice(), &bit.to_be_bytes()].concat();
                let mut out = Vec::with_capacity(inputs);
                for p in positions(key, &label, 4 * inputs + 64, self.bits) {
                    if out.len() < inputs && !out.contains(&p) {
                        out.push(p);
                    }
                }
                assert_eq!(out.len(), inputs);
                out
            })
            .collect();
        let rows = (0..plain.rows.len())
            .map(|row| {
                let mut out = vec![0; sent / 64];
                for (bit, from) in chosen.iter().enumerate() {
                    let odd = from.iter().filter(|p| plain.bit(row, **p)).count() % 2 == 1;
                    out[bit / 64] |= u64::from(odd) << (bit % 64);
                }
                out
            })
            .collect();
        Rows { bits: sent, rows }
    }

    fn plain(&self, records: &[Record], key: u64) -> Rows {
        let mut known: HashMap<(u8, String), Vec<usize>> = HashMap::new();
        let rows = records
            .iter()
            .map(|record| {
                let mut row = vec![0u64; self.bits / 64];
                for token in tokens(record) {
                    let set = known.entry(token).or_insert_with_key(|(field, text)| {
                        let label = [&[*field], text.as_bytes()].concat();
                        positions(key, &label, self.tokens[usize::from(*field)], self.bits)
                    });
                    set.iter().for_each(|p| row[p / 64] |= 1 << (p % 64));
                }
                row
            })
            .collect();
        Rows {
            bits: self.bits,
            rows,
        }
    }

    fn inputs(&self) -> usize {
        self.diffusion.map_or(1, |d| d.0)
    }
}
