//! The recipient's side: what was logged, step by step to a key.

use super::ask::{Ask, Evidence};
use super::error::{Denial, OpenKeyError};
use super::release::{OpenKey, Release};
use super::taken::NewGates;
use super::wire::gate;
use crate::audit::{Freshness, Hash, Included, Kind, Policy};
use crate::clock::UnixTime;
use crate::envelope::{
    Assurance, EnvelopeId, GrantHalf, OpenError, Share, VerifiedDeposit, VerifiedEnvelope,
};
use crate::grant::{AccessRequest, Chain, EntryRef, Grant, Link};
use crate::keys::{Directory, KeyId, KeyProvider, KeyRecord};

/// A chain of grants, each of which stands in a witnessed log. Made by [`LoggedGrant::verify`] only.
#[derive(Clone, Debug)]
pub struct LoggedGrant {
    chain: Chain,
    evidence: Vec<Evidence>,
}

impl LoggedGrant {
    /// Checks that each grant stands in the log, and the chain that they make. `author` is the envelope's author.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(
        grants: &[Evidence],
        policy: &Policy,
        author: &KeyRecord,
        keys: &Directory,
    ) -> Result<LoggedGrant, Denial> {
        let mut links = Vec::with_capacity(grants.len());
        for evidence in grants {
            let included = evidence.check(&[Kind::Grant], policy, None)?;
            links.push(Link {
                grant: Grant::decode(evidence.opening.entry().bytes())?,
                entry: evidence.entry(),
                logged: witnessed_by(&included),
            });
        }
        Ok(LoggedGrant {
            chain: Chain::verify(links, author, keys)?,
            evidence: grants.to_vec(),
        })
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
}

/// When the last of those witnesses that counted had seen it. Where none is asked for, nobody has.
pub(super) fn witnessed_by(included: &Included) -> UnixTime {
    let times = included.witnessed().cosigners().iter().map(|(_, at)| *at);
    times.max().unwrap_or(UnixTime::LAST)
}

/// A request that stands in a witnessed log and uses a logged grant as this allows. Made by
/// [`LoggedRequest::verify`] only.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    grant: LoggedGrant,
    request: AccessRequest,
    evidence: Evidence,
    entry: EntryRef,
}

impl LoggedRequest {
    /// Checks that a request stands in the log and uses the grant as it allows.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(
        grant: LoggedGrant,
        evidence: Evidence,
        policy: &Policy,
        keys: &Directory,
        freshness: Freshness,
    ) -> Result<LoggedRequest, Denial> {
        evidence.check(&[Kind::Request, Kind::BreakGlass], policy, Some(freshness))?;
        let request = AccessRequest::decode(evidence.opening.entry().bytes())?;
        grant.chain.admit(&request, keys, freshness.now)?;
        Ok(LoggedRequest {
            grant,
            request,
            entry: evidence.entry(),
            evidence,
        })
    }

    /// The grant that it uses.
    pub fn grant(&self) -> &LoggedGrant {
        &self.grant
    }

    /// The request and its proof.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// What is handed to a gate that has seen the log at size `seen`, with the consistency proof from there.
    pub fn ask(&self, seen: u64, consistency: Vec<Hash>) -> Ask {
        Ask {
            request: self.evidence.clone(),
            grants: self.grant.evidence.clone(),
            seen,
            consistency,
        }
    }

    /// The key of a slot, from what gates released for this request. Each share is one that the envelope's author
    /// dealt to that gate, and there must be as many as its threshold says.
    ///
    /// # Errors
    /// Where a release is another's, was altered, or does not open with this key; where there are too few.
    pub fn open_key(
        &self,
        slot: u8,
        (envelope, deposits): (&VerifiedEnvelope<'_>, &[VerifiedDeposit]),
        releases: &[Release],
        keys: &Directory,
        recipient: &dyn KeyProvider,
    ) -> Result<OpenKey, OpenKeyError> {
        let of = |gate, share: &[u8; 32]| {
            let deposit = deposits.iter().find(|d| d.gate_key() == gate)?;
            Some(deposit.share(slot, share))
        };
        let shares = self.shares((slot, envelope.id()), releases, keys, recipient, of)?;
        let gate_half = envelope.gate_half(slot, &shares.iter().collect::<Vec<_>>())?;
        Ok(OpenKey {
            grant: self.grant_half(slot, recipient)?,
            gate: gate_half,
            assurance: assurance(envelope.threshold(), envelope.gates(), keys)?,
        })
    }

    /// The same where the envelope's shares were dealt anew: each share is one that its gate has taken.
    ///
    /// # Errors
    /// As [`LoggedRequest::open_key`].
    pub fn open_key_of(
        &self,
        slot: u8,
        (envelope, gates): (&VerifiedEnvelope<'_>, &NewGates),
        releases: &[Release],
        keys: &Directory,
        recipient: &dyn KeyProvider,
    ) -> Result<OpenKey, OpenKeyError> {
        let of = |gate, share: &[u8; 32]| gates.share(gate, slot, share);
        let shares = self.shares((slot, envelope.id()), releases, keys, recipient, of)?;
        let set = gates.set();
        let gate_half = envelope.gate_half_of(set, slot, &shares.iter().collect::<Vec<_>>())?;
        Ok(OpenKey {
            grant: self.grant_half(slot, recipient)?,
            gate: gate_half,
            assurance: assurance(set.threshold(), set.gates(), keys)?,
        })
    }

    /// The shares of a slot that gates released for this request, each checked by `of`, which knows those of the
    /// envelope's gates.
    fn shares(
        &self,
        (slot, envelope): (u8, EnvelopeId),
        releases: &[Release],
        keys: &Directory,
        recipient: &dyn KeyProvider,
        of: impl Fn(KeyId, &[u8; 32]) -> Option<Result<Share, OpenError>>,
    ) -> Result<Vec<Share>, OpenKeyError> {
        if !self.request.slots().contains(slot) {
            return Err(OpenKeyError::Slot);
        }
        let mut shares: Vec<Share> = Vec::with_capacity(releases.len());
        for release in releases {
            if release.request() != self.entry || release.envelope() != envelope {
                return Err(OpenKeyError::OtherRequest);
            }
            let opened = release.open(keys, recipient)?;
            let share = opened.iter().find(|(s, _)| *s == slot);
            let (_, share) = share.ok_or(OpenKeyError::Slot)?;
            let known = of(release.gate(), share).ok_or(OpenKeyError::OtherRequest)?;
            shares.push(known?);
        }
        Ok(shares)
    }

    fn grant_half(&self, slot: u8, recipient: &dyn KeyProvider) -> Result<GrantHalf, OpenKeyError> {
        let halves = self.grant.chain.halves(recipient)?;
        Ok(halves.into_half(slot).ok_or(OpenError::Refused)?)
    }
}

fn assurance(
    threshold: usize,
    gates: &[KeyId],
    keys: &Directory,
) -> Result<Assurance, OpenKeyError> {
    let roots = gates.iter().map(|id| Ok(gate(keys, *id)?.root()));
    let roots = roots.collect::<Result<Vec<_>, OpenKeyError>>()?;
    Ok(Assurance::of(threshold, roots))
}
