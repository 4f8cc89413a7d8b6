//! Whom to believe (C2SP tlog-policy): logs, witnesses, and which of them must have cosigned.

mod read;

use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::note::{NoteError, VerifierKey};
use crate::clock::UnixTime;
use thiserror::Error;

/// The most logs, the most witnesses and the most groups of a policy.
pub const MOST_PARTIES: usize = 64;

/// Why a policy or a checkpoint was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A line that is not one of a policy's.
    #[error("line {line}: {what}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No line says which quorum is asked for.
    #[error("no `quorum` line; write `quorum none` where no witness is asked for")]
    NoQuorum,
    /// No line names a log.
    #[error("no `log` line; a policy that names no log believes none")]
    NoLog,
    /// A checkpoint of a log that the policy does not name.
    #[error("the log {origin} is not one of this policy")]
    UnknownLog {
        /// The log's name.
        origin: String,
    },
    /// A signature that is missing or does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Too few witnesses cosigned.
    #[error("{cosigned} witnesses have cosigned, which is not the quorum")]
    Quorum {
        /// How many known ones have.
        cosigned: usize,
    },
    /// With older cosignatures it would be a quorum, with fresh ones it is not.
    #[error("stale: {fresh} of {cosigned} cosignatures are fresh, which is not the quorum")]
    Stale {
        /// How many are fresh.
        fresh: usize,
        /// How many there are.
        cosigned: usize,
    },
    /// Cosigned later than now, by more than clocks may differ.
    #[error("{name} cosigned at {time}, which is later than now; set one of the clocks right")]
    Future {
        /// The witness.
        name: String,
        /// When it says it signed.
        time: UnixTime,
    },
}

/// How old a cosignature may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The reader's clock.
    pub now: UnixTime,
    /// Seconds that a cosignature stays fresh.
    pub max_age: u64,
    /// Seconds by which clocks may differ.
    pub skew: u64,
}

/// The logs and witnesses that are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    groups: Vec<Group>,
    quorum: Option<Member>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    needed: usize,
    members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// A checkpoint whose log is known and whose quorum of witnesses was checked. Made by [`Policy::check`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    checkpoint: Checkpoint,
    cosigners: Vec<(String, UnixTime)>,
}

impl Witnessed {
    /// What was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The known witnesses that cosigned, and when.
    pub fn cosigners(&self) -> &[(String, UnixTime)] {
        &self.cosigners
    }
}

impl Policy {
    /// A policy of one log, and `needed` of these witnesses.
    ///
    /// # Errors
    /// Where keys are of the wrong type or stand twice, or fewer witnesses are there than needed.
    pub fn new(
        log: VerifierKey,
        witnesses: &[VerifierKey],
        needed: usize,
    ) -> Result<Policy, PolicyError> {
        let mut text = format!("log {log}\n");
        let names: Vec<String> = (0..witnesses.len()).map(|i| format!("w{i}")).collect();
        for (name, key) in names.iter().zip(witnesses) {
            text += &format!("witness {name} {key}\n");
        }
        text += &match needed {
            0 => "quorum none\n".to_owned(),
            _ => format!(
                "group all-of-them {needed} {}\nquorum all-of-them\n",
                names.join(" ")
            ),
        };
        text.parse()
    }

    /// The logs.
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// The witnesses.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// Checks a checkpoint: the log's signature, every cosignature of a known witness, and the quorum; with
    /// `freshness`, only fresh cosignatures count.
    ///
    /// # Errors
    /// Where any of it does not hold.
    pub fn check(
        &self,
        signed: &SignedCheckpoint,
        freshness: Option<Freshness>,
    ) -> Result<Witnessed, PolicyError> {
        let checkpoint = self.check_log(signed)?.clone();
        let mut times = Vec::with_capacity(self.witnesses.len());
        for key in &self.witnesses {
            times.push(signed.check_witness(key)?);
        }
        let cosigned = times.iter().flatten().count();
        let mut counted = times.clone();
        if let Some(f) = freshness {
            for (key, time) in self.witnesses.iter().zip(&mut counted) {
                if let Some(time) = time.filter(|t| *t > f.now.after(f.skew)) {
                    let name = key.name().to_owned();
                    return Err(PolicyError::Future { name, time });
                }
                *time = time.filter(|t| t.after(f.max_age) >= f.now);
            }
        }
        if !self.reached(self.quorum, &counted) {
            let fresh = counted.iter().flatten().count();
            return Err(match self.reached(self.quorum, &times) {
                true => PolicyError::Stale { fresh, cosigned },
                false => PolicyError::Quorum { cosigned },
            });
        }
        let cosigners = self.witnesses.iter().zip(&counted);
        let cosigners = cosigners.filter_map(|(k, t)| t.map(|t| (k.name().to_owned(), t)));
        Ok(Witnessed {
            checkpoint,
            cosigners: cosigners.collect(),
        })
    }

    /// Checks the log's signature only.
    ///
    /// # Errors
    /// Where the log is not one of the policy's, or has not signed.
    pub fn check_log<'a>(
        &self,
        signed: &'a SignedCheckpoint,
    ) -> Result<&'a Checkpoint, PolicyError> {
        let origin = &signed.unverified().origin;
        let log = self.logs.iter().find(|k| k.name() == origin);
        let log = log.ok_or_else(|| PolicyError::UnknownLog {
            origin: origin.clone(),
        })?;
        Ok(signed.check_log(log)?)
    }

    fn reached(&self, member: Option<Member>, times: &[Option<UnixTime>]) -> bool {
        match member {
            None => true,
            Some(Member::Witness(i)) => times[i].is_some(),
            Some(Member::Group(i)) => {
                let group = &self.groups[i];
                let reached = |m: &&Member| self.reached(Some(**m), times);
                group.members.iter().filter(reached).count() >= group.needed
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::audit::Hash;
    use crate::audit::checkpoint::cosign;
    use crate::audit::testing::TestSigner;

    fn at(secs: u64) -> UnixTime {
        UnixTime::from_secs(secs).unwrap()
    }

    pub(super) struct Parties {
        log: TestSigner,
        pub(super) witnesses: Vec<TestSigner>,
        signed: SignedCheckpoint,
    }

    pub(super) fn parties() -> Parties {
        let log = TestSigner::log("example.org/log", 1);
        let witnesses = (0..4).map(|i| TestSigner::witness(&format!("w{i}.example"), 10 + i));
        let checkpoint = Checkpoint {
            origin: "example.org/log".to_owned(),
            size: 3,
            root: Hash::of_leaf(b"x"),
        };
        Parties {
            signed: SignedCheckpoint::sign(checkpoint, &log).unwrap(),
            witnesses: witnesses.collect(),
            log,
        }
    }

    impl Parties {
        pub(super) fn policy(&self, tail: &str) -> Result<Policy, PolicyError> {
            let mut text = format!("# made up\n\n log\t{} https://example.org\n", self.log.key);
            for (i, w) in self.witnesses.iter().enumerate() {
                text += &format!("witness W{i} {}\n", w.key);
            }
            (text + tail).parse()
        }

        fn cosigned(&self, by: &[usize], time: u64) -> SignedCheckpoint {
            let mut out = self.signed.clone();
            for i in by {
                out.add(cosign(out.unverified(), at(time), &self.witnesses[*i]).unwrap());
            }
            out
        }
    }

    use crate::audit::note::NoteSigner;

    #[test]
    fn quorums_of_groups_are_those_of_the_policy() {
        let p = parties();
        let tail = "group X 2 W0 W1 W2\ngroup both all X W3\nquorum both\n";
        let policy = p.policy(tail).unwrap();
        for set in 0..16u32 {
            let by: Vec<usize> = (0..4).filter(|i| set >> i & 1 == 1).collect();
            let enough = by.contains(&3) && by.iter().filter(|i| **i < 3).count() >= 2;
            let checked = policy.check(&p.cosigned(&by, 100), None);
            assert_eq!(checked.is_ok(), enough, "{by:?}");
            if let Ok(witnessed) = checked {
                assert_eq!(witnessed.cosigners().len(), by.len());
            }
        }
        assert!(
            p.policy("quorum none\n")
                .unwrap()
                .check(&p.signed, None)
                .is_ok()
        );
        let one = p.policy("quorum W2\n").unwrap();
        assert!(one.check(&p.cosigned(&[2], 1), None).is_ok());
        assert!(one.check(&p.cosigned(&[0, 1, 3], 1), None).is_err());
    }

    #[test]
    fn one_witness_counts_once_and_only_while_fresh() {
        let p = parties();
        let policy = p.policy("group G 2 W0 W1 W2 W3\nquorum G\n").unwrap();
        let mut twice = p.cosigned(&[0], 100);
        twice.add(cosign(twice.unverified(), at(101), &p.witnesses[0]).unwrap());
        let refused = policy.check(&twice, None);
        assert_eq!(refused, Err(PolicyError::Quorum { cosigned: 1 }));
        let fresh = |now| {
            Some(Freshness {
                now: at(now),
                max_age: 60,
                skew: 5,
            })
        };
        let signed = p.cosigned(&[0, 1], 100);
        for now in [95, 100, 160] {
            assert!(policy.check(&signed, fresh(now)).is_ok(), "{now}");
        }
        assert_eq!(
            policy.check(&signed, fresh(161)),
            Err(PolicyError::Stale {
                fresh: 0,
                cosigned: 2
            })
        );
        assert!(matches!(
            policy.check(&signed, fresh(94)),
            Err(PolicyError::Future { .. })
        ));
    }

    #[test]
    fn a_broken_or_unknown_signature_is_named_or_ignored() {
        let p = parties();
        let policy = p.policy("quorum W0\n").unwrap();
        let signed = p.cosigned(&[0], 100);
        let mut stranger = signed.clone();
        let outsider = TestSigner::witness("w0.example", 99);
        stranger.add(cosign(stranger.unverified(), at(100), &outsider).unwrap());
        assert!(
            policy.check(&stranger, None).is_ok(),
            "unknown key, known name"
        );
        for (which, name) in [(0, "example.org/log"), (1, "w0.example")] {
            let mut broken = signed.clone();
            broken.break_signature(which);
            let refused = policy.check(&broken, None);
            let expected = NoteError::Signature { name: name.into() };
            assert_eq!(refused, Err(PolicyError::Note(expected)));
        }
        let other = Policy::new(TestSigner::log("other.example", 1).key, &[], 0).unwrap();
        assert!(matches!(
            other.check(&signed, None),
            Err(PolicyError::UnknownLog { .. })
        ));
        // The log's own key as a witness, and a witness's as the log: neither counts.
        let as_log = TestSigner::log("w0.example", 10);
        let mut swapped = p.signed.clone();
        let line = SignedCheckpoint::sign(p.signed.unverified().clone(), &as_log).unwrap();
        swapped.add(line.signatures()[0].clone());
        assert_eq!(
            policy.check(&swapped, None),
            Err(PolicyError::Quorum { cosigned: 0 })
        );
        assert_eq!(as_log.verifier().name(), "w0.example");
    }
}
