//! Key requests: what a key says of itself.
//!
//! They are public: a thief learns a name, a role and a window.

use super::armour::{armour, unarmour};
use super::provider::ProviderError;
use super::record::{KeyId, LONGEST_NAME, RecordError, named};
use super::{PublicKeys, Role, label};
use crate::clock::Window;
use crate::wire::{Reader, Writer};
use sha2::{Digest, Sha256};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBkrq\0\x01";
const ARMOUR: &str = "BILLETBOOK KEY REQUEST";

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
    /// [`KeyRecord`](super::KeyRecord).
    pub fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    /// The request as text, to be carried to the root.
    pub fn to_text(&self) -> String {
        armour(ARMOUR, &self.encode())
    }

    /// Reads such text.
    ///
    /// # Errors
    /// Where it is another kind of file, or was altered anywhere.
    pub fn from_text(text: &str) -> Result<KeyRequest, RecordError> {
        let bytes = unarmour(ARMOUR, "key request", text)?;
        KeyRequest::decode(&bytes)
    }

    fn statement(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.u8(self.role.code());
        w.text(&self.name);
        self.keys.write(&mut w);
        self.window.write(&mut w);
        w.finish()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = self.statement();
        out.extend_from_slice(&self.signature);
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<KeyRequest, RecordError> {
        let mut r = Reader::new(bytes, MAGIC, "key request")?;
        let role = r.code(Reader::u8, Role::from_code)?;
        let name = r.text(LONGEST_NAME)?;
        named(&name)?;
        let keys = PublicKeys::read(&mut r)?;
        let window = Window::read(&mut r)?;
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
