use super::*;

#[test]
fn closed_lists_have_rising_numbers_and_words_of_their_own() {
    fn holds<T: Copy + PartialEq + std::fmt::Display>(
        all: &[T],
        code: impl Fn(T) -> u64,
        from_word: impl Fn(&str) -> Option<T>,
        title: impl Fn(T) -> &'static str,
    ) {
        assert!(all.is_sorted_by(|a, b| code(*a) < code(*b)));
        for entry in all {
            assert!(from_word(&entry.to_string()) == Some(*entry), "{entry}");
            assert!(!title(*entry).is_empty());
        }
    }
    macro_rules! each {
        ($($list:ty),+) => {$(
            holds(<$list>::ALL, |e| u64::from(e.code()), |w| w.parse().ok(), <$list>::title);
            assert!(<$list>::ALL.iter().all(|e| <$list>::from_code(e.code()) == Some(*e)));
            assert_eq!(<$list>::from_code(0), None);
            assert!("no_such_word".parse::<$list>().unwrap_err().to_string().contains(<$list>::ALL[0].word()));
        )+};
    }
    each!(
        Purpose,
        Gateway,
        RecognisedInterest,
        SpecialCondition,
        OffenceCondition,
        Nation,
        Kind,
        Mode,
        Giver,
        Capacity,
        Answer,
        Retention,
        crate::keys::Role,
        policy::Effect,
        IdentifierState
    );
}
