//! What a gate keeps, in memory.

use crate::audit::{Row, StoreError};
use crate::gate::GateStore;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Rows = BTreeMap<(u8, Vec<u8>), Vec<u8>>;

/// A gate's store in memory. Clones share it, as several processes of a gate share a file.
#[derive(Clone, Debug, Default)]
pub struct MemoryGate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rows: Rows,
    puts_left: Option<u64>,
}

impl MemoryGate {
    /// An empty store.
    pub fn new() -> MemoryGate {
        MemoryGate::default()
    }

    /// From now on so many writes succeed and all later ones fail; `None` lets all succeed.
    pub fn fail_after(&self, writes: Option<u64>) {
        self.lock().puts_left = writes;
    }

    /// A store of its own that holds the same: a backup.
    pub fn copy(&self) -> MemoryGate {
        let rows = self.lock().rows.clone();
        MemoryGate(Arc::new(Mutex::new(State {
            rows,
            puts_left: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GateStore for MemoryGate {
    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock().rows.get(&(space, key.to_vec())).cloned())
    }

    fn rows(&self, space: u8, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        let state = self.lock();
        Ok(beginning(&state.rows, space, prefix).collect())
    }

    fn last(&self, space: u8, prefix: &[u8]) -> Result<Option<Row>, StoreError> {
        let state = self.lock();
        Ok(beginning(&state.rows, space, prefix).last())
    }

    fn put(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        self.lock().put(rows)
    }

    fn replace(&mut self, space: u8, key: &[u8], by: &Row) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.put(std::slice::from_ref(by))?;
        state.rows.remove(&(space, key.to_vec()));
        Ok(())
    }
}

impl State {
    fn put(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        match &mut self.puts_left {
            Some(0) => return Err(StoreError::Io(io::ErrorKind::StorageFull.into())),
            Some(left) => *left -= 1,
            None => {}
        }
        let taken = |r: &Row| {
            let set = self.rows.get(&(r.space, r.key.clone()));
            set.is_some_and(|value| *value != r.value)
        };
        if rows.iter().any(taken) {
            return Err(StoreError::Taken);
        }
        let rows = rows.iter().cloned();
        self.rows.extend(rows.map(|r| ((r.space, r.key), r.value)));
        Ok(())
    }
}

fn beginning<'a>(rows: &'a Rows, space: u8, prefix: &'a [u8]) -> impl Iterator<Item = Row> + 'a {
    rows.range((space, prefix.to_vec())..)
        .take_while(move |((s, key), _)| *s == space && key.starts_with(prefix))
        .map(move |((_, key), value)| Row {
            space,
            key: key.clone(),
            value: value.clone(),
        })
}
