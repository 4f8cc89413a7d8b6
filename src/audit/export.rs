//! A copy of a log's tree as a folder of files (C2SP tlog-tiles): no openings, nothing to hide.

use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::entry::Leaf;
use super::frontier::Frontier;
use super::hash::Hash;
use super::log::{Log, LogError};
use super::note::NoteError;
use super::path::root_at;
use super::policy::{Freshness, Policy, PolicyError, Witnessed};
use super::storage::Store;
use super::tile::{
    HEIGHT, TileError, TilePath, WIDTH, decode_bundle, decode_tile, encode_bundle, encode_tile,
    levels,
};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

const CHECKPOINT: &str = "checkpoint";
/// Longest file of a copy: above any tile, bundle and checkpoint.
const LONGEST_FILE: u64 = 64 << 10;

/// What is wrong with a copy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file that cannot be read or written.
    #[error("{file}: cannot be read or written")]
    File {
        /// Its name within the copy.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that is none of a copy.
    #[error("{file}: is no plain file of at most {LONGEST_FILE} bytes, as all files of a copy are")]
    Foreign {
        /// Its name within the copy.
        file: String,
    },
    /// A file that is no tile or bundle of the width it should have.
    #[error("{file}: {source}")]
    Tile {
        /// Its name within the copy.
        file: String,
        /// Why.
        #[source]
        source: TileError,
    },
    /// A hash in a tile that is not the hash of what lies below it.
    #[error("{file}: hash {at} is not that of what lies below it; the copy was altered")]
    Hash {
        /// Name of the tile.
        file: String,
        /// Which hash, from 0.
        at: u64,
    },
    /// Leaves that do not make the root that was signed.
    #[error("the leaves do not make the root of the checkpoint; the copy was altered")]
    Root,
    /// A copy that is not a later one of the same log.
    #[error("the tree of {size} entries seen before is not a part of this copy")]
    NotExtended {
        /// Size of that tree.
        size: u64,
    },
    /// A malformed checkpoint.
    #[error("{CHECKPOINT}: {0}")]
    Checkpoint(#[from] NoteError),
    /// A checkpoint that is not believed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// A folder with a copy of a log.
#[derive(Debug)]
pub struct Export {
    folder: PathBuf,
    checkpoint: SignedCheckpoint,
}

impl Export {
    /// Opens a copy; checks nothing yet.
    ///
    /// # Errors
    /// Where there is no checkpoint.
    pub fn open(folder: &Path) -> Result<Export, ExportError> {
        let bytes = read(folder, CHECKPOINT)?;
        let form = || NoteError::Form("it is not text");
        let text = String::from_utf8(bytes).map_err(|_| form())?;
        Ok(Export {
            folder: folder.to_owned(),
            checkpoint: text.parse()?,
        })
    }

    /// Its checkpoint, not yet checked.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Leaves `first..first + count`, as far as the tree goes.
    ///
    /// # Errors
    /// Where their bundles cannot be read.
    pub fn leaves(&self, first: u64, count: u64) -> Result<Vec<Leaf>, ExportError> {
        let size = self.checkpoint.unverified().size;
        let end = first.saturating_add(count).min(size);
        let mut out = Vec::new();
        for path in TilePath::all(None, size, first / WIDTH) {
            let start = path.index * WIDTH;
            if start >= end {
                break;
            }
            let leaves = self.bundle(path)?;
            let range = first.max(start)..end.min(start + u64::from(path.width));
            out.extend(
                leaves
                    .into_iter()
                    .zip(start..)
                    .filter(|(_, i)| range.contains(i))
                    .map(|(l, _)| l),
            );
        }
        Ok(out)
    }

    /// Checks the whole copy offline: signatures and quorum, every leaf and every hash, and that it extends a
    /// checkpoint seen before.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(
        &self,
        policy: &Policy,
        freshness: Option<Freshness>,
        from: Option<&SignedCheckpoint>,
    ) -> Result<Witnessed, ExportError> {
        let witnessed = policy.check(&self.checkpoint, freshness)?;
        let earlier = match from {
            Some(signed) => Some(policy.check_log(signed)?),
            None => None,
        };
        let size = witnessed.checkpoint().size;
        if let Some(c) = earlier
            && (c.size > size || c.origin != witnessed.checkpoint().origin)
        {
            return Err(ExportError::NotExtended { size: c.size });
        }
        let tree = self.check_tiles(size, earlier)?;
        match tree.root() == witnessed.checkpoint().root {
            true => Ok(witnessed),
            false => Err(ExportError::Root),
        }
    }

    fn check_tiles(
        &self,
        size: u64,
        earlier: Option<&Checkpoint>,
    ) -> Result<Frontier, ExportError> {
        let mut tree = Frontier::empty();
        // Hashes of each level of tiles that no tile has confirmed yet.
        let mut open: Vec<Vec<Hash>> = vec![Vec::new(); usize::from(levels(size))];
        let mut seen = earlier;
        for path in TilePath::all(None, size, 0) {
            for leaf in self.bundle(path)? {
                let hash = leaf.hash();
                let mut full = Vec::new();
                open[0].push(hash);
                tree.push(hash, |level, index, hash| {
                    if level % HEIGHT == 0 {
                        full.push((level / HEIGHT, index, hash));
                    }
                });
                for (level, index, hash) in full {
                    let below = std::mem::take(&mut open[usize::from(level) - 1]);
                    self.check_tile(level - 1, index, &below)?;
                    open[usize::from(level)].push(hash);
                }
                if let Some(c) = seen.filter(|c| c.size == tree.size()) {
                    if c.root != tree.root() {
                        return Err(ExportError::NotExtended { size: c.size });
                    }
                    seen = None;
                }
            }
        }
        for (level, hashes) in (0u8..).zip(&open) {
            if !hashes.is_empty() {
                let index = super::tile::hashes_at(level, size) / WIDTH;
                self.check_tile(level, index, hashes)?;
            }
        }
        Ok(tree)
    }

    fn check_tile(&self, level: u8, index: u64, hashes: &[Hash]) -> Result<(), ExportError> {
        let width = u16::try_from(hashes.len()).unwrap_or(u16::MAX);
        let path = TilePath {
            level: Some(level),
            index,
            width,
        };
        let file = path.to_string();
        let found = decode_tile(&read(&self.folder, &file)?, width);
        let found = found.map_err(|source| ExportError::Tile {
            file: file.clone(),
            source,
        })?;
        match hashes.iter().zip(&found).position(|(a, b)| a != b) {
            None => Ok(()),
            Some(at) => Err(ExportError::Hash {
                file,
                at: at as u64,
            }),
        }
    }

    fn bundle(&self, path: TilePath) -> Result<Vec<Leaf>, ExportError> {
        let file = path.to_string();
        decode_bundle(&read(&self.folder, &file)?, path.width)
            .map_err(|source| ExportError::Tile { file, source })
    }
}

impl<S: Store> Log<S> {
    /// Writes a copy of the tree of `checkpoint` into a folder, or brings the copy there up to it. Each file
    /// is written under a temporary name and renamed, the checkpoint last. Full tiles are written once.
    ///
    /// # Errors
    /// Where the log does not hold that tree, the folder holds a copy of another log, or cannot be written.
    pub fn export(
        &mut self,
        folder: &Path,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Export, LogError> {
        let (size, root) = self.held(checkpoint)?;
        if root_at(&mut self.nodes(), size)? != root {
            return Err(LogError::Outside("that tree"));
        }
        let before = match folder.join(CHECKPOINT).exists() {
            true => self.extends(&Export::open(folder)?, size)?,
            false => 0,
        };
        for path in TilePath::all(None, size, before / WIDTH) {
            let width = u64::from(path.width);
            let leaves = self.store().leaves(path.index * WIDTH, width)?;
            if leaves.len() as u64 != width {
                let index = path.index * WIDTH;
                return Err(LogError::Damaged { level: 0, index });
            }
            write(folder, &path.to_string(), &encode_bundle(&leaves), false)?;
        }
        for level in 0..levels(size) {
            let done = super::tile::hashes_at(level, before) / WIDTH;
            for path in TilePath::all(Some(level), size, done) {
                let hashes = self.hashes(path)?;
                write(folder, &path.to_string(), &encode_tile(&hashes), false)?;
            }
        }
        write(folder, CHECKPOINT, checkpoint.to_string().as_bytes(), true)?;
        Ok(Export {
            folder: folder.to_owned(),
            checkpoint: checkpoint.clone(),
        })
    }

    fn hashes(&mut self, path: TilePath) -> Result<Vec<Hash>, LogError> {
        let level = path.level.unwrap_or(0) * HEIGHT;
        let first = path.index * WIDTH;
        let mut nodes = self.nodes();
        (first..first + u64::from(path.width))
            .map(|i| super::path::Nodes::node(&mut nodes, level, i))
            .collect()
    }

    /// The size of an earlier copy that this log extends.
    fn extends(&mut self, copy: &Export, size: u64) -> Result<u64, LogError> {
        let other = LogError::Outside("the copy that lies in that folder");
        let Checkpoint {
            size: before, root, ..
        } = *copy.checkpoint.check_log(self.key())?;
        match before <= size && root_at(&mut self.nodes(), before)? == root {
            true => Ok(before),
            false => Err(other),
        }
    }
}

/// A file of the copy. Whoever made the copy may have put anything in its place.
fn read(folder: &Path, file: &str) -> Result<Vec<u8>, ExportError> {
    let path = folder.join(file);
    let failed = |source| ExportError::File {
        file: file.to_owned(),
        source,
    };
    let foreign = || ExportError::Foreign {
        file: file.to_owned(),
    };
    // Asked before it is opened: opening a pipe waits for who writes into it.
    if !std::fs::metadata(&path).map_err(failed)?.is_file() {
        return Err(foreign());
    }
    let mut out = Vec::new();
    let opened = File::open(&path).map_err(failed)?;
    let read = opened.take(LONGEST_FILE + 1).read_to_end(&mut out);
    match read.map_err(failed)? as u64 > LONGEST_FILE {
        true => Err(foreign()),
        false => Ok(out),
    }
}

/// Writes a file under a temporary name, and renames it.
fn write(folder: &Path, file: &str, bytes: &[u8], sync: bool) -> Result<(), ExportError> {
    let path = folder.join(file);
    let write = || {
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)?;
        let temporary = parent.join(".new");
        let mut out = File::create(&temporary)?;
        out.write_all(bytes)?;
        if sync {
            out.sync_all()?;
        }
        std::fs::rename(&temporary, &path)
    };
    write().map_err(|source| ExportError::File {
        file: file.to_owned(),
        source,
    })
}
