//! Which children of a file have a twin in it, as far as the file shows.

use crate::limits::index;
use crate::record::{BirthDate, Postcode, Record, is_short_form};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

/// Children of one family name and birth date who would be expected by chance from so many on are no co-births
/// where their places differ too. One child in two hundred has a twin who stands in the file with another place (one
/// birth in sixty-odd is of twins, and one twin in six has an old or a mistyped place): chance is then four times as
/// likely.
const NAMESAKES: f64 = 0.02;

/// Records beside which the file holds another child of the same birth date and family name or place with
/// another given name. A common family name with another place is left out where chance explains it.
pub(crate) fn co_births(records: &[Record]) -> Vec<bool> {
    let mut families: FxHashMap<&str, f64> = FxHashMap::default();
    let mut births: FxHashMap<BirthDate, f64> = FxHashMap::default();
    let mut groups: Vec<(u64, u32)> = Vec::with_capacity(records.len() * 2);
    for (i, r) in records.iter().enumerate() {
        if let Some(f) = r.family_name.valid() {
            *families.entry(f.folded()).or_default() += 1.0;
        }
        let Some(birth) = r.birth_date.valid() else {
            continue;
        };
        *births.entry(*birth).or_default() += 1.0;
        let mut add = |kind: u8, text: &str| {
            let mut h = FxHasher::default();
            h.write_u16(birth.year());
            h.write(&[birth.month(), birth.day(), kind]);
            h.write(text.as_bytes());
            groups.push((h.finish(), index(i)));
        };
        if let Some(f) = r.family_name.valid() {
            add(0, f.folded());
        }
        if let (Some(p), false) = (r.postcode.valid(), r.shielded) {
            add(1, p.compact());
        }
    }
    let namesakes = |r: &Record| {
        let family = r.family_name.valid().and_then(|f| families.get(f.folded()));
        let birth = r.birth_date.valid().and_then(|d| births.get(d));
        let others = |n: Option<&f64>| n.map_or(0.0, |n| n - 1.0);
        others(family) * others(birth) / records.len() as f64
    };
    groups.sort_unstable();
    let mut out = vec![false; records.len()];
    for group in groups.chunk_by(|a, b| a.0 == b.0) {
        if (2..=64).contains(&group.len()) {
            for &(_, row) in group {
                let a = &records[row as usize];
                let by_chance = namesakes(a) >= NAMESAKES;
                out[row as usize] |= group.iter().any(|&(_, b)| {
                    let b = &records[b as usize];
                    given_names_differ(a, b) && !(by_chance && apart(a, b))
                });
            }
        }
    }
    out
}

/// True where both have a postcode and none, past or present, is of both.
fn apart(a: &Record, b: &Record) -> bool {
    let known = |r: &Record| r.postcode.valid().is_some() && !r.shielded;
    known(a) && known(b) && !places(a).any(|p| places(b).any(|q| p == q))
}

fn places(r: &Record) -> impl Iterator<Item = &Postcode> {
    r.postcode.valid().into_iter().chain(&r.previous_postcodes)
}

fn given_names_differ(a: &Record, b: &Record) -> bool {
    let (Some(x), Some(y)) = (a.given_name.valid(), b.given_name.valid()) else {
        return false;
    };
    x != y && !is_short_form(x.folded(), y.folded())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ReadOptions, read_reader};
    use std::fmt::Write;

    /// Whether the first of two children counts as a twin of the second, in a file of a thousand others of whom so
    /// many bear the same family name, and ten the same birth date.
    fn flagged(namesakes: usize, codes: [&str; 2]) -> bool {
        let mut csv = "id,given_name,family_name,date_of_birth,postcode\n".to_owned();
        for (i, (given, code)) in ["Jayden", "Hayden"].into_iter().zip(codes).enumerate() {
            writeln!(csv, "t{i},{given},Baker,2012-03-04,{code}").unwrap();
        }
        for i in 0..1_000 {
            let family = if i < namesakes {
                "Baker".to_owned()
            } else {
                let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
                format!("Fam{}{}", letter(i), letter(i / 26))
            };
            let day = if i >= 990 {
                "2012-03-04".to_owned()
            } else {
                format!("20{:02}-05-06", i % 20)
            };
            writeln!(csv, "o{i},Ann,{family},{day},LB9 9ZZ").unwrap();
        }
        let file = read_reader(csv.as_bytes(), "a.csv", &ReadOptions::default()).unwrap();
        co_births(file.records())[0]
    }

    #[test]
    fn a_common_family_name_and_another_place_is_chance_and_all_else_a_twin() {
        let apart = ["LB1 0AA", "LB2 0BB"];
        assert!(!flagged(100, apart), "a namesake in another place");
        assert!(flagged(100, ["LB1 0AA", "LB1 0AA"]), "of one place");
        assert!(flagged(100, ["LB1 0AA", ""]), "a place that is not known");
        assert!(flagged(0, apart), "a rare name");
    }
}
