//! One file a command.

pub(crate) mod demo;
pub(crate) mod link;
pub(crate) mod synth;
pub(crate) mod validate;

use crate::args::ColumnArgs;
use crate::error::CliError;
use billetbook::record::{ReadOptions, Schema};

/// Reading options from the command line.
pub(crate) fn read_options(args: &ColumnArgs) -> Result<ReadOptions, CliError> {
    let mut map = Vec::new();
    for text in &args.map {
        let (column, field) = text
            .rsplit_once('=')
            .ok_or_else(|| CliError::MapForm { text: text.clone() })?;
        map.push((column.to_owned(), field.parse()?));
    }
    let schema = match &args.schema {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| CliError::Write {
                path: path.clone(),
                source,
            })?;
            Some(Schema::parse(&text).map_err(|source| CliError::Schema {
                path: path.clone(),
                source,
            })?)
        }
    };
    Ok(ReadOptions {
        id: args.id.clone(),
        map,
        schema,
        groups: args.group.clone(),
    })
}

/// Prints a line to standard output.
#[expect(
    clippy::print_stdout,
    reason = "the one place where the command speaks"
)]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
