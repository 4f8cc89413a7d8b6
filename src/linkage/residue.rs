//! The residue: rows that no token matched, compared by diffused CLKs. What is found is offered for a person to look
//! at, never a match: similarity cannot tell a child from a twin.

use super::outcome::{Decision, Held, Link};
use super::{Evidence, IdAgreement, RowRef};
use crate::clk::{ClkError, Clks, Diffusion, Encoder, Settings};
use crate::engine::{self, Options, Pair, Rows, Threshold, join};
use crate::keys::LinkageKeys;
use crate::limits::file_index;
use crate::record::Record;
use crate::token::{Kernel, RESIDUE_BITS};
use std::collections::HashMap;
use thiserror::Error;

/// Bits of a CLK that are added up to each diffused bit, where CLKs travel: as many as the bounds of graph matching ask
/// for (docs/privacy-evaluation.md).
#[cfg(feature = "parquet")]
pub(super) const TRAVELS: usize = 28;
/// And where all files lie in one process: nothing but the pairs leaves it, and the key is forgotten.
const AT_HOME: usize = 10;
/// Pairs of one comparison at most: rows that are all alike give as many pairs as there are pairs of rows.
const MOST_OFFERS: u64 = 10_000_000;
/// Of pairs offered, the share that are one child, as made-up files have it in the middle: more in small files and where few
/// identifiers are known, less in large ones (docs/benchmarks.md).
const OFFERED: f64 = 0.4;

/// Why rows without a match were not compared by similarity.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ResidueError {
    /// No CLKs could be made.
    #[error(transparent)]
    Clk(#[from] ClkError),
    /// The comparison was refused: too many pairs are alike.
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

/// The diffused CLK of each record, `added` bits to each; without a bit where a record has no CLK, and where a co-birth stands beside it: of
/// twins only equal names are evidence.
pub(super) fn diffused(
    records: &[Record],
    co_birth: &[bool],
    keys: &LinkageKeys,
    added: usize,
) -> Result<Clks, ClkError> {
    let settings = Settings::residue();
    let (to, kernel) = (RESIDUE_BITS, Kernel::best());
    let diffusion = Diffusion::new(keys, (settings.bits, to), added, kernel)?;
    let clks = Encoder::new(keys, &settings, kernel)?.encode(records);
    let mut diffused = diffusion.apply(&clks)?;
    for (row, _) in (0..).zip(co_birth).filter(|c| *c.1) {
        diffused.clear(row);
    }
    Ok(diffused)
}

/// The rows of a file that are compared: their numbers, and their diffused CLKs in the same order.
pub(super) struct Side {
    pub(super) rows: Vec<u32>,
    pub(super) clks: Rows,
}

/// Rows without a link that is possible or a match, file by file; `sizes` are the rows of each file.
pub(super) fn unmatched(sizes: &[usize], links: &[Link]) -> Vec<Vec<u32>> {
    let mut open: Vec<Vec<bool>> = sizes.iter().map(|n| vec![true; *n]).collect();
    for link in links.iter().filter(|l| l.decision != Decision::None) {
        for row in [link.left, link.right] {
            open[usize::from(row.file)][row.row as usize] = false;
        }
    }
    let rows = |open: &Vec<bool>| (0..).zip(open).filter(|o| *o.1).map(|o| o.0).collect();
    open.iter().map(rows).collect()
}

/// Adds the pairs of different files that are each other's best and more alike than chance makes any: `possible`,
/// held back. Where tokens found the pair too, what they know of it stays, and identifiers that differ rule it out.
pub(super) fn offer(
    links: &mut Vec<Link>,
    sides: &[Option<Side>],
    evidence: impl Fn(RowRef, RowRef) -> Evidence,
) -> Result<(), engine::Error> {
    let mut known: HashMap<(RowRef, RowRef), usize> = HashMap::new();
    for (i, link) in links.iter().enumerate() {
        known.insert((link.left, link.right), i);
    }
    for (right_file, right) in sides.iter().enumerate() {
        for (left_file, left) in sides[..right_file].iter().enumerate() {
            let (Some(left), Some(right)) = (left, right) else {
                continue;
            };
            for pair in best_of_both(left, right)? {
                let at = |file, side: &Side, row: u32| RowRef {
                    file: file_index(file),
                    row: side.rows[row as usize],
                };
                let (l, r) = (
                    at(left_file, left, pair.left),
                    at(right_file, right, pair.right),
                );
                let mut link = Link {
                    left: l,
                    right: r,
                    probability: OFFERED,
                    decision: Decision::Possible,
                    held: Some(Held::Residue),
                    evidence: evidence(l, r),
                };
                match known.get(&(l, r)) {
                    None => links.push(link),
                    Some(i) if links[*i].evidence.identifier == IdAgreement::Differs => {}
                    Some(i) => {
                        link.evidence = links[*i].evidence;
                        links[*i] = link;
                    }
                }
            }
        }
    }
    links.sort_unstable_by_key(|l| (l.left, l.right));
    Ok(())
}

/// Pairs of which neither row has a better one.
fn best_of_both(left: &Side, right: &Side) -> Result<Vec<Pair>, engine::Error> {
    let rows = left.rows.len() as f64 * right.rows.len() as f64;
    let mut options = Options::new(least(rows));
    options.max_pairs = MOST_OFFERS;
    let mut found: Vec<Pair> = Vec::new();
    join(&left.clks, &right.clks, &options, &mut found)?;
    let mut best_left: Vec<Option<Pair>> = vec![None; left.rows.len()];
    let mut best_right: Vec<Option<Pair>> = vec![None; right.rows.len()];
    for pair in &found {
        for best in [
            &mut best_left[pair.left as usize],
            &mut best_right[pair.right as usize],
        ] {
            if best.is_none_or(|b| pair.by_dice(&b).is_lt()) {
                *best = Some(*pair);
            }
        }
    }
    let no_better = |pair: &Pair, best: &Option<Pair>| best.is_none_or(|b| b.by_dice(pair).is_ge());
    found.retain(|p| {
        no_better(p, &best_left[p.left as usize]) && no_better(p, &best_right[p.right as usize])
    });
    Ok(found)
}

/// The least similarity, so that unrelated rows reach it in fewer than one of a thousand comparisons of so many pairs.
/// Each bit of theirs is a coin: their Dice has mean 1/2 and variance 3/8 by the number of bits, and the normal tail
/// beyond `z` is below `exp(-z * z / 2) / (z * sqrt(2 * pi))` (Mills's ratio).
fn least(pairs: f64) -> Threshold {
    let mut z = 3.0_f64;
    for _ in 0..6 {
        let tails = 1_000.0 * pairs.max(1.0) / (z * std::f64::consts::TAU.sqrt());
        z = (2.0 * tails.ln()).sqrt();
    }
    let least = 0.5 + z * (0.375 / RESIDUE_BITS as f64).sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between one half and one"
    )]
    let parts = (least.min(1.0) * 10_000.0).ceil() as u32;
    match Threshold::ratio(parts, 10_000) {
        Ok(threshold) => threshold,
        Err(_) => unreachable!("between one half and one"),
    }
}

/// Sides of files whose records are at hand.
pub(super) fn sides_at_home(
    files: &[&[Record]],
    co_birth: &[&[bool]],
    unmatched: Vec<Vec<u32>>,
    keys: &LinkageKeys,
) -> Result<Vec<Option<Side>>, ResidueError> {
    let sides = unmatched.into_iter().zip(files.iter().zip(co_birth));
    sides
        .map(|(rows, (records, co_birth))| {
            let twins: Vec<bool> = rows.iter().map(|r| co_birth[*r as usize]).collect();
            let records: Vec<Record> = rows.iter().map(|r| records[*r as usize].clone()).collect();
            let clks = diffused(&records, &twins, keys, AT_HOME)?.rows()?;
            Ok(Some(Side { rows, clks }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_similarity_grows_with_the_number_of_pairs() {
        let at = |n: f64| least(n).as_f64();
        // The normal quantiles of 1e-3, 1e-7 and 1e-11 are 3.090, 5.199 and 6.706; a bit of 2048 is 0.01353.
        for (pairs, z) in [(1.0, 3.090), (1e4, 5.199), (1e8, 6.706)] {
            let exact = 0.5 + z * 0.01353;
            assert!(
                (0.0..0.002).contains(&(at(pairs) - exact)),
                "{pairs}: {}",
                at(pairs)
            );
        }
        assert!(at(0.0) == at(1.0) && at(1e16) < 0.63);
    }
}
