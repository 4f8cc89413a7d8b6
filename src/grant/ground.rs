use crate::consent::{LawfulBasis, OffenceCondition, SpecialCondition};
use crate::wire::{Reader, WireError, Writer};

/// On what ground something is given: the lawful basis, the conditions for special data, and a commitment to the
/// evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ground {
    /// The lawful basis.
    pub basis: LawfulBasis,
    /// The Art 9 condition, where there is data of special categories.
    pub special: Option<SpecialCondition>,
    /// The Art 10 condition, where there is data on criminal offences.
    pub offence: Option<OffenceCondition>,
    /// A blinded commitment to the receipt of the consent, or to the written reasons.
    pub evidence: [u8; 32],
}

impl Ground {
    /// True where the basis or one of the conditions is consent, so that a withdrawal ends it.
    pub fn rests_on_consent(&self) -> bool {
        self.basis == LawfulBasis::Consent
            || self.special == Some(SpecialCondition::ExplicitConsent)
            || self.offence == Some(OffenceCondition::Consent)
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.u8(self.basis.code());
        w.u16(self.basis.detail());
        w.u8(self.special.map_or(0, SpecialCondition::code));
        w.u8(self.offence.map_or(0, OffenceCondition::code));
        w.fixed(&self.evidence);
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Ground, WireError> {
        let at = r.at();
        let bad = WireError::Value { at };
        let basis = LawfulBasis::from_codes(r.u8()?, r.u16()?).ok_or(bad)?;
        Ok(Ground {
            basis,
            special: match r.u8()? {
                0 => None,
                code => Some(SpecialCondition::from_code(code).ok_or(bad)?),
            },
            offence: match r.u8()? {
                0 => None,
                code => Some(OffenceCondition::from_code(code).ok_or(bad)?),
            },
            evidence: r.fixed()?,
        })
    }
}
