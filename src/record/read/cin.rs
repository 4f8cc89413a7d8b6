use super::fill::fill;
use super::{Layout, ReadError, RecordFile};
use crate::record::Record;
use crate::record::field::Field;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::HashMap;
use std::io::BufRead;

/// Reads a Children in Need census. Text that stands outside the elements it knows is passed over: real files
/// hold stray words.
pub(super) fn read(source: impl BufRead, name: &str) -> Result<RecordFile, ReadError> {
    let mut reader = Reader::from_reader(source);
    let mut buffer = Vec::new();
    let mut records: Vec<Record> = Vec::new();
    let mut rows: HashMap<String, u32> = HashMap::new();
    let mut child: Option<Record> = None;
    let mut element: Option<Field> = None;
    let mut text = String::new();
    loop {
        let at = reader.buffer_position();
        let xml = |what: String| ReadError::Xml {
            file: name.to_owned(),
            at,
            what,
        };
        match reader
            .read_event_into(&mut buffer)
            .map_err(|e| xml(plain(&e)))?
        {
            Event::Eof => break,
            Event::Start(e) => {
                element = None;
                text.clear();
                match e.local_name().as_ref() {
                    "Child" => child = Some(Record::default()),
                    "LAchildID" => element = Some(Field::Id),
                    "UPN" => element = Some(Field::Upn),
                    "FormerUPN" => element = Some(Field::FormerUpn),
                    "UPNunknown" => element = Some(Field::Upn),
                    "PersonBirthDate" => element = Some(Field::DateOfBirth),
                    "ExpectedPersonBirthDate" => element = Some(Field::ExpectedDateOfBirth),
                    "Sex" | "GenderCurrent" => element = Some(Field::Sex),
                    _ => {}
                }
            }
            Event::Text(e) if element.is_some() => {
                text.push_str(&e);
                if text.len() > super::LONGEST_FIELD {
                    return Err(xml("an element is too long".to_owned()));
                }
            }
            Event::End(e) => {
                if let (Some(field), Some(record)) = (element.take(), child.as_mut()) {
                    let value = text.trim();
                    match field {
                        Field::Id => value.clone_into(&mut record.id),
                        Field::Upn if record.upn.valid().is_some() => {}
                        _ => fill(record, field, value),
                    }
                }
                if e.local_name().as_ref() == "Child"
                    && let Some(mut record) = child.take()
                {
                    let row = records.len() as u64 + 1;
                    if record.id.is_empty() {
                        record.id = row.to_string();
                    }
                    let index = u32::try_from(records.len()).unwrap_or(u32::MAX);
                    if let Some(first) = rows.insert(record.id.clone(), index) {
                        return Err(ReadError::DuplicateId {
                            file: name.to_owned(),
                            first: u64::from(first) + 1,
                            second: row,
                            column: "LAchildID".to_owned(),
                        });
                    }
                    records.push(record);
                }
            }
            _ => {}
        }
        buffer.clear();
    }
    if records.is_empty() {
        return Err(ReadError::OtherXml {
            file: name.to_owned(),
        });
    }
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    let columns = [
        Field::Upn,
        Field::FormerUpn,
        Field::DateOfBirth,
        Field::ExpectedDateOfBirth,
        Field::Sex,
    ];
    Ok(RecordFile {
        name: name.to_owned(),
        layout: Layout::CinCensus,
        records,
        groups: Vec::new(),
        row_record: (0..count).collect(),
        columns: columns.iter().map(|f| (f.name().to_owned(), *f)).collect(),
        headers: Vec::new(),
        id_column: Some("LAchildID".to_owned()),
    })
}

/// The kind of fault, without any of the document's own text.
fn plain(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let kind: String = text
        .chars()
        .take_while(|c| !matches!(c, '`' | '"' | '\'' | '<' | '&'))
        .collect();
    kind.trim_end().to_owned()
}
