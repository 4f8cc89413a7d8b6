//! Typing errors.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const KEYBOARD: [&str; 26] = [
    "qsz", "vgn", "xvd", "sfe", "wrd", "dgr", "fht", "gju", "uok", "hki", "jli", "ko", "nk", "bmh",
    "ipl", "ol", "wa", "etf", "adw", "ryg", "yij", "cbf", "qes", "zcs", "tuh", "xas",
];
const SOUNDS: &[(&str, &str)] = &[
    ("ph", "f"),
    ("ck", "k"),
    ("ee", "ea"),
    ("ie", "y"),
    ("y", "ie"),
    ("ai", "ay"),
    ("c", "k"),
    ("k", "c"),
    ("th", "t"),
    ("ss", "s"),
    ("ll", "l"),
    ("nn", "n"),
    ("oo", "u"),
    ("ou", "oo"),
    ("sh", "sch"),
    ("v", "w"),
    ("z", "s"),
    ("s", "z"),
    ("i", "e"),
    ("e", "i"),
];

/// One typing error: a letter more, less, wrong or exchanged with its neighbour, or a mishearing.
pub(crate) fn typo(text: &str, rng: &mut ChaCha8Rng) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 2 {
        return text.to_owned();
    }
    let at = rng.random_range(0..letters.len());
    let mut out = letters.clone();
    match rng.random_range(0..10) {
        0..3 => out[at] = beside(letters[at], rng),
        3..5 => {
            out.remove(at);
        }
        5..7 => out.insert(at, beside(letters[at], rng)),
        7..9 if at + 1 < out.len() => out.swap(at, at + 1),
        _ => {
            let start = rng.random_range(0..SOUNDS.len());
            for i in 0..SOUNDS.len() {
                let (from, to) = SOUNDS[(start + i) % SOUNDS.len()];
                if text.contains(from) {
                    return text.replacen(from, to, 1);
                }
            }
            out.remove(at);
        }
    }
    out.into_iter().collect()
}

fn beside(letter: char, rng: &mut ChaCha8Rng) -> char {
    let keys = match letter {
        'a'..='z' => KEYBOARD[letter as usize - 'a' as usize].as_bytes(),
        '0'..='9' => b"0123456789",
        _ => b"aeiou",
    };
    char::from(keys[rng.random_range(0..keys.len())])
}
