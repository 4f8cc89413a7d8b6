use super::{Graded, Reason};
use std::fmt;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A UK postcode, upper case without a space (BS 7666). `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Postcode(String);

impl fmt::Debug for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postcode(..)")
    }
}

impl Postcode {
    /// Parses; any spacing and case. `ZZ99 ...` is a placeholder: no fixed abode or overseas.
    pub fn parse(raw: &str) -> Graded<Postcode> {
        let code: String = raw
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '/'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if code.is_empty() {
            return Graded::Missing;
        }
        if !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Graded::Malformed(Reason::Characters);
        }
        if code.starts_with("ZZ") {
            return Graded::Placeholder(Reason::NoFixedAbode);
        }
        if matches!(
            code.as_str(),
            "UNKNOWN" | "NK" | "NA" | "NFA" | "NONE" | "NOTKNOWN"
        ) {
            return Graded::Placeholder(Reason::StandsForUnknown);
        }
        if !(5..=7).contains(&code.len()) {
            return Graded::Malformed(Reason::Length);
        }
        let (outward, inward) = code.as_bytes().split_at(code.len() - 3);
        let mut shape = [b' '; 4];
        for (kind, b) in shape.iter_mut().zip(outward) {
            *kind = if b.is_ascii_digit() { b'9' } else { b'A' };
        }
        let outward_fits = matches!(
            &shape,
            b"A9  " | b"A99 " | b"AA9 " | b"AA99" | b"A9A " | b"AA9A"
        );
        let last = |b: u8| b.is_ascii_uppercase() && !b"CIKMOV".contains(&b);
        if outward_fits && inward[0].is_ascii_digit() && last(inward[1]) && last(inward[2]) {
            Graded::Valid(Postcode(code))
        } else {
            Graded::Malformed(Reason::UnknownForm)
        }
    }

    /// All characters, no space: `SW1A1AA`.
    pub fn compact(&self) -> &str {
        &self.0
    }

    /// The outward code: `SW1A`.
    pub fn outward(&self) -> &str {
        &self.0[..self.0.len() - 3]
    }

    /// The sector without its space: `SW1A1`.
    pub fn sector(&self) -> &str {
        &self.0[..self.0.len() - 2]
    }

    /// The area: `SW`.
    pub fn area(&self) -> &str {
        self.0
            .split(|c: char| c.is_ascii_digit())
            .next()
            .unwrap_or_default()
    }
}

/// A postal code, locality or address line, folded to `a-z0-9`. `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Place {
    folded: String,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place(..)")
    }
}

const UNKNOWN: &[&str] = &[
    "unknown",
    "notknown",
    "nk",
    "na",
    "none",
    "nofixedabode",
    "nfa",
    "nofixedaddress",
    "homeless",
    "addressunknown",
    "overseas",
];
const STREETS: &[(&str, &str)] = &[
    ("street", "st"),
    ("road", "rd"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("close", "cl"),
    ("crescent", "cres"),
    ("court", "ct"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("place", "pl"),
    ("square", "sq"),
    ("terrace", "ter"),
    ("gardens", "gdns"),
    ("grove", "gr"),
    ("saint", "st"),
    ("apartment", "flat"),
    ("apt", "flat"),
    ("number", "no"),
    ("circuit", "cct"),
];

impl Place {
    /// Parses a postal code, locality or address line.
    pub fn parse(raw: &str) -> Graded<Place> {
        let plain: String = raw.nfkd().filter(|c| !is_combining_mark(*c)).collect();
        let latin = if plain.is_ascii() {
            plain
        } else {
            deunicode::deunicode(&plain)
        };
        let mut folded = String::new();
        for word in latin.split(|c: char| !c.is_ascii_alphanumeric()) {
            let word = word.to_ascii_lowercase();
            folded.push_str(
                STREETS
                    .iter()
                    .find(|s| s.0 == word)
                    .map_or(word.as_str(), |s| s.1),
            );
        }
        if folded.is_empty() {
            return if raw.trim().is_empty() {
                Graded::Missing
            } else {
                Graded::Malformed(Reason::Characters)
            };
        }
        if UNKNOWN.contains(&folded.as_str()) {
            return Graded::Placeholder(Reason::StandsForUnknown);
        }
        Graded::Valid(Place { folded })
    }

    /// `a-z0-9` only, words joined, street types shortened; never empty.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn postcodes_are_read_in_any_spacing_and_case() {
        for raw in ["SW1A 1AA", "sw1a1aa", " SW1A  1AA "] {
            let p = Postcode::parse(raw).valid().cloned().unwrap();
            assert_eq!(
                (p.compact(), p.outward(), p.sector(), p.area()),
                ("SW1A1AA", "SW1A", "SW1A1", "SW")
            );
        }
        for (raw, want) in [
            ("ZZ99 3VZ", Graded::Placeholder(Reason::NoFixedAbode)),
            ("C251YT", Graded::Valid(Postcode("C251YT".into()))),
            ("2TR", Graded::Malformed(Reason::Length)),
            ("B1 1CC", Graded::Malformed(Reason::UnknownForm)),
            ("", Graded::Missing),
        ] {
            assert_eq!(Postcode::parse(raw), want, "{raw}");
        }
    }

    #[test]
    fn addresses_fold_street_types() {
        let fold = |raw: &str| Place::parse(raw).valid().map(|p| p.folded().to_owned());
        assert_eq!(fold("8, Stanley Street"), fold("8 STANLEY ST."));
        assert_eq!(
            Place::parse("No fixed abode"),
            Graded::Placeholder(Reason::StandsForUnknown)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_graded(raw in "\\PC{0,24}") {
            if let Graded::Valid(p) = Postcode::parse(&raw) { prop_assert_eq!(Postcode::parse(p.compact()), Graded::Valid(p)); }
            if let Some(p) = Place::parse(&raw).valid() { prop_assert!(p.folded().bytes().all(|b| b.is_ascii_alphanumeric())); }
        }
    }
}
