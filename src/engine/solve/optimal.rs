use super::rank;
use crate::engine::{Error, Pair};
use crate::limits::MOST_ENTANGLED;
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use rustc_hash::FxHashMap;

/// One-to-one with the greatest total similarity, by left row; similarities count in steps of 2^-27. Where two answers are
/// equally good, which one is taken depends on the pairs alone, not on their order. Rows that pairs connect are solved
/// together, by the Hungarian method, those that are not apart.
///
/// # Errors
/// [`Error::Entangled`] where more than [`MOST_ENTANGLED`] rows of either side hang together: their time grows with the third
/// power. Raise the threshold or take [`greedy`](super::greedy()).
pub fn optimal(pairs: &[Pair]) -> Result<Vec<Pair>, Error> {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable_by_key(|pair| (pair.left, pair.right));
    let mut out = Vec::new();
    for part in components(&sorted) {
        solve(&part, &mut out)?;
    }
    out.sort_unstable_by_key(|pair| (pair.left, pair.right));
    Ok(out)
}

/// Pairs that hang together, in the order given.
fn components(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    // A forest over the pairs: each hangs on the first that shares a row with it.
    let mut up: Vec<usize> = (0..pairs.len()).collect();
    let (mut left, mut right) = (FxHashMap::default(), FxHashMap::default());
    for (at, pair) in pairs.iter().enumerate() {
        for first in [
            *left.entry(pair.left).or_insert(at),
            *right.entry(pair.right).or_insert(at),
        ] {
            let (a, b) = (root(&mut up, first), root(&mut up, at));
            up[a.max(b)] = a.min(b);
        }
    }
    let mut places = FxHashMap::default();
    let mut out: Vec<Vec<Pair>> = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        let place = *places.entry(root(&mut up, at)).or_insert(out.len());
        if place == out.len() {
            out.push(Vec::new());
        }
        out[place].push(*pair);
    }
    out
}

fn root(up: &mut [usize], mut at: usize) -> usize {
    while up[at] != at {
        up[at] = up[up[at]];
        at = up[at];
    }
    at
}

fn solve(pairs: &[Pair], out: &mut Vec<Pair>) -> Result<(), Error> {
    if let [pair] = pairs {
        out.push(*pair);
        return Ok(());
    }
    let numbered = |row: fn(&Pair) -> u32| -> Vec<u32> {
        let mut rows: Vec<u32> = pairs.iter().map(row).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    };
    let (left, right) = (numbered(|p| p.left), numbered(|p| p.right));
    let rows = left.len().max(right.len());
    if rows > MOST_ENTANGLED {
        let most = MOST_ENTANGLED;
        return Err(Error::Entangled { rows, most });
    }
    // The method wants no more rows than columns. What is no pair weighs nothing and is no pair in the answer either.
    let turned = left.len() > right.len();
    let (down, across) = if turned {
        (&right, &left)
    } else {
        (&left, &right)
    };
    let mut weights = Matrix::new(down.len(), across.len(), 0i64);
    let mut found = FxHashMap::default();
    for pair in pairs {
        let (d, a) = if turned {
            (pair.right, pair.left)
        } else {
            (pair.left, pair.right)
        };
        let at = |rows: &[u32], row: u32| rows.partition_point(|r| *r < row);
        let place = (at(down, d), at(across, a));
        weights[place] = i64::from(rank(pair));
        found.insert(place, *pair);
    }
    let (_, columns) = kuhn_munkres(&weights);
    let taken = columns.into_iter().enumerate();
    out.extend(taken.filter_map(|place| found.get(&place).copied()));
    Ok(())
}
