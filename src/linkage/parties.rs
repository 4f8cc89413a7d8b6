//! Linking across parties: each member makes a token file at home, anyone matches the files, each member
//! turns its own result back into its own records.

use super::cluster::{Files, cluster};
use super::decide::decide;
use super::home::{Home, HomeOptions, prepare};
use super::level::Space;
use super::link::{LinkOptions, SECOND_ENTRIES, TablePairs, fit_of, score_across};
use super::outcome::{ClusterFlag, Decision, Fit, Held, Link, RowOutcome};
use super::residue::{self, Side};
use super::tokens::{entry, evidence};
use super::{Evidence, RowRef, ScoredPair};
use crate::engine::Rows;
use crate::keys::descriptor::{Descriptor, OpenLinkage};
use crate::keys::identity::{Fingerprint, Identity};
use crate::keys::{KeyError, LinkageId};
use crate::limits::{file_index, index};
use crate::record::Record;
use crate::token::{
    Chance, Crosswalk, KeySet, NOTE_LEN, RESIDUE_BITS, RESIDUE_LEN, RowId, TokenFile,
    TokenFileError, TokenHeader, TokenSecrets, TokenTable, note, residue_pad,
};
use std::collections::HashMap;

/// What a token file holds beside tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokeniseOptions {
    /// Also a diffused CLK of every row: rows that no token matches are then offered by similarity, where the other
    /// member's file has CLKs too.
    pub residue: bool,
}

/// Makes a member's token file and its crosswalk. The file travels, the crosswalk stays at home.
///
/// # Errors
/// Where there is no randomness, or the identity cannot sign.
pub fn make_token_file(
    records: &[Record],
    key_set: &KeySet,
    open: &OpenLinkage,
    member: &Identity,
) -> Result<(TokenFile, Crosswalk), TokenFileError> {
    make_token_file_with(records, key_set, open, member, TokeniseOptions::default())
}

/// [`make_token_file`], with more in the file.
///
/// # Errors
/// As [`make_token_file`].
pub fn make_token_file_with(
    records: &[Record],
    key_set: &KeySet,
    open: &OpenLinkage,
    member: &Identity,
    with: TokeniseOptions,
) -> Result<(TokenFile, Crosswalk), TokenFileError> {
    let space = Space::new(key_set);
    let secrets = TokenSecrets {
        linkage: open.keys(),
        local_pad: open.local_pad(),
    };
    let options = HomeOptions {
        allow_weak: false,
        unique_only: true,
    };
    let home = prepare(records, key_set, &space, secrets, &options);
    let (table, walk) = home.travel(records, key_set, secrets, open.keys().header(key_set))?;
    let notes = walk
        .rows
        .iter()
        .zip(&walk.records)
        .map(|(row, members)| {
            let shielded = members.iter().any(|m| records[*m as usize].shielded);
            note::seal(open.keys(), row, if shielded { note::SHIELDED } else { 0 })
        })
        .collect();
    let clks = if with.residue {
        let first = |r: &Vec<u32>| r[0] as usize;
        let rows = walk.records.iter().map(first);
        Some(clks_of(records, &home.co_birth, rows, open))
    } else {
        None
    };
    Ok((TokenFile::sign_with(table, notes, clks, member)?, walk))
}

/// The diffused CLK of each row, by its first record; where there is none, a pad that looks like one.
fn clks_of(
    records: &[Record],
    co_birth: &[bool],
    rows: impl Iterator<Item = usize>,
    open: &OpenLinkage,
) -> Vec<[u8; RESIDUE_LEN]> {
    let diffused = residue::diffused(records, co_birth, open.keys(), residue::TRAVELS);
    let Ok(diffused) = diffused else {
        unreachable!("the residue's settings are within bounds")
    };
    rows.map(|record| {
        if diffused.row(record).iter().all(|w| *w == 0) {
            return residue_pad(open.local_pad(), &records[record].id);
        }
        let mut out = [0; RESIDUE_LEN];
        out.copy_from_slice(&diffused.bytes(record));
        out
    })
    .collect()
}

impl Home {
    /// The table that travels, and the crosswalk that does not.
    fn travel(
        &self,
        records: &[Record],
        key_set: &KeySet,
        secrets: TokenSecrets<'_>,
        header: TokenHeader,
    ) -> Result<(TokenTable, Crosswalk), KeyError> {
        let mut order: Vec<(RowId, usize)> = RowId::generate(self.children.len())?
            .into_iter()
            .zip(0..)
            .collect();
        // Sorted by random names, the rows are shuffled.
        order.sort_unstable();
        let places: Vec<(usize, usize)> = order
            .iter()
            .map(|o| (o.1, self.children[o.1][0] as usize))
            .collect();
        let rows: Vec<RowId> = order.iter().map(|o| o.0).collect();
        let table = TokenTable {
            header,
            rows: rows.clone(),
            tokens: self.tokens.padded(&places, records, key_set, secrets),
            stride: key_set.tokens_per_record(),
            chance: self.chance.clone(),
        };
        let walk = Crosswalk {
            rows,
            records: order.iter().map(|o| self.children[o.1].clone()).collect(),
            file: Crosswalk::digest(records),
        };
        Ok((table, walk))
    }
}

/// One link as one member may see it: its own row, and nothing of the other's.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultLink {
    /// A fresh random name of the pair: the same in both members' results, and in no other run.
    pub reference: [u8; 16],
    /// The member's own row.
    pub row: RowId,
    /// Whose row the other is.
    pub other: Fingerprint,
    /// The link, its references without meaning outside the run.
    pub link: Link,
    /// The other's note and the nonce that opens it.
    pub note: ([u8; 12], [u8; NOTE_LEN]),
}

/// What the matching side gives one member.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberResult {
    /// The linkage.
    pub linkage: LinkageId,
    /// Its epoch.
    pub epoch: u32,
    /// Whose result it is.
    pub member: Fingerprint,
    /// Links, sorted by their random names.
    pub links: Vec<ResultLink>,
    /// Per row of the member, sorted: its outcome and the random name and flags of its cluster.
    pub rows: Vec<(RowId, RowOutcome, [u8; 16], Vec<ClusterFlag>)>,
    /// How the model was fitted.
    pub fit: Fit,
}

/// Matches token files: holds no key and no names.
///
/// # Errors
/// Where a file was not made for this linkage, epoch, key and key set, or not signed by a member, or a member
/// gave two files.
pub fn match_files(
    descriptor: &Descriptor,
    key_set: &KeySet,
    files: &[(String, TokenFile)],
    options: &LinkOptions,
) -> Result<Vec<MemberResult>, TokenFileError> {
    for (i, (name, file)) in files.iter().enumerate() {
        file.check(name, descriptor)?;
        if files[..i].iter().any(|f| f.1.member == file.member) {
            return Err(TokenFileError::Twice {
                file: name.clone(),
                member: file.member,
            });
        }
    }
    let space = Space::new(key_set);
    let tables: Vec<_> = files.iter().map(|f| &f.1.table).collect();
    let found = score_tables(&tables, key_set, &space, options);
    let at = |row: u32| {
        let (file, row) = found.place(row);
        RowRef {
            file: file_index(file),
            row: index(row),
        }
    };
    let scored = found
        .rows
        .pairs
        .iter()
        .map(|p| ScoredPair {
            left: at(p.left),
            right: at(p.right),
            probability: p.probability,
            evidence: evidence(p),
        })
        .collect();
    let groups: Vec<Vec<u32>> = tables
        .iter()
        .map(|t| (0..index(t.rows.len())).collect())
        .collect();
    let all = |value: bool| -> Vec<Vec<bool>> {
        tables.iter().map(|t| vec![value; t.rows.len()]).collect()
    };
    let mut links = decide(scored, &groups, false, SECOND_ENTRIES);
    by_similarity(&mut links, files)?;
    let (yes, no) = (all(true), all(false));
    let known = Files {
        groups: &groups,
        usable: &yes,
        shielded: &no,
        no_link: &[],
    };
    let (clusters, rows) = cluster(&mut links, &known);
    links.retain(|l| options.all_pairs || l.decision != Decision::None);
    let names = RowId::generate(clusters.len())?;
    let references = RowId::generate(links.len())?;
    let fit = fit_of(&found.rows, key_set, options);
    let mut out = Vec::new();
    for (i, (_, file)) in files.iter().enumerate() {
        let mut mine: Vec<ResultLink> = Vec::new();
        for (link, reference) in links.iter().zip(&references) {
            for (own, other) in [(link.left, link.right), (link.right, link.left)] {
                if usize::from(own.file) == i {
                    let theirs = &files[usize::from(other.file)].1;
                    let other_row = theirs.table.rows[other.row as usize];
                    mine.push(ResultLink {
                        reference: reference.0,
                        row: file.table.rows[own.row as usize],
                        other: theirs.member,
                        link: *link,
                        note: (note::nonce(&other_row), theirs.notes[other.row as usize]),
                    });
                }
            }
        }
        mine.sort_by_key(|l| (l.reference, l.row));
        let mut of_rows: Vec<_> = file
            .table
            .rows
            .iter()
            .zip(&rows[i])
            .map(|(row, o)| {
                (
                    *row,
                    *o,
                    names[o.cluster as usize].0,
                    clusters[o.cluster as usize].flags.clone(),
                )
            })
            .collect();
        of_rows.sort_by_key(|r| r.0);
        out.push(MemberResult {
            linkage: descriptor.id(),
            epoch: descriptor.epoch(),
            member: file.member,
            links: mine,
            rows: of_rows,
            fit: fit.clone(),
        });
    }
    Ok(out)
}

/// Offers pairs of rows that no token matched, of files that both hold CLKs.
fn by_similarity(
    links: &mut Vec<Link>,
    files: &[(String, TokenFile)],
) -> Result<(), TokenFileError> {
    if files.iter().filter(|f| f.1.clks.is_some()).count() < 2 {
        return Ok(());
    }
    let refused = |source| TokenFileError::Residue { source };
    let sizes: Vec<usize> = files.iter().map(|f| f.1.table.rows.len()).collect();
    let left = residue::unmatched(&sizes, links);
    let mut sides = Vec::new();
    for ((_, file), rows) in files.iter().zip(left) {
        let Some(clks) = &file.clks else {
            sides.push(None);
            continue;
        };
        let mut chosen = Rows::new(RESIDUE_BITS).map_err(refused)?;
        for row in &rows {
            chosen.push_bytes(&clks[*row as usize]).map_err(refused)?;
        }
        sides.push(Some(Side { rows, clks: chosen }));
    }
    residue::offer(links, &sides, |_, _| Evidence::default()).map_err(refused)
}

/// Scores the pairs across tables. Sees tokens and counts: no key, no record.
fn score_tables(
    tables: &[&TokenTable],
    key_set: &KeySet,
    space: &Space,
    options: &LinkOptions,
) -> TablePairs {
    let sizes: Vec<usize> = tables.iter().map(|t| t.rows.len()).collect();
    let chances: Vec<&Chance> = tables.iter().map(|t| &t.chance).collect();
    let mut offsets = vec![0];
    offsets.extend(key_set.keys().iter().scan(0, |at, key| {
        *at += key.slots();
        Some(*at)
    }));
    score_across(
        &sizes,
        &chances,
        key_set,
        space,
        options,
        |k, table, start, out| {
            for row in 0..sizes[table] {
                let tokens = &tables[table].row(row)[offsets[k]..offsets[k + 1]];
                out.extend(tokens.iter().map(|t| entry(t, start + index(row))));
            }
        },
    )
}

/// A link of one of the member's own records.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnLink {
    /// Index of the member's record.
    pub record: u32,
    /// The pair's random name.
    pub reference: [u8; 16],
    /// Whose the other record is.
    pub other: Fingerprint,
    /// Probability, decision, what held it back and the evidence.
    pub link: Link,
}

/// A record's status, the random name of its cluster, and the cluster's flags.
pub type RecordOutcome = (RowOutcome, [u8; 16], Vec<ClusterFlag>);

/// What became of the member's own records.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Links, by record and reference.
    pub links: Vec<OwnLink>,
    /// Per record: status, the random name of its cluster, and flags.
    pub records: Vec<Option<RecordOutcome>>,
}

/// Turns a member's result back into its own records, at home. Notes are opened here: a shield on either side
/// reaches the record's cluster, and nothing of a place is told of a shielded pair.
///
/// # Errors
/// Where the records are not those that were tokenised, or a row is not of this crosswalk.
pub fn resolve(
    records: &[Record],
    walk: &Crosswalk,
    result: &MemberResult,
    open: &OpenLinkage,
) -> Result<Resolved, ResolveError> {
    if !walk.is_of(records) {
        return Err(ResolveError::OtherRecords);
    }
    let of: HashMap<RowId, &Vec<u32>> = walk.rows.iter().copied().zip(&walk.records).collect();
    let mut out = Resolved {
        links: Vec::new(),
        records: vec![None; records.len()],
    };
    for (row, outcome, name, flags) in &result.rows {
        for record in *of.get(row).ok_or(ResolveError::OtherCrosswalk)? {
            let mut flags = flags.clone();
            if records[*record as usize].shielded {
                flags.push(ClusterFlag::Shielded);
            }
            out.records[*record as usize] = Some((*outcome, *name, flags));
        }
    }
    for found in &result.links {
        let theirs =
            note::open(open.keys(), found.note.0, &found.note.1).ok_or(ResolveError::Note)?;
        for &record in *of.get(&found.row).ok_or(ResolveError::OtherCrosswalk)? {
            let mut link = found.link;
            link.evidence.shielded =
                theirs & note::SHIELDED != 0 || records[record as usize].shielded;
            if link.evidence.shielded
                && link.decision == Decision::Match
                && let Some(Some((_, _, flags))) = out.records.get_mut(record as usize)
            {
                flags.push(ClusterFlag::Shielded);
            }
            out.links.push(OwnLink {
                record,
                reference: found.reference,
                other: found.other,
                link,
            });
        }
    }
    for flags in out.records.iter_mut().flatten().map(|r| &mut r.2) {
        flags.sort_unstable();
        flags.dedup();
    }
    out.links.sort_by_key(|l| (l.record, l.reference));
    Ok(out)
}

/// Why a result could not be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Records of other ids than were tokenised, or in another order.
    #[error(
        "not the file that was tokenised: its ids, or their order, differ; use the very file, or tokenise this one anew"
    )]
    OtherRecords,
    /// Rows that this crosswalk does not know.
    #[error(
        "the result speaks of rows that this crosswalk does not know; use the crosswalk of the same tokenising"
    )]
    OtherCrosswalk,
    /// A note that does not open.
    #[error("a note in the result does not open; the result was altered, or is of another linkage")]
    Note,
}

impl From<KeyError> for TokenFileError {
    fn from(e: KeyError) -> TokenFileError {
        TokenFileError::Identity(e.into())
    }
}

/// Reasons by number, for result files.
pub(crate) const HELD: [Held; 10] = [
    Held::NoGivenName,
    Held::CoBirth,
    Held::GivenNameConflict,
    Held::IdentifierConflict,
    Held::IdentifierDoubtful,
    Held::RunnerUp,
    Held::NoLink,
    Held::WeakKey,
    Held::NearName,
    Held::Residue,
];
