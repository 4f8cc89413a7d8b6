/// A UK postcode in canonical form, upper case without a space.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Postcode(String);

impl Postcode {
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
}

/// A postal code, locality or address line, folded to `a-z0-9` words.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Place {
    folded: String,
}

impl Place {
    /// `a-z0-9` only, words joined.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl Place {
    /// crude
    pub fn parse(raw: &str) -> super::Graded<Place> {
        let folded: String = raw.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        if folded.is_empty() { super::Graded::Missing } else { super::Graded::Valid(Place { folded }) }
    }
}
impl Postcode {
    /// crude
    pub fn parse(raw: &str) -> super::Graded<Postcode> {
        let s: String = raw.to_uppercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        if s.len() < 5 { super::Graded::Missing } else { super::Graded::Valid(Postcode(s)) }
    }
}
