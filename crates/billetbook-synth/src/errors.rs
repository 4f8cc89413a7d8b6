use serde::{Deserialize, Serialize};

/// How records go wrong, as rates between 0 and 1 of records per agency. Read from and written as TOML;
/// an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ErrorModel {
    /// A typing error in the given name.
    pub given_typo: f64,
    /// A typing error in the family name.
    pub family_typo: f64,
    /// The given name written as a short form, or another spelling of it.
    pub nickname: f64,
    /// Another transliteration, where the name has one.
    pub transliterated: f64,
    /// Given and family name in each other's column.
    pub names_swapped: f64,
    /// The middle name in the given-name column.
    pub middle_in_given: f64,
    /// No given name.
    pub given_missing: f64,
    /// "Baby" for a given name.
    pub unnamed_baby: f64,
    /// No family name.
    pub family_missing: f64,
    /// One half of a hyphenated family name left out, of those who bear one.
    pub hyphen_half: f64,
    /// Another family name in this agency (fostering, a parent's marriage).
    pub family_changed: f64,
    /// The other family name stands in the previous-name column, of those whose name changed.
    pub previous_listed: f64,
    /// Day and month exchanged, where both orders are dates.
    pub birth_swapped: f64,
    /// One part of the birth date wrong.
    pub birth_typo: f64,
    /// 1 January of the right year.
    pub birth_first_january: f64,
    /// No birth date.
    pub birth_missing: f64,
    /// An address from before a move.
    pub moved: f64,
    /// The other postcode stands in the column of previous ones, of those who moved.
    pub previous_postcode_listed: f64,
    /// A typing error in the postcode.
    pub postcode_typo: f64,
    /// No postcode.
    pub postcode_missing: f64,
    /// No sex.
    pub sex_missing: f64,
    /// The wrong sex.
    pub sex_wrong: f64,
    /// An NHS number is held.
    pub nhs_present: f64,
    /// A typing error in the NHS number.
    pub nhs_typo: f64,
    /// The co-twin's NHS number, of twins.
    pub nhs_of_twin: f64,
    /// A UPN is held, of children of five years or more.
    pub upn_present: f64,
    /// A UN code where there is no UPN.
    pub upn_unknown_code: f64,
    /// The child is held twice.
    pub double_entry: f64,
    /// Rates of name errors are multiplied by this for names of other than English tradition.
    pub other_tradition_factor: f64,
}

impl Default for ErrorModel {
    fn default() -> ErrorModel {
        ErrorModel {
            given_typo: 0.010,
            family_typo: 0.018,
            nickname: 0.03,
            transliterated: 0.04,
            names_swapped: 0.004,
            middle_in_given: 0.015,
            given_missing: 0.002,
            unnamed_baby: 0.001,
            family_missing: 0.002,
            hyphen_half: 0.25,
            family_changed: 0.012,
            previous_listed: 0.5,
            birth_swapped: 0.006,
            birth_typo: 0.012,
            birth_first_january: 0.002,
            birth_missing: 0.003,
            moved: 0.08,
            previous_postcode_listed: 0.5,
            postcode_typo: 0.01,
            postcode_missing: 0.03,
            sex_missing: 0.02,
            sex_wrong: 0.003,
            nhs_present: 0.75,
            nhs_typo: 0.004,
            nhs_of_twin: 0.01,
            upn_present: 0.70,
            upn_unknown_code: 0.10,
            double_entry: 0.004,
            other_tradition_factor: 1.3,
        }
    }
}

impl ErrorModel {
    /// No errors, nothing missing.
    pub fn clean() -> ErrorModel {
        let mut text = toml::Table::try_from(ErrorModel::default()).unwrap_or_default();
        for (_, rate) in text.iter_mut() {
            *rate = toml::Value::Float(0.0);
        }
        let zero: ErrorModel = text.try_into().unwrap_or_default();
        ErrorModel {
            nhs_present: 1.0,
            upn_present: 1.0,
            other_tradition_factor: 1.0,
            ..zero
        }
    }

    /// Reads a model.
    ///
    /// # Errors
    /// Where the text is not TOML, or names a rate that does not exist.
    pub fn parse(text: &str) -> Result<ErrorModel, toml::de::Error> {
        toml::from_str(text)
    }

    /// Writes the model.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_read_back_and_an_unknown_rate_refused() {
        let model = ErrorModel::default();
        assert_eq!(ErrorModel::parse(&model.to_toml()).unwrap(), model);
        assert!(
            ErrorModel::parse("given_typoo = 0.1")
                .unwrap_err()
                .to_string()
                .contains("given_typoo")
        );
        assert_eq!(ErrorModel::clean().given_typo, 0.0);
        assert_eq!(ErrorModel::clean().nhs_present, 1.0);
    }
}
