//! The two key pairs that every holder has: Ed25519 (RFC 8032) to sign, X-Wing
//! (draft-connolly-cfrg-xwing-kem) to be sealed to.

use super::{KeyError, Secret};
use crate::wire::{Reader, WireError, Writer};
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use std::convert::Infallible;
use std::fmt;
use std::sync::OnceLock;
use zeroize::{Zeroize, Zeroizing};

const SIGNING: usize = 32;
const SEALING: usize = 1216;
const ENCAPSULATED: usize = 1120;
const TAG: usize = 16;
/// More stack than an X-Wing decapsulation takes (tests/wiped looks).
const DEEPEST: usize = 128 * 1024;

/// What is known of a holder's keys: an Ed25519 and an X-Wing public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKeys {
    signing: [u8; SIGNING],
    sealing: Box<[u8; SEALING]>,
}

impl PublicKeys {
    /// Bytes of both keys.
    pub const LENGTH: usize = SIGNING + SEALING;

    /// By how many bytes [`PublicKeys::wrap`] is longer than what it wraps.
    pub const WRAP_OVERHEAD: usize = ENCAPSULATED + TAG;

    /// Bytes of randomness that an encapsulation takes.
    pub const RANDOMNESS: usize = 64;

    /// The Ed25519 public key (32 bytes), then the X-Wing public key (1216 bytes).
    ///
    /// # Errors
    /// Where there are fewer or more bytes, or the ML-KEM part is not reduced (FIPS 203, 7.2).
    pub fn from_bytes(bytes: &[u8]) -> Result<PublicKeys, WireError> {
        let mut r = Reader::bare(bytes);
        let keys = PublicKeys::read(&mut r)?;
        r.finish()?;
        Ok(keys)
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<PublicKeys, WireError> {
        let signing = read_signing(r)?;
        let at = r.at();
        let mut sealing = Box::new([0; SEALING]);
        sealing.copy_from_slice(r.take(SEALING)?);
        match <XWing as Kem>::PublicKey::from_bytes(sealing.as_ref()) {
            Ok(_) => Ok(PublicKeys { signing, sealing }),
            Err(_) => Err(WireError::Value { at }),
        }
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.fixed(&self.signing);
        w.fixed(self.sealing.as_ref());
    }

    /// The Ed25519 public key.
    pub fn signing(&self) -> &[u8; SIGNING] {
        &self.signing
    }

    /// The X-Wing public key: ML-KEM-768, then X25519.
    pub fn sealing(&self) -> &[u8; SEALING] {
        &self.sealing
    }

    /// Checks an Ed25519 signature over `label` (NUL-terminated) and `message`.
    ///
    /// # Errors
    /// [`KeyError::Refused`] where it does not hold.
    pub fn verify(
        &self,
        label: &'static [u8],
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), KeyError> {
        verify(&self.signing, label, message, signature)
    }

    /// Wraps a secret to the holder: HPKE base mode (RFC 9180) with X-Wing (0x647a), HKDF-SHA-256 and
    /// ChaCha20-Poly1305; `info` is bound in, associated data are empty. The encapsulated key (1120 bytes), then
    /// the ciphertext (16 bytes longer than the secret).
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn wrap(&self, info: &[u8], secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut randomness = Zeroizing::new([0; Self::RANDOMNESS]);
        getrandom::fill(randomness.as_mut()).map_err(|_| KeyError::NoRandomness)?;
        self.wrap_from(&randomness, info, secret)
    }

    /// [`PublicKeys::wrap`] from given randomness, which must serve once only.
    pub(crate) fn wrap_from(
        &self,
        randomness: &[u8; Self::RANDOMNESS],
        info: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let key = <XWing as Kem>::PublicKey::from_bytes(self.sealing.as_ref())
            .map_err(|_| KeyError::Refused)?;
        let (enc, body) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &key,
            info,
            secret,
            b"",
            &mut Given(randomness),
        )
        .map_err(|_| KeyError::Refused)?;
        Ok([enc.to_bytes().as_slice(), &body].concat())
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKeys").finish_non_exhaustive()
    }
}

/// Reads an Ed25519 public key; one that is no point, or of small order (it would verify what nobody signed), is
/// refused.
pub(super) fn read_signing(r: &mut Reader<'_>) -> Result<[u8; SIGNING], WireError> {
    let at = r.at();
    let bytes = r.fixed()?;
    match VerifyingKey::from_bytes(&bytes) {
        Ok(key) if !key.is_weak() => Ok(bytes),
        _ => Err(WireError::Value { at }),
    }
}

/// Checks an Ed25519 signature over `label` and `message`, strictly: one encoding of each signature, no key or
/// commitment of small order.
pub(super) fn verify(
    key: &[u8; SIGNING],
    label: &'static [u8],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), KeyError> {
    VerifyingKey::from_bytes(key)
        .and_then(|key| {
            key.verify_strict(
                &[label, message].concat(),
                &Signature::from_bytes(signature),
            )
        })
        .map_err(|_| KeyError::Refused)
}

/// An Ed25519 seed. The expanded key lives only while a signature is made, and is wiped.
pub(super) struct SigningKey(Secret);

impl SigningKey {
    pub(super) fn new(seed: Secret) -> SigningKey {
        SigningKey(seed)
    }

    pub(super) fn seed(&self) -> &Secret {
        &self.0
    }

    pub(super) fn public(&self) -> [u8; SIGNING] {
        self.expanded().verifying_key().to_bytes()
    }

    pub(super) fn sign(&self, label: &'static [u8], message: &[u8]) -> [u8; 64] {
        let message = [label, message].concat();
        self.expanded().sign(&message).to_bytes()
    }

    fn expanded(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(self.0.secret_bytes())
    }
}

/// Both secret keys, as their seeds. Wiped when dropped.
pub(super) struct SecretKeys {
    signing: SigningKey,
    sealing: Secret,
    /// Grown from `sealing` once: it costs a key generation.
    decapsulation: OnceLock<Box<<XWing as Kem>::PrivateKey>>,
}

impl SecretKeys {
    pub(super) fn generate() -> Result<SecretKeys, KeyError> {
        Ok(SecretKeys::new(Secret::generate()?, Secret::generate()?))
    }

    /// From the Ed25519 seed and the X-Wing decapsulation key, itself a seed.
    pub(super) fn new(signing: Secret, sealing: Secret) -> SecretKeys {
        SecretKeys {
            signing: SigningKey::new(signing),
            sealing,
            decapsulation: OnceLock::new(),
        }
    }

    pub(super) fn seeds(&self) -> [&Secret; 2] {
        [self.signing.seed(), &self.sealing]
    }

    pub(super) fn public(&self) -> Result<PublicKeys, KeyError> {
        let mut sealing = Box::new([0; SEALING]);
        wiping_the_stack(|| {
            let key = XWing::sk_to_pk(self.decapsulation()?);
            sealing.copy_from_slice(key.to_bytes().as_slice());
            Ok(())
        })?;
        let signing = self.signing.public();
        Ok(PublicKeys { signing, sealing })
    }

    pub(super) fn sign(&self, label: &'static [u8], message: &[u8]) -> [u8; 64] {
        self.signing.sign(label, message)
    }

    pub(super) fn unwrap(
        &self,
        info: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (enc, body) = sealed
            .split_at_checked(ENCAPSULATED)
            .ok_or(KeyError::Refused)?;
        let enc = <XWing as Kem>::EncappedKey::from_bytes(enc).map_err(|_| KeyError::Refused)?;
        wiping_the_stack(|| {
            hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
                &OpModeR::Base,
                self.decapsulation()?,
                &enc,
                info,
                body,
                b"",
            )
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Refused)
        })
    }

    /// Called where the stack is wiped afterwards.
    fn decapsulation(&self) -> Result<&<XWing as Kem>::PrivateKey, KeyError> {
        if let Some(key) = self.decapsulation.get() {
            return Ok(key);
        }
        let key = <XWing as Kem>::PrivateKey::from_bytes(self.sealing.secret_bytes());
        let key = key.map(Box::new).map_err(|_| KeyError::Refused)?;
        Ok(self.decapsulation.get_or_init(|| key))
    }
}

/// Runs `work` and overwrites the stack that it used: `x-wing` leaves its seed and what grows from it there, and a
/// cipher that is moved leaves its key.
pub(super) fn wiping_the_stack<T>(work: impl FnOnce() -> T) -> T {
    #[inline(never)]
    fn run<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    #[inline(never)]
    fn overwrite() {
        [0u64; DEEPEST / 8].zeroize();
    }
    let out = run(work);
    overwrite();
    out
}

/// Hands out given bytes in place of a generator. An encapsulation asks once, for exactly these.
struct Given<'a>(&'a [u8]);

impl TryRng for Given<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut out = [0; 4];
        self.try_fill_bytes(&mut out)?;
        Ok(u32::from_le_bytes(out))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut out = [0; 8];
        self.try_fill_bytes(&mut out)?;
        Ok(u64::from_le_bytes(out))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        match self.0.split_at_checked(out.len()) {
            Some((given, rest)) => {
                out.copy_from_slice(given);
                self.0 = rest;
                Ok(())
            }
            None => unreachable!("an X-Wing encapsulation takes 64 bytes"),
        }
    }
}

impl TryCryptoRng for Given<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_opens_for_its_holder_only_and_under_its_info_only() {
        let [a, b] = [0, 1].map(|_| SecretKeys::generate().unwrap());
        let sealed = a.public().unwrap().wrap(b"info", b"secret").unwrap();
        assert_eq!(sealed.len(), 6 + PublicKeys::WRAP_OVERHEAD);
        assert_eq!(&**a.unwrap(b"info", &sealed).unwrap(), b"secret");
        assert_eq!(a.unwrap(b"other", &sealed), Err(KeyError::Refused));
        assert_eq!(b.unwrap(b"info", &sealed), Err(KeyError::Refused));
        assert_eq!(a.unwrap(b"info", &sealed[..1000]), Err(KeyError::Refused));
    }

    #[test]
    fn a_signature_holds_for_its_label_and_message_only() {
        let keys = SecretKeys::generate().unwrap();
        let public = keys.public().unwrap();
        let signature = keys.sign(b"a\0", b"message");
        assert_eq!(public.verify(b"a\0", b"message", &signature), Ok(()));
        let refused = Err(KeyError::Refused);
        assert_eq!(public.verify(b"b\0", b"message", &signature), refused);
        assert_eq!(public.verify(b"a\0", b"messagf", &signature), refused);
    }

    #[test]
    fn wrapping_from_given_randomness_is_a_function_of_it() {
        let public = SecretKeys::generate().unwrap().public().unwrap();
        let wrap = |r: u8| public.wrap_from(&[r; 64], b"", b"secret").unwrap();
        assert_eq!(wrap(1), wrap(1));
        assert_ne!(wrap(1), wrap(2));
        assert_ne!(
            public.wrap(b"", b"x").unwrap(),
            public.wrap(b"", b"x").unwrap()
        );
    }

    #[test]
    fn given_randomness_is_handed_out_once_in_order() {
        let given: Vec<u8> = (1..=14).collect();
        let mut rng = Given(&given);
        assert_eq!(rng.try_next_u32(), Ok(0x0403_0201));
        assert_eq!(rng.try_next_u64(), Ok(0x0c0b_0a09_0807_0605));
        let mut rest = [0; 2];
        assert_eq!((rng.try_fill_bytes(&mut rest), rest), (Ok(()), [13, 14]));
        assert_eq!(rng.0, b"");
    }

    #[test]
    fn public_keys_of_a_wrong_length_or_not_reduced_are_refused() {
        let public = SecretKeys::generate().unwrap().public().unwrap();
        let mut bytes = [public.signing().as_slice(), public.sealing()].concat();
        assert_eq!(PublicKeys::from_bytes(&bytes), Ok(public));
        assert!(PublicKeys::from_bytes(&bytes[..PublicKeys::LENGTH - 1]).is_err());
        let mut small = bytes.clone();
        small[..SIGNING].fill(0);
        assert_eq!(
            PublicKeys::from_bytes(&small),
            Err(WireError::Value { at: 0 })
        );
        bytes[SIGNING..SIGNING + 2].fill(0xff);
        assert_eq!(
            PublicKeys::from_bytes(&bytes),
            Err(WireError::Value { at: SIGNING })
        );
    }
}
