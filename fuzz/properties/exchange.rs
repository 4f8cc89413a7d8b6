//! Of messages between agencies, and between a book and its parties.

use billetbook::audit::{NoteKey, NoteSigner, Policy, SignatureType, VerifierKey};
use billetbook::clock::{UnixTime, Window};
use billetbook::exchange::{
    Book, BookKeys, Card, CardParts, ExchangeError, FRESH, GateAnswer, GateMessage, GrantPacket,
    GrantRequest, HandOn, LONGEST_CONSENT, OpenPacket, OpenRequest, RefusalPacket, SKEW,
    WitnessAnswer, serve_gate,
};
use billetbook::gate::{Gate, Rules};
use billetbook::keys::{Directory, KeyProvider, Keyring, Role, RoleKeys, Root};
use billetbook::store::{MemoryDisk, MemoryGate};
use std::sync::OnceLock;

/// A gate that trusts nobody: whatever it is told, it answers, and releases nothing.
struct Deaf {
    key: RoleKeys,
    rules: Rules,
}

fn deaf() -> &'static Deaf {
    static DEAF: OnceLock<Deaf> = OnceLock::new();
    DEAF.get_or_init(|| {
        let window = Window::new(at(0), UnixTime::LAST).unwrap();
        let log = VerifierKey::new("log.example", SignatureType::Ed25519, [7; 32]).unwrap();
        Deaf {
            key: RoleKeys::generate(Role::Gate, "gate", window).unwrap(),
            rules: Rules {
                policy: Policy::new(log, &[], 0).unwrap(),
                max_age: FRESH,
                skew: SKEW,
                emergencies: 1,
            },
        }
    })
}

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(secs).unwrap()
}

/// Messages are refused, or written again as they were; a gate answers each, and what it answers is of the format.
pub fn message(data: &[u8]) {
    let again = [
        GrantRequest::decode(data).ok().map(|x| x.encode()),
        GrantPacket::decode(data).ok().map(|x| x.encode()),
        RefusalPacket::decode(data).ok().map(|x| x.encode()),
        OpenRequest::decode(data).ok().map(|x| x.encode()),
        HandOn::decode(data).ok().map(|x| x.encode()),
        OpenPacket::decode(data).ok().map(|x| x.encode()),
        GateMessage::decode(data).ok().map(|x| x.encode()),
        GateAnswer::decode(data).ok().map(|x| x.encode()),
    ];
    let read: Vec<_> = again.into_iter().flatten().collect();
    assert!(read.len() <= 1, "one message is of two kinds");
    assert!(read.iter().all(|again| again == data));

    let mut gate = Gate::new(&deaf().key, deaf().rules.clone(), MemoryGate::new());
    let answer = serve_gate(&mut gate, &Directory::default(), data, at(1_000));
    // It has nothing, and says so.
    let answer = GateAnswer::decode(&answer).unwrap();
    let nothing = matches!(
        answer,
        GateAnswer::Denied(_) | GateAnswer::Seen(None) | GateAnswer::List(_)
    );
    assert!(nothing, "a gate that trusts nobody answered {answer:?}");

    if let Ok(answer) = WitnessAnswer::parse(data) {
        let again = answer.to_string();
        assert_eq!(WitnessAnswer::parse(again.as_bytes()).unwrap(), answer);
    }
    if let Ok(card) = std::str::from_utf8(data)
        .map_err(drop)
        .and_then(|t| Card::from_text(t).map_err(drop))
    {
        assert_eq!(Card::from_text(&card.to_text()).unwrap(), card);
    }
}

/// An agency that keeps what children and parents answer.
fn agency() -> &'static (Keyring, Card) {
    static AGENCY: OnceLock<(Keyring, Card)> = OnceLock::new();
    AGENCY.get_or_init(|| {
        let always = Window::new(at(0), UnixTime::LAST).unwrap();
        let keys = [Role::Issue, Role::Open, Role::Log, Role::Witness].map(|role| (role, "key"));
        let ring = Keyring::generate(&keys, always).unwrap();
        let root = Root::generate("West").unwrap();
        let note = |name, role| NoteKey::new(name, ring.of(role).unwrap()).unwrap();
        let (log, witness) = (note("w/log", Role::Log), note("w/witness", Role::Witness));
        let (log, witness) = (log.verifier().to_string(), witness.verifier().to_string());
        let parts = CardParts {
            organisation: "west".parse().unwrap(),
            root: root.public().clone(),
            records: ring
                .keys()
                .iter()
                .map(|k| root.certify(k.request()))
                .collect(),
            log_policy: format!("log {log}\nwitness own {witness}\nquorum own\n"),
        };
        let card = Card::make(parts, ring.of(Role::Issue).unwrap(), at(1_000)).unwrap();
        (ring, card)
    })
}

/// A consent is kept, and is the same when it is read again, or is refused at a line of it.
pub fn consent(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (ring, card) = agency();
    let key = |role| ring.of(role).unwrap();
    let keys = BookKeys {
        author: key(Role::Issue),
        owner: key(Role::Open),
        log: key(Role::Log),
        opening: ring.opening(),
    };
    let store = MemoryDisk::new().open();
    let mut book = Book::create(keys, card, store, MemoryGate::new()).unwrap();
    match book.keep_consent("child", text) {
        Ok(receipt) => {
            let kept = book.consents("child").unwrap();
            assert_eq!(kept.len(), 1);
            assert!(kept[0].evidence == receipt && kept[0].withdrawn.is_none());
            assert!(kept[0].valid.from() < kept[0].valid.until());
            assert!(text.len() <= LONGEST_CONSENT);
        }
        Err(ExchangeError::Consent { line }) => {
            assert!((1..=text.lines().count() + 1).contains(&line));
            assert!(book.consents("child").unwrap().is_empty());
        }
        Err(other) => unreachable!("{other}"),
    }
}
