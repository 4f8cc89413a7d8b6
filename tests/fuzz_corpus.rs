//! Replays the fuzz corpora through the fuzzers' own properties.

#![cfg(feature = "parquet")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "../fuzz/properties.rs"]
#[expect(unreachable_pub, reason = "shared with the fuzzers")]
mod properties;

fn replay(target: &str, property: fn(&[u8])) {
    let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        property(&bytes);
        // And cut short anywhere.
        for n in (0..bytes.len()).step_by(bytes.len() / 16 + 1) {
            property(&bytes[..n]);
        }
        seen += 1;
    }
    assert!(seen > 0, "no corpus for {target}");
}

#[test]
fn record_csv() {
    replay("record_csv", properties::record_csv);
}

#[test]
fn schema_toml() {
    replay("schema_toml", properties::schema_toml);
}

#[test]
fn cin_xml() {
    replay("cin_xml", properties::cin_xml);
}

#[test]
fn token_file() {
    replay("token_file", properties::parties::token_file);
}

#[test]
fn party_text() {
    replay("party_text", properties::parties::party_text);
}

#[test]
fn wire_codec() {
    replay("wire_codec", properties::wire_codec);
}

#[test]
fn key_record() {
    replay("key_record", properties::key_record);
}

#[test]
fn keystore() {
    replay("keystore", properties::keystore);
}

#[test]
fn policy() {
    replay("policy", properties::policy);
}

#[test]
fn child_record() {
    replay("child_record", properties::child_record);
}

#[test]
fn engine() {
    replay("engine", properties::engine::engine);
}

#[test]
fn envelope() {
    replay("envelope", properties::envelope::envelope);
}

#[test]
fn checkpoint() {
    replay("checkpoint", properties::log::checkpoint);
}

#[test]
fn proof() {
    replay("proof", properties::log::proof);
}

#[test]
fn tile() {
    replay("tile", properties::log::tile);
}

#[test]
fn entry() {
    replay("entry", properties::log::entry);
}

#[test]
fn statement() {
    replay("statement", properties::share::statement);
}

#[test]
fn gates() {
    replay("gates", properties::gate::gates);
}

#[test]
fn message() {
    replay("message", properties::exchange::message);
}

#[test]
fn clk() {
    replay("clk", properties::clk::clk);
}

#[test]
fn clk_file() {
    replay("clk_file", properties::clk::clk_file);
}

#[test]
fn clkhash() {
    replay("clkhash", properties::clk::clkhash);
}
