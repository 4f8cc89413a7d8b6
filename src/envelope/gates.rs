use super::header::quorum;
use super::{MOST_GATES, SealError};
use crate::clock::UnixTime;
use crate::keys::{Fingerprint, KeyRecord, PublicKeys, Role};
use std::fmt;

/// The gates of an envelope, and how many of them an opening needs: more than half, so that any two openings share
/// a gate.
#[derive(Clone, Debug)]
pub struct Gates {
    threshold: u8,
    records: Vec<KeyRecord>,
}

impl Gates {
    /// Gates of which the least majority opens: 2 of 3, 3 of 5.
    ///
    /// # Errors
    /// Where there are none or more than 7, or one stands twice.
    pub fn new(records: Vec<KeyRecord>) -> Result<Gates, SealError> {
        let majority = records.len() / 2 + 1;
        Gates::with_threshold(majority, records)
    }

    /// Gates of which `threshold` open.
    ///
    /// # Errors
    /// As [`Gates::new`], and where `threshold` is more than there are or not more than half of them.
    pub fn with_threshold(threshold: usize, records: Vec<KeyRecord>) -> Result<Gates, SealError> {
        let gates = records.len();
        if gates > MOST_GATES || !quorum(threshold, gates) {
            return Err(SealError::Threshold { threshold, gates });
        }
        for (i, gate) in records.iter().enumerate() {
            if records[..i].iter().any(|g| g.id() == gate.id()) {
                return Err(SealError::GateTwice(gate.id()));
            }
        }
        let threshold = crate::limits::byte(threshold);
        Ok(Gates { threshold, records })
    }

    /// How many open.
    pub fn threshold(&self) -> usize {
        usize::from(self.threshold)
    }

    /// Their key records; the first is gate 1.
    pub fn records(&self) -> &[KeyRecord] {
        &self.records
    }

    /// What these gates are worth once they release against a log: whether one agency alone could open.
    pub fn assurance(&self) -> Assurance {
        Assurance::of(self.threshold(), self.records.iter().map(KeyRecord::root))
    }

    pub(super) fn keys_at(&self, now: UnixTime) -> Result<Vec<&PublicKeys>, SealError> {
        let keys = self.records.iter().map(|g| g.keys_at(Role::Gate, now));
        Ok(keys.collect::<Result<_, _>>()?)
    }
}

/// Who stood between a key and its section when it opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assurance {
    /// Nobody: whoever opened held the gates' own keys, and what a log says was at most asked by its own program.
    Advisory,
    /// Gates that release against a log, but enough of them to open stand under one agency's root.
    Colocated {
        /// Gates needed.
        threshold: usize,
        /// Gates.
        gates: usize,
    },
    /// Gates that release against a log, no agency's root having enough of them to open.
    Enforced {
        /// Gates needed.
        threshold: usize,
        /// Gates.
        gates: usize,
    },
}

impl Assurance {
    /// The assurance of gates that release against a log, by the roots under which their keys stand: trust domains
    /// count, not keys.
    pub fn of(threshold: usize, roots: impl IntoIterator<Item = Fingerprint>) -> Assurance {
        let roots: Vec<Fingerprint> = roots.into_iter().collect();
        let gates = roots.len();
        let of_one = |root| roots.iter().filter(|r| *r == root).count();
        if roots.iter().any(|root| of_one(root) >= threshold) {
            Assurance::Colocated { threshold, gates }
        } else {
            Assurance::Enforced { threshold, gates }
        }
    }
}

impl fmt::Display for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Assurance::Advisory => write!(
                f,
                "advisory: whoever opens holds the gates' keys, no log is enforced"
            ),
            Assurance::Colocated { threshold, gates } => {
                write!(
                    f,
                    "colocated: {threshold} of {gates} gates open, and one agency holds as many"
                )
            }
            Assurance::Enforced { threshold, gates } => {
                write!(
                    f,
                    "enforced: {threshold} of {gates} gates open, and no agency holds as many"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assurance_counts_roots_not_keys() {
        let root = |b| Fingerprint([b; 32]);
        let of = |t, roots: &[u8]| Assurance::of(t, roots.iter().map(|b| root(*b)));
        let (threshold, gates) = (2, 3);
        assert_eq!(of(2, &[1, 2, 3]), Assurance::Enforced { threshold, gates });
        assert_eq!(of(2, &[1, 2, 1]), Assurance::Colocated { threshold, gates });
        assert!(matches!(of(1, &[1]), Assurance::Colocated { .. }));
        assert!(matches!(of(3, &[1, 2, 1, 2]), Assurance::Enforced { .. }));
    }
}
