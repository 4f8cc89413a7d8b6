//! Profile `local`: all files lie lawfully in one process in clear. Records are compared field by field, weighed
//! by how common their values are, and scored by a model fitted without labels. Nothing leaves but the results.

mod block;
mod chance;
mod compare;
mod entries;
mod evidence;
mod frequency;
mod household;
mod model;
mod rows;

use super::co_birth::co_births;
use super::link::{LinkError, LinkOptions, check, conclude};
use super::outcome::{Fit, Linkage};
use super::parallel::{each, each_of};
use super::{Evidence, GivenAgreement, IdAgreement, MATCH, RowRef, ScoredPair};
use crate::limits::{file_index, index};
use crate::record::Record;
use chance::Chance;
use compare::{FIELDS, LEVELS, Levels, compare};
use entries::{Entries, double_entries, root};
use evidence::evidence;
use frequency::{Frequencies, Weigher};
use model::{Counts, Model, Table, fit};
use rows::{NONE, Row, Rows};
use rustc_hash::{FxHashMap, FxHashSet};

/// Pairs scored by one thread at a time.
const CHUNK: usize = 1 << 14;
/// Pairs less probable than this are dropped, unless all pairs are asked for.
const FLOOR: f64 = 1e-3;

/// Likelihood times size of each class.
type Weights = [f64; model::CLASSES];

/// A candidate: rows by their numbers over all files, which rules found it, and how well it agrees.
#[derive(Clone, Copy, Debug)]
struct Pair {
    left: u32,
    right: u32,
    rules: u64,
    levels: u64,
    probability: f64,
}

/// Links files in clear; one file is searched for double entries. `allow_weak` has no meaning here.
///
/// # Errors
/// Where there is no file, or there are too many records.
pub fn link_local(files: &[&[Record]], options: &LinkOptions) -> Result<Linkage, LinkError> {
    check(files)?;
    let rows = Rows::new(files);
    let usable: Vec<bool> = rows.rows.iter().map(is_usable).collect();
    let found = block::candidates(&rows, &usable);
    let mut pairs = each_of(found.iter().collect(), |(left, right, rules)| {
        let levels = compare(&rows, &rows.rows[left as usize], &rows.rows[right as usize]);
        Pair {
            left,
            right,
            rules,
            levels: levels.pack(),
            probability: 0.0,
        }
    });
    drop(found);
    let across = files.len() > 1;
    let file_of = |row: u32| rows.rows[row as usize].file;
    let inside = |p: &Pair| file_of(p.left) == file_of(p.right);
    let chance = Chance::draw(&rows, files.len());
    let total = rows.rows.len() as f64;
    let all_pairs = total * (total - 1.0) / 2.0;
    let mut counts = [
        count(
            pairs.iter().filter(|p| inside(p) != across),
            if across {
                all_pairs - chance.pairs
            } else {
                all_pairs
            },
        ),
        count(pairs.iter().filter(|p| inside(p)), chance.pairs),
    ];
    let known = chance.known();
    let fit_to = |counts: &[Counts; 2], frequencies: &Frequencies, same: &Table| {
        fit(
            &counts[0],
            across.then_some(&counts[1]),
            &chance.table(frequencies, same),
            &known,
            frequencies.together(),
        )
    };
    // A first fit counts values by rows. It finds rows of one child, which are no chance: the second fit counts
    // children instead, and knows of pairs one of whose children was found elsewhere.
    let apart: Vec<u32> = (0..index(rows.rows.len())).collect();
    let first = fit_to(
        &counts,
        &Frequencies::count(&rows, &apart),
        &[[0.0; LEVELS]; FIELDS],
    );
    let child_of = children(&pairs, &weights(&first, &counts), apart);
    let frequencies = Frequencies::count(&rows, &child_of);
    let same = same_child(&first, &counts[1]);
    if across {
        let found = Found::of(&rows, &child_of);
        let elsewhere = |p: &&Pair| !inside(p) && found.elsewhere(&rows, &child_of, p);
        counts[0].set_apart(pairs.iter().filter(elsewhere));
        counts[0].open = found.open(&rows, &child_of);
    }
    let model = fit_to(&counts, &frequencies, &same);
    let kinds = weights(&model, &counts);
    let weigher = Weigher::new(&frequencies, &model);
    each_of(pairs.chunks_mut(CHUNK).collect(), |chunk| {
        for p in chunk {
            let mut w = kinds.get(&p.levels).copied().unwrap_or_default();
            let (a, b) = (&rows.rows[p.left as usize], &rows.rows[p.right as usize]);
            let own = 1 + u32::from(child_of[p.left as usize] != child_of[p.right as usize]);
            weigher.adjust(Levels::unpack(p.levels), a, b, own, &mut w);
            p.probability = share(&w);
        }
    });
    let co_birth: Vec<bool> = each(files.len(), |i| co_births(files[i])).concat();
    let flagged = |p: &Pair| {
        let (a, b) = (&rows.rows[p.left as usize], &rows.rows[p.right as usize]);
        let mut e = evidence(&rows, a, b, Levels::unpack(p.levels));
        for row in [p.left, p.right] {
            e.co_birth |= co_birth[row as usize];
            let at = place(&rows, row);
            e.shielded |= files[usize::from(at.file)][at.row as usize].shielded;
        }
        e
    };
    let entries = if across {
        double_entries(
            &rows,
            pairs
                .iter()
                .filter(|p| inside(p))
                .map(|p| (p.left, p.right, p.probability, flagged(p))),
        )
    } else {
        Entries::none(&rows)
    };
    let doubtful = entries.shared_identifiers(&rows);
    let fit = fit_of(&pairs, inside, across, &model);
    let scored: Vec<ScoredPair> = pairs
        .iter()
        .filter(|p| !across || options.within || !inside(p))
        .filter_map(|p| {
            let mut e = flagged(p);
            e.identifier = entries.weigh(&doubtful, &rows, p.left, p.right, e);
            let kept = options.all_pairs || p.probability >= FLOOR || contradicts(&e);
            kept.then(|| ScoredPair {
                left: place(&rows, p.left),
                right: place(&rows, p.right),
                probability: p.probability,
                evidence: e,
            })
        })
        .collect();
    let by_file = |list: &[bool]| -> Vec<Vec<bool>> {
        (0..files.len())
            .map(|f| list[rows.file(f).start as usize..rows.file(f).end as usize].to_vec())
            .collect()
    };
    Ok(conclude(
        scored,
        files,
        &entries.groups,
        &entries.alike,
        &by_file(&usable),
        options,
        fit,
    ))
}

/// A pair that no cluster may join although its names agree.
fn contradicts(e: &Evidence) -> bool {
    e.identifier == IdAgreement::Differs && e.given >= GivenAgreement::Near
}

/// An identifier, or two of given name, family name, birth date and place.
fn is_usable(r: &Row) -> bool {
    let fields = [
        r.given != NONE || r.known_as != NONE,
        r.family != NONE,
        r.birth.year != 0,
        [r.code, r.old_codes[0], r.locality, r.address]
            .iter()
            .any(|p| *p != NONE),
    ];
    r.nhs != NONE
        || r.other_ids.iter().any(|id| *id != NONE)
        || fields.iter().filter(|f| **f).count() >= 2
}

fn place(rows: &Rows<'_>, row: u32) -> RowRef {
    let file = rows.rows[row as usize].file;
    RowRef {
        file: file_index(usize::from(file)),
        row: row - rows.starts[usize::from(file)],
    }
}

fn count<'a>(pairs: impl Iterator<Item = &'a Pair>, all: f64) -> Counts {
    let mut by_levels: FxHashMap<u64, [f64; 2]> = FxHashMap::default();
    for p in pairs {
        by_levels.entry(p.levels).or_default()[0] += 1.0;
    }
    let mut by_levels: Vec<(u64, [f64; 2])> = by_levels.into_iter().collect();
    by_levels.sort_unstable_by_key(|x| x.0);
    Counts {
        by_levels,
        pairs: all,
        open: 1.0,
    }
}

impl Counts {
    /// Notes the pairs that are surely not one child.
    fn set_apart<'a>(&mut self, pairs: impl Iterator<Item = &'a Pair>) {
        for p in pairs {
            let at = self.by_levels.binary_search_by_key(&p.levels, |x| x.0);
            if let Ok(at) = at {
                self.by_levels[at].1[1] += 1.0;
            }
        }
    }
}

/// Which children were found in which files.
struct Found(FxHashSet<(u32, u16)>);

impl Found {
    fn of(rows: &Rows<'_>, child_of: &[u32]) -> Found {
        let found = child_of.iter().zip(&rows.rows).map(|(c, r)| (*c, r.file));
        Found(found.collect())
    }

    /// True where one of two children was found in the other's file, as another child than that.
    fn elsewhere(&self, rows: &Rows<'_>, child_of: &[u32], p: &Pair) -> bool {
        let [l, r] = [p.left, p.right].map(|i| (child_of[i as usize], rows.rows[i as usize].file));
        l.0 != r.0 && (self.0.contains(&(l.0, r.1)) || self.0.contains(&(r.0, l.1)))
    }

    /// The share of pairs across files both of whose rows were found in no row of the other's file.
    fn open(&self, rows: &Rows<'_>, child_of: &[u32]) -> f64 {
        const LEAST: f64 = 0.01;
        let files = rows.starts.len() - 1;
        let mut absent = vec![vec![0.0; files]; files];
        for (child, row) in child_of.iter().zip(&rows.rows) {
            for (other, n) in (0u16..).zip(&mut absent[usize::from(row.file)]) {
                *n += f64::from(u8::from(!self.0.contains(&(*child, other))));
            }
        }
        let (mut open, mut all) = (0.0, 0.0);
        for (i, of_file) in absent.iter().enumerate() {
            for (j, n) in of_file[..i].iter().enumerate() {
                open += n * absent[j][i];
                all += (rows.file(i).len() * rows.file(j).len()) as f64;
            }
        }
        (open / f64::max(all, 1.0)).max(LEAST)
    }
}

/// The share of the first class.
fn share(w: &Weights) -> f64 {
    let total: f64 = w.iter().sum();
    if total > 0.0 {
        w[model::MATCH] / total
    } else {
        0.0
    }
}

/// The weights of every kind of pair that was seen.
fn weights(model: &Model, counts: &[Counts; 2]) -> FxHashMap<u64, Weights> {
    let seen = counts.iter().flat_map(|c| &c.by_levels);
    seen.map(|(packed, _)| (*packed, model.weights(Levels::unpack(*packed))))
        .collect()
}

/// Joins rows that are probably one child.
fn children(pairs: &[Pair], kinds: &FxHashMap<u64, Weights>, mut parent: Vec<u32>) -> Vec<u32> {
    for p in pairs
        .iter()
        .filter(|p| kinds.get(&p.levels).is_some_and(|w| share(w) >= MATCH))
    {
        let (a, b) = (root(&mut parent, p.left), root(&mut parent, p.right));
        parent[a.max(b) as usize] = a.min(b);
    }
    (0..index(parent.len()))
        .map(|i| root(&mut parent, i))
        .collect()
}

/// Expected pairs of one child by field and level.
fn same_child(model: &Model, counts: &Counts) -> Table {
    let mut out = [[0.0; LEVELS]; FIELDS];
    for (packed, [n, _]) in &counts.by_levels {
        let levels = Levels::unpack(*packed);
        let w = model.weights(levels);
        let total: f64 = w.iter().sum();
        if total > 0.0 {
            for (f, level) in levels.0.iter().enumerate() {
                out[f][usize::from(*level)] += n * w[model::MATCH] / total;
            }
        }
    }
    out
}

fn fit_of(pairs: &[Pair], inside: impl Fn(&Pair) -> bool, across: bool, model: &Model) -> Fit {
    let mut steps: Vec<(String, u64, u64)> =
        block::rule_names().map(|n| (n.to_owned(), 0, 0)).collect();
    let (mut candidates, mut matches) = (0u64, 0.0);
    for p in pairs.iter().filter(|p| inside(p) != across) {
        candidates += 1;
        matches += p.probability;
        if let Some(step) = steps.get_mut(p.rules.trailing_zeros() as usize) {
            step.1 += 1;
            step.2 += u64::from(p.probability >= MATCH);
        }
    }
    steps.retain(|s| s.1 > 0);
    Fit {
        candidates,
        match_share: matches / (candidates as f64).max(1.0),
        rounds: model.rounds,
        priors_used: matches < 30.0,
        steps,
    }
}
