//! A role's key as a signer of notes.

use super::note::{NoteError, NoteSigner, SignatureType, VerifierKey};
use crate::keys::{KeyProvider, Role};

/// The key of a log or of a witness, under its name in notes.
///
/// Notes hold no NUL, so that what is signed here can never pass for a message with a label.
#[derive(Debug)]
pub struct NoteKey<'a, K: ?Sized> {
    verifier: VerifierKey,
    provider: &'a K,
}

impl<'a, K: KeyProvider + ?Sized> NoteKey<'a, K> {
    /// The signer of `name`: a log's checkpoints where the key's role is [`Role::Log`], a witness's
    /// cosignatures where it is [`Role::Witness`].
    ///
    /// # Errors
    /// Where the role is another, or the name is none that a key can have.
    pub fn new(name: &str, provider: &'a K) -> Result<NoteKey<'a, K>, NoteError> {
        let request = provider.request();
        let kind = match request.role() {
            Role::Log => SignatureType::Ed25519,
            Role::Witness => SignatureType::Cosignature,
            found => return Err(NoteError::Role { found }),
        };
        let verifier = VerifierKey::new(name, kind, *request.keys().signing())?;
        Ok(NoteKey { verifier, provider })
    }
}

impl<K: KeyProvider + ?Sized> NoteSigner for NoteKey<'_, K> {
    fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteError> {
        self.provider
            .sign(b"", message)
            .map_err(|_| NoteError::Signer {
                name: self.verifier.name().to_owned(),
            })
    }
}
