//! A policy in plain words, and what in it deserves a second look.

use super::*;
use std::fmt::{self, Display};

/// What one rule says, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The rule.
    pub rule: RuleId,
    /// What it says.
    pub text: String,
}

/// Something that is allowed and deserves a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Nothing is allowed.
    PermitsNothing,
    /// Consent as a basis for protecting a child: where it would be shared anyway, asking misleads.
    ConsentForProtection(RuleId),
    /// Consent and another basis in one rule: it must be settled beforehand which one it is.
    ConsentAmongOthers(RuleId),
    /// A basis that public authorities may not use, from holders of which some are.
    PublicAuthority(RuleId),
    /// An organisation that no rule lets receive.
    NeverReceives(OrganisationId),
    /// A section that no rule allows.
    NeverShared(Section),
    /// Allowed by a rule, and always denied by another.
    AlwaysDenied {
        /// The rule that allows.
        rule: RuleId,
        /// The one that denies.
        by: RuleId,
    },
}

impl Policy {
    /// What each rule says, in the order of their names.
    pub fn sentences(&self) -> Vec<Sentence> {
        let rules = self.rules.iter();
        rules
            .map(|(id, rule)| Sentence {
                rule: id.clone(),
                text: rule.words(self),
            })
            .collect()
    }

    /// What deserves a second look.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if !self.permits_anything() {
            notes.push(Note::PermitsNothing);
        }
        let allowing = || self.rules.iter().filter(|(_, r)| r.effect != Effect::Deny);
        for (id, rule) in allowing() {
            let consent = rule.bases.contains(&LawfulBasis::Consent);
            let protects = |p: &Purpose| p.overlaps(Purpose::ChildProtection);
            if consent && rule.purposes.iter().any(protects) {
                notes.push(Note::ConsentForProtection(id.clone()));
            }
            if consent && rule.bases.len() > 1 {
                notes.push(Note::ConsentAmongOthers(id.clone()));
            }
            let mut holders = self.organisations.iter();
            let public = holders
                .any(|(o, org)| org.kind.is_public_authority() && rule.from.include(o, org.kind));
            let closed = |b: &LawfulBasis| b.is_closed_to_public_authorities();
            if public && rule.bases.iter().any(closed) {
                notes.push(Note::PublicAuthority(id.clone()));
            }
            let denials = self.rules.iter().filter(|(_, r)| r.effect == Effect::Deny);
            for (by, denial) in denials {
                if denial.swallows(rule) {
                    notes.push(Note::AlwaysDenied {
                        rule: id.clone(),
                        by: by.clone(),
                    });
                }
            }
        }
        for (id, o) in &self.organisations {
            let receives = |r: &Rule| {
                r.to.include(id, o.kind) && r.roles.iter().any(|role| o.roles.contains(role))
            };
            if !allowing().any(|(_, r)| receives(r)) {
                notes.push(Note::NeverReceives(id.clone()));
            }
        }
        for section in self.sections.keys() {
            if !allowing().any(|(_, r)| r.sections.contains(section)) {
                notes.push(Note::NeverShared(section.clone()));
            }
        }
        notes
    }
}

impl Rule {
    /// True where this denial leaves nothing of what the other rule allows.
    fn swallows(&self, other: &Rule) -> bool {
        let parties = |a: &Parties, b: &Parties| {
            a.organisations.is_superset(&b.organisations) && a.kinds.is_superset(&b.kinds)
        };
        let purpose = |p: &Purpose| self.purposes.iter().any(|q| p.is_within(*q));
        parties(&self.from, &other.from)
            && parties(&self.to, &other.to)
            && self.roles.is_superset(&other.roles)
            && self.sections.is_superset(&other.sections)
            && other.purposes.iter().all(purpose)
            && self.mode == Mode::Existence
            && other.valid.is_within(self.valid)
    }

    fn words(&self, policy: &Policy) -> String {
        let who = |p: &Parties| {
            let named = p.organisations.iter().map(|o| {
                let known = policy.organisations.get(o);
                known.map_or_else(|| o.to_string(), |k| k.name.clone())
            });
            let kinds = if p.kinds.len() == Kind::ALL.len() {
                vec!["anyone".to_owned()]
            } else {
                p.kinds
                    .iter()
                    .map(|k| format!("any {}", k.title()))
                    .collect()
            };
            joined(named.chain(kinds))
        };
        let sections = joined(self.sections.iter().map(|s| {
            let known = policy.sections.get(s);
            known.map_or_else(|| s.to_string(), |k| k.title.clone())
        }));
        let to = format!("{} ({})", who(&self.to), joined(self.roles.iter()));
        let purposes = joined(self.purposes.iter().map(|p| p.title()));
        let from = who(&self.from);
        if self.effect == Effect::Deny {
            let what = match self.mode {
                Mode::Existence => "nothing, not even that there is a record, of",
                Mode::Content => "no content of",
            };
            return format!("{to} may learn {what} {sections} from {from}, for {purposes}.");
        }
        let what = match self.mode {
            Mode::Existence => "whether there is",
            Mode::Content => "the content of",
        };
        let mut text = format!(
            "{to} may learn {what} {sections} from {from}, for {purposes}, on the basis of {}",
            joined(self.bases.iter().map(|b| b.title())),
        );
        let conditions: Vec<&str> = self
            .special
            .iter()
            .map(|c| c.title())
            .chain(self.offence.iter().map(|c| c.title()))
            .collect();
        if !conditions.is_empty() {
            text.push_str(&format!(", under {}", joined(conditions)));
        }
        text.push_str(&format!(
            "; for up to {} days, {} a consistent identifier; kept {}.",
            self.longest_days,
            if self.identifier { "with" } else { "without" },
            self.retention.title(),
        ));
        if self.valid != policy.valid {
            text.push_str(&format!(" In force from {}.", self.valid));
        }
        text
    }
}

fn joined<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    match &items[..] {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::PermitsNothing => f.write_str("the policy allows nothing at all"),
            Note::ConsentForProtection(rule) => write!(
                f,
                "rule {rule}: consent is seldom the basis for protecting a child; where it would be shared anyway, asking misleads"
            ),
            Note::ConsentAmongOthers(rule) => write!(
                f,
                "rule {rule}: consent stands beside other bases; settle beforehand which one it is, for a refusal must count"
            ),
            Note::PublicAuthority(rule) => write!(
                f,
                "rule {rule}: some holders are public authorities and may not rely on legitimate interests; they will be denied"
            ),
            Note::NeverReceives(o) => write!(f, "no rule lets {o} receive anything"),
            Note::NeverShared(s) => write!(f, "no rule allows section {s}"),
            Note::AlwaysDenied { rule, by } => {
                write!(
                    f,
                    "rule {rule} allows nothing, for rule {by} denies all of it"
                )
            }
        }
    }
}
