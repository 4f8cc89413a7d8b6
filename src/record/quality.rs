use super::{
    Chi, Field, Grade, Graded, IdentityEpoch, Layout, NhsNumber, Postcode, Reason, Record,
    RecordFile, Uln, Upn,
};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::Hash;

/// What a file's data are worth: counts only, never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QualityReport {
    /// The file, as given.
    pub file: String,
    /// Its layout.
    pub layout: &'static str,
    /// Records.
    pub records: usize,
    /// The column of ids; absent where rows are numbered.
    pub id_column: Option<String>,
    /// Columns that were not read.
    pub unread: Vec<String>,
    /// Per field: how many values of each grade, and why.
    pub fields: Vec<FieldQuality>,
    /// Identifiers that stand on more than one record.
    pub duplicate_identifiers: Vec<Duplicates>,
    /// Postcodes by how many records stand at them, from two.
    pub shared_postcodes: Vec<SharedPostcodes>,
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

/// Identifiers of one kind that stand on more than one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicates {
    /// The field.
    pub field: &'static str,
    /// Identifiers so shared.
    pub values: usize,
    /// Records that hold them.
    pub records: usize,
}

/// How many postcodes are shared by so many records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SharedPostcodes {
    /// Records at one postcode, from.
    pub from: usize,
    /// To; absent in the last class.
    pub to: Option<usize>,
    /// Postcodes.
    pub postcodes: usize,
}

/// Grades of one field, counted by record. A list counts as valid where one of its values is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldQuality {
    /// The field.
    pub field: &'static str,
    /// Its columns.
    pub columns: Vec<String>,
    /// Records with a usable value.
    pub valid: usize,
    /// Records whose value is not of the field's form.
    pub malformed: usize,
    /// Records with a sentinel that stands for "unknown".
    pub placeholder: usize,
    /// Records without a value.
    pub missing: usize,
    /// How many values each reason made unusable.
    pub reasons: BTreeMap<String, usize>,
}

/// Bounds of the classes of shared postcodes.
const SHARED: [usize; 5] = [2, 5, 10, 20, 50];

impl QualityReport {
    /// Counts over a file.
    pub fn of(file: &RecordFile) -> QualityReport {
        let records = file.records();
        let dated: Vec<_> = records
            .iter()
            .filter_map(|r| r.birth_date.valid())
            .collect();
        let births = tally(records, |r| {
            Some((*r.birth_date.valid()?, r.family_name.valid()?.folded()))
        });
        let at = tally(records, |r| r.postcode.valid().map(Postcode::compact));
        QualityReport {
            file: file.name().to_owned(),
            layout: Layout::name(file.layout()),
            records: records.len(),
            id_column: file.id_column().map(str::to_owned),
            unread: file.unread().map(str::to_owned).collect(),
            fields: fields(file),
            duplicate_identifiers: [
                duplicates(Field::NhsNumber, records, |r| {
                    r.nhs_number.valid().map(NhsNumber::as_str)
                }),
                duplicates(Field::Upn, records, |r| r.upn.valid().map(Upn::as_str)),
                duplicates(Field::Uln, records, |r| r.uln.valid().map(Uln::as_str)),
                duplicates(Field::Chi, records, |r| r.chi.valid().map(Chi::as_str)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            shared_postcodes: SHARED
                .iter()
                .enumerate()
                .map(|(i, from)| {
                    let to = SHARED.get(i + 1).map(|next| next - 1);
                    let here = *from..=to.unwrap_or(usize::MAX);
                    SharedPostcodes {
                        from: *from,
                        to,
                        postcodes: at.values().filter(|n| here.contains(n)).count(),
                    }
                })
                .collect(),
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

fn tally<'a, K: Eq + Hash>(
    records: &'a [Record],
    key: impl Fn(&'a Record) -> Option<K>,
) -> HashMap<K, usize> {
    let mut out = HashMap::new();
    for k in records.iter().filter_map(key) {
        *out.entry(k).or_default() += 1;
    }
    out
}

fn duplicates<'a>(
    field: Field,
    records: &'a [Record],
    value: impl Fn(&'a Record) -> Option<&'a str>,
) -> Option<Duplicates> {
    let seen = tally(records, value);
    let shared: Vec<usize> = seen.into_values().filter(|n| *n > 1).collect();
    (!shared.is_empty()).then(|| Duplicates {
        field: field.name(),
        values: shared.len(),
        records: shared.iter().sum(),
    })
}

/// Grades of the fields that the file's columns hold.
fn fields(file: &RecordFile) -> Vec<FieldQuality> {
    let mut out = Vec::new();
    let mut add = |field: Field, grade: &dyn Fn(&Record) -> (Grade, Option<Reason>)| {
        let named = file.columns().iter().filter(|c| c.1 == field);
        let columns: Vec<String> = named.map(|c| c.0.clone()).collect();
        if !columns.is_empty() {
            out.push(count(field, columns, file.records(), grade));
        }
    };
    macro_rules! graded {
        ($($field:ident: $member:ident),+ $(,)?) => {
            $(add(Field::$field, &|r| (r.$member.grade(), r.$member.reason()));)+
        };
    }
    macro_rules! listed {
        ($($field:ident: $member:ident),+ $(,)?) => {
            $(add(Field::$field, &|r| {
                let unusable = r.set_aside.iter().find(|s| s.0 == Field::$field).map(|s| s.1);
                let grade = if r.$member.is_empty() { unusable.unwrap_or(Grade::Missing) } else { Grade::Valid };
                (grade, None)
            });)+
        };
    }
    graded!(GivenName: given_name);
    listed!(MiddleNames: middle_names);
    graded!(FamilyName: family_name);
    listed!(PreviousFamilyName: previous_family_names);
    graded!(KnownAs: known_as, DateOfBirth: birth_date, Sex: sex, Postcode: postcode);
    listed!(PreviousPostcodes: previous_postcodes);
    graded!(PostalCode: postal_code, Locality: locality, AddressLine: address_line);
    graded!(NhsNumber: nhs_number, Upn: upn);
    listed!(FormerUpn: former_upns);
    graded!(Uln: uln, Chi: chi);
    out
}

fn count(
    field: Field,
    columns: Vec<String>,
    records: &[Record],
    grade: &dyn Fn(&Record) -> (Grade, Option<Reason>),
) -> FieldQuality {
    let mut out = FieldQuality {
        field: field.name(),
        columns,
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
        let aside = record
            .set_aside
            .iter()
            .filter(|s| s.0 == field)
            .map(|s| s.2);
        for reason in reason.into_iter().chain(aside) {
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

impl QualityReport {
    fn has(&self, field: Field) -> bool {
        self.fields.iter().any(|q| q.field == field.name())
    }
}

impl fmt::Display for QualityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = match &self.id_column {
            Some(column) => format!("ids from column \"{column}\""),
            None => "no id column: rows are numbered".to_owned(),
        };
        writeln!(
            f,
            "{}: {} records, layout {}, {id}\n",
            self.file, self.records, self.layout
        )?;
        let columns: Vec<String> = self.fields.iter().map(|q| q.columns.join(", ")).collect();
        let wide = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).max(6);
        let (a, b) = (
            wide(&mut self.fields.iter().map(|q| q.field.len())),
            wide(&mut columns.iter().map(|c| c.chars().count().min(30))),
        );
        writeln!(
            f,
            "{:<a$}  {:<b$}  {:>9}  {:>9}  {:>11}  {:>9}",
            "field", "column", "valid", "malformed", "placeholder", "missing"
        )?;
        for (q, columns) in self.fields.iter().zip(&columns) {
            writeln!(
                f,
                "{:<a$}  {columns:<b$}  {:>9}  {:>9}  {:>11}  {:>9}",
                q.field, q.valid, q.malformed, q.placeholder, q.missing
            )?;
            for (reason, n) in &q.reasons {
                writeln!(f, "{:<a$}    {n} x {reason}", "")?;
            }
        }
        if !self.unread.is_empty() {
            writeln!(f, "\nnot read: {}", self.unread.join(", "))?;
        }
        for field in Field::lacking(self.layout == Layout::Csv.name(), |f| self.has(f)) {
            writeln!(
                f,
                "no column was read as {field}: if one holds it, add --map \"COLUMN={field}\""
            )?;
        }
        writeln!(f)?;
        let has = |field| self.has(field);
        for d in &self.duplicate_identifiers {
            writeln!(
                f,
                "on more than one record: {} values of {}, on {} records",
                d.values, d.field, d.records
            )?;
        }
        if has(Field::Postcode) {
            let classes = self.shared_postcodes.iter().map(|s| match s.to {
                Some(to) => format!("{} by {} to {to}", s.postcodes, s.from),
                None => format!("{} by {} or more", s.postcodes, s.from),
            });
            let classes: Vec<String> = classes.collect();
            writeln!(
                f,
                "postcodes shared by records: {}; the most at one: {}",
                classes.join(", "),
                self.most_at_one_postcode
            )?;
        }
        if has(Field::DateOfBirth) {
            let (found, expected) = self.born_on_first_of_january;
            writeln!(
                f,
                "born on 1 January: {found} (about {expected} expected by chance)"
            )?;
        }
        if has(Field::DateOfBirth) && has(Field::FamilyName) {
            writeln!(
                f,
                "possible twins (same birth date and family name): {} records",
                self.possible_co_births
            )?;
        }
        writeln!(
            f,
            "shielded: {}; closed identities: {}",
            self.shielded, self.closed_identities
        )?;
        write!(
            f,
            "too little to link: {} (no identifier, and fewer than three of given name, family name, birth date, place)",
            self.too_little_to_link
        )
    }
}
