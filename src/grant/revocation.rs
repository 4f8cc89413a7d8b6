//! Revocations: an entry of the log, sent to the gates as well. They cannot take back what was read.

use super::chain::verify_statement;
use super::issue::{number, signs_with};
use super::{ChainError, EntryRef, Grant, GrantError, Link};
use crate::clock::UnixTime;
use crate::coded::coded;
use crate::keys::{Directory, KeyId, KeyProvider, Role, label};
use crate::wire::{Reader, Writer};
use std::collections::HashSet;
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBrvk\0\x01";

coded! {
    /// Why a grant is revoked.
    pub enum RevocationReason: u8, "reasons for revoking" {
        ConsentWithdrawn = 1, "consent_withdrawn", "the consent it rests on was withdrawn";
        PurposeServed = 2, "purpose_served", "it is no longer needed";
        Mistake = 3, "mistake", "it was given by mistake";
        RiskOfHarm = 4, "risk_of_harm", "it puts someone at risk of harm";
        Misuse = 5, "misuse", "it was misused";
        KeyLost = 6, "key_lost", "the recipient's key was lost or stolen";
        CourtOrder = 7, "court_order", "a court ordered it";
    }
}

/// That a grant is revoked, and with it all that hand it on. Signed by an agency that issued it or one before it.
#[derive(Clone, PartialEq, Eq)]
pub struct Revocation {
    id: [u8; 16],
    grant: EntryRef,
    by: KeyId,
    reason: RevocationReason,
    reasons: [u8; 32],
    made: UnixTime,
    signature: [u8; 64],
}

impl Revocation {
    /// Revokes a grant. `reasons` is a blinded commitment to what was written down.
    ///
    /// # Errors
    /// [`ChainError::NotOnConsent`] where consent was withdrawn and the grant does not rest on it; where the key has
    /// another role, is outside its window or cannot be reached.
    pub fn make(
        link: &Link,
        reason: RevocationReason,
        reasons: [u8; 32],
        by: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<Revocation, GrantError> {
        let mut out = Revocation {
            id: number()?,
            grant: link.entry,
            by: signs_with(by, Role::Issue, now)?,
            reason,
            reasons,
            made: now,
            signature: [0; 64],
        };
        if !out.suits(&link.grant) {
            return Err(ChainError::NotOnConsent.into());
        }
        out.signature = by.sign(label::REVOCATION, &out.signed_part())?;
        Ok(out)
    }

    /// Checks the signature. Whether it ends a chain, [`super::Chain::is_ended_by`] says. `logged` is when witnesses
    /// had seen its entry; the reader's clock where they have not yet.
    ///
    /// # Errors
    /// Where the signature or the key does not hold.
    pub fn verify(&self, keys: &Directory, logged: UnixTime) -> Result<(), ChainError> {
        verify_statement(
            keys,
            (self.by, Role::Issue),
            (label::REVOCATION, &self.signed_part()),
            &self.signature,
            (self.made, logged),
        )?;
        Ok(())
    }

    /// Withdrawing consent ends what rests on consent, and nothing else.
    pub(super) fn suits(&self, grant: &Grant) -> bool {
        self.reason != RevocationReason::ConsentWithdrawn || grant.terms().ground.rests_on_consent()
    }

    /// Its number: 16 random bytes.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The entry of the grant that is revoked.
    pub fn grant(&self) -> EntryRef {
        self.grant
    }

    /// The key that is to have signed it.
    pub fn by(&self) -> KeyId {
        self.by
    }

    /// Why.
    pub fn reason(&self) -> RevocationReason {
        self.reason
    }

    /// The blinded commitment to what was written down.
    pub fn reasons(&self) -> [u8; 32] {
        self.reasons
    }

    /// When, as the signer says.
    pub fn made(&self) -> UnixTime {
        self.made
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.id);
        w.fixed(&self.grant.0);
        w.fixed(&self.by.0);
        w.u8(self.reason.code());
        w.fixed(&self.reasons);
        w.u64(self.made.as_secs());
        w.finish()
    }

    /// Its bytes, which are the entry of the log too.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Revocation, GrantError> {
        let mut r = Reader::new(bytes, MAGIC, "revocation")?;
        let (id, grant, by) = (r.fixed()?, EntryRef(r.fixed()?), KeyId(r.fixed()?));
        let reason = r.code(Reader::u8, RevocationReason::from_code)?;
        let out = Revocation {
            id,
            grant,
            by,
            reason,
            reasons: r.fixed()?,
            made: UnixTime::read(&mut r)?,
            signature: r.fixed()?,
        };
        r.finish()?;
        Ok(out)
    }
}

/// The number only.
impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revocation({})", crate::hex::Hex(&self.id))
    }
}

/// The grants that a withdrawn consent ends: those that rest on the consent with this receipt, and all that hand them
/// on. Grants on any other ground stay.
pub fn resting_on(receipt: [u8; 32], grants: &[Link]) -> Vec<&Link> {
    let mut ended: HashSet<EntryRef> = HashSet::new();
    loop {
        let before = ended.len();
        for link in grants {
            let ground = &link.grant.terms().ground;
            let own = ground.rests_on_consent() && ground.evidence == receipt;
            if own || link.grant.parent().is_some_and(|p| ended.contains(&p)) {
                ended.insert(link.entry);
            }
        }
        if ended.len() == before {
            break;
        }
    }
    grants.iter().filter(|l| ended.contains(&l.entry)).collect()
}
