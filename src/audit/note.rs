//! Signed notes (C2SP signed-note): text, and lines of signatures by keys with names.

use crate::keys::Role;
use base64ct::{Base64, Encoding};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The longest note read, in bytes.
pub const LONGEST_NOTE: usize = 64 * 1024;
/// The most signatures read of one note.
pub const MOST_SIGNATURES: usize = 64;

/// Why a note or a key was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not a signed note.
    #[error("not a signed note: {0}")]
    Form(&'static str),
    /// A name that no key can have.
    #[error("a key's name must not be empty, nor hold blanks, `+` or control characters")]
    Name,
    /// Not a verifier key.
    #[error("not a verifier key: name+id+base64 of an Ed25519 key")]
    Key,
    /// A known key's signature that does not hold.
    #[error("the signature of {name} does not hold")]
    Signature {
        /// The key's name.
        name: String,
    },
    /// A key of another role.
    #[error("a key of the role {found}; logs and witnesses sign with keys of their own roles")]
    Role {
        /// Its role.
        found: Role,
    },
    /// The signer could not sign.
    #[error("the key of {name} could not sign")]
    Signer {
        /// The key's name.
        name: String,
    },
}

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureType {
    /// 0x01: Ed25519 over the note's text; a log's.
    Ed25519,
    /// 0x04: Ed25519 over a time and the note's text (C2SP tlog-cosignature); a witness's.
    Cosignature,
}

impl SignatureType {
    fn byte(self) -> u8 {
        match self {
            SignatureType::Ed25519 => 1,
            SignatureType::Cosignature => 4,
        }
    }
}

/// A public key with a name and a use: C2SP's `vkey`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    kind: SignatureType,
    key: [u8; 32],
}

impl VerifierKey {
    /// A key.
    ///
    /// # Errors
    /// Where the name is not one.
    pub fn new(name: &str, kind: SignatureType, key: [u8; 32]) -> Result<VerifierKey, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Name);
        }
        Ok(VerifierKey {
            name: name.to_owned(),
            kind,
            key,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> SignatureType {
        self.kind
    }

    /// The Ed25519 key.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// SHA-256(name | newline | type | key), its first four bytes.
    pub fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', self.kind.byte()]);
        hash.update(self.key);
        let mut out = [0; 4];
        out.copy_from_slice(&hash.finalize()[..4]);
        out
    }

    /// True where a signature line claims to be this key's.
    pub(super) fn claims(&self, line: &NoteSignature) -> bool {
        line.name == self.name && line.id == self.id()
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), NoteError> {
        UnparsedPublicKey::new(&ED25519, &self.key)
            .verify(message, signature)
            .map_err(|_| NoteError::Signature {
                name: self.name.clone(),
            })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [self.kind.byte(); 33];
        bytes[1..].copy_from_slice(&self.key);
        let id = u32::from_be_bytes(self.id());
        write!(
            f,
            "{}+{id:08x}+{}",
            self.name,
            Base64::encode_string(&bytes)
        )
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<VerifierKey, NoteError> {
        let (name, rest) = text.split_once('+').ok_or(NoteError::Key)?;
        let (_, key) = rest.split_once('+').ok_or(NoteError::Key)?;
        let bytes = Base64::decode_vec(key).map_err(|_| NoteError::Key)?;
        let (kind, key) = match bytes.split_first() {
            Some((1, key)) => (SignatureType::Ed25519, key),
            Some((4, key)) => (SignatureType::Cosignature, key),
            _ => return Err(NoteError::Key),
        };
        let key = VerifierKey::new(name, kind, key.try_into().map_err(|_| NoteError::Key)?)?;
        // The id, and one text for each key.
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(NoteError::Key)
        }
    }
}

/// Signs notes with a key that may live elsewhere.
pub trait NoteSigner {
    /// The key that checks what this signs.
    fn verifier(&self) -> &VerifierKey;

    /// Ed25519 over exactly these bytes.
    ///
    /// # Errors
    /// Where the key cannot be reached or does not sign.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteError>;
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub(super) name: String,
    /// Id of the key.
    pub(super) id: [u8; 4],
    /// What it signed with.
    pub(super) bytes: Vec<u8>,
}

impl NoteSignature {
    pub(super) fn of(key: &VerifierKey, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature {
            name: key.name.clone(),
            id: key.id(),
            bytes,
        }
    }

    /// Name of the key that is said to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// `— name base64`, without the newline.
impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id[..], &self.bytes].concat();
        write!(
            f,
            "\u{2014} {} {}",
            self.name,
            Base64::encode_string(&bytes)
        )
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<NoteSignature, NoteError> {
        let form = NoteError::Form("a signature is a line of a dash, a key's name and base64");
        let parts = line
            .strip_prefix("\u{2014} ")
            .and_then(|l| l.split_once(' '));
        let (name, text) = parts.ok_or_else(|| form.clone())?;
        let bytes = Base64::decode_vec(text).map_err(|_| form.clone())?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or_else(|| form.clone())?;
        if !is_key_name(name) || bytes.is_empty() {
            return Err(form);
        }
        let out = NoteSignature {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
        };
        if out.to_string() == line {
            Ok(out)
        } else {
            Err(form)
        }
    }
}

/// A note: text that ends with a newline, and signatures not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    pub(super) text: String,
    pub(super) signatures: Vec<NoteSignature>,
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(whole: &str) -> Result<SignedNote, NoteError> {
        if whole.len() > LONGEST_NOTE {
            return Err(NoteError::Form("longer than 64 KiB"));
        }
        if whole.bytes().any(|b| b < b' ' && b != b'\n') {
            return Err(NoteError::Form("it holds control characters"));
        }
        let (text, lines) = whole
            .rsplit_once("\n\n")
            .ok_or(NoteError::Form("no empty line before the signatures"))?;
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::Form("it does not end with a newline"))?;
        if lines.split('\n').count() > MOST_SIGNATURES {
            return Err(NoteError::Form("more than 64 signatures"));
        }
        Ok(SignedNote {
            text: format!("{text}\n"),
            signatures: lines
                .split('\n')
                .map(str::parse)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|s| writeln!(f, "{s}"))
    }
}

/// A key's name is not empty and holds no blank, plus or control character.
fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of C2SP signed-note.
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_specifications_example_holds() {
        let key: VerifierKey = KEY.parse().unwrap();
        let note: SignedNote = NOTE.parse().unwrap();
        assert_eq!(key.to_string(), KEY);
        assert_eq!(note.to_string(), NOTE);
        assert_eq!(note.text, "This is an example message.\n");
        assert!(key.claims(&note.signatures[0]));
        let signature = &note.signatures[0].bytes;
        assert_eq!(key.verify(note.text.as_bytes(), signature), Ok(()));
        assert!(
            key.verify(b"This is an example massage.\n", signature)
                .is_err()
        );
    }

    #[test]
    fn malformed_notes_and_keys_are_refused() {
        let line = NOTE.lines().last().unwrap();
        for (bad, why) in [
            ("", "nothing"),
            ("text\n", "no signatures"),
            ("text\n\n", "no signature line"),
            (NOTE.trim_end(), "no last newline"),
            (&NOTE.replace('.', "\u{1}"), "control character"),
            (&NOTE.replace("foo ", "foo  "), "two blanks"),
            (&NOTE.replace("foo ", "f+o "), "plus"),
            (&NOTE.replace("aQM=", "aQM"), "no padding"),
            (&NOTE.replace("aQM=", "aQN="), "loose bits"),
            (&format!("{NOTE}x\n"), "no dash"),
            (
                &format!("t\n\n{}", format!("{line}\n").repeat(65)),
                "65 signatures",
            ),
        ] {
            assert!(bad.parse::<SignedNote>().is_err(), "{why}");
        }
        let most = format!("t\n\n{}", format!("{line}\n").repeat(64));
        assert!(most.parse::<SignedNote>().is_ok());
        for bad in [
            KEY.replace("530d903a", "530d903b"),
            KEY.replace("530d903a", "530D903A"),
            KEY.replace("+Aek", "+Bek"),
            KEY.replace("foo+", " +"),
            KEY[1..].to_owned(),
            KEY.trim_end_matches('k').to_owned(),
        ] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
    }
}
