//! What is refused, by name.

use billetbook::engine::{Error, Options, Pair, Progress, Rows, Sink, join};
use std::cell::Cell;
use std::ops::ControlFlow;

#[test]
fn lengths_are_checked() {
    for bits in [0, 1, 63, 65, 4097, 4160] {
        let refused = Error::Length { bits, most: 4096 };
        assert_eq!(Rows::new(bits), Err(refused));
    }
    let mut rows = Rows::new(4096).unwrap();
    rows.push_bytes(&[7; 512]).unwrap();
    let refused = |found| {
        Err(Error::RowLength {
            row: 1,
            found,
            bits: 4096,
        })
    };
    assert_eq!(rows.push_bytes(&[7; 511]), refused(4088));
    assert_eq!(rows.push_words(&[7; 65]), refused(4160));
    let short = Rows::from_words(128, vec![1, 2, 3]);
    assert_eq!(
        short,
        Err(Error::RowLength {
            row: 1,
            found: 64,
            bits: 128
        })
    );
    let refused = join(&rows, &Rows::new(64).unwrap(), &options(), &mut Vec::new());
    assert_eq!(
        refused,
        Err(Error::Lengths {
            left: 4096,
            right: 64
        })
    );
}

#[test]
fn a_million_rows_that_are_all_alike_are_refused_at_the_limit() {
    let rows = Rows::from_words(64, vec![0xff; 1_000_000]).unwrap();
    let mut options = options();
    options.max_pairs = 1_000_000;
    /// Counts, and keeps nothing.
    #[derive(Default)]
    struct Counts(u64, usize);
    impl Sink for Counts {
        fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()> {
            self.0 += pairs.len() as u64;
            self.1 = self.1.max(pairs.len());
            ControlFlow::Continue(())
        }
    }
    let mut sink = Counts::default();
    let refused = join(&rows, &rows, &options, &mut sink);
    assert_eq!(refused, Err(Error::TooManyPairs { most: 1_000_000 }));
    assert!(sink.0 <= 1_000_000);
    // A step of a tile: so many pairs at most, and a strip more.
    assert!(sink.1 <= (1 << 16) + 256 * 512);
}

#[test]
fn progress_is_told_and_may_end_it() {
    let rows = Rows::from_words(64, (0..3000).collect()).unwrap();
    let told = Cell::new(0);
    let tell = |progress: Progress| {
        assert!(progress.compared >= told.get() && progress.compared <= progress.total);
        assert_eq!(progress.total, 9_000_000);
        told.set(progress.compared);
        ControlFlow::Continue(())
    };
    let mut options = options();
    options.progress = Some(&tell);
    let stats = join(&rows, &rows, &options, &mut Vec::new()).unwrap();
    assert_eq!((told.get(), stats.compared), (9_000_000, 9_000_000));
    let end = |_| ControlFlow::Break(());
    options.progress = Some(&end);
    let stopped = join(&rows, &rows, &options, &mut Vec::new());
    assert!(matches!(stopped, Err(Error::Stopped { .. })));
}

#[test]
fn bytes_and_words_are_the_same_rows() {
    let words = vec![0x0123_4567_89ab_cdef, 5];
    let mut rows = Rows::new(128).unwrap();
    rows.push_bytes(
        &words
            .iter()
            .flat_map(|w: &u64| w.to_le_bytes())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    assert_eq!(rows, Rows::from_words(128, words).unwrap());
    assert_eq!(format!("{rows:?}"), "Rows(1 of 128 bits)");
}

#[test]
fn more_pairs_than_allowed_are_refused_and_a_sink_may_stop() {
    let rows = Rows::from_words(64, vec![7; 40]).unwrap();
    let mut options = options();
    options.max_pairs = 1600;
    let mut found = Vec::new();
    assert_eq!(
        join(&rows, &rows, &options, &mut found).unwrap().pairs,
        1600
    );
    options.max_pairs = 1599;
    let refused = join(&rows, &rows, &options, &mut Vec::new());
    assert_eq!(refused, Err(Error::TooManyPairs { most: 1599 }));

    struct Stops(u64);
    impl Sink for Stops {
        fn chunk(&mut self, pairs: &[Pair]) -> ControlFlow<()> {
            self.0 += pairs.len() as u64;
            ControlFlow::Break(())
        }
    }
    let mut sink = Stops(0);
    options.max_pairs = 1600;
    let stopped = join(&rows, &rows, &options, &mut sink);
    assert_eq!(stopped, Err(Error::Stopped { pairs: sink.0 }));
}

fn options() -> Options<'static> {
    Options::new("0.8".parse().unwrap())
}
