//! Clusters over any number of files: joined from the surest match down, never across a contradiction.

use super::outcome::{Cluster, ClusterFlag, Decision, Held, Link, RowOutcome, Status};
use super::{IdAgreement, RowRef};
use rustc_hash::FxHashMap;
use std::collections::{HashMap, HashSet};

/// What clustering needs to know of the files.
pub(crate) struct Files<'a> {
    /// Per file, per row: double entries of one child share a number.
    pub(crate) groups: &'a [Vec<u32>],
    /// Per file, per row: made a token, or could be compared.
    pub(crate) usable: &'a [Vec<bool>],
    /// Per file, per row.
    pub(crate) shielded: &'a [Vec<bool>],
    /// Pairs that must never stand in one cluster: an identity and a closed one.
    pub(crate) no_link: &'a [(RowRef, RowRef)],
}

/// Joins matches into clusters; a match that a contradiction keeps apart becomes possible.
pub(crate) fn cluster(
    links: &mut [Link],
    files: &Files<'_>,
) -> (Vec<Cluster>, Vec<Vec<RowOutcome>>) {
    let starts: Vec<usize> = files
        .groups
        .iter()
        .scan(0, |at, f| {
            let start = *at;
            *at += f.len();
            Some(start)
        })
        .collect();
    let index = |r: RowRef| starts[usize::from(r.file)] + r.row as usize;
    let total: usize = files.groups.iter().map(Vec::len).sum();
    let mut sets = Sets::new(total);
    for (file, groups) in files.groups.iter().enumerate() {
        let most = groups.iter().max().map_or(0, |g| *g as usize + 1);
        let mut first = vec![usize::MAX; most];
        for (row, group) in groups.iter().enumerate() {
            let at = starts[file] + row;
            let first = &mut first[*group as usize];
            if *first == usize::MAX {
                *first = at;
            }
            sets.join(*first, at);
        }
    }
    let mut apart: HashMap<usize, Vec<(usize, ClusterFlag)>> = HashMap::new();
    let mut keep_apart = |a: usize, b: usize, why| {
        apart.entry(a).or_default().push((b, why));
        apart.entry(b).or_default().push((a, why));
    };
    for (a, b) in files.no_link {
        keep_apart(index(*a), index(*b), ClusterFlag::NoLink);
    }
    for link in links
        .iter()
        .filter(|l| l.evidence.identifier == IdAgreement::Differs)
    {
        keep_apart(
            index(link.left),
            index(link.right),
            ClusterFlag::IdentifierConflict,
        );
    }
    let mut order: Vec<usize> = (0..links.len())
        .filter(|i| links[*i].decision == Decision::Match)
        .collect();
    order.sort_by(|a, b| {
        let key = |i: &usize| (links[*i].left, links[*i].right);
        links[*b]
            .probability
            .total_cmp(&links[*a].probability)
            .then_with(|| key(a).cmp(&key(b)))
    });
    let mut flags: HashMap<usize, HashSet<ClusterFlag>> = HashMap::new();
    for i in order {
        let (a, b) = (
            sets.root(index(links[i].left)),
            sets.root(index(links[i].right)),
        );
        if a == b {
            continue;
        }
        let (small, large) = if sets.size[a] <= sets.size[b] {
            (a, b)
        } else {
            (b, a)
        };
        let conflict = sets.members(small).find_map(|m| {
            let list = apart.get(&m)?;
            list.iter()
                .find(|(other, _)| sets.root_of(*other) == large)
                .map(|c| c.1)
        });
        match conflict {
            None => sets.join(a, b),
            Some(why) => {
                links[i].decision = Decision::Possible;
                links[i].held = Some(if why == ClusterFlag::NoLink {
                    Held::NoLink
                } else {
                    Held::IdentifierConflict
                });
                for row in [index(links[i].left), index(links[i].right)] {
                    flags
                        .entry(row)
                        .or_default()
                        .extend([why, ClusterFlag::Split]);
                }
            }
        }
    }
    collect(&mut sets, links, files, &starts, &flags)
}

fn collect(
    sets: &mut Sets,
    links: &[Link],
    files: &Files<'_>,
    starts: &[usize],
    flags: &HashMap<usize, HashSet<ClusterFlag>>,
) -> (Vec<Cluster>, Vec<Vec<RowOutcome>>) {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut number = vec![u32::MAX; sets.parent.len()];
    let mut rows: Vec<Vec<RowOutcome>> = Vec::new();
    for (file, groups) in files.groups.iter().enumerate() {
        let mut out = Vec::with_capacity(groups.len());
        for row in 0..groups.len() {
            let at = starts[file] + row;
            let root = sets.root(at);
            if number[root] == u32::MAX {
                number[root] = small(clusters.len());
                clusters.push(Cluster::default());
            }
            let cluster = number[root];
            let found = &mut clusters[cluster as usize];
            let file_number = u16::try_from(file).unwrap_or(u16::MAX);
            if found.members.last().is_some_and(|m| m.file == file_number) {
                found.flags.push(ClusterFlag::TwoOfOneFile);
            }
            found.members.push(RowRef {
                file: file_number,
                row: small(row),
            });
            if files.shielded[file][row] {
                found.flags.push(ClusterFlag::Shielded);
            }
            found.flags.extend(flags.get(&at).into_iter().flatten());
            let status = if files.usable[file][row] {
                Status::Unmatched
            } else {
                Status::NotTokenised
            };
            out.push(RowOutcome { status, cluster });
        }
        rows.push(out);
    }
    for c in &mut clusters {
        c.flags.sort_unstable();
        c.flags.dedup();
    }
    let mut matches: FxHashMap<(RowRef, u16), u32> = FxHashMap::default();
    for link in links {
        for (a, b) in [(link.left, link.right), (link.right, link.left)] {
            let row = &mut rows[usize::from(a.file)][a.row as usize];
            match link.decision {
                Decision::Match => {
                    let n = matches.entry((a, b.file)).or_default();
                    *n += 1;
                    let many = *n > 1 && a.file != b.file;
                    row.status = if many || row.status == Status::Many {
                        Status::Many
                    } else {
                        Status::Matched
                    };
                }
                Decision::Possible if row.status == Status::Unmatched => {
                    row.status = Status::Possible
                }
                _ => {}
            }
        }
    }
    (clusters, rows)
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Disjoint sets that keep their members.
struct Sets {
    parent: Vec<usize>,
    /// Members of each root's set.
    size: Vec<usize>,
    /// The next member of the same set, in a ring.
    next: Vec<usize>,
}

impl Sets {
    fn new(n: usize) -> Sets {
        Sets {
            parent: (0..n).collect(),
            size: vec![1; n],
            next: (0..n).collect(),
        }
    }

    fn members(&self, of: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(of), move |&i| {
            Some(self.next[i]).filter(|next| *next != of)
        })
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.parent[i] != i {
            self.parent[i] = self.parent[self.parent[i]];
            i = self.parent[i];
        }
        i
    }

    fn root_of(&self, mut i: usize) -> usize {
        while self.parent[i] != i {
            i = self.parent[i];
        }
        i
    }

    /// The smaller root stays, so that the outcome does not depend on the order of equal steps.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (keep, gone) = (a.min(b), a.max(b));
            self.next.swap(keep, gone);
            self.size[keep] += self.size[gone];
            self.parent[gone] = keep;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Evidence, GivenAgreement};
    use super::*;

    fn at(file: u16, row: u32) -> RowRef {
        RowRef { file, row }
    }

    fn link(left: RowRef, right: RowRef, probability: f64) -> Link {
        let evidence = Evidence {
            given: GivenAgreement::Same,
            ..Evidence::default()
        };
        Link {
            left,
            right,
            probability,
            decision: Decision::Match,
            held: None,
            evidence,
        }
    }

    fn run(
        links: &mut [Link],
        sizes: &[usize],
        no_link: &[(RowRef, RowRef)],
    ) -> (Vec<Cluster>, Vec<Vec<RowOutcome>>) {
        let groups: Vec<Vec<u32>> = sizes
            .iter()
            .map(|n| (0..crate::limits::index(*n)).collect())
            .collect();
        let yes: Vec<Vec<bool>> = sizes.iter().map(|n| vec![true; *n]).collect();
        let no: Vec<Vec<bool>> = sizes.iter().map(|n| vec![false; *n]).collect();
        cluster(
            links,
            &Files {
                groups: &groups,
                usable: &yes,
                shielded: &no,
                no_link,
            },
        )
    }

    #[test]
    fn matches_join_over_files() {
        let mut links = vec![
            link(at(0, 0), at(1, 0), 0.99),
            link(at(1, 0), at(2, 0), 0.98),
        ];
        let (clusters, rows) = run(&mut links, &[1, 1, 1], &[]);
        assert_eq!(clusters.len(), 1);
        assert!(rows.iter().flatten().all(|r| r.status == Status::Matched));
    }

    #[test]
    fn a_no_link_pair_is_never_joined_through_a_third_record() {
        let both = || {
            vec![
                link(at(0, 0), at(1, 0), 0.99),
                link(at(0, 1), at(1, 0), 0.98),
            ]
        };
        let (clusters, _) = run(&mut both(), &[2, 1], &[]);
        assert_eq!(clusters.len(), 1);
        let mut links = both();
        let (clusters, rows) = run(&mut links, &[2, 1], &[(at(0, 0), at(0, 1))]);
        assert_ne!(rows[0][0].cluster, rows[0][1].cluster);
        assert_eq!(links[1].held, Some(Held::NoLink));
        assert!(
            clusters[rows[0][1].cluster as usize]
                .flags
                .contains(&ClusterFlag::NoLink)
        );
    }

    #[test]
    fn more_than_one_match_in_another_file_is_many() {
        let mut links = vec![
            link(at(0, 0), at(1, 0), 0.99),
            link(at(0, 0), at(1, 1), 0.98),
        ];
        let (clusters, rows) = run(&mut links, &[1, 2], &[]);
        assert_eq!(rows[0][0].status, Status::Many);
        assert!(clusters[0].flags.contains(&ClusterFlag::TwoOfOneFile));
    }
}
