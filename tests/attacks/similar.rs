//! Similarities between all records of a file, as an attacker reads them off the bits, and as he expects them
//! from the names.

use crate::encode::{Encoding, Rows};
use billetbook::record::Record;

/// A dense matrix, row by row.
#[derive(Clone)]
pub(crate) struct Matrix {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) cells: Vec<f32>,
}

impl Matrix {
    pub(crate) fn zero(rows: usize, columns: usize) -> Matrix {
        Matrix {
            rows,
            columns,
            cells: vec![0.0; rows * columns],
        }
    }

    pub(crate) fn of(rows: &[Vec<f32>]) -> Matrix {
        Matrix {
            rows: rows.len(),
            columns: rows.first().map_or(0, Vec::len),
            cells: rows.concat(),
        }
    }

    pub(crate) fn row(&self, i: usize) -> &[f32] {
        &self.cells[i * self.columns..(i + 1) * self.columns]
    }

    fn row_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.cells[i * self.columns..(i + 1) * self.columns]
    }

    /// The cells of some rows and columns.
    pub(crate) fn part(&self, rows: &[usize], columns: &[usize]) -> Matrix {
        let cells = rows.iter().flat_map(|r| {
            let row = self.row(*r);
            columns.iter().map(|c| row[*c])
        });
        Matrix {
            rows: rows.len(),
            columns: columns.len(),
            cells: cells.collect(),
        }
    }

    /// Every column with mean 0 and variance 1.
    pub(crate) fn standardise(&mut self) {
        for c in 0..self.columns {
            let column = || self.cells.iter().skip(c).step_by(self.columns);
            let n = self.rows as f32;
            let mean = column().sum::<f32>() / n;
            let spread = column().map(|x| (x - mean).powi(2)).sum::<f32>() / n;
            let spread = spread.sqrt().max(1e-9);
            let cells = self.cells.iter_mut().skip(c).step_by(self.columns);
            cells.for_each(|x| *x = (*x - mean) / spread);
        }
    }

    /// Every row with length 1.
    pub(crate) fn normalise(&mut self) {
        for i in 0..self.rows {
            let length = dot(self.row(i), self.row(i)).sqrt().max(1e-9);
            self.row_mut(i).iter_mut().for_each(|x| *x /= length);
        }
    }

    /// Every column with mean 0.
    pub(crate) fn centre(&mut self) {
        let mut means = vec![0f32; self.columns];
        for i in 0..self.rows {
            means.iter_mut().zip(self.row(i)).for_each(|(m, x)| *m += x);
        }
        for i in 0..self.rows {
            let n = self.rows as f32;
            self.row_mut(i)
                .iter_mut()
                .zip(&means)
                .for_each(|(x, m)| *x -= m / n);
        }
    }

    /// The product of every row of `self` with every row of `other`.
    pub(crate) fn products(&self, other: &Matrix) -> Matrix {
        const BLOCK: usize = 32;
        let mut out = Matrix::zero(self.rows, other.rows);
        for top in (0..self.rows).step_by(BLOCK) {
            for left in (0..other.rows).step_by(BLOCK) {
                for i in top..(top + BLOCK).min(self.rows) {
                    for j in left..(left + BLOCK).min(other.rows) {
                        out.cells[i * other.rows + j] = dot(self.row(i), other.row(j));
                    }
                }
            }
        }
        out
    }

    /// How well each row of `self` is explained by each of `expected` under noise that is the same in every
    /// cell: the log-likelihood, up to a factor and to what depends on the row of `self` alone.
    pub(crate) fn likelihood(&self, expected: &Matrix) -> Matrix {
        let half: Vec<f32> = (0..expected.rows)
            .map(|i| dot(expected.row(i), expected.row(i)) / 2.0)
            .collect();
        let mut out = self.products(expected);
        for i in 0..out.rows {
            out.row_mut(i)
                .iter_mut()
                .zip(&half)
                .for_each(|(x, h)| *x -= h);
        }
        out
    }

    /// Half the squared distance of every row to every row of `other`, negative.
    pub(crate) fn closeness(&self, other: &Matrix) -> Matrix {
        let mut out = self.likelihood(other);
        for i in 0..out.rows {
            let half = dot(self.row(i), self.row(i)) / 2.0;
            out.row_mut(i).iter_mut().for_each(|x| *x -= half);
        }
        out
    }
}

fn dot(x: &[f32], y: &[f32]) -> f32 {
    let mut sums = [0f32; 16];
    let (xs, x_rest) = x.as_chunks::<16>();
    let (ys, y_rest) = y.as_chunks::<16>();
    for (a, b) in xs.iter().zip(ys) {
        sums.iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(s, (a, b))| *s += a * b);
    }
    let rest: f32 = x_rest.iter().zip(y_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Agreement of every two rows, from -1 to 1: 1 less twice the share of bits that differ.
pub(crate) fn agreement(rows: &Rows) -> Matrix {
    diffused_agreement(rows, 1)
}

/// What agreement becomes when each bit is the sum of `inputs` bits drawn at random: its power.
fn diffused_agreement(rows: &Rows, inputs: usize) -> Matrix {
    let (n, bits) = (rows.rows.len(), rows.bits as f32);
    let mut out = Matrix::zero(n, n);
    #[expect(clippy::cast_possible_truncation, reason = "a handful of inputs")]
    let power = inputs as i32;
    for i in 0..n {
        out.cells[i * n + i] = 1.0;
        for j in i + 1..n {
            let pair = rows.rows[i].iter().zip(&rows.rows[j]);
            let differ: u32 = pair.map(|(a, b)| (a ^ b).count_ones()).sum();
            let agree = (1.0 - 2.0 * differ as f32 / bits).powi(power);
            out.cells[i * n + j] = agree;
            out.cells[j * n + i] = agree;
        }
    }
    out
}

/// The agreement that an attacker expects who knows names and encoding: encoded under `keys` keys of his own, and
/// averaged. He knows what diffusion does to agreement without the bits that it chose.
pub(crate) fn expected(encoding: &Encoding, records: &[Record], keys: u64) -> Matrix {
    let mut sum = Matrix::zero(records.len(), records.len());
    for key in 0..keys {
        let rows = encoding.undiffused(records, 0x0a77_ac4e_0000 + key);
        let one = diffused_agreement(&rows, encoding.inputs());
        sum.cells
            .iter_mut()
            .zip(&one.cells)
            .for_each(|(s, x)| *s += x / keys as f32);
    }
    sum
}
