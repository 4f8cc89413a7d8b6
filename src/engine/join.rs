use super::kernel::Engine;
use super::shared::{Need, Shared};
use super::side::Side;
use super::sliced::{Rarity, Sliced};
use super::tile::Tile;
use super::{Error, Method, Options, Pair, Progress, Rows, Sink, Stats};
#[cfg(feature = "parallel")]
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

/// Left rows of a tile: their lists fit the second-level cache.
const TILE: usize = 1024;
/// Tiles on their way at the same time, whatever the number of threads: the order of the answer depends on it, and
/// the memory.
const WAVE: usize = 32;
/// Pairs that the rows of a tile may keep between them while the best are sought.
const KEPT: usize = 1 << 20;

/// Every pair of a row on the left and a row on the right whose Dice coefficient reaches the threshold. The order in
/// which they come depends on rows and options alone, not on threads or kernel. With `top_k` the pairs of a left row come
/// one after another, the most similar first.
///
/// # Errors
/// Lengths that differ, a kernel that the processor lacks, more pairs than allowed, or that sink or progress broke off.
/// What the sink took before an error is part of the answer only.
pub fn join(
    left: &Rows,
    right: &Rows,
    options: &Options<'_>,
    sink: &mut impl Sink,
) -> Result<Stats, Error> {
    if left.bits() != right.bits() {
        return Err(Error::Lengths {
            left: left.bits(),
            right: right.bits(),
        });
    }
    let engine = Engine::choose(options.kernel)?;
    let (left, right) = (Side::new(left), Side::new(right));
    run(engine, &left, &right, false, options, sink)
}

/// As [`join`], for the pairs within one set: each once, the lower number on the left. With `top_k` every row has its
/// own best, so that a pair may come twice, once from either row.
///
/// # Errors
/// As [`join`].
pub fn self_join(rows: &Rows, options: &Options<'_>, sink: &mut impl Sink) -> Result<Stats, Error> {
    let engine = Engine::choose(options.kernel)?;
    let side = Side::new(rows);
    run(engine, &side, &side, true, options, sink)
}

fn run(
    engine: Engine,
    left: &Side<'_>,
    right: &Side<'_>,
    same: bool,
    options: &Options<'_>,
    sink: &mut impl Sink,
) -> Result<Stats, Error> {
    let top_k = options
        .top_k
        .map(|k| usize::try_from(k.get()).unwrap_or(usize::MAX));
    let threads = Threads::new(options)?;
    let rarity = Rarity::new(right);
    let sliced = match options.method {
        // Nothing is counted.
        Method::Full => Sliced::default(),
        Method::Auto | Method::Count => threads.run(|| Sliced::new(right, &rarity, engine.lanes())),
    };
    let shared = Shared {
        engine,
        left,
        right,
        sliced: &sliced,
        rarity: &rarity,
        need: Need::new(options.threshold),
        same,
        top_k: top_k.map(|k| k.min(right.len().max(1))),
        method: options.method,
    };
    let (n, m) = (left.len() as u64, right.len() as u64);
    let mut emit = Emit {
        sink,
        options,
        pairs: 0,
        total: match (same, options.top_k) {
            (false, _) => n * m,
            (true, None) => n * n.saturating_sub(1) / 2,
            (true, Some(_)) => n * n.saturating_sub(1),
        },
    };
    let (mut at, rows) = (0, tile_rows(left.len(), shared.top_k));
    while at < left.len() {
        let before = at;
        let mut tiles = Vec::new();
        while tiles.len() < WAVE && at < left.len() {
            let end = left.len().min(at + rows);
            tiles.push(Tile::new(at..end, &shared));
            at = end;
        }
        while tiles.iter().any(|tile| !tile.done()) {
            threads.run(|| step(&mut tiles, &shared));
            for tile in &tiles {
                emit.pairs(&tile.found)?;
            }
            let share = tiles.iter().map(Tile::share).sum::<f64>() / tiles.len() as f64;
            emit.progress((before as f64 + share * (at - before) as f64) / left.len() as f64)?;
        }
    }
    Ok(Stats {
        compared: emit.total,
        pairs: emit.pairs,
        kernel: engine.name(),
    })
}

/// Left rows of a tile: fewer where there are few, so that every thread has some, and where many pairs are kept.
fn tile_rows(left: usize, top_k: Option<usize>) -> usize {
    let share = left.div_ceil(WAVE / 2).next_multiple_of(64).min(TILE);
    share.min(KEPT / top_k.unwrap_or(1)).max(1)
}

/// The next step of every tile that has one.
fn step(tiles: &mut [Tile], shared: &Shared<'_>) {
    let work = |tile: &mut Tile| {
        if tile.done() {
            tile.found.clear();
        } else {
            tile.step(shared);
        }
    };
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        tiles.par_iter_mut().with_max_len(1).for_each(work);
    }
    #[cfg(not(feature = "parallel"))]
    tiles.iter_mut().for_each(work);
}

/// Where parallel parts run: the pool that the caller stands in, or one of as many threads as were asked for.
struct Threads {
    #[cfg(feature = "parallel")]
    pool: Option<rayon::ThreadPool>,
}

impl Threads {
    #[cfg(feature = "parallel")]
    fn new(options: &Options<'_>) -> Result<Threads, Error> {
        let build = |threads: NonZeroUsize| {
            let threads = threads.get();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map_err(|_| Error::NoThreads { threads })
        };
        let pool = options.threads.map(build).transpose()?;
        Ok(Threads { pool })
    }

    #[cfg(feature = "parallel")]
    fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    #[cfg(not(feature = "parallel"))]
    fn new(_: &Options<'_>) -> Result<Threads, Error> {
        Ok(Threads {})
    }

    #[cfg(not(feature = "parallel"))]
    fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// Hands pairs to the sink and tells how far things are.
struct Emit<'a, S> {
    sink: &'a mut S,
    options: &'a Options<'a>,
    pairs: u64,
    /// Pairs of rows in all.
    total: u64,
}

impl<S: Sink> Emit<'_, S> {
    fn pairs(&mut self, found: &[Pair]) -> Result<(), Error> {
        if found.is_empty() {
            return Ok(());
        }
        let most = self.options.max_pairs;
        if self.pairs + found.len() as u64 > most {
            return Err(Error::TooManyPairs { most });
        }
        self.pairs += found.len() as u64;
        let flow = self.sink.chunk(found);
        self.go_on(flow)
    }

    /// `share` of the work is done.
    fn progress(&self, share: f64) -> Result<(), Error> {
        let Some(progress) = self.options.progress else {
            return Ok(());
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of `total`, for the eye"
        )]
        let compared = (self.total as f64 * share.clamp(0.0, 1.0)) as u64;
        self.go_on(progress(Progress {
            compared,
            total: self.total,
            pairs: self.pairs,
        }))
    }

    fn go_on(&self, flow: ControlFlow<()>) -> Result<(), Error> {
        let pairs = self.pairs;
        match flow {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped { pairs }),
        }
    }
}
