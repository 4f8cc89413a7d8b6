//! A store in memory whose disk fails to order: cut at any boundary of write and sync, full, locked, or set
//! back to what it was before.

mod gate;

pub use gate::MemoryGate;

use crate::audit::{
    Batch, Frontier, Hash, Leaf, RequestId, Seen, SignedCheckpoint, Store, StoreError, Stored,
    WitnessStore,
};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A power cut: after which boundary, and whether what was written and not synced survives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Boundaries passed before it, from 0.
    pub after: u64,
    /// Whether the disk had got round to writing what was not synced.
    pub unsynced_survives: bool,
}

/// A disk that several stores share, as several processes share a file.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Disk>>);

/// A copy of a whole disk, such as a backup.
#[derive(Clone, Debug)]
pub struct Snapshot(State);

#[derive(Debug, Default)]
struct Disk {
    state: State,
    boundaries: u64,
    cut: Option<Cut>,
    dead: bool,
    full: bool,
    locked: bool,
}

#[derive(Clone, Debug)]
struct State {
    head: Frontier,
    leaves: Vec<Leaf>,
    openings: Vec<Stored>,
    hashes: BTreeMap<(u8, u64), Hash>,
    requests: HashMap<RequestId, u64>,
    rows: BTreeMap<(u8, Vec<u8>), Vec<u8>>,
    signed: Option<SignedCheckpoint>,
    seen: HashMap<String, Seen>,
}

impl Default for State {
    fn default() -> State {
        State {
            head: Frontier::empty(),
            leaves: Vec::new(),
            openings: Vec::new(),
            hashes: BTreeMap::new(),
            requests: HashMap::new(),
            rows: BTreeMap::new(),
            signed: None,
            seen: HashMap::new(),
        }
    }
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    /// A store on it.
    pub fn open(&self) -> MemoryStore {
        MemoryStore(self.clone())
    }

    /// Cuts the power at a boundary to come; counting starts again.
    pub fn cut(&self, cut: Cut) {
        let mut disk = self.lock();
        disk.boundaries = 0;
        disk.cut = Some(cut);
    }

    /// Boundaries passed since the last [`MemoryDisk::cut`] or [`MemoryDisk::restart`].
    pub fn boundaries(&self) -> u64 {
        self.lock().boundaries
    }

    /// Power again: what survived can be opened.
    pub fn restart(&self) {
        let mut disk = self.lock();
        disk.dead = false;
        disk.cut = None;
        disk.boundaries = 0;
    }

    /// Fills the disk, or makes room again.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    /// Locks the store as another process would, or lets it go.
    pub fn set_locked(&self, locked: bool) {
        self.lock().locked = locked;
    }

    /// Copies the disk.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.lock().state.clone())
    }

    /// Restores a copy of all that is on it.
    pub fn restore(&self, from: &Snapshot) {
        self.lock().state = from.0.clone();
    }

    /// Restores a copy of the log and leaves the last signed checkpoint, which lies in a file of its own.
    pub fn restore_log(&self, from: &Snapshot) {
        let mut disk = self.lock();
        let signed = disk.state.signed.take();
        disk.state = State {
            signed,
            ..from.0.clone()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn alive(&self) -> Result<(), StoreError> {
        if self.dead { Err(dead()) } else { Ok(()) }
    }

    fn writable(&self) -> Result<(), StoreError> {
        self.alive()?;
        match (self.locked, self.full) {
            (true, _) => Err(StoreError::Locked),
            (_, true) => Err(StoreError::Full),
            _ => Ok(()),
        }
    }

    /// True where the power is cut here.
    fn boundary(&mut self) -> bool {
        self.dead = self.cut.is_some_and(|c| c.after == self.boundaries);
        self.boundaries += 1;
        self.dead
    }

    /// Write, sync, return: three boundaries, at each of which the power may go.
    fn commit(&mut self, state: State) -> Result<(), StoreError> {
        if self.boundary() {
            return Err(dead());
        }
        if self.boundary() {
            if self.cut.is_some_and(|c| c.unsynced_survives) {
                self.state = state;
            }
            return Err(dead());
        }
        self.state = state;
        if self.boundary() { Err(dead()) } else { Ok(()) }
    }
}

fn dead() -> StoreError {
    StoreError::Io(io::ErrorKind::BrokenPipe.into())
}

/// A store on a [`MemoryDisk`].
#[derive(Debug)]
pub struct MemoryStore(MemoryDisk);

impl Store for MemoryStore {
    fn head(&self) -> Result<Frontier, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        Ok(disk.state.head.clone())
    }

    fn leaves(&self, first: u64, count: u64) -> Result<Vec<Leaf>, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        let leaves = disk.state.leaves.iter().skip(index(first));
        Ok(leaves.take(index(count)).copied().collect())
    }

    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        let range = (level, first)..(level, first.saturating_add(count));
        Ok(disk.state.hashes.range(range).map(|(_, h)| *h).collect())
    }

    fn find(&self, request: &RequestId) -> Result<Option<u64>, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        Ok(disk.state.requests.get(request).copied())
    }

    fn opening(&self, at: u64) -> Result<Stored, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        let found = disk.state.openings.get(index(at)).cloned();
        found.ok_or(StoreError::Damaged { what: "openings" })
    }

    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        Ok(disk.state.rows.get(&(space, key.to_vec())).cloned())
    }

    fn append(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut disk = self.0.lock();
        disk.writable()?;
        if disk.state.head != batch.from {
            return Err(StoreError::Moved);
        }
        let mut state = disk.state.clone();
        state.write(batch)?;
        disk.commit(state)
    }

    fn replace_tail(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut disk = self.0.lock();
        disk.writable()?;
        let mut state = disk.state.clone();
        let keep = batch.from.size();
        state.leaves.truncate(index(keep));
        state.openings.truncate(index(keep));
        state.requests.retain(|_, at| *at < keep);
        state.hashes.clear();
        state.write(batch)?;
        disk.commit(state)
    }

    fn scrub(&mut self) -> Result<(), StoreError> {
        self.0.lock().writable()
    }

    fn signed(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        Ok(disk.state.signed.clone())
    }

    fn keep_signed(&mut self, signed: &SignedCheckpoint) -> Result<(), StoreError> {
        let mut disk = self.0.lock();
        disk.writable()?;
        super::may_follow(&disk.state.head, disk.state.signed.as_ref(), signed)?;
        let mut state = disk.state.clone();
        state.signed = Some(signed.clone());
        disk.commit(state)
    }
}

impl WitnessStore for MemoryStore {
    fn latest(&self, origin: &str) -> Result<Option<Seen>, StoreError> {
        let disk = self.0.lock();
        disk.alive()?;
        Ok(disk.state.seen.get(origin).copied())
    }

    fn advance(&mut self, origin: &str, from: Option<Seen>, to: Seen) -> Result<bool, StoreError> {
        let mut disk = self.0.lock();
        disk.writable()?;
        if disk.state.seen.get(origin).copied() != from {
            return Ok(false);
        }
        let mut state = disk.state.clone();
        state.seen.insert(origin.to_owned(), to);
        disk.commit(state).map(|()| true)
    }
}

impl State {
    fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        for (at, record) in (batch.from.size()..).zip(&batch.records) {
            self.leaves.push(record.leaf);
            self.openings.push(record.opening.clone());
            if let Stored::Sealed { request, .. } = record.opening {
                self.requests.insert(request, at);
            }
        }
        let hashes = batch.hashes.iter().map(|(l, i, h)| ((*l, *i), *h));
        self.hashes.extend(hashes);
        for row in &batch.rows {
            let key = (row.space, row.key.clone());
            if *self.rows.entry(key).or_insert_with(|| row.value.clone()) != row.value {
                return Err(StoreError::Taken);
            }
        }
        for at in &batch.erase {
            let opening = self.openings.get_mut(index(*at));
            let opening = opening.ok_or(StoreError::Damaged { what: "openings" })?;
            *opening = Stored::Erased;
            self.requests.retain(|_, i| i != at);
        }
        self.head = batch.head.clone();
        Ok(())
    }
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
