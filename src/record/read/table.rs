use super::fill::fill;
use super::gather::Gathered;
use super::{Among, LONGEST_FIELD, Layout, ReadError, ReadOptions, RecordFile};
use crate::record::Record;
use crate::record::field::Field;
use csv::ByteRecord;
use std::io::Read;

const CHUNK: usize = 1 << 14;

pub(super) fn read(
    source: impl Read,
    name: &str,
    options: &ReadOptions,
    among: Among,
) -> Result<RecordFile, ReadError> {
    let mut source = std::io::BufReader::with_capacity(1 << 18, source);
    let delimiter = delimiter(std::io::BufRead::fill_buf(&mut source).unwrap_or_default());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(Tail { source, last: 0 });
    let mut header = ByteRecord::new();
    if !next(&mut reader, &mut header, name)? {
        return Err(ReadError::Empty {
            file: name.to_owned(),
        });
    }
    let plan = Plan::new(&header, name, options, among)?;
    let mut out = Gathered::new(&plan, name);
    let mut at = 2u64;
    let mut buffers: Vec<ByteRecord> = Vec::new();
    loop {
        let mut n = 0;
        while n < CHUNK {
            if n == buffers.len() {
                buffers.push(ByteRecord::new());
            }
            if !next(&mut reader, &mut buffers[n], name)? {
                break;
            }
            n += 1;
        }
        let rows = &buffers[..n];
        let Some(last) = rows.last() else { break };
        // A quote that is still open at the end has swallowed the rest of the file.
        if reader.is_done()
            && reader.get_ref().last != b'"'
            && let Some(i) = last.iter().position(|f| f.contains(&b'\n'))
        {
            return Err(ReadError::LineBreak {
                file: name.to_owned(),
                row: at + rows.len() as u64 - 1,
                column: plan.column(i),
            });
        }
        let parse = |(i, row): (usize, &ByteRecord)| plan.record(row, at + i as u64, name);
        #[cfg(feature = "parallel")]
        let parsed: Vec<Result<Record, ReadError>> = {
            use rayon::prelude::*;
            rows.par_iter().enumerate().map(parse).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let parsed: Vec<Result<Record, ReadError>> = rows.iter().enumerate().map(parse).collect();
        for (record, row) in parsed.into_iter().zip(rows) {
            out.push(record?, row)?;
        }
        at += rows.len() as u64;
    }
    out.finish()
}

/// Remembers the last byte that ends no line.
struct Tail<R> {
    source: R,
    last: u8,
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.source.read(buffer)?;
        let read = &buffer[..n];
        let end = read.iter().rev().find(|b| !matches!(**b, b'\r' | b'\n'));
        self.last = end.copied().unwrap_or(self.last);
        Ok(n)
    }
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
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) headers: Vec<String>,
    pub(super) fields: Vec<(usize, Field)>,
    pub(super) id: Option<usize>,
    pub(super) groups: Vec<usize>,
}

impl Plan {
    fn new(
        header: &ByteRecord,
        name: &str,
        options: &ReadOptions,
        among: Among,
    ) -> Result<Plan, ReadError> {
        let headers = headers(header, name)?;
        let schema = options.schema.clone().unwrap_or_default();
        let layout = schema.layout().unwrap_or_else(|| recognise(&headers));
        let position = |column: &str| headers.iter().position(|h| h == column);
        let absent = |column: &str| ReadError::NoColumn {
            file: name.to_owned(),
            column: column.to_owned(),
            present: headers.join(", "),
        };
        let ambiguous = |first: usize, second: usize, field: Field| ReadError::Ambiguous {
            file: name.to_owned(),
            first: headers[first].clone(),
            second: headers[second].clone(),
            field,
        };
        let mut fields: Vec<(usize, Field)> = Vec::new();
        let mut elsewhere: Vec<(&str, Field)> = Vec::new();
        for (column, field) in options.map.iter().chain(schema.columns()) {
            match position(column) {
                None => elsewhere.push((column, *field)),
                Some(at) if fields.contains(&(at, *field)) => {}
                Some(at) if fields.iter().any(|f| f.0 == at) => {
                    return Err(ReadError::TwoUses {
                        file: name.to_owned(),
                        column: column.clone(),
                    });
                }
                Some(at) => match fields.iter().find(|f| f.1 == *field && !field.is_list()) {
                    Some(first) => return Err(ambiguous(first.0, at, *field)),
                    None => fields.push((at, *field)),
                },
            }
        }
        let named: Vec<Field> = fields.iter().map(|f| f.1).collect();
        let mut groups = Vec::new();
        for column in options.groups.iter().chain(schema.groups()) {
            match position(column) {
                Some(at) if fields.iter().any(|f| f.0 == at) => {
                    return Err(ReadError::TwoUses {
                        file: name.to_owned(),
                        column: column.clone(),
                    });
                }
                Some(at) if groups.contains(&at) => {}
                Some(at) => groups.push(at),
                None if among == Among::Several => {}
                None => return Err(absent(column)),
            }
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
                return Err(ambiguous(*first, i, field));
            }
            fields.push((i, field));
        }
        // A column that another file of the same job has: where it is a name or the birth date, without which little
        // is linked, this one must say it in its own way.
        for (column, field) in elsewhere {
            let needed = Field::NEEDED.contains(&field) && !fields.iter().any(|f| f.1 == field);
            if among == Among::One || needed {
                return Err(absent(column));
            }
        }
        let own = fields.iter().find(|f| f.1 == Field::Id).map(|f| f.0);
        let id = match options.id.as_deref().or(schema.id()) {
            None => own,
            Some(column) => match (position(column), own) {
                (Some(at), _) => Some(at),
                (None, Some(own)) if among == Among::Several => Some(own),
                (None, _) => return Err(absent(column)),
            },
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

    pub(super) fn column(&self, i: usize) -> String {
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
            // Addresses are written over several lines, nothing else is.
            if field != Field::AddressLine && text(i).contains('\n') {
                return Err(ReadError::LineBreak {
                    file: name.to_owned(),
                    row: at,
                    column: self.column(i),
                });
            }
            fill(&mut r, field, text(i));
        }
        Ok(r)
    }
}

/// The header row's words, each of its own.
fn headers(header: &ByteRecord, name: &str) -> Result<Vec<String>, ReadError> {
    let mut headers: Vec<String> = Vec::new();
    for (i, h) in header.iter().enumerate() {
        let (file, column) = (name.to_owned(), format!("number {}", i + 1));
        let text = match std::str::from_utf8(h) {
            Err(_) => {
                return Err(ReadError::Encoding {
                    file,
                    row: 1,
                    column,
                });
            }
            Ok(text) if text.contains('\0') => {
                return Err(ReadError::Nul {
                    file,
                    row: 1,
                    column,
                });
            }
            Ok(text) => text.trim().to_owned(),
        };
        if !text.is_empty() && headers.contains(&text) {
            return Err(ReadError::DuplicateHeader { file, column: text });
        }
        headers.push(text);
    }
    Ok(headers)
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
