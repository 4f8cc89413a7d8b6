//! Linking two files of 4,000 children from records: `cargo bench -p billetbook --bench linkage`.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use billetbook::linkage::{Decision, LinkOptions, link_tokens};
use billetbook::record::{ReadOptions, Record, read_path};
use billetbook::token::KeySet;
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10)]
fn link(bencher: Bencher<'_, '_>) {
    let made = billetbook_synth::generate(&billetbook_synth::Options {
        children: 5_000,
        seed: 1,
        ..Default::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let paths = billetbook_synth::write(&made, folder.path()).unwrap();
    let files: Vec<Vec<Record>> = paths
        .iter()
        .map(|p| {
            read_path(p, &ReadOptions::default())
                .unwrap()
                .records()
                .to_vec()
        })
        .collect();
    let files: Vec<&[Record]> = files.iter().map(Vec::as_slice).collect();
    let set = KeySet::uk_children().unwrap();
    let run = || link_tokens(&files, &set, &LinkOptions::default()).unwrap();
    let found = run()
        .links
        .iter()
        .filter(|l| l.decision == Decision::Match)
        .count();
    assert!((2_900..3_400).contains(&found), "{found}");
    bencher
        .counter(ItemsCount::new(
            files.iter().map(|f| f.len()).sum::<usize>(),
        ))
        .bench_local(run);
}
