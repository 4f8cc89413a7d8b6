use super::say;
use crate::args::RecordCheckArgs;
use crate::error::CliError;
use crate::input;
use billetbook::record::Section;
use billetbook::record::child::{ChildRecord, SCHEMA};
use std::collections::BTreeMap;
use std::path::Path;
use zeroize::Zeroizing;

/// Whether a record can be sealed: its sections and their sizes, and nothing of what they hold.
pub(crate) fn check(args: &RecordCheckArgs, json: bool) -> Result<(), CliError> {
    let record = read(&args.record)?;
    let sections = sections(&record, &args.record)?;
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

/// A record's sections, and what each holds.
type Sections = BTreeMap<Section, Zeroizing<Vec<u8>>>;

/// The sections of a record; errors name it by `path`.
pub(crate) fn sections(record: &ChildRecord, path: &Path) -> Result<Sections, CliError> {
    record
        .to_sections()
        .map_err(|source| CliError::ChildRecord {
            path: path.to_owned(),
            source,
        })
}

/// As they are handed over to be sealed.
pub(crate) fn to_seal(sections: &Sections) -> Vec<(Section, &[u8])> {
    let each = sections.iter();
    each.map(|(section, held)| (section.clone(), held.as_slice()))
        .collect()
}

/// A record file.
pub(crate) fn read(path: &Path) -> Result<ChildRecord, CliError> {
    parse(&input::bytes(path, input::RECORD)?, path)
}

/// A record's bytes; errors name it by `path`.
pub(crate) fn parse(bytes: &[u8], path: &Path) -> Result<ChildRecord, CliError> {
    ChildRecord::from_json(bytes).map_err(|source| CliError::ChildRecord {
        path: path.to_owned(),
        source,
    })
}
