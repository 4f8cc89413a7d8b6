use super::cluster::{Files, cluster};
use super::decide::{MATCH, decide};
use super::home::{Home, HomeOptions, chance_of, decoys, prepare};
use super::join::{Candidates, Entry, Join, pairs};
use super::level::Space;
use super::model::priors_decide;
use super::outcome::{Decision, Fit, Link, Linkage};
use super::parallel::{each, each_with};
use super::residue::{self, ResidueError};
use super::tokens::{RowPair, RowPairs, entry, evidence, linking, score};
use super::{Evidence, RowRef, ScoredPair};
use crate::keys::{KeyError, LinkageId, LinkageKeys, Secret};
use crate::limits::{MOST_FILES, MOST_RECORDS, file_index, index};
use crate::record::{IdentityEpoch, Record};
use crate::token::{Chance, HomeTokens, KeySet, TokenSecrets};
use std::collections::HashMap;
use thiserror::Error;

/// Settings of a linkage.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkOptions {
    /// Also pairs inside each file.
    pub within: bool,
    /// Keep pairs of any probability.
    pub all_pairs: bool,
    /// Let keys of two fields and sex make candidates.
    pub allow_weak: bool,
    /// Offer pairs of rows that no token matched by the similarity of their diffused CLKs, as `possible`. Across parties
    /// that is settled by the token files: both must hold CLKs.
    pub residue: bool,
}

/// The share of children whom a file holds twice without finding it out, so that the other file's record of the child has
/// two partners. Stated from the generator and rounded.
pub(super) const SECOND_ENTRIES: f64 = 0.01;
/// More rows than this sharing one token across files is an institution.
const CAP_ACROSS: usize = 64;

/// Why files could not be linked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// No randomness for the secret.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// No file.
    #[error("nothing to link: give one file or more")]
    NoFile,
    /// The residue could not be compared.
    #[error("the rest, by similarity: {0}")]
    Residue(#[from] ResidueError),
    /// More than [`MOST_RECORDS`] records or [`MOST_FILES`] files.
    #[error(
        "{records} records in {files} files are too many; the most is {MOST_RECORDS} in {MOST_FILES}"
    )]
    TooMany {
        /// Records.
        records: usize,
        /// Files.
        files: usize,
    },
}

/// Links files by tokens in one process: a random secret in memory makes the tokens and is wiped, then pairs
/// are scored from tokens alone. One file is searched for double entries.
///
/// # Errors
/// Where there is no file, there are too many records, or the operating system gives no randomness.
pub fn link_tokens(
    files: &[&[Record]],
    key_set: &KeySet,
    options: &LinkOptions,
) -> Result<Linkage, LinkError> {
    check(files)?;
    let space = Space::new(key_set);
    let mut homes = {
        let secret = Secret::generate()?;
        let linkage = LinkageKeys::derive(&secret, LinkageId::generate()?, 1);
        // One pad key a file, as agencies have: ids of two files may be the same words.
        let pads: Vec<Secret> = files
            .iter()
            .map(|_| Secret::generate())
            .collect::<Result<_, _>>()?;
        let home = HomeOptions {
            allow_weak: options.allow_weak,
            unique_only: files.len() > 1,
        };
        each(files.len(), |i| {
            let secrets = TokenSecrets {
                linkage: &linkage,
                local_pad: &pads[i],
            };
            prepare(files[i], key_set, &space, secrets, &home)
        })
    };
    let mut scored = Vec::new();
    if files.len() == 1 || options.within {
        for (file, home) in homes.iter().enumerate() {
            inside(file, home, files[file], &mut scored);
        }
    }
    let mut fit = fit_of(&homes[0].inside, key_set, options);
    if files.len() > 1 {
        let tokens: Vec<HomeTokens> = homes
            .iter_mut()
            .map(|h| std::mem::take(&mut h.tokens))
            .collect();
        let sizes: Vec<usize> = tokens.iter().map(HomeTokens::rows).collect();
        let chances: Vec<&Chance> = homes.iter().map(|h| &h.chance).collect();
        let found = score_across(
            &sizes,
            &chances,
            key_set,
            &space,
            options,
            |k, file, start, out| {
                let tokens = tokens[file].columns[k].iter();
                out.extend(tokens.map(|(row, _, token)| entry(token, start + index(row))));
            },
        );
        drop(tokens);
        fit = fit_of(&found.rows, key_set, options);
        scored.extend(at_home(&found, &homes, files));
    }
    let groups: Vec<Vec<u32>> = homes.iter().map(|h| h.child_of.clone()).collect();
    let usable: Vec<Vec<bool>> = homes.iter().map(|h| h.tokenised.clone()).collect();
    let mut links = decide(scored, &groups, files.len() == 1, SECOND_ENTRIES);
    if options.residue && files.len() > 1 {
        by_similarity(&mut links, files, &homes)?;
    }
    Ok(of_links(links, files, &groups, &usable, options, fit))
}

/// Offers pairs of what is left, under a secret of its own that is wiped when they are found.
fn by_similarity(
    links: &mut Vec<Link>,
    files: &[&[Record]],
    homes: &[Home],
) -> Result<(), LinkError> {
    let sizes: Vec<usize> = files.iter().map(|f| f.len()).collect();
    let co_birth: Vec<&[bool]> = homes.iter().map(|h| h.co_birth.as_slice()).collect();
    let left = residue::unmatched(&sizes, links);
    let sides = {
        let keys = LinkageKeys::derive(&Secret::generate()?, LinkageId::generate()?, 1);
        residue::sides_at_home(files, &co_birth, left, &keys)?
    };
    let shielded = |l: RowRef, r: RowRef| Evidence {
        shielded: [l, r]
            .iter()
            .any(|x| files[usize::from(x.file)][x.row as usize].shielded),
        ..Evidence::default()
    };
    residue::offer(links, &sides, shielded).map_err(ResidueError::from)?;
    Ok(())
}

/// Refuses no file and too many records.
pub(crate) fn check(files: &[&[Record]]) -> Result<(), LinkError> {
    let records: usize = files.iter().map(|f| f.len()).sum();
    if files.is_empty() {
        return Err(LinkError::NoFile);
    }
    if records > MOST_RECORDS || files.len() > MOST_FILES {
        return Err(LinkError::TooMany {
            records,
            files: files.len(),
        });
    }
    Ok(())
}

/// Pairs of rows become pairs of records.
fn at_home<'a>(
    found: &'a TablePairs,
    homes: &'a [Home],
    files: &'a [&'a [Record]],
) -> impl Iterator<Item = ScoredPair> + 'a {
    found.rows.pairs.iter().flat_map(move |pair| {
        let ((lf, lr), (rf, rr)) = (found.place(pair.left), found.place(pair.right));
        homes[lf].children[lr].iter().flat_map(move |&l| {
            homes[rf].children[rr].iter().map(move |&r| {
                let l = RowRef {
                    file: file_index(lf),
                    row: l,
                };
                let r = RowRef {
                    file: file_index(rf),
                    row: r,
                };
                ScoredPair {
                    left: l.min(r),
                    right: l.max(r),
                    probability: pair.probability,
                    evidence: flagged(evidence(pair), homes, files, l, r),
                }
            })
        })
    })
}

/// Scored pairs of rows over several tables.
pub(crate) struct TablePairs {
    pub(crate) rows: RowPairs,
    starts: Vec<u32>,
}

impl TablePairs {
    /// Table and row of a row's number over all tables.
    pub(crate) fn place(&self, row: u32) -> (usize, usize) {
        place(&self.starts, row)
    }
}

fn place(starts: &[u32], row: u32) -> (usize, usize) {
    let table = starts.partition_point(|s| *s <= row) - 1;
    (table, (row - starts[table]) as usize)
}

/// Scores the pairs across tables of so many rows. `entries(key, table, start, out)` adds the entries of one
/// key of one table, its rows numbered from `start`.
pub(super) fn score_across(
    sizes: &[usize],
    chances: &[&Chance],
    key_set: &KeySet,
    space: &Space,
    options: &LinkOptions,
    entries: impl Fn(usize, usize, u32, &mut Vec<Entry>) + Sync,
) -> TablePairs {
    let starts: Vec<u32> = sizes
        .iter()
        .scan(0u32, |at, n| {
            let start = *at;
            *at += index(*n);
            Some(start)
        })
        .collect();
    let per_key = each_with(key_set.keys().len(), |join: &mut Join, k| {
        let shared = join.shared(|out| {
            for (table, start) in starts.iter().enumerate() {
                entries(k, table, *start, out);
            }
        });
        pairs(
            &shared,
            CAP_ACROSS,
            |row| row,
            |a, b| place(&starts, a).0 != place(&starts, b).0,
        )
    });
    let found = Candidates::of(per_key, linking(key_set, options.allow_weak));
    let total: f64 = sizes.iter().map(|n| *n as f64).sum();
    let inside: f64 = sizes.iter().map(|n| *n as f64 * *n as f64).sum();
    let sides = (1..sizes.len())
        .flat_map(|i| sizes[..i].iter().map(move |n| (i, n)))
        .map(|(i, n)| [(*n).min(sizes[i]) as f64, (*n).max(sizes[i]) as f64])
        .fold([0.0; 2], |sum, n| [sum[0] + n[0], sum[1] + n[1]]);
    let rows = score(
        &found,
        key_set,
        space,
        ((total * total - inside) / 2.0, Some(sides)),
        Some(&decoys(chances, space, key_set)),
        &chance_of(chances),
    );
    TablePairs { rows, starts }
}

pub(crate) fn fit_of(found: &RowPairs, key_set: &KeySet, options: &LinkOptions) -> Fit {
    Fit {
        candidates: found.pairs.len() as u64,
        match_share: found.model.match_share,
        priors_used: priors_decide(found.pairs.len() as u64, found.model.match_share),
        rounds: found.model.rounds,
        steps: step_counts(&found.pairs, key_set, options.allow_weak),
    }
}

/// Decides, clusters, and drops what was not asked for. By file and row: double entries share a number in `groups`,
/// rows that are no rivals of each other one in `alike`.
pub(crate) fn conclude(
    scored: Vec<ScoredPair>,
    files: &[&[Record]],
    groups: &[Vec<u32>],
    alike: &[Vec<u32>],
    usable: &[Vec<bool>],
    options: &LinkOptions,
    fit: Fit,
) -> Linkage {
    let links = decide(scored, alike, files.len() == 1, 0.0);
    of_links(links, files, groups, usable, options, fit)
}

/// Clusters, and drops what was not asked for.
fn of_links(
    mut links: Vec<Link>,
    files: &[&[Record]],
    groups: &[Vec<u32>],
    usable: &[Vec<bool>],
    options: &LinkOptions,
    fit: Fit,
) -> Linkage {
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

/// Rows of one id under two identity epochs.
fn no_links(files: &[&[Record]]) -> Vec<(RowRef, RowRef)> {
    let mut out = Vec::new();
    for (file, records) in (0u16..).zip(files) {
        let mut by_id: HashMap<&str, Vec<u32>> = HashMap::new();
        let closed = records
            .iter()
            .filter(|r| r.identity_epoch != IdentityEpoch::Current);
        for r in closed {
            by_id.insert(&r.id, Vec::new());
        }
        if by_id.is_empty() {
            continue;
        }
        for (row, r) in (0u32..).zip(*records) {
            if let Some(rows) = by_id.get_mut(r.id.as_str()) {
                rows.push(row);
            }
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
        let mut e = evidence(pair);
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
