//! The linkage descriptor: which agencies link, by which key set, with the secret sealed to each of them.
//! It can be mailed: a thief of it learns who links with whom, and no secret.

use super::armour::{NotArmour, armour, unarmour};
use super::identity::{Fingerprint, Identity, IdentityError, PublicIdentity};
use super::{KeyError, LinkageId, LinkageKeys, Secret, label, local_pad_key};
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;

const MAGIC: &[u8; 8] = b"BLBlnk\0\x01";
const ARMOUR: &str = "BILLETBOOK LINKAGE";
const ACCEPTED: &str = "BILLETBOOK OPENED LINKAGE";
const MOST_MEMBERS: usize = 256;
const LONGEST_NAME: usize = 200;
const LONGEST_MEMBER: usize = 4096;

/// Why a descriptor was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DescriptorError {
    /// Not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Not the armoured text of a descriptor.
    #[error(transparent)]
    Armour(#[from] NotArmour),
    /// An identity in it was refused.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A key was refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The maker's signature does not hold.
    #[error("the linkage descriptor was altered: its maker's signature does not hold")]
    Altered,
    /// The maker is not the one that was accepted.
    #[error(
        "the linkage was made by {maker}, which is not the fingerprint you accepted; ask the maker by telephone"
    )]
    Maker {
        /// Who made it.
        maker: Fingerprint,
    },
    /// Another member's opened linkage, or altered.
    #[error("this identity did not open that linkage; run `linkage open` with it")]
    NotAccepted,
    /// This identity is not among the members.
    #[error("this identity is not a member of the linkage")]
    NotAMember,
    /// Fewer than two members, too many, or one twice.
    #[error("a linkage has 2 to {MOST_MEMBERS} members, each once")]
    Members,
    /// No name, or too long a one.
    #[error("a linkage's name has 1 to {LONGEST_NAME} bytes")]
    Name,
}

/// A signed linkage descriptor, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Descriptor {
    id: LinkageId,
    epoch: u32,
    name: String,
    key_set: String,
    key_set_digest: [u8; 32],
    key_check: [u8; 16],
    maker: PublicIdentity,
    members: Vec<(PublicIdentity, Vec<u8>)>,
    signature: [u8; 64],
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptor")
            .field("name", &self.name)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl Descriptor {
    /// Makes a linkage: a fresh id and secret, sealed to each member, signed by the maker.
    ///
    /// # Errors
    /// Where the name or the members are out of bounds, or there is no randomness.
    pub fn make(
        name: &str,
        epoch: u32,
        key_set: (&str, [u8; 32]),
        maker: &Identity,
        members: &[PublicIdentity],
    ) -> Result<Descriptor, DescriptorError> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(DescriptorError::Name);
        }
        let mut prints: Vec<Fingerprint> =
            members.iter().map(PublicIdentity::fingerprint).collect();
        prints.sort_unstable();
        prints.dedup();
        if prints.len() != members.len() || !(2..=MOST_MEMBERS).contains(&members.len()) {
            return Err(DescriptorError::Members);
        }
        let (id, secret) = (LinkageId::generate()?, Secret::generate()?);
        let mut out = Descriptor {
            id,
            epoch,
            name: name.to_owned(),
            key_set: key_set.0.to_owned(),
            key_set_digest: key_set.1,
            key_check: LinkageKeys::derive(&secret, id, epoch).check_value(),
            maker: maker.public().clone(),
            members: members.iter().map(|m| (m.clone(), Vec::new())).collect(),
            signature: [0; 64],
        };
        let info = out.info();
        for (member, sealed) in &mut out.members {
            *sealed = member.seal(&info, secret.secret_bytes())?;
        }
        out.signature = maker.sign(label::DESCRIPTOR, &out.signed_part());
        Ok(out)
    }

    /// What each sealed secret is bound to: everything but the sealed secrets themselves.
    fn info(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.head());
        [label::MEMBER_SECRET, hash.finalize().as_slice()].concat()
    }

    fn head(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.id.0);
        w.u32(self.epoch);
        w.bytes(self.name.as_bytes());
        w.bytes(self.key_set.as_bytes());
        w.fixed(&self.key_set_digest);
        w.fixed(&self.key_check);
        w.bytes(&self.maker.encode());
        w.u32(crate::limits::index(self.members.len()));
        for (member, _) in &self.members {
            w.bytes(&member.encode());
        }
        w.finish()
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut out = self.head();
        for (_, sealed) in &self.members {
            let mut w = Writer::default();
            w.bytes(sealed);
            out.extend(w.finish());
        }
        out
    }

    /// The descriptor as text that can be mailed.
    pub fn to_text(&self) -> String {
        armour(
            ARMOUR,
            &[self.signed_part(), self.signature.to_vec()].concat(),
        )
    }

    /// Reads such text and checks the maker's signature.
    ///
    /// # Errors
    /// Where it is another kind of file, or was altered anywhere.
    pub fn from_text(text: &str) -> Result<Descriptor, DescriptorError> {
        let bytes = unarmour(ARMOUR, "linkage descriptor", text)?;
        let mut r = Reader::new(&bytes, MAGIC, "linkage descriptor")?;
        let id = LinkageId(r.fixed()?);
        let epoch = r.u32()?;
        let (name, key_set) = (r.text(LONGEST_NAME)?, r.text(LONGEST_NAME)?);
        let (key_set_digest, key_check) = (r.fixed()?, r.fixed()?);
        let maker = PublicIdentity::decode(r.bytes(LONGEST_MEMBER)?)?;
        let n = r.count(MOST_MEMBERS)?;
        let mut members = Vec::new();
        for _ in 0..n {
            members.push((
                PublicIdentity::decode(r.bytes(LONGEST_MEMBER)?)?,
                Vec::new(),
            ));
        }
        for (_, sealed) in &mut members {
            *sealed = r.bytes(LONGEST_MEMBER)?.to_vec();
        }
        let signed = r.at();
        let signature: [u8; 64] = r.fixed()?;
        r.finish()?;
        maker
            .verify(label::DESCRIPTOR, &bytes[..signed], &signature)
            .map_err(|_| DescriptorError::Altered)?;
        Ok(Descriptor {
            id,
            epoch,
            name,
            key_set,
            key_set_digest,
            key_check,
            maker,
            members,
            signature,
        })
    }

    /// Opens the secret as a member who accepts the maker by fingerprint.
    ///
    /// # Errors
    /// Where the maker is another, this identity is no member, or the sealed secret does not open or does not
    /// fit the descriptor.
    pub fn open(
        &self,
        member: &Identity,
        accepted: &Fingerprint,
    ) -> Result<OpenLinkage, DescriptorError> {
        let maker = self.maker.fingerprint();
        if !maker.is_named_by(accepted) {
            return Err(DescriptorError::Maker { maker });
        }
        let sealed = self
            .members
            .iter()
            .find(|m| m.0 == *member.public())
            .ok_or(DescriptorError::NotAMember)?;
        let secret = Secret::from_secret_bytes(&member.open(&self.info(), &sealed.1)?)?;
        let keys = LinkageKeys::derive(&secret, self.id, self.epoch);
        if keys.check_value() != self.key_check {
            return Err(DescriptorError::Altered);
        }
        Ok(OpenLinkage {
            keys,
            local_pad: local_pad_key(member.own_secret(), self.id, self.epoch),
        })
    }

    /// Opens the linkage and records, signed by the member, that its maker was accepted.
    ///
    /// # Errors
    /// As [`Descriptor::open`].
    pub fn accept(
        &self,
        member: &Identity,
        accepted: &Fingerprint,
    ) -> Result<String, DescriptorError> {
        self.open(member, accepted)?;
        let content = [self.signed_part(), self.signature.to_vec()].concat();
        let signature = member.sign(label::ACCEPTED, &content);
        Ok(armour(ACCEPTED, &[content, signature.to_vec()].concat()))
    }

    /// A linkage that this member accepted before.
    ///
    /// # Errors
    /// Where the text is no such file, was not signed by this member, or was altered.
    pub fn accepted(
        text: &str,
        member: &Identity,
    ) -> Result<(Descriptor, OpenLinkage), DescriptorError> {
        let bytes = unarmour(ACCEPTED, "opened linkage", text)?;
        let (content, signature) = bytes.split_at(bytes.len().saturating_sub(64));
        member
            .public()
            .verify(label::ACCEPTED, content, signature)
            .map_err(|_| DescriptorError::NotAccepted)?;
        let descriptor = Descriptor::from_text(&armour(ARMOUR, content))?;
        let open = descriptor.open(member, &descriptor.maker.fingerprint())?;
        Ok((descriptor, open))
    }

    /// The linkage.
    pub fn id(&self) -> LinkageId {
        self.id
    }

    /// Its epoch: a new one has a new secret.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key set's name.
    pub fn key_set(&self) -> &str {
        &self.key_set
    }

    /// The key set's digest.
    pub fn key_set_digest(&self) -> [u8; 32] {
        self.key_set_digest
    }

    /// Sixteen bytes that token files under the right key carry.
    pub fn key_check(&self) -> [u8; 16] {
        self.key_check
    }

    /// Who made it.
    pub fn maker(&self) -> &PublicIdentity {
        &self.maker
    }

    /// Its members.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &PublicIdentity> {
        self.members.iter().map(|m| &m.0)
    }
}

/// A linkage that a member has opened: its keys, and the member's own pad key. In memory only.
#[derive(Debug)]
pub struct OpenLinkage {
    keys: LinkageKeys,
    local_pad: Secret,
}

impl OpenLinkage {
    /// The linkage's keys.
    pub fn keys(&self) -> &LinkageKeys {
        &self.keys
    }

    /// The member's own pad key.
    pub fn local_pad(&self) -> &Secret {
        &self.local_pad
    }
}

#[cfg(test)]
mod tests;
