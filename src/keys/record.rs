//! Key requests and key records: what a key says of itself, and its agency's root's word for it.
//!
//! Both are public: a thief learns names, roles and windows. Who can write one in an agency's name holds the
//! agency's root.

use super::armour::{NotArmour, armour, unarmour};
use super::pair::verify;
use super::provider::ProviderError;
use super::root::PublicRoot;
use super::{Fingerprint, KeyError, PublicKeys, Role, label};
use crate::clock::{UnixTime, Window};
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;

const REQUEST_MAGIC: &[u8; 8] = b"BLBkrq\0\x01";
const RECORD_MAGIC: &[u8; 8] = b"BLBkrc\0\x01";
const REQUEST_ARMOUR: &str = "BILLETBOOK KEY REQUEST";
const RECORD_ARMOUR: &str = "BILLETBOOK KEY RECORD";
const LONGEST_REQUEST: usize = 4096;
pub(super) const LONGEST_NAME: usize = 200;

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
    #[error("the key record is of another root, {found}; ask that agency for its root")]
    OtherRoot {
        /// The root that the record names.
        found: Fingerprint,
    },
    /// No root is trusted.
    #[error("no root is trusted yet; accept the agency's root first")]
    NoRoot,
    /// The root's signature does not hold.
    #[error("the key record was altered: its root's signature does not hold")]
    Altered,
    /// Empty or too long a name.
    #[error("a name has 1 to {LONGEST_NAME} bytes")]
    Name,
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

/// What a key says of itself: role, name, public keys, window; signed by itself. Checked: it holds the signing
/// key it names.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRequest {
    role: Role,
    name: String,
    keys: PublicKeys,
    window: Window,
    signature: [u8; 64],
}

impl KeyRequest {
    /// A request for keys that lie elsewhere; `sign` is Ed25519 by them over label and message.
    ///
    /// # Errors
    /// Where the name is empty or longer than 200 bytes, `sign` fails, or what it signs does not hold.
    pub fn make(
        role: Role,
        name: &str,
        keys: PublicKeys,
        window: Window,
        sign: impl FnOnce(&'static [u8], &[u8]) -> Result<[u8; 64], ProviderError>,
    ) -> Result<KeyRequest, RecordError> {
        named(name)?;
        let mut out = KeyRequest {
            role,
            name: name.to_owned(),
            keys,
            window,
            signature: [0; 64],
        };
        out.signature = sign(label::KEY_REQUEST, &out.statement())?;
        out.checked()
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        let mut hash = Sha256::new();
        hash.update(label::KEY_ID);
        hash.update(self.statement());
        KeyId(hash.finalize().into())
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// What its agency calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it may be used.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Its public keys, for whoever holds the secret ones or signs the request; everyone else has them from a
    /// [`KeyRecord`].
    pub fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    /// The request as text, to be carried to the root.
    pub fn to_text(&self) -> String {
        armour(REQUEST_ARMOUR, &self.encode())
    }

    /// Reads such text.
    ///
    /// # Errors
    /// Where it is another kind of file, or was altered anywhere.
    pub fn from_text(text: &str) -> Result<KeyRequest, RecordError> {
        let bytes = unarmour(REQUEST_ARMOUR, "key request", text)?;
        KeyRequest::decode(&bytes)
    }

    fn statement(&self) -> Vec<u8> {
        let mut w = Writer::new(REQUEST_MAGIC);
        w.u8(self.role.code());
        w.text(&self.name);
        self.keys.write(&mut w);
        w.u64(self.window.from().as_secs());
        w.u64(self.window.until().as_secs());
        w.finish()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = self.statement();
        out.extend_from_slice(&self.signature);
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<KeyRequest, RecordError> {
        let mut r = Reader::new(bytes, REQUEST_MAGIC, "key request")?;
        let at = r.at();
        let role = Role::from_code(r.u8()?).ok_or(WireError::Value { at })?;
        let name = r.text(LONGEST_NAME)?;
        named(&name)?;
        let keys = PublicKeys::read(&mut r)?;
        let at = r.at();
        let (from, until) = (UnixTime::from_secs(r.u64()?), UnixTime::from_secs(r.u64()?));
        let window = from.and_then(|from| Window::new(from, until?));
        let window = window.map_err(|_| WireError::Value { at })?;
        let signature = r.fixed()?;
        r.finish()?;
        let out = KeyRequest {
            role,
            name,
            keys,
            window,
            signature,
        };
        out.checked()
    }

    fn checked(self) -> Result<KeyRequest, RecordError> {
        let signed = self.statement();
        match self
            .keys
            .verify(label::KEY_REQUEST, &signed, &self.signature)
        {
            Ok(()) => Ok(self),
            Err(_) => Err(RecordError::Possession),
        }
    }
}

impl fmt::Debug for KeyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRequest")
            .field("id", &self.id())
            .field("role", &self.role)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A key that an agency's root stands for. Only made by a root, or read against one: it is checked.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRecord {
    request: KeyRequest,
    root: Fingerprint,
    signature: [u8; 64],
}

impl KeyRecord {
    pub(super) fn make(
        request: KeyRequest,
        root: Fingerprint,
        sign: impl FnOnce(&'static [u8], &[u8]) -> [u8; 64],
    ) -> KeyRecord {
        let mut out = KeyRecord {
            request,
            root,
            signature: [0; 64],
        };
        out.signature = sign(label::KEY_RECORD, &out.signed_part());
        out
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.request.id()
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.request.role
    }

    /// What its agency calls it.
    pub fn name(&self) -> &str {
        &self.request.name
    }

    /// When it may be used.
    pub fn window(&self) -> Window {
        self.request.window
    }

    /// The root that stands for it.
    pub fn root(&self) -> Fingerprint {
        self.root
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
            Ok(&self.request.keys)
        } else {
            Err(KeyRefused::Role {
                id: self.id(),
                found: self.role(),
                wanted: role,
            })
        }
    }

    /// The record as text that can be mailed.
    pub fn to_text(&self) -> String {
        armour(RECORD_ARMOUR, &self.encode())
    }

    /// Reads such text as a record of this root.
    ///
    /// # Errors
    /// Where it is another kind of file, of another root, or was altered anywhere.
    pub fn from_text(text: &str, root: &PublicRoot) -> Result<KeyRecord, RecordError> {
        let bytes = unarmour(RECORD_ARMOUR, "key record", text)?;
        KeyRecord::decode(&bytes, root)
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(RECORD_MAGIC);
        w.bytes(&self.request.encode());
        w.fixed(&self.root.0);
        w.finish()
    }

    /// All bytes, the root's signature last.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes as a record of this root.
    ///
    /// # Errors
    /// Where they are of another format or root, or were altered anywhere.
    pub fn decode(bytes: &[u8], root: &PublicRoot) -> Result<KeyRecord, RecordError> {
        let mut r = Reader::new(bytes, RECORD_MAGIC, "key record")?;
        let request = r.bytes(LONGEST_REQUEST)?;
        let found = Fingerprint(r.fixed()?);
        let (signed, signature) = (r.at(), r.fixed()?);
        r.finish()?;
        if found != root.fingerprint() {
            return Err(RecordError::OtherRoot { found });
        }
        verify(
            root.signing(),
            label::KEY_RECORD,
            &bytes[..signed],
            &signature,
        )
        .map_err(|_| RecordError::Altered)?;
        Ok(KeyRecord {
            request: KeyRequest::decode(request)?,
            root: found,
            signature,
        })
    }
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("request", &self.request)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

pub(super) fn named(name: &str) -> Result<(), RecordError> {
    if (1..=LONGEST_NAME).contains(&name.len()) {
        Ok(())
    } else {
        Err(RecordError::Name)
    }
}
