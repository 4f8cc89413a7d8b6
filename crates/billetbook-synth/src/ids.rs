//! Identifiers with right check digits, from their published rules: an oracle beside the library's own.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// An NHS number of the 999 range, which is never issued; a serial gives each child its own.
pub(crate) fn nhs(serial: u32) -> String {
    let mut n = (99_000_000 + u64::from(serial)) % 100_000_000;
    loop {
        let nine = format!("9{n:08}");
        let sum: u32 = nine
            .bytes()
            .zip((2..=10u32).rev())
            .map(|(b, w)| u32::from(b - b'0') * w)
            .sum();
        let check = (11 - sum % 11) % 11;
        if check < 10 {
            return format!("{nine}{check}");
        }
        // No number has check digit 10: use the other half of the range.
        n = (n + 50_000_000) % 100_000_000 + 1;
    }
}

/// A Unique Pupil Number with its check letter.
pub(crate) fn upn(serial: u32, year: u32, rng: &mut ChaCha8Rng) -> String {
    const LA: [u32; 8] = [201, 204, 301, 330, 352, 801, 860, 919];
    let twelve = format!(
        "{:03}{:04}{:02}{:03}",
        LA[rng.random_range(0..LA.len())],
        serial / 1000 % 10_000,
        year % 100,
        serial % 1000
    );
    let sum: usize = twelve
        .bytes()
        .zip(2..)
        .map(|(b, w)| usize::from(b - b'0') * w)
        .sum();
    format!(
        "{}{twelve}",
        char::from(b"ABCDEFGHJKLMNPQRTUVWXYZ"[sum % 23])
    )
}

/// A well-formed, made-up postcode of a street number: about fifteen households share one.
pub(crate) fn postcode(street: u32) -> String {
    const AREAS: [&str; 10] = ["LB", "WX", "QA", "DV", "VE", "JK", "XQ", "FJ", "QE", "ZV"];
    const LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";
    let street = street as usize;
    let (a, b) = (LETTERS[street % 20], LETTERS[street / 20 % 20]);
    let (sector, district) = (street / 400 % 10, street / 4000);
    format!(
        "{}{} {}{}{}",
        AREAS[district % 10],
        district / 10 % 98 + 1,
        sector,
        char::from(b),
        char::from(a)
    )
}
