use super::{read_options, say};
use crate::args::{Keys, LinkArgs, Profile};
use crate::clock::Stopwatch;
use crate::error::CliError;
use crate::output::summary::{Context, Summary, summarise};
use crate::output::{Folder, report, rows, tables};
use crate::progress::Progress;
use billetbook::linkage::{LinkOptions, Linkage, link_tokens};
use billetbook::record::{Field, Record, RecordFile, read_path};
use billetbook::token::KeySet;
use rayon::prelude::*;

pub(crate) fn run(args: &LinkArgs, json: bool) -> Result<(), CliError> {
    let progress = Progress::new(json);
    let done = link(args, &progress)?;
    progress.done();
    if json {
        say(&serde_json::to_string_pretty(&done.summary)?);
    } else {
        describe(args, &done.summary);
    }
    Ok(())
}

/// A finished linkage, written.
pub(crate) struct Done {
    pub(crate) files: Vec<RecordFile>,
    pub(crate) linkage: Linkage,
    pub(crate) summary: Summary,
}

/// Reads, links and writes.
pub(crate) fn link(args: &LinkArgs, progress: &Progress) -> Result<Done, CliError> {
    for (i, path) in args.files.iter().enumerate() {
        if args.files[..i].contains(path) {
            return Err(CliError::SameFile { path: path.clone() });
        }
    }
    let folder = Folder::create(&args.out)?;
    let mut watch = Stopwatch::start();
    let mut seconds = Vec::new();
    progress.step("reading");
    let options = read_options(&args.columns)?;
    let files: Vec<RecordFile> = args
        .files
        .par_iter()
        .map(|path| read_path(path, &options))
        .collect::<Result<_, _>>()?;
    seconds.push(("read", watch.lap()));
    let key_set = key_set(args.keys, &files)?;
    let records: Vec<&[Record]> = files.iter().map(RecordFile::records).collect();
    progress.step("making tokens and matching");
    let options = LinkOptions {
        within: args.within,
        all_pairs: args.all_pairs,
        allow_weak: args.allow_weak,
    };
    let linkage = match args.profile {
        Profile::Tokens => link_tokens(&records, &key_set, &options)?,
    };
    seconds.push(("link", watch.lap()));
    progress.step("writing");
    write_all(args, &folder, &files, &linkage)?;
    seconds.push(("write", watch.lap()));
    let summary = summarise(
        &files,
        &linkage,
        &Context {
            args,
            key_set: &key_set,
            seconds: &seconds,
        },
    );
    let path = folder.path().join("summary.json");
    std::fs::write(&path, serde_json::to_string_pretty(&summary)?)
        .map_err(|source| CliError::Write { path, source })?;
    report::write(folder.path(), &summary)?;
    folder.finish()?;
    Ok(Done {
        files,
        linkage,
        summary,
    })
}

/// Tables side by side: they are independent files.
fn write_all(
    args: &LinkArgs,
    folder: &Folder,
    files: &[RecordFile],
    linkage: &Linkage,
) -> Result<(), CliError> {
    let jobs: Vec<usize> = (0..files.len() + 2).collect();
    jobs.into_par_iter()
        .map(|job| match job.checked_sub(2) {
            None if job == 0 => tables::links(folder.path(), files, linkage),
            None => tables::clusters(folder.path(), files, linkage),
            Some(i) => rows::write(folder.path(), i, &args.files[i], &files[i], linkage),
        })
        .collect()
}

fn key_set(keys: Keys, files: &[RecordFile]) -> Result<KeySet, CliError> {
    let generic = files.iter().any(|f| {
        f.columns().iter().any(|c| {
            matches!(
                c.1,
                Field::PostalCode | Field::Locality | Field::AddressLine
            )
        })
    });
    let national = files.iter().any(|f| {
        f.columns().iter().any(|c| {
            matches!(
                c.1,
                Field::NhsNumber | Field::Upn | Field::Uln | Field::Chi | Field::Postcode
            )
        })
    });
    if let Some(preset) = keys.preset() {
        return Ok(preset.key_set()?);
    }
    Ok(match keys {
        Keys::People => KeySet::people()?,
        Keys::Auto if generic && !national => KeySet::people()?,
        _ => KeySet::uk_children()?,
    })
}

fn describe(args: &LinkArgs, summary: &Summary) {
    for f in &summary.files {
        let parts: Vec<String> = f
            .status
            .iter()
            .map(|(name, count)| format!("{} {count}", name.replace('_', " ")))
            .collect();
        say(&format!(
            "{}: {} records: {}",
            f.file,
            f.records,
            parts.join(", ")
        ));
    }
    for (name, count) in &summary.links {
        say(&format!("{name} links: {count}"));
    }
    say(&format!(
        "report: {}",
        args.out.join("report.html").display()
    ));
}
