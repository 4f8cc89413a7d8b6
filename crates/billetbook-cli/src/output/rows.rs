//! Each input again, with what became of every record.

use super::csv_file;
use super::summary::NOT_SURE;
use super::tables::held_words;
use crate::error::CliError;
use billetbook::linkage::{Decision, Held, Linkage, RowRef, Status};
use billetbook::record::{Layout, RecordFile};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(crate) fn status(s: Status) -> &'static str {
    match s {
        Status::Matched => "matched",
        Status::Possible => "possible",
        Status::Many => "many",
        Status::Unmatched => "unmatched",
        Status::NotTokenised => "not_tokenised",
    }
}

/// Writes `NN-basename` for one input; `name` gives clusters the names that `clusters.csv` has for them.
pub(crate) fn write(
    folder: &Path,
    number: usize,
    source: &Path,
    file: &RecordFile,
    linkage: &Linkage,
    name: impl Fn(u32) -> String,
) -> Result<(), CliError> {
    let base = source
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let base = if file.layout() == Layout::CinCensus {
        format!("{base}.csv")
    } else {
        base
    };
    let (mut out, path) = csv_file(folder, &format!("{:02}-{base}", number + 1))?;
    let failed = |source| CliError::WriteCsv {
        path: path.clone(),
        source,
    };
    let held = held_by_row(number, linkage);
    let outcome = |record: u32| {
        let row = linkage.rows[number][record as usize];
        let (status, cluster) = (row.status, name(row.cluster));
        (status, cluster, reason(status, held.get(&record).copied()))
    };
    if file.layout() == Layout::CinCensus {
        out.write_record(["id", "billet_status", "billet_reason", "billet_cluster"])
            .map_err(failed)?;
        for (i, r) in (0u32..).zip(file.records()) {
            let (s, cluster, reason) = outcome(i);
            out.write_record([r.id.as_str(), status(s), reason, &cluster])
                .map_err(failed)?;
        }
    } else {
        let mut reader = reopen(source).map_err(failed)?;
        let mut row = csv::ByteRecord::new();
        let mut at = 0usize;
        let mut width = 0;
        while reader.read_byte_record(&mut row).map_err(failed)? {
            if at == 0 {
                width = row.len();
                row.push_field(b"billet_status");
                row.push_field(b"billet_reason");
                row.push_field(b"billet_cluster");
            } else {
                let (s, cluster, reason) =
                    outcome(file.row_record().get(at - 1).copied().unwrap_or_default());
                // A layout that tolerates short rows still gets its own columns in their place.
                while row.len() < width {
                    row.push_field(b"");
                }
                row.push_field(status(s).as_bytes());
                row.push_field(reason.as_bytes());
                row.push_field(cluster.as_bytes());
            }
            out.write_byte_record(&row).map_err(failed)?;
            at += 1;
        }
    }
    out.flush().map_err(|source| CliError::Write {
        path: PathBuf::from(&path),
        source,
    })
}

fn reopen(source: &Path) -> Result<csv::Reader<impl std::io::Read>, csv::Error> {
    use std::io::{BufRead, BufReader};
    let mut file = BufReader::with_capacity(1 << 18, std::fs::File::open(source)?);
    let head = file.fill_buf()?;
    let bom = if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        3
    } else {
        0
    };
    let delimiter = billetbook::record::delimiter(&head[bom..]);
    file.consume(bom);
    Ok(csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(file))
}

/// Why the best possible link of each record was held back.
fn held_by_row(number: usize, linkage: &Linkage) -> HashMap<u32, Option<Held>> {
    let mut out = HashMap::new();
    for link in linkage
        .links
        .iter()
        .filter(|l| l.decision == Decision::Possible)
    {
        for RowRef { file, row } in [link.left, link.right] {
            if usize::from(file) == number {
                out.entry(row).or_insert(link.held);
            }
        }
    }
    out
}

fn reason(status: Status, held: Option<Option<Held>>) -> &'static str {
    match (status, held) {
        (Status::Matched, _) => "",
        (Status::Many, _) => "more than one match in another file",
        (Status::Possible, Some(Some(held))) => held_words(held),
        (Status::Possible, _) => NOT_SURE,
        (Status::Unmatched, _) => "no record like it was found",
        (Status::NotTokenised, _) => {
            "too little in the record: no valid identifier, and fewer than three of given name, family name, birth date and place"
        }
    }
}
