/// Sex, from any standard's code. Not recorded, unknown and indeterminate are graded as missing or placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}
