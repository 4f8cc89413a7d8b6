use super::{read_options, say};
use crate::args::ValidateArgs;
use crate::error::CliError;
use billetbook::record::{QualityReport, read_path};

pub(crate) fn run(args: &ValidateArgs, json: bool) -> Result<(), CliError> {
    let file = read_path(&args.file, &read_options(&args.columns)?)?;
    let report = QualityReport::of(&file);
    if json {
        say(&serde_json::to_string_pretty(&report)?);
    } else {
        say(&report.to_string());
    }
    Ok(())
}
