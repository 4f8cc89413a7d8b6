//! Tiles of C2SP tlog-tiles: 256 hashes of one level, the names of their files, and bundles of leaves.

use super::entry::Leaf;
use super::hash::Hash;
use std::fmt;
use thiserror::Error;

/// Hashes of a full tile.
pub const WIDTH: u64 = 256;
/// Levels of a binary tree that one tile spans.
pub(super) const HEIGHT: u8 = 8;

/// Which tile: what it holds, its number, and its width where it is not full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    /// `None` for a bundle of leaves, else the level: 0 for hashes of leaves, 1 for roots of full tiles of
    /// level 0, and so on.
    pub level: Option<u8>,
    /// Number within the level.
    pub index: u64,
    /// 1 to 256.
    pub width: u16,
}

impl TilePath {
    /// The tiles of one kind in a tree of `size` leaves from tile `first` on, the last maybe partial.
    pub fn all(level: Option<u8>, size: u64, first: u64) -> impl Iterator<Item = TilePath> {
        let count = hashes_at(level.unwrap_or(0), size);
        (first..count.div_ceil(WIDTH)).map(move |index| TilePath {
            level,
            index,
            width: u16::try_from((count - index * WIDTH).min(WIDTH)).unwrap_or(256),
        })
    }
}

/// Levels of tiles that a tree of `size` leaves has.
pub fn levels(size: u64) -> u8 {
    (0..HEIGHT)
        .take_while(|l| hashes_at(*l, size) > 0)
        .fold(0, |n, _| n + 1)
}

/// Hashes at a level of tiles, in a tree of `size` leaves.
pub(super) fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(HEIGHT))
        .unwrap_or(0)
}

/// `tile/0/x001/x234/067`, `tile/entries/000.p/7`.
impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        match u64::from(self.width) {
            WIDTH => Ok(()),
            width => write!(f, ".p/{width}"),
        }
    }
}

/// Bytes that are no tile or bundle of the width asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected {width} {what}, found something else in {found} bytes")]
pub struct TileError {
    what: &'static str,
    width: u16,
    found: usize,
}

/// A tile's bytes.
pub fn encode_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|h| h.0).collect()
}

/// Reads a tile of `width` hashes.
///
/// # Errors
/// Where the length is another.
pub fn decode_tile(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    match bytes.as_chunks::<32>() {
        (hashes, []) if hashes.len() == usize::from(width) => {
            Ok(hashes.iter().map(|h| Hash(*h)).collect())
        }
        _ => Err(TileError {
            what: "hashes",
            width,
            found: bytes.len(),
        }),
    }
}

/// A bundle's bytes: each leaf after its length in 16 bits.
pub fn encode_bundle(leaves: &[Leaf]) -> Vec<u8> {
    let mut out = Vec::with_capacity(leaves.len() * (2 + Leaf::SIZE));
    for leaf in leaves {
        out.extend_from_slice(&LEAF_LENGTH);
        out.extend_from_slice(leaf.as_bytes());
    }
    out
}

/// Reads a bundle of `width` leaves.
///
/// # Errors
/// Where the number or form of the leaves is another.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<Leaf>, TileError> {
    let refused = TileError {
        what: "leaves",
        width,
        found: bytes.len(),
    };
    let (chunks, rest) = bytes.as_chunks::<{ 2 + Leaf::SIZE }>();
    if chunks.len() != usize::from(width) || !rest.is_empty() {
        return Err(refused);
    }
    let leaf = |chunk: &[u8; 2 + Leaf::SIZE]| {
        let (length, leaf) = chunk.split_at(2);
        (length == LEAF_LENGTH).then(|| Leaf::from_bytes(leaf))?
    };
    chunks
        .iter()
        .map(leaf)
        .collect::<Option<_>>()
        .ok_or(refused)
}

const LEAF_LENGTH: [u8; 2] = [0, 34];

/// The nodes of one tile, as far as it is filled: level 0 are its hashes, level 8 its root.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    levels: [Vec<Hash>; HEIGHT as usize + 1],
}

impl Tile {
    pub(super) fn new() -> Tile {
        Tile {
            levels: Default::default(),
        }
    }

    /// Hashes it holds.
    pub(super) fn width(&self) -> u64 {
        self.levels[0].len() as u64
    }

    pub(super) fn push(&mut self, hash: Hash) {
        let mut hash = hash;
        for level in 0..=usize::from(HEIGHT) {
            self.levels[level].push(hash);
            match self.levels[level][..] {
                [.., left, right] if self.levels[level].len().is_multiple_of(2) => {
                    hash = Hash::of_node(left, right);
                }
                _ => break,
            }
        }
    }

    /// A complete node of the tile.
    pub(super) fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let index = usize::try_from(index).ok()?;
        self.levels.get(usize::from(level))?.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |level, index, width| {
            TilePath {
                level,
                index,
                width,
            }
            .to_string()
        };
        assert_eq!(path(Some(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(Some(3), 0, 1), "tile/3/000.p/1");
        assert_eq!(path(None, 1_000, 255), "tile/entries/x001/000.p/255");
        // The specification's example: 273 full and one of 112, one full and one of 17, one of 1.
        let widths = |level| {
            TilePath::all(Some(level), 70_000, 0)
                .map(|t| t.width)
                .collect::<Vec<_>>()
        };
        assert_eq!(widths(0).len(), 274);
        assert_eq!(widths(0)[272..], [256, 112]);
        assert_eq!(widths(1), [256, 17]);
        assert_eq!(widths(2), [1]);
        assert_eq!(widths(3), [0u16; 0]);
        assert_eq!([0, 1, 255, 256, 70_000].map(levels), [0, 1, 1, 2, 3]);
    }

    #[test]
    fn a_full_tile_has_the_root_of_its_leaves() {
        let mut tile = Tile::new();
        let mut frontier = crate::audit::Frontier::empty();
        for i in 0..WIDTH {
            let leaf = Hash::of_leaf(&i.to_be_bytes());
            tile.push(leaf);
            frontier.push(leaf, |level, index, hash| {
                assert_eq!(tile.node(level, index), Some(hash))
            });
            assert_eq!(tile.node(HEIGHT, 0).is_some(), i + 1 == WIDTH);
        }
        assert_eq!(tile.node(HEIGHT, 0), Some(frontier.root()));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(n in 0..9u16, mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(hashes) = decode_tile(&bytes, n) { prop_assert_eq!(encode_tile(&hashes), bytes.clone()); }
            for chunk in bytes.chunks_mut(36) {
                for (to, from) in chunk.iter_mut().zip([0, 34, 0, 1]) { *to = from; }
            }
            let whole = bytes.len() / 36 * 36;
            let width = u16::try_from(whole / 36).unwrap();
            let leaves = decode_bundle(&bytes[..whole], width).unwrap();
            prop_assert_eq!(encode_bundle(&leaves), &bytes[..whole]);
            prop_assert!(decode_bundle(&bytes[..whole], width + 1).is_err());
            if whole > 0 {
                prop_assert!(decode_bundle(&bytes[..whole - 1], width).is_err());
                bytes[3] = 2;
                prop_assert!(decode_bundle(&bytes[..whole], width).is_err());
            }
        }
    }
}
