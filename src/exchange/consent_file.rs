//! Consents as an agency writes them down: TOML, kept sealed as it was given.

use super::error::ExchangeError;
use crate::clock::{UnixTime, Window};
use crate::consent::{Answer, Capacity, Consent, Giver, Mode, OrganisationId, Purpose, Role};
use crate::record::Section;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;

/// Longest text of a consent, in bytes.
pub const LONGEST_CONSENT: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    answer: Answer,
    giver: Giver,
    capacity: Capacity,
    organisations: BTreeSet<OrganisationId>,
    roles: BTreeSet<Role>,
    sections: BTreeSet<Section>,
    purposes: BTreeSet<Purpose>,
    mode: Mode,
    from: Day,
    until: Day,
    ask_again: Day,
    /// What was said, for the agency's own eyes.
    #[serde(default, rename = "note")]
    _note: String,
}

struct Day(UnixTime);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Day, D::Error> {
        let written = toml::value::Datetime::deserialize(d)?;
        let at = written.to_string().parse();
        at.map(Day).map_err(serde::de::Error::custom)
    }
}

/// Reads a consent whose receipt has this commitment. Withdrawals are kept apart.
///
/// # Errors
/// Where it is not TOML of that form. It may hold personal data, so the error says only where.
pub(super) fn parse(text: &str, evidence: [u8; 32]) -> Result<Consent, ExchangeError> {
    let line = |e: &toml::de::Error| {
        let at = e.span().map_or(0, |s| s.start);
        1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
    };
    if text.len() > LONGEST_CONSENT {
        return Err(ExchangeError::Consent { line: 1 });
    }
    let raw: Raw = toml::from_str(text).map_err(|e| ExchangeError::Consent { line: line(&e) })?;
    let valid = Window::new(raw.from.0, raw.until.0);
    Ok(Consent {
        answer: raw.answer,
        giver: raw.giver,
        capacity: raw.capacity,
        evidence,
        organisations: raw.organisations,
        roles: raw.roles,
        sections: raw.sections,
        purposes: raw.purposes,
        mode: raw.mode,
        valid: valid.map_err(|_| ExchangeError::Consent { line: 1 })?,
        ask_again: raw.ask_again.0,
        withdrawn: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "answer = \"given\"\ngiver = \"subject\"\ncapacity = \"competent\"\n\
        organisations = [\"harbour\"]\nroles = [\"family_worker\"]\nsections = [\"personal\"]\n\
        purposes = [\"early_help\"]\nmode = \"content\"\nfrom = 2026-05-01\nuntil = 2026-11-01\n\
        ask_again = 2026-09-01\nnote = \"said by the child\"\n";

    #[test]
    fn a_consent_is_read_or_refused_by_its_line_and_without_its_words() {
        let consent = parse(TEXT, [7; 32]).unwrap();
        assert_eq!(consent.evidence, [7; 32]);
        assert_eq!(consent.valid.until().to_string(), "2026-11-01T00:00:00Z");
        for (from, to, at) in [
            ("\"competent\"", "\"Jwplokk\"", 3),
            ("mode", "modus", 8),
            ("2026-11-01", "\"Jwplokk\"", 10),
            ("note", "Jwplokk", 12),
        ] {
            let error = parse(&TEXT.replace(from, to), [7; 32]).unwrap_err();
            assert!(
                matches!(error, ExchangeError::Consent { line } if line == at),
                "{error}"
            );
            assert!(!error.to_string().contains("Jwplokk"));
        }
        let backwards = TEXT.replace("until = 2026-11-01", "until = 2026-04-01");
        assert!(parse(&backwards, [7; 32]).is_err());
        let missing = TEXT.replace("giver = \"subject\"\n", "");
        assert!(parse(&missing, [7; 32]).is_err());
        assert!(parse(&"#".repeat(LONGEST_CONSENT + 1), [7; 32]).is_err());
    }
}
