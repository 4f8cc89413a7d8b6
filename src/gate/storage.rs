use crate::audit::{Row, StoreError};

/// Keeps what a gate knows, as facts that are set once. What [`GateStore::put`] has returned from is on disk.
pub trait GateStore {
    /// The value of a fact, `None` where it is not set.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn row(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The facts whose keys begin so, by key.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn rows(&self, space: u8, prefix: &[u8]) -> Result<Vec<Row>, StoreError>;

    /// The last of [`GateStore::rows`].
    ///
    /// # Errors
    /// Where it cannot be read.
    fn last(&self, space: u8, prefix: &[u8]) -> Result<Option<Row>, StoreError>;

    /// Sets facts, all or none, whichever process does.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where one of them is set to another value; where they cannot be written.
    fn put(&mut self, rows: &[Row]) -> Result<(), StoreError>;

    /// Sets a fact in the place of another one, which is gone from every file when this returns.
    ///
    /// # Errors
    /// As [`GateStore::put`]; [`StoreError::Locked`] while another process reads: call it again then.
    fn replace(&mut self, space: u8, key: &[u8], by: &Row) -> Result<(), StoreError>;
}

/// Deposits, by envelope.
pub(super) const DEPOSIT: u8 = 1;
/// Numbers of requests, each with the commitment of its entry.
pub(super) const REQUEST: u8 = 2;
/// Uses of grants, each with the number of its request.
pub(super) const USE: u8 = 3;
/// Emergencies of an officer's day, each with the number of its request.
pub(super) const BUDGET: u8 = 4;
/// What was released, by envelope and line.
pub(super) const LINE: u8 = 5;
/// Revocations, by grant.
pub(super) const REVOKED: u8 = 6;
/// Trees seen, by log and size.
pub(super) const SEEN: u8 = 7;
/// Envelopes whose shares were erased, each with the entry that says so.
pub(super) const ERASED: u8 = 8;

/// Entries by which an envelope's shares of an epoch were dealt to others: nothing of them is released any more.
pub(super) const FROZEN: u8 = 9;
/// What this gate dealt, by envelope, epoch and entry.
pub(super) const DEALING: u8 = 10;
/// Shares that this gate added up, by envelope, epoch and entry.
pub(super) const HELD: u8 = 11;
/// The entry for which this gate deleted its shares of an epoch, and the author's key, by envelope and epoch.
pub(super) const YIELDED: u8 = 12;
/// The entry whose shares this gate releases in an epoch, by envelope and epoch.
pub(super) const SERVING: u8 = 13;
/// Numbers of requests before shares were dealt to this gate, each with its entry, by the entry that dealt them.
pub(super) const MOVED_REQUEST: u8 = 14;
/// Uses of grants before, each with the number of its request, by the same.
pub(super) const MOVED_USE: u8 = 15;
/// Emergencies of an officer's day before, each with the number of its request.
pub(super) const MOVED_BUDGET: u8 = 16;

pub(super) fn row(space: u8, key: &[&[u8]], value: &[&[u8]]) -> Row {
    Row {
        space,
        key: key.concat(),
        value: value.concat(),
    }
}
