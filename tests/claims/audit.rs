//! The audit log.

mod loss;
mod proof;
mod secrecy;
mod store;
mod witness;

use crate::crash::{draft, opening_key, signer};
use billetbook::audit::{Draft, Entry, Kind, Log, LogError};
use billetbook::clock::UnixTime;
use billetbook::store::{MemoryDisk, MemoryStore};
use std::path::Path;

const ORIGIN: &str = "log.example/crash";

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(secs).unwrap()
}

fn memory(disk: &MemoryDisk) -> Log<MemoryStore> {
    Log::create(disk.open(), &signer()).unwrap()
}

fn reopen(disk: &MemoryDisk) -> Result<Log<MemoryStore>, LogError> {
    Log::open(disk.open(), signer().key())
}

fn fill(log: &mut Log<impl billetbook::audit::Store>, n: usize) {
    let drafts = (0..n).map(|i| draft(&format!("entry {i}"))).collect();
    log.append(&opening_key(), drafts).unwrap();
}

fn erasure(index: u64) -> Draft {
    Draft {
        entry: Entry::new(Kind::Erasure, format!("of {index}").into()).unwrap(),
        ..draft("")
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            out.push((path.to_str().unwrap().to_owned(), bytes));
        }
    }
    out
}

fn holds(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|w| w == marker)
}
