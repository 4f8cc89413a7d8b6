use super::say;
use crate::args::SynthArgs;
use crate::error::CliError;
use crate::input;
use crate::output::Folder;
use crate::progress::Progress;
use billetbook_synth::{ErrorModel, Options, generate, write};

pub(crate) fn run(args: &SynthArgs, json: bool) -> Result<(), CliError> {
    let errors = match &args.errors {
        None => ErrorModel::default(),
        Some(path) => {
            let text = input::text(path, input::SETTINGS)?;
            ErrorModel::parse(&text).map_err(|source| CliError::ErrorModel {
                path: path.clone(),
                source,
            })?
        }
    };
    let folder = Folder::create(&args.out)?;
    let progress = Progress::new(json);
    progress.step("making up children");
    let made = generate(&Options {
        children: args.children,
        agencies: args.agencies,
        seed: args.seed,
        errors,
        ..Options::default()
    });
    progress.step("writing");
    write(&made, folder.path())?;
    folder.finish()?;
    progress.done();
    let rows: Vec<usize> = made.agencies.iter().map(Vec::len).collect();
    if json {
        say(&serde_json::json!({ "out": args.out, "rows": rows }).to_string());
    } else {
        say(&format!(
            "{} made-up children, held by {} agencies ({rows:?} rows), in {}",
            args.children,
            rows.len(),
            args.out.display()
        ));
    }
    Ok(())
}
