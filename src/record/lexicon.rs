//! Public lists of given names: which spellings are names that children bear, and which stand for another.
//! Sources: the 1990 United States Census (public domain) and lists written for this project.

use super::name::one_edit_apart;
use std::collections::HashMap;
use std::sync::LazyLock;

const CENSUS: &str = include_str!("data/given_census_1990.txt");
const UK: &str = include_str!("data/given_uk.txt");
const FORMS: &str = include_str!("data/given_forms.txt");

struct Lexicon {
    names: Vec<&'static str>,
    index: HashMap<&'static str, u32>,
    /// Every name, and each of its forms with one letter left out, to the names.
    near: HashMap<Box<[u8]>, Vec<u32>>,
    forms: HashMap<&'static str, Vec<&'static str>>,
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
    Lexicon {
        names,
        index,
        near,
        forms,
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
