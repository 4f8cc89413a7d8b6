//! Grants, requests, releases, holds, redeals, acknowledgements and histories of format 1, written down once: read and opened
//! for ever, here and by the second readers (tests/peer/read_sharing.py, read_redeal.py), which read what is made afresh too.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod broken;
mod dealt;
#[path = "../scene/mod.rs"]
#[expect(dead_code, reason = "others use more of it")]
mod scene;
mod sharing;

use billetbook::audit::{Freshness, Policy, VerifierKey};
use billetbook::clock::UnixTime;
use billetbook::envelope::{Billet, VerifiedDeposit, VerifiedEnvelope};
use billetbook::gate::{Ask, Evidence};
use billetbook::keys::hazmat::role_keys_from_secrets;
use billetbook::keys::{Directory, KeyId, KeyRecord, PublicRoot, Role, RoleKeys, Secret};
use serde_json::Value;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(v: &Value) -> Vec<u8> {
    let digits = v.as_str().unwrap().as_bytes();
    let pair = |p: &[u8]| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn fixed<const N: usize>(v: &Value) -> [u8; N] {
    unhex(v).try_into().unwrap()
}

fn list(v: &Value) -> &[Value] {
    v.as_array().unwrap()
}

/// An entry and its proof, as gates are handed them.
fn alone(evidence: Evidence) -> String {
    let ask = Ask {
        request: evidence,
        grants: Vec::new(),
        seen: 0,
        consistency: Vec::new(),
    };
    hex(&ask.encode())
}

/// Whom a case believes, and the envelope that it is about, from its bytes alone.
struct Case {
    keys: Directory,
    policy: Policy,
    author: KeyRecord,
    billet: Billet,
    at: UnixTime,
}

impl Case {
    fn new(case: &Value) -> Case {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let roots = list(&case["roots"]).iter();
        let mut keys = Directory::new(roots.map(|r| PublicRoot::from_text(&text(r)).unwrap()));
        for record in list(&case["records"]) {
            keys.add(&text(record)).unwrap();
        }
        let verifier = |v: &Value| -> VerifierKey { text(v).parse().unwrap() };
        let witnesses: Vec<_> = list(&case["witnesses"]).iter().map(verifier).collect();
        let author = keys.record(KeyId(fixed(&case["author"]))).unwrap().clone();
        Case {
            policy: Policy::new(verifier(&case["log"]), &witnesses, 2).unwrap(),
            billet: Billet::decode(&unhex(&case["billet"])).unwrap(),
            at: UnixTime::from_secs(case["now"].as_u64().unwrap()).unwrap(),
            author,
            keys,
        }
    }

    fn envelope(&self) -> VerifiedEnvelope<'_> {
        self.billet
            .envelope()
            .unwrap()
            .verify(&self.author)
            .unwrap()
    }

    fn deposits(&self) -> Vec<VerifiedDeposit> {
        let deposits = self.billet.deposits().iter();
        deposits
            .map(|d| self.envelope().deposit(d.clone(), &self.author).unwrap())
            .collect()
    }

    fn fresh(&self) -> Freshness {
        Freshness {
            now: self.at,
            max_age: 600,
            skew: 30,
        }
    }
}

fn recipient(opening: &Value) -> RoleKeys {
    let role = match opening["role"].as_u64() {
        Some(6) => Role::BreakGlass,
        _ => Role::Open,
    };
    let secret = |v: &Value| Secret::from_secret_bytes(&unhex(v)).unwrap();
    let (signing, sealing) = (secret(&opening["signing"]), secret(&opening["recipient"]));
    let name = opening["name"].as_str().unwrap();
    let window = billetbook::clock::Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST);
    role_keys_from_secrets(role, name, window.unwrap(), signing, sealing).unwrap()
}

/// A file of tests/compat.
fn kept(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

fn path(name: &str) -> std::path::PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compat/v1");
    std::path::Path::new(folder).join(name)
}

#[test]
fn statements_of_format_1_are_read_and_open() {
    let kept = kept("sharing.json");
    sharing::read(&kept).unwrap();
    sharing::read(&sharing::made(4)).unwrap();
    let mut other = kept.clone();
    other["openings"][0]["recipient"] = other["openings"][1]["recipient"].clone();
    assert!(
        sharing::read(&other).is_err(),
        "control: another recipient's key"
    );
    let mut fewer = kept;
    fewer["history"].as_array_mut().unwrap().pop();
    let fewer = || sharing::read(&fewer);
    assert!(std::panic::catch_unwind(fewer).is_err(), "control");
}

#[test]
fn holds_grants_of_two_and_redeals_of_format_1_are_read_and_open() {
    let kept = kept("redeal.json");
    dealt::read(&kept).unwrap();
    let fresh = dealt::made(6);
    dealt::read(&fresh).unwrap();
    // Control: gates of one redeal with the releases of the other, and every rule that the second reader is to know.
    let mut other = kept;
    other["openings"][3]["epoch"] = 1.into();
    assert!(dealt::read(&other).is_err(), "control");
    assert!(list(&fresh["broken"]).len() > 30);
}

/// What a second reader says of a case; `None` where there is no Python with `cryptography` 50, which
/// BILLETBOOK_PEER_PYTHON names; `.ci/run` makes one.
fn peer(script: &str, case: &Value) -> Option<std::process::Output> {
    let Some(python) = std::env::var_os("BILLETBOOK_PEER_PYTHON") else {
        eprintln!("skipped: BILLETBOOK_PEER_PYTHON does not say where the peer is");
        return None;
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), case.to_string()).unwrap();
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer"));
    let mut command = std::process::Command::new(python);
    command.arg("-B").arg(folder.join(script)).arg(file.path());
    Some(command.output().unwrap())
}

/// It reads both cases, and refuses the second after each of these changes.
fn read_by_peer(script: &str, cases: [&Value; 2], begins: &str, changes: &[fn(&mut Value)]) {
    for case in cases {
        let Some(out) = peer(script, case) else {
            return;
        };
        let said = String::from_utf8_lossy(&out.stdout);
        let wrong = String::from_utf8_lossy(&out.stderr);
        assert!(said.starts_with(begins), "{said}{wrong}");
    }
    for change in changes {
        let mut wrong = cases[1].clone();
        change(&mut wrong);
        assert!(!peer(script, &wrong).unwrap().status.success());
    }
}

#[test]
fn the_second_reader_reads_and_opens_what_was_kept_and_what_is_made_afresh() {
    let begins = "3 openings, 3 lines of history, 5 acknowledgements; ";
    let cases = [&kept("sharing.json"), &sharing::made(5)];
    // Control: another content, a history with a line less, a grant's evidence of another.
    read_by_peer(
        "read_sharing.py",
        cases,
        begins,
        &[
            |v| v["openings"][0]["sections"]["personal"] = "00".into(),
            |v| drop(v["history"].as_array_mut().unwrap().pop()),
            |v| v["openings"][0]["ask"] = v["openings"][1]["ask"].clone(),
        ],
    );
}

#[test]
fn the_second_reader_reads_holds_grants_of_two_and_redeals_and_knows_their_rules() {
    let begins = "4 openings through 2 redeals; ";
    let cases = [&kept("redeal.json"), &dealt::made(7)];
    // Control: a history with a line less, and a rule that is broken for another reason than the one that is named.
    read_by_peer(
        "read_redeal.py",
        cases,
        begins,
        &[
            |v| drop(v["history"][1].as_array_mut().unwrap().pop()),
            |v| v["broken"][0]["why"] = "another reason".into(),
            |v| v["broken"][0]["at"] = serde_json::json!(["origin"]),
        ],
    );
}
