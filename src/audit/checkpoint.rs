//! Checkpoints (C2SP tlog-checkpoint): a log's name, size and root, signed; and cosignatures of witnesses.

use super::hash::Hash;
use super::note::{NoteError, NoteSignature, NoteSigner, SignatureType, SignedNote, VerifierKey};
use crate::clock::UnixTime;
use std::fmt;
use std::str::FromStr;

/// A log's tree at one size. Says nothing of who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name; also the name of its key.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// The three lines of a note's text.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = NoteError;

    /// Lines of extension are refused: no auditor of leaves can check what they say.
    fn from_str(text: &str) -> Result<Checkpoint, NoteError> {
        let form = NoteError::Form("a checkpoint has a line each of origin, size and root");
        let parsed = (|| {
            let mut lines = text.strip_suffix('\n')?.split('\n');
            let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
            Some(Checkpoint {
                origin: origin.to_owned(),
                size: size.parse().ok()?,
                root: Hash::from_base64(root)?,
            })
        })();
        match parsed {
            // One text for each checkpoint: no leading zeros, no sign, no fourth line.
            Some(c) if c.to_string() == text && !c.origin.is_empty() => Ok(c),
            _ => Err(form),
        }
    }
}

/// A checkpoint as it travels: parsed, its signatures not yet checked. [`super::Policy::check`] checks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Signs a checkpoint. Only [`super::Log`] calls it, after the tree is on disk.
    pub(super) fn sign<K: NoteSigner + ?Sized>(
        checkpoint: Checkpoint,
        signer: &K,
    ) -> Result<SignedCheckpoint, NoteError> {
        let text = checkpoint.to_string();
        let signature = signer.sign(text.as_bytes())?;
        let signatures = vec![NoteSignature::of(signer.verifier(), signature.to_vec())];
        Ok(SignedCheckpoint {
            note: SignedNote { text, signatures },
            checkpoint,
        })
    }

    /// What it says, if its signatures hold.
    pub fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Its signature lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.note.signatures
    }

    /// Adds a witness's cosignature, once.
    pub fn add(&mut self, cosignature: NoteSignature) {
        if !self.note.signatures.contains(&cosignature) {
            self.note.signatures.push(cosignature);
        }
    }

    /// Checks the signature of the log whose key this is.
    ///
    /// # Errors
    /// Where the origin is another's, the key has not signed, or a signature by it does not hold.
    pub fn check_log(&self, key: &VerifierKey) -> Result<&Checkpoint, NoteError> {
        let missing = || NoteError::Signature {
            name: key.name().to_owned(),
        };
        if self.checkpoint.origin != key.name() || key.kind() != SignatureType::Ed25519 {
            return Err(missing());
        }
        let mut signed = false;
        for line in self.note.signatures.iter().filter(|l| key.claims(l)) {
            key.verify(self.note.text.as_bytes(), &line.bytes)?;
            signed = true;
        }
        if signed {
            Ok(&self.checkpoint)
        } else {
            Err(missing())
        }
    }

    /// The newest time at which a witness cosigned, `None` where it has not.
    ///
    /// # Errors
    /// Where a line by its key does not hold.
    pub fn check_witness(&self, key: &VerifierKey) -> Result<Option<UnixTime>, NoteError> {
        let mut newest = None;
        if key.kind() != SignatureType::Cosignature {
            return Ok(newest);
        }
        for line in self.note.signatures.iter().filter(|l| key.claims(l)) {
            let broken = || NoteError::Signature {
                name: key.name().to_owned(),
            };
            let (time, signature) = line.bytes.split_first_chunk::<8>().ok_or_else(broken)?;
            let time = UnixTime::from_secs(u64::from_be_bytes(*time)).map_err(|_| broken())?;
            key.verify(cosigned(time, &self.note.text).as_bytes(), signature)?;
            newest = newest.max(Some(time));
        }
        Ok(newest)
    }
}

/// A witness's line under a checkpoint. Only [`super::Witness`] calls it, after its state is on disk.
pub(super) fn cosign<K: NoteSigner + ?Sized>(
    checkpoint: &Checkpoint,
    time: UnixTime,
    signer: &K,
) -> Result<NoteSignature, NoteError> {
    let signature = signer.sign(cosigned(time, &checkpoint.to_string()).as_bytes())?;
    let bytes = [&time.as_secs().to_be_bytes()[..], &signature].concat();
    Ok(NoteSignature::of(signer.verifier(), bytes))
}

fn cosigned(time: UnixTime, text: &str) -> String {
    format!("cosignature/v1\ntime {}\n{text}", time.as_secs())
}

impl FromStr for SignedCheckpoint {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<SignedCheckpoint, NoteError> {
        let note: SignedNote = text.parse()?;
        let checkpoint = note.text.parse()?;
        Ok(SignedCheckpoint { note, checkpoint })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.note, f)
    }
}

#[cfg(test)]
impl SignedCheckpoint {
    /// Flips a bit of a signature.
    pub(super) fn break_signature(&mut self, which: usize) {
        self.note.signatures[which].bytes[20] ^= 1;
    }
}
