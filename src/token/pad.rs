//! Pads fill the slots for which a row has no token, so that every row has as many. Without the key a pad is as
//! good as a token: AES-256 is a permutation of blocks that differ, ten times cheaper than another HMAC.

use super::{HomeTokens, KeySet, Token, TokenSecrets};
use crate::keys::{Secret, label};
use crate::limits::byte;
use crate::record::{IdentityEpoch, Record};
use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, consts::U16};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;

type Block = Array<u8, U16>;

/// Rows that are filled side by side.
const AT_ONCE: usize = 64;
/// In a pad's key number: the slot held a token that may not travel.
const WITHHELD: u8 = 0x80;

impl HomeTokens {
    /// Every row's tokens, pads included, in rows of [`KeySet::tokens_per_record`] and in the order of
    /// `rows`: a row of these tokens and the index of the record it stands for.
    pub fn padded(
        &self,
        rows: &[(usize, usize)],
        records: &[Record],
        key_set: &KeySet,
        secrets: TokenSecrets<'_>,
    ) -> Vec<Token> {
        let stride = key_set.tokens_per_record();
        let pads = Pads::new(secrets, records);
        let starts: Vec<Vec<usize>> = self.columns.iter().map(|c| c.starts()).collect();
        let mut out = vec![Token::default(); rows.len() * stride];
        let fill = |waiting: &mut Waiting, (out, rows): (&mut [Token], &[(usize, usize)])| {
            self.copy(key_set, &starts, rows, out);
            for (out, (row, record)) in out.chunks_exact_mut(stride).zip(rows) {
                self.wait(key_set, &starts, *row, out, waiting);
                pads.encrypt(&records[*record], waiting, out);
            }
        };
        let size = stride * AT_ONCE;
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            out.par_chunks_mut(size)
                .zip(rows.par_chunks(AT_ONCE))
                .with_min_len(8)
                .for_each_init(Waiting::default, fill);
        }
        #[cfg(not(feature = "parallel"))]
        {
            let mut waiting = Waiting::default();
            for rows in out.chunks_mut(size).zip(rows.chunks(AT_ONCE)) {
                fill(&mut waiting, rows);
            }
        }
        out
    }

    /// Copies the tokens of some rows that may travel: key by key, so that each column is read on.
    fn copy(
        &self,
        key_set: &KeySet,
        starts: &[Vec<usize>],
        rows: &[(usize, usize)],
        out: &mut [Token],
    ) {
        let stride = key_set.tokens_per_record();
        let mut at = 0;
        for (key, (column, starts)) in key_set.keys().iter().zip(self.columns.iter().zip(starts)) {
            for (out, (row, _)) in out.chunks_exact_mut(stride).zip(rows) {
                for (out, place) in out[at..].iter_mut().zip(starts[*row]..starts[row + 1]) {
                    if let (token, true) = column.at(place) {
                        *out = *token;
                    }
                }
            }
            at += key.slots();
        }
    }

    /// What pads a row waits for, its tokens copied.
    fn wait(
        &self,
        key_set: &KeySet,
        starts: &[Vec<usize>],
        row: usize,
        out: &[Token],
        waiting: &mut Waiting,
    ) {
        waiting.clear();
        let mut at = 0;
        for (k, key) in key_set.keys().iter().enumerate() {
            let (start, end) = (starts[k][row], starts[k][row + 1]);
            let travels = |slot| self.columns[k].at(start + slot).1;
            for slot in 0..key.slots() {
                let here = at + slot;
                if start + slot < end {
                    if !travels(slot) {
                        waiting.own(here, byte(k) | WITHHELD, slot);
                    }
                } else if start == end {
                    waiting.own(here, byte(k), slot);
                } else if travels(0) {
                    waiting.shared(here, out[at], byte(k), slot);
                } else {
                    // A pad that grew from a withheld token would tell that two rows share it.
                    waiting.own(here, byte(k) | WITHHELD, slot);
                }
            }
            at += key.slots();
        }
    }
}

/// The ciphers of pads. Whoever holds the local one can tell an agency's pads from its tokens.
struct Pads<'a> {
    current: Aes256,
    closed: HashMap<&'a str, Aes256>,
    local: Aes256,
    local_key: &'a Secret,
}

impl<'a> Pads<'a> {
    fn new(secrets: TokenSecrets<'a>, records: &'a [Record]) -> Pads<'a> {
        let mut closed = HashMap::new();
        for record in records {
            if let IdentityEpoch::Closed(name) = &record.identity_epoch {
                closed
                    .entry(name.as_str())
                    .or_insert_with(|| cipher(&secrets.linkage.closed_key_secret(name)));
            }
        }
        Pads {
            current: cipher(secrets.linkage.token_key().secret_bytes()),
            closed,
            local: cipher(secrets.local_pad.secret_bytes()),
            local_key: secrets.local_pad,
        }
    }

    /// Makes the pads that a row waits for, eight blocks and more at a time.
    fn encrypt(&self, record: &Record, waiting: &mut Waiting, out: &mut [Token]) {
        let shared = match &record.identity_epoch {
            IdentityEpoch::Current => &self.current,
            IdentityEpoch::Closed(name) => &self.closed[name.as_str()],
        };
        shared.encrypt_blocks(&mut waiting.shared);
        if !waiting.own.is_empty() {
            let seed = local_seed(self.local_key, record);
            for block in &mut waiting.own {
                for (b, s) in block.iter_mut().zip(seed) {
                    *b ^= s;
                }
            }
            self.local.encrypt_blocks(&mut waiting.own);
        }
        let blocks = waiting.shared.iter().chain(&waiting.own);
        let places = waiting.shared_at.iter().chain(&waiting.own_at);
        for (block, at) in blocks.zip(places) {
            out[*at] = Token::from_secret_bytes((*block).into());
        }
    }
}

/// Pads of one row still to be encrypted, and where in the row they go.
#[derive(Default)]
struct Waiting {
    shared: Vec<Block>,
    shared_at: Vec<usize>,
    own: Vec<Block>,
    own_at: Vec<usize>,
}

impl Waiting {
    fn clear(&mut self) {
        self.shared.clear();
        self.shared_at.clear();
        self.own.clear();
        self.own_at.clear();
    }

    /// A pad that every agency makes alike from the key's first token.
    fn shared(&mut self, at: usize, seed: Token, key: u8, slot: usize) {
        self.shared.push(mixed(*seed.as_bytes(), key, slot));
        self.shared_at.push(at);
    }

    /// A pad of the agency's own; its seed is mixed in later.
    fn own(&mut self, at: usize, key: u8, slot: usize) {
        self.own.push(mixed([0; 16], key, slot));
        self.own_at.push(at);
    }
}

fn mixed(mut seed: [u8; 16], key: u8, slot: usize) -> Block {
    seed[14] ^= key;
    seed[15] ^= byte(slot + 1);
    seed.into()
}

fn cipher(secret: &[u8; 32]) -> Aes256 {
    let mut mac = keyed(secret);
    mac.update(label::PAD);
    Aes256::new(&mac.finalize().into_bytes())
}

/// What an agency's own pads of one record grow from.
fn local_seed(key: &Secret, record: &Record) -> [u8; 16] {
    let mut mac = keyed(key.secret_bytes());
    mac.update(label::LOCAL_PAD);
    mac.update(record.id.as_bytes());
    let mut out = [0; 16];
    out.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    out
}

fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
    match Hmac::new_from_slice(secret) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes a key of any length"),
    }
}
