use super::Token;
use super::expand::Expander;
use super::key::{MatchKey, Transform};
use super::key_set::KeySet;
use crate::keys::{LinkageKeys, Secret, label};
use crate::limits::byte;
use crate::record::{IdentityEpoch, Record};
use aes::Aes256;
use aes::cipher::BlockCipherEncrypt;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;

type HmacSha256 = Hmac<Sha256>;

/// The keys that tokenising needs; borrowed, never kept.
#[derive(Clone, Copy, Debug)]
pub struct TokenSecrets<'a> {
    /// The linkage's keys.
    pub linkage: &'a LinkageKeys,
    /// The agency's own pad key: never leaves home, the same at every tokenising of this linkage.
    pub local_pad: &'a Secret,
}

/// Tokens of one file in record order, with the mark which of them are real. Stays at home: it tells pads
/// from tokens. `Debug` shows sizes only.
#[derive(Default)]
pub struct HomeTokens {
    pub(crate) rows: usize,
    pub(crate) stride: usize,
    /// Row-major, `stride` tokens a row.
    pub(crate) tokens: Vec<Token>,
    /// Per row and key: bit `i` set where slot `i` is real.
    pub(crate) real: Vec<u16>,
}

impl std::fmt::Debug for HomeTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HomeTokens")
            .field("rows", &self.rows)
            .field("stride", &self.stride)
            .finish_non_exhaustive()
    }
}

impl HomeTokens {
    /// Records.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// True where a record made at least one real token of a key that links.
    pub fn is_tokenised(&self, row: usize, key_set: &KeySet) -> bool {
        let k = key_set.keys().len();
        self.real[row * k..(row + 1) * k]
            .iter()
            .zip(key_set.keys())
            .any(|(real, key)| *real != 0 && key.strength() != super::Strength::Confirms)
    }

    /// All tokens of a row, pads included.
    pub fn row(&self, row: usize) -> &[Token] {
        &self.tokens[row * self.stride..(row + 1) * self.stride]
    }
}

/// Makes the tokens of every record, pads included: exactly [`KeySet::tokens_per_record`] each.
///
/// Source: HMAC-SHA-256 (RFC 2104), truncated to 128 bits. `co_birth[i]` withholds approximate given names.
pub fn tokenise(
    records: &[Record],
    co_birth: &[bool],
    key_set: &KeySet,
    secrets: TokenSecrets<'_>,
) -> HomeTokens {
    let stride = key_set.tokens_per_record();
    let keys = key_set.keys().len();
    let mut tokens = vec![Token::default(); records.len() * stride];
    let mut real = vec![0u16; records.len() * keys];
    let work = Work::new(key_set, secrets, records);
    let rows = records
        .iter()
        .zip(co_birth)
        .zip(tokens.chunks_mut(stride).zip(real.chunks_mut(keys)));
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        let rows: Vec<_> = rows.collect();
        rows.into_par_iter().with_min_len(512).for_each_init(
            Buffers::default,
            |buffers, ((r, twin), (tokens, real))| {
                work.one(r, *twin, buffers, tokens, real);
            },
        );
    }
    #[cfg(not(feature = "parallel"))]
    {
        let mut buffers = Buffers::default();
        for ((r, twin), (tokens, real)) in rows {
            work.one(r, *twin, &mut buffers, tokens, real);
        }
    }
    HomeTokens {
        rows: records.len(),
        stride,
        tokens,
        real,
    }
}

struct Work<'a> {
    keys: Vec<(&'a MatchKey, Vec<Vec<u8>>)>,
    wanted: Vec<Transform>,
    current: Macs,
    closed: HashMap<&'a str, Macs>,
    local_pad: HmacSha256,
    local_pads: Aes256,
}

/// Per key the state of HMAC after the domain block, and the cipher that makes pads.
struct Macs {
    tokens: Vec<HmacSha256>,
    pads: Aes256,
}

impl Macs {
    fn new(secret: &[u8; 32], keys: &KeySet) -> Macs {
        let base = keyed(secret);
        Macs {
            tokens: keys.keys().iter().map(|k| domain(&base, k)).collect(),
            pads: pad_cipher(&base),
        }
    }
}

/// Pads are AES-256 under a key of their own: a permutation of blocks that differ, so without the key a pad
/// is as good as a token; ten times cheaper than another HMAC.
fn pad_cipher(base: &HmacSha256) -> Aes256 {
    let mut mac = base.clone();
    mac.update(label::PAD);
    Aes256::new(&mac.finalize().into_bytes())
}

fn keyed(secret: &[u8; 32]) -> HmacSha256 {
    match HmacSha256::new_from_slice(secret) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes a key of any length"),
    }
}

/// Feeds whole 64-byte blocks of label, key id and version, so that the state can be kept and cloned.
fn domain(base: &HmacSha256, key: &MatchKey) -> HmacSha256 {
    let mut block = label::TOKEN.to_vec();
    block.push(byte(key.id().len()));
    block.extend_from_slice(key.id().as_bytes());
    block.push(key.version());
    block.resize(block.len().next_multiple_of(64), 0);
    let mut mac = base.clone();
    mac.update(&block);
    mac
}

impl<'a> Work<'a> {
    fn new(key_set: &'a KeySet, secrets: TokenSecrets<'_>, records: &'a [Record]) -> Work<'a> {
        let mut closed = HashMap::new();
        for record in records {
            if let IdentityEpoch::Closed(name) = &record.identity_epoch {
                closed.entry(name.as_str()).or_insert_with(|| {
                    Macs::new(&secrets.linkage.closed_key_secret(name), key_set)
                });
            }
        }
        Work {
            keys: key_set
                .keys()
                .iter()
                .map(|k| (k, combinations(k)))
                .collect(),
            wanted: key_set.transforms(),
            current: Macs::new(secrets.linkage.token_key().secret_bytes(), key_set),
            closed,
            local_pads: pad_cipher(&keyed(secrets.local_pad.secret_bytes())),
            local_pad: keyed(secrets.local_pad.secret_bytes()),
        }
    }

    fn one(
        &self,
        record: &Record,
        co_birth: bool,
        buffers: &mut Buffers,
        tokens: &mut [Token],
        real: &mut [u16],
    ) {
        let Buffers { expander, message } = buffers;
        expander.expand(record, &self.wanted, co_birth);
        let macs = match &record.identity_epoch {
            IdentityEpoch::Current => &self.current,
            IdentityEpoch::Closed(name) => &self.closed[name.as_str()],
        };
        let mut at = 0;
        let mut none = None;
        for (k, (key, combinations)) in self.keys.iter().enumerate() {
            let slots = &mut tokens[at..at + key.slots()];
            at += key.slots();
            let mut n = 0;
            for choice in combinations {
                if n == slots.len() {
                    break;
                }
                let parts = key.parts();
                if parts
                    .iter()
                    .zip(choice)
                    .any(|(t, &i)| usize::from(i) >= expander.count(*t))
                {
                    continue;
                }
                let mut mac = macs.tokens[k].clone();
                message.clear();
                for (t, &i) in parts.iter().zip(choice) {
                    let value = expander.value(*t, usize::from(i));
                    message.push(byte(value.len()));
                    message.extend_from_slice(value);
                }
                mac.update(message);
                slots[n] = first(&mac.finalize().into_bytes());
                n += 1;
            }
            real[k] = u16::try_from((1u32 << n) - 1).unwrap_or(u16::MAX);
            if n == 0 {
                let seed = *none.get_or_insert_with(|| local_seed(&self.local_pad, record));
                pads(&self.local_pads, seed, k, 0, slots);
            } else {
                let seed = *slots[0].as_bytes();
                pads(&macs.pads, seed, k, n, &mut slots[n..]);
            }
        }
    }
}

/// Pads for tokens that may not travel (unique-in-file filter), from the agency's own pad key.
pub(crate) struct Withheld {
    mac: HmacSha256,
    cipher: Aes256,
}

impl Withheld {
    pub(crate) fn new(local_pad: &Secret) -> Withheld {
        let mac = keyed(local_pad.secret_bytes());
        let cipher = pad_cipher(&mac);
        Withheld { mac, cipher }
    }

    /// The pad of one slot of one key of a record.
    pub(crate) fn pad(&self, record: &Record, key: usize, slot: usize) -> Token {
        let mut out = [Token::default()];
        // A withheld token's pad must not equal that of a key the record could not make.
        pads(
            &self.cipher,
            local_seed(&self.mac, record),
            key | 0x80,
            slot,
            &mut out,
        );
        out[0]
    }
}

/// What an agency's own pads of one record grow from.
fn local_seed(base: &HmacSha256, record: &Record) -> [u8; 16] {
    let mut mac = base.clone();
    mac.update(label::LOCAL_PAD);
    mac.update(record.id.as_bytes());
    *first(&mac.finalize().into_bytes()).as_bytes()
}

/// Pads from slot `from` on: the cipher over the seed with key and slot mixed in, each block another.
fn pads(cipher: &Aes256, seed: [u8; 16], key: usize, from: usize, slots: &mut [Token]) {
    for (i, slot) in slots.iter_mut().enumerate() {
        let mut block = seed;
        block[14] ^= byte(key);
        block[15] ^= byte(from + i + 1);
        let mut block = block.into();
        cipher.encrypt_block(&mut block);
        *slot = first(&block);
    }
}

fn first(bytes: &[u8]) -> Token {
    let mut out = [0; 16];
    out.copy_from_slice(&bytes[..16]);
    Token::from_secret_bytes(out)
}

/// Index tuples of a key's transforms, the likeliest variants first; overflow drops from the end.
fn combinations(key: &MatchKey) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = vec![Vec::new()];
    for t in key.parts() {
        all = all
            .iter()
            .flat_map(|head| {
                (0..t.slots()).map(move |i| {
                    let mut next = head.clone();
                    next.push(byte(i));
                    next
                })
            })
            .collect();
    }
    all.sort_by_key(|c| (c.iter().map(|&i| u32::from(i)).sum::<u32>(), c.clone()));
    all
}

/// Buffers of one worker; they hold values in clear and are wiped at the end.
#[derive(Default)]
struct Buffers {
    expander: Expander,
    message: Vec<u8>,
}

impl Drop for Buffers {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.message);
    }
}
