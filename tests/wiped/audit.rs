//! Entries of the log, what blinds them, and the key that they rest under.

use super::{alone, always, freed, grown, known, nothing_of, secret};
use billetbook::audit::{Draft, Entry, Kind, Log, NoteKey, OpeningKey, Reading, RequestId};
use billetbook::keys::Role;
use billetbook::keys::hazmat::role_keys_from_secrets;
use billetbook::store::MemoryDisk;

fn draft(request: u8, kind: Kind, bytes: Vec<u8>) -> Draft {
    Draft {
        request: RequestId([request; 16]),
        entry: Entry::new(kind, bytes).unwrap(),
        rows: Vec::new(),
    }
}

#[test]
fn an_entry_that_is_logged_read_and_erased_leaves_nothing() {
    let _one = alone();
    let mut openings = Vec::new();
    let freed = freed(|| {
        let keys =
            role_keys_from_secrets(Role::Log, "log", always(), secret(41), secret(42)).unwrap();
        let signer = NoteKey::new("log.example/wiped", &keys).unwrap();
        let key = OpeningKey::new(secret(31));
        let mut log = Log::create(MemoryDisk::new().open(), &signer).unwrap();
        let drafts = (0..9)
            .map(|i| draft(i, Kind::Request, known(200 + i)))
            .collect();
        let placed = log.append(&key, drafts).unwrap();
        for p in &placed {
            openings.push(p.opening.to_secret_bytes().to_vec());
        }
        let again = log
            .append(&key, vec![draft(3, Kind::Request, known(203))])
            .unwrap();
        log.publish(&signer).unwrap();
        let read = log.reading(3, &key).unwrap();
        assert!(matches!(read, Reading::Open(_)));
        log.erase(&key, 3, draft(77, Kind::Erasure, known(220)))
            .unwrap();
        log.verify(&key).unwrap();
        drop((placed, again, read));
    });
    let mut all = grown(&known(41), &known(42));
    all.push(known(31));
    for (i, opening) in (0..).zip(&openings) {
        let (blind, entry) = (&opening[8..40], &opening[46..]);
        assert_eq!(entry, known(200 + i), "control");
        all.extend([blind.to_vec(), entry.to_vec()]);
    }
    nothing_of("log", &freed, &all);
}
