//! Key records: an agency's root's word for a key.
//!
//! They are public: a thief learns names, roles and windows. Who can write one in an agency's name holds the
//! agency's root.

use super::armour::NotArmour;
use super::provider::ProviderError;
use super::signed::{RootSigned, Statement};
use super::{Fingerprint, KeyError, KeyRequest, PublicKeys, Role, label};
use crate::clock::{UnixTime, Window};
use crate::wire::{Reader, WireError, Writer};
use std::fmt;
use thiserror::Error;

const LONGEST_REQUEST: usize = 4096;
pub(super) const LONGEST_NAME: usize = 200;

/// A key that an agency's root stands for.
pub type KeyRecord = RootSigned<KeyRequest>;

impl Statement for KeyRequest {
    const MAGIC: &'static [u8; 8] = b"BLBkrc\0\x01";
    const LABEL: &'static [u8] = label::KEY_RECORD;
    const ARMOUR: &'static str = "BILLETBOOK KEY RECORD";
    const WHAT: &'static str = "key record";

    fn write(&self, w: &mut Writer) {
        w.bytes(&self.encode());
    }

    fn read(r: &mut Reader<'_>) -> Result<KeyRequest, RecordError> {
        KeyRequest::decode(r.bytes(LONGEST_REQUEST)?)
    }
}

impl KeyRecord {
    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.statement().id()
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.statement().role()
    }

    /// What its agency calls it.
    pub fn name(&self) -> &str {
        self.statement().name()
    }

    /// When it may be used.
    pub fn window(&self) -> Window {
        self.statement().window()
    }

    /// The public keys, for a role, at a time.
    ///
    /// # Errors
    /// Where the key has another role, or its window does not hold that time.
    pub fn keys_at(&self, role: Role, at: UnixTime) -> Result<&PublicKeys, KeyRefused> {
        let (id, window) = (self.id(), self.window());
        let keys = self.keys_of(role)?;
        if window.contains(at) {
            Ok(keys)
        } else {
            Err(KeyRefused::Window { id, window, at })
        }
    }

    /// The public keys, for a role, to check what was signed while the window held: when that was must be known
    /// from elsewhere (a witnessed log).
    ///
    /// # Errors
    /// Where the key has another role.
    pub fn keys_of(&self, role: Role) -> Result<&PublicKeys, KeyRefused> {
        if self.role() == role {
            Ok(self.statement().keys())
        } else {
            Err(KeyRefused::Role {
                id: self.id(),
                found: self.role(),
                wanted: role,
            })
        }
    }
}

/// A key's id: SHA-256 of what it says of itself, the same before and after its root signs it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 32]);

impl KeyId {
    /// True where `other` was read from this id's text form, of which it holds 200 bits.
    pub fn is_named_by(&self, other: &Fingerprint) -> bool {
        Fingerprint(self.0).is_named_by(other)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Fingerprint(self.0), f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a request or record was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not the armoured text of this kind of file.
    #[error(transparent)]
    Armour(#[from] NotArmour),
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Altered, or made without the secret key it names.
    #[error("the key request was altered: its own signature does not hold")]
    Possession,
    /// Signed by another root.
    #[error("the {what} is of another root, {found}; ask that agency for its root")]
    OtherRoot {
        /// What it is.
        what: &'static str,
        /// The root that it names.
        found: Fingerprint,
    },
    /// No root is trusted.
    #[error("no root is trusted yet; accept the agency's root first")]
    NoRoot,
    /// The root's signature does not hold.
    #[error("the {what} was altered: its root's signature does not hold")]
    Altered {
        /// What it is.
        what: &'static str,
    },
    /// Empty or too long a name.
    #[error("a name has 1 to {LONGEST_NAME} bytes")]
    Name,
    /// Too few or too many keys of a book.
    #[error("a book has 1 to {most} keys, not {found}", most = super::MOST_KEYS)]
    Keys {
        /// How many.
        found: usize,
    },
    /// The key that should have signed did not.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// No randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Why a key may not be used for that, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyRefused {
    /// No such key is known.
    #[error("key {0} is not known; add its key record")]
    Unknown(KeyId),
    /// A key of another role.
    #[error("key {id} is for the role {found}, not {wanted}")]
    Role {
        /// The key.
        id: KeyId,
        /// Its role.
        found: Role,
        /// The role asked for.
        wanted: Role,
    },
    /// Outside its window.
    #[error("key {id} is valid from {window}, not at {at}")]
    Window {
        /// The key.
        id: KeyId,
        /// Its window.
        window: Window,
        /// The time asked about.
        at: UnixTime,
    },
    /// Compromised by then.
    #[error("key {id} is compromised since {since}")]
    Compromised {
        /// The key.
        id: KeyId,
        /// Since when.
        since: UnixTime,
    },
}

pub(super) fn named(name: &str) -> Result<(), RecordError> {
    if (1..=LONGEST_NAME).contains(&name.len()) {
        Ok(())
    } else {
        Err(RecordError::Name)
    }
}
