//! Compromise statements: a root's word that a key may be in other hands. They are public.

use super::label;
use super::record::{KeyId, RecordError};
use super::signed::{RootSigned, Statement};
use crate::clock::UnixTime;
use crate::wire::{Reader, Writer};

/// A root's word that a key may be in other hands.
pub type Compromise = RootSigned<Compromised>;

/// That a key may be in other hands since a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compromised {
    pub(super) key: KeyId,
    pub(super) since: UnixTime,
}

impl Compromise {
    /// The key.
    pub fn key(&self) -> KeyId {
        self.statement().key
    }

    /// Since when.
    pub fn since(&self) -> UnixTime {
        self.statement().since
    }
}

impl Statement for Compromised {
    const MAGIC: &'static [u8; 8] = b"BLBcmp\0\x01";
    const LABEL: &'static [u8] = label::COMPROMISE;
    const ARMOUR: &'static str = "BILLETBOOK COMPROMISE";
    const WHAT: &'static str = "compromise statement";

    fn write(&self, w: &mut Writer) {
        w.fixed(&self.key.0);
        w.u64(self.since.as_secs());
    }

    fn read(r: &mut Reader<'_>) -> Result<Compromised, RecordError> {
        let key = KeyId(r.fixed()?);
        let since = UnixTime::read(r)?;
        Ok(Compromised { key, since })
    }
}
