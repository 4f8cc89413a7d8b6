use super::Pair;
use super::kernel::{BLOCK, Key, Lists, UNIT};
use super::lists::lists;
use super::plan::{Plan, Seen, Way};
use super::shared::Shared;
use super::top::Best;
use std::ops::Range;

/// Left rows of a strip: a tile can break off between strips.
const STRIP: usize = 256;
/// A step of a tile ends with so many pairs, but for what a strip adds.
const CHUNK: usize = 1 << 16;
/// Or after so many blocks.
const STEP: usize = 512;
/// Left rows of a sample.
const SAMPLE: usize = 32;

/// Some left rows on their way through the right ones.
pub(super) struct Tile {
    places: Range<usize>,
    /// Right blocks that may hold a pair, in the order in which they are compared; known from the first step on.
    blocks: Option<Vec<u32>>,
    /// The next block, and the next strip in it.
    at: (usize, usize),
    plan: Plan,
    lists: Lists,
    best: Vec<Best>,
    /// Pairs found in the last step.
    pub(super) found: Vec<Pair>,
    buffers: Buffers,
}

#[derive(Default)]
struct Buffers {
    least: Vec<u16>,
    allow: Vec<i32>,
    keys: Vec<Key>,
    rows: Vec<(u32, u32)>,
    overlaps: Vec<u16>,
    full: Vec<(Key, u16)>,
    /// The left rows in groups, a block of right rows.
    left: Vec<u64>,
    right: Vec<u64>,
}

impl Tile {
    pub(super) fn new(places: Range<usize>, shared: &Shared<'_>) -> Tile {
        let rows = if shared.top_k.is_some() {
            places.len()
        } else {
            0
        };
        Tile {
            plan: Plan::new(shared.engine.costs(shared.left.width()), shared.method),
            best: vec![Best::default(); rows],
            places,
            blocks: None,
            at: (0, 0),
            lists: Lists::default(),
            found: Vec::new(),
            buffers: Buffers::default(),
        }
    }

    pub(super) fn done(&self) -> bool {
        let done = |blocks: &Vec<u32>| self.at.0 >= blocks.len();
        self.blocks.as_ref().is_some_and(done)
    }

    /// Which share of its blocks is compared.
    pub(super) fn share(&self) -> f64 {
        let share = |blocks: &Vec<u32>| self.at.0 as f64 / blocks.len().max(1) as f64;
        self.blocks.as_ref().map_or(0.0, share)
    }

    /// Compares some blocks; the pairs are in `found`. When it is done, with `top_k`, the best of every row.
    pub(super) fn step(&mut self, shared: &Shared<'_>) {
        self.found.clear();
        let blocks = self.blocks.take().unwrap_or_else(|| self.blocks(shared));
        let end = blocks.len().min(self.at.0 + STEP);
        while self.at.0 < end && self.found.len() < CHUNK {
            let block = blocks[self.at.0];
            self.bounds(block, shared);
            if self.at.1 == 0 && self.plan.way() == Way::Sample {
                self.sample(block, shared);
            }
            let strips = self.places.len().div_ceil(STRIP);
            while self.at.1 < strips && self.found.len() < CHUNK {
                let ahead = blocks.get(self.at.0 + 1).copied();
                let seen = self.strip(block, self.at.1, ahead, shared);
                self.plan.count(seen);
                self.at.1 += 1;
            }
            if self.at.1 == strips {
                self.plan.next(shared.top_k.is_some());
                self.at = (self.at.0 + 1, 0);
            }
        }
        if let (Some(k), true) = (shared.top_k, self.at.0 >= blocks.len()) {
            for best in self.best.drain(..) {
                self.found.extend(best.finish(k));
            }
        }
        self.blocks = Some(blocks);
    }

    /// Blocks whose numbers of bits let a pair reach the threshold. Where only the best are asked for, those with about
    /// as many bits first: they raise the bar.
    fn blocks(&self, shared: &Shared<'_>) -> Vec<u32> {
        let ones = &shared.left.ones[self.places.clone()];
        let (Some(&low), Some(&high)) = (ones.first(), ones.last()) else {
            return Vec::new();
        };
        let first = if shared.same && shared.top_k.is_none() {
            self.places.start / BLOCK
        } else {
            0
        };
        let range = |block: u32| {
            let ones = &shared.right.ones[block as usize * BLOCK..];
            let ones = &ones[..ones.len().min(BLOCK)];
            (ones[0], ones[ones.len() - 1])
        };
        let mut blocks: Vec<u32> = (0..shared.blocks()).skip(first).collect();
        blocks.retain(|block| {
            let (least, most) = range(*block);
            // The two numbers of bits that are nearest to each other.
            let (a, b) = if least > high {
                (high, least)
            } else if most < low {
                (low, most)
            } else {
                (high.min(most), high.min(most))
            };
            shared.need.of(a, b) <= a.min(b)
        });
        if shared.top_k.is_some() {
            let middle = ones[ones.len() / 2];
            blocks.sort_by_key(|block| {
                let (least, most) = range(*block);
                least
                    .saturating_sub(middle)
                    .max(middle.saturating_sub(most))
            });
        }
        blocks
    }

    /// What each left row needs in this block at least (filled up to whole groups), and how many misses that allows.
    fn bounds(&mut self, block: u32, shared: &Shared<'_>) {
        let right = &shared.right.ones[block as usize * BLOCK..];
        let (least, most) = (right[0], right[right.len().min(BLOCK) - 1]);
        let Buffers {
            least: out, allow, ..
        } = &mut self.buffers;
        let ones = &shared.left.ones[self.places.clone()];
        out.clear();
        out.extend(ones.iter().map(|ones| shared.need.of(*ones, least)));
        for ((out, ones), best) in out.iter_mut().zip(ones).zip(&self.best) {
            *out = (*out).max(best.least(u32::from(*ones) + u32::from(least)));
        }
        for (out, ones) in out.iter_mut().zip(ones) {
            if *out > most.min(*ones) {
                *out = u16::MAX;
            }
        }
        allow.clear();
        let both = ones.iter().zip(&*out);
        allow.extend(both.map(|(ones, need)| i32::from(*ones) - i32::from(*need)));
        let whole = out.len().next_multiple_of(shared.engine.group());
        out.resize(whole, u16::MAX);
    }

    /// Units that hold the longest list.
    fn most_units(&self, shared: &Shared<'_>) -> usize {
        let most = shared.left.ones[self.places.clone()].last().copied();
        usize::from(most.unwrap_or(0)).div_ceil(UNIT).max(1)
    }

    fn sample(&mut self, block: u32, shared: &Shared<'_>) {
        let most = self.most_units(shared);
        let rows = SAMPLE.min(self.places.len());
        let skip = (self.places.len() - rows) / 2;
        let start = self.places.start + skip;
        let lists = lists(
            shared.left,
            start..start + rows,
            shared.rarity,
            most,
            Vec::new(),
        );
        let allow = &self.buffers.allow[skip..][..rows];
        let columns = shared.sliced.block(block);
        let mut keys = Vec::new();
        // Of the rarest bits a third are missed at least, or the margin grows later.
        let worst = allow.iter().max().copied().unwrap_or(0);
        let deep = usize::try_from(worst.max(0)).unwrap_or(0) * 3 / UNIT + 2;
        let expected = lists.expected(&shared.rarity.missing);
        self.plan
            .sample(expected, mean(allow), most.min(deep), |units| {
                keys.clear();
                shared
                    .engine
                    .filter(columns, &lists, units, (0, allow), &[], &mut keys);
                keys.len() as f64 / rows as f64
            });
    }

    /// Compares a strip with a block, while the `next` one is fetched.
    fn strip(&mut self, block: u32, strip: usize, next: Option<u32>, shared: &Shared<'_>) -> Seen {
        let rows = strip * STRIP..self.places.len().min((strip + 1) * STRIP);
        let first = self.places.start + rows.start;
        let before = block as usize * BLOCK;
        let width = shared.left.width();
        if self.plan.way() != Way::Count {
            self.full(block, rows, shared);
            return Seen::default();
        }
        let most = self.most_units(shared);
        let allowed = mean(&self.buffers.allow[rows.clone()]);
        let units = self.plan.units(allowed, most);
        if units > self.lists.units() {
            // With room for a few units more, or the plan would soon ask again.
            let units = most.min(units + units / 8 + 2);
            let entries = std::mem::take(&mut self.lists).into_entries();
            self.lists = lists(
                shared.left,
                self.places.clone(),
                shared.rarity,
                units,
                entries,
            );
        }
        let Buffers {
            allow,
            keys,
            rows: numbers,
            overlaps,
            ..
        } = &mut self.buffers;
        keys.clear();
        let allow = &allow[rows.clone()];
        let some = allow.iter().filter(|allow| **allow >= 0).count();
        let columns = shared.sliced.block(block);
        let next = next.map_or(&[][..], |block| shared.sliced.block(block).words);
        // Each strip asks for its share of the next block.
        let share = next.len().div_ceil(self.places.len().div_ceil(STRIP));
        let ahead = next.chunks(share.max(1)).nth(strip).unwrap_or(&[]);
        shared.engine.filter(
            columns,
            &self.lists,
            units,
            (rows.start, allow),
            ahead,
            keys,
        );
        keys.retain(|key| {
            let (row, lane) = split(*key);
            shared.pair(first + row, before + lane)
        });
        numbers.clear();
        numbers.extend(keys.iter().map(|key| {
            let (row, lane) = split(*key);
            (
                shared.left.order[first + row],
                shared.right.order[before + lane],
            )
        }));
        overlaps.clear();
        let mut vain = 0;
        let words = (shared.left.rows.words(), shared.right.rows.words());
        shared.engine.overlaps(words, width, numbers, overlaps);
        for (key, overlap) in keys.iter().zip(&*overlaps) {
            let (row, lane) = split(*key);
            let best = self.best.get_mut(rows.start + row);
            let reached = shared.decide(
                (first + row, before + lane),
                *overlap,
                best,
                &mut self.found,
            );
            vain += usize::from(!reached);
        }
        Seen {
            rows: some,
            units: some * units,
            left: keys.len(),
            vain,
        }
    }

    /// As [`Tile::strip`], without counting first.
    fn full(&mut self, block: u32, rows: Range<usize>, shared: &Shared<'_>) {
        let first = self.places.start + rows.start;
        let before = block as usize * BLOCK;
        let width = shared.left.width();
        let Buffers {
            least,
            full,
            left,
            right,
            ..
        } = &mut self.buffers;
        let group = shared.engine.group();
        if left.is_empty() {
            *left = shared.left.grouped(self.places.clone(), group);
        }
        // The block is the same for all strips.
        if rows.start == 0 {
            right.clear();
            for place in before..shared.right.len().min(before + BLOCK) {
                right.extend_from_slice(shared.right.row(place));
            }
        }
        let grouped = rows.start..rows.end.next_multiple_of(group);
        let left = &left[grouped.start * width..grouped.end * width];
        full.clear();
        shared
            .engine
            .full(left, right, width, &least[grouped], full);
        for (key, overlap) in full.iter() {
            let (row, lane) = split(*key);
            if shared.pair(first + row, before + lane) {
                let best = self.best.get_mut(rows.start + row);
                shared.decide(
                    (first + row, before + lane),
                    *overlap,
                    best,
                    &mut self.found,
                );
            }
        }
    }
}

/// Misses that those rows are allowed that are allowed any.
fn mean(allow: &[i32]) -> f64 {
    let sum: i32 = allow.iter().map(|allow| (*allow).max(0)).sum();
    let some = allow.iter().filter(|allow| **allow >= 0).count();
    f64::from(sum) / some.max(1) as f64
}

/// Row and lane of a key.
fn split(key: Key) -> (usize, usize) {
    (key as usize / BLOCK, key as usize % BLOCK)
}
