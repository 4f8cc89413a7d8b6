//! What a log, its copies and what is left of an erased entry tell.

use super::{erasure, files, fill, holds};
use crate::crash::{draft, opening_key, signer};
use billetbook::audit::{Draft, Entry, Export, Kind, Log, LogError, Opening, Policy, Reading};
use billetbook::store::SqliteStore;

#[test]
fn aud_1_no_word_of_an_entry_is_in_the_log_its_copies_or_errors() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("log")).unwrap();
    let mut log = Log::create(store, &signer()).unwrap();
    let marker = "MARKER-of-a-made-up-child";
    let mut drafts: Vec<Draft> = Kind::ALL
        .iter()
        .map(|&kind| Draft {
            entry: Entry::new(kind, format!("{marker} {kind:?}").into()).unwrap(),
            ..draft("")
        })
        .collect();
    let shown = format!("{drafts:?}");
    log.append(&opening_key(), drafts.clone()).unwrap();
    let signed = log.publish(&signer()).unwrap();
    let copy = folder.path().join("copy");
    log.export(&copy, &signed).unwrap();
    let proof = log.prove(3, &signed).unwrap().to_string();
    std::fs::write(folder.path().join("proof"), proof).unwrap();
    drafts[0].entry = Entry::new(Kind::Grant, format!("{marker} other").into()).unwrap();
    let error = log.append(&opening_key(), drafts).unwrap_err();
    let reading = log.reading(0, &opening_key()).unwrap();
    let texts = format!("{shown} {error} {error:?} {reading:?} {log:?}");
    assert!(!texts.contains("MARKER"), "{texts}");
    let found = files(folder.path());
    assert!(found.len() >= 6);
    for (name, bytes) in &found {
        assert!(!holds(bytes, b"MARKER"), "{name}");
    }
    let Reading::Open(opening) = reading else {
        panic!("the opening is there")
    };
    assert!(
        holds(&opening.to_secret_bytes(), b"MARKER"),
        "control: who has the key reads it"
    );
    // All kinds look alike: 34 bytes, of which the first two are the same.
    let leaves = Export::open(&copy).unwrap().leaves(0, 100).unwrap();
    assert_eq!(leaves.len(), Kind::ALL.len());
    let first: Vec<_> = leaves.iter().map(|l| &l.as_bytes()[..2]).collect();
    assert!(first.iter().all(|f| **f == [0, 1]));
}

#[test]
fn aud_5_erasing_an_entry_leaves_all_others_as_they_were_and_nothing_that_confirms_a_guess() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    let mut log = Log::create(store, &signer()).unwrap();
    let key = opening_key();
    fill(&mut log, 300);
    let secret = draft("what is to be erased");
    let placed = log.append(&key, vec![secret.clone()]).unwrap().remove(0);
    fill(&mut log, 300);
    let before = log.publish(&signer()).unwrap();
    let leaf = log.leaf(placed.index).unwrap();
    let bytes = placed.opening.to_secret_bytes().to_vec();
    let guess = |bytes: &[u8]| Opening::from_secret_bytes(bytes, &leaf).is_ok();
    assert!(
        guess(&bytes),
        "control: with its blinding bytes, the entry is confirmed"
    );
    let sealed = match billetbook::audit::Store::opening(log.store(), placed.index).unwrap() {
        billetbook::audit::Stored::Sealed { bytes, .. } => bytes,
        other => panic!("{other:?}"),
    };
    let traces = |what: &[u8]| {
        files(folder.path())
            .iter()
            .filter(|f| holds(&f.1, what))
            .count()
    };
    let pieces = [&sealed[..64], &secret.request.0[..]];
    assert!(
        pieces.iter().all(|p| traces(p) > 0),
        "control: before, they are in the files"
    );
    let wrong = log.erase(&key, placed.index, draft("not an erasure"));
    assert!(matches!(wrong, Err(LogError::NotAnErasure)));
    let order = erasure(placed.index);
    log.erase(&key, placed.index, order.clone()).unwrap();
    assert!(
        !log.erase(&key, placed.index, order).unwrap().fresh,
        "asked twice, logged once"
    );
    assert!(
        pieces.iter().all(|p| traces(p) == 0),
        "the bytes are gone from every file"
    );
    assert!(matches!(
        log.reading(placed.index, &key).unwrap(),
        Reading::Erased
    ));
    // Everyone else's proofs and openings stand, and so does the proof of the erased leaf.
    let after = log.publish(&signer()).unwrap();
    let policy = Policy::new(signer().key(), &[], 0).unwrap();
    for index in 0..601 {
        let proof = log.prove(index, &before).unwrap();
        proof
            .verify(&log.leaf(index).unwrap(), &policy, None)
            .unwrap();
        if index != placed.index {
            assert!(matches!(
                log.reading(index, &key).unwrap(),
                Reading::Open(_)
            ));
        }
    }
    assert_eq!(log.leaf(placed.index).unwrap(), leaf);
    let found = log.verify(&key).unwrap();
    assert_eq!((found.size, found.open, found.erased), (602, 601, 1));
    // The entry guessed right, with any blinding bytes that anything left could give.
    log.export(&folder.path().join("copy"), &after).unwrap();
    let all: Vec<u8> = files(folder.path()).into_iter().flat_map(|f| f.1).collect();
    for blind in all.windows(32) {
        let mut guessed = bytes.clone();
        guessed[8..40].copy_from_slice(blind);
        assert!(!guess(&guessed));
    }
}
