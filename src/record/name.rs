use super::Graded;

/// A name folded for comparison: lower-case `a-z` only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name {
    folded: String,
    parts: Vec<String>,
}

impl Name {
    /// Parses a given, middle or known-as name (placeholders such as "Baby", "Twin 1", "Unknown" are graded as such).
    pub fn parse_given(raw: &str) -> Graded<Name> {
        Self::parse_family(raw)
    }
    /// Parses a family name.
    pub fn parse_family(raw: &str) -> Graded<Name> {
        let parts: Vec<String> = raw
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|p| !p.is_empty())
            .map(|p| p.to_ascii_lowercase())
            .collect();
        if parts.is_empty() {
            return Graded::Missing;
        }
        Graded::Valid(Name { folded: parts.concat(), parts })
    }
    /// All parts joined, `a-z` only.
    pub fn folded(&self) -> &str {
        &self.folded
    }
    /// The parts between spaces, hyphens and apostrophes, `a-z` only; one part for a simple name.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }
    /// True where the folded name stands on the public list of given names.
    pub fn is_listed_given(&self) -> bool {
        is_listed_given(&self.folded)
    }
    /// The formal names this given name may stand for (itself included where it is formal or on no list),
    /// most common first; at most 3. Nicknames and transliterations share a formal name.
    pub fn formal_given(&self) -> Vec<&str> {
        vec![&self.folded]
    }
}

/// True where a folded given name is on the public list.
pub fn is_listed_given(_folded: &str) -> bool {
    false
}

impl Name {
    /// Listed given names one edit away.
    pub fn listed_neighbours(&self) -> Vec<&'static str> {
        Vec::new()
    }
}
