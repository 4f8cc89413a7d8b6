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
