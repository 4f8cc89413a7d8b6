//! `clk hash` and `clk match`: in the place of clkhash and anonlink.

use super::{NewFile, ask, first_line, say, secret_text};
use crate::args::{ClkCommand, ClkHashArgs, ClkMatchArgs, HeaderRow};
use crate::error::CliError;
use crate::input;
use crate::progress::Progress;
use billetbook::clk::clkhash::{Header, Schema, hash_csv};
use billetbook::clk::{Clks, compare, groups, write_candidates, write_groups, write_scores};
use billetbook::engine::{Options, Threshold};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Bytes of a secret below which a guess is worth trying.
const SHORT: usize = 16;

pub(crate) fn run(command: &ClkCommand, json: bool) -> Result<(), CliError> {
    match command {
        ClkCommand::Hash(args) => hash(args, json),
        ClkCommand::Match(args) => matched(args, json),
    }
}

fn hash(args: &ClkHashArgs, json: bool) -> Result<(), CliError> {
    let mut out = NewFile::create(&args.out)?;
    let text = input::text(&args.schema, input::SETTINGS)?;
    let schema = Schema::from_json(&text, &args.schema.display().to_string())?;
    let secret = secret(args)?;
    if secret.len() < SHORT {
        eprintln!(
            "warning: a secret of {} bytes can be guessed; with it, so can every name (take one of 32 random bytes)",
            secret.len()
        );
    }
    let file = File::open(&args.file).map_err(|source| CliError::Open {
        path: args.file.clone(),
        source,
    })?;
    let header = match args.header {
        HeaderRow::Checked => Header::Checked,
        HeaderRow::Ignored => Header::PassedOver,
        HeaderRow::None => Header::None,
    };
    let progress = Progress::new(json);
    progress.step("hashing");
    let name = args.file.display().to_string();
    let clks = hash_csv(file, &name, &schema, secret.as_bytes(), header)?;
    progress.step("writing");
    let mut buffered = BufWriter::with_capacity(1 << 18, out.file());
    let written = clks
        .write_json(&mut buffered)
        .and_then(|()| buffered.flush());
    drop(buffered);
    out.finish(written, false)?;
    progress.done();
    if json {
        say(
            &serde_json::json!({ "records": clks.len(), "bits": clks.bits(), "clks": args.out })
                .to_string(),
        );
    } else {
        say(&format!(
            "{} records became CLKs of {} bits: {}",
            clks.len(),
            clks.bits(),
            args.out.display()
        ));
    }
    Ok(())
}

fn secret(args: &ClkHashArgs) -> Result<Zeroizing<String>, CliError> {
    match secret_text(args.secret_file.as_deref(), args.secret_fd)? {
        Some(text) => Ok(Zeroizing::new(first_line(&text).to_owned())),
        None => ask("Secret: "),
    }
}

fn matched(args: &ClkMatchArgs, json: bool) -> Result<(), CliError> {
    let threshold: Threshold = args.threshold.parse().map_err(CliError::Threshold)?;
    let mut options = Options::new(threshold);
    options.max_pairs = args.max_pairs;
    let paths = [&args.groups, &args.scores, &args.candidates];
    let made = paths.map(|p| p.as_deref().map(NewFile::create).transpose());
    let [group_file, score_file, candidate_file] = made;
    let (group_file, score_file) = (group_file?, score_file?);
    let candidate_file = candidate_file?;
    let progress = Progress::new(json);
    progress.step("reading");
    let mut files = Vec::new();
    for path in &args.files {
        let name = path.display().to_string();
        let bytes = input::bytes(path, input::CLKS)?;
        let clks = Clks::from_json(&bytes, &name)?;
        files.push((name, clks));
    }
    progress.step("comparing");
    let found = compare(&files, &options)?;
    let mut grouped = None;
    let mut done = Outputs(Vec::new());
    progress.step("writing");
    if let Some(file) = group_file {
        let groups = groups(&found);
        done.write(file, &args.groups, |out| write_groups(&groups, out))?;
        grouped = Some(groups.len());
    }
    if let Some(file) = score_file {
        done.write(file, &args.scores, |out| write_scores(&found, out))?;
    }
    if let Some(file) = candidate_file {
        done.write(file, &args.candidates, |out| write_candidates(&found, out))?;
    }
    done.0.clear();
    progress.done();
    if json {
        say(&serde_json::json!({ "pairs": found.len(), "groups": grouped }).to_string());
    } else {
        say(&format!("{} pairs reach {threshold}", found.len()));
        if let Some(groups) = grouped {
            say(&format!("{groups} groups"));
        }
    }
    Ok(())
}

/// Outputs that stand already; removed again where a later one fails.
struct Outputs(Vec<PathBuf>);

impl Outputs {
    fn write(
        &mut self,
        mut file: NewFile,
        path: &Option<PathBuf>,
        write: impl FnOnce(&mut BufWriter<&mut File>) -> std::io::Result<()>,
    ) -> Result<(), CliError> {
        let mut out = BufWriter::with_capacity(1 << 18, file.file());
        let written = write(&mut out).and_then(|()| out.flush());
        drop(out);
        file.finish(written, false)?;
        self.0.extend(path.clone());
        Ok(())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}
