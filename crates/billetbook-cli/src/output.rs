//! What a linkage writes. Everything goes to a temporary folder that is renamed at the end.

pub(crate) mod fhir;
pub(crate) mod history;
pub(crate) mod report;
pub(crate) mod rows;
pub(crate) mod summary;
pub(crate) mod suppress;
pub(crate) mod tables;
mod words;

use crate::error::CliError;
use crate::progress::Unfinished;
use std::path::{Path, PathBuf};

/// A folder being written; removed again unless finished.
pub(crate) struct Folder {
    temporary: Option<tempfile::TempDir>,
    _unfinished: Unfinished,
    out: PathBuf,
}

impl Folder {
    /// Starts a folder beside `out`, which must not exist.
    pub(crate) fn create(out: &Path) -> Result<Folder, CliError> {
        if out.symlink_metadata().is_ok() {
            return Err(CliError::OutputExists {
                path: out.to_owned(),
            });
        }
        let parent = match out.parent() {
            Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
            _ => PathBuf::from("."),
        };
        let failed = |source| CliError::Write {
            path: out.to_owned(),
            source,
        };
        std::fs::create_dir_all(&parent).map_err(failed)?;
        let mut name = tempfile::Builder::new();
        name.prefix(".billetbook-");
        let (temporary, unfinished) =
            Unfinished::make(|| name.tempdir_in(&parent)).map_err(failed)?;
        Ok(Folder {
            temporary: Some(temporary),
            _unfinished: unfinished,
            out: out.to_owned(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.temporary
            .as_ref()
            .map_or(&self.out, tempfile::TempDir::path)
    }

    /// Renames the folder to its final name.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        if let Some(temporary) = self.temporary.take() {
            let failed = |source| CliError::Write {
                path: self.out.clone(),
                source,
            };
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = std::fs::Permissions::from_mode(0o700);
                std::fs::set_permissions(temporary.path(), mode).map_err(failed)?;
            }
            std::fs::rename(temporary.path(), &self.out).map_err(failed)?;
            let _ = temporary.keep();
        }
        Ok(())
    }
}

/// A CSV file in the folder.
pub(crate) fn csv_file(
    folder: &Path,
    name: &str,
) -> Result<(csv::Writer<std::fs::File>, PathBuf), CliError> {
    let path = folder.join(name);
    let writer = csv::WriterBuilder::new()
        .buffer_capacity(1 << 18)
        .flexible(true)
        .from_path(&path)
        .map_err(|source| CliError::WriteCsv {
            path: path.clone(),
            source,
        })?;
    Ok((writer, path))
}
