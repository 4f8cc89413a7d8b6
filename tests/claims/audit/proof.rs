//! Proofs, copies and signatures: what a reader believes.

use super::{ORIGIN, at, files, fill, memory};
use crate::crash::{Seeded, signer};
use billetbook::audit::{
    Export, Freshness, Log, LogProof, NoteKey, Policy, PolicyError, ProofError, Witness,
};
use billetbook::clock::Window;
use billetbook::keys::{Role, RoleKeys};
use billetbook::store::MemoryDisk;

#[test]
fn aud_2_a_proof_holds_for_its_entry_in_its_tree_under_the_keys_believed_and_for_nothing_else() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 700);
    let older = log.publish(&signer()).unwrap();
    fill(&mut log, 1);
    let signed = log.publish(&signer()).unwrap();
    let witnesses = [1, 2, 3].map(|i| Seeded::witness(&format!("w{i}.example"), i));
    let keys = witnesses.each_ref().map(Seeded::key);
    let policy = Policy::new(signer().key(), &keys, 2).unwrap();
    let mut cosigned = signed.clone();
    for w in &witnesses[..2] {
        let mut witness = Witness::new(vec![signer().key()], MemoryDisk::new().open());
        let request = log.add_checkpoint(0, &signed).unwrap();
        cosigned.add(witness.add_checkpoint(&request, at(1_000), w).unwrap());
    }
    let fresh = |now| {
        Some(Freshness {
            now: at(now),
            max_age: 600,
            skew: 60,
        })
    };
    let text = log.prove(555, &cosigned).unwrap().to_string();
    let proof: LogProof = text.parse().unwrap();
    let leaf = log.leaf(555).unwrap();
    let included = proof.verify(&leaf, &policy, fresh(1_500)).unwrap();
    assert_eq!(included.index(), 555, "control");
    assert_eq!(included.witnessed().cosigners().len(), 2);
    let refused = |p: &LogProof, policy: &Policy, now| p.verify(&leaf, policy, fresh(now));
    let other = log.leaf(556).unwrap();
    assert!(matches!(
        proof.verify(&other, &policy, fresh(1_500)),
        Err(ProofError::Path(_))
    ));
    assert!(matches!(
        refused(&proof, &policy, 1_601),
        Err(ProofError::Policy(PolicyError::Stale { .. }))
    ));
    assert!(matches!(
        refused(&proof, &policy, 939),
        Err(ProofError::Policy(PolicyError::Future { .. }))
    ));
    let all = Policy::new(signer().key(), &keys, 3).unwrap();
    assert!(matches!(
        refused(&proof, &all, 1_500),
        Err(ProofError::Policy(PolicyError::Quorum { cosigned: 2 }))
    ));
    let strangers = [4, 5].map(|i| Seeded::witness(&format!("w{i}.example"), i).key());
    let strange = Policy::new(signer().key(), &strangers, 1).unwrap();
    assert!(refused(&proof, &strange, 1_500).is_err());
    let other_log = Policy::new(Seeded::log(ORIGIN, 9).key(), &keys, 2).unwrap();
    assert!(refused(&proof, &other_log, 1_500).is_err());
    // The path of one tree under the checkpoint of another.
    let of_older = log.prove(555, &older).unwrap().to_string();
    let path = of_older.split_once("\n\n").unwrap().0;
    let mixed = format!("{path}\n\n{cosigned}");
    assert!(refused(&mixed.parse().unwrap(), &policy, 1_500).is_err());
    // No bit can be turned.
    for i in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[i] ^= 1 << (i % 8);
        let read = String::from_utf8(bytes).ok().and_then(|t| t.parse().ok());
        let proven = read.is_some_and(|p: LogProof| refused(&p, &policy, 1_500).is_ok());
        assert!(!proven, "byte {i}");
    }
}

#[test]
fn aud_12_a_copy_altered_anywhere_or_older_than_what_was_seen_is_refused_offline() {
    let disk = MemoryDisk::new();
    let mut log = memory(&disk);
    fill(&mut log, 600);
    let early = log.publish(&signer()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    log.export(folder.path(), &early).unwrap();
    fill(&mut log, 11);
    let late = log.publish(&signer()).unwrap();
    let policy = Policy::new(signer().key(), &[], 0).unwrap();
    let copy = log.export(folder.path(), &late).unwrap();
    assert_eq!(
        copy.verify(&policy, None, Some(&early))
            .unwrap()
            .checkpoint()
            .size,
        611
    );
    for (file, bytes) in files(folder.path()) {
        // Partial tiles of the tree before are not part of this one.
        let stale = file.ends_with(".p/88");
        let step = bytes.len() / 23 + 1;
        for i in (0..bytes.len()).step_by(step) {
            let mut altered = bytes.clone();
            altered[i] ^= 1 << (i % 8);
            std::fs::write(&file, altered).unwrap();
            let read = Export::open(folder.path());
            let held = read.is_ok_and(|c| c.verify(&policy, None, Some(&early)).is_ok());
            assert_eq!(held, stale, "{file} byte {i}");
        }
        std::fs::remove_file(&file).unwrap();
        let read = Export::open(folder.path());
        assert_eq!(
            read.is_ok_and(|c| c.verify(&policy, None, None).is_ok()),
            stale,
            "{file}"
        );
        std::fs::write(&file, bytes).unwrap();
    }
    // An older copy, one of a fork, and a folder with another log's copy.
    let other = tempfile::tempdir().unwrap();
    let old = log.export(other.path(), &early).unwrap();
    assert!(old.verify(&policy, None, None).is_ok(), "control");
    assert!(old.verify(&policy, None, Some(&late)).is_err());
    let mut fork = memory(&MemoryDisk::new());
    fill(&mut fork, 700);
    let forked = fork.publish(&signer()).unwrap();
    assert!(fork.export(folder.path(), &forked).is_err());
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = fork.export(elsewhere.path(), &forked).unwrap();
    assert!(copy.verify(&policy, None, None).is_ok(), "control");
    assert!(copy.verify(&policy, None, Some(&late)).is_err());
    // Leaves and hashes of a fork, all of which fit each other, under the true checkpoint.
    let mut fork = memory(&MemoryDisk::new());
    fill(&mut fork, 611);
    let signed = fork.publish(&signer()).unwrap();
    let forged = tempfile::tempdir().unwrap();
    let copy = fork.export(forged.path(), &signed).unwrap();
    assert!(copy.verify(&policy, None, None).is_ok(), "control");
    std::fs::write(forged.path().join("checkpoint"), late.to_string()).unwrap();
    let copy = Export::open(forged.path()).unwrap();
    assert!(copy.verify(&policy, None, None).is_err());
}

#[test]
fn aud_15_only_keys_of_the_log_s_and_the_witness_s_roles_sign_notes() {
    let window = Window::new(at(0), at(100)).unwrap();
    for &role in Role::ALL {
        let keys = RoleKeys::generate(role, "made up", window).unwrap();
        let signer = NoteKey::new(ORIGIN, &keys);
        let may = matches!(role, Role::Log | Role::Witness);
        assert_eq!(signer.is_ok(), may, "{role}");
    }
    let log_keys = RoleKeys::generate(Role::Log, "log", window).unwrap();
    let witness_keys = RoleKeys::generate(Role::Witness, "witness", window).unwrap();
    let signer = NoteKey::new(ORIGIN, &log_keys).unwrap();
    let own = NoteKey::new("w.example", &witness_keys).unwrap();
    let verifier = |s: &NoteKey<'_, RoleKeys>| billetbook::audit::NoteSigner::verifier(s).clone();
    let disk = MemoryDisk::new();
    let mut log = Log::create(disk.open(), &signer).unwrap();
    fill(&mut log, 3);
    let mut signed = log.publish(&signer).unwrap();
    let mut witness = Witness::new(vec![verifier(&signer)], MemoryDisk::new().open());
    let request = log.add_checkpoint(0, &signed).unwrap();
    signed.add(witness.add_checkpoint(&request, at(5), &own).unwrap());
    log.keep_cosigned(&signed).unwrap();
    assert_eq!(
        log.publish(&signer).unwrap(),
        signed,
        "cosignatures are kept"
    );
    let policy = Policy::new(verifier(&signer), &[verifier(&own)], 1).unwrap();
    let proof = log.prove(2, &signed).unwrap();
    proof.verify(&log.leaf(2).unwrap(), &policy, None).unwrap();
    assert!(
        Log::create(MemoryDisk::new().open(), &own).is_err(),
        "a witness's key signs no log"
    );
}
