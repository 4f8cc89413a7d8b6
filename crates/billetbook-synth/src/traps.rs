//! Twins and siblings of whom each file holds one, so that every link is wrong.

use crate::forms::forms;
use crate::special::{no_identifiers, pair_up};
use crate::world::{Child, World};
use crate::{Row, Synthetic};
use rand::RngExt;
use std::collections::HashMap;
use strsim::osa_distance;

/// `n` pairs of same-sex twins: the first file holds one, the second only the other. A quarter bear
/// near-equal names. There is no true link.
pub fn twin_trap(n: u32, seed: u64) -> Synthetic {
    let errors = no_identifiers();
    let mut world = World::new(seed, n * 2);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while left.len() < n as usize {
        let (mut a, mut b) = same_sex_twins(&mut world);
        if world.chance(0.25) {
            world.near_names(&mut a, &mut b);
        }
        left.push(a);
        right.push(b);
    }
    pair_up(&mut world, &left, &right, &errors)
}

/// `n` pairs of siblings of one sex, some born within a year: each file holds one. There is no true link.
pub fn sibling_trap(n: u32, seed: u64) -> Synthetic {
    let errors = no_identifiers();
    let mut world = World::new(seed, n * 2);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while left.len() < n as usize {
        let t = world.tradition();
        let (family, postcode, year) = (
            world.family(t),
            world.postcode(),
            2008 + world.rng.random_range(0..15),
        );
        let gap = world.rng.random_range(0..4);
        let (a, mut b) = (
            world.child(t, &family, &postcode, year),
            world.child(t, &family, &postcode, year + gap),
        );
        b.old_postcode.clone_from(&a.old_postcode);
        if a.sex != b.sex || a.birth == b.birth || a.given == b.given {
            continue;
        }
        left.push(a);
        right.push(b);
    }
    pair_up(&mut world, &left, &right, &errors)
}

/// Twins with near-equal names among other children.
#[derive(Clone, Debug, Default)]
pub struct NearTwins {
    /// The two files.
    pub made: Synthetic,
    /// Clusters of the twin in the first file and of the one in the second.
    pub twins: Vec<(u32, u32)>,
}

/// About `ordinary` children of whom each file holds four fifths, and among them `n` pairs of twins of one sex with
/// near-equal names: the first file holds one, the second only the other. A third of the pairs of names are those
/// that twins are known to bear, two forms of one name among them, a third are one or two edits apart, a third have
/// one initial. No identifiers. Pairs of whom an error gives one the other's very name are not among `twins`.
pub fn near_twins(n: u32, ordinary: u32, seed: u64) -> NearTwins {
    let errors = no_identifiers();
    let mut world = World::new(seed, ordinary + n * 2);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut made = 0;
    while made < ordinary {
        for child in world.household() {
            made += 1;
            if world.chance(0.8) {
                left.push(child.clone());
            }
            if world.chance(0.8) {
                right.push(child);
            }
        }
    }
    let mut twins: Vec<(u32, u32)> = Vec::new();
    while twins.len() < n as usize {
        let (a, mut b) = same_sex_twins(&mut world);
        let kind = twins.len() % 3;
        let (x, y) = match kind {
            0 => {
                let mut a = a.clone();
                world.near_names(&mut a, &mut b);
                (a.given, b.given.clone())
            }
            _ => match alike(&mut world, &a, kind == 1) {
                Some(other) => (a.given.clone(), other),
                None => continue,
            },
        };
        let (mut a, mut b) = (a, b);
        (a.given, b.given) = (x, y);
        twins.push((a.cluster, b.cluster));
        left.push(a);
        right.push(b);
    }
    let made = pair_up(&mut world, &left, &right, &errors);
    let names = |file: usize| -> HashMap<u32, [String; 2]> {
        let rows = made.agencies[file].iter();
        let names = |r: &Row| [1, 5].map(|column| r.values[column].to_lowercase());
        rows.map(|r| (r.cluster, names(r))).collect()
    };
    let (a, b) = (names(0), names(1));
    twins.retain(|pair| {
        let mut own = a[&pair.0].iter().filter(|name| !name.is_empty());
        !own.any(|name| b[&pair.1].contains(name))
    });
    NearTwins { made, twins }
}

fn same_sex_twins(world: &mut World) -> (Child, Child) {
    loop {
        let t = world.tradition();
        let (family, postcode) = (world.family(t), world.postcode());
        let year = 2008 + world.rng.random_range(0..17);
        let a = world.child(t, &family, &postcode, year);
        let b = world.twin_of(&a);
        if a.sex == b.sex && !a.unborn && !b.unborn {
            return (a, b);
        }
    }
}

/// Another name of the child's tradition and sex: one or two edits away, or with its initial.
fn alike(world: &mut World, child: &Child, edits: bool) -> Option<String> {
    let list = world.names.given.get(&(child.tradition, child.sex))?;
    let own_forms = forms(&child.given);
    let near = |other: &&String| {
        **other != child.given
            && !own_forms.contains(&other.as_str())
            && if edits {
                osa_distance(other, &child.given) <= 2
            } else {
                other.as_bytes()[0] == child.given.as_bytes()[0]
            }
    };
    let found: Vec<String> = list.names().iter().filter(near).cloned().collect();
    let pick = world.rng.random_range(0..found.len().max(1));
    found.get(pick).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn traps_hold_no_true_link_and_near_names_for_a_quarter() {
        let made = twin_trap(400, 7);
        let left: HashSet<u32> = made.agencies[0].iter().map(|r| r.cluster).collect();
        assert!(made.agencies[1].iter().all(|r| !left.contains(&r.cluster)));
        assert_eq!(made.agencies[0].len(), 400);
        assert!(
            sibling_trap(50, 7).agencies[1]
                .iter()
                .all(|r| !r.values[6].is_empty() || r.values[7].is_empty())
        );
    }

    #[test]
    fn near_twins_stand_apart_among_children_of_both_files() {
        let made = near_twins(90, 1_000, 3);
        assert!(
            (80..=90).contains(&made.twins.len()),
            "{}",
            made.twins.len()
        );
        let held: Vec<HashSet<u32>> = made
            .made
            .agencies
            .iter()
            .map(|f| f.iter().map(|r| r.cluster).collect())
            .collect();
        for (a, b) in &made.twins {
            assert!(held[0].contains(a) && !held[1].contains(a));
            assert!(held[1].contains(b) && !held[0].contains(b));
        }
        assert!(held[0].intersection(&held[1]).count() > 500);
        assert_eq!(osa_distance("rose", "rosie"), 1);
        assert_eq!(osa_distance("jamie", "jimmy"), 3);
        assert_eq!(osa_distance("brian", "brain"), 1);
    }
}
