use super::key::{KeyError, KeyField, MatchKey, Strength, Transform};
use sha2::{Digest, Sha256};

/// An ordered list of match keys under a name; its digest travels with every token file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    name: String,
    keys: Vec<MatchKey>,
}

/// Keys of the default set for children in the UK: text, strength, slots.
const UK_CHILDREN: &[(&str, Strength, usize)] = {
    use Strength::{Confirms, Links};
    &[
        ("nhs", Links, 1),
        ("upn.any", Links, 2),
        ("uln", Links, 1),
        ("chi", Links, 1),
        ("given.any+family.any+birth", Links, 3),
        ("given.full+family.ends+birth", Links, 2),
        ("given.any+family.ends+birth", Links, 4),
        ("given+family+code.any", Links, 2),
        ("given.full+family.ends+code", Links, 2),
        ("given+family+code+has.birth", Confirms, 1),
        ("given.any+birth+code.any", Links, 3),
        ("given+code+birth.swapped", Links, 1),
        ("given+family+birth.two_parts", Links, 3),
        ("given+family+birth.swapped", Links, 1),
        ("given.full+code+birth.two_parts", Links, 3),
        ("names.either+birth", Links, 2),
        ("given.formal+family.ends+birth", Links, 2),
        ("given.formal+birth+code", Links, 2),
        ("given.short+family+birth", Links, 2),
        ("middle+family.ends+birth", Links, 2),
        ("middle+birth+code", Links, 1),
        ("given.near+family+birth", Confirms, 4),
        ("given.near+birth+code", Confirms, 4),
        ("names.ends_either+birth", Links, 4),
        ("family.ends+birth+code.any", Links, 2),
        ("family.ends+birth+code+has.given", Confirms, 2),
        ("nhs+birth.two_parts", Confirms, 3),
        ("nhs+given.full", Confirms, 1),
        ("nhs+given.formal", Confirms, 2),
        ("nhs+given.near", Confirms, 4),
        ("nhs+has.given", Confirms, 1),
        ("upn+birth.two_parts", Confirms, 3),
        ("upn+given.full", Confirms, 1),
        ("upn+given.formal", Confirms, 2),
        ("upn+given.near", Confirms, 4),
        ("upn+has.given", Confirms, 1),
        ("given+family.ends+birth+has.nhs", Confirms, 2),
        ("given+birth+code+has.nhs", Confirms, 1),
        ("given+middle+family+birth.two_parts", Confirms, 3),
        ("family+birth+code+sex", Confirms, 1),
    ]
};

/// Keys for people with generic places (postal code, locality, address line) and no national identifier.
const PEOPLE: &[(&str, Strength, usize)] = {
    use Strength::{Confirms, Links};
    &[
        ("given+family+birth", Links, 1),
        ("given.any+family.any+birth", Links, 4),
        ("given.formal+family.ends+birth", Links, 4),
        ("given.near+family.ends+birth", Links, 8),
        ("names.either+birth", Links, 1),
        ("names.ends_either+birth", Links, 4),
        ("names.ends_either+birth.two_parts", Links, 12),
        ("names.ends_either+code", Links, 4),
        ("names.ends_either+locality.ends", Links, 8),
        ("names.ends_either+address.ends", Links, 8),
        ("given.ends+birth.two_parts+code", Links, 9),
        ("family.ends+birth.two_parts+code", Links, 9),
        ("given.ends+birth+locality.ends", Links, 6),
        ("family.ends+birth+locality.ends", Links, 6),
        ("given.ends+birth.two_parts+address.ends", Links, 16),
        ("family.ends+birth.two_parts+address.ends", Links, 16),
        ("names.letters+birth+code", Links, 10),
        ("names.letters+birth+locality.ends", Links, 16),
        ("names.letters+birth+address.ends", Links, 16),
        ("given.letters+birth.two_parts+code", Links, 15),
        ("family.letters+birth.two_parts+code", Links, 15),
        ("given+family+code", Links, 1),
        ("given+family+locality", Links, 1),
        ("given+family+address.ends", Links, 2),
        ("names.ends_either+address", Links, 4),
        ("given.letters+family.ends+address.ends", Links, 16),
        ("given.ends+family.letters+address.ends", Links, 16),
        ("given.letters+family.ends+code", Links, 15),
        ("given.ends+family.letters+code", Links, 15),
        ("given.ends+birth.parts+address.ends", Links, 16),
        ("family.ends+birth.parts+address.ends", Links, 16),
        ("given.ends+birth.parts+code", Links, 9),
        ("family.ends+birth.parts+code", Links, 9),
        ("family.ends+birth+code+has.given", Confirms, 3),
    ]
};

impl KeySet {
    /// A set from its keys.
    pub fn new(name: &str, keys: Vec<MatchKey>) -> KeySet {
        KeySet {
            name: name.to_owned(),
            keys,
        }
    }

    fn from_table(name: &str, table: &[(&str, Strength, usize)]) -> Result<KeySet, KeyError> {
        let keys = table
            .iter()
            .map(|&(text, strength, slots)| MatchKey::new(text, strength, slots));
        Ok(KeySet::new(name, keys.collect::<Result<_, _>>()?))
    }

    /// The default set for children in the UK.
    ///
    /// # Errors
    /// Never for the shipped table; the type is that of every key set.
    pub fn uk_children() -> Result<KeySet, KeyError> {
        Self::from_table("uk-children/1", UK_CHILDREN)
    }

    /// The set for people anywhere, with postal code, locality and address line.
    ///
    /// # Errors
    /// Never for the shipped table.
    pub fn people() -> Result<KeySet, KeyError> {
        Self::from_table("people/1", PEOPLE)
    }

    /// The set's name and version.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The keys, in order.
    pub fn keys(&self) -> &[MatchKey] {
        &self.keys
    }

    /// Tokens per record, always the same.
    pub fn tokens_per_record(&self) -> usize {
        self.keys.iter().map(MatchKey::slots).sum()
    }

    /// Every transform that the set uses, in order, without repeats.
    pub fn transforms(&self) -> Vec<Transform> {
        let mut all: Vec<Transform> = self.keys.iter().flat_map(|k| k.parts()).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// True where some key draws on `field`.
    pub fn uses(&self, field: KeyField) -> bool {
        self.transforms()
            .iter()
            .any(|t| t.fields().contains(&field))
    }

    /// SHA-256 over the keys' ids, versions, strengths and slots, in order.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(crate::keys::label::KEY_SET);
        for key in &self.keys {
            hash.update(key.id());
            hash.update([0, key.version(), key.strength() as u8]);
            hash.update((key.slots() as u64).to_be_bytes());
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_sets_keep_the_rules_of_keys() {
        for set in [KeySet::uk_children(), KeySet::people()] {
            let set = set.unwrap();
            assert!(set.keys().len() <= 64, "agreement is a 64-bit mask");
            assert!(set.tokens_per_record() > 30);
        }
    }

    #[test]
    fn the_digest_changes_with_any_key() {
        let a = KeySet::uk_children().unwrap();
        let mut keys = a.keys().to_vec();
        keys.swap(0, 1);
        assert_ne!(a.digest(), KeySet::new(a.name(), keys).digest());
    }
}
