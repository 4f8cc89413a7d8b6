use crate::support::{
    Parties, children, link, link_with, records, rows, score, without_identifiers,
};
use billetbook::linkage::{
    Agreement, ClusterFlag, Decision, GivenAgreement, Held, LinkOptions, Linkage, MemberResult,
    RowRef, Status, match_files, resolve,
};
use billetbook::record::Record;
use billetbook_synth as synth;
use std::collections::HashSet;

const HEAD: &str = "id,given_name,family_name,date_of_birth,postcode,sex,nhs_number,shielded\n";

fn decided(linkage: &Linkage, d: Decision) -> usize {
    linkage.links.iter().filter(|l| l.decision == d).count()
}

/// A file of made-up strangers around what is tested, so that there is something to fit the model to.
fn among(row: &str, side: usize, strangers: &str) -> Vec<Record> {
    let date = |i: u32| format!("20{:02}-{:02}-{:02}", 8 + i % 16, 1 + i % 12, 1 + i % 28);
    let mut text = format!("{HEAD}{row}");
    let names = [
        "Ada", "Ben", "Cora", "Dan", "Esme", "Finn", "Grace", "Hugo", "Iris", "Jack",
    ];
    for i in 0..60u32 {
        let family = format!(
            "{strangers}{}",
            ["ton", "ham", "ley", "worth", "by", "field"][i as usize % 6]
        );
        let given = names[i as usize * 7 % 10];
        text += &format!(
            "s{side}-{i},{given},{family}{},{},LB{} {}AA,,,\n",
            ["a", "e", "o"][i as usize % 3],
            date(i),
            2 + i % 7,
            i % 9
        );
    }
    rows(&text)
}

fn pair(left: &str, right: &str) -> Linkage {
    link(&[among(left, 1, "Ash"), among(right, 2, "Ash")])
}

fn first_rows(l: &Linkage) -> Option<&billetbook::linkage::Link> {
    l.links
        .iter()
        .find(|l| l.left == RowRef { file: 0, row: 0 } && l.right == RowRef { file: 1, row: 0 })
}

#[test]
fn lnk_1_a_match_needs_given_name_evidence_or_an_identifier_with_the_birth_date() {
    let decision =
        |a: &str, b: &str| first_rows(&pair(a, b)).map_or(Decision::None, |l| l.decision);
    let smith =
        |given: &str, nhs: &str| format!("1,{given},Smithers,2012-03-04,LB1 0AA,F,{nhs},\n");
    assert_eq!(
        decision(&smith("Annabel", ""), &smith("Annabel", "")),
        Decision::Match,
        "control"
    );
    for (a, b) in [
        ("Ella", "Bella"),
        ("Mia", "Mya"),
        ("Harry", "Larry"),
        ("Ian", "Jan"),
        ("A", "Annabel"),
        ("Lee", "Leah"),
    ] {
        assert_ne!(
            decision(&smith(a, ""), &smith(b, "")),
            Decision::Match,
            "{a} {b}"
        );
    }
    let number = "9990000018";
    assert_ne!(
        decision(&smith("Ella", number), &smith("Zara", number)),
        Decision::Match,
        "a twin's number on the wrong record"
    );
    assert_eq!(
        decision(&smith("Ella", number), &smith("", number)),
        Decision::Match,
        "an identifier, the birth date and no other name"
    );
}

#[test]
fn lnk_2_the_wrong_twin_or_sibling_is_never_a_match() {
    for (what, made) in [
        ("twins", synth::twin_trap(1_000, 9_001)),
        ("siblings", synth::sibling_trap(1_000, 9_002)),
    ] {
        let found = decided(&link(&records(&made)), Decision::Match);
        assert!(found <= 1, "{found} of 1,000 {what}");
    }
    let made = children(1_500, 9_003, without_identifiers());
    assert!(
        decided(&link(&records(&made)), Decision::Match) > 800,
        "control: children in both files are found"
    );
}

#[test]
fn lnk_3_files_with_few_or_no_children_in_common_invent_no_matches() {
    assert!(
        decided(
            &link(&records(&synth::disjoint(1_000, 9_004))),
            Decision::Match
        ) <= 1
    );
    let made = synth::few_common(1_000, 10, 9_005);
    let (matches, right, truth) = score(&made, &link(&records(&made)));
    assert_eq!(truth, 10);
    assert!(
        right * 10 >= matches * 9 && right >= 8,
        "{right} right of {matches}"
    );
}

#[test]
fn lnk_4_two_nhs_numbers_that_differ_are_no_match_however_alike_the_rest() {
    let child = |nhs: &str| format!("1,Annabel,Smithers,2012-03-04,LB1 0AA,F,{nhs},\n");
    assert_eq!(
        first_rows(&pair(&child("9990000018"), &child("9990000018")))
            .unwrap()
            .decision,
        Decision::Match,
        "control"
    );
    let linkage = pair(&child("9990000018"), &child("9990000026"));
    let link = first_rows(&linkage).expect("reported");
    assert_eq!(
        (link.decision, link.held),
        (Decision::Possible, Some(Held::IdentifierConflict))
    );
}

#[test]
fn lnk_5_an_identity_and_a_closed_one_are_never_joined_even_through_a_third_record() {
    let head = "id,given_name,family_name,date_of_birth,postcode,identity_epoch\n";
    let both = rows(&format!(
        "{head}7,Annabel,Smithers,2012-03-04,LB1 0AA,\n7,Annabel,Smithers,2012-03-04,LB1 0AA,before\n"
    ));
    let one = rows(&format!("{head}1,Annabel,Smithers,2012-03-04,LB1 0AA,\n"));
    let linkage = link(&[both.clone(), one.clone()]);
    assert_ne!(linkage.rows[0][0].cluster, linkage.rows[0][1].cluster);
    let links: Vec<_> = linkage
        .links
        .iter()
        .map(|l| (l.left.row, l.right.row))
        .collect();
    assert!(
        !links.contains(&(1, 0)),
        "the closed identity meets nothing"
    );
    let inside = link_with(
        &[both],
        &LinkOptions {
            within: true,
            ..LinkOptions::default()
        },
    );
    assert!(
        inside.links.is_empty(),
        "nor its own child's other identity"
    );
}

#[test]
fn lnk_6_probing_with_every_postcode_says_nothing_of_a_shielded_child() {
    let codes: Vec<String> = (0..1_000)
        .map(|i| {
            format!(
                "LB{} {}A{}",
                i / 100 + 1,
                i / 10 % 10,
                char::from(b"ABDEFGHJLN"[i % 10])
            )
        })
        .collect();
    let probes: String = codes
        .iter()
        .enumerate()
        .map(|(i, c)| format!("{i},Annabel,Smithers,2012-03-04,{c},F,,\n"))
        .collect();
    let probe = rows(&format!("{HEAD}{probes}"));
    let target = |code: &str, shield: &str| {
        rows(&format!(
            "{HEAD}1,Annabel,Smithers,2012-03-04,{code},F,,{shield}\n"
        ))
    };
    let seen = |shield: &str, code: &str| -> Vec<_> {
        let l = link_with(
            &[target(code, shield), probe.clone()],
            &LinkOptions {
                all_pairs: true,
                ..LinkOptions::default()
            },
        );
        l.links
            .iter()
            .map(|x| {
                (
                    x.left,
                    x.right,
                    x.probability.to_bits(),
                    x.decision,
                    x.evidence.words(),
                    x.evidence.place,
                )
            })
            .collect()
    };
    let (here, there) = (seen("yes", &codes[17]), seen("yes", &codes[801]));
    assert_eq!(
        here, there,
        "no output depends on the shielded child's postcode"
    );
    assert!(
        here.iter()
            .all(|x| x.5 == Agreement::Unknown && !x.4.contains("postcode"))
    );
    assert_ne!(
        seen("", &codes[17]),
        seen("", &codes[801]),
        "control: unshielded, the probe finds the postcode"
    );
}

#[test]
fn lnk_7_a_shield_reaches_every_member_of_the_cluster() {
    let child =
        |shield: &str| format!("1,Annabel,Smithers,2012-03-04,LB1 0AA,F,9990000018,{shield}\n");
    let flags = |shield: &str| {
        let l = pair(&child(shield), &child(""));
        assert_eq!(l.rows[0][0].cluster, l.rows[1][0].cluster);
        l.clusters[l.rows[1][0].cluster as usize].flags.clone()
    };
    assert!(flags("yes").contains(&ClusterFlag::Shielded));
    assert!(!flags("").contains(&ClusterFlag::Shielded), "control");
}

#[test]
fn lnk_8_links_do_not_depend_on_the_key() {
    let files = records(&children(800, 9_006, Default::default()));
    assert_eq!(
        link(&files).links,
        link(&files).links,
        "each run draws another secret"
    );
}

fn across(
    p: &Parties,
    files: &[Vec<Record>],
) -> (Vec<MemberResult>, Vec<billetbook::token::Crosswalk>) {
    let made: Vec<_> = (0..2).map(|i| p.file(i, &files[i])).collect();
    let (tokens, walks): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    let named: Vec<_> = ["west", "east"]
        .map(str::to_owned)
        .into_iter()
        .zip(tokens)
        .collect();
    (
        match_files(&p.descriptor, &p.set, &named, &LinkOptions::default()).unwrap(),
        walks,
    )
}

#[test]
fn lnk_9_linking_across_parties_is_linking_in_one_process() {
    let errors = synth::ErrorModel {
        double_entry: 0.0,
        ..Default::default()
    };
    let files = records(&children(800, 9_007, errors));
    let p = Parties::new();
    let (results, walks) = across(&p, &files);
    let text = results[0].to_text();
    let read = MemberResult::from_text(&text).unwrap();
    assert_eq!(read.links.len(), results[0].links.len());
    let own = resolve(&files[0], &walks[0], &read, &p.open[0]).unwrap();
    let mut there: Vec<_> = own
        .links
        .iter()
        .map(|l| {
            (
                l.record,
                l.link.probability.to_bits(),
                l.link.decision,
                l.link.held,
            )
        })
        .collect();
    let mut here: Vec<_> = link(&files)
        .links
        .iter()
        .map(|l| (l.left.row, l.probability.to_bits(), l.decision, l.held))
        .collect();
    there.sort_by_key(|x| (x.0, x.1));
    here.sort_by_key(|x| (x.0, x.1));
    assert_eq!(there, here);
}

#[test]
fn lnk_10_a_result_holds_no_row_of_another_member_and_the_matching_side_no_key() {
    let files = records(&children(300, 9_008, Default::default()));
    let p = Parties::new();
    let (results, walks) = across(&p, &files);
    let theirs: HashSet<_> = walks[1].rows.iter().collect();
    assert!(results[0].links.iter().all(|l| !theirs.contains(&l.row)));
    let bytes = format!("{:?}", results[0]);
    assert!(!bytes.is_empty() && results[0].rows.iter().all(|r| !theirs.contains(&r.0)));
    assert!(
        resolve(&files[0], &walks[1], &results[0], &p.open[0]).is_err(),
        "another crosswalk is refused"
    );
    let mut renamed = walks[1].clone();
    renamed.file = walks[0].file;
    renamed.records.clone_from(&walks[0].records);
    assert!(
        resolve(&files[0], &renamed, &results[0], &p.open[0]).is_err(),
        "so are another's rows in it"
    );
    let mut moved = files[0].clone();
    moved.swap(0, 1);
    assert!(
        resolve(&moved, &walks[0], &results[0], &p.open[0]).is_err(),
        "another order of the records would give each child another's links"
    );
    let mut beyond = walks[0].clone();
    beyond.records[0] = vec![u32::MAX];
    assert!(
        resolve(&files[0], &beyond, &results[0], &p.open[0]).is_err(),
        "a record that is not there is refused"
    );
    assert!(
        resolve(&files[0], &walks[0], &results[0], &p.open[0]).is_ok(),
        "control"
    );
    let stranger = Parties::new();
    assert!(
        resolve(&files[0], &walks[0], &results[0], &stranger.open[0]).is_err(),
        "notes need the linkage's key"
    );
}

#[test]
fn lnk_11_a_shield_travels_in_notes_that_only_members_read() {
    let child = |shield: &str| {
        among(
            &format!("1,Annabel,Smithers,2012-03-04,LB1 0AA,F,9990000018,{shield}\n"),
            1,
            "Ash",
        )
    };
    let p = Parties::new();
    let flagged = |shield: &str| {
        let files = [child(""), child(shield)];
        let (results, walks) = across(&p, &files);
        let own = resolve(&files[0], &walks[0], &results[0], &p.open[0]).unwrap();
        own.records[0]
            .as_ref()
            .unwrap()
            .2
            .contains(&ClusterFlag::Shielded)
    };
    assert!(flagged("yes"));
    assert!(!flagged(""), "control");
    let files = [child(""), child("yes")];
    let notes = p.file(1, &files[1]).0.notes;
    assert!(
        notes.iter().collect::<HashSet<_>>().len() == notes.len(),
        "no two notes are alike, shielded or not"
    );
}

#[test]
fn lnk_12_double_entries_are_found_and_reported_as_many() {
    let child = "Annabel,Smithers,2012-03-04,LB1 0AA,F,9990000018,\n";
    let left = among(&format!("1,{child}"), 1, "Ash");
    let right = among(&format!("1,{child}2,{child}"), 2, "Ash");
    let linkage = link(&[left, right]);
    assert_eq!(linkage.rows[0][0].status, Status::Many);
    assert!(
        linkage
            .links
            .iter()
            .any(|l| l.evidence.given == GivenAgreement::Same)
    );
}

#[test]
fn lnk_13_equal_local_ids_mean_nothing() {
    let a = rows(&format!(
        "{HEAD}1,Annabel,Smithers,2012-03-04,LB1 0AA,F,,\n2,Zoe,Marsh,2015-01-02,LB7 0AA,F,,\n"
    ));
    let b = rows(&format!(
        "{HEAD}1,Yusuf,Khan,2009-07-30,WX1 0AA,M,,\n2,Owen,Pryce,2019-10-11,WX7 0AA,M,,\n"
    ));
    let all = LinkOptions {
        all_pairs: true,
        ..LinkOptions::default()
    };
    assert!(
        link_with(&[a.clone(), b], &all).links.is_empty(),
        "pads of one id in two files never meet"
    );
    assert!(
        !link_with(&[a.clone(), a], &all).links.is_empty(),
        "control"
    );
}

#[test]
fn lnk_14_a_weak_key_alone_is_never_a_match() {
    let made = children(600, 9_009, without_identifiers());
    let files = records(&made);
    let files: Vec<&[Record]> = files.iter().map(Vec::as_slice).collect();
    let key = |text, strength| billetbook::token::MatchKey::new(text, strength, 1).unwrap();
    let decided = |strength, text| {
        let set = billetbook::token::KeySet::new("test", vec![key(text, strength)]);
        let options = LinkOptions {
            allow_weak: true,
            ..LinkOptions::default()
        };
        let l = billetbook::linkage::link_tokens(&files, &set, &options).unwrap();
        (
            decided(&l, Decision::Match),
            decided(&l, Decision::Possible),
        )
    };
    use billetbook::token::Strength::{Links, Weak};
    let (matches, possible) = decided(Weak, "given+birth+sex");
    assert!(matches == 0 && possible > 200, "{matches} {possible}");
    assert!(decided(Links, "given+birth+family").0 > 200, "control");
}
