use super::lexicon;
use super::{Graded, Reason};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name folded for comparison: NFKD, marks stripped, transliterated, lower case, `a-z` only. The same on
/// every platform and in every locale. `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name {
    folded: String,
    /// Empty for a simple name.
    parts: Vec<String>,
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Name(..)")
    }
}

const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "master", "mstr", "mx", "dr", "rev", "sir", "lady",
];
const BABY: &[&str] = &[
    "baby", "infant", "unborn", "newborn", "unnamed", "twin", "triplet", "foetus", "fetus",
];
const BABY_OR_SEX: &[&str] = &[
    "boy", "girl", "male", "female", "of", "one", "two", "a", "b", "c", "i", "ii",
];
const UNKNOWN: &[&str] = &[
    "unknown",
    "unkown",
    "unk",
    "nk",
    "na",
    "nka",
    "none",
    "null",
    "nil",
    "tba",
    "tbc",
    "notknown",
    "notgiven",
    "notstated",
    "notapplicable",
    "notprovided",
    "anonymous",
    "anon",
    "xx",
    "xxx",
    "xxxx",
    "zz",
    "zzz",
    "test",
    "testpatient",
    "dummy",
    "noname",
    "fnu",
    "lnu",
    "noforename",
    "nosurname",
    "nofirstname",
    "nolastname",
];

impl Name {
    /// Parses a given, middle or known-as name. "Baby", "Twin 1", "Unknown" and their like are placeholders.
    pub fn parse_given(raw: &str) -> Graded<Name> {
        Self::parse(raw, true)
    }

    /// Parses a family name.
    pub fn parse_family(raw: &str) -> Graded<Name> {
        Self::parse(raw, false)
    }

    fn parse(raw: &str, given: bool) -> Graded<Name> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Graded::Missing;
        }
        let (mut folded, mut parts) = if raw.is_ascii() {
            split(raw)
        } else {
            let plain: String = raw.nfkd().filter(|c| !is_combining_mark(*c)).collect();
            if plain.is_ascii() {
                split(&plain)
            } else {
                split(&deunicode::deunicode(&plain))
            }
        };
        let titles = parts.iter().take_while(|p| TITLES.contains(&p.as_str()));
        let titles = titles.count().min(parts.len().saturating_sub(1));
        if titles > 0 {
            parts.drain(..titles);
            folded = parts.concat();
        }
        if folded.is_empty() {
            return Graded::Malformed(Reason::Characters);
        }
        if UNKNOWN.contains(&folded.as_str()) || matches!(folded.as_str(), "x" | "n") {
            return Graded::Placeholder(Reason::StandsForUnknown);
        }
        if given {
            let first = parts.first().unwrap_or(&folded).as_str();
            let rest = |p: &String| BABY.contains(&p.as_str()) || BABY_OR_SEX.contains(&p.as_str());
            if BABY.contains(&first)
                || (matches!(first, "boy" | "girl" | "male" | "female") && parts.iter().all(rest))
                || matches!(folded.as_str(), "babyboy" | "babygirl")
            {
                return Graded::Placeholder(Reason::UnnamedBaby);
            }
        }
        if parts.len() == 1 {
            parts.clear();
        }
        Graded::Valid(Name { folded, parts })
    }

    /// All parts joined, `a-z` only, never empty.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The parts between spaces, hyphens and apostrophes, `a-z` only; one part for a simple name.
    pub fn parts(&self) -> &[String] {
        if self.parts.is_empty() {
            std::slice::from_ref(&self.folded)
        } else {
            &self.parts
        }
    }

    /// True where the folded name stands on the public list of given names.
    pub fn is_listed_given(&self) -> bool {
        lexicon::is_listed_given(&self.folded)
    }

    /// The formal names this given name may stand for, likeliest first, at most three; itself where it is on
    /// no list of short forms. Short forms and transliterations share a formal name; two formal names never do.
    pub fn formal_given(&self) -> Vec<&str> {
        match lexicon::formal_given(&self.folded) {
            Some(forms) => forms.to_vec(),
            None => vec![&self.folded],
        }
    }

    /// Listed given names one edit away, most frequent first, at most eight.
    pub fn listed_neighbours(&self) -> Vec<&'static str> {
        lexicon::neighbours(&self.folded)
    }

    /// True where one insertion, deletion, substitution or swap of neighbours turns one into the other
    /// (optimal string alignment distance 1).
    pub fn one_edit_apart(&self, other: &Name) -> bool {
        one_edit_apart(self.folded.as_bytes(), other.folded.as_bytes())
    }
}

/// All letters in lower case, and the parts they stand in where there are two or more.
fn split(text: &str) -> (String, Vec<String>) {
    let mut folded = String::with_capacity(text.len());
    let mut cuts: Vec<usize> = Vec::new();
    let mut open = false;
    for b in text.bytes() {
        if b.is_ascii_alphabetic() {
            if !open && !folded.is_empty() {
                cuts.push(folded.len());
            }
            open = true;
            folded.push(char::from(b.to_ascii_lowercase()));
        } else if matches!(
            b,
            b' ' | b'-' | b'\'' | b'.' | b',' | b'/' | b'`' | b'_' | b'\t' | b'(' | b')'
        ) {
            open = false;
        }
    }
    let mut parts = Vec::new();
    if !cuts.is_empty() {
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain(std::iter::once(folded.len()));
        parts.extend(starts.zip(ends).map(|(a, b)| folded[a..b].to_owned()));
    }
    (folded, parts)
}

/// Optimal string alignment distance exactly one.
pub(crate) fn one_edit_apart(a: &[u8], b: &[u8]) -> bool {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if b.len() - a.len() > 1 || a == b {
        return false;
    }
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    if a.len() < b.len() {
        return a[head..] == b[head + 1..];
    }
    a[head + 1..] == b[head + 1..]
        || (head + 1 < a.len()
            && a[head] == b[head + 1]
            && a[head + 1] == b[head]
            && a[head + 2..] == b[head + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(raw: &str) -> String {
        Name::parse_given(raw)
            .valid()
            .map(|n| n.folded().to_owned())
            .unwrap_or_default()
    }

    #[test]
    fn names_fold_to_plain_letters() {
        for (raw, folded) in [
            ("Zoë", "zoe"),
            ("O'Brien", "obrien"),
            ("AL-HESSENAWY", "alhessenawy"),
            ("Łukasz", "lukasz"),
            ("Straße", "strasse"),
            ("Ｍａｒｙ", "mary"),
            ("Mr Tom", "tom"),
            ("Müller", "muller"),
            ("Øyvind", "oyvind"),
            ("Dvořák", "dvorak"),
            ("Иван", "ivan"),
        ] {
            assert_eq!(given(raw), folded, "{raw}");
        }
        let name = Name::parse_family("Smith-Jones").valid().cloned().unwrap();
        assert_eq!(name.parts(), ["smith", "jones"]);
    }

    #[test]
    fn names_of_nobody_are_placeholders() {
        for raw in [
            "Baby",
            "BABY SMITH",
            "Infant",
            "Twin 1",
            "Baby Boy",
            "boy",
            "Unborn",
            "baby of Jane",
        ] {
            assert_eq!(
                Name::parse_given(raw),
                Graded::Placeholder(Reason::UnnamedBaby),
                "{raw}"
            );
        }
        for raw in ["UNKNOWN", "Not Known", "N/A", "nk", "XXX"] {
            assert_eq!(
                Name::parse_given(raw),
                Graded::Placeholder(Reason::StandsForUnknown),
                "{raw}"
            );
        }
        assert_eq!(Name::parse_given("  "), Graded::Missing);
        assert_eq!(
            Name::parse_given("123"),
            Graded::Malformed(Reason::Characters)
        );
        assert_eq!(given("Girling"), "girling");
    }

    #[test]
    fn short_forms_share_a_formal_name_and_twins_names_do_not() {
        let share = |a: &str, b: &str| {
            let (a, b) = (Name::parse_given(a), Name::parse_given(b));
            let (a, b) = (a.valid().unwrap().clone(), b.valid().unwrap().clone());
            a.formal_given()
                .iter()
                .any(|f| b.formal_given().contains(f))
        };
        for (a, b) in [
            ("Beth", "Elizabeth"),
            ("Mohamed", "Muhammad"),
            ("Tom", "Thomas"),
            ("Katherine", "Kathryn"),
            ("Yousef", "Yusuf"),
        ] {
            assert!(share(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("Ella", "Bella"),
            ("Mia", "Mya"),
            ("Harry", "Larry"),
            ("Ian", "Jan"),
            ("Ellie", "Ella"),
            ("Elizabeth", "Bethany"),
            ("Jake", "Jack"),
            ("Sophie", "Sophia"),
            ("Emma", "Emily"),
            ("Amira", "Amina"),
            ("Hasan", "Hussain"),
            ("Louise", "Louis"),
        ] {
            assert!(!share(a, b), "{a} {b}");
        }
    }

    #[test]
    fn an_unlisted_name_finds_the_names_it_may_be_a_typing_error_of() {
        let name = Name::parse_given("Elizabteh").valid().cloned().unwrap();
        assert!(!name.is_listed_given());
        assert_eq!(name.listed_neighbours(), ["elizabeth"]);
    }

    /// Optimal string alignment distance, by its recursive definition.
    fn osa(a: &[u8], b: &[u8]) -> usize {
        let (Some((x, rest_a)), Some((y, rest_b))) = (a.split_last(), b.split_last()) else {
            return a.len().max(b.len());
        };
        let mut best = (osa(rest_a, b) + 1)
            .min(osa(a, rest_b) + 1)
            .min(osa(rest_a, rest_b) + usize::from(x != y));
        if let ([a2 @ .., p, q], [b2 @ .., r, s]) = (a, b)
            && p == s
            && q == r
        {
            best = best.min(osa(a2, b2) + 1);
        }
        best
    }

    proptest! {
        #[test]
        fn one_edit_is_optimal_string_alignment_one(a in "[a-c]{0,5}", b in "[a-c]{0,5}") {
            prop_assert_eq!(one_edit_apart(a.as_bytes(), b.as_bytes()), osa(a.as_bytes(), b.as_bytes()) == 1);
        }

        #[test]
        fn any_text_parses_and_the_folded_form_is_stable(raw in "\\PC{0,40}") {
            for parsed in [Name::parse_given(&raw), Name::parse_family(&raw)] {
                if let Some(name) = parsed.valid() {
                    prop_assert!(name.folded().bytes().all(|b| b.is_ascii_lowercase()) && !name.folded().is_empty());
                    prop_assert_eq!(&name.parts().concat(), name.folded());
                }
            }
            if let Some(name) = Name::parse_family(&raw).valid()
                && let Graded::Valid(again) = Name::parse_family(name.folded()) {
                    prop_assert_eq!(again.folded(), name.folded());
                }
        }
    }
}
