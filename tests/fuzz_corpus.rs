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

/// Redeals whose steps come nearly in order, so that most of them come to an end, amid requests, revocations, erasures and
/// full disks: four bytes a step, as fuzz/properties/gate.rs has them.
#[test]
fn gates_that_deal_anew_in_made_up_orders() {
    // Xorshift, so that what fails fails again.
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u8::try_from(state >> 32 & 255).unwrap()
    };
    for _ in 0..100 {
        let mut steps: Vec<[u8; 4]> = (0..3).map(|n| [10, n, n, 0]).collect();
        let mut redeal: Vec<[u8; 4]> = Vec::new();
        for what in 0..4 {
            redeal.extend((0..3).map(|gate| [15, gate, 128, what]));
        }
        for i in 0..redeal.len() {
            if next() < 20 {
                let j = usize::from(next()) % redeal.len();
                redeal.swap(i, j);
            }
        }
        redeal.reverse();
        while steps.len() < 48 {
            let (kind, gate, a, b) = (next(), next(), next(), next());
            let ask_new = [15, gate, a | 128, 6 | b << 3];
            steps.push(match kind {
                0..=90 => redeal.pop().unwrap_or(ask_new),
                91..=150 => [0, gate, a, b],
                151..=156 => [13, gate, a, b],
                157 | 158 => [12, gate, a, b],
                159..=163 => [11, gate, a, b],
                164..=167 => [8, gate, a, b],
                168 | 169 => [14, gate, a, b],
                170..=230 => ask_new,
                // Any step of a redeal, for its own sake.
                _ => [15, gate, a | 128, b],
            });
        }
        properties::gate::gates(steps.as_flattened());
    }
}

#[test]
fn message() {
    replay("message", properties::exchange::message);
}

#[test]
fn consent() {
    replay("consent", properties::exchange::consent);
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
