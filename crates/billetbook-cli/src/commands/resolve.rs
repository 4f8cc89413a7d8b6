use super::linkage::refused;
use super::{key_set_of, keystore, read_options, say};
use crate::args::ResolveArgs;
use crate::clock::Stopwatch;
use crate::error::CliError;
use crate::input;
use crate::output::summary::{Settings, summarise};
use crate::output::{Folder, csv_file, report, rows, tables};
use crate::progress::Progress;
use billetbook::hex::Hex;
use billetbook::keys::descriptor::Descriptor;
use billetbook::linkage::{
    Cluster, Decision, Held, LinkError, Linkage, MemberResult, OwnLink, ResolveError, Resolved,
    RowOutcome, RowRef, Status, resolve,
};
use billetbook::record::{RecordFile, read_path};
use billetbook::token::{Crosswalk, RowId};
use std::collections::HashMap;
use std::path::Path;

pub(crate) fn run(args: &ResolveArgs, json: bool) -> Result<(), CliError> {
    let member = keystore(&args.keystore, &args.passphrase)?;
    let progress = Progress::new(json);
    let mut watch = Stopwatch::start();
    let mut seconds = Vec::new();
    progress.step("reading");
    let (descriptor, open) =
        Descriptor::accepted(&input::text(&args.linkage, input::LINKAGE)?, &member)
            .map_err(refused(&args.linkage))?;
    let bad = |path: &Path| {
        let path = path.to_owned();
        move |source| CliError::ResultFile {
            path: path.clone(),
            source,
        }
    };
    let result = MemberResult::from_text(&input::text(&args.result, input::RESULT)?)
        .map_err(bad(&args.result))?;
    let walk = Crosswalk::from_text(&input::text(&args.crosswalk, input::RESULT)?)
        .map_err(bad(&args.crosswalk))?;
    if result.member != member.public().fingerprint() {
        return Err(CliError::OtherMember {
            path: args.result.clone(),
            found: result.member,
        });
    }
    let file = read_path(&args.file, &read_options(&args.columns)?)?;
    let key_set = key_set_of(&descriptor)?;
    seconds.push(("read", watch.lap()));
    let folder = Folder::create(&args.out)?;
    progress.step("resolving");
    let found =
        resolve(file.records(), &walk, &result, &open).map_err(|source| CliError::Resolve {
            path: match source {
                ResolveError::OtherRecords => args.file.clone(),
                _ => args.result.clone(),
            },
            source,
        })?;
    let (linkage, names) = own(&file, &found, &result)?;
    seconds.push(("resolve", watch.lap()));
    progress.step("writing");
    let members: HashMap<_, _> = descriptor
        .members()
        .map(|m| (m.fingerprint(), m.name()))
        .collect();
    links(folder.path(), &file, &found.links, |l| {
        members.get(&l.other).copied().unwrap_or("unknown")
    })?;
    tables::clusters(
        folder.path(),
        std::slice::from_ref(&file),
        &linkage,
        |cluster| names[cluster as usize].clone(),
    )?;
    rows::write(folder.path(), 0, &args.file, &file, &linkage, |cluster| {
        names[cluster as usize].clone()
    })?;
    seconds.push(("write", watch.lap()));
    let settings = Settings {
        linkage: Some(format!(
            "{}, epoch {}",
            descriptor.name(),
            descriptor.epoch()
        )),
        all_pairs: linkage.links.iter().any(|l| l.decision == Decision::None),
        residue: linkage.links.iter().any(|l| l.held == Some(Held::Residue)),
        ..Settings::of(&key_set)
    };
    let summary = summarise(std::slice::from_ref(&file), &linkage, settings, &seconds);
    summary.write(folder.path())?;
    report::write(folder.path(), &summary)?;
    folder.finish()?;
    progress.done();
    let matches = found
        .links
        .iter()
        .filter(|l| l.link.decision == Decision::Match)
        .count();
    if json {
        say(&serde_json::to_string_pretty(&summary)?);
    } else {
        say(&format!(
            "{matches} matches of your {} records",
            file.records().len()
        ));
        say(&format!(
            "report: {}",
            args.out.join("report.html").display()
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
            &Hex(&l.reference).to_string(),
            &format!("{:.4}", l.link.probability),
            tables::decision(l.link.decision),
            &tables::evidence(&l.link),
        ])
        .map_err(failed)?;
    }
    out.flush()
        .map_err(|source| CliError::Write { path, source })
}

/// The member's outcome in the shape that tables and reports are written from, and the names of its clusters.
/// A record that made no token has a cluster, and a random name, of its own.
fn own(
    file: &RecordFile,
    found: &Resolved,
    result: &MemberResult,
) -> Result<(Linkage, Vec<String>), CliError> {
    let mut numbers: HashMap<RowId, u32> = HashMap::new();
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    let spare = RowId::generate(found.records.len()).map_err(LinkError::from)?;
    let mut spare = spare.into_iter();
    for (row, (record, outcome)) in (0u32..).zip(file.records().iter().zip(&found.records)) {
        let fresh = spare.next().unwrap_or(RowId([0; 16]));
        let (name, status, flags) = match outcome {
            Some((o, name, flags)) => (RowId(*name), o.status, flags.clone()),
            None => (fresh, Status::NotTokenised, Vec::new()),
        };
        let cluster = *numbers.entry(name).or_insert_with(|| {
            names.push(Hex(&name.0).to_string());
            clusters.push(Cluster::default());
            u32::try_from(clusters.len() - 1).unwrap_or(u32::MAX)
        });
        let joined = &mut clusters[cluster as usize];
        joined.members.push(RowRef { file: 0, row });
        joined.flags.extend(flags);
        joined.flags.sort_unstable();
        joined.flags.dedup();
        let status = if status == Status::Unmatched && !record.can_link() {
            Status::NotTokenised
        } else {
            status
        };
        rows.push(RowOutcome { status, cluster });
    }
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
    let linkage = Linkage {
        links,
        clusters,
        rows: vec![rows],
        fit: result.fit.clone(),
    };
    Ok((linkage, names))
}
