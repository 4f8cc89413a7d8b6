//! What a gate gives out, and the key that a quorum of such makes.

use super::error::{Denial, OpenKeyError};
use super::wire::verify;
use crate::audit::Included;
use crate::envelope::{
    Assurance, EnvelopeId, GateHalf, GateShares, GrantHalf, OpenSection, VerifiedEnvelope,
};
use crate::grant::{AccessRequest, EntryRef, Slots};
use crate::keys::{Directory, KeyId, KeyProvider, PublicKeys, label};
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"BLBrel\0\x01";

/// A slot, and one gate's share of it.
type SlotShare = (u8, Zeroizing<[u8; 32]>);

/// One gate's shares of the slots asked for, wrapped to the recipient and bound to the request, its place in the log
/// and the tree. Given out again it yields nothing new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    gate: KeyId,
    envelope: EnvelopeId,
    request: EntryRef,
    index: u64,
    root: [u8; 32],
    slots: Slots,
    sealed: Vec<u8>,
    signature: [u8; 64],
}

impl Release {
    pub(super) fn make(
        request: &AccessRequest,
        included: &Included,
        shares: &GateShares,
        recipient: &PublicKeys,
        gate: &dyn KeyProvider,
    ) -> Result<Release, Denial> {
        let mut secret = Zeroizing::new(Vec::with_capacity(32 * request.slots().count().get()));
        for slot in request.slots().iter() {
            let share = shares.share(slot).ok_or(Denial::NoDeposit)?;
            secret.extend_from_slice(share.secret_bytes());
        }
        let mut out = Release {
            gate: gate.key_id(),
            envelope: request.envelope(),
            request: EntryRef(included.leaf().commitment().0),
            index: included.index(),
            root: included.witnessed().checkpoint().root.0,
            slots: request.slots(),
            sealed: Vec::new(),
            signature: [0; 64],
        };
        out.sealed = recipient.wrap(&out.info(), &secret)?;
        out.signature = gate.sign(label::RELEASE_SIGNATURE, &out.signed_part())?;
        Ok(out)
    }

    /// The gate's key.
    pub fn gate(&self) -> KeyId {
        self.gate
    }

    /// The entry of the request that it answers.
    pub fn request(&self) -> EntryRef {
        self.request
    }

    /// Its envelope.
    pub fn envelope(&self) -> EnvelopeId {
        self.envelope
    }

    /// Checks the gate's signature and unwraps: a share for each slot asked for, in order.
    pub(super) fn open(
        &self,
        keys: &Directory,
        recipient: &dyn KeyProvider,
    ) -> Result<Vec<SlotShare>, OpenKeyError> {
        let signed = self.signed_part();
        verify(
            keys,
            self.gate,
            label::RELEASE_SIGNATURE,
            &signed,
            &self.signature,
        )?;
        let bytes = recipient.unwrap(&self.info(), &self.sealed)?;
        let (shares, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || shares.len() != self.slots.iter().count() {
            return Err(OpenKeyError::Refused);
        }
        let shares = shares.iter().map(|s| Zeroizing::new(*s));
        Ok(self.slots.iter().zip(shares).collect())
    }

    fn head(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.gate.0);
        w.fixed(&self.envelope.0);
        w.fixed(&self.request.0);
        w.u64(self.index);
        w.fixed(&self.root);
        self.slots.write(&mut w);
        w.finish()
    }

    fn info(&self) -> Vec<u8> {
        [label::RELEASE, &Sha256::digest(self.head())[..]].concat()
    }

    fn signed_part(&self) -> Vec<u8> {
        [self.head(), self.sealed.clone()].concat()
    }

    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Release, WireError> {
        let mut r = Reader::new(bytes, MAGIC, "release")?;
        let (gate, envelope) = (KeyId(r.fixed()?), EnvelopeId(r.fixed()?));
        let (request, index, root) = (EntryRef(r.fixed()?), r.u64()?, r.fixed()?);
        let slots = Slots::read(&mut r)?;
        let length = PublicKeys::WRAP_OVERHEAD + 32 * slots.iter().count();
        let out = Release {
            gate,
            envelope,
            request,
            index,
            root,
            slots,
            sealed: r.take(length)?.to_vec(),
            signature: r.fixed()?,
        };
        r.finish()?;
        Ok(out)
    }
}

/// Both halves of one slot's key, the gate half joined from a quorum of releases. Made by
/// [`super::LoggedRequest::open_key`] only, and used once.
#[derive(Debug)]
pub struct OpenKey {
    pub(super) grant: GrantHalf,
    pub(super) gate: GateHalf,
    pub(super) assurance: Assurance,
}

impl OpenKey {
    /// Opens the slot.
    ///
    /// # Errors
    /// Where it does not open.
    pub fn open(self, envelope: &VerifiedEnvelope<'_>) -> Result<OpenSection, OpenKeyError> {
        Ok(envelope.open(&self.grant, &self.gate)?)
    }

    /// Whether the gates that released it stand apart.
    pub fn assurance(&self) -> Assurance {
        self.assurance
    }
}
