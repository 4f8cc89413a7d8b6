//! The encoder against its slow twin, and what it promises of any record.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "clk/twin.rs"]
#[expect(
    unreachable_pub,
    clippy::cast_possible_truncation,
    reason = "shared with the fuzzers; a twin is plain"
)]
mod twin;

use billetbook::clk::{ClkError, Clks, Diffusion, Encoder, Settings};
use billetbook::keys::{LinkageId, LinkageKeys, Secret};
use billetbook::record::{ReadOptions, Record, read_reader};
use billetbook::token::Kernel;
use proptest::prelude::*;
use twin::{Linkage, Plain};

const LINKAGE: Linkage = (
    *b"thirty-two bytes of a known key.",
    *b"a linkage's name",
    3,
);

fn keys((secret, id, epoch): Linkage) -> LinkageKeys {
    LinkageKeys::derive(
        &Secret::from_secret_bytes(&secret).unwrap(),
        LinkageId(id),
        epoch,
    )
}

fn record(plain: &Plain<'_>, shielded: bool) -> Record {
    let postcode = plain
        .postcode
        .map(|(o, i)| format!("{o} {i}"))
        .unwrap_or_default();
    let sex = plain.sex.map(String::from).unwrap_or_default();
    let birth = plain.birth;
    let csv = format!(
        "id,given_name,family_name,date_of_birth,sex,postcode,identity_epoch,shielded\n1,{},{},{birth},{sex},{postcode},{},{shielded}\n",
        plain.given,
        plain.family,
        plain.closed.unwrap_or_default(),
    );
    let file = read_reader(csv.as_bytes(), "a.csv", &ReadOptions::default()).unwrap();
    file.records()[0].clone()
}

fn bits(clks: &Clks, row: usize) -> Vec<bool> {
    let bytes = clks.bytes(row);
    (0..clks.bits())
        .map(|i| bytes[i / 8] >> (7 - i % 8) & 1 == 1)
        .collect()
}

fn settings(bits: usize, [given, family, birth, sex, postcode]: [u8; 5]) -> Settings {
    Settings {
        bits,
        given,
        family,
        birth,
        sex,
        postcode,
    }
}

const CHILD: Plain<'_> = Plain {
    given: "ann",
    family: "smith",
    birth: "20120304",
    sex: Some('f'),
    postcode: Some(("LB1", "0AA")),
    closed: None,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn clks_are_those_of_the_twin(
        given in "[a-z]{1,40}", family in "q[a-z]{0,40}", day in 1u8..29, month in 1u8..13, year in 1990u16..2026,
        sex in proptest::option::of(proptest::sample::select(vec!['f', 'm'])),
        code in proptest::option::of(("([A-Y]|[A-Y][A-Y])(9|10|9A)", "[0-9][ABDEFGHJ]{2}")),
        closed in proptest::option::of("[a-z]{1,9}"),
        words in 1usize..=64,
        weights in proptest::array::uniform5(1u8..=64),
    ) {
        let birth = format!("{year}{month:02}{day:02}");
        let code = code.as_ref().map(|(o, i)| (o.as_str(), i.as_str()));
        let closed = closed.as_deref().filter(|w| *w != "current");
        let plain = Plain { given: &given, family: &family, birth: &birth, sex, postcode: code, closed };
        let record = record(&plain, false);
        let valid = record.given_name.valid().is_some() && record.family_name.valid().is_some();
        // Names that stand for "unknown" are no names.
        prop_assume!(valid && record.postcode.valid().is_some() == code.is_some());
        let settings = settings(words * 64, weights);
        let want = twin::clk(&LINKAGE, &plain, settings.bits, weights);
        for (name, kernel) in Kernel::all() {
            let Some(kernel) = kernel else { continue };
            let keys = keys(LINKAGE);
            let made = Encoder::new(&keys, &settings, kernel).unwrap().encode(std::slice::from_ref(&record));
            prop_assert!(bits(&made, 0) == want, "{name}");
        }
    }
}

#[test]
fn diffusion_is_that_of_the_twin_and_every_bit_counts_alike() {
    let keys = keys(LINKAGE);
    let settings = Settings::default();
    let clks = Encoder::new(&keys, &settings, Kernel::best()).unwrap();
    let clks = clks.encode(&[record(&CHILD, false), record(&Plain::default(), false)]);
    for (to, t) in [(2048, 10), (64, 8), (4096, 11), (192, 700)] {
        let sums = twin::sums(&LINKAGE, 1024, to, t);
        let mut uses = vec![0; 1024];
        for sum in &sums {
            let mut sum = sum.clone();
            sum.iter().for_each(|i| uses[*i] += 1);
            sum.sort_unstable();
            sum.dedup();
            assert_eq!(sum.len(), t);
        }
        let least = to * t / 1024;
        assert!(uses.iter().all(|n| (least..=least + 1).contains(n)));
        let made = Diffusion::new(&keys, (1024, to), t, Kernel::best()).unwrap();
        let made = made.apply(&clks).unwrap();
        assert_eq!(
            bits(&made, 0),
            twin::diffused(&bits(&clks, 0), &sums),
            "{to} {t}"
        );
        assert!(bits(&made, 1).iter().all(|b| !b), "no bit from none");
    }
}

#[test]
fn what_is_too_weak_or_too_large_is_refused() {
    let keys = keys(LINKAGE);
    let diffusion = |from, to, t| Diffusion::new(&keys, (from, to), t, Kernel::best());
    assert!(diffusion(1024, 2048, 8).is_ok());
    for t in [0, 1, 7, 1025] {
        assert_eq!(
            diffusion(1024, 2048, t).unwrap_err(),
            ClkError::Diffusion { t }
        );
    }
    for bits in [0, 63, 100, 4160] {
        assert_eq!(
            diffusion(bits, 2048, 10).unwrap_err(),
            ClkError::Length { bits }
        );
        assert_eq!(
            diffusion(1024, bits, 10).unwrap_err(),
            ClkError::Length { bits }
        );
    }
    let weights = [12, 12, 6, 0, 0];
    assert_eq!(settings(4096, weights).check(), Ok(()));
    assert_eq!(
        settings(4160, weights).check(),
        Err(ClkError::Length { bits: 4160 })
    );
    for (at, bits) in [(0, 0), (1, 0), (2, 0), (3, 65), (4, 65)] {
        let mut weights = weights;
        weights[at] = bits;
        assert_eq!(
            settings(64, weights).check(),
            Err(ClkError::Weight { bits })
        );
    }
    let made = diffusion(64, 2048, 10).unwrap();
    let other = Clks::from_json(b"{\"clks\": [\"AQIDBA==\"]}", "a").unwrap();
    let refused = ClkError::Other {
        found: 32,
        expected: 64,
    };
    assert_eq!(made.apply(&other), Err(refused));
}

#[test]
fn a_file_fills_as_much_as_is_said() {
    let made = billetbook_synth::generate(&billetbook_synth::Options {
        children: 2_000,
        seed: 5,
        ..Default::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let paths = billetbook_synth::write(&made, folder.path()).unwrap();
    let file = billetbook::record::read_path(&paths[0], &ReadOptions::default()).unwrap();
    let keys = keys(LINKAGE);
    let settings = Settings::default();
    let clks = Encoder::new(&keys, &settings, Kernel::best())
        .unwrap()
        .encode(file.records());
    let ones = |c: &Clks, i: usize| c.row(i).iter().map(|w| w.count_ones()).sum::<u32>();
    let (mut set, mut rows) = (0, 0);
    for i in 0..clks.len() {
        set += ones(&clks, i);
        rows += u32::from(ones(&clks, i) > 0);
    }
    let fill = f64::from(set) / f64::from(rows) / 1024.0;
    assert!((0.21..0.25).contains(&fill), "{fill}");
    assert!(f64::from(rows) > 0.9 * clks.len() as f64);
    // Diffused, half of the bits are set whatever the record.
    let diffused = Diffusion::new(&keys, (1024, 2048), 10, Kernel::best()).unwrap();
    let diffused = diffused.apply(&clks).unwrap();
    let far = (0..clks.len())
        .filter(|i| ones(&clks, *i) > 0 && !(900..1150).contains(&ones(&diffused, *i)));
    assert_eq!(far.count(), 0);
}
