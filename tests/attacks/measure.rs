//! Measures of leakage on tokens alone: colour refinement (one-dimensional Weisfeiler-Leman) on the graph of
//! records and tokens, sharing, correlation. Written from the literature: Weisfeiler and Leman 1968; for
//! graph matching on encoded records Vidanage, Christen, Ranbaduge and Schnell 2020.

use billetbook::record::Record;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Records joined by the tokens they share, over one or two files.
pub(crate) struct Graph {
    files: Vec<Vec<Vec<usize>>>,
    tokens: usize,
}

impl Graph {
    /// A graph of files: per record, its tokens. A token held by one record tells nothing and is left out.
    pub(crate) fn new(files: &[Vec<Vec<[u8; 16]>>]) -> Graph {
        let mut degree: HashMap<(usize, [u8; 16]), usize> = HashMap::new();
        for row in files.iter().flatten() {
            for (slot, t) in row.iter().enumerate() {
                *degree.entry((slot, *t)).or_default() += 1;
            }
        }
        let mut number: HashMap<(usize, [u8; 16]), usize> = HashMap::new();
        let mut out = Vec::new();
        for file in files {
            out.push(
                file.iter()
                    .map(|row| {
                        let mut list: Vec<usize> = Vec::new();
                        for (slot, t) in row
                            .iter()
                            .enumerate()
                            .filter(|(s, t)| degree[&(*s, **t)] > 1)
                        {
                            let next = number.len();
                            list.push(*number.entry((slot, *t)).or_insert(next));
                        }
                        list
                    })
                    .collect(),
            );
        }
        Graph {
            files: out,
            tokens: number.len(),
        }
    }

    /// Shares of records re-identified by an attacker who holds the same graph with names on it: for certain
    /// (alone in their colour), and expected (a fair guess within the colour).
    pub(crate) fn re_identified(&self) -> (f64, f64) {
        let mut records: Vec<Vec<u64>> = self
            .files
            .iter()
            .enumerate()
            .map(|(f, rows)| vec![f as u64; rows.len()])
            .collect();
        let mut classes = 0;
        loop {
            let mut around: Vec<Vec<u64>> = vec![Vec::new(); self.tokens];
            for (rows, colours) in self.files.iter().zip(&records) {
                for (row, colour) in rows.iter().zip(colours) {
                    row.iter().for_each(|t| around[*t].push(*colour));
                }
            }
            let tokens: Vec<u64> = around.into_iter().map(|mut c| hashed(&mut c)).collect();
            for (rows, colours) in self.files.iter().zip(&mut records) {
                for (row, colour) in rows.iter().zip(colours.iter_mut()) {
                    let mut seen: Vec<u64> = row.iter().map(|t| tokens[*t]).collect();
                    seen.sort_unstable();
                    seen.push(*colour);
                    *colour = plain(&seen);
                }
            }
            let mut all: Vec<u64> = records.concat();
            all.sort_unstable();
            all.dedup();
            if all.len() == classes {
                break;
            }
            classes = all.len();
        }
        let mut size: HashMap<u64, usize> = HashMap::new();
        for colour in records.iter().flatten() {
            *size.entry(*colour).or_default() += 1;
        }
        let n = records.iter().map(Vec::len).sum::<usize>() as f64;
        let alone = size.values().filter(|s| **s == 1).count() as f64;
        (alone / n, size.len() as f64 / n)
    }
}

fn hashed(colours: &mut [u64]) -> u64 {
    colours.sort_unstable();
    plain(colours)
}

fn plain(colours: &[u64]) -> u64 {
    let mut h = DefaultHasher::new();
    colours.hash(&mut h);
    h.finish()
}

/// The share of records with a token that at least `n` records hold.
pub(crate) fn shared_by(file: &[Vec<[u8; 16]>], n: usize) -> f64 {
    let mut held: HashMap<(usize, [u8; 16]), usize> = HashMap::new();
    for row in file {
        for (slot, t) in row.iter().enumerate() {
            *held.entry((slot, *t)).or_default() += 1;
        }
    }
    let hit = file
        .iter()
        .filter(|row| row.iter().enumerate().any(|(s, t)| held[&(s, *t)] >= n))
        .count();
    hit as f64 / file.len() as f64
}

/// The control: one token a field, as field-by-field encodings have.
pub(crate) fn single_fields(file: &[Record]) -> Vec<Vec<[u8; 16]>> {
    let token = |text: String| {
        let mut out = [0; 16];
        out[..8].copy_from_slice(
            &plain(&text.bytes().map(u64::from).collect::<Vec<_>>()).to_be_bytes(),
        );
        out
    };
    file.iter()
        .map(|r| {
            let birth = r
                .birth_date
                .valid()
                .map(|d| format!("{}{}{}", d.year(), d.month(), d.day()));
            let given = r.given_name.valid().map(|n| n.folded().to_owned());
            let family = r.family_name.valid().map(|n| n.folded().to_owned());
            let code = r.postcode.valid().map(|p| p.compact().to_owned());
            [given, family, birth, code]
                .map(|v| token(v.unwrap_or_default()))
                .to_vec()
        })
        .collect()
}

/// Pearson's correlation; 0 where one side is constant.
pub(crate) fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(a, b)| f(a - mx, b - my)).sum::<f64>();
    let (xy, xx, yy) = (sum(&|a, b| a * b), sum(&|a, _| a * a), sum(&|_, b| b * b));
    if xx == 0.0 || yy == 0.0 {
        0.0
    } else {
        xy / (xx * yy).sqrt()
    }
}
