use super::chunked::Refused;
use super::half::{Bytes32, GateHalf, GrantHalf, GrantHalves, Share};
use super::header::{Header, header_hash, slot_hash};
use super::manifest::{self, Entry};
use super::{
    Assurance, EnvelopeError, EnvelopeId, GateSet, GateShares, Inspection, OpenError, OwnerPacket,
    SlotCount, VerifiedDeposit, entropy::Os, shamir, slot,
};
use crate::clock::UnixTime;
use crate::keys::{KeyError, KeyId, KeyProvider, KeyRecord, Role, label};
use crate::record::Section;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// An envelope as read: it keeps the format's rules, and nothing of it is believed. It can be inspected and
/// verified.
#[derive(Clone)]
pub struct Envelope<'a> {
    header: Header,
    header_hash: [u8; 32],
    signature: [u8; 64],
    slots: Vec<&'a [u8]>,
    length: usize,
}

impl<'a> Envelope<'a> {
    /// Reads an envelope's bytes. Counts and lengths are checked against the format's limits and against each
    /// other before anything is computed.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &'a [u8]) -> Result<Envelope<'a>, EnvelopeError> {
        let mut r = Header::reader(bytes)?;
        let header = Header::read(&mut r)?;
        let end = r.at();
        let signature = r.fixed()?;
        let slots = header.slots.iter().map(|s| r.take(s.length));
        let slots = slots.collect::<Result<_, _>>()?;
        r.finish()?;
        Ok(Envelope {
            header,
            header_hash: header_hash(&bytes[..end]),
            signature,
            slots,
            length: bytes.len(),
        })
    }

    /// What anyone learns who holds the envelope and no key.
    pub fn inspect(&self) -> Inspection {
        Inspection::new(&self.header, self.length)
    }

    /// Believes the envelope where this author signed it: the signature covers the header, and the header the hash
    /// of every slot.
    ///
    /// # Errors
    /// Where it names another author, the key is none to seal with, or anything of it was altered.
    pub fn verify(self, author: &KeyRecord) -> Result<VerifiedEnvelope<'a>, EnvelopeError> {
        let found = self.header.author;
        if found != author.id() {
            return Err(EnvelopeError::OtherAuthor { found });
        }
        author
            .keys_of(Role::Issue)?
            .verify(label::ENVELOPE, &self.header_hash, &self.signature)
            .map_err(|_| EnvelopeError::Refused)?;
        let whole = (self.header.slots.iter().zip(&self.slots))
            .all(|(s, bytes)| s.hash == slot_hash(bytes));
        if whole {
            Ok(VerifiedEnvelope(self))
        } else {
            Err(EnvelopeError::Refused)
        }
    }
}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Envelope").field(&self.header.id).finish()
    }
}

/// An envelope that its author signed, whole.
#[derive(Clone, Debug)]
pub struct VerifiedEnvelope<'a>(Envelope<'a>);

impl<'a> VerifiedEnvelope<'a> {
    /// Its id.
    pub fn id(&self) -> EnvelopeId {
        self.0.header.id
    }

    /// The key that signed it.
    pub fn author(&self) -> KeyId {
        self.0.header.author
    }

    /// The digest of the policy that it is under.
    pub fn policy_digest(&self) -> [u8; 32] {
        self.0.header.policy
    }

    /// How many gates open a slot.
    pub fn threshold(&self) -> usize {
        usize::from(self.0.header.threshold)
    }

    /// The gates' keys; the first is gate 1.
    pub fn gates(&self) -> &[KeyId] {
        &self.0.header.gates
    }

    /// How many slots there are.
    pub fn slot_count(&self) -> SlotCount {
        self.0.header.slot_count()
    }

    /// Joins shares of one slot, as its author dealt them, to its gate half.
    ///
    /// # Errors
    /// Where there are fewer than the threshold, a gate gives two, or they are of another slot or envelope, or of gates to
    /// which the shares were dealt anew.
    pub fn gate_half(&self, slot: u8, shares: &[&Share]) -> Result<GateHalf, OpenError> {
        self.join((0, self.threshold()), slot, shares)
    }

    /// The same of gates to which the shares were dealt anew.
    ///
    /// # Errors
    /// As [`VerifiedEnvelope::gate_half`]; where a share is of other gates than these.
    pub fn gate_half_of(
        &self,
        gates: &GateSet,
        slot: u8,
        shares: &[&Share],
    ) -> Result<GateHalf, OpenError> {
        self.join((gates.epoch(), gates.threshold()), slot, shares)
    }

    fn join(
        &self,
        (epoch, needed): (u32, usize),
        slot: u8,
        shares: &[&Share],
    ) -> Result<GateHalf, OpenError> {
        let found = shares.len();
        if found < needed {
            return Err(OpenError::TooFewShares { found, needed });
        }
        for (i, share) in shares.iter().enumerate() {
            if share.envelope != self.0.header_hash || share.slot != slot {
                return Err(OpenError::OtherEnvelope);
            }
            if share.epoch != epoch {
                return Err(OpenError::OtherGates { gate: share.gate });
            }
            if shares[..i].iter().any(|s| s.gate == share.gate) {
                return Err(OpenError::SameGate { gate: share.gate });
            }
        }
        let shares: Vec<_> = shares.iter().map(|s| (s.gate, s.secret_bytes())).collect();
        let bytes = Bytes32::copy(&shamir::join(&shares));
        Ok(GateHalf { slot, bytes })
    }

    /// Opens the slot of which these are both halves, whole or not at all.
    ///
    /// # Errors
    /// [`OpenError::Refused`] where they are not, or it holds no section.
    pub fn open(&self, grant: &GrantHalf, gate: &GateHalf) -> Result<OpenSection, OpenError> {
        if grant.slot != gate.slot || grant.slot == self.0.header.manifest {
            return Err(OpenError::Refused);
        }
        let plain = self.open_slot(grant, &gate.bytes)?;
        let (name, content) = slot::parts(&plain)?;
        let section = name.parse().map_err(|_| OpenError::Refused)?;
        let start = slot::unpadded_len(name, 0);
        let content = start..start + content.len();
        Ok(OpenSection {
            section,
            plain,
            content,
        })
    }

    /// Opens the owner packet, and with it the manifest.
    ///
    /// # Errors
    /// Where it is of another envelope, or does not open with this key.
    pub fn owned_by(
        &self,
        packet: &OwnerPacket,
        owner: &dyn KeyProvider,
    ) -> Result<OwnedEnvelope<'a>, OpenError> {
        let header = &self.0.header;
        if (packet.id, packet.header_hash) != (header.id, self.0.header_hash) {
            return Err(OpenError::OtherEnvelope);
        }
        if packet.slots != header.slot_count() {
            return Err(OpenError::Refused);
        }
        let halves = packet.unwrap(owner)?;
        let half = halves.half(header.manifest).ok_or(OpenError::Refused)?;
        let plain = self.open_slot(half, &Bytes32::zero())?;
        let entries = match slot::parts(&plain)? {
            ("", manifest) => manifest::decode(manifest, self.slot_count(), header.manifest)?,
            _ => return Err(OpenError::Refused),
        };
        Ok(OwnedEnvelope {
            envelope: self.clone(),
            halves,
            entries,
        })
    }

    /// Believes a deposit of this envelope.
    ///
    /// # Errors
    /// As [`Deposit::verify`](super::Deposit::verify), and where it is of another envelope.
    pub fn deposit(
        &self,
        deposit: super::Deposit,
        author: &KeyRecord,
    ) -> Result<VerifiedDeposit, EnvelopeError> {
        let (head, header) = (&deposit.head, &self.0.header);
        let same = head.header_hash == self.0.header_hash
            && header.gates.get(usize::from(head.gate) - 1) == Some(&head.gate_key)
            && usize::from(head.gates) == header.gates.len()
            && head.threshold == header.threshold
            && head.slots == header.slot_count();
        if !same {
            return Err(EnvelopeError::Refused);
        }
        deposit.verify(author)
    }

    /// The header's hash.
    pub(crate) fn header_hash(&self) -> [u8; 32] {
        self.0.header_hash
    }

    /// The header's bytes, for gates that deal their shares anew.
    pub fn header(&self) -> Vec<u8> {
        self.0.header.encode()
    }

    fn open_slot(&self, grant: &GrantHalf, gate: &Bytes32) -> Result<Zeroizing<Vec<u8>>, Refused> {
        let sealed = self.0.slots.get(usize::from(grant.slot)).ok_or(Refused)?;
        let halves = (grant.bytes.as_array(), gate.as_array());
        slot::open(&self.0.header, grant.slot, halves, sealed)
    }
}

/// An envelope and its grant halves, in its owner's hands. The owner too needs gates to open a section.
#[derive(Debug)]
pub struct OwnedEnvelope<'a> {
    envelope: VerifiedEnvelope<'a>,
    halves: GrantHalves,
    entries: Vec<Entry>,
}

impl OwnedEnvelope<'_> {
    /// The envelope.
    pub fn envelope(&self) -> &VerifiedEnvelope<'_> {
        &self.envelope
    }

    /// Which slots hold which sections.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The grant halves, to put some into a grant's capsule.
    pub fn halves(&self) -> &GrantHalves {
        &self.halves
    }

    /// The slots of sections, for a grant.
    ///
    /// # Errors
    /// Where the envelope holds no such section.
    pub fn slots_of(&self, sections: &[Section]) -> Result<Vec<u8>, OpenError> {
        let slot = |s: &Section| match self.entries.iter().find(|e| e.section == *s) {
            Some(entry) => Ok(entry.slot),
            None => Err(OpenError::NoSection(s.clone())),
        };
        sections.iter().map(slot).collect()
    }

    /// Wraps the grant halves to another key of the owner's, after a rotation. The envelope and its deposits stay.
    ///
    /// # Errors
    /// Where the key may not be opened to at `now`, or there is no randomness.
    pub fn rewrap(&self, owner: &KeyRecord, now: UnixTime) -> Result<OwnerPacket, OpenError> {
        let owner = owner.keys_at(Role::Open, now)?;
        let envelope = &self.envelope;
        let bound = (envelope.id(), envelope.0.header_hash, envelope.slot_count());
        OwnerPacket::wrap(bound, &self.halves, owner, &mut Os).map_err(|e| match e {
            KeyError::NoRandomness => OpenError::NoRandomness,
            _ => OpenError::Refused,
        })
    }

    /// Opens one section with shares that the caller took out of deposits with the gates' own keys. No gate was
    /// asked and no log was looked at: the result says [`Assurance::Advisory`].
    ///
    /// # Errors
    /// Where there is no such section, or the shares do not open it.
    pub fn open_advisory(
        &self,
        section: &Section,
        shares: &[GateShares],
    ) -> Result<Opened, OpenError> {
        let slot = self.slots_of(std::slice::from_ref(section))?[0];
        let of_slot: Vec<&Share> = shares.iter().filter_map(|s| s.share(slot)).collect();
        let gate = self.envelope.gate_half(slot, &of_slot)?;
        let grant = self.halves.half(slot).ok_or(OpenError::Refused)?;
        let opened = self.envelope.open(grant, &gate)?;
        if opened.section != *section {
            return Err(OpenError::Refused);
        }
        Ok(Opened {
            section: opened,
            assurance: Assurance::Advisory,
        })
    }
}

/// A section's content, wiped when dropped.
pub struct OpenSection {
    section: Section,
    plain: Zeroizing<Vec<u8>>,
    content: Range<usize>,
}

impl OpenSection {
    /// Which section it is.
    pub fn section(&self) -> &Section {
        &self.section
    }

    /// Its content.
    pub fn content(&self) -> &[u8] {
        &self.plain[self.content.clone()]
    }
}

impl fmt::Debug for OpenSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenSection")
            .field("section", &self.section)
            .finish_non_exhaustive()
    }
}

/// An opened section, and who stood in between.
#[derive(Debug)]
pub struct Opened {
    section: OpenSection,
    assurance: Assurance,
}

impl Opened {
    /// The section.
    pub fn section(&self) -> &OpenSection {
        &self.section
    }

    /// Who stood in between.
    pub fn assurance(&self) -> Assurance {
        self.assurance
    }
}

impl From<Refused> for OpenError {
    fn from(_: Refused) -> OpenError {
        OpenError::Refused
    }
}
