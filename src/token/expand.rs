use super::key::Transform;
use super::mac::BLOCK;
use super::phonetic::{slk, soundex};
use crate::limits::byte;
use crate::record::lexicon::{is_listed_given, neighbours as listed_neighbours, short_pairs};
use crate::record::{BirthDate, Name, Record, telling_middle};
use std::ops::Range;

const MOST: usize = 10;
const LONGEST: usize = 48;

/// The values of every transform that a key set needs, for one record at a time; buffers are reused.
/// The buffers hold names in clear: they are wiped when the value is dropped.
#[derive(Default)]
pub(crate) struct Expander {
    arena: Vec<u8>,
    spans: Vec<[(u32, u32); MOST]>,
    counts: Vec<u8>,
}

impl Drop for Expander {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.arena);
    }
}

impl Expander {
    /// Expands `record`. `co_birth`: the file holds a co-birth of this child, so approximate given names
    /// are withheld.
    pub(crate) fn expand(&mut self, record: &Record, wanted: &[Transform], co_birth: bool) {
        self.arena.clear();
        self.spans.resize(Transform::ALL.len(), [(0, 0); MOST]);
        self.counts.clear();
        self.counts.resize(Transform::ALL.len(), 0);
        for &t in wanted {
            self.one(record, t, co_birth);
        }
        self.arena.resize(self.arena.len() + BLOCK, 0);
    }

    /// The values of the record, and a block of zeros.
    pub(crate) fn arena(&self) -> &[u8] {
        &self.arena
    }

    /// The values of a transform, most telling first, without repeats.
    pub(crate) fn values(&self, t: Transform) -> impl ExactSizeIterator<Item = &[u8]> {
        let n = usize::from(self.counts[t as usize]);
        self.spans[t as usize][..n]
            .iter()
            .map(|&(a, b)| &self.arena[a as usize..b as usize])
    }

    pub(crate) fn count(&self, t: Transform) -> usize {
        usize::from(self.counts[t as usize])
    }

    /// Where in the arena a value stands after the byte of its length, as keys hash it.
    pub(crate) fn with_length(&self, t: Transform, i: usize) -> Range<usize> {
        let (a, b) = self.spans[t as usize][i];
        a as usize - 1..b as usize
    }

    fn put(&mut self, t: Transform, pieces: &[&[u8]]) {
        let n = self.count(t);
        if n >= t.slots().min(MOST) {
            return;
        }
        // Before every value stands its length.
        self.arena.push(0);
        let start = self.arena.len();
        for piece in pieces {
            self.arena
                .extend_from_slice(&piece[..piece.len().min(LONGEST)]);
        }
        let value = &self.arena[start..];
        if value.is_empty() || self.values(t).any(|old| old == value) {
            self.arena.truncate(start - 1);
            return;
        }
        self.arena[start - 1] = byte(self.arena.len() - start);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the arena holds a few kilobytes"
        )]
        let span = (start as u32, self.arena.len() as u32);
        self.spans[t as usize][n] = span;
        self.counts[t as usize] += 1;
    }

    fn one(&mut self, r: &Record, t: Transform, co_birth: bool) {
        use Transform as T;
        match t {
            T::Given
            | T::GivenAny
            | T::GivenFull
            | T::GivenEnds
            | T::GivenInitial
            | T::GivenFirst3
            | T::GivenSoundex
            | T::GivenNickname
            | T::GivenSlk
            | T::GivenLetters
            | T::HasGiven => self.given(r, t),
            T::Middle => {
                let middle = telling_middle(&r.middle_names).map(Name::folded);
                self.identifier(t, middle);
            }
            T::GivenFormal | T::GivenShort | T::GivenNear => {
                if !co_birth {
                    self.given_approximate(r, t);
                }
                // A key that could not be made for want of letters, or because of a twin, would show in the
                // number of slots that equal records agree on: the name itself, marked, takes its place.
                if self.count(t) == 0
                    && let Some(name) = r.given_name.valid().or(r.known_as.valid())
                {
                    self.put(t, &[b"=", name.folded().as_bytes()]);
                }
            }
            T::Family
            | T::FamilyAny
            | T::FamilyEnds
            | T::FamilyInitial
            | T::FamilyFirst3
            | T::FamilySoundex
            | T::FamilySlk
            | T::FamilyLetters => self.family(r, t),
            T::NamesLetters => {
                for name in [
                    r.given_name.valid().or(r.known_as.valid()),
                    r.family_name.valid(),
                ]
                .into_iter()
                .flatten()
                {
                    self.letters(t, name.folded().as_bytes());
                }
            }
            T::NamesEither | T::NamesSorted | T::NamesEndsEither => self.both_names(r, t),
            T::Birth
            | T::BirthSwapped
            | T::BirthTwoParts
            | T::BirthParts
            | T::BirthMonth
            | T::BirthYear => {
                if let Some(d) = r.birth_date.valid() {
                    self.birth(*d, t);
                }
            }
            T::Code
            | T::CodeAny
            | T::Sector
            | T::CodeShort
            | T::LocalityEnds
            | T::Locality
            | T::AddressEnds
            | T::Address => {
                if !r.shielded {
                    self.place(r, t);
                }
            }
            T::Nhs => self.identifier(t, r.nhs_number.valid().map(|x| x.as_str())),
            T::HasBirth => self.has(t, r.birth_date.valid().is_some()),
            T::HasNhs => self.has(t, r.nhs_number.valid().is_some()),
            T::Upn => self.identifier(t, r.upn.valid().map(|x| x.as_str())),
            T::UpnAny => {
                self.identifier(t, r.upn.valid().map(|x| x.as_str()));
                for former in &r.former_upns {
                    self.identifier(t, Some(former.as_str()));
                }
            }
            T::Uln => self.identifier(t, r.uln.valid().map(|x| x.as_str())),
            T::Chi => self.identifier(t, r.chi.valid().map(|x| x.as_str())),
            T::Sex => {
                if let Some(sex) = r.sex.valid() {
                    self.put(
                        t,
                        &[match sex {
                            crate::record::Sex::Female => b"f",
                            crate::record::Sex::Male => b"m",
                        }],
                    );
                }
            }
        }
    }

    fn identifier(&mut self, t: Transform, id: Option<&str>) {
        if let Some(id) = id {
            self.put(t, &[id.as_bytes()]);
        }
    }

    fn has(&mut self, t: Transform, yes: bool) {
        if yes {
            self.put(t, &[b"yes"]);
        }
    }

    fn given(&mut self, r: &Record, t: Transform) {
        use Transform as T;
        let Some(name) = r.given_name.valid().or(r.known_as.valid()) else {
            return;
        };
        let s = name.folded().as_bytes();
        match t {
            T::Given => self.put(t, &[s]),
            T::GivenAny => {
                self.put(t, &[s]);
                if let Some(known) = r.known_as.valid() {
                    self.put(t, &[known.folded().as_bytes()]);
                }
            }
            T::GivenFull => {
                let middle = r.middle_names.iter().map(|m| m.folded().as_bytes());
                let all: Vec<&[u8]> = std::iter::once(s).chain(middle).collect();
                self.put(t, &all);
            }
            T::GivenEnds => self.name_ends(t, s),
            T::GivenInitial => self.put(t, &[&s[..1]]),
            T::GivenFirst3 => self.put(t, &[&s[..s.len().min(3)]]),
            T::GivenSoundex => self.put(t, &[&soundex(s)]),
            T::GivenNickname => {
                if let Some(formal) = name.formal_given().first() {
                    self.put(t, &[formal.as_bytes()]);
                }
            }
            T::GivenSlk => self.put(t, &[&slk(s, &[1, 2])]),
            T::GivenLetters => self.letters(t, s),
            _ => self.has(t, true),
        }
    }

    fn given_approximate(&mut self, r: &Record, t: Transform) {
        let names = [r.given_name.valid(), r.known_as.valid()];
        for name in names.into_iter().flatten() {
            if t == Transform::GivenFormal {
                for formal in name.formal_given() {
                    self.put(t, &[formal.as_bytes()]);
                }
                continue;
            }
            if t == Transform::GivenShort {
                for pair in short_pairs(name.folded()) {
                    self.put(t, &[pair.as_bytes()]);
                }
                continue;
            }
            let word = name.folded();
            if word.len() < 2 {
                continue;
            }
            if is_listed_given(word) {
                self.put(t, &[word.as_bytes()]);
                continue;
            }
            for listed in listed_neighbours(word)
                .iter()
                .filter(|n| n.len() > 1)
                .take(6)
            {
                self.put(t, &[listed.as_bytes()]);
            }
            if name.parts().len() < 2 {
                let s = word.as_bytes();
                let [first, last] = both_ends(s, frame(s));
                self.put(t, &[b"0-", first]);
                self.put(t, &[b"1-", last]);
            }
        }
    }

    fn family(&mut self, r: &Record, t: Transform) {
        use Transform as T;
        let Some(name) = r.family_name.valid() else {
            return;
        };
        let s = name.folded().as_bytes();
        match t {
            T::Family => self.put(t, &[s]),
            T::FamilyAny => {
                self.put(t, &[s]);
                if let [first, .., last] = name.parts() {
                    self.put(t, &[last.as_bytes()]);
                    self.put(t, &[first.as_bytes()]);
                }
                for old in &r.previous_family_names {
                    self.put(t, &[old.folded().as_bytes()]);
                }
            }
            T::FamilyEnds => self.name_ends(t, s),
            T::FamilyInitial => self.put(t, &[&s[..1]]),
            T::FamilyFirst3 => self.put(t, &[&s[..s.len().min(3)]]),
            T::FamilySoundex => self.put(t, &[&soundex(s)]),
            T::FamilySlk => self.put(t, &[&slk(s, &[1, 2, 4])]),
            _ => self.letters(t, s),
        }
    }

    fn both_names(&mut self, r: &Record, t: Transform) {
        let (Some(g), Some(family)) = (
            r.given_name.valid().or(r.known_as.valid()),
            r.family_name.valid(),
        ) else {
            return;
        };
        let (g, f) = (g.folded().as_bytes(), family.folded().as_bytes());
        match t {
            Transform::NamesEither => {
                self.put(t, &[g.min(f), b" ", g.max(f)]);
                for f in family.parts().iter().map(String::as_bytes) {
                    self.put(t, &[g.min(f), b" ", g.max(f)]);
                }
            }
            Transform::NamesSorted => {
                let mut letters = [g, f].concat();
                letters.sort_unstable();
                self.put(t, &[&letters]);
                zeroize::Zeroize::zeroize(&mut letters);
            }
            _ => {
                for (i, x) in both_ends(g, frame(g)).into_iter().enumerate() {
                    for (j, y) in both_ends(f, frame(f)).into_iter().enumerate() {
                        let (a, b) = ((x, [b'0', b'1'][i]), (y, [b'0', b'1'][j]));
                        let (a, b) = (a.min(b), a.max(b));
                        self.put(t, &[a.0, &[a.1], b.0, &[b.1]]);
                    }
                }
            }
        }
    }

    fn birth(&mut self, date: BirthDate, t: Transform) {
        use Transform as T;
        let (y, m, d) = (date.year().to_be_bytes(), [date.month()], [date.day()]);
        let kind: &[u8] = if date.is_expected() { b"e" } else { b"b" };
        match t {
            T::Birth => self.put(t, &[kind, &y, &m, &d]),
            T::BirthSwapped => {
                self.put(t, &[kind, &y, m.min(d).as_slice(), m.max(d).as_slice()]);
            }
            T::BirthTwoParts => {
                self.put(t, &[kind, b"y", &m, &d]);
                self.put(t, &[kind, b"m", &y, &d]);
                self.put(t, &[kind, b"d", &y, &m]);
            }
            T::BirthParts => {
                self.put(t, &[kind, b"y", &y]);
                self.put(t, &[kind, b"m", &m]);
                self.put(t, &[kind, b"d", &d]);
            }
            T::BirthMonth => self.put(t, &[kind, &y, &m]),
            _ => self.put(t, &[kind, &y]),
        }
    }

    fn place(&mut self, r: &Record, t: Transform) {
        use Transform as T;
        match t {
            T::Code | T::CodeAny => {
                if let Some(p) = r.postcode.valid() {
                    self.put(t, &[b"u", p.compact().as_bytes()]);
                } else if let Some(p) = r.postal_code.valid() {
                    self.put(t, &[b"z", p.folded().as_bytes()]);
                }
                if t == T::CodeAny {
                    for p in &r.previous_postcodes {
                        self.put(t, &[b"u", p.compact().as_bytes()]);
                    }
                }
            }
            T::Sector | T::CodeShort => {
                if let Some(p) = r.postcode.valid() {
                    let compact = p.compact();
                    let value = if t == T::Sector {
                        p.sector()
                    } else {
                        &compact[..compact.len() - 1]
                    };
                    self.put(t, &[value.as_bytes()]);
                }
            }
            T::Locality => self.identifier(t, r.locality.valid().map(|p| p.folded())),
            T::LocalityEnds => {
                if let Some(p) = r.locality.valid() {
                    self.ends(t, p.folded().as_bytes(), (5, 5));
                }
            }
            T::Address => self.identifier(t, r.address_line.valid().map(|p| p.folded())),
            _ => {
                if let Some(p) = r.address_line.valid() {
                    self.ends(t, p.folded().as_bytes(), (7, 7));
                }
            }
        }
    }

    fn ends(&mut self, t: Transform, s: &[u8], letters: (usize, usize)) {
        let [first, last] = both_ends(s, letters);
        self.put(t, &[b"0", first]);
        self.put(t, &[b"1", last]);
    }

    /// A letter more or less may change a name's frame: names of five and six letters also have the end that
    /// those one shorter have.
    fn name_ends(&mut self, t: Transform, s: &[u8]) {
        self.ends(t, s, frame(s));
        match s.len() {
            5 => self.put(t, &[b"0", &s[..2]]),
            6 => self.put(t, &[b"1", &s[4..]]),
            _ => {}
        }
    }

    fn letters(&mut self, t: Transform, s: &[u8]) {
        let last = s.len() - 1;
        for (tag, i) in [
            (b"0", 0),
            (b"9", last),
            (b"1", 1),
            (b"2", 2),
            (b"8", last.wrapping_sub(1)),
        ] {
            if let Some(letter) = s.get(i..i.saturating_add(1)) {
                self.put(t, &[tag, letter]);
            }
        }
    }
}

/// Letters of the two ends of a name that one typing error cannot both reach.
fn frame(s: &[u8]) -> (usize, usize) {
    match s.len() {
        ..=4 => (2, 2),
        5 => (3, 2),
        _ => (3, 3),
    }
}

fn both_ends(s: &[u8], (first, last): (usize, usize)) -> [&[u8]; 2] {
    [&s[..s.len().min(first)], &s[s.len() - s.len().min(last)..]]
}
