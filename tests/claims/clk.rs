//! CLKs: keys, closed identities, shields, diffusion, errors.

use super::support::rows;
use billetbook::clk::clkhash::{Hasher, Header, Schema, hash_csv};
use billetbook::clk::{ClkError, Clks, Diffusion, Encoder, LEAST_DIFFUSION, Settings};
use billetbook::keys::{LinkageId, LinkageKeys, Secret};
use billetbook::record::Record;
use billetbook::token::Kernel;
use std::collections::BTreeSet;

const HEADER: &str =
    "id,given_name,family_name,date_of_birth,sex,postcode,identity_epoch,shielded\n";

fn keys(first: u8, epoch: u32) -> LinkageKeys {
    let secret: Vec<u8> = (first..first + 32).collect();
    let secret = Secret::from_secret_bytes(&secret).unwrap();
    LinkageKeys::derive(&secret, LinkageId([first; 16]), epoch)
}

fn encode(keys: &LinkageKeys, records: &[Record]) -> Clks {
    let encoder = Encoder::new(keys, &Settings::default(), Kernel::best()).unwrap();
    encoder.encode(records)
}

fn diffuse(keys: &LinkageKeys, clks: &Clks) -> Clks {
    let diffusion = Diffusion::new(keys, (1024, 2048), 10, Kernel::best()).unwrap();
    diffusion.apply(clks).unwrap()
}

fn ones(clks: &Clks, row: usize) -> u32 {
    clks.row(row).iter().map(|w| w.count_ones()).sum()
}

fn dice(a: (&Clks, usize), b: (&Clks, usize)) -> f64 {
    let both = a.0.row(a.1).iter().zip(b.0.row(b.1));
    let both: u32 = both.map(|(x, y)| (x & y).count_ones()).sum();
    2.0 * f64::from(both) / f64::from(ones(a.0, a.1) + ones(b.0, b.1))
}

/// Two rows as independent coins would fall: plain, at a fill of .23; diffused, at one half.
fn apart(plain: f64, diffused: f64) -> bool {
    plain < 0.45 && (0.44..0.56).contains(&diffused)
}

#[test]
fn clk_1_a_closed_identity_is_like_no_other_record() {
    let keys = keys(1, 1);
    let text = "1,Ann,Smith,2012-03-04,F,LB1 0AA,,\n2,Ann,Smith,2012-03-04,F,LB1 0AA,,\n\
                3,Ann,Smith,2012-03-04,F,LB1 0AA,before,\n4,Ann,Smith,2012-03-04,F,LB1 0AA,other,\n";
    let plain = encode(&keys, &rows(&format!("{HEADER}{text}")));
    let diffused = diffuse(&keys, &plain);
    let of = |a, b| {
        (
            dice((&plain, a), (&plain, b)),
            dice((&diffused, a), (&diffused, b)),
        )
    };
    assert_eq!(of(0, 1), (1.0, 1.0), "control");
    for (a, b) in [(0, 2), (0, 3), (2, 3)] {
        let (plain, diffused) = of(a, b);
        assert!(apart(plain, diffused), "{a} {b}: {plain} {diffused}");
    }
}

#[test]
fn clk_2_a_shielded_record_sets_no_bit_by_its_place() {
    let keys = keys(2, 1);
    let clks = |shielded: bool| -> usize {
        let text: String = (0..1_000)
            .map(|i| {
                let code = format!("LB{} {}AA", i / 10 + 1, i % 10);
                format!("{i},Ann,Smith,2012-03-04,F,{code},,{shielded}\n")
            })
            .collect();
        let clks = encode(&keys, &rows(&format!("{HEADER}{text}")));
        let rows: BTreeSet<_> = (0..clks.len()).map(|i| clks.bytes(i)).collect();
        rows.len()
    };
    assert!(clks(false) > 500, "control");
    assert_eq!(clks(true), 1);
}

#[test]
fn clk_3_the_same_child_is_unlike_itself_in_another_linkage_or_epoch() {
    let file = rows(&format!("{HEADER}1,Ann,Smith,2012-03-04,F,LB1 0AA,,\n"));
    let of = |keys: LinkageKeys| {
        let plain = encode(&keys, &file);
        let diffused = diffuse(&keys, &plain);
        (plain, diffused)
    };
    let first = of(keys(3, 1));
    assert_eq!(first, of(keys(3, 1)), "control");
    for other in [keys(3, 2), keys(4, 1)] {
        let other = of(other);
        let plain = dice((&first.0, 0), (&other.0, 0));
        assert!(apart(plain, dice((&first.1, 0), (&other.1, 0))), "{plain}");
    }
    // Nor are two diffused forms of one plain CLK alike.
    let plain = &first.0;
    let again = |keys: &LinkageKeys| diffuse(keys, plain);
    let alike = dice((&again(&keys(3, 1)), 0), (&again(&keys(3, 2)), 0));
    assert!((0.44..0.56).contains(&alike), "{alike}");
}

#[test]
fn clk_4_a_diffusion_of_too_few_bits_is_refused() {
    let keys = keys(5, 1);
    let make = |t| Diffusion::new(&keys, (1024, 2048), t, Kernel::best());
    assert!(make(LEAST_DIFFUSION).is_ok(), "control");
    for t in 0..LEAST_DIFFUSION {
        assert_eq!(make(t).unwrap_err(), ClkError::Diffusion { t });
    }
}

/// Pearson's correlation.
fn correlation(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|p| f(p.0 - x, p.1 - y)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

#[test]
fn clk_5_a_diffused_clk_does_not_tell_how_long_a_name_is() {
    let made = billetbook_synth::generate(&billetbook_synth::Options {
        children: 2_000,
        seed: 7,
        ..Default::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let paths = billetbook_synth::write(&made, folder.path()).unwrap();
    let file = billetbook::record::read_path(&paths[0], &Default::default()).unwrap();
    let keys = keys(6, 1);
    let plain = encode(&keys, file.records());
    let diffused = diffuse(&keys, &plain);
    let against_length = |clks: &Clks| {
        let letters = |r: &Record| {
            let names = [&r.given_name, &r.family_name];
            let letters = names.iter().filter_map(|n| n.valid());
            letters.map(|n| n.folded().len() as f64).sum()
        };
        let rows = (0..clks.len()).filter(|i| ones(&plain, *i) > 0);
        let points = rows.map(|i| (letters(&file.records()[i]), f64::from(ones(clks, i))));
        correlation(&points.collect::<Vec<_>>())
    };
    let (control, found) = (against_length(&plain), against_length(&diffused));
    assert!(control > 0.9, "control: {control}");
    assert!(found.abs() < 0.12, "{found}");
}

#[test]
fn clk_6_no_error_and_no_debug_shows_a_value_or_a_secret() {
    let schema = r#"{"version": 3, "clkConfig": {"l": 64, "kdf": {"type": "HKDF"}}, "features": [
        {"identifier": "name", "format": {"type": "string", "case": "lower", "maxLength": 9}, "hashing":
            {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerToken": 3}}},
        {"identifier": "born", "format": {"type": "date", "format": "%Y-%m-%d"}, "hashing":
            {"comparison": {"type": "ngram", "n": 1}, "strategy": {"bitsPerToken": 3}}},
        {"identifier": "size", "format": {"type": "integer", "minimum": 3}, "hashing":
            {"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 3}}}]}"#;
    let schema = Schema::from_json(schema, "s.json").unwrap();
    let secret = b"a word nobody says";
    let run = |row: &str| {
        let text = format!("name,born,size\n{row}\n");
        hash_csv(text.as_bytes(), "a.csv", &schema, secret, Header::Checked)
    };
    assert!(run("zebedee,2012-03-04,12").is_ok(), "control");
    for (row, value) in [
        ("Zebedee,2012-03-04,12", "Zebedee"),
        ("zebedee-zebedee,2012-03-04,12", "zebedee"),
        ("zebedee,4 March 2012,12", "March"),
        ("zebedee,2012-03-04,twelve", "twelve"),
        ("zebedee,2012-03-04,-77", "77"),
        ("zebedee,2012-03-04", "zebedee"),
    ] {
        let error = run(row).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("a.csv") && !shown.contains(value), "{shown}");
    }
    let hasher = Hasher::new(&schema, secret).unwrap();
    let clks = run("zebedee,2012-03-04,12").unwrap();
    let keys = keys(7, 1);
    let encoder = Encoder::new(&keys, &Settings::default(), Kernel::best()).unwrap();
    let diffusion = Diffusion::new(&keys, (1024, 2048), 10, Kernel::best()).unwrap();
    assert_eq!(
        format!("{hasher:?} {clks:?} {diffusion:?}"),
        "Hasher(..) Clks(1 of 64 bits) Diffusion(1024 to 2048 bits)"
    );
    assert!(format!("{encoder:?}").starts_with("Encoder { settings: Settings { bits: 1024,"));
    // A CLK file's error tells no part of a CLK.
    let error = Clks::from_json(b"{\"clks\": [\"AQID\", \"SECR!T\"]}", "c.json").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("SECR"));
}
