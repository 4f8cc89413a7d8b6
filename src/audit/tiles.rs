//! A log's tiles as they are needed: read from the store, checked, kept.

use super::hash::Hash;
use super::log::LogError;
use super::path::Nodes;
use super::storage::Store;
use super::tile::{HEIGHT, Tile, WIDTH, hashes_at};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Tiles kept in memory, of 16 KiB each: those of a log of a million leaves.
const MOST_TILES: usize = 4_352;

/// Reads nodes of a log of a given size through its tiles.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    kept: FxHashMap<(u8, u64), Tile>,
    order: VecDeque<(u8, u64)>,
}

impl Tiles {
    /// The root of the `index`-th complete subtree of 2^`level` leaves, in a log of `size` leaves.
    pub(super) fn node<S: Store>(
        &mut self,
        store: &S,
        size: u64,
        level: u8,
        index: u64,
    ) -> Result<Hash, LogError> {
        let (row, inner) = (level / HEIGHT, level % HEIGHT);
        let in_tile = HEIGHT - inner;
        let (number, offset) = (index >> in_tile, index & ((1 << in_tile) - 1));
        let damaged = LogError::Damaged { level, index };
        let full = hashes_at(row, size)
            .saturating_sub(number * WIDTH)
            .min(WIDTH);
        let at = (row, number);
        if let Some(tile) = self.kept.get(&at).filter(|t| t.width() >= full) {
            return tile.node(inner, offset).ok_or(damaged);
        }
        self.fill(store, row, number, full)?;
        let tile = self.kept.get(&at);
        tile.and_then(|t| t.node(inner, offset)).ok_or(damaged)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.order.clear();
    }

    fn fill<S: Store>(
        &mut self,
        store: &S,
        row: u8,
        number: u64,
        width: u64,
    ) -> Result<(), LogError> {
        let damaged = LogError::Damaged {
            level: row * HEIGHT,
            index: number * WIDTH,
        };
        let mut tile = self.kept.remove(&(row, number));
        let known = tile.is_some();
        let filled = tile.get_or_insert_with(Tile::new);
        let first = number * WIDTH + filled.width();
        let missing = width - filled.width();
        let hashes = match row {
            0 => store
                .leaves(first, missing)?
                .iter()
                .map(|l| l.hash())
                .collect(),
            _ => store.hashes(row, first, missing)?,
        };
        if hashes.len() as u64 != missing {
            return Err(damaged);
        }
        hashes.iter().for_each(|h| filled.push(*h));
        // A full tile is the one whose root the level above holds.
        if let Some(root) = filled.node(HEIGHT, 0)
            && store.hashes(row + 1, number, 1)? != [root]
        {
            return Err(damaged);
        }
        if !known {
            if self.order.len() >= MOST_TILES
                && let Some(oldest) = self.order.pop_front()
            {
                self.kept.remove(&oldest);
            }
            self.order.push_back((row, number));
        }
        self.kept.extend(tile.map(|t| ((row, number), t)));
        Ok(())
    }
}

/// A log of `size` leaves, node by node.
pub(super) struct LogNodes<'a, S> {
    pub(super) store: &'a S,
    pub(super) tiles: &'a mut Tiles,
    pub(super) size: u64,
}

impl<S: Store> Nodes for LogNodes<'_, S> {
    type Error = LogError;

    fn node(&mut self, level: u8, index: u64) -> Result<Hash, LogError> {
        self.tiles.node(self.store, self.size, level, index)
    }
}
