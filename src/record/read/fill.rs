use crate::record::field::Field;
use crate::record::{
    BirthDate, Chi, Graded, IdentityEpoch, Name, NhsNumber, Place, Postcode, Record, Sex, Uln, Upn,
};

/// Parses one value into its field.
pub(super) fn fill(r: &mut Record, field: Field, text: &str) {
    let names = |list: &mut Vec<Name>, split: &[char]| {
        for part in text.split(split) {
            if let Graded::Valid(name) = Name::parse_family(part) {
                list.push(name);
            }
        }
    };
    match field {
        Field::Id => {}
        Field::GivenName => r.given_name = Name::parse_given(text),
        Field::MiddleNames => names(&mut r.middle_names, &[' ', ';', '|']),
        Field::FamilyName => r.family_name = Name::parse_family(text),
        Field::PreviousFamilyName => names(&mut r.previous_family_names, &[';', '|']),
        Field::KnownAs => r.known_as = Name::parse_given(text),
        Field::DateOfBirth => {
            let date = BirthDate::parse(text);
            if date != Graded::Missing {
                r.birth_date = date;
            }
        }
        Field::ExpectedDateOfBirth => {
            if r.birth_date.valid().is_none() && !text.is_empty() {
                r.birth_date = BirthDate::parse_expected(text);
            }
        }
        Field::Sex => r.sex = Sex::parse(text),
        Field::Postcode => r.postcode = Postcode::parse(text),
        Field::PreviousPostcodes => {
            for part in text.split([';', '|']) {
                if let Graded::Valid(code) = Postcode::parse(part) {
                    r.previous_postcodes.push(code);
                }
            }
        }
        Field::PostalCode => r.postal_code = Place::parse(text),
        Field::Locality => r.locality = Place::parse(text),
        Field::AddressLine => r.address_line = Place::parse(text),
        Field::NhsNumber => r.nhs_number = NhsNumber::parse(text),
        Field::Upn => r.upn = Upn::parse(text),
        Field::FormerUpn => {
            for part in text.split([';', '|', ' ']) {
                if let Graded::Valid(upn) = Upn::parse(part) {
                    r.former_upns.push(upn);
                }
            }
        }
        Field::Uln => r.uln = Uln::parse(text),
        Field::Chi => r.chi = Chi::parse(text),
        Field::IdentityEpoch => {
            r.identity_epoch = match text {
                "" => IdentityEpoch::Current,
                word if word.eq_ignore_ascii_case("current") => IdentityEpoch::Current,
                word => IdentityEpoch::Closed(word.to_owned()),
            };
        }
        // Anything but a plain no shields: a child is not exposed by a spelling.
        Field::Shielded => {
            r.shielded = !["", "0", "n", "no", "false", "f"]
                .iter()
                .any(|no| text.eq_ignore_ascii_case(no));
        }
    }
}
