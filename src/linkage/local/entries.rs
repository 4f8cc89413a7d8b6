//! Double entries of one child in one file, and identifiers that stand on two children of a file.

use super::rows::{NONE, Rows};
use crate::limits::index;
use crate::linkage::{BirthAgreement, Evidence, GivenAgreement, IdAgreement, MATCH};
use std::collections::HashSet;

/// Which rows of a file are one child.
pub(crate) struct Entries {
    /// Per file, per row: double entries share a number.
    pub(crate) groups: Vec<Vec<u32>>,
    /// Rows that are probably one child, though no evidence joins them: no rivals of each other.
    pub(crate) alike: Vec<Vec<u32>>,
}

/// Joins rows of one file that are one child beyond doubt: a probable pair with an equal given name (or another
/// form of it, where no twin stands beside) and birth date.
pub(crate) fn double_entries(
    rows: &Rows<'_>,
    inside: impl Iterator<Item = (u32, u32, f64, Evidence)>,
) -> Entries {
    let mut parent: Vec<u32> = (0..index(rows.rows.len())).collect();
    let mut probable = parent.clone();
    for (left, right, probability, e) in inside {
        let given = match e.given {
            GivenAgreement::Same => true,
            GivenAgreement::Nickname => !e.co_birth,
            _ => false,
        };
        let birth = e.birth == BirthAgreement::Same
            || (e.birth == BirthAgreement::Partial && e.identifier == IdAgreement::Same);
        let clear = !matches!(e.identifier, IdAgreement::Differs | IdAgreement::Doubtful);
        if probability < MATCH || !clear {
            continue;
        }
        join(&mut probable, left, right);
        if given && birth {
            join(&mut parent, left, right);
        }
    }
    let roots = |mut parent: Vec<u32>| -> Vec<u32> {
        (0..index(parent.len()))
            .map(|i| root(&mut parent, i))
            .collect()
    };
    Entries {
        groups: by_file(rows, &roots(parent)),
        alike: by_file(rows, &roots(probable)),
    }
}

fn join(parent: &mut [u32], left: u32, right: u32) {
    let (a, b) = (root(parent, left), root(parent, right));
    parent[a.max(b) as usize] = a.min(b);
}

/// Numbers over all rows as numbers inside each file.
fn by_file(rows: &Rows<'_>, all: &[u32]) -> Vec<Vec<u32>> {
    (0..rows.starts.len() - 1)
        .map(|f| {
            let range = rows.file(f);
            all[range.start as usize..range.end as usize]
                .iter()
                .map(|r| r - range.start)
                .collect()
        })
        .collect()
}

impl Entries {
    /// Every row a child of its own.
    pub(crate) fn none(rows: &Rows<'_>) -> Entries {
        let groups = by_file(rows, &(0..index(rows.rows.len())).collect::<Vec<_>>());
        Entries {
            alike: groups.clone(),
            groups,
        }
    }

    fn group(&self, rows: &Rows<'_>, row: u32) -> (u16, u32) {
        let file = rows.rows[row as usize].file;
        let at = row - rows.starts[usize::from(file)];
        (file, self.groups[usize::from(file)][at as usize])
    }

    /// NHS numbers that stand on two children of one file.
    pub(crate) fn shared_identifiers(&self, rows: &Rows<'_>) -> HashSet<u32> {
        let mut held: Vec<(u32, u16, u32)> = (0..index(rows.rows.len()))
            .filter(|i| rows.rows[*i as usize].nhs != NONE)
            .map(|i| {
                let (file, group) = self.group(rows, i);
                (rows.rows[i as usize].nhs, file, group)
            })
            .collect();
        held.sort_unstable();
        held.windows(2)
            .filter(|w| w[0].0 == w[1].0 && w[0].1 == w[1].1 && w[0].2 != w[1].2)
            .map(|w| w[0].0)
            .collect()
    }

    /// An NHS number that two children of a file hold proves nothing: where the given names agree it is as if
    /// there were none, else it is doubtful. So is any identifier where nothing else agrees.
    pub(crate) fn weigh(
        &self,
        shared: &HashSet<u32>,
        rows: &Rows<'_>,
        left: u32,
        right: u32,
        e: Evidence,
    ) -> IdAgreement {
        let nhs = [rows.rows[left as usize].nhs, rows.rows[right as usize].nhs];
        let given = e.given >= GivenAgreement::Near;
        if e.identifier != IdAgreement::Same {
            return e.identifier;
        }
        if nhs[0] == nhs[1] && shared.contains(&nhs[0]) && self.groups.len() > 1 {
            return if given {
                IdAgreement::Unknown
            } else {
                IdAgreement::Doubtful
            };
        }
        if e.given <= GivenAgreement::Weak && e.birth == BirthAgreement::Differs {
            return IdAgreement::Doubtful;
        }
        IdAgreement::Same
    }
}

/// The representative of a set.
pub(crate) fn root(parent: &mut [u32], mut i: u32) -> u32 {
    while parent[i as usize] != i {
        parent[i as usize] = parent[parent[i as usize] as usize];
        i = parent[i as usize];
    }
    i
}
