macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);
        impl $name {
            /// Canonical characters, no spaces, upper case.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
identifier!(
    /// NHS number, 10 digits, check digit right.
    NhsNumber
);
identifier!(
    /// Unique Pupil Number, 13 characters, check letter right.
    Upn
);
identifier!(
    /// Unique Learner Number, 10 digits.
    Uln
);
identifier!(
    /// Community Health Index number.
    Chi
);
