use super::{TokenFile, TokenFileError, column_name};
use crate::hex::{Hex, unhex};
use crate::token::{KeySet, NOTE_LEN, RESIDUE_LEN, RowId, Token};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

const GROUP: usize = 1 << 16;
const HEADER: &str = "billetbook.header";
const SIGNATURE: &str = "billetbook.signature";

fn fixed(name: &str, bytes: i32) -> Result<TypePtr, ParquetError> {
    let t = Type::primitive_type_builder(name, PhysicalType::FIXED_LEN_BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_length(bytes);
    Ok(Arc::new(t.build()?))
}

fn list(name: &str) -> Result<TypePtr, ParquetError> {
    let inner = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![fixed("element", 16)?])
        .build()?;
    let outer = Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_converted_type(ConvertedType::LIST)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(inner)]);
    Ok(Arc::new(outer.build()?))
}

/// `row`, one list a key, `note`, and `clk` where there are any.
fn schema(key_set: &KeySet, clks: bool) -> Result<TypePtr, ParquetError> {
    let mut fields = vec![fixed("row", 16)?];
    for key in key_set.keys() {
        fields.push(list(&column_name(key.id()))?);
    }
    let bytes = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    fields.push(fixed("note", bytes(NOTE_LEN))?);
    if clks {
        fields.push(fixed("clk", bytes(RESIDUE_LEN))?);
    }
    Ok(Arc::new(
        Type::group_type_builder("tokens")
            .with_fields(fields)
            .build()?,
    ))
}

pub(super) fn write(
    tokens: &TokenFile,
    out: impl Write + Send,
    key_set: &KeySet,
) -> Result<(), ParquetError> {
    let table = &tokens.table;
    // Tokens are uniform: no dictionary, no statistics, no compression has anything to gain.
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_statistics_enabled(parquet::file::properties::EnabledStatistics::None)
        .set_compression(Compression::UNCOMPRESSED)
        .set_key_value_metadata(Some(vec![
            KeyValue::new(HEADER.to_owned(), Hex(&tokens.header_bytes()).to_string()),
            KeyValue::new(SIGNATURE.to_owned(), Hex(&tokens.signature).to_string()),
        ]))
        .build();
    let mut writer = SerializedFileWriter::new(
        out,
        schema(key_set, tokens.clks.is_some())?,
        Arc::new(properties),
    )?;
    for start in (0..table.rows.len()).step_by(GROUP) {
        let rows = start..(start + GROUP).min(table.rows.len());
        let mut group = writer.next_row_group()?;
        let mut offset = 0;
        let mut column = 0;
        while let Some(mut out) = group.next_column()? {
            let mut bytes: Vec<u8> = Vec::new();
            let (width, slots) = if column == 0 {
                rows.clone()
                    .for_each(|i| bytes.extend_from_slice(&table.rows[i].0));
                (16, 1)
            } else if let Some(key) = key_set.keys().get(column - 1) {
                for i in rows.clone() {
                    for token in &table.row(i)[offset..offset + key.slots()] {
                        bytes.extend_from_slice(token.as_bytes());
                    }
                }
                offset += key.slots();
                (16, key.slots())
            } else if column == key_set.keys().len() + 1 {
                rows.clone()
                    .for_each(|i| bytes.extend_from_slice(&tokens.notes[i]));
                (NOTE_LEN, 1)
            } else {
                let clks = tokens.clks.iter().flat_map(|c| &c[rows.clone()]);
                clks.for_each(|c| bytes.extend_from_slice(c));
                (RESIDUE_LEN, 1)
            };
            let all = ByteArray::from(bytes);
            let values: Vec<FixedLenByteArray> = (0..rows.len() * slots)
                .map(|i| all.slice(i * width, width).into())
                .collect();
            if let ColumnWriter::FixedLenByteArrayColumnWriter(w) = out.untyped() {
                if column == 0 || column > key_set.keys().len() {
                    w.write_batch(&values, None, None)?;
                } else {
                    let definition = vec![1i16; values.len()];
                    let repetition: Vec<i16> = (0..values.len())
                        .map(|i| i16::from(i % slots != 0))
                        .collect();
                    w.write_batch(&values, Some(&definition), Some(&repetition))?;
                }
            }
            out.close()?;
            column += 1;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

pub(super) fn read(file: File, name: &str, key_set: &KeySet) -> Result<TokenFile, TokenFileError> {
    let refused = |what: String| TokenFileError::Format {
        file: name.to_owned(),
        what,
    };
    let reader = SerializedFileReader::new(file).map_err(|e| refused(e.to_string()))?;
    let meta = reader.metadata().file_metadata();
    let value = |key: &str| {
        let found = meta
            .key_value_metadata()
            .and_then(|all| all.iter().find(|kv| kv.key == key));
        found.and_then(|kv| kv.value.as_deref()).and_then(unhex)
    };
    let header = value(HEADER).ok_or_else(|| refused("it has no billetbook header".to_owned()))?;
    let signature = value(SIGNATURE).and_then(|s| s.try_into().ok());
    let signature = signature.ok_or_else(|| refused("it has no signature".to_owned()))?;
    let (mut out, rows) = TokenFile::open_header(&header, name, key_set)?;
    let expected = schema(key_set, out.clks.is_some()).map_err(|e| refused(e.to_string()))?;
    if meta.schema() != expected.as_ref() {
        return Err(refused(
            "its columns are not those of the key set".to_owned(),
        ));
    }
    if usize::try_from(meta.num_rows()).ok() != Some(rows) {
        return Err(refused(
            "it has another number of rows than its header says".to_owned(),
        ));
    }
    for group in 0..reader.num_row_groups() {
        get(&mut out, &reader, group, key_set).map_err(|e| match e {
            GroupError::Parquet(e) => refused(e.to_string()),
            GroupError::Length => refused("a list has another length than its key".to_owned()),
        })?;
    }
    if out.table.rows.len() != rows {
        return Err(refused("rows are missing".to_owned()));
    }
    out.signature = signature;
    Ok(out)
}

enum GroupError {
    Parquet(ParquetError),
    Length,
}

impl From<ParquetError> for GroupError {
    fn from(e: ParquetError) -> GroupError {
        GroupError::Parquet(e)
    }
}

fn get(
    out: &mut TokenFile,
    reader: &SerializedFileReader<File>,
    group: usize,
    key_set: &KeySet,
) -> Result<(), GroupError> {
    let group = reader.get_row_group(group)?;
    let rows = usize::try_from(group.metadata().num_rows()).map_err(|_| GroupError::Length)?;
    let keys = key_set.keys().len();
    let last = keys + 2 + usize::from(out.clks.is_some());
    let mut columns: Vec<Vec<FixedLenByteArray>> = Vec::with_capacity(last);
    for column in 0..last {
        let slots = if (1..=keys).contains(&column) {
            key_set.keys()[column - 1].slots()
        } else {
            1
        };
        let width = match column.checked_sub(keys) {
            Some(1) => NOTE_LEN,
            Some(2) => RESIDUE_LEN,
            _ => 16,
        };
        let ColumnReader::FixedLenByteArrayColumnReader(mut r) = group.get_column_reader(column)?
        else {
            return Err(GroupError::Length);
        };
        let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
        let is_list = (1..=keys).contains(&column);
        while {
            let (d, p) = if is_list {
                (Some(&mut definition), Some(&mut repetition))
            } else {
                (None, None)
            };
            r.read_records(rows, d, p, &mut values)?.0 > 0
        } {}
        let fits = values.len() == rows * slots
            && values.iter().all(|v| v.len() == width)
            && definition.iter().all(|d| *d == 1)
            && repetition
                .iter()
                .enumerate()
                .all(|(i, r)| *r == i16::from(i % slots != 0));
        if !fits {
            return Err(GroupError::Length);
        }
        columns.push(values);
    }
    let sixteen = |v: &FixedLenByteArray| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(v.data());
        bytes
    };
    for i in 0..rows {
        let mut note = [0; NOTE_LEN];
        note.copy_from_slice(columns[keys + 1][i].data());
        let tokens = key_set
            .keys()
            .iter()
            .zip(&columns[1..])
            .flat_map(|(key, column)| {
                column[i * key.slots()..(i + 1) * key.slots()]
                    .iter()
                    .map(|v| Token::from_secret_bytes(sixteen(v)))
            });
        let clk = columns.get(keys + 2).map(|column| {
            let mut clk = [0; RESIDUE_LEN];
            clk.copy_from_slice(column[i].data());
            clk
        });
        out.push_row(RowId(sixteen(&columns[0][i])), tokens, note, clk);
    }
    Ok(())
}
