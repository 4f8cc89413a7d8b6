//! An agency's identity: Ed25519 for signing, X-Wing for sealing to it, and a root of its own secrets.
//!
//! A thief of the public file learns the agency's name. A thief of the keystore learns nothing without the
//! passphrase; with it he can sign as the agency and open what is sealed to it.

pub use super::fingerprint::Fingerprint;
use super::{KeyError, Secret, label};
use crate::wire::{Reader, WireError, Writer};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

const PUBLIC_MAGIC: &[u8; 8] = b"BLBpub\0\x01";
const STORE_MAGIC: &[u8; 8] = b"BLBkey\0\x01";
const PUBLIC_ARMOUR: &str = "BILLETBOOK IDENTITY";
const STORE_ARMOUR: &str = "BILLETBOOK KEYSTORE";
const XWING_PUBLIC: usize = 1216;
const LONGEST_NAME: usize = 200;
/// Argon2id (RFC 9106, second recommended option): 64 MiB, three passes, one lane.
const ARGON2: (u32, u32, u32) = (64 * 1024, 3, 1);

/// Why an identity or keystore was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Not the armoured text of this kind of file.
    #[error("not a {0} file")]
    Armour(&'static str),
    /// Bytes not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Wrong passphrase, or altered: which of them is not told.
    #[error("the keystore does not open: wrong passphrase, or the file was altered")]
    Locked,
    /// The identity's own signature does not hold.
    #[error("the identity was altered: its signature does not hold")]
    Altered,
    /// A signature by an identity does not hold.
    #[error("the signature does not hold")]
    Signature,
    /// Sealed bytes do not open.
    #[error("what is sealed does not open with this identity")]
    Sealed,
    /// Empty or too long a name.
    #[error("an identity's name has 1 to {LONGEST_NAME} bytes")]
    Name,
    /// No randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What others know an agency by. Checked: its signature holds.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicIdentity {
    name: String,
    signing: [u8; 32],
    sealing: Box<[u8; XWING_PUBLIC]>,
    signature: [u8; 64],
}

impl fmt::Debug for PublicIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicIdentity")
            .field("name", &self.name)
            .field("fingerprint", &self.fingerprint())
            .finish()
    }
}

impl PublicIdentity {
    /// The agency's name, as it gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 over all that the identity says.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        hash.update(label::FINGERPRINT);
        hash.update(self.signed_part());
        Fingerprint(hash.finalize().into())
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(PUBLIC_MAGIC);
        w.bytes(self.name.as_bytes());
        w.fixed(&self.signing);
        w.fixed(self.sealing.as_ref());
        w.finish()
    }

    /// All bytes, signature last.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads and checks the bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<PublicIdentity, IdentityError> {
        let mut r = Reader::new(bytes, PUBLIC_MAGIC, "public identity")?;
        let name = r.text(LONGEST_NAME)?;
        let signing = r.fixed()?;
        let mut sealing = Box::new([0; XWING_PUBLIC]);
        sealing.copy_from_slice(r.take(XWING_PUBLIC)?);
        let signature = r.fixed()?;
        r.finish()?;
        let out = PublicIdentity {
            name,
            signing,
            sealing,
            signature,
        };
        out.verify(label::IDENTITY, &out.signed_part(), &out.signature)
            .map_err(|_| IdentityError::Altered)?;
        Ok(out)
    }

    /// The identity as text that can be mailed.
    pub fn to_text(&self) -> String {
        armour(PUBLIC_ARMOUR, &self.encode())
    }

    /// Reads such text.
    ///
    /// # Errors
    /// Where it is another kind of file, or was altered anywhere.
    pub fn from_text(text: &str) -> Result<PublicIdentity, IdentityError> {
        Self::decode(&unarmour(PUBLIC_ARMOUR, "public identity", text)?)
    }

    /// Checks a signature by this identity over `label` and `message`.
    ///
    /// # Errors
    /// Where it does not hold.
    pub(crate) fn verify(
        &self,
        label: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), IdentityError> {
        UnparsedPublicKey::new(&ED25519, &self.signing)
            .verify(&[label, message].concat(), signature)
            .map_err(|_| IdentityError::Signature)
    }

    /// Seals bytes to this identity: HPKE base mode (RFC 9180), X-Wing, HKDF-SHA-256, ChaCha20-Poly1305;
    /// the encapsulated key first.
    pub(crate) fn seal(&self, info: &[u8], message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        let key = <XWing as Kem>::PublicKey::from_bytes(self.sealing.as_ref())
            .map_err(|_| IdentityError::Sealed)?;
        let (enc, body) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &key,
            info,
            message,
            b"",
        )
        .map_err(|_| IdentityError::Sealed)?;
        Ok([enc.to_bytes().as_slice(), &body].concat())
    }
}

/// An agency's secret identity. Never cloned; wiped when dropped; lives on disk only in a keystore.
pub struct Identity {
    public: PublicIdentity,
    signing: Secret,
    sealing: Secret,
    own: Secret,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// A fresh identity.
    ///
    /// # Errors
    /// Where the name is empty or too long, or there is no randomness.
    pub fn generate(name: &str) -> Result<Identity, IdentityError> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(IdentityError::Name);
        }
        Self::from_secrets(
            name,
            Secret::generate()?,
            Secret::generate()?,
            Secret::generate()?,
        )
    }

    fn from_secrets(
        name: &str,
        signing: Secret,
        sealing: Secret,
        own: Secret,
    ) -> Result<Identity, IdentityError> {
        let pair = pair(&signing)?;
        let (_, key) = XWing::derive_keypair(sealing.secret_bytes());
        let mut public = PublicIdentity {
            name: name.to_owned(),
            signing: [0; 32],
            sealing: Box::new([0; XWING_PUBLIC]),
            signature: [0; 64],
        };
        public.signing.copy_from_slice(pair.public_key().as_ref());
        public.sealing.copy_from_slice(key.to_bytes().as_slice());
        let message = [label::IDENTITY, &public.signed_part()].concat();
        public
            .signature
            .copy_from_slice(pair.sign(&message).as_ref());
        Ok(Identity {
            public,
            signing,
            sealing,
            own,
        })
    }

    /// What others may know.
    pub fn public(&self) -> &PublicIdentity {
        &self.public
    }

    /// The root of secrets that never leave this agency.
    pub(crate) fn own_secret(&self) -> &Secret {
        &self.own
    }

    pub(crate) fn sign(&self, label: &[u8], message: &[u8]) -> Result<[u8; 64], IdentityError> {
        let mut out = [0; 64];
        out.copy_from_slice(
            pair(&self.signing)?
                .sign(&[label, message].concat())
                .as_ref(),
        );
        Ok(out)
    }

    /// Opens what was sealed to this identity.
    pub(crate) fn open(
        &self,
        info: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        let n = <XWing as Kem>::EncappedKey::size();
        if sealed.len() < n {
            return Err(IdentityError::Sealed);
        }
        let (enc, body) = sealed.split_at(n);
        let (key, _) = XWing::derive_keypair(self.sealing.secret_bytes());
        let enc =
            <XWing as Kem>::EncappedKey::from_bytes(enc).map_err(|_| IdentityError::Sealed)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &key,
            &enc,
            info,
            body,
            b"",
        )
        .map(Zeroizing::new)
        .map_err(|_| IdentityError::Sealed)
    }

    /// The keystore: secrets under a key from the passphrase (Argon2id), sealed with XChaCha20-Poly1305.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn to_keystore(&self, passphrase: &[u8]) -> Result<String, IdentityError> {
        let mut random = [0; 40];
        getrandom::fill(&mut random).map_err(|_| KeyError::NoRandomness)?;
        let (m, t, p) = ARGON2;
        let mut head = Writer::new(STORE_MAGIC);
        head.u32(m);
        head.u32(t);
        head.u32(p);
        head.fixed(&random);
        head.bytes(self.public.name.as_bytes());
        let head = head.finish();
        let mut plain = Zeroizing::new(Vec::with_capacity(96));
        for secret in [&self.signing, &self.sealing, &self.own] {
            plain.extend_from_slice(secret.secret_bytes());
        }
        let cipher = store_cipher(passphrase, &random[..16], ARGON2)?;
        let payload = Payload {
            msg: &plain,
            aad: &head,
        };
        let body = cipher
            .encrypt(&nonce(&random[16..]), payload)
            .map_err(|_| IdentityError::Locked)?;
        Ok(armour(STORE_ARMOUR, &[head, body].concat()))
    }

    /// Opens a keystore.
    ///
    /// # Errors
    /// Where the passphrase is wrong or the file was altered: one error for both.
    pub fn from_keystore(text: &str, passphrase: &[u8]) -> Result<Identity, IdentityError> {
        let bytes = unarmour(STORE_ARMOUR, "keystore", text)?;
        let mut r = Reader::new(&bytes, STORE_MAGIC, "keystore")?;
        let cost = (r.u32()?, r.u32()?, r.u32()?);
        // Bounded before any memory is taken: 1 GiB, 16 passes, 4 lanes.
        if cost.0 > 1 << 20 || cost.1 > 16 || cost.2 > 4 {
            return Err(IdentityError::Wire(WireError::Value { at: 8 }));
        }
        let random: [u8; 40] = r.fixed()?;
        let name = r.text(LONGEST_NAME)?;
        let (head, body) = bytes.split_at(r.at());
        let cipher = store_cipher(passphrase, &random[..16], cost)?;
        let plain = cipher.decrypt(
            &nonce(&random[16..]),
            Payload {
                msg: body,
                aad: head,
            },
        );
        let plain = Zeroizing::new(plain.map_err(|_| IdentityError::Locked)?);
        match plain.as_slice().as_chunks::<32>() {
            ([a, b, c], []) => Self::from_secrets(
                &name,
                Secret::from_secret_bytes(a)?,
                Secret::from_secret_bytes(b)?,
                Secret::from_secret_bytes(c)?,
            ),
            _ => Err(IdentityError::Locked),
        }
    }
}

fn pair(seed: &Secret) -> Result<Ed25519KeyPair, IdentityError> {
    Ed25519KeyPair::from_seed_unchecked(seed.secret_bytes()).map_err(|_| IdentityError::Signature)
}

fn nonce(bytes: &[u8]) -> XNonce {
    let mut out = [0; 24];
    out.copy_from_slice(&bytes[..24]);
    out.into()
}

fn store_cipher(
    passphrase: &[u8],
    salt: &[u8],
    cost: (u32, u32, u32),
) -> Result<XChaCha20Poly1305, IdentityError> {
    let mut key = Zeroizing::new([0; 32]);
    let params =
        Params::new(cost.0, cost.1, cost.2, Some(32)).map_err(|_| IdentityError::Locked)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.as_mut())
        .map_err(|_| IdentityError::Locked)?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}

/// Text armour (RFC 7468, strict).
pub(crate) fn armour(label: &'static str, bytes: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, bytes).unwrap_or_default()
}

pub(crate) fn unarmour(
    label: &str,
    what: &'static str,
    text: &str,
) -> Result<Vec<u8>, IdentityError> {
    match pem_rfc7468::decode_vec(text.as_bytes()) {
        Ok((found, bytes)) if found == label => Ok(bytes),
        _ => Err(IdentityError::Armour(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_goes_into_its_keystore_and_out_again() {
        let identity = Identity::generate("Weston Children's Services").unwrap();
        let store = identity.to_keystore(b"correct horse").unwrap();
        let again = Identity::from_keystore(&store, b"correct horse").unwrap();
        assert_eq!(again.public(), identity.public());
        assert_eq!(again.own_secret(), identity.own_secret());
        assert!(matches!(
            Identity::from_keystore(&store, b"wrong horse"),
            Err(IdentityError::Locked)
        ));
    }

    #[test]
    fn a_public_identity_altered_anywhere_is_refused() {
        let identity = Identity::generate("A").unwrap();
        let bytes = identity.public().encode();
        assert!(PublicIdentity::decode(&bytes).is_ok());
        for i in (0..bytes.len()).step_by(7) {
            let mut altered = bytes.clone();
            altered[i] ^= 1;
            assert!(PublicIdentity::decode(&altered).is_err(), "byte {i}");
        }
        assert_eq!(
            &PublicIdentity::from_text(&identity.public().to_text()).unwrap(),
            identity.public()
        );
    }

    #[test]
    fn what_is_sealed_opens_for_its_recipient_only() {
        let (a, b) = (
            Identity::generate("A").unwrap(),
            Identity::generate("B").unwrap(),
        );
        let sealed = a.public().seal(b"info", b"secret").unwrap();
        assert_eq!(&**a.open(b"info", &sealed).unwrap(), b"secret");
        assert!(a.open(b"other", &sealed).is_err());
        assert!(b.open(b"info", &sealed).is_err());
    }
}
