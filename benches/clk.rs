//! CLKs, one thread: encoding beside one HMAC a token and beside making the tokens alone; clkhash's CLKs:
//! `cargo bench -p billetbook --bench clk`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench fails by panicking, takes the time and prints it"
)]

mod timing;

use billetbook::clk::clkhash::{Hasher, Header, Schema, hash_csv};
use billetbook::clk::{Clks, Diffusion, Encoder, Settings, hazmat};
use billetbook::keys::{LinkageId, LinkageKeys, Secret};
use billetbook::record::{ReadOptions, Record, read_path};
use billetbook::token::Kernel;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::hint::black_box;
use timing::median;

fn main() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    one.unwrap().install(|| {
        // As a test it runs once, to see that its answers hold.
        let bench = std::env::args().any(|a| a == "--bench");
        let (children, rounds) = if bench { (20_000, 9) } else { (500, 1) };
        let records = children_of(children);
        own(&records, rounds);
        clkhash(&records, rounds);
    });
}

fn children_of(children: u32) -> Vec<Record> {
    let made = billetbook_synth::generate(&billetbook_synth::Options {
        children,
        seed: 1,
        ..Default::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let paths = billetbook_synth::write(&made, folder.path()).unwrap();
    let file = read_path(&paths[0], &ReadOptions::default()).unwrap();
    file.records().to_vec()
}

fn own(records: &[Record], rounds: usize) {
    let keys = LinkageKeys::derive(&Secret::generate().unwrap(), LinkageId([1; 16]), 1);
    let settings = Settings::default();
    let encoder = Encoder::new(&keys, &settings, Kernel::best()).unwrap();
    let diffusion = Diffusion::new(&keys, (1024, 2048), 10, Kernel::best()).unwrap();
    let clks = encoder.encode(records);
    // One record at a time, it is the same.
    for (i, record) in records.iter().enumerate().step_by(97) {
        let alone = encoder.encode(std::slice::from_ref(record));
        assert_eq!(alone.row(0), clks.row(i));
    }
    let mut numbers = Vec::new();
    let tokens: usize = records
        .iter()
        .map(|r| {
            hazmat::token_numbers(r, &mut numbers);
            numbers.len()
        })
        .sum();
    let per_record = tokens as f64 / records.len() as f64;
    println!(
        "{} records, {per_record:.1} tokens each; one thread, medians of {rounds}",
        records.len(),
    );
    let mut times = [(); 5].map(|()| Vec::new());
    for _ in 0..rounds {
        let work: [&dyn Fn() -> u64; 5] = [
            &|| tokens_only(records),
            &|| tokens_as_text(records),
            &|| encoder.encode(records).row(0)[0],
            &|| diffusion.apply(&clks).unwrap().row(0)[0],
            &|| hmac_each(records, &settings).row(0)[0],
        ];
        // As often as makes a tenth of a second: the system counts processor time in steps of milliseconds.
        let often = if rounds > 1 {
            [50, 30, 30, 8, 4]
        } else {
            [1; 5]
        };
        for ((work, times), often) in work.iter().zip(&mut times).zip(often) {
            times.push(seconds(often, work));
        }
    }
    let [tokens_only, as_text, encode, diffuse, hmac_each] = &times;
    let rate = |name, times: &Vec<f64>| {
        let t = median(times.iter().copied());
        println!("{name:<44} {:>10.0} records/s", records.len() as f64 / t);
    };
    rate("tokens only, as numbers", tokens_only);
    rate("tokens only, as text", as_text);
    rate("encode", encode);
    rate("diffuse, 1024 to 2048 bits, t = 10", diffuse);
    rate("one HMAC a token, hmac and sha2", hmac_each);
    let ratio = |a: &Vec<f64>, b: &Vec<f64>| median(a.iter().zip(b).map(|(a, b)| a / b));
    println!(
        "one HMAC a token / encode                    {:.1}",
        ratio(hmac_each, encode)
    );
    println!(
        "encode / tokens only, as numbers and as text {:.2} {:.2}",
        ratio(encode, tokens_only),
        ratio(encode, as_text)
    );
}

fn tokens_only(records: &[Record]) -> u64 {
    let mut numbers = Vec::with_capacity(128);
    for record in records {
        hazmat::token_numbers(record, &mut numbers);
        black_box(&numbers);
    }
    numbers.len() as u64
}

/// The same tokens as encoders usually make them: a text each.
fn tokens_as_text(records: &[Record]) -> u64 {
    let mut count = 0;
    for record in records {
        let mut tokens: Vec<String> = Vec::new();
        let names = [&record.given_name, &record.family_name];
        for name in names.into_iter().filter_map(|name| name.valid()) {
            let letters: Vec<char> = format!(" {} ", name.folded()).chars().collect();
            tokens.extend(letters.windows(2).map(|two| two.iter().collect::<String>()));
        }
        let birth = record.birth_date.valid();
        let birth = birth.map(|d| format!("{:04}{:02}{:02}", d.year(), d.month(), d.day()));
        let code = record.postcode.valid().map(|p| p.compact().to_owned());
        for text in [birth, code].into_iter().flatten() {
            tokens.extend(text.chars().enumerate().map(|(i, c)| format!("{i} {c}")));
        }
        tokens.extend(record.sex.valid().map(|sex| format!("{sex:?}")));
        count += black_box(tokens).len() as u64;
    }
    count
}

/// CLKs by one HMAC a token whose 16 numbers of 16 bits set bits, from a key whose pads are hashed beforehand.
fn hmac_each(records: &[Record], settings: &Settings) -> PlainRows {
    let base = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    let mut words = vec![0u64; records.len() * 16];
    let mut numbers = Vec::new();
    for (record, row) in records.iter().zip(words.chunks_exact_mut(16)) {
        hazmat::token_numbers(record, &mut numbers);
        for number in &numbers {
            let mut mac = base.clone();
            mac.update(&number.to_be_bytes());
            mac.update(b"four");
            let tag = mac.finalize().into_bytes();
            let draws = tag
                .as_chunks::<2>()
                .0
                .iter()
                .map(|d| u16::from_be_bytes(*d));
            for draw in draws.take(settings.given.into()) {
                let bit = usize::from(draw >> 6);
                row[bit / 64] |= 1 << (63 - bit % 64);
            }
        }
    }
    PlainRows(words)
}

struct PlainRows(Vec<u64>);

impl PlainRows {
    fn row(&self, row: usize) -> &[u64] {
        &self.0[row * 16..][..16]
    }
}

/// The schema that clkhash ships for its made-up names, with one hash or the other.
fn schema(hash: &str) -> Schema {
    let feature = |name: &str, format: &str, comparison: &str, k: u32| {
        format!(
            r#"{{"identifier": "{name}", "format": {format}, "hashing": {{"comparison": {comparison},
            "strategy": {{"bitsPerToken": {k}}}, "hash": {{"type": "{hash}"}}}}}}"#
        )
    };
    let text = format!(
        r#"{{"version": 3, "clkConfig": {{"l": 1024, "kdf": {{"type": "HKDF"}}}}, "features": [{}, {}, {}]}}"#,
        feature(
            "name",
            r#"{"type": "string", "minLength": 3}"#,
            r#"{"type": "ngram", "n": 2}"#,
            15
        ),
        feature(
            "born",
            r#"{"type": "date", "format": "%Y/%m/%d"}"#,
            r#"{"type": "ngram", "n": 1, "positional": true}"#,
            30
        ),
        feature(
            "sex",
            r#"{"type": "enum", "values": ["M", "F"]}"#,
            r#"{"type": "ngram", "n": 1}"#,
            60
        ),
    );
    Schema::from_json(&text, "schema").unwrap()
}

fn clkhash(records: &[Record], rounds: usize) {
    let rows: Vec<[String; 3]> = records
        .iter()
        .filter_map(|r| {
            let names = (r.given_name.valid()?, r.family_name.valid()?);
            let name = format!("{} {}", names.0.folded(), names.1.folded());
            let d = r.birth_date.valid()?;
            let born = format!("{}/{:02}/{:02}", d.year(), d.month(), d.day());
            let sex = if d.day() % 2 == 0 { "M" } else { "F" };
            Some([name, born, sex.to_owned()])
        })
        .collect();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["name", "born", "sex"]).unwrap();
    rows.iter().for_each(|r| csv.write_record(r).unwrap());
    let csv = csv.into_inner().unwrap();
    let hash_rows = |hasher: &mut Hasher<'_>| {
        let mut out = Clks::new(1024);
        for row in &rows {
            hasher
                .add(row.iter().map(String::as_str), &mut out)
                .unwrap();
        }
        out
    };
    for hash in ["blakeHash", "doubleHash"] {
        let schema = schema(hash);
        let mut hasher = Hasher::new(&schema, b"secret").unwrap();
        let from_csv = || hash_csv(&*csv, "a", &schema, b"secret", Header::Checked).unwrap();
        assert_eq!(hash_rows(&mut hasher), from_csv());
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let often = if rounds > 1 { 12 } else { 1 };
            times[0].push(seconds(often, || {
                let mut hasher = Hasher::new(&schema, b"secret").unwrap();
                hash_rows(&mut hasher)
            }));
            times[1].push(seconds(often, from_csv));
        }
        let [rows_only, whole] = times.map(|t| rows.len() as f64 / median(t.into_iter()));
        println!("clkhash {hash:<12} {rows_only:>10.0} records/s; reading CSV too {whole:>10.0}");
    }
}

/// As [`timing::seconds`], of one run among so many.
fn seconds<T>(often: u32, work: impl Fn() -> T) -> f64 {
    let all = timing::seconds(|| {
        for _ in 0..often {
            black_box(work());
        }
    });
    all / f64::from(often)
}
