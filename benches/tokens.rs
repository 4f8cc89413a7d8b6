//! Tokenising against the raw HMAC rate, one thread, with every kernel that the processor has:
//! `cargo bench -p billetbook --bench tokens`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench fails by panicking, takes the time and prints it"
)]

mod timing;

use billetbook::keys::{LinkageId, LinkageKeys, Secret};
use billetbook::record::{ReadOptions, Record, read_path};
use billetbook::token::{Kernel, KeySet, Token, TokenSecrets, hazmat, tokenise};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use timing::{median, seconds};

fn main() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    one.unwrap().install(measure);
}

fn measure() {
    // As a test it runs once, to see that its answers hold; else for so long that the steps of milliseconds in which the
    // system counts processor time do not show.
    let (children, rounds) = if std::env::args().any(|a| a == "--bench") {
        (50_000, 9)
    } else {
        (2_000, 1)
    };
    let records = children_of(children);
    let set = KeySet::uk_children().unwrap();
    let slots = records.len() * set.tokens_per_record();
    let (secret, pad) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let keys = LinkageKeys::derive(&secret, LinkageId([1; 16]), 1);
    let secrets = TokenSecrets {
        linkage: &keys,
        local_pad: &pad,
    };
    let none = vec![false; records.len()];
    let rows: Vec<(usize, usize)> = (0..records.len()).map(|i| (i, i)).collect();
    let made = |kernel| -> Vec<Token> {
        let home = tokenise(&records, &none, &set, secrets, kernel);
        home.padded(&rows, &records, &set, secrets)
    };
    let kernels: Vec<Kernel> = Kernel::all().into_iter().filter_map(|k| k.1).collect();
    let want = made(kernels[0]);
    assert_eq!(want.len(), slots);
    for kernel in &kernels {
        assert!(
            made(*kernel) == want,
            "{} makes other tokens",
            kernel.name()
        );
    }
    println!(
        "{} records, {} tokens each, one thread, medians of {rounds}",
        records.len(),
        set.tokens_per_record()
    );
    println!("kernel      records/s   tokens/s   raw HMAC/s   tokens to raw HMAC");
    for kernel in kernels {
        // The raw rate beside each run: a shared machine drifts.
        let runs: Vec<(f64, f64)> = (0..rounds)
            .map(|_| (seconds(|| raw_hmac(slots as u64)), seconds(|| made(kernel))))
            .collect();
        let raw = median(runs.iter().map(|r| r.0));
        let tokens = median(runs.iter().map(|r| r.1));
        let ratio = median(runs.iter().map(|r| r.0 / r.1));
        println!(
            "{:<10} {:>10.0} {:>10.2e} {:>12.2e} {ratio:>20.2}",
            kernel.name(),
            records.len() as f64 / tokens,
            slots as f64 / tokens,
            slots as f64 / raw,
        );
    }
    tags(slots as u64, rounds);
}

fn children_of(children: u32) -> Vec<Record> {
    let made = billetbook_synth::generate(&billetbook_synth::Options {
        children,
        seed: 1,
        ..Default::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let paths = billetbook_synth::write(&made, folder.path()).unwrap();
    let file = read_path(&paths[0], &ReadOptions::default()).unwrap();
    file.records().to_vec()
}

/// Tags alone, of messages as long as most tokens', beside the crate that defines them in the same run.
fn tags(count: u64, rounds: usize) {
    let secret = [7; 32];
    let messages: Vec<[u8; 25]> = (0..count).map(message).collect();
    let base = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    let one_by_one = || -> Vec<[u8; 16]> { messages.iter().map(|m| tag(&base, m)).collect() };
    println!("\nkernel        tags/s   to hmac and sha2, of 25 bytes each");
    let want = one_by_one();
    for kernel in Kernel::all().into_iter().filter_map(|k| k.1) {
        assert!(hazmat::tags(kernel, &secret, &messages) == want);
        let run = |_| {
            let raw = seconds(one_by_one);
            let own = seconds(|| hazmat::tags(kernel, &secret, &messages));
            (own, raw / own)
        };
        let runs: Vec<(f64, f64)> = (0..rounds).map(run).collect();
        println!(
            "{:<10} {:>9.2e} {:>8.2}",
            kernel.name(),
            count as f64 / median(runs.iter().map(|r| r.0)),
            median(runs.iter().map(|r| r.1)),
        );
    }
}

fn message(i: u64) -> [u8; 25] {
    let mut out = [b'x'; 25];
    out[..8].copy_from_slice(&i.to_be_bytes());
    out
}

/// HMAC-SHA-256 under a kept key, its first 16 bytes, by the crate that defines the tokens.
fn tag(base: &Hmac<Sha256>, message: &[u8; 25]) -> [u8; 16] {
    let mut mac = base.clone();
    mac.update(message);
    mac.finalize().into_bytes()[..16].try_into().unwrap()
}

/// Tags of so many messages.
fn raw_hmac(count: u64) -> u8 {
    let base = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    (0..count)
        .map(|i| tag(&base, &message(i))[0])
        .fold(0, |x, t| x ^ t)
}
