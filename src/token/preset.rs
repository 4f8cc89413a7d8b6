//! Match-key rules that others publish and use, as data with their source: every step is listed; one that is no
//! exact key, or that our rule of three fields refuses, says why.

use super::KeySet;
use super::key::{KeyError, MatchKey, Strength};

/// A published rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name here.
    pub name: &'static str,
    /// Where it is published.
    pub source: &'static str,
    /// Its steps, in its own order.
    pub steps: &'static [Step],
}

/// One step of a published rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the source says.
    pub says: &'static str,
    /// How it is expressed here.
    pub as_key: AsKey,
}

/// How a step is expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsKey {
    /// A match key, its strength and slots.
    Key(&'static str, Strength, usize),
    /// Not expressible, and why.
    Not(&'static str),
}

use AsKey::{Key, Not};
use Strength::{Links, Weak};

const fn step(says: &'static str, as_key: AsKey) -> Step {
    Step { says, as_key }
}

const PARTIAL: AsKey = Not("the source's table does not say which of sex and postcode is dropped");

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "echild-2021",
        source: "Mc Grath-Lone et al., GUILD 2021, PMC8445153, Table 2 (rows 4 to 8 in part)",
        steps: &[
            step(
                "1: names, birth date, sex and postcode exact",
                Key("given+family+birth+sex+code", Links, 1),
            ),
            step(
                "2: names by Soundex, the rest exact",
                Key("given.soundex+family.soundex+birth+sex+code", Links, 1),
            ),
            step(
                "3: first letter, first three letters, the rest exact",
                Key("given.initial+family.first3+birth+sex+code", Links, 1),
            ),
            step("4: as 3, sex or postcode dropped", PARTIAL),
            step(
                "5: birth date, sex and postcode",
                Key("birth+sex+code", Weak, 1),
            ),
            step(
                "6: month and year of birth, sex and postcode",
                Key("birth.month+sex+code", Weak, 1),
            ),
            step(
                "7: names, birth date and sex",
                Key("given+family+birth+sex", Links, 1),
            ),
            step("8: as 3, the other of sex and postcode dropped", PARTIAL),
        ],
    },
    Preset {
        name: "hesid-2009",
        source: "NHS Information Centre, HESID methodology 2009; BMJ Open 2015;5:e008118",
        steps: &[
            step(
                "1: sex, birth date and NHS number",
                Key("nhs+birth+sex", Links, 1),
            ),
            step(
                "2: sex, birth date, postcode and local patient id",
                Not("a provider's local id means nothing to another"),
            ),
            step(
                "3: sex, birth date and postcode",
                Key("birth+sex+code", Weak, 1),
            ),
        ],
    },
    Preset {
        name: "mps",
        source: "NHS England, Master Person Service diagnostics guide",
        steps: &[
            step(
                "cross-check: NHS number and birth date",
                Key("nhs+birth", Links, 1),
            ),
            step(
                "cross-check: NHS number, partial birth date and names",
                Key("nhs+birth.two_parts+given+family", Links, 3),
            ),
            step(
                "alphanumeric: family name, year of birth, gender, postcode",
                Key("family+birth.year+sex+code", Links, 1),
            ),
            step(
                "algorithmic: three of five fields, scored",
                Not("a score, not an exact key"),
            ),
        ],
    },
    Preset {
        name: "dfe-sui",
        source: "DFE-Digital SUI Matcher, strategies 4 v2 and 5 v1",
        steps: &[
            step(
                "given, family and birth date",
                Key("given+family+birth", Links, 1),
            ),
            step(
                "the same with day and month exchanged",
                Key("given+family+birth.swapped", Links, 1),
            ),
            step(
                "fuzzy names and birth date",
                Not("an edit distance, not an exact key"),
            ),
            step(
                "within six months and postcode",
                Not("a range of dates, not an exact key"),
            ),
            step(
                "family name, birth date, gender and postcode, no given name",
                Key("family+birth+sex+code", Links, 1),
            ),
        ],
    },
    Preset {
        name: "somerset-wmpi",
        source: "Somerset NHS FT, Weighted Master Patient Index (MIT licence)",
        steps: &[
            step("2: NHS number", Key("nhs", Links, 1)),
            step(
                "3: another system's id",
                Not("a local id means nothing to another"),
            ),
            step(
                "4: names, birth date, gender and postcode",
                Key("given+family+birth+sex+code", Links, 1),
            ),
            step(
                "5: as 4, no postcode",
                Key("given+family+birth+sex", Links, 1),
            ),
            step(
                "6: family name, birth date, gender and postcode",
                Key("family+birth+sex+code", Links, 1),
            ),
            step(
                "7: as 4, punctuation removed",
                Not("the same as 4: names are folded"),
            ),
            step(
                "8: names by Soundex, the rest exact",
                Key("given.soundex+family.soundex+birth+sex+code", Links, 1),
            ),
        ],
    },
    Preset {
        name: "ons-ccs-2021",
        source: "ONS, Census to Census Coverage Survey matching 2021, match keys (Data-Linkage/ccslink, MIT licence)",
        steps: &[
            step(
                "1: full name, birth date, sex and postcode",
                Key("given+family+birth+sex+code", Links, 1),
            ),
            step(
                "2: names, birth date, sex and UPRN",
                Not("no property reference number is read"),
            ),
            step(
                "4: sorted letters of the name, birth date, sex and postcode",
                Key("names.sorted+birth+sex+code", Links, 1),
            ),
            step(
                "5: nickname, birth date, sex and postcode",
                Key("given.nickname+family+birth+sex+code", Links, 1),
            ),
            step(
                "8: edit distance of the full name",
                Not("an edit distance, not an exact key"),
            ),
            step(
                "9: names by Soundex, birth date, sex and postcode",
                Key("given.soundex+family.soundex+birth+sex+code", Links, 1),
            ),
            step(
                "10: names, birth date and postcode",
                Key("given+family+birth+code", Links, 1),
            ),
            step(
                "13: forename and surname exchanged",
                Key("names.either+birth+code", Links, 1),
            ),
            step(
                "22: names, year of birth, sex and postcode",
                Key("given+family+birth.year+sex+code", Links, 1),
            ),
            step(
                "29: postcode less its last character",
                Key("given+family+birth+sex+code.short", Links, 1),
            ),
            step(
                "30: postcode sector and house number",
                Not("no house number is read"),
            ),
        ],
    },
    Preset {
        name: "slk-581",
        source: "AIHW, Statistical Linkage Key 581 (METeOR 349510)",
        steps: &[step(
            "letters 2, 3, 5 of the family name, 2 and 3 of the given name, birth date and sex",
            Key("family.slk+given.slk+birth+sex", Links, 1),
        )],
    },
];

impl Preset {
    /// The preset of that name.
    pub fn named(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|p| p.name == name)
    }

    /// The steps that are keys, as a key set.
    ///
    /// # Errors
    /// Never for the shipped presets: a test makes them all.
    pub fn key_set(&self) -> Result<KeySet, KeyError> {
        let keys = self.steps.iter().filter_map(|s| match s.as_key {
            Key(text, strength, slots) => Some(MatchKey::new(text, strength, slots)),
            Not(_) => None,
        });
        Ok(KeySet::new(self.name, keys.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_key_set_and_every_step_that_is_none_says_why() {
        for preset in PRESETS {
            assert_eq!(Preset::named(preset.name), Some(preset));
            let set = preset.key_set().unwrap();
            assert!(!set.keys().is_empty(), "{}", preset.name);
            assert!(!preset.source.is_empty() && preset.steps.iter().all(|s| !s.says.is_empty()));
            assert!(preset.steps.iter().all(|s| !matches!(s.as_key, Not(""))));
        }
    }

    #[test]
    fn two_fields_and_sex_are_weak_in_every_preset() {
        for key in PRESETS
            .iter()
            .flat_map(|p| p.key_set().unwrap().keys().to_vec())
        {
            let strong = MatchKey::new(key.id(), Links, key.slots()).is_ok();
            assert_eq!(strong, key.strength() == Links, "{}", key.id());
        }
    }
}
