//! Other programs, of other languages, open what this library wraps, and the other way round. `.ci/run` installs
//! them and says where they are; where they are not, the tests say that they were skipped.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::clock::{UnixTime, Window};
use billetbook::keys::hazmat::role_keys_from_secrets;
use billetbook::keys::{KeyProvider, Role, RoleKeys, Secret};
use std::io::Write;
use std::process::{Command, Output, Stdio};

const SIGNING: [u8; 32] = [
    7, 19, 2, 91, 8, 33, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1,
    2,
];
const INFO: &[u8] = b"info of a peer";
const MESSAGE: &[u8] = b"made-up message";

fn keys(sealing: &Secret) -> RoleKeys {
    let secret = |bytes: &[u8]| Secret::from_secret_bytes(bytes).unwrap();
    let window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    let sealing = secret(sealing.secret_bytes());
    role_keys_from_secrets(Role::Open, "peer", window, secret(&SIGNING), sealing).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    billetbook::hex::Hex(bytes).to_string()
}

fn unhex(v: &serde_json::Value) -> Vec<u8> {
    billetbook::hex::unhex(v.as_str().unwrap()).unwrap()
}

/// Where a peer is, or a word that it is not here.
fn peer(variable: &str) -> Option<String> {
    let found = std::env::var(variable).ok();
    if found.is_none() {
        eprintln!("skipped: {variable} does not say where the peer is");
    }
    found
}

fn answer(out: Output) -> serde_json::Value {
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{error}");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Sends what a peer is to open, and checks what it says and what it wraps. `ask` runs it.
fn both_ways(ask: impl Fn(&serde_json::Value) -> Output) -> (RoleKeys, serde_json::Value) {
    let sealing = Secret::generate().unwrap();
    let keys = keys(&sealing);
    let plain: Vec<u8> = (0..96).collect();
    let mut question = serde_json::json!({
        "signing": hex(&SIGNING), "sealing": hex(sealing.secret_bytes()), "info": hex(INFO),
        "wrapped": hex(&keys.public().wrap(INFO, &plain).unwrap()), "message": hex(MESSAGE),
    });
    let said = answer(ask(&question));
    assert_eq!(unhex(&said["sealing_public"]), keys.public().sealing());
    assert_eq!(unhex(&said["opened"]), plain);
    let back = keys.unwrap(INFO, &unhex(&said["wrapped"])).unwrap();
    assert!(back.iter().rev().eq(&plain));
    // The control: one bit of what is wrapped, and the peer refuses.
    let mut bytes = unhex(&question["wrapped"]);
    bytes[1130] ^= 1;
    question["wrapped"] = hex(&bytes).into();
    assert!(!ask(&question).status.success(), "control");
    (keys, said)
}

#[test]
fn pyca_cryptography_opens_wraps_and_signs_as_we_do() {
    let Some(python) = peer("BILLETBOOK_PEER_PYTHON") else {
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/keys.py");
    let (keys, said) = both_ways(|question| {
        let mut child = Command::new(&python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(question.to_string().as_bytes()).unwrap();
        drop(input);
        child.wait_with_output().unwrap()
    });
    assert_eq!(unhex(&said["signing_public"]), keys.public().signing());
    assert_eq!(unhex(&said["signature"]), keys.sign(b"", MESSAGE).unwrap());
}

#[test]
fn hpke_js_opens_and_wraps_as_we_do() {
    let Some(folder) = peer("BILLETBOOK_PEER_NODE") else {
        return;
    };
    both_ways(|question| {
        Command::new("node")
            .args(["--input-type=module", "-e", include_str!("peer/keys.mjs")])
            .arg(question.to_string())
            .current_dir(&folder)
            .output()
            .unwrap()
    });
}
