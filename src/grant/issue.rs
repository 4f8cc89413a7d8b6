//! Issuing: from a decision and an envelope that its owner has opened, and handing on.

use super::signed::{Grant, GrantId, Head};
use super::{Chain, GrantError, Ground, Slots, Terms, capsule};
use crate::clock::UnixTime;
use crate::consent::Permit;
use crate::envelope::{GrantHalves, OwnedEnvelope};
use crate::keys::{KeyId, KeyProvider, KeyRecord, KeyRefused, Role};

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
        let envelope = owned.envelope();
        if envelope.policy_digest() != permit.policy() {
            return Err(GrantError::OtherPolicy);
        }
        let request = permit.request();
        let sections: Vec<_> = request.sections.iter().cloned().collect();
        let slots = Slots::new(envelope.slot_count(), &owned.slots_of(&sections)?);
        let terms = Terms {
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
        };
        make(None, terms, owned.halves(), recipient, issuer, now)
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
        make(Some(link.entry), terms, halves, recipient, issuer, now)
    }
}

fn make(
    parent: Option<super::EntryRef>,
    terms: Terms,
    halves: &GrantHalves,
    recipient: &KeyRecord,
    issuer: &dyn KeyProvider,
    now: UnixTime,
) -> Result<Grant, GrantError> {
    let keys = recipient.keys_at(opens_with(&terms), now)?;
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| GrantError::NoRandomness)?;
    let head = Head {
        id: GrantId(id),
        parent,
        issuer: signs_with(issuer, Role::Issue, now)?,
        recipient: recipient.id(),
        issued: now,
        terms,
    };
    if !head.is_sound() {
        return Err(GrantError::Terms);
    }
    let capsule = capsule::wrap(&head, halves, keys)?;
    Ok(Grant::sign(head, capsule, issuer)?)
}

/// The role of a key that may use a grant of these terms.
pub(super) fn opens_with(terms: &Terms) -> Role {
    match terms.emergency {
        true => Role::BreakGlass,
        false => Role::Open,
    }
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
