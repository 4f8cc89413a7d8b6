//! A seeded generator of made-up children, held by several agencies, each with its own errors, and the truth
//! about who is who. For testing record linkage; nobody in it exists.
//!
//! ```
//! let made = billetbook_synth::generate(&billetbook_synth::Options { children: 50, ..Default::default() });
//! assert_eq!(made.agencies.len(), 2);
//! ```

mod errors;
mod forms;
mod ids;
mod names;
mod row;
mod special;
mod traps;
mod typo;
mod world;
mod write;

pub use errors::ErrorModel;
pub use special::{adults, cohort, disjoint, few_common};
pub use traps::{NearTwins, near_twins, sibling_trap, twin_trap};
pub use world::{Options, generate};
pub use write::{WriteError, write};

/// The columns of an agency's file, in order.
pub const COLUMNS: [&str; 22] = [
    "id",
    "given_name",
    "middle_names",
    "family_name",
    "previous_family_name",
    "known_as",
    "date_of_birth",
    "expected_date_of_birth",
    "sex",
    "postcode",
    "previous_postcodes",
    "postal_code",
    "locality",
    "address_line",
    "nhs_number",
    "upn",
    "former_upn",
    "identity_epoch",
    "shielded",
    "ethnic_group",
    "name_origin",
    "situation",
];

/// One row of an agency's file, and the child it truly is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Values, in the order of [`COLUMNS`].
    pub values: [String; COLUMNS.len()],
    /// The child.
    pub cluster: u32,
}

/// Made-up files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synthetic {
    /// Rows by agency.
    pub agencies: Vec<Vec<Row>>,
    /// The model that made the errors.
    pub errors: Option<ErrorModelText>,
}

/// The error model as TOML.
pub type ErrorModelText = String;
