//! Deposits: what a gate keeps of an envelope, wrapped to it and signed by the author. A thief of a gate's keystore
//! and deposits, with its passphrase, holds one share of each gate half and no grant half: nothing opens.

use super::entropy::Entropy;
use super::half::{Bytes32, Share};
use super::header::{Header, header_hash, quorum};
use super::owner::{role_is, wrap, wrapped_len};
use super::{EnvelopeError, EnvelopeId, GateSet, MOST_GATES, OpenError, SlotCount};
use crate::keys::{KeyId, KeyProvider, KeyRecord, ProviderError, PublicKeys, Role, label};
use crate::limits::byte;
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};

const MAGIC: &[u8; 8] = b"BLBdep\0\x01";
/// Of an envelope whose grants take two who issue them.
const MAGIC_TWO: &[u8; 8] = b"BLBdep\0\x02";

/// One gate's shares, as read: nothing of it is believed before [`Deposit::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    pub(super) head: Head,
    sealed: Vec<u8>,
    signature: [u8; 64],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: EnvelopeId,
    pub(super) header_hash: [u8; 32],
    pub(super) author: KeyId,
    pub(super) threshold: u8,
    pub(super) gates: u8,
    pub(super) gate: u8,
    pub(super) gate_key: KeyId,
    pub(super) slots: SlotCount,
    pub(super) share_hashes: Vec<[u8; 32]>,
    /// Whether grants of the envelope take two who issue them, as its policy says.
    pub(super) two_issuers: bool,
}

impl Head {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(match self.two_issuers {
            false => MAGIC,
            true => MAGIC_TWO,
        });
        w.fixed(&self.id.0);
        w.fixed(&self.header_hash);
        w.fixed(&self.author.0);
        w.u8(self.threshold);
        w.u8(self.gates);
        w.u8(self.gate);
        w.fixed(&self.gate_key.0);
        w.u8(byte(self.slots.get()));
        self.share_hashes.iter().for_each(|h| w.fixed(h));
        w.finish()
    }

    fn info(&self) -> Vec<u8> {
        [label::DEPOSIT, &Sha256::digest(self.encode())[..]].concat()
    }
}

impl Deposit {
    /// Wraps the shares (32 bytes a slot) that the author deals to the gate that `head` names.
    pub(super) fn make(
        mut head: Head,
        shares: &[&[u8; 32]],
        gate: &PublicKeys,
        author: &dyn KeyProvider,
        entropy: &mut dyn Entropy,
    ) -> Result<Deposit, ProviderError> {
        head.share_hashes = (0..)
            .zip(shares)
            .map(|(slot, share)| share_hash(head.id, head.gate, slot, share))
            .collect();
        let mut secret = zeroize::Zeroizing::new(Vec::with_capacity(32 * shares.len()));
        shares.iter().for_each(|s| secret.extend_from_slice(*s));
        let sealed = wrap(gate, &head.info(), &secret, entropy)?;
        let mut out = Deposit {
            head,
            sealed,
            signature: [0; 64],
        };
        out.signature = author.sign(label::DEPOSIT_SIGNATURE, &out.signed_part())?;
        Ok(out)
    }

    fn signed_part(&self) -> Vec<u8> {
        [self.head.encode(), Sha256::digest(&self.sealed).to_vec()].concat()
    }

    /// Believes the deposit where this author signed it. A gate keeps the first such deposit of an envelope.
    ///
    /// # Errors
    /// Where it names another author, the key is none to seal with, or the signature does not hold.
    pub fn verify(self, author: &KeyRecord) -> Result<VerifiedDeposit, EnvelopeError> {
        if self.head.author != author.id() {
            return Err(EnvelopeError::OtherAuthor {
                found: self.head.author,
            });
        }
        author
            .keys_of(Role::Issue)?
            .verify(
                label::DEPOSIT_SIGNATURE,
                &self.signed_part(),
                &self.signature,
            )
            .map_err(|_| EnvelopeError::Refused)?;
        Ok(VerifiedDeposit(self))
    }

    /// The envelope it is of.
    pub fn envelope(&self) -> EnvelopeId {
        self.head.id
    }

    /// The key of the gate it is for.
    pub fn gate_key(&self) -> KeyId {
        self.head.gate_key
    }

    /// The key that is to have signed it.
    pub fn author(&self) -> KeyId {
        self.head.author
    }

    /// The deposit's bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.head.encode();
        out.extend_from_slice(&self.sealed);
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<Deposit, EnvelopeError> {
        let (mut r, two_issuers) = Reader::either(bytes, [MAGIC, MAGIC_TWO], "deposit")?;
        let id = EnvelopeId(r.fixed()?);
        let header_hash = r.fixed()?;
        let author = KeyId(r.fixed()?);
        let at = r.at();
        let (threshold, gates, gate) = (r.u8()?, r.u8()?, r.u8()?);
        let few = usize::from(gates) <= MOST_GATES && (1..=gates).contains(&gate);
        if !few || !quorum(usize::from(threshold), usize::from(gates)) {
            return Err(WireError::Value { at }.into());
        }
        let gate_key = KeyId(r.fixed()?);
        let slots = r.code(Reader::u8, SlotCount::from_code)?;
        let hashes = (0..slots.get()).map(|_| r.fixed());
        let share_hashes = hashes.collect::<Result<_, _>>()?;
        let sealed = r.take(wrapped_len(slots))?.to_vec();
        let signature = r.fixed()?;
        r.finish()?;
        let head = Head {
            id,
            header_hash,
            author,
            threshold,
            gates,
            gate,
            gate_key,
            slots,
            share_hashes,
            two_issuers,
        };
        Ok(Deposit {
            head,
            sealed,
            signature,
        })
    }
}

/// A deposit that its author signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDeposit(Deposit);

impl VerifiedDeposit {
    /// The envelope it is of.
    pub fn envelope(&self) -> EnvelopeId {
        self.0.head.id
    }

    /// The gate's number, from 1.
    pub fn gate(&self) -> u8 {
        self.0.head.gate
    }

    /// The gate's key.
    pub fn gate_key(&self) -> KeyId {
        self.0.head.gate_key
    }

    /// The key that signed it.
    pub fn author(&self) -> KeyId {
        self.0.head.author
    }

    /// Whether grants of the envelope take two who issue them, as the author says its policy does.
    pub fn two_issuers(&self) -> bool {
        self.0.head.two_issuers
    }

    /// The hash of the envelope's header.
    pub(crate) fn header_hash(&self) -> [u8; 32] {
        self.0.head.header_hash
    }

    /// How many slots there are.
    pub(crate) fn slots(&self) -> SlotCount {
        self.0.head.slots
    }

    /// The envelope's gates, from its header as it stands at the begin of the envelope.
    ///
    /// # Errors
    /// Where it is another envelope's header, or not of the format.
    pub fn gates(&self, header: &[u8]) -> Result<GateSet, EnvelopeError> {
        let mut r = Header::reader(header)?;
        let read = Header::read(&mut r)?;
        r.finish()?;
        let gates = GateSet::new(0, usize::from(read.threshold), read.gates);
        let own = header_hash(header) == self.0.head.header_hash;
        gates.filter(|_| own).ok_or(EnvelopeError::Refused)
    }

    /// Unwraps the gate's shares with its key: each of them is checked.
    ///
    /// # Errors
    /// [`OpenError::Refused`] where it is another gate's; [`OpenError::WrongShare`] where the author dealt a share
    /// that is not the one it signed.
    pub fn open(&self, gate: &dyn KeyProvider) -> Result<GateShares, OpenError> {
        role_is(gate, Role::Gate)?;
        if gate.key_id() != self.0.head.gate_key {
            return Err(OpenError::Refused);
        }
        let bytes = gate.unwrap(&self.0.head.info(), &self.0.sealed)?;
        let (shares, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || shares.len() != self.0.head.slots.get() {
            return Err(OpenError::Refused);
        }
        let shares = (0..)
            .zip(shares)
            .map(|(slot, share)| self.share(slot, share));
        Ok(GateShares(shares.collect::<Result<_, _>>()?))
    }

    /// A share that this gate released, where it is the one the author dealt.
    ///
    /// # Errors
    /// [`OpenError::WrongShare`] otherwise.
    pub fn share(&self, slot: u8, share: &[u8; 32]) -> Result<Share, OpenError> {
        let head = &self.0.head;
        let dealt = head.share_hashes.get(usize::from(slot));
        if dealt == Some(&share_hash(head.id, head.gate, slot, share)) {
            Ok(Share {
                envelope: head.header_hash,
                epoch: 0,
                gate: head.gate,
                slot,
                bytes: Bytes32::copy(share),
            })
        } else {
            Err(OpenError::WrongShare {
                gate: head.gate,
                slot,
            })
        }
    }
}

/// All shares of one gate, one a slot.
#[derive(Debug)]
pub struct GateShares(pub(super) Vec<Share>);

impl GateShares {
    /// The share of a slot.
    pub fn share(&self, slot: u8) -> Option<&Share> {
        self.0.get(usize::from(slot))
    }
}

/// What a deposit says of a share: enough to know it again, nothing of what it is.
fn share_hash(id: EnvelopeId, gate: u8, slot: u8, share: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(label::SHARE);
    hash.update(id.0);
    hash.update([gate, slot]);
    hash.update(share);
    hash.finalize().into()
}
