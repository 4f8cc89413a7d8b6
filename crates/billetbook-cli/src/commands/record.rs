use super::say;
use crate::args::RecordCheckArgs;
use crate::error::CliError;
use crate::input;
use billetbook::record::Section;
use billetbook::record::child::{ChildRecord, SCHEMA};
use std::path::Path;

/// Whether a record can be sealed: its sections and their sizes, and nothing of what they hold.
pub(crate) fn check(args: &RecordCheckArgs, json: bool) -> Result<(), CliError> {
    let record = read(&args.record)?;
    let sections = record
        .to_sections()
        .map_err(|source| CliError::ChildRecord {
            path: args.record.clone(),
            source,
        })?;
    let state = record.identifier_state();
    let attached = |section: &Section| {
        let all = record.attachments.iter();
        all.filter(|a| a.section == *section).count()
    };
    let shielded = |section: &Section| {
        let all = record.shielded.iter();
        all.filter(|s| s.sections.contains(section)).count()
    };
    if json {
        let sections: Vec<_> = sections
            .iter()
            .map(|(s, bytes)| {
                serde_json::json!({
                    "section": s, "bytes": bytes.len(), "attachments": attached(s), "shielded_fields": shielded(s),
                })
            })
            .collect();
        let report = serde_json::json!({
            "identifier": state, "purge": record.purge, "whereabouts_hidden": record.whereabouts_hidden,
            "sections": sections,
        });
        say(&serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    if record.purge {
        say("asks whoever holds these sections to erase them");
    }
    say(&format!("consistent identifier: {}", state.title()));
    if record.whereabouts_hidden {
        say("whereabouts are hidden: no field in the open tells them");
    }
    for (section, bytes) in &sections {
        say(&format!(
            "{:<20} {:>9} bytes, {} attachments, {} shielded fields",
            section.as_str(),
            bytes.len(),
            attached(section),
            shielded(section)
        ));
    }
    Ok(())
}

/// The JSON Schema of a record.
pub(crate) fn schema() {
    say(SCHEMA.trim_end());
}

/// A record file.
pub(crate) fn read(path: &Path) -> Result<ChildRecord, CliError> {
    let bytes = input::bytes(path, input::RECORD)?;
    ChildRecord::from_json(&bytes).map_err(|source| CliError::ChildRecord {
        path: path.to_owned(),
        source,
    })
}
