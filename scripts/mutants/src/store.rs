//! What is kept between runs, as JSON.

use crate::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads a file, if it is there.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let read = serde_json::from_slice(&bytes);
            Ok(Some(read.map_err(|e| format!("{}: {e}", path.display()))?))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("{}: {e}", path.display()).into()),
    }
}

/// Writes a file whole or not at all.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let temporary = path.with_extension("json.new");
    std::fs::write(&temporary, serde_json::to_vec_pretty(value)?)?;
    Ok(std::fs::rename(temporary, path)?)
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    Unviable,
    /// By this test.
    Caught(String),
    /// These tests never ended.
    TimedOut(String),
    /// By so many tests that meet it, of which the slowest were not run.
    Missed {
        tests: usize,
        left_out: usize,
    },
    /// No test meets it.
    Unmet,
}

impl Became {
    pub fn is_caught(&self) -> bool {
        matches!(self, Became::Caught(_) | Became::TimedOut(_))
    }

    pub fn is_missed(&self) -> bool {
        matches!(self, Became::Missed { .. } | Became::Unmet)
    }
}

/// By a mutant's key.
pub type Results = BTreeMap<String, Became>;
