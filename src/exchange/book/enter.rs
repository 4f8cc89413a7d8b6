//! Logging: an entry, the witnesses, the proof.

use super::Book;
use crate::audit::{Draft, Entry, Freshness, Kind, Reading, RequestId, SignedCheckpoint, Store};
use crate::clock::UnixTime;
use crate::exchange::courier::{Courier, To};
use crate::exchange::error::ExchangeError;
use crate::exchange::parties::WitnessAnswer;
use crate::exchange::{FRESH, SKEW};
use crate::gate::{Denial, Evidence, GateStore};
use crate::grant::Grant;

/// How often a witness is asked again that has meanwhile seen another size.
const TRIES: usize = 4;

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Logs an entry, has the log witnessed, and proves the entry. The same request number with the same bytes logs
    /// nothing twice.
    pub(super) fn enter(
        &mut self,
        courier: &mut dyn Courier,
        (kind, bytes, number): (Kind, Vec<u8>, [u8; 16]),
        now: UnixTime,
    ) -> Result<Evidence, ExchangeError> {
        // A request is signed by who asks, and a compromise is what may have to be said of this very key.
        if !matches!(kind, Kind::Request | Kind::BreakGlass | Kind::Compromise) {
            self.not_compromised(self.keys.author.key_id(), now)?;
        }
        let draft = Draft {
            request: RequestId(number),
            entry: Entry::new(kind, bytes).map_err(|error| crate::audit::LogError::Opening {
                index: self.log.size(),
                error,
            })?,
            rows: Vec::new(),
        };
        let placed = self.log.append(&self.opening, vec![draft])?;
        let index = placed.first().map(|p| p.index);
        let index = index.ok_or(ExchangeError::Missing("such entry"))?;
        let mut proven = self.prove(courier, &[index], now)?;
        proven.pop().ok_or(ExchangeError::Missing("such entry"))
    }

    /// Entries with their openings, proven in the log as the witnesses see it now.
    pub(super) fn prove(
        &mut self,
        courier: &mut dyn Courier,
        indices: &[u64],
        now: UnixTime,
    ) -> Result<Vec<Evidence>, ExchangeError> {
        let signed = self.cosigned(courier, now)?;
        let mut out = Vec::with_capacity(indices.len());
        for index in indices {
            let opening = match self.log.reading(*index, &self.opening)? {
                Reading::Open(opening) => opening,
                Reading::Erased => return Err(ExchangeError::Missing("entry that is not erased")),
                Reading::Lost => return Err(ExchangeError::Missing("entry that is not lost")),
            };
            out.push(Evidence {
                opening,
                proof: self.log.prove(*index, &signed)?,
            });
        }
        Ok(out)
    }

    /// Keeps the proof of a grant as witnesses saw it when it was given: where its issuer's key is compromised later, it
    /// shows that the grant was there before.
    pub(super) fn keep_proof(&mut self, evidence: &Evidence) -> Result<(), ExchangeError> {
        let proof = evidence.proof.to_string();
        self.shelf.keep_proof(evidence.entry(), &proof)
    }

    /// Grants proven as the log stands now; those whose issuer's key is compromised, as it stood when they were given.
    pub(super) fn prove_grants(
        &mut self,
        courier: &mut dyn Courier,
        indices: &[u64],
        now: UnixTime,
    ) -> Result<Vec<Evidence>, ExchangeError> {
        let mut proven = self.prove(courier, indices, now)?;
        for evidence in &mut proven {
            let entry = evidence.opening.entry();
            let issuer = match entry.kind() {
                Kind::Grant => Grant::decode(entry.bytes())?.issuer(),
                _ => continue,
            };
            if self.directory.compromised_since(issuer).is_some()
                && let Some(kept) = self.shelf.proof(evidence.entry())?
            {
                evidence.proof = kept.parse().map_err(Denial::from)?;
            }
        }
        Ok(proven)
    }

    /// The log's newest checkpoint, signed and freshly cosigned by as many witnesses as the card's policy asks for.
    ///
    /// # Errors
    /// [`ExchangeError::Unwitnessed`] where too few were reached or cosigned; where the log was rolled back.
    pub fn cosigned(
        &mut self,
        courier: &mut dyn Courier,
        now: UnixTime,
    ) -> Result<SignedCheckpoint, ExchangeError> {
        let policy = self.card.log_policy()?;
        let fresh = Freshness {
            now,
            max_age: FRESH / 2,
            skew: SKEW,
        };
        let mut signed = self.log.publish(&self.signer)?;
        if policy.check(&signed, Some(fresh)).is_ok() {
            return Ok(signed);
        }
        let first = policy
            .witnesses()
            .iter()
            .all(|w| matches!(signed.check_witness(w), Ok(None)));
        let mut why = Vec::new();
        for witness in policy.witnesses() {
            let seen = signed.check_witness(witness)?;
            let guess = match seen {
                Some(_) => signed.unverified().size,
                None => 0,
            };
            match self.cosign(courier, witness.name(), guess, &mut signed) {
                Ok(()) => {}
                Err(e @ ExchangeError::Log(_)) => return Err(e),
                Err(e) => why.push(format!("{}: {e}", witness.name())),
            }
        }
        if let Err(e) = policy.check(&signed, Some(fresh)) {
            why.push(e.to_string());
            let why = why.join("; ");
            return Err(ExchangeError::Unwitnessed { why });
        }
        if first {
            // Kept for readers; where the log has moved on meanwhile, the next one is.
            match self.log.keep_cosigned(&signed) {
                Ok(()) | Err(crate::audit::LogError::Store(crate::audit::StoreError::Moved)) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(signed)
    }

    fn cosign(
        &mut self,
        courier: &mut dyn Courier,
        witness: &str,
        guess: u64,
        signed: &mut SignedCheckpoint,
    ) -> Result<(), ExchangeError> {
        let to = To::Witness(witness.to_owned());
        let mut old = guess;
        for _ in 0..TRIES {
            let request = self.log.add_checkpoint(old, signed)?;
            let answer = courier.carry(&to, request.to_string().as_bytes())?;
            match WitnessAnswer::parse(&answer)? {
                WitnessAnswer::Cosigned(line) => {
                    signed.add(line);
                    return Ok(());
                }
                WitnessAnswer::Seen(seen) if seen > signed.unverified().size => {
                    // Another process of this book may have published meanwhile; otherwise the log went back.
                    self.log.compare(seen, None)?;
                    return Err(ExchangeError::Unwitnessed {
                        why: "the log has moved on".to_owned(),
                    });
                }
                WitnessAnswer::Seen(seen) => old = seen,
                WitnessAnswer::Refused(why) => return Err(ExchangeError::Unwitnessed { why }),
            }
        }
        Err(ExchangeError::Unwitnessed {
            why: "it has seen another size each time".to_owned(),
        })
    }
}
