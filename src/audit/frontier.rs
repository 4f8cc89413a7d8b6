//! What an appender needs of a tree: its size and the roots of its complete subtrees.

use super::hash::Hash;

/// The complete subtrees of a tree of `size` leaves, largest first, one for each set bit of `size`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn empty() -> Frontier {
        Frontier {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// From its parts, where there are as many peaks as set bits in `size`.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Frontier> {
        (u32::try_from(peaks.len()) == Ok(size.count_ones())).then_some(Frontier { size, peaks })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf's hash; tells of every node above the leaves that it completes: level, index, hash.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(u8, u64, Hash)) {
        let (mut hash, mut index, mut level) = (leaf, self.size, 0);
        while index & 1 == 1 {
            // A set bit has its peak: the length was checked when the frontier was made.
            let Some(left) = self.peaks.pop() else { break };
            hash = Hash::of_node(left, hash);
            index >>= 1;
            level += 1;
            completed(level, index, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root (RFC 6962, section 2.1).
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks).unwrap_or_else(Hash::of_empty_tree)
    }
}

/// The root over complete subtrees, largest first.
pub(super) fn fold_peaks(peaks: &[Hash]) -> Option<Hash> {
    let (last, rest) = peaks.split_last()?;
    Some(
        rest.iter()
            .rev()
            .fold(*last, |right, left| Hash::of_node(*left, right)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, section 2.1, word for word.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::of_empty_tree(),
            [one] => *one,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                Hash::of_node(mth(&leaves[..k]), mth(&leaves[k..]))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_rfc_6962_at_every_size() {
        let leaves: Vec<Hash> = (0..300u16)
            .map(|i| Hash::of_leaf(&i.to_be_bytes()))
            .collect();
        let mut frontier = Frontier::empty();
        for n in 0..=leaves.len() {
            assert_eq!(frontier.root(), mth(&leaves[..n]), "{n}");
            let parts = Frontier::from_parts(frontier.size(), frontier.peaks().to_vec());
            assert_eq!(parts.as_ref(), Some(&frontier));
            if let Some(leaf) = leaves.get(n) {
                frontier.push(*leaf, |level, index, hash| {
                    let width = 1usize << level;
                    let first = usize::try_from(index).unwrap() * width;
                    assert_eq!(hash, mth(&leaves[first..first + width]));
                });
            }
        }
        assert_eq!(Frontier::from_parts(3, vec![leaves[0]]), None);
    }
}
