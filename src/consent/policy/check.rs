//! What a policy must be, whether it comes as text or compiled.

use super::*;
use thiserror::Error;

/// Where in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Policy,
    Organisation(OrganisationId),
    Section(Section),
    Rule(RuleId),
}

/// What cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Ends before it begins.
    #[error("valid_until must be after valid_from")]
    Window,
    /// No version.
    #[error("version must be 1 or more")]
    Version,
    /// A confirmation that holds for no time or for ever.
    #[error(
        "confirm_hours must be 1 to {MOST_CONFIRM_HOURS}: how long a confirmation that the policy is in force holds"
    )]
    ConfirmHours,
    /// Too many of something.
    #[error("{found} {what}; the most is {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// Found.
        found: usize,
        /// Bound.
        most: usize,
    },
    /// No title, or one that is too long or has control characters.
    #[error("a name or title has 1 to {LONGEST_TITLE} bytes and no control characters")]
    Title,
    /// A built-in section without a mark that the law puts on it.
    #[error("section {section} always holds data {what}; it cannot be declared otherwise")]
    BuiltIn {
        /// The section.
        section: Section,
        /// Which data.
        what: &'static str,
    },
    /// An organisation nobody can receive in.
    #[error("the organisation has no roles; name at least one")]
    NoRoles,
    /// Two rules of one name.
    #[error("a rule of that id stands twice")]
    TwoRules,
    /// A default with an effect.
    #[error("a [[default]] allows; write [[exception]] with effect = \"deny\" to deny")]
    DefaultWithEffect,
    /// An exception that does not say what it does.
    #[error("an [[exception]] needs effect = \"allow\" or effect = \"deny\"")]
    ExceptionWithoutEffect,
    /// Something that a denial does not take.
    #[error("a denial takes no {key}: it holds on every basis")]
    KeyOfDenial {
        /// The key.
        key: &'static str,
    },
    /// Something that a rule needs.
    #[error("the rule needs {key}")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// An empty list.
    #[error("the rule's list of {what} is empty, so that it would never apply")]
    Empty {
        /// Of what.
        what: &'static str,
    },
    /// An organisation that is not declared.
    #[error("organisation {0} is not declared; add [organisations.{0}]")]
    UnknownOrganisation(OrganisationId),
    /// A role that no organisation has.
    #[error("role {0} is none of any organisation's roles")]
    UnknownRole(Role),
    /// A section that is not declared.
    #[error(
        "section {0} is not declared; add [sections.{0}] with title, special_category and criminal_offence"
    )]
    UnknownSection(Section),
    /// A law that does not run there.
    #[error("{law} ({title}) does not run in {nation}", title = .law.title())]
    Gateway {
        /// The law.
        law: super::super::basis::Gateway,
        /// The policy's nation.
        nation: Nation,
    },
    /// Special category data without a condition.
    #[error(
        "section {0} holds data of special categories: list the agreed conditions in article_9"
    )]
    NoSpecialCondition(Section),
    /// Criminal offence data without a condition.
    #[error(
        "section {0} holds data on criminal offences: list the agreed conditions in article_10"
    )]
    NoOffenceCondition(Section),
    /// Too long or no access.
    #[error("longest_days must be 1 to {LONGEST_ACCESS_DAYS}")]
    Days,
    /// In force when the policy is not.
    #[error("the rule is in force outside the policy's own time")]
    OutsidePolicy,
    /// A compiled denial with what only an allowing rule has.
    #[error("a denial with terms of an allowing rule")]
    TermsOfDenial,
}

impl Policy {
    /// Everything that cannot be meant is refused, so that `decide` need not wonder.
    pub(super) fn check(&self) -> Result<(), (Place, Problem)> {
        let whole = |p| (Place::Policy, p);
        if self.version == 0 {
            return Err(whole(Problem::Version));
        }
        if !(1..=MOST_CONFIRM_HOURS).contains(&self.confirm_hours) {
            return Err(whole(Problem::ConfirmHours));
        }
        bounded(
            "organisations",
            self.organisations.len(),
            MOST_ORGANISATIONS,
        )
        .map_err(whole)?;
        bounded("sections", self.sections.len(), MOST_SECTIONS).map_err(whole)?;
        bounded("rules", self.rules.len(), MOST_RULES).map_err(whole)?;
        for (id, o) in &self.organisations {
            o.check()
                .map_err(|p| (Place::Organisation(id.clone()), p))?;
        }
        for (section, terms) in &self.sections {
            terms
                .check(section)
                .map_err(|p| (Place::Section(section.clone()), p))?;
        }
        for (id, rule) in &self.rules {
            rule.check(self).map_err(|p| (Place::Rule(id.clone()), p))?;
        }
        Ok(())
    }
}

impl Organisation {
    fn check(&self) -> Result<(), Problem> {
        title(&self.name)?;
        if self.roles.is_empty() {
            return Err(Problem::NoRoles);
        }
        bounded("roles", self.roles.len(), MOST_IN_LIST)
    }
}

impl SectionTerms {
    fn check(&self, section: &Section) -> Result<(), Problem> {
        title(&self.title)?;
        let always = |what| Problem::BuiltIn {
            section: section.clone(),
            what,
        };
        let special = matches!(section, Section::Health | Section::ChildrensServices);
        if special && !self.special {
            return Err(always("of special categories"));
        }
        if *section == Section::CrimeJustice && !self.offence {
            return Err(always("on criminal offences"));
        }
        Ok(())
    }
}

impl Rule {
    /// The parts that every denial has in common.
    pub(super) fn denial(valid: Window) -> Rule {
        Rule {
            effect: Effect::Deny,
            from: Parties::default(),
            to: Parties::default(),
            roles: BTreeSet::new(),
            sections: BTreeSet::new(),
            purposes: BTreeSet::new(),
            mode: Mode::Existence,
            bases: BTreeSet::new(),
            special: BTreeSet::new(),
            offence: BTreeSet::new(),
            valid,
            longest_days: 0,
            identifier: false,
            retention: Retention::NotKept,
        }
    }

    fn check(&self, policy: &Policy) -> Result<(), Problem> {
        let lists = [
            (
                "holders (from, from_kinds)",
                self.from.organisations.len() + self.from.kinds.len(),
            ),
            (
                "recipients (to, to_kinds)",
                self.to.organisations.len() + self.to.kinds.len(),
            ),
            ("roles", self.roles.len()),
            ("sections", self.sections.len()),
            ("purposes", self.purposes.len()),
        ];
        for (what, found) in lists {
            if found == 0 {
                return Err(Problem::Empty { what });
            }
        }
        bounded("roles", self.roles.len(), MOST_IN_LIST)?;
        bounded("bases", self.bases.len(), MOST_IN_LIST)?;
        for id in self.from.organisations.iter().chain(&self.to.organisations) {
            if !policy.organisations.contains_key(id) {
                return Err(Problem::UnknownOrganisation(id.clone()));
            }
        }
        for role in &self.roles {
            if !policy
                .organisations
                .values()
                .any(|o| o.roles.contains(role))
            {
                return Err(Problem::UnknownRole(role.clone()));
            }
        }
        if !self.valid.is_within(policy.valid) {
            return Err(Problem::OutsidePolicy);
        }
        for section in &self.sections {
            let terms = policy.sections.get(section);
            let terms = terms.ok_or_else(|| Problem::UnknownSection(section.clone()))?;
            if self.effect != Effect::Deny && terms.special && self.special.is_empty() {
                return Err(Problem::NoSpecialCondition(section.clone()));
            }
            if self.effect != Effect::Deny && terms.offence && self.offence.is_empty() {
                return Err(Problem::NoOffenceCondition(section.clone()));
            }
        }
        if self.effect == Effect::Deny {
            return self.check_denial();
        }
        if self.bases.is_empty() {
            return Err(Problem::Empty { what: "bases" });
        }
        for law in self.bases.iter().filter_map(|b| b.gateway()) {
            if !law.runs_in(policy.nation) {
                return Err(Problem::Gateway {
                    law,
                    nation: policy.nation,
                });
            }
        }
        if !(1..=LONGEST_ACCESS_DAYS).contains(&self.longest_days) {
            return Err(Problem::Days);
        }
        Ok(())
    }

    /// A denial has one compiled form: nothing in it that means nothing.
    fn check_denial(&self) -> Result<(), Problem> {
        let bare = Rule {
            from: self.from.clone(),
            to: self.to.clone(),
            roles: self.roles.clone(),
            sections: self.sections.clone(),
            purposes: self.purposes.clone(),
            mode: self.mode,
            ..Rule::denial(self.valid)
        };
        if *self == bare {
            Ok(())
        } else {
            Err(Problem::TermsOfDenial)
        }
    }
}

fn bounded(what: &'static str, found: usize, most: usize) -> Result<(), Problem> {
    if found > most {
        Err(Problem::TooMany { what, found, most })
    } else {
        Ok(())
    }
}

fn title(text: &str) -> Result<(), Problem> {
    let fits = (1..=LONGEST_TITLE).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Problem::Title) }
}
