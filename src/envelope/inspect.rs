use super::EnvelopeId;
use super::header::Header;
use crate::hex::Hex;
use crate::keys::KeyId;
use std::fmt;

/// What an outsider learns of an envelope: nothing of the child, of the owner, of who may open it, or of which
/// sections there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The envelope's random id.
    pub id: EnvelopeId,
    /// The key that it says signed it.
    pub author: KeyId,
    /// SHA-256 of the compiled policy.
    pub policy_digest: [u8; 32],
    /// How many gates open a slot.
    pub threshold: usize,
    /// The gates' keys.
    pub gates: Vec<KeyId>,
    /// Bytes of each sealed slot; under padding `uniform` all but the manifest's are alike.
    pub slots: Vec<usize>,
    /// The manifest's slot, from 0.
    pub manifest: usize,
    /// Bytes of the envelope.
    pub length: usize,
}

impl Inspection {
    pub(super) fn new(header: &Header, length: usize) -> Inspection {
        Inspection {
            id: header.id,
            author: header.author,
            policy_digest: header.policy,
            threshold: usize::from(header.threshold),
            gates: header.gates.clone(),
            slots: header.slots.iter().map(|s| s.length).collect(),
            manifest: usize::from(header.manifest),
            length,
        }
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "envelope  {}, version 1, {} bytes", self.id, self.length)?;
        writeln!(f, "author    {} (not verified)", self.author)?;
        writeln!(f, "policy    {}", Hex(&self.policy_digest))?;
        for (i, gate) in (1..).zip(&self.gates) {
            writeln!(f, "gate {i}    {gate}")?;
        }
        writeln!(
            f,
            "opens     with {} of {} gates, never without",
            self.threshold,
            self.gates.len()
        )?;
        write!(f, "slots    ")?;
        for (i, slot) in self.slots.iter().enumerate() {
            write!(
                f,
                " {slot}{}",
                if i == self.manifest {
                    " (manifest)"
                } else {
                    ""
                }
            )?;
        }
        Ok(())
    }
}
