use super::KeySet;
use super::key::Transform;
use crate::keys::{KeyError, LinkageId, LinkageKeys};
use crate::limits::index;
use crate::record::Record;
use sha2::{Digest, Sha256};
use std::fmt;

/// A linking token: 128 bits of HMAC-SHA-256, or a pad that looks like one. `Debug` is redacted.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token([u8; 16]);

impl Token {
    /// A token from its bytes.
    pub fn from_secret_bytes(bytes: [u8; 16]) -> Token {
        Token(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A row's name outside its agency: 16 fresh random bytes, another at every tokenising.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub [u8; 16]);

impl RowId {
    /// `n` fresh row names.
    ///
    /// # Errors
    /// Where the operating system gives no randomness.
    pub fn generate(n: usize) -> Result<Vec<RowId>, KeyError> {
        let mut bytes = vec![0u8; n * 16];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
        let ids = bytes
            .chunks_exact(16)
            .map(|c| {
                let mut id = [0; 16];
                id.copy_from_slice(c);
                RowId(id)
            })
            .collect();
        Ok(ids)
    }
}

/// What binds token files together: files that differ in any of it are not matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHeader {
    /// The linkage.
    pub linkage: LinkageId,
    /// Its epoch.
    pub epoch: u32,
    /// Name of the key set.
    pub key_set: String,
    /// Its digest.
    pub key_set_digest: [u8; 32],
    /// [`LinkageKeys::check_value`](crate::keys::LinkageKeys::check_value).
    pub key_check: [u8; 16],
}

impl LinkageKeys {
    /// What binds the token files of this linkage under a key set.
    pub fn header(&self, key_set: &KeySet) -> TokenHeader {
        TokenHeader {
            linkage: self.id(),
            epoch: self.epoch(),
            key_set: key_set.name().to_owned(),
            key_set_digest: key_set.digest(),
            key_check: self.check_value(),
        }
    }
}

/// How often a file's records agree by chance: counts only. They leave the agency so that the matching side
/// can tell one child from two without labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chance {
    /// Pairs of the file's children.
    pub pairs: u64,
    /// Agreement levels seen, as packed by the key set's fields, how many pairs show them, and how many of these
    /// share a token that no third child holds.
    pub cells: Vec<([u8; 10], [u64; 2])>,
    /// Records that were sampled for what follows.
    pub records: u64,
    /// Pairs that agree on each transform.
    pub agreeing: Vec<(Transform, u64)>,
    /// Records that hold each field, by field number.
    pub present: Vec<(u8, u64)>,
}

/// The tokens of one file, ready to travel: shuffled rows under fresh names, the same number of tokens in
/// each. A thief without the key learns the number of rows and the counts in [`Chance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTable {
    /// What binds it to its linkage.
    pub header: TokenHeader,
    /// Row names, in order.
    pub rows: Vec<RowId>,
    /// Row-major, `stride` tokens a row, in the order of the key set's keys and their slots.
    pub tokens: Vec<Token>,
    /// Tokens in a row.
    pub stride: usize,
    /// How often records agree by chance.
    pub chance: Chance,
}

impl TokenTable {
    /// The tokens of a row.
    pub fn row(&self, row: usize) -> &[Token] {
        &self.tokens[row * self.stride..(row + 1) * self.stride]
    }
}

/// Which records each row of a token table stands for, by their index in the file. Stays at home: with it,
/// links become names again.
#[derive(Clone, PartialEq, Eq)]
pub struct Crosswalk {
    /// Row names, in the table's order.
    pub rows: Vec<RowId>,
    /// Per row, the records of that child, the first one first.
    pub records: Vec<Vec<u32>>,
    /// [`Crosswalk::digest`] of the file that was tokenised.
    pub file: [u8; 32],
}

impl Crosswalk {
    /// SHA-256 of the ids of a file's records in their order: a file of other ids, or of the same in another
    /// order, would give each child another child's links.
    pub fn digest(records: &[Record]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for record in records {
            hash.update(index(record.id.len()).to_be_bytes());
            hash.update(record.id.as_bytes());
        }
        hash.finalize().into()
    }

    /// True where these are the records that were tokenised, by their ids.
    pub fn is_of(&self, records: &[Record]) -> bool {
        let stands = |r: &u32| (*r as usize) < records.len();
        self.file == Crosswalk::digest(records) && self.records.iter().flatten().all(stands)
    }
}

impl fmt::Debug for Crosswalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crosswalk")
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}
