use super::cluster::{Files, cluster};
use super::decide::{MATCH, decide};
use super::home::{Home, HomeOptions, chance_of, prepare};
use super::level::Space;
use super::model::Counts;
use super::outcome::{Decision, Fit, Linkage};
use super::tokens::{RowPair, candidates, entry, evidence, linking, score};
use super::{Evidence, RowRef, ScoredPair};
use crate::keys::{KeyError, LinkageId, LinkageKeys, Secret};
use crate::limits::{file_index, index};
use crate::record::Record;
use crate::token::{KeySet, TokenSecrets};
use std::collections::HashMap;

/// Settings of a linkage.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkOptions {
    /// Also pairs inside each file.
    pub within: bool,
    /// Keep pairs of any probability.
    pub all_pairs: bool,
    /// Let keys of two fields and sex make candidates.
    pub allow_weak: bool,
}

/// More rows than this sharing one token across files is an institution.
const CAP_ACROSS: usize = 64;

/// Links files by tokens in one process: a random secret in memory, tokens, then scores from tokens alone.
/// One file is searched for double entries.
///
/// # Errors
/// Where the operating system gives no randomness.
pub fn link_tokens(
    files: &[&[Record]],
    key_set: &KeySet,
    options: &LinkOptions,
) -> Result<Linkage, KeyError> {
    let (secret, own) = (Secret::generate()?, Secret::generate()?);
    let (keys, pad) = (LinkageKeys::derive(&secret, LinkageId::generate()?, 1), own);
    Ok(link_with(
        files,
        key_set,
        TokenSecrets {
            linkage: &keys,
            local_pad: &pad,
        },
        options,
    ))
}

fn link_with(
    files: &[&[Record]],
    key_set: &KeySet,
    secrets: TokenSecrets<'_>,
    options: &LinkOptions,
) -> Linkage {
    let space = Space::new(key_set);
    let home = HomeOptions {
        allow_weak: options.allow_weak,
        unique_only: files.len() > 1,
    };
    let homes = prepare_all(files, |f| prepare(f, key_set, &space, secrets, &home));
    let mut scored = Vec::new();
    if files.len() == 1 || options.within {
        for (file, home) in homes.iter().enumerate() {
            inside(file, home, files[file], &mut scored);
        }
    }
    let mut fitted = homes[0].inside.model.clone();
    let mut n_candidates = homes[0].inside.pairs.len();
    let mut steps = step_counts(&homes[0].inside.pairs, key_set, options.allow_weak);
    if files.len() > 1 {
        let starts: Vec<u32> = homes
            .iter()
            .scan(0u32, |at, h| {
                let start = *at;
                *at += index(h.children.len());
                Some(start)
            })
            .collect();
        let place = |row: u32| {
            let file = starts.partition_point(|s| *s <= row) - 1;
            (file, row - starts[file])
        };
        let found = candidates(
            key_set,
            linking(key_set, options.allow_weak),
            CAP_ACROSS,
            |k| {
                let offset: usize = key_set.keys()[..k].iter().map(|k| k.slots()).sum();
                let slots = key_set.keys()[k].slots();
                let mut out = Vec::new();
                for (home, start) in homes.iter().zip(&starts) {
                    for (c, members) in home.children.iter().enumerate() {
                        let row = home.tokens.row(members[0] as usize);
                        out.extend(
                            row[offset..offset + slots]
                                .iter()
                                .map(|t| entry(t, start + index(c))),
                        );
                    }
                }
                out
            },
            |a, b| place(a).0 != place(b).0,
        );
        let sizes: Vec<f64> = homes.iter().map(|h| h.children.len() as f64).collect();
        let total: f64 = sizes.iter().sum();
        let across = (total * total - sizes.iter().map(|n| n * n).sum::<f64>()) / 2.0;
        let mut decoys = Counts {
            by_cell: vec![0.0; space.cells.len()],
            pairs: 0.0,
        };
        for home in &homes {
            decoys.pairs += home.decoys.pairs;
            for (sum, n) in decoys.by_cell.iter_mut().zip(&home.decoys.by_cell) {
                *sum += n;
            }
        }
        let rates: Vec<_> = homes.iter().map(|h| &h.rates).collect();
        let result = score(
            &found,
            key_set,
            &space,
            across,
            Some(&decoys),
            &chance_of(&rates),
        );
        n_candidates = result.pairs.len();
        for pair in &result.pairs {
            let ((lf, lc), (rf, rc)) = (place(pair.left), place(pair.right));
            for &l in &homes[lf].children[lc as usize] {
                for &r in &homes[rf].children[rc as usize] {
                    let (l, r) = (
                        RowRef {
                            file: file_index(lf),
                            row: l,
                        },
                        RowRef {
                            file: file_index(rf),
                            row: r,
                        },
                    );
                    let evidence = flagged(evidence(pair.levels), &homes, files, l, r);
                    scored.push(ScoredPair {
                        left: l.min(r),
                        right: l.max(r),
                        probability: pair.probability,
                        evidence,
                    });
                }
            }
        }
        steps = step_counts(&result.pairs, key_set, options.allow_weak);
        fitted = result.model;
    }
    let groups: Vec<Vec<u32>> = homes.iter().map(|h| h.child_of.clone()).collect();
    let usable: Vec<Vec<bool>> = homes.iter().map(|h| h.tokenised.clone()).collect();
    let fit = Fit {
        candidates: n_candidates as u64,
        match_share: fitted.match_share,
        rounds: fitted.rounds,
        steps,
        ..Fit::default()
    };
    conclude(scored, files, &groups, &usable, options, fit)
}

/// What each key added, in the set's order: pairs that no key before it had found, and the probable among them.
fn step_counts(pairs: &[RowPair], key_set: &KeySet, allow_weak: bool) -> Vec<(String, u64, u64)> {
    let links = linking(key_set, allow_weak);
    let mut counts = vec![(0, 0); key_set.keys().len()];
    for pair in pairs {
        if let Some(count) = counts.get_mut((pair.mask & links).trailing_zeros() as usize) {
            count.0 += 1;
            count.1 += u64::from(pair.probability >= MATCH);
        }
    }
    let names = key_set.keys().iter().map(|k| k.id().to_owned());
    names
        .zip(counts)
        .filter(|(_, c)| c.0 > 0)
        .map(|(name, c)| (name, c.0, c.1))
        .collect()
}

/// Decides, clusters, and drops what was not asked for.
pub(crate) fn conclude(
    scored: Vec<ScoredPair>,
    files: &[&[Record]],
    groups: &[Vec<u32>],
    usable: &[Vec<bool>],
    options: &LinkOptions,
    fit: Fit,
) -> Linkage {
    let mut links = decide(scored, groups, files.len() == 1);
    let shielded: Vec<Vec<bool>> = files
        .iter()
        .map(|f| f.iter().map(|r| r.shielded).collect())
        .collect();
    let no_link = no_links(files);
    let (clusters, rows) = cluster(
        &mut links,
        &Files {
            groups,
            usable,
            shielded: &shielded,
            no_link: &no_link,
        },
    );
    links.retain(|l| options.all_pairs || l.decision != Decision::None);
    Linkage {
        links,
        clusters,
        rows,
        fit,
    }
}

/// Rows of one id under two identity epochs.
fn no_links(files: &[&[Record]]) -> Vec<(RowRef, RowRef)> {
    let mut out = Vec::new();
    for (file, records) in (0u16..).zip(files) {
        let mut by_id: HashMap<&str, Vec<u32>> = HashMap::new();
        for (row, r) in (0u32..).zip(*records) {
            by_id.entry(r.id.as_str()).or_default().push(row);
        }
        for rows in by_id.values().filter(|r| r.len() > 1) {
            for (i, a) in rows.iter().enumerate() {
                for b in &rows[i + 1..] {
                    if records[*a as usize].identity_epoch != records[*b as usize].identity_epoch {
                        out.push((RowRef { file, row: *a }, RowRef { file, row: *b }));
                    }
                }
            }
        }
    }
    out.sort_unstable();
    out
}

/// The files side by side: each is prepared by itself.
fn prepare_all(files: &[&[Record]], prepare: impl Fn(&[Record]) -> Home + Sync) -> Vec<Home> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        files.par_iter().map(|f| prepare(f)).collect()
    }
    #[cfg(not(feature = "parallel"))]
    files.iter().map(|f| prepare(f)).collect()
}

fn flagged(mut e: Evidence, homes: &[Home], files: &[&[Record]], l: RowRef, r: RowRef) -> Evidence {
    for x in [l, r] {
        let (file, row) = (usize::from(x.file), x.row as usize);
        e.co_birth |= homes[file].co_birth[row];
        e.shielded |= files[file][row].shielded;
    }
    e
}

fn inside(file: usize, home: &Home, records: &[Record], out: &mut Vec<ScoredPair>) {
    for pair in &home.inside.pairs {
        let mut e = evidence(pair.levels);
        for row in [pair.left as usize, pair.right as usize] {
            e.co_birth |= home.co_birth[row];
            e.shielded |= records[row].shielded;
        }
        let at = |row| RowRef {
            file: file_index(file),
            row,
        };
        out.push(ScoredPair {
            left: at(pair.left),
            right: at(pair.right),
            probability: pair.probability,
            evidence: e,
        });
    }
}
