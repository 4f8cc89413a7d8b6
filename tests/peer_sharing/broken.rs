//! Rules broken one at a time, by who could: each statement is signed with the keys of its signers, and logged.

mod gates;

use crate::dealt::Making;
use crate::scene::now;
use crate::{alone, hex, list, unhex};
use billetbook::audit::Kind;
use billetbook::clock::UnixTime;
use billetbook::gate::Ask;
use billetbook::keys::{KeyProvider, RoleKeys};
use serde_json::{Value, json};

/// What is put where in a case, and why the second reader is to refuse it.
pub(crate) fn broken(m: &mut Making<'_>, case: &Value) -> Value {
    let all = [holds(m, case), grants(m, case), steps(m)];
    let parts = [gates::dealings(m, case), gates::taken(m, case), words(case)];
    all.into_iter().chain(parts).flatten().collect()
}

fn change(rule: &str, at: Value, value: Value, why: &str) -> Value {
    json!({ "rule": rule, "at": at, "value": value, "why": why })
}

/// A statement's bytes with signatures by these keys, logged and proven.
fn logged(
    m: &mut Making<'_>,
    kind: Kind,
    label: &'static [u8],
    body: &[u8],
    by: &[&RoleKeys],
) -> Value {
    let mut bytes = body.to_vec();
    for key in by {
        bytes.extend_from_slice(&key.sign(label, body).unwrap());
    }
    alone(m.book.enter(m.scene, kind, bytes)).into()
}

fn entry_bytes(evidence: &Value) -> Vec<u8> {
    let ask = Ask::decode(&unhex(evidence)).unwrap();
    ask.request.opening.entry().bytes().to_vec()
}

fn holds(m: &mut Making<'_>, case: &Value) -> Vec<Value> {
    let scene = m.scene;
    let (school, council) = (&scene.school, &scene.council);
    // After magic, number, grant and envelope: until, reason, commitment, signer, made.
    let bytes = entry_bytes(&case["holds"]["said"][0]["entry"]);
    let sound = bytes[..bytes.len() - 64].to_vec();
    let (until, reason, by) = (72, 80, 113);
    let mut out = Vec::new();
    let mut add = |rule: &str, why: &str, key: &RoleKeys, alter: &dyn Fn(&mut [u8])| {
        let mut body = sound.clone();
        body[by..by + 32].copy_from_slice(&key.key_id().0);
        alter(&mut body);
        let said = logged(m, Kind::NotifyHold, b"billetbook/1 hold\0", &body, &[key]);
        let at = json!(["holds", "said", 0, "entry"]);
        out.push(change(rule, at, said, why));
    };
    let time = |at: UnixTime| {
        move |b: &mut [u8]| b[until..until + 8].copy_from_slice(&at.as_secs().to_be_bytes())
    };
    let late = time(now().after(90 * 86_400 + 1));
    add(
        "a hold of more than 90 days",
        "held too long",
        &school.open,
        &late,
    );
    let past = time(UnixTime::from_secs(now().as_secs() - 1).unwrap());
    add(
        "a hold until before it was made",
        "held too long",
        &school.open,
        &past,
    );
    add(
        "a hold by who issues",
        "role or window",
        &school.issue,
        &|_| (),
    );
    add(
        "a hold by another agency",
        "another agency's",
        &council.open,
        &|_| (),
    );
    let reason = |b: &mut [u8]| b[reason] = 5;
    add(
        "a hold for no reason of the list",
        "another envelope, or reason",
        &school.open,
        &reason,
    );
    let at = json!(["holds", "said", 0, "text"]);
    out.push(change(
        "another text",
        at,
        "made-up".into(),
        "written otherwise",
    ));
    out
}

fn grants(m: &mut Making<'_>, case: &Value) -> Vec<Value> {
    let scene = m.scene;
    let (school, council) = (&scene.school, &scene.council);
    let ask = Ask::decode(&unhex(&case["openings"][0]["ask"])).unwrap();
    let bytes = ask.grants[0].opening.entry().bytes().to_vec();
    let sound = bytes[..bytes.len() - 128].to_vec();
    // After magic, number, parent and issuer; then recipient, issued, terms up to most openings.
    let (second, depth) = (88, 237);
    let named = |key: &RoleKeys| {
        let id = key.key_id().0;
        move |b: &mut Vec<u8>| b[second..second + 32].copy_from_slice(&id)
    };
    let (by, other) = (&school.issue, &scene.second);
    let nothing = |_: &mut Vec<u8>| ();
    let alone = |b: &mut Vec<u8>| {
        b[7] = 1;
        b.drain(second..second + 32);
    };
    let deeper = |b: &mut Vec<u8>| b[depth] = 1;
    type Alter<'a> = &'a dyn Fn(&mut Vec<u8>);
    let rules: [(&str, &str, &[&RoleKeys], Alter<'_>); 6] = [
        ("a grant of one", "one issued it alone", &[by], &alone),
        (
            "a key that issues twice",
            "one key signs twice",
            &[by, by],
            &named(by),
        ),
        (
            "a second of another agency",
            "the second is another agency's",
            &[by, &council.issue],
            &named(&council.issue),
        ),
        (
            "a second of another role",
            "role or window",
            &[by, &school.open],
            &named(&school.open),
        ),
        (
            "a second who has not signed",
            "signature",
            &[by, by],
            &nothing,
        ),
        (
            "a grant of two to be handed on",
            "a grant of two is not handed on",
            &[by, other],
            &deeper,
        ),
    ];
    let mut out = Vec::new();
    for (rule, why, by, alter) in rules {
        let mut body = sound.clone();
        alter(&mut body);
        let label = b"billetbook/1 grant\0";
        let signed = by.iter().map(|k| k.sign(label, &body).unwrap());
        let signatures: Vec<u8> = signed.flatten().collect();
        let grant = m
            .book
            .enter(scene, Kind::Grant, [body.clone(), signatures].concat());
        let ask = Ask {
            grants: vec![grant],
            ..ask.clone()
        };
        let at = json!(["openings", 0, "ask"]);
        out.push(change(rule, at, hex(&ask.encode()).into(), why));
    }
    out
}

fn steps(m: &mut Making<'_>) -> Vec<Value> {
    let scene = m.scene;
    let (school, council) = (&scene.school, &scene.council);
    let label = b"billetbook/1 redeal\0";
    let envelope = scene.envelope().id().0;
    let body = |step: &[u8], by: [&RoleKeys; 2]| {
        let ids = by.map(|k| k.key_id().0).concat();
        let made = now().as_secs().to_be_bytes();
        [b"BLBrdl\0\x01", &[3; 16][..], &envelope, step, &ids, &made].concat()
    };
    let written = |epoch: u32, threshold: u8, of: &[usize]| {
        let ids: Vec<u8> = of.iter().flat_map(|i| m.keys[*i].key_id().0).collect();
        let count = u8::try_from(of.len()).unwrap();
        [&epoch.to_be_bytes()[..], &[threshold, count], &ids].concat()
    };
    let (from, to) = (written(0, 2, &[0, 1, 2]), written(1, 2, &[0, 3, 4]));
    let dealt = |from: &[u8], dealers: u8, to: &[u8]| [&[1], from, &[dealers], to].concat();
    let officers = [&school.issue, &school.open];
    let sound = dealt(&from, 0b111, &to);
    let rules = [
        (
            "two of one role",
            "role or window",
            sound.clone(),
            [&school.issue, &scene.second],
        ),
        (
            "officers of another agency",
            "another agency's",
            sound.clone(),
            [&council.issue, &council.open],
        ),
        (
            "officers of two agencies",
            "another agency's",
            sound,
            [&school.issue, &council.open],
        ),
        (
            "fewer dealers than open",
            "dealers",
            dealt(&from, 0b1, &to),
            officers,
        ),
        (
            "a dealer of no gate",
            "dealers",
            dealt(&from, 0b1011, &to),
            officers,
        ),
        (
            "an epoch left out",
            "new gates",
            dealt(&from, 0b111, &written(2, 2, &[0, 3, 4])),
            officers,
        ),
        (
            "one new gate alone",
            "new gates",
            dealt(&from, 0b111, &written(1, 1, &[3])),
            officers,
        ),
        (
            "two quorums without a gate in common",
            "quorum",
            dealt(&from, 0b111, &written(1, 2, &[0, 3, 4, 5])),
            officers,
        ),
        (
            "a gate twice",
            "gates differ",
            dealt(&from, 0b111, &written(1, 2, &[0, 3, 3])),
            officers,
        ),
        (
            "other gates before",
            "other gates",
            dealt(&written(0, 2, &[0, 2, 1]), 0b111, &to),
            officers,
        ),
    ];
    let mut out = Vec::new();
    let at = |step: usize| json!(["redeals", 0, "steps", step]);
    for (rule, why, step, by) in rules {
        let said = logged(m, Kind::Redeal, label, &body(&step, by), &by);
        out.push(change(rule, at(0), said, why));
    }
    let other = body(&[&[2][..], &[7; 32]].concat(), officers);
    let said = logged(m, Kind::Redeal, label, &other, &officers);
    out.push(change(
        "a second step of another redeal",
        at(1),
        said,
        "not of this redeal",
    ));
    out
}

fn list_of<'v>(case: &'v Value, name: &str) -> &'v [Value] {
    list(&case["redeals"][0][name])
}

fn words(case: &Value) -> Vec<Value> {
    let one = &list_of(case, "words")[0];
    let at = json!(["redeals", 0, "words"]);
    let few = "too few have deleted";
    let second = &list(&case["redeals"][1]["words"])[0];
    let before = &case["openings"][0]["releases"];
    vec![
        change("one gate deleted", at.clone(), json!([one]), few),
        change("one gate, twice", at.clone(), json!([one, one]), few),
        change(
            "of another redeal",
            at,
            json!([one, second]),
            "another statement",
        ),
        change(
            "releases of before",
            json!(["openings", 2, "releases"]),
            before.clone(),
            "request",
        ),
    ]
}
