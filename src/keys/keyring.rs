//! All keys of a book under one passphrase: those of its roles, and the one under which its log's openings rest.
//!
//! A thief of the keystore and its passphrase is the book: author, owner, log, and every gate whose key is in it. That
//! is what `Colocated` means.

use super::holder::Holder;
use super::keystore::{Keystore, KeystoreError};
use super::pair::SecretKeys;
use super::provider::{KeyProvider, RoleKeys};
use super::record::RecordError;
use super::request::KeyRequest;
use super::{Role, Secret};
use crate::clock::Window;
use crate::limits::byte;
use crate::wire::{Reader, Writer};

pub(super) const MAGIC: &[u8; 8] = b"BLBrng\0\x01";
const LONGEST_REQUEST: usize = 4096;

/// Most keys of a book.
pub const MOST_KEYS: usize = 16;

/// The keys of a book. Never cloned; wiped when dropped; on disk only in a keystore.
#[derive(Debug)]
pub struct Keyring {
    keys: Vec<RoleKeys>,
    opening: Secret,
}

impl Keyring {
    /// Fresh keys of these roles and names, 1 to 16 of them.
    ///
    /// # Errors
    /// Where there are none or too many, a name is empty or too long, or there is no randomness.
    pub fn generate(keys: &[(Role, &str)], window: Window) -> Result<Keyring, RecordError> {
        counted(keys.len())?;
        let made = keys
            .iter()
            .map(|(role, name)| RoleKeys::generate(*role, name, window));
        Ok(Keyring {
            keys: made.collect::<Result<_, _>>()?,
            opening: Secret::generate()?,
        })
    }

    pub(super) fn from_secrets(
        stated: &[KeyRequest],
        secrets: Vec<Secret>,
    ) -> Result<Keyring, KeystoreError> {
        let mut secrets = secrets.into_iter();
        let mut keys = Vec::with_capacity(stated.len());
        for request in stated {
            let (Some(signing), Some(sealing)) = (secrets.next(), secrets.next()) else {
                return Err(KeystoreError::Locked);
            };
            keys.push(RoleKeys::from_secrets(
                request.role(),
                request.name(),
                request.window(),
                SecretKeys::new(signing, sealing),
            )?);
        }
        match (secrets.next(), secrets.next()) {
            (Some(opening), None) => Ok(Keyring { keys, opening }),
            _ => Err(KeystoreError::Locked),
        }
    }

    /// The keys, in the order in which they were made.
    pub fn keys(&self) -> &[RoleKeys] {
        &self.keys
    }

    /// The first key of a role.
    pub fn of(&self, role: Role) -> Option<&RoleKeys> {
        self.keys.iter().find(|k| k.request().role() == role)
    }

    /// The key under which the openings of the book's log rest, and what else the book seals for itself.
    pub fn opening(&self) -> &Secret {
        &self.opening
    }

    /// The keys under a passphrase.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn to_keystore(&self, passphrase: &[u8]) -> Result<Keystore, KeystoreError> {
        let requests = self.keys.iter().map(|k| k.request().clone());
        let mut secrets: Vec<&Secret> = self.keys.iter().flat_map(RoleKeys::seeds).collect();
        secrets.push(&self.opening);
        Keystore::seal(Holder::Ring(requests.collect()), &secrets, passphrase)
    }
}

pub(super) fn encode(keys: &[KeyRequest]) -> Vec<u8> {
    let mut w = Writer::new(MAGIC);
    w.u8(byte(keys.len()));
    keys.iter().for_each(|k| w.bytes(&k.encode()));
    w.finish()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<KeyRequest>, RecordError> {
    let mut r = Reader::new(bytes, MAGIC, "keyring")?;
    let count = r.count_u8(MOST_KEYS)?;
    counted(count)?;
    let keys = (0..count).map(|_| KeyRequest::decode(r.bytes(LONGEST_REQUEST)?));
    let keys = keys.collect::<Result<_, _>>()?;
    r.finish()?;
    Ok(keys)
}

fn counted(keys: usize) -> Result<(), RecordError> {
    match keys {
        1..=MOST_KEYS => Ok(()),
        found => Err(RecordError::Keys { found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixTime;

    const PHRASE: &[u8] = b"made-up phrase";

    fn ring() -> Keyring {
        let window = Window::new(UnixTime::from_secs(5).unwrap(), UnixTime::LAST).unwrap();
        Keyring::generate(&[(Role::Issue, "author"), (Role::Gate, "gate 1")], window).unwrap()
    }

    #[test]
    fn a_ring_goes_into_its_keystore_and_out_again() {
        let ring = ring();
        let store = ring.to_keystore(PHRASE).unwrap();
        let read = Keystore::from_text(&store.to_text()).unwrap();
        assert_eq!(read, store);
        let again = read.open_ring(PHRASE).unwrap();
        let requests = |r: &Keyring| {
            r.keys()
                .iter()
                .map(|k| k.request().clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(requests(&again), requests(&ring));
        assert_eq!(again.opening(), ring.opening());
        assert_eq!(again.of(Role::Gate).unwrap().request().name(), "gate 1");
        assert!(again.of(Role::Log).is_none());
        assert!(matches!(
            read.open_ring(b"other"),
            Err(KeystoreError::Locked)
        ));
        let other = Keystore::open_role(&read, PHRASE);
        assert!(matches!(other, Err(KeystoreError::Holder { .. })));
        let single = ring.keys()[0].to_keystore(PHRASE).unwrap();
        assert!(matches!(
            single.open_ring(PHRASE),
            Err(KeystoreError::Holder { .. })
        ));
    }

    /// Whoever knows a passphrase can seal other secrets behind a public part.
    #[test]
    fn secrets_that_are_not_the_ring_s_are_refused_as_a_wrong_passphrase_is() {
        let (ring, other) = (ring(), ring());
        let stated: Vec<_> = ring.keys().iter().map(|k| k.request().clone()).collect();
        let mut secrets: Vec<&Secret> = other.keys().iter().flat_map(RoleKeys::seeds).collect();
        secrets.push(other.opening());
        let forged = Keystore::seal(Holder::Ring(stated.clone()), &secrets, PHRASE).unwrap();
        assert!(matches!(
            forged.open_ring(PHRASE),
            Err(KeystoreError::Locked)
        ));
        secrets.pop();
        let short = Keystore::seal(Holder::Ring(stated), &secrets, PHRASE).unwrap();
        assert!(short.open_ring(PHRASE).is_err());
    }

    #[test]
    fn a_ring_has_one_to_sixteen_keys() {
        let window = ring().keys()[0].request().window();
        let of = |n| Keyring::generate(&vec![(Role::Gate, "g"); n], window);
        assert!(
            of(0).is_err() && of(1).is_ok() && of(MOST_KEYS).is_ok() && of(MOST_KEYS + 1).is_err()
        );
        let request = ring().keys()[0].request().clone();
        assert!(decode(&encode(&vec![request.clone(); MOST_KEYS])).is_ok());
        assert!(decode(&encode(&vec![request; MOST_KEYS + 1])).is_err());
        assert!(decode(&encode(&[])).is_err());
    }
}
