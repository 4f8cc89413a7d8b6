//! Other forms of given names.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Full names and their short forms.
pub(crate) const SHORT: &str = include_str!("../data/short_names.txt");
/// Spellings of one name.
pub(crate) const SPELLINGS: &str = include_str!("../data/spellings.txt");

/// Every other form of a name: no parents give twins two forms of one name.
pub(crate) fn forms(name: &str) -> Vec<&'static str> {
    let lines = SHORT
        .lines()
        .chain(SPELLINGS.lines())
        .filter(|l| l.split_whitespace().any(|w| w == name));
    lines.flat_map(str::split_whitespace).collect()
}

/// Another form of a name, from lines of forms.
pub(crate) fn variant(name: &str, table: &str, rng: &mut ChaCha8Rng) -> Option<String> {
    let line = table
        .lines()
        .find(|l| !l.starts_with('#') && l.split_whitespace().any(|w| w == name))?;
    let others: Vec<&str> = line.split_whitespace().filter(|w| *w != name).collect();
    others
        .get(rng.random_range(0..others.len().max(1)))
        .map(|w| (*w).to_owned())
}
