//! Households, their children, and what each agency holds of them.

use crate::errors::ErrorModel;
use crate::forms::forms;
use crate::names::{Names, SHARES};
use crate::row::row;
use crate::{Row, Synthetic, ids};
use rand::RngExt;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// Children in the population.
    pub children: u32,
    /// Agencies, at least one.
    pub agencies: u8,
    /// Seed: the same seed makes the same files on every platform.
    pub seed: u64,
    /// Share of the population that each agency holds.
    pub coverage: f64,
    /// The errors.
    pub errors: ErrorModel,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            children: 5_000,
            agencies: 2,
            seed: 1,
            coverage: 0.8,
            errors: ErrorModel::default(),
        }
    }
}

/// A child as it truly is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Child {
    pub(crate) cluster: u32,
    pub(crate) tradition: usize,
    pub(crate) sex: char,
    pub(crate) given: String,
    pub(crate) middle: String,
    pub(crate) family: String,
    pub(crate) other_family: String,
    pub(crate) known_as: String,
    pub(crate) birth: (u32, u32, u32),
    pub(crate) postcode: String,
    pub(crate) old_postcode: String,
    pub(crate) nhs: String,
    pub(crate) twin_nhs: String,
    pub(crate) upn: String,
    pub(crate) twin: bool,
    pub(crate) shielded: bool,
    pub(crate) unborn: bool,
    /// The identity before an adoption: another cluster, never to be joined.
    pub(crate) closed: Option<Box<Child>>,
}

pub(crate) struct World {
    pub(crate) rng: ChaCha8Rng,
    pub(crate) names: Names,
    next: u32,
    streets: u32,
}

pub(crate) const LAST_YEAR: u32 = 2025;

impl World {
    pub(crate) fn new(seed: u64, children: u32) -> World {
        // About fifteen households of two children share a postcode.
        World {
            rng: ChaCha8Rng::seed_from_u64(seed),
            names: Names::load(),
            next: 0,
            streets: (children / 28).max(20),
        }
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.rng.random_bool(p.clamp(0.0, 1.0))
    }

    pub(crate) fn household(&mut self) -> Vec<Child> {
        let tradition = self.tradition();
        let family = self.family(tradition);
        let postcode = self.postcode();
        let size = match self.rng.random_range(0..100) {
            0..38 => 1,
            38..78 => 2,
            78..92 => 3,
            92..97 => 4,
            _ => 5,
        };
        let mut children: Vec<Child> = Vec::new();
        let mut year = self.rng.random_range(LAST_YEAR - 17..=LAST_YEAR);
        while children.len() < size {
            let mut child = self.child(tradition, &family, &postcode, year);
            if self.chance(0.06) {
                child.family = self.family(tradition);
            }
            // No parents give two children one name, or two forms of one.
            while children
                .iter()
                .any(|c| c.given == child.given || forms(&c.given).contains(&child.given.as_str()))
            {
                child.given = self.given(tradition, child.sex);
            }
            let twins = self.chance(0.016);
            if twins {
                let mut twin = self.twin_of(&child);
                child.twin = true;
                child.twin_nhs = twin.nhs.clone();
                twin.twin_nhs.clone_from(&child.nhs);
                children.push(twin);
            }
            children.push(child);
            year = if year > LAST_YEAR - 16 {
                year - self.rng.random_range(1..=4)
            } else {
                year + 2
            };
        }
        children
    }

    pub(crate) fn child(
        &mut self,
        tradition: usize,
        family: &str,
        postcode: &str,
        year: u32,
    ) -> Child {
        let sex = if self.chance(0.512) { 'm' } else { 'f' };
        let month = self.rng.random_range(1..=12);
        let day = self.rng.random_range(1..=days(year, month));
        let birth = if self.chance(0.004) {
            (year, 1, 1)
        } else {
            (year, month, day)
        };
        let given = self.given(tradition, sex);
        self.next += 1;
        let mut child = Child {
            cluster: self.next,
            tradition,
            sex,
            middle: if self.chance(0.6) {
                self.given(tradition, sex)
            } else {
                String::new()
            },
            known_as: String::new(),
            family: family.to_owned(),
            other_family: self.family(tradition),
            birth,
            postcode: postcode.to_owned(),
            old_postcode: self.postcode(),
            nhs: ids::nhs(self.next),
            upn: ids::upn(self.next, year + 5, &mut self.rng),
            shielded: self.chance(0.005),
            unborn: year == LAST_YEAR && self.chance(0.03),
            given,
            ..Child::default()
        };
        if self.chance(0.003) {
            self.next += 1;
            let mut before = child.clone();
            before.cluster = self.next;
            before.family = self.family(tradition);
            before.nhs = ids::nhs(self.next);
            before.postcode = self.postcode();
            child.closed = Some(Box::new(before));
        }
        child
    }

    /// A co-birth: two thirds of the same sex; a quarter of these with a near-equal name.
    pub(crate) fn twin_of(&mut self, child: &Child) -> Child {
        let mut twin = self.child(
            child.tradition,
            &child.family,
            &child.postcode,
            child.birth.0,
        );
        twin.birth = child.birth;
        twin.twin = true;
        twin.old_postcode.clone_from(&child.old_postcode);
        twin.other_family.clone_from(&child.other_family);
        twin.shielded = child.shielded;
        twin.closed = None;
        if self.chance(0.667) {
            twin.sex = child.sex;
        }
        twin.given = self.given(child.tradition, twin.sex);
        while twin.given == child.given || forms(&child.given).contains(&twin.given.as_str()) {
            twin.given = self.given(child.tradition, twin.sex);
        }
        twin
    }

    /// Gives two twins of one sex a pair of near-equal names.
    pub(crate) fn near_names(&mut self, a: &mut Child, b: &mut Child) {
        if let Some(pairs) = self.names.near.get(&a.sex) {
            let (x, y) = &pairs[self.rng.random_range(0..pairs.len())];
            a.given.clone_from(x);
            b.given.clone_from(y);
        }
    }

    pub(crate) fn tradition(&mut self) -> usize {
        let mut x = self
            .rng
            .random_range(0..SHARES.iter().map(|s| s.1).sum::<u32>());
        for (i, (_, share)) in SHARES.iter().enumerate() {
            if x < *share {
                return i;
            }
            x -= share;
        }
        0
    }

    /// One name in thirty is spelled as on no list: parents invent.
    pub(crate) fn given(&mut self, tradition: usize, sex: char) -> String {
        let name = match self.names.given.get(&(tradition, sex)) {
            Some(list) => list.draw(&mut self.rng).to_owned(),
            None => String::new(),
        };
        if self.chance(0.033) && name.len() > 3 {
            let ending =
                ["y", "ie", "lyn", "ah", "en", "on", "iyah", "x"][self.rng.random_range(0..8)];
            return format!("{}{ending}", &name[..name.len() - 1]);
        }
        name
    }

    pub(crate) fn family(&mut self, tradition: usize) -> String {
        let name = self.names.family[tradition].draw(&mut self.rng).to_owned();
        if tradition == 0 && self.chance(0.05) {
            return format!("{name}-{}", self.names.family[0].draw(&mut self.rng));
        }
        name
    }

    /// One address in sixty is a home or hostel that many share.
    pub(crate) fn postcode(&mut self) -> String {
        if self.chance(0.016) {
            return ids::postcode(self.rng.random_range(0..(self.streets / 100).max(2)));
        }
        ids::postcode(self.rng.random_range(0..self.streets))
    }
}

pub(crate) fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Makes the population and every agency's file.
pub fn generate(options: &Options) -> Synthetic {
    let mut world = World::new(options.seed, options.children);
    let agencies = usize::from(options.agencies.max(1));
    let mut files: Vec<Vec<Row>> = vec![Vec::new(); agencies];
    let mut made = 0;
    while made < options.children {
        let mut household = world.household();
        for i in 1..household.len() {
            let (head, tail) = household.split_at_mut(i);
            let (a, b) = (&mut head[i - 1], &mut tail[0]);
            if a.twin && b.twin && a.sex == b.sex && world.chance(0.25) {
                world.near_names(a, b);
            }
        }
        for child in household {
            made += 1;
            hold(&mut world, &child, options, &mut files);
            if made == options.children {
                break;
            }
        }
    }
    for (i, file) in files.iter_mut().enumerate() {
        file.shuffle(&mut world.rng);
        for (n, row) in file.iter_mut().enumerate() {
            row.values[0] = format!("A{}-{:07}", i + 1, n + 1);
        }
    }
    Synthetic {
        agencies: files,
        errors: Some(options.errors.to_toml()),
    }
}

/// Writes the child into the files of the agencies that hold it.
fn hold(world: &mut World, child: &Child, options: &Options, files: &mut [Vec<Row>]) {
    let last = files.len() - 1;
    for (i, file) in files.iter_mut().enumerate() {
        if !world.chance(options.coverage) {
            continue;
        }
        file.push(row(world, child, &options.errors, i));
        if world.chance(options.errors.double_entry) {
            file.push(row(world, child, &options.errors, i));
        }
        if let (Some(closed), true) = (&child.closed, i == last) {
            let mut row = row(world, closed, &options.errors, i);
            row.values[17] = "before-adoption".to_owned();
            file.push(row);
        }
    }
}
