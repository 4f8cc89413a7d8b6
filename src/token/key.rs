use thiserror::Error;

/// A field of the record, for the rule of independent fields. Parts of one field count once; sex never counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyField {
    /// Given or known-as name.
    Given,
    /// Family name.
    Family,
    /// Birth date.
    Birth,
    /// Postcode, postal code, locality, address line: one field.
    Place,
    /// A national identifier.
    Identifier,
    /// Sex.
    Sex,
    /// That another field holds a valid value (presence keys): evidence of nothing by itself.
    Presence,
}

macro_rules! transforms {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $slots:literal, [$($field:ident),+];)+) => {
        /// How a field is turned into the values that a key hashes. A transform gives none where the field
        /// is not valid, and never more than its slots.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Transform {
            $($(#[$doc])* $variant,)+
        }

        impl Transform {
            /// All transforms, in order.
            pub const ALL: &[Transform] = &[$(Transform::$variant),+];

            /// The name used in key ids and key set files.
            pub fn name(self) -> &'static str {
                match self { $(Transform::$variant => $name,)+ }
            }

            /// The most values the transform gives for one record.
            pub fn slots(self) -> usize {
                match self { $(Transform::$variant => $slots,)+ }
            }

            /// The independent fields it draws on.
            pub fn fields(self) -> &'static [KeyField] {
                match self { $(Transform::$variant => &[$(KeyField::$field),+],)+ }
            }
        }
    };
}

transforms! {
    /// Given name, exact.
    Given = "given", 1, [Given];
    /// Given name and known-as name.
    GivenAny = "given.any", 2, [Given];
    /// Given name and middle names as one: a middle name may stand in either column.
    GivenFull = "given.full", 1, [Given];
    /// The formal names that the given or known-as name may stand for. None where the file holds a co-birth.
    GivenFormal = "given.formal", 2, [Given];
    /// A full given name with each short form of it that is seldom a name by itself, together; another name itself,
    /// marked. None where the file holds a co-birth.
    GivenShort = "given.short", 4, [Given];
    /// A listed name of two letters or more itself; an unlisted one: the listed names one edit away and, where it has
    /// one part, its two ends, to meet other unlisted names. None where the file holds a co-birth.
    GivenNear = "given.near", 8, [Given];
    /// Both ends of the given name: three letters, or two of a short one; two or three values.
    GivenEnds = "given.ends", 3, [Given];
    /// First letter of the given name.
    GivenInitial = "given.initial", 1, [Given];
    /// First three letters of the given name.
    GivenFirst3 = "given.first3", 1, [Given];
    /// American Soundex of the given name.
    GivenSoundex = "given.soundex", 1, [Given];
    /// Given name's formal name, the commonest only (a nickname table look-up).
    GivenNickname = "given.nickname", 1, [Given];
    /// Letters 2 and 3 of the given name, `2` where absent (SLK-581).
    GivenSlk = "given.slk", 1, [Given];
    /// First middle name of three letters or more that is not borne by custom (Kaur, Singh, bin).
    Middle = "middle", 1, [Given];
    /// Family name, exact.
    Family = "family", 1, [Family];
    /// Family name, its parts, and previous family names.
    FamilyAny = "family.any", 3, [Family];
    /// Both ends of the family name, as `given.ends`.
    FamilyEnds = "family.ends", 3, [Family];
    /// First letter of the family name.
    FamilyInitial = "family.initial", 1, [Family];
    /// First three letters of the family name.
    FamilyFirst3 = "family.first3", 1, [Family];
    /// American Soundex of the family name.
    FamilySoundex = "family.soundex", 1, [Family];
    /// Letters 2, 3 and 5 of the family name, `2` where absent (SLK-581).
    FamilySlk = "family.slk", 1, [Family];
    /// Given and family name in either order; a family name of several parts also by each part.
    NamesEither = "names.either", 3, [Given, Family];
    /// Sorted letters of given and family name together (ONS `alphaname`).
    NamesSorted = "names.sorted", 1, [Given, Family];
    /// Given-name ends with family-name ends, in either order.
    NamesEndsEither = "names.ends_either", 4, [Given, Family];
    /// First three and last two letters of the given name, each by its position.
    GivenLetters = "given.letters", 5, [Given];
    /// First three and last two letters of the family name, each by its position.
    FamilyLetters = "family.letters", 5, [Family];
    /// Letters of either name by position, without saying of which.
    NamesLetters = "names.letters", 10, [Given];
    /// Birth date.
    Birth = "birth", 1, [Birth];
    /// Birth date with day and month in either order.
    BirthSwapped = "birth.swapped", 1, [Birth];
    /// Any two of the three parts of the birth date.
    BirthTwoParts = "birth.two_parts", 3, [Birth];
    /// Year, month and day of birth, each alone.
    BirthParts = "birth.parts", 3, [Birth];
    /// Year and month of birth.
    BirthMonth = "birth.month", 1, [Birth];
    /// Year of birth.
    BirthYear = "birth.year", 1, [Birth];
    /// Postcode, or the postal code where there is no postcode.
    Code = "code", 1, [Place];
    /// Postcode or postal code, and past postcodes.
    CodeAny = "code.any", 2, [Place];
    /// Postcode sector.
    Sector = "code.sector", 1, [Place];
    /// Postcode without its last character.
    CodeShort = "code.short", 1, [Place];
    /// First and last half of the locality.
    LocalityEnds = "locality.ends", 2, [Place];
    /// Locality, exact.
    Locality = "locality", 1, [Place];
    /// First and last half of the address line.
    AddressEnds = "address.ends", 2, [Place];
    /// Address line, exact.
    Address = "address", 1, [Place];
    /// NHS number.
    Nhs = "nhs", 1, [Identifier];
    /// Unique Pupil Number.
    Upn = "upn", 1, [Identifier];
    /// Unique Pupil Number and former ones.
    UpnAny = "upn.any", 2, [Identifier];
    /// Unique Learner Number.
    Uln = "uln", 1, [Identifier];
    /// Community Health Index number.
    Chi = "chi", 1, [Identifier];
    /// Sex.
    Sex = "sex", 1, [Sex];
    /// The words 'has a valid given name'.
    HasGiven = "has.given", 1, [Presence];
    /// The words 'has a valid birth date'.
    HasBirth = "has.birth", 1, [Presence];
    /// The words 'has a valid NHS number'.
    HasNhs = "has.nhs", 1, [Presence];
}

impl Transform {
    /// The transform of that name.
    pub fn named(name: &str) -> Option<Transform> {
        Self::ALL.iter().copied().find(|t| t.name() == name)
    }
}

/// What agreement on a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strength {
    /// Makes a pair a candidate.
    Links,
    /// Adds evidence to a candidate, never makes one.
    Confirms,
    /// Two fields and sex: only with `--allow-weak`, and never a match alone.
    Weak,
}

/// A match key: an ordered list of transforms whose values are hashed together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MatchKey {
    id: String,
    version: u8,
    parts: Vec<Transform>,
    strength: Strength,
    slots: u8,
}

/// Why a key was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// Fewer than three independent fields and no national identifier.
    #[error(
        "match key {id}: {found} independent field(s); a key needs three of given name, family name, \
         birth date and place, or a national identifier"
    )]
    TooFewFields {
        /// The key.
        id: String,
        /// Independent fields found.
        found: usize,
    },
    /// A presence component in a key that links.
    #[error("match key {id}: a presence key can only confirm")]
    PresenceLinks {
        /// The key.
        id: String,
    },
    /// Slots out of range.
    #[error("match key {id}: {slots} slots; a key has 1 to {max}")]
    Slots {
        /// The key.
        id: String,
        /// Slots asked for.
        slots: usize,
        /// The most it can fill, at most 16.
        max: usize,
    },
    /// A transform that does not exist.
    #[error("match key {id}: no transform is called {transform}")]
    UnknownTransform {
        /// The key.
        id: String,
        /// The word found.
        transform: String,
    },
}

impl MatchKey {
    /// A key from its transforms, written `given+family+birth`. The id is that text.
    ///
    /// # Errors
    /// Refuses a key with fewer than three independent fields and no national identifier (two fields and sex
    /// are accepted as [`Strength::Weak`]), a presence key that links, and slots out of range.
    pub fn new(text: &str, strength: Strength, slots: usize) -> Result<MatchKey, KeyError> {
        let id = text.to_owned();
        let mut parts = Vec::new();
        for word in text.split('+') {
            match Transform::named(word) {
                Some(t) => parts.push(t),
                None => {
                    return Err(KeyError::UnknownTransform {
                        id,
                        transform: word.to_owned(),
                    });
                }
            }
        }
        let mut fields: Vec<KeyField> = parts.iter().flat_map(|t| t.fields()).copied().collect();
        fields.sort_unstable();
        fields.dedup();
        let independent = fields
            .iter()
            .filter(|f| !matches!(f, KeyField::Sex | KeyField::Presence | KeyField::Identifier))
            .count();
        let with_sex = usize::from(strength == Strength::Weak && fields.contains(&KeyField::Sex));
        if !fields.contains(&KeyField::Identifier) && independent + with_sex < 3 {
            return Err(KeyError::TooFewFields {
                id,
                found: independent,
            });
        }
        if fields.contains(&KeyField::Presence) && strength != Strength::Confirms {
            return Err(KeyError::PresenceLinks { id });
        }
        let max = parts.iter().map(|t| t.slots()).product::<usize>().min(16);
        match u8::try_from(slots) {
            Ok(n) if n >= 1 && slots <= max => Ok(MatchKey {
                id,
                version: 1,
                parts,
                strength,
                slots: n,
            }),
            _ => Err(KeyError::Slots { id, slots, max }),
        }
    }

    /// The key's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key's version: raised when a transform in it changes meaning.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The transforms, in hashing order.
    pub fn parts(&self) -> &[Transform] {
        &self.parts
    }

    /// What agreement on it may do.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// Tokens per record, always.
    pub fn slots(&self) -> usize {
        usize::from(self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_three_independent_fields_is_accepted_and_one_of_two_is_refused() {
        assert!(MatchKey::new("given+family+birth", Strength::Links, 1).is_ok());
        for two in [
            "given+family",
            "given+given.ends+birth",
            "code+address+birth",
            "family",
            "given+birth+sex",
        ] {
            assert!(
                matches!(
                    MatchKey::new(two, Strength::Links, 1),
                    Err(KeyError::TooFewFields { .. })
                ),
                "{two}"
            );
        }
    }

    #[test]
    fn an_identifier_stands_alone_and_sex_makes_only_a_weak_key() {
        assert!(MatchKey::new("nhs", Strength::Links, 1).is_ok());
        assert!(MatchKey::new("family+birth+sex", Strength::Weak, 1).is_ok());
        assert!(MatchKey::new("birth+sex", Strength::Weak, 1).is_err());
    }

    #[test]
    fn presence_confirms_and_never_links() {
        let text = "given+family+birth+has.nhs";
        assert!(MatchKey::new(text, Strength::Confirms, 1).is_ok());
        assert_eq!(
            MatchKey::new(text, Strength::Links, 1),
            Err(KeyError::PresenceLinks {
                id: text.to_owned()
            })
        );
    }

    #[test]
    fn every_transform_is_found_by_its_name_and_names_are_distinct() {
        for t in Transform::ALL {
            assert_eq!(Transform::named(t.name()), Some(*t));
        }
    }
}
