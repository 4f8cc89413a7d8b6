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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The check digit or letter does not fit.
    CheckDigit,
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
