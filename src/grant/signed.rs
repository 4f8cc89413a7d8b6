//! A grant's bytes (docs/format.md).

use super::hold::LONGEST_HOLD;
use super::{EntryRef, GrantError, Terms};
use crate::clock::UnixTime;
use crate::keys::{KeyError, KeyId, KeyProvider, ProviderError, PublicKeys, label};
use crate::wire::{Reader, WireError, Writer};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBgnt\0\x01";
/// Of a grant that two have issued.
const MAGIC_TWO: &[u8; 8] = b"BLBgnt\0\x02";

/// A grant's number: 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantId(pub [u8; 16]);

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::hex::Hex(&self.0), f)
    }
}

/// A grant as read: it keeps the format's rules, and nothing of it is believed before [`super::Chain::verify`].
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    pub(super) head: Head,
    pub(super) capsule: Vec<u8>,
    pub(super) signature: [u8; 64],
    /// Of the second who issued it, where its head names one.
    pub(super) second: Option<[u8; 64]>,
}

/// What a grant says in clear, before its capsule.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: GrantId,
    /// The grant that this one hands on, where it does.
    pub(super) parent: Option<EntryRef>,
    pub(super) issuer: KeyId,
    /// The second who issues it, where two do.
    pub(super) second: Option<KeyId>,
    pub(super) recipient: KeyId,
    pub(super) issued: UnixTime,
    pub(super) terms: Terms,
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(match self.second {
            None => MAGIC,
            Some(_) => MAGIC_TWO,
        });
        w.fixed(&self.id.0);
        w.fixed(&self.parent.map_or([0; 32], |p| p.0));
        w.fixed(&self.issuer.0);
        if let Some(second) = self.second {
            w.fixed(&second.0);
        }
        w.fixed(&self.recipient.0);
        w.u64(self.issued.as_secs());
        self.terms.write(&mut w);
        w.finish()
    }

    pub(super) fn reader(bytes: &[u8]) -> Result<(Reader<'_>, bool), WireError> {
        Reader::either(bytes, [MAGIC, MAGIC_TWO], "grant")
    }

    pub(super) fn read(r: &mut Reader<'_>, two: bool) -> Result<Head, WireError> {
        let begin = r.at();
        let id = GrantId(r.fixed()?);
        let parent = EntryRef(r.fixed()?);
        let head = Head {
            id,
            parent: (parent.0 != [0; 32]).then_some(parent),
            issuer: KeyId(r.fixed()?),
            second: match two {
                true => Some(KeyId(r.fixed()?)),
                false => None,
            },
            recipient: KeyId(r.fixed()?),
            issued: UnixTime::read(r)?,
            terms: Terms::read(r)?,
        };
        match head.is_sound() {
            true => Ok(head),
            false => Err(WireError::Value { at: begin }),
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        let full = usize::from(self.terms.depth) + usize::from(self.parent.is_some());
        self.terms.are_sound()
            && full < super::MOST_LINKS
            && !(self.terms.emergency && self.parent.is_some())
            && self.second.is_none_or(|second| {
                // Two give it to one, who keeps it.
                second != self.issuer && self.terms.depth == 0 && self.parent.is_none()
            })
            && self.terms.notify_after <= self.issued.after(LONGEST_HOLD)
    }
}

impl Grant {
    pub(super) fn sign(
        head: Head,
        capsule: Vec<u8>,
        issuer: &dyn KeyProvider,
    ) -> Result<Grant, ProviderError> {
        let mut out = Grant {
            head,
            capsule,
            signature: [0; 64],
            second: None,
        };
        out.signature = issuer.sign(label::GRANT, &out.signed_part())?;
        Ok(out)
    }

    pub(super) fn verify(&self, issuer: &PublicKeys) -> Result<(), KeyError> {
        issuer.verify(label::GRANT, &self.signed_part(), &self.signature)
    }

    pub(super) fn verify_second(&self, second: &PublicKeys) -> Result<(), KeyError> {
        let signature = self.second.ok_or(KeyError::Refused)?;
        second.verify(label::GRANT, &self.signed_part(), &signature)
    }

    pub(super) fn signed_part(&self) -> Vec<u8> {
        [self.head.encode(), self.capsule.clone()].concat()
    }

    /// Its number.
    pub fn id(&self) -> GrantId {
        self.head.id
    }

    /// The entry of the grant that it hands on; `None` where the envelope's agency gave it.
    pub fn parent(&self) -> Option<EntryRef> {
        self.head.parent
    }

    /// The key that is to have signed it.
    pub fn issuer(&self) -> KeyId {
        self.head.issuer
    }

    /// The key of the second that is to have signed it, where two issue it.
    pub fn second_issuer(&self) -> Option<KeyId> {
        self.head.second
    }

    /// The key whose holder may use it.
    pub fn recipient(&self) -> KeyId {
        self.head.recipient
    }

    /// When it was issued, as its issuer says.
    pub fn issued(&self) -> UnixTime {
        self.head.issued
    }

    /// What it allows.
    pub fn terms(&self) -> &Terms {
        &self.head.terms
    }

    /// Its bytes, which are the entry of the log too.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out.extend(self.second.iter().flatten());
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Grant, GrantError> {
        let (mut r, two) = Head::reader(bytes)?;
        let head = Head::read(&mut r, two)?;
        let capsule = r.take(super::capsule::length(head.terms.slots.count()))?;
        let out = Grant {
            head,
            capsule: capsule.to_vec(),
            signature: r.fixed()?,
            second: match two {
                true => Some(r.fixed()?),
                false => None,
            },
        };
        r.finish()?;
        Ok(out)
    }
}

/// The number only: terms and parties say who is helped with what.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Grant").field(&self.head.id).finish()
    }
}
