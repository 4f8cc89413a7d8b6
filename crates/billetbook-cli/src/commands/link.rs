use super::{read_options, say};
use crate::args::{Keys, LinkArgs, Profile};
use crate::clock::Stopwatch;
use crate::error::CliError;
use crate::output::summary::{Settings, Summary, summarise};
use crate::output::{Folder, report, rows, tables};
use crate::progress::Progress;
use billetbook::linkage::{Decision, Held, LinkOptions, Linkage, Status, link_local, link_tokens};
use billetbook::record::{Field, Record, RecordFile, read_paths};
use billetbook::token::KeySet;
use rayon::prelude::*;

pub(crate) fn run(args: &LinkArgs, json: bool) -> Result<(), CliError> {
    let progress = Progress::new(json);
    let done = link(args, &progress)?;
    progress.done();
    if json {
        say(&serde_json::to_string_pretty(&done.summary)?);
    } else {
        describe(args, &done);
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
    if args.residue && args.profile == Profile::Local {
        return Err(CliError::ResidueInClear);
    }
    let folder = Folder::create(&args.out)?;
    let mut watch = Stopwatch::start();
    let mut seconds = Vec::new();
    progress.step("reading");
    let options = read_options(&args.columns)?;
    let files = read_paths(&args.files, &options)?;
    seconds.push(("read", watch.lap()));
    let records: Vec<&[Record]> = files.iter().map(RecordFile::records).collect();
    let options = LinkOptions {
        within: args.within,
        all_pairs: args.all_pairs,
        allow_weak: args.allow_weak,
        residue: args.residue,
    };
    let (linkage, settings) = match args.profile {
        Profile::Tokens => {
            progress.step("making tokens and matching");
            let key_set = key_set(args.keys, &files)?;
            let linkage = link_tokens(&records, &key_set, &options)?;
            (linkage, Settings::of(&key_set))
        }
        Profile::Local => {
            progress.step("comparing");
            (link_local(&records, &options)?, Settings::in_clear())
        }
    };
    seconds.push(("link", watch.lap()));
    progress.step("writing");
    write_all(args, &folder, &files, &linkage)?;
    seconds.push(("write", watch.lap()));
    let settings = Settings {
        within: args.within,
        all_pairs: args.all_pairs,
        allow_weak: args.allow_weak,
        residue: args.residue,
        ..settings
    };
    let summary = summarise(&files, &linkage, settings, &seconds);
    summary.write(folder.path())?;
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
    let name = |cluster: u32| (cluster + 1).to_string();
    let jobs: Vec<usize> = (0..files.len() + 2).collect();
    jobs.into_par_iter()
        .map(|job| match job.checked_sub(2) {
            None if job == 0 => tables::links(folder.path(), files, linkage),
            None => tables::clusters(folder.path(), files, linkage, name),
            Some(i) => rows::write(folder.path(), i, &args.files[i], &files[i], linkage, name),
        })
        .collect()
}

fn key_set(keys: Option<Keys>, files: &[RecordFile]) -> Result<KeySet, CliError> {
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
    if let Some(preset) = keys.and_then(Keys::preset) {
        return Ok(preset.key_set()?);
    }
    Ok(match keys {
        Some(Keys::People) => KeySet::people()?,
        None if generic && !national => KeySet::people()?,
        _ => KeySet::uk_children()?,
    })
}

/// What the person at the terminal, who holds all the files, wants to know: exact counts.
fn describe(args: &LinkArgs, done: &Done) {
    for file in &done.files {
        let unread: Vec<&str> = file.unread().collect();
        for field in file.lacking() {
            say(&format!(
                "{}: no column was read as {field}; if one of these holds it, add --map \"COLUMN={field}\": {}",
                file.name(),
                unread.join(", ")
            ));
        }
    }
    for (file, rows) in done.files.iter().zip(&done.linkage.rows) {
        let count = |list: &[Status]| rows.iter().filter(|r| list.contains(&r.status)).count();
        let matched = count(&[Status::Matched, Status::Many]);
        say(&format!(
            "{}: {} records: {matched} matched ({:.1} %), {} possible, {} unmatched, {} not tokenised",
            file.name(),
            rows.len(),
            matched as f64 / rows.len().max(1) as f64 * 100.0,
            count(&[Status::Possible]),
            count(&[Status::Unmatched]),
            count(&[Status::NotTokenised]),
        ));
    }
    let links = |d: Decision| {
        done.linkage
            .links
            .iter()
            .filter(|l| l.decision == d)
            .count()
    };
    say(&format!(
        "{} links are a match, {} possible: for a person to review",
        links(Decision::Match),
        links(Decision::Possible)
    ));
    if args.residue {
        let offered = done.linkage.links.iter();
        let offered = offered.filter(|l| l.held == Some(Held::Residue)).count();
        say(&format!(
            "{offered} of the possible were found by similarity alone (--residue)"
        ));
    }
    if done.linkage.fit.priors_used {
        say("too few pairs to fit the model to: its stated priors were used");
    }
    say(&format!(
        "report: {}",
        args.out.join("report.html").display()
    ));
}
