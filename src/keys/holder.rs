//! Whose secrets a keystore holds.

use super::identity::PublicIdentity;
use super::keyring;
use super::keystore::KeystoreError;
use super::request::KeyRequest;
use super::root::PublicRoot;

/// Whose secrets a keystore holds, as it says in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder {
    /// A member of linkages.
    Identity(PublicIdentity),
    /// An agency's root.
    Root(PublicRoot),
    /// A key of one role.
    Key(KeyRequest),
    /// All keys of a book.
    Ring(Vec<KeyRequest>),
}

impl Holder {
    /// What kind it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Holder::Identity(_) => "an identity",
            Holder::Root(_) => "a root",
            Holder::Key(request) => request.role().title(),
            Holder::Ring(_) => "a book's keys",
        }
    }

    /// The public part, as text to hand out.
    pub fn to_text(&self) -> String {
        match self {
            Holder::Identity(x) => x.to_text(),
            Holder::Root(x) => x.to_text(),
            Holder::Key(x) => x.to_text(),
            Holder::Ring(x) => x.iter().map(KeyRequest::to_text).collect(),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Holder::Identity(x) => x.encode(),
            Holder::Root(x) => x.encode(),
            Holder::Key(x) => x.encode(),
            Holder::Ring(x) => keyring::encode(x),
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Holder, KeystoreError> {
        Ok(match bytes.first_chunk() {
            Some(PublicIdentity::MAGIC) => Holder::Identity(PublicIdentity::decode(bytes)?),
            Some(PublicRoot::MAGIC) => Holder::Root(PublicRoot::decode(bytes)?),
            Some(keyring::MAGIC) => Holder::Ring(keyring::decode(bytes)?),
            _ => Holder::Key(KeyRequest::decode(bytes)?),
        })
    }

    pub(super) fn secrets(&self) -> usize {
        match self {
            Holder::Identity(_) => 3,
            Holder::Root(_) => 1,
            Holder::Key(_) => 2,
            Holder::Ring(keys) => 2 * keys.len() + 1,
        }
    }
}
