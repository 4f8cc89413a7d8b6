use super::linkage::read;
use super::{key_set_of, say, write_new};
use crate::args::MatchArgs;
use crate::error::CliError;
use crate::output::Folder;
use crate::progress::Progress;
use billetbook::linkage::{Decision, LinkOptions, match_files};
use billetbook::token::TokenFile;

pub(crate) fn run(args: &MatchArgs, json: bool) -> Result<(), CliError> {
    let descriptor = read(&args.linkage)?;
    let key_set = key_set_of(&descriptor)?;
    let folder = Folder::create(&args.out)?;
    let progress = Progress::new(json);
    progress.step("reading token files");
    let mut files = Vec::new();
    for path in &args.files {
        files.push((path.display().to_string(), TokenFile::read(path, &key_set)?));
    }
    progress.step("matching");
    let options = LinkOptions {
        all_pairs: args.all_pairs,
        ..LinkOptions::default()
    };
    let results = match_files(&descriptor, &key_set, &files, &options)?;
    progress.step("writing");
    let mut written = Vec::new();
    for (i, result) in results.iter().enumerate() {
        let name = format!("{:02}.result", i + 1);
        write_new(&folder.path().join(&name), &result.to_text(), true)?;
        let matches = result
            .links
            .iter()
            .filter(|l| l.link.decision == Decision::Match)
            .count();
        written.push((args.out.join(name), result.member, matches));
    }
    folder.finish()?;
    progress.done();
    for (path, member, matches) in written {
        if json {
            say(&serde_json::json!({ "result": path, "member": member.to_string(), "matches": matches }).to_string());
        } else {
            say(&format!(
                "{}: {matches} matches, for {member}",
                path.display()
            ));
        }
    }
    Ok(())
}
