//! Inclusion and consistency proofs of RFC 6962: made from complete subtrees, checked from hashes alone.

use super::frontier::fold_peaks;
use super::hash::Hash;
use thiserror::Error;

/// The longest proof: one hash for each level of a tree of 2^63 leaves.
pub const LONGEST_PATH: usize = 63;

/// Gives the roots of complete subtrees.
pub trait Nodes {
    /// Why a node could not be had.
    type Error;

    /// The root of the `index`-th complete subtree of 2^`level` leaves.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// A proof does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// The leaf's number lies outside the tree, or the older tree is the larger one.
    #[error("the proof speaks of a leaf or tree that lies outside the tree")]
    Outside,
    /// Too few or too many hashes for these sizes.
    #[error("the proof has {found} hashes, which these sizes do not ask for")]
    Length {
        /// Hashes found.
        found: usize,
    },
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// The root of the tree's first `size` leaves.
///
/// # Errors
/// Those of the nodes.
pub fn root_at<N: Nodes>(nodes: &mut N, size: u64) -> Result<Hash, N::Error> {
    range(nodes, 0, size)
}

/// The proof that leaf `index` stands in the tree of the first `size` leaves: sibling hashes, lowest first.
/// Empty where `index` is not below `size`.
///
/// # Errors
/// Those of the nodes.
pub fn prove_inclusion<N: Nodes>(
    nodes: &mut N,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, N::Error> {
    let mut path = Vec::new();
    if index < size {
        let (mut first, mut end) = (0, size);
        while end - first > 1 {
            let middle = first + split(end - first);
            if index < middle {
                path.push(range(nodes, middle, end)?);
                end = middle;
            } else {
                path.push(range(nodes, first, middle)?);
                first = middle;
            }
        }
        path.reverse();
    }
    Ok(path)
}

/// The proof that the tree of the first `old` leaves is a prefix of the tree of the first `new`; empty where
/// they are equal, or `old` is 0 or above `new`.
///
/// # Errors
/// Those of the nodes.
pub fn prove_consistency<N: Nodes>(
    nodes: &mut N,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, N::Error> {
    let mut path = Vec::new();
    if 0 < old && old < new {
        let (mut first, mut end) = (0, new);
        while old != end {
            let middle = first + split(end - first);
            if old <= middle {
                path.push(range(nodes, middle, end)?);
                end = middle;
            } else {
                path.push(range(nodes, first, middle)?);
                first = middle;
            }
        }
        if first > 0 {
            path.push(range(nodes, first, end)?);
        }
        path.reverse();
    }
    Ok(path)
}

/// Checks that `leaf` is leaf `index` of the tree of `size` leaves with this root (RFC 9162, section 2.1.3.2).
///
/// # Errors
/// Where it is not proven.
pub fn check_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    root: Hash,
    path: &[Hash],
) -> Result<(), PathError> {
    if index >= size {
        return Err(PathError::Outside);
    }
    let long = Err(PathError::Length { found: path.len() });
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return long;
        }
        if at & 1 == 1 || at == last {
            hash = Hash::of_node(*sibling, hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::of_node(hash, *sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    match (last, hash == root) {
        (0, true) => Ok(()),
        (0, false) => Err(PathError::Root),
        _ => long,
    }
}

/// Checks that the tree `(old, old_root)` is a prefix of `(new, new_root)` (RFC 9162, section 2.1.4.2).
/// Every tree extends the one without leaves, by an empty proof.
///
/// # Errors
/// Where it is not proven.
pub fn check_consistency(
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    path: &[Hash],
) -> Result<(), PathError> {
    let length = Err(PathError::Length { found: path.len() });
    if old > new {
        return Err(PathError::Outside);
    }
    if old == 0 || old == new {
        let same = match old {
            0 => old_root == Hash::of_empty_tree() && (new > 0 || new_root == old_root),
            _ => old_root == new_root,
        };
        return match (path, same) {
            ([], true) => Ok(()),
            ([], false) => Err(PathError::Root),
            _ => length,
        };
    }
    let (first, rest) = match path.split_first() {
        Some(_) if old.is_power_of_two() => (old_root, path),
        Some((first, rest)) => (*first, rest),
        None => return length,
    };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for hash in rest {
        if last == 0 {
            return length;
        }
        if at & 1 == 1 || at == last {
            old_hash = Hash::of_node(*hash, old_hash);
            new_hash = Hash::of_node(*hash, new_hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = Hash::of_node(new_hash, *hash);
        }
        at >>= 1;
        last >>= 1;
    }
    match (last, old_hash == old_root && new_hash == new_root) {
        (0, true) => Ok(()),
        (0, false) => Err(PathError::Root),
        _ => length,
    }
}

/// The largest power of two below `n`, for `n` above 1.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// The root over leaves `first..end`, where `first` is a multiple of a power of two not below their number.
fn range<N: Nodes>(nodes: &mut N, first: u64, end: u64) -> Result<Hash, N::Error> {
    // Mostly it is one subtree; then nothing is allocated.
    if end > first && (end - first).is_power_of_two() {
        let level = (end - first).ilog2();
        return nodes.node(u8::try_from(level).unwrap_or(63), first >> level);
    }
    let mut peaks = Vec::new();
    let mut at = first;
    while at < end {
        let level = (end - at).ilog2();
        peaks.push(nodes.node(u8::try_from(level).unwrap_or(63), at >> level)?);
        at += 1 << level;
    }
    Ok(fold_peaks(&peaks).unwrap_or_else(Hash::of_empty_tree))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::frontier::Frontier;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::convert::Infallible;

    /// All nodes of a tree whose leaves are the numbers from 0.
    struct Tree {
        nodes: HashMap<(u8, u64), Hash>,
        roots: Vec<Hash>,
    }

    impl Tree {
        fn new(size: u64) -> Tree {
            let mut tree = Tree {
                nodes: HashMap::new(),
                roots: vec![Hash::of_empty_tree()],
            };
            let mut frontier = Frontier::empty();
            for i in 0..size {
                let leaf = Hash::of_leaf(&i.to_be_bytes());
                tree.nodes.insert((0, i), leaf);
                frontier.push(leaf, |l, i, h| {
                    assert!(tree.nodes.insert((l, i), h).is_none())
                });
                tree.roots.push(frontier.root());
            }
            tree
        }
    }

    impl Tree {
        fn root(&self, size: u64) -> Hash {
            self.roots[usize::try_from(size).unwrap()]
        }
    }

    impl Nodes for Tree {
        type Error = Infallible;

        fn node(&mut self, level: u8, index: u64) -> Result<Hash, Infallible> {
            Ok(self.nodes[&(level, index)])
        }
    }

    #[test]
    fn every_leaf_and_prefix_is_proven_at_every_size_and_at_no_other_place() {
        const SIZE: usize = 70;
        let mut tree = Tree::new(SIZE as u64);
        for size in 0..=SIZE as u64 {
            let root = tree.root(size);
            assert_eq!(root_at(&mut tree, size), Ok(root));
            for index in 0..size {
                let leaf = Hash::of_leaf(&index.to_be_bytes());
                let path = prove_inclusion(&mut tree, index, size).unwrap();
                assert_eq!(check_inclusion(leaf, index, size, root, &path), Ok(()));
                for other in (0..size).filter(|o| *o != index) {
                    assert!(check_inclusion(leaf, other, size, root, &path).is_err());
                }
            }
            for old in 0..=size {
                let path = prove_consistency(&mut tree, old, size).unwrap();
                let old_root = tree.root(old);
                assert_eq!(check_consistency(old, old_root, size, root, &path), Ok(()));
                for other in (0..=size).filter(|o| *o != old) {
                    assert!(
                        check_consistency(other, old_root, size, root, &path).is_err(),
                        "{old} {other} {size}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_proof_altered_cut_or_lengthened_proves_nothing(size in 2..300u64, a: u64, which: usize, bit in 0..256usize) {
            let mut tree = Tree::new(size);
            let root = tree.root(size);
            let index = a % size;
            let leaf = Hash::of_leaf(&index.to_be_bytes());
            let old = 1 + a % (size - 1);
            let old_root = tree.root(old);
            type Check = Box<dyn Fn(&[Hash]) -> Result<(), PathError>>;
            let cases: [(Vec<Hash>, Check); 2] = [
                (prove_inclusion(&mut tree, index, size).unwrap(),
                    Box::new(move |p| check_inclusion(leaf, index, size, root, p))),
                (prove_consistency(&mut tree, old, size).unwrap(),
                    Box::new(move |p| check_consistency(old, old_root, size, root, p))),
            ];
            for (path, check) in cases {
                prop_assert_eq!(check(&path), Ok(()));
                let at = which % path.len();
                let mut altered = path.clone();
                altered[at].0[bit / 8] ^= 1 << (bit % 8);
                prop_assert!(check(&altered).is_err());
                let mut cut = path.clone();
                cut.remove(at);
                prop_assert!(check(&cut).is_err());
                let mut longer = path.clone();
                longer.insert(at, root);
                prop_assert!(check(&longer).is_err());
                longer.push(root);
                prop_assert!(check(&longer).is_err());
            }
        }
    }
}
