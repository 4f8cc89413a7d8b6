use super::entropy::{Entropy, NoRandomness, Os, below};
use super::half::{Bytes32, GrantHalf, GrantHalves};
use super::header::{Header, Slot, header_hash, slot_hash};
use super::padding::SHORTEST;
use super::{
    Billet, Deposit, EnvelopeId, Gates, MOST_CONTENT, OwnerPacket, Padding, SealError, SlotCount,
    chunked, deposit, manifest, shamir, slot,
};
use crate::clock::UnixTime;
use crate::consent::Policy;
use crate::keys::{KeyError, KeyProvider, KeyRecord, KeyRefused, ProviderError, Role, label};
use crate::limits::byte;
use crate::record::Section;
use zeroize::Zeroizing;

/// Seals sections into an envelope, by an author, for an owner, behind gates.
///
/// There is no way to seal without gates.
pub struct Sealer<'a> {
    author: &'a dyn KeyProvider,
    owner: &'a KeyRecord,
    gates: &'a Gates,
    policy: &'a Policy,
    padding: Padding,
    slots: SlotCount,
}

impl<'a> Sealer<'a> {
    /// A sealer with padding `uniform` and eight slots. `author` has the role `issue`, `owner` the role `open`;
    /// `policy` is the one that grants of the envelope will be decided under.
    pub fn new(
        author: &'a dyn KeyProvider,
        owner: &'a KeyRecord,
        gates: &'a Gates,
        policy: &'a Policy,
    ) -> Sealer<'a> {
        Sealer {
            author,
            owner,
            gates,
            policy,
            padding: Padding::default(),
            slots: SlotCount::Eight,
        }
    }

    /// Another padding.
    #[must_use]
    pub fn padding(mut self, padding: Padding) -> Sealer<'a> {
        self.padding = padding;
        self
    }

    /// Another number of slots; one of them is the manifest's. An agency uses one number for all its envelopes,
    /// since it shows.
    #[must_use]
    pub fn slots(mut self, slots: SlotCount) -> Sealer<'a> {
        self.slots = slots;
        self
    }

    /// Seals sections, each at most 16 MiB, at a time within the windows of all keys.
    ///
    /// # Errors
    /// Where there are no sections, too many, one twice, one too long or one that the policy does not know; where the
    /// policy permits nothing or is not in force; where a key has another role or is outside its window; where the
    /// author's key cannot be reached or there is no randomness.
    pub fn seal(&self, sections: &[(Section, &[u8])], now: UnixTime) -> Result<Billet, SealError> {
        self.seal_from(sections, now, &mut Os)
    }

    /// Seals from given randomness: the same each time, so for vectors only. Whoever knows the seed opens all.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    #[cfg(feature = "hazmat")]
    pub fn seal_from_seed_hazmat(
        &self,
        sections: &[(Section, &[u8])],
        now: UnixTime,
        seed: [u8; 32],
    ) -> Result<Billet, SealError> {
        self.seal_from(sections, now, &mut super::entropy::Seeded::new(seed))
    }

    pub(super) fn seal_from(
        &self,
        sections: &[(Section, &[u8])],
        now: UnixTime,
        entropy: &mut dyn Entropy,
    ) -> Result<Billet, SealError> {
        self.check_policy(sections, now)?;
        self.check(sections)?;
        self.check_author(now)?;
        let owner = self.owner.keys_at(Role::Open, now)?;
        let gate_keys = self.gates.keys_at(now)?;

        let mut header = self.header(entropy)?;
        let keys = SlotKeys::fresh(header.manifest, self.slots, entropy)?;
        let plain = self.plaintexts(sections, &mut header, entropy)?;
        let mut body = Vec::with_capacity(plain.iter().map(|p| chunked::sealed_len(p.len())).sum());
        for (number, plain) in (0..).zip(&plain) {
            let mut salt = [0; chunked::SALT];
            entropy.fill(&mut salt)?;
            let sealed = slot::seal(&header, number, keys.of(number), &salt, plain)
                .map_err(|_| SealError::Provider(ProviderError::Refused))?;
            header.slots.push(Slot {
                length: sealed.len(),
                hash: slot_hash(&sealed),
            });
            body.extend_from_slice(&sealed);
        }

        let mut envelope = header.encode();
        let hash = header_hash(&envelope);
        envelope.extend_from_slice(&self.author.sign(label::ENVELOPE, &hash)?);
        envelope.append(&mut body);
        let bound = (header.id, hash, self.slots);
        let owner_packet = OwnerPacket::wrap(bound, &keys.grant, owner, entropy)?;

        let (threshold, gates) = (header.threshold, byte(header.gates.len()));
        let dealt: Vec<_> = (keys.gate.iter())
            .map(|half| shamir::split(half.as_array(), threshold, gates, entropy))
            .collect::<Result<_, _>>()?;
        let mut deposits = Vec::with_capacity(header.gates.len());
        for (i, (gate_key, to)) in header.gates.iter().zip(&gate_keys).enumerate() {
            let head = deposit::Head {
                id: header.id,
                header_hash: hash,
                author: header.author,
                threshold,
                gates,
                gate: byte(i + 1),
                gate_key: *gate_key,
                slots: self.slots,
                share_hashes: Vec::new(),
                two_issuers: self.policy.two_issuers(),
            };
            let shares: Vec<&[u8; 32]> = dealt.iter().map(|slot| &slot[i]).collect();
            deposits.push(Deposit::make(head, &shares, to, self.author, entropy)?);
        }
        Ok(Billet {
            envelope,
            owner_packet,
            deposits,
        })
    }

    fn check_policy(&self, sections: &[(Section, &[u8])], now: UnixTime) -> Result<(), SealError> {
        if !self.policy.permits_anything() {
            return Err(SealError::PermitsNothing);
        }
        let window = self.policy.valid();
        if !window.contains(now) {
            return Err(SealError::PolicyNotInForce { window });
        }
        let known = self.policy.sections();
        match sections.iter().find(|s| !known.contains_key(&s.0)) {
            Some((section, _)) => Err(SealError::UnknownSection(section.clone())),
            None => Ok(()),
        }
    }

    fn check(&self, sections: &[(Section, &[u8])]) -> Result<(), SealError> {
        let (found, slots) = (sections.len(), self.slots.get());
        if found == 0 {
            return Err(SealError::NoSection);
        }
        if found >= slots {
            return Err(SealError::TooManySections { found, slots });
        }
        for (i, (section, content)) in sections.iter().enumerate() {
            if sections[..i].iter().any(|s| s.0 == *section) {
                return Err(SealError::Twice(section.clone()));
            }
            if content.len() > MOST_CONTENT {
                return Err(SealError::TooLong {
                    section: section.clone(),
                    found: content.len(),
                });
            }
        }
        Ok(())
    }

    fn check_author(&self, at: UnixTime) -> Result<(), KeyRefused> {
        super::owner::role_is(self.author, Role::Issue)?;
        let (id, window) = (self.author.key_id(), self.author.request().window());
        if window.contains(at) {
            Ok(())
        } else {
            Err(KeyRefused::Window { id, window, at })
        }
    }

    fn header(&self, entropy: &mut dyn Entropy) -> Result<Header, SealError> {
        let mut id = EnvelopeId([0; 16]);
        entropy.fill(&mut id.0)?;
        Ok(Header {
            id,
            author: self.author.key_id(),
            policy: self.policy.digest(),
            threshold: byte(self.gates.threshold()),
            gates: self.gates.records().iter().map(KeyRecord::id).collect(),
            slots: Vec::with_capacity(self.slots.get()),
            manifest: byte(below(self.slots.get(), entropy)?),
        })
    }

    /// Every slot's padded plaintext, sections in slots drawn at random, the manifest in its own.
    fn plaintexts(
        &self,
        sections: &[(Section, &[u8])],
        header: &mut Header,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<Zeroizing<Vec<u8>>>, SealError> {
        let mut free: Vec<u8> = (0..byte(self.slots.get()))
            .filter(|s| *s != header.manifest)
            .collect();
        let mut entries = Vec::with_capacity(sections.len());
        let mut contents: Vec<Option<&(Section, &[u8])>> = vec![None; self.slots.get()];
        for section in sections {
            let slot = free.swap_remove(below(free.len(), entropy)?);
            contents[usize::from(slot)] = Some(section);
            entries.push(manifest::Entry {
                slot,
                section: section.0.clone(),
                length: section.1.len(),
            });
        }
        entries.sort_unstable_by_key(|e| e.slot);
        let unpadded = |s: &(Section, &[u8])| slot::unpadded_len(s.0.as_str(), s.1.len());
        let longest = sections.iter().map(unpadded).max().unwrap_or(0);
        let plain = (0..).zip(contents).map(|(slot, content)| {
            if slot == header.manifest {
                let manifest = manifest::encode(&entries);
                return Ok(slot::plaintext("", &manifest, SHORTEST));
            }
            let (name, content) = content.map_or(("", &[][..]), |s| (s.0.as_str(), s.1));
            let own = slot::unpadded_len(name, content.len());
            let length = self.padding.length(own, longest);
            let length = length.ok_or(SealError::Padding)?;
            Ok(slot::plaintext(name, content, length))
        });
        plain.collect()
    }
}

impl std::fmt::Debug for Sealer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer")
            .field("author", &self.author.key_id())
            .field("padding", &self.padding)
            .finish_non_exhaustive()
    }
}

/// Both halves of every slot's key.
struct SlotKeys {
    grant: GrantHalves,
    gate: Vec<Bytes32>,
}

impl SlotKeys {
    /// Fresh halves. The manifest's gate half is zero: it names sections and holds nothing of them, and its owner
    /// must read it to grant any.
    fn fresh(
        manifest: u8,
        slots: SlotCount,
        entropy: &mut dyn Entropy,
    ) -> Result<SlotKeys, SealError> {
        let (mut grant, mut gate) = (Vec::new(), Vec::new());
        for slot in 0..byte(slots.get()) {
            let bytes = Bytes32::fresh(entropy)?;
            grant.push(GrantHalf { slot, bytes });
            gate.push(match slot == manifest {
                true => Bytes32::zero(),
                false => Bytes32::fresh(entropy)?,
            });
        }
        Ok(SlotKeys {
            grant: GrantHalves(grant),
            gate,
        })
    }

    fn of(&self, slot: u8) -> (&[u8; 32], &[u8; 32]) {
        let slot = usize::from(slot);
        (
            self.grant.0[slot].bytes.as_array(),
            self.gate[slot].as_array(),
        )
    }
}

impl From<NoRandomness> for SealError {
    fn from(_: NoRandomness) -> SealError {
        SealError::NoRandomness
    }
}

impl From<KeyError> for SealError {
    fn from(e: KeyError) -> SealError {
        SealError::Provider(e.into())
    }
}
