//! Looking up samples of bits: what is found is right and found once, and what is missed is told.

use crate::naive::{naive, rows, sorted};
use billetbook::engine::{Error, Lsh, Options, Pair, Rows, approximate_join};
use std::num::NonZeroU32;

fn find(left: &Rows, right: &Rows, lsh: &Lsh) -> (Vec<Pair>, u64, u64, bool) {
    let mut found = Vec::new();
    let options = Options::new("0.7".parse().unwrap());
    let (stats, recall) = approximate_join(left, right, &options, lsh, &mut found).unwrap();
    assert_eq!(stats.pairs, found.len() as u64);
    (sorted(found), recall.found, recall.of, recall.exact)
}

#[test]
fn what_is_found_is_right_and_what_is_missed_is_told() {
    // Every left row stands on the right too, and copies with changes on both sides.
    let (left, right) = (rows(700, 512, 0.4, 1), rows(900, 512, 0.4, 1));
    let all = naive(&left, &right, false, (7, 10));
    let mut lsh = Lsh::default();
    lsh.exact_up_to = 0;
    lsh.sample = 700;
    (lsh.tables, lsh.bits) = (12, 24);
    let (found, seen, of, exact) = find(&left, &right, &lsh);
    assert!(
        !exact
            && found.iter().all(|p| all
                .binary_search_by_key(&(p.left, p.right), |q| (q.left, q.right))
                .is_ok())
    );
    assert!(
        found
            .windows(2)
            .all(|w| (w[0].left, w[0].right) < (w[1].left, w[1].right)),
        "found twice"
    );
    // With all rows in the sample the estimate is the truth; equal rows agree in every table.
    assert_eq!((seen, of), (found.len() as u64, all.len() as u64));
    assert!(found.len() >= 700 && found.len() < all.len());
    // More tables find more, and one bit a table nearly all.
    lsh.tables = 60;
    assert!(find(&left, &right, &lsh).0.len() > found.len());
    lsh.bits = 1;
    assert_eq!(find(&left, &right, &lsh).0, all);
    // Up to the stated size nothing is left to chance.
    lsh.exact_up_to = 700 * 900;
    (lsh.tables, lsh.bits) = (1, 64);
    let (found, seen, of, exact) = find(&left, &right, &lsh);
    assert!(exact && found == all && seen == of);
    lsh.exact_up_to = 700 * 900 - 1;
    assert!(!find(&left, &right, &lsh).3);
}

#[test]
fn what_cannot_be_looked_up_is_refused() {
    let side = rows(40, 64, 0.5, 2);
    let mut options = Options::new("0.9".parse().unwrap());
    let run = |options: &Options<'_>, tables, bits| {
        let mut lsh = Lsh::default();
        (lsh.tables, lsh.bits, lsh.exact_up_to) = (tables, bits, 0);
        approximate_join(&side, &side, options, &lsh, &mut Vec::new()).map(|_| ())
    };
    assert_eq!(run(&options, 3, 64), Ok(()));
    assert_eq!(run(&options, 0, 64), Err(Error::Lsh));
    assert_eq!(run(&options, 3, 0), Err(Error::Lsh));
    assert_eq!(run(&options, 3, 65), Err(Error::Lsh));
    options.max_pairs = 39;
    assert_eq!(run(&options, 3, 64), Err(Error::TooManyPairs { most: 39 }));
    options.max_pairs = 4000;
    options.top_k = NonZeroU32::new(1);
    assert_eq!(run(&options, 3, 64), Err(Error::Lsh));
}
