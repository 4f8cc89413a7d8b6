//! Similarity encodings as the attacks see them: the library's CLKs, plain (Bloom filters of q-grams under a key; Schnell,
//! Bachteler and Reiher 2009) and through linear diffusion (Armknecht, Heng and Schnell, "Strengthening
//! Privacy-Preserving Record Linkage using Diffusion", PoPETs 2023).

use billetbook::clk::{Clks, Diffusion, Encoder, Settings};
use billetbook::keys::{LinkageId, LinkageKeys, Secret};
use billetbook::record::Record;
use billetbook::token::Kernel;
use std::collections::BTreeSet;

/// Encoded records: rows of one length in bits.
#[derive(Clone)]
pub(crate) struct Rows {
    pub(crate) bits: usize,
    pub(crate) rows: Vec<Vec<u64>>,
}

impl Rows {
    fn of(clks: &Clks) -> Rows {
        Rows {
            bits: clks.bits(),
            rows: (0..clks.len()).map(|i| clks.row(i).to_vec()).collect(),
        }
    }

    /// Bits set, by row.
    pub(crate) fn ones(&self) -> Vec<u32> {
        let ones = |row: &Vec<u64>| row.iter().map(|w| w.count_ones()).sum();
        self.rows.iter().map(ones).collect()
    }

    /// The same as numbers to calculate with.
    pub(crate) fn weights(&self) -> Vec<f64> {
        self.ones().into_iter().map(f64::from).collect()
    }

    /// The bit in this place of a row, counted from the lowest of the first word.
    pub(crate) fn bit(&self, row: usize, bit: usize) -> bool {
        self.rows[row][bit / 64] >> (bit % 64) & 1 == 1
    }
}

/// An encoding that is attacked. Everything about it is known to the attacker but the key.
#[derive(Clone, Copy)]
pub(crate) struct Encoding {
    /// Length, and bits of each token.
    pub(crate) settings: Settings,
    /// Inputs of each bit sent, and how many are sent.
    pub(crate) diffusion: Option<(usize, usize)>,
}

impl Encoding {
    /// Without diffusion, with the library's own settings.
    pub(crate) fn plain() -> Encoding {
        Encoding {
            settings: Settings::default(),
            diffusion: None,
        }
    }

    /// The same with the weights of the residue.
    pub(crate) fn residue() -> Encoding {
        Encoding {
            settings: Settings::residue(),
            diffusion: None,
        }
    }

    /// The same through diffusion.
    pub(crate) fn diffused(self, inputs: usize, sent: usize) -> Encoding {
        Encoding {
            diffusion: Some((inputs, sent)),
            ..self
        }
    }

    /// The records as they are sent, under a key made of `key`.
    pub(crate) fn sent(&self, records: &[Record], key: u64) -> Rows {
        let clks = self.clks(records, key);
        let Some((inputs, sent)) = self.diffusion else {
            return Rows::of(&clks);
        };
        let lengths = (self.settings.bits, sent);
        let layer = Diffusion::new(&keys(key), lengths, inputs, Kernel::best()).unwrap();
        Rows::of(&layer.apply(&clks).unwrap())
    }

    /// The records before diffusion.
    pub(crate) fn undiffused(&self, records: &[Record], key: u64) -> Rows {
        Rows::of(&self.clks(records, key))
    }

    /// Bits before diffusion that are added into one bit sent; 1 without diffusion.
    pub(crate) fn inputs(&self) -> usize {
        self.diffusion.map_or(1, |d| d.0)
    }

    fn clks(&self, records: &[Record], key: u64) -> Clks {
        let keys = keys(key);
        let encoder = Encoder::new(&keys, &self.settings, Kernel::best()).unwrap();
        encoder.encode(records)
    }
}

fn keys(key: u64) -> LinkageKeys {
    let secret = Secret::from_secret_bytes(&[key.to_be_bytes(); 4].concat()).unwrap();
    LinkageKeys::derive(&secret, LinkageId([0; 16]), 1)
}

/// The pairs of letters of given and family name, each with its field.
pub(crate) fn bigrams(record: &Record) -> BTreeSet<(u8, String)> {
    let mut out = BTreeSet::new();
    for (field, name) in [(0u8, &record.given_name), (1, &record.family_name)] {
        if let Some(name) = name.valid() {
            let padded: Vec<char> = format!("_{}_", name.folded()).chars().collect();
            out.extend(padded.windows(2).map(|w| (field, w.iter().collect())));
        }
    }
    out
}
