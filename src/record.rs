//! A child's record: identifiers, names, dates and places, parsed and graded.
//!
//! Nothing is dropped: every value is [`Graded`] as valid, malformed, placeholder or missing, with a reason.

pub mod child;
mod date;
mod field;
mod grade;
mod identifier;
mod identifier_state;
pub(crate) mod lexicon;
mod name;
mod place;
mod quality;
mod read;
mod schema;
mod section;
mod sex;

pub use date::BirthDate;
pub use field::{Field, UnknownField};
pub use grade::{Grade, Graded, Reason};
pub use identifier::{Chi, NhsNumber, Uln, Upn};
pub use identifier_state::IdentifierState;
pub use lexicon::is_listed_given;
pub(crate) use lexicon::{formal_given, is_short_form, telling_middle, tells_middle};
pub use name::Name;
pub(crate) use name::one_edit_apart;
pub use place::{Place, Postcode};
pub use quality::{Duplicates, FieldQuality, QualityReport, SharedPostcodes};
pub use read::{
    Group, LONGEST_FIELD, Layout, ReadError, ReadOptions, RecordFile, delimiter, read_path,
    read_paths, read_reader,
};
pub use schema::{Schema, SchemaError};
pub use section::{LONGEST_NAME as LONGEST_SECTION_NAME, Section, SectionError, SectionName};
pub use sex::Sex;

/// The identity a row speaks of: the one in use, or a closed one (before an adoption, say).
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub enum IdentityEpoch {
    /// The identity in use.
    #[default]
    Current,
    /// A closed identity, named by the agency's own word for it.
    Closed(String),
}

/// One child's record as one agency holds it. `Debug` shows grades, never values.
#[derive(Clone, Default)]
pub struct Record {
    /// The agency's own identifier of the record, unique in its file.
    pub id: String,
    /// Given (first) name.
    pub given_name: Graded<Name>,
    /// Middle names, in order.
    pub middle_names: Vec<Name>,
    /// Family name.
    pub family_name: Graded<Name>,
    /// Family names used before.
    pub previous_family_names: Vec<Name>,
    /// The name the child is known as.
    pub known_as: Graded<Name>,
    /// Birth date, or the expected one of an unborn child.
    pub birth_date: Graded<BirthDate>,
    /// Sex.
    pub sex: Graded<Sex>,
    /// UK postcode in use.
    pub postcode: Graded<Postcode>,
    /// UK postcodes lived at before.
    pub previous_postcodes: Vec<Postcode>,
    /// Postal code of another country.
    pub postal_code: Graded<Place>,
    /// Town, suburb or other locality.
    pub locality: Graded<Place>,
    /// Street address line.
    pub address_line: Graded<Place>,
    /// NHS number.
    pub nhs_number: Graded<NhsNumber>,
    /// Unique Pupil Number.
    pub upn: Graded<Upn>,
    /// Unique Pupil Numbers held before.
    pub former_upns: Vec<Upn>,
    /// Unique Learner Number.
    pub uln: Graded<Uln>,
    /// Community Health Index number (Scotland).
    pub chi: Graded<Chi>,
    /// Which identity the row speaks of.
    pub identity_epoch: IdentityEpoch,
    /// True where the child's whereabouts must not be found out.
    pub shielded: bool,
    /// Values of list fields that could not be used: which field, their grade and why.
    pub set_aside: Vec<(Field, Grade, Reason)>,
}

/// Shows whether the identity is closed, never the agency's word for it.
impl std::fmt::Debug for IdentityEpoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            IdentityEpoch::Current => "Current",
            IdentityEpoch::Closed(_) => "Closed(..)",
        })
    }
}

/// Shows the grade of every field, never a value.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("given_name", &self.given_name)
            .field("family_name", &self.family_name)
            .field("birth_date", &self.birth_date)
            .field("sex", &self.sex.grade())
            .field("postcode", &self.postcode)
            .field("nhs_number", &self.nhs_number)
            .field("upn", &self.upn)
            .field("shielded", &self.shielded)
            .finish_non_exhaustive()
    }
}
