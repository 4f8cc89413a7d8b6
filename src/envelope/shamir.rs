//! Shamir's secret sharing ("How to share a secret", 1979) of 32 bytes over GF(2^8), reduced by x^8+x^4+x^3+x+1.
//!
//! Own code, since no crate wipes its coefficients and shares: `vsss-rs` leaves both in freed memory and `blahaj`
//! looks secrets up in tables. `vsss-rs` is the peer in the tests. Secret bytes are only ever scaled by public
//! numbers (a gate's number, a weight), so nothing here branches or looks up by a secret.

use super::entropy::{Entropy, NoRandomness};
use zeroize::Zeroizing;

type Block = [u8; 32];

/// Shares of `secret` for gates 1 to `gates`, any `threshold` of which give it back; fewer tell nothing of it.
pub(super) fn split(
    secret: &Block,
    threshold: u8,
    gates: u8,
    entropy: &mut dyn Entropy,
) -> Result<Zeroizing<Vec<Block>>, NoRandomness> {
    let terms = usize::from(threshold).saturating_sub(1);
    // Uniform over the whole field, zero included, or fewer shares would tell something.
    let mut terms = Zeroizing::new(vec![[0; 32]; terms]);
    for term in terms.iter_mut() {
        entropy.fill(term)?;
    }
    let mut shares = Zeroizing::new(Vec::with_capacity(usize::from(gates)));
    for gate in 1..=gates {
        let mut share = [0; 32];
        for term in terms.iter().rev().chain([secret]) {
            scale(&mut share, gate);
            add(&mut share, term);
        }
        shares.push(share);
    }
    Ok(shares)
}

/// The secret of which these are shares, by gate number. Numbers are distinct and not zero; with fewer than the
/// threshold, or with a wrong share, it is another.
pub(super) fn join(shares: &[(u8, &Block)]) -> Zeroizing<Block> {
    let gates: Vec<u8> = shares.iter().map(|s| s.0).collect();
    combine(weights(&gates).into_iter().zip(shares.iter().map(|s| s.1)))
}

/// Lagrange's weights at zero, of gates with distinct numbers other than zero.
pub(super) fn weights(gates: &[u8]) -> Vec<u8> {
    let weight = |gate: &u8| {
        let others = gates.iter().filter(|other| *other != gate);
        others.fold(1, |w, other| {
            product(w, product(*other, inverse(other ^ gate)))
        })
    };
    gates.iter().map(weight).collect()
}

/// Weights under which the values at `points` of every polynomial add up to zero whose degree is below
/// `points.len() - 1 - power`. Points are distinct.
pub(super) fn check_weights(points: &[u8], power: usize) -> Vec<u8> {
    let weight = |point: &u8| {
        let others = points.iter().filter(|other| *other != point);
        let weight = others.fold(1, |w, other| product(w, inverse(other ^ point)));
        (0..power).fold(weight, |w, _| product(w, *point))
    };
    points.iter().map(weight).collect()
}

/// The same of polynomials that are zero at zero, which is a point more: degrees below `points.len() - power`.
pub(super) fn check_weights_with_zero(points: &[u8], power: usize) -> Vec<u8> {
    let all: Vec<u8> = [0].iter().chain(points).copied().collect();
    check_weights(&all, power).split_off(1)
}

/// The sum of blocks, each scaled by a public number.
pub(super) fn combine<'a>(parts: impl Iterator<Item = (u8, &'a Block)>) -> Zeroizing<Block> {
    let mut sum = Zeroizing::new([0; 32]);
    for (weight, block) in parts {
        let mut part = Zeroizing::new(*block);
        scale(&mut part, weight);
        add(&mut sum, &part);
    }
    sum
}

fn add(to: &mut Block, more: &Block) {
    to.iter_mut().zip(more).for_each(|(a, b)| *a ^= b);
}

fn scale(block: &mut Block, by: u8) {
    block.iter_mut().for_each(|b| *b = product(*b, by));
}

/// The product in the field; constant time in `a`.
pub(super) fn product(a: u8, by: u8) -> u8 {
    (0..8).rev().fold(0, |out: u8, bit| {
        let doubled = (out << 1) ^ (0x1b & (out >> 7).wrapping_neg());
        doubled ^ (a & (by >> bit & 1).wrapping_neg())
    })
}

/// The inverse of a public number other than zero: its 254th power, 2 + 4 + ... + 128.
fn inverse(a: u8) -> u8 {
    let mut square = a;
    (0..7).fold(1, |power, _| {
        square = product(square, square);
        product(power, square)
    })
}

#[cfg(test)]
mod tests {
    use super::super::entropy::{Os, Seeded};
    use super::*;
    use proptest::prelude::*;
    use vsss_rs::Gf256;

    fn parts(shares: &[Block], of: &[u8]) -> Block {
        let of: Vec<_> = of
            .iter()
            .map(|g| (*g, &shares[usize::from(*g) - 1]))
            .collect();
        *join(&of)
    }

    #[test]
    fn it_is_the_field_of_aes() {
        // FIPS 197, 4.2: {57} x {83} = {c1}, {57} x {13} = {fe}.
        assert_eq!((product(0x57, 0x83), product(0x57, 0x13)), (0xc1, 0xfe));
        for a in 1..=255 {
            assert_eq!(product(a, inverse(a)), 1);
        }
    }

    proptest! {
        #[test]
        fn every_quorum_gives_the_secret_back(secret: Block, gates in 1..=7u8, t in 1..=7u8, seed: [u8; 32], skip in 0..128u8) {
            let t = t.min(gates);
            let shares = split(&secret, t, gates, &mut Seeded::new(seed)).unwrap();
            let all: Vec<u8> = (1..=gates).collect();
            prop_assert_eq!(parts(&shares, &all), secret);
            let some: Vec<u8> = all.iter().copied().filter(|g| skip >> (g - 1) & 1 == 0).collect();
            // One share too few gives the secret in 1 of 2^256 cases.
            prop_assert_eq!(parts(&shares, &some) == secret, some.len() >= usize::from(t));
        }

        /// Both ways between this code and `vsss-rs`, whose shares are the number, then the bytes.
        #[test]
        fn vsss_rs_joins_ours_and_we_join_theirs(secret: Block, seed: [u8; 32]) {
            let ours = split(&secret, 3, 5, &mut Seeded::new(seed)).unwrap();
            let as_theirs: Vec<Vec<u8>> = [5u8, 2, 4]
                .iter()
                .map(|g| [&[*g][..], &ours[usize::from(*g) - 1]].concat())
                .collect();
            prop_assert_eq!(Gf256::combine_bytes(&as_theirs).unwrap(), secret.to_vec());
            let rng = <rand_chacha::ChaCha20Rng as rand::SeedableRng>::from_seed(seed);
            let theirs = Gf256::split_bytes(3, 5, secret, rng).unwrap();
            let blocks: Vec<(u8, Block)> = theirs.iter().map(|s| (s[0], s[1..].try_into().unwrap())).collect();
            let three: Vec<(u8, &Block)> = blocks[1..4].iter().map(|(g, b)| (*g, b)).collect();
            prop_assert_eq!(*join(&three), secret);
        }
    }

    /// Information-theoretic: whatever the first share of 2-of-n, each secret is as likely.
    #[test]
    fn with_one_share_too_few_every_secret_remains_possible() {
        for share in [0u8, 1, 77, 255] {
            let possible = (0..=255u8).map(|other| {
                let (a, b) = ([share; 32], [other; 32]);
                join(&[(1, &a), (2, &b)])[0]
            });
            let mut seen: Vec<u8> = possible.collect();
            seen.sort_unstable();
            assert!(seen.iter().copied().eq(0..=255));
        }
    }

    /// The coefficients cover the whole field (a generator that left out zero would show here).
    #[test]
    fn first_shares_of_one_secret_are_spread_evenly() {
        let mut seen = [0u32; 256];
        for _ in 0..4096 {
            for byte in split(&[42; 32], 2, 3, &mut Os).unwrap()[0] {
                seen[usize::from(byte)] += 1;
            }
        }
        // 131,072 draws: 512 each, standard deviation 22.6.
        assert!(seen.iter().all(|n| (350..675).contains(n)), "{seen:?}");
    }
}
