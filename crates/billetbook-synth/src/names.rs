//! Names to draw from, by tradition, with frequencies skewed as real ones are.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

const GIVEN: &str = include_str!("../data/given.txt");
const ANGLO: &str = include_str!("../data/family_anglo.txt");
const TRADITIONS: &str = include_str!("../data/family_traditions.txt");
const NEAR: &str = include_str!("../data/near_names.txt");

/// Traditions and their shares of households, in thousandths.
pub(crate) const SHARES: [(&str, u32); 6] = [
    ("anglo", 660),
    ("muslim", 150),
    ("african", 60),
    ("east_european", 60),
    ("south_european", 40),
    ("asian", 30),
];

/// Names with running weights.
#[derive(Debug, Default)]
pub(crate) struct Weighted {
    names: Vec<String>,
    upto: Vec<u64>,
}

impl Weighted {
    fn push(&mut self, name: String, weight: u64) {
        let before = self.upto.last().copied().unwrap_or(0);
        self.names.push(name);
        self.upto.push(before + weight);
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> &str {
        let total = self.upto.last().copied().unwrap_or(1);
        let x = rng.random_range(0..total);
        &self.names[self.upto.partition_point(|u| *u <= x)]
    }
}

/// All lists.
#[derive(Debug)]
pub(crate) struct Names {
    /// By tradition and sex.
    pub(crate) given: HashMap<(usize, char), Weighted>,
    /// By tradition.
    pub(crate) family: Vec<Weighted>,
    /// By sex.
    pub(crate) near: HashMap<char, Vec<(String, String)>>,
}

impl Names {
    pub(crate) fn load() -> Names {
        let tradition = |name: &str| SHARES.iter().position(|s| s.0 == name).unwrap_or(0);
        let mut given: HashMap<(usize, char), Weighted> = HashMap::new();
        for (head, names) in lines(GIVEN) {
            let (t, sex) = head.split_once(' ').unwrap_or((head, "f"));
            let list = given
                .entry((tradition(t), sex.chars().next().unwrap_or('f')))
                .or_default();
            for (rank, name) in (1u64..).zip(names.split_whitespace()) {
                list.push(name.to_owned(), zipf(rank, 12));
            }
        }
        let mut family: Vec<Weighted> = (0..SHARES.len()).map(|_| Weighted::default()).collect();
        for line in ANGLO.lines().filter(|l| !l.starts_with('#')) {
            if let Some((name, weight)) = line.split_once(' ') {
                family[0].push(name.to_owned(), weight.parse().unwrap_or(1));
            }
        }
        for (head, names) in lines(TRADITIONS) {
            let list = &mut family[tradition(head)];
            for (rank, name) in (1u64..).zip(names.split_whitespace()) {
                list.push(name.replace('~', "-").replace('_', " "), zipf(rank, 6));
            }
        }
        let mut near: HashMap<char, Vec<(String, String)>> = HashMap::new();
        for (head, pairs) in lines(NEAR) {
            let list = near.entry(head.chars().next().unwrap_or('f')).or_default();
            list.extend(
                pairs
                    .split_whitespace()
                    .filter_map(|p| p.split_once('~'))
                    .map(|(a, b)| (a.to_owned(), b.to_owned())),
            );
        }
        Names {
            given,
            family,
            near,
        }
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once(": "))
}

/// Integer Zipf-Mandelbrot weights, so that draws are the same on every platform.
fn zipf(rank: u64, offset: u64) -> u64 {
    10_000_000 / (rank + offset)
}
