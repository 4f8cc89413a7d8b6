//! Signers from small numbers.

use super::note::{NoteError, NoteSigner, SignatureType, VerifierKey};
use ring::signature::{Ed25519KeyPair, KeyPair};

pub(super) struct TestSigner {
    pair: Ed25519KeyPair,
    pub(super) key: VerifierKey,
}

impl TestSigner {
    pub(super) fn log(name: &str, seed: u8) -> TestSigner {
        TestSigner::new(name, SignatureType::Ed25519, seed)
    }

    pub(super) fn witness(name: &str, seed: u8) -> TestSigner {
        TestSigner::new(name, SignatureType::Cosignature, seed)
    }

    fn new(name: &str, kind: SignatureType, seed: u8) -> TestSigner {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let public = pair.public_key().as_ref().try_into().unwrap();
        let key = VerifierKey::new(name, kind, public).unwrap();
        TestSigner { pair, key }
    }
}

impl NoteSigner for TestSigner {
    fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteError> {
        Ok(self.pair.sign(message).as_ref().try_into().unwrap())
    }
}
