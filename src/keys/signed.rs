//! What an agency's root has signed.

use super::Fingerprint;
use super::armour::{armour, unarmour};
use super::pair::verify;
use super::record::RecordError;
use super::root::PublicRoot;
use crate::wire::{Reader, Writer};

/// A statement with the signature of an agency's root. Only made by a root, or read against one: it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSigned<S> {
    statement: S,
    root: Fingerprint,
    signature: [u8; 64],
}

/// What a root signs.
pub trait Statement: Sized {
    /// The first bytes of the signed statement.
    const MAGIC: &'static [u8; 8];
    /// What stands before the bytes that are signed.
    const LABEL: &'static [u8];
    /// The label of its text form.
    const ARMOUR: &'static str;
    /// What errors call it.
    const WHAT: &'static str;

    /// Writes its own fields.
    fn write(&self, w: &mut Writer);

    /// Reads them.
    ///
    /// # Errors
    /// Where they are of another format.
    fn read(r: &mut Reader<'_>) -> Result<Self, RecordError>;
}

impl<S: Statement> RootSigned<S> {
    pub(super) fn make(
        statement: S,
        root: Fingerprint,
        sign: impl FnOnce(&'static [u8], &[u8]) -> [u8; 64],
    ) -> RootSigned<S> {
        let mut out = RootSigned {
            statement,
            root,
            signature: [0; 64],
        };
        out.signature = sign(S::LABEL, &out.signed_part());
        out
    }

    /// What is stated.
    pub(super) fn statement(&self) -> &S {
        &self.statement
    }

    /// The root that stands for it.
    pub fn root(&self) -> Fingerprint {
        self.root
    }

    /// The statement as text that can be mailed.
    pub fn to_text(&self) -> String {
        armour(S::ARMOUR, &self.encode())
    }

    /// Reads such text as a statement of this root.
    ///
    /// # Errors
    /// Where it is another kind of file, of another root, or was altered anywhere.
    pub fn from_text(text: &str, root: &PublicRoot) -> Result<RootSigned<S>, RecordError> {
        RootSigned::decode(&unarmour(S::ARMOUR, S::WHAT, text)?, root)
    }

    /// All bytes, the root's signature last.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes as a statement of this root.
    ///
    /// # Errors
    /// Where they are of another format or root, or were altered anywhere.
    pub fn decode(bytes: &[u8], root: &PublicRoot) -> Result<RootSigned<S>, RecordError> {
        let mut r = Reader::new(bytes, S::MAGIC, S::WHAT)?;
        let statement = S::read(&mut r)?;
        let found = Fingerprint(r.fixed()?);
        let (signed, signature) = (r.at(), r.fixed()?);
        r.finish()?;
        if found != root.fingerprint() {
            let what = S::WHAT;
            return Err(RecordError::OtherRoot { what, found });
        }
        verify(root.signing(), S::LABEL, &bytes[..signed], &signature)
            .map_err(|_| RecordError::Altered { what: S::WHAT })?;
        Ok(RootSigned {
            statement,
            root: found,
            signature,
        })
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(S::MAGIC);
        self.statement.write(&mut w);
        w.fixed(&self.root.0);
        w.finish()
    }
}
