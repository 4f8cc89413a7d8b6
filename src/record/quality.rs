use super::{Field, Grade, Graded, IdentityEpoch, Layout, Reason, Record, RecordFile};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// What a file's data are worth: counts only, never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QualityReport {
    /// The file, as given.
    pub file: String,
    /// Its layout.
    pub layout: &'static str,
    /// Records.
    pub records: usize,
    /// Columns read, and as what.
    pub columns: Vec<(String, &'static str)>,
    /// Per field: how many values of each grade, and why.
    pub fields: Vec<FieldQuality>,
    /// Identifiers that stand on more than one record: field, identifiers so shared, records that hold them.
    pub duplicate_identifiers: Vec<(&'static str, usize, usize)>,
    /// Postcodes shared by at least 5, 10, 20 and 50 records.
    pub shared_postcodes: [(u32, usize); 4],
    /// Records at the postcode that most share.
    pub most_at_one_postcode: usize,
    /// Birth dates on 1 January, and how many one would expect.
    pub born_on_first_of_january: (usize, usize),
    /// Records beside which stands another of the same birth date and family name.
    pub possible_co_births: usize,
    /// Records that are shielded.
    pub shielded: usize,
    /// Records of a closed identity.
    pub closed_identities: usize,
    /// Records with fewer than three of given name, family name, birth date and place, and no identifier.
    pub too_little_to_link: usize,
}

/// Grades of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldQuality {
    /// The field.
    pub field: &'static str,
    /// Usable values.
    pub valid: usize,
    /// Values not of the field's form.
    pub malformed: usize,
    /// Sentinels that stand for "unknown".
    pub placeholder: usize,
    /// Absent values.
    pub missing: usize,
    /// How often each reason occurs.
    pub reasons: BTreeMap<String, usize>,
}

impl QualityReport {
    /// Counts over a file.
    pub fn of(file: &RecordFile) -> QualityReport {
        let records = file.records();
        let has = |field: Field| file.columns().iter().any(|c| c.1 == field);
        let mut fields = Vec::new();
        let mut add = |field: Field, grade: &dyn Fn(&Record) -> (Grade, Option<Reason>)| {
            if has(field) {
                fields.push(count(field, records, grade));
            }
        };
        macro_rules! graded {
            ($($field:ident: $member:ident),+ $(,)?) => {
                $(add(Field::$field, &|r| (r.$member.grade(), r.$member.reason()));)+
            };
        }
        graded!(
            GivenName: given_name, FamilyName: family_name, KnownAs: known_as, DateOfBirth: birth_date, Sex: sex,
            Postcode: postcode, PostalCode: postal_code, Locality: locality, AddressLine: address_line,
            NhsNumber: nhs_number, Upn: upn, Uln: uln, Chi: chi,
        );
        let mut duplicate_identifiers = Vec::new();
        let mut repeats = |field: Field, value: &dyn Fn(&Record) -> Option<String>| {
            let mut seen: HashMap<String, usize> = HashMap::new();
            for v in records.iter().filter_map(value) {
                *seen.entry(v).or_default() += 1;
            }
            let shared: Vec<usize> = seen.into_values().filter(|n| *n > 1).collect();
            if !shared.is_empty() {
                duplicate_identifiers.push((field.name(), shared.len(), shared.iter().sum()));
            }
        };
        repeats(Field::NhsNumber, &|r| {
            r.nhs_number.valid().map(|x| x.as_str().to_owned())
        });
        repeats(Field::Upn, &|r| {
            r.upn.valid().map(|x| x.as_str().to_owned())
        });
        repeats(Field::Uln, &|r| {
            r.uln.valid().map(|x| x.as_str().to_owned())
        });
        let mut at: HashMap<&str, usize> = HashMap::new();
        for code in records.iter().filter_map(|r| r.postcode.valid()) {
            *at.entry(code.compact()).or_default() += 1;
        }
        let shared = |n: u32| (n, at.values().filter(|c| **c >= n as usize).count());
        let dated: Vec<_> = records
            .iter()
            .filter_map(|r| r.birth_date.valid())
            .collect();
        let mut births: HashMap<_, usize> = HashMap::new();
        let key = |r: &Record| {
            Some((
                *r.birth_date.valid()?,
                r.family_name.valid()?.folded().to_owned(),
            ))
        };
        for k in records.iter().filter_map(key) {
            *births.entry(k).or_default() += 1;
        }
        QualityReport {
            file: file.name().to_owned(),
            layout: Layout::name(file.layout()),
            records: records.len(),
            columns: file
                .columns()
                .iter()
                .map(|(c, f)| (c.clone(), f.name()))
                .collect(),
            fields,
            duplicate_identifiers,
            shared_postcodes: [shared(5), shared(10), shared(20), shared(50)],
            most_at_one_postcode: at.values().copied().max().unwrap_or(0),
            born_on_first_of_january: (
                dated.iter().filter(|d| d.is_first_of_january()).count(),
                dated.len() / 365,
            ),
            possible_co_births: births.values().filter(|n| **n > 1).sum(),
            shielded: records.iter().filter(|r| r.shielded).count(),
            closed_identities: records
                .iter()
                .filter(|r| r.identity_epoch != IdentityEpoch::Current)
                .count(),
            too_little_to_link: records.iter().filter(|r| !r.can_link()).count(),
        }
    }
}

fn count(
    field: Field,
    records: &[Record],
    grade: &dyn Fn(&Record) -> (Grade, Option<Reason>),
) -> FieldQuality {
    let mut out = FieldQuality {
        field: field.name(),
        valid: 0,
        malformed: 0,
        placeholder: 0,
        missing: 0,
        reasons: BTreeMap::new(),
    };
    for record in records {
        let (grade, reason) = grade(record);
        match grade {
            Grade::Valid => out.valid += 1,
            Grade::Malformed => out.malformed += 1,
            Grade::Placeholder => out.placeholder += 1,
            Grade::Missing => out.missing += 1,
        }
        if let Some(reason) = reason {
            *out.reasons.entry(reason.to_string()).or_default() += 1;
        }
    }
    out
}

impl Record {
    /// True where the record holds a national identifier, or three of given name, family name, birth date and
    /// place (a shielded record's place does not count).
    pub fn can_link(&self) -> bool {
        let identifier = self.nhs_number.valid().is_some()
            || self.upn.valid().is_some()
            || self.uln.valid().is_some()
            || self.chi.valid().is_some();
        let place = !self.shielded
            && (self.postcode.valid().is_some()
                || self.postal_code.valid().is_some()
                || self.locality.valid().is_some()
                || self.address_line.valid().is_some());
        let given = matches!(self.given_name, Graded::Valid(_))
            || matches!(self.known_as, Graded::Valid(_));
        let fields = [
            given,
            self.family_name.valid().is_some(),
            self.birth_date.valid().is_some(),
            place,
        ];
        identifier || fields.iter().filter(|f| **f).count() >= 3
    }
}

impl fmt::Display for QualityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} records, layout {}",
            self.file, self.records, self.layout
        )?;
        writeln!(
            f,
            "\n{:<22}{:>9}{:>11}{:>13}{:>9}",
            "field", "valid", "malformed", "placeholder", "missing"
        )?;
        for q in &self.fields {
            writeln!(
                f,
                "{:<22}{:>9}{:>11}{:>13}{:>9}",
                q.field, q.valid, q.malformed, q.placeholder, q.missing
            )?;
            for (reason, n) in &q.reasons {
                writeln!(f, "    {n} {reason}")?;
            }
        }
        writeln!(f)?;
        for (field, values, records) in &self.duplicate_identifiers {
            writeln!(
                f,
                "{values} values of {field} stand on more than one record ({records} records)"
            )?;
        }
        let [a, b, c, d] = self.shared_postcodes;
        writeln!(
            f,
            "postcodes shared by at least {} records: {}; {}: {}; {}: {}; {}: {}; the most at one: {}",
            a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1, self.most_at_one_postcode
        )?;
        let (found, expected) = self.born_on_first_of_january;
        writeln!(f, "born on 1 January: {found} (about {expected} expected)")?;
        writeln!(
            f,
            "possible twins (same birth date and family name): {} records",
            self.possible_co_births
        )?;
        writeln!(
            f,
            "shielded: {}; closed identities: {}",
            self.shielded, self.closed_identities
        )?;
        write!(f, "too little to link: {}", self.too_little_to_link)
    }
}
