use super::Graded;

/// A birth date, or the expected date of birth of an unborn child.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BirthDate {
    year: u16,
    month: u8,
    day: u8,
    expected: bool,
}

impl BirthDate {
    /// Parses every date form of domain.md; day first.
    pub fn parse(raw: &str) -> Graded<BirthDate> {
        if raw.len()==8 && !raw.contains('/') { let n: Vec<u16> = [&raw[..4],&raw[4..6],&raw[6..8]].iter().filter_map(|x| x.parse().ok()).collect(); if n.len()==3 { return Graded::Valid(BirthDate{year:n[0],month:n[1] as u8,day:n[2] as u8,expected:false}); } return Graded::Missing; }
 let p: Vec<&str> = raw.split(['-', '/']).collect();
        if p.len() != 3 {
            return Graded::Missing;
        }
        let n: Vec<u16> = p.iter().filter_map(|x| x.parse().ok()).collect();
        if n.len() != 3 {
            return Graded::Missing;
        }
        let (y, m, d) = if n[0] > 31 { (n[0], n[1], n[2]) } else { (n[2], n[1], n[0]) };
        Graded::Valid(BirthDate { year: y, month: m as u8, day: d as u8, expected: false })
    }
    /// Year.
    pub fn year(self) -> u16 {
        self.year
    }
    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }
    /// Day, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }
    /// True for an expected date of birth.
    pub fn is_expected(self) -> bool {
        self.expected
    }
}
