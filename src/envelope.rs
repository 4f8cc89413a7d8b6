//! Envelopes: a child's record in sections, each sealed by itself, that open only through gates.
//!
//! A thief of an envelope learns what [`Inspection`] shows: who sealed it, under which policy, which gates it needs,
//! and padded sizes. With the owner's keystore, but no passphrase, nothing more; with the owner's key, the names of
//! the sections; their content only with as many gates' shares as the threshold says.
//!
//! ```text
//! slot key = HKDF-SHA-512(grant half, gate half)      one for each of 8 or 16 slots
//!              |              |
//!              |              '-- Shamir t of n --> one deposit for each gate
//!              '-- wrapped to the owner (owner packet); a grant carries those of its slots
//! ```
//!
//! Sealing makes a [`Billet`]: envelope, owner packet and deposits. Reading goes through types: [`Envelope`] is
//! parsed, [`VerifiedEnvelope`] is signed and whole, [`OwnedEnvelope`] has its grant halves. Format: docs/format.md.
//!
//! Keys and key records from files: the page of [`keys`](crate::keys). A program keeps records in a
//! [`Directory`](crate::keys::Directory) and asks it before it seals or believes, since it also knows what was declared
//! compromised. Other sections than the built-in ones: `"dentist".parse::<Section>()`, named in the policy too.
//!
//! ```
//! use billetbook::clock::{UnixTime, Window};
//! use billetbook::consent::Policy;
//! use billetbook::envelope::{Assurance, Billet, Gates, Sealer};
//! use billetbook::keys::{KeyProvider, Role, Root, RoleKeys};
//! use billetbook::record::Section;
//! use billetbook::record::child::ChildRecord;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Keys: an agency's offline root stands for those of its people and of its gates.
//! let now: UnixTime = "2026-11-25".parse()?;
//! let window = Window::new(now, "2028-11-25".parse()?)?;
//! let root = Root::generate("Weston Children's Services")?;
//! let author = RoleKeys::generate(Role::Issue, "case system", window)?;
//! let owner = RoleKeys::generate(Role::Open, "records team", window)?;
//! let gates = [1, 2, 3].map(|i| RoleKeys::generate(Role::Gate, &format!("gate {i}"), window));
//! let gates = gates.into_iter().collect::<Result<Vec<_>, _>>()?;
//! let records = gates.iter().map(|g| root.certify(g.request())).collect();
//! let [author_record, owner_record] = [root.certify(author.request()), root.certify(owner.request())];
//!
//! // Seal.
//! let policy = Policy::parse(include_str!("../examples/policy.toml"))?;
//! let behind = Gates::new(records)?;
//! let sealer = Sealer::new(&author, &owner_record, &behind, &policy);
//! let record = ChildRecord::from_json(br#"{
//!     "format": "billetbook-child/1", "identifier": { "state": "unknown" },
//!     "personal": { "given_name": "Wren" }, "health": { "conditions": ["asthma"] }
//! }"#)?;
//! let contents = record.to_sections()?;
//! let sections: Vec<(Section, &[u8])> = contents.iter().map(|(s, c)| (s.clone(), c.as_slice())).collect();
//! let file = sealer.seal(&sections, now)?.encode();
//!
//! // Read, believe, own.
//! let billet = Billet::decode(&file)?;
//! let envelope = billet.envelope()?.verify(&author_record)?;
//! let owned = envelope.owned_by(billet.owner_packet(), &owner)?;
//!
//! // Open, here with two gates' own keys: nothing enforced a log, and the result says so.
//! let mut shares = Vec::new();
//! for (deposit, gate) in billet.deposits().iter().zip(&gates).take(2) {
//!     shares.push(envelope.deposit(deposit.clone(), &author_record)?.open(gate)?);
//! }
//! let opened = owned.open_advisory(&Section::Health, &shares)?;
//! assert_eq!(opened.assurance(), Assurance::Advisory);
//! let part = ChildRecord::from_sections([opened.section().content()])?;
//! assert!(part.health == record.health && part.personal.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! Nothing opens before it is verified:
//!
//! ```
//! # use billetbook::envelope::*;
//! # use billetbook::keys::*;
//! fn own(e: VerifiedEnvelope<'_>, packet: &OwnerPacket, key: &dyn KeyProvider) {
//!     let _ = e.owned_by(packet, key);
//! }
//! ```
//!
//! ```compile_fail,E0599
//! # use billetbook::envelope::*;
//! # use billetbook::keys::*;
//! fn own(e: Envelope<'_>, packet: &OwnerPacket, key: &dyn KeyProvider) {
//!     let _ = e.owned_by(packet, key);
//! }
//! ```
//!
//! A share exists only where a signed deposit knows it, and a gate half only where it was joined from shares:
//!
//! ```
//! # use billetbook::envelope::*;
//! fn share(d: VerifiedDeposit, released: [u8; 32]) -> Result<Share, OpenError> {
//!     d.share(1, &released)
//! }
//! ```
//!
//! ```compile_fail,E0451
//! # use billetbook::envelope::*;
//! fn share(d: VerifiedDeposit, released: [u8; 32]) -> Result<Share, OpenError> {
//!     Ok(Share { envelope: [0; 32], gate: 1, slot: 1, bytes: released })
//! }
//! ```
//!
//! Halves are not copied by accident:
//!
//! ```
//! # use billetbook::envelope::*;
//! fn pass(half: GateHalf) -> GateHalf { half }
//! ```
//!
//! ```compile_fail,E0599
//! # use billetbook::envelope::*;
//! fn pass(half: GateHalf) -> GateHalf { half.clone() }
//! ```
//!
//! nor written down with what surrounds them:
//!
//! ```
//! fn written<T: serde::Serialize>() {}
//! written::<billetbook::record::Section>();
//! ```
//!
//! ```compile_fail,E0277
//! fn written<T: serde::Serialize>() {}
//! written::<billetbook::envelope::GrantHalves>();
//! ```

mod billet;
mod chunked;
mod deposit;
mod entropy;
mod error;
mod gate_set;
mod gates;
mod half;
mod header;
mod inspect;
mod manifest;
mod open;
mod owner;
mod padding;
mod redeal;
mod seal;
mod shamir;
mod slot;

pub use billet::Billet;
pub use deposit::{Deposit, GateShares, VerifiedDeposit};
pub use error::{EnvelopeError, OpenError, SealError};
pub use gate_set::GateSet;
pub use gates::{Assurance, Gates};
pub use half::{GateHalf, GrantHalf, GrantHalves, Share};
pub use inspect::Inspection;
pub use manifest::Entry;
pub use open::{Envelope, OpenSection, Opened, OwnedEnvelope, VerifiedEnvelope};
pub use owner::OwnerPacket;
pub use padding::Padding;
pub(crate) use redeal::{Agreement, Blocks, Round, agreement};
pub use seal::Sealer;

use std::fmt;

/// Most bytes of one section's content: 16 MiB.
pub const MOST_CONTENT: usize = 16 << 20;

/// Most gates of an envelope.
pub const MOST_GATES: usize = 7;

/// An envelope's id: 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvelopeId(pub [u8; 16]);

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::hex::Hex(&self.0), f)
    }
}

impl fmt::Debug for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How many slots an envelope has, used or not; one of them is the manifest's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotCount {
    /// Up to seven sections.
    Eight,
    /// Up to fifteen sections.
    Sixteen,
}

impl SlotCount {
    /// The number.
    pub fn get(self) -> usize {
        match self {
            SlotCount::Eight => 8,
            SlotCount::Sixteen => 16,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<SlotCount> {
        [SlotCount::Eight, SlotCount::Sixteen]
            .into_iter()
            .find(|n| n.get() == usize::from(code))
    }
}

#[cfg(test)]
mod tests;
