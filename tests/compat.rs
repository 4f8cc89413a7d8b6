//! Files of format 1, made when it was first written down: they open for ever (tests/compat/README.md).

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::consent::Policy;
use billetbook::envelope::{Billet, EnvelopeError, OpenSection, Opened, VerifiedEnvelope};
use billetbook::exchange::{
    GateAnswer, GateCall, GateMessage, GrantPacket, GrantRequest, HandOn, OpenPacket, OpenRequest,
    RefusalPacket,
};
use billetbook::gate::{Dealing, Taken};
use billetbook::grant::{Redeal, RedealStep};
use billetbook::keys::{KeyRecord, Keystore, PublicRoot, RoleKeys};
use billetbook::record::Section;
use billetbook::record::child::ChildRecord;
use std::path::Path;

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compat/v1"));
    std::fs::read(folder.join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

fn keys(name: &str) -> RoleKeys {
    let store = Keystore::from_text(&text(name)).unwrap();
    store.open_role(b"made-up phrase").unwrap()
}

/// All sections, by their owner with the first and the third gate of three.
fn open(billet: &Billet, author: &KeyRecord, owner: &RoleKeys, gates: &[RoleKeys]) -> Vec<Opened> {
    let envelope: VerifiedEnvelope<'_> = billet.envelope().unwrap().verify(author).unwrap();
    let owned = envelope.owned_by(billet.owner_packet(), owner).unwrap();
    let deposits = [&billet.deposits()[0], &billet.deposits()[2]];
    let shares: Vec<_> = (deposits.into_iter().zip(gates))
        .map(|(d, gate)| {
            let deposit = envelope.deposit(d.clone(), author).unwrap();
            deposit.open(gate).unwrap()
        })
        .collect();
    (owned.entries().iter())
        .map(|entry| owned.open_advisory(entry.section(), &shares).unwrap())
        .collect()
}

#[test]
fn roots_records_keystores_policies_and_billets_of_format_1_open() {
    let root = PublicRoot::from_text(&text("west.root")).unwrap();
    let author = KeyRecord::from_text(&text("author.key"), &root).unwrap();
    let other = KeyRecord::from_text(&text("other.key"), &root).unwrap();
    let (owner, next) = (keys("owner.keystore"), keys("next.keystore"));
    let gates = ["gate-1.keystore", "gate-3.keystore"].map(keys);
    let policy = Policy::parse(&text("policy.toml")).unwrap();
    let record = ChildRecord::from_json(&file("record.json")).unwrap();
    for (name, owner, slots) in [
        ("compact.billet", &owner, 8),
        ("uniform.billet", &owner, 16),
        ("rewrapped.billet", &next, 8),
    ] {
        let billet = Billet::decode(&file(name)).unwrap();
        assert_eq!(billet.encode(), file(name));
        let seen = billet.envelope().unwrap().inspect();
        assert_eq!(
            (seen.slots.len(), seen.policy_digest),
            (slots, policy.digest())
        );
        let opened = open(&billet, &author, owner, &gates);
        let sections: Vec<&OpenSection> = opened.iter().map(Opened::section).collect();
        assert_eq!(sections.len(), 3);
        let whole = ChildRecord::from_sections(sections.iter().map(|s| s.content())).unwrap();
        assert_eq!(whole, record, "{name}");
        let health = sections.iter().find(|s| *s.section() == Section::Health);
        assert!(
            health.unwrap().content().ends_with(b"made-up scan"),
            "{name}"
        );
        let refused = billet.envelope().unwrap().verify(&other);
        assert!(
            matches!(refused, Err(EnvelopeError::OtherAuthor { .. })),
            "control"
        );
    }
}

#[test]
fn redeals_of_format_1_are_read_as_they_were_written() {
    let step = Redeal::decode(&file("redeal.step")).unwrap();
    let done = Redeal::decode(&file("redeal.done")).unwrap();
    let dealing = Dealing::decode(&file("redeal.dealing")).unwrap();
    let taken = Taken::decode(&file("redeal.taken")).unwrap();
    assert_eq!(step.encode(), file("redeal.step"));
    assert_eq!(done.encode(), file("redeal.done"));
    assert_eq!(dealing.encode(), file("redeal.dealing"));
    assert_eq!(taken.encode(), file("redeal.taken"));
    let RedealStep::Deal { from, dealers, to } = step.step() else {
        panic!("the first step")
    };
    assert_eq!((from.epoch(), to.epoch(), dealers.len()), (0, 1, 3));
    assert_eq!(from.gate(1), to.gate(1));
    let first = dealing.redeal();
    assert_eq!(done.step(), &RedealStep::Done { redeal: first });
    assert_eq!(taken.redeal(), first);
    assert_eq!(from.gate(1), Some(dealing.gate()));
    assert!(to.number(taken.gate()).is_some());
    assert_eq!(dealing.envelope(), step.envelope());
    assert_eq!(dealing.list().envelope(), done.envelope());
}

/// A message of this kind as it is read and written again; and which of its kind it is.
fn again(kind: &str, bytes: &[u8]) -> (Vec<u8>, &'static str) {
    match kind {
        "request for a grant" => (GrantRequest::decode(bytes).unwrap().encode(), ""),
        "grant to open with" => (GrantPacket::decode(bytes).unwrap().encode(), ""),
        "grant to be handed on" => (HandOn::decode(bytes).unwrap().encode(), ""),
        "refusal" => (RefusalPacket::decode(bytes).unwrap().encode(), ""),
        "request to open" => (OpenRequest::decode(bytes).unwrap().encode(), ""),
        "answer" => {
            let answer = OpenPacket::decode(bytes).unwrap();
            let which = if answer.moved.is_some() { "anew" } else { "" };
            (answer.encode(), which)
        }
        "gate message" => {
            let message = GateMessage::decode(bytes).unwrap();
            let which = match message.call {
                GateCall::Deposit(..) => "deposit",
                GateCall::Seen(..) => "seen",
                GateCall::Ask(..) => "ask",
                GateCall::Revoke(..) => "revoke",
                GateCall::Erase(..) => "erase",
                GateCall::List(..) => "list",
                GateCall::Deal(..) => "deal",
                GateCall::Take(..) => "take",
                GateCall::HandOver(..) => "hand_over",
                GateCall::Begin(..) => "begin",
                _ => "",
            };
            (message.encode(), which)
        }
        "gate answer" => {
            let answer = GateAnswer::decode(bytes).unwrap();
            let which = match answer {
                GateAnswer::Kept => "kept",
                GateAnswer::Seen(..) => "seen",
                GateAnswer::Release(..) => "ask",
                GateAnswer::Ended(..) => "ended",
                GateAnswer::List(..) => "list",
                GateAnswer::Dealt(..) => "deal",
                GateAnswer::Taken(..) => "take",
                _ => "",
            };
            (answer.encode(), which)
        }
        other => unreachable!("{other}"),
    }
}

#[test]
fn messages_of_format_1_are_read_as_they_were_written() {
    let kept: serde_json::Value = serde_json::from_str(&text("messages.json")).unwrap();
    let mut calls = 0;
    for message in kept["messages"].as_array().unwrap() {
        let (name, kind) = (&message["name"], &message["kind"]);
        let (name, kind) = (name.as_str().unwrap(), kind.as_str().unwrap());
        let digits = message["bytes"].as_str().unwrap();
        let byte = |i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
        let (written, which) = again(kind, &bytes);
        assert_eq!(written, bytes, "{name}");
        let own = match (kind, which) {
            ("gate answer", "kept") => ["answer_to_deposit", "answer_to_begin"].contains(&name),
            ("gate answer", "ended") => {
                ["answer_to_revoke", "answer_to_erase", "answer_to_hand_over"].contains(&name)
            }
            _ => name.ends_with(which),
        };
        assert!(own, "{name} is {which}");
        calls += usize::from(kind == "gate message");
        assert!(bytes.len() < 100_000 && bytes[..3] == *b"BLB");
    }
    assert_eq!(calls, 10, "one of each");
}
