use super::Candidate;
use rustc_hash::FxHashMap;

/// A record: file and number in it.
type Member = (u16, u32);

/// Groups of records as anonlink's greedy solver makes them: candidates in their order, two groups joined as soon as
/// every record of one is a candidate with every record of the other. Each record stands in one group at most, no two of
/// one file in one group. Groups and their members are in the order of files and records.
pub fn groups(candidates: &[Candidate]) -> Vec<Vec<Member>> {
    let mut group_of: FxHashMap<Member, usize> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for c in candidates {
        let members = [(c.left, c.pair.left), (c.right, c.pair.right)];
        let [a, b] = members.map(|m| {
            *group_of.entry(m).or_insert_with(|| {
                groups.push(Group::of(m));
                groups.len() - 1
            })
        });
        if a == b {
            continue;
        }
        let seen = groups[a].candidates.get(&b).copied().unwrap_or(0) + 1;
        if seen == groups[a].members.len() * groups[b].members.len() {
            let (into, from) = if groups[a].weight() >= groups[b].weight() {
                (a, b)
            } else {
                (b, a)
            };
            join(&mut groups, &mut group_of, into, from);
        } else {
            groups[a].candidates.insert(b, seen);
            groups[b].candidates.insert(a, seen);
        }
    }
    let many = groups.into_iter().filter(|g| g.members.len() > 1);
    let mut out: Vec<Vec<Member>> = many
        .map(|mut g| {
            g.members.sort_unstable();
            g.members
        })
        .collect();
    out.sort_unstable();
    out
}

/// Records found to be one, and how many candidates it has with each group that it was not joined with.
struct Group {
    members: Vec<Member>,
    candidates: FxHashMap<usize, usize>,
}

impl Group {
    fn of(member: Member) -> Group {
        Group {
            members: vec![member],
            candidates: FxHashMap::default(),
        }
    }

    /// What it costs to move.
    fn weight(&self) -> usize {
        self.members.len() + self.candidates.len()
    }
}

fn join(groups: &mut [Group], group_of: &mut FxHashMap<Member, usize>, into: usize, from: usize) {
    let members = std::mem::take(&mut groups[from].members);
    for member in &members {
        group_of.insert(*member, into);
    }
    groups[into].members.extend(members);
    groups[into].candidates.remove(&from);
    for (other, seen) in std::mem::take(&mut groups[from].candidates) {
        groups[other].candidates.remove(&from);
        if other != into {
            let all = groups[into].candidates.entry(other).or_default();
            *all += seen;
            let all = *all;
            groups[other].candidates.insert(into, all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Pair;
    use proptest::prelude::*;

    fn candidate((left, a): Member, (right, b): Member) -> Candidate {
        let pair = Pair {
            left: a,
            right: b,
            overlap: 1,
            left_ones: 1,
            right_ones: 1,
        };
        Candidate { left, right, pair }
    }

    /// The definition, counting candidates anew each time.
    fn slow(candidates: &[Candidate]) -> Vec<Vec<Member>> {
        let mut groups: Vec<Vec<Member>> = Vec::new();
        let mut seen: Vec<[Member; 2]> = Vec::new();
        for c in candidates {
            let pair = [(c.left, c.pair.left), (c.right, c.pair.right)];
            seen.push(pair);
            for m in pair {
                if !groups.iter().any(|g| g.contains(&m)) {
                    groups.push(vec![m]);
                }
            }
            let at = |m| groups.iter().position(|g: &Vec<Member>| g.contains(&m));
            let (Some(a), Some(b)) = (at(pair[0]), at(pair[1])) else {
                unreachable!()
            };
            let joined =
                |x: &Member, y: &Member| seen.iter().any(|p| *p == [*x, *y] || *p == [*y, *x]);
            let all = groups[a]
                .iter()
                .all(|x| groups[b].iter().all(|y| joined(x, y)));
            if a != b && all {
                let more = groups[b].clone();
                groups[a].extend(more);
                groups.remove(b);
            }
        }
        groups.retain(|g| g.len() > 1);
        groups.iter_mut().for_each(|g| g.sort_unstable());
        groups.sort_unstable();
        groups
    }

    proptest! {
        #[test]
        fn groups_are_those_of_the_definition(
            pairs in proptest::collection::vec((0u16..4, 0u32..5, 0u16..4, 0u32..5), 0..60),
        ) {
            let mut candidates: Vec<Candidate> = Vec::new();
            for (f, a, g, b) in pairs {
                let new = candidate((f.min(g), a), (f.max(g), b));
                if f != g && !candidates.contains(&new) {
                    candidates.push(new);
                }
            }
            let made = groups(&candidates);
            prop_assert_eq!(&made, &slow(&candidates));
            for group in &made {
                prop_assert!(group.windows(2).all(|w| w[0].0 < w[1].0), "one of each file");
            }
        }
    }

    #[test]
    fn a_third_record_joins_only_where_it_is_a_candidate_of_both() {
        let (a, b, c) = ((0, 6), (1, 3), (2, 1));
        let two = [candidate(a, b), candidate(b, c)];
        assert_eq!(groups(&two), [vec![a, b]]);
        let three = [candidate(a, b), candidate(b, c), candidate(a, c)];
        assert_eq!(groups(&three), [vec![a, b, c]]);
    }
}
