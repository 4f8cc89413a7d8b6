use super::{Graded, Reason};

/// Sex, from any standard's code: SSDA903 `1`/`2` and `M`/`F`/`U`, CIN census `0`/`1`/`2`/`9`, school census,
/// Annex A `a) Male`, FHIR `male`/`female`. `Debug` shows no value of a record, only of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// Parses; "not recorded", "unknown" and "indeterminate" are placeholders.
    pub fn parse(raw: &str) -> Graded<Sex> {
        let text = raw.trim();
        let text = match text.split_once(") ") {
            Some((prefix, rest)) if prefix.len() == 1 => rest,
            _ => text,
        };
        let is = |words: &[&str]| words.iter().any(|w| text.eq_ignore_ascii_case(w));
        if text.is_empty() {
            Graded::Missing
        } else if is(&["1", "m", "male", "boy", "man"]) {
            Graded::Valid(Sex::Male)
        } else if is(&["2", "f", "female", "girl", "woman"]) {
            Graded::Valid(Sex::Female)
        } else if is(&[
            "0",
            "9",
            "3",
            "u",
            "i",
            "x",
            "unknown",
            "other",
            "indeterminate",
            "not known",
            "not recorded",
            "not specified",
            "not stated",
            "not stated/recorded",
            "neither",
        ]) {
            Graded::Placeholder(Reason::NotRecorded)
        } else {
            Graded::Malformed(Reason::UnknownForm)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coding_maps_to_one() {
        for raw in ["1", "M", "male", "a) Male", "Boy"] {
            assert_eq!(Sex::parse(raw), Graded::Valid(Sex::Male), "{raw}");
        }
        for raw in ["2", "f", "Female", "b) Female"] {
            assert_eq!(Sex::parse(raw), Graded::Valid(Sex::Female), "{raw}");
        }
        for raw in ["0", "9", "U", "c) Not stated/recorded", "other"] {
            assert_eq!(
                Sex::parse(raw),
                Graded::Placeholder(Reason::NotRecorded),
                "{raw}"
            );
        }
        assert_eq!(Sex::parse("?"), Graded::Malformed(Reason::UnknownForm));
    }
}
