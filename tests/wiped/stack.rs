//! What calls that have returned left on the stack, which Linux shows.

use super::keys::break_open;
use super::{alone, always, grown, hits, known, nothing_of, secret};
use billetbook::keys::hazmat::role_keys_from_secrets;
use billetbook::keys::{KeyProvider, Keystore, Role};
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

/// This thread's stack below its current frame.
#[inline(never)]
fn below() -> Vec<u8> {
    let here = 0u8;
    let at = (&raw const here).addr() as u64;
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let hex = |text: &str| u64::from_str_radix(text, 16).unwrap();
    let from = maps
        .lines()
        .filter_map(|line| line.split_once(' ')?.0.split_once('-'))
        .map(|(from, until)| hex(from)..hex(until))
        .find(|range| range.contains(&at))
        .unwrap()
        .start;
    let mut out = vec![0; usize::try_from(at - from).unwrap()];
    let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
    memory.seek(SeekFrom::Start(from)).unwrap();
    memory.read_exact(&mut out).unwrap();
    out
}

/// Runs `work` so deep that what looks for its remains does not write over them.
#[inline(never)]
fn deep<T>(work: impl FnOnce() -> T) {
    let above = [0u8; 1 << 16];
    std::hint::black_box(&above);
    drop(work());
    std::hint::black_box(&above);
}

/// What `work` leaves, on a stack of its own.
fn left<T>(work: impl FnOnce() -> T + Send + 'static) -> Vec<u8> {
    let thread = std::thread::spawn(move || {
        deep(work);
        below()
    });
    thread.join().unwrap()
}

#[inline(never)]
fn careless() {
    let mut plain = [0u8; 32];
    plain.copy_from_slice(secret(1).secret_bytes());
    std::hint::black_box(&plain);
}

#[test]
fn using_a_key_leaves_nothing_of_it_on_the_stack() {
    let _one = alone();
    assert!(hits(&left(careless), &known(1)) > 0, "control");
    let keys =
        role_keys_from_secrets(Role::Gate, "gate 1", always(), secret(1), secret(2)).unwrap();
    let text = keys.to_keystore(b"made-up phrase").unwrap().to_text();
    let (store_key, _) = break_open(&text, b"made-up phrase");
    let sealed = keys
        .public()
        .wrap(b"info", secret(77).secret_bytes())
        .unwrap();
    let keys = Arc::new(keys);
    let mut secrets = grown(&known(1), &known(2));
    secrets.extend([known(77), store_key]);
    let (signer, opener, wrapper) = (keys.clone(), keys.clone(), keys);
    for (what, left) in [
        (
            "sign",
            left(move || signer.sign(b"label\0", b"message").unwrap()),
        ),
        (
            "unwrap",
            left(move || opener.unwrap(b"info", &sealed).unwrap()),
        ),
        (
            "wrap",
            left(move || {
                wrapper
                    .public()
                    .wrap(b"info", secret(77).secret_bytes())
                    .unwrap()
            }),
        ),
        (
            "open",
            left(move || {
                Keystore::from_text(&text)
                    .unwrap()
                    .open_role(b"made-up phrase")
                    .unwrap()
            }),
        ),
    ] {
        nothing_of(what, &left, &secrets);
    }
}
