//! The same file as text, for small jobs: two lines of metadata, a header row, one row a record. A list of tokens
//! is one field, its tokens apart by blanks.

use super::{TokenFile, TokenFileError, column_name};
use crate::hex::{Hex, unhex};
use crate::token::{KeySet, NOTE_LEN, RESIDUE_LEN, RowId, Token};
use std::io::{BufRead, Write};

pub(super) const HEADER: &str = "#billetbook.header,";
const SIGNATURE: &str = "#billetbook.signature,";

fn columns(key_set: &KeySet, clks: bool) -> String {
    let keys = key_set.keys().iter().map(|k| column_name(k.id()));
    let all = std::iter::once("row".to_owned()).chain(keys);
    let all = all.chain(["note".to_owned()]);
    let all: Vec<String> = all.chain(clks.then(|| "clk".to_owned())).collect();
    all.join(",")
}

pub(super) fn write(
    tokens: &TokenFile,
    mut out: impl Write,
    key_set: &KeySet,
) -> std::io::Result<()> {
    writeln!(out, "{HEADER}{}", Hex(&tokens.header_bytes()))?;
    writeln!(out, "{SIGNATURE}{}", Hex(&tokens.signature))?;
    writeln!(out, "{}", columns(key_set, tokens.clks.is_some()))?;
    for (i, (row, note)) in tokens.table.rows.iter().zip(&tokens.notes).enumerate() {
        write!(out, "{}", Hex(&row.0))?;
        let mut of_row = tokens.table.row(i).iter();
        for key in key_set.keys() {
            for (n, token) in of_row.by_ref().take(key.slots()).enumerate() {
                out.write_all(if n == 0 { b"," } else { b" " })?;
                write!(out, "{}", Hex(token.as_bytes()))?;
            }
        }
        write!(out, ",{}", Hex(note))?;
        if let Some(clks) = &tokens.clks {
            write!(out, ",{}", Hex(&clks[i]))?;
        }
        writeln!(out)?;
    }
    out.flush()
}

pub(super) fn read(
    source: impl BufRead,
    name: &str,
    key_set: &KeySet,
) -> Result<TokenFile, TokenFileError> {
    let refused = |what: String| TokenFileError::Format {
        file: name.to_owned(),
        what,
    };
    let mut lines = source.lines();
    let mut next = || {
        lines
            .next()
            .transpose()
            .map_err(|source| TokenFileError::Io {
                file: name.to_owned(),
                source,
            })
    };
    let value = |line: Option<String>, key: &str| line?.strip_prefix(key).and_then(unhex);
    let header =
        value(next()?, HEADER).ok_or_else(|| refused("it has no billetbook header".to_owned()))?;
    let signature = value(next()?, SIGNATURE).and_then(|s| s.try_into().ok());
    let signature = signature.ok_or_else(|| refused("it has no signature".to_owned()))?;
    let (mut out, rows) = TokenFile::open_header(&header, name, key_set)?;
    if next()?.as_deref() != Some(&columns(key_set, out.clks.is_some())) {
        return Err(refused(
            "its columns are not those of the key set".to_owned(),
        ));
    }
    for row in 1..=rows {
        let Some(line) = next()? else {
            return Err(refused("rows are missing".to_owned()));
        };
        let (id, tokens, note, clk) = parse(&line, key_set, out.clks.is_some())
            .ok_or_else(|| refused(format!("row {row} is not as its columns say")))?;
        out.push_row(id, tokens.into_iter(), note, clk);
    }
    if next()?.is_some() {
        return Err(refused(
            "it has another number of rows than its header says".to_owned(),
        ));
    }
    out.signature = signature;
    Ok(out)
}

type Row = (RowId, Vec<Token>, [u8; NOTE_LEN], Option<[u8; RESIDUE_LEN]>);

fn parse(line: &str, key_set: &KeySet, clks: bool) -> Option<Row> {
    let mut fields = line.split(',');
    let id = RowId(bytes(fields.next()?)?);
    let mut tokens = Vec::with_capacity(key_set.tokens_per_record());
    for key in key_set.keys() {
        let before = tokens.len();
        for token in fields.next()?.split(' ') {
            tokens.push(Token::from_secret_bytes(bytes(token)?));
        }
        if tokens.len() - before != key.slots() {
            return None;
        }
    }
    let note = bytes(fields.next()?)?;
    let clk = if clks {
        Some(bytes(fields.next()?)?)
    } else {
        None
    };
    fields.next().is_none().then_some((id, tokens, note, clk))
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex(text)?.try_into().ok()
}
