//! Tokenising against the raw HMAC rate, one thread: `cargo bench -p billetbook --bench tokens`.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use billetbook::keys::{LinkageId, LinkageKeys, Secret};
use billetbook::record::{ReadOptions, Record, read_path};
use billetbook::token::{KeySet, TokenSecrets, tokenise};
use divan::Bencher;
use divan::counter::ItemsCount;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn main() {
    divan::main();
}

fn children() -> Vec<Record> {
    let made = billetbook_synth::generate(&billetbook_synth::Options {
        children: 2_500,
        seed: 1,
        ..Default::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let paths = billetbook_synth::write(&made, folder.path()).unwrap();
    read_path(&paths[0], &ReadOptions::default())
        .unwrap()
        .records()
        .to_vec()
}

/// HMAC-SHA-256 of a 25-byte message under a kept key, as many as tokens are made.
#[divan::bench]
fn raw_hmac(bencher: Bencher<'_, '_>) {
    let base = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    let count = 2_000 * KeySet::uk_children().unwrap().tokens_per_record();
    let one = |i: u64| {
        let mut mac = base.clone();
        mac.update(&i.to_be_bytes());
        mac.update(&[b'x'; 17]);
        mac.finalize().into_bytes()
    };
    assert_ne!(one(1), one(2), "the answer first");
    bencher
        .counter(ItemsCount::new(count))
        .bench_local(|| (0..count as u64).map(one).fold(0u8, |x, t| x ^ t[0]));
}

/// Records into tokens, pads and all; the counter is tokens, so its rate is beside that of `raw_hmac`.
#[divan::bench]
fn tokens(bencher: Bencher<'_, '_>) {
    let records = children();
    let set = KeySet::uk_children().unwrap();
    let (secret, pad) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let keys = LinkageKeys::derive(&secret, LinkageId([1; 16]), 1);
    let secrets = TokenSecrets {
        linkage: &keys,
        local_pad: &pad,
    };
    let none = vec![false; records.len()];
    let run = || one_thread(|| tokenise(&records, &none, &set, secrets));
    let made = run();
    assert_eq!(made.rows(), records.len());
    assert!(
        (0..made.rows())
            .filter(|row| made.is_tokenised(*row, &set))
            .count()
            * 100
            > made.rows() * 99
    );
    bencher
        .counter(ItemsCount::new(records.len() * set.tokens_per_record()))
        .bench_local(run);
}

fn one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap()
        .install(work)
}
