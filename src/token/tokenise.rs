use super::Token;
use super::column::{HomeTokens, KeyColumn};
use super::expand::Expander;
use super::key::{MatchKey, Transform};
use super::key_set::KeySet;
use super::mac::{BLOCK, Kernel, MacKey, Messages};
use crate::keys::{LinkageKeys, Secret, label};
use crate::limits::byte;
use crate::record::{IdentityEpoch, Record};
use std::collections::HashMap;
use zeroize::Zeroize;

/// Records whose messages are hashed together: the messages of each key fill the lanes of a kernel, and all of
/// them stay in the second-level cache.
const BATCH: usize = 128;
/// Records whose columns are gathered before they are joined to the file's: bounds what is held twice.
const PIECE: usize = BATCH * 512;

/// The keys that tokenising needs; borrowed, never kept.
#[derive(Clone, Copy, Debug)]
pub struct TokenSecrets<'a> {
    /// The linkage's keys.
    pub linkage: &'a LinkageKeys,
    /// The agency's own pad key: never leaves home, the same at every tokenising of this linkage.
    pub local_pad: &'a Secret,
}

/// Makes the tokens of every record; the same with every `kernel`.
///
/// Source: HMAC-SHA-256 (RFC 2104), truncated to 128 bits. `co_birth[i]` withholds approximate given names.
pub fn tokenise(
    records: &[Record],
    co_birth: &[bool],
    key_set: &KeySet,
    secrets: TokenSecrets<'_>,
    kernel: Kernel,
) -> HomeTokens {
    let work = Work::new(key_set, secrets, records, kernel);
    let mut columns = vec![KeyColumn::default(); key_set.keys().len()];
    for (records, co_birth) in records.chunks(PIECE).zip(co_birth.chunks(PIECE)) {
        let batches = records.chunks(BATCH).zip(co_birth.chunks(BATCH));
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            let batches: Vec<_> = batches.collect();
            let made: Vec<Vec<KeyColumn>> = batches
                .into_par_iter()
                .map_init(
                    || Buffers::new(&work),
                    |b, (r, twins)| work.batch(r, twins, b),
                )
                .collect();
            columns.par_iter_mut().enumerate().for_each(|(k, column)| {
                made.iter().for_each(|batch| column.append(&batch[k]));
            });
        }
        #[cfg(not(feature = "parallel"))]
        {
            let mut buffers = Buffers::new(&work);
            for (r, twins) in batches {
                let made = work.batch(r, twins, &mut buffers);
                for (column, more) in columns.iter_mut().zip(&made) {
                    column.append(more);
                }
            }
        }
    }
    HomeTokens {
        rows: records.len(),
        columns,
    }
}

struct Work<'a> {
    keys: Vec<(&'a MatchKey, Vec<Vec<u8>>)>,
    wanted: Vec<Transform>,
    /// Per key, what HMAC starts from after the domain block.
    current: Vec<MacKey>,
    closed: HashMap<&'a str, Vec<MacKey>>,
    kernel: Kernel,
}

/// Whole blocks of label, key id and version, so that the state after them can be kept.
fn domain(key: &MatchKey) -> Vec<[u8; BLOCK]> {
    let mut bytes = label::TOKEN.to_vec();
    bytes.push(byte(key.id().len()));
    bytes.extend_from_slice(key.id().as_bytes());
    bytes.push(key.version());
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes.as_chunks().0.to_vec()
}

impl<'a> Work<'a> {
    fn new(
        key_set: &'a KeySet,
        secrets: TokenSecrets<'_>,
        records: &'a [Record],
        kernel: Kernel,
    ) -> Work<'a> {
        let macs = |secret: &[u8; 32]| -> Vec<MacKey> {
            let base = MacKey::new(secret);
            let keys = key_set.keys().iter();
            keys.map(|k| base.after(&domain(k))).collect()
        };
        let mut closed = HashMap::new();
        for record in records {
            if let IdentityEpoch::Closed(name) = &record.identity_epoch {
                closed
                    .entry(name.as_str())
                    .or_insert_with(|| macs(&secrets.linkage.closed_key_secret(name)));
            }
        }
        let keys = key_set.keys().iter();
        Work {
            keys: keys.map(|k| (k, combinations(k))).collect(),
            wanted: key_set.transforms(),
            current: macs(secrets.linkage.token_key().secret_bytes()),
            closed,
            kernel,
        }
    }

    /// The columns of one batch of records, a key each.
    fn batch(
        &self,
        records: &[Record],
        co_birth: &[bool],
        buffers: &mut Buffers,
    ) -> Vec<KeyColumn> {
        let mut columns = vec![(Vec::with_capacity(records.len()), Vec::new()); self.keys.len()];
        let mut at = 0;
        for run in records.chunk_by(|a, b| a.identity_epoch == b.identity_epoch) {
            let macs = match &run[0].identity_epoch {
                IdentityEpoch::Current => &self.current,
                IdentityEpoch::Closed(name) => &self.closed[name.as_str()],
            };
            for (record, twin) in run.iter().zip(&co_birth[at..]) {
                buffers.expander.expand(record, &self.wanted, *twin);
                for (k, (counts, _)) in columns.iter_mut().enumerate() {
                    counts.push(self.messages(k, &macs[k], buffers));
                }
            }
            at += run.len();
            for (k, (_, tokens)) in columns.iter_mut().enumerate() {
                let Buffers { messages, tags, .. } = &mut *buffers;
                tags.clear();
                self.kernel.tags(&macs[k], &messages[k], tags);
                tokens.extend(tags.iter().copied().map(Token::from_secret_bytes));
                messages[k].clear();
            }
        }
        let columns = columns.into_iter();
        columns
            .map(|(counts, tokens)| KeyColumn::with_counts(counts, tokens))
            .collect()
    }

    /// Adds what key `k` hashes of the record just expanded; says how many tokens that makes.
    fn messages(&self, k: usize, mac: &MacKey, buffers: &mut Buffers) -> u8 {
        let (key, combinations) = &self.keys[k];
        let (parts, expander) = (key.parts(), &buffers.expander);
        if parts.iter().any(|t| expander.count(*t) == 0) {
            return 0;
        }
        let mut n = 0;
        for choice in combinations {
            if usize::from(n) == key.slots() {
                break;
            }
            let chosen = parts.iter().zip(choice).map(|(t, i)| (*t, usize::from(*i)));
            if chosen.clone().all(|(t, i)| i < expander.count(t)) {
                let pieces = chosen.map(|(t, i)| expander.with_length(t, i));
                buffers.messages[k].push_of(mac, expander.arena(), pieces);
                n += 1;
            }
        }
        n
    }
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
struct Buffers {
    expander: Expander,
    messages: Vec<Messages>,
    tags: Vec<[u8; 16]>,
}

impl Buffers {
    fn new(work: &Work<'_>) -> Buffers {
        Buffers {
            expander: Expander::default(),
            messages: (work.keys.iter())
                .map(|(key, _)| Messages::with_room(BATCH * key.slots()))
                .collect(),
            tags: Vec::new(),
        }
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        self.tags.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::LinkageId;
    use crate::record::{ReadOptions, read_reader};
    use crate::token::Strength;

    /// Computed from docs/format.md with Python's `hmac` and OpenSSL's AES.
    #[test]
    fn tokens_and_pads_are_those_of_the_format() {
        let csv = "id,given_name,family_name,date_of_birth\nr1,Ann,Smith,2012-03-04\n";
        let file = read_reader(csv.as_bytes(), "a.csv", &ReadOptions::default()).unwrap();
        let key = |text, slots| MatchKey::new(text, Strength::Links, slots).unwrap();
        let set = KeySet::new(
            "test",
            vec![key("nhs", 1), key("given.any+family.any+birth", 2)],
        );
        let (secret, own): (Vec<u8>, Vec<u8>) = ((0..32).collect(), (1..33).collect());
        let secret = Secret::from_secret_bytes(&secret).unwrap();
        let secrets = TokenSecrets {
            linkage: &LinkageKeys::derive(&secret, LinkageId([7; 16]), 3),
            local_pad: &Secret::from_secret_bytes(&own).unwrap(),
        };
        for kernel in Kernel::all().into_iter().filter_map(|k| k.1) {
            let home = tokenise(file.records(), &[false], &set, secrets, kernel);
            let row = home.padded(&[(0, 0)], file.records(), &set, secrets);
            let hex: Vec<String> = row
                .iter()
                .map(|t| crate::hex::Hex(t.as_bytes()).to_string())
                .collect();
            assert_eq!(
                hex,
                [
                    "39c72d6aaa44bb0b90060708cd449142",
                    "a73c5c416dc4d389e2b2879e915f3239",
                    "0b46eec8c1cb412ecb6e508ecb80812f",
                ],
                "{}",
                kernel.name()
            );
        }
    }
}
