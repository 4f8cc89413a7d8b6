use crate::record::field::Field;
use crate::record::{
    BirthDate, Chi, Grade, Graded, IdentityEpoch, Name, NhsNumber, Place, Postcode, Reason, Record,
    Sex, Uln, Upn,
};

/// Parses one value into its field.
pub(super) fn fill(r: &mut Record, field: Field, text: &str) {
    match field {
        Field::Id => {}
        Field::GivenName => r.given_name = Name::parse_given(text),
        Field::MiddleNames => {
            let parts = text.split([' ', ';', '|']).map(Name::parse_family);
            list(&mut r.middle_names, &mut r.set_aside, field, parts);
        }
        Field::FamilyName => r.family_name = Name::parse_family(text),
        Field::PreviousFamilyName => {
            let parts = text.split([';', '|']).map(Name::parse_family);
            list(&mut r.previous_family_names, &mut r.set_aside, field, parts);
        }
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
            let parts = text.split([';', '|']).map(Postcode::parse);
            list(&mut r.previous_postcodes, &mut r.set_aside, field, parts);
        }
        Field::PostalCode => r.postal_code = Place::parse(text),
        Field::Locality => r.locality = Place::parse(text),
        Field::AddressLine => r.address_line = Place::parse(text),
        Field::NhsNumber => r.nhs_number = NhsNumber::parse(text),
        Field::Upn => r.upn = Upn::parse(text),
        Field::FormerUpn => {
            let parts = text.split([';', '|', ' ']).map(Upn::parse);
            list(&mut r.former_upns, &mut r.set_aside, field, parts);
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

/// Usable values go to the list; the rest are set aside with their reason.
fn list<T>(
    values: &mut Vec<T>,
    set_aside: &mut Vec<(Field, Grade, Reason)>,
    field: Field,
    parts: impl Iterator<Item = Graded<T>>,
) {
    for part in parts {
        let (grade, reason) = (part.grade(), part.reason());
        match (part, reason) {
            (Graded::Valid(value), _) => values.push(value),
            (_, Some(reason)) => set_aside.push((field, grade, reason)),
            _ => {}
        }
    }
}
