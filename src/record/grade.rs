use std::fmt;

/// How usable a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// Well formed and usable.
    Valid,
    /// Present but not of the field's form.
    Malformed,
    /// Well formed but standing for "unknown".
    Placeholder,
    /// Absent.
    Missing,
}

/// Why a value is not valid; never holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The check digit or letter does not fit.
    CheckDigit,
    /// Too few or too many characters.
    Length,
    /// Characters that the field cannot hold.
    Characters,
    /// All digits equal.
    AllEqual,
    /// A code that says why there is no number (UN1 to UN10).
    UnknownCode,
    /// A word or date that stands for "not known".
    StandsForUnknown,
    /// The name of an unnamed baby ("Baby", "Infant", "Twin 1").
    UnnamedBaby,
    /// No date of this form exists, or the century is not given.
    NotADate,
    /// A date before 1890 or after 2100.
    DateRange,
    /// Not a code of any known standard.
    UnknownForm,
    /// No fixed abode, or overseas (ZZ postcodes).
    NoFixedAbode,
    /// The standard's code for "not recorded", "unknown" or "indeterminate".
    NotRecorded,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::CheckDigit => "check digit or letter does not fit",
            Reason::Length => "wrong number of characters",
            Reason::Characters => "characters that do not belong here",
            Reason::AllEqual => "all digits equal",
            Reason::UnknownCode => "a code that says why there is no number",
            Reason::StandsForUnknown => "stands for 'not known'",
            Reason::UnnamedBaby => "stands for an unnamed baby",
            Reason::NotADate => "not a date, or the century is missing",
            Reason::DateRange => "date out of range",
            Reason::UnknownForm => "not of a known form",
            Reason::NoFixedAbode => "no fixed abode or overseas",
            Reason::NotRecorded => "recorded as unknown or not stated",
        })
    }
}

/// A parsed value with its grade.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub enum Graded<T> {
    /// A usable value.
    Valid(T),
    /// Not of the field's form.
    Malformed(Reason),
    /// A sentinel that means "unknown".
    Placeholder(Reason),
    /// Absent.
    #[default]
    Missing,
}

impl<T> Graded<T> {
    /// The usable value, if there is one.
    pub fn valid(&self) -> Option<&T> {
        match self {
            Graded::Valid(v) => Some(v),
            _ => None,
        }
    }

    /// The grade alone.
    pub fn grade(&self) -> Grade {
        match self {
            Graded::Valid(_) => Grade::Valid,
            Graded::Malformed(_) => Grade::Malformed,
            Graded::Placeholder(_) => Grade::Placeholder,
            Graded::Missing => Grade::Missing,
        }
    }

    /// The reason, where the value is not valid.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Graded::Malformed(r) | Graded::Placeholder(r) => Some(*r),
            _ => None,
        }
    }
}

/// Shows the grade, never the value.
impl<T> fmt::Debug for Graded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Graded::Valid(_) => f.write_str("Valid(..)"),
            Graded::Malformed(r) => write!(f, "Malformed({r:?})"),
            Graded::Placeholder(r) => write!(f, "Placeholder({r:?})"),
            Graded::Missing => f.write_str("Missing"),
        }
    }
}
