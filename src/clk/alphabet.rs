//! All tokens there are, by number. A record's tokens are of a small alphabet: pairs of letters, digits at places. So
//! the bits of every token are made at once and looked up by number, without hashing and without a miss.

use crate::record::{BirthDate, Record, Sex};

/// Letters of a name that count.
pub(super) const MOST_LETTERS: usize = 32;
/// Tokens of one record at most.
pub(super) const MOST_TOKENS: usize = 2 * (MOST_LETTERS + 1) + 8 + 1 + 7;

/// A field, its tokens beginning at a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Field {
    Given = 1,
    Family = 2,
    Birth = 3,
    Sex = 4,
    Postcode = 5,
}

const PAIRS: u16 = 27 * 27;
const GIVEN: u16 = 0;
const FAMILY: u16 = GIVEN + PAIRS;
const BIRTH: u16 = FAMILY + PAIRS;
const SEX: u16 = BIRTH + 8 * 10;
const POSTCODE: u16 = SEX + 2;
/// How many tokens there are.
pub(super) const TOKENS: u16 = POSTCODE + 7 * 36;

/// Token numbers of one record; a fixed buffer, filled anew for each.
pub(super) struct Numbers {
    list: [u16; MOST_TOKENS],
    len: usize,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers {
            list: [0; MOST_TOKENS],
            len: 0,
        }
    }
}

impl Numbers {
    /// The tokens of a record; none where it lacks a valid given name, family name or birth date: what is left would
    /// be alike in many children. Of a shielded record none of its place.
    pub(super) fn fill(&mut self, record: &Record) {
        self.clear();
        let names = record.given_name.valid().zip(record.family_name.valid());
        let (Some((given, family)), Some(birth)) = (names, record.birth_date.valid()) else {
            return;
        };
        self.pairs(GIVEN, given.folded().as_bytes());
        self.pairs(FAMILY, family.folded().as_bytes());
        for (place, digit) in (0..).zip(digits(*birth)) {
            self.push(BIRTH + place * 10 + digit);
        }
        match record.sex.valid() {
            Some(Sex::Female) => self.push(SEX),
            Some(Sex::Male) => self.push(SEX + 1),
            None => {}
        }
        if let Some(code) = record.postcode.valid().filter(|_| !record.shielded) {
            self.postcode(code.compact().as_bytes());
        }
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    pub(super) fn list(&self) -> &[u16] {
        &self.list[..self.len]
    }

    fn push(&mut self, number: u16) {
        // The longest record fits: see `MOST_TOKENS`.
        if let Some(slot) = self.list.get_mut(self.len) {
            *slot = number;
            self.len += 1;
        }
    }

    /// Pairs of neighbouring letters, both ends included.
    fn pairs(&mut self, base: u16, name: &[u8]) {
        let mut before = 0;
        for letter in name.iter().take(MOST_LETTERS) {
            let letter = u16::from(letter & 31);
            self.push(base + before * 27 + letter);
            before = letter;
        }
        self.push(base + before * 27);
    }

    /// The outward code counted from its beginning, the inward code at the last three places.
    fn postcode(&mut self, code: &[u8]) {
        let outward = code.len().saturating_sub(3);
        for (i, c) in (0u16..).zip(code) {
            let place = if usize::from(i) < outward {
                i
            } else {
                i + 7 - crate::limits::file_index(code.len())
            };
            let value = match c {
                b'0'..=b'9' => u16::from(c - b'0'),
                _ => 10 + u16::from((c & 31) - 1),
            };
            self.push(POSTCODE + place * 36 + value);
        }
    }
}

/// `yyyymmdd`.
fn digits(date: BirthDate) -> [u16; 8] {
    let (y, m, d) = (date.year(), u16::from(date.month()), u16::from(date.day()));
    [
        y / 1000 % 10,
        y / 100 % 10,
        y / 10 % 10,
        y % 10,
        m / 10,
        m % 10,
        d / 10,
        d % 10,
    ]
}

/// A token's field, its place from 1 (0 where places do not count) and its text.
pub(super) fn text(number: u16) -> (Field, u8, [u8; 2], usize) {
    let small = |n: u16| crate::limits::byte(n.into());
    let letter = |n: u16| if n == 0 { b'_' } else { b'a' + small(n - 1) };
    let pair = |n: u16| [letter(n / 27), letter(n % 27)];
    let at_place = |n: u16, per_place: u16| (small(n / per_place) + 1, n % per_place);
    match number {
        GIVEN..FAMILY => (Field::Given, 0, pair(number - GIVEN), 2),
        FAMILY..BIRTH => (Field::Family, 0, pair(number - FAMILY), 2),
        BIRTH..SEX => {
            let (place, digit) = at_place(number - BIRTH, 10);
            (Field::Birth, place, [b'0' + small(digit), 0], 1)
        }
        SEX..POSTCODE => {
            let letter = if number == SEX { b'f' } else { b'm' };
            (Field::Sex, 0, [letter, 0], 1)
        }
        _ => {
            let (place, value) = at_place(number - POSTCODE, 36);
            let c = match value {
                0..10 => b'0' + small(value),
                _ => b'a' + small(value - 10),
            };
            (Field::Postcode, place, [c, 0], 1)
        }
    }
}
