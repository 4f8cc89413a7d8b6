//! Graph matching on encoded records, written from the papers: the attacker reads similarities off the bits, makes
//! the same graph from names that he holds in clear, and looks for the assignment that makes both agree.
//! Vidanage, Christen, Ranbaduge and Schnell, "A Graph Matching Attack on Privacy-Preserving Record Linkage", CIKM
//! 2020 (features of nodes, then assignment); Schaefer, Armknecht and Heng, "R+R: Revisiting Graph Matching Attacks on
//! Privacy-Preserving Record Linkage", ACSAC 2024 (no features but positions in the graph, aligned step by step);
//! Heimann and others, "REGAL", CIKM 2018 (degrees around a node); Ding, Ma, Wu and Xu, "Efficient random graph
//! matching via degree profiles", 2021. All edges count here, with their weights, not only those above a threshold.

use crate::encode::Encoding;
use crate::similar::{Matrix, agreement, expected};
use billetbook::record::Record;
use pathfinding::prelude::{Matrix as Weights, kuhn_munkres};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What the attacker has: what was sent, in an order that tells him nothing, and names in clear.
pub(crate) struct Case {
    sent: Matrix,
    expected: Matrix,
    /// The same encoding of the names under a key of the attacker's own.
    own: Matrix,
    ones: [Vec<u32>; 2],
    inputs: usize,
    /// The candidate that each row truly is.
    truth: Vec<usize>,
}

/// Shares of the unknown rows that were named rightly, by each way to decide.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shares {
    /// The best candidate of each row.
    pub(crate) guessed: f64,
    /// One to one, the surest first.
    pub(crate) greedy: f64,
    /// One to one, the greatest sum.
    pub(crate) optimal: f64,
}

impl Shares {
    pub(crate) fn best(self) -> f64 {
        self.guessed.max(self.greedy).max(self.optimal)
    }
}

impl Case {
    pub(crate) fn new(encoding: &Encoding, records: &[Record], seed: u64) -> Case {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut truth: Vec<usize> = (0..records.len()).collect();
        truth.shuffle(&mut rng);
        let shuffled: Vec<Record> = truth.iter().map(|t| records[*t].clone()).collect();
        let sent = encoding.sent(&shuffled, rng.next_u64());
        let own = encoding.sent(records, rng.next_u64());
        Case {
            ones: [sent.ones(), own.ones()],
            sent: agreement(&sent),
            inputs: encoding.inputs(),
            expected: expected(encoding, records, 4),
            own: agreement(&own),
            truth,
        }
    }

    /// B5: the names of the first `known` rows are known.
    pub(crate) fn seeded(&self, known: usize) -> Shares {
        let unknown: Vec<usize> = (known..self.truth.len()).collect();
        let candidates: Vec<usize> = {
            let mut all: Vec<usize> = unknown.iter().map(|u| self.truth[*u]).collect();
            all.sort_unstable();
            all
        };
        let mut anchors: Vec<(usize, usize)> = (0..known).map(|u| (u, self.truth[u])).collect();
        let mut best = Shares::default();
        for _ in 0..2 {
            let scores = self.scores(&unknown, &candidates, &anchors);
            let shares = self.shares(&scores, &unknown, &candidates);
            if shares.best() > best.best() {
                best = shares;
            }
            // What is surest stands as known in the next round.
            let sure = mutual_best(&scores);
            let take = sure.len() / 10;
            anchors.truncate(known);
            anchors.extend(
                sure[..take]
                    .iter()
                    .map(|(u, c)| (unknown[*u], candidates[*c])),
            );
        }
        best
    }

    /// B4: no name is known. The best of three ways to start, each refined round by round.
    pub(crate) fn seedless(&self) -> Shares {
        const ROUNDS: usize = 6;
        let all: Vec<usize> = (0..self.truth.len()).collect();
        let mut best = (Shares::default(), None);
        for mut scores in [self.by_profile(), self.by_structure(), self.by_strongest()] {
            for round in 1..=ROUNDS {
                let quick = self.quick(&scores, &all, &all);
                if quick.best() > best.0.best() {
                    best = (quick, Some(scores.clone()));
                }
                let sure = mutual_best(&scores);
                // A quarter of the rows is enough to tell all others by, where they are right.
                let take = (sure.len() * round / ROUNDS).min(all.len() / 4);
                scores = self.scores(&all, &all, &sure[..take]);
            }
            let quick = self.quick(&scores, &all, &all);
            if quick.best() > best.0.best() {
                best = (quick, Some(scores));
            }
        }
        match best.1 {
            Some(scores) => self.shares(&scores, &all, &all),
            None => best.0,
        }
    }

    /// How well each candidate explains each row, from the similarities to pairs taken as known.
    fn scores(&self, rows: &[usize], candidates: &[usize], known: &[(usize, usize)]) -> Matrix {
        let (us, cs): (Vec<usize>, Vec<usize>) = known.iter().copied().unzip();
        let mut seen = self.sent.part(rows, &us);
        let mut thought = self.expected.part(candidates, &cs);
        if self.inputs == 1 {
            // Collisions of bits move whole rows and columns: correlation is blind to that.
            for m in [&mut seen, &mut thought] {
                m.standardise();
                m.normalise();
            }
            return seen.products(&thought);
        }
        seen.centre();
        thought.centre();
        seen.likelihood(&thought)
    }

    /// Start: the whole row of similarities, sorted, and the bits set (degree profiles).
    fn by_profile(&self) -> Matrix {
        let [seen, own] = [(&self.sent, 0), (&self.own, 1)].map(|(m, side)| {
            let rows: Vec<Vec<f32>> = (0..m.rows)
                .map(|i| {
                    let sorted = sorted_row(m, i);
                    let mut out: Vec<f32> = (0..120)
                        .map(|q| sorted[q * (sorted.len() - 1) / 119])
                        .collect();
                    out.extend(sorted.iter().take(32));
                    out.extend([self.ones[side][i] as f32; 8]);
                    out
                })
                .collect();
            let mut out = Matrix::of(&rows);
            out.standardise();
            out
        });
        seen.closeness(&own)
    }

    /// Start: features of nodes in the graph of the strongest similarities, and the degrees around them.
    fn by_structure(&self) -> Matrix {
        let [seen, own] = [&self.sent, &self.own].map(|m| {
            let mut out = Matrix::of(&structure(m));
            out.standardise();
            out
        });
        seen.closeness(&own)
    }

    /// Start: the strongest edges alone, which families have.
    fn by_strongest(&self) -> Matrix {
        let [seen, own] = [&self.sent, &self.expected].map(|m| {
            let rows: Vec<Vec<f32>> = (0..m.rows)
                .map(|i| sorted_row(m, i)[..4].to_vec())
                .collect();
            Matrix::of(&rows)
        });
        seen.closeness(&own)
    }

    fn share(&self, picks: &[usize], rows: &[usize], candidates: &[usize]) -> f64 {
        let right = picks.iter().zip(rows);
        let right = right.filter(|(c, u)| candidates.get(**c) == Some(&self.truth[**u]));
        right.count() as f64 / rows.len() as f64
    }

    fn quick(&self, scores: &Matrix, rows: &[usize], candidates: &[usize]) -> Shares {
        let guesses: Vec<usize> = (0..scores.rows).map(|i| best(scores.row(i)).0).collect();
        Shares {
            guessed: self.share(&guesses, rows, candidates),
            greedy: self.share(&greedy(scores), rows, candidates),
            optimal: 0.0,
        }
    }

    fn shares(&self, scores: &Matrix, rows: &[usize], candidates: &[usize]) -> Shares {
        Shares {
            optimal: self.share(&optimal(scores), rows, candidates),
            ..self.quick(scores, rows, candidates)
        }
    }
}

/// A row's similarities to the others, the greatest first.
fn sorted_row(m: &Matrix, i: usize) -> Vec<f32> {
    let others = m.row(i).iter().enumerate().filter(|(j, _)| *j != i);
    let mut out: Vec<f32> = others.map(|(_, x)| *x).collect();
    out.sort_unstable_by(|a, b| b.total_cmp(a));
    out
}

/// Degree, weights of edges, density around the node, and how many nodes of which degree lie one and two steps
/// away, in the graph of the strongest ten edges a node.
fn structure(m: &Matrix) -> Vec<Vec<f32>> {
    let n = m.rows;
    let mut edges: Vec<(f32, usize, usize)> = (0..n)
        .flat_map(|i| {
            m.row(i)[i + 1..]
                .iter()
                .zip(i + 1..)
                .map(move |(x, j)| (*x, i, j))
        })
        .collect();
    let kept = (10 * n).min(edges.len() - 1);
    edges.select_nth_unstable_by(kept, |a, b| b.0.total_cmp(&a.0));
    let mut around: Vec<Vec<(usize, f32)>> = vec![Vec::new(); n];
    for (x, i, j) in &edges[..kept] {
        around[*i].push((*j, *x));
        around[*j].push((*i, *x));
    }
    let class = |i: usize| (usize::BITS - around[i].len().leading_zeros()).min(11) as usize;
    (0..n)
        .map(|i| {
            let weights: Vec<f32> = around[i].iter().map(|e| e.1).collect();
            let count = weights.len().max(1) as f32;
            let mean = weights.iter().sum::<f32>() / count;
            let spread = weights.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / count;
            let inside = around[i].iter().flat_map(|(j, _)| &around[*j]);
            let inside = inside
                .filter(|(k, _)| around[i].iter().any(|e| e.0 == *k))
                .count();
            let greatest = weights.iter().copied().fold(0.0, f32::max);
            let least = weights.iter().copied().fold(1.0, f32::min);
            let mut out = vec![
                (1.0 + weights.len() as f32).ln(),
                mean,
                spread.sqrt(),
                greatest,
                least,
                inside as f32 / (count * count),
            ];
            let mut degrees = [0f32; 24];
            for (j, _) in &around[i] {
                degrees[class(*j)] += 1.0;
                around[*j]
                    .iter()
                    .for_each(|(k, _)| degrees[12 + class(*k)] += 1.0);
            }
            out.extend(degrees.map(|d| (1.0 + d).ln()));
            out
        })
        .collect()
}

/// The place and value of the greatest number.
fn best(row: &[f32]) -> (usize, f32) {
    let first = (usize::MAX, f32::MIN);
    row.iter()
        .enumerate()
        .fold(first, |b, (j, x)| if *x > b.1 { (j, *x) } else { b })
}

/// Pairs that are each other's best, those with the widest lead first.
fn mutual_best(scores: &Matrix) -> Vec<(usize, usize)> {
    let mut columns = vec![(usize::MAX, f32::MIN, f32::MIN); scores.columns];
    let mut rows = columns.clone();
    rows.resize(scores.rows, (usize::MAX, f32::MIN, f32::MIN));
    let better = |b: &mut (usize, f32, f32), at: usize, x: f32| {
        if x > b.1 {
            *b = (at, x, b.1);
        } else if x > b.2 {
            b.2 = x;
        }
    };
    for (i, row) in rows.iter_mut().enumerate() {
        *row = (usize::MAX, f32::MIN, f32::MIN);
        for (j, x) in scores.row(i).iter().enumerate() {
            better(row, j, *x);
            better(&mut columns[j], i, *x);
        }
    }
    let mut out: Vec<(f32, usize, usize)> = rows
        .iter()
        .enumerate()
        .filter(|(i, r)| r.0 != usize::MAX && columns[r.0].0 == *i)
        .map(|(i, r)| {
            let c = columns[r.0];
            ((r.1 - r.2).min(c.1 - c.2), i, r.0)
        })
        .collect();
    out.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    out.into_iter().map(|(_, i, j)| (i, j)).collect()
}

/// One to one, the greatest score first, over the twelve best candidates of each row.
fn greedy(scores: &Matrix) -> Vec<usize> {
    let kept = 12.min(scores.columns);
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for i in 0..scores.rows {
        let mut row: Vec<(f32, usize)> = scores
            .row(i)
            .iter()
            .enumerate()
            .map(|(j, x)| (*x, j))
            .collect();
        row.select_nth_unstable_by(kept - 1, |a, b| b.0.total_cmp(&a.0));
        pairs.extend(row[..kept].iter().map(|(x, j)| (*x, i, *j)));
    }
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut out = vec![usize::MAX; scores.rows];
    let mut taken = vec![false; scores.columns];
    for (_, i, j) in pairs {
        if out[i] == usize::MAX && !taken[j] {
            out[i] = j;
            taken[j] = true;
        }
    }
    out
}

/// One to one, the greatest sum.
fn optimal(scores: &Matrix) -> Vec<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded to whole numbers on purpose"
    )]
    let whole = |x: &f32| (f64::from(*x) * 1e6) as i64;
    let cells: Vec<i64> = scores.cells.iter().map(whole).collect();
    #[expect(clippy::unwrap_used, reason = "as many cells as rows times columns")]
    let weights = Weights::from_vec(scores.rows, scores.columns, cells).unwrap();
    kuhn_munkres(&weights).1
}
