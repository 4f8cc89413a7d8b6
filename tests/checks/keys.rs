use billetbook::clock::{UnixTime, Window};
use billetbook::keys::hazmat::wrap_from;
use billetbook::keys::{KeyError, KeyProvider, ProviderError, PublicKeys, Role, RoleKeys};

#[test]
fn what_is_wrapped_from_given_randomness_opens_and_is_the_same_each_time() {
    let always = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    let key = RoleKeys::generate(Role::Open, "team", always).unwrap();
    let keys = key.request().keys();
    let wrapped = |seed: u8| {
        let randomness = [seed; PublicKeys::RANDOMNESS];
        wrap_from(keys, &randomness, b"info", b"made up").unwrap()
    };
    assert_eq!(
        key.unwrap(b"info", &wrapped(1)).unwrap().as_slice(),
        b"made up"
    );
    assert!(key.unwrap(b"other", &wrapped(1)).is_err());
    assert_eq!(wrapped(1), wrapped(1));
    assert_ne!(wrapped(1), wrapped(2));
}

#[test]
fn a_key_without_randomness_is_out_of_reach_and_all_else_is_refused() {
    let no_randomness = ProviderError::from(KeyError::NoRandomness);
    assert!(matches!(no_randomness, ProviderError::Unavailable(_)));
    assert!(matches!(
        ProviderError::from(KeyError::Refused),
        ProviderError::Refused
    ));
}
