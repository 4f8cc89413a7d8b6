//! Of CLKs: the encoder and its twin, CLK files, clkhash's schemas and rows.

#[path = "../../tests/clk/twin.rs"]
#[expect(clippy::cast_possible_truncation, reason = "a twin is plain")]
mod twin;

use billetbook::clk::clkhash::{Header, Schema, hash_csv};
use billetbook::clk::{Clks, Diffusion, Encoder, Settings};
use billetbook::keys::{LinkageId, LinkageKeys, Secret};
use billetbook::record::{IdentityEpoch, ReadOptions, Record, Sex, read_reader};
use billetbook::token::Kernel;
use twin::Plain;

const LINKAGE: twin::Linkage = (
    *b"thirty-two bytes of a known key.",
    *b"a linkage's name",
    3,
);

fn bits(clks: &Clks, row: usize) -> Vec<bool> {
    let bytes = clks.bytes(row);
    let bit = |i: usize| bytes[i / 8] >> (7 - i % 8) & 1 == 1;
    (0..clks.bits()).map(bit).collect()
}

/// What the format makes of a record.
fn plain<'a>(record: &'a Record, birth: &'a mut String) -> Plain<'a> {
    let date = record.birth_date.valid();
    *birth = date.map_or(String::new(), |d| {
        format!("{:04}{:02}{:02}", d.year(), d.month(), d.day())
    });
    let code = record.postcode.valid().filter(|_| !record.shielded);
    Plain {
        given: record.given_name.valid().map_or("", |n| n.folded()),
        family: record.family_name.valid().map_or("", |n| n.folded()),
        birth,
        sex: record
            .sex
            .valid()
            .map(|s| if *s == Sex::Female { 'f' } else { 'm' }),
        postcode: code.map(|c| c.compact().split_at(c.outward().len())),
        closed: match &record.identity_epoch {
            IdentityEpoch::Current => None,
            IdentityEpoch::Closed(word) => Some(word),
        },
    }
}

/// Six bytes of settings, then a table: every CLK is the twin's, and so is what it is diffused to.
pub fn clk(data: &[u8]) {
    let Some(([words, weights @ ..], table)) = data.split_first_chunk::<6>() else {
        return;
    };
    let weights = weights.map(|w| w % 64 + 1);
    let [given, family, birth, sex, postcode] = weights;
    let bits_of = usize::from(words % 64 + 1) * 64;
    let settings = Settings {
        bits: bits_of,
        given,
        family,
        birth,
        sex,
        postcode,
    };
    let Ok(file) = read_reader(table, "fuzz", &ReadOptions::default()) else {
        return;
    };
    let Ok(secret) = Secret::from_secret_bytes(&LINKAGE.0) else {
        return;
    };
    let records = &file.records()[..file.records().len().min(8)];
    let keys = LinkageKeys::derive(&secret, LinkageId(LINKAGE.1), LINKAGE.2);
    let made = Encoder::new(&keys, &settings, Kernel::best()).map(|e| e.encode(records));
    let made = made.unwrap();
    let t = usize::from(words % 40) + 8;
    let sums = twin::sums(&LINKAGE, bits_of, 128, t);
    let diffused = Diffusion::new(&keys, (bits_of, 128), t, Kernel::best());
    let diffused = diffused.and_then(|d| d.apply(&made)).unwrap();
    for (i, record) in records.iter().enumerate() {
        let mut birth = String::new();
        let want = twin::clk(&LINKAGE, &plain(record, &mut birth), bits_of, weights);
        assert!(bits(&made, i) == want);
        assert!(bits(&diffused, i) == twin::diffused(&want, &sums));
    }
}

/// A CLK file is refused, or written again and read as the same.
pub fn clk_file(data: &[u8]) {
    if let Ok(clks) = Clks::from_json(data, "fuzz") {
        assert!(!clks.is_empty());
        let mut again = Vec::new();
        assert!(clks.write_json(&mut again).is_ok());
        assert_eq!(Clks::from_json(&again, "fuzz").ok(), Some(clks));
    }
}

/// A schema, a NUL and rows: hashed or refused; as many CLKs as rows, of the schema's length.
pub fn clkhash(data: &[u8]) {
    let mut parts = data.splitn(2, |b| *b == 0);
    let (Some(schema), Some(rows)) = (parts.next(), parts.next()) else {
        return;
    };
    let schema = std::str::from_utf8(schema).ok();
    let Some(Ok(schema)) = schema.map(|s| Schema::from_json(s, "fuzz")) else {
        return;
    };
    // A hash of a kilobyte for every byte of a row is no fault, but slow.
    if schema.bits() > 4096 || rows.len() > 4096 {
        return;
    }
    for header in [Header::Checked, Header::PassedOver, Header::None] {
        if let Ok(clks) = hash_csv(rows, "fuzz", &schema, b"secret", header) {
            assert_eq!(clks.bits(), schema.bits());
            let none = u8::from(header != Header::None);
            let lines = rows
                .split(|b| matches!(b, b'\n' | b'\r'))
                .filter(|l| !l.is_empty());
            assert!(clks.len() + usize::from(none) <= lines.count().max(1));
        }
    }
}
