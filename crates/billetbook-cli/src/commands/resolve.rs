use super::linkage::refused;
use super::{keystore, read_options, read_text, say};
use crate::args::ResolveArgs;
use crate::error::CliError;
use crate::output::{Folder, csv_file, rows, tables};
use billetbook::keys::descriptor::Descriptor;
use billetbook::linkage::{
    Decision, Linkage, MemberResult, OwnLink, Resolved, RowOutcome, RowRef, Status, resolve,
};
use billetbook::record::{RecordFile, read_path};
use billetbook::token::Crosswalk;
use std::collections::HashMap;
use std::path::Path;

pub(crate) fn run(args: &ResolveArgs, json: bool) -> Result<(), CliError> {
    let member = keystore(&args.keystore, &args.passphrase)?;
    let (descriptor, open) = Descriptor::accepted(&read_text(&args.linkage)?, &member)
        .map_err(refused(&args.linkage))?;
    let bad = |path: &Path| {
        let path = path.to_owned();
        move |source| CliError::ResultFile {
            path: path.clone(),
            source,
        }
    };
    let result = MemberResult::from_text(&read_text(&args.result)?).map_err(bad(&args.result))?;
    let walk = Crosswalk::from_text(&read_text(&args.crosswalk)?).map_err(bad(&args.crosswalk))?;
    if result.member != member.public().fingerprint() {
        return Err(CliError::OtherMember {
            path: args.result.clone(),
            found: result.member,
        });
    }
    let file = read_path(&args.file, &read_options(&args.columns)?)?;
    if walk
        .records
        .iter()
        .flatten()
        .any(|r| *r as usize >= file.records().len())
    {
        return Err(CliError::OtherFile {
            path: args.file.clone(),
        });
    }
    let folder = Folder::create(&args.out)?;
    let found = resolve(file.records(), &walk, &result, &open)?;
    let names: HashMap<_, _> = descriptor
        .members()
        .map(|m| (m.fingerprint(), m.name()))
        .collect();
    links(folder.path(), &file, &found.links, |l| {
        names.get(&l.other).copied().unwrap_or("unknown")
    })?;
    let linkage = own(&file, &found);
    clusters(folder.path(), &file, &found)?;
    rows::write(folder.path(), 0, &args.file, &file, &linkage)?;
    folder.finish()?;
    let matches = found
        .links
        .iter()
        .filter(|l| l.link.decision == Decision::Match)
        .count();
    if json {
        say(&serde_json::json!({ "out": args.out, "matches": matches }).to_string());
    } else {
        say(&format!(
            "{matches} matches of your records, in {}",
            args.out.display()
        ));
    }
    Ok(())
}

/// `links.csv`: the other side is a member's name and the pair's random reference, which that member's own
/// outputs carry too.
fn links<'a>(
    folder: &Path,
    file: &RecordFile,
    list: &'a [OwnLink],
    name: impl Fn(&'a OwnLink) -> &'a str,
) -> Result<(), CliError> {
    let (mut out, path) = csv_file(folder, "links.csv")?;
    let failed = |source| CliError::WriteCsv {
        path: path.clone(),
        source,
    };
    out.write_record(tables::LINK_COLUMNS).map_err(failed)?;
    for l in list {
        out.write_record([
            file.name(),
            &file.records()[l.record as usize].id,
            name(l),
            &hex(&l.reference),
            &format!("{:.4}", l.link.probability),
            tables::decision(l.link.decision),
            &tables::evidence(&l.link),
        ])
        .map_err(failed)?;
    }
    out.flush()
        .map_err(|source| CliError::Write { path, source })
}

fn clusters(folder: &Path, file: &RecordFile, found: &Resolved) -> Result<(), CliError> {
    let (mut out, path) = csv_file(folder, "clusters.csv")?;
    let failed = |source| CliError::WriteCsv {
        path: path.clone(),
        source,
    };
    out.write_record(["cluster", "file", "id", "flags"])
        .map_err(failed)?;
    for (record, outcome) in file.records().iter().zip(&found.records) {
        if let Some((_, name, flags)) = outcome {
            let flags: Vec<&str> = flags.iter().map(|f| tables::flag(*f)).collect();
            out.write_record([
                hex(name).as_str(),
                file.name(),
                &record.id,
                &flags.join(" "),
            ])
            .map_err(failed)?;
        }
    }
    out.flush()
        .map_err(|source| CliError::Write { path, source })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The member's outcome in the shape that the rows are written from: clusters are numbered by appearance.
fn own(file: &RecordFile, found: &Resolved) -> Linkage {
    let mut numbers: HashMap<[u8; 16], u32> = HashMap::new();
    let rows = file
        .records()
        .iter()
        .zip(&found.records)
        .map(|(record, outcome)| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            match outcome {
                Some((o, name, _)) => {
                    let cluster = *numbers.entry(*name).or_insert(next);
                    let status = if o.status == Status::Unmatched && !record.can_link() {
                        Status::NotTokenised
                    } else {
                        o.status
                    };
                    RowOutcome { status, cluster }
                }
                None => RowOutcome {
                    status: Status::NotTokenised,
                    cluster: next,
                },
            }
        })
        .collect();
    let links = found
        .links
        .iter()
        .map(|l| {
            let mut link = l.link;
            link.left = RowRef {
                file: 0,
                row: l.record,
            };
            link.right = RowRef { file: 1, row: 0 };
            link
        })
        .collect();
    Linkage {
        links,
        rows: vec![rows],
        ..Linkage::default()
    }
}
