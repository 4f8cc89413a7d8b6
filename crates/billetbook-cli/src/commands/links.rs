//! References of `links.csv`: which child is meant, in words that both agencies know.

use crate::error::CliError;
use crate::output::tables::LINK_COLUMNS;
use std::path::Path;
use zeroize::Zeroizing;

/// The reference that a record of one's own shares with a member's: of its only match.
pub(super) fn reference(
    path: &Path,
    child: &str,
    member: Option<&str>,
) -> Result<Zeroizing<String>, CliError> {
    let (mut found, mut possible) = (Vec::new(), 0);
    for row in rows(path)? {
        let [_, own, other, reference, _, decision, _] = &row?;
        if own != child || member.is_some_and(|m| m != other) {
            continue;
        }
        match decision.as_str() {
            "match" => found.push(Zeroizing::new(reference.clone())),
            _ => possible += 1,
        }
    }
    match (found.len(), found.pop()) {
        (1, Some(reference)) => Ok(reference),
        (matches, _) => Err(CliError::LinksOf {
            path: path.to_owned(),
            matches,
            possible,
        }),
    }
}

/// The id of one's own record beside which a reference stands.
pub(super) fn own(path: &Path, reference: &str) -> Result<Zeroizing<String>, CliError> {
    let mut found: Option<Zeroizing<String>> = None;
    for row in rows(path)? {
        let [_, own, _, other, ..] = &row?;
        if other == reference {
            if found.as_ref().is_some_and(|f| **f != *own) {
                found = None;
                break;
            }
            found = Some(Zeroizing::new(own.clone()));
        }
    }
    found.ok_or_else(|| CliError::NoSuchReference {
        path: path.to_owned(),
    })
}

type Row = [String; LINK_COLUMNS.len()];

fn rows(path: &Path) -> Result<impl Iterator<Item = Result<Row, CliError>>, CliError> {
    let not_links = |row| CliError::NotLinks {
        path: path.to_owned(),
        row,
    };
    let mut reader = csv::Reader::from_path(path).map_err(|_| not_links(1))?;
    let columns = reader.headers().map_err(|_| not_links(1))?;
    if columns != LINK_COLUMNS.as_slice() {
        return Err(not_links(1));
    }
    let path = path.to_owned();
    Ok((2..).zip(reader.into_records()).map(move |(row, record)| {
        let cells: Vec<String> = record.iter().flatten().map(str::to_owned).collect();
        cells.try_into().map_err(|_| CliError::NotLinks {
            path: path.clone(),
            row,
        })
    }))
}
