//! Token files: what an agency sends to the matching side. Parquet (or, for small jobs, CSV), one list-valued
//! column a key, so that any engine can join them; the header, the counts and the member's signature stand in the
//! file's metadata.

use super::key::Transform;
use super::table::{Chance, RowId, Token, TokenHeader, TokenTable};
use super::{KeySet, NOTE_LEN, RESIDUE_LEN};
use crate::keys::descriptor::Descriptor;
use crate::keys::identity::{Fingerprint, Identity, IdentityError};
use crate::keys::{LinkageId, label};
use crate::limits::{MOST_RECORDS, byte, index};
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;
use thiserror::Error;

mod csv_file;
mod parquet_file;

const MAGIC: &[u8; 8] = b"BLBtok\0\x01";
/// Of a file that holds CLKs too.
const MAGIC_CLKS: &[u8; 8] = b"BLBtok\0\x02";
const LONGEST_NAME: usize = 200;
const MOST_CELLS: usize = 1 << 20;

/// Why a token file was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// The operating system refused.
    #[error("{file}: {source}")]
    Io {
        /// File.
        file: String,
        /// Cause.
        source: std::io::Error,
    },
    /// Not a token file, or not as its columns say.
    #[error("{file}: not a token file: {what}")]
    Format {
        /// File.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// The header is not of the format.
    #[error("{file}: {source}")]
    Wire {
        /// File.
        file: String,
        /// Cause.
        source: WireError,
    },
    /// Signed by nobody in the linkage, or altered since.
    #[error("{file}: not signed by a member of linkage \"{linkage}\", or altered since")]
    Signature {
        /// File.
        file: String,
        /// The linkage.
        linkage: String,
    },
    /// Another linkage, epoch, key or key set.
    #[error("{file}: made for {what}; every file must be made with the same linkage descriptor")]
    Other {
        /// File.
        file: String,
        /// Which.
        what: &'static str,
    },
    /// Two files by one member.
    #[error("{file}: a second file by {member}; give one file a member")]
    Twice {
        /// File.
        file: String,
        /// The member.
        member: Fingerprint,
    },
    /// What no token matched could not be compared.
    #[error("the rest, by similarity: {source}")]
    Residue {
        /// Cause.
        source: crate::engine::Error,
    },
    /// The signature could not be made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// The two forms of a token file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenForm {
    /// Columns of lists, for any engine.
    Parquet,
    /// Text, twice as large: for small jobs and for eyes.
    Csv,
}

impl TokenForm {
    /// By the ending of a file's name: `.csv` is text.
    pub fn of(path: &Path) -> TokenForm {
        match path.extension() {
            Some(e) if e.eq_ignore_ascii_case("csv") => TokenForm::Csv,
            _ => TokenForm::Parquet,
        }
    }
}

/// A table with its notes, signed by the member that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFile {
    /// The tokens.
    pub table: TokenTable,
    /// Per row an encrypted note that only members open.
    pub notes: Vec<[u8; NOTE_LEN]>,
    /// Per row a diffused CLK or a pad, where the member lets rows be compared that no token matches.
    pub clks: Option<Vec<[u8; RESIDUE_LEN]>>,
    /// Who signed it.
    pub member: Fingerprint,
    /// Ed25519 over header, counts and every row.
    pub signature: [u8; 64],
}

impl TokenFile {
    /// Signs a table.
    ///
    /// # Errors
    /// Where the identity's key is unusable.
    pub fn sign(
        table: TokenTable,
        notes: Vec<[u8; NOTE_LEN]>,
        member: &Identity,
    ) -> Result<TokenFile, TokenFileError> {
        TokenFile::sign_with(table, notes, None, member)
    }

    /// Signs a table with a CLK for each of its rows.
    ///
    /// # Errors
    /// As [`TokenFile::sign`].
    pub fn sign_with(
        table: TokenTable,
        notes: Vec<[u8; NOTE_LEN]>,
        clks: Option<Vec<[u8; RESIDUE_LEN]>>,
        member: &Identity,
    ) -> Result<TokenFile, TokenFileError> {
        let signer = member.public().fingerprint();
        let mut out = TokenFile {
            table,
            notes,
            clks,
            member: signer,
            signature: [0; 64],
        };
        out.signature = member.sign(label::TOKEN_FILE, &out.content_hash());
        Ok(out)
    }

    /// Checks that a member of the linkage signed the file, and that it was made for just this linkage, epoch,
    /// key and key set.
    ///
    /// # Errors
    /// Names what does not fit.
    pub fn check(&self, file: &str, descriptor: &Descriptor) -> Result<(), TokenFileError> {
        let other = |what| {
            Err(TokenFileError::Other {
                file: file.to_owned(),
                what,
            })
        };
        let h = &self.table.header;
        if h.linkage != descriptor.id() {
            return other("another linkage");
        }
        if h.epoch != descriptor.epoch() {
            return other("another epoch of this linkage");
        }
        if h.key_set_digest != descriptor.key_set_digest() {
            return other("another key set");
        }
        if h.key_check != descriptor.key_check() {
            return other("another key");
        }
        let signed = descriptor
            .members()
            .find(|m| m.fingerprint() == self.member)
            .is_some_and(|m| {
                m.verify(label::TOKEN_FILE, &self.content_hash(), &self.signature)
                    .is_ok()
            });
        if signed {
            Ok(())
        } else {
            Err(TokenFileError::Signature {
                file: file.to_owned(),
                linkage: descriptor.name().to_owned(),
            })
        }
    }

    /// SHA-256 over the header and every row.
    fn content_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.header_bytes());
        for (i, row) in self.table.rows.iter().enumerate() {
            hash.update(row.0);
            for token in self.table.row(i) {
                hash.update(token.as_bytes());
            }
            hash.update(self.notes[i]);
            if let Some(clks) = &self.clks {
                hash.update(clks[i]);
            }
        }
        hash.finalize().into()
    }

    /// Header and counts, as they stand in the file's metadata.
    fn header_bytes(&self) -> Vec<u8> {
        let (h, c) = (&self.table.header, &self.table.chance);
        let magic = if self.clks.is_some() {
            MAGIC_CLKS
        } else {
            MAGIC
        };
        let mut w = Writer::new(magic);
        w.fixed(&h.linkage.0);
        w.u32(h.epoch);
        w.bytes(h.key_set.as_bytes());
        w.fixed(&h.key_set_digest);
        w.fixed(&h.key_check);
        w.fixed(&self.member.0);
        w.u32(index(self.table.rows.len()));
        w.u64(c.pairs);
        w.u32(index(c.cells.len()));
        for (levels, counts) in &c.cells {
            w.fixed(levels);
            counts.iter().for_each(|n| w.u64(*n));
        }
        w.u64(c.records);
        w.u32(index(c.agreeing.len()));
        for (transform, n) in &c.agreeing {
            w.bytes(transform.name().as_bytes());
            w.u64(*n);
        }
        w.u8(byte(c.present.len()));
        for (field, n) in &c.present {
            w.u8(*field);
            w.u64(*n);
        }
        w.finish()
    }

    /// Header, counts, member and number of rows; rows are filled in by the reader.
    fn read_header(bytes: &[u8], stride: usize) -> Result<(TokenFile, usize), WireError> {
        let clks = bytes.starts_with(MAGIC_CLKS).then(Vec::new);
        let magic = if clks.is_some() { MAGIC_CLKS } else { MAGIC };
        let mut r = Reader::new(bytes, magic, "token file header")?;
        let header = TokenHeader {
            linkage: LinkageId(r.fixed()?),
            epoch: r.u32()?,
            key_set: r.text(LONGEST_NAME)?,
            key_set_digest: r.fixed()?,
            key_check: r.fixed()?,
        };
        let member = Fingerprint(r.fixed()?);
        let rows = r.count(MOST_RECORDS)?;
        let mut chance = Chance {
            pairs: r.u64()?,
            ..Chance::default()
        };
        for _ in 0..r.count(MOST_CELLS)? {
            chance.cells.push((r.fixed()?, [r.u64()?, r.u64()?]));
        }
        chance.records = r.u64()?;
        for _ in 0..r.count(Transform::ALL.len())? {
            let transform = r.code(|r| r.text(LONGEST_NAME), |name| Transform::named(&name))?;
            chance.agreeing.push((transform, r.u64()?));
        }
        for _ in 0..r.u8()? {
            chance.present.push((r.u8()?, r.u64()?));
        }
        r.finish()?;
        let table = TokenTable {
            header,
            rows: Vec::new(),
            tokens: Vec::new(),
            stride,
            chance,
        };
        Ok((
            TokenFile {
                table,
                notes: Vec::new(),
                clks,
                member,
                signature: [0; 64],
            },
            rows,
        ))
    }

    /// Writes a new file: as text where its name ends in `.csv`, else as Parquet.
    ///
    /// # Errors
    /// Where the file exists or cannot be written.
    pub fn write(&self, path: &Path, key_set: &KeySet) -> Result<(), TokenFileError> {
        let out =
            File::create_new(path).and_then(|out| self.write_to(out, key_set, TokenForm::of(path)));
        out.map_err(|source| TokenFileError::Io {
            file: path.display().to_string(),
            source,
        })
    }

    /// Writes the file's content.
    ///
    /// # Errors
    /// Where `out` cannot be written to.
    pub fn write_to(
        &self,
        out: impl Write + Send,
        key_set: &KeySet,
        form: TokenForm,
    ) -> std::io::Result<()> {
        let out = BufWriter::with_capacity(1 << 18, out);
        match form {
            TokenForm::Csv => csv_file::write(self, out, key_set),
            TokenForm::Parquet => {
                parquet_file::write(self, out, key_set).map_err(std::io::Error::other)
            }
        }
    }

    /// Reads a file of either form strictly: its columns must be just those of the key set, every list of its
    /// key's length. The signature is checked by [`TokenFile::check`].
    ///
    /// # Errors
    /// Where anything is not as written.
    pub fn read(path: &Path, key_set: &KeySet) -> Result<TokenFile, TokenFileError> {
        let name = path.display().to_string();
        let failed = |source| TokenFileError::Io {
            file: name.clone(),
            source,
        };
        let mut file = File::open(path).map_err(failed)?;
        let mut head = Vec::new();
        let sign = csv_file::HEADER.len() as u64;
        (&mut file)
            .take(sign)
            .read_to_end(&mut head)
            .and_then(|_| file.rewind())
            .map_err(failed)?;
        if head == csv_file::HEADER.as_bytes() {
            csv_file::read(BufReader::new(file), &name, key_set)
        } else {
            parquet_file::read(file, &name, key_set)
        }
    }

    /// Reads a header of this key set.
    fn open_header(
        bytes: &[u8],
        name: &str,
        key_set: &KeySet,
    ) -> Result<(TokenFile, usize), TokenFileError> {
        let (out, rows) =
            TokenFile::read_header(bytes, key_set.tokens_per_record()).map_err(|source| {
                TokenFileError::Wire {
                    file: name.to_owned(),
                    source,
                }
            })?;
        if out.table.header.key_set_digest == key_set.digest() {
            Ok((out, rows))
        } else {
            Err(TokenFileError::Other {
                file: name.to_owned(),
                what: "another key set",
            })
        }
    }

    fn push_row(
        &mut self,
        row: RowId,
        tokens: impl Iterator<Item = Token>,
        note: [u8; NOTE_LEN],
        clk: Option<[u8; RESIDUE_LEN]>,
    ) {
        self.table.rows.push(row);
        self.table.tokens.extend(tokens);
        self.notes.push(note);
        if let (Some(clks), Some(clk)) = (&mut self.clks, clk) {
            clks.push(clk);
        }
    }
}

/// The column name of a key: its id in letters that every engine takes.
fn column_name(id: &str) -> String {
    id.replace('+', "__").replace('.', "_")
}
