//! Public lists of given names: which spellings are names that children bear, which stand for another, and which
//! short forms are seldom names by themselves.
//! Sources: the 1990 United States Census (public domain) and lists written for this project.

use super::name::{Name, one_edit_apart};
use std::collections::HashMap;
use std::sync::LazyLock;

const CENSUS: &str = include_str!("data/given_census_1990.txt");
const UK: &str = include_str!("data/given_uk.txt");
const FORMS: &str = include_str!("data/given_forms.txt");
const SHORT: &str = include_str!("data/given_short.txt");
/// Middle names that custom gives to many, brothers and sisters among them.
const CUSTOM: &[&str] = &[
    "abdul", "abu", "bano", "begum", "bibi", "bin", "bint", "binti", "das", "dos", "ibn", "kaur",
    "khanum", "khatoon", "khatun", "kumar", "kumari", "singh", "uddin", "umm", "van", "von",
];

struct Lexicon {
    names: Vec<&'static str>,
    index: HashMap<&'static str, u32>,
    /// Every name, and each of its forms with one letter left out, to the names.
    near: HashMap<Box<[u8]>, Vec<u32>>,
    forms: HashMap<&'static str, Vec<&'static str>>,
    /// By name: the pairs of full name and short form that it stands in, as one word.
    short: HashMap<&'static str, Vec<Box<str>>>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let forms: HashMap<&str, Vec<&str>> = lines(FORMS)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, formal)| (name.trim(), formal.split_whitespace().take(3).collect()))
        .collect();
    let mut names: Vec<&str> = Vec::new();
    let mut index = HashMap::new();
    let all = lines(UK)
        .flat_map(str::split_whitespace)
        .chain(lines(CENSUS));
    let words = |line: &'static str| line.split([':', ' ']).filter(|w| !w.is_empty());
    for name in all.chain(lines(FORMS).flat_map(words)) {
        if name.bytes().all(|b| b.is_ascii_lowercase()) && !index.contains_key(name) {
            #[expect(clippy::cast_possible_truncation, reason = "a few thousand names")]
            index.insert(name, names.len() as u32);
            names.push(name);
        }
    }
    let mut near: HashMap<Box<[u8]>, Vec<u32>> = HashMap::new();
    for (name, i) in &index {
        for form in one_left_out(name.as_bytes()) {
            let list = near.entry(form.into()).or_default();
            if !list.contains(i) {
                list.push(*i);
            }
        }
    }
    let mut short: HashMap<&str, Vec<Box<str>>> = HashMap::new();
    for (full, list) in lines(SHORT).filter_map(|line| line.split_once(':')) {
        for form in list.split_whitespace() {
            let pair: Box<str> = format!("{full} {form}").into();
            short.entry(full).or_default().push(pair.clone());
            short.entry(form).or_default().push(pair);
        }
    }
    Lexicon {
        names,
        index,
        near,
        forms,
        short,
    }
});

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty())
}

/// The word itself and the word with each letter left out.
fn one_left_out(word: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    std::iter::once(word.to_vec()).chain((0..word.len()).map(|i| {
        let mut out = word.to_vec();
        out.remove(i);
        out
    }))
}

/// True where a folded given name is on the public list.
pub fn is_listed_given(folded: &str) -> bool {
    LEXICON.index.contains_key(folded)
}

pub(crate) fn formal_given(folded: &str) -> Option<&'static [&'static str]> {
    LEXICON.forms.get(folded).map(Vec::as_slice)
}

/// The pairs of a full name and a short form, seldom a name by itself, in which the name stands.
pub(crate) fn short_pairs(folded: &str) -> &'static [Box<str>] {
    LEXICON.short.get(folded).map_or(&[], Vec::as_slice)
}

/// True where one is a full name and the other a short form of it that is seldom a name by itself.
pub(crate) fn is_short_form(a: &str, b: &str) -> bool {
    a != b && short_pairs(a).iter().any(|p| short_pairs(b).contains(p))
}

/// The first middle name that tells children of one family apart: three letters or more, and not one that custom
/// gives to many.
pub(crate) fn telling_middle(names: &[Name]) -> Option<&Name> {
    names.iter().find(|n| tells_middle(n.folded()))
}

/// True where a folded middle name has three letters or more and is not one that custom gives to many.
pub(crate) fn tells_middle(folded: &str) -> bool {
    folded.len() >= 3 && !CUSTOM.contains(&folded)
}

pub(crate) fn neighbours(folded: &str) -> Vec<&'static str> {
    let mut found: Vec<u32> = one_left_out(folded.as_bytes())
        .filter_map(|form| LEXICON.near.get(form.as_slice()))
        .flatten()
        .copied()
        .filter(|i| one_edit_apart(LEXICON.names[*i as usize].as_bytes(), folded.as_bytes()))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .take(8)
        .map(|i| LEXICON.names[i as usize])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_large_and_clean() {
        assert!(LEXICON.names.len() > 6_500, "{}", LEXICON.names.len());
        assert!(LEXICON.forms.len() > 500);
        for (name, formal) in &LEXICON.forms {
            assert!(
                !formal.is_empty() && formal.iter().all(|f| !f.is_empty()),
                "{name}"
            );
        }
    }

    /// Optimal string alignment distance, at least `least`.
    fn apart(a: &str, b: &str, least: usize) -> bool {
        let reach = |words: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
            let letters = b'a'..=b'z';
            let mut out = Vec::new();
            for w in words {
                for i in 0..=w.len() {
                    for c in letters.clone() {
                        out.push([&w[..i], &[c], &w[i..]].concat());
                        if i < w.len() {
                            out.push([&w[..i], &[c], &w[i + 1..]].concat());
                        }
                    }
                    if i < w.len() {
                        out.push([&w[..i], &w[i + 1..]].concat());
                    }
                }
            }
            out.sort_unstable();
            out.dedup();
            out
        };
        let near = (1..least).fold(vec![a.as_bytes().to_vec()], |words, _| reach(words));
        a != b && !near.contains(&b.as_bytes().to_vec())
    }

    #[test]
    fn a_short_form_is_three_edits_from_its_full_name_and_no_two_short_forms_meet() {
        assert!(
            !apart("rose", "rosie", 3) && apart("thomas", "tom", 3),
            "control"
        );
        for (full, list) in lines(SHORT).filter_map(|line| line.split_once(':')) {
            let list: Vec<&str> = list.split_whitespace().collect();
            for form in &list {
                assert!(apart(full, form, 3), "{full} {form}");
                assert!(is_short_form(full, form) && is_short_form(form, full));
                assert!(LEXICON.forms[form].contains(&full), "{full} {form}");
                assert!(
                    list.iter().all(|other| !is_short_form(form, other)),
                    "{form}"
                );
            }
            assert!((1..=4).contains(&list.len()), "{full}");
        }
        for (a, b) in [
            ("rose", "rosie"),
            ("jimmy", "jamie"),
            ("liam", "william"),
            ("jack", "jake"),
        ] {
            assert!(!is_short_form(a, b), "{a} {b}");
        }
    }

    #[test]
    fn neighbours_are_all_listed_names_one_edit_away() {
        for word in ["olivar", "jessicca", "muhamad", "katherin", "xqzptl", "mja"] {
            let want: Vec<&str> = LEXICON
                .names
                .iter()
                .copied()
                .filter(|n| one_edit_apart(n.as_bytes(), word.as_bytes()))
                .take(8)
                .collect();
            assert_eq!(neighbours(word), want, "{word}");
        }
    }
}
