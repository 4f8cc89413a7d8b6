use super::fill::fill;
use super::{Group, LONGEST_FIELD, Layout, ReadError, ReadOptions, RecordFile};
use crate::record::field::Field;
use crate::record::{Graded, IdentityEpoch, Record};
use csv::ByteRecord;
use std::collections::HashMap;
use std::io::Read;

const CHUNK: usize = 1 << 14;

pub(super) fn read(
    source: impl Read,
    name: &str,
    options: &ReadOptions,
) -> Result<RecordFile, ReadError> {
    let mut source = std::io::BufReader::with_capacity(1 << 18, source);
    let delimiter = delimiter(std::io::BufRead::fill_buf(&mut source).unwrap_or_default());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(source);
    let mut header = ByteRecord::new();
    if !next(&mut reader, &mut header, name)? {
        return Err(ReadError::Empty {
            file: name.to_owned(),
        });
    }
    let plan = Plan::new(&header, name, options)?;
    let mut out = Gathered::new(&plan, name);
    let mut at = 2u64;
    loop {
        let mut rows: Vec<ByteRecord> = Vec::with_capacity(CHUNK);
        while rows.len() < CHUNK {
            let mut row = ByteRecord::new();
            if !next(&mut reader, &mut row, name)? {
                break;
            }
            rows.push(row);
        }
        if rows.is_empty() {
            break;
        }
        let parse = |(i, row): (usize, &ByteRecord)| plan.record(row, at + i as u64, name);
        #[cfg(feature = "parallel")]
        let parsed: Vec<Result<Record, ReadError>> = {
            use rayon::prelude::*;
            rows.par_iter().enumerate().map(parse).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let parsed: Vec<Result<Record, ReadError>> = rows.iter().enumerate().map(parse).collect();
        for (record, row) in parsed.into_iter().zip(&rows) {
            out.push(record?, row)?;
        }
        at += rows.len() as u64;
    }
    out.finish()
}

fn next(
    reader: &mut csv::Reader<impl Read>,
    row: &mut ByteRecord,
    name: &str,
) -> Result<bool, ReadError> {
    reader.read_byte_record(row).map_err(|e| ReadError::Io {
        file: name.to_owned(),
        source: e.into(),
    })
}

/// The separator that the header row holds most of: comma, semicolon, tab or bar.
pub fn delimiter(head: &[u8]) -> u8 {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |d: u8| line.iter().filter(|b| **b == d).count();
    [b',', b';', b'\t', b'|']
        .into_iter()
        .rev()
        .max_by_key(|d| count(*d))
        .unwrap_or(b',')
}

/// Which column goes where.
struct Plan {
    layout: Layout,
    headers: Vec<String>,
    fields: Vec<(usize, Field)>,
    id: Option<usize>,
    groups: Vec<usize>,
}

impl Plan {
    fn new(header: &ByteRecord, name: &str, options: &ReadOptions) -> Result<Plan, ReadError> {
        let mut headers = Vec::new();
        for (i, h) in header.iter().enumerate() {
            let text = std::str::from_utf8(h).map_err(|_| ReadError::Encoding {
                file: name.to_owned(),
                row: 1,
                column: format!("number {}", i + 1),
            })?;
            if text.contains('\0') {
                return Err(ReadError::Nul {
                    file: name.to_owned(),
                    row: 1,
                    column: format!("number {}", i + 1),
                });
            }
            headers.push(text.trim().to_owned());
        }
        for (i, h) in headers.iter().enumerate() {
            if !h.is_empty() && headers[..i].contains(h) {
                return Err(ReadError::DuplicateHeader {
                    file: name.to_owned(),
                    column: h.clone(),
                });
            }
        }
        let schema = options.schema.clone().unwrap_or_default();
        let layout = schema.layout().unwrap_or_else(|| recognise(&headers));
        let find = |column: &str| {
            headers
                .iter()
                .position(|h| h == column)
                .ok_or_else(|| ReadError::NoColumn {
                    file: name.to_owned(),
                    column: column.to_owned(),
                    present: headers.join(", "),
                })
        };
        let mut fields: Vec<(usize, Field)> = Vec::new();
        for (column, field) in options.map.iter().chain(schema.columns()) {
            let at = find(column)?;
            if !fields.iter().any(|f| f.0 == at) {
                fields.push((at, *field));
            }
        }
        let named: Vec<Field> = fields.iter().map(|f| f.1).collect();
        let mut groups = Vec::new();
        for column in options.groups.iter().chain(schema.groups()) {
            groups.push(find(column)?);
        }
        for (i, h) in headers.iter().enumerate() {
            if fields.iter().any(|f| f.0 == i) || groups.contains(&i) {
                continue;
            }
            let Some(field) = special(layout, h).unwrap_or_else(|| Field::of_header(h)) else {
                continue;
            };
            if named.contains(&field) {
                continue;
            }
            if let Some((first, _)) = fields.iter().find(|f| f.1 == field && !field.is_list()) {
                return Err(ReadError::Ambiguous {
                    file: name.to_owned(),
                    first: headers[*first].clone(),
                    second: h.clone(),
                    field,
                });
            }
            fields.push((i, field));
        }
        let id = match options.id.as_deref().or(schema.id()) {
            Some(column) => Some(find(column)?),
            None => fields.iter().find(|f| f.1 == Field::Id).map(|f| f.0),
        };
        fields.retain(|f| f.1 != Field::Id);
        if fields.is_empty() {
            return Err(ReadError::NothingToRead {
                file: name.to_owned(),
            });
        }
        Ok(Plan {
            layout,
            headers,
            fields,
            id,
            groups,
        })
    }

    fn column(&self, i: usize) -> String {
        self.headers
            .get(i)
            .filter(|h| !h.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("number {}", i + 1))
    }

    fn record(&self, row: &ByteRecord, at: u64, name: &str) -> Result<Record, ReadError> {
        let short_is_fine = self.layout == Layout::SuiPeople && row.len() < self.headers.len();
        if row.len() != self.headers.len() && !short_is_fine {
            return Err(ReadError::Ragged {
                file: name.to_owned(),
                row: at,
                found: row.len(),
                expected: self.headers.len(),
            });
        }
        for (i, field) in row.iter().enumerate() {
            let (file, column) = (|| name.to_owned(), || self.column(i));
            if field.len() > LONGEST_FIELD {
                return Err(ReadError::FieldTooLong {
                    file: file(),
                    row: at,
                    column: column(),
                    bytes: field.len(),
                });
            }
            if field.contains(&0) {
                return Err(ReadError::Nul {
                    file: file(),
                    row: at,
                    column: column(),
                });
            }
            if std::str::from_utf8(field).is_err() {
                return Err(ReadError::Encoding {
                    file: file(),
                    row: at,
                    column: column(),
                });
            }
        }
        let text = |i: usize| {
            row.get(i)
                .and_then(|f| std::str::from_utf8(f).ok())
                .unwrap_or_default()
                .trim()
        };
        let mut r = Record::default();
        match self.id {
            Some(i) if text(i).is_empty() => {
                return Err(ReadError::NoId {
                    file: name.to_owned(),
                    row: at,
                    column: self.column(i),
                });
            }
            Some(i) => text(i).clone_into(&mut r.id),
            None => r.id = (at - 1).to_string(),
        }
        for &(i, field) in &self.fields {
            fill(&mut r, field, text(i));
        }
        Ok(r)
    }
}

/// What a header means in a layout where it means something of its own: `Some(None)` is "do not read".
fn special(layout: Layout, header: &str) -> Option<Option<Field>> {
    match (layout, header) {
        (Layout::Ssda903Header | Layout::Ssda903Episodes, "CHILD") => Some(Some(Field::Id)),
        (Layout::Ssda903Header, "MOTHER" | "MC_DOB") => Some(None),
        // Where a child is placed is a carer's address: a location secret, never read.
        (Layout::Ssda903Episodes, "HOME_POST") => Some(Some(Field::Postcode)),
        (Layout::Ssda903Episodes, _) => Some(None),
        (Layout::SchoolCensus, "pupilonrolltableid" | "pupilnolongeronrolltableid") => {
            Some(Some(Field::Id))
        }
        (Layout::SchoolCensus, "preferredsurname") => Some(Some(Field::PreviousFamilyName)),
        _ => None,
    }
}

fn recognise(headers: &[String]) -> Layout {
    let has = |names: &[&str]| names.iter().all(|n| headers.iter().any(|h| h == n));
    if has(&["DOB", "Surname", "GivenName", "Gender", "PostCode"]) {
        Layout::SuiPeople
    } else if has(&["CHILD", "DECOM", "RNE", "HOME_POST", "PL_POST"]) {
        Layout::Ssda903Episodes
    } else if has(&["CHILD", "SEX", "DOB", "UPN"]) {
        Layout::Ssda903Header
    } else if headers
        .iter()
        .any(|h| h == "pupilonrolltableid" || h == "pupilnolongeronrolltableid")
        && has(&["surname", "forename", "dob"])
    {
        Layout::SchoolCensus
    } else {
        Layout::Csv
    }
}

/// Records in order, ids unique, rows of one child gathered where the layout has many.
struct Gathered<'a> {
    plan: &'a Plan,
    name: &'a str,
    records: Vec<Record>,
    row_record: Vec<u32>,
    first_row: HashMap<String, u32>,
    groups: Vec<Group>,
    values: Vec<HashMap<String, u32>>,
}

impl<'a> Gathered<'a> {
    fn new(plan: &'a Plan, name: &'a str) -> Gathered<'a> {
        let group = |i: &usize| Group {
            column: plan.column(*i),
            values: Vec::new(),
            of_record: Vec::new(),
        };
        Gathered {
            plan,
            name,
            records: Vec::new(),
            row_record: Vec::new(),
            first_row: HashMap::new(),
            groups: plan.groups.iter().map(group).collect(),
            values: vec![HashMap::new(); plan.groups.len()],
        }
    }

    fn push(&mut self, record: Record, row: &ByteRecord) -> Result<(), ReadError> {
        let index = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        if let Some(id) = self.plan.id {
            // An identity and a closed identity of one child may stand under one id.
            let key = match &record.identity_epoch {
                IdentityEpoch::Current => record.id.clone(),
                IdentityEpoch::Closed(word) => format!("{}\0{word}", record.id),
            };
            if let Some(first) = self.first_row.get(&key).copied() {
                if self.plan.layout == Layout::Ssda903Episodes {
                    self.row_record.push(first);
                    gather(&mut self.records[first as usize], record);
                    return Ok(());
                }
                let before = self
                    .row_record
                    .iter()
                    .position(|r| *r == first)
                    .unwrap_or_default() as u64;
                return Err(ReadError::DuplicateId {
                    file: self.name.to_owned(),
                    first: before + 2,
                    second: self.row_record.len() as u64 + 2,
                    column: self.plan.column(id),
                });
            }
            self.first_row.insert(key, index);
        }
        for ((group, known), i) in self
            .groups
            .iter_mut()
            .zip(&mut self.values)
            .zip(&self.plan.groups)
        {
            let text = row
                .get(*i)
                .and_then(|f| std::str::from_utf8(f).ok())
                .unwrap_or_default()
                .trim();
            let value = match known.get(text) {
                Some(v) => *v,
                None => {
                    let v = u32::try_from(group.values.len()).unwrap_or(u32::MAX);
                    group.values.push(text.to_owned());
                    known.insert(text.to_owned(), v);
                    v
                }
            };
            group.of_record.push(value);
        }
        self.row_record.push(index);
        self.records.push(record);
        Ok(())
    }

    fn finish(self) -> Result<RecordFile, ReadError> {
        if self.records.is_empty() {
            return Err(ReadError::Empty {
                file: self.name.to_owned(),
            });
        }
        let columns = self
            .plan
            .fields
            .iter()
            .map(|f| (self.plan.column(f.0), f.1))
            .collect();
        Ok(RecordFile {
            name: self.name.to_owned(),
            layout: self.plan.layout,
            records: self.records,
            groups: self.groups,
            row_record: self.row_record,
            columns,
        })
    }
}

/// Another episode of the same child: the postcode differs or is new.
fn gather(record: &mut Record, other: Record) {
    if let Graded::Valid(code) = other.postcode {
        match record.postcode.valid() {
            None => record.postcode = Graded::Valid(code),
            Some(known) if *known != code && !record.previous_postcodes.contains(&code) => {
                record.previous_postcodes.push(code);
            }
            Some(_) => {}
        }
    }
}
