//! Notices held back, by a duty officer's word in the log.

use super::Book;
use super::history::Telling;
use crate::audit::{Kind, Store};
use crate::clock::UnixTime;
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::shelf::Place;
use crate::gate::GateStore;
use crate::grant::{EntryRef, Grant, Hold, HoldReason, MOST_LINKS};
use crate::keys::{KeyProvider, KeyRefused};
use std::collections::HashMap;

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Holds back, until `until`, that a grant of this log was given and used: a history that is handed out tells nothing of
    /// it before, and afterwards that it was held back, until when and why. With `now` for `until` it is held back no longer.
    /// Of several about one grant the last counts. `officer` is a key of this agency of the role `open` or `break-glass`.
    ///
    /// # Errors
    /// Where the log holds no such grant, `until` is past or more than 90 days off, the key is no officer's of this agency, or
    /// the log is not witnessed.
    pub fn hold(
        &mut self,
        courier: &mut dyn Courier,
        (grant, until): (EntryRef, UnixTime),
        (reason, why): (HoldReason, &str),
        officer: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<(), ExchangeError> {
        let id = officer.key_id();
        self.not_compromised(id, now)?;
        if self.own_record(id)?.root() != self.card.fingerprint() {
            return Err(KeyRefused::Unknown(id).into());
        }
        let envelope = self.link(grant, now)?.grant.terms().envelope;
        let written = self.private.write(why)?;
        let told = (reason, written.commitment);
        let made = Hold::make((grant, envelope), until, told, officer, now)?;
        self.shelf.keep_written(&written)?;
        self.enter(courier, (Kind::NotifyHold, made.encode(), made.id()), now)?;
        Ok(())
    }

    /// Until when grants are held back by the last officer's word about each, where this agency gave it.
    pub(super) fn held_until(
        &self,
        places: &[Place],
        now: UnixTime,
    ) -> Result<HashMap<EntryRef, UnixTime>, ExchangeError> {
        let mut out = HashMap::new();
        for opening in self.said(places, Kind::NotifyHold) {
            let hold = Hold::decode(opening?.entry().bytes())?;
            let root = hold.verify(&self.directory, now);
            if root.is_ok_and(|r| r == self.card.fingerprint()) {
                out.insert(hold.grant(), hold.until());
            }
        }
        Ok(out)
    }

    /// Until when a grant, and what was done under it, is held back: as an officer said last, else as the grant itself says;
    /// and no shorter than what it hands on.
    pub(super) fn held_back(
        &self,
        telling: &mut Telling,
        entry: EntryRef,
        grant: &Grant,
    ) -> Result<UnixTime, ExchangeError> {
        let said = telling.held.get(&entry).copied();
        let mut until = said.unwrap_or(grant.terms().notify_after);
        let mut parent = grant.parent();
        // A chain is of four grants at most, and names what stands before it.
        for _ in 0..MOST_LINKS {
            let Some(above) = parent else { break };
            let found = self.grant_at(telling, above)?;
            let said = telling.held.get(&above).copied();
            let own = found.as_ref().map(|g| g.1.terms().notify_after);
            until = until.max(said.or(own).unwrap_or(until));
            parent = found.and_then(|g| g.1.parent());
        }
        Ok(until)
    }

    /// The same of what was done under a grant, which may be erased.
    pub(super) fn held_with(
        &self,
        telling: &mut Telling,
        entry: EntryRef,
        grant: Option<(u64, Grant)>,
    ) -> Result<Option<UnixTime>, ExchangeError> {
        match grant {
            Some((_, grant)) => Ok(Some(self.held_back(telling, entry, &grant)?)),
            None => Ok(telling.held.get(&entry).copied()),
        }
    }
}
