//! CLKs and their diffusion straight from docs/format.md, one hash at a time: the slow twin of the encoder.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a CLK is made of, as plain text: names in `a-z`, `yyyymmdd`, `f` or `m`, outward and inward code in upper case.
#[derive(Clone, Debug, Default)]
pub struct Plain<'a> {
    pub given: &'a str,
    pub family: &'a str,
    pub birth: &'a str,
    pub sex: Option<char>,
    pub postcode: Option<(&'a str, &'a str)>,
    pub closed: Option<&'a str>,
}

/// A linkage: secret, id, epoch.
pub type Linkage = ([u8; 32], [u8; 16], u32);

fn derived((secret, id, epoch): &Linkage, label: &str, more: &str) -> [u8; 32] {
    let mut info = format!("billetbook/1 {label}\0").into_bytes();
    info.extend_from_slice(id);
    info.extend_from_slice(&epoch.to_be_bytes());
    info.extend_from_slice(&(more.len() as u32).to_be_bytes());
    info.extend_from_slice(more.as_bytes());
    let mut key = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(None, secret);
    hkdf.expand(&info, &mut key).unwrap();
    key
}

/// Four numbers from the first sixteen bytes of an HMAC over a block and a message.
fn numbers(key: &[u8; 32], block: &[u8], message: &[u8]) -> [u32; 4] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    let mut padded = [0; 64];
    padded[..block.len()].copy_from_slice(block);
    mac.update(&padded);
    mac.update(message);
    let tag = mac.finalize().into_bytes();
    [0, 4, 8, 12].map(|i| u32::from_be_bytes(tag[i..i + 4].try_into().unwrap()))
}

/// The CLK of `bits` bits, with the bits for each token of given name, family name, birth date, sex and postcode.
pub fn clk(linkage: &Linkage, plain: &Plain<'_>, bits: usize, weights: [u8; 5]) -> Vec<bool> {
    let mut out = vec![false; bits];
    if plain.given.is_empty() || plain.family.is_empty() || plain.birth.is_empty() {
        return out;
    }
    let key = match plain.closed {
        None => derived(linkage, "clk-key", ""),
        Some(word) => derived(linkage, "clk-closed-identity-key", word),
    };
    let mut block = b"billetbook/1 clk-token\0".to_vec();
    block.extend_from_slice(&(bits as u16).to_be_bytes());
    let mut tokens: Vec<(u8, u8, String)> = Vec::new();
    for (field, name) in [(1, plain.given), (2, plain.family)] {
        let name: Vec<char> = name.chars().take(32).collect();
        let filled: Vec<char> = [&['_'], &name[..], &['_']].concat();
        let pairs = filled.windows(2).map(|w| w.iter().collect());
        tokens.extend(pairs.map(|pair| (field, 0, pair)));
    }
    let at_places = |field: u8, from: u8, text: &str| -> Vec<(u8, u8, String)> {
        let characters = (from..).zip(text.to_lowercase().chars().collect::<Vec<_>>());
        characters.map(|(p, c)| (field, p, c.to_string())).collect()
    };
    tokens.extend(at_places(3, 1, plain.birth));
    tokens.extend(plain.sex.map(|s| (4, 0, s.to_string())));
    if let Some((outward, inward)) = plain.postcode {
        tokens.extend(at_places(5, 1, outward));
        tokens.extend(at_places(5, 5, inward));
    }
    for (field, place, text) in tokens {
        let weight = weights[usize::from(field) - 1];
        for counter in 0..weight.div_ceil(4) {
            let message = [
                &[field, place, text.len() as u8],
                text.as_bytes(),
                &[counter],
            ]
            .concat();
            let left = usize::from(weight) - 4 * usize::from(counter);
            for number in numbers(&key, &block, &message).into_iter().take(left) {
                out[((u64::from(number) * bits as u64) >> 32) as usize] = true;
            }
        }
    }
    out
}

/// Each of `to` bits as the numbers of the `t` bits of the CLK that are added up to it.
pub fn sums(linkage: &Linkage, from: usize, to: usize, t: usize) -> Vec<Vec<usize>> {
    let key = derived(linkage, "diffusion-key", "");
    let mut block = b"billetbook/1 diffusion\0".to_vec();
    for n in [from, to, t] {
        block.extend_from_slice(&(n as u16).to_be_bytes());
    }
    let mut draws = (0u32..).flat_map(|counter| numbers(&key, &block, &counter.to_be_bytes()));
    let mut below = |n: usize| ((u64::from(draws.next().unwrap()) * n as u64) >> 32) as usize;
    let mut deck: Vec<usize> = Vec::new();
    (0..to)
        .map(|_| {
            let mut sum: Vec<usize> = Vec::new();
            while sum.len() < t {
                if deck.is_empty() {
                    deck = (0..from).collect();
                    for top in (1..from).rev() {
                        let with = below(top + 1);
                        deck.swap(top, with);
                    }
                }
                // The last card of the deck that is not in the sum changes places with the last of all.
                let mut free = deck.len() - 1;
                while sum.contains(&deck[free]) {
                    free -= 1;
                }
                let last = deck.len() - 1;
                deck.swap(free, last);
                sum.push(deck.pop().unwrap());
            }
            sum
        })
        .collect()
}

/// The diffused CLK.
pub fn diffused(clk: &[bool], sums: &[Vec<usize>]) -> Vec<bool> {
    let odd = |sum: &Vec<usize>| sum.iter().filter(|i| clk[**i]).count() % 2 == 1;
    sums.iter().map(odd).collect()
}
