//! Made-up files and parties for the claims.

use billetbook::keys::descriptor::{Descriptor, OpenLinkage};
use billetbook::keys::identity::Identity;
use billetbook::linkage::{
    Decision, Link, LinkOptions, Linkage, RowRef, link_tokens, make_token_file,
};
use billetbook::record::{ReadOptions, Record, read_path, read_reader};
use billetbook::token::{Crosswalk, KeySet, TokenFile};
use billetbook_synth::{ErrorModel, Options, Synthetic, generate, write};

/// No identifiers at all: the harder case.
pub(crate) fn without_identifiers() -> ErrorModel {
    ErrorModel {
        nhs_present: 0.0,
        upn_present: 0.0,
        upn_unknown_code: 0.0,
        ..ErrorModel::default()
    }
}

pub(crate) fn children(children: u32, seed: u64, errors: ErrorModel) -> Synthetic {
    generate(&Options {
        children,
        seed,
        errors,
        ..Options::default()
    })
}

/// The files as a user would hand them over: written as CSV and read again.
pub(crate) fn records(made: &Synthetic) -> Vec<Vec<Record>> {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(made, folder.path()).unwrap();
    paths
        .iter()
        .map(|p| {
            read_path(p, &ReadOptions::default())
                .unwrap()
                .records()
                .to_vec()
        })
        .collect()
}

/// Records from rows of CSV text.
pub(crate) fn rows(text: &str) -> Vec<Record> {
    read_reader(text.as_bytes(), "test.csv", &ReadOptions::default())
        .unwrap()
        .records()
        .to_vec()
}

pub(crate) fn link(files: &[Vec<Record>]) -> Linkage {
    link_with(files, &LinkOptions::default())
}

pub(crate) fn link_with(files: &[Vec<Record>], options: &LinkOptions) -> Linkage {
    let files: Vec<&[Record]> = files.iter().map(Vec::as_slice).collect();
    link_tokens(&files, &KeySet::uk_children().unwrap(), options).unwrap()
}

/// Matches, right ones among them, and true pairs.
pub(crate) fn score(made: &Synthetic, linkage: &Linkage) -> (usize, usize, usize) {
    let cluster = |r: RowRef| made.agencies[usize::from(r.file)][r.row as usize].cluster;
    let matches: Vec<_> = linkage
        .links
        .iter()
        .filter(|l| l.decision == Decision::Match)
        .collect();
    let right = matches
        .iter()
        .filter(|l| cluster(l.left) == cluster(l.right))
        .count();
    let mut truth = 0;
    let mut held = std::collections::HashMap::new();
    for row in &made.agencies[0] {
        *held.entry(row.cluster).or_insert(0usize) += 1;
    }
    for row in made.agencies.get(1).into_iter().flatten() {
        truth += held.get(&row.cluster).copied().unwrap_or(0);
    }
    (matches.len(), right, truth)
}

/// Pairs, true pairs and the sum of probabilities in each tenth of probability.
pub(crate) fn tenths(made: &Synthetic, links: &[Link]) -> [[f64; 3]; 10] {
    let cluster = |r: RowRef| made.agencies[usize::from(r.file)][r.row as usize].cluster;
    let mut out = [[0.0; 3]; 10];
    for l in links {
        let above = (1u8..10).filter(|i| l.probability * 10.0 >= f64::from(*i));
        let tenth = &mut out[above.count()];
        let right = f64::from(u8::from(cluster(l.left) == cluster(l.right)));
        for (sum, x) in tenth.iter_mut().zip([1.0, right, l.probability]) {
            *sum += x;
        }
    }
    out
}

/// Two members of one linkage.
pub(crate) struct Parties {
    pub(crate) members: [Identity; 2],
    pub(crate) descriptor: Descriptor,
    pub(crate) open: [OpenLinkage; 2],
    pub(crate) set: KeySet,
}

impl Parties {
    pub(crate) fn new() -> Parties {
        Parties::with(KeySet::uk_children().unwrap())
    }

    pub(crate) fn with(set: KeySet) -> Parties {
        let members = ["West", "East"].map(|n| Identity::generate(n).unwrap());
        let public = [members[0].public().clone(), members[1].public().clone()];
        let descriptor =
            Descriptor::make("test", 1, (set.name(), set.digest()), &members[0], &public).unwrap();
        let maker = members[0].public().fingerprint();
        let open = [0, 1].map(|i: usize| descriptor.open(&members[i], &maker).unwrap());
        Parties {
            members,
            descriptor,
            open,
            set,
        }
    }

    pub(crate) fn file(&self, member: usize, records: &[Record]) -> (TokenFile, Crosswalk) {
        make_token_file(
            records,
            &self.set,
            &self.open[member],
            &self.members[member],
        )
        .unwrap()
    }

    /// The tokens of each record of a file, in record order.
    pub(crate) fn tokens(&self, member: usize, records: &[Record]) -> Vec<Vec<[u8; 16]>> {
        let (file, walk) = self.file(member, records);
        let mut out = vec![Vec::new(); records.len()];
        for (row, members) in walk.records.iter().enumerate() {
            out[members[0] as usize] = file.table.row(row).iter().map(|t| *t.as_bytes()).collect();
        }
        out
    }
}
