//! Grants, requests, releases, acknowledgements and a history.

use crate::scene::{Scene, now};
use crate::{Case, alone, fixed, hex, list, recipient, unhex};
use billetbook::audit::Kind;
use billetbook::consent::Purpose;
use billetbook::gate::{
    Acknowledgement, Ask, Ended, Gate, LoggedGrant, LoggedRequest, OpenKeyError, Release,
    ReleaseList, Releases,
};
use billetbook::grant::{
    AccessRequest, Asked, EmergencyReason, EntryRef, Erased, Erasure, ErasureGround, Refusal,
    RefusalReason, Refused, Revocation, RevocationReason,
};
use billetbook::keys::{KeyId, KeyProvider, RoleKeys};
use billetbook::store::{MemoryDisk, MemoryGate};
use serde_json::{Value, json};

const REASONS: &str = "made-up reasons";

/// A school grants to a council, this hands on to a hospital, an officer opens in an emergency; each opens; then a
/// refusal, a revocation, the gates' lists, and an erasure.
pub(crate) fn made(number: u64) -> Value {
    let scene = Scene::new(number);
    let book = &mut scene.memory_book_on(&MemoryDisk::new());
    let mut gates = scene.gates.each_ref().map(|key| {
        let mut gate = Gate::new(key, scene.rules(), MemoryGate::new());
        for deposit in scene.billet.deposits() {
            _ = gate.deposit(deposit, &scene.keys);
        }
        gate
    });
    let first = book.enter(&scene, Kind::Grant, scene.grant(2, 1).encode());
    let council = scene.logged_grant(std::slice::from_ref(&first));
    let handed = scene.hand_on(council.chain(), 1);
    let second = book.enter(&scene, Kind::Grant, handed.encode());
    let hospital = scene.logged_grant(&[first, second]);
    let third = book.enter(&scene, Kind::Grant, scene.emergency_grant(1).encode());
    let officer = scene.logged_grant(&[third]);
    let auditor = &scene.school.open;
    let urgent = {
        let terms = officer.chain().last().grant.terms();
        let asked = Asked {
            slots: terms.slots,
            purpose: terms.purpose,
            uses: vec![1],
        };
        let by: [&dyn KeyProvider; 2] = scene.council.officers.each_ref().map(|k| k as _);
        let why = (
            EmergencyReason::MissingChild,
            REASONS,
            &scene.school.record(auditor),
        );
        AccessRequest::make_emergency(officer.chain(), asked, by, why, 1, now()).unwrap()
    };
    let asks: [(&LoggedGrant, AccessRequest, &RoleKeys, &[usize]); 3] = [
        (
            &hospital,
            scene.request(hospital.chain(), &[1, 1]),
            &scene.hospital.open,
            &[1, 2],
        ),
        (&officer, urgent, &scene.council.officers[0], &[0, 1, 2]),
        (
            &council,
            scene.request(council.chain(), &[2]),
            &scene.council.open,
            &[0, 1],
        ),
    ];
    let mut history = Vec::new();
    let mut openings = Vec::new();
    for (grant, request, key, by) in asks {
        let kind = match request.emergency() {
            None => Kind::Request,
            Some(_) => Kind::BreakGlass,
        };
        let evidence = book.enter(&scene, kind, request.encode());
        history.push(json!([evidence.proof.index(), hex(&evidence.entry().0)]));
        let signed = evidence.proof.checkpoint().clone();
        let logged = scene.logged_request(grant, evidence);
        let name = book.log.key().name().to_owned();
        let mut releases = Vec::new();
        for n in by {
            let seen = gates[*n].seen(&name).unwrap().map_or(0, |s| s.size);
            let ask = logged.ask(seen, book.since(seen, &signed));
            releases.push(gates[*n].handle(&ask, &scene.keys, now()).unwrap());
        }
        let (envelope, deposits) = (scene.envelope(), scene.deposits());
        let mut sections = serde_json::Map::new();
        for slot in request.slots().iter() {
            let sealed = (&envelope, &deposits[..]);
            let key = logged.open_key(slot, sealed, &releases, &scene.keys, key);
            let section = key.unwrap().open(&envelope).unwrap();
            let name = section.section().as_str().to_owned();
            sections.insert(name, hex(section.content()).into());
        }
        openings.push(json!({
            "ask": hex(&logged.ask(0, Vec::new()).encode()),
            "unsigned": 9,
            "role": if kind == Kind::BreakGlass { 6 } else { 2 },
            "name": key.request().name(),
            "signing": hex(&scene.secrets(key)[0]),
            "recipient": hex(&scene.secrets(key)[1]),
            "releases": releases.iter().map(|r| hex(&r.encode())).collect::<Vec<_>>(),
            "sections": sections,
            "auditor": hex(&scene.secrets(auditor)[1]),
            "reasons": REASONS,
        }));
    }
    let lists = gates
        .each_ref()
        .map(|g| g.releases(scene.envelope().id()).unwrap());
    let issue = &scene.school.issue;
    let asker = scene.hospital.open.key_id();
    let about = (
        Refused::Request(asker),
        scene.envelope().id(),
        Purpose::Section47Enquiry,
    );
    let why = (RefusalReason::NotNecessary, [4; 32]);
    let refusal = Refusal::make(about, why, None, issue, now()).unwrap();
    let refused = alone(book.enter(&scene, Kind::Refusal, refusal.encode()));
    let link = council.chain().last();
    let revocation =
        Revocation::make(link, RevocationReason::KeyLost, [5; 32], issue, now()).unwrap();
    let revoked = alone(book.enter(&scene, Kind::Revocation, revocation.encode()));
    let entries: Vec<String> = list(&Value::from(history.clone()))
        .iter()
        .map(|line| line[1].as_str().unwrap().to_owned())
        .collect();
    // By gate: what it had released under the first grant, and of the envelope.
    let under = [vec![2], vec![0, 2], vec![0]];
    let of = [vec![1, 2], vec![0, 1, 2], vec![0, 1]];
    let acknowledged = |a: Acknowledgement, released: &[usize]| {
        let released: Vec<_> = released.iter().map(|n| &entries[*n]).collect();
        json!({ "bytes": hex(&a.encode()), "released": released })
    };
    let mut ended = Vec::new();
    for (gate, released) in gates.iter_mut().zip(&under) {
        let done = gate.revoke(&revocation, &scene.keys, now()).unwrap();
        ended.push(acknowledged(done, released));
    }
    let keeper: &dyn KeyProvider = &scene.school.open;
    let erased = Erased::Shares(scene.envelope().id());
    let erasure = Erasure::make(erased, ErasureGround::PersonAsked, issue, keeper, now()).unwrap();
    let evidence = book.enter(&scene, Kind::Erasure, erasure.encode());
    let mut gone = Vec::new();
    for (gate, released) in gates.iter_mut().zip(&of).take(2) {
        let done = gate.erase(&evidence, &scene.keys).unwrap();
        gone.push(acknowledged(done, released));
    }
    let agencies = [&scene.school, &scene.council, &scene.hospital];
    let policy = scene.log_policy();
    json!({
        "origin": "made by tests/peer_sharing.rs; made-up content; format docs/format.md, version 1",
        "now": now().as_secs(),
        "roots": agencies.map(|a| a.root.public().to_text()),
        "records": scene.records.iter().map(|r| r.to_text()).collect::<Vec<_>>(),
        "log": policy.logs()[0].to_string(),
        "witnesses": scene.witness_names(),
        "needed": 2,
        "author": hex(&scene.author().id().0),
        "billet": hex(&scene.billet.encode()),
        "openings": openings,
        "lists": lists.map(|l| hex(&l.encode())),
        "history": history,
        "refusal": refused,
        "refused": {
            "asker": hex(&asker.0), "envelope": hex(&scene.envelope().id().0), "purpose": 111, "reason": 7,
            "answers": hex(&[0; 32]),
        },
        "revocation": revoked,
        "revoked": ended,
        "erasure": alone(evidence),
        "erased": gone,
    })
}

/// Reads a case with this library, from its bytes alone.
pub(crate) fn read(case: &Value) -> Result<(), OpenKeyError> {
    let read = Case::new(case);
    let (keys, policy, author) = (&read.keys, &read.policy, &read.author);
    let (envelope, deposits) = (read.envelope(), read.deposits());
    for opening in list(&case["openings"]) {
        let bytes = unhex(&opening["ask"]);
        let ask = Ask::decode(&bytes).unwrap();
        assert_eq!(*ask.encode(), bytes);
        let recipient = recipient(opening);
        let grant = LoggedGrant::verify(&ask.grants, policy, author, keys).unwrap();
        let request =
            LoggedRequest::verify(grant, ask.request, policy, keys, read.fresh()).unwrap();
        let releases = list(&opening["releases"]).iter();
        let releases: Vec<_> = releases
            .map(|r| Release::decode(&unhex(r)).unwrap())
            .collect();
        let sections = opening["sections"].as_object().unwrap();
        let mut opened = 0;
        for slot in 0..8 {
            let sealed = (&envelope, &deposits[..]);
            match request.open_key(slot, sealed, &releases, keys, &recipient) {
                Err(OpenKeyError::Slot) => continue,
                key => {
                    let section = key?.open(&envelope)?;
                    assert_eq!(hex(section.content()), sections[section.section().as_str()]);
                    opened += 1;
                }
            }
        }
        assert_eq!(opened, sections.len());
        let few = request.open_key(0, (&envelope, &deposits), &releases[..1], keys, &recipient);
        assert!(few.is_err(), "control");
    }
    let of = (envelope.id(), envelope.gates(), envelope.threshold());
    let lists = list(&case["lists"])
        .iter()
        .map(|l| ReleaseList::decode(&unhex(l)).unwrap());
    let joined = Releases::join(of, &lists.collect::<Vec<_>>(), keys)?;
    let lines = joined
        .lines
        .iter()
        .map(|l| json!([l.index, hex(&l.entry.0)]));
    assert_eq!(lines.collect::<Vec<_>>(), list(&case["history"]));
    let entry = |v: &Value| Ask::decode(&unhex(v)).unwrap().request;
    let refusal = Refusal::decode(entry(&case["refusal"]).opening.entry().bytes()).unwrap();
    refusal.verify(keys, read.at).unwrap();
    let asker = KeyId(fixed(&case["refused"]["asker"]));
    assert_eq!(refusal.refused(), Refused::Request(asker));
    let acks = |v: &Value| -> Vec<Acknowledgement> {
        let bytes = list(v).iter().map(|a| unhex(&a["bytes"]));
        bytes
            .map(|b| Acknowledgement::decode(&b).unwrap())
            .collect()
    };
    let of = (envelope.gates(), envelope.threshold());
    let revocation = entry(&case["revocation"]).opening;
    let revocation = Revocation::decode(revocation.entry().bytes()).unwrap();
    let ended = Ended::by_revocation(&revocation, of, &acks(&case["revoked"]), keys)?;
    assert!(ended.is_final() && ended.acked == 3);
    let evidence = entry(&case["erasure"]);
    let at: EntryRef = evidence.entry();
    let erasure = Erasure::decode(evidence.opening.entry().bytes()).unwrap();
    let ended = Ended::by_erasure((&erasure, at), of, &acks(&case["erased"]), keys)?;
    assert_eq!((ended.acked, ended.needed), (2, 2));
    Ok(())
}
