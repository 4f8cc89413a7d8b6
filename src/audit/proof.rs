//! Proofs to carry along (C2SP tlog-proof@v1): a leaf's number, its path, and the cosigned checkpoint.

use super::checkpoint::SignedCheckpoint;
use super::entry::Leaf;
use super::hash::Hash;
use super::note::NoteError;
use super::path::{LONGEST_PATH, PathError, check_inclusion};
use super::policy::{Freshness, Policy, PolicyError, Witnessed};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// Why a proof was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not a proof of this format.
    #[error("not a tlog-proof: {0}")]
    Form(&'static str),
    /// Its checkpoint is malformed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Its checkpoint is not believed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// It proves another leaf, or nothing.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// A proof as it travels, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    pub(super) index: u64,
    pub(super) path: Vec<Hash>,
    pub(super) checkpoint: SignedCheckpoint,
}

/// A leaf that stands in a witnessed tree. Made by [`LogProof::verify`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
    leaf: Leaf,
    index: u64,
    witnessed: Witnessed,
}

impl Included {
    /// The leaf.
    pub fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// Its number, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The tree it stands in, and who cosigned it.
    pub fn witnessed(&self) -> &Witnessed {
        &self.witnessed
    }
}

impl LogProof {
    /// The leaf's number, as the proof says.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The checkpoint, not yet checked.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Checks that `leaf` stands in a tree that the policy believes.
    ///
    /// # Errors
    /// Where the checkpoint is not believed, or the path does not lead from this leaf to its root.
    pub fn verify(
        &self,
        leaf: &Leaf,
        policy: &Policy,
        freshness: Option<Freshness>,
    ) -> Result<Included, ProofError> {
        let witnessed = policy.check(&self.checkpoint, freshness)?;
        let tree = witnessed.checkpoint();
        check_inclusion(leaf.hash(), self.index, tree.size, tree.root, &self.path)?;
        Ok(Included {
            leaf: *leaf,
            index: self.index,
            witnessed,
        })
    }
}

impl fmt::Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}\nindex {}", self.index)?;
        self.path.iter().try_for_each(|h| writeln!(f, "{h}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for LogProof {
    type Err = ProofError;

    /// The `extra` line is refused: nothing signs it.
    fn from_str(text: &str) -> Result<LogProof, ProofError> {
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(ProofError::Form("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(MAGIC) {
            return Err(ProofError::Form("the first line names another format"));
        }
        let index = lines.next().unwrap_or_default();
        if index.starts_with("extra") {
            return Err(ProofError::Form("an `extra` line, which nothing signs"));
        }
        let index = index.strip_prefix("index ").and_then(|i| i.parse().ok());
        let index = index.ok_or(ProofError::Form("no line says which leaf"))?;
        let path = lines.map(Hash::from_base64).take(LONGEST_PATH);
        let path: Vec<Hash> = path
            .collect::<Option<_>>()
            .ok_or(ProofError::Form("a line of the path is no hash"))?;
        let proof = LogProof {
            index,
            path,
            checkpoint: checkpoint.parse()?,
        };
        // One text for each proof: no leading zeros, no sign, no hash past the longest path.
        if proof.to_string() != text {
            return Err(ProofError::Form(
                "it is longer or written otherwise than one",
            ));
        }
        Ok(proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::checkpoint::Checkpoint;
    use crate::audit::entry::{Entry, Kind, Opening};
    use crate::audit::testing::TestSigner;

    fn proof() -> (LogProof, Leaf, Policy) {
        let signer = TestSigner::log("example.org/log", 1);
        let leaf = |text: &str| {
            let entry = Entry::new(Kind::Grant, text.into()).unwrap();
            Opening::new(entry).unwrap().leaf()
        };
        let (a, b) = (leaf("a"), leaf("b"));
        let checkpoint = Checkpoint {
            origin: "example.org/log".into(),
            size: 2,
            root: Hash::of_node(a.hash(), b.hash()),
        };
        let proof = LogProof {
            index: 1,
            path: vec![a.hash()],
            checkpoint: SignedCheckpoint::sign(checkpoint, &signer).unwrap(),
        };
        (proof, b, Policy::new(signer.key, &[], 0).unwrap())
    }

    #[test]
    fn a_proof_is_read_as_written_and_proves_its_leaf_only() {
        let (proof, leaf, policy) = proof();
        let again: LogProof = proof.to_string().parse().unwrap();
        assert_eq!(again, proof);
        let included = again.verify(&leaf, &policy, None).unwrap();
        assert_eq!((included.index(), included.leaf()), (1, &leaf));
        let other = Opening::new(Entry::new(Kind::Grant, "b".into()).unwrap()).unwrap();
        assert_eq!(
            again.verify(&other.leaf(), &policy, None),
            Err(ProofError::Path(PathError::Root))
        );
    }

    #[test]
    fn any_other_text_is_refused() {
        let (proof, leaf, policy) = proof();
        let text = proof.to_string();
        for (bad, why) in [
            (text.replace("@v1", "@v2"), "another version"),
            (text.replace("index 1", "index 01"), "leading zero"),
            (text.replace("index 1", "index +1"), "sign"),
            (text.replace("index 1", "extra AAAA\nindex 1"), "extra"),
            (text.replacen("\n\n", "\n", 1), "no empty line"),
            (text.replace("\n2\n", "\n02\n"), "size with zero"),
            (text.replace("\n2\n", "\n2\nmore\n"), "line of extension"),
            (text.clone() + "\n", "line more"),
        ] {
            assert_ne!(bad, text);
            let read = bad.parse::<LogProof>();
            assert!(
                read.is_err_and(|e| !matches!(e, ProofError::Path(_))),
                "{why}"
            );
        }
        // And no flipped bit of it proves.
        for i in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[i / 8] ^= 1 << (i % 8);
            let proven = String::from_utf8(bytes)
                .ok()
                .and_then(|t| t.parse::<LogProof>().ok())
                .is_some_and(|p| p.verify(&leaf, &policy, None).is_ok());
            assert!(!proven, "bit {i}");
        }
    }
}
