use super::comparison::Tokens;
use super::error::{CellError, HashError};
use super::hash::TokenHash;
use super::schema::{Feature, HashType, Hashing, Kdf, Schema};
use super::table::TokenTable;
use crate::clk::Clks;
use hkdf::Hkdf;
use sha2::{Sha256, Sha512};
use std::borrow::Cow;
use std::io::Read;
use zeroize::Zeroizing;

/// Rows that are read before they are hashed.
const BATCH: usize = 1 << 14;

/// What the first row of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The schema's column names, in its order; anything else is refused.
    Checked,
    /// A header of any names.
    PassedOver,
    /// A record: there is no header.
    None,
}

/// Makes CLKs of one schema under one secret. Holds the keys of every feature; a thief of it can hash names and look
/// them up. Keys and the tokens seen are wiped when dropped.
pub struct Hasher<'s> {
    schema: &'s Schema,
    hashes: Vec<Option<TokenHash>>,
    table: TokenTable,
    tokens: Tokens,
    /// The bits of a row before folding.
    row: Zeroizing<Vec<u64>>,
}

impl std::fmt::Debug for Hasher<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher(..)")
    }
}

impl<'s> Hasher<'s> {
    /// Derives two keys for each feature from the secret: HKDF as the schema says (RFC 5869).
    ///
    /// # Errors
    /// Where the secret is empty.
    pub fn new(schema: &'s Schema, secret: &[u8]) -> Result<Hasher<'s>, HashError> {
        if secret.is_empty() {
            return Err(HashError::NoSecret);
        }
        let keys = keys(&schema.kdf, schema.features.len(), secret);
        let mut pairs = keys.chunks_exact(2 * schema.kdf.key_size);
        let mut hash = |f: &Feature| {
            let (first, second) = pairs.next()?.split_at(schema.kdf.key_size);
            match f.hashing.as_ref()?.hash {
                HashType::Blake => Some(TokenHash::blake(first)),
                HashType::Double {
                    prevent_singularity,
                } => TokenHash::double(first, second, prevent_singularity),
            }
        };
        let bits = schema.bits << schema.folds;
        let words = bits.div_ceil(64);
        Ok(Hasher {
            schema,
            hashes: schema.features.iter().map(&mut hash).collect(),
            table: TokenTable::new(words),
            tokens: Tokens::default(),
            row: Zeroizing::new(vec![0; words]),
        })
    }

    /// Another with the same keys, for another thread.
    pub fn another(&self) -> Hasher<'s> {
        Hasher {
            schema: self.schema,
            hashes: self.hashes.clone(),
            table: TokenTable::new(self.row.len()),
            tokens: Tokens::default(),
            row: Zeroizing::new(vec![0; self.row.len()]),
        }
    }

    /// Adds the CLK of one row, a value for each of the schema's columns.
    ///
    /// # Errors
    /// With the number of the column, from zero, whose value the schema does not allow.
    pub fn add<'v>(
        &mut self,
        values: impl Iterator<Item = &'v str>,
        out: &mut Clks,
    ) -> Result<(), (usize, CellError)> {
        self.row.fill(0);
        let columns = self.schema.features.iter().zip(&self.hashes).zip(values);
        for (i, ((feature, hash), value)) in columns.enumerate() {
            let (Some(hashing), Some(hash)) = (&feature.hashing, hash) else {
                continue;
            };
            let text = match &hashing.missing {
                Some((sentinel, instead)) if sentinel == value => Cow::Borrowed(instead.as_str()),
                _ => hashing
                    .format
                    .check(value, hashing.encoding)
                    .map_err(|e| (i, e))?,
            };
            let number = u16::try_from(i).unwrap_or(u16::MAX);
            let (row, table) = (&mut self.row, &mut self.table);
            let bits = self.schema.bits << self.schema.folds;
            hashing
                .comparison
                .tokens(&text, &mut self.tokens, |i, n, token| {
                    let k = hashing.strategy.bits(i, n);
                    set(row, table, (number, hashing, hash), token, k, bits);
                })
                .map_err(|e| (i, e))?;
        }
        fold(&mut self.row, self.schema.bits, self.schema.folds, out);
        Ok(())
    }
}

fn set(
    row: &mut [u64],
    table: &mut TokenTable,
    (feature, hashing, hash): (u16, &Hashing, &TokenHash),
    token: &[u8],
    k: usize,
    bits: usize,
) {
    if k == 0 {
        return;
    }
    let make = |out: &mut [u64]| {
        let bytes = hashing.encoding.bytes(token);
        hash.bits(&bytes, k, bits, |i| out[i / 64] |= 1 << (63 - i % 64));
    };
    match table.get((feature, crate::limits::index(k)), token, make) {
        Some(kept) => row.iter_mut().zip(kept).for_each(|(r, k)| *r |= k),
        None => make(row),
    }
}

/// Folds a row as often as asked: its first half xor its second. Halves may end within a word.
fn fold(row: &mut [u64], bits: usize, folds: u32, out: &mut Clks) {
    let mut length = bits << folds;
    for _ in 0..folds {
        length /= 2;
        if length.is_multiple_of(64) {
            let (first, second) = row.split_at_mut(length / 64);
            first.iter_mut().zip(second).for_each(|(a, b)| *a ^= *b);
            continue;
        }
        for i in 0..length {
            let j = i + length;
            let (a, b) = (row[i / 64] >> (63 - i % 64), row[j / 64] >> (63 - j % 64));
            if (a ^ b) & 1 == 1 {
                row[i / 64] |= 1 << (63 - i % 64);
            } else {
                row[i / 64] &= !(1 << (63 - i % 64));
            }
        }
    }
    let words = bits.div_ceil(64);
    if folds > 0 && !bits.is_multiple_of(64) {
        row[words - 1] &= !0 << (64 - bits % 64);
    }
    out.push(&row[..words]);
}

fn keys(kdf: &Kdf, features: usize, secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(vec![0; 2 * features * kdf.key_size]);
    let salt = kdf.salt.as_deref();
    let done = if kdf.sha512 {
        Hkdf::<Sha512>::new(salt, secret).expand(&kdf.info, &mut out)
    } else {
        Hkdf::<Sha256>::new(salt, secret).expand(&kdf.info, &mut out)
    };
    match done {
        Ok(()) => out,
        Err(_) => unreachable!("the schema was checked for HKDF's limit"),
    }
}

/// Hashes the rows of a CSV file (UTF-8, comma-separated), in order; `file` is named in errors.
///
/// # Errors
/// At the first row that the schema does not fit, by row and column and never by value; nothing is then returned.
pub fn hash_csv(
    input: impl Read,
    file: &str,
    schema: &Schema,
    secret: &[u8],
    header: Header,
) -> Result<Clks, HashError> {
    let first = Hasher::new(schema, secret)?;
    let mut hashers: Vec<Hasher<'_>> = (1..threads()).map(|_| first.another()).collect();
    hashers.push(first);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(input);
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    if header != Header::None {
        if !next(&mut reader, &mut record, file)? {
            return Err(HashError::Empty {
                file: file.to_owned(),
            });
        }
        rows = 1;
        if header == Header::Checked {
            check_header(&record, schema, file)?;
        }
    }
    let mut out = Clks::new(schema.bits);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let more = next(&mut reader, &mut record, file)?;
        if more {
            batch.push(std::mem::take(&mut record));
        }
        if batch.len() == BATCH || (!more && !batch.is_empty()) {
            hash_batch(&mut hashers, &batch, (file, rows), &mut out)?;
            rows += batch.len() as u64;
            batch.clear();
        }
        if !more {
            return Ok(out);
        }
    }
}

fn next(
    reader: &mut csv::Reader<impl Read>,
    record: &mut csv::ByteRecord,
    file: &str,
) -> Result<bool, HashError> {
    reader.read_byte_record(record).map_err(|e| HashError::Io {
        file: file.to_owned(),
        source: match e.into_kind() {
            csv::ErrorKind::Io(e) => e,
            _ => std::io::Error::other("not a CSV file"),
        },
    })
}

fn check_header(record: &csv::ByteRecord, schema: &Schema, file: &str) -> Result<(), HashError> {
    let expected = schema.features.len();
    if record.len() != expected {
        return Err(HashError::Ragged {
            file: file.to_owned(),
            row: 1,
            found: record.len(),
            expected,
        });
    }
    let other = (1..)
        .zip(record.iter().zip(schema.columns()))
        .find(|(_, (found, name))| *found != name.as_bytes());
    match other {
        None => Ok(()),
        Some((column, (_, name))) => Err(HashError::Header {
            file: file.to_owned(),
            column,
            expected: name.to_owned(),
        }),
    }
}

/// Rows after the `before` first ones of a file, a piece for each hasher.
fn hash_batch(
    hashers: &mut [Hasher<'_>],
    batch: &[csv::ByteRecord],
    (file, before): (&str, u64),
    out: &mut Clks,
) -> Result<(), HashError> {
    let size = batch.len().div_ceil(hashers.len()).max(1);
    let piece = |(n, (hasher, records)): (usize, (&mut Hasher<'_>, &[csv::ByteRecord]))| {
        let mut clks = Clks::new(hasher.schema.bits);
        for (row, record) in (before + (n * size) as u64 + 1..).zip(records) {
            row_of(hasher, record, (file, row), &mut clks)?;
        }
        Ok(clks)
    };
    #[cfg(feature = "parallel")]
    let made: Vec<Result<Clks, HashError>> = {
        use rayon::prelude::*;
        let pieces = hashers.par_iter_mut().zip(batch.par_chunks(size));
        pieces.enumerate().map(piece).collect()
    };
    #[cfg(not(feature = "parallel"))]
    let made: Vec<Result<Clks, HashError>> = {
        let pieces = hashers.iter_mut().zip(batch.chunks(size));
        pieces.enumerate().map(piece).collect()
    };
    for clks in made {
        out.append(&clks?);
    }
    Ok(())
}

fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    1
}

fn row_of(
    hasher: &mut Hasher<'_>,
    record: &csv::ByteRecord,
    (file, row): (&str, u64),
    out: &mut Clks,
) -> Result<(), HashError> {
    let expected = hasher.schema.features.len();
    if record.len() != expected {
        return Err(HashError::Ragged {
            file: file.to_owned(),
            row,
            found: record.len(),
            expected,
        });
    }
    let mut utf8 = true;
    let values = record.iter().map(|v| match std::str::from_utf8(v) {
        Ok(text) => text,
        Err(_) => {
            utf8 = false;
            ""
        }
    });
    let done = hasher.add(values, out);
    if !utf8 {
        return Err(HashError::Utf8 {
            file: file.to_owned(),
            row,
        });
    }
    done.map_err(|(column, source)| HashError::Cell {
        file: file.to_owned(),
        row,
        column: hasher.schema.features[column].name.clone(),
        source,
    })
}
