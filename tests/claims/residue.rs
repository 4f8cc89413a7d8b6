//! Pairs found by similarity alone: never a match, only where both ask for it, with shields and the twin rule.

use super::support::{Parties, children, link_with, records, rows, without_identifiers};
use billetbook::linkage::{
    Decision, Held, LinkOptions, Linkage, MemberResult, TokeniseOptions, make_token_file_with,
    match_files,
};
use billetbook::record::Record;
use billetbook::token::{Crosswalk, TokenFile};
use std::collections::BTreeSet;

const HEAD: &str = "id,given_name,family_name,date_of_birth,postcode,sex,shielded\n";
const RESIDUE: LinkOptions = LinkOptions {
    within: false,
    all_pairs: false,
    allow_weak: false,
    residue: true,
};

/// A child, and the same with an error in each of given name, family name, birth date and postcode.
const CHILD: &str = "1,Bartholomew,Featherstonehaugh,2012-03-04,LB1 0AA,M,";
const AGAIN: &str = "1,Bartolomew,Fetherstonehaugh,2012-03-14,LB1 0AB,M,";

/// A child of long names, and the same with two parts of the birth date and the postcode wrong: of these CLKs so few bits
/// differ that they are alike even as they travel.
const LONG: &str = "1,Bartholomew Maximilian Theodore Augustus,Featherstonehaugh Cholmondeley Marjoribanks,2012-03-04,LB1 0AA,M,";
const LONG_AGAIN: &str = "1,Bartholomew Maximilian Theodore Augustus,Featherstonehaugh Cholmondeley Marjoribanks,2012-04-05,LB1 0AB,M,";

fn found(linkage: &Linkage) -> Vec<(u32, u32)> {
    let links = linkage.links.iter();
    links
        .filter(|l| l.held == Some(Held::Residue))
        .map(|l| (l.left.row, l.right.row))
        .collect()
}

fn files(left: &str, right: &str) -> [Vec<Record>; 2] {
    [left, right].map(|text| rows(&format!("{HEAD}{text}\n")))
}

#[test]
fn res_1_what_is_found_by_similarity_alone_is_never_a_match() {
    let made = children(6_000, 9_301, without_identifiers());
    let files = records(&made);
    let without = link_with(&files, &LinkOptions::default());
    let with = link_with(&files, &RESIDUE);
    let added: Vec<_> = with
        .links
        .iter()
        .filter(|l| l.held == Some(Held::Residue))
        .collect();
    assert!(!added.is_empty(), "control: something is found");
    assert!(added.iter().all(|l| l.decision == Decision::Possible));
    let rest: Vec<_> = with
        .links
        .iter()
        .filter(|l| l.held != Some(Held::Residue))
        .copied()
        .collect();
    assert_eq!(rest, without.links, "nothing else changes");
    assert_eq!(with.clusters, without.clusters);
    let cluster = |file: u16, row: u32| made.agencies[usize::from(file)][row as usize].cluster;
    let right = added
        .iter()
        .filter(|l| cluster(l.left.file, l.left.row) == cluster(l.right.file, l.right.row));
    let right = right.count();
    eprintln!("{} offered, {right} of them one child", added.len());
    assert!(right * 2 >= added.len(), "{right} of {}", added.len());
    // A record is offered once: the rows of a file are each in one pair, ties aside.
    let rows: BTreeSet<_> = added.iter().map(|l| l.left).collect();
    assert_eq!(rows.len(), added.len());
}

fn file_of(
    p: &Parties,
    member: usize,
    records: &[Record],
    residue: bool,
) -> (TokenFile, Crosswalk) {
    let with = TokeniseOptions { residue };
    let (open, member) = (&p.open[member], &p.members[member]);
    make_token_file_with(records, &p.set, open, member, with).unwrap()
}

fn matched(p: &Parties, files: [TokenFile; 2]) -> Vec<MemberResult> {
    let [a, b] = files;
    let files = [("a".to_owned(), a), ("b".to_owned(), b)];
    match_files(&p.descriptor, &p.set, &files, &LinkOptions::default()).unwrap()
}

#[test]
fn res_2_nothing_is_compared_unless_both_members_put_clks_in() {
    let p = Parties::new();
    let records = files(LONG, LONG_AGAIN);
    let run = |ours: bool, theirs: bool| {
        let made = [(0, ours), (1, theirs)].map(|(i, r)| file_of(&p, i, &records[i], r).0);
        assert_eq!(made[0].clks.is_some(), ours);
        matched(&p, made)
    };
    let both = run(true, true);
    for result in &both {
        assert_eq!(result.links.len(), 1, "control");
        let link = &result.links[0].link;
        assert_eq!(
            (link.decision, link.held),
            (Decision::Possible, Some(Held::Residue))
        );
        let again = MemberResult::from_text(&result.to_text()).unwrap();
        assert_eq!(again.links[0].link.held, Some(Held::Residue));
    }
    for (ours, theirs) in [(false, false), (true, false), (false, true)] {
        assert!(run(ours, theirs).iter().all(|r| r.links.is_empty()));
    }
    // In one process: only where it is asked for.
    assert!(found(&link_with(&records, &LinkOptions::default())).is_empty());
    assert_eq!(found(&link_with(&records, &RESIDUE)), [(0, 0)]);
}

#[test]
fn res_3_probing_with_every_postcode_says_nothing_of_a_shielded_child() {
    let probes = |wanted: &str, code: &str| {
        let target = format!(
            "{},{wanted}",
            CHILD.replace("LB1 0AA", code).trim_end_matches(',')
        );
        let probes: Vec<String> = (0..200)
            .map(|i| {
                let code = format!("LB{} {}AB", i / 10 + 1, i % 10);
                let probe = AGAIN.replace("LB1 0AB", &code);
                probe.replacen('1', &i.to_string(), 1)
            })
            .collect();
        files(&target, &probes.join("\n"))
    };
    // The residue draws a fresh key each time: what is alike shows in plain CLKs under one key.
    let p = Parties::new();
    let clk = |shield: &str, code: &str| {
        let [target, _] = probes(shield, code);
        let (file, _) = file_of(&p, 0, &target, true);
        file.clks.unwrap()[0]
    };
    assert_ne!(clk("", "LB1 0AA"), clk("", "LB9 9ZZ"), "control");
    assert_eq!(clk("yes", "LB1 0AA"), clk("yes", "LB9 9ZZ"));
    let told = |code: &str| {
        let [target, probe] = probes("yes", code);
        let made = [(0, &target), (1, &probe)].map(|(i, r)| file_of(&p, i, r, true).0);
        let mut links: Vec<_> = matched(&p, made)[0]
            .links
            .iter()
            .map(|l| (l.link.decision, l.link.held, l.link.probability.to_bits()))
            .collect();
        links.sort_by_key(|l| l.2);
        links
    };
    assert_eq!(told("LB1 0AA"), told("LB9 9ZZ"));
}

#[test]
fn res_4_a_record_with_a_twin_beside_it_is_not_found_by_similarity() {
    let alone = files(CHILD, AGAIN);
    assert_eq!(found(&link_with(&alone, &RESIDUE)), [(0, 0)], "control");
    let twin = "2,Benedict,Featherstonehaugh,2012-03-04,LB1 0AA,M,";
    let beside = files(&format!("{CHILD}\n{twin}"), AGAIN);
    assert!(found(&link_with(&beside, &RESIDUE)).is_empty());
    // And where files travel.
    let p = Parties::new();
    let links = |files: &[Vec<Record>; 2]| {
        let made = [0, 1].map(|i| file_of(&p, i, &files[i], true).0);
        matched(&p, made)
            .iter()
            .map(|r| r.links.len())
            .sum::<usize>()
    };
    assert_eq!(links(&files(LONG, LONG_AGAIN)), 2, "control");
    let twin = LONG.replacen("1,Bartholomew", "2,Benedict", 1);
    assert_eq!(links(&files(&format!("{LONG}\n{twin}"), LONG_AGAIN)), 0);
}

#[test]
fn res_5_every_row_has_a_clk_that_looks_like_any_other() {
    let p = Parties::new();
    let text = format!(
        "{HEAD}{CHILD}\n2,,Marsh,2013-01-02,,,\n3,Tom,,2014-03-04,LB1 0AA,M,\n4,Ann,Hill,,,,\n\
         5,Sue,Twin,2015-01-02,,F,\n6,Joe,Twin,2015-01-02,,M,\n"
    );
    let records = rows(&text);
    let clks = |run: usize| {
        let (file, walk) = file_of(&p, 0, &records, true);
        assert_eq!(
            file.clks.as_ref().unwrap().len(),
            file.table.rows.len(),
            "{run}"
        );
        let of = walk.records.iter().map(|r| r[0]);
        let mut all: Vec<_> = of.zip(file.clks.unwrap()).collect();
        all.sort_unstable();
        all
    };
    let first = clks(0);
    assert_eq!(first.len(), 6);
    for (record, clk) in &first {
        let ones: u32 = clk.iter().map(|b| b.count_ones()).sum();
        // Five standard deviations of 2048 coins.
        assert!((911..1137).contains(&ones), "{record}: {ones}");
    }
    let distinct: BTreeSet<_> = first.iter().map(|c| c.1).collect();
    assert_eq!(distinct.len(), 6);
    assert_eq!(first, clks(1), "a second tokenising shows nothing");
    // Who has none differs between members: pads come from the agency's own key.
    let (other, walk) = file_of(&p, 1, &records, true);
    let other: BTreeSet<_> = walk
        .records
        .iter()
        .map(|r| r[0])
        .zip(other.clks.unwrap())
        .collect();
    let same = first.iter().filter(|c| other.contains(*c));
    assert_eq!(same.map(|c| c.0).collect::<Vec<_>>(), [0], "control");
}

#[test]
fn res_6_altered_moved_or_missing_clks_are_refused() {
    let p = Parties::new();
    let records = rows(&format!(
        "{HEAD}{CHILD}\n2,Tom,Hill,2014-03-04,LB1 0AA,M,\n"
    ));
    let (file, _) = file_of(&p, 0, &records, true);
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.tokens", "a.csv"] {
        let path = folder.path().join(name);
        file.write(&path, &p.set).unwrap();
        let read = TokenFile::read(&path, &p.set).unwrap();
        assert_eq!(read, file, "{name}");
        assert!(read.check(name, &p.descriptor).is_ok(), "control");
    }
    let refused = |change: &dyn Fn(&mut TokenFile)| {
        let mut file = file.clone();
        change(&mut file);
        file.check("a", &p.descriptor).is_err()
    };
    assert!(refused(&|f| f.clks.as_mut().unwrap()[1][255] ^= 1));
    assert!(refused(&|f| f.clks.as_mut().unwrap().swap(0, 1)));
    assert!(refused(&|f| f.clks = None));
}
