//! Grants from the envelope's own agency to whoever uses the last, each within the one before.

use super::issue::opens_with;
use super::{
    AccessRequest, Admitted, ChainError, EntryRef, Grant, GrantError, RequestError, Revocation,
    capsule,
};
use crate::clock::UnixTime;
use crate::envelope::GrantHalves;
use crate::keys::{Directory, Fingerprint, KeyId, KeyProvider, KeyRecord, PublicKeys, Role};

/// The most grants of a chain: what the agency gave, handed on three times.
pub const MOST_LINKS: usize = 4;

/// A grant and where it is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The grant.
    pub grant: Grant,
    /// Its entry: what its opening commits to.
    pub entry: EntryRef,
    /// A time at which a quorum of witnesses had seen the entry. A signature counts where they had seen it before its
    /// key was compromised.
    pub logged: UnixTime,
}

/// A chain whose signatures, order and narrowing were checked. Made by [`Chain::verify`] only.
///
/// ```
/// # use billetbook::grant::*;
/// # use billetbook::keys::*;
/// fn halves(chain: &Chain, key: &dyn KeyProvider) -> bool {
///     chain.halves(key).is_ok()
/// }
/// ```
/// A grant that was only read gives no halves:
/// ```compile_fail,E0599
/// # use billetbook::grant::*;
/// # use billetbook::keys::*;
/// fn halves(grant: &Grant, key: &dyn KeyProvider) -> bool {
///     grant.halves(key).is_ok()
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    links: Vec<Link>,
    last: Link,
    /// The roots of the agencies that issued them.
    roots: Vec<Fingerprint>,
}

impl Chain {
    /// Checks grants from the first to the one that is used. `author` is the envelope's author: the first grant must
    /// come from the same agency, for nobody else has the halves.
    ///
    /// # Errors
    /// Where a signature, the order, the narrowing, an agency or a key does not hold.
    pub fn verify(
        links: Vec<Link>,
        author: &KeyRecord,
        keys: &Directory,
    ) -> Result<Chain, ChainError> {
        let found = links.len();
        let Some(last) = links.last().filter(|_| found <= MOST_LINKS).cloned() else {
            return Err(ChainError::Length { found });
        };
        let mut roots = Vec::with_capacity(found);
        let mut before: Option<&Link> = None;
        for (index, link) in links.iter().enumerate() {
            let head = &link.grant.head;
            if head.parent != before.map(|b| b.entry) {
                return Err(ChainError::Order { index });
            }
            let (issuer, root) = signer(keys, head.issuer, head.issued, link.logged)?;
            let holder = match before {
                None => author.root(),
                Some(b) => record(keys, b.grant.recipient())?.root(),
            };
            if root != holder {
                return Err(ChainError::Issuer { index });
            }
            let signature = link.grant.verify(issuer);
            signature.map_err(|_| ChainError::Signature { key: head.issuer })?;
            if let Some(second) = head.second {
                let (public, other) = signer(keys, second, head.issued, link.logged)?;
                if other != root {
                    return Err(ChainError::Issuer { index });
                }
                let signature = link.grant.verify_second(public);
                signature.map_err(|_| ChainError::Signature { key: second })?;
            }
            record(keys, head.recipient)?.keys_of(opens_with(&head.terms))?;
            if let Some(b) = before {
                let held = b.grant.terms();
                if !head.terms.is_within(held) || head.terms.depth >= held.depth {
                    return Err(ChainError::Wider { index });
                }
            }
            roots.push(root);
            before = Some(link);
        }
        Ok(Chain { links, last, roots })
    }

    /// True where two persons of the envelope's own agency issued what all of it rests on.
    pub fn has_two_issuers(&self) -> bool {
        let first = self.links.first();
        first.is_some_and(|l| l.grant.second_issuer().is_some())
    }

    /// The grants, the envelope's own agency's first.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The grant that is used. It is the narrowest.
    pub fn last(&self) -> &Link {
        &self.last
    }

    /// The grant halves in the last grant's capsule; those of slots that were not granted are random.
    ///
    /// # Errors
    /// [`GrantError::Existence`]; where it does not open with this key.
    pub fn halves(&self, recipient: &dyn KeyProvider) -> Result<GrantHalves, GrantError> {
        let grant = &self.last.grant;
        capsule::unwrap(&grant.head, &grant.capsule, recipient)
    }

    /// Checks that a request uses the last grant as it allows, at a time. Whether its uses are still free, and whether
    /// it is logged, is for gates to say.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn admit(
        &self,
        request: &AccessRequest,
        keys: &Directory,
        now: UnixTime,
    ) -> Result<Admitted, RequestError> {
        let (grant, terms) = (&self.last.grant, self.last.grant.terms());
        if request.grant() != self.last.entry || request.envelope() != terms.envelope {
            return Err(RequestError::OtherGrant);
        }
        if request.requester() != grant.recipient() {
            return Err(RequestError::OtherRecipient);
        }
        if terms.mode == crate::consent::Mode::Existence {
            return Err(RequestError::Existence);
        }
        if !request.slots().is_within(terms.slots) {
            return Err(RequestError::Slots);
        }
        if !request.purpose().is_within(terms.purpose) {
            return Err(RequestError::Purpose);
        }
        for at in [request.made(), now] {
            if !terms.window.contains(at) {
                let window = terms.window;
                return Err(RequestError::Window { window, at });
            }
        }
        if request.ordinals().len() != self.links.len() {
            return Err(RequestError::Ordinals);
        }
        for (index, (link, found)) in self.links.iter().zip(request.ordinals()).enumerate() {
            let (found, most) = (*found, link.grant.terms().most_opens);
            if found == 0 || found > most {
                return Err(RequestError::Opens { index, found, most });
            }
        }
        if request.emergency().is_some() != terms.emergency {
            return Err(RequestError::Emergency);
        }
        request.verify(keys, now)
    }

    /// True where this revocation ends the chain: it revokes one of its grants, by an agency that issued it or one
    /// before it, and, where it says that consent was withdrawn, what it revokes rests on consent.
    pub fn is_ended_by(&self, revocation: &Revocation, keys: &Directory) -> bool {
        let by = keys.record(revocation.by()).map(KeyRecord::root);
        let Some(at) = self
            .links
            .iter()
            .position(|l| l.entry == revocation.grant())
        else {
            return false;
        };
        by.is_some_and(|root| self.roots[..=at].contains(&root))
            && revocation.suits(&self.links[at].grant)
    }
}

pub(super) fn record(keys: &Directory, id: KeyId) -> Result<&KeyRecord, ChainError> {
    let record = keys.record(id);
    Ok(record.ok_or(crate::keys::KeyRefused::Unknown(id))?)
}

/// The keys of an agency's issuer, and its root: valid when it signed, and not compromised before witnesses saw it.
fn signer(
    keys: &Directory,
    id: KeyId,
    signed: UnixTime,
    logged: UnixTime,
) -> Result<(&PublicKeys, Fingerprint), ChainError> {
    signed_by(keys, (id, Role::Issue), signed, logged)
}

/// Checks a statement that a key of that role signed, and gives its agency's root. `times`: when it was signed, as it
/// says, and when witnesses had seen it.
pub(super) fn verify_statement(
    keys: &Directory,
    (id, role): (KeyId, Role),
    (label, message): (&'static [u8], &[u8]),
    signature: &[u8; 64],
    (signed, logged): (UnixTime, UnixTime),
) -> Result<Fingerprint, ChainError> {
    let (public, root) = signed_by(keys, (id, role), signed, logged)?;
    let holds = public.verify(label, message, signature);
    holds.map_err(|_| ChainError::Signature { key: id })?;
    Ok(root)
}

/// As [`signer`], of a key of any role.
fn signed_by(
    keys: &Directory,
    (id, role): (KeyId, Role),
    signed: UnixTime,
    logged: UnixTime,
) -> Result<(&PublicKeys, Fingerprint), ChainError> {
    let record = record(keys, id)?;
    match keys.compromised_since(id) {
        Some(since) if since <= logged => Err(ChainError::Compromised { key: id, since }),
        _ => Ok((record.keys_at(role, signed)?, record.root())),
    }
}
