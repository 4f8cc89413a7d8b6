//! The last signed checkpoint, in a file of its own.

use crate::audit::{SignedCheckpoint, StoreError};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "log.signed";

/// Where a log's last signed checkpoint lies.
#[derive(Debug)]
pub(super) struct SignedFile {
    folder: PathBuf,
}

impl SignedFile {
    pub(super) fn new(folder: &Path) -> SignedFile {
        SignedFile {
            folder: folder.to_owned(),
        }
    }

    pub(super) fn read(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        let damaged = || StoreError::Damaged {
            what: "the last signed checkpoint",
        };
        match std::fs::read(self.folder.join(FILE)) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| damaged())?;
                text.parse().map(Some).map_err(|_| damaged())
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Written under a temporary name, synced, renamed, and the folder synced.
    pub(super) fn write(&self, signed: &SignedCheckpoint) -> Result<(), StoreError> {
        let temporary = self.folder.join(format!("{FILE}.new"));
        let write = || {
            let mut file = File::create(&temporary)?;
            file.write_all(signed.to_string().as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&temporary, self.folder.join(FILE))?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|e: io::Error| match e.kind() {
            io::ErrorKind::StorageFull => StoreError::Full,
            _ => e.into(),
        })
    }
}
