use crate::support::{Parties, children, records, rows, without_identifiers};
use billetbook::keys::descriptor::Descriptor;
use billetbook::keys::identity::Identity;
use billetbook::linkage::make_token_file;
use billetbook::record::Record;
use billetbook::token::{KeySet, MatchKey, Strength, TokenFile, TokenFileError};
use std::collections::{HashMap, HashSet};

const HEAD: &str = "id,given_name,family_name,date_of_birth,postcode,sex,nhs_number\n";

#[test]
fn tok_1_a_key_draws_on_three_independent_fields_or_an_identifier() {
    assert!(
        MatchKey::new("given+family+birth", Strength::Links, 1).is_ok(),
        "control"
    );
    for text in [
        "family",
        "given+family",
        "birth+sex",
        "given+birth+sex",
        "code+address+birth",
        "family+birth+has.given",
    ] {
        assert!(MatchKey::new(text, Strength::Links, 1).is_err(), "{text}");
    }
}

#[test]
fn tok_2_every_row_has_the_same_number_of_tokens_whatever_the_record_holds() {
    let p = Parties::new();
    let made = records(&children(400, 11, Default::default()));
    let (file, _) = p.file(0, &made[0]);
    assert_eq!(file.table.stride, p.set.tokens_per_record());
    assert_eq!(
        file.table.tokens.len(),
        file.table.rows.len() * file.table.stride
    );
    let little = rows("given_name,family_name,date_of_birth\nAnn,Smith,2012-03-04\nX,,\n");
    assert_eq!(
        p.file(0, &little).0.table.tokens.len(),
        2 * file.table.stride
    );
}

#[test]
fn tok_3_equal_records_agree_in_every_slot_that_either_could_fill() {
    let p = Parties::new();
    let child = |name: &str| {
        rows(&format!(
            "{HEAD}1,{name},Okonkwo-Smith,2012-03-04,LB1 0AA,F,9990000018\n"
        ))
    };
    let agree = |name: &str| {
        let (a, b) = (p.tokens(0, &child(name)), p.tokens(1, &child(name)));
        a[0].iter().zip(&b[0]).filter(|(x, y)| x == y).count()
    };
    // Names of any length and number of forms: one count, so the count tells nothing of the name.
    let counts: HashSet<usize> = ["Ann", "Bo", "Elizabeth", "Oluwadamilola", "Mary Ann"]
        .map(agree)
        .into_iter()
        .collect();
    assert_eq!(counts.len(), 1, "{counts:?}");
    assert!(counts.iter().all(|n| *n > 30));
}

#[test]
fn tok_4_a_second_tokenising_changes_names_and_order_of_rows_and_no_token() {
    let p = Parties::new();
    let made = records(&children(300, 12, Default::default()));
    let (one, two) = (p.file(0, &made[0]).0, p.file(0, &made[0]).0);
    let set = |f: &TokenFile| -> HashSet<[u8; 16]> {
        f.table.tokens.iter().map(|t| *t.as_bytes()).collect()
    };
    assert_eq!(
        set(&one),
        set(&two),
        "pads are derived, not drawn: dummies cannot be told by what changed"
    );
    let names: HashSet<_> = one.table.rows.iter().collect();
    assert!(two.table.rows.iter().all(|r| !names.contains(r)));
    let order =
        |f: &TokenFile| -> Vec<_> { (0..f.table.rows.len()).map(|i| f.table.row(i)[0]).collect() };
    assert_ne!(order(&one), order(&two), "rows are shuffled");
    assert_ne!(
        set(&one),
        set(&p.file(1, &made[0]).0),
        "control: another agency's own pads differ"
    );
}

#[test]
fn tok_5_no_token_stands_on_two_rows_of_one_file() {
    let p = Parties::new();
    // Twins, siblings and namesakes.
    let file = rows(&format!(
        "{HEAD}1,Ann,Smith,2012-03-04,LB1 0AA,F,\n2,Bob,Smith,2012-03-04,LB1 0AA,M,\n3,Cat,Smith,2014-01-09,LB1 0AA,F,\n4,Ann,Smith,2012-03-04,LB9 9ZZ,F,9990000018\n"
    ));
    let tokens = p.file(0, &file).0.table.tokens;
    let distinct: HashSet<_> = tokens.iter().collect();
    assert_eq!(distinct.len(), tokens.len());
    // Control: the twins' own tokens meet where they stand in two files.
    let (a, b) = (p.tokens(0, &file[..1]), p.tokens(1, &file[1..2]));
    assert!(a[0].iter().any(|t| b[0].contains(t)));
}

#[test]
fn tok_5_no_pad_grows_from_a_token_that_may_not_travel() {
    let p = Parties::new();
    // Two children share both tokens of a key; what is the first of one is the second of the other, so their
    // pads differ.
    let head = "id,given_name,family_name,previous_family_name,date_of_birth,postcode,nhs_number\n";
    let both = rows(&format!(
        "{head}1,Ann,Smith,Jones,2012-03-04,LB1 0AA,9990000018\n2,Ann,Jones,Smith,2012-03-04,LB1 0AA,9990000026\n"
    ));
    let key = "given.any+family.any+birth";
    let at = p.set.keys().iter().position(|k| k.id() == key).unwrap();
    let start: usize = p.set.keys()[..at].iter().map(|k| k.slots()).sum();
    let slots = start..start + p.set.keys()[at].slots();
    let agree = |mine: &[Record]| {
        let (a, b) = (p.tokens(0, mine), p.tokens(1, &both[..1]));
        assert!(a.iter().all(|row| !row.is_empty()), "one child each");
        let own = &a[0][slots.clone()];
        own.iter().filter(|t| b[0].contains(*t)).count()
    };
    assert_eq!(agree(&both[..1]), slots.len(), "control");
    assert_eq!(agree(&both), 0);
}

#[test]
fn tok_6_nothing_shows_whether_a_field_is_missing() {
    let p = Parties::new();
    let made = records(&children(600, 13, without_identifiers()));
    let (file, walk) = p.file(0, &made[0]);
    // No value stands for "missing": no token is frequent, and bytes are uniform on rows with and without.
    let mut seen: HashMap<[u8; 16], u32> = HashMap::new();
    for t in &file.table.tokens {
        *seen.entry(*t.as_bytes()).or_default() += 1;
    }
    assert!(seen.values().all(|n| *n == 1));
    let mean = |with: bool| {
        let (mut sum, mut n) = (0u64, 0u64);
        for (row, members) in walk.records.iter().enumerate() {
            if made[0][members[0] as usize].postcode.valid().is_some() == with {
                for t in file.table.row(row) {
                    sum += t.as_bytes().iter().map(|b| u64::from(*b)).sum::<u64>();
                    n += 16;
                }
            }
        }
        sum as f64 / n as f64
    };
    // The standard error at 18 rows of 90 tokens is .44.
    assert!((mean(true) - 127.5).abs() < 1.0 && (mean(false) - 127.5).abs() < 2.5);
}

#[test]
fn tok_7_a_file_of_another_linkage_epoch_key_or_key_set_is_refused_by_name() {
    let p = Parties::new();
    let child = rows(&format!("{HEAD}1,Ann,Smith,2012-03-04,LB1 0AA,F,\n"));
    let (good, _) = p.file(0, &child);
    assert!(good.check("west", &p.descriptor).is_ok(), "control");
    let refused = |file: &TokenFile| match file.check("west", &p.descriptor) {
        Err(TokenFileError::Other { what, .. }) => what,
        Err(TokenFileError::Signature { .. }) => "signature",
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(&Parties::new().file(0, &child).0),
        "another linkage"
    );
    let mut epoch = good.clone();
    epoch.table.header.epoch = 2;
    assert_eq!(refused(&epoch), "another epoch of this linkage");
    let mut set = good.clone();
    set.table.header.key_set_digest[0] ^= 1;
    assert_eq!(refused(&set), "another key set");
    let mut key = good.clone();
    key.table.header.key_check[0] ^= 1;
    assert_eq!(refused(&key), "another key");
    let mut token = good.clone();
    token.table.tokens.swap(0, 1);
    assert_eq!(refused(&token), "signature");
    let mut counts = good.clone();
    counts.table.chance.pairs += 1;
    assert_eq!(refused(&counts), "signature");
    let stranger = Identity::generate("Stranger").unwrap();
    let by_stranger = make_token_file(&child, &p.set, &p.open[0], &stranger)
        .unwrap()
        .0;
    assert_eq!(refused(&by_stranger), "signature");
}

#[test]
fn tok_8_a_token_file_is_read_as_written_or_refused() {
    let p = Parties::new();
    let made = records(&children(150, 14, Default::default()));
    let (file, _) = p.file(0, &made[0]);
    for name in ["west.tokens", "west.csv"] {
        read_as_written_or_refused(&p, &file, name);
    }
}

fn read_as_written_or_refused(p: &Parties, file: &TokenFile, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    file.write(&path, &p.set).unwrap();
    assert_eq!(&TokenFile::read(&path, &p.set).unwrap(), file);
    assert!(file.write(&path, &p.set).is_err(), "no file is overwritten");
    assert!(TokenFile::read(&path, &KeySet::people().unwrap()).is_err());
    let bytes = std::fs::read(&path).unwrap();
    let other = folder.path().join("altered.tokens");
    for i in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut altered = bytes.clone();
        altered[i] ^= 0x20;
        std::fs::write(&other, &altered).unwrap();
        // Either the reader refuses it, or the signature does, or nothing that counts was altered.
        if let Ok(read) = TokenFile::read(&other, &p.set) {
            assert!(
                &read == file || read.check("x", &p.descriptor).is_err(),
                "byte {i}"
            );
        }
        std::fs::write(&other, &bytes[..i]).unwrap();
        assert!(TokenFile::read(&other, &p.set).is_err(), "cut at {i}");
    }
}

#[test]
fn tok_9_a_closed_identity_shares_no_token_with_a_current_one() {
    let p = Parties::new();
    let head = "id,given_name,family_name,date_of_birth,postcode,nhs_number,identity_epoch\n";
    let row = |epoch: &str| {
        rows(&format!(
            "{head}1,Ann,Smith,2012-03-04,LB1 0AA,9990000018,{epoch}\n"
        ))
    };
    let shared = |a: &str, b: &str| {
        let (a, b) = (p.tokens(0, &row(a)), p.tokens(1, &row(b)));
        a[0].iter().filter(|t| b[0].contains(t)).count()
    };
    assert_eq!(shared("", "before-adoption"), 0);
    assert_eq!(shared("one", "two"), 0);
    assert!(
        shared("", "current") > 0 && shared("one", "one") > 0,
        "control"
    );
}

#[test]
fn tok_10_a_shielded_record_makes_no_token_from_its_place() {
    let p = Parties::new();
    let head = "id,given_name,family_name,date_of_birth,postcode,shielded\n";
    let at = |place: &str, shield: &str| {
        p.tokens(
            0,
            &rows(&format!("{head}1,Ann,Smith,2012-03-04,{place},{shield}\n")),
        )
    };
    assert_eq!(
        at("LB1 0AA", "yes"),
        at("LB9 9ZZ", "yes"),
        "its tokens do not depend on where it lives"
    );
    assert_ne!(at("LB1 0AA", ""), at("LB9 9ZZ", ""), "control");
    let maker: &Descriptor = &p.descriptor;
    assert_eq!(maker.members().len(), 2);
}
