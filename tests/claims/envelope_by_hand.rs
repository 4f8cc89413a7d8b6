//! An envelope's author, or whoever has its key, by hand: slots, manifests, owner packets and deposits as
//! docs/format.md has them, and also such as the library never makes.

use billetbook::envelope::Envelope;
use billetbook::keys::{KeyId, KeyProvider, PublicKeys};
use billetbook::wire::Writer;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use ring::hkdf::{HKDF_SHA512, KeyType, Prk, Salt};
use sha2::{Digest, Sha256};
use std::ops::Range;

pub(crate) const MANIFEST_LENGTH: usize = 1024;

/// Where an envelope's parts stand.
pub(crate) struct Places {
    /// The header.
    pub(crate) header: usize,
    /// Of each slot its length and hash in the header, and its bytes.
    pub(crate) slots: Vec<(Range<usize>, Range<usize>)>,
    /// The manifest's slot.
    pub(crate) manifest: usize,
}

impl Places {
    /// Of an envelope that keeps the format's rules.
    pub(crate) fn of(envelope: &[u8]) -> Places {
        let seen = Envelope::decode(envelope).unwrap().inspect();
        let header = envelope.len() - 64 - seen.slots.iter().sum::<usize>();
        let entries = header - 1 - 36 * seen.slots.len();
        let mut body = header + 64;
        let slots = seen.slots.iter().enumerate().map(|(i, length)| {
            let entry = entries + 36 * i;
            body += length;
            (entry..entry + 36, body - length..body)
        });
        Places {
            header,
            slots: slots.collect(),
            manifest: seen.manifest,
        }
    }
}

/// The envelope with the hashes of its slots and its author's signature made anew.
pub(crate) fn sign_anew(envelope: &[u8], author: &dyn KeyProvider) -> Vec<u8> {
    let places = Places::of(envelope);
    let mut out = envelope.to_vec();
    for (entry, body) in &places.slots {
        let hash = hash(b"billetbook/1 slot-hash\0", &[&envelope[body.clone()]]);
        out[entry.start + 4..entry.end].copy_from_slice(&hash);
    }
    let signature = author.sign(b"billetbook/1 envelope\0", &header_hash(&out, &places));
    out[places.header..][..64].copy_from_slice(&signature.unwrap());
    out
}

pub(crate) fn header_hash(envelope: &[u8], places: &Places) -> [u8; 32] {
    let header = &envelope[..places.header];
    hash(b"billetbook/1 envelope-header\0", &[header])
}

/// The envelope with other bytes in a slot as long as before, signed anew.
pub(crate) fn with_slot(
    envelope: &[u8],
    slot: usize,
    sealed: &[u8],
    author: &dyn KeyProvider,
) -> Vec<u8> {
    let mut out = envelope.to_vec();
    out[Places::of(envelope).slots[slot].1.clone()].copy_from_slice(sealed);
    sign_anew(&out, author)
}

/// A slot's bytes: any plaintext under both halves of its key.
pub(crate) fn seal_slot(
    envelope: &[u8],
    slot: u8,
    (grant, gate): (&[u8], &[u8; 32]),
    plain: &[u8],
) -> Vec<u8> {
    // Envelope id, author's key id and policy digest.
    let binding = [&envelope[8..88], &[slot]].concat();
    let extracted = Salt::new(HKDF_SHA512, gate).extract(grant);
    let key = expand(&extracted, &[b"billetbook/1 slot-key\0", &binding], 32);
    let salt = [7; 24];
    let info: [&[u8]; 5] = [
        b"c2sp.org/chunked-encryption@v1+AEAD_CHACHA20_POLY1305\0",
        &salt,
        b"billetbook/1 slot-context\0",
        &binding,
        b"",
    ];
    let derived = expand(&Prk::new_less_safe(HKDF_SHA512, &key), &info, 76);
    let aead = ChaCha20Poly1305::new_from_slice(&derived[..32]).unwrap();
    let mut out = [&salt[..], &derived[44..]].concat();
    for number in 0..=plain.len() / 16_384 {
        let chunk = &plain[number * 16_384..plain.len().min((number + 1) * 16_384)];
        let mut nonce: [u8; 12] = derived[32..44].try_into().unwrap();
        for (byte, with) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= with;
        }
        out.extend(aead.encrypt(&Nonce::from(nonce), chunk).unwrap());
    }
    out
}

/// A slot's plaintext: a name, a content, zeros.
pub(crate) fn plaintext(name: &str, content: &[u8], length: usize) -> Vec<u8> {
    let mut w = Writer::default();
    w.text(name);
    w.bytes(content);
    let mut out = w.finish();
    out.resize(length.max(out.len()), 0);
    out
}

/// A manifest: slot, section's name and content's length of each entry.
pub(crate) fn manifest(entries: &[(u8, &str, usize)]) -> Vec<u8> {
    let mut w = Writer::default();
    w.u8(entries.len().try_into().unwrap());
    for (slot, name, length) in entries {
        w.u8(*slot);
        w.text(name);
        w.u32((*length).try_into().unwrap());
    }
    w.finish()
}

/// An owner packet of an envelope: any bytes wrapped to its owner.
pub(crate) fn owner_packet(
    envelope: &[u8],
    slots: usize,
    halves: &[u8],
    owner: &PublicKeys,
) -> Vec<u8> {
    let places = Places::of(envelope);
    let mut w = Writer::new(b"BLBown\0\x01");
    w.fixed(&envelope[8..24]);
    w.fixed(&header_hash(envelope, &places));
    w.u8(slots.try_into().unwrap());
    let head = w.finish();
    let info = [b"billetbook/1 owner-packet\0", &head[..]].concat();
    [head, owner.wrap(&info, halves).unwrap()].concat()
}

/// What a deposit by hand says.
pub(crate) struct ByHand<'a> {
    pub(crate) threshold: u8,
    pub(crate) gates: u8,
    pub(crate) gate: u8,
    pub(crate) to: (KeyId, &'a PublicKeys),
    /// One for each slot.
    pub(crate) shares: Vec<[u8; 32]>,
}

impl ByHand<'_> {
    /// A deposit of an envelope, signed by its author.
    pub(crate) fn deposit(&self, envelope: &[u8], author: &dyn KeyProvider) -> Vec<u8> {
        let places = Places::of(envelope);
        let mut w = Writer::new(b"BLBdep\0\x01");
        w.fixed(&envelope[8..24]);
        w.fixed(&header_hash(envelope, &places));
        w.fixed(&author.key_id().0);
        [self.threshold, self.gates, self.gate]
            .iter()
            .for_each(|n| w.u8(*n));
        w.fixed(&self.to.0.0);
        w.u8(self.shares.len().try_into().unwrap());
        for (slot, share) in (0..).zip(&self.shares) {
            let of = [&envelope[8..24], &[self.gate, slot], share];
            w.fixed(&hash(b"billetbook/1 share\0", &of));
        }
        let head = w.finish();
        let info = [b"billetbook/1 deposit\0", &hash(b"", &[&head])[..]].concat();
        let wrapped = self.to.1.wrap(&info, &self.shares.concat()).unwrap();
        let signed = [&head[..], &hash(b"", &[&wrapped])].concat();
        let signature = author.sign(b"billetbook/1 deposit-signature\0", &signed);
        [&head[..], &wrapped, &signature.unwrap()].concat()
    }
}

fn hash(label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(label);
    parts.iter().for_each(|p| hash.update(p));
    hash.finalize().into()
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, info: &[&[u8]], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    let okm = prk.expand(info, Bytes(length)).unwrap();
    okm.fill(&mut out).unwrap();
    out
}
