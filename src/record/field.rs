use std::fmt;
use std::str::FromStr;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal: [$($alias:literal),*];)+) => {
        /// A field of the record that a column may hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field {
            $($(#[$doc])* $variant,)+
        }

        impl Field {
            /// All fields, in order.
            pub const ALL: &[Field] = &[$(Field::$variant),+];

            /// The field's name: a column so named needs no mapping.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)+ }
            }

            fn aliases(self) -> &'static [&'static str] {
                match self { $(Field::$variant => &[$($alias),*],)+ }
            }
        }
    };
}

fields! {
    /// The record's own identifier.
    Id = "id": ["recordid", "localid", "uniquereference", "childuniqueid", "lachildid", "childid", "personid", "pupilid"];
    /// Given name.
    GivenName = "given_name": ["forename", "forenames", "firstname", "firstnames", "givennames", "christianname", "legalforename", "legalfirstname", "legalgivenname"];
    /// Middle names, separated by blanks or `;`.
    MiddleNames = "middle_names": ["middlename", "othergivenname", "othernames"];
    /// Family name.
    FamilyName = "family_name": ["surname", "lastname", "familysurname", "legalsurname", "legallastname", "legalfamilyname"];
    /// Previous family names, separated by `;`.
    PreviousFamilyName = "previous_family_name": ["formersurname", "previoussurname", "previousfamilynames", "maidenname", "birthsurname"];
    /// Known-as name.
    KnownAs = "known_as": ["preferredname", "knownasname", "preferredforename", "preferredfirstname", "nickname"];
    /// Birth date.
    DateOfBirth = "date_of_birth": ["dob", "birthdate", "birthdt", "dateofbirthdob", "personbirthdate", "birthday"];
    /// Expected date of birth.
    ExpectedDateOfBirth = "expected_date_of_birth": ["edob", "edd", "expecteddob", "expectedpersonbirthdate"];
    /// Sex.
    Sex = "sex": ["gender", "gendercurrent", "legalsex", "sexatbirth"];
    /// UK postcode.
    Postcode = "postcode": ["postcodecurrent", "homepostcode", "homepost", "currentpostcode"];
    /// Postcodes lived at before, separated by `;`.
    PreviousPostcodes = "previous_postcodes": ["previouspostcode", "formerpostcode", "oldpostcode", "formerpostcodes"];
    /// Postal code of another country.
    PostalCode = "postal_code": ["zip", "zipcode", "plz"];
    /// Locality.
    Locality = "locality": ["town", "suburb", "city", "village"];
    /// Address line.
    AddressLine = "address_line": ["address", "addressline1", "address1", "street", "streetaddress"];
    /// NHS number.
    NhsNumber = "nhs_number": ["nhsno", "nhsnum", "nhs"];
    /// Unique Pupil Number.
    Upn = "upn": ["upnno", "upnnumber", "uniquepupilnumber"];
    /// Former Unique Pupil Numbers, separated by `;`.
    FormerUpn = "former_upn": ["formeruniquepupilnumber", "formerupns", "previousupn"];
    /// Unique Learner Number.
    Uln = "uln": ["uniquelearnernumber"];
    /// Community Health Index number.
    Chi = "chi": ["chinumber", "chino"];
    /// Which identity the row speaks of: blank or `current`, or the agency's word for a closed one.
    IdentityEpoch = "identity_epoch": [];
    /// `true`, `yes`, `y` or `1` where the child's whereabouts must not be found out.
    Shielded = "shielded": ["sensitive", "sflag", "locationwithheld"];
}

impl Field {
    /// Without these little is linked.
    pub(crate) const NEEDED: &[Field] = &[Field::GivenName, Field::FamilyName, Field::DateOfBirth];

    /// Those without which little is linked, as far as a table does not have them; the ready layouts have what they
    /// have.
    pub(crate) fn lacking(table: bool, has: impl Fn(Field) -> bool) -> impl Iterator<Item = Field> {
        let needed = Field::NEEDED.iter().copied();
        needed.filter(move |f| table && !has(*f))
    }

    /// True where several columns, or several values in one, may stand.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Field::MiddleNames
                | Field::PreviousFamilyName
                | Field::PreviousPostcodes
                | Field::FormerUpn
        )
    }

    /// The field that a column's header names, if it names one: the field's own name, or a usual heading,
    /// whatever its case, blanks and punctuation.
    pub fn of_header(header: &str) -> Option<Field> {
        let plain: String = header
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Field::ALL.iter().copied().find(|f| {
            f.name().chars().filter(|c| *c != '_').eq(plain.chars())
                || f.aliases().contains(&plain.as_str())
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No field has that name.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("no field is called '{name}'; the fields are: {}", all_names())]
pub struct UnknownField {
    /// The word found, from the command line or a schema file.
    pub name: String,
}

fn all_names() -> String {
    Field::ALL
        .iter()
        .map(|f| f.name())
        .collect::<Vec<_>>()
        .join(", ")
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Field, UnknownField> {
        Field::ALL
            .iter()
            .copied()
            .find(|f| f.name() == text)
            .ok_or_else(|| UnknownField {
                name: text.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_use_name_their_fields() {
        for (header, field) in [
            ("DOB", Field::DateOfBirth),
            ("Surname", Field::FamilyName),
            ("GivenName", Field::GivenName),
            ("Gender", Field::Sex),
            ("PostCode", Field::Postcode),
            ("NHS No.", Field::NhsNumber),
            ("date_of_birth", Field::DateOfBirth),
            ("Unique Pupil Number", Field::Upn),
            ("Legal surname", Field::FamilyName),
            ("Legal First Name", Field::GivenName),
            ("UPN No.", Field::Upn),
        ] {
            assert_eq!(Field::of_header(header), Some(field), "{header}");
        }
        assert_eq!(Field::of_header("ethnicity"), None);
    }

    #[test]
    fn no_two_fields_share_a_heading() {
        for a in Field::ALL {
            for alias in a.aliases() {
                assert_eq!(Field::of_header(alias), Some(*a), "{alias}");
            }
        }
    }
}
