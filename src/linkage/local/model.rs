//! The score: a mixture of four classes of pairs - one child, co-births, siblings, chance - over the levels of
//! agreement, fitted by EM without labels. Chance is counted in the files, not fitted.

use super::compare::{
    ADDRESS, ALIKE, BIRTH, CODE, DIFFERS, FAMILY, FIELDS, FIRST_JANUARY, FORM, GIVEN, LEVELS,
    LOCALITY, Levels, MIDDLE, NEARBY, NHS, ORDER, OTHER_ID, PART, PAST, SAME, SAME_BIRTH,
    SAME_FAMILY, SAME_GIVEN, SEX, UNKNOWN,
};

pub(crate) const CLASSES: usize = 4;
pub(crate) const MATCH: usize = 0;
const CO_BIRTH: usize = 1;
pub(crate) const CHANCE: usize = 3;

/// Per field, the share of every level among pairs in which the field is known; level 0 is not known.
pub(crate) type Table = [[f64; LEVELS]; FIELDS];

/// Pairs of one kind by their levels: across files, or inside them, where true pairs are double entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Packed levels, how many candidates show them, and how many of these are surely not one child.
    pub(crate) by_levels: Vec<(u64, [f64; 2])>,
    /// All pairs, candidates or not.
    pub(crate) pairs: f64,
    /// The share of pairs of two children that are not surely two.
    pub(crate) open: f64,
}

/// How fields agree together where records agree by chance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Together {
    /// How much more often than by independence both names agree.
    pub(crate) names: f64,
    /// The share of namesakes (by given name) who are of one sex.
    pub(crate) namesakes_of_one_sex: f64,
}

impl Together {
    /// What the likelihood of levels by chance, `sex` the share of levels of sex, is to be multiplied by.
    fn factor(&self, levels: Levels, sex: &[f64; LEVELS]) -> f64 {
        if group(GIVEN, levels.0[GIVEN]) != SAME_GROUP {
            return 1.0;
        }
        let of_sex = match levels.0[SEX] {
            SAME => self.namesakes_of_one_sex / sex[usize::from(SAME)],
            DIFFERS => (1.0 - self.namesakes_of_one_sex) / sex[usize::from(DIFFERS)],
            _ => 1.0,
        };
        let of_names = if group(FAMILY, levels.0[FAMILY]) >= CLOSE_GROUP {
            self.names
        } else {
            1.0
        };
        of_sex * of_names
    }
}

/// What was fitted.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    tables: [Table; CLASSES],
    /// Expected numbers of pairs of each class.
    pub(crate) sizes: [f64; CLASSES],
    together: Together,
    excess: Vec<f64>,
    pub(crate) rounds: u32,
}

impl Model {
    /// Likelihoods of levels in each class, times its size.
    pub(crate) fn weights(&self, levels: Levels) -> [f64; CLASSES] {
        let excess = self.excess[cell(levels)];
        std::array::from_fn(|c| {
            let w = self.sizes[c] * likelihood(&self.tables[c], levels);
            match c {
                MATCH => w,
                CHANCE => w * excess * self.together.factor(levels, &self.tables[CHANCE][SEX]),
                _ => w * excess,
            }
        })
    }

    /// The share of pairs that agree by chance at a level of a field.
    pub(crate) fn chance(&self, field: usize, level: u8) -> f64 {
        self.tables[CHANCE][field][usize::from(level)]
    }
}

/// Stated priors: the share of each level by class, and how many pairs the prior counts for. Levels in the
/// order of `compare`, from "differs" upwards.
fn priors() -> ([Table; 3], [f64; 3]) {
    let row = |list: &[f64]| {
        let mut out = [0.0; LEVELS];
        out[1..=list.len()].copy_from_slice(list);
        out
    };
    let same: Table = [
        row(&[0.012, 0.006, 0.012, 0.012, 0.018, 0.07, 0.87]),
        row(&[0.04, 0.04, 0.04, 0.88]),
        row(&[0.012, 0.008, 0.04, 0.03, 0.91]),
        row(&[0.002, 0.002, 0.004, 0.006, 0.012, 0.01, 0.964]),
        row(&[0.12, 0.01, 0.03, 0.06, 0.78]),
        row(&[0.09, 0.03, 0.08, 0.80]),
        row(&[0.12, 0.05, 0.13, 0.70]),
        row(&[0.006, 0.994]),
        row(&[0.01, 0.99]),
        row(&[0.01, 0.99]),
        row(&[0.993, 0.007]),
    ];
    let co_birth: Table = [
        row(&[0.80, 0.14, 0.05, 0.0018, 0.0008, 0.002, 0.0004]),
        row(&[0.88, 0.05, 0.04, 0.03]),
        row(&[0.02, 0.01, 0.035, 0.025, 0.91]),
        row(&[0.0002, 0.0002, 0.004, 0.005, 0.01, 0.008, 0.9726]),
        row(&[0.11, 0.01, 0.03, 0.06, 0.79]),
        row(&[0.05, 0.02, 0.05, 0.88]),
        row(&[0.05, 0.03, 0.07, 0.85]),
        row(&[0.99, 0.01]),
        row(&[0.99, 0.01]),
        row(&[0.35, 0.65]),
        row(&[0.9999, 0.0001]),
    ];
    let sibling: Table = [
        row(&[0.80, 0.14, 0.05, 0.0018, 0.0008, 0.002, 0.0004]),
        row(&[0.88, 0.05, 0.04, 0.03]),
        row(&[0.09, 0.01, 0.035, 0.035, 0.83]),
        row(&[0.84, 0.03, 0.0005, 0.08, 0.045, 0.0044, 0.0001]),
        row(&[0.11, 0.01, 0.03, 0.06, 0.79]),
        row(&[0.05, 0.02, 0.05, 0.88]),
        row(&[0.05, 0.03, 0.07, 0.85]),
        row(&[0.997, 0.003]),
        row(&[0.997, 0.003]),
        row(&[0.5, 0.5]),
        row(&[0.9999, 0.0001]),
    ];
    ([same, co_birth, sibling], [30.0, 200.0, 200.0])
}

/// Fits the model to `target`, the pairs that are to be decided; `decoys` are the pairs inside files, in which
/// double entries are few. `known` is the share of pairs in which each field is known.
pub(crate) fn fit(
    target: &Counts,
    decoys: Option<&Counts>,
    chance: &Table,
    known: &[f64; FIELDS],
    together: Together,
) -> Model {
    let (prior, weight) = priors();
    let mut tables = [prior[0], prior[1], prior[2], *chance];
    let sets: Vec<&Counts> = std::iter::once(target).chain(decoys).collect();
    let mut sizes: Vec<[f64; CLASSES]> = sets
        .iter()
        .map(|s| {
            let n: f64 = s.by_levels.iter().map(|x| x.1[0] - x.1[1]).sum();
            [n * 0.5, n * 0.05 + 0.5, n * 0.1 + 0.5, s.pairs]
        })
        .collect();
    if let [_, second] = &mut sizes[..] {
        second[MATCH] *= 0.02;
    }
    let mut rounds = 0;
    for round in 0..100 {
        rounds = round + 1;
        let mut sums = [[[0.0f64; LEVELS]; FIELDS]; 3];
        let mut change = 0.0f64;
        for (set, size) in sets.iter().zip(&mut sizes) {
            let open = [1.0, set.open, set.open, set.open];
            let mut next = [0.0; CLASSES];
            for (packed, [count, apart]) in &set.by_levels {
                let levels = Levels::unpack(*packed);
                let mut w: [f64; CLASSES] =
                    std::array::from_fn(|c| size[c] * likelihood(&tables[c], levels));
                w[CHANCE] *= together.factor(levels, &tables[CHANCE][SEX]);
                // Of the pairs of two children some are surely two, and the rest stand beside those of one child.
                let rest: [f64; CLASSES] = std::array::from_fn(|c| w[c] * open[c]);
                let surely_two: f64 = w.iter().sum::<f64>() - rest.iter().sum::<f64>();
                let beside = (count - apart) / rest.iter().sum::<f64>();
                let of_two = if surely_two > 0.0 {
                    apart / surely_two
                } else {
                    0.0
                };
                if !(beside + of_two).is_finite() {
                    continue;
                }
                for c in 0..3 {
                    let n = rest[c] * beside + (w[c] - rest[c]) * of_two;
                    next[c] += n;
                    for (f, level) in levels.0.iter().enumerate() {
                        sums[c][f][usize::from(*level)] += n;
                    }
                }
            }
            for c in 0..3 {
                change = change.max((next[c] - size[c]).abs() / (1.0 + next[c]));
                size[c] = next[c].max(1e-9);
            }
        }
        for c in 0..3 {
            for f in 0..FIELDS {
                let total: f64 = sums[c][f][1..].iter().sum::<f64>() + weight[c];
                for level in 1..LEVELS {
                    tables[c][f][level] =
                        (sums[c][f][level] + weight[c] * prior[c][f][level]) / total;
                }
            }
        }
        anchor(&mut tables[MATCH]);
        if decoys.is_none() {
            few_co_births(&mut sizes[0], target);
        }
        if round > 10 && change < 1e-3 {
            break;
        }
    }
    let mut model = Model {
        tables,
        sizes: sizes[0],
        together,
        excess: vec![1.0; CELLS],
        rounds,
    };
    if let (Some(decoys), Some(size)) = (decoys, sizes.get(1)) {
        model.excess = excess(&model, decoys, size, known);
    }
    model
}

/// Pairs of one child mostly agree on the given name, the family name and the birth date: a class that does
/// not is another class, whatever the fit would make of it.
fn anchor(same: &mut Table) {
    const LEAST: f64 = 0.5;
    for (field, level) in [
        (GIVEN, SAME_GIVEN),
        (FAMILY, SAME_FAMILY),
        (BIRTH, SAME_BIRTH),
    ] {
        let row = &mut same[field];
        let top = row[usize::from(level)];
        if top < LEAST {
            let rest = 1.0 - top;
            row[1..].iter_mut().for_each(|p| *p *= (1.0 - LEAST) / rest);
            row[usize::from(level)] = LEAST;
        }
    }
}

/// One file without others beside it does not show its co-births apart from double entries with another given
/// name. Twins are three children in a hundred: where pairs that look like double entries are plainly more than
/// those that look like co-births, the file is no register of twins, and co-births can be few only.
fn few_co_births(size: &mut [f64; CLASSES], target: &Counts) {
    const SHARE: f64 = 0.02;
    let total = |wanted: fn(&[u8; FIELDS]) -> bool| -> f64 {
        target
            .by_levels
            .iter()
            .filter(|(packed, _)| wanted(&Levels::unpack(*packed).0))
            .map(|x| x.1[0])
            .sum()
    };
    let plain = total(|l| l[BIRTH] == SAME_BIRTH && l[GIVEN] >= FORM && l[FAMILY] >= ALIKE);
    let apart = total(|l| {
        l[BIRTH] == SAME_BIRTH && (DIFFERS..=ALIKE).contains(&l[GIVEN]) && l[FAMILY] >= ALIKE
    });
    if plain > 2.0 * apart {
        size[CO_BIRTH] = size[CO_BIRTH].min(SHARE * plain);
    }
}

fn likelihood(table: &Table, levels: Levels) -> f64 {
    let mut p = 1.0;
    for (row, level) in table.iter().zip(levels.0) {
        if level != UNKNOWN {
            p *= row[usize::from(level)];
        }
    }
    p
}

/// Coarse groups of levels of the four fields that tell most.
const CELLS: usize = 256;

const CELL_FIELDS: [usize; 4] = [GIVEN, FAMILY, BIRTH, CODE];

fn cell(levels: Levels) -> usize {
    CELL_FIELDS
        .iter()
        .fold(0, |n, &f| n << 2 | group(f, levels.0[f]))
}

/// Groups: unknown, differs, close, same.
const CLOSE_GROUP: usize = 2;
const SAME_GROUP: usize = 3;

fn group(field: usize, level: u8) -> usize {
    let (close, same) = match field {
        GIVEN => (ALIKE, FORM),
        FAMILY => (PART, SAME_FAMILY),
        BIRTH => (FIRST_JANUARY, SAME_BIRTH),
        _ => (NEARBY, PAST),
    };
    match level {
        UNKNOWN => 0,
        level if level < close => 1,
        level if level < same => CLOSE_GROUP,
        _ => SAME_GROUP,
    }
}

/// How much more often than modelled a cell is seen between records of one file that are not one child; never
/// less than one, because blocking does not show every pair of a cell.
fn excess(
    model: &Model,
    decoys: &Counts,
    size: &[f64; CLASSES],
    known: &[f64; FIELDS],
) -> Vec<f64> {
    const TRUST: f64 = 2.0;
    let mut seen = vec![0.0; CELLS];
    for (packed, [count, _]) in &decoys.by_levels {
        let levels = Levels::unpack(*packed);
        let mut w: [f64; CLASSES] =
            std::array::from_fn(|c| size[c] * likelihood(&model.tables[c], levels));
        w[CHANCE] *= model.together.factor(levels, &model.tables[CHANCE][SEX]);
        let total: f64 = w.iter().sum();
        if total > 0.0 {
            seen[cell(levels)] += count * (1.0 - w[MATCH] / total);
        }
    }
    let mut mass = [[[0.0; 4]; 4]; CLASSES];
    for (table, mass) in model.tables.iter().zip(&mut mass) {
        for (i, f) in CELL_FIELDS.iter().enumerate() {
            mass[i][0] = 1.0 - known[*f];
            for (level, share) in (0u8..).zip(&table[*f]).skip(1) {
                mass[i][group(*f, level)] += known[*f] * share;
            }
        }
    }
    (0..CELLS)
        .map(|cell| {
            let at = [cell >> 6 & 3, cell >> 4 & 3, cell >> 2 & 3, cell & 3];
            let expected: f64 = (1..CLASSES)
                .map(|c| {
                    let p: f64 = at.iter().enumerate().map(|(i, g)| mass[c][i][*g]).product();
                    let joint = if c == CHANCE && at[0] == SAME_GROUP && at[1] >= CLOSE_GROUP {
                        model.together.names
                    } else {
                        1.0
                    };
                    size[c] * p * joint
                })
                .sum();
            ((seen[cell] + TRUST) / (expected + TRUST)).max(1.0)
        })
        .collect()
}

/// Weak prior knowledge of how often fields agree by chance, for files too small to count it in.
pub(crate) fn chance_prior() -> Table {
    let mut t = [[0.0; LEVELS]; FIELDS];
    let mut set = |field: usize, list: &[f64]| t[field][1..=list.len()].copy_from_slice(list);
    set(GIVEN, &[0.85, 0.12, 0.02, 1e-4, 1e-4, 0.003, 0.006]);
    set(MIDDLE, &[0.93, 0.055, 0.005, 0.01]);
    set(FAMILY, &[0.97, 0.02, 0.005, 0.001, 0.003]);
    set(BIRTH, &[0.93, 0.05, 2e-4, 0.01, 0.01, 1e-4, 2e-4]);
    set(CODE, &[0.97, 0.02, 0.008, 0.001, 0.001]);
    set(LOCALITY, &[0.9, 0.08, 0.01, 0.01]);
    set(ADDRESS, &[0.93, 0.06, 0.008, 1e-3]);
    set(NHS, &[1.0, 1e-8]);
    set(OTHER_ID, &[1.0, 1e-8]);
    set(SEX, &[0.5, 0.5]);
    set(ORDER, &[1.0, 1e-5]);
    t
}
