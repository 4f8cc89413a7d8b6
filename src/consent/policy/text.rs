//! Policies as their writers see them: TOML, with errors that name the line.

use super::check::{Place, Problem};
use super::*;
use serde::{Deserialize, Deserializer};
use thiserror::Error;
use toml::Spanned;

/// Why a policy file was refused. Policies hold no personal data, so errors quote them.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Not TOML, an unknown key, a missing one, or a word that is in no list. Names the line.
    #[error("policy: {0}")]
    Toml(#[from] Box<toml::de::Error>),
    /// Too long a file.
    #[error("policy: {found} bytes; the most is {LONGEST_POLICY}")]
    TooLong {
        /// Found.
        found: usize,
    },
    /// Well formed, and cannot be meant.
    #[error("policy, line {line}: {problem}")]
    Meaning {
        /// The line of the rule, organisation or section; 1 for the policy as a whole.
        line: usize,
        /// What is wrong.
        problem: Problem,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    policy: DocumentId,
    version: u32,
    nation: Nation,
    valid_from: Day,
    valid_until: Day,
    confirm_hours: u16,
    #[serde(default)]
    two_issuers: bool,
    agreement: RawAgreement,
    #[serde(default)]
    organisations: BTreeMap<Spanned<OrganisationId>, RawOrganisation>,
    #[serde(default)]
    sections: BTreeMap<Spanned<Section>, RawSection>,
    #[serde(default, rename = "default")]
    defaults: Vec<RawRule>,
    #[serde(default, rename = "exception")]
    exceptions: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAgreement {
    id: DocumentId,
    version: DocumentId,
    assessment: DocumentId,
    assessment_version: DocumentId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOrganisation {
    name: String,
    kind: Kind,
    roles: BTreeSet<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSection {
    title: String,
    special_category: bool,
    criminal_offence: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<RuleId>,
    effect: Option<Effect>,
    from: Option<BTreeSet<OrganisationId>>,
    from_kinds: Option<BTreeSet<Kind>>,
    to: Option<BTreeSet<OrganisationId>>,
    to_kinds: Option<BTreeSet<Kind>>,
    roles: Option<BTreeSet<Role>>,
    sections: Option<BTreeSet<Section>>,
    purposes: Option<BTreeSet<Purpose>>,
    mode: Option<Mode>,
    bases: Option<BTreeSet<LawfulBasis>>,
    article_9: Option<BTreeSet<SpecialCondition>>,
    article_10: Option<BTreeSet<OffenceCondition>>,
    valid_from: Option<Day>,
    valid_until: Option<Day>,
    longest_days: Option<u16>,
    consistent_identifier: Option<bool>,
    retention: Option<Retention>,
}

/// A TOML date or a time with its offset `Z`.
#[derive(Clone, Copy)]
struct Day(UnixTime);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Day, D::Error> {
        let written = toml::value::Datetime::deserialize(d)?;
        let time = written.to_string().parse();
        time.map(Day).map_err(serde::de::Error::custom)
    }
}

impl Policy {
    /// Reads a policy file. Unknown keys and words are errors that name the line.
    ///
    /// # Errors
    /// Where it is not TOML, says something that is not known, or cannot be meant as it stands.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        if text.len() > LONGEST_POLICY {
            return Err(PolicyError::TooLong { found: text.len() });
        }
        let raw: RawPolicy = toml::from_str(text).map_err(Box::new)?;
        let line = |at: usize| {
            1 + text.as_bytes()[..at.min(text.len())]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
        };
        let lines = Lines {
            organisations: raw
                .organisations
                .keys()
                .map(|k| (k.get_ref().clone(), line(k.span().start)))
                .collect(),
            sections: raw
                .sections
                .keys()
                .map(|k| (k.get_ref().clone(), line(k.span().start)))
                .collect(),
            rules: raw
                .defaults
                .iter()
                .chain(&raw.exceptions)
                .map(|r| (r.id.get_ref().clone(), line(r.id.span().start)))
                .collect(),
        };
        let refused = |(place, problem)| PolicyError::Meaning {
            line: lines.of(&place),
            problem,
        };
        let policy = raw.compile().map_err(refused)?;
        policy.check().map_err(refused)?;
        Ok(policy)
    }
}

struct Lines {
    organisations: BTreeMap<OrganisationId, usize>,
    sections: BTreeMap<Section, usize>,
    rules: BTreeMap<RuleId, usize>,
}

impl Lines {
    fn of(&self, place: &Place) -> usize {
        match place {
            Place::Policy => None,
            Place::Organisation(id) => self.organisations.get(id),
            Place::Section(section) => self.sections.get(section),
            Place::Rule(id) => self.rules.get(id),
        }
        .copied()
        .unwrap_or(1)
    }
}

impl RawPolicy {
    fn compile(self) -> Result<Policy, (Place, Problem)> {
        let window = |from: Day, until: Day| Window::new(from.0, until.0);
        let valid = window(self.valid_from, self.valid_until)
            .map_err(|_| (Place::Policy, Problem::Window))?;
        let mut sections: BTreeMap<Section, SectionTerms> = Section::BUILT_IN
            .into_iter()
            .map(|s| (s.clone(), built_in(&s)))
            .collect();
        for (section, raw) in self.sections {
            let terms = SectionTerms {
                title: raw.title,
                special: raw.special_category,
                offence: raw.criminal_offence,
            };
            sections.insert(section.into_inner(), terms);
        }
        let organisations: BTreeMap<OrganisationId, Organisation> = self
            .organisations
            .into_iter()
            .map(|(id, o)| {
                let organisation = Organisation {
                    name: o.name,
                    kind: o.kind,
                    roles: o.roles,
                };
                (id.into_inner(), organisation)
            })
            .collect();
        let all = Everything {
            roles: organisations
                .values()
                .flat_map(|o| o.roles.iter().cloned())
                .collect(),
            sections: sections.keys().cloned().collect(),
            valid,
        };
        let mut rules = BTreeMap::new();
        let defaults = self.defaults.into_iter().map(|r| (true, r));
        let exceptions = self.exceptions.into_iter().map(|r| (false, r));
        for (is_default, raw) in defaults.chain(exceptions) {
            let id = raw.id.get_ref().clone();
            let place = Place::Rule(id.clone());
            let rule = raw
                .compile(is_default, &all)
                .map_err(|p| (place.clone(), p))?;
            if rules.insert(id, rule).is_some() {
                return Err((place, Problem::TwoRules));
            }
        }
        Ok(Policy {
            id: self.policy,
            version: self.version,
            nation: self.nation,
            valid,
            confirm_hours: self.confirm_hours,
            two_issuers: self.two_issuers,
            agreement: Agreement {
                id: self.agreement.id,
                version: self.agreement.version,
                assessment: self.agreement.assessment,
                assessment_version: self.agreement.assessment_version,
            },
            organisations,
            sections,
            rules,
        })
    }
}

/// What a denial means where it names nothing.
struct Everything {
    roles: BTreeSet<Role>,
    sections: BTreeSet<Section>,
    valid: Window,
}

impl RawRule {
    fn compile(self, is_default: bool, all: &Everything) -> Result<Rule, Problem> {
        let effect = match (is_default, self.effect) {
            (true, None) => Effect::Default,
            (false, Some(effect @ (Effect::Allow | Effect::Deny))) => effect,
            (true, Some(_)) => return Err(Problem::DefaultWithEffect),
            (false, _) => return Err(Problem::ExceptionWithoutEffect),
        };
        let from = parties(self.from, self.from_kinds);
        let to = parties(self.to, self.to_kinds);
        let valid = Window::new(
            self.valid_from.map_or(all.valid.from(), |d| d.0),
            self.valid_until.map_or(all.valid.until(), |d| d.0),
        )
        .map_err(|_| Problem::Window)?;
        if effect == Effect::Deny {
            let meant_for_others = [
                ("bases", self.bases.is_some()),
                ("article_9", self.article_9.is_some()),
                ("article_10", self.article_10.is_some()),
                ("longest_days", self.longest_days.is_some()),
                (
                    "consistent_identifier",
                    self.consistent_identifier.is_some(),
                ),
                ("retention", self.retention.is_some()),
            ];
            if let Some((key, _)) = meant_for_others.into_iter().find(|k| k.1) {
                return Err(Problem::KeyOfDenial { key });
            }
            let everyone = || Parties {
                organisations: BTreeSet::new(),
                kinds: Kind::ALL.iter().copied().collect(),
            };
            let roots = || {
                Purpose::ALL
                    .iter()
                    .copied()
                    .filter(|p| p.parent().is_none())
            };
            return Ok(Rule {
                from: from.unwrap_or_else(everyone),
                to: to.unwrap_or_else(everyone),
                roles: self.roles.unwrap_or_else(|| all.roles.clone()),
                sections: self.sections.unwrap_or_else(|| all.sections.clone()),
                purposes: self.purposes.unwrap_or_else(|| roots().collect()),
                mode: self.mode.unwrap_or(Mode::Existence),
                ..Rule::denial(valid)
            });
        }
        let missing = |key| Problem::Missing { key };
        Ok(Rule {
            effect,
            from: from.ok_or(missing("from or from_kinds"))?,
            to: to.ok_or(missing("to or to_kinds"))?,
            roles: self.roles.ok_or(missing("roles"))?,
            sections: self.sections.ok_or(missing("sections"))?,
            purposes: self.purposes.ok_or(missing("purposes"))?,
            mode: self.mode.ok_or(missing("mode"))?,
            bases: self.bases.ok_or(missing("bases"))?,
            special: self.article_9.unwrap_or_default(),
            offence: self.article_10.unwrap_or_default(),
            valid,
            longest_days: self.longest_days.unwrap_or(DEFAULT_ACCESS_DAYS),
            identifier: self.consistent_identifier.unwrap_or(false),
            retention: self.retention.ok_or(missing("retention"))?,
        })
    }
}

fn parties(
    organisations: Option<BTreeSet<OrganisationId>>,
    kinds: Option<BTreeSet<Kind>>,
) -> Option<Parties> {
    (organisations.is_some() || kinds.is_some()).then(|| Parties {
        organisations: organisations.unwrap_or_default(),
        kinds: kinds.unwrap_or_default(),
    })
}

/// What the built-in sections hold, where the policy does not say more.
fn built_in(section: &Section) -> SectionTerms {
    let (title, special, offence) = match section {
        Section::Personal => ("Personal details", false, false),
        Section::ChildrensServices => ("Children's services", true, false),
        Section::Education => ("Education", false, false),
        Section::Health => ("Health", true, false),
        Section::CrimeJustice => ("Crime and justice", false, true),
        Section::Named(_) => ("", true, true),
    };
    SectionTerms {
        title: title.to_owned(),
        special,
        offence,
    }
}
