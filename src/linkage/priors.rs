//! What is assumed of pairs before any is seen.

use super::level::LEVELS;
use super::model::Table;

/// How many pairs the priors of matches weigh.
pub(super) const PRIOR_MATCHES: f64 = 30.0;

/// Stated priors: the share of each level by class, and how many pairs the prior counts for.
pub(super) fn priors() -> ([Table; 3], [f64; 3]) {
    let row = |list: &[f64]| {
        let mut out = [0.0; LEVELS];
        out[..list.len()].copy_from_slice(list);
        out
    };
    let same: Table = [
        row(&[0.03, 0.015, 0.01, 0.01, 0.03, 0.025, 0.015, 0.008, 0.857]),
        row(&[0.03, 0.01, 0.03, 0.04, 0.89]),
        row(&[0.006, 0.004, 0.005, 0.025, 0.005, 0.955]),
        row(&[0.18, 0.02, 0.80]),
        row(&[0.15, 0.1, 0.75]),
        row(&[0.2, 0.15, 0.65]),
        row(&[0.4, 0.004, 0.596]),
        row(&[0.5, 0.005, 0.495]),
        row(&[0.04, 0.96]),
        row(&[0.5, 0.5, 0.7, 0.3]),
    ];
    let co_birth: Table = [
        row(&[
            0.03, 0.82, 0.08, 0.063, 0.0062, 0.0003, 0.000_02, 0.0001, 0.000_38,
        ]),
        row(&[0.03, 0.01, 0.02, 0.04, 0.90]),
        row(&[0.006, 0.0002, 0.0002, 0.0036, 0.001, 0.989]),
        row(&[0.09, 0.01, 0.90]),
        row(&[0.05, 0.05, 0.9]),
        row(&[0.1, 0.1, 0.8]),
        row(&[0.4, 0.594, 0.006]),
        row(&[0.5, 0.495, 0.005]),
        row(&[0.35, 0.65]),
        row(&[0.95, 0.05, 0.95, 0.05]),
    ];
    let sibling: Table = [
        row(&[
            0.03, 0.82, 0.08, 0.063, 0.0062, 0.0003, 0.000_02, 0.0001, 0.000_38,
        ]),
        row(&[0.12, 0.01, 0.02, 0.05, 0.80]),
        row(&[0.01, 0.87, 0.08, 0.0398, 0.0002, 0.000_02]),
        row(&[0.14, 0.01, 0.85]),
        row(&[0.05, 0.05, 0.9]),
        row(&[0.1, 0.1, 0.8]),
        row(&[0.4, 0.597, 0.003]),
        row(&[0.5, 0.497, 0.003]),
        row(&[0.5, 0.5]),
        row(&[0.95, 0.05, 0.95, 0.05]),
    ];
    ([same, co_birth, sibling], [PRIOR_MATCHES, 200.0, 200.0])
}
