//! CLKs of two or more files compared, and what was found in the formats of anonlink.

use super::Clks;
use crate::engine::{self, Options, Pair, join};
use crate::limits::file_index;
use std::cmp::Ordering;
use std::io::{self, Write};
use std::ops::ControlFlow;
use thiserror::Error;

/// Why files of CLKs were not compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CompareError {
    /// Fewer than two files, or too many.
    #[error("{files} files of CLKs; give 2 to {most}", most = crate::limits::MOST_FILES)]
    Files {
        /// How many.
        files: usize,
    },
    /// Files of different lengths.
    #[error(
        "{left}: CLKs of {left_bits} bits, {right}: of {right_bits}; compare files that were made by one schema"
    )]
    Lengths {
        /// A file.
        left: String,
        /// Bits of its CLKs.
        left_bits: usize,
        /// Another file.
        right: String,
        /// Bits of its CLKs.
        right_bits: usize,
    },
    /// The comparison was refused, or there are too many pairs.
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

/// Two records of different files whose CLKs reach the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Number of the first file, from 0.
    pub left: u16,
    /// Number of the second file, above the first.
    pub right: u16,
    /// The records, numbered from 0 in their files, and the bits that they share.
    pub pair: Pair,
}

impl Candidate {
    /// The more similar first, then by files and records: an order without ties.
    fn order(&self, other: &Candidate) -> Ordering {
        let key = |c: &Candidate| (c.left, c.right, c.pair.left, c.pair.right);
        self.pair
            .by_dice(&other.pair)
            .then_with(|| key(self).cmp(&key(other)))
    }
}

/// Every pair of records of different files whose Dice coefficient reaches the threshold of `options`, the most
/// similar first. `files` are named in errors. `max_pairs` holds for all files together.
///
/// # Errors
/// Where the files have CLKs of different lengths, or more pairs reach the threshold than `options` allows.
pub fn compare(
    files: &[(String, Clks)],
    options: &Options<'_>,
) -> Result<Vec<Candidate>, CompareError> {
    if !(2..=crate::limits::MOST_FILES).contains(&files.len()) {
        return Err(CompareError::Files { files: files.len() });
    }
    let (left, first) = &files[0];
    for (right, clks) in &files[1..] {
        if clks.bits() != first.bits() {
            return Err(CompareError::Lengths {
                left: left.clone(),
                left_bits: first.bits(),
                right: right.clone(),
                right_bits: clks.bits(),
            });
        }
    }
    let rows = files.iter().map(|f| f.1.rows());
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    let mut options = options.clone();
    let most = options.max_pairs;
    for (right, right_rows) in rows.iter().enumerate() {
        for (left, left_rows) in rows[..right].iter().enumerate() {
            options.max_pairs = most - found.len() as u64;
            let mut sink = |pair: &Pair| {
                found.push(Candidate {
                    left: file_index(left),
                    right: file_index(right),
                    pair: *pair,
                });
            };
            join(left_rows, right_rows, &options, &mut Each(&mut sink)).map_err(|e| match e {
                engine::Error::TooManyPairs { .. } => engine::Error::TooManyPairs { most },
                other => other,
            })?;
        }
    }
    found.sort_unstable_by(Candidate::order);
    Ok(found)
}

/// A sink that gives each pair to a function.
struct Each<'a>(&'a mut dyn FnMut(&Pair));

impl engine::Sink for Each<'_> {
    fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()> {
        pairs.iter().for_each(&mut self.0);
        ControlFlow::Continue(())
    }
}

/// Writes candidates as anonlink's entity service gives similarity scores:
/// `{"similarity_scores": [[[file, record], [file, record], score], ...]}`.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_scores(candidates: &[Candidate], mut out: impl Write) -> io::Result<()> {
    write!(out, "{{\"similarity_scores\": [")?;
    for (i, c) in candidates.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let (left, right) = ((c.left, c.pair.left), (c.right, c.pair.right));
        write!(
            out,
            "{comma}[[{}, {}], [{}, {}], {:?}]",
            left.0,
            left.1,
            right.0,
            right.1,
            c.pair.dice()
        )?;
    }
    writeln!(out, "]}}")
}

/// Writes candidates as the Python library anonlink serialises them (`anonlink.serialization`, version 1): four bytes
/// of header, then per pair a score (`f64`), two numbers of files (`u16`) and two of records (`u32`), little-endian.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_candidates(candidates: &[Candidate], mut out: impl Write) -> io::Result<()> {
    out.write_all(&[1, 8, 2, 4])?;
    for c in candidates {
        out.write_all(&c.pair.dice().to_le_bytes())?;
        for file in [c.left, c.right] {
            out.write_all(&file.to_le_bytes())?;
        }
        for record in [c.pair.left, c.pair.right] {
            out.write_all(&record.to_le_bytes())?;
        }
    }
    Ok(())
}

/// Writes groups as anonlink's entity service gives them: `{"groups": [[[file, record], ...], ...]}`.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_groups(groups: &[Vec<(u16, u32)>], mut out: impl Write) -> io::Result<()> {
    write!(out, "{{\"groups\": [")?;
    for (i, group) in groups.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let members: Vec<String> = group.iter().map(|(f, r)| format!("[{f}, {r}]")).collect();
        write!(out, "{comma}[{}]", members.join(", "))?;
    }
    writeln!(out, "]}}")
}
