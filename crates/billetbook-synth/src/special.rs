//! Populations for particular questions.

use crate::errors::ErrorModel;
use crate::row::row;
use crate::typo::typo;
use crate::world::{Child, World};
use crate::{Row, Synthetic};
use rand::RngExt;
use rand::seq::SliceRandom;

pub(crate) fn no_identifiers() -> ErrorModel {
    ErrorModel {
        nhs_present: 0.0,
        upn_present: 0.0,
        upn_unknown_code: 0.0,
        double_entry: 0.0,
        ..ErrorModel::default()
    }
}

pub(crate) fn pair_up(
    world: &mut World,
    left: &[Child],
    right: &[Child],
    errors: &ErrorModel,
) -> Synthetic {
    let mut files = vec![Vec::new(), Vec::new()];
    for (i, list) in [left, right].into_iter().enumerate() {
        files[i] = list.iter().map(|c| row(world, c, errors, i)).collect();
        files[i].shuffle(&mut world.rng);
        name(&mut files[i], i);
    }
    Synthetic {
        agencies: files,
        errors: Some(errors.to_toml()),
    }
}

fn name(file: &mut [Row], agency: usize) {
    for (n, row) in file.iter_mut().enumerate() {
        row.values[0] = format!("A{}-{:07}", agency + 1, n + 1);
    }
}

/// Two files of `n` children with none in common.
pub fn disjoint(n: u32, seed: u64) -> Synthetic {
    few_common(n, 0, seed)
}

/// Two files of `n` children with `common` of them in both.
pub fn few_common(n: u32, common: u32, seed: u64) -> Synthetic {
    let errors = no_identifiers();
    let mut world = World::new(seed, n * 2);
    let mut children: Vec<Child> = Vec::new();
    while children.len() < (2 * n - common) as usize {
        children.extend(world.household());
    }
    children.shuffle(&mut world.rng);
    let (n, common) = (n as usize, common as usize);
    let right: Vec<Child> = children[n - common..2 * n - common].to_vec();
    pair_up(&mut world, &children[..n], &right, &errors)
}

/// Two files of `n` children of one birth date, all in common.
pub fn cohort(n: u32, seed: u64) -> Synthetic {
    let errors = ErrorModel {
        birth_swapped: 0.0,
        birth_typo: 0.0,
        birth_first_january: 0.0,
        birth_missing: 0.0,
        ..no_identifiers()
    };
    let mut world = World::new(seed, n * 40);
    let mut children = Vec::new();
    while children.len() < n as usize {
        let t = world.tradition();
        let (family, postcode) = (world.family(t), world.postcode());
        let mut child = world.child(t, &family, &postcode, 2014);
        child.birth = (2014, 9, 12);
        child.unborn = false;
        children.push(child);
    }
    let copy = children.clone();
    pair_up(&mut world, &children, &copy, &errors)
}

/// Adults with dirty records and no co-births, in the manner of the Febrl data sets: names, birth date, sex,
/// postal code, locality, address. `copies` damaged copies at most of each; one file, or (with `two_files`)
/// originals and copies apart.
pub fn adults(originals: u32, copies: u32, two_files: bool, seed: u64) -> Synthetic {
    const STREETS: [&str; 12] = [
        "Street", "Road", "Avenue", "Close", "Crescent", "Place", "Lane", "Drive", "Court", "Way",
        "Terrace", "Grove",
    ];
    let mut world = World::new(seed, originals);
    let mut files = vec![Vec::new(), Vec::new()];
    for cluster in 1..=originals {
        let t = world.tradition();
        let sex = if world.chance(0.5) { 'm' } else { 'f' };
        let (year, month) = (
            1930 + world.rng.random_range(0..75),
            world.rng.random_range(1..=12),
        );
        let day = world.rng.random_range(1..=28);
        let mut base = Row {
            cluster,
            ..Row::default()
        };
        base.values[1] = world.given(t, sex);
        base.values[3] = world.family(t);
        base.values[6] = format!("{year:04}-{month:02}-{day:02}");
        base.values[8] = sex.to_string();
        base.values[11] = format!("{:04}", 2000 + world.rng.random_range(0..1200));
        base.values[12] = world.family(0);
        let street = world.family(0);
        base.values[13] = format!(
            "{} {street} {}",
            world.rng.random_range(1..180),
            STREETS[world.rng.random_range(0..STREETS.len())]
        );
        files[0].push(base.clone());
        let n = if two_files {
            1
        } else {
            world.rng.random_range(0..=copies)
        };
        for _ in 0..n {
            let mut copy = base.clone();
            for _ in 0..world.rng.random_range(1..=5) {
                damage(&mut world, &mut copy, t, sex);
            }
            files[usize::from(two_files)].push(copy);
        }
    }
    if !two_files {
        files.pop();
    }
    for (i, file) in files.iter_mut().enumerate() {
        file.shuffle(&mut world.rng);
        name(file, i);
    }
    Synthetic {
        agencies: files,
        errors: None,
    }
}

fn damage(world: &mut World, row: &mut Row, tradition: usize, sex: char) {
    const FIELDS: [usize; 7] = [1, 3, 6, 8, 11, 12, 13];
    let field = FIELDS[world.rng.random_range(0..FIELDS.len())];
    match world.rng.random_range(0..10) {
        0 => row.values[field].clear(),
        1 if field == 1 || field == 3 => row.values.swap(1, 3),
        2 if field == 1 => row.values[1] = world.given(tradition, sex),
        2 if field == 3 => row.values[3] = world.family(tradition),
        _ if field == 8 => {}
        _ => row.values[field] = typo(&row.values[field].to_lowercase(), &mut world.rng),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, generate};
    use std::collections::HashSet;

    #[test]
    fn a_few_are_common() {
        let made = few_common(300, 10, 3);
        let left: HashSet<u32> = made.agencies[0].iter().map(|r| r.cluster).collect();
        assert_eq!(
            made.agencies[1]
                .iter()
                .filter(|r| left.contains(&r.cluster))
                .count(),
            10
        );
    }

    #[test]
    fn the_same_seed_makes_the_same_files() {
        let options = Options {
            children: 300,
            seed: 5,
            ..Options::default()
        };
        assert_eq!(generate(&options), generate(&options));
        assert_ne!(
            generate(&options),
            generate(&Options { seed: 6, ..options })
        );
    }

    #[test]
    fn rates_are_near_the_model() {
        let made = generate(&Options {
            children: 20_000,
            ..Options::default()
        });
        let file = &made.agencies[0];
        let share = |f: &dyn Fn(&Row) -> bool| {
            file.iter().filter(|r| f(r)).count() as f64 / file.len() as f64
        };
        assert!((share(&|_| true) * file.len() as f64 / 20_000.0 - 0.8).abs() < 0.02);
        assert!((share(&|r| !r.values[14].is_empty()) - 0.75).abs() < 0.02);
        assert!((share(&|r| r.values[9].is_empty()) - 0.03).abs() < 0.005);
        let twins = share(&|r| r.values[21] == "twin");
        assert!((0.02..0.05).contains(&twins), "{twins}");
    }

    #[test]
    fn identifiers_have_right_check_digits() {
        let made = generate(&Options {
            children: 2_000,
            errors: ErrorModel::clean(),
            ..Options::default()
        });
        for row in made
            .agencies
            .iter()
            .flatten()
            .filter(|r| !r.values[14].is_empty())
        {
            let sum: u32 = row.values[14]
                .bytes()
                .zip((1..=10u32).rev())
                .map(|(b, w)| u32::from(b - b'0') * w)
                .sum();
            assert_eq!(sum % 11, 0);
        }
    }
}
