//! Rows like CLKs of two agencies' children: names of letters as common as in names, typing errors, moves.

use billetbook::engine::Rows;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

pub(crate) const BITS: usize = 1024;

/// Bits that a token of each field sets.
#[derive(Clone, Copy)]
pub(crate) struct Design {
    pub(crate) name: &'static str,
    pub(crate) names: usize,
    pub(crate) birth: usize,
    pub(crate) sex: usize,
    pub(crate) place: usize,
}

const fn even(name: &'static str, bits: usize) -> Design {
    Design {
        name,
        names: bits,
        birth: bits,
        sex: bits,
        place: bits,
    }
}

pub(crate) const DENSE: Design = even("dense", 14);
pub(crate) const LOW: Design = even("low", 6);
/// As in the schema that clkhash ships for names, birth date and sex.
pub(crate) const CLKHASH: Design = Design {
    name: "clkhash",
    names: 15,
    birth: 30,
    sex: 60,
    place: 0,
};

#[derive(Clone)]
struct Child {
    given: String,
    family: String,
    birth: String,
    sex: u8,
    postcode: String,
    street: String,
}

/// A word of letters as common as in English names, four to nine of them.
fn word(rng: &mut ChaCha8Rng) -> String {
    let letters = b"eeeeeeaaaaaaannnnnrrrrriiiiillllltttooossshhhddmmccbbgkwyujpfv";
    let length = rng.random_range(4..=9);
    (0..length)
        .map(|_| char::from(letters[rng.random_range(0..letters.len())]))
        .collect()
}

/// One of `list`, the first the most often (Zipf).
fn common<'a>(list: &'a [String], rng: &mut ChaCha8Rng) -> &'a str {
    let all = (list.len() as f64).ln();
    let at = (rng.random_range(0.0..all)).exp() as usize - 1;
    &list[at.min(list.len() - 1)]
}

struct Lists {
    given: Vec<String>,
    family: Vec<String>,
    street: Vec<String>,
}

fn child(lists: &Lists, rng: &mut ChaCha8Rng) -> Child {
    let (year, month, day) = (
        rng.random_range(1940..2024),
        rng.random_range(1..=12),
        rng.random_range(1..=28),
    );
    Child {
        given: common(&lists.given, rng).to_owned(),
        family: common(&lists.family, rng).to_owned(),
        birth: format!("{day:02}{month:02}{year}"),
        sex: rng.random_range(0..2),
        postcode: format!("{:05}", rng.random_range(0u32..100_000)),
        street: format!(
            "{} {}",
            rng.random_range(1..200),
            common(&lists.street, rng)
        ),
    }
}

/// The record of the other agency.
fn again(child: &Child, lists: &Lists, rng: &mut ChaCha8Rng) -> Child {
    let mut other = child.clone();
    for _ in 0..rng.random_range(0..3) {
        match rng.random_range(0..5) {
            0 => other
                .given
                .insert(rng.random_range(0..=other.given.len()), 'e'),
            1 => {
                other.family.remove(rng.random_range(0..other.family.len()));
            }
            2 => {
                other.street = format!(
                    "{} {}",
                    rng.random_range(1..200),
                    common(&lists.street, rng)
                )
            }
            3 => other.family = common(&lists.family, rng).to_owned(),
            _ => {
                let (month, day) = (other.birth[2..4].to_owned(), other.birth[..2].to_owned());
                other.birth.replace_range(..4, &(month + &day));
            }
        }
    }
    other
}

/// The places of a token's bits: no secret is needed to compare speeds.
fn places(token: (u8, &str, usize), bits: usize) -> impl Iterator<Item = usize> {
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    (0..bits).map(move |i| hash.hash_one((token, i)) as usize % BITS)
}

fn row(
    child: &Child,
    design: Design,
    seen: &mut HashMap<(u8, String, usize), Vec<usize>>,
) -> Vec<u64> {
    let mut words = vec![0u64; BITS / 64];
    let mut set = |field: u8, part: &str, at: usize, bits: usize| {
        let token = (field, part.to_owned(), at);
        let places = seen
            .entry(token)
            .or_insert_with(|| places((field, part, at), bits).collect());
        for place in places {
            words[*place / 64] |= 1 << (*place % 64);
        }
    };
    for (field, text, bits) in [
        (0, &child.given, design.names),
        (1, &child.family, design.names),
        (2, &child.street, design.place),
    ] {
        let text = format!(" {text} ");
        for at in 0..text.len() - 1 {
            set(field, &text[at..at + 2], 0, bits);
        }
    }
    for (field, text, bits) in [
        (3, &child.birth, design.birth),
        (4, &child.postcode, design.place),
    ] {
        for at in 0..text.len() {
            set(field, &text[at..=at], at, bits);
        }
    }
    set(5, if child.sex == 0 { "f" } else { "m" }, 0, design.sex);
    words
}

/// `n` and `m` rows; a fifth of those on the right are children who are on the left too.
pub(crate) fn sides(design: Design, n: usize, m: usize) -> (Rows, Rows) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut words = |n: usize| -> Vec<String> { (0..n).map(|_| word(&mut rng)).collect() };
    let lists = Lists {
        given: words(3_000),
        family: words(40_000),
        street: words(5_000),
    };
    let left: Vec<Child> = (0..n).map(|_| child(&lists, &mut rng)).collect();
    let right: Vec<Child> = (0..m)
        .map(|_| match rng.random_bool(0.2) {
            true => again(&left[rng.random_range(0..n)], &lists, &mut rng),
            false => child(&lists, &mut rng),
        })
        .collect();
    let mut seen = HashMap::new();
    let mut rows = |children: &[Child]| {
        let words = children
            .iter()
            .flat_map(|c| row(c, design, &mut seen))
            .collect();
        Rows::from_words(BITS, words).unwrap()
    };
    (rows(&left), rows(&right))
}
