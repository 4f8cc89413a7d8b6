use super::table::Plan;
use super::{Group, Layout, ReadError, RecordFile};
use crate::record::{Graded, IdentityEpoch, Record};
use csv::ByteRecord;
use std::collections::HashMap;

/// Records in order, ids unique, rows of one child gathered where the layout has many.
pub(super) struct Gathered<'a> {
    plan: &'a Plan,
    name: &'a str,
    records: Vec<Record>,
    row_record: Vec<u32>,
    first_row: HashMap<String, u32>,
    groups: Vec<Group>,
    values: Vec<HashMap<String, u32>>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(plan: &'a Plan, name: &'a str) -> Gathered<'a> {
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

    pub(super) fn push(&mut self, record: Record, row: &ByteRecord) -> Result<(), ReadError> {
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

    pub(super) fn finish(self) -> Result<RecordFile, ReadError> {
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
            headers: self.plan.headers.clone(),
            id_column: self.plan.id.map(|i| self.plan.column(i)),
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
