//! Issuing: from a decision and an envelope that its owner has opened, and handing on.

use super::signed::{Grant, GrantId, Head};
use super::{Chain, GrantError, Ground, Slots, Terms, capsule};
use crate::clock::UnixTime;
use crate::consent::Permit;
use crate::envelope::{GrantHalves, OwnedEnvelope};
use crate::keys::{KeyId, KeyProvider, KeyRecord, KeyRefused, Role, label};
use crate::wire::{Reader, WireError, Writer};

const PROPOSAL: &[u8; 8] = b"BLBgpr\0\x01";
const LONGEST_PROPOSAL: usize = 8 * 1024;

/// What a decision leaves to whoever issues.
#[derive(Clone, PartialEq, Eq)]
pub struct Offer {
    /// A blinded commitment to the written reasons; used where the decision rests on no consent, whose receipt
    /// stands in this place otherwise.
    pub reasons: [u8; 32],
    /// How often it may be opened.
    pub most_opens: u16,
    /// How often it may be handed on.
    pub depth: u8,
    /// Until when those whom the record is about are not told.
    pub notify_after: UnixTime,
    /// For emergencies only: then the recipient is an officer's key of the role `break-glass`.
    pub emergency: bool,
}

/// Nothing, as of terms.
impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Offer(..)")
    }
}

impl Grant {
    /// Issues what a decision permits. The permit is used up.
    ///
    /// # Errors
    /// Where the envelope is under another policy or lacks a section, a key has another role or is outside its window,
    /// the offer is none, or a key cannot be reached.
    pub fn issue(
        permit: Permit,
        owned: &OwnedEnvelope<'_>,
        recipient: &KeyRecord,
        offer: &Offer,
        issuer: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Grant, GrantError> {
        if permit.two_issuers() {
            return Err(GrantError::TwoIssuers);
        }
        let terms = permitted(&permit, owned, offer)?;
        let halves = owned.halves();
        let head = head_of((None, None), terms, recipient, issuer, now)?;
        make(head, halves, recipient, issuer, now)
    }

    /// Proposes what a decision permits, for a second person of the agency to issue with the first. The permit is used up;
    /// nothing is granted before it is countersigned. It is not handed on.
    ///
    /// # Errors
    /// As [`Grant::issue`]; where the second is the first, or of another role.
    pub fn propose(
        permit: Permit,
        owned: &OwnedEnvelope<'_>,
        recipient: &KeyRecord,
        offer: &Offer,
        (issuer, second): (&dyn KeyProvider, &KeyRecord),
        now: UnixTime,
    ) -> Result<Proposal, GrantError> {
        second.keys_at(Role::Issue, now)?;
        let terms = permitted(&permit, owned, offer)?;
        let head = head_of((None, Some(second.id())), terms, recipient, issuer, now)?;
        Ok(Proposal(make(
            head,
            owned.halves(),
            recipient,
            issuer,
            now,
        )?))
    }

    /// Hands on what a recipient holds, narrowed to `terms`. The new grant is signed with a key of the role `issue` of
    /// the recipient's own agency.
    ///
    /// # Errors
    /// [`GrantError::Wider`] where the terms are not within those held, or these may not be handed on; as
    /// [`Grant::issue`].
    pub fn hand_on(
        held: &Chain,
        halves: &GrantHalves,
        terms: Terms,
        recipient: &KeyRecord,
        issuer: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Grant, GrantError> {
        let link = held.last();
        let own = link.grant.terms();
        if !terms.is_within(own) || terms.depth >= own.depth {
            return Err(GrantError::Wider);
        }
        let head = head_of((Some(link.entry), None), terms, recipient, issuer, now)?;
        make(head, halves, recipient, issuer, now)
    }
}

/// The terms of what a decision permits of an envelope.
fn permitted(
    permit: &Permit,
    owned: &OwnedEnvelope<'_>,
    offer: &Offer,
) -> Result<Terms, GrantError> {
    let envelope = owned.envelope();
    if envelope.policy_digest() != permit.policy() {
        return Err(GrantError::OtherPolicy);
    }
    let request = permit.request();
    let sections: Vec<_> = request.sections.iter().cloned().collect();
    let slots = Slots::new(envelope.slot_count(), &owned.slots_of(&sections)?);
    Ok(Terms {
        envelope: envelope.id(),
        slots: slots.ok_or(GrantError::Terms)?,
        mode: request.mode,
        purpose: request.purpose,
        ground: Ground {
            basis: request.basis,
            special: request.special,
            offence: request.offence,
            evidence: permit.evidence().unwrap_or(offer.reasons),
        },
        window: permit.scope().window(),
        most_opens: offer.most_opens,
        depth: offer.depth,
        notify_after: offer.notify_after,
        emergency: offer.emergency,
    })
}

fn head_of(
    (parent, second): (Option<super::EntryRef>, Option<KeyId>),
    terms: Terms,
    recipient: &KeyRecord,
    issuer: &dyn KeyProvider,
    now: UnixTime,
) -> Result<Head, GrantError> {
    let head = Head {
        id: GrantId(number()?),
        parent,
        issuer: signs_with(issuer, Role::Issue, now)?,
        second,
        recipient: recipient.id(),
        issued: now,
        terms,
    };
    match head.is_sound() {
        true => Ok(head),
        false => Err(GrantError::Terms),
    }
}

fn make(
    head: Head,
    halves: &GrantHalves,
    recipient: &KeyRecord,
    issuer: &dyn KeyProvider,
    now: UnixTime,
) -> Result<Grant, GrantError> {
    let keys = recipient.keys_at(opens_with(&head.terms), now)?;
    let capsule = capsule::wrap(&head, halves, keys)?;
    Ok(Grant::sign(head, capsule, issuer)?)
}

/// A grant that its first issuer has signed, and its second is to. No gate takes it for a grant.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal(Grant);

impl Proposal {
    /// Signs it as the second who issues: then it is a grant.
    ///
    /// # Errors
    /// Where it names another key, or this one has another role, is outside its window or cannot be reached.
    pub fn countersign(self, second: &dyn KeyProvider, now: UnixTime) -> Result<Grant, GrantError> {
        let id = signs_with(second, Role::Issue, now)?;
        if self.0.head.second != Some(id) {
            return Err(GrantError::OtherIssuer);
        }
        let mut grant = self.0;
        grant.second = Some(second.sign(label::GRANT, &grant.signed_part())?);
        Ok(grant)
    }

    /// What it would allow.
    pub fn terms(&self) -> &Terms {
        self.0.terms()
    }

    /// The key that is to have signed it first.
    pub fn issuer(&self) -> KeyId {
        self.0.issuer()
    }

    /// The key that is to countersign it.
    pub fn second_issuer(&self) -> Option<KeyId> {
        self.0.second_issuer()
    }

    /// The key whose holder could use it.
    pub fn recipient(&self) -> KeyId {
        self.0.recipient()
    }

    /// Its bytes (docs/format.md): a grant's without the second signature, after a magic of their own.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(PROPOSAL);
        w.bytes(&self.0.signed_part());
        w.fixed(&self.0.signature);
        w.finish()
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Proposal, GrantError> {
        let mut r = Reader::new(bytes, PROPOSAL, "proposal of a grant")?;
        let at = r.at();
        let signed = r.bytes(LONGEST_PROPOSAL)?;
        let signature = r.fixed()?;
        r.finish()?;
        let (mut r, two) = Head::reader(signed)?;
        let head = Head::read(&mut r, two)?;
        let capsule = r.take(capsule::length(head.terms.slots.count()))?.to_vec();
        r.finish()?;
        if !two {
            return Err(WireError::Value { at }.into());
        }
        Ok(Proposal(Grant {
            head,
            capsule,
            signature,
            second: None,
        }))
    }
}

/// The number only.
impl std::fmt::Debug for Proposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proposal({:?})", self.0.id())
    }
}

/// The role of a key that may use a grant of these terms.
pub(super) fn opens_with(terms: &Terms) -> Role {
    match terms.emergency {
        true => Role::BreakGlass,
        false => Role::Open,
    }
}

/// The number of a new statement: 16 random bytes.
pub(super) fn number() -> Result<[u8; 16], GrantError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| GrantError::NoRandomness)?;
    Ok(id)
}

/// A key's id, where it has the role and its window holds `now`.
pub(super) fn signs_with(
    key: &dyn KeyProvider,
    wanted: Role,
    now: UnixTime,
) -> Result<KeyId, KeyRefused> {
    let (id, request) = (key.key_id(), key.request());
    if request.role() != wanted {
        let found = request.role();
        return Err(KeyRefused::Role { id, found, wanted });
    }
    match request.window() {
        window if window.contains(now) => Ok(id),
        window => Err(KeyRefused::Window {
            id,
            window,
            at: now,
        }),
    }
}
