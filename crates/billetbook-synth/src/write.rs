use crate::{COLUMNS, Synthetic};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why files could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The operating system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The CSV writer refused.
    #[error("{path}: {source}", path = .path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: csv::Error,
    },
}

/// Writes `agency-1.csv` and so on, `truth.csv` (cluster, file, record id) and `errors.toml` into a folder
/// that exists. Columns that are empty in every agency are left out.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(made: &Synthetic, folder: &Path) -> Result<Vec<PathBuf>, WriteError> {
    let used: Vec<usize> = (0..COLUMNS.len())
        .filter(|c| {
            made.agencies
                .iter()
                .flatten()
                .any(|r| !r.values[*c].is_empty())
        })
        .collect();
    let mut paths = Vec::new();
    let truth_path = folder.join("truth.csv");
    let mut truth = open(&truth_path)?;
    record(
        &mut truth,
        &truth_path,
        ["cluster", "file", "id"].into_iter(),
    )?;
    for (i, rows) in made.agencies.iter().enumerate() {
        let name = format!("agency-{}.csv", i + 1);
        let path = folder.join(&name);
        let mut out = open(&path)?;
        record(&mut out, &path, used.iter().map(|c| COLUMNS[*c]))?;
        for row in rows {
            record(
                &mut out,
                &path,
                used.iter().map(|c| row.values[*c].as_str()),
            )?;
            record(
                &mut truth,
                &truth_path,
                [row.cluster.to_string().as_str(), &name, &row.values[0]].into_iter(),
            )?;
        }
        out.flush().map_err(|source| WriteError::Io {
            path: path.clone(),
            source,
        })?;
        paths.push(path);
    }
    truth.flush().map_err(|source| WriteError::Io {
        path: truth_path,
        source,
    })?;
    if let Some(errors) = &made.errors {
        let path = folder.join("errors.toml");
        std::fs::write(&path, errors).map_err(|source| WriteError::Io { path, source })?;
    }
    Ok(paths)
}

fn open(path: &Path) -> Result<csv::Writer<std::fs::File>, WriteError> {
    csv::Writer::from_path(path).map_err(|source| WriteError::Csv {
        path: path.to_owned(),
        source,
    })
}

fn record<'a>(
    out: &mut csv::Writer<std::fs::File>,
    path: &Path,
    values: impl Iterator<Item = &'a str>,
) -> Result<(), WriteError> {
    out.write_record(values.map(str::as_bytes))
        .map_err(|source| WriteError::Csv {
            path: path.to_owned(),
            source,
        })
}
