//! The peak of memory of a whole join, in a process that does nothing else.

use crate::data::{BITS, DENSE, sides};
use crate::{Count, options};
use billetbook::engine::{Kernel, Method, Rows, join};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Makes two sets of so many rows, and has them compared by another process.
pub(crate) fn memory(n: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (left, right) = sides(DENSE, n, n);
    for (name, rows) in [("left", &left), ("right", &right)] {
        let mut file = BufWriter::new(File::create(folder.path().join(name)).unwrap());
        for word in rows.words() {
            file.write_all(&word.to_le_bytes()).unwrap();
        }
        file.flush().unwrap();
    }
    drop((left, right));
    let own = std::env::current_exe().unwrap();
    let status = Command::new(own).arg("joined").arg(folder.path()).status();
    assert!(status.unwrap().success());
}

/// Compares what [`memory`] wrote, at .8 on all processors; prints pairs, time and the peak.
pub(crate) fn joined(folder: &Path) {
    let read = |name: &str| {
        let file = File::open(folder.join(name)).unwrap();
        let bytes = usize::try_from(file.metadata().unwrap().len()).unwrap();
        let (mut file, mut word) = (BufReader::new(file), [0; 8]);
        let mut words = Vec::with_capacity(bytes / 8);
        while words.len() < bytes / 8 {
            file.read_exact(&mut word).unwrap();
            words.push(u64::from_le_bytes(word));
        }
        Rows::from_words(BITS, words).unwrap()
    };
    let (left, right) = (read("left"), read("right"));
    let clock = Instant::now();
    let done = join(
        &left,
        &right,
        &options(".8", Kernel::Auto, Method::Auto),
        &mut Count::default(),
    );
    let (pairs, seconds) = (done.unwrap().pairs, clock.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|p| p.trim().trim_end_matches(" kB").parse::<f64>().ok());
    println!(
        "{} x {} dense rows at .8: {pairs} pairs in {seconds:.0} s, at most {:.0} bytes for a left and a right row",
        left.len(),
        right.len(),
        peak.map_or(f64::NAN, |kib| kib * 1024.0 / left.len() as f64),
    );
}
