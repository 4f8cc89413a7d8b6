//! Of messages between agencies, and between a book and its parties.

use billetbook::audit::{Policy, SignatureType, VerifierKey};
use billetbook::clock::{UnixTime, Window};
use billetbook::exchange::{
    Card, FRESH, GateAnswer, GateMessage, GrantPacket, GrantRequest, HandOn, OpenPacket,
    OpenRequest, RefusalPacket, SKEW, WitnessAnswer, serve_gate,
};
use billetbook::gate::{Gate, Rules};
use billetbook::keys::{Directory, Role, RoleKeys};
use billetbook::store::MemoryGate;
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
