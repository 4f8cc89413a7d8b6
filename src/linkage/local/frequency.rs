//! How common values are among children, so that agreeing on a rare one weighs more.

use super::compare::{
    ADDRESS, BIRTH, CODE, FAMILY, FIELDS, GIVEN, LOCALITY, Levels, MIDDLE, NHS, OTHER_ID, SAME,
    SAME_BIRTH, SAME_CODE, SAME_FAMILY, SAME_GIVEN, SAME_MIDDLE, SAME_PLACE, shared_middle,
};
use super::model::{CHANCE, CLASSES, MATCH, Model, Together};
use super::rows::{NONE, Row, Rows};
use crate::linkage::parallel::each_of;

/// The value of a row in a field.
type Value = fn(&Row) -> u32;

/// The fields whose values are counted, the level at which they are equal, and the value of a row.
pub(crate) const COUNTED: [(usize, u8, Value); 9] = [
    (GIVEN, SAME_GIVEN, |r| r.given),
    (MIDDLE, SAME_MIDDLE, |r| r.middles[0]),
    (FAMILY, SAME_FAMILY, |r| r.family),
    (BIRTH, SAME_BIRTH, |r| r.birth.number()),
    (CODE, SAME_CODE, |r| r.code),
    (LOCALITY, SAME_PLACE, |r| r.locality),
    (ADDRESS, SAME_PLACE, |r| r.address),
    (NHS, SAME, |r| r.nhs),
    (OTHER_ID, SAME, |r| r.other_ids[0]),
];

/// How many children hold each value.
pub(crate) struct Frequencies {
    by_field: [Vec<u32>; FIELDS],
    full_name: Vec<u32>,
    /// Girls and boys behind each other, name by name.
    given_and_sex: Vec<u32>,
}

impl Frequencies {
    /// Counts every value once a child; `child_of` gives rows of one child one number.
    pub(crate) fn count(rows: &Rows<'_>, child_of: &[u32]) -> Frequencies {
        let mut order: Vec<u32> = (0..crate::limits::index(rows.rows.len())).collect();
        order.sort_by_key(|row| child_of[*row as usize]);
        let count = |size: usize, value: Value| {
            let mut counts = vec![0u32; size];
            let mut seen: Vec<u32> = Vec::new();
            for child in order.chunk_by(|a, b| child_of[*a as usize] == child_of[*b as usize]) {
                seen.clear();
                for row in child {
                    let value = value(&rows.rows[*row as usize]);
                    if value != NONE && !seen.contains(&value) {
                        counts[value as usize] += 1;
                        seen.push(value);
                    }
                }
            }
            counts
        };
        let mut by_field: [Vec<u32>; FIELDS] = Default::default();
        let sizes: Vec<(usize, usize, Value)> = COUNTED
            .iter()
            .map(|&(field, _, value)| {
                let size = match field {
                    GIVEN | MIDDLE | FAMILY => rows.names.len(),
                    BIRTH => (2100 - 1890 + 2) * 12 * 64,
                    CODE => rows.codes.len(),
                    LOCALITY | ADDRESS => rows.places.len(),
                    _ => rows.ids,
                };
                (field, size, value)
            })
            .collect();
        let counted = each_of(sizes, |(field, size, value)| (field, count(size, value)));
        for (field, counts) in counted {
            by_field[field] = counts;
        }
        Frequencies {
            by_field,
            full_name: count(rows.full_names.len(), |r| r.full_name),
            given_and_sex: count(2 * rows.names.len(), |r| match (r.given, r.sex) {
                (NONE, _) | (_, 0) => NONE,
                (given, sex) => 2 * given + u32::from(sex) - 1,
            }),
        }
    }

    /// Of two children who both hold a value of the field, the chance that they hold one and the same.
    pub(crate) fn coincidence(&self, field: usize) -> Option<f64> {
        coincidence(&self.by_field[field])
    }

    /// How fields agree together by chance: a given name goes with families of its language, and with a sex.
    pub(crate) fn together(&self) -> Together {
        let names = match [
            &self.full_name,
            &self.by_field[GIVEN],
            &self.by_field[FAMILY],
        ]
        .map(|c| coincidence(c))
        {
            [Some(full), Some(given), Some(family)] if given * family > 0.0 => {
                (full / (given * family)).clamp(1.0, 100.0)
            }
            _ => 1.0,
        };
        // Pairs of namesakes who are of one sex, of all pairs of namesakes; a few are assumed.
        const ASSUMED: (f64, f64) = (19.0, 20.0);
        let (mut same, mut all) = ASSUMED;
        for of_name in self.given_and_sex.chunks_exact(2) {
            let [girls, boys] = [f64::from(of_name[0]), f64::from(of_name[1])];
            same += girls * (girls - 1.0).max(0.0) + boys * (boys - 1.0).max(0.0);
            all += (girls + boys) * (girls + boys - 1.0).max(0.0);
        }
        Together {
            names,
            namesakes_of_one_sex: same / all,
        }
    }

    /// How often a given name of one child is the family name of another and the other way round, beside how
    /// often both names are equal.
    pub(crate) fn exchanged(&self) -> f64 {
        let total = |c: &[u32]| c.iter().map(|n| f64::from(*n)).sum::<f64>().max(1.0);
        let (given, family) = (&self.by_field[GIVEN], &self.by_field[FAMILY]);
        let cross: f64 = given
            .iter()
            .zip(family)
            .map(|(g, f)| f64::from(*g) * f64::from(*f))
            .sum::<f64>()
            / (total(given) * total(family));
        match (coincidence(given), coincidence(family)) {
            (Some(g), Some(f)) if g * f > 0.0 => (cross * cross / (g * f)).clamp(1e-6, 0.01),
            _ => 1e-5,
        }
    }
}

fn coincidence(counts: &[u32]) -> Option<f64> {
    let n: f64 = counts.iter().map(|c| f64::from(*c)).sum();
    let pairs: f64 = counts
        .iter()
        .map(|c| f64::from(*c) * (f64::from(*c) - 1.0).max(0.0))
        .sum();
    (n > 1.0).then(|| pairs / (n * (n - 1.0)))
}

/// Weighs pairs by how common the values are that they agree on.
pub(crate) struct Weigher<'a> {
    frequencies: &'a Frequencies,
    /// Children who hold a value, by field.
    held: [f64; FIELDS],
    average: [f64; FIELDS],
    both_names: f64,
}

impl<'a> Weigher<'a> {
    pub(crate) fn new(frequencies: &'a Frequencies, model: &Model) -> Weigher<'a> {
        let mut average = [0.0; FIELDS];
        for (field, level, _) in COUNTED {
            average[field] = model.chance(field, level).max(1e-9);
        }
        let held =
            std::array::from_fn(|f| frequencies.by_field[f].iter().map(|c| f64::from(*c)).sum());
        let both_names = average[GIVEN] * average[FAMILY] * frequencies.together().names;
        Weigher {
            frequencies,
            held,
            average,
            both_names,
        }
    }

    /// The share of other children who hold the value, beside the average chance of agreeing on one; `trust`
    /// children of the average are mixed in, so that few records say little. `own` children are the pair itself.
    fn beside_average(&self, field: usize, value: u32, own: u32, trust: f64) -> f64 {
        let count = self.frequencies.by_field[field][value as usize];
        let average = self.average[field];
        (f64::from(count.saturating_sub(own)) + trust)
            / (self.held[field] + trust / average)
            / average
    }

    /// Applies to the weights of the classes; `own` is 1 where both rows were counted as one child, else 2.
    pub(crate) fn adjust(
        &self,
        levels: Levels,
        a: &Row,
        b: &Row,
        own: u32,
        w: &mut [f64; CLASSES],
    ) {
        let l = levels.0;
        let mut everyone = 1.0;
        let mut strangers = 1.0;
        if l[GIVEN] == SAME_GIVEN {
            let shared = [b.given, b.known_as, b.given_first, b.family].contains(&a.given);
            everyone *=
                self.beside_average(GIVEN, if shared { a.given } else { b.given }, own, 4.0);
        }
        if l[FAMILY] == SAME_FAMILY {
            let family = self.beside_average(FAMILY, a.family, own, 1.0);
            strangers *= family;
            if l[GIVEN] == SAME_GIVEN && a.full_name == b.full_name {
                // Names go together: the full name's own count, where it is more than the parts' counts give.
                let count = self.frequencies.full_name[a.full_name as usize].saturating_sub(own);
                let whole = f64::from(count) / self.held[FAMILY].max(1.0) / self.both_names;
                strangers *= (whole / (everyone * family)).max(1.0);
            }
        }
        if l[MIDDLE] == SAME_MIDDLE {
            everyone *= self.beside_average(MIDDLE, shared_middle(a, b), own, 4.0);
        }
        if l[BIRTH] == SAME_BIRTH {
            strangers *= self.beside_average(BIRTH, a.birth.number(), own, 8.0);
        }
        if l[CODE] == SAME_CODE {
            strangers *= self.beside_average(CODE, a.code, own, 4.0);
        }
        if l[LOCALITY] == SAME_PLACE {
            strangers *= self.beside_average(LOCALITY, a.locality, own, 4.0);
        }
        if l[ADDRESS] == SAME_PLACE {
            strangers *= self.beside_average(ADDRESS, a.address, own, 2.0);
        }
        for (class, w) in w.iter_mut().enumerate() {
            if class != MATCH {
                *w *= everyone;
            }
            if class == CHANCE {
                *w *= strangers;
            }
        }
    }
}
