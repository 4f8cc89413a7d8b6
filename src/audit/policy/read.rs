//! The text of a policy.

use super::{Group, MOST_PARTIES, Member, Policy, PolicyError};
use crate::audit::note::{SignatureType, VerifierKey};
use std::collections::HashMap;
use std::str::FromStr;

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Policy, PolicyError> {
        let mut reading = Reading::default();
        for (i, line) in text.split('\n').enumerate() {
            let words: Vec<&str> = line.split([' ', '\t']).filter(|w| !w.is_empty()).collect();
            if words.first().is_none_or(|w| w.starts_with('#')) {
                continue;
            }
            let read = match line.bytes().any(|b| b.is_ascii_control() && b != b'\t') {
                true => Err("control characters are not allowed"),
                false => reading.line(&words),
            };
            read.map_err(|what| PolicyError::Line { line: i + 1, what })?;
        }
        if reading.quorum.is_some() && reading.logs.is_empty() {
            return Err(PolicyError::NoLog);
        }
        Ok(Policy {
            quorum: reading.quorum.ok_or(PolicyError::NoQuorum)?,
            logs: reading.logs,
            witnesses: reading.witnesses,
            groups: reading.groups,
        })
    }
}

#[derive(Default)]
struct Reading<'a> {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    groups: Vec<Group>,
    names: HashMap<&'a str, Member>,
    used: Vec<Member>,
    quorum: Option<Option<Member>>,
}

impl<'a> Reading<'a> {
    fn line(&mut self, words: &[&'a str]) -> Result<(), &'static str> {
        match words {
            ["log", key] | ["log", key, _] => {
                add_key(&mut self.logs, key, SignatureType::Ed25519)?;
                let name = self.logs.last().map(VerifierKey::name);
                match self.logs.iter().filter(|k| Some(k.name()) == name).count() {
                    1 => Ok(()),
                    _ => Err("two logs of one name"),
                }
            }
            ["witness", name, key] | ["witness", name, key, _] => {
                add_key(&mut self.witnesses, key, SignatureType::Cosignature)?;
                self.name(name, Member::Witness(self.witnesses.len() - 1))
            }
            ["group", name, needed, members @ ..] => {
                let needed = match *needed {
                    "any" => 1,
                    "all" => members.len(),
                    k => k
                        .parse()
                        .map_err(|_| "`all`, `any` or a number is missing")?,
                };
                if needed == 0 || needed > members.len() {
                    return Err("a group needs 1 up to all of its members");
                }
                if self.groups.len() == MOST_PARTIES {
                    return Err("more than 64 groups");
                }
                let mut found = Vec::with_capacity(members.len());
                for name in members {
                    let member = *self
                        .names
                        .get(name)
                        .ok_or("a member is not defined above")?;
                    if self.used.contains(&member) {
                        return Err("a name stands in two places");
                    }
                    self.used.push(member);
                    found.push(member);
                }
                self.groups.push(Group {
                    needed,
                    members: found,
                });
                self.name(name, Member::Group(self.groups.len() - 1))
            }
            ["quorum", name] if self.quorum.is_none() => {
                self.quorum = Some(match *name {
                    "none" => None,
                    name => Some(
                        *self
                            .names
                            .get(name)
                            .ok_or("the quorum is not defined above")?,
                    ),
                });
                Ok(())
            }
            ["quorum", ..] => Err("one line says `quorum` and one name"),
            _ => Err("not a line of `log`, `witness`, `group` or `quorum`"),
        }
    }

    fn name(&mut self, name: &'a str, member: Member) -> Result<(), &'static str> {
        if name == "none" || self.names.insert(name, member).is_some() {
            return Err("the name is taken");
        }
        Ok(())
    }
}

fn add_key(
    keys: &mut Vec<VerifierKey>,
    text: &str,
    kind: SignatureType,
) -> Result<(), &'static str> {
    let key: VerifierKey = text.parse().map_err(|_| "not a verifier key")?;
    if key.kind() != kind {
        return Err("a key of another type: logs sign with type 1, witnesses with type 4");
    }
    if keys.len() == MOST_PARTIES {
        return Err("more than 64 logs or witnesses");
    }
    if keys.iter().any(|k| k.key() == key.key()) {
        return Err("the key stands twice");
    }
    keys.push(key);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::parties;
    use super::*;

    #[test]
    fn malformed_policies_are_refused_with_their_line() {
        let p = parties();
        let w0 = p.witnesses[0].key.to_string();
        for (tail, line) in [
            ("quorum X\n", 8),
            ("quorum none\nquorum none\n", 9),
            ("group G 0 W0\nquorum G\n", 8),
            ("group G 2 W0\nquorum G\n", 8),
            ("group G any\nquorum G\n", 8),
            ("group G any W0 W0\nquorum G\n", 8),
            ("group G any W0\ngroup H any W0\nquorum G\n", 9),
            ("group none any W0\nquorum none\n", 8),
            ("group W1 any W0\nquorum W1\n", 8),
            ("group G some W0\nquorum G\n", 8),
            ("witnes W9 x\nquorum none\n", 8),
            (&format!("witness W9 {w0}\nquorum none\n"), 8),
            (&format!("log {w0}\nquorum none\n"), 8),
            ("quorum \u{1}W0\n", 8),
        ] {
            let refused = p.policy(tail);
            assert!(
                matches!(refused, Err(PolicyError::Line { line: l, .. }) if l == line),
                "{tail}: {refused:?}"
            );
        }
        assert_eq!(p.policy(""), Err(PolicyError::NoQuorum));
    }

    /// Found by fuzzing: a comment with NULs, and a quorum of nothing over no log.
    #[test]
    fn a_policy_that_names_no_log_is_refused() {
        let found = include_str!("../../../fuzz/corpus/checkpoint/policy_of_no_log");
        for text in [found, "quorum none\n"] {
            assert_eq!(text.parse::<Policy>(), Err(PolicyError::NoLog));
        }
        assert!(parties().policy("quorum none\n").is_ok(), "control");
    }
}
