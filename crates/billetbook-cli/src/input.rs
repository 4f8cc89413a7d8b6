//! Reading files whole: never more than their kind can have, be it a file, a pipe or a device that does not end.

use crate::error::CliError;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

/// A kind of file, and the most bytes that one can have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    name: &'static str,
    most: usize,
}

impl Kind {
    fn too_long(self, path: &Path) -> CliError {
        CliError::TooLong {
            path: path.to_owned(),
            kind: self.name,
            most: self.most,
        }
    }
}

/// Identities, roots, key requests, key records, compromise statements, keystores.
pub(crate) const KEY_FILE: Kind = Kind {
    name: "a key file",
    most: 64 << 10,
};
/// A passphrase a line.
pub(crate) const PASSPHRASES: Kind = Kind {
    name: "a file of passphrases",
    most: 64 << 10,
};
/// Schemas and error models.
pub(crate) const SETTINGS: Kind = Kind {
    name: "a file of settings",
    most: 1 << 20,
};
/// Policies.
pub(crate) const POLICY: Kind = Kind {
    name: "a policy",
    most: billetbook::consent::policy::LONGEST_POLICY,
};
/// Linkage descriptors, opened or not: 256 members.
pub(crate) const LINKAGE: Kind = Kind {
    name: "a linkage",
    most: 4 << 20,
};
/// Results and crosswalks: some 150 bytes a link.
pub(crate) const RESULT: Kind = Kind {
    name: "a result or crosswalk",
    most: 1 << 30,
};
/// Files of CLKs: some 175 bytes a record.
pub(crate) const CLKS: Kind = Kind {
    name: "a file of CLKs",
    most: 4 << 30,
};
/// A child's record as JSON.
pub(crate) const RECORD: Kind = Kind {
    name: "a record",
    most: billetbook::record::child::MOST_RECORD_BYTES,
};
/// Billets.
pub(crate) const BILLET: Kind = Kind {
    name: "a billet",
    most: billetbook::envelope::Billet::LONGEST,
};

/// Messages between agencies: an envelope and its deposits, or less.
pub(crate) const MESSAGE: Kind = Kind {
    name: "a message",
    most: 400 << 20,
};
/// Reasons as written down.
pub(crate) const REASONS: Kind = Kind {
    name: "reasons",
    most: 64 << 10,
};

/// A file's bytes or, without one or where it is `-`, those of standard input.
pub(crate) fn given(path: Option<&Path>, kind: Kind) -> Result<Zeroizing<Vec<u8>>, CliError> {
    match path.filter(|p| *p != Path::new("-")) {
        Some(path) => bytes(path, kind),
        None => read(
            std::io::stdin().lock(),
            Path::new("standard input"),
            kind,
            0,
        ),
    }
}

/// A file's bytes, wiped when dropped. One that is too long is refused by its length, before it is read; one that
/// states none (a pipe) as soon as it has given too much.
pub(crate) fn bytes(path: &Path, kind: Kind) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let failed = |source| CliError::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let stated = file.metadata().map_err(failed)?.len();
    let stated = usize::try_from(stated).unwrap_or(usize::MAX);
    if stated > kind.most {
        return Err(kind.too_long(path));
    }
    read(file, path, kind, stated)
}

/// What a reader gives, unless that is too much. Of the size that it states at once: a buffer that grows leaves copies
/// behind. A pipe states nothing.
fn read(
    from: impl Read,
    path: &Path,
    kind: Kind,
    stated: usize,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let most = u64::try_from(kind.most).unwrap_or(u64::MAX);
    let mut out = Zeroizing::new(Vec::with_capacity(stated.max(4096) + 1));
    from.take(most.saturating_add(1))
        .read_to_end(&mut out)
        .map_err(|source| CliError::Open {
            path: path.to_owned(),
            source,
        })?;
    match out.len() > kind.most {
        true => Err(kind.too_long(path)),
        false => Ok(out),
    }
}

/// A file's text, in UTF-8.
pub(crate) fn text(path: &Path, kind: Kind) -> Result<Zeroizing<String>, CliError> {
    let mut bytes = bytes(path, kind)?;
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(Zeroizing::new).map_err(|e| {
        let why = e.utf8_error();
        drop(Zeroizing::new(e.into_bytes()));
        CliError::Open {
            path: path.to_owned(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, why),
        }
    })
}
