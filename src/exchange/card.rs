//! Cards: what an agency hands to others before anything is shared between them.

use super::error::CardError;
use crate::audit::{Policy as LogPolicy, SignatureType, VerifierKey};
use crate::clock::UnixTime;
use crate::consent::OrganisationId;
use crate::keys::armour::{armour, unarmour};
use crate::keys::{
    Directory, Fingerprint, KeyId, KeyProvider, KeyRecord, MOST_KEYS, PublicRoot, Role, label,
};
use crate::limits::byte;
use crate::wire::{Reader, Writer};
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBcrd\0\x01";
const ARMOUR: &str = "BILLETBOOK CARD";
const LONGEST_TEXT: usize = 16 * 1024;

/// An agency as others know it: its root, the records of its keys, and the log and witnesses by which its gates go.
/// Signed with its issuing key, and checked when it is read. Whose it is, the root's fingerprint tells: that comes from
/// the agency by telephone, not from the card. Cards are public.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    organisation: OrganisationId,
    root: PublicRoot,
    records: Vec<KeyRecord>,
    log_policy: String,
    author: KeyId,
    made: UnixTime,
    signature: [u8; 64],
}

/// What goes on a card.
#[derive(Clone, Debug)]
pub struct CardParts {
    /// The agency's name in sharing policies.
    pub organisation: OrganisationId,
    /// Its root.
    pub root: PublicRoot,
    /// Records of its keys: the author's, the owner's, those of its log, its gates and its officers.
    pub records: Vec<KeyRecord>,
    /// Its log and the witnesses that must have cosigned (C2SP tlog-policy).
    pub log_policy: String,
}

impl Card {
    /// Signs a card with the agency's issuing key, which stands among the records.
    ///
    /// # Errors
    /// Where what is on it does not fit together, as in [`Card::from_text`]; where the key cannot be reached.
    pub fn make(
        parts: CardParts,
        author: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Card, CardError> {
        let mut out = Card {
            organisation: parts.organisation,
            root: parts.root,
            records: parts.records,
            log_policy: parts.log_policy,
            author: author.key_id(),
            made: now,
            signature: [0; 64],
        };
        out.signature = author.sign(label::CARD, &out.signed_part())?;
        out.checked()
    }

    /// Its name in sharing policies.
    pub fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// Its root.
    pub fn root(&self) -> &PublicRoot {
        &self.root
    }

    /// The records of its keys.
    pub fn records(&self) -> &[KeyRecord] {
        &self.records
    }

    /// When it was made, as it says.
    pub fn made(&self) -> UnixTime {
        self.made
    }

    /// The log and witnesses by which its gates go.
    ///
    /// # Errors
    /// Never of a card that was read or made.
    pub fn log_policy(&self) -> Result<LogPolicy, CardError> {
        Ok(self.log_policy.parse()?)
    }

    /// Witnesses of its log that stand under another root than its own, and all of them. Where the first is none, an
    /// older copy of the whole log may pass unnoticed.
    pub fn witnesses(&self) -> (usize, usize) {
        let own = |w: &&VerifierKey| self.record_of(w).is_some();
        match self.log_policy() {
            Ok(policy) => {
                let all = policy.witnesses().len();
                (all - policy.witnesses().iter().filter(own).count(), all)
            }
            Err(_) => (0, 0),
        }
    }

    /// Adds the card's keys to those that are trusted. Only the card's own root must be trusted for it.
    ///
    /// # Errors
    /// Where the directory does not trust its root.
    pub fn add_to(&self, keys: &mut Directory) -> Result<(), CardError> {
        for record in &self.records {
            keys.add(&record.to_text())?;
        }
        Ok(())
    }

    fn record_of(&self, key: &VerifierKey) -> Option<&KeyRecord> {
        let role = match key.kind() {
            SignatureType::Ed25519 => Role::Log,
            SignatureType::Cosignature => Role::Witness,
        };
        let is = |r: &&KeyRecord| r.keys_of(role).is_ok_and(|k| k.signing() == key.key());
        self.records.iter().find(is)
    }

    /// What holds of every card: its author is one of its keys and signed it, its log's key is certified by its root.
    fn checked(self) -> Result<Card, CardError> {
        let author = self.records.iter().find(|r| r.id() == self.author);
        let keys = author
            .ok_or(CardError::Author)?
            .keys_at(Role::Issue, self.made)?;
        keys.verify(label::CARD, &self.signed_part(), &self.signature)
            .map_err(|_| CardError::Altered)?;
        let root = self.root.fingerprint();
        if let Some(other) = self.records.iter().find(|r| r.root() != root) {
            return Err(CardError::OtherRoot { key: other.id() });
        }
        let policy = self.log_policy()?;
        // A policy names a log, or it is none.
        match policy.logs().iter().all(|l| self.record_of(l).is_some()) {
            true => Ok(self),
            false => Err(CardError::Log),
        }
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.text(self.organisation.as_str());
        w.text(&self.root.to_text());
        w.u8(byte(self.records.len()));
        self.records.iter().for_each(|r| w.bytes(&r.encode()));
        w.text(&self.log_policy);
        w.fixed(&self.author.0);
        w.u64(self.made.as_secs());
        w.finish()
    }

    /// The card as text that can be mailed.
    pub fn to_text(&self) -> String {
        let mut bytes = self.signed_part();
        bytes.extend_from_slice(&self.signature);
        armour(ARMOUR, &bytes)
    }

    /// Reads such text.
    ///
    /// # Errors
    /// Where it is another kind of file, was altered anywhere, or its parts do not fit together.
    pub fn from_text(text: &str) -> Result<Card, CardError> {
        let bytes = unarmour(ARMOUR, "card", text)?;
        let mut r = Reader::new(&bytes, MAGIC, "card")?;
        let organisation = r.text(crate::consent::LONGEST_ID)?;
        let organisation = organisation.parse().map_err(CardError::Organisation)?;
        let root = PublicRoot::from_text(&r.text(LONGEST_TEXT)?)?;
        let count = r.count_u8(MOST_KEYS)?;
        let mut records = Vec::with_capacity(count);
        for _ in 0..count {
            records.push(KeyRecord::decode(r.bytes(LONGEST_TEXT)?, &root)?);
        }
        let log_policy = r.text(LONGEST_TEXT)?;
        let author = KeyId(r.fixed()?);
        let made = UnixTime::read(&mut r)?;
        let signature = r.fixed()?;
        r.finish()?;
        let card = Card {
            organisation,
            root,
            records,
            log_policy,
            author,
            made,
            signature,
        };
        card.checked()
    }

    /// The root's fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        self.root.fingerprint()
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("organisation", &self.organisation)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
