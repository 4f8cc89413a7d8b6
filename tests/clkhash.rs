//! CLKs are clkhash's, bit for bit; schemas that it would misread are refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use base64ct::{Base64, Encoding};
use billetbook::clk::Clks;
use billetbook::clk::clkhash::{HashError, Header, Schema, SchemaError, hash_csv};
use serde_json::{Value, json};
use std::path::Path;

fn csv(columns: &Value, rows: &Value) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(columns).chain(rows.as_array().unwrap()) {
        let fields = row.as_array().unwrap().iter();
        out.write_record(fields.map(|f| f.as_str().unwrap()))
            .unwrap();
    }
    out.into_inner().unwrap()
}

/// Every variant of a file of vectors; how many CLKs there were.
fn check(vectors: &Value) -> usize {
    let text = csv(&vectors["columns"], &vectors["rows"]);
    let secret = vectors["secret"].as_str().unwrap().as_bytes();
    let mut seen = 0;
    for variant in vectors["variants"].as_array().unwrap() {
        let schema = Schema::from_json(&variant["schema"].to_string(), "schema.json").unwrap();
        let made = hash_csv(&*text, "rows.csv", &schema, secret, Header::Checked).unwrap();
        let want = variant["clks"].as_array().unwrap();
        assert_eq!(made.len(), want.len());
        for (row, want) in want.iter().enumerate() {
            let clk = Base64::encode_string(&made.bytes(row));
            assert_eq!(
                clk,
                want.as_str().unwrap(),
                "{}, row {row}",
                variant["name"]
            );
            seen += 1;
        }
        // Read back from a file, they are the same but for what fills the last byte.
        let mut file = Vec::new();
        made.write_json(&mut file).unwrap();
        let back = Clks::from_json(&file, "clks.json").unwrap();
        assert!((0..made.len()).all(|r| back.bytes(r) == made.bytes(r)));
    }
    seen
}

#[test]
fn our_vectors_are_equal() {
    let vectors = include_str!("vectors/clkhash.json");
    assert_eq!(check(&serde_json::from_str(vectors).unwrap()), 80);
}

#[test]
fn shared_vectors_are_equal() {
    let path = "../shared/data/peers/clkhash_vectors.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: ../shared/data is not here");
        return;
    };
    assert_eq!(check(&serde_json::from_str(&text).unwrap()), 14 * 200);
}

fn schema() -> Value {
    json!({
        "version": 3,
        "clkConfig": {"l": 64, "kdf": {"type": "HKDF"}},
        "features": [
            {"identifier": "id", "ignored": true},
            {"identifier": "name", "format": {"type": "string", "case": "lower", "maxLength": 9}, "hashing": {
                "comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerToken": 3},
                "hash": {"type": "doubleHash"}}},
            {"identifier": "height", "format": {"type": "integer"}, "hashing": {
                "comparison": {"type": "numeric", "thresholdDistance": 2, "resolution": 2},
                "strategy": {"bitsPerFeature": 30}}},
        ]
    })
}

/// The schema with one value put at a place (`null` deletes).
fn with(place: &str, value: Value) -> Result<Schema, SchemaError> {
    let mut schema = schema();
    let (parent, key) = place.rsplit_once('/').unwrap();
    let parent = schema.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(key).unwrap();
    } else {
        parent.insert(key.to_owned(), value);
    }
    Schema::from_json(&schema.to_string(), "s.json")
}

#[test]
fn keys_that_clkhash_passes_over_are_refused_with_the_reason() {
    assert!(Schema::from_json(&schema().to_string(), "s.json").is_ok());
    for (place, instead) in [
        ("/clkConfig/xorFolds", "\"xor_folds\""),
        (
            "/features/1/hashing/hash/preventSingularity",
            "\"prevent_singularity\"",
        ),
        (
            "/features/2/hashing/comparison/fractionalPrecision",
            "\"fractional_precision\"",
        ),
        ("/clkConfig/kdf/keysize", "delete it"),
    ] {
        let error = with(place, json!(1)).unwrap_err();
        assert!(
            matches!(error, SchemaError::Ignored { .. }),
            "{place}: {error}"
        );
        assert!(error.to_string().contains(instead), "{error}");
        assert!(error.to_string().starts_with("s.json, "), "{error}");
    }
    assert!(with("/clkConfig/xor_folds", json!(1)).is_ok());
    assert!(with("/features/1/hashing/hash/prevent_singularity", json!(true)).is_ok());
    assert!(
        with(
            "/features/2/hashing/comparison/fractional_precision",
            json!(1)
        )
        .is_ok()
    );
    assert!(with("/features/1/description", json!("for readers")).is_ok());
}

#[test]
fn what_a_schema_cannot_ask_for_is_refused_by_name() {
    for (place, value, word) in [
        ("/version", json!(4), "version"),
        ("/clkConfig", json!(null), "clkConfig"),
        ("/clkConfig/l", json!(0), "\"l\""),
        ("/clkConfig/l", json!(63), "power of two"),
        ("/clkConfig/l", json!(1 << 17), "\"l\""),
        ("/clkConfig/xor_folds", json!(11), "before folding"),
        ("/clkConfig/kdf/type", json!("legacy"), "HKDF"),
        ("/clkConfig/kdf/hash", json!("MD5"), "SHA512"),
        ("/clkConfig/kdf/salt", json!("!"), "base64"),
        ("/clkConfig/kdf/keySize", json!(65), "64 bytes"),
        ("/clkConfig/kdf/keySize", json!(5000), "HKDF gives"),
        ("/features/1/identifier", json!(null), "identifier"),
        ("/features/1/format/type", json!("float"), "\"type\""),
        (
            "/features/1/format",
            json!({"type": "string", "pattern": "(a)\\1"}),
            "pattern",
        ),
        ("/features/1/format/encoding", json!("latin-1"), "encoding"),
        ("/features/1/hashing/comparison/n", json!(0), "\"n\""),
        (
            "/features/1/hashing/strategy/bitsPerFeature",
            json!(3),
            "either",
        ),
        ("/features/1/hashing/strategy", json!({"k": 3}), "\"k\""),
        ("/features/1/hashing/hash/type", json!("sha3"), "blakeHash"),
        (
            "/features/2/hashing/hash",
            json!({"type": "blakeHash", "prevent_singularity": false}),
            "doubleHash only",
        ),
        (
            "/features/2/hashing/comparison/thresholdDistance",
            json!(0.2),
            "thresholdDistance",
        ),
        (
            "/features/2/hashing/comparison/resolution",
            json!(0),
            "resolution",
        ),
    ] {
        let error = with(place, value).unwrap_err().to_string();
        assert!(error.contains(word), "{place}: {error}");
    }
    let error = Schema::from_json("{\n \"version\": }", "s.json").unwrap_err();
    assert_eq!(
        error.to_string(),
        "s.json, line 2, column 13: not JSON; a clkhash linkage schema is a JSON file"
    );
}

#[test]
fn bad_rows_are_named_by_row_and_column_and_never_by_value() {
    let schema = Schema::from_json(&schema().to_string(), "s.json").unwrap();
    let run = |text: &str, header| hash_csv(text.as_bytes(), "a.csv", &schema, b"secret", header);
    let good = "id,name,height\n1,ann,101\n2,bob,99\n";
    assert_eq!(run(good, Header::Checked).unwrap().len(), 2);
    for (from, to, says) in [
        (
            "99",
            "tall",
            "a.csv, row 3, column \"height\": not a whole number",
        ),
        (
            "ann",
            "Zebedee",
            "a.csv, row 2, column \"name\": not in lower case, as the schema asks",
        ),
        (
            "bob",
            "bobobobobo",
            "a.csv, row 3, column \"name\": longer than the schema's 9 characters",
        ),
        (",99", "", "a.csv, row 3: 2 fields where the schema has 3"),
        (
            "name",
            "surname",
            "a.csv, row 1, column 2: the header does not say \"name\"",
        ),
        (
            ",height",
            "",
            "a.csv, row 1: 2 fields where the schema has 3",
        ),
    ] {
        let error = run(&good.replace(from, to), Header::Checked).unwrap_err();
        assert!(error.to_string().starts_with(says), "{error}");
        assert!(to.is_empty() || to == "surname" || !error.to_string().contains(to));
    }
    assert!(matches!(
        run("", Header::Checked),
        Err(HashError::Empty { .. })
    ));
    let renamed = good.replace("name", "surname");
    assert_eq!(run(&renamed, Header::PassedOver).unwrap().len(), 2);
    let headless = good.split_once('\n').unwrap().1;
    assert_eq!(
        run(headless, Header::None).unwrap(),
        run(good, Header::Checked).unwrap()
    );
    let other = b"id,name,height\n1,\xff,3\n";
    let error = hash_csv(&other[..], "a.csv", &schema, b"secret", Header::Checked).unwrap_err();
    assert!(matches!(error, HashError::Utf8 { row: 2, .. }), "{error}");
    let none = hash_csv(good.as_bytes(), "a.csv", &schema, b"", Header::Checked);
    assert!(matches!(none, Err(HashError::NoSecret)));
    let apart = hash_csv(good.as_bytes(), "a.csv", &schema, b"other", Header::Checked);
    assert_ne!(apart.unwrap(), run(good, Header::Checked).unwrap());
}
